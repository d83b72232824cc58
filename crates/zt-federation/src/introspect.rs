//! What is said about a token (RFC 7662 §2.2).

use crate::Confirmation;
use crate::claims::{AccessTokenClaims, RefreshTokenClaims};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Introspection {
    /// It is not one, not any more, or nothing that whoever asks may know about: nothing else is said.
    Inactive,
    /// An access token that counts.
    Access(AccessTokenClaims),
    /// A refresh token that counts.
    Refresh(RefreshTokenClaims),
}

impl Serialize for Introspection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Inactive => {
                let mut answer = serializer.serialize_map(Some(1))?;
                answer.serialize_entry("active", &false)?;
                answer.end()
            }
            Self::Access(claims) => Active {
                active: true,
                token_type: Some(Confirmation::token_type(claims.cnf.as_ref())),
                claims,
            }
            .serialize(serializer),
            Self::Refresh(claims) => Active {
                active: true,
                token_type: None,
                claims,
            }
            .serialize(serializer),
        }
    }
}

#[derive(Serialize)]
struct Active<'a, C> {
    active: bool,
    /// RFC 6749 §5.1: how the token is used, which for a refresh token has no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(flatten)]
    claims: &'a C,
}

#[cfg(test)]
mod tests;
