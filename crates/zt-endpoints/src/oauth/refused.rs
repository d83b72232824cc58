//! A request of a client that gets nothing: what it is told, and what our records say.

use super::tries::Wait;
use crate::answer::json_answer;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use zt_auth::IssueRefused;
use zt_federation::{ErrorCode, Fault};
use zt_live::{GrantError, LiveError};
use zt_policy::Reason;

/// What [`Refused::why`] says of a failure of ours, which is no refusal.
pub(super) const UNAVAILABLE: &str = "unavailable";

/// What [`Refused::why`] says of a client that is to come again with what it was just told, which is no refusal either.
pub(super) const NONCE: &str = "nonce";
/// The same of a device that nobody has answered yet.
pub(super) const WAITING: &str = "waiting";

/// Why a client gets nothing.
#[derive(Debug)]
pub(super) struct Refused {
    fault: Fault,
    /// For events and figures: a slug of the message family `token-refusal`, or [`UNAVAILABLE`], or [`WAITING`].
    why: &'static str,
    status: StatusCode,
    /// In seconds.
    retry_after: Option<i64>,
}

impl Refused {
    pub(super) fn new(fault: Fault, why: &'static str) -> Self {
        let status = StatusCode::from_u16(fault.code.status());
        Self {
            fault,
            why,
            status: status.unwrap_or(StatusCode::BAD_REQUEST),
            retry_after: None,
        }
    }

    /// A code or a refresh token that gives nothing (RFC 6749 §5.2).
    pub(super) fn grant(description: &'static str, why: &'static str) -> Self {
        Self::new(Fault::new(ErrorCode::InvalidGrant, description), why)
    }

    /// We cannot, now.
    pub(super) fn unavailable(description: &'static str) -> Self {
        let fault = Fault::new(ErrorCode::TemporarilyUnavailable, description);
        Self::new(fault, UNAVAILABLE)
    }

    pub(super) const fn fault(&self) -> Fault {
        self.fault
    }

    pub(super) const fn why(&self) -> &'static str {
        self.why
    }

    /// The answer to a client that may have shown a secret in the header `Authorization`: RFC 6749 §5.2 asks for 401 then, and
    /// RFC 9110 §15.5.2 for 401 only where a scheme of that header is asked for.
    pub(super) fn to_client(&self, sent: &HeaderMap) -> Response {
        let mut response = json_answer(self.status, &self.fault);
        if let Some(seconds) = self.retry_after {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            if sent.contains_key(header::AUTHORIZATION) {
                let challenge = HeaderValue::from_static("Basic realm=\"sekisho\"");
                let headers = response.headers_mut();
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            } else {
                *response.status_mut() = StatusCode::BAD_REQUEST;
            }
        }
        response
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        let why = match fault.code {
            ErrorCode::InvalidClient => "client-authentication",
            ErrorCode::InvalidDpopProof => "key-proof",
            ErrorCode::UseDpopNonce => NONCE,
            _ => "not-understood",
        };
        Self::new(fault, why)
    }
}

impl From<Wait> for Refused {
    fn from(Wait(seconds): Wait) -> Self {
        let description = "too many wrong tries from this address; see the header Retry-After";
        let fault = Fault::new(ErrorCode::TemporarilyUnavailable, description);
        let mut refused = Self::new(fault, "client-authentication");
        // RFC 6585 §4.
        refused.status = StatusCode::TOO_MANY_REQUESTS;
        refused.retry_after = Some(seconds);
        refused
    }
}

impl From<LiveError> for Refused {
    fn from(error: LiveError) -> Self {
        tracing::error!(%error, "a client could not be served");
        Self::unavailable("the server cannot do this at the moment")
    }
}

impl From<IssueRefused> for Refused {
    fn from(refused: IssueRefused) -> Self {
        let (description, why) = match refused {
            IssueRefused::Disabled => ("the account is disabled", "person-disabled"),
            IssueRefused::SessionEnded | IssueRefused::ForeignSession => {
                ("the session has ended", "session-ended")
            }
            IssueRefused::NotPermitted => ("the policies do not permit it now", "not-permitted"),
            IssueRefused::CodeExpired => ("the code has expired", "code-expired"),
            IssueRefused::ForeignClient => ("it was given to another client", "foreign-client"),
            IssueRefused::GrantEnded => ("what it belongs to has ended", "grant-ended"),
            IssueRefused::Replayed => ("it was used before", "replayed"),
            IssueRefused::ForeignApp | IssueRefused::ForeignBrowser => {
                ("it is not known here", "not-usable")
            }
        };
        Self::grant(description, why)
    }
}

impl From<GrantError> for Refused {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Unknown => Self::grant("it is not known here", "not-usable"),
            GrantError::Refused(refused) => refused.into(),
            GrantError::NotPermitted(refusal, _) => match refusal.reasons().first() {
                Some(Reason::SessionEnded) => IssueRefused::SessionEnded.into(),
                Some(Reason::PersonDisabled) => IssueRefused::Disabled.into(),
                _ => IssueRefused::NotPermitted.into(),
            },
            GrantError::TooFast(_) => Self::unavailable("too many codes in too short a time"),
            GrantError::Live(error) => error.into(),
        }
    }
}
