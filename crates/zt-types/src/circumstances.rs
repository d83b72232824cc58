//! The circumstances of an access: what the device is like, what it speaks with, where it comes from.

use crate::{NetworkId, Version};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What is known about a thing that is or is not so. Ordered by how safe it is to rely on: no, not known, yes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It is known not to be so.
    No,
    /// Nobody said, or too long ago.
    #[default]
    Unknown,
    /// It is known to be so.
    Yes,
}

impl Answer {
    /// All, the least safe first.
    pub const ALL: [Self; 3] = [Self::No, Self::Unknown, Self::Yes];

    /// `no`, `unknown`, `yes`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Unknown => "unknown",
            Self::Yes => "yes",
        }
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $($(#[$variant_doc:meta])* $variant:ident = $slug:literal),* $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant),*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The slug used in files, policies and message keys.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $slug),* }
            }

            /// The one with this slug.
            #[must_use]
            pub fn from_slug(slug: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == slug)
            }
        }
    };
}

words! {
    /// An operating system.
    Os:
    /// Windows.
    Windows = "windows",
    /// macOS.
    Macos = "macos",
    /// Linux.
    Linux = "linux",
    /// iOS and iPadOS.
    Ios = "ios",
    /// Android.
    Android = "android",
    /// ChromeOS.
    Chromeos = "chromeos",
    /// Another one.
    Other = "other",
    /// Nobody said.
    Unknown = "unknown",
}

words! {
    /// What an access is made with.
    ClientKind:
    /// A browser.
    Browser = "browser",
    /// A program of its own that signs in the modern way.
    Native = "native",
    /// One that can only send a name and a password.
    Legacy = "legacy",
    /// A VPN.
    Vpn = "vpn",
    /// A virtual desktop: what it shows runs elsewhere.
    VirtualDesktop = "virtual-desktop",
}

words! {
    /// Whose a device is.
    Ownership:
    /// The company's.
    Company = "company",
    /// Somebody's own.
    Personal = "personal",
    /// Nobody said.
    Unknown = "unknown",
}

words! {
    /// Something about a device that is as it should be, or is not.
    PostureItem:
    /// Its disk is encrypted.
    DiskEncryption = "disk-encryption",
    /// Its firewall is on.
    Firewall = "firewall",
    /// It locks itself when nobody uses it.
    ScreenLock = "screen-lock",
    /// Anti-virus software is running.
    Antivirus = "antivirus",
    /// The anti-virus signatures are recent.
    AntivirusCurrent = "antivirus-current",
    /// No update of the operating system is pending.
    Updated = "updated",
    /// Nobody broke open its operating system (jailbreak, root).
    Integrity = "integrity",
}

/// What is known of a device's state.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Posture {
    /// Which operating system.
    pub os: Os,
    /// In which version.
    pub os_version: Option<Version>,
    /// The version of the anti-virus product.
    pub antivirus_version: Option<Version>,
    /// The items that are known; every other one is not.
    pub items: std::collections::BTreeMap<PostureItem, Answer>,
}

impl Posture {
    /// Nothing is known.
    #[must_use]
    pub const fn unknown() -> Self {
        Self {
            os: Os::Unknown,
            os_version: None,
            antivirus_version: None,
            items: std::collections::BTreeMap::new(),
        }
    }

    /// What is known of one item.
    #[must_use]
    pub fn item(&self, item: PostureItem) -> Answer {
        self.items.get(&item).copied().unwrap_or_default()
    }
}

impl Default for Posture {
    fn default() -> Self {
        Self::unknown()
    }
}

/// A country: two capital letters (ISO 3166-1 alpha-2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// A text is no country code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a country: write two capital letters such as `JP` (ISO 3166-1)")]
pub struct CountryError(String);

impl Country {
    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Country {
    type Err = CountryError;
    fn from_str(text: &str) -> Result<Self, CountryError> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([*a, *b])),
            _ => Err(CountryError(text.chars().take(80).collect())),
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({self})")
    }
}

impl Serialize for Country {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What is known of the access itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Circumstances {
    /// What it is made with.
    pub client: ClientKind,
    /// The version of that.
    pub client_version: Option<Version>,
    /// The registered networks its address is in.
    pub networks: Vec<NetworkId>,
    /// The country its address is in, if that can be said.
    pub country: Option<Country>,
    /// Whether its address belongs to a service that hides where people are.
    pub anonymiser: Answer,
}

impl Default for Circumstances {
    fn default() -> Self {
        Self {
            client: ClientKind::Browser,
            client_version: None,
            networks: Vec::new(),
            country: None,
            anonymiser: Answer::Unknown,
        }
    }
}
