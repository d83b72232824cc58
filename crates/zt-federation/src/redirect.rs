//! Addresses that browsers are sent to, and that we send to.
//!
//! Whoever can make one program read an address as ours and another as his own has the code. So what is registered is written in
//! one way only, the way on which RFC 3986 and browsers agree, and what a request asks for is compared with it as text.

mod grammar;

use grammar::{Form, Parts};
use serde::{Deserialize, Deserializer, Serialize};
use std::net::IpAddr;

/// An address registered for a client. Requests name it exactly as it is registered (RFC 9700 §2.1); only the port of a
/// loopback address may differ (RFC 8252 §7.3).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

/// Why a text is not an address that a client can be registered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// Longer than 2,048 bytes, or with a character that RFC 3986 does not know.
    #[error(
        "an address has at most 2,048 printable ASCII characters, none of them a space, quote, backslash or bracket"
    )]
    Characters,
    /// With a `*`, which would stand for nothing but itself.
    #[error("an address is compared character by character: it has no `*`")]
    Wildcard,
    /// Not `https`, not `http` on this machine, and not a scheme such as `com.example.app`.
    #[error(
        "an address begins with `https://`, with `http://127.0.0.1` or with a scheme such as `com.example.app:/`, in lower case"
    )]
    Scheme,
    /// With a user name, or without a host.
    #[error("an address has a host, and no user name")]
    Authority,
    /// With a host that is not written as browsers write it.
    #[error(
        "a host is a name such as `app.example.com` in lower case, without a dot at its end, or an address of four numbers or in brackets"
    )]
    Host,
    /// With a port that is none.
    #[error("a port is a number from 1 to 65535 without zeros before it")]
    Port,
    /// With a path that some programs shorten.
    #[error(
        "a path begins with `/` and has no `.` or `..`, no backslash and no `/` in disguise between its slashes"
    )]
    Path,
    /// With a `%` that no two hexadecimal digits follow, or with a control character in disguise.
    #[error("after `%` come two hexadecimal digits, which stand for no control character")]
    Escape,
    /// With a fragment.
    #[error("an address has no fragment")]
    Fragment,
}

impl RedirectUri {
    /// Reads an address.
    ///
    /// # Errors
    /// [`RedirectUriError`]: the first thing wrong with it.
    pub fn parse(text: &str) -> Result<Self, RedirectUriError> {
        Parts::of(text).map(|_| Self(text.to_owned()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request that names `asked` means this address: it is the same text (RFC 9700 §4.1.3), or the same but for the
    /// port, where this is `http` on `127.0.0.1` or `[::1]` (RFC 8252 §7.3).
    #[must_use]
    pub fn matches(&self, asked: &str) -> bool {
        if self.0 == asked {
            return true;
        }
        match (Parts::of(&self.0), Parts::of(asked)) {
            (Ok(ours), Ok(asked)) => {
                ours.form == Form::Loopback
                    && asked.form == Form::Loopback
                    && ours.host == asked.host
                    && ours.rest == asked.rest
            }
            _ => false,
        }
    }

    /// The address with `pairs` after what its query has already, written as RFC 6749 appendix B has it.
    #[must_use]
    pub fn with_query(&self, pairs: &[(&str, &str)]) -> String {
        let mut address = self.0.clone();
        for (name, value) in pairs {
            match address.find('?') {
                None => address.push('?'),
                Some(_) if address.ends_with(['?', '&']) => {}
                Some(_) => address.push('&'),
            }
            address.extend(form_urlencoded::byte_serialize(name.as_bytes()));
            address.push('=');
            address.extend(form_urlencoded::byte_serialize(value.as_bytes()));
        }
        address
    }

    /// The host of an address that begins with `https://`.
    #[must_use]
    pub fn web_host(&self) -> Option<&str> {
        let parts = Parts::of(&self.0).ok();
        let parts = parts.filter(|parts| parts.form == Form::Web);
        parts.map(|parts| parts.host)
    }

    /// Whether it is at this host, or at one below it.
    #[must_use]
    pub fn is_below(&self, domain: &str) -> bool {
        let Ok(parts) = Parts::of(&self.0) else {
            return false;
        };
        let host = parts.host.trim_end_matches('.');
        let rest = host.strip_suffix(domain);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// Whether it is on whatever device opens it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let Ok(parts) = Parts::of(&self.0) else {
            return false;
        };
        let host = parts.host.trim_matches(['[', ']']);
        let is_of_device = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        parts.form == Form::Loopback || is_of_device || self.is_below("localhost")
    }

    /// What a page's Content Security Policy names to let a browser go there (CSP Level 3 §2.3.1): scheme, host and port, or the
    /// scheme alone for one such as `com.example.app:`.
    #[must_use]
    pub fn origin(&self) -> &str {
        let rest = Parts::of(&self.0).map_or(0, |parts| parts.rest.len());
        self.0
            .get(..self.0.len().saturating_sub(rest))
            .unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for RedirectUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
