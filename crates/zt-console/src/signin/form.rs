//! What forms of the prompt bring, and whether they come from our own pages.

use http::HeaderMap;
use http::header;
use serde::Deserialize;
use zt_auth::{Nonce, Ticket};
use zt_types::{FlowId, Secret};

/// The longest form body, in bytes: a passkey's answer is the longest thing in one.
pub(crate) const LONGEST_BODY: usize = 96 * 1024;

/// A form of the prompt, whichever. Unknown fields are refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fields {
    step: u64,
    nonce: String,
    #[serde(default)]
    pub(crate) login: String,
    /// For password managers: the name beside the password. Not looked at.
    #[serde(default, rename = "username")]
    _username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    pub(crate) credential: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) kind: String,
}

/// What was typed, held only while the effects that look at it run.
pub(crate) struct Typed {
    pub(crate) password: Secret,
    pub(crate) code: Secret,
    pub(crate) credential: String,
    pub(crate) name: String,
}

impl Typed {
    /// Nothing was.
    pub(crate) const fn nothing() -> Self {
        Self {
            password: Secret::new(String::new()),
            code: Secret::new(String::new()),
            credential: String::new(),
            name: String::new(),
        }
    }
}

impl Fields {
    /// The ticket it carries; a nonce that is none belongs to no step.
    pub(crate) fn ticket(&self, flow: FlowId) -> Result<Ticket, zt_auth::Turned> {
        Ok(Ticket {
            flow,
            step: self.step,
            nonce: self.nonce.parse::<Nonce>()?,
        })
    }

    pub(crate) fn into_typed(self) -> Typed {
        Typed {
            password: Secret::new(self.password),
            code: Secret::new(self.code),
            credential: self.credential,
            name: self.name,
        }
    }
}

/// Whether a form was sent by one of our own pages.
///
/// `Sec-Fetch-Site` (W3C Fetch Metadata §2.3) says so where the browser sends it, else `Origin` (RFC 6454 §7); a browser
/// that sends neither has the flow's nonce alone, which no other site can know.
pub(crate) fn is_own(headers: &HeaderMap, origin: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(from)) => from == origin,
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests;
