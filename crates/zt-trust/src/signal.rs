//! What a source sends: an OCSF 1.8 Detection Finding (class 2004).
//!
//! | read | from | if missing |
//! |---|---|---|
//! | class | `class_uid`, must be 2004 | refused |
//! | activity | `activity_id`: 1 create, 2 update, 3 close, else *other* | refused |
//! | status | `status_id`: 1 new … 6 deleted, else *other* | *other* |
//! | severity | `severity_id`; unknown, other and unnamed ones count as high | refused |
//! | time | `finding_info.modified_time`, else `time`; milliseconds | refused |
//! | finding | `finding_info.uid`; title from `finding_info.title`, else `message`, else the uid | uid refused |
//! | device | `device.uid`, `device.hw_info.serial_number` (else `device.serial_number`), `device.hostname`, one at least | refused |
//! | kind | `malware` not empty, or one of `finding_info.types` speaks of malware → malware; speaks of credentials → credential leak; else not said | not said |
//!
//! A finding that is *resolved* (status 4) or *closed* (activity 3) clears; every other one stands. *Suppressed*,
//! *archived* and *deleted* say what the source's operators did with a card on their board, not that the device is clean.
//! Everything else in the event is passed over: OCSF is extensible.

mod json;
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
const DETECTION_FINDING: i64 = 2004;
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
    /// The device it is about.
    pub device: DeviceHint,
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
    #[error("`class_uid` is `{class_uid}`: only 2004 (Detection Finding) is taken here")]
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
}

impl Signal {
    /// Reads a signal.
    ///
    /// # Errors
    /// [`SignalError`], one variant per way it is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, SignalError> {
        if bytes.len() > MAX_SIGNAL_BYTES {
            return Err(SignalError::TooLong);
        }
        let root = json::parse(bytes)?;
        let event = Member::root(&root)?;

        let class_uid = event.integer("class_uid", "class_uid", "2004")?;
        if class_uid != DETECTION_FINDING {
            return Err(SignalError::WrongClass { class_uid });
        }
        check_version(&event)?;
        let activity_id = event.integer(
            "activity_id",
            "activity_id",
            "1 create, 2 update or 3 close",
        )?;
        check_type_uid(&event, activity_id)?;
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
            title: title(&event, &info, &uid)?,
            kind: kind(&event, &info)?,
            device: device(&event)?,
            time: time(&event, &info)?,
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

fn check_version(event: &Member<'_>) -> Result<(), SignalError> {
    let holds = "the product and the schema `version`";
    let Some(metadata) = event.optional_object("metadata", "metadata", holds)? else {
        return Ok(());
    };
    match metadata.identifier("version", "metadata.version")? {
        Some(version) if !version.starts_with("1.") => Err(SignalError::WrongVersion { version }),
        _ => Ok(()),
    }
}

fn check_type_uid(event: &Member<'_>, activity_id: i64) -> Result<(), SignalError> {
    let expected = DETECTION_FINDING
        .saturating_mul(100)
        .saturating_add(activity_id);
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
    let speaks_of = |words: &[&str]| {
        types
            .iter()
            .any(|text| words.iter().any(|word| text.contains(word)))
    };
    let named = speaks_of(&[
        "malware",
        "ransomware",
        "trojan",
        "virus",
        "worm",
        "rootkit",
        "spyware",
    ]);
    Ok(if named || malware.is_some_and(|list| !list.is_empty()) {
        Some(FactKind::Malware)
    } else if speaks_of(&["credential"]) {
        Some(FactKind::CredentialLeak)
    } else {
        None
    })
}

fn device(event: &Member<'_>) -> Result<DeviceHint, SignalError> {
    let device = event.object("device", "device", "the device the finding is about")?;
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
    Ok(hint)
}

/// `time` alone may be the time the finding was *created*, repeated in every later word on it; `modified_time` is newer.
fn time(event: &Member<'_>, info: &Member<'_>) -> Result<Timestamp, SignalError> {
    let holds = "milliseconds since 1970";
    let created = checked_time("time", event.integer("time", "time", holds)?)?;
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
