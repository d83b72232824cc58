//! What a client's JWT says for itself, once its signature is verified (RFC 7523 §3).

use crate::claims::numeric_date;
use crate::{ErrorCode, Fault};
use serde::Deserialize;
use zt_types::{ClientId, Seconds, Timestamp};

/// Clocks differ by so much.
const LEEWAY: Seconds = Seconds(30);
/// An assertion that lasts longer is refused.
const LONGEST: Seconds = Seconds::hours(1);
/// However long it lasts, it counts no longer after it was made: its `jti` has to be remembered as long.
const OLDEST: Seconds = Seconds::minutes(10);

/// The claims.
#[derive(Debug, Clone, Deserialize)]
pub struct ClientAssertion {
    iss: String,
    sub: String,
    /// A single text: a list could name us and whoever is to be deceived (OpenID Connect Core 1.0 §9, RFC 7523 §3).
    aud: String,
    #[serde(with = "numeric_date")]
    exp: Timestamp,
    #[serde(default, with = "numeric_date::if_any")]
    nbf: Option<Timestamp>,
    /// RFC 7523 §3 leaves it open. Without it nobody knows whether the process before this one has seen the assertion.
    #[serde(with = "numeric_date")]
    iat: Timestamp,
    jti: String,
}

/// An assertion that counts, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTime {
    /// What to remember it by, beside the client.
    pub jti: String,
    /// Until when.
    pub until: Timestamp,
    /// When it was made.
    pub issued_at: Timestamp,
}

impl ClientAssertion {
    /// Whether it says that it comes from `client`, for `issuer` alone, now.
    ///
    /// # Errors
    /// `invalid_client`.
    pub fn check(self, client: &ClientId, issuer: &str, now: Timestamp) -> Result<OneTime, Fault> {
        let wrong = |description| Err(Fault::new(ErrorCode::InvalidClient, description));
        if self.iss != client.as_str() || self.sub != client.as_str() {
            return wrong("the assertion is about another client");
        }
        if self.aud != issuer {
            return wrong("the assertion is for somebody else: its audience is the issuer");
        }
        if self.exp <= now - LEEWAY {
            return wrong("the assertion has expired");
        }
        if self.exp > now + LONGEST + LEEWAY {
            return wrong("the assertion lasts longer than an hour");
        }
        if self.nbf.unwrap_or(self.iat).max(self.iat) > now + LEEWAY {
            return wrong("the assertion is not valid yet");
        }
        let counts_until = self.exp.min(self.iat + OLDEST) + LEEWAY;
        if now >= counts_until {
            return wrong("the assertion was made more than ten minutes ago");
        }
        if self.jti.is_empty() || self.jti.len() > 256 {
            return wrong("the jti of the assertion has 1 to 256 bytes");
        }
        Ok(OneTime {
            jti: self.jti,
            until: counts_until,
            issued_at: self.iat,
        })
    }
}

#[cfg(test)]
mod tests;
