//! What a flow knows of the person who signs in.

use crate::{Credential, CredentialSecret, SETTLES_AFTER, Vouched};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zt_types::{Assurance, CredentialId, FactorKind, PersonId, PersonState, Role, Timestamp};

/// A login name as it is compared: NFKC, lower case, without surrounding spaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Login(String);

impl Login {
    /// Reads what was typed. `None` if it is empty, longer than 254 characters (RFC 5321 §4.5.3.1.3 leaves an address no
    /// more) or holds control characters.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        // Bounded before it is normalised: NFKC can lengthen a text eighteenfold.
        if typed.len() > 1024 {
            return None;
        }
        let folded: String = typed.trim().nfkc().flat_map(char::to_lowercase).collect();
        let folded = folded.trim();
        let fits = (1..=254).contains(&folded.chars().count());
        (fits && !folded.chars().any(char::is_control)).then(|| Self(folded.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which rules an account signs in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountKind {
    /// Two factors, or a passkey.
    Ordinary,
    /// An account of last resort: a passkey and nothing else; guesses are counted but never make it wait.
    BreakGlass,
}

impl AccountKind {
    /// The kind that goes with a role.
    #[must_use]
    pub const fn of(role: Role) -> Self {
        match role {
            Role::Member | Role::Administrator => Self::Ordinary,
            Role::BreakGlass => Self::BreakGlass,
        }
    }

    /// The least assurance a session of such an account has.
    #[must_use]
    pub const fn least(self) -> Assurance {
        match self {
            Self::Ordinary => Assurance::Mfa,
            Self::BreakGlass => Assurance::PhishingResistant,
        }
    }
}

/// A person as the flow sees her: which factors she has, not what they hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Who.
    pub person: PersonId,
    /// Whether she may sign in. If not, she learns so only after having proven who she is.
    pub standing: PersonState,
    /// By which rules.
    pub kind: AccountKind,
    /// Her password, if she has one.
    pub password: Option<CredentialId>,
    /// Her authenticator apps.
    pub totp: Vec<CredentialId>,
    /// Her passkeys.
    pub passkeys: Vec<CredentialId>,
    /// Her recovery codes, if any are unused.
    pub recovery: Option<CredentialId>,
    /// Those of her factors that were added on proofs which can be phished, and when.
    #[serde(default)]
    pub phishable: Vec<(CredentialId, Timestamp)>,
    /// Since when her password is thought to be known to others, or must be replaced.
    #[serde(default)]
    pub suspected_since: Option<Timestamp>,
}

impl Account {
    /// Reads an account out of a person's factors; those of others are passed over.
    #[must_use]
    pub fn of<'a>(
        person: PersonId,
        standing: PersonState,
        role: Role,
        credentials: impl IntoIterator<Item = &'a Credential>,
    ) -> Self {
        let mut account = Self {
            person,
            standing,
            kind: AccountKind::of(role),
            password: None,
            totp: Vec::new(),
            passkeys: Vec::new(),
            recovery: None,
            phishable: Vec::new(),
            suspected_since: None,
        };
        for credential in credentials {
            account.add(credential);
        }
        account
    }

    /// Whether she has a factor beside the password. Recovery codes are not one: they only replace one that was lost.
    #[must_use]
    pub const fn has_second(&self) -> bool {
        !self.totp.is_empty() || !self.passkeys.is_empty()
    }

    /// Her factors beside the password, recovery codes among them.
    pub(crate) fn factors(&self) -> impl Iterator<Item = (CredentialId, FactorKind)> {
        let of =
            |ids: &[CredentialId], kind| -> Vec<_> { ids.iter().map(|id| (*id, kind)).collect() };
        of(&self.totp, FactorKind::Totp)
            .into_iter()
            .chain(of(&self.passkeys, FactorKind::Passkey))
            .chain(of(self.recovery.as_slice(), FactorKind::RecoveryCode))
    }

    /// The factors that somebody with her password may have planted: added on proofs that can be phished, and not there
    /// for long before the suspicion arose (before now, if there is none).
    pub(crate) fn unsettled(&self, now: Timestamp) -> impl Iterator<Item = CredentialId> {
        let since = self.suspected_since.map_or(now, |since| since.min(now));
        self.phishable
            .iter()
            .filter(move |(_, added)| since < *added + SETTLES_AFTER)
            .map(|(id, _)| *id)
    }

    pub(crate) fn remove(&mut self, credential: CredentialId) {
        self.totp.retain(|id| *id != credential);
        self.passkeys.retain(|id| *id != credential);
        self.recovery = self.recovery.filter(|id| *id != credential);
        self.phishable.retain(|(id, _)| *id != credential);
    }

    pub(crate) fn add(&mut self, credential: &Credential) {
        if credential.person != self.person {
            return;
        }
        let id = credential.id;
        if credential.vouched == Vouched::Phishably {
            self.phishable.push((id, credential.created_at));
        }
        match &credential.secret {
            CredentialSecret::Password { .. } => self.password = Some(id),
            CredentialSecret::Totp { .. } => self.totp.push(id),
            CredentialSecret::Passkey { .. } => self.passkeys.push(id),
            CredentialSecret::RecoveryCodes { unused } if !unused.is_empty() => {
                self.recovery = Some(id);
            }
            CredentialSecret::RecoveryCodes { .. } => {}
        }
    }
}

/// A factor proven within a flow, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Which kind.
    pub kind: FactorKind,
    /// How.
    pub how: Proven,
}

/// How a factor was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proven {
    /// It was enrolled earlier and verified now. A passkey always verifies its user too (WebAuthn Level 3 §6.1.3, UV flag).
    Verified,
    /// It was enrolled in this very flow.
    EnrolledNow,
}

/// What a set of proofs amounts to; `None` if it is not even a password.
///
/// A factor enrolled in the same flow counts as a second factor but makes nothing phishing-resistant: whoever stood at the
/// door with a phished password could have enrolled it. The next sign-in with it does.
#[must_use]
pub fn assurance_of(proofs: &[Proof]) -> Option<Assurance> {
    let has = |wanted: fn(&Proof) -> bool| proofs.iter().any(wanted);
    if has(|p| p.kind == FactorKind::Passkey && p.how == Proven::Verified) {
        return Some(Assurance::PhishingResistant);
    }
    let password = has(|p| p.kind == FactorKind::Password);
    let second = has(|p| {
        matches!(
            p.kind,
            FactorKind::Totp | FactorKind::Passkey | FactorKind::RecoveryCode
        )
    });
    match (password, second) {
        (true, true) => Some(Assurance::Mfa),
        (true, false) => Some(Assurance::Password),
        (false, _) => None,
    }
}
