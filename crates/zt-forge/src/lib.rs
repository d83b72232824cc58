//! Forged SAML messages by the hundred, from a seed.
//!
//! Entry points: a [`Stage`] is whoever reads messages, as a forger knows it; [`classes`] are the ways to forge what it reads, each
//! with a [`Class::forged`] that gives [`VARIANTS`] distinct forgeries; [`Genuine`] is what it takes. Tests of whoever reads messages
//! hand all of them over and expect that none counts.
//!
//! Invariants: the same seed gives the same forgeries but for the octets of signatures; nothing of a reader of the product is used to
//! decide what a forgery is.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "it is a part of tests: what goes wrong in it has to stop them"
)]

mod altered;
mod bound;
mod carriage;
mod class;
mod draw;
mod meant;
mod message;
mod party;
mod posted;
mod recipe;
mod record;
mod shaped;
mod soaped;
mod wrapped;

pub use carriage::{Binding, Sent};
pub use class::{Class, SEED, VARIANTS, classes};
pub use draw::Draw;
pub use message::{Demand, Genuine, Stage};
pub use party::{ATTACKER, OWNER, Party};
