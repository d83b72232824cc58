//! Which certificates a device gets, for how long, and when it gets the next one.

use crate::{Certificate, CertificateKind, Device, DeviceState};
use zt_types::{CertificateSerial, DeviceId, Seconds, Timestamp, TokenHash};

/// What holds for every certificate of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// How long it is valid.
    pub lifetime: Seconds,
    /// How long before its end it may be renewed.
    pub renewal_window: Seconds,
}

/// A certificate begins this long before it is issued: clocks of devices run behind.
const BACKDATE: Seconds = Seconds::minutes(5);

impl CertificateKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Agent, Self::Browser];

    /// `agent` or `browser`: in events, in certificates and in message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Browser => "browser",
        }
    }

    /// What holds for it. An agent renews without a person, so its certificate is short; a browser's is imported by hand.
    #[must_use]
    pub const fn profile(self) -> Profile {
        match self {
            Self::Agent => Profile {
                lifetime: Seconds::days(30),
                renewal_window: Seconds::days(10),
            },
            Self::Browser => Profile {
                lifetime: Seconds::days(90),
                renewal_window: Seconds::days(14),
            },
        }
    }
}

/// A certificate to be issued: everything in it but the key, which comes with the device's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateOrder {
    /// Its serial number.
    pub serial: CertificateSerial,
    /// The device it names.
    pub device: DeviceId,
    /// Which key it is for.
    pub kind: CertificateKind,
    /// What a person sees when a browser offers it: the device's name.
    pub label: String,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
}

/// The device was given up: it gets no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the device is no longer in use")]
pub struct NotInUse;

impl CertificateOrder {
    /// Orders a certificate for a device in use.
    ///
    /// # Errors
    /// [`NotInUse`] for a retired device.
    pub fn new(
        device: &Device,
        kind: CertificateKind,
        serial: CertificateSerial,
        now: Timestamp,
    ) -> Result<Self, NotInUse> {
        match device.state {
            DeviceState::Retired => Err(NotInUse),
            DeviceState::Enrolled => Ok(Self {
                serial,
                device: device.id,
                kind,
                label: device.name.clone(),
                // X.509 counts whole seconds; the record must say the same as the certificate.
                not_before: whole_seconds(now - BACKDATE),
                not_after: whole_seconds(now + kind.profile().lifetime),
            }),
        }
    }

    /// The record of the issued certificate; `fingerprint` is the SHA-256 of its DER form.
    #[must_use]
    pub const fn record(&self, fingerprint: TokenHash) -> Certificate {
        Certificate {
            serial: self.serial,
            device: self.device,
            kind: self.kind,
            not_before: self.not_before,
            not_after: self.not_after,
            fingerprint,
            revoked_at: None,
        }
    }
}

/// Whether a certificate should be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// Not yet; from this instant on.
    From(Timestamp),
    /// Now.
    Due,
    /// It is over: the device enrols again.
    TooLate,
}

/// Whether a certificate of `kind` that ends at `not_after` should be renewed.
#[must_use]
pub fn renewal(kind: CertificateKind, not_after: Timestamp, now: Timestamp) -> Renewal {
    let from = not_after - kind.profile().renewal_window;
    if now > not_after {
        Renewal::TooLate
    } else if now < from {
        Renewal::From(from)
    } else {
        Renewal::Due
    }
}

const fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_seconds(at.as_seconds())
}

#[cfg(test)]
mod tests;
