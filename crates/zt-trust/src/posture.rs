//! What sources said of a device's state, kept with an end of validity, and what of it is believed at an instant.
//!
//! Silence and age never raise trust. What was known to be in order is not known any more once its time is over, or once a
//! newer word of the same source passes it over; what was known to be amiss stays amiss until the source says otherwise.
//! Several sources are believed where they agree: of two answers the worse one counts.

use crate::report::{DeviceState, StateReport};
use crate::resolve::{Found, KnownDevice, find_device};
use crate::{SignalOutcome, Source};
use serde::{Deserialize, Serialize};
use zt_types::{
    Answer, DeviceId, Os, Ownership, Posture, PostureItem, SourceId, Subject, Timestamp, Version,
};

#[cfg(test)]
mod tests;

/// What one source knows of one device's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostureRecord {
    /// Which device.
    pub device: DeviceId,
    /// Who says so.
    pub source: SourceId,
    /// What it says.
    pub state: DeviceState,
    /// The source's time of its last word, never later than our own clock.
    pub observed_at: Timestamp,
    /// When it was written here.
    pub recorded_at: Timestamp,
    /// From when on what is in order is not known any more.
    pub valid_until: Timestamp,
}

/// What a report does. Data only: the caller commits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPlan {
    /// What came of it.
    pub outcome: SignalOutcome,
    /// The record to write.
    pub record: Option<PostureRecord>,
}

/// What is believed of a device's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BelievedState {
    /// What policies read.
    pub posture: Posture,
    /// Whose it is.
    pub ownership: Ownership,
    /// Whether it is a virtual machine.
    pub virtual_desktop: Answer,
    /// The earliest instant at which any of it can change by time alone.
    pub valid_until: Timestamp,
}

impl BelievedState {
    /// The same of a device that did not prove itself: what is in order counts for nothing, what is amiss stays.
    #[must_use]
    pub fn unproven(mut self) -> Self {
        self.posture.items.retain(|_, answer| *answer == Answer::No);
        self.posture.os_version = None;
        self.posture.antivirus_version = None;
        if self.ownership == Ownership::Company {
            self.ownership = Ownership::Unknown;
        }
        self
    }
}

/// Says what `report` of `source` does, given the `devices` in the inventory and what was kept so far.
#[must_use]
pub fn resolve_report<'device, 'record>(
    report: &StateReport,
    source: &Source,
    devices: impl Iterator<Item = KnownDevice<'device>>,
    kept: impl Fn(DeviceId) -> Option<&'record PostureRecord>,
    now: Timestamp,
) -> ReportPlan {
    let nothing = |outcome| ReportPlan {
        outcome,
        record: None,
    };
    let Some(holds) = source.states_hold else {
        return nothing(SignalOutcome::StatesNotOwned);
    };
    let device = match find_device(&report.device, devices) {
        Found::One(device) => device,
        Found::None => return nothing(SignalOutcome::UnknownDevice),
        Found::Several(_) => return nothing(SignalOutcome::AmbiguousDevice),
    };
    let subject = Subject::Device(device);
    let before = kept(device);
    let observed_at = report.time.min(now);
    if before.is_some_and(|before| observed_at < before.observed_at) {
        return nothing(SignalOutcome::Outdated(subject));
    }
    let record = PostureRecord {
        device,
        source: source.id.clone(),
        state: before.map_or_else(
            || report.said.clone(),
            |before| following(&before.state, &report.said),
        ),
        observed_at,
        recorded_at: now,
        valid_until: observed_at + holds,
    };
    let is_same = |before: &PostureRecord| {
        before.state == record.state && before.valid_until == record.valid_until
    };
    if before.is_some_and(is_same) {
        return nothing(SignalOutcome::Repeated(subject));
    }
    ReportPlan {
        outcome: if before.is_some() {
            SignalOutcome::Updated(subject)
        } else {
            SignalOutcome::Opened(subject)
        },
        record: Some(record),
    }
}

/// The newer state; what it passes over and was amiss before stays amiss.
fn following(before: &DeviceState, said: &DeviceState) -> DeviceState {
    let mut state = said.clone();
    for (item, answer) in &before.items {
        if *answer == Answer::No {
            state.items.entry(*item).or_insert(Answer::No);
        }
    }
    if state.os == Os::Unknown {
        state.os = before.os;
    }
    if state.ownership == Ownership::Unknown && before.ownership == Ownership::Personal {
        state.ownership = Ownership::Personal;
    }
    if state.virtual_desktop == Answer::Unknown {
        state.virtual_desktop = before.virtual_desktop;
    }
    state
}

/// What is believed of a device at `now`. `enrolled_as` is whose it was said to be when it enrolled, `os` what it called
/// its operating system then.
#[must_use]
pub fn believed<'a>(
    records: impl Iterator<Item = &'a PostureRecord>,
    enrolled_as: Ownership,
    os: &str,
    now: Timestamp,
) -> BelievedState {
    // The newest last: of what is no risk, the last word counts.
    let mut records: Vec<&PostureRecord> = records.collect();
    records.sort_by(|a, b| (a.observed_at, &a.source).cmp(&(b.observed_at, &b.source)));
    let living = || records.iter().filter(|record| now < record.valid_until);
    let mut posture = Posture {
        // Which operating system it is does not change by silence: a demand on its version must not stop to apply.
        os: records
            .iter()
            .rev()
            .map(|record| record.state.os)
            .find(|os| *os != Os::Unknown)
            .unwrap_or_else(|| os_by_name(os)),
        os_version: least(&records, now, |state| state.os_version),
        antivirus_version: least(&records, now, |state| state.antivirus_version),
        ..Posture::unknown()
    };
    for item in PostureItem::ALL {
        let answers = records.iter().filter_map(|record| {
            let answer = record.state.items.get(item).copied()?;
            (answer == Answer::No || now < record.valid_until).then_some(answer)
        });
        if let Some(worst) = answers.min() {
            posture.items.insert(*item, worst);
        }
    }
    let said = |ownership: Ownership| move |r: &&PostureRecord| r.state.ownership == ownership;
    let ownership = if records.iter().any(|r| said(Ownership::Personal)(r)) {
        Ownership::Personal
    } else if living().any(|r| said(Ownership::Company)(r)) {
        Ownership::Company
    } else {
        enrolled_as
    };
    BelievedState {
        posture,
        ownership,
        virtual_desktop: records
            .iter()
            .rev()
            .map(|record| record.state.virtual_desktop)
            .find(|answer| *answer != Answer::Unknown)
            .unwrap_or_default(),
        valid_until: living()
            .map(|record| record.valid_until)
            .min()
            .unwrap_or(Timestamp::FAR_FUTURE),
    }
}

/// The least version that anybody says, if anybody says one whose word still holds: one that fell silent does not leave
/// the field to who said more.
fn least(
    records: &[&PostureRecord],
    now: Timestamp,
    version: impl Fn(&DeviceState) -> Option<Version>,
) -> Option<Version> {
    let mut living = records.iter().filter(|record| now < record.valid_until);
    living.find_map(|record| version(&record.state))?;
    records
        .iter()
        .filter_map(|record| version(&record.state))
        .min()
}

/// What a device called its operating system when it enrolled.
fn os_by_name(name: &str) -> Os {
    let name = name.to_lowercase();
    let known = [
        ("windows", Os::Windows),
        ("macos", Os::Macos),
        ("mac os", Os::Macos),
        ("ipad", Os::Ios),
        ("ios", Os::Ios),
        ("android", Os::Android),
        ("chromeos", Os::Chromeos),
        ("chrome os", Os::Chromeos),
        ("linux", Os::Linux),
        ("debian", Os::Linux),
        ("ubuntu", Os::Linux),
    ];
    known
        .into_iter()
        .find(|(word, _)| name.contains(word))
        .map_or(Os::Unknown, |(_, os)| os)
}
