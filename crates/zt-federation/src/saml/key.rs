//! Public keys, as metadata and records hold them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize};

/// The longest that is kept, in octets of DER.
const LONGEST: usize = 8192;

/// A certificate (or a public key, RFC 5280 §4.1.2.7) in base64, on one line. A certificate is nothing but the coat of its key here:
/// who signed it and until when it runs says nothing in SAML, where the record is what is relied on (Metadata Interoperability
/// Profile 1.0 §2.3.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct KeyText(String);

/// Why a text holds no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyTextError {
    /// Neither PEM nor base64.
    #[error(
        "a certificate is base64, as in `X509Certificate`, or PEM with one `-----BEGIN CERTIFICATE-----`"
    )]
    Base64,
    /// Something else than one whole value of DER.
    #[error("the base64 holds no certificate: it is cut off, or something else was put in")]
    Der,
    /// Longer than any.
    #[error("a certificate has at most 8,192 octets")]
    Length,
}

impl KeyText {
    /// Reads a certificate or a public key, in base64 with or without white space, or in PEM.
    ///
    /// # Errors
    /// [`KeyTextError`].
    pub fn parse(text: &str) -> Result<Self, KeyTextError> {
        if text.len() > 4 * LONGEST {
            return Err(KeyTextError::Length);
        }
        let inside = inside(text.trim()).ok_or(KeyTextError::Base64)?;
        let joined: String = inside.split_ascii_whitespace().collect();
        let der = STANDARD.decode(joined).map_err(|_| KeyTextError::Base64)?;
        Self::from_der(&der)
    }

    /// All certificates of a text of PEM; one in base64 counts too.
    ///
    /// # Errors
    /// The first [`KeyTextError`].
    pub fn parse_all(text: &str) -> Result<Vec<Self>, KeyTextError> {
        const END: &str = "-----END CERTIFICATE-----";
        let each = text.split_inclusive(END).map(str::trim);
        each.filter(|one| !one.is_empty())
            .map(Self::parse)
            .collect()
    }

    /// The same of its octets.
    ///
    /// # Errors
    /// [`KeyTextError::Der`], [`KeyTextError::Length`].
    pub fn from_der(der: &[u8]) -> Result<Self, KeyTextError> {
        if der.len() > LONGEST {
            return Err(KeyTextError::Length);
        }
        if !is_one_sequence(der) {
            return Err(KeyTextError::Der);
        }
        Ok(Self(STANDARD.encode(der)))
    }

    /// The base64, without white space.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The octets.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        // It was decoded when it was read.
        STANDARD.decode(&self.0).unwrap_or_default()
    }
}

/// What stands between the lines of PEM, if it is PEM.
fn inside(text: &str) -> Option<&str> {
    let Some(rest) = text.strip_prefix("-----BEGIN ") else {
        return Some(text);
    };
    let (label, rest) = rest.split_once("-----")?;
    if !matches!(label, "CERTIFICATE" | "PUBLIC KEY") {
        return None;
    }
    let end = format!("-----END {label}-----");
    rest.strip_suffix(&end)
}

/// Whether it is one SEQUENCE, from its first octet to its last (X.690 §8.1).
fn is_one_sequence(der: &[u8]) -> bool {
    let Some((0x30, [first, rest @ ..])) = der.split_first() else {
        return false;
    };
    let length = match first {
        0x00..=0x7f => return rest.len() == usize::from(*first),
        0x81..=0x83 => usize::from(*first & 0x7f),
        _ => return false,
    };
    let Some((written, content)) = rest.split_at_checked(length) else {
        return false;
    };
    let meant = written
        .iter()
        .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    meant == content.len()
}

impl<'de> Deserialize<'de> for KeyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
