//! The request normaliser: from whatever came to one request with one reading, or a fault.
//!
//! INVARIANT: what leaves here carries no header that says who somebody is, except our own cookies (which
//! [`crate::outgoing`] withholds), and nothing that belongs to one hop only.

use crate::cookie;
use crate::fault::Fault;
use crate::path;
use http::header::{self, HeaderName};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, Version};
use hyper::ext::Protocol;
use zt_types::TokenHash;

/// A request with one reading. Its headers are clean: see the module.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) kind: Kind,
    pub(crate) reader: Reader,
    /// The session cookie's hash, if there is exactly one such cookie.
    pub(crate) session: Option<TokenHash>,
    /// The value of the cookie that binds a sign-in to this browser.
    pub(crate) start: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A request and its answer.
    Exchange,
    /// A WebSocket by HTTP/1.1 upgrade (RFC 6455 §4.2.1).
    WebSocketUpgrade,
    /// A WebSocket by extended CONNECT (RFC 8441 §4).
    WebSocketConnect,
}

/// Who reads the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A person, in a page of its own: a redirect or a page helps.
    Person,
    /// A script or a program: a status and problem details help.
    Program,
}

/// Reads and cleans the head of a request that came on a connection made for `server_name`.
pub(crate) fn normalise(parts: &mut Parts, server_name: &str) -> Result<Arrival, Fault> {
    let kind = kind(parts)?;
    check_authority(parts, &kind, server_name)?;
    path::check(parts.uri.path(), parts.uri.query())?;
    let reader = reader(&parts.method, &parts.headers);
    let findings = scan(&parts.headers)?;
    if kind == Kind::WebSocketUpgrade {
        check_upgrade(parts)?;
    }
    if kind != Kind::Exchange {
        check_origin(parts)?;
    }
    let cookies = cookie::read(&parts.headers);
    clean(&mut parts.headers, findings);
    Ok(Arrival {
        kind,
        reader,
        session: cookies.session,
        start: cookies.start,
    })
}

fn kind(parts: &Parts) -> Result<Kind, Fault> {
    match parts.method {
        Method::CONNECT => match parts.extensions.get::<Protocol>() {
            Some(protocol) if protocol.as_str() == "websocket" => Ok(Kind::WebSocketConnect),
            _ => Err(Fault::Method),
        },
        Method::TRACE => Err(Fault::Method),
        // What debugging methods of some servers call themselves.
        ref other
            if other.as_str().eq_ignore_ascii_case("TRACK")
                || other.as_str().eq_ignore_ascii_case("DEBUG") =>
        {
            Err(Fault::Method)
        }
        Method::GET
            if parts.version == Version::HTTP_11 && parts.headers.contains_key(header::UPGRADE) =>
        {
            let upgrade = parts.headers.get_all(header::UPGRADE).iter();
            let is_websocket = upgrade
                .into_iter()
                .any(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
            // Any other protocol is an offer that one may ignore (RFC 9110 §7.8).
            Ok(if is_websocket {
                Kind::WebSocketUpgrade
            } else {
                Kind::Exchange
            })
        }
        _ => Ok(Kind::Exchange),
    }
}

fn check_authority(parts: &Parts, kind: &Kind, server_name: &str) -> Result<(), Fault> {
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(Fault::SeveralHosts);
    }
    let authority = parts.uri.authority();
    if parts.version == Version::HTTP_2 {
        // RFC 9113 §8.3.1: a Host that differs from :authority is malformed.
        let differs = |host: &HeaderValue| {
            authority.is_some_and(|a| !same(a.as_str().as_bytes(), host.as_bytes()))
        };
        if host.is_some_and(differs) {
            return Err(Fault::SeveralHosts);
        }
    } else if let Some(authority) = authority {
        // The absolute form. The TLS side of the connection says which scheme this is.
        let scheme_fits = parts.uri.scheme() == Some(&http::uri::Scheme::HTTPS);
        let host_fits =
            host.is_some_and(|host| same(host.as_bytes(), authority.as_str().as_bytes()));
        if !scheme_fits || !host_fits || *kind == Kind::WebSocketConnect {
            return Err(if host.is_none() {
                Fault::NoHost
            } else {
                Fault::TargetMismatch
            });
        }
    }
    let named = match (authority, host) {
        (Some(authority), _) => host_of(authority.as_str().as_bytes())?,
        (None, Some(host)) => host_of(host.as_bytes())?,
        (None, None) => return Err(Fault::NoHost),
    };
    if named.eq_ignore_ascii_case(server_name.as_bytes()) {
        Ok(())
    } else {
        Err(Fault::Misdirected)
    }
}

fn same(one: &[u8], other: &[u8]) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// The host of `host` or `host:port` (RFC 9110 §7.2).
fn host_of(authority: &[u8]) -> Result<&[u8], Fault> {
    let (host, port) = match authority.iter().position(|byte| *byte == b':') {
        Some(colon) => {
            let (host, port) = authority.split_at(colon);
            (host, port.get(1..).unwrap_or_default())
        }
        None => (authority, &b"443"[..]),
    };
    let host_is_name = !host.is_empty()
        && host
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    let port_is_number = (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit);
    if host_is_name && port_is_number {
        Ok(host)
    } else {
        Err(Fault::BadHost)
    }
}

/// Fetch Metadata says it plainly (W3C Fetch Metadata §2.2); older browsers show it by what they accept.
fn reader(method: &Method, headers: &HeaderMap) -> Reader {
    if let Some(mode) = headers.get("sec-fetch-mode") {
        return if mode.as_bytes() == b"navigate" {
            Reader::Person
        } else {
            Reader::Program
        };
    }
    let accepts_pages = headers.get(header::ACCEPT).is_some_and(|accept| {
        accept
            .as_bytes()
            .windows(9)
            .any(|window| window.eq_ignore_ascii_case(b"text/html"))
    });
    if accepts_pages && (method == Method::GET || method == Method::HEAD) {
        Reader::Person
    } else {
        Reader::Program
    }
}

/// What has to be taken out of the headers.
#[derive(Debug, Default)]
struct Findings {
    remove: Vec<HeaderName>,
    te_trailers: Trailers,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Trailers {
    #[default]
    NotAccepted,
    Accepted,
}

/// One pass over the names.
fn scan(headers: &HeaderMap) -> Result<Findings, Fault> {
    let mut findings = Findings::default();
    for name in headers.keys() {
        match fate(name.as_str()) {
            Fate::Pass => {}
            Fate::Remove => findings.remove.push(name.clone()),
            Fate::Refuse => return Err(Fault::AliasedHeader),
        }
    }
    for value in headers.get_all(header::CONNECTION) {
        nominations(value, headers, &mut findings.remove)?;
    }
    for value in headers.get_all(header::TE) {
        let codings = value.as_bytes().split(|byte| *byte == b',');
        if codings
            .into_iter()
            .any(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"trailers"))
        {
            findings.te_trailers = Trailers::Accepted;
        }
    }
    if headers
        .get_all(header::EXPECT)
        .iter()
        .any(|value| !value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
    {
        return Err(Fault::Expectation);
    }
    Ok(findings)
}

/// RFC 9110 §7.6.1: what Connection names goes no further; what is for everybody must not be named there.
fn nominations(
    value: &HeaderValue,
    headers: &HeaderMap,
    remove: &mut Vec<HeaderName>,
) -> Result<(), Fault> {
    for option in value.as_bytes().split(|byte| *byte == b',') {
        let option = option.trim_ascii();
        if option.is_empty()
            || option.eq_ignore_ascii_case(b"close")
            || option.eq_ignore_ascii_case(b"keep-alive")
        {
            continue;
        }
        let Ok(name) = HeaderName::from_bytes(option) else {
            return Err(Fault::Nomination);
        };
        if is_for_everybody(name.as_str()) {
            return Err(Fault::Nomination);
        }
        if headers.contains_key(&name) {
            remove.push(name);
        }
    }
    Ok(())
}

fn is_for_everybody(name: &str) -> bool {
    matches!(
        name,
        "host"
            | "cookie"
            | "authorization"
            | "origin"
            | "referer"
            | "accept"
            | "range"
            | "cache-control"
    ) || name.starts_with("content-")
        || name.starts_with("sec-")
        || name.starts_with("if-")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Pass,
    Remove,
    Refuse,
}

fn fate(name: &str) -> Fate {
    if name.contains('_') {
        // CGI and its heirs read `_` and `-` alike (RFC 3875 §4.1.18): two spellings, one variable.
        let dashed = name.replace('_', "-");
        let matters = fate_of_dashed(&dashed) == Fate::Remove
            || is_for_everybody(&dashed)
            || matches!(
                dashed.as_str(),
                "connection" | "expect" | "te" | "transfer-encoding" | "upgrade"
            );
        return if matters { Fate::Refuse } else { Fate::Pass };
    }
    fate_of_dashed(name)
}

fn fate_of_dashed(name: &str) -> Fate {
    match name {
        // For one hop only (RFC 9110 §7.6.1).
        "connection"
        | "keep-alive"
        | "proxy-connection"
        | "te"
        | "trailer"
        | "transfer-encoding"
        | "upgrade"
        | "expect"
        | "http2-settings"
        | "proxy-authenticate"
        | "proxy-authorization" => Fate::Remove,
        // Who the peer is, as a proxy in front would say; we are that proxy. RFC 7239, RFC 9440, and the habits.
        "forwarded"
        | "via"
        | "x-real-ip"
        | "x-client-ip"
        | "true-client-ip"
        | "cf-connecting-ip"
        | "x-cluster-client-ip"
        | "client-cert"
        | "client-cert-chain"
        | "remote-user"
        | "x-remote-user"
        | "x-original-host" => Fate::Remove,
        // Some servers route by these instead of the path.
        "x-original-url" | "x-rewrite-url" => Fate::Remove,
        // httpoxy: CGI turns it into HTTP_PROXY.
        "proxy" => Fate::Remove,
        _ if name.starts_with("sekisho-")
            || name.starts_with("x-sekisho-")
            || name.starts_with("x-forwarded-")
            || name.starts_with("x-ssl-client-")
            || name.starts_with("ssl-client-") =>
        {
            Fate::Remove
        }
        "sekisho" | "x-sekisho" => Fate::Remove,
        _ => Fate::Pass,
    }
}

fn clean(headers: &mut HeaderMap, findings: Findings) {
    for name in findings.remove {
        headers.remove(name);
    }
    if findings.te_trailers == Trailers::Accepted {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
}

fn check_upgrade(parts: &Parts) -> Result<(), Fault> {
    let connection = parts.headers.get_all(header::CONNECTION).iter();
    let says_upgrade = connection
        .into_iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"upgrade"));
    let version = parts
        .headers
        .get(header::SEC_WEBSOCKET_VERSION)
        .is_some_and(|version| version == "13");
    // RFC 6455 §4.1: 16 bytes in base64.
    let key = parts
        .headers
        .get(header::SEC_WEBSOCKET_KEY)
        .is_some_and(|key| key.len() == 24);
    if says_upgrade && version && key {
        Ok(())
    } else {
        Err(Fault::WebSocket)
    }
}

/// RFC 6455 §10.2. All applications are one site to a browser, so `SameSite` does not keep the page of one from opening a
/// WebSocket to another with the person's cookies; the same-origin policy does not apply to WebSockets at all. Whoever
/// sends no Origin is no browser.
fn check_origin(parts: &Parts) -> Result<(), Fault> {
    let mut origins = parts.headers.get_all(header::ORIGIN).iter();
    let own = match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => {
            let from = origin.as_bytes().strip_prefix(b"https://");
            from.is_some_and(|from| same(without_443(from), without_443(named(parts))))
        }
        (Some(_), Some(_)) => false,
    };
    if own {
        Ok(())
    } else {
        Err(Fault::ForeignOrigin)
    }
}

/// RFC 6454 §6.1: an origin is written without the port of its scheme.
fn without_443(authority: &[u8]) -> &[u8] {
    authority.strip_suffix(b":443").unwrap_or(authority)
}

fn named(parts: &Parts) -> &[u8] {
    match (parts.uri.authority(), parts.headers.get(header::HOST)) {
        (Some(authority), _) => authority.as_str().as_bytes(),
        (None, Some(host)) => host.as_bytes(),
        (None, None) => &[],
    }
}

/// The authority that an HTTP/2 request or a Host header names, for messages.
pub(crate) fn named_host(parts: &Parts) -> &str {
    let host = || {
        parts
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
    };
    parts
        .uri
        .authority()
        .map(Authority::as_str)
        .or_else(host)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
