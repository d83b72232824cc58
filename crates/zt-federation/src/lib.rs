//! Other people's protocols: OAuth 2 and OpenID Connect as values and rules.
//!
//! Entry points: [`Client`] is a registered client as it is kept. [`Form`] is what a request brought; [`AuthorizationRequest`] is
//! read from it, and its [`ReturnAddress`] makes the answer.
//!
//! Invariants: nothing here verifies a signature, draws a random number, fetches an address or looks up a record: what must be
//! known comes as an argument. An address that a client is sent to is compared as text, character by character, and is never
//! put together from what a request says.

mod acr;
mod authorize;
mod claims;
mod client;
mod digest;
mod error;
mod form;
mod pkce;
mod redirect;
mod scope;

pub use acr::{AcrDemand, assurance_of};
pub use authorize::{
    AuthorizationRequest, ClaimsWish, Interaction, PageFault, Prompt, Refused, Reply, ResponseMode,
    ReturnAddress,
};
pub use claims::{Claim, PersonClaims, PersonFacts};
pub use client::{
    Authentication, Client, ClientSecret, ConsentDemand, GrantType, ProofKey, Scope,
    SigningAlgorithm, SubjectKind,
};
pub use error::{ErrorCode, Fault};
pub use form::Form;
pub use pkce::ProofKeyChallenge;
pub use redirect::{RedirectUri, RedirectUriError};

#[cfg(test)]
mod tests;
