//! What a connection proved about the device it comes from.

use crate::DeviceId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The serial number of a device certificate: 16 random bytes, top bit clear (RFC 5280 §4.1.2.2: positive, ≤ 20 octets).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CertificateSerial(#[serde(with = "hex_bytes")] [u8; 16]);

impl CertificateSerial {
    /// Makes a serial of random bytes: positive, and never with a leading zero octet, so that its DER length is fixed.
    #[must_use]
    pub const fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[0] = (bytes[0] & 0x7f) | 0x40;
        Self(bytes)
    }
    /// Reads the serial out of a certificate; `None` if it is not one of ours.
    #[must_use]
    pub fn from_der_integer(bytes: &[u8]) -> Option<Self> {
        <[u8; 16]>::try_from(bytes).ok().map(Self)
    }
    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for CertificateSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for CertificateSerial {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        hex_bytes::parse(text).map(Self).ok_or(())
    }
}

/// Device evidence: the device's identity as proven on this connection or session, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceEvidence {
    /// A valid certificate of this device was presented, and its key proven.
    Proven(DeviceId),
    /// No identity, and why.
    Absent(NoDevice),
}

impl DeviceEvidence {
    /// The device, if proven.
    #[must_use]
    pub const fn device(self) -> Option<DeviceId> {
        match self {
            Self::Proven(device) => Some(device),
            Self::Absent(_) => None,
        }
    }
}

/// Why there is no device identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoDevice {
    /// The host does not ask for a certificate, and the session has none either.
    NotAsked,
    /// It was asked for and none came.
    NoCertificate,
    /// Outside its validity period.
    Expired,
    /// Issued by somebody else.
    Foreign,
    /// Not made for client authentication of a device.
    WrongUsage,
    /// Revoked by an administrator or its owner.
    Revoked,
    /// Our own certificate, but the device is no longer in the inventory.
    Unknown,
    /// The device belongs to another person.
    OfAnotherPerson,
    /// The session was bound to a different device.
    Mismatch,
}

impl NoDevice {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::NotAsked,
        Self::NoCertificate,
        Self::Expired,
        Self::Foreign,
        Self::WrongUsage,
        Self::Revoked,
        Self::Unknown,
        Self::OfAnotherPerson,
        Self::Mismatch,
    ];

    /// The slug used in events, policies and message keys.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::NotAsked => "not-asked",
            Self::NoCertificate => "no-certificate",
            Self::Expired => "expired",
            Self::Foreign => "foreign",
            Self::WrongUsage => "wrong-usage",
            Self::Revoked => "revoked",
            Self::Unknown => "unknown",
            Self::OfAnotherPerson => "of-another-person",
            Self::Mismatch => "mismatch",
        }
    }
}

mod hex_bytes {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn parse(text: &str) -> Option<[u8; 16]> {
        let mut bytes = [0u8; 16];
        if text.len() != 32 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        for (position, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(position * 2..position * 2 + 2)?, 16).ok()?;
        }
        Some(bytes)
    }

    pub(super) fn serialize<S: Serializer>(
        bytes: &[u8; 16],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u8; 16], D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        parse(&text).ok_or_else(|| serde::de::Error::custom("not 32 lower-case hexadecimal digits"))
    }
}
