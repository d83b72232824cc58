//! What is wrong with a request, before anybody asks who sent it.

use http::StatusCode;

/// Why a request is not looked at any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No Host (RFC 9112 §3.2).
    NoHost,
    /// More than one Host, or one that differs from `:authority` (RFC 9113 §8.3.1).
    SeveralHosts,
    /// Host or authority is not `host` or `host:port`.
    BadHost,
    /// The absolute form names another host than Host does, or another scheme (RFC 9112 §3.2.2).
    TargetMismatch,
    /// The authority is not the host of the TLS handshake (RFC 9110 §15.5.20).
    Misdirected,
    /// A target that is neither a path nor an absolute address.
    BadTarget,
    /// A path that two servers would read in different ways: encoded separators, dot segments, control characters.
    AmbiguousPath,
    /// A target beyond the limit.
    TargetTooLong,
    /// TRACE and CONNECT, which nobody here needs.
    Method,
    /// A header whose name becomes one of ours, or one that frames the message, when `_` is read as `-`.
    AliasedHeader,
    /// Connection names a header that is not for one hop only (RFC 9110 §7.6.1).
    Nomination,
    /// An expectation other than `100-continue` (RFC 9110 §10.1.1).
    Expectation,
    /// A WebSocket handshake that is not one (RFC 6455 §4.2.1, RFC 8441 §5).
    WebSocket,
    /// A WebSocket that another origin's page opens (RFC 6455 §10.2).
    ForeignOrigin,
}

impl Fault {
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::TargetTooLong => StatusCode::URI_TOO_LONG,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Expectation => StatusCode::EXPECTATION_FAILED,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::NoHost => "no-host",
            Self::SeveralHosts => "several-hosts",
            Self::BadHost => "bad-host",
            Self::TargetMismatch => "target-mismatch",
            Self::Misdirected => "misdirected",
            Self::BadTarget => "bad-target",
            Self::AmbiguousPath => "ambiguous-path",
            Self::TargetTooLong => "target-too-long",
            Self::Method => "method",
            Self::AliasedHeader => "aliased-header",
            Self::Nomination => "connection-option",
            Self::Expectation => "expectation",
            Self::WebSocket => "websocket-handshake",
            Self::ForeignOrigin => "foreign-origin",
        }
    }

    pub(crate) const fn explanation(self) -> &'static str {
        match self {
            Self::NoHost => "the request names no host",
            Self::SeveralHosts => "the request names more than one host",
            Self::BadHost => "the host is not a name with an optional port",
            Self::TargetMismatch => "the address in the request line is not that of the host",
            Self::Misdirected => "this connection was made for another host: open a new one",
            Self::BadTarget => "the request target must begin with a slash",
            Self::AmbiguousPath => "the path can be read in more than one way",
            Self::TargetTooLong => "the address is too long",
            Self::Method => "this method is not available here",
            Self::AliasedHeader => "a header's name would be taken for another one",
            Self::Nomination => "the connection header names a header that is not for one hop",
            Self::Expectation => "only `100-continue` can be expected",
            Self::WebSocket => "the websocket handshake is not complete",
            Self::ForeignOrigin => "a page of another origin may not open a websocket here",
        }
    }
}
