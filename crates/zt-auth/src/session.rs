//! The records of sessions and of the codes that carry one to another host.

use serde::{Deserialize, Serialize};
use zt_types::{
    AppId, Assurance, CertificateSerial, DeviceId, FactorKind, PersonId, SessionId, Timestamp,
    TokenHash,
};

/// One person's sign-in on one browser, at `id.<domain>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub person: PersonId,
    /// Hash of the cookie at `id.<domain>`.
    pub token: TokenHash,
    /// The device proven first in this session; later evidence of another device is a mismatch.
    pub device: Option<DeviceId>,
    /// The certificate that proved it: when that is revoked, the session has no device evidence any more.
    pub certificate: Option<CertificateSerial>,
    /// What was proven, in order.
    pub proven: Vec<ProvenFactor>,
    /// The assurance that follows from it.
    pub assurance: Assurance,
    /// When it began.
    pub created_at: Timestamp,
    /// When the person last proved anything (`auth_time`).
    pub authenticated_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Where it began: network address in text form.
    pub address: String,
    /// What the browser called itself, at most 256 characters, control characters removed.
    pub user_agent: String,
    /// Why it ended, if it did.
    pub ended: Option<(Timestamp, EndReason)>,
}

/// A factor that was proven, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenFactor {
    /// Which kind.
    pub kind: FactorKind,
    /// When.
    pub at: Timestamp,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    /// The person signed out.
    SignedOut,
    /// An administrator ended it.
    EndedByAdministrator,
    /// The person ended it from another session.
    EndedByOwner,
    /// Its time was over.
    Expired,
    /// The person was disabled or removed.
    PersonDisabled,
    /// A newer sign-in in the same browser took its place.
    Replaced,
    /// A credential was reset: all earlier proofs are void.
    CredentialReset,
    /// It was doubted that this sign-in was hers, and she proved herself elsewhere.
    Doubted,
}

impl EndReason {
    /// The slug used in events and message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::EndedByAdministrator => "ended-by-administrator",
            Self::EndedByOwner => "ended-by-owner",
            Self::Expired => "expired",
            Self::PersonDisabled => "person-disabled",
            Self::Replaced => "replaced",
            Self::CredentialReset => "credential-reset",
            Self::Doubted => "doubted",
        }
    }
}

/// A session's cookie on one application's host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppSession {
    /// Hash of the cookie.
    pub token: TokenHash,
    /// The session it belongs to, and ends with.
    pub session: SessionId,
    /// The application it is for.
    pub app: AppId,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A one-time code that carries a session from `id.<domain>` to an application's host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedeemCode {
    /// Hash of the code.
    pub hash: TokenHash,
    /// The session it carries.
    pub session: SessionId,
    /// The only application that may redeem it.
    pub app: AppId,
    /// Hash of the browser's `__Host-sekisho-start` cookie on that host: nobody else's browser may redeem it.
    pub binding: TokenHash,
    /// The path to go on to; begins with one `/`.
    pub return_to: String,
    /// Until when it can be redeemed.
    pub expires_at: Timestamp,
}

/// A one-time link with which a break-glass account enrols its first passkey. The link itself was shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInLink {
    /// Hash of the link's secret.
    pub hash: TokenHash,
    /// The account.
    pub person: PersonId,
    /// Until when it can be used; [`Timestamp::FAR_FUTURE`] if time does not end it.
    pub expires_at: Timestamp,
}
