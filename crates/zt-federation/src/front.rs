//! Clients that the browser of whoever signs out tells it, in a frame (OpenID Connect Front-Channel Logout 1.0).

use crate::{Client, RedirectUri};
use serde::{Deserialize, Serialize};

/// Where a client is told in the browser, and how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontChannel {
    /// The address that a frame opens.
    pub uri: RedirectUri,
    /// Whether the frame says which session it is about.
    pub session: SessionNaming,
}

/// Whether a frame says which session it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionNaming {
    /// With `iss` and `sid` (§2), so that the client knows without a cookie.
    Named,
    /// With neither.
    Unnamed,
}

impl SessionNaming {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Named, Self::Unnamed];

    /// The slug used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Unnamed => "unnamed",
        }
    }
}

/// Why an address is none that a frame may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrontChannelError {
    /// A program's own scheme, or a host that no content policy can name.
    #[error("a browser opens it in a frame: it begins with `https://` and the name of a host")]
    Framed,
    /// Nobody comes back there with a code (§2).
    #[error(
        "its scheme, host and port are none of `redirect_uris`: whoever runs one must run the other"
    )]
    Elsewhere,
}

impl FrontChannel {
    /// The address of `client`, which a frame may open.
    ///
    /// # Errors
    /// [`FrontChannelError`].
    pub fn new<'a>(
        uri: RedirectUri,
        session: SessionNaming,
        redirect_uris: impl IntoIterator<Item = &'a RedirectUri>,
    ) -> Result<Self, FrontChannelError> {
        let origin = uri.origin();
        // CSP Level 3 §2.3.1 has no hosts in brackets.
        if !(origin.starts_with("https://") || origin.starts_with("http://"))
            || origin.contains('[')
        {
            return Err(FrontChannelError::Framed);
        }
        let ours = without_usual_port(origin);
        let mut theirs = redirect_uris.into_iter().map(RedirectUri::origin);
        if theirs.any(|origin| without_usual_port(origin) == ours) {
            return Ok(Self { uri, session });
        }
        Err(FrontChannelError::Elsewhere)
    }

    /// What the frame opens for the session that the client knows as `sid`.
    #[must_use]
    pub fn address(&self, issuer: &str, sid: &str) -> String {
        match self.session {
            SessionNaming::Named => self.uri.with_query(&[("iss", issuer), ("sid", sid)]),
            SessionNaming::Unnamed => self.uri.as_str().to_owned(),
        }
    }

    /// Where it leads, as a content policy names it.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.uri.origin()
    }
}

fn without_usual_port(origin: &str) -> &str {
    let web = origin.strip_suffix(":443");
    web.filter(|_| origin.starts_with("https://"))
        .unwrap_or(origin)
}

impl Client {
    /// Where it is told in the browser: at an address that fits where codes are sent today.
    #[must_use]
    pub fn front_channel(&self) -> Option<&FrontChannel> {
        let front = self.frontchannel_logout.as_ref()?;
        let again = FrontChannel::new(front.uri.clone(), front.session, &self.redirect_uris);
        again.is_ok().then_some(front)
    }
}

#[cfg(test)]
mod tests;
