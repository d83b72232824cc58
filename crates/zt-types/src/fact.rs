//! What can be held against a person, a device or a session, by kind.

use crate::Level;
use serde::{Deserialize, Serialize};

/// The owner of the facts that Sekisho finds by itself. No source can be registered under this id.
pub const OWN_SOURCE: &str = "sekisho";

/// What kind of thing a fact says. A source is registered for the kinds it may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// Malicious software on a device.
    Malware,
    /// A device that somebody else controls, whatever the means.
    Compromise,
    /// A person's password or session known to others.
    CredentialLeak,
    /// Behaviour unlike this person's.
    UnusualBehaviour,
    /// A place this person was never seen at.
    UnfamiliarPlace,
    /// Two places too far apart for the time between them.
    ImpossibleTravel,
    /// An hour at which this person never works.
    UnusualTime,
}

impl FactKind {
    /// All kinds, in the order of their bits.
    pub const ALL: [Self; 7] = [
        Self::Malware,
        Self::Compromise,
        Self::CredentialLeak,
        Self::UnusualBehaviour,
        Self::UnfamiliarPlace,
        Self::ImpossibleTravel,
        Self::UnusualTime,
    ];

    /// The slug used in files, policies, events and message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malware => "malware",
            Self::Compromise => "compromise",
            Self::CredentialLeak => "credential-leak",
            Self::UnusualBehaviour => "unusual-behaviour",
            Self::UnfamiliarPlace => "unfamiliar-place",
            Self::ImpossibleTravel => "impossible-travel",
            Self::UnusualTime => "unusual-time",
        }
    }

    /// Whether it says something about a person rather than about a device, where a finding names both.
    #[must_use]
    pub const fn is_about_people(self) -> bool {
        match self {
            Self::Malware | Self::Compromise => false,
            Self::CredentialLeak
            | Self::UnusualBehaviour
            | Self::UnfamiliarPlace
            | Self::ImpossibleTravel
            | Self::UnusualTime => true,
        }
    }

    /// Whether a step that the person takes is what the owner of such a fact accepts as an answer.
    ///
    /// A step answers only the doubt it can dispel: whoever holds her passkey is she, wherever and whenever she works; but
    /// a passkey does not make a leaked password unknown, a reset does; and nothing that a person does at a sign-in page
    /// cleans a device.
    #[must_use]
    pub const fn is_cleared_by(self, step: ClearingStep) -> bool {
        match (self, step) {
            (
                Self::UnusualTime,
                ClearingStep::MultiFactor
                | ClearingStep::PhishingResistant
                | ClearingStep::PasswordReset,
            )
            // A one-time code can be asked of her by a look-alike site, wherever its operator sits.
            | (
                Self::UnfamiliarPlace | Self::ImpossibleTravel | Self::UnusualBehaviour,
                ClearingStep::PhishingResistant | ClearingStep::PasswordReset,
            )
            | (Self::CredentialLeak, ClearingStep::PasswordReset) => true,
            _ => false,
        }
    }
}

/// A step of a person that may clear facts about her.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClearingStep {
    /// She proved two factors anew.
    MultiFactor,
    /// She proved a factor that cannot be relayed.
    PhishingResistant,
    /// She reset her password, with a proof that whoever knows the old one does not have.
    PasswordReset,
}

impl ClearingStep {
    /// All of them, the weakest first.
    pub const ALL: [Self; 3] = [
        Self::MultiFactor,
        Self::PhishingResistant,
        Self::PasswordReset,
    ];
}

/// An open fact, as far as deciding needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OpenFact {
    /// Its kind.
    pub kind: FactKind,
    /// The trust its subject can have at most while it is open.
    pub ceiling: Level,
}
