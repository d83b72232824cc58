//! Factors, enrolment, the sign-in flow and sessions, as state machines.
//!
//! Entry points: [`Session`], [`Credential`].
//!
//! Invariants: nothing here hashes, verifies a signature, reads a clock or draws randomness: those are effects that the
//! shell carries out, and their results come back as typed inputs. One function issues sessions and codes, and it
//! demands what `zt-policy` alone can make.

mod credential;
mod session;

pub use credential::{BackupEligible, Credential, CredentialSecret, GuessCounter, GuessScope};
pub use session::{AppSession, EndReason, ProvenFactor, RedeemCode, Session};
