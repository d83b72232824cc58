//! What deciding needs to know of a person's record.

use serde::{Deserialize, Serialize};

/// What a person may do in Sekisho itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Uses applications.
    Member,
    /// Sees and changes everything in the console.
    Administrator,
    /// One of the two accounts of last resort: an administrator exempt from facts and lock-out, every use an incident.
    BreakGlass,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Member, Self::Administrator, Self::BreakGlass];

    /// The slug used in files, events and policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Administrator => "administrator",
            Self::BreakGlass => "break-glass",
        }
    }

    /// Whether the console is open to this role.
    #[must_use]
    pub const fn administers(self) -> bool {
        matches!(self, Self::Administrator | Self::BreakGlass)
    }
}

/// Whether a person may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonState {
    /// May sign in.
    Active,
    /// May not; the record stays for the log.
    Disabled,
}

/// Whether a person belongs to the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Affiliation {
    /// She does.
    #[default]
    Staff,
    /// She is from elsewhere, such as a partner company.
    Guest,
}

impl Affiliation {
    /// `staff` or `guest`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Guest => "guest",
        }
    }
}

/// Whether a person's password may still be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordState {
    /// It may.
    #[default]
    Good,
    /// It must be reset first.
    ResetDue,
}
