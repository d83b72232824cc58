//! An address taken apart: what may be called at all.

use super::OutboundError;
use http::Uri;
use rustls::pki_types::ServerName;
use std::fmt;
use std::net::IpAddr;

/// Whom a request is for.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) security: Security,
    /// The host in lower case, without brackets.
    pub(super) host: String,
    /// The host, if it is an address.
    pub(super) address: Option<IpAddr>,
    pub(super) port: u16,
}

/// How the connection is secured.
#[derive(Debug)]
pub(super) enum Security {
    /// By TLS, with a server of this name.
    Tls(ServerName<'static>),
    /// Not at all: this machine only.
    Clear,
}

impl Target {
    pub(super) fn of(uri: &Uri) -> Result<Self, OutboundError> {
        Self::read(uri).ok_or_else(|| OutboundError::Address(uri.to_string()))
    }

    fn read(uri: &Uri) -> Option<Self> {
        let authority = uri.authority()?.as_str();
        // Programs disagree on what of it is the host.
        if authority.contains(['@', '\\', '%', ' ']) {
            return None;
        }
        let host = uri.host()?.to_ascii_lowercase();
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let address = match bare {
            Some(v6) => Some(IpAddr::V6(v6.parse().ok()?)),
            None => host.parse().ok().map(IpAddr::V4),
        };
        let host = bare.unwrap_or(&host).to_owned();
        // `127.1` and `0x7f000001` are addresses to some programs and names to others.
        if address.is_none() && (ends_in_number(&host) || !is_name(&host)) {
            return None;
        }
        let security = match uri.scheme_str()? {
            "https" => Security::Tls(ServerName::try_from(host.clone()).ok()?),
            "http" => Security::Clear,
            _ => return None,
        };
        let default = match security {
            Security::Tls(_) => 443,
            Security::Clear => 80,
        };
        let port = match authority.rsplit_once(':') {
            Some((_, port)) if !port.ends_with(']') => port.parse().ok()?,
            _ => default,
        };
        // Below 1024 are the services of machines; who takes requests there takes them where they belong.
        (port == default || port >= 1024).then_some(Self {
            security,
            host,
            address,
            port,
        })
    }
}

/// A name that has an address: not one without a dot, which is whatever the search list of this machine makes of it.
fn is_name(host: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    host.len() <= 253
        && host.bytes().all(known)
        && (host == "localhost" || host.trim_end_matches('.').contains('.'))
        && !host.split('.').rev().skip(1).any(str::is_empty)
        && !host.ends_with('.')
}

/// WHATWG URL §3.5.
fn ends_in_number(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next();
    last.is_some_and(|last| {
        last.bytes().all(|byte| byte.is_ascii_digit())
            || last
                .strip_prefix("0x")
                .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests;
