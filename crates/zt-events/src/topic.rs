//! What events are about.

use serde::{Deserialize, Serialize};

/// What an event is about, for views and filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Signing in and out, factors.
    SignIn,
    /// Reaching applications.
    Access,
    /// Devices and certificates.
    Device,
    /// Signals, facts, tasks.
    Trust,
    /// Organisation, policies, the system itself.
    Administration,
}

impl Topic {
    /// All topics.
    pub const ALL: [Self; 5] = [
        Self::SignIn,
        Self::Access,
        Self::Device,
        Self::Trust,
        Self::Administration,
    ];

    /// The slug used in addresses and message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Access => "access",
            Self::Device => "device",
            Self::Trust => "trust",
            Self::Administration => "administration",
        }
    }
}
