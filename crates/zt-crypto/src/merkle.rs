//! The Merkle tree of RFC 6962 §2.1: hashing, an incremental root in O(log n) state, and both kinds of proof.
//!
//! A leaf of the audit log is the hash of salt ‖ stored bytes ([`salted_leaf`]): salt and bytes can be erased and the
//! tree still verifies, while the bytes cannot be guessed from the leaf.

mod proof;

pub use proof::{
    consistency_path, consistency_path_with, inclusion_path, inclusion_path_with,
    verify_consistency, verify_inclusion,
};

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The hash of a leaf, a node or a whole tree: SHA-256, 32 bytes. Printed as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MerkleHash(pub [u8; 32]);

/// Bytes of salt in a [`salted_leaf`].
pub const SALT_BYTES: usize = 16;

/// The root of the tree without leaves: the hash of the empty string.
#[must_use]
pub fn empty_root() -> MerkleHash {
    digest(&[])
}

/// The hash of a leaf that holds `entry`.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> MerkleHash {
    // RFC 6962 §2.1: the prefixes keep a node from passing as a leaf.
    digest(&[&[0x00], entry])
}

/// The hash of a leaf that holds `salt` followed by `stored`, the bytes exactly as they are kept.
#[must_use]
pub fn salted_leaf(salt: &[u8; SALT_BYTES], stored: &[u8]) -> MerkleHash {
    digest(&[&[0x00], salt, stored])
}

/// The hash of the node above `left` and `right`.
#[must_use]
pub fn node_hash(left: &MerkleHash, right: &MerkleHash) -> MerkleHash {
    digest(&[&[0x01], &left.0, &right.0])
}

/// The root of the tree over `leaves` (hashes of leaves, in order).
#[must_use]
pub fn root(leaves: &[MerkleHash]) -> MerkleHash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier.root()
}

/// The right edge of a growing tree: enough to append leaves and to compute the root, and no more.
///
/// It keeps the roots of the complete subtrees, largest first: one for each bit set in the size, at most 64 hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "StoredFrontier", into = "StoredFrontier")]
pub struct Frontier {
    size: u64,
    // INVARIANT: exactly `size.count_ones()` hashes.
    peaks: Vec<MerkleHash>,
}

/// Why parts do not make a [`Frontier`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tree of {size} leaves has {expected} complete subtrees, not {found}")]
pub struct FrontierMismatch {
    size: u64,
    expected: u32,
    found: usize,
}

impl Frontier {
    /// Puts together what [`Frontier::size`] and [`Frontier::peaks`] gave.
    ///
    /// # Errors
    /// [`FrontierMismatch`] if the number of subtrees does not fit the size.
    pub fn from_parts(size: u64, peaks: Vec<MerkleHash>) -> Result<Self, FrontierMismatch> {
        let expected = size.count_ones();
        if u32::try_from(peaks.len()) == Ok(expected) {
            Ok(Self { size, peaks })
        } else {
            Err(FrontierMismatch {
                size,
                expected,
                found: peaks.len(),
            })
        }
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, largest first.
    #[must_use]
    pub fn peaks(&self) -> &[MerkleHash] {
        &self.peaks
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: MerkleHash) {
        let mut node = leaf;
        // Adding one carries through the trailing ones of the size, merging one subtree for each.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// The root over all leaves so far.
    #[must_use]
    pub fn root(&self) -> MerkleHash {
        self.peaks
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(empty_root)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredFrontier {
    size: u64,
    peaks: Vec<MerkleHash>,
}

impl TryFrom<StoredFrontier> for Frontier {
    type Error = FrontierMismatch;
    fn try_from(stored: StoredFrontier) -> Result<Self, FrontierMismatch> {
        Self::from_parts(stored.size, stored.peaks)
    }
}

impl From<Frontier> for StoredFrontier {
    fn from(frontier: Frontier) -> Self {
        Self {
            size: frontier.size,
            peaks: frontier.peaks,
        }
    }
}

/// Why a text is not a [`MerkleHash`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tree hash is 64 lower-case hexadecimal digits")]
pub struct NotAHash;

impl fmt::Display for MerkleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for MerkleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MerkleHash({self})")
    }
}

impl FromStr for MerkleHash {
    type Err = NotAHash;
    fn from_str(text: &str) -> Result<Self, NotAHash> {
        if text.len() != 64 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(NotAHash);
        }
        let mut bytes = [0u8; 32];
        for (position, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(position * 2..position * 2 + 2).ok_or(NotAHash)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NotAHash)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for MerkleHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MerkleHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn digest(parts: &[&[u8]]) -> MerkleHash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut bytes = [0u8; 32];
    // SHA-256 gives 32 bytes; zip instead of a copy that could panic.
    for (to, from) in bytes.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    MerkleHash(bytes)
}

#[cfg(test)]
mod tests;
