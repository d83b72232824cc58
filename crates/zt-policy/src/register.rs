//! What policies are written about: applications, groups, networks, calendars, terms.

use crate::{Application, Calendar};
use std::collections::{BTreeMap, BTreeSet};
use zt_types::{GroupId, NetworkId, TermsId};

/// Everything that a policy may name. A policy that names anything else does not compile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register {
    /// The applications.
    pub applications: Vec<Application>,
    /// Every group, with the groups that it is part of: whoever is in the first is in those as well.
    pub groups: BTreeMap<GroupId, Vec<GroupId>>,
    /// The named networks.
    pub networks: BTreeSet<NetworkId>,
    /// The calendars.
    pub calendars: Vec<Calendar>,
    /// The terms that people accept.
    pub terms: BTreeSet<TermsId>,
    /// What policies could read and nothing reports yet, such as `context.network.country`: one that asks for it does not
    /// compile.
    pub unreported: BTreeSet<&'static str>,
}

impl Register {
    /// The applications that are in every register: parts of Sekisho itself.
    #[must_use]
    pub const fn own_applications() -> [&'static str; 2] {
        [crate::CONSOLE, crate::PORTAL]
    }

    /// A group with all groups that it is part of, directly or not, each once, in the order of their ids.
    ///
    /// Groups that are part of each other in a circle are all one; the compiler refuses such a register.
    #[must_use]
    pub fn closure(&self, group: &GroupId) -> BTreeSet<GroupId> {
        let mut all = BTreeSet::new();
        let mut waiting = vec![group.clone()];
        while let Some(next) = waiting.pop() {
            if all.insert(next.clone()) {
                waiting.extend(self.groups.get(&next).into_iter().flatten().cloned());
            }
        }
        all
    }

    /// A circle of groups, if there is one: each is part of the next, and the last of the first.
    pub(crate) fn circle(&self) -> Option<Vec<GroupId>> {
        let mut done = BTreeSet::new();
        for start in self.groups.keys() {
            // Depth first, without recursion: a chain of groups may be as long as there are groups.
            let mut path: Vec<(&GroupId, usize)> = vec![(start, 0)];
            while let Some((group, at)) = path.last_mut() {
                let group = *group;
                let next = (!done.contains(group))
                    .then(|| self.groups.get(group).and_then(|parents| parents.get(*at)))
                    .flatten();
                *at += 1;
                match next {
                    Some(parent) => {
                        if let Some(first) = path.iter().position(|(on, _)| *on == parent) {
                            let circle = path.iter().skip(first).map(|(on, _)| (*on).clone());
                            return Some(circle.collect());
                        }
                        path.push((parent, 0));
                    }
                    None => {
                        done.insert(group);
                        path.pop();
                    }
                }
            }
        }
        None
    }
}
