//! What a limited access does not carry, and what it is short of.

/// What was asked for and is withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// To read anything.
    Read,
    /// To send or change something.
    Upload,
    /// A connection for messages in both directions, unseen by a proxy.
    Socket,
    /// A file, or what a browser would save.
    Download,
    /// A script that keeps pages on the device.
    Persist,
    /// Something that cannot be shown with the watermark that is demanded.
    Watermark,
}

impl Withheld {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Read,
        Self::Upload,
        Self::Socket,
        Self::Download,
        Self::Persist,
        Self::Watermark,
    ];

    /// The slug used in events, problems and message keys.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Upload => "upload",
            Self::Socket => "socket",
            Self::Download => "download",
            Self::Persist => "persist",
            Self::Watermark => "watermark",
        }
    }
}

/// What full use of an application is short of, as far as the decision knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Short {
    /// A stronger sign-in.
    Assurance,
    /// A fresh proof.
    Proof,
    /// A device that proves who it is.
    Device,
    /// A device that nothing is held against.
    DeviceTrust,
    /// Trust in the person.
    PersonTrust,
    /// Nothing that the person could do: it is the rule.
    Rule,
}

impl Short {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Assurance,
        Self::Proof,
        Self::Device,
        Self::DeviceTrust,
        Self::PersonTrust,
        Self::Rule,
    ];

    /// The slug used in problems and message keys.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Assurance => "assurance",
            Self::Proof => "proof",
            Self::Device => "device",
            Self::DeviceTrust => "device-trust",
            Self::PersonTrust => "person-trust",
            Self::Rule => "rule",
        }
    }

    pub(super) const fn icon(self) -> &'static str {
        match self {
            Self::Assurance | Self::Proof => "key-round",
            Self::Device => "laptop",
            Self::DeviceTrust | Self::PersonTrust => "shield-alert",
            Self::Rule => "scroll-text",
        }
    }
}
