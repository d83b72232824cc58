//! The records of terms that people accept, and of their having accepted them.

use crate::ManagedBy;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use zt_types::{PersonId, SessionId, TermsId, Text, Timestamp};

#[cfg(test)]
mod tests;

/// Terms that a policy can demand to be accepted, such as rules of use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Their slug.
    pub id: TermsId,
    /// Their title. Changing it alone asks nobody again.
    pub title: Text,
    /// Who writes this record.
    pub managed_by: ManagedBy,
    /// When the record was last written.
    pub changed_at: Timestamp,
    // INVARIANT: `version` is the hash of `text`; both are written by `Terms::new` alone.
    text: Text,
    version: TermsVersion,
}

impl Terms {
    /// Terms of this text: plain paragraphs, an empty line between them.
    #[must_use]
    pub fn new(
        id: TermsId,
        title: Text,
        text: Text,
        managed_by: ManagedBy,
        changed_at: Timestamp,
    ) -> Self {
        Self {
            id,
            title,
            managed_by,
            changed_at,
            version: TermsVersion::of(&text),
            text,
        }
    }

    /// What is accepted.
    #[must_use]
    pub const fn text(&self) -> &Text {
        &self.text
    }

    /// Which text that is: another text has to be accepted anew.
    #[must_use]
    pub const fn version(&self) -> TermsVersion {
        self.version
    }
}

/// SHA-256 of a text in both languages. Printed as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermsVersion([u8; 32]);

impl TermsVersion {
    /// The version of a text. Line endings and surrounding blank space make no other version.
    fn of(text: &Text) -> Self {
        let mut hash = Sha256::new();
        for language in [&text.ja, &text.en] {
            let text = language.trim().replace("\r\n", "\n");
            // Each with its length before it, so that no two contents run together.
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        Self(hash.finalize().into())
    }

    /// Reads the printed form; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0u8; 32];
        let digits = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if text.len() != 64 || !digits {
            return None;
        }
        for (position, byte) in bytes.iter_mut().enumerate() {
            let pair = text.get(position * 2..position * 2 + 2)?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for TermsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TermsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TermsVersion({self})")
    }
}

impl Serialize for TermsVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TermsVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("not 64 lower-case hexadecimal digits"))
    }
}

/// That a person accepted terms. The latest one for each person and terms is kept; the log has them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsAcceptance {
    /// Who.
    pub person: PersonId,
    /// Which terms.
    pub terms: TermsId,
    /// Which text of them.
    pub version: TermsVersion,
    /// When.
    pub at: Timestamp,
    /// In which session.
    pub session: SessionId,
}
