//! Every live access, with what decides it, laid out for deciding all of them anew.
//!
//! A signal about a person, a device or a session finds its accesses by an index. A change of policy looks at every
//! access there is. Either way only those come out that are granted something else than before, each with the next number
//! of one sequence.
//!
//! Cedar is never asked by the table, which is somebody's locked data: accesses that it answers for come out as
//! [`Unanswered`], to be asked about elsewhere.

use crate::compile::Slice;
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

impl Outcome {
    /// Whether whoever went by the other may not go on as before.
    fn differs_from(self, was: Self) -> bool {
        was.weighed != self.weighed
            || was.asked_for != self.asked_for
            || was.turns_at > self.turns_at
    }
}

/// What came of a change.
#[derive(Debug, Default)]
pub struct Changed {
    /// The accesses that come out otherwise.
    pub turned: Vec<Turned>,
    /// Those of which only Cedar can say it.
    pub unanswered: Vec<Unanswered>,
}

/// An access that Cedar answers for, before a change and after it. It holds all that it takes to ask.
#[derive(Debug)]
pub struct Unanswered {
    row: Row,
    app: Option<AppNumber>,
    was: Answer,
    is: Answer,
}

#[derive(Debug)]
enum Answer {
    Known(Outcome),
    Asked(Arc<PolicySet>, Facts),
}

impl Unanswered {
    /// Which access.
    #[must_use]
    pub const fn row(&self) -> Row {
        self.row
    }

    /// Asks Cedar whether it comes out otherwise, or may turn sooner, at `now`. This can take long.
    #[must_use]
    pub fn turns(&self, now: Timestamp) -> bool {
        let outcome = |answer: &Answer| match answer {
            Answer::Known(outcome) => *outcome,
            Answer::Asked(policies, facts) => {
                let mut facts = facts.clone();
                facts.move_to(now);
                policies.outcome(self.app, &facts, &policies.hours(now))
            }
        };
        outcome(&self.is).differs_from(outcome(&self.was))
    }
}

/// The live accesses.
#[derive(Debug)]
pub struct LiveTable {
    policies: Arc<PolicySet>,
    // Columns; a row that is free keeps its last facts until it is used again.
    facts: Vec<Facts>,
    apps: Vec<Option<AppNumber>>,
    /// Of an access that Cedar answers for nothing is known here.
    outcomes: Vec<Option<Outcome>>,
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
        let outcome = self
            .policies
            .known_outcome(app, &facts, &self.policies.hours(request.now));
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

    /// Everything about an access is as this request says now. Whether it turned is not said of one that Cedar answers
    /// for.
    pub fn refresh(&mut self, row: Row, request: &Request) -> Option<Turned> {
        let facts = self.policies.facts(request);
        let hours = self.policies.hours(request.now);
        *self.facts.get_mut(row.at())? = facts;
        *self.apps.get_mut(row.at())? = self.policies.app_number(&request.app);
        let was = self.weigh_anew(row, &hours)?;
        self.turn(row, was?, self.outcomes.get(row.at()).copied()??)
    }

    /// What is known of a device is this now: all accesses that it concerns are decided anew.
    pub fn device_says(&mut self, device: DeviceId, says: &DeviceFacts, now: Timestamp) -> Changed {
        let rows = self.by_device.get(&device).cloned().unwrap_or_default();
        let mut changed = Changed::default();
        if rows.is_empty() {
            return changed;
        }
        let hours = self.policies.hours(now);
        let policies = Arc::clone(&self.policies);
        for row in rows {
            let before = self.left(row);
            if let Some(facts) = self.facts.get_mut(row.at()) {
                facts.device_is(&says.at(now));
                facts.move_to(now);
                self.decide_anew(row, (&policies, before), &hours, &mut changed);
            }
        }
        changed
    }

    /// Decides every access anew by other policies. They must be compiled after the present ones
    /// ([`PolicySet::compile_next`]) and over the same register: the numbers in the table are theirs too.
    pub fn policies_are(&mut self, policies: Arc<PolicySet>, now: Timestamp) -> Changed {
        let known = self.policies.numbering.members.len();
        // As the policies of before know them: those have no numbers for who is named for the first time.
        let left: Vec<(Row, Facts)> = self
            .rows()
            .filter_map(|row| Some((row, self.left(row)?)))
            .collect();
        let mut left = left.into_iter().peekable();
        let before = std::mem::replace(&mut self.policies, policies);
        self.know_the_named(known);
        let hours = self.policies.hours(now);
        let mut changed = Changed::default();
        let rows: Vec<Row> = self.rows().collect();
        for row in rows {
            if let Some(facts) = self.facts.get_mut(row.at()) {
                facts.move_to(now);
            }
            let facts = left.next_if(|(left, _)| *left == row);
            let facts = facts.map(|(_, facts)| facts);
            self.decide_anew(row, (&before, facts), &hours, &mut changed);
        }
        changed
    }

    /// The rows that are in use, ascending.
    fn rows(&self) -> impl Iterator<Item = Row> {
        let rows = self.keys.iter().enumerate();
        rows.filter(|(_, keys)| keys.is_some())
            .map(|(at, _)| Row(u32::try_from(at).unwrap_or(u32::MAX)))
    }

    /// The facts of an access of which nothing is known because Cedar answers for it.
    fn left(&self, row: Row) -> Option<Facts> {
        match self.outcomes.get(row.at())? {
            Some(_) => None,
            None => self.facts.get(row.at()).cloned(),
        }
    }

    /// `before`: the policies of before, and the facts of before if these left the access to Cedar.
    fn decide_anew(
        &mut self,
        row: Row,
        (policies, facts): (&Arc<PolicySet>, Option<Facts>),
        hours: &Hours,
        changed: &mut Changed,
    ) {
        let Some(known) = self.weigh_anew(row, hours) else {
            return;
        };
        let is = self.outcomes.get(row.at()).copied().flatten();
        if let (Some(was), Some(is)) = (known, is) {
            changed.turned.extend(self.turn(row, was, is));
            return;
        }
        let was = match (known, facts) {
            (Some(was), _) => Answer::Known(was),
            (None, Some(facts)) => Answer::Asked(Arc::clone(policies), facts),
            (None, None) => return,
        };
        let is = match (is, self.facts.get(row.at())) {
            (Some(is), _) => Answer::Known(is),
            (None, Some(facts)) => Answer::Asked(Arc::clone(&self.policies), facts.clone()),
            (None, None) => return,
        };
        let app = self.apps.get(row.at()).copied().flatten();
        changed.unanswered.push(Unanswered { row, app, was, is });
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

    /// Weighs a row, and gives what was known of it before.
    fn weigh_anew(&mut self, row: Row, hours: &Hours) -> Option<Option<Outcome>> {
        let at = row.at();
        let app = self.apps.get(at).copied().flatten();
        let is = self.policies.known_outcome(app, self.facts.get(at)?, hours);
        Some(std::mem::replace(self.outcomes.get_mut(at)?, is))
    }

    fn turn(&mut self, row: Row, was: Outcome, is: Outcome) -> Option<Turned> {
        is.differs_from(was).then(|| {
            self.sequence += 1;
            Turned {
                sequence: self.sequence,
                row,
                was,
                is,
            }
        })
    }
}

impl PolicySet {
    /// What an access comes to, unless Cedar would have to be asked.
    fn known_outcome(
        &self,
        app: Option<AppNumber>,
        facts: &Facts,
        hours: &Hours,
    ) -> Option<Outcome> {
        let slice = app.and_then(|app| self.slice_at(app.0));
        let is_left = slice.is_some_and(Slice::is_left_to_cedar);
        (!is_left).then(|| self.outcome(app, facts, hours))
    }

    fn outcome(&self, app: Option<AppNumber>, facts: &Facts, hours: &Hours) -> Outcome {
        let slice = app.and_then(|app| Some((app, self.slice_at(app.0)?)));
        let Some((app, slice)) = slice else {
            return Outcome {
                weighed: Weighed::default(),
                turns_at: Timestamp::FAR_FUTURE,
                asked_for: 0,
            };
        };
        let asked = Asked {
            policies: self,
            slice,
            hours,
        };
        let weighed = self.weigh(app, facts, hours);
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
