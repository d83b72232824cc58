//! The steps of a flow, and what their pages say.

use crate::password::PasswordFault;
use serde::{Deserialize, Serialize};
use zt_types::{Assurance, CredentialId, FactorKind, Timestamp};

/// Where a flow stands. Each is one page with one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum FlowState {
    /// Who are you?
    Identify,
    /// Your password.
    Password,
    /// Which of your factors?
    ChooseSecond,
    /// The code of your authenticator app.
    Totp,
    /// Your passkey.
    Passkey {
        /// What the verifier must remember, JSON. Used once: another try gets another challenge.
        challenge: String,
        /// What the browser is handed: `PublicKeyCredentialRequestOptions` as JSON (WebAuthn Level 3 §5.5).
        options: String,
    },
    /// One of your recovery codes.
    RecoveryCode,
    /// Which factor will you enrol?
    EnrolChoice,
    /// Scan this with an authenticator app and type its code.
    EnrolTotp {
        /// The id the app will have: the seal is bound to it.
        credential: CredentialId,
        /// The seed, sealed with the master key.
        sealed_seed: String,
    },
    /// Make a passkey.
    EnrolPasskey {
        /// What the verifier must remember, JSON. Used once.
        challenge: String,
        /// What the browser is handed: `PublicKeyCredentialCreationOptions` as JSON (WebAuthn Level 3 §5.4).
        options: String,
    },
    /// Keep these recovery codes; they are shown in this step and never again.
    ShowRecoveryCodes {
        /// The codes, sealed with the master key, so that a reload of the page shows them again.
        sealed_codes: String,
    },
    /// How will you prove that you may set a new password?
    ResetProof,
    /// The pass that an administrator gave you.
    ResetPass,
    /// Choose a new password.
    NewPassword,
    /// All that was demanded is proven.
    Done,
    /// It ends here.
    Refused {
        /// Why.
        why: FlowRefusal,
    },
}

impl FlowState {
    /// Whether nothing can be done in it any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Done | Self::Refused { .. })
    }

    /// The slug of its page and message keys.
    #[must_use]
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Password => "password",
            Self::ChooseSecond => "choose-second",
            Self::Totp => "totp",
            Self::Passkey { .. } => "passkey",
            Self::RecoveryCode => "recovery-code",
            Self::EnrolChoice => "enrol-choice",
            Self::EnrolTotp { .. } => "enrol-totp",
            Self::EnrolPasskey { .. } => "enrol-passkey",
            Self::ShowRecoveryCodes { .. } => "show-recovery-codes",
            Self::ResetProof => "reset-proof",
            Self::ResetPass => "reset-pass",
            Self::NewPassword => "new-password",
            Self::Done => "done",
            Self::Refused { .. } => "refused",
        }
    }
}

/// Why a flow ended without success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "refusal")]
pub enum FlowRefusal {
    /// The person gave up.
    Cancelled,
    /// The account is disabled. Said only after the person proved that it is hers.
    Disabled,
    /// What is demanded cannot be proven with the factors this person has.
    NoFactor {
        /// What is demanded.
        demanded: Assurance,
    },
    /// The account has no password to reset: it signs in with a passkey and nothing else.
    NoPassword,
    /// The account was removed while the flow was under way.
    Gone,
}

impl FlowRefusal {
    /// The message key's last part.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Disabled => "disabled",
            Self::NoFactor { .. } => "no-factor",
            Self::NoPassword => "no-password",
            Self::Gone => "gone",
        }
    }
}

/// What the page of the present step says about the try before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "message")]
pub enum FlowMessage {
    /// Name or password is wrong; which of them is not said.
    WrongPassword,
    /// The code is wrong.
    WrongCode,
    /// This code was used already: wait for the next one.
    CodeUsed,
    /// The recovery code is wrong or used.
    WrongRecoveryCode,
    /// The passkey could not be verified.
    PasskeyFailed,
    /// The authenticator did not verify its user (PIN, fingerprint, face).
    PasskeyWithoutUser,
    /// The passkey was added too lately, and on proofs that can be phished, to be worth a new password.
    PasskeyTooNew,
    /// The administrator's pass is wrong, used, taken back, over, or somebody else's.
    WrongResetPass,
    /// The passkey could not be enrolled.
    PasskeyNotEnrolled,
    /// Too many tries.
    Wait {
        /// Until when; [`Timestamp::FAR_FUTURE`] means until an administrator or another factor lifts it.
        until: Timestamp,
    },
    /// The new password does not do.
    PasswordRefused(PasswordFault),
    /// The name cannot be a login name.
    BadLogin,
}

impl FlowMessage {
    /// The message key's last part.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong-password",
            Self::WrongCode => "wrong-code",
            Self::CodeUsed => "code-used",
            Self::WrongRecoveryCode => "wrong-recovery-code",
            Self::PasskeyFailed => "passkey-failed",
            Self::PasskeyWithoutUser => "passkey-without-user",
            Self::PasskeyTooNew => "passkey-too-new",
            Self::WrongResetPass => "wrong-reset-pass",
            Self::PasskeyNotEnrolled => "passkey-not-enrolled",
            Self::Wait { .. } => "wait",
            Self::PasswordRefused(fault) => fault.slug(),
            Self::BadLogin => "bad-login",
        }
    }
}

/// What a running effect will answer. A result that nobody asked for changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Asked {
    Password,
    PasskeyStart,
    Passkey,
    Totp,
    RecoveryCode,
    TotpStart,
    TotpEnrolment,
    PasskeyEnrolmentStart,
    PasskeyEnrolment,
    RecoveryCodes,
    ResetPass,
    NewPassword,
}

impl Asked {
    /// The factor a failure is told about.
    pub(super) const fn factor(self) -> FactorKind {
        match self {
            Self::Password | Self::NewPassword => FactorKind::Password,
            Self::Totp | Self::TotpStart | Self::TotpEnrolment => FactorKind::Totp,
            Self::RecoveryCode | Self::RecoveryCodes => FactorKind::RecoveryCode,
            Self::ResetPass => FactorKind::ResetPass,
            Self::PasskeyStart
            | Self::Passkey
            | Self::PasskeyEnrolmentStart
            | Self::PasskeyEnrolment => FactorKind::Passkey,
        }
    }
}
