//! What a source says of a device's state: an OCSF 1.8 Device Config State (class 5002).
//!
//! | read | from | if missing |
//! |---|---|---|
//! | device | as in a finding | refused |
//! | time | `time`, milliseconds | refused |
//! | items | `assessments`: `uid`, else `name`, is one of [`PostureItem`]; `meets_criteria` says yes or no | not known |
//! | operating system | `device.os.type_id`; ChromeOS by `device.os.name` | not known |
//! | its version | `device.os.version` | not known |
//! | anti-virus version | `version` of the first entry of `device.agent_list` with `type_id` 1 | not known |
//! | ownership | `device.is_personal` | not known |
//! | virtual desktop | `device.type_id` 6 | not known |
//!
//! Everything else in the event is passed over; an assessment that is none of ours is refused, so that a misspelt one does
//! not stay unknown without anybody noticing.

use crate::signal::json::Member;
use crate::signal::{check_type_uid, check_version, device, time};
use crate::{DeviceHint, SignalError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zt_types::{Answer, Os, Ownership, PostureItem, Timestamp, Version};

#[cfg(test)]
mod tests;

/// `class_uid` of a Device Config State.
pub(crate) const DEVICE_CONFIG_STATE: i64 = 5002;
/// So many assessments and agents are looked at.
const MOST_ENTRIES: usize = 64;
/// `agent.type_id` of endpoint detection and response.
const ENDPOINT_PROTECTION: i64 = 1;
/// `device.type_id` of a virtual machine.
const VIRTUAL: i64 = 6;

/// What a source says of the state a device is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateReport {
    /// The device it is about.
    pub device: DeviceHint,
    /// The source's time of this word.
    pub time: Timestamp,
    /// What it says.
    pub said: DeviceState,
}

/// The state of a device, as one source knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DeviceState {
    /// Which operating system.
    pub os: Os,
    /// In which version.
    pub os_version: Option<Version>,
    /// The version of the anti-virus product.
    pub antivirus_version: Option<Version>,
    /// Whose it is.
    pub ownership: Ownership,
    /// Whether it is a virtual machine: what it shows is seen elsewhere.
    pub virtual_desktop: Answer,
    /// What is as it should be, or is not; what is not named is not known.
    pub items: BTreeMap<PostureItem, Answer>,
}

impl StateReport {
    /// Reads an event whose class is known to be right.
    pub(crate) fn read(event: &Member<'_>) -> Result<Self, SignalError> {
        check_version(event)?;
        if let Some(activity_id) =
            event.optional_integer("activity_id", "activity_id", "1 log or 2 collect")?
        {
            check_type_uid(event, DEVICE_CONFIG_STATE, activity_id)?;
        }
        let missing = SignalError::Missing {
            member: "device",
            holds: "the device the report is about",
        };
        let hint = device(event)?.ok_or(missing)?;
        let about = event.object("device", "device", "the device the report is about")?;
        let (os, os_version) = operating_system(&about)?;
        Ok(Self {
            device: hint,
            time: time(event, None)?,
            said: DeviceState {
                os,
                os_version,
                antivirus_version: antivirus_version(&about)?,
                ownership: match about.optional_truth("is_personal", "device.is_personal")? {
                    Some(true) => Ownership::Personal,
                    Some(false) => Ownership::Company,
                    None => Ownership::Unknown,
                },
                virtual_desktop: match about.optional_integer(
                    "type_id",
                    "device.type_id",
                    "the type of device",
                )? {
                    Some(VIRTUAL) => Answer::Yes,
                    None | Some(0) => Answer::Unknown,
                    Some(_) => Answer::No,
                },
                items: items(event)?,
            },
        })
    }
}

fn operating_system(device: &Member<'_>) -> Result<(Os, Option<Version>), SignalError> {
    let Some(os) = device.optional_object("os", "device.os", "the operating system")? else {
        return Ok((Os::Unknown, None));
    };
    let name = os.optional_text("name", "device.os.name")?;
    let is_chrome = name.is_some_and(|name| name.to_lowercase().starts_with("chrome"));
    let kind = match os.integer("type_id", "device.os.type_id", "a number such as 100")? {
        100 | 101 => Os::Windows,
        201 => Os::Android,
        300 => Os::Macos,
        301 | 302 => Os::Ios,
        0 => Os::Unknown,
        200 | 99 if is_chrome => Os::Chromeos,
        200 => Os::Linux,
        _ => Os::Other,
    };
    Ok((kind, version(&os, "device.os.version")?))
}

fn antivirus_version(device: &Member<'_>) -> Result<Option<Version>, SignalError> {
    let agents = device.objects("agent_list", "device.agent_list", MOST_ENTRIES)?;
    for agent in &agents {
        let member = "device.agent_list.type_id";
        if agent.optional_integer("type_id", member, "1 for endpoint protection")?
            == Some(ENDPOINT_PROTECTION)
        {
            return version(agent, "device.agent_list.version");
        }
    }
    Ok(None)
}

fn version(of: &Member<'_>, member: &'static str) -> Result<Option<Version>, SignalError> {
    let Some(text) = of.identifier("version", member)? else {
        return Ok(None);
    };
    let wrong = || SignalError::WrongNumber {
        member,
        value: text.chars().take(80).collect(),
    };
    text.parse().map(Some).map_err(|_| wrong())
}

fn items(event: &Member<'_>) -> Result<BTreeMap<PostureItem, Answer>, SignalError> {
    let mut items = BTreeMap::new();
    for assessment in event.objects("assessments", "assessments", MOST_ENTRIES)? {
        let named = match assessment.identifier("uid", "assessments.uid")? {
            Some(uid) => Some(uid),
            None => assessment.identifier("name", "assessments.name")?,
        };
        let slug = named.ok_or(SignalError::Missing {
            member: "assessments.uid",
            holds: "what was looked at, such as `firewall`",
        })?;
        let unknown = || SignalError::UnknownItem {
            item: slug.chars().take(80).collect(),
        };
        let item = PostureItem::from_slug(&slug).ok_or_else(unknown)?;
        let member = "assessments.meets_criteria";
        let meets = assessment.optional_truth("meets_criteria", member)?;
        let answer = match meets.ok_or(SignalError::Missing {
            member,
            holds: "`true` or `false`",
        })? {
            true => Answer::Yes,
            false => Answer::No,
        };
        if items.insert(item, answer).is_some() {
            return Err(SignalError::RepeatedItem {
                item: item.as_str(),
            });
        }
    }
    Ok(items)
}
