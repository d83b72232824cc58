//! Our cookies: taken out on the way in, kept from being set on the way back.

use http::header::{self, HeaderMap, HeaderValue};
use zt_types::TokenHash;

/// The session on this host.
pub(crate) const SESSION: &str = "__Host-sekisho";
/// Binds a sign-in to the browser that began it.
pub(crate) const START: &str = "__Host-sekisho-start";
/// What all of our cookies begin with; an application sees none and sets none of them.
const OURS: &[u8] = b"__host-sekisho";
/// A token of 256 bits in base64url.
const TOKEN_LENGTH: usize = 43;

/// Our cookies of one request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Cookies {
    pub(crate) session: Option<TokenHash>,
    pub(crate) start: Option<String>,
}

/// Reads our cookies. Of two cookies of one name, neither counts: only somebody else can have set the second.
pub(crate) fn read(headers: &HeaderMap) -> Cookies {
    let (mut session, mut start) = (Once::Never, Once::Never);
    for value in headers.get_all(header::COOKIE) {
        for pair in pairs(value) {
            let Some((name, value)) = split(pair) else {
                continue;
            };
            if name == SESSION.as_bytes() {
                session.see(token(value).map(zt_crypto::hash::received_hash));
            } else if name == START.as_bytes() {
                start.see(token(value).map(str::to_owned));
            }
        }
    }
    Cookies {
        session: session.found(),
        start: start.found(),
    }
}

/// Takes our cookies out of what goes to an application.
pub(crate) fn withhold(headers: &mut HeaderMap) {
    if headers.contains_key(header::COOKIE) {
        match others(headers) {
            Some(kept) => headers.insert(header::COOKIE, kept),
            None => headers.remove(header::COOKIE),
        };
    }
}

/// Takes what an upstream sets under our names out of its answer.
pub(crate) fn keep_ours(headers: &mut HeaderMap) {
    // A cookie without a name is sent back as its bare value: `=__Host-sekisho=…` comes back as ours (RFC 6265bis §5.7
    // has browsers refuse it; older ones do not).
    let sets_ours = |value: &HeaderValue| {
        let bytes = value.as_bytes();
        let named = bytes
            .iter()
            .position(|byte| *byte != b'=' && !byte.is_ascii_whitespace());
        is_ours(bytes.get(named.unwrap_or_default()..).unwrap_or_default())
    };
    if !headers.get_all(header::SET_COOKIE).iter().any(sets_ours) {
        return;
    }
    let kept: Vec<HeaderValue> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter(|value| !sets_ours(value))
        .cloned()
        .collect();
    headers.remove(header::SET_COOKIE);
    for value in kept {
        headers.append(header::SET_COOKIE, value);
    }
}

enum Once<T> {
    Never,
    Seen(Option<T>),
    Repeated,
}

impl<T> Once<T> {
    fn see(&mut self, value: Option<T>) {
        *self = match self {
            Self::Never => Self::Seen(value),
            Self::Seen(_) | Self::Repeated => Self::Repeated,
        };
    }

    fn found(self) -> Option<T> {
        match self {
            Self::Seen(value) => value,
            Self::Never | Self::Repeated => None,
        }
    }
}

fn pairs(value: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    value
        .as_bytes()
        .split(|byte| *byte == b';')
        .map(<[u8]>::trim_ascii)
}

fn split(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = pair.iter().position(|byte| *byte == b'=')?;
    let (name, value) = pair.split_at(equals);
    Some((name.trim_ascii(), value.get(1..)?))
}

fn is_ours(name: &[u8]) -> bool {
    name.get(..OURS.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(OURS))
}

fn token(value: &[u8]) -> Option<&str> {
    let fits = value.len() == TOKEN_LENGTH
        && value
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    std::str::from_utf8(value).ok().filter(|_| fits)
}

/// The cookies that are not ours, in one header (RFC 9113 §8.2.3 lets HTTP/2 split them; HTTP/1.1 wants one).
fn others(headers: &HeaderMap) -> Option<HeaderValue> {
    let values = headers.get_all(header::COOKIE);
    let mut kept = Vec::with_capacity(values.iter().map(|value| value.len() + 2).sum());
    for value in values {
        for pair in pairs(value).filter(|pair| !pair.is_empty()) {
            // One without `=` is a cookie without a name to most, but some read it as a name without a value.
            let name = split(pair).map_or(pair, |(name, _)| name);
            if is_ours(name) {
                continue;
            }
            if !kept.is_empty() {
                kept.extend_from_slice(b"; ");
            }
            kept.extend_from_slice(pair);
        }
    }
    if kept.is_empty() {
        None
    } else {
        HeaderValue::from_bytes(&kept).ok()
    }
}

#[cfg(test)]
mod tests;
