//! The registry of passages, with an index for everything that can turn a decision.

use crate::Whence;
use crate::passage::{Passage, PresentedKey};
use parking_lot::RwLock;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;
use zt_types::{DeviceId, PersonId, SessionId, TokenHash};

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
#[derive(Debug, Default)]
pub(crate) struct Passages(RwLock<Tables>);

#[derive(Debug, Default)]
struct Tables {
    by_cookie: HashMap<Key, Arc<Passage>>,
    by_session: HashMap<SessionId, Vec<Arc<Passage>>>,
    by_person: HashMap<PersonId, Vec<Arc<Passage>>>,
    by_device: HashMap<DeviceId, Vec<Arc<Passage>>>,
}

impl Passages {
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
        let of_session = || self.0.read().by_session.get(&session).cloned();
        let Some(mut passages) = of_session().filter(|all| all.len() >= MOST_OF_A_SESSION) else {
            return;
        };
        passages.sort_by_key(|passage| passage.last_used());
        let surplus = passages.len() + 1 - MOST_OF_A_SESSION;
        let idle = passages.iter().filter(|passage| passage.retire_if_idle());
        for passage in idle.take(surplus) {
            self.remove(passage);
        }
    }

    /// Puts a passage in, unless another request was faster: then that one counts.
    pub(crate) fn insert(
        &self,
        passage: Arc<Passage>,
        devices: &BTreeSet<DeviceId>,
    ) -> Arc<Passage> {
        let mut tables = self.0.write();
        let key = Key::of(&passage);
        if let Some(there) = tables.by_cookie.get(&key) {
            return Arc::clone(there);
        }
        tables.by_cookie.insert(key, Arc::clone(&passage));
        tables
            .by_session
            .entry(passage.session)
            .or_default()
            .push(Arc::clone(&passage));
        tables
            .by_person
            .entry(passage.person)
            .or_default()
            .push(Arc::clone(&passage));
        for device in devices {
            tables
                .by_device
                .entry(*device)
                .or_default()
                .push(Arc::clone(&passage));
        }
        passage
    }

    /// Notes that a device concerns all passages of a session from now on.
    pub(crate) fn bind(&self, session: SessionId, device: DeviceId) {
        let mut tables = self.0.write();
        let Some(passages) = tables.by_session.get(&session).cloned() else {
            return;
        };
        let of_device = tables.by_device.entry(device).or_default();
        for passage in passages {
            if !of_device.iter().any(|there| Arc::ptr_eq(there, &passage)) {
                of_device.push(passage);
            }
        }
    }

    pub(crate) fn remove(&self, passage: &Arc<Passage>) {
        let mut tables = self.0.write();
        tables.by_cookie.remove(&Key::of(passage));
        take_out(&mut tables.by_session, &passage.session, passage);
        take_out(&mut tables.by_person, &passage.person, passage);
        tables.by_device.retain(|_, passages| {
            passages.retain(|there| !Arc::ptr_eq(there, passage));
            !passages.is_empty()
        });
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
        let mut seen = std::collections::HashSet::new();
        let of_people = people.iter().filter_map(|id| tables.by_person.get(id));
        let of_devices = devices.iter().filter_map(|id| tables.by_device.get(id));
        let of_sessions = sessions.iter().filter_map(|id| tables.by_session.get(id));
        of_people
            .chain(of_devices)
            .chain(of_sessions)
            .flatten()
            .filter(|passage| seen.insert(Arc::as_ptr(passage)))
            .cloned()
            .collect()
    }
}

fn take_out<K: Eq + Hash>(
    table: &mut HashMap<K, Vec<Arc<Passage>>>,
    key: &K,
    passage: &Arc<Passage>,
) {
    if let Some(passages) = table.get_mut(key) {
        passages.retain(|there| !Arc::ptr_eq(there, passage));
        if passages.is_empty() {
            table.remove(key);
        }
    }
}
