//! What can be wrong with a passkey's answer.

use webauthn_rs::prelude::WebauthnError;

/// Why a passkey was not enrolled or proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// The host and the origin do not fit each other.
    #[error("the host and the origin for passkeys do not fit each other")]
    Configuration,
    /// The answer is not one.
    #[error("the browser's answer is malformed")]
    Malformed,
    /// What was remembered of the ceremony cannot be read.
    #[error("the passkey ceremony cannot be continued")]
    State,
    /// The kept record of a passkey cannot be read.
    #[error("the record of a passkey cannot be read")]
    Record,
    /// The answer is to another challenge (WebAuthn §7.2 step 12).
    #[error("the browser answered another challenge")]
    WrongChallenge,
    /// Made on another site, scheme or port, or in a frame of one (§7.2 steps 13, 14).
    #[error("the passkey was used on another origin")]
    WrongOrigin,
    /// Made for another relying party (§7.2 step 16).
    #[error("the passkey was made for another relying party")]
    WrongRelyingParty,
    /// Nobody touched it (§7.2 step 17).
    #[error("nobody was there to use the passkey")]
    NotUserPresent,
    /// It did not verify its user by PIN, fingerprint or face (§7.2 step 18).
    #[error("the passkey did not verify its user")]
    NotUserVerified,
    /// Not one of this person's, or the handle is somebody else's (§7.2 steps 5, 6).
    #[error("the passkey is not known")]
    UnknownCredential,
    /// One of those she has already.
    #[error("the passkey is enrolled already")]
    AlreadyEnrolled,
    /// Its signature does not fit (§7.2 step 22).
    #[error("the passkey's signature does not fit")]
    BadSignature,
    /// Its counter went back or stood still: there may be two of it (§7.2 step 23).
    #[error("the passkey's counter went back: it may have been copied")]
    CounterWentBack,
    /// It says otherwise than before whether it can be synced (§7.2 step 20).
    #[error("the passkey changed whether it can be synced")]
    BackupChanged,
    /// An algorithm or an attestation that we do not take.
    #[error("this kind of passkey is not supported")]
    NotSupported,
}

impl PasskeyError {
    /// The slug used in events and message keys.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Malformed => "malformed",
            Self::State => "state",
            Self::Record => "record",
            Self::WrongChallenge => "wrong-challenge",
            Self::WrongOrigin => "wrong-origin",
            Self::WrongRelyingParty => "wrong-relying-party",
            Self::NotUserPresent => "no-user",
            Self::NotUserVerified => "user-not-verified",
            Self::UnknownCredential => "unknown",
            Self::AlreadyEnrolled => "already-enrolled",
            Self::BadSignature => "bad-signature",
            Self::CounterWentBack => "cloned",
            Self::BackupChanged => "backup-changed",
            Self::NotSupported => "not-supported",
        }
    }
}

impl From<WebauthnError> for PasskeyError {
    fn from(error: WebauthnError) -> Self {
        use WebauthnError as E;
        match error {
            E::Configuration => Self::Configuration,
            E::MismatchedChallenge | E::ChallengeNotFound => Self::WrongChallenge,
            E::InvalidRPOrigin | E::CredentialCrossOrigin => Self::WrongOrigin,
            E::InvalidRPIDHash => Self::WrongRelyingParty,
            E::UserNotPresent => Self::NotUserPresent,
            E::UserNotVerified => Self::NotUserVerified,
            E::CredentialNotFound | E::InvalidUserUniqueId => Self::UnknownCredential,
            E::CredentialExcludedFromRequest | E::CredentialAlreadyExists => Self::AlreadyEnrolled,
            E::AuthenticationFailure | E::SignatureInvalid => Self::BadSignature,
            E::CredentialPossibleCompromise => Self::CounterWentBack,
            E::CredentialBackupEligibilityInconsistent | E::CredentialMayNotBeHardwareBound => {
                Self::BackupChanged
            }
            E::CredentialAlteredAlgFromRequest
            | E::CredentialInsecureCryptography
            | E::AttestationNotSupported
            | E::COSEKeyInvalidType
            | E::COSEKeyEDUnsupported
            | E::COSEKeyInvalidAlgorithm => Self::NotSupported,
            _ => Self::Malformed,
        }
    }
}
