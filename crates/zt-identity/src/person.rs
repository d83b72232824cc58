//! The record of a person and of a group.

use serde::{Deserialize, Serialize};
use zt_types::{GroupId, Language, PersonId, Text, Timestamp};

/// A person who may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Stable id; the `sub` of every token.
    pub id: PersonId,
    /// What is typed at sign-in: lower case, unique, such as `sato.hanako` or an e-mail address.
    pub login: String,
    /// The name shown, in both scripts.
    pub name: Text,
    /// Where notices go, if known.
    pub email: Option<String>,
    /// Preferred language; the browser's choice wins while she is at a browser.
    pub language: Language,
    /// Groups she is in.
    pub groups: Vec<GroupId>,
    /// What she may do in Sekisho itself.
    pub role: Role,
    /// Whether she may sign in at all.
    pub state: PersonState,
    /// Who writes this record.
    pub managed_by: ManagedBy,
    /// When the record was made.
    pub created_at: Timestamp,
}

/// What a person may do in Sekisho itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// Whether the console is open to this role.
    #[must_use]
    pub const fn administers(self) -> bool {
        matches!(self, Self::Administrator | Self::BreakGlass)
    }
}

/// Whether a person may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonState {
    /// May sign in.
    Active,
    /// May not; the record stays for the log.
    Disabled,
}

/// Who writes a record: what files manage is read-only in the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManagedBy {
    /// The organisation's files (`sekisho apply`).
    Files,
    /// The console.
    Console,
    /// Sekisho itself (the break-glass accounts).
    System,
}

/// A group of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its slug.
    pub id: GroupId,
    /// Its name.
    pub name: Text,
    /// Who writes this record.
    pub managed_by: ManagedBy,
}
