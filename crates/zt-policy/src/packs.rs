//! Starter packs: policies to begin with, as data. Each is a file under `packs/`.

use crate::{ManagedBy, PolicyDocument, PolicyState, Rule, Written};
use serde::Deserialize;
use zt_types::{AppGroupId, CalendarId, GroupId, IdError, PolicyId, Text, Timestamp};

const FILES: [&str; 8] = [
    include_str!("../packs/matrix.json"),
    include_str!("../packs/saas.json"),
    include_str!("../packs/vpn-and-virtual-desktop.json"),
    include_str!("../packs/unify-mfa.json"),
    include_str!("../packs/company-devices.json"),
    include_str!("../packs/contractors.json"),
    include_str!("../packs/unusual-sign-ins.json"),
    include_str!("../packs/break-glass.json"),
];

/// Policies that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Its slug, before those of its policies.
    pub id: PolicyId,
    /// Its title.
    pub title: Text,
    /// What it does, and what to see to before it is turned on.
    pub description: Text,
    /// What must be in the register.
    pub needs: Needs,
    policies: Vec<Entry>,
}

/// What a pack names, so that it must be registered before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Needs {
    /// Groups of people.
    #[serde(default)]
    pub groups: Vec<GroupId>,
    /// Groups of applications, each with an application in it.
    #[serde(default)]
    pub app_groups: Vec<AppGroupId>,
    /// Calendars.
    #[serde(default)]
    pub calendars: Vec<CalendarId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: PolicyId,
    title: Text,
    message: Text,
    rule: Rule,
}

/// All of them.
///
/// # Errors
/// Never: held by a test.
pub fn packs() -> Result<Vec<Pack>, serde_json::Error> {
    FILES.into_iter().map(serde_json::from_str).collect()
}

impl Pack {
    /// Its policies as documents, each with an id that begins with the pack's.
    ///
    /// # Errors
    /// Never for the packs that there are: held by a test.
    pub fn documents(
        &self,
        state: PolicyState,
        managed_by: ManagedBy,
        now: Timestamp,
    ) -> Result<Vec<PolicyDocument>, IdError> {
        let document = |entry: &Entry| {
            let document = PolicyDocument {
                id: PolicyId::new(&format!("{}-{}", self.id, entry.id))?,
                title: entry.title.clone(),
                cedar: String::new(),
                source: Written::ByHand,
                state,
                message: Some(entry.message.clone()),
                managed_by,
                changed_at: now,
            };
            Ok(document.written_by(entry.rule.clone()))
        };
        self.policies.iter().map(document).collect()
    }
}
