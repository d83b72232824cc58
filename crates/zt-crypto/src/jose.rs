//! Signed tokens: ES256 JWTs, their keys, the published key set, and rotation as data.
//!
//! Each purpose has keys and a `typ` of its own (RFC 8725 §3.11), so that a token made for one never passes as another.
//! A key is published as *next* before it signs, and stays published as *retired* until the last token it signed is over.

mod keyring;

pub use keyring::{KeyPurpose, KeyState, Keyring, TokenKeyRecord};

use crate::random::NoRandomness;
use crate::seal::SealError;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashSet;
use zt_types::Timestamp;

/// A token longer than this is not looked at, in bytes.
const LONGEST_TOKEN: usize = 16 * 1024;

/// Why a key cannot be used or a token cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum JoseError {
    /// No key of this purpose signs.
    #[error("there is no active key for {0} tokens")]
    NoActiveKey(&'static str),
    /// A kept key is not one.
    #[error("the token key `{0}` cannot be used")]
    BadKey(String),
    /// The claims are not a JSON object, or signing failed.
    #[error("the token cannot be signed")]
    NotSigned,
    /// The key does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No key could be drawn.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// Why a token does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// Not a JWT, or not with the claims it must have.
    #[error("this is not a token of the right form")]
    Malformed,
    /// Signed with another algorithm, made for another purpose, or with critical headers we do not know.
    #[error("the token is of another type")]
    WrongType,
    /// Signed with a key that is not ours or no longer published.
    #[error("the token is signed with a key we do not know")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the token's signature does not fit")]
    BadSignature,
    /// Made by somebody else.
    #[error("the token comes from another issuer")]
    WrongIssuer,
    /// Made for somebody else.
    #[error("the token is for another audience")]
    WrongAudience,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
}

/// What a token must be.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// For which purpose.
    pub purpose: KeyPurpose,
    /// From whom (`iss`).
    pub issuer: &'a str,
    /// For whom (`aud` is it or contains it).
    pub audience: &'a str,
}

/// Signs the tokens of one purpose. Cheap to clone into a task.
#[derive(Clone)]
pub struct Signer {
    header: Header,
    key: EncodingKey,
}

impl Signer {
    /// The key's id.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.header.kid.as_deref().unwrap_or_default()
    }

    /// Makes a token of `claims`, which must be a JSON object.
    ///
    /// # Errors
    /// [`JoseError::NotSigned`].
    pub fn sign<C: Serialize>(&self, claims: &C) -> Result<String, JoseError> {
        jsonwebtoken::encode(&self.header, claims, &self.key).map_err(|_| JoseError::NotSigned)
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.kid())
    }
}

/// The public half of a key.
#[derive(Clone)]
struct Verifier {
    kid: String,
    purpose: KeyPurpose,
    key: DecodingKey,
}

impl Keyring {
    /// Verifies a token and reads its claims.
    ///
    /// # Errors
    /// [`TokenRefusal`]: the first thing wrong with it.
    pub fn verify<C: DeserializeOwned>(
        &self,
        token: &str,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Result<C, TokenRefusal> {
        if token.len() > LONGEST_TOKEN {
            return Err(TokenRefusal::Malformed);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenRefusal::Malformed)?;
        // RFC 8725 §3.1, §3.11; RFC 7515 §4.1.11: we know no critical header.
        let typed =
            header.alg == Algorithm::ES256 && header.typ.as_deref() == Some(expected.purpose.typ());
        if !typed || header.crit.is_some() {
            return Err(TokenRefusal::WrongType);
        }
        let kid = header.kid.ok_or(TokenRefusal::UnknownKey)?;
        let verifier = self
            .verifiers
            .iter()
            .find(|key| key.kid == kid)
            .ok_or(TokenRefusal::UnknownKey)?;
        if verifier.purpose != expected.purpose {
            return Err(TokenRefusal::WrongType);
        }
        let token = jsonwebtoken::decode::<Value>(token, &verifier.key, &signature_only())
            .map_err(|error| match error.kind() {
                jsonwebtoken::errors::ErrorKind::InvalidSignature => TokenRefusal::BadSignature,
                _ => TokenRefusal::Malformed,
            })?;
        judge_claims(&token.claims, expected, now)?;
        serde_json::from_value(token.claims).map_err(|_| TokenRefusal::Malformed)
    }
}

/// Signature and algorithm only: the rest is judged by [`judge_claims`], on the caller's clock.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims = HashSet::new();
    validation
}

fn judge_claims(
    claims: &Value,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<(), TokenRefusal> {
    if claims.get("iss").and_then(Value::as_str) != Some(expected.issuer) {
        return Err(TokenRefusal::WrongIssuer);
    }
    // RFC 7519 §4.1.3: one, or a list of them.
    let is_audience = |value: &Value| value.as_str() == Some(expected.audience);
    let for_us = match claims.get("aud") {
        Some(Value::Array(list)) => list.iter().any(is_audience),
        Some(one) => is_audience(one),
        None => false,
    };
    if !for_us {
        return Err(TokenRefusal::WrongAudience);
    }
    let seconds = |claim: &str| {
        claims
            .get(claim)
            .map(|value| value.as_i64().ok_or(TokenRefusal::Malformed))
            .transpose()
    };
    let expires = seconds("exp")?.ok_or(TokenRefusal::Malformed)?;
    if now.as_seconds() >= expires {
        return Err(TokenRefusal::Expired);
    }
    match seconds("nbf")? {
        Some(begins) if now.as_seconds() < begins => Err(TokenRefusal::NotYetValid),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
