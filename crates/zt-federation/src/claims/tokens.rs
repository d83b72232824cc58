//! The claims of each kind of token.

use super::numeric_date;
use super::{PersonClaims, SignInClaims};
use crate::{Actor, Confirmation};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use zt_types::{ClientId, Timestamp};

/// An ID token (OpenID Connect Core 1.0 §2). It has a single audience and so no `azp` (§3.1.3.7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdTokenClaims {
    /// Who says so.
    pub iss: String,
    /// Of whom: what [`crate::SubjectKind::name`] calls her.
    pub sub: String,
    /// To whom.
    pub aud: ClientId,
    /// Until when the client may take it.
    #[serde(serialize_with = "numeric_date::serialize")]
    pub exp: Timestamp,
    /// Since when.
    #[serde(serialize_with = "numeric_date::serialize")]
    pub iat: Timestamp,
    /// What the request said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Which access token it came with (§3.1.3.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// How she was authenticated.
    #[serde(flatten)]
    pub sign_in: SignInClaims,
    /// What was asked for one by one.
    #[serde(flatten)]
    pub person: PersonClaims,
}

/// What an ID token of ours is good for when a client brings it back (`id_token_hint`): it may have expired.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IdTokenHint {
    /// Who said so.
    pub iss: String,
    /// Of whom.
    pub sub: String,
    /// To whom.
    pub aud: ClientId,
    /// In which session.
    pub sid: String,
}

/// An access token that is a JWT (RFC 9068 §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// Who gave it.
    pub iss: String,
    /// For whom: a person, or the client itself.
    pub sub: String,
    /// Who takes it.
    pub aud: String,
    /// Who may use it.
    pub client_id: ClientId,
    /// Until when.
    #[serde(with = "numeric_date")]
    pub exp: Timestamp,
    /// Since when.
    #[serde(with = "numeric_date")]
    pub iat: Timestamp,
    /// Its own name.
    pub jti: String,
    /// What for ([`crate::Scope::list`]).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// What it is good with only (RFC 7800 §3.1); with nothing else than itself, if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Who acts for her (RFC 8693 §4.1); none if it is she herself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
    /// The clients that exchanged for it one after the other, before the one that may use it: it is good as long as each of
    /// them could exchange it again. Not those of `act`, where somebody may stand who acts for one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<ClientId>,
    /// How she was authenticated; none for the client itself.
    #[serde(flatten)]
    pub sign_in: Option<SignInClaims>,
}

/// What introspection says about a refresh token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefreshTokenClaims {
    /// Who gave it.
    pub iss: String,
    /// For whom.
    pub sub: String,
    /// Who may use it.
    pub client_id: ClientId,
    /// Until when.
    #[serde(serialize_with = "numeric_date::serialize")]
    pub exp: Timestamp,
    /// Since when.
    #[serde(serialize_with = "numeric_date::serialize")]
    pub iat: Timestamp,
    /// What for ([`crate::Scope::list`]).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
}

/// The answer of the UserInfo endpoint (OpenID Connect Core 1.0 §5.3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserInfo {
    /// The same as in the ID token.
    pub sub: String,
    /// What was asked for and is known.
    #[serde(flatten)]
    pub person: PersonClaims,
}

/// A logout token (OpenID Connect Back-Channel Logout 1.0 §2.4). It never has a `nonce`, so that no client takes it for an ID
/// token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogoutTokenClaims {
    /// Who says so.
    pub iss: String,
    /// Whose session ended: what [`crate::SubjectKind::name`] calls her.
    pub sub: String,
    /// To whom.
    pub aud: ClientId,
    /// Since when.
    #[serde(serialize_with = "numeric_date::serialize")]
    pub iat: Timestamp,
    /// Until when the client may take it: two minutes at most (§4).
    #[serde(serialize_with = "numeric_date::serialize")]
    pub exp: Timestamp,
    /// Its own name.
    pub jti: String,
    /// Which session ended.
    pub sid: String,
    /// That it ended.
    pub events: SessionEnded,
}

/// The one event that a logout token tells of (§2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionEnded;

impl Serialize for SessionEnded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nothing: BTreeMap<&str, ()> = BTreeMap::new();
        let event = "http://schemas.openid.net/event/backchannel-logout";
        serializer.collect_map([(event, nothing)])
    }
}
