//! What a client binds itself to, beyond what every client has to do.

use crate::Client;
use serde::{Deserialize, Serialize};

/// The settings of one client. Without any, each of these is the client's choice, request by request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Safeguards {
    /// Whether its requests are pushed (RFC 9126 §6, `require_pushed_authorization_requests`).
    pub pushed_requests: Need,
    /// What its tokens are bound to (RFC 9449 §5.2, `dpop_bound_access_tokens`).
    pub bound_tokens: TokenBinding,
}

/// What a client's tokens are good with only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum TokenBinding {
    /// A key if it shows a proof that it has one; nothing otherwise.
    #[default]
    IfShown,
    /// A key, always (RFC 9449).
    #[serde(rename = "dpop")]
    Key,
}

impl TokenBinding {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::IfShown, Self::Key];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IfShown => "if-shown",
            Self::Key => "dpop",
        }
    }
}

/// Whether something must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// It may.
    #[default]
    Allowed,
    /// It must.
    Required,
}

impl Need {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Allowed, Self::Required];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Required => "required",
        }
    }
}

impl Client {
    /// Whether a browser may bring its requests only as a reference to one that it pushed (RFC 9126 §6).
    #[must_use]
    pub fn pushes_always(&self) -> bool {
        self.safeguards.pushed_requests == Need::Required
    }

    /// What its tokens are bound to.
    #[must_use]
    pub const fn token_binding(&self) -> TokenBinding {
        self.safeguards.bound_tokens
    }
}
