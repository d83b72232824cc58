//! The records of a device, its certificates and the codes that enrol one.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zt_types::{CertificateSerial, DeviceId, PersonId, SourceId, Timestamp, TokenHash};

/// A device that enrolled or was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Stable id; in its certificates as `urn:sekisho:device:<uuid>`.
    pub id: DeviceId,
    /// The name its owner gave it.
    pub name: String,
    /// Whose it is.
    pub owner: PersonId,
    /// Whether the company owns it.
    pub ownership: Ownership,
    /// The operating system as reported at enrolment, such as `Debian GNU/Linux 12`.
    pub os: String,
    /// The host name as reported at enrolment.
    pub hostname: String,
    /// The hardware's serial number, if it could be read.
    pub serial: Option<String>,
    /// What registered sources call this device, by source.
    pub source_ids: BTreeMap<SourceId, String>,
    /// Whether it may be used at all.
    pub state: DeviceState,
    /// When it enrolled.
    pub enrolled_at: Timestamp,
}

/// Whether a device is still in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceState {
    /// In use.
    Enrolled,
    /// Given up or lost: none of its certificates counts any more. Kept for the log.
    Retired,
}

/// Who owns a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ownership {
    /// The person's own.
    Personal,
    /// The company's.
    Company,
}

/// A certificate that was issued to a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its serial number.
    pub serial: CertificateSerial,
    /// The device it names.
    pub device: DeviceId,
    /// Which key it is for.
    pub kind: CertificateKind,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
    /// SHA-256 of the DER form.
    pub fingerprint: TokenHash,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// Which key a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateKind {
    /// The agent's own key, which never leaves the device.
    Agent,
    /// A key in the browser's store: software, exportable.
    Browser,
}

/// A one-time code with which one device enrols for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentCode {
    /// Hash of the code; the code itself was shown once.
    pub hash: TokenHash,
    /// Whose device it will be.
    pub person: PersonId,
    /// Whether the device will count as the company's.
    pub ownership: Ownership,
    /// Until when it can be redeemed.
    pub expires_at: Timestamp,
}
