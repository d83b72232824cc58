//! What a program is told that could not register itself (RFC 7591 §3.2.2, RFC 7592 §2, RFC 6750 §3).

use super::super::tries::Wait;
use super::pace::TooOften;
use crate::answer::{json_answer, nothing, refusal};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use zt_federation::{ErrorCode, Fault};
use zt_live::LiveError;
use zt_store::{Conflict, StoreError};

/// Why it could not.
#[derive(Debug)]
pub(super) struct NotRegistered {
    /// `None`: no more is said than that a token is needed (RFC 6750 §3.1).
    fault: Option<Fault>,
    status: StatusCode,
    /// As a slug; empty for what is no refusal.
    why: &'static str,
    /// In seconds.
    retry_after: Option<i64>,
}

impl NotRegistered {
    const fn new(fault: Fault, status: StatusCode, why: &'static str) -> Self {
        Self {
            fault: Some(fault),
            status,
            why,
            retry_after: None,
        }
    }

    /// Nobody may, now.
    pub(super) fn not_offered() -> Response {
        refusal(
            StatusCode::NOT_FOUND,
            "registration-off",
            "nobody registers here now: an administrator makes an initial access token first",
        )
    }

    pub(super) const fn without_token() -> Self {
        Self {
            fault: None,
            status: StatusCode::UNAUTHORIZED,
            why: "no-token",
            retry_after: None,
        }
    }

    pub(super) const fn wrong_token() -> Self {
        let description = "the token is unknown, has expired, was used up or was taken back";
        let fault = Fault::new(ErrorCode::InvalidToken, description);
        Self::new(fault, StatusCode::UNAUTHORIZED, "token")
    }

    /// It is some client's, and not that of the one named: whoever has it is not told which of the two is there.
    pub(super) const fn foreign_token() -> Self {
        Self {
            why: "foreign-token",
            ..Self::wrong_token()
        }
    }

    pub(super) const fn unavailable() -> Self {
        let description = "the server cannot do this at the moment";
        let fault = Fault::new(ErrorCode::TemporarilyUnavailable, description);
        Self::new(fault, StatusCode::SERVICE_UNAVAILABLE, "")
    }

    pub(super) const fn why(&self) -> &'static str {
        self.why
    }

    /// Whether it is one that people are to see: a failure of ours is not.
    pub(super) const fn is_told(&self) -> bool {
        !self.why.is_empty()
    }

    pub(super) fn to_response(&self) -> Response {
        let mut response = match &self.fault {
            None => {
                let mut response = nothing();
                *response.status_mut() = self.status;
                response
            }
            Some(fault) => json_answer(self.status, fault),
        };
        let headers = response.headers_mut();
        // RFC 7591 §3.2.2.
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = match self.fault {
                None => "Bearer realm=\"sekisho\"",
                Some(_) => "Bearer realm=\"sekisho\", error=\"invalid_token\"",
            };
            let challenge = HeaderValue::from_static(challenge);
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Fault> for NotRegistered {
    fn from(fault: Fault) -> Self {
        Self::new(fault, StatusCode::BAD_REQUEST, "metadata")
    }
}

impl From<Wait> for NotRegistered {
    fn from(Wait(seconds): Wait) -> Self {
        let description = "too many wrong tries from this address; see the header Retry-After";
        let fault = Fault::new(ErrorCode::TemporarilyUnavailable, description);
        // RFC 6585 §4.
        Self {
            retry_after: Some(seconds),
            ..Self::new(fault, StatusCode::TOO_MANY_REQUESTS, "tries")
        }
    }
}

impl From<TooOften> for NotRegistered {
    fn from(TooOften(seconds): TooOften) -> Self {
        let description = "too often within a minute; see the header Retry-After";
        let fault = Fault::new(ErrorCode::TemporarilyUnavailable, description);
        Self {
            retry_after: Some(seconds),
            ..Self::new(fault, StatusCode::TOO_MANY_REQUESTS, "pace")
        }
    }
}

impl From<LiveError> for NotRegistered {
    fn from(error: LiveError) -> Self {
        match error {
            // Somebody else used it up, or took the client away, in this very moment.
            LiveError::Store(StoreError::Conflict(
                Conflict::NotUsable | Conflict::Missing(_) | Conflict::NoApplication { .. },
            )) => Self::wrong_token(),
            error => {
                tracing::error!(%error, "a client could not be registered");
                Self::unavailable()
            }
        }
    }
}
