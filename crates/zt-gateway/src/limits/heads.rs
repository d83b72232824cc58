//! What single headers say, as far as limits ask.

use crate::content::Content;
use crate::csp;
use http::header::{self, HeaderMap, HeaderName};

/// Headers by which some frameworks let a GET be something else.
const OVERRIDES: [&str; 3] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
];
/// Headers by which a request asks for less than the whole answer (RFC 9110 §13.1, §14.2; RFC 3229 §10.5.3).
pub(super) const LESS_THAN_WHOLE: [HeaderName; 5] = [
    header::RANGE,
    header::IF_RANGE,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    HeaderName::from_static("a-im"),
];
/// Headers that describe the bytes of an answer as the application sent them.
pub(super) const ABOUT_BYTES: [HeaderName; 8] = [
    header::CONTENT_LENGTH,
    header::ETAG,
    header::LAST_MODIFIED,
    header::ACCEPT_RANGES,
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
];
pub(super) const FETCH_MODE: &str = "sec-fetch-mode";
pub(super) const FETCH_DESTINATION: &str = "sec-fetch-dest";
pub(super) const SERVICE_WORKER: &str = "service-worker";

/// Where a browser puts the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a window or frame of its own, or nobody knows.
    Document,
    /// Into a page that is there already.
    InPage,
}

impl Place {
    /// W3C Fetch Metadata §2.2; scripts cannot set these headers. Whoever does not send them is no page.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut modes = headers.get_all(FETCH_MODE).iter();
        match (modes.next(), modes.next()) {
            (Some(mode), None) if mode != "navigate" => Self::InPage,
            _ => Self::Document,
        }
    }
}

/// Whether a player of sound or pictures asks.
pub(super) fn is_player(headers: &HeaderMap) -> bool {
    headers
        .get(FETCH_DESTINATION)
        .is_some_and(|destination| destination == "audio" || destination == "video")
}

/// Whether a style sheet can be named at the head of this document and is used: it is HTML in bytes that begin like ASCII,
/// as they are, and the document is of this host (CSP3 §6.3.2: a sandbox takes its origin away, and with it the session).
pub(super) fn can_be_marked(headers: &HeaderMap, content: Content) -> bool {
    let plain = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    let holds = |name: HeaderName, word: &[u8]| {
        headers.get_all(name).iter().any(|value| {
            value
                .as_bytes()
                .windows(word.len())
                .any(|window| window.eq_ignore_ascii_case(word))
        })
    };
    content == Content::Page
        && plain
        && !holds(header::CONTENT_TYPE, b"utf-16")
        && !holds(header::CONTENT_TYPE, b"utf16")
        && !holds(header::CONTENT_TYPE, b"unicode")
        && !holds(header::CONTENT_SECURITY_POLICY, b"sandbox")
        && !holds(HeaderName::from_static("integrity-policy"), b"style")
        && csp::is_readable(headers)
}

/// Codings that every browser takes off again (RFC 9110 §8.4.1, RFC 7932, RFC 8878): the type means what is inside. Any
/// other is a wrapping that nobody here can see through.
pub(super) fn has_known_coding(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::CONTENT_ENCODING).iter();
    codings
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .all(|coding| {
            let coding = coding.trim_ascii();
            [
                &b"identity"[..],
                b"gzip",
                b"x-gzip",
                b"deflate",
                b"br",
                b"zstd",
            ]
            .iter()
            .any(|known| coding.eq_ignore_ascii_case(known))
        })
}

pub(super) fn take_out_overrides(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .keys()
        .filter(|name| OVERRIDES.contains(&name.as_str().replace('_', "-").as_str()))
        .cloned()
        .collect();
    for name in named {
        headers.remove(name);
    }
}
