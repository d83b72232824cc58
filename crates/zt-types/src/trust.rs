//! Trust: how far a person or a device is believed right now, and why.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// A trust level. Ordered: `Low < Medium < High`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Distrusted: something bad is known.
    Low,
    /// Not enough is known, or something is off.
    Medium,
    /// All required evidence is there and nothing speaks against it.
    High,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// `low`, `medium`, `high`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// 1, 2, 3, for arithmetic in policies.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::Low => 1,
            Self::Medium => 2,
            Self::High => 3,
        }
    }
}

/// One reason why trust is not higher.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum TrustReason {
    /// A fact is open. `fact` is its kind's slug, `source` who wrote it, `title` the source's own short words.
    OpenFact {
        /// The fact kind's slug, such as `malware`.
        fact: String,
        /// The source's slug.
        source: String,
        /// The source's short title; shown to administrators, to people only as quoted text.
        title: String,
        /// Since when.
        since: Timestamp,
    },
    /// There is no device identity; the slug says why (see [`crate::NoDevice::slug`]).
    NoDeviceIdentity {
        /// The reason's slug.
        why: String,
    },
    /// Evidence that is required is missing or stale.
    MissingEvidence {
        /// What is missing, as a slug.
        what: String,
    },
}

/// A trust level with its reasons and the instant until which it can possibly hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// The level.
    pub level: Level,
    /// Why it is not higher; empty exactly when the level is high.
    pub reasons: Vec<TrustReason>,
    /// The earliest instant at which it can change by time alone.
    pub valid_until: Timestamp,
}
