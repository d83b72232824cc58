//! The records of a person's factors and of the counters that bound guessing.

use serde::{Deserialize, Serialize};
use zt_types::{CredentialId, FactorKind, PersonId, Seconds, Timestamp, TokenHash};

/// How long a factor that could have been planted must have been there, unsuspected, until it counts for a reset.
pub const SETTLES_AFTER: Seconds = Seconds::days(7);

/// A factor that a person enrolled.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credential {
    /// Its id.
    pub id: CredentialId,
    /// Whose it is.
    pub person: PersonId,
    /// The name she gave it, such as `iPhone`.
    pub name: String,
    /// What is kept to verify it.
    pub secret: CredentialSecret,
    /// When it was enrolled.
    pub created_at: Timestamp,
    /// When it last proved anything.
    pub last_used_at: Option<Timestamp>,
    /// On what it was enrolled.
    #[serde(default)]
    pub vouched: Vouched,
}

/// On what a factor was enrolled: whether somebody who lured a password and a code out of its owner can have planted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vouched {
    /// It began the account's factors, or rests on one that no look-alike site can relay, or on an administrator's pass.
    #[default]
    Firmly,
    /// It was added to others on proofs that can be phished.
    Phishably,
}

/// What is kept to verify a factor.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum CredentialSecret {
    /// Argon2id in PHC string form.
    Password {
        /// The PHC string.
        phc: String,
    },
    /// RFC 6238; the seed is sealed with the master key.
    Totp {
        /// Sealed seed, base64.
        sealed_seed: String,
        /// The last time step that was accepted: a code counts once (RFC 6238 §5.2).
        last_step: u64,
    },
    /// A WebAuthn credential in the verifier's own form.
    Passkey {
        /// Credential id, base64url.
        credential_id: String,
        /// The verifier's record, JSON.
        record: String,
        /// Whether it may be synced (backup eligible): then it is not bound to one device.
        backup_eligible: BackupEligible,
    },
    /// Codes printed once; those not yet used.
    RecoveryCodes {
        /// Hashes of the unused codes.
        unused: Vec<TokenHash>,
    },
}

impl CredentialSecret {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> FactorKind {
        match self {
            Self::Password { .. } => FactorKind::Password,
            Self::Totp { .. } => FactorKind::Totp,
            Self::Passkey { .. } => FactorKind::Passkey,
            Self::RecoveryCodes { .. } => FactorKind::RecoveryCode,
        }
    }
}

impl std::fmt::Debug for CredentialSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CredentialSecret({})", self.kind().as_str())
    }
}

/// Whether a passkey may be synced to other devices (WebAuthn Level 3 §6.1.3, BE flag).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackupEligible {
    /// It may.
    Yes,
    /// It stays in one authenticator.
    No,
}

/// What a counter of guesses is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "scope")]
pub enum GuessScope {
    /// One factor kind of one person.
    Person {
        /// The person.
        person: PersonId,
        /// The factor.
        factor: FactorKind,
    },
    /// A login name that nobody has: it must behave like one that somebody has.
    UnknownLogin {
        /// Hash of the name as typed.
        login: TokenHash,
    },
    /// One network address.
    Address {
        /// The address in text form (IPv6: its /64).
        address: String,
    },
}

/// How many guesses failed in a row. Counted up, durably, *before* each verification; reset by a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuessCounter {
    /// What it is about.
    pub scope: GuessScope,
    /// Guesses since the last success.
    pub failures: u32,
    /// When the last guess that passed was.
    pub last_at: Timestamp,
    /// What was said to the latest guess.
    pub latest: Verdict,
}

/// Whether a guess may be verified. Ordered: waiting is stricter, longer waiting is stricter still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// It may.
    Proceed,
    /// It may not, and was not counted.
    Wait {
        /// Until when; [`Timestamp::FAR_FUTURE`] means until another factor or an administrator lifts it.
        until: Timestamp,
    },
}
