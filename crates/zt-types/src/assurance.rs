//! Authentication assurance: what was proven at sign-in.

use serde::{Deserialize, Serialize};

/// How strongly a person was authenticated. Ordered from weakest to strongest.
///
/// The `acr` values are the ones every protocol uses: `phr` and `phrh` are those of
/// OpenID Connect Extended Authentication Profile (EAP) ACR Values 1.0 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// A password alone.
    Password,
    /// Two different factors.
    Mfa,
    /// A factor that a look-alike site cannot relay (a passkey with user verification).
    PhishingResistant,
    /// The same, with a key whose hardware was attested. Nothing reaches it until attestation is checked.
    Hardware,
}

impl Assurance {
    /// All, weakest first.
    pub const ALL: [Self; 4] = [
        Self::Password,
        Self::Mfa,
        Self::PhishingResistant,
        Self::Hardware,
    ];

    /// The `acr` value.
    #[must_use]
    pub const fn acr(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Mfa => "mfa",
            Self::PhishingResistant => "phr",
            Self::Hardware => "phrh",
        }
    }

    /// The slug policies and pages use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Mfa => "mfa",
            Self::PhishingResistant => "phishing-resistant",
            Self::Hardware => "hardware",
        }
    }

    /// 1 to 4, for arithmetic in policies.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::Password => 1,
            Self::Mfa => 2,
            Self::PhishingResistant => 3,
            Self::Hardware => 4,
        }
    }
}

/// A kind of factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactorKind {
    /// A memorised secret.
    Password,
    /// A time-based one-time password (RFC 6238).
    Totp,
    /// A WebAuthn credential.
    Passkey,
    /// A printed one-time recovery code.
    RecoveryCode,
    /// An administrator's one-time pass: it proves the right to set a new password, and is no factor of a sign-in.
    ResetPass,
}

impl FactorKind {
    /// The slug used in events, pages and message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery-code",
            Self::ResetPass => "reset-pass",
        }
    }

    /// The authentication method reference (RFC 8176 §2).
    #[must_use]
    pub const fn amr(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Totp | Self::RecoveryCode | Self::ResetPass => "otp",
            Self::Passkey => "pop",
        }
    }
}
