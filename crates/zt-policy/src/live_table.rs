//! Every live access, with what decides it, laid out for deciding all of them anew.
//!
//! A signal about a person, a device or a session finds its accesses by an index. A change of policy looks at every
//! access there is. Either way only those come out that are granted something else than before, each with the next number
//! of one sequence.

use crate::facts::Facts;
use crate::hours::Hours;
use crate::numbering::Member;
use crate::verdict::Asked;
use crate::weigh::{AppNumber, Weighed};
use crate::{DeviceFacts, PolicySet, Request};
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;
use zt_types::{DeviceId, PersonId, SessionId, Timestamp};

/// An access in the table. A number is used again once its access has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row(u32);

/// An access that comes out otherwise than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turned {
    /// Its place among all that ever turned in this table, from 1.
    pub sequence: u64,
    /// Which access.
    pub row: Row,
    /// What it came to before.
    pub was: Outcome,
    /// What it comes to now.
    pub is: Outcome,
}

/// What an access comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// What is granted.
    pub weighed: Weighed,
    /// The earliest instant at which an age or a calendar can turn it.
    pub turns_at: Timestamp,
    /// Tells what is asked for beside it (a watermark, a warning) from other things asked for.
    asked_for: u64,
}

/// The live accesses.
#[derive(Debug)]
pub struct LiveTable {
    policies: Arc<PolicySet>,
    // Columns; a row that is free keeps its last facts until it is used again.
    facts: Vec<Facts>,
    apps: Vec<Option<AppNumber>>,
    outcomes: Vec<Outcome>,
    keys: Vec<Option<Keys>>,
    free: Vec<Row>,
    by_person: HashMap<PersonId, Vec<Row>>,
    by_session: HashMap<SessionId, Vec<Row>>,
    by_device: HashMap<DeviceId, Vec<Row>>,
    sequence: u64,
}

/// What a row is found by.
#[derive(Debug, Clone)]
struct Keys {
    person: PersonId,
    session: SessionId,
    devices: Vec<DeviceId>,
}

impl LiveTable {
    /// An empty table.
    #[must_use]
    pub fn new(policies: Arc<PolicySet>) -> Self {
        Self {
            policies,
            facts: Vec::new(),
            apps: Vec::new(),
            outcomes: Vec::new(),
            keys: Vec::new(),
            free: Vec::new(),
            by_person: HashMap::new(),
            by_session: HashMap::new(),
            by_device: HashMap::new(),
            sequence: 0,
        }
    }

    /// How many accesses there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.facts.len() - self.free.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts an access in, as it is at the request's `now`; `devices` are those whose signals concern it.
    pub fn enter(&mut self, request: &Request, devices: &BTreeSet<DeviceId>) -> Row {
        let facts = self.policies.facts(request);
        let app = self.policies.app_number(&request.app);
        let keys = Keys {
            person: request.person.id,
            session: request.session.id,
            devices: devices.iter().copied().collect(),
        };
        let outcome = self.outcome(app, &facts, &self.policies.hours(request.now));
        let row = match self.free.pop() {
            Some(row) => row,
            None => Row(u32::try_from(self.facts.len()).unwrap_or(u32::MAX)),
        };
        put(&mut self.facts, row, facts);
        put(&mut self.apps, row, app);
        put(&mut self.outcomes, row, outcome);
        self.by_person.entry(keys.person).or_default().push(row);
        self.by_session.entry(keys.session).or_default().push(row);
        for device in &keys.devices {
            self.by_device.entry(*device).or_default().push(row);
        }
        put(&mut self.keys, row, Some(keys));
        row
    }

    /// Takes an access out.
    pub fn leave(&mut self, row: Row) {
        let Some(keys) = self.keys.get_mut(row.at()).and_then(Option::take) else {
            return;
        };
        take_out(&mut self.by_person, &keys.person, row);
        take_out(&mut self.by_session, &keys.session, row);
        for device in &keys.devices {
            take_out(&mut self.by_device, device, row);
        }
        self.free.push(row);
    }

    /// Signals about this device concern the accesses of a session from now on.
    pub fn bind(&mut self, session: SessionId, device: DeviceId) {
        for row in self.by_session.get(&session).into_iter().flatten() {
            let keys = self.keys.get_mut(row.at()).and_then(Option::as_mut);
            if let Some(keys) = keys.filter(|keys| !keys.devices.contains(&device)) {
                keys.devices.push(device);
                self.by_device.entry(device).or_default().push(*row);
            }
        }
    }

    /// The accesses that any of these concerns, each once.
    #[must_use]
    pub fn concerned(
        &self,
        people: &BTreeSet<PersonId>,
        devices: &BTreeSet<DeviceId>,
        sessions: &BTreeSet<SessionId>,
    ) -> BTreeSet<Row> {
        let of_people = people.iter().filter_map(|id| self.by_person.get(id));
        let of_devices = devices.iter().filter_map(|id| self.by_device.get(id));
        let of_sessions = sessions.iter().filter_map(|id| self.by_session.get(id));
        let rows = of_people.chain(of_devices).chain(of_sessions);
        rows.flatten().copied().collect()
    }

    /// Everything about an access is as this request says now.
    pub fn refresh(&mut self, row: Row, request: &Request) -> Option<Turned> {
        let facts = self.policies.facts(request);
        let hours = self.policies.hours(request.now);
        *self.facts.get_mut(row.at())? = facts;
        *self.apps.get_mut(row.at())? = self.policies.app_number(&request.app);
        self.weigh_anew(row, &hours)
    }

    /// What is known of a device is this now: all accesses that it concerns are decided anew.
    pub fn device_says(
        &mut self,
        device: DeviceId,
        says: &DeviceFacts,
        now: Timestamp,
    ) -> Vec<Turned> {
        let rows = self.by_device.get(&device).cloned().unwrap_or_default();
        if rows.is_empty() {
            return Vec::new();
        }
        let hours = self.policies.hours(now);
        let mut turned = Vec::new();
        for row in rows {
            if let Some(facts) = self.facts.get_mut(row.at()) {
                facts.device_is(&says.at(now));
                facts.move_to(now);
                turned.extend(self.weigh_anew(row, &hours));
            }
        }
        turned
    }

    /// Decides every access anew by other policies. They must be compiled after the present ones
    /// ([`PolicySet::compile_next`]) and over the same register: the numbers in the table are theirs too.
    pub fn policies_are(&mut self, policies: Arc<PolicySet>, now: Timestamp) -> Vec<Turned> {
        let known = self.policies.numbering.members.len();
        self.policies = policies;
        self.know_the_named(known);
        let hours = self.policies.hours(now);
        let mut turned = Vec::new();
        for at in 0..self.facts.len() {
            let row = Row(u32::try_from(at).unwrap_or(u32::MAX));
            if self.keys.get(at).is_some_and(Option::is_some) {
                if let Some(facts) = self.facts.get_mut(at) {
                    facts.move_to(now);
                }
                turned.extend(self.weigh_anew(row, &hours));
            }
        }
        turned
    }

    /// The policies are these from now on, whatever they come from. What is in the table holds no more until each row is
    /// refreshed.
    pub fn replace_policies(&mut self, policies: Arc<PolicySet>) {
        self.policies = policies;
    }

    /// People whom a policy names for the first time have numbers that their facts do not have yet.
    fn know_the_named(&mut self, known: usize) {
        let named = self.policies.numbering.members.iter().skip(known);
        for (number, member) in named {
            let Member::Person(person) = member else {
                continue;
            };
            for row in self.by_person.get(person).into_iter().flatten() {
                if let Some(facts) = self.facts.get_mut(row.at()) {
                    facts.members = facts.members.with(number);
                }
            }
        }
    }

    fn weigh_anew(&mut self, row: Row, hours: &Hours) -> Option<Turned> {
        let at = row.at();
        let app = self.apps.get(at).copied().flatten();
        let is = self.outcome(app, self.facts.get(at)?, hours);
        let was = std::mem::replace(self.outcomes.get_mut(at)?, is);
        if was.weighed == is.weighed && was.asked_for == is.asked_for && was.turns_at <= is.turns_at
        {
            return None;
        }
        self.sequence += 1;
        Some(Turned {
            sequence: self.sequence,
            row,
            was,
            is,
        })
    }

    fn outcome(&self, app: Option<AppNumber>, facts: &Facts, hours: &Hours) -> Outcome {
        let slice = app.and_then(|app| Some((app, self.policies.slice_at(app.0)?)));
        let Some((app, slice)) = slice else {
            return Outcome {
                weighed: Weighed::default(),
                turns_at: Timestamp::FAR_FUTURE,
                asked_for: 0,
            };
        };
        let asked = Asked {
            policies: &self.policies,
            slice,
            hours,
        };
        let weighed = self.policies.weigh(app, facts, hours);
        Outcome {
            weighed,
            turns_at: asked.turns_at(facts),
            asked_for: if slice.obliging.is_empty() || !weighed.is_allowed() {
                0
            } else {
                fingerprint(&asked.obligations(facts))
            },
        }
    }
}

impl Row {
    const fn at(self) -> usize {
        self.0 as usize
    }
}

fn fingerprint(of: &impl Hash) -> u64 {
    use std::hash::Hasher as _;
    let mut hasher = std::hash::DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Rows are given out without a gap: a new one is always the next.
fn put<T>(column: &mut Vec<T>, row: Row, value: T) {
    match column.get_mut(row.at()) {
        Some(place) => *place = value,
        None => column.push(value),
    }
}

fn take_out<K: Eq + Hash>(index: &mut HashMap<K, Vec<Row>>, key: &K, row: Row) {
    if let Some(rows) = index.get_mut(key) {
        rows.retain(|there| *there != row);
        if rows.is_empty() {
            index.remove(key);
        }
    }
}
