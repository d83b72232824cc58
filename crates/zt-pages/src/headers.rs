//! The one layer that builds security headers.
//!
//! Three types of route: *browser* (a page: cookie, token, strict content policy), *API* (JSON only), *protocol* (what its
//! specification says; nothing is framed, sniffed or cached). Exceptions to the content policy are the variants of
//! [`Exception`] and nothing else.

use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue};
use std::fmt;

/// The content policy of every page, but for its `form-action`.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
     connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; form-action 'self'";

/// What a page may do beyond the content policy. The list is the whole of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exception {
    /// Nothing: the rule.
    None,
    /// A form on this page is answered by a redirect that ends the sign-in at this origin. Browsers apply `form-action` to
    /// the whole chain of redirects (CSP3 §6.4.1), so the application's validated origin must be named.
    EndOfSignIn(Origin),
    /// The one form on this page goes to this origin, which may redirect to any address of the web. Nothing else is on the page.
    FormAndOnward(Origin),
    /// Frames on this page open addresses of these origins, and of no other: they tell clients of a sign-out.
    Frames(Vec<Origin>),
}

/// A validated web origin: scheme, host, and the port where it is not the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// Why a text is not an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an origin such as `https://wiki.example.co.jp`")]
pub struct OriginError(String);

impl Origin {
    /// Parses `https://host` or `https://host:port`. Nothing else can stand in a content policy.
    ///
    /// # Errors
    /// [`OriginError`] for any other scheme, a path, user information, or characters outside host names.
    pub fn https(text: &str) -> Result<Self, OriginError> {
        let refuse = || OriginError(text.chars().take(80).collect());
        let rest = text.strip_prefix("https://").ok_or_else(refuse)?;
        let (host, port) = rest
            .split_once(':')
            .map_or((rest, None), |(host, port)| (host, Some(port)));
        let host_is_plain = !host.is_empty()
            && host.len() <= 253
            && host
                .split('.')
                .all(|label| !label.is_empty() && !label.starts_with('-'))
            && host
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
        let port_is_plain =
            port.is_none_or(|port| port.parse::<u16>().is_ok() && !port.starts_with(['+', '0']));
        if host_is_plain && port_is_plain {
            Ok(Self(text.to_owned()))
        } else {
            Err(refuse())
        }
    }

    /// Parses where a registered client is: `https://host` with or without a port, `http://127.0.0.1` with or without one, or a
    /// scheme of a program's own such as `com.example.app:` (RFC 8252 §7).
    ///
    /// # Errors
    /// [`OriginError`] for anything else.
    pub fn of_client(text: &str) -> Result<Self, OriginError> {
        let refuse = || OriginError(text.chars().take(80).collect());
        if let Some(scheme) = text.strip_suffix(':') {
            let known = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'+');
            let is_own = scheme.contains('.')
                && scheme.starts_with(|first: char| first.is_ascii_lowercase())
                && scheme.bytes().all(known);
            return if is_own {
                Ok(Self(text.to_owned()))
            } else {
                Err(refuse())
            };
        }
        if let Some(rest) = text.strip_prefix("http://127.0.0.1") {
            Self::https(&format!("https://127.0.0.1{rest}"))?;
            return Ok(Self(text.to_owned()));
        }
        Self::https(text)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The headers of a page.
#[must_use]
pub fn browser(exception: &Exception) -> HeaderMap {
    let mut headers = everywhere();
    let policy = match exception {
        Exception::None => HeaderValue::from_static(CONTENT_POLICY),
        // An origin holds only characters that a header value may hold; were it not so, the strict policy stays.
        Exception::EndOfSignIn(origin) => {
            HeaderValue::try_from(format!("{CONTENT_POLICY} {origin}"))
                .unwrap_or(HeaderValue::from_static(CONTENT_POLICY))
        }
        Exception::FormAndOnward(origin) => {
            HeaderValue::try_from(format!("{CONTENT_POLICY} {origin} https:"))
                .unwrap_or(HeaderValue::from_static(CONTENT_POLICY))
        }
        Exception::Frames(origins) => {
            let mut policy = format!("{CONTENT_POLICY}; frame-src");
            for origin in origins {
                policy.push(' ');
                policy.push_str(&origin.0);
            }
            HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(CONTENT_POLICY))
        }
    };
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    put(&mut headers, "cross-origin-opener-policy", "same-origin");
    put(
        &mut headers,
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), serial=(), \
         clipboard-write=(self), publickey-credentials-create=(self), publickey-credentials-get=(self)",
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(
        header::VARY,
        HeaderValue::from_static("Accept-Language, Cookie"),
    );
    headers
}

/// The headers of a JSON answer of our own API.
#[must_use]
pub fn api() -> HeaderMap {
    let mut headers = everywhere();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; form-action 'none'"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
}

/// The headers of a protocol endpoint. Caching stays the endpoint's own matter where its specification wants it (keys and
/// discovery documents); it starts as `no-store` (RFC 6749 §5.1).
#[must_use]
pub fn protocol() -> HeaderMap {
    let mut headers = api();
    // Discovery documents and keys are read by scripts of other origins.
    put(&mut headers, "cross-origin-resource-policy", "cross-origin");
    headers
}

/// The headers of an asset whose name carries its hash.
#[must_use]
pub fn asset() -> HeaderMap {
    let mut headers = everywhere();
    // An SVG opened by its address is a document: it runs nothing.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; font-src 'self'; frame-ancestors 'none'",
        ),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    headers
}

fn everywhere() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    // Not `no-referrer`: that would make browsers send `Origin: null` with our own forms.
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    );
    put(&mut headers, "cross-origin-resource-policy", "same-origin");
    headers
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &'static str) {
    headers.insert(
        HeaderName::from_static(name),
        HeaderValue::from_static(value),
    );
}
