//! The record of a person and of a group.

use serde::{Deserialize, Serialize};
use zt_types::{Affiliation, GroupId, Language, PersonId, Text, Timestamp};
pub use zt_types::{PersonState, Role};

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
    /// Whether she belongs to the company.
    #[serde(default)]
    pub affiliation: Affiliation,
    /// Whether she may sign in at all.
    pub state: PersonState,
    /// Who writes this record.
    pub managed_by: ManagedBy,
    /// When the record was made.
    pub created_at: Timestamp,
}

/// Who writes a record: what files manage is read-only in the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManagedBy {
    /// The organisation's files (`sekisho apply`).
    Files,
    /// The console.
    Console,
    /// A program, which registered itself.
    Registration,
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
    /// The groups that it is part of: whoever is in it is in those as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub part_of: Vec<GroupId>,
    /// Who writes this record.
    pub managed_by: ManagedBy,
}
