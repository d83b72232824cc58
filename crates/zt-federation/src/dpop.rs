//! Proofs that whoever sends a request holds a key (RFC 9449).

mod address;

use crate::claims::numeric_date;
use crate::digest::{Digest, encode};
use crate::{ErrorCode, Fault, OneTime};
use address::Target;
use serde::{Deserialize, Serialize};
use zt_types::{Seconds, Timestamp};

/// How old a proof may be (RFC 9449 §11.1).
const OLDEST: Seconds = Seconds(120);
/// Clocks differ by so much.
const LEEWAY: Seconds = Seconds(30);

/// What a token can be used with only (RFC 7800 §3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
    /// The key with this thumbprint (RFC 9449 §6.1).
    #[serde(rename = "jkt")]
    Key(String),
    /// The certificate with this thumbprint (RFC 8705 §3.1).
    #[serde(rename = "x5t#S256")]
    Certificate(String),
}

impl Confirmation {
    /// How the token is shown then (RFC 9449 §5, RFC 6750 §6.1.1).
    #[must_use]
    pub const fn token_type(confirmation: Option<&Self>) -> &'static str {
        match confirmation {
            Some(Self::Key(_)) => "DPoP",
            // RFC 8705 §3: shown as any other, over a connection that shows the certificate.
            Some(Self::Certificate(_)) | None => "Bearer",
        }
    }
}

/// Whether a text is the thumbprint of a key as `dpop_jkt` has it (RFC 9449 §10): SHA-256 in base64url.
pub(crate) fn is_thumbprint(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.len() == 43 && text.bytes().all(known)
}

/// The claims of a proof, once its signature is verified with the key that it brings (RFC 9449 §4.2).
#[derive(Debug, Clone, Deserialize)]
pub struct ProofClaims {
    jti: String,
    htm: String,
    htu: String,
    #[serde(with = "numeric_date")]
    iat: Timestamp,
    ath: Option<String>,
    nonce: Option<String>,
}

/// The request that a proof comes with.
#[derive(Debug, Clone, Copy)]
pub struct Proven<'a> {
    /// Its method.
    pub method: &'a str,
    /// Where it was sent: our origin and a path of ours.
    pub address: &'a str,
    /// The access token that it shows, if any.
    pub token: Option<&'a str>,
    /// What we gave to be repeated, the newest first.
    pub nonces: &'a [String],
}

impl ProofClaims {
    /// Whether the proof was made for this request, just now (RFC 9449 §4.3).
    ///
    /// # Errors
    /// `use_dpop_nonce` if everything fits but what we gave to be repeated, `invalid_dpop_proof` otherwise.
    pub fn check(self, request: Proven<'_>, now: Timestamp) -> Result<OneTime, Fault> {
        let wrong = |description| Err(Fault::new(ErrorCode::InvalidDpopProof, description));
        if self.jti.is_empty() || self.jti.len() > 256 {
            return wrong("the jti of a proof has 1 to 256 bytes");
        }
        if self.htm != request.method {
            return wrong("the proof is for another method");
        }
        match (Target::read(&self.htu), Target::read(request.address)) {
            (Some(meant), Some(is)) if meant == is => {}
            _ => return wrong("the proof is for another address"),
        }
        if self.iat < now - OLDEST || self.iat > now + LEEWAY {
            return wrong("the proof was not made just now");
        }
        // RFC 9449 §4.2: with a token, and with none else.
        let fits = match (&self.ath, request.token) {
            (None, None) => true,
            (Some(said), Some(token)) => is_same(said, &encode(&Digest::of(&[token.as_bytes()]))),
            _ => false,
        };
        if !fits {
            return wrong("the proof is for another access token");
        }
        let repeated = self.nonce.as_deref();
        if !repeated.is_some_and(|said| request.nonces.iter().any(|given| is_same(said, given))) {
            return Err(Fault::new(
                ErrorCode::UseDpopNonce,
                "the proof has to repeat the nonce in the header DPoP-Nonce",
            ));
        }
        Ok(OneTime {
            jti: self.jti,
            until: self.iat + OLDEST + LEEWAY,
            issued_at: self.iat,
        })
    }
}

/// Compares in a time that tells nothing of how near it was.
fn is_same(said: &str, is: &str) -> bool {
    Digest::of(&[said.as_bytes()]).equals(&Digest::of(&[is.as_bytes()]))
}

#[cfg(test)]
mod tests;
