//! What an access may do: limited access is a smaller set, never a weaker check.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing that an access may do; each is a Cedar action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Reach the application at all.
    Connect,
    /// Read what it shows.
    Read,
    /// Take files out.
    Download,
    /// Put something in: files, forms, any change. Without it an access is view only.
    Upload,
    /// Print.
    Print,
    /// Paste into the application.
    ClipboardIn,
    /// Copy out of the application.
    ClipboardOut,
    /// Use it without being recorded.
    Unrecorded,
    /// Keep data on the device.
    Persist,
}

impl Capability {
    /// All of them, in the order of their bits.
    pub const ALL: [Self; 9] = [
        Self::Connect,
        Self::Read,
        Self::Download,
        Self::Upload,
        Self::Print,
        Self::ClipboardIn,
        Self::ClipboardOut,
        Self::Unrecorded,
        Self::Persist,
    ];

    /// The Cedar action's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Read => "read",
            Self::Download => "download",
            Self::Upload => "upload",
            Self::Print => "print",
            Self::ClipboardIn => "clipboard_in",
            Self::ClipboardOut => "clipboard_out",
            Self::Unrecorded => "unrecorded",
            Self::Persist => "persist",
        }
    }

    const fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// How far a web gateway can hold back a capability: it sees what passes, and no screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holdable {
    /// Nothing passes that needs it.
    Whole,
    /// What plainly needs it does not pass; what was shown can still be kept.
    Partly,
    /// It happens between browser and device, where no proxy is.
    Not,
}

impl Holdable {
    /// The slug used in message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Partly => "partly",
            Self::Not => "not",
        }
    }
}

impl Capability {
    /// How far a web gateway can hold it back.
    #[must_use]
    pub const fn holdable(self) -> Holdable {
        match self {
            Self::Connect | Self::Read | Self::Upload | Self::Unrecorded => Holdable::Whole,
            Self::Download | Self::Persist => Holdable::Partly,
            Self::Print | Self::ClipboardIn | Self::ClipboardOut => Holdable::Not,
        }
    }
}

/// A set of capabilities.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct CapabilitySet(u16);

impl CapabilitySet {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Everything.
    pub const ALL: Self = Self((1 << Capability::ALL.len()) - 1);

    /// Whether it holds `capability`.
    #[must_use]
    pub const fn contains(self, capability: Capability) -> bool {
        self.0 & capability.bit() != 0
    }
    /// The set with `capability` added.
    #[must_use]
    pub const fn with(self, capability: Capability) -> Self {
        Self(self.0 | capability.bit())
    }
    /// The set with `capability` removed.
    #[must_use]
    pub const fn without(self, capability: Capability) -> Self {
        Self(self.0 & !capability.bit())
    }
    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// What is in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    /// What is in this and not in `other`.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
    /// Whether all of this is in `other`.
    #[must_use]
    pub const fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
    /// Whether it is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Its members in order.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL
            .into_iter()
            .filter(move |c| self.contains(*c))
    }
}

impl FromIterator<Capability> for CapabilitySet {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        capabilities.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for CapabilitySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(Capability::as_str))
            .finish()
    }
}
