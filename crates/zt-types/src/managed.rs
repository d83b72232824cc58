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
    /// Sekisho itself: the baseline that every installation has.
    System,
}
