//! A request as it goes round with the browser.

use super::{SIGN_ON, Wrong};
use crate::PagesState;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use zt_federation::saml::AuthnRequest;
use zt_types::{ClientId, Seconds, Timestamp};

/// A longer one is refused, in bytes: it has to fit into a way back.
const LONGEST: usize = 3900;
/// How long it goes round: somebody may have to fetch a security key first.
const COUNTS_FOR: Seconds = Seconds::hours(1);
/// What it stands under.
const NAME: &str = "request";
/// When it came, in milliseconds, a dot, and a code over both.
const SINCE: &str = "since";

/// What is wanted for a service provider: what was read and verified, and nothing else of what came.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignOn {
    /// For whom.
    pub(super) provider: ClientId,
    /// What it asked for; `None`: nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<AuthnRequest>,
    /// What goes back with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) relay_state: Option<String>,
    /// When it came.
    #[serde(skip)]
    pub(super) since: Timestamp,
}

/// Whether a query is an address of ours, and not a message of a service provider.
pub(super) fn is_ours(query: &str) -> bool {
    query
        .strip_prefix(NAME)
        .is_some_and(|rest| rest.starts_with('='))
}

impl SignOn {
    /// As an address of ours; `None` if it is too long.
    pub(super) fn address(&self, state: &PagesState) -> Option<String> {
        // Texts and numbers: there is nothing in it that could not be written down.
        let written = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).ok()?);
        let code = state.saml_code(&written, self.since);
        let since = self.since.as_millis();
        let address = format!("{SIGN_ON}?{NAME}={written}&{SINCE}={since}.{code}");
        (address.len() <= LONGEST).then_some(address)
    }

    /// Reads an address of ours.
    pub(super) fn read(state: &PagesState, query: &str) -> Result<Self, Wrong> {
        let unreadable = || Wrong::new("unreadable", "the address is not one of ours");
        let (written, since) = query
            .strip_prefix(NAME)
            .and_then(|rest| rest.strip_prefix('='))
            .and_then(|rest| rest.split_once('&'))
            .ok_or_else(unreadable)?;
        let (since, code) = since
            .strip_prefix(SINCE)
            .and_then(|rest| rest.strip_prefix('='))
            .and_then(|rest| rest.split_once('.'))
            .ok_or_else(unreadable)?;
        let since = since.parse().map_err(|_| unreadable())?;
        let since = Timestamp::from_millis(since);
        let right = state.saml_code(written, since);
        if !zt_crypto::hash::equal(right.as_bytes(), code.as_bytes()) {
            return Err(unreadable());
        }
        let read = URL_SAFE_NO_PAD.decode(written).map_err(|_| unreadable())?;
        let read: Self = serde_json::from_slice(&read).map_err(|_| unreadable())?;
        let now = state.live().clock().now();
        if since > now || now.since(since) > COUNTS_FOR {
            let wrong = Wrong::new("expired", "the sign-in took longer than an hour");
            return Err(wrong.of(&read.provider));
        }
        Ok(Self { since, ..read })
    }
}
