//! Something an operator has to look at.

use serde::{Deserialize, Serialize};
use zt_types::{DeviceId, PersonId, SourceId, TaskId, Timestamp};

/// A task for an operator: the system could not or must not go on by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What it is about.
    pub kind: TaskKind,
    /// Since when.
    pub opened_at: Timestamp,
    /// When somebody dealt with it, if so.
    pub closed_at: Option<Timestamp>,
}

/// What a task is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "task")]
pub enum TaskKind {
    /// A signal named a device that nobody knows. Nothing was blocked.
    UnknownDevice {
        /// Who sent the signal.
        source: SourceId,
        /// The finding.
        finding: String,
        /// How the signal named the device.
        claimed: String,
    },
    /// A signal named a device by something that several devices share. Nothing was blocked.
    AmbiguousDevice {
        /// Who sent the signal.
        source: SourceId,
        /// The finding.
        finding: String,
        /// How the signal named the device.
        claimed: String,
        /// The devices it could be.
        candidates: Vec<DeviceId>,
    },
    /// An alert arrived that is older than the word that cleared it. Nothing was blocked: if it is true after all, the
    /// source has to say so anew.
    AlertAfterClear {
        /// Who sent the signal.
        source: SourceId,
        /// The finding.
        finding: String,
        /// How the signal named the device.
        claimed: String,
        /// The device.
        device: DeviceId,
    },
    /// A signal named somebody whom nobody knows. Nobody was blocked.
    UnknownPerson {
        /// Who sent the signal.
        source: SourceId,
        /// The finding.
        finding: String,
        /// How the signal named her.
        claimed: String,
    },
    /// A signal named a person by something that several share. Nobody was blocked.
    AmbiguousPerson {
        /// Who sent the signal.
        source: SourceId,
        /// The finding.
        finding: String,
        /// How the signal named her.
        claimed: String,
        /// Who it could be.
        candidates: Vec<PersonId>,
    },
    /// A warning about a person arrived that is older than what ended it: her own step or the source's word. Nobody was
    /// blocked.
    WarningAfterEnd {
        /// Who sent the signal.
        source: SourceId,
        /// The finding.
        finding: String,
        /// How the signal named her.
        claimed: String,
        /// The person.
        person: PersonId,
    },
}

impl TaskKind {
    /// The slug used in events and message keys.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::UnknownDevice { .. } => "unknown-device",
            Self::AmbiguousDevice { .. } => "ambiguous-device",
            Self::AlertAfterClear { .. } => "alert-after-clear",
            Self::UnknownPerson { .. } => "unknown-person",
            Self::AmbiguousPerson { .. } => "ambiguous-person",
            Self::WarningAfterEnd { .. } => "warning-after-end",
        }
    }
}
