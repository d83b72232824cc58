//! Requests as they go round with the browser.

use super::{LOG_OUT, SIGN_ON};
use crate::PagesState;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use zt_federation::saml::{AuthnRequest, MessageId};
use zt_live::NotTaken;
use zt_types::{ClientId, Seconds, SessionId, Timestamp};

/// A longer one is refused, in bytes: it has to fit into a way back.
const LONGEST: usize = 3900;
/// How long it goes round: somebody may have to fetch a security key first.
const COUNTS_FOR: Seconds = Seconds::hours(1);
/// What it stands under.
const NAME: &str = "request";
/// What an answer stands under.
const ANSWER: &str = "answer";
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
    /// Whether she was asked to prove more for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) has_stepped: bool,
    /// When it came.
    #[serde(skip)]
    pub(super) since: Timestamp,
}

/// A sign-out that a service provider wants.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Leave {
    /// Who wants it.
    pub(super) provider: ClientId,
    /// What the answer names.
    pub(super) request: MessageId,
    /// Whether it was signed.
    pub(super) is_signed: bool,
    /// The sessions that this is the end of.
    pub(super) means: BTreeSet<SessionId>,
    /// What goes back with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) relay_state: Option<String>,
    /// When it came.
    #[serde(skip)]
    pub(super) since: Timestamp,
}

/// What a service provider said to a request of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answered {
    /// Who.
    pub(super) provider: ClientId,
    /// To which.
    pub(super) request: MessageId,
    /// Whether its session is over.
    pub(super) is_confirmed: bool,
    /// When it came.
    #[serde(skip)]
    pub(super) since: Timestamp,
}

impl Answered {
    /// Whether a query is the address of one.
    pub(super) fn is_one(query: &str) -> bool {
        let rest = query.strip_prefix(ANSWER);
        rest.is_some_and(|rest| rest.starts_with('='))
    }

    /// As an address of ours; `None` if it is too long.
    pub(super) fn address(&self, state: &PagesState) -> Option<String> {
        address(state, (LOG_OUT, ANSWER), self, self.since)
    }

    /// Reads an address of ours.
    pub(super) fn read(state: &PagesState, query: &str) -> Result<Self, NotTaken> {
        let (read, since) = read::<Self>(state, (LOG_OUT, ANSWER), query)?;
        in_time(state, since).map_err(|late| late.of(&read.provider))?;
        Ok(Self { since, ..read })
    }
}

/// Whether a query is an address of ours, and not a message of a service provider.
pub(super) fn is_ours(query: &str) -> bool {
    let rest = query.strip_prefix(NAME);
    rest.is_some_and(|rest| rest.starts_with('='))
}

impl SignOn {
    /// As an address of ours; `None` if it is too long.
    pub(super) fn address(&self, state: &PagesState) -> Option<String> {
        address(state, (SIGN_ON, NAME), self, self.since)
    }

    /// Reads an address of ours.
    pub(super) fn read(state: &PagesState, query: &str) -> Result<Self, NotTaken> {
        let (read, since) = read::<Self>(state, (SIGN_ON, NAME), query)?;
        let read = Self { since, ..read };
        in_time(state, since).map_err(|late| late.of(&read.provider))?;
        Ok(read)
    }
}

impl Leave {
    /// As an address of ours; `None` if it is too long.
    pub(super) fn address(&self, state: &PagesState) -> Option<String> {
        address(state, (LOG_OUT, NAME), self, self.since)
    }

    /// Reads an address of ours.
    pub(super) fn read(state: &PagesState, query: &str) -> Result<Self, NotTaken> {
        let (read, since) = read::<Self>(state, (LOG_OUT, NAME), query)?;
        let read = Self { since, ..read };
        in_time(state, since).map_err(|late| late.of(&read.provider))?;
        Ok(read)
    }
}

fn address(
    state: &PagesState,
    (path, name): (&str, &str),
    carried: &impl Serialize,
    since: Timestamp,
) -> Option<String> {
    // Texts and numbers: there is nothing in it that could not be written down.
    let written = URL_SAFE_NO_PAD.encode(serde_json::to_vec(carried).ok()?);
    let code = state.saml_code(&format!("{path}?{name}"), &written, since);
    let since = since.as_millis();
    let address = format!("{path}?{name}={written}&{SINCE}={since}.{code}");
    (address.len() <= LONGEST).then_some(address)
}

fn read<T: DeserializeOwned>(
    state: &PagesState,
    (path, name): (&str, &str),
    query: &str,
) -> Result<(T, Timestamp), NotTaken> {
    let unreadable = || NotTaken::new("unreadable", "the address is not one of ours");
    let value = |pair: &str, name: &str| {
        let rest = pair.strip_prefix(name)?.strip_prefix('=')?;
        Some(rest.to_owned())
    };
    let (written, since) = query.split_once('&').ok_or_else(unreadable)?;
    let written = value(written, name).ok_or_else(unreadable)?;
    let since = value(since, SINCE).ok_or_else(unreadable)?;
    let (since, code) = since.split_once('.').ok_or_else(unreadable)?;
    let since = since.parse().map_err(|_| unreadable())?;
    let since = Timestamp::from_millis(since);
    let right = state.saml_code(&format!("{path}?{name}"), &written, since);
    if !zt_crypto::hash::equal(right.as_bytes(), code.as_bytes()) {
        return Err(unreadable());
    }
    let read = URL_SAFE_NO_PAD.decode(written).map_err(|_| unreadable())?;
    let read = serde_json::from_slice(&read).map_err(|_| unreadable())?;
    Ok((read, since))
}

fn in_time(state: &PagesState, since: Timestamp) -> Result<(), NotTaken> {
    let now = state.live().clock().now();
    if since > now || now.since(since) > COUNTS_FOR {
        return Err(NotTaken::new("expired", "it took longer than an hour"));
    }
    Ok(())
}
