//! What a flow is for, and where it leads.

use serde::{Deserialize, Deserializer, Serialize};
use zt_types::{AppId, Assurance, PersonId, SessionId, TokenHash};

/// What a flow is for and where the person goes when it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purpose {
    /// What must be done.
    pub goal: Goal,
    /// Where she goes then.
    pub then: Destination,
}

/// What must be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "goal")]
pub enum Goal {
    /// A new session.
    SignIn,
    /// An existing session must prove more, or prove it anew. Everything is proven within the flow: old proofs do not count.
    StepUp {
        /// The session.
        session: SessionId,
        /// What must be reached.
        demanded: Assurance,
    },
    /// A signed-in person adds a factor. She proves two factors first: a stolen session must not plant a key of its own.
    AddFactor {
        /// The session she does it in.
        session: SessionId,
    },
    /// A signed-in person chooses another password, after having proven two factors.
    ChangePassword {
        /// The session she does it in.
        session: SessionId,
    },
    /// A new password in place of one that is forgotten, known to others, or to be replaced. It demands what whoever
    /// knows the old one does not have: a passkey, or an administrator's pass.
    ResetPassword {
        /// Whose, if she began it in a session of hers; else she says who she is.
        person: Option<PersonId>,
    },
    /// Somebody brought the one-time link of a break-glass account: a passkey is enrolled, then proven.
    BreakGlassLink {
        /// The account.
        person: PersonId,
        /// Hash of the link's secret: used up when the passkey is kept.
        link: TokenHash,
    },
}

impl Goal {
    /// The existing session it is about, if any.
    #[must_use]
    pub const fn session(&self) -> Option<SessionId> {
        match self {
            Self::StepUp { session, .. }
            | Self::AddFactor { session }
            | Self::ChangePassword { session } => Some(*session),
            Self::SignIn | Self::ResetPassword { .. } | Self::BreakGlassLink { .. } => None,
        }
    }

    /// Whether it begins with somebody who has yet to say who she is.
    #[must_use]
    pub const fn is_anybodys(&self) -> bool {
        matches!(self, Self::SignIn | Self::ResetPassword { person: None })
    }

    /// The least assurance the flow must reach.
    #[must_use]
    pub fn demanded(&self) -> Assurance {
        match self {
            Self::SignIn
            | Self::AddFactor { .. }
            | Self::ChangePassword { .. }
            | Self::ResetPassword { .. } => Assurance::Mfa,
            Self::StepUp { demanded, .. } => (*demanded).max(Assurance::Mfa),
            Self::BreakGlassLink { .. } => Assurance::PhishingResistant,
        }
    }
}

/// Where a person goes when the flow is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "to")]
pub enum Destination {
    /// An application's host, by a one-time code.
    Application {
        /// Which.
        app: AppId,
        /// The path there.
        return_to: ReturnPath,
        /// Hash of the browser's `__Host-sekisho-start` cookie there.
        binding: TokenHash,
    },
    /// A page of `id.<domain>` itself.
    Site {
        /// Which.
        return_to: ReturnPath,
    },
}

/// A longer way back is none, in bytes. What clients bring to the authorization endpoint must fit.
const LONGEST_PATH: usize = 4096;

/// A path on the host it is used on: never another host, whatever a browser makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ReturnPath(String);

impl ReturnPath {
    /// The host's front page.
    #[must_use]
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// Reads a path with an optional query.
    ///
    /// `None` unless it begins with exactly one `/`, is at most 4,096 printable ASCII characters, and holds no backslash: the
    /// WHATWG URL Standard §4.4 reads `/\host` and `//host` as another host and drops tabs and line breaks.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let printable = bytes
            .iter()
            .all(|b| matches!(b, 0x21..=0x7e) && *b != b'\\');
        let own = bytes.first() == Some(&b'/') && bytes.get(1) != Some(&b'/');
        (own && printable && bytes.len() <= LONGEST_PATH).then(|| Self(text.to_owned()))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for ReturnPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a path of this host"))
    }
}
