//! What a signal does: facts to open or clear, and tasks for people.
//!
//! * The device is looked up by the source's own id first, then by serial number, then by host name. A step that finds
//!   exactly one device ends the search; one that finds several ends it as ambiguous; one that finds none goes on.
//!   Nobody is blocked on a guess: an unknown or ambiguous device becomes a task for an operator.
//! * A person is looked up the same way: by our own id of her or her login, by her e-mail address, by her user name.
//! * A fact is (source, finding, subject). Only the same three clear it.
//! * Words are ordered by the source's own time. An older word that arrives late neither opens nor clears. After a
//!   clearing, the same alert sent again stays cleared; only a *newer* word opens the fact again. Because ignoring an
//!   alert is a risk, an alert that is ignored after a clearing becomes a task.
//! * A finding that is closed before it was ever reported changes nothing. If its alert arrives afterwards it opens, and
//!   stays open until the source closes it again: the safe side.

use crate::{Activity, DeviceHint, Fact, FactKey, FactKind, PersonHint, Signal, Source};
use zt_types::{DeviceId, PersonId, SourceId, Subject, Timestamp};

#[cfg(test)]
mod tests;

/// A device as far as signals look for it. Retired devices are left out by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownDevice<'a> {
    /// Its id.
    pub id: DeviceId,
    /// What the source in question calls it, if it told us.
    pub source_id: Option<&'a str>,
    /// The hardware's serial number, if known.
    pub serial: Option<&'a str>,
    /// Its host name as reported at enrolment.
    pub hostname: &'a str,
}

/// A person as far as signals look for her.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownPerson<'a> {
    /// Her id.
    pub id: PersonId,
    /// What she types at sign-in.
    pub login: &'a str,
    /// Where notices go, if known.
    pub email: Option<&'a str>,
}

/// What a signal does. Data only: the caller commits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalPlan {
    /// What came of it, for the event and the reply.
    pub outcome: SignalOutcome,
    /// Facts to write.
    pub change: Option<FactChange>,
    /// A task for an operator, if one is needed.
    pub task: Option<OperatorTask>,
}

/// What came of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalOutcome {
    /// A fact was opened, or opened again; or a device's state is known for the first time.
    Opened(Subject),
    /// An open fact or a device's state was updated.
    Updated(Subject),
    /// A fact was cleared.
    Cleared(Subject),
    /// The same was said before: nothing changes.
    Repeated(Subject),
    /// An older word than one already heard: nothing changes.
    Outdated(Subject),
    /// The finding that was closed is not known, or is closed already: nothing changes.
    NothingToClear(Subject),
    /// No device fits: nothing is blocked.
    UnknownDevice,
    /// Several devices fit: nothing is blocked.
    AmbiguousDevice,
    /// Nobody fits: nobody is blocked.
    UnknownPerson,
    /// Several people fit: nobody is blocked.
    AmbiguousPerson,
    /// The source is not registered for this kind of fact: nothing changes.
    KindNotOwned(FactKind),
    /// The source is not registered for the state of devices: nothing changes.
    StatesNotOwned,
}

impl SignalOutcome {
    /// The slug used in events, replies and message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened(_) => "opened",
            Self::Updated(_) => "updated",
            Self::Cleared(_) => "cleared",
            Self::Repeated(_) => "repeated",
            Self::Outdated(_) => "outdated",
            Self::NothingToClear(_) => "nothing-to-clear",
            Self::UnknownDevice => "unknown-device",
            Self::AmbiguousDevice => "ambiguous-device",
            Self::UnknownPerson => "unknown-person",
            Self::AmbiguousPerson => "ambiguous-person",
            Self::KindNotOwned(_) => "kind-not-owned",
            Self::StatesNotOwned => "states-not-owned",
        }
    }

    /// Whom or what it is about, if that was found.
    #[must_use]
    pub const fn subject(self) -> Option<Subject> {
        match self {
            Self::Opened(subject)
            | Self::Updated(subject)
            | Self::Cleared(subject)
            | Self::Repeated(subject)
            | Self::Outdated(subject)
            | Self::NothingToClear(subject) => Some(subject),
            Self::UnknownDevice
            | Self::AmbiguousDevice
            | Self::UnknownPerson
            | Self::AmbiguousPerson
            | Self::KindNotOwned(_)
            | Self::StatesNotOwned => None,
        }
    }

    /// The device it is about, if it is about one and that was found.
    #[must_use]
    pub const fn device(self) -> Option<DeviceId> {
        match self.subject() {
            Some(Subject::Device(device)) => Some(device),
            _ => None,
        }
    }

    /// The person it is about, if it is about one and she was found.
    #[must_use]
    pub const fn person(self) -> Option<PersonId> {
        match self.subject() {
            Some(Subject::Person(person)) => Some(person),
            _ => None,
        }
    }
}

/// A fact to write: the whole record as it is after the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactChange {
    /// It is open from now on.
    Open(Fact),
    /// It was open and stays open, with another kind, severity or title.
    Update(Fact),
    /// It is no longer open.
    Clear(Fact),
}

impl FactChange {
    /// The record to keep under its key.
    #[must_use]
    pub const fn fact(&self) -> &Fact {
        match self {
            Self::Open(fact) | Self::Update(fact) | Self::Clear(fact) => fact,
        }
    }
}

/// Something an operator has to look at. The shell gives it an id and keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorTask {
    /// Why.
    pub reason: TaskReason,
    /// Whose signal it is about.
    pub source: SourceId,
    /// The source's id of the finding.
    pub uid: String,
    /// The source's short words.
    pub title: String,
    /// What the signal called the device or person, by the surest name.
    pub claimed: String,
    /// Who or what fits, if several did; in the order of their ids.
    pub candidates: Vec<Subject>,
}

/// Why an operator has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskReason {
    /// An alert about a device that is not in the inventory.
    UnknownDevice,
    /// An alert that fits several devices.
    AmbiguousDevice,
    /// A finding about somebody whom nobody knows.
    UnknownPerson,
    /// A finding that fits several people.
    AmbiguousPerson,
    /// An alert older than the word that cleared it: if it is true after all, the source must say so anew.
    AlertAfterClear,
}

impl TaskReason {
    /// The slug used in events and message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownDevice => "unknown-device",
            Self::AmbiguousDevice => "ambiguous-device",
            Self::UnknownPerson => "unknown-person",
            Self::AmbiguousPerson => "ambiguous-person",
            Self::AlertAfterClear => "alert-after-clear",
        }
    }
}

/// Says what `signal` of `source` does, given the `devices` in the inventory, the `people` and the `facts` written so far
/// (open and cleared; others than this source's are passed over).
#[must_use]
pub fn resolve<'known, 'fact>(
    signal: &Signal,
    source: &Source,
    devices: impl Iterator<Item = KnownDevice<'known>>,
    people: impl Iterator<Item = KnownPerson<'known>>,
    facts: impl Iterator<Item = &'fact Fact>,
    now: Timestamp,
) -> SignalPlan {
    let of_finding: Vec<&Fact> = facts
        .filter(|fact| fact.key.source == source.id && fact.key.uid == signal.uid)
        .collect();
    let whom = whom(signal, &of_finding);
    let found = match whom {
        Some(hint) => find_person(hint, people).map(Subject::Person),
        None => match &signal.device {
            Some(hint) => find_device(hint, devices).map(Subject::Device),
            None => Found::None,
        },
    };
    let subject = match found {
        Found::One(subject) => subject,
        Found::None => {
            let (reason, outcome) = if whom.is_some() {
                (TaskReason::UnknownPerson, SignalOutcome::UnknownPerson)
            } else {
                (TaskReason::UnknownDevice, SignalOutcome::UnknownDevice)
            };
            let task = task(reason, signal, source, claimed(signal, whom), Vec::new());
            return SignalPlan::nothing(outcome, Some(task));
        }
        Found::Several(candidates) => {
            let (reason, outcome) = if whom.is_some() {
                (TaskReason::AmbiguousPerson, SignalOutcome::AmbiguousPerson)
            } else {
                (TaskReason::AmbiguousDevice, SignalOutcome::AmbiguousDevice)
            };
            let task = task(reason, signal, source, claimed(signal, whom), candidates);
            return SignalPlan::nothing(outcome, Some(task));
        }
    };
    let key = FactKey {
        source: source.id.clone(),
        uid: signal.uid.clone(),
        subject,
    };
    let before = of_finding
        .into_iter()
        .filter(|fact| fact.key == key)
        .max_by_key(|fact| fact.last_word_at);
    if signal.clears() {
        clear(signal, subject, before, now)
    } else {
        alert(signal, source, key, before, now)
    }
}

/// The person a signal is about, if it is about a person: one that names both is about the one its kind speaks of, and one
/// that does not say its kind about whom or what it was before.
fn whom<'signal>(signal: &'signal Signal, before: &[&Fact]) -> Option<&'signal PersonHint> {
    let person = signal.person.as_ref()?;
    let was_about_a_person = || {
        before
            .iter()
            .any(|fact| matches!(fact.key.subject, Subject::Person(_)))
    };
    let is_hers = signal.device.is_none()
        || signal
            .kind
            .map_or_else(was_about_a_person, FactKind::is_about_people);
    is_hers.then_some(person)
}

fn clear(signal: &Signal, subject: Subject, before: Option<&Fact>, now: Timestamp) -> SignalPlan {
    let said_at = signal.time_as_of(now);
    match before {
        Some(fact) if fact.is_open() && said_at < fact.last_word_at => {
            SignalPlan::nothing(SignalOutcome::Outdated(subject), None)
        }
        Some(fact) if fact.is_open() => SignalPlan {
            outcome: SignalOutcome::Cleared(subject),
            change: Some(FactChange::Clear(Fact {
                last_word_at: said_at,
                cleared_at: Some(now),
                ..fact.clone()
            })),
            task: None,
        },
        Some(_) | None => SignalPlan::nothing(SignalOutcome::NothingToClear(subject), None),
    }
}

fn alert(
    signal: &Signal,
    source: &Source,
    key: FactKey,
    before: Option<&Fact>,
    now: Timestamp,
) -> SignalPlan {
    let subject = key.subject;
    let kind = signal
        .kind
        .or_else(|| before.map(|fact| fact.kind))
        .unwrap_or(FactKind::Compromise);
    if !source.kinds.contains(&kind) {
        return SignalPlan::nothing(SignalOutcome::KindNotOwned(kind), None);
    }
    let said_at = signal.time_as_of(now);
    let fresh = Fact {
        key,
        kind,
        severity: signal.severity,
        title: signal.title.clone(),
        observed_at: said_at,
        last_word_at: said_at,
        recorded_at: now,
        cleared_at: None,
    };
    match before {
        None => SignalPlan::change(SignalOutcome::Opened(subject), FactChange::Open(fresh)),
        Some(fact) if fact.is_open() && said_at < fact.last_word_at => {
            SignalPlan::nothing(SignalOutcome::Outdated(subject), None)
        }
        Some(fact) if fact.is_open() => {
            let updated = Fact {
                observed_at: fact.observed_at,
                recorded_at: fact.recorded_at,
                ..fresh
            };
            if updated == *fact {
                SignalPlan::nothing(SignalOutcome::Repeated(subject), None)
            } else {
                SignalPlan::change(SignalOutcome::Updated(subject), FactChange::Update(updated))
            }
        }
        Some(fact) if is_old_news(signal, said_at, fact) => SignalPlan::nothing(
            SignalOutcome::Outdated(subject),
            Some(task(
                TaskReason::AlertAfterClear,
                signal,
                source,
                claimed(
                    signal,
                    signal
                        .person
                        .as_ref()
                        .filter(|_| matches!(subject, Subject::Person(_))),
                ),
                vec![subject],
            )),
        ),
        Some(_) => SignalPlan::change(SignalOutcome::Opened(subject), FactChange::Open(fresh)),
    }
}

/// Whether an alert on a cleared fact is older than the clearing. A *create* of the same instant is the first alert
/// sent again: sources that stamp every word with the finding's creation time would otherwise reopen it by a retry.
fn is_old_news(signal: &Signal, said_at: Timestamp, cleared: &Fact) -> bool {
    said_at < cleared.last_word_at
        || (said_at == cleared.last_word_at && signal.activity == Activity::Create)
}

/// What a search found.
pub(crate) enum Found<T> {
    /// Nothing.
    None,
    /// Exactly one.
    One(T),
    /// Several, in order.
    Several(Vec<T>),
}

impl<T: Ord> Found<T> {
    /// The first step that finds anything.
    fn first<const N: usize>(steps: [Vec<T>; N]) -> Self {
        for mut found in steps {
            found.sort_unstable();
            found.dedup();
            match found.len() {
                0 => {}
                1 => return found.pop().map_or(Self::None, Self::One),
                _ => return Self::Several(found),
            }
        }
        Self::None
    }

    fn map<U>(self, as_: impl Fn(T) -> U) -> Found<U> {
        match self {
            Self::None => Found::None,
            Self::One(one) => Found::One(as_(one)),
            Self::Several(several) => Found::Several(several.into_iter().map(as_).collect()),
        }
    }
}

pub(crate) fn find_device<'a>(
    hint: &DeviceHint,
    devices: impl Iterator<Item = KnownDevice<'a>>,
) -> Found<DeviceId> {
    let (mut by_id, mut by_serial, mut by_name) = (Vec::new(), Vec::new(), Vec::new());
    for device in devices {
        if hint.uid.is_some() && hint.uid.as_deref() == device.source_id {
            by_id.push(device.id);
        }
        if same(hint.serial.as_deref(), device.serial) {
            by_serial.push(device.id);
        }
        if same(hint.hostname.as_deref(), Some(device.hostname)) {
            by_name.push(device.id);
        }
    }
    Found::first([by_id, by_serial, by_name])
}

fn find_person<'a>(
    hint: &PersonHint,
    people: impl Iterator<Item = KnownPerson<'a>>,
) -> Found<PersonId> {
    let (mut by_id, mut by_email, mut by_name) = (Vec::new(), Vec::new(), Vec::new());
    for person in people {
        let is_hers =
            |uid: &str| uid == person.id.to_string() || same(Some(uid), Some(person.login));
        if hint.uid.as_deref().is_some_and(is_hers) {
            by_id.push(person.id);
        }
        let email = hint.email.as_deref();
        if same(email, person.email) || same(email, Some(person.login)) {
            by_email.push(person.id);
        }
        if same(hint.name.as_deref(), Some(person.login)) {
            by_name.push(person.id);
        }
    }
    Found::first([by_id, by_email, by_name])
}

/// Whether two names are the same. Host names have no case (RFC 4343), and tools disagree on the case of serial numbers;
/// an empty name is nobody's.
fn same(said: Option<&str>, known: Option<&str>) -> bool {
    matches!((said, known), (Some(said), Some(known)) if !known.is_empty() && said.eq_ignore_ascii_case(known))
}

/// What a signal calls its subject, by the surest name.
fn claimed(signal: &Signal, whom: Option<&PersonHint>) -> String {
    let device = signal.device.as_ref();
    let device = device.map(|hint| [&hint.uid, &hint.serial, &hint.hostname]);
    let person = whom.map(|hint| [&hint.uid, &hint.email, &hint.name]);
    person
        .or(device)
        .into_iter()
        .flatten()
        .flatten()
        .next()
        .cloned()
        .unwrap_or_default()
}

fn task(
    reason: TaskReason,
    signal: &Signal,
    source: &Source,
    claimed: String,
    candidates: Vec<Subject>,
) -> OperatorTask {
    OperatorTask {
        reason,
        source: source.id.clone(),
        uid: signal.uid.clone(),
        title: signal.title.clone(),
        claimed,
        candidates,
    }
}

impl SignalPlan {
    const fn nothing(outcome: SignalOutcome, task: Option<OperatorTask>) -> Self {
        Self {
            outcome,
            change: None,
            task,
        }
    }

    const fn change(outcome: SignalOutcome, change: FactChange) -> Self {
        Self {
            outcome,
            change: Some(change),
            task: None,
        }
    }
}
