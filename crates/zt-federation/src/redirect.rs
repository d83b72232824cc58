//! Addresses that browsers are sent to, and that we send to.

use serde::{Deserialize, Deserializer, Serialize};

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
    /// Not `https`, not `http` on this machine, and not a scheme such as `com.example.app`.
    #[error(
        "an address begins with `https://`, with `http://127.0.0.1` or with a scheme such as `com.example.app:/`"
    )]
    Scheme,
    /// With a user name, or without a host.
    #[error("an address has a host, and no user name")]
    Authority,
    /// With a fragment.
    #[error("an address has no fragment")]
    Fragment,
}

impl RedirectUri {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for RedirectUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl RedirectUri {
    /// Reads an address.
    ///
    /// # Errors
    /// [`RedirectUriError`]: the first thing wrong with it.
    pub fn parse(text: &str) -> Result<Self, RedirectUriError> {
        let known =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
        if text.len() > 2048 || !text.bytes().all(known) {
            return Err(RedirectUriError::Characters);
        }
        if text.contains('#') {
            return Err(RedirectUriError::Fragment);
        }
        let (scheme, rest) = text.split_once(':').ok_or(RedirectUriError::Scheme)?;
        let is_private = scheme.contains('.')
            && scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-+".contains(&b));
        if is_private {
            // RFC 8252 §7.1.
            return if rest.starts_with('/') && !rest.starts_with("//") {
                Ok(Self(text.to_owned()))
            } else {
                Err(RedirectUriError::Authority)
            };
        }
        let rest = rest.strip_prefix("//").ok_or(RedirectUriError::Scheme)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let authority = rest.get(..end).unwrap_or_default();
        if authority.is_empty() || authority.contains('@') {
            return Err(RedirectUriError::Authority);
        }
        match scheme {
            "https" => Ok(Self(text.to_owned())),
            "http" if is_loopback(authority) => Ok(Self(text.to_owned())),
            _ => Err(RedirectUriError::Scheme),
        }
    }
}

/// Whether a host with or without a port is this machine, for certain: `localhost` can be somebody else's (RFC 8252 §8.3).
fn is_loopback(authority: &str) -> bool {
    let port = |rest: &str| {
        rest.is_empty()
            || rest
                .strip_prefix(':')
                .is_some_and(|port| port.parse::<u16>().is_ok())
    };
    ["127.0.0.1", "[::1]"]
        .iter()
        .any(|host| authority.strip_prefix(host).is_some_and(port))
}
