//! What a verification found.

use std::fmt;
use zt_crypto::checkpoint::CheckpointError;
use zt_crypto::merkle::{MerkleHash, empty_root};

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many events are sound, counted from the first.
    pub size: u64,
    /// The root over them.
    pub root: MerkleHash,
    /// How many segments they are in.
    pub segments: u64,
    /// The checkpoint over the last sound segment.
    pub checkpoint: Option<String>,
    /// The first thing that is wrong, if any.
    pub finding: Option<Finding>,
}

impl Report {
    /// Whether the log is as it was sealed.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.finding.is_none()
    }
}

impl Default for Report {
    fn default() -> Self {
        Self {
            size: 0,
            root: empty_root(),
            segments: 0,
            checkpoint: None,
            finding: None,
        }
    }
}

/// The first thing that is wrong with a log. Everything before `first` is as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The first position it can be at.
    pub first: u64,
    /// The last position it can be at; `None` if it is all the rest.
    pub last: Option<u64>,
    /// What it is.
    pub problem: Problem,
}

/// What can be wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file is damaged there.
    #[error("cannot be read ({0})")]
    Unreadable(String),
    /// An event's bytes, its salt or its leaf are not what they were.
    #[error("was altered, moved or replaced")]
    Altered,
    /// Events were taken out.
    #[error("is missing")]
    Missing,
    /// The checkpoint is not this log's.
    #[error("has no valid checkpoint ({0})")]
    Unsigned(CheckpointError),
    /// Events were exchanged for others together with their hashes, but not with the signature.
    #[error("is not what the checkpoint over it says: altered, moved or replaced")]
    NotWhatWasSigned,
    /// The log is another one than the earlier checkpoint's.
    #[error("is not what the earlier checkpoint says: the log was rewritten")]
    NotTheEarlierLog,
    /// The log is shorter than the earlier checkpoint says.
    #[error("is missing: the log is shorter than the earlier checkpoint says")]
    CutOff,
    /// The log does not end where its writer left it.
    #[error("is missing: the log does not end where its writer left it")]
    HeadDiffers,
    /// Events are there but would not be found when asked for.
    #[error("would not be found when asked for: the index was changed")]
    Hidden,
}

impl Finding {
    pub(super) const fn at(position: u64, problem: Problem) -> Self {
        Self {
            first: position,
            last: Some(position),
            problem,
        }
    }

    pub(super) const fn from(first: u64, problem: Problem) -> Self {
        Self {
            first,
            last: None,
            problem,
        }
    }

    /// Somewhere from `first` to just before `end`.
    pub(super) const fn among(first: u64, end: u64, problem: Problem) -> Self {
        Self {
            first,
            last: Some(end.saturating_sub(1)),
            problem,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            first,
            last,
            problem,
        } = self;
        match last {
            Some(last) if last == first => write!(f, "event {first} {problem}"),
            Some(last) => write!(f, "something from event {first} to {last} {problem}"),
            None => write!(f, "everything from event {first} on {problem}"),
        }
    }
}
