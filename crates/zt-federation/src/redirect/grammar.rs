//! How an address is written: the part of RFC 3986 that every program reads alike.

use super::RedirectUriError;
use std::net::{Ipv4Addr, Ipv6Addr};

/// What kind of address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `https`.
    Web,
    /// `http` on this machine.
    Loopback,
    /// A scheme of one's own (RFC 8252 §7.1).
    PrivateUse,
}

/// An address, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) form: Form,
    /// The host, with brackets if it has any; empty for a scheme of one's own.
    pub(super) host: &'a str,
    /// Path and query.
    pub(super) rest: &'a str,
}

impl<'a> Parts<'a> {
    pub(super) fn of(text: &'a str) -> Result<Self, RedirectUriError> {
        // RFC 3986 §2.2, §2.3. No backslash, which browsers take for a slash; no tab or line break, which they leave out.
        let known =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
        if text.len() > 2048 || !text.bytes().all(known) {
            return Err(RedirectUriError::Characters);
        }
        if text.contains('*') {
            return Err(RedirectUriError::Wildcard);
        }
        // RFC 6749 §3.1.2.
        if text.contains('#') {
            return Err(RedirectUriError::Fragment);
        }
        let (scheme, rest) = text.split_once(':').ok_or(RedirectUriError::Scheme)?;
        if is_private_use(scheme) {
            // One slash: what follows two would be a host (RFC 8252 §7.1).
            if !rest.starts_with('/') || rest.starts_with("//") {
                return Err(RedirectUriError::Authority);
            }
            check_rest(rest)?;
            return Ok(Self {
                form: Form::PrivateUse,
                host: "",
                rest,
            });
        }
        let form = match scheme {
            "https" => Form::Web,
            "http" => Form::Loopback,
            _ => return Err(RedirectUriError::Scheme),
        };
        let after = rest.strip_prefix("//").ok_or(RedirectUriError::Scheme)?;
        // No `[` begins anything but a host, and every other bracket is a program's to misread.
        let end = after.find(['/', '?']).unwrap_or(after.len());
        let (authority, rest) = after.split_at_checked(end).unwrap_or((after, ""));
        let host = check_authority(authority)?;
        // `localhost` can be somebody else's (RFC 8252 §8.3).
        if form == Form::Loopback && !matches!(host, "127.0.0.1" | "[::1]") {
            return Err(RedirectUriError::Scheme);
        }
        check_rest(rest)?;
        Ok(Self { form, host, rest })
    }
}

/// A domain name turned round, such as `com.example.app` (RFC 8252 §7.1): `javascript` and `data` have no dot.
fn is_private_use(scheme: &str) -> bool {
    scheme.contains('.')
        && scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.split('.').all(is_label)
}

/// The host of an authority (RFC 3986 §3.2).
fn check_authority(authority: &str) -> Result<&str, RedirectUriError> {
    if authority.is_empty() || authority.contains('@') {
        return Err(RedirectUriError::Authority);
    }
    let host_end = match authority.find(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority
        .split_at_checked(host_end)
        .ok_or(RedirectUriError::Host)?;
    if !is_host(host) {
        return Err(RedirectUriError::Host);
    }
    match port.strip_prefix(':') {
        None if port.is_empty() => Ok(host),
        Some(port) if is_port(port) => Ok(host),
        _ => Err(RedirectUriError::Port),
    }
}

/// Whether it is a host as browsers write it (WHATWG URL §3.5), so that equal hosts are equal texts.
fn is_host(host: &str) -> bool {
    if let Some(inside) = host.strip_prefix('[') {
        let address = inside.strip_suffix(']').map(str::parse::<Ipv6Addr>);
        return matches!(address, Some(Ok(address)) if host == format!("[{address}]"));
    }
    if host.len() > 253 || !host.split('.').all(is_label) {
        return false;
    }
    // What ends in a number is four numbers to a browser, however it is written: `127.1`, `0x7f000001`.
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last
            .strip_prefix("0x")
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    !is_number
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.to_string() == host)
}

/// A label of a host name (RFC 1123 §2.1), in lower case.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_port(port: &str) -> bool {
    port.parse::<u16>()
        .is_ok_and(|number| number != 0 && number.to_string() == port)
}

/// Path and query.
fn check_rest(rest: &str) -> Result<(), RedirectUriError> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    // Programs disagree on whether `?` ends an authority.
    if !path.is_empty() && !path.starts_with('/') || path.is_empty() && !rest.is_empty() {
        return Err(RedirectUriError::Path);
    }
    if rest.contains(['[', ']']) {
        return Err(RedirectUriError::Characters);
    }
    let path = unescape(path)?;
    unescape(query)?;
    let in_disguise = path
        .iter()
        .any(|(byte, escaped)| *escaped && matches!(byte, b'/' | b'\\'));
    let dots = path
        .split(|(byte, _)| *byte == b'/')
        .any(|segment| matches!(segment, [(b'.', _)] | [(b'.', _), (b'.', _)]));
    if in_disguise || dots {
        return Err(RedirectUriError::Path);
    }
    Ok(())
}

/// The bytes meant, and whether each was written with `%` (RFC 3986 §2.1).
fn unescape(text: &str) -> Result<Vec<(u8, bool)>, RedirectUriError> {
    let mut meant = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            meant.push((byte, false));
            continue;
        }
        let mut digit = || {
            let digit = bytes.next().and_then(|byte| char::from(byte).to_digit(16));
            digit
                .and_then(|digit| u8::try_from(digit).ok())
                .ok_or(RedirectUriError::Escape)
        };
        let byte = digit()? << 4 | digit()?;
        if byte.is_ascii_control() {
            return Err(RedirectUriError::Escape);
        }
        meant.push((byte, true));
    }
    Ok(meant)
}
