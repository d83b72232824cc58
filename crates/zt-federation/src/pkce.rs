//! Proof keys: whoever redeems a code is who asked for it (RFC 7636).

use crate::digest::{Digest, encode};
use crate::{ErrorCode, Fault};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zt_types::Secret;

/// A `code_challenge` of the method `S256` (RFC 7636 §4.2): the SHA-256 of a secret that whoever asked keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProofKeyChallenge(Digest);

impl ProofKeyChallenge {
    /// Reads 43 characters of base64url; none if it is anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(|bytes| Self(Digest::new(bytes)))
    }

    /// Whether whoever redeems a code may: `kept` is what came with the request for it, `verifier` what comes now.
    ///
    /// # Errors
    /// `invalid_grant`: the verifier does not fit (RFC 7636 §4.6), is missing, or comes though nothing was kept, which is what
    /// somebody's downgraded request looks like (RFC 9700 §4.8.2).
    pub fn check(kept: Option<&Self>, verifier: Option<&Secret>) -> Result<(), Fault> {
        let description = match (kept, verifier) {
            (None, None) => return Ok(()),
            (Some(kept), Some(verifier)) if kept.is_met_by(verifier) => return Ok(()),
            (Some(_), Some(_)) => "the code_verifier does not fit",
            (Some(_), None) => "the code_verifier is missing",
            (None, Some(_)) => {
                "a code_verifier for a code that was asked for without a code_challenge"
            }
        };
        Err(Fault::new(ErrorCode::InvalidGrant, description))
    }

    /// Whether `verifier` is 43 to 128 characters of RFC 7636 §4.1 whose hash this is, compared in constant time.
    fn is_met_by(&self, verifier: &Secret) -> bool {
        let text = verifier.expose();
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        (43..=128).contains(&text.len())
            && text.bytes().all(known)
            && self.0.equals(&Digest::of(&[text.as_bytes()]))
    }
}

impl Serialize for ProofKeyChallenge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for ProofKeyChallenge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not 43 characters of base64url"))
    }
}

#[cfg(test)]
mod tests;
