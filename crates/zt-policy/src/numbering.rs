//! Numbers for names. Deciding compares numbers; names are for people.
//!
//! A number is given once and never again: a set that is compiled after another one keeps its numbers, so facts that were
//! put into numbers for the one can be decided on by the other, as long as it names no person for the first time.

use crate::Register;
use std::collections::HashMap;
use std::hash::Hash;
use zt_types::{AppGroupId, AppId, CalendarId, GroupId, NetworkId, PersonId, TermsId};

/// The numbers of everything open-ended that policies can name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbering {
    /// Groups, and people whom a policy names: whatever a person can be a member of. She is the only member of herself.
    pub(crate) members: Names<Member>,
    pub(crate) apps: Names<AppId>,
    pub(crate) app_groups: Names<AppGroupId>,
    pub(crate) networks: Names<NetworkId>,
    pub(crate) terms: Names<TermsId>,
    pub(crate) calendars: Names<CalendarId>,
}

/// What a person can be a member of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Member {
    Group(GroupId),
    Person(PersonId),
}

/// Names and their numbers, from 0 without a gap.
#[derive(Debug, Clone)]
pub(crate) struct Names<T> {
    numbers: HashMap<T, u32>,
    names: Vec<T>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            names: Vec::new(),
        }
    }
}

impl<T: Clone + Eq + Hash> Names<T> {
    pub(crate) fn number(&self, name: &T) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    pub(crate) const fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn name(&self, number: u32) -> Option<&T> {
        self.names.get(usize::try_from(number).ok()?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0u32..).zip(&self.names)
    }

    /// Whether `other` has all these names, under the same numbers.
    fn begins(&self, other: &Self) -> bool {
        other.names.starts_with(&self.names)
    }

    /// The number of a name, a new one if it has none.
    pub(crate) fn give(&mut self, name: &T) -> u32 {
        if let Some(number) = self.number(name) {
            return number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.clone());
        self.numbers.insert(name.clone(), number);
        number
    }
}

impl Numbering {
    /// Whether what has a number here has the same one in `other`.
    pub(crate) fn begins(&self, other: &Self) -> bool {
        let Self {
            members,
            apps,
            app_groups,
            networks,
            terms,
            calendars,
        } = self;
        members.begins(&other.members)
            && apps.begins(&other.apps)
            && app_groups.begins(&other.app_groups)
            && networks.begins(&other.networks)
            && terms.begins(&other.terms)
            && calendars.begins(&other.calendars)
    }

    /// These numbers, and new ones for what is new in the register.
    pub(crate) fn with(&self, register: &Register) -> Self {
        let mut numbering = self.clone();
        for group in register.groups.keys() {
            numbering.members.give(&Member::Group(group.clone()));
        }
        for group in register.applications.iter().flat_map(|app| &app.groups) {
            numbering.members.give(&Member::Group(group.clone()));
        }
        for network in &register.networks {
            numbering.networks.give(network);
        }
        for terms in &register.terms {
            numbering.terms.give(terms);
        }
        for calendar in &register.calendars {
            numbering.calendars.give(&calendar.id);
        }
        numbering
    }
}
