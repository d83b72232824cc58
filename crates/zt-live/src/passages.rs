//! The registry of passages, with an index for everything that can turn a decision.

use crate::Whence;
use crate::passage::{Passage, PresentedKey};
use parking_lot::RwLock;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use zt_policy::{LiveTable, PolicySet, Request, Row, Unanswered};
use zt_types::{DeviceId, PersonId, SessionId, Timestamp, TokenHash};

/// So many passages a session has before those that nobody uses are forgotten: whoever changes address or program with every
/// request must not fill the memory.
const MOST_OF_A_SESSION: usize = 64;

/// What tells passages apart.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    cookie: TokenHash,
    presented: PresentedKey,
    whence: Whence,
}

impl Key {
    fn of(passage: &Passage) -> Self {
        Self {
            cookie: passage.cookie,
            presented: PresentedKey::of(&passage.presented),
            whence: passage.whence,
        }
    }
}

/// All passages of this process.
#[derive(Debug)]
pub(crate) struct Passages(RwLock<Tables>);

#[derive(Debug)]
struct Tables {
    by_cookie: HashMap<Key, Arc<Passage>>,
    by_row: HashMap<Row, Arc<Passage>>,
    /// What decides each of them, found by whom and what it concerns.
    table: LiveTable,
}

impl Tables {
    /// The row of a passage that is still in.
    fn row_of(&self, passage: &Arc<Passage>) -> Option<Row> {
        let row = passage.row()?;
        let there = self.by_row.get(&row)?;
        Arc::ptr_eq(there, passage).then_some(row)
    }

    fn passages(&self, rows: impl IntoIterator<Item = Row>) -> Vec<Arc<Passage>> {
        let rows = rows.into_iter();
        rows.filter_map(|row| self.by_row.get(&row).cloned())
            .collect()
    }
}

impl Passages {
    pub(crate) fn new(policies: Arc<PolicySet>) -> Self {
        Self(RwLock::new(Tables {
            by_cookie: HashMap::new(),
            by_row: HashMap::new(),
            table: LiveTable::new(policies),
        }))
    }

    pub(crate) fn find(
        &self,
        cookie: &TokenHash,
        presented: PresentedKey,
        whence: Whence,
    ) -> Option<Arc<Passage>> {
        let key = Key {
            cookie: *cookie,
            presented,
            whence,
        };
        self.0.read().by_cookie.get(&key).cloned()
    }

    /// Forgets passages of a session that nobody uses, the one that was used longest ago first, if it has many.
    pub(crate) fn make_room(&self, session: SessionId) {
        let mut passages = self.affected(&BTreeSet::new(), &BTreeSet::new(), &[session].into());
        if passages.len() < MOST_OF_A_SESSION {
            return;
        }
        passages.sort_by_key(|passage| passage.last_used());
        let surplus = passages.len() + 1 - MOST_OF_A_SESSION;
        let idle = passages.iter().filter(|passage| passage.retire_if_idle());
        for passage in idle.take(surplus) {
            self.remove(passage);
        }
    }

    /// Puts a passage in, unless another request was faster: then that one counts. `request` is what was decided about it,
    /// `devices` are those whose facts bear on it.
    pub(crate) fn insert(
        &self,
        passage: Arc<Passage>,
        request: &Request,
        devices: &BTreeSet<DeviceId>,
    ) -> Arc<Passage> {
        let mut tables = self.0.write();
        let key = Key::of(&passage);
        if let Some(there) = tables.by_cookie.get(&key) {
            return Arc::clone(there);
        }
        let row = tables.table.enter(request, devices);
        passage.is_at(row);
        tables.by_row.insert(row, Arc::clone(&passage));
        tables.by_cookie.insert(key, Arc::clone(&passage));
        passage
    }

    /// Notes that a device concerns all passages of a session from now on.
    pub(crate) fn bind(&self, session: SessionId, device: DeviceId) {
        self.0.write().table.bind(session, device);
    }

    /// Notes what was decided about a passage last.
    pub(crate) fn refresh(&self, passage: &Arc<Passage>, request: &Request) {
        let mut tables = self.0.write();
        if let Some(row) = tables.row_of(passage) {
            tables.table.refresh(row, request);
        }
    }

    /// The passages of which other policies, compiled after those before, grant something else, or for a shorter time.
    /// Cedar is asked beside the lock: a passage that is decided meanwhile is decided by these policies already.
    pub(crate) fn turned_by(&self, policies: Arc<PolicySet>, now: Timestamp) -> Vec<Arc<Passage>> {
        let (mut passages, left) = {
            let mut tables = self.0.write();
            let changed = tables.table.policies_are(policies, now);
            let turned = tables.passages(changed.turned.into_iter().map(|turned| turned.row));
            let left = changed.unanswered.into_iter();
            let left = left.filter_map(|left| {
                let passage = tables.by_row.get(&left.row()).cloned();
                passage.map(|passage| (left, passage))
            });
            let left: Vec<(Unanswered, Arc<Passage>)> = left.collect();
            (turned, left)
        };
        let turned = left.into_iter().filter(|(left, _)| left.turns(now));
        passages.extend(turned.map(|(_, passage)| passage));
        passages
    }

    /// The policies are others, and everything that they are asked about may be: each passage is refreshed after this.
    pub(crate) fn replace_policies(&self, policies: Arc<PolicySet>) {
        self.0.write().table.replace_policies(policies);
    }

    pub(crate) fn remove(&self, passage: &Arc<Passage>) {
        let mut tables = self.0.write();
        // Once it is out, its row and its key may be another passage's.
        if let Some(row) = tables.row_of(passage) {
            tables.by_cookie.remove(&Key::of(passage));
            tables.by_row.remove(&row);
            tables.table.leave(row);
        }
    }

    pub(crate) fn all(&self) -> Vec<Arc<Passage>> {
        self.0.read().by_cookie.values().cloned().collect()
    }

    /// Each passage that any of these concerns, once.
    pub(crate) fn affected(
        &self,
        people: &BTreeSet<PersonId>,
        devices: &BTreeSet<DeviceId>,
        sessions: &BTreeSet<SessionId>,
    ) -> Vec<Arc<Passage>> {
        let tables = self.0.read();
        tables.passages(tables.table.concerned(people, devices, sessions))
    }
}
