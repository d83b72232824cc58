//! Other people's protocols: OAuth 2 and OpenID Connect as values and rules.
//!
//! Entry points: [`Client`] is a registered client as it is kept.
//!
//! Invariants: nothing here verifies a signature, draws a random number, fetches an address or looks up a record: what must be
//! known comes as an argument. An address that a client is sent to is compared as text, character by character, and is never
//! put together from what a request says.

mod client;
mod redirect;

pub use client::{
    Authentication, Client, ClientSecret, ConsentDemand, GrantType, ProofKey, Scope,
    SigningAlgorithm, SubjectKind,
};
pub use redirect::{RedirectUri, RedirectUriError};
