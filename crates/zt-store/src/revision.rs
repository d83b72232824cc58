//! Versions of the policies: each change that was put in force, with what is needed to take it back.
//!
//! A revision keeps the documents that it replaced, so what a version was is found by going back from the present one;
//! policies that stay as they are cost nothing, however many there are.

use crate::{Change, State};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use zt_events::{Actor, Body, Event};
use zt_policy::{PolicyDocument, PolicyVersion};
use zt_types::{PolicyId, Timestamp};

/// So many are kept; the oldest goes when there is one more.
const KEPT: usize = 500;

/// A change of the policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Counts up from 1.
    pub number: u64,
    /// What decides since then.
    pub version: PolicyVersion,
    /// When it was put in force.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// Why, in their words.
    #[serde(default)]
    pub why: Option<String>,
    /// The documents that changed, as they were before; nothing for one that was not there.
    pub replaced: BTreeMap<PolicyId, Option<PolicyDocument>>,
}

impl Revision {
    /// The changes that keep `changes` as a revision beside them; none if no policy changes. `version` is what they
    /// lead to, `events` tell who and why.
    #[must_use]
    pub fn of(
        state: &State,
        changes: &[Change],
        events: &[Event],
        version: PolicyVersion,
        now: Timestamp,
    ) -> Vec<Change> {
        let mut after: BTreeMap<&PolicyId, Option<&PolicyDocument>> = BTreeMap::new();
        for change in changes {
            match change {
                Change::PutPolicy(policy) => after.insert(&policy.id, Some(policy)),
                Change::RemovePolicy(id) => after.insert(id, None),
                _ => None,
            };
        }
        after.retain(|id, document| state.policies.get(*id) != *document);
        if after.is_empty() {
            return Vec::new();
        }
        let told = events.iter().find_map(|event| match &event.body {
            Body::PoliciesChanged { why, .. } => Some((event.actor.clone(), why.clone())),
            _ => None,
        });
        let somebody = || events.first().map(|event| (event.actor.clone(), None));
        let (by, why) = told.or_else(somebody).unwrap_or((Actor::System, None));
        let replaced = after.into_keys().map(|id| {
            let before = state.policies.get(id);
            (id.clone(), before.cloned())
        });
        let mut kept = vec![Change::PutRevision(Self {
            number: newest(state) + 1,
            version,
            at: now,
            by,
            why,
            replaced: replaced.collect(),
        })];
        let over = (state.revisions.len() + 1).saturating_sub(KEPT);
        let oldest = state.revisions.keys().take(over);
        kept.extend(oldest.map(|number| Change::RemoveRevision(*number)));
        kept
    }
}

impl State {
    /// The policies as they were when the revision of this number was put in force; 0 is before the first one. `None` if
    /// that is not known any more, or not yet.
    #[must_use]
    pub fn policies_at(&self, number: u64) -> Option<BTreeMap<PolicyId, PolicyDocument>> {
        let later = self.revisions.range(number.checked_add(1)?..);
        let all_there = newest(self).checked_sub(number)?;
        if u64::try_from(later.clone().count()).ok()? != all_there {
            return None;
        }
        let mut policies = self.policies.clone();
        for (_, revision) in later.rev() {
            for (id, document) in &revision.replaced {
                match document {
                    Some(document) => policies.insert(id.clone(), document.clone()),
                    None => policies.remove(id),
                };
            }
        }
        Some(policies)
    }

    /// The changes that put the policies back to what they were at that revision, if no policy changed meanwhile; and
    /// which policies those are. `None` as [`State::policies_at`].
    #[must_use]
    pub fn back_to(&self, number: u64, now: Timestamp) -> Option<(Vec<Change>, Vec<PolicyId>)> {
        let wanted = self.policies_at(number)?;
        let ids: BTreeSet<&PolicyId> = self.policies.keys().chain(wanted.keys()).collect();
        let differing = ids
            .into_iter()
            .filter(|id| self.policies.get(*id) != wanted.get(*id));
        let differing: Vec<PolicyId> = differing.cloned().collect();
        let mut changes = vec![Change::PoliciesAt(newest(self))];
        changes.extend(differing.iter().map(|id| match wanted.get(id) {
            Some(document) => Change::PutPolicy(PolicyDocument {
                changed_at: now,
                ..document.clone()
            }),
            None => Change::RemovePolicy(id.clone()),
        }));
        Some((changes, differing))
    }
}

/// The number of the newest revision; 0 if there is none.
pub(crate) fn newest(state: &State) -> u64 {
    state.revisions.keys().next_back().copied().unwrap_or(0)
}
