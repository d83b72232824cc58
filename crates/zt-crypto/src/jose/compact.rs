//! The compact serialization (RFC 7515 §3.1), read before anything is believed.

use super::public::decoded;
use aws_lc_rs::signature::ParsedPublicKey;
use serde_json::Value;
use std::collections::BTreeMap;
use zt_types::Json;

/// A token longer than this is not looked at, in bytes.
pub(super) const LONGEST_TOKEN: usize = 16 * 1024;
/// Headers nest this deep at most.
const HEADER_DEPTH: usize = 8;
/// Claims nest this deep at most.
const CLAIMS_DEPTH: usize = 32;

/// A signed token in its three parts. Nothing in it has been verified.
#[derive(Debug, Clone)]
pub(super) struct Compact {
    /// Header and payload as they came, which is what is signed.
    signed: String,
    pub(super) header: BTreeMap<String, Json>,
    signature: Vec<u8>,
    payload: Vec<u8>,
}

/// Why a text is no token that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotRead {
    /// Not of that form.
    Malformed,
    /// Encrypted (RFC 7516 §3.1).
    Encrypted,
    /// It must not be read by whoever does not know its extensions, and we know none.
    Critical,
}

impl Compact {
    pub(super) fn parse(token: &str) -> Result<Self, NotRead> {
        if token.len() > LONGEST_TOKEN {
            return Err(NotRead::Malformed);
        }
        let parts: Vec<&str> = token.splitn(6, '.').collect();
        let (head, payload, signature) = match parts.as_slice() {
            [head, payload, signature] => (*head, *payload, *signature),
            [_, _, _, _, _] => return Err(NotRead::Encrypted),
            _ => return Err(NotRead::Malformed),
        };
        let bytes = |part| decoded(part).ok_or(NotRead::Malformed);
        let Ok(Json::Object(header)) = Json::parse(&bytes(head)?, HEADER_DEPTH) else {
            return Err(NotRead::Malformed);
        };
        // RFC 7515 §4.1.11. RFC 7797 §6 demands `crit` beside `b64`; who reads it without would read another payload.
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(NotRead::Critical);
        }
        Ok(Self {
            signed: format!("{head}.{payload}"),
            header,
            signature: bytes(signature)?,
            payload: bytes(payload)?,
        })
    }

    /// A member of the header that is a text, if it is there.
    pub(super) fn text(&self, member: &str) -> Result<Option<&str>, NotRead> {
        self.header
            .get(member)
            .map(|value| value.as_text().ok_or(NotRead::Malformed))
            .transpose()
    }

    pub(super) fn is_signed_with(&self, key: &ParsedPublicKey) -> bool {
        key.verify_sig(self.signed.as_bytes(), &self.signature)
            .is_ok()
    }

    /// The claims: a JSON object in which no member stands twice.
    pub(super) fn claims(&self) -> Result<Value, NotRead> {
        match Json::parse(&self.payload, CLAIMS_DEPTH) {
            Ok(Json::Object(_)) => {}
            _ => return Err(NotRead::Malformed),
        }
        serde_json::from_slice(&self.payload).map_err(|_| NotRead::Malformed)
    }
}
