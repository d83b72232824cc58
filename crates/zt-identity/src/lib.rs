//! People, groups, and the organisation written as files.
//!
//! Entry points: [`Person`], [`Group`].
//!
//! Invariants: nothing here reads a file or a clock; documents arrive as text, plans leave as data. Who may enter what
//! is not decided here (`zt-policy`); how a person proves who she is, is not here either (`zt-auth`).

mod person;

pub use person::{Group, ManagedBy, Person, PersonState, Role};
