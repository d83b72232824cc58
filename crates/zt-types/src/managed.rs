//! Who writes a record that both files and the console can write.

use serde::{Deserialize, Serialize};

/// Who writes a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManagedBy {
    /// The organisation's files.
    Files,
    /// The console.
    Console,
    /// A program, which registered itself (RFC 7591).
    Registration,
    /// Sekisho itself: the baseline that every installation has.
    System,
}
