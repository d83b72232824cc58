//! What of the records decides: the policies and everything that they can name.

use crate::{Change, State};
use std::collections::{BTreeMap, BTreeSet};
use zt_policy::{Application, PolicyDocument, Register};
use zt_types::{AppId, GroupId, PolicyId, TermsId};

/// What no source, no agent and no gateway reports yet, and what would read as harmless for everybody.
pub const UNREPORTED: [&str; 4] = [
    "principal.guest",
    "context.network.anonymiser",
    "context.network.country",
    "context.client.kind",
];

/// The policies and the register, as they are or as a plan would leave them.
#[derive(Debug, Clone, Default)]
pub struct Deciding {
    policies: BTreeMap<PolicyId, PolicyDocument>,
    applications: BTreeMap<AppId, Application>,
    groups: BTreeSet<GroupId>,
    terms: BTreeSet<TermsId>,
}

impl Deciding {
    /// As the records are.
    #[must_use]
    pub fn of(state: &State) -> Self {
        Self {
            policies: state.policies.clone(),
            applications: state.applications.clone(),
            groups: state.groups.keys().cloned().collect(),
            terms: state.terms.keys().cloned().collect(),
        }
    }

    /// Whether a change is about any of it.
    #[must_use]
    pub const fn is_touched_by(change: &Change) -> bool {
        matches!(
            change,
            Change::PutPolicy(_)
                | Change::RemovePolicy(_)
                | Change::PutApplication(_)
                | Change::RemoveApplication(_)
                | Change::PutGroup(_)
                | Change::RemoveGroup(_)
                | Change::PutTerms(_)
                | Change::RemoveTerms(_)
        )
    }

    /// As it is after these changes.
    #[must_use]
    pub fn after(mut self, changes: &[Change]) -> Self {
        for change in changes {
            match change {
                Change::PutPolicy(policy) => {
                    self.policies.insert(policy.id.clone(), policy.clone());
                }
                Change::RemovePolicy(id) => {
                    self.policies.remove(id);
                }
                Change::PutApplication(app) => {
                    self.applications.insert(app.id.clone(), app.clone());
                }
                Change::RemoveApplication(id) => {
                    self.applications.remove(id);
                }
                Change::PutGroup(group) => {
                    self.groups.insert(group.id.clone());
                }
                Change::RemoveGroup(id) => {
                    self.groups.remove(id);
                }
                Change::PutTerms(terms) => {
                    self.terms.insert(terms.id.clone());
                }
                Change::RemoveTerms(id) => {
                    self.terms.remove(id);
                }
                _ => {}
            }
        }
        self
    }

    /// The policies.
    #[must_use]
    pub fn documents(&self) -> Vec<PolicyDocument> {
        self.policies.values().cloned().collect()
    }

    /// What they can name.
    #[must_use]
    pub fn register(&self) -> Register {
        Register {
            applications: self.applications.values().cloned().collect(),
            groups: self
                .groups
                .iter()
                .map(|group| (group.clone(), Vec::new()))
                .collect(),
            terms: self.terms.clone(),
            unreported: UNREPORTED.into(),
            ..Register::default()
        }
    }
}
