//! What a connection and its session prove about the device, or why nothing.

use crate::{Certificate, CertificateKind, Device, DeviceState};
use zt_types::{
    CertificateSerial, DeviceEvidence, DeviceId, NoDevice, PersonId, Timestamp, TokenHash,
};

/// A client certificate that was presented: its key is proven and our device authority signed it. Whether it still counts
/// is for [`evidence`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresentedCertificate {
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
    /// SHA-256 of its DER form.
    pub fingerprint: TokenHash,
}

/// What a connection presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presentation {
    /// The host does not ask.
    NotAsked,
    /// It asked, and nothing came.
    Nothing,
    /// Something came that is not a device certificate of ours, and why.
    Refused(NoDevice),
    /// A device certificate of ours.
    Certificate(PresentedCertificate),
}

/// What a session was bound to when its device was first proven.
#[derive(Debug, Clone, Copy)]
pub struct Bound<'a> {
    /// The device.
    pub device: DeviceId,
    /// The record of the certificate that proved it.
    pub certificate: Option<&'a Certificate>,
    /// The record of the device.
    pub record: Option<&'a Device>,
}

/// Everything that [`evidence`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// What the connection presented.
    pub presented: Presentation,
    /// The record of the presented certificate, by its serial number.
    pub certificate: Option<&'a Certificate>,
    /// The record of the presented device.
    pub device: Option<&'a Device>,
    /// Who is signed in, if anybody.
    pub person: Option<PersonId>,
    /// What the session is bound to, if it is.
    pub bound: Option<Bound<'a>>,
}

/// Device evidence and how long it can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// The evidence.
    pub evidence: DeviceEvidence,
    /// The earliest instant at which it changes by time alone.
    pub valid_until: Timestamp,
}

/// Judges what is proven about the device now.
///
/// A host that asks counts only what came on this connection: a stolen session cookie brings no certificate along. A host
/// that does not ask counts what the session was bound to, as long as that certificate still counts.
#[must_use]
pub fn evidence(claim: &Claim<'_>, now: Timestamp) -> Judged {
    let judged = match claim.presented {
        Presentation::Nothing => Err((NoDevice::NoCertificate, Timestamp::FAR_FUTURE)),
        Presentation::Refused(why) => Err((why, Timestamp::FAR_FUTURE)),
        Presentation::Certificate(presented) => judge_presented(claim, &presented, now),
        Presentation::NotAsked => match claim.bound {
            None => Err((NoDevice::NotAsked, Timestamp::FAR_FUTURE)),
            Some(bound) => {
                let certificate = bound
                    .certificate
                    .filter(|certificate| certificate.device == bound.device);
                judge_records(certificate, bound.record, claim.person, now)
            }
        },
    };
    match judged {
        Ok((device, valid_until)) => Judged {
            evidence: DeviceEvidence::Proven(device),
            valid_until,
        },
        Err((why, valid_until)) => Judged {
            evidence: DeviceEvidence::Absent(why),
            valid_until,
        },
    }
}

fn judge_presented(
    claim: &Claim<'_>,
    presented: &PresentedCertificate,
    now: Timestamp,
) -> Result<(DeviceId, Timestamp), (NoDevice, Timestamp)> {
    // The record must be of exactly this certificate: a serial number alone is not one.
    let certificate = claim.certificate.filter(|record| {
        record.serial == presented.serial
            && record.device == presented.device
            && record.kind == presented.kind
            && record.fingerprint == presented.fingerprint
    });
    let (device, valid_until) = judge_records(certificate, claim.device, claim.person, now)?;
    match claim.bound {
        Some(bound) if bound.device != device => Err((NoDevice::Mismatch, valid_until)),
        _ => Ok((device, valid_until)),
    }
}

/// The reasons in the order in which they matter to whoever has to do something about it.
fn judge_records(
    certificate: Option<&Certificate>,
    device: Option<&Device>,
    person: Option<PersonId>,
    now: Timestamp,
) -> Result<(DeviceId, Timestamp), (NoDevice, Timestamp)> {
    let lasting = |why| (why, Timestamp::FAR_FUTURE);
    let certificate = certificate.ok_or(lasting(NoDevice::Unknown))?;
    if certificate.revoked_at.is_some() {
        return Err(lasting(NoDevice::Revoked));
    }
    let device = device
        .filter(|device| device.id == certificate.device && device.state == DeviceState::Enrolled)
        .ok_or(lasting(NoDevice::Unknown))?;
    if now < certificate.not_before {
        return Err((NoDevice::Expired, certificate.not_before));
    }
    if now > certificate.not_after {
        return Err(lasting(NoDevice::Expired));
    }
    // RFC 5280 §4.1.2.5: the last instant belongs to the period, so the change comes right after it.
    let valid_until = Timestamp::from_millis(certificate.not_after.as_millis().saturating_add(1));
    if person.is_some_and(|person| person != device.owner) {
        return Err((NoDevice::OfAnotherPerson, valid_until));
    }
    Ok((device.id, valid_until))
}

#[cfg(test)]
mod tests;
