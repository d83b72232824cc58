//! What a source finds: an OCSF 1.8 Detection Finding (class 2004).
//!
//! | read | from | if missing |
//! |---|---|---|
//! | class | `class_uid`, must be 2004 | refused |
//! | activity | `activity_id`: 1 create, 2 update, 3 close, else *other* | refused |
//! | status | `status_id`: 1 new … 6 deleted, else *other* | *other* |
//! | severity | `severity_id`; unknown, other and unnamed ones count as high | refused |
//! | time | `finding_info.modified_time`, else `time`; milliseconds | refused |
//! | finding | `finding_info.uid`; title from `finding_info.title`, else `message`, else the uid | uid refused |
//! | device | `device.uid`, `device.hw_info.serial_number` (else `device.serial_number`), `device.hostname`, one at least if there is a `device` | refused without a person |
//! | person | `actor.user.uid`, `actor.user.email_addr`, `actor.user.name`, one at least if there is an `actor.user` | refused without a device |
//! | kind | `malware` not empty, or what one of `finding_info.types` speaks of; see [`KINDS`] | not said |
//!
//! Where both a device and a person are named, the kind says which of them it is about.
//!
//! A finding that is *resolved* (status 4) or *closed* (activity 3) clears; every other one stands. *Suppressed*,
//! *archived* and *deleted* say what the source's operators did with a card on their board, not that the device is clean.
//! Everything else in the event is passed over: OCSF is extensible.

pub(crate) mod json;
#[cfg(test)]
mod tests;

use crate::{FactKind, Severity};
use json::Member;
use zt_types::Timestamp;

/// The longest signal that is read, in bytes. Whoever takes the bytes off the wire stops there.
pub const MAX_SIGNAL_BYTES: usize = 256 * 1024;
/// How deep a signal may nest.
const MAX_DEPTH: usize = 24;
/// The longest identifier, in characters.
const MAX_IDENTIFIER: usize = 256;
/// The longest title that is kept, in characters; a longer one is cut, for an alert is not lost to a long name.
const MAX_TITLE: usize = 200;
/// `class_uid` of a Detection Finding.
pub(crate) const DETECTION_FINDING: i64 = 2004;
/// 2000-01-01: a time before it was written in seconds, not in milliseconds.
const EARLIEST: Timestamp = Timestamp::from_seconds(946_684_800);

/// A detection finding, as far as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// What happened to the finding.
    pub activity: Activity,
    /// Where the finding stands.
    pub status: Status,
    /// How bad it is.
    pub severity: Severity,
    /// The source's id of the finding.
    pub uid: String,
    /// The source's short words, control characters removed, at most 200 characters.
    pub title: String,
    /// What kind of fact it is, if the finding says so.
    pub kind: Option<FactKind>,
    /// The device it names, if it names one; a device or a person is there.
    pub device: Option<DeviceHint>,
    /// The person it names, if it names one.
    pub person: Option<PersonHint>,
    /// The source's time of this word.
    pub time: Timestamp,
}

/// What happened to a finding (OCSF `activity_id`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// It was created.
    Create,
    /// It was updated.
    Update,
    /// It was closed.
    Close,
    /// Something the schema has no number for.
    Other,
}

/// Where a finding stands (OCSF `status_id`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Yet to be looked at.
    New,
    /// Under review.
    InProgress,
    /// Set aside.
    Suppressed,
    /// Remediated.
    Resolved,
    /// Archived.
    Archived,
    /// Deleted.
    Deleted,
    /// Not said, or something the schema has no number for.
    Other,
}

/// What a signal calls the device; one at least is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceHint {
    /// The source's own id of it.
    pub uid: Option<String>,
    /// The hardware's serial number.
    pub serial: Option<String>,
    /// Its host name.
    pub hostname: Option<String>,
}

/// What a signal calls a person; one at least is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonHint {
    /// Her id.
    pub uid: Option<String>,
    /// Her e-mail address.
    pub email: Option<String>,
    /// Her user name.
    pub name: Option<String>,
}

/// Which words in `finding_info.types` speak of which kind; the first kind that fits is the finding's.
pub const KINDS: [(FactKind, &[&str]); 6] = [
    (
        FactKind::Malware,
        &[
            "malware",
            "ransomware",
            "trojan",
            "virus",
            "worm",
            "rootkit",
            "spyware",
        ],
    ),
    (
        FactKind::ImpossibleTravel,
        &["impossible travel", "impossible-travel"],
    ),
    (
        FactKind::UnfamiliarPlace,
        &[
            "unfamiliar place",
            "unfamiliar-place",
            "unfamiliar location",
        ],
    ),
    (
        FactKind::UnusualTime,
        &["unusual time", "unusual-time", "unusual hour"],
    ),
    (
        FactKind::CredentialLeak,
        &["credential", "leaked password", "password leak"],
    ),
    (
        FactKind::UnusualBehaviour,
        &["unusual behavio", "unusual-behavio", "anomalous behavio"],
    ),
];

/// Why a signal cannot be read. Each says which member and what belongs there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignalError {
    /// Longer than [`MAX_SIGNAL_BYTES`].
    #[error(
        "the signal is longer than {MAX_SIGNAL_BYTES} bytes: leave out raw data and large evidences"
    )]
    TooLong,
    /// Nested too deep.
    #[error("the signal nests deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Not JSON.
    #[error("the signal is not JSON: line {line}, column {column}")]
    NotJson {
        /// Where reading stopped, from 1.
        line: usize,
        /// Where in the line, from 1.
        column: usize,
    },
    /// JSON, but not one object.
    #[error("the signal is not a JSON object: send one OCSF event per request")]
    NotObject,
    /// A member is written twice, so that two readers could see two things.
    #[error("member `{member}` appears twice")]
    Repeated {
        /// The member's name.
        member: String,
    },
    /// A member that is needed is not there.
    #[error("member `{member}` is missing: it holds {holds}")]
    Missing {
        /// The member's path.
        member: &'static str,
        /// What belongs there.
        holds: &'static str,
    },
    /// A member holds another JSON type.
    #[error("member `{member}` is of the wrong type: it holds {holds}")]
    WrongType {
        /// The member's path.
        member: &'static str,
        /// What belongs there.
        holds: &'static str,
    },
    /// An identifier is empty or too long.
    #[error("member `{member}` has a wrong length: 1 to {MAX_IDENTIFIER} characters")]
    WrongLength {
        /// The member's path.
        member: &'static str,
    },
    /// An identifier holds control characters.
    #[error("member `{member}` holds control characters")]
    ControlCharacters {
        /// The member's path.
        member: &'static str,
    },
    /// An event of another class.
    #[error(
        "`class_uid` is `{class_uid}`: only 2004 (Detection Finding) and 5002 (Device Config State) are taken here"
    )]
    WrongClass {
        /// The class it says.
        class_uid: i64,
    },
    /// The event contradicts itself.
    #[error("`type_uid` is `{type_uid}`: for this class and activity it must be `{expected}`")]
    WrongTypeUid {
        /// What it says.
        type_uid: i64,
        /// `class_uid` × 100 + `activity_id`.
        expected: i64,
    },
    /// Another major version of the schema.
    #[error("`metadata.version` is `{version}`: only 1.x of the schema is understood")]
    WrongVersion {
        /// What it says.
        version: String,
    },
    /// A time that cannot be one.
    #[error("member `{member}` is `{value}`: it holds milliseconds since 1970, not seconds")]
    WrongTime {
        /// The member's path.
        member: &'static str,
        /// What it says.
        value: i64,
    },
    /// The device has no name that could be looked up.
    #[error("`device` names no device: give `uid`, `hw_info.serial_number` or `hostname`")]
    NamelessDevice,
    /// The person has no name that could be looked up.
    #[error("`actor.user` names nobody: give `uid`, `email_addr` or `name`")]
    NamelessPerson,
    /// Neither a device nor a person.
    #[error("the finding is about nothing: give `device` or `actor.user`")]
    NoSubject,
    /// A number of a version that is none.
    #[error("member `{member}` is `{value}`: write one to four numbers between dots")]
    WrongNumber {
        /// The member's path.
        member: &'static str,
        /// What it says.
        value: String,
    },
    /// Something about a device that nobody here asks about.
    #[error("`assessments` speaks of `{item}`: known are {}", zt_types::PostureItem::ALL.iter().map(|item| item.as_str()).collect::<Vec<_>>().join(", "))]
    UnknownItem {
        /// What it says.
        item: String,
    },
    /// Two answers to one question.
    #[error("`assessments` answers `{item}` twice")]
    RepeatedItem {
        /// The item's slug.
        item: &'static str,
    },
    /// A list that is too long.
    #[error("member `{member}` holds more than {most}")]
    TooMany {
        /// The member's path.
        member: &'static str,
        /// How many it may hold.
        most: usize,
    },
}

impl Signal {
    /// Reads an event whose class is known to be right.
    pub(crate) fn read(event: &Member<'_>) -> Result<Self, SignalError> {
        check_version(event)?;
        let activity_id = event.integer(
            "activity_id",
            "activity_id",
            "1 create, 2 update or 3 close",
        )?;
        check_type_uid(event, DETECTION_FINDING, activity_id)?;
        let info = event.object(
            "finding_info",
            "finding_info",
            "the finding's `uid` and `title`",
        )?;
        let uid = info
            .identifier("uid", "finding_info.uid")?
            .ok_or(SignalError::Missing {
                member: "finding_info.uid",
                holds: "the source's own id of the finding",
            })?;

        let (device, person) = (device(event)?, person(event)?);
        if device.is_none() && person.is_none() {
            return Err(SignalError::NoSubject);
        }

        Ok(Self {
            activity: Activity::from_ocsf(activity_id),
            status: Status::from_ocsf(
                event
                    .optional_integer("status_id", "status_id", "1 new to 6 deleted, or 99")?
                    .unwrap_or_default(),
            ),
            severity: Severity::from_ocsf(event.integer(
                "severity_id",
                "severity_id",
                "1 informational to 6 fatal",
            )?),
            title: title(event, &info, &uid)?,
            kind: kind(event, &info)?,
            device,
            person,
            time: time(event, Some(&info))?,
            uid,
        })
    }

    /// Whether the source takes the finding back.
    #[must_use]
    pub const fn clears(&self) -> bool {
        matches!(self.activity, Activity::Close) || matches!(self.status, Status::Resolved)
    }

    /// The time of this word as it is kept: a source whose clock runs ahead must not outrank its own later words.
    #[must_use]
    pub fn time_as_of(&self, now: Timestamp) -> Timestamp {
        self.time.min(now)
    }
}

impl Activity {
    const fn from_ocsf(activity_id: i64) -> Self {
        match activity_id {
            1 => Self::Create,
            2 => Self::Update,
            3 => Self::Close,
            _ => Self::Other,
        }
    }
}

impl Status {
    const fn from_ocsf(status_id: i64) -> Self {
        match status_id {
            1 => Self::New,
            2 => Self::InProgress,
            3 => Self::Suppressed,
            4 => Self::Resolved,
            5 => Self::Archived,
            6 => Self::Deleted,
            _ => Self::Other,
        }
    }
}

pub(crate) fn check_version(event: &Member<'_>) -> Result<(), SignalError> {
    let holds = "the product and the schema `version`";
    let Some(metadata) = event.optional_object("metadata", "metadata", holds)? else {
        return Ok(());
    };
    match metadata.identifier("version", "metadata.version")? {
        Some(version) if !version.starts_with("1.") => Err(SignalError::WrongVersion { version }),
        _ => Ok(()),
    }
}

pub(crate) fn check_type_uid(
    event: &Member<'_>,
    class_uid: i64,
    activity_id: i64,
) -> Result<(), SignalError> {
    let expected = class_uid.saturating_mul(100).saturating_add(activity_id);
    match event.optional_integer("type_uid", "type_uid", "class_uid × 100 + activity_id")? {
        Some(type_uid) if type_uid != expected => {
            Err(SignalError::WrongTypeUid { type_uid, expected })
        }
        _ => Ok(()),
    }
}

fn title(event: &Member<'_>, info: &Member<'_>, uid: &str) -> Result<String, SignalError> {
    let written = match info.optional_text("title", "finding_info.title")? {
        Some(title) => Some(title),
        None => event.optional_text("message", "message")?,
    };
    let cut: String = written
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_TITLE)
        .collect();
    Ok(if cut.trim().is_empty() {
        uid.chars().take(MAX_TITLE).collect()
    } else {
        cut
    })
}

fn kind(event: &Member<'_>, info: &Member<'_>) -> Result<Option<FactKind>, SignalError> {
    let malware = event.list("malware", "malware", "a list of malware")?;
    let types: Vec<String> = info
        .list("types", "finding_info.types", "a list of texts")?
        .into_iter()
        .flatten()
        .filter_map(|value| value.as_text().map(str::to_lowercase))
        .collect();
    let named = KINDS.into_iter().find(|(_, words)| {
        types
            .iter()
            .any(|text| words.iter().any(|word| text.contains(word)))
    });
    Ok(if malware.is_some_and(|list| !list.is_empty()) {
        Some(FactKind::Malware)
    } else {
        named.map(|(kind, _)| kind)
    })
}

fn person(event: &Member<'_>) -> Result<Option<PersonHint>, SignalError> {
    let actor = event.optional_object("actor", "actor", "the `user` the finding is about")?;
    let user = match &actor {
        Some(actor) => actor.optional_object("user", "actor.user", "a user")?,
        None => None,
    };
    let Some(user) = user else {
        return Ok(None);
    };
    let hint = PersonHint {
        uid: user.identifier("uid", "actor.user.uid")?,
        email: user.identifier("email_addr", "actor.user.email_addr")?,
        name: user.identifier("name", "actor.user.name")?,
    };
    if hint.uid.is_none() && hint.email.is_none() && hint.name.is_none() {
        return Err(SignalError::NamelessPerson);
    }
    Ok(Some(hint))
}

pub(crate) fn device(event: &Member<'_>) -> Result<Option<DeviceHint>, SignalError> {
    let Some(device) = event.optional_object("device", "device", "the device it is about")? else {
        return Ok(None);
    };
    let hardware = device.optional_object(
        "hw_info",
        "device.hw_info",
        "the hardware's `serial_number`",
    )?;
    let serial = match &hardware {
        Some(hardware) => hardware.identifier("serial_number", "device.hw_info.serial_number")?,
        None => device.identifier("serial_number", "device.serial_number")?,
    };
    let hint = DeviceHint {
        uid: device.identifier("uid", "device.uid")?,
        serial,
        hostname: device.identifier("hostname", "device.hostname")?,
    };
    if hint.uid.is_none() && hint.serial.is_none() && hint.hostname.is_none() {
        return Err(SignalError::NamelessDevice);
    }
    Ok(Some(hint))
}

/// `time` alone may be the time the finding was *created*, repeated in every later word on it; `modified_time` is newer.
pub(crate) fn time(
    event: &Member<'_>,
    info: Option<&Member<'_>>,
) -> Result<Timestamp, SignalError> {
    let holds = "milliseconds since 1970";
    let created = checked_time("time", event.integer("time", "time", holds)?)?;
    let Some(info) = info else {
        return Ok(created);
    };
    let member = "finding_info.modified_time";
    match info.optional_integer("modified_time", member, holds)? {
        Some(modified) => Ok(checked_time(member, modified)?.max(created)),
        None => Ok(created),
    }
}

fn checked_time(member: &'static str, value: i64) -> Result<Timestamp, SignalError> {
    let at = Timestamp::from_millis(value);
    // Year 9999: further on there is no calendar.
    let latest = Timestamp::from_seconds(253_402_300_799);
    if at < EARLIEST || at > latest {
        return Err(SignalError::WrongTime { member, value });
    }
    Ok(at)
}
