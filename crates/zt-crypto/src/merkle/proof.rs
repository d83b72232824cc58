//! Inclusion and consistency proofs (RFC 6962 §2.1.1, §2.1.2) and their verification (RFC 9162 §2.1.3.2, §2.1.4.2).

use super::{MerkleHash, empty_root, node_hash, root};
use std::convert::Infallible;
use std::ops::Range;

/// The path that proves leaf `index` to be in the tree over `leaves`; `None` if there is no such leaf.
#[must_use]
pub fn inclusion_path(index: u64, leaves: &[MerkleHash]) -> Option<Vec<MerkleHash>> {
    let size = u64::try_from(leaves.len()).ok()?;
    let Ok(path) = inclusion_path_with(index, size, |range| {
        Ok::<_, Infallible>(root_of(leaves, &range))
    });
    path
}

/// The path that proves leaf `index` to be in the tree of `size` leaves, asking `subtree` for the root over each range of
/// leaves it needs (O(log n) of them). Every range but one that ends at `size` is a complete subtree and can be kept.
///
/// # Errors
/// What `subtree` returns.
pub fn inclusion_path_with<E>(
    index: u64,
    size: u64,
    mut subtree: impl FnMut(Range<u64>) -> Result<MerkleHash, E>,
) -> Result<Option<Vec<MerkleHash>>, E> {
    if index >= size {
        return Ok(None);
    }
    let mut path = Vec::new();
    let mut range = 0..size;
    while range.end - range.start > 1 {
        let middle = range.start + split(range.end - range.start);
        if index < middle {
            path.push(subtree(middle..range.end)?);
            range.end = middle;
        } else {
            path.push(subtree(range.start..middle)?);
            range.start = middle;
        }
    }
    path.reverse();
    Ok(Some(path))
}

/// The path that proves the tree over `leaves` to begin with the tree of its first `old_size` leaves; `None` if it is
/// smaller. Empty when the sizes are equal or the old one is empty.
#[must_use]
pub fn consistency_path(old_size: u64, leaves: &[MerkleHash]) -> Option<Vec<MerkleHash>> {
    let size = u64::try_from(leaves.len()).ok()?;
    let Ok(path) = consistency_path_with(old_size, size, |range| {
        Ok::<_, Infallible>(root_of(leaves, &range))
    });
    path
}

/// As [`consistency_path`], asking `subtree` for the roots over ranges of leaves.
///
/// # Errors
/// What `subtree` returns.
pub fn consistency_path_with<E>(
    old_size: u64,
    size: u64,
    mut subtree: impl FnMut(Range<u64>) -> Result<MerkleHash, E>,
) -> Result<Option<Vec<MerkleHash>>, E> {
    if old_size > size {
        return Ok(None);
    }
    if old_size == 0 || old_size == size {
        return Ok(Some(Vec::new()));
    }
    let mut path = Vec::new();
    let mut range = 0..size;
    // RFC 6962 §2.1.2 SUBPROOF, walked from the root down; `whole` is its parameter b.
    let mut whole = true;
    while range.end != old_size {
        let middle = range.start + split(range.end - range.start);
        if old_size <= middle {
            path.push(subtree(middle..range.end)?);
            range.end = middle;
        } else {
            path.push(subtree(range.start..middle)?);
            range.start = middle;
            whole = false;
        }
    }
    if !whole {
        path.push(subtree(range)?);
    }
    path.reverse();
    Ok(Some(path))
}

/// Whether `path` proves `leaf` to be leaf `index` of the tree of `size` leaves with root `root`.
#[must_use]
pub fn verify_inclusion(
    leaf: &MerkleHash,
    index: u64,
    size: u64,
    path: &[MerkleHash],
    root: &MerkleHash,
) -> bool {
    if index >= size {
        return false;
    }
    // RFC 9162 §2.1.3.2.
    let (mut position, mut last, mut node) = (index, size - 1, *leaf);
    for step in path {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            node = node_hash(step, &node);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            node = node_hash(&node, step);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && node == *root
}

/// Whether `path` proves the tree of `new_size` leaves with root `new_root` to begin with the tree of `old_size` leaves
/// with root `old_root`.
#[must_use]
pub fn verify_consistency(
    old_size: u64,
    old_root: &MerkleHash,
    new_size: u64,
    new_root: &MerkleHash,
    path: &[MerkleHash],
) -> bool {
    if old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return path.is_empty() && old_root == new_root;
    }
    if old_size == 0 {
        return path.is_empty() && *old_root == empty_root();
    }
    // RFC 9162 §2.1.4.2.
    let mut steps = path.iter();
    let first = if old_size.is_power_of_two() {
        Some(old_root)
    } else {
        steps.next()
    };
    let Some(first) = first else { return false };
    let (mut position, mut last) = (old_size - 1, new_size - 1);
    while position & 1 == 1 {
        position >>= 1;
        last >>= 1;
    }
    let (mut old, mut new) = (*first, *first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            old = node_hash(step, &old);
            new = node_hash(step, &new);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, step);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && old == *old_root && new == *new_root
}

/// The largest power of two smaller than `size`, which is at least 2 (k in RFC 6962 §2.1).
const fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

fn root_of(leaves: &[MerkleHash], range: &Range<u64>) -> MerkleHash {
    // The ranges come from a size that is `leaves.len()`, so they fit; the empty root could only make a proof fail.
    let start = usize::try_from(range.start).unwrap_or(usize::MAX);
    let end = usize::try_from(range.end).unwrap_or(usize::MAX);
    leaves.get(start..end).map_or_else(empty_root, root)
}
