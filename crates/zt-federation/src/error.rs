//! What is told to a client that did not get what it asked for.

use serde::{Serialize, Serializer};
use std::fmt;

/// The codes of the protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorCode {
    /// A parameter is missing, there twice, or wrong (RFC 6749 §4.1.2.1, §5.2).
    InvalidRequest,
    /// The client may not ask in this way (RFC 6749 §4.1.2.1, §5.2).
    UnauthorizedClient,
    /// The person or the decision said no (RFC 6749 §4.1.2.1).
    AccessDenied,
    /// Something else than a code was asked for (RFC 6749 §4.1.2.1).
    UnsupportedResponseType,
    /// A scope is wrong or not this client's (RFC 6749 §4.1.2.1, §5.2).
    InvalidScope,
    /// We have too much to do (RFC 6749 §4.1.2.1).
    TemporarilyUnavailable,
    /// The client did not prove who it is (RFC 6749 §5.2).
    InvalidClient,
    /// A code or refresh token is unknown, used, expired, or somebody else's (RFC 6749 §5.2).
    InvalidGrant,
    /// Nothing is given for this kind of grant (RFC 6749 §5.2).
    UnsupportedGrantType,
    /// She would have to sign in (OpenID Connect Core 1.0 §3.1.2.6).
    LoginRequired,
    /// She would have to do something (§3.1.2.6).
    InteractionRequired,
    /// She would have to agree (§3.1.2.6).
    ConsentRequired,
    /// The request object is wrong (§3.1.2.6, RFC 9101 §7).
    InvalidRequestObject,
    /// Request objects are not fetched (§3.1.2.6).
    RequestUriNotSupported,
    /// Nobody registers in a request (§3.1.2.6).
    RegistrationNotSupported,
    /// What the client demands to be proven cannot be (OpenID Connect Core Error Code
    /// `unmet_authentication_requirements` 1.0 §3; RFC 9470 §5).
    UnmetAuthenticationRequirements,
    /// An access token is unknown or over (RFC 6750 §3.1).
    InvalidToken,
    /// An access token is for less (RFC 6750 §3.1).
    InsufficientScope,
    /// More must be proven, or again (RFC 9470 §3).
    InsufficientUserAuthentication,
    /// Tokens of this kind are not revoked (RFC 7009 §2.2.1).
    UnsupportedTokenType,
    /// A proof of possession is missing or wrong (RFC 9449 §5).
    InvalidDpopProof,
    /// A proof of possession has to repeat what we gave (RFC 9449 §8).
    UseDpopNonce,
    /// Nothing is given for this audience (RFC 8693 §2.2.2).
    InvalidTarget,
    /// Nobody answered the device's request yet (RFC 8628 §3.5).
    AuthorizationPending,
    /// The same, and the device asks too often (§3.5).
    SlowDown,
    /// The time of the device's request is over (§3.5).
    ExpiredToken,
    /// A program wants to be sent where none is sent (RFC 7591 §3.2.2).
    InvalidRedirectUri,
    /// Something else that a program says of itself is wrong (§3.2.2).
    InvalidClientMetadata,
    /// What is to vouch for a program is none (§3.2.2).
    InvalidSoftwareStatement,
    /// Nobody vouches for programs here (§3.2.2).
    UnapprovedSoftwareStatement,
}

impl ErrorCode {
    /// The code as it is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::LoginRequired => "login_required",
            Self::InteractionRequired => "interaction_required",
            Self::ConsentRequired => "consent_required",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InsufficientUserAuthentication => "insufficient_user_authentication",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InvalidTarget => "invalid_target",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidSoftwareStatement => "invalid_software_statement",
            Self::UnapprovedSoftwareStatement => "unapproved_software_statement",
        }
    }

    /// The HTTP status with which an endpoint that clients call says it (RFC 6749 §5.2, RFC 6750 §3.1, RFC 9470 §3).
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidClient | Self::InvalidToken | Self::InsufficientUserAuthentication => 401,
            Self::InsufficientScope => 403,
            Self::TemporarilyUnavailable => 503,
            _ => 400,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What went wrong, for the people who write the client. Serialised, it is the body of RFC 6749 §5.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {description}")]
pub struct Fault {
    /// The code.
    #[serde(rename = "error")]
    pub code: ErrorCode,
    /// In English. It stands in this source, so it holds nothing that a request said.
    #[serde(rename = "error_description")]
    pub description: &'static str,
}

impl Fault {
    /// A fault; `description` has no `"` and no `\` (RFC 6749 §5.2).
    #[must_use]
    pub const fn new(code: ErrorCode, description: &'static str) -> Self {
        Self { code, description }
    }

    /// An [`ErrorCode::InvalidRequest`].
    pub(crate) const fn request(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }
}
