//! Which language a person reads, and the switch that needs no JavaScript.
//!
//! The cookie of a person's own choice goes before the browser's `Accept-Language`. The switch is a link to
//! `/language/<tag>?return=<path>` (under `/.sekisho` on application hosts); [`switch`] answers it.

use crate::{Base, headers};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use zt_types::Language;

const COOKIE: &str = "__Host-sekisho-language";

/// The language of a request.
#[must_use]
pub fn of(request: &HeaderMap) -> Language {
    let cookies = request
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let chosen = cookies.flat_map(|line| line.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        if name == COOKIE {
            Language::from_tag(value)
        } else {
            None
        }
    });
    chosen.unwrap_or_else(|| {
        let accepted = request
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok());
        Language::from_accept_language(accepted.unwrap_or_default())
    })
}

/// The address that switches to `language` and comes back to `here` (a path with its query).
#[must_use]
pub fn switch_href(base: Base, language: Language, here: &str) -> String {
    format!(
        "{}/language/{}?return={}",
        base.prefix(),
        language.tag(),
        percent_encoded(here)
    )
}

/// Answers a request to the switch: remembers the choice for a year and goes back. `None` if the path is not the switch's.
#[must_use]
pub fn switch(path: &str, query: Option<&str>) -> Option<Response<()>> {
    let tag = path
        .strip_prefix(Base::Application.prefix())
        .unwrap_or(path)
        .strip_prefix("/language/")?;
    let language = Language::ALL
        .into_iter()
        .find(|language| language.tag() == tag)?;
    let target = query
        .and_then(|query| {
            query
                .split('&')
                .find_map(|pair| pair.strip_prefix("return="))
        })
        .and_then(percent_decoded)
        .filter(|target| is_local(target))
        .and_then(|target| HeaderValue::try_from(target).ok())
        .unwrap_or(HeaderValue::from_static("/"));
    let cookie = format!(
        "{COOKIE}={tag}; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Lax",
        tag = language.tag()
    );
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::SEE_OTHER;
    *response.headers_mut() = headers::browser(&headers::Exception::None);
    response.headers_mut().insert(header::LOCATION, target);
    response
        .headers_mut()
        .insert(header::SET_COOKIE, HeaderValue::try_from(cookie).ok()?);
    Some(response)
}

/// Whether a text is a path on this very host: an open redirect is somebody else's phishing tool (RFC 9700 §4.11).
#[must_use]
pub fn is_local(target: &str) -> bool {
    // Browsers read `\` as `/` and drop tabs and line breaks (WHATWG URL §4.4), so `/\evil` and `/<tab>/evil` leave the host.
    target.starts_with('/')
        && !target.starts_with("//")
        && target
            .bytes()
            .all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\')
}

/// Encodes a text as one component of a query (RFC 3986 §2.1).
#[must_use]
pub fn percent_encoded(text: &str) -> String {
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
            out
        })
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = rest.get(2..)?;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}
