//! What a signal does: facts to open or clear, and tasks for people.
//!
//! * The device is looked up by the source's own id first, then by serial number, then by host name. A step that finds
//!   exactly one device ends the search; one that finds several ends it as ambiguous; one that finds none goes on.
//!   Nobody is blocked on a guess: an unknown or ambiguous device becomes a task for an operator.
//! * A fact is (source, finding, device). Only the same three clear it.
//! * Words are ordered by the source's own time. An older word that arrives late neither opens nor clears. After a
//!   clearing, the same alert sent again stays cleared; only a *newer* word opens the fact again. Because ignoring an
//!   alert is a risk, an alert that is ignored after a clearing becomes a task.
//! * A finding that is closed before it was ever reported changes nothing. If its alert arrives afterwards it opens, and
//!   stays open until the source closes it again: the safe side.

use crate::{Activity, Fact, FactKey, FactKind, Signal, Source};
use zt_types::{DeviceId, SourceId, Subject, Timestamp};

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
    /// A fact was opened, or opened again.
    Opened(DeviceId),
    /// An open fact was updated.
    Updated(DeviceId),
    /// A fact was cleared.
    Cleared(DeviceId),
    /// The same was said before: nothing changes.
    Repeated(DeviceId),
    /// An older word than one already heard: nothing changes.
    Outdated(DeviceId),
    /// The finding that was closed is not known, or is closed already: nothing changes.
    NothingToClear(DeviceId),
    /// No device fits: nothing is blocked.
    UnknownDevice,
    /// Several devices fit: nothing is blocked.
    AmbiguousDevice,
    /// The source is not registered for this kind of fact: nothing changes.
    KindNotOwned(FactKind),
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
            Self::KindNotOwned(_) => "kind-not-owned",
        }
    }

    /// The device it is about, if one was found.
    #[must_use]
    pub const fn device(self) -> Option<DeviceId> {
        match self {
            Self::Opened(device)
            | Self::Updated(device)
            | Self::Cleared(device)
            | Self::Repeated(device)
            | Self::Outdated(device)
            | Self::NothingToClear(device) => Some(device),
            Self::UnknownDevice | Self::AmbiguousDevice | Self::KindNotOwned(_) => None,
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
    /// What the signal called the device, the surest name first.
    pub device: String,
    /// The devices that fit, if several did; in the order of their ids.
    pub candidates: Vec<DeviceId>,
}

/// Why an operator has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskReason {
    /// An alert about a device that is not in the inventory.
    UnknownDevice,
    /// An alert that fits several devices.
    AmbiguousDevice,
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
            Self::AlertAfterClear => "alert-after-clear",
        }
    }
}

/// Says what `signal` of `source` does, given the `devices` in the inventory and the `facts` written so far (open and
/// cleared; others than this source's are passed over).
#[must_use]
pub fn resolve<'device, 'fact>(
    signal: &Signal,
    source: &Source,
    devices: impl Iterator<Item = KnownDevice<'device>>,
    facts: impl Iterator<Item = &'fact Fact>,
    now: Timestamp,
) -> SignalPlan {
    let device = match find_device(signal, devices) {
        Found::One(device) => device,
        Found::None => {
            let task = task(TaskReason::UnknownDevice, signal, source, Vec::new());
            return SignalPlan::nothing(SignalOutcome::UnknownDevice, Some(task));
        }
        Found::Several(candidates) => {
            let task = task(TaskReason::AmbiguousDevice, signal, source, candidates);
            return SignalPlan::nothing(SignalOutcome::AmbiguousDevice, Some(task));
        }
    };
    let key = FactKey {
        source: source.id.clone(),
        uid: signal.uid.clone(),
        subject: Subject::Device(device),
    };
    let before = facts
        .filter(|fact| fact.key == key)
        .max_by_key(|fact| fact.last_word_at);
    if signal.clears() {
        clear(signal, device, before, now)
    } else {
        alert(signal, source, device, key, before, now)
    }
}

fn clear(signal: &Signal, device: DeviceId, before: Option<&Fact>, now: Timestamp) -> SignalPlan {
    let said_at = signal.time_as_of(now);
    match before {
        Some(fact) if fact.is_open() && said_at < fact.last_word_at => {
            SignalPlan::nothing(SignalOutcome::Outdated(device), None)
        }
        Some(fact) if fact.is_open() => SignalPlan {
            outcome: SignalOutcome::Cleared(device),
            change: Some(FactChange::Clear(Fact {
                last_word_at: said_at,
                cleared_at: Some(now),
                ..fact.clone()
            })),
            task: None,
        },
        Some(_) | None => SignalPlan::nothing(SignalOutcome::NothingToClear(device), None),
    }
}

fn alert(
    signal: &Signal,
    source: &Source,
    device: DeviceId,
    key: FactKey,
    before: Option<&Fact>,
    now: Timestamp,
) -> SignalPlan {
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
        None => SignalPlan::change(SignalOutcome::Opened(device), FactChange::Open(fresh)),
        Some(fact) if fact.is_open() && said_at < fact.last_word_at => {
            SignalPlan::nothing(SignalOutcome::Outdated(device), None)
        }
        Some(fact) if fact.is_open() => {
            let updated = Fact {
                observed_at: fact.observed_at,
                recorded_at: fact.recorded_at,
                ..fresh
            };
            if updated == *fact {
                SignalPlan::nothing(SignalOutcome::Repeated(device), None)
            } else {
                SignalPlan::change(SignalOutcome::Updated(device), FactChange::Update(updated))
            }
        }
        Some(fact) if is_old_news(signal, said_at, fact) => SignalPlan::nothing(
            SignalOutcome::Outdated(device),
            Some(task(
                TaskReason::AlertAfterClear,
                signal,
                source,
                vec![device],
            )),
        ),
        Some(_) => SignalPlan::change(SignalOutcome::Opened(device), FactChange::Open(fresh)),
    }
}

/// Whether an alert on a cleared fact is older than the clearing. A *create* of the same instant is the first alert
/// sent again: sources that stamp every word with the finding's creation time would otherwise reopen it by a retry.
fn is_old_news(signal: &Signal, said_at: Timestamp, cleared: &Fact) -> bool {
    said_at < cleared.last_word_at
        || (said_at == cleared.last_word_at && signal.activity == Activity::Create)
}

enum Found {
    None,
    One(DeviceId),
    Several(Vec<DeviceId>),
}

fn find_device<'a>(signal: &Signal, devices: impl Iterator<Item = KnownDevice<'a>>) -> Found {
    let hint = &signal.device;
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
    for mut found in [by_id, by_serial, by_name] {
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            [] => {}
            [device] => return Found::One(*device),
            _ => return Found::Several(found),
        }
    }
    Found::None
}

/// Whether two names are the same. Host names have no case (RFC 4343), and tools disagree on the case of serial numbers;
/// an empty name is nobody's.
fn same(said: Option<&str>, known: Option<&str>) -> bool {
    matches!((said, known), (Some(said), Some(known)) if !known.is_empty() && said.eq_ignore_ascii_case(known))
}

fn task(
    reason: TaskReason,
    signal: &Signal,
    source: &Source,
    candidates: Vec<DeviceId>,
) -> OperatorTask {
    let hint = &signal.device;
    OperatorTask {
        reason,
        source: source.id.clone(),
        uid: signal.uid.clone(),
        title: signal.title.clone(),
        device: [&hint.uid, &hint.serial, &hint.hostname]
            .into_iter()
            .flatten()
            .next()
            .cloned()
            .unwrap_or_default(),
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
