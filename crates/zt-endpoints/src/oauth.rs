//! The authorization server as clients see it (OAuth 2, OpenID Connect): what it says of itself, tokens, and questions about them.
//! What browsers see of it is `zt-console`'s.
//!
//! `client` knows who asks, `token` gives, `device` and `exchange` as well, `tokens` writes what is given, `userinfo` and `question` answer about it,
//! `registration` lets programs register themselves, `backchannel` tells clients that it is over; `cross_origin`
//! says which browsers' scripts may read any of it.
//!
//! An access token names its grant in `sid` ([`zt_auth::Grant::sid`]): whoever asks about it is told what the decision is then.

mod assertions;
mod backchannel;
mod certificate;
mod client;
mod cross_origin;
mod device;
mod exchange;
mod form;
mod keys;
mod nonces;
mod pushed;
mod question;
mod refused;
mod registration;
mod sender;
#[cfg(test)]
mod tests;
mod token;
mod tokens;
mod tries;
mod userinfo;

pub(crate) use assertions::{Assertions, Proofs, ahead};
pub(crate) use cross_origin::{for_anybody, for_clients};
pub(crate) use device::device_authorization;
pub(crate) use nonces::{Nonces, with_nonce};
pub(crate) use pushed::push;
pub(crate) use question::{introspect, revoke};
pub(crate) use registration::{CONFIGURATION, Pace, REGISTRATION, register, remove, replace, show};
pub(crate) use token::token;
pub(crate) use tries::Tries;
pub(crate) use userinfo::userinfo;

use crate::Endpoints;
use crate::answer::json_answer;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use zt_crypto::jose::KeyPurpose;
use zt_crypto::jose::foreign::Algorithm;
use zt_federation::Metadata;

/// Where we say what we are (OpenID Connect Discovery 1.0 §4).
pub const OPENID_CONFIGURATION_PATH: &str = "/.well-known/openid-configuration";
/// The same, for whoever knows OAuth alone (RFC 8414 §3).
pub const AUTHORIZATION_SERVER_PATH: &str = "/.well-known/oauth-authorization-server";
/// Our paths.
const OURS: zt_federation::Endpoints = zt_federation::Endpoints::OURS;
/// Where codes are redeemed.
pub(crate) const TOKEN: &str = OURS.token;
/// Where an access token shows whose it is.
pub(crate) const USERINFO: &str = OURS.userinfo;
/// Where clients ask about their tokens.
pub(crate) const INTROSPECTION: &str = OURS.introspection;
/// Where clients give their tokens back.
pub(crate) const REVOCATION: &str = OURS.revocation;

/// Where clients push their requests.
pub(crate) const PUSHED_REQUESTS: &str = OURS.pushed_requests;
/// Where devices without a browser begin.
pub(crate) const DEVICE_AUTHORIZATION: &str = OURS.device_authorization;

/// What clients may sign with: assertions, requests, proofs that they hold a key.
const ACCEPTED: [Algorithm; 4] = Algorithm::ALL;

/// What they are called.
fn accepted_names() -> [&'static str; 4] {
    ACCEPTED.map(Algorithm::as_str)
}

/// What we say of ourselves.
pub(crate) async fn metadata(State(endpoints): State<Endpoints>) -> Response {
    let origin = &endpoints.inner.parts.origin;
    let signing = KeyPurpose::IdToken.algorithms();
    let said = Metadata::new(origin, &OURS, signing, &accepted_names());
    let said = match endpoints.live().lets_register() {
        true => said.with_registration(&OURS),
        false => said,
    };
    let mut response = json_answer(StatusCode::OK, &said);
    let headers = response.headers_mut();
    let a_while = HeaderValue::from_static("public, max-age=300");
    headers.insert(header::CACHE_CONTROL, a_while);
    let anywhere = HeaderValue::from_static("cross-origin");
    headers.insert("cross-origin-resource-policy", anywhere);
    response
}
