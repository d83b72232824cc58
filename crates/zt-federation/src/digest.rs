//! SHA-256, and comparing what it gives in constant time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// 32 bytes. `PartialEq` is for records; whoever compares with what was received says [`Digest::equals`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    pub(crate) const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash of `parts`, one after the other.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    #[cfg(test)]
    pub(crate) const fn into_bytes(self) -> [u8; 32] {
        self.0
    }

    /// Whether both are the same. Every byte is looked at, whatever the ones before it were.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        let differences = self.0.iter().zip(&other.0);
        let gathered = differences.fold(0, |gathered, (left, right)| gathered | (left ^ right));
        std::hint::black_box(gathered) == 0
    }
}

/// In base64url (RFC 4648 §5).
pub(crate) fn encode(digest: &Digest) -> String {
    URL_SAFE_NO_PAD.encode(digest.0)
}
