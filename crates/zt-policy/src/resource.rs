//! The register of applications, and policies as they are kept.

use serde::{Deserialize, Serialize};
use zt_types::{AppGroupId, AppId, GroupId, PolicyId, Sensitivity, Text, Timestamp};

/// An application in the register. What is not registered is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its slug, and the first label of its host name `<id>.<domain>`.
    pub id: AppId,
    /// Its name.
    pub name: Text,
    /// What it is for, one sentence.
    pub description: Text,
    /// Who answers for it: a person's login.
    pub owner: String,
    /// How much harm a leak does.
    pub sensitivity: Sensitivity,
    /// Where it really is: `http://` or `https://` origin without a path.
    pub upstream: String,
    /// Groups that may use it; everyone if empty.
    pub groups: Vec<GroupId>,
    /// The groups of applications it is in: policies can be about all of a group.
    #[serde(default)]
    pub app_groups: Vec<AppGroupId>,
    /// Whether its host asks for a device certificate.
    pub certificate: CertificateDemand,
    /// The day by which its entry must be looked at again, `YYYY-MM-DD`.
    pub review_by: Option<String>,
    /// Who writes this record.
    pub managed_by: ManagedBy,
}

/// Whether an application's host asks the browser for a device certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateDemand {
    /// It asks; policy says what follows when none comes.
    Ask,
    /// It does not ask: what the session proved at sign-in counts.
    DoNotAsk,
}

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

/// A policy as it is kept: Cedar text under our schema, with what people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDocument {
    /// Its slug.
    pub id: PolicyId,
    /// Its title.
    pub title: Text,
    /// Cedar source: one or more policies.
    pub cedar: String,
    /// Whether it binds.
    pub state: PolicyState,
    /// What a person whom it refuses is told.
    pub message: Option<Text>,
    /// Who writes this record.
    pub managed_by: ManagedBy,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

/// Whether a policy binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyState {
    /// Not looked at.
    Off,
    /// Evaluated and recorded, not enforced.
    ReportOnly,
    /// Enforced.
    On,
}
