//! Whether what was tried came to pass, and whether anybody tried.

use serde::{Deserialize, Serialize};

/// Whether what was tried came to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It did.
    Success,
    /// It was refused or failed.
    Failure,
}

/// Where a recorded decision comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Somebody asked.
    #[default]
    Observed,
    /// Nobody did: the request was made up, so that there is something to look at.
    Sample,
}

impl Origin {
    /// Whether somebody asked.
    #[must_use]
    pub const fn is_observed(&self) -> bool {
        matches!(self, Self::Observed)
    }
}
