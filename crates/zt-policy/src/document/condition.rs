//! What can be asked of an access, one thing at a time.

use super::RuleError;
use serde::{Deserialize, Serialize};
use zt_types::{
    Assurance, CalendarId, ClientKind, Country, FactKind, Level, NetworkId, Os, PostureItem,
    Seconds, TermsId, Version,
};

/// One thing that holds of an access or does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Condition {
    /// How far the person is believed.
    PersonTrust(Bound<Level>),
    /// How far the device is believed.
    DeviceTrust(Bound<Level>),
    /// How strong the sign-in is.
    Assurance(Bound<Assurance>),
    /// The person proved something at most so many seconds ago.
    ProvenWithin(Seconds),
    /// The device proved who it is, and nothing speaks against it.
    CompliantDevice,
    /// The device proved who it is, and it is the company's.
    CompanyDevice,
    /// Something is so of the device.
    DeviceIs(DeviceProperty),
    /// It is not, or nobody knows.
    DeviceIsNot(DeviceProperty),
    /// A posture item is known to be as it should be.
    PostureGood(PostureItem),
    /// It is not, or nobody knows.
    PostureNotGood(PostureItem),
    /// It is known not to be.
    PostureBad(PostureItem),
    /// The device has one of these operating systems.
    Os(Vec<Os>),
    /// The device has this operating system, in such a version. An unknown version is below every other.
    OsVersion {
        /// Which one.
        os: Os,
        /// In which version.
        version: Bound<Version>,
    },
    /// It is a browser, in such a version.
    BrowserVersion(Bound<Version>),
    /// The device's anti-virus product has such a version.
    AntivirusVersion(Bound<Version>),
    /// It comes from one of these networks.
    FromNetworks(Vec<NetworkId>),
    /// It comes from none of these networks.
    NotFromNetworks(Vec<NetworkId>),
    /// It comes from one of these countries.
    FromCountries(Vec<Place>),
    /// It comes from none of these countries.
    NotFromCountries(Vec<Place>),
    /// It comes through a service that hides where people are.
    ThroughAnonymiser,
    /// It does not.
    NotThroughAnonymiser,
    /// It is within a calendar's hours.
    Within(CalendarId),
    /// It is outside them.
    Outside(CalendarId),
    /// It is made with one of these.
    Client(Vec<ClientKind>),
    /// One of these is open against the person.
    PersonFacts(Vec<FactKind>),
    /// None of these is.
    NoPersonFacts(Vec<FactKind>),
    /// One of these is open against the device.
    DeviceFacts(Vec<FactKind>),
    /// None of these is.
    NoDeviceFacts(Vec<FactKind>),
    /// The password may be relied on.
    PasswordGood,
    /// A reset of the password is due.
    PasswordResetDue,
    /// The person accepted these terms as they are now.
    TermsAccepted(TermsId),
}

/// On which side of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound<T> {
    /// That or more.
    AtLeast(T),
    /// Less.
    Below(T),
}

/// What can be so of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceProperty {
    /// It is the company's.
    CompanyOwned,
    /// It is in the inventory.
    Enrolled,
    /// It proved who it is with its certificate.
    Certificate,
}

/// A country, or that nobody can say which: two capital letters, or `unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub Option<Country>);

impl Place {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref().map_or("unknown", Country::as_str)
    }
}

impl Serialize for Place {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        if text == "unknown" {
            return Ok(Self(None));
        }
        text.parse()
            .map(|country| Self(Some(country)))
            .map_err(serde::de::Error::custom)
    }
}

/// What a condition's holding says of an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaning {
    Safe,
    Risky,
    Neither,
}

impl<T> Bound<T> {
    const fn leaning(&self) -> Leaning {
        match self {
            Self::AtLeast(_) => Leaning::Safe,
            Self::Below(_) => Leaning::Risky,
        }
    }
}

impl Condition {
    pub(crate) const fn leaning(&self) -> Leaning {
        match self {
            Self::PersonTrust(bound) | Self::DeviceTrust(bound) => bound.leaning(),
            Self::Assurance(bound) => bound.leaning(),
            Self::OsVersion { version, .. }
            | Self::BrowserVersion(version)
            | Self::AntivirusVersion(version) => version.leaning(),
            Self::ProvenWithin(_)
            | Self::CompliantDevice
            | Self::CompanyDevice
            | Self::DeviceIs(_)
            | Self::PostureGood(_)
            | Self::NotThroughAnonymiser
            | Self::NoPersonFacts(_)
            | Self::NoDeviceFacts(_)
            | Self::PasswordGood
            | Self::TermsAccepted(_) => Leaning::Safe,
            Self::DeviceIsNot(_)
            | Self::PostureNotGood(_)
            | Self::PostureBad(_)
            | Self::ThroughAnonymiser
            | Self::PersonFacts(_)
            | Self::DeviceFacts(_)
            | Self::PasswordResetDue => Leaning::Risky,
            Self::Os(_)
            | Self::FromNetworks(_)
            | Self::NotFromNetworks(_)
            | Self::FromCountries(_)
            | Self::NotFromCountries(_)
            | Self::Within(_)
            | Self::Outside(_)
            | Self::Client(_) => Leaning::Neither,
        }
    }

    /// What is wrong with it by itself.
    pub(super) fn wrong(&self) -> Option<RuleError> {
        let is_empty = match self {
            Self::Os(list) => list.is_empty(),
            Self::FromNetworks(list) | Self::NotFromNetworks(list) => list.is_empty(),
            Self::FromCountries(list) | Self::NotFromCountries(list) => list.is_empty(),
            Self::Client(list) => list.is_empty(),
            Self::PersonFacts(list)
            | Self::NoPersonFacts(list)
            | Self::DeviceFacts(list)
            | Self::NoDeviceFacts(list) => list.is_empty(),
            _ => false,
        };
        if is_empty {
            return Some(RuleError::Empty(self.slug()));
        }
        matches!(
            self,
            Self::PersonTrust(Bound::Below(Level::Low))
                | Self::DeviceTrust(Bound::Below(Level::Low))
                | Self::Assurance(Bound::Below(Assurance::Password))
        )
        .then(|| RuleError::SaysNothing(self.said()))
    }

    /// The word that files use for it.
    #[must_use]
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::PersonTrust(_) => "person-trust",
            Self::DeviceTrust(_) => "device-trust",
            Self::Assurance(_) => "assurance",
            Self::ProvenWithin(_) => "proven-within",
            Self::CompliantDevice => "compliant-device",
            Self::CompanyDevice => "company-device",
            Self::DeviceIs(_) => "device-is",
            Self::DeviceIsNot(_) => "device-is-not",
            Self::PostureGood(_) => "posture-good",
            Self::PostureNotGood(_) => "posture-not-good",
            Self::PostureBad(_) => "posture-bad",
            Self::Os(_) => "os",
            Self::OsVersion { .. } => "os-version",
            Self::BrowserVersion(_) => "browser-version",
            Self::AntivirusVersion(_) => "antivirus-version",
            Self::FromNetworks(_) => "from-networks",
            Self::NotFromNetworks(_) => "not-from-networks",
            Self::FromCountries(_) => "from-countries",
            Self::NotFromCountries(_) => "not-from-countries",
            Self::ThroughAnonymiser => "through-anonymiser",
            Self::NotThroughAnonymiser => "not-through-anonymiser",
            Self::Within(_) => "within",
            Self::Outside(_) => "outside",
            Self::Client(_) => "client",
            Self::PersonFacts(_) => "person-facts",
            Self::NoPersonFacts(_) => "no-person-facts",
            Self::DeviceFacts(_) => "device-facts",
            Self::NoDeviceFacts(_) => "no-device-facts",
            Self::PasswordGood => "password-good",
            Self::PasswordResetDue => "password-reset-due",
            Self::TermsAccepted(_) => "terms-accepted",
        }
    }

    /// As files write it, in short.
    pub(super) fn said(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| self.slug().to_owned())
    }
}
