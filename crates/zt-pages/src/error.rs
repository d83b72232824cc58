//! Error pages: something went wrong that is not a decision about access.

use crate::headers::Exception;
use crate::{Page, respond};
use askama::Template;
use http::{Response, StatusCode};

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// 400: the request cannot be understood.
    BadRequest,
    /// 403: the request did not come from our own page, or lacks its token.
    Forbidden,
    /// 404: nothing is at this address.
    NotFound,
    /// 421: the connection was made for another host (RFC 9110 §15.5.20).
    Misdirected,
    /// 429: too many tries.
    TooMany,
    /// 500: a defect of ours.
    Internal,
    /// 503: something needed does not answer, or the server is too busy.
    Unavailable,
}

impl ErrorKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::BadRequest,
        Self::Forbidden,
        Self::NotFound,
        Self::Misdirected,
        Self::TooMany,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The slug used in message keys: the status in digits.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::BadRequest => "400",
            Self::Forbidden => "403",
            Self::NotFound => "404",
            Self::Misdirected => "421",
            Self::TooMany => "429",
            Self::Internal => "500",
            Self::Unavailable => "503",
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::BadRequest => "triangle-alert",
            Self::Forbidden => "ban",
            Self::NotFound => "search",
            Self::Misdirected => "globe",
            Self::TooMany => "hourglass",
            Self::Internal => "life-buoy",
            Self::Unavailable => "server",
        }
    }
}

/// An error page.
#[derive(Debug, Template)]
#[template(path = "page/error.html")]
pub struct ErrorView {
    /// The page's context.
    pub page: Page,
    /// What went wrong.
    pub kind: ErrorKind,
    /// What an administrator can look up, if there is a record of it.
    pub reference: Option<String>,
    /// Where to go on to, if there is a place: an address on this host or the portal's.
    pub onward: Option<String>,
}

impl ErrorView {
    /// The page as a response with its status and headers.
    #[must_use]
    pub fn response(&self) -> Response<String> {
        respond(self.kind.status(), &self.page, self, &Exception::None)
    }
}
