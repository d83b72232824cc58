//! The way back to the client (RFC 6749 §4.1.2, RFC 9207).

use super::{LONGEST_STATE, PageFault};
use crate::{Fault, Form, RedirectUri};
use serde::{Deserialize, Serialize};
use std::fmt;
use zt_types::Secret;

/// How the browser brings the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the address (OAuth 2.0 Multiple Response Types 1.0 §2.1).
    #[default]
    Query,
    /// In a form that sends itself (OAuth 2.0 Form Post Response Mode 1.0).
    FormPost,
}

impl ResponseMode {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Query, Self::FormPost];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }
}

/// Where the browser goes back to. The address is one that the client is registered with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnAddress {
    /// The address as the request named it.
    pub uri: RedirectUri,
    /// How.
    pub mode: ResponseMode,
    /// What the client wants back.
    pub state: Option<String>,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// A page says so: the browser is sent nowhere.
    Page(PageFault),
    /// The client is told.
    Redirect {
        /// Where.
        back: ReturnAddress,
        /// What.
        fault: Fault,
    },
}

/// What the browser gets. `Debug` shows neither code nor state.
pub enum Reply {
    /// This address to go to.
    Redirect(String),
    /// A page with a form that sends itself.
    FormPost {
        /// To this address.
        action: RedirectUri,
        /// Names and values of its fields.
        fields: Vec<(&'static str, String)>,
    },
}

impl ReturnAddress {
    /// Reads mode and state. If one of them is wrong, the other is carried all the same, and the fault says what was wrong.
    pub(crate) fn read(uri: RedirectUri, form: &Form) -> (Self, Result<(), Fault>) {
        let (state, mode) = (read_state(form), read_mode(form));
        let wrong = state.as_ref().err().or(mode.as_ref().err()).copied();
        let back = Self {
            uri,
            mode: mode.unwrap_or_default(),
            state: state.unwrap_or_default(),
        };
        (back, wrong.map_or(Ok(()), Err))
    }

    /// Brings the client its code, from `issuer` (RFC 6749 §4.1.2, RFC 9207 §2).
    #[must_use]
    pub fn answer(&self, issuer: &str, code: &Secret) -> Reply {
        self.reply(issuer, &[("code", code.expose())])
    }

    /// Tells the client what went wrong (RFC 6749 §4.1.2.1, RFC 9207 §2).
    #[must_use]
    pub fn refuse(&self, issuer: &str, fault: &Fault) -> Reply {
        let said = [
            ("error", fault.code.as_str()),
            ("error_description", fault.description),
        ];
        self.reply(issuer, &said)
    }

    fn reply(&self, issuer: &str, said: &[(&'static str, &str)]) -> Reply {
        let state = self.state.as_deref().map(|state| ("state", state));
        let pairs = said.iter().copied().chain(state).chain([("iss", issuer)]);
        match self.mode {
            ResponseMode::Query => {
                let pairs: Vec<(&str, &str)> = pairs.collect();
                Reply::Redirect(self.uri.with_query(&pairs))
            }
            ResponseMode::FormPost => Reply::FormPost {
                action: self.uri.clone(),
                fields: pairs
                    .map(|(name, value)| (name, value.to_owned()))
                    .collect(),
            },
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redirect(_) => "Redirect(…)",
            Self::FormPost { .. } => "FormPost(…)",
        })
    }
}

fn read_mode(form: &Form) -> Result<ResponseMode, Fault> {
    let Some(name) = form.one("response_mode")? else {
        return Ok(ResponseMode::default());
    };
    let mode = ResponseMode::ALL
        .into_iter()
        .find(|mode| mode.as_str() == name);
    mode.ok_or(Fault::request("the response_mode is query or form_post"))
}

fn read_state(form: &Form) -> Result<Option<String>, Fault> {
    let state = form.one("state")?;
    // RFC 6749 appendix A.5.
    let known = |state: &str| state.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
    match state {
        Some(state) if state.len() > LONGEST_STATE => {
            Err(Fault::request("the state is longer than 2048 bytes"))
        }
        Some(state) if !known(state) => Err(Fault::request("the state is not printable ASCII")),
        state => Ok(state.map(str::to_owned)),
    }
}
