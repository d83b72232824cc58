//! Where an application really is.

use http::Uri;
use http::uri::Scheme;
use rustls::pki_types::ServerName;
use std::fmt;
use std::str::FromStr;

/// Why a text is not an upstream address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not an address at all.
    #[error("`{0}` is not an address such as `http://10.0.0.5:8080`")]
    NotAnAddress(String),
    /// Neither `http` nor `https`.
    #[error("`{0}` must begin with `http://` or `https://`")]
    Scheme(String),
    /// It has a path, a query or a user in it.
    #[error("`{0}` must be an origin: no path, query or user name")]
    NotAnOrigin(String),
}

/// An application's origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    host: String,
    port: u16,
    tls: Option<ServerName<'static>>,
}

impl Target {
    pub(crate) fn host(&self) -> &str {
        &self.host
    }
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }
    pub(crate) fn server_name(&self) -> Option<ServerName<'static>> {
        self.tls.clone()
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let uri: Uri = text
            .parse()
            .map_err(|_| TargetError::NotAnAddress(text.to_owned()))?;
        let scheme = uri
            .scheme()
            .ok_or_else(|| TargetError::Scheme(text.to_owned()))?;
        let default_port = match scheme {
            scheme if *scheme == Scheme::HTTP => 80,
            scheme if *scheme == Scheme::HTTPS => 443,
            _ => return Err(TargetError::Scheme(text.to_owned())),
        };
        let authority = uri
            .authority()
            .ok_or_else(|| TargetError::NotAnAddress(text.to_owned()))?;
        if uri.path() != "/" || uri.query().is_some() || authority.as_str().contains('@') {
            return Err(TargetError::NotAnOrigin(text.to_owned()));
        }
        // An IPv6 address stands in brackets in an address, and without them everywhere else (RFC 3986 §3.2.2).
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        if host.is_empty()
            || (authority.as_str().len() > authority.host().len() && authority.port_u16().is_none())
        {
            return Err(TargetError::NotAnAddress(text.to_owned()));
        }
        let tls = if *scheme == Scheme::HTTPS {
            let name = ServerName::try_from(host.clone());
            Some(name.map_err(|_| TargetError::NotAnAddress(text.to_owned()))?)
        } else {
            None
        };
        Ok(Self {
            host,
            port: authority.port_u16().unwrap_or(default_port),
            tls,
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        for (text, expected) in [
            ("http://10.0.0.5:8080", "http://10.0.0.5:8080"),
            ("http://wiki.internal", "http://wiki.internal:80"),
            ("https://wiki.internal/", "https://wiki.internal:443"),
            ("http://[::1]:8080", "http://::1:8080"),
        ] {
            assert_eq!(
                text.parse::<Target>()
                    .map(|target| target.to_string())
                    .as_deref(),
                Ok(expected)
            );
        }
        for text in [
            "",
            "wiki",
            "/x",
            "ftp://x",
            "http://",
            "http://x/path",
            "http://x/?q",
            "http://u@x",
            "http://x:",
            "http://x:99999",
        ] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
