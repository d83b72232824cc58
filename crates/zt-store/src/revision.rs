//! Versions of the policies: each change that was put in force, with what is needed to take it back.
//!
//! A revision keeps the documents that it replaced, so what a version was is found by going back from the present one;
//! policies that stay as they are cost nothing, however many there are.

use crate::{Change, State};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use zt_events::{Actor, Body, Event};
use zt_policy::{ManagedBy, PolicyDocument, PolicyError, PolicyState, PolicyVersion, RuleEffect};
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

    /// What puts the policies back to what they were at that revision, if no policy changes meanwhile. `None` as
    /// [`State::policies_at`].
    #[must_use]
    pub fn back_to(&self, number: u64, now: Timestamp) -> Option<GoingBack> {
        let wanted = self.policies_at(number)?;
        let mut back = GoingBack {
            changes: vec![Change::PoliciesAt(newest(self))],
            ..GoingBack::default()
        };
        let ids: BTreeSet<&PolicyId> = self.policies.keys().chain(wanted.keys()).collect();
        for id in ids {
            let (is, was) = (self.policies.get(id), wanted.get(id));
            if is_same(is, was) {
                continue;
            }
            // What is gone or new is its files' doing as well: they are where that is taken back.
            let of_files = |policy: &PolicyDocument| policy.managed_by == ManagedBy::Files;
            if is.into_iter().chain(was).any(of_files) {
                back.of_files.push(id.clone());
                continue;
            }
            let change = match was {
                Some(was) => {
                    let document = back.settled(was, now);
                    if is_same(is, Some(&document)) {
                        continue;
                    }
                    Change::PutPolicy(PolicyDocument {
                        changed_at: now,
                        ..document
                    })
                }
                None => Change::RemovePolicy(id.clone()),
            };
            back.policies.push(id.clone());
            back.changes.push(change);
        }
        Some(back)
    }
}

/// How the policies become again what they were.
#[derive(Debug, Clone, Default)]
pub struct GoingBack {
    /// What to commit.
    pub changes: Vec<Change>,
    /// The policies that change.
    pub policies: Vec<PolicyId>,
    /// The policies that are left as they are: the organisation's files manage them, or did then.
    pub of_files: Vec<PolicyId>,
    /// The exclusions that do not come back, because their last day has passed.
    pub dropped: Vec<PolicyError>,
    /// The exclusions that have run out and without which a policy would let somebody in: nothing may be changed.
    pub opening: Vec<PolicyError>,
}

impl GoingBack {
    /// A document as it may come back into force: nobody is left out for longer than was agreed. What is turned off comes
    /// back as it was; before it is turned on, its exclusions are settled.
    fn settled(&mut self, was: &PolicyDocument, now: Timestamp) -> PolicyDocument {
        let overdue = was.overdue(now);
        let rule = was.source.rule().filter(|_| was.state != PolicyState::Off);
        match rule {
            Some(rule) if !overdue.is_empty() => {
                if rule.parts().effect == RuleEffect::Allow {
                    self.opening.extend(overdue);
                } else {
                    self.dropped.extend(overdue);
                }
                was.clone().written_by(rule.settled(now))
            }
            _ => was.clone(),
        }
    }
}

/// Whether two documents say the same, whenever they were written.
fn is_same(is: Option<&PolicyDocument>, was: Option<&PolicyDocument>) -> bool {
    match (is, was) {
        (Some(is), Some(was)) => {
            let changed_at = is.changed_at;
            let was = PolicyDocument {
                changed_at,
                ..was.clone()
            };
            *is == was
        }
        (is, was) => is.is_none() && was.is_none(),
    }
}

/// The number of the newest revision; 0 if there is none.
pub(crate) fn newest(state: &State) -> u64 {
    state.revisions.keys().next_back().copied().unwrap_or(0)
}
