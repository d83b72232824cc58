//! The records of a fact and of a source that may write facts.

use serde::{Deserialize, Serialize};
use zt_types::{FactKind, Level, Seconds, SourceId, Subject, Text, Timestamp, TokenHash};

/// What makes a fact the same fact: who says it, which finding it is, about whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FactKey {
    /// The source that owns it.
    pub source: SourceId,
    /// The source's own id of the finding (OCSF `finding_info.uid`).
    pub uid: String,
    /// What it is about.
    pub subject: Subject,
}

/// Something a source holds to be true of a subject. Open while `cleared_at` is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its identity.
    pub key: FactKey,
    /// What kind of thing it says.
    pub kind: FactKind,
    /// How bad it is.
    pub severity: Severity,
    /// The source's short words for it.
    pub title: String,
    /// When the source first saw it, by the source's clock but never later than our own.
    pub observed_at: Timestamp,
    /// The source's time of its last word on it, never later than our own clock: an older word that arrives late
    /// neither opens nor clears anything.
    pub last_word_at: Timestamp,
    /// When it was written here.
    pub recorded_at: Timestamp,
    /// When its owner took it back, if so.
    pub cleared_at: Option<Timestamp>,
}

impl Fact {
    /// Whether nobody has taken it back.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.cleared_at.is_none()
    }
}

/// How bad a fact is (OCSF `severity_id` 1 to 6; *unknown* and *other* count as high).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; changes no trust.
    Informational,
    /// Little; changes no trust.
    Low,
    /// Trust is medium at best.
    Medium,
    /// Trust is low.
    High,
    /// Trust is low.
    Critical,
    /// Trust is low.
    Fatal,
}

impl Severity {
    /// All, least first.
    pub const ALL: [Self; 6] = [
        Self::Informational,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
        Self::Fatal,
    ];

    /// From OCSF `severity_id`; *unknown* (0), *other* (99) and what the schema does not name count as high: an alert
    /// whose weight we cannot read is not waved through.
    #[must_use]
    pub const fn from_ocsf(severity_id: i64) -> Self {
        match severity_id {
            1 => Self::Informational,
            2 => Self::Low,
            3 => Self::Medium,
            5 => Self::Critical,
            6 => Self::Fatal,
            _ => Self::High,
        }
    }

    /// The slug used in events and message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
            Self::Fatal => "fatal",
        }
    }

    /// The level a subject can have at most while a fact this bad is open.
    #[must_use]
    pub const fn ceiling(self) -> Level {
        match self {
            Self::Informational | Self::Low => Level::High,
            Self::Medium => Level::Medium,
            Self::High | Self::Critical | Self::Fatal => Level::Low,
        }
    }
}

/// A registered source of signals, such as an endpoint-protection product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its slug.
    pub id: SourceId,
    /// Its name.
    pub name: Text,
    /// The kinds of facts it may write.
    pub kinds: Vec<FactKind>,
    /// For how long what it says of devices' state holds; nothing if it may say nothing of that.
    #[serde(default)]
    pub states_hold: Option<Seconds>,
    /// Hash of its bearer token.
    pub token: TokenHash,
    /// Whether the organisation's files write this record.
    pub managed_by_files: ManagedByFiles,
}

/// Whether the organisation's files write a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManagedByFiles {
    /// They do; the console shows it read-only.
    Yes,
    /// The console made it.
    No,
}
