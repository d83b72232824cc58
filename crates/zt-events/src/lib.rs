//! The event vocabulary: what can happen, in one versioned enum.
//!
//! Entry points: [`Event`], [`Body`], [`Event::to_ocsf`], [`Task`].
//!
//! Invariants: an event holds no secret and no request body; paths come without their query. The stored bytes of an
//! event are its serde form and are never re-encoded (the sealed log hashes exactly those bytes); the wire form for
//! others is OCSF 1.8 JSON. Adding a variant or an optional member is compatible; changing one is not.

mod about;
mod event;
mod ocsf;
mod outcome;
mod registered_as;
mod task;
mod topic;
mod written;

pub use event::{Actor, Body, Event, FORMAT};
pub use outcome::{Origin, Outcome};
pub use registered_as::RegisteredAs;
pub use task::{Task, TaskKind};
pub use topic::Topic;
pub use written::Written;

#[cfg(test)]
mod tests;
