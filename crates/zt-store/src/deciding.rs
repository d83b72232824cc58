//! What of the records decides: the policies and everything that they can name.

use crate::{Change, State};
use std::collections::{BTreeMap, BTreeSet};
use zt_policy::{Application, Calendar, PolicyDocument, Register};
use zt_types::{AppId, CalendarId, GroupId, NetworkId, PolicyId, TermsId};

/// The policies and the register, as they are or as a plan would leave them.
#[derive(Debug, Clone, Default)]
pub struct Deciding {
    policies: BTreeMap<PolicyId, PolicyDocument>,
    applications: BTreeMap<AppId, Application>,
    groups: BTreeMap<GroupId, Vec<GroupId>>,
    networks: BTreeSet<NetworkId>,
    calendars: BTreeMap<CalendarId, Calendar>,
    terms: BTreeSet<TermsId>,
}

impl Deciding {
    /// As the records are.
    #[must_use]
    pub fn of(state: &State) -> Self {
        Self {
            policies: state.policies.clone(),
            applications: state.applications.clone(),
            groups: state
                .groups
                .values()
                .map(|group| (group.id.clone(), group.part_of.clone()))
                .collect(),
            networks: state.networks.keys().cloned().collect(),
            calendars: state.calendars.clone(),
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
                | Change::PutNetwork(_)
                | Change::RemoveNetwork(_)
                | Change::PutCalendar(_)
                | Change::RemoveCalendar(_)
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
                    self.groups.insert(group.id.clone(), group.part_of.clone());
                }
                Change::RemoveGroup(id) => {
                    self.groups.remove(id);
                }
                Change::PutNetwork(network) => {
                    self.networks.insert(network.id.clone());
                }
                Change::RemoveNetwork(id) => {
                    self.networks.remove(id);
                }
                Change::PutCalendar(calendar) => {
                    self.calendars.insert(calendar.id.clone(), calendar.clone());
                }
                Change::RemoveCalendar(id) => {
                    self.calendars.remove(id);
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

    /// What they can name. `unreported` is what they could read and nothing reports, as [`Register::unreported`] has it.
    #[must_use]
    pub fn register(&self, unreported: &[&'static str]) -> Register {
        Register {
            applications: self.applications.values().cloned().collect(),
            groups: self.groups.clone(),
            networks: self.networks.clone(),
            calendars: self.calendars.values().cloned().collect(),
            terms: self.terms.clone(),
            unreported: unreported.iter().copied().collect(),
        }
    }
}
