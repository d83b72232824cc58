//! The signed identity that an application gets with each request.
//!
//! A JWT (RFC 7519) of type `sekisho-identity+jwt`, ES256, for this application alone, at most five minutes long; its keys
//! are in the key set at `/.well-known/jwks.json` of the sign-in host. It is made once for many requests, and anew as soon
//! as anything about the person or the session changed, whether that decides anything or not.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use serde::Serialize;
use std::sync::Arc;
use zt_crypto::hash::sha256;
use zt_crypto::jose::{JoseError, Keyring, TokenKind};
use zt_live::{Grant, Identity, Live};
use zt_types::{DeviceId, GroupId, Language, Level, PersonId, Seconds, Text, Timestamp};

/// How long a token is good for.
const LIFETIME: Seconds = Seconds(300);
/// How long before its end a new one is made.
const EARLY: Seconds = Seconds(60);

/// The claims. `acr` and `amr` as OpenID Connect Core §2 has them.
#[derive(Debug, Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: PersonId,
    iat: i64,
    exp: i64,
    auth_time: i64,
    acr: &'static str,
    amr: Vec<&'static str>,
    /// SHA-256 of the session's id: tells sessions apart without naming one.
    sid_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// OpenID Connect Core §5.2: a claim in another language.
    #[serde(rename = "name#ja", skip_serializing_if = "Option::is_none")]
    name_ja: Option<String>,
    groups: &'a [GroupId],
    person_trust: Level,
    device_trust: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<DeviceId>,
}

/// The header for a request under `grant`: the token made last, or a new one.
pub(crate) fn header(
    live: &Live,
    keyring: &Keyring,
    grant: &Grant,
    (issuer, audience): (&str, &str),
    now: Timestamp,
) -> Result<HeaderValue, JoseError> {
    if let Some(identity) = grant.identity(now) {
        return as_header(&identity);
    }
    let identity = Arc::new(make(live, keyring, grant, (issuer, audience), now)?);
    grant.keep(Arc::clone(&identity));
    as_header(&identity)
}

/// Shares the token's bytes: nothing is copied.
fn as_header(identity: &Identity) -> Result<HeaderValue, JoseError> {
    HeaderValue::from_maybe_shared(identity.token.clone()).map_err(|_| JoseError::NotSigned)
}

fn make(
    live: &Live,
    keyring: &Keyring,
    grant: &Grant,
    (issuer, audience): (&str, &str),
    now: Timestamp,
) -> Result<Identity, JoseError> {
    let request = &grant.permit.inputs().request;
    let told = grant.told();
    // A permit that ends sooner takes the token with it.
    let expires_at = (now + LIFETIME).min(grant.permit.valid_until());
    let (amr, names) = live.read(|state| {
        let session = state.sessions.get(&request.session.id);
        let mut amr: Vec<&'static str> = session
            .into_iter()
            .flat_map(|session| &session.proven)
            .map(|proven| proven.kind.amr())
            .collect();
        amr.sort_unstable();
        amr.dedup();
        let names = state
            .people
            .get(&request.person.id)
            .map(|person| (person.login.clone(), person.name.clone()));
        (amr, names)
    });
    let (preferred_username, name) = names.unzip();
    let name_in = |language| {
        name.as_ref()
            .map(|name: &Text| name.of(language).to_owned())
    };
    let claims = Claims {
        iss: issuer,
        aud: audience,
        sub: request.person.id,
        iat: now.as_seconds(),
        exp: expires_at.as_seconds(),
        auth_time: request.session.authenticated_at.as_seconds(),
        acr: request.session.assurance.acr(),
        amr,
        sid_hash: URL_SAFE_NO_PAD.encode(sha256(request.session.id.to_string().as_bytes())),
        preferred_username,
        name: name_in(Language::En),
        name_ja: name_in(Language::Ja),
        groups: &request.person.groups,
        person_trust: request.person.trust.level,
        device_trust: request.device.trust.level,
        device: request.device.evidence.device(),
    };
    let token = keyring.signer(TokenKind::GatewayIdentity)?.sign(&claims)?;
    Ok(Identity {
        token: token.into(),
        refresh_at: (expires_at - EARLY).max(now),
        told,
    })
}
