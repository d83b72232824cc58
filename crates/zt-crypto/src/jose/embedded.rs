//! Tokens that bring their key along, in the header `jwk` (RFC 7515 §4.1.3), as a proof of possession does (RFC 9449 §4.2).
//!
//! The signature says that whoever made the token has the key, and nothing about who that is: the caller knows the key by
//! its thumbprint, or does not. Time, `typ` and claims are the caller's to judge.

use super::foreign::{ForeignRefusal, Unverified};
use super::public::Algorithm;
use serde_json::Value;

/// A token that was signed with the key in its header.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// The `typ` header, as it is written.
    pub typ: Option<String>,
    /// What it is signed with.
    pub algorithm: Algorithm,
    /// The key, by its SHA-256 thumbprint (RFC 7638), as `jkt` has it (RFC 9449 §6.1).
    pub thumbprint: String,
    /// Its claims, a JSON object. No member stands twice in it.
    pub claims: Value,
}

/// Verifies a token with the key in its header, which must be public and fit an `accepted` algorithm.
///
/// # Errors
/// [`ForeignRefusal`]: the first thing wrong with it.
pub fn verify(token: &str, accepted: &[Algorithm]) -> Result<Embedded, ForeignRefusal> {
    let (verified, thumbprint) = Unverified::parse(token)?.verify_embedded(accepted)?;
    Ok(Embedded {
        typ: verified.typ,
        algorithm: verified.algorithm,
        thumbprint,
        claims: verified.claims,
    })
}

#[cfg(test)]
mod tests;
