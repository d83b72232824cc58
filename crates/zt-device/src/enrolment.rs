//! How a device comes in: with a one-time code that its person got on a page.

use crate::{
    Device, DeviceState, EnrolmentCode, NameRefusal, Ownership, clean_name, distinct_name,
    shown_text,
};
use std::collections::BTreeMap;
use zt_types::{DeviceId, PersonId, Seconds, Timestamp, TokenHash};

/// How long an enrolment code can be redeemed.
pub const CODE_LIFETIME: Seconds = Seconds::minutes(15);

impl EnrolmentCode {
    /// A code made now for `person`; `hash` is all that is kept of it.
    #[must_use]
    pub fn new(hash: TokenHash, person: PersonId, ownership: Ownership, now: Timestamp) -> Self {
        Self {
            hash,
            person,
            ownership,
            expires_at: now + CODE_LIFETIME,
        }
    }
}

/// Why a device does not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentRefusal {
    /// There is no such code, or it was used. The two are not told apart: who guesses learns nothing.
    #[error("the enrolment code is not known or was used already")]
    UnknownCode,
    /// The code's time is over.
    #[error("the enrolment code has expired")]
    ExpiredCode,
    /// The device cannot be called that.
    #[error(transparent)]
    Name(#[from] NameRefusal),
}

impl EnrolmentRefusal {
    /// The slug used in events, answers and message keys.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::UnknownCode => "unknown-code",
            Self::ExpiredCode => "expired-code",
            Self::Name(refusal) => refusal.slug(),
        }
    }
}

/// What a device reports about itself. Shown, matched against what other sources report, never believed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Its host name.
    pub hostname: String,
    /// Its operating system, such as `Debian GNU/Linux 12`.
    pub os: String,
    /// Its hardware's serial number, or another text that stays with the machine.
    pub serial: Option<String>,
}

impl Facts {
    /// The facts as they are kept.
    #[must_use]
    pub fn cleaned(&self) -> Self {
        let serial = self.serial.as_deref().map(|serial| shown_text(serial, 128));
        Self {
            hostname: shown_text(&self.hostname, 253),
            os: shown_text(&self.os, 128),
            serial: serial.filter(|serial| !serial.is_empty()),
        }
    }
}

/// A device that comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enrolment {
    /// It was not known.
    New(Device),
    /// It was: the same machine of the same person under the same name. Its earlier certificates are to be revoked; what
    /// is known against it stays, so that enrolling again washes nothing off.
    Again(Device),
}

impl Enrolment {
    /// The device's record as it will be.
    #[must_use]
    pub const fn device(&self) -> &Device {
        match self {
            Self::New(device) | Self::Again(device) => device,
        }
    }
}

/// Judges a code as found in the store; using it up is the store's, in the same transaction as what follows from it.
///
/// # Errors
/// [`EnrolmentRefusal::UnknownCode`], [`EnrolmentRefusal::ExpiredCode`].
pub fn judge_code(
    code: Option<&EnrolmentCode>,
    now: Timestamp,
) -> Result<&EnrolmentCode, EnrolmentRefusal> {
    let code = code.ok_or(EnrolmentRefusal::UnknownCode)?;
    if now < code.expires_at {
        Ok(code)
    } else {
        Err(EnrolmentRefusal::ExpiredCode)
    }
}

/// Takes a device in: `code` was judged, `known` are all devices of the code's person (others are passed over), `fresh`
/// becomes the id of a new one.
///
/// # Errors
/// [`EnrolmentRefusal::Name`].
pub fn enrol<'a>(
    code: &EnrolmentCode,
    name: &str,
    facts: &Facts,
    known: impl Iterator<Item = &'a Device> + Clone,
    fresh: DeviceId,
    now: Timestamp,
) -> Result<Enrolment, EnrolmentRefusal> {
    let name = clean_name(name)?;
    let Facts {
        hostname,
        os,
        serial,
    } = facts.cleaned();
    let own =
        known.filter(|device| device.owner == code.person && device.state == DeviceState::Enrolled);
    let same = own
        .clone()
        .find(|device| device.name == name && serial.is_some() && device.serial == serial);
    if let Some(same) = same {
        return Ok(Enrolment::Again(Device {
            ownership: code.ownership,
            os,
            hostname,
            enrolled_at: now,
            ..same.clone()
        }));
    }
    Ok(Enrolment::New(Device {
        id: fresh,
        name: distinct_name(&name, own.map(|device| device.name.as_str())),
        owner: code.person,
        ownership: code.ownership,
        os,
        hostname,
        serial,
        source_ids: BTreeMap::new(),
        state: DeviceState::Enrolled,
        enrolled_at: now,
    }))
}

#[cfg(test)]
mod tests;
