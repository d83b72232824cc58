//! How a person was authenticated.

use super::numeric_date;
use crate::assurance_of;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zt_types::{Assurance, FactorKind, Timestamp};

/// The sign-in that a token came of (OpenID Connect Core 1.0 §2, RFC 9068 §2.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInClaims {
    /// When she was authenticated.
    #[serde(with = "numeric_date")]
    auth_time: Timestamp,
    /// How strongly.
    #[serde(serialize_with = "write_acr", deserialize_with = "read_acr")]
    acr: Assurance,
    /// By what (RFC 8176 §2).
    amr: Vec<String>,
    /// In which session (OpenID Connect Back-Channel Logout 1.0 §2.1).
    sid: String,
}

impl SignInClaims {
    /// What is told of a sign-in at `at` with `factors`; `told` is what [`crate::AcrDemand::told`] makes of the assurance.
    #[must_use]
    pub fn new(at: Timestamp, told: Assurance, factors: &[FactorKind], sid: String) -> Self {
        let mut amr = Vec::new();
        for factor in factors {
            let name = factor.amr().to_owned();
            if !amr.contains(&name) {
                amr.push(name);
            }
        }
        if amr.len() > 1 {
            amr.push("mfa".to_owned());
        }
        Self {
            auth_time: at,
            acr: told,
            amr,
            sid,
        }
    }

    /// The session's name in tokens.
    #[must_use]
    pub fn sid(&self) -> &str {
        &self.sid
    }
}

fn write_acr<S: Serializer>(acr: &Assurance, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(acr.acr())
}

fn read_acr<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Assurance, D::Error> {
    let name = String::deserialize(deserializer)?;
    assurance_of(&name).ok_or_else(|| serde::de::Error::custom("no acr of ours"))
}
