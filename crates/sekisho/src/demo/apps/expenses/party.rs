//! What the expenses have done to know who comes: OpenID Connect, as any application elsewhere does it. All that it is told is
//! issuer, client id and secret; the rest it reads from the discovery document.

use anyhow::{Context, ensure};
use axum::http::{Request, header};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use parking_lot::RwLock;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::Arc;
use zt_crypto::hash::{mint_token, sha256};
use zt_net::Client;
use zt_types::Secret;

/// What a logout token tells of (OpenID Connect Back-Channel Logout 1.0 §2.4).
const ENDED: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What the client is registered with.
pub(crate) struct Registered {
    /// Its HTTP client, which trusts the issuer's certificate.
    pub(crate) client: Client,
    /// The issuer.
    pub(crate) issuer: String,
    /// Its `client_id`.
    pub(crate) id: &'static str,
    /// Its secret.
    pub(crate) secret: Secret,
    /// Its own origin.
    pub(crate) here: String,
}

/// The client.
pub(super) struct Party {
    registered: Registered,
    provider: RwLock<Option<Arc<Provider>>>,
    keys: RwLock<JwkSet>,
}

/// What the discovery document says (OpenID Connect Discovery 1.0 §3).
#[derive(Deserialize)]
struct Provider {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    end_session_endpoint: String,
    jwks_uri: String,
}

/// A sign-in that has begun. Only the browser that began it can end it.
pub(super) struct Begun {
    pub(super) state: String,
    nonce: String,
    verifier: Secret,
}

/// Somebody who has signed in.
pub(super) struct SignedIn {
    pub(super) name: String,
    pub(super) claims: Claims,
    /// The ID token as it came, to sign out with.
    pub(super) id_token: String,
}

/// What the ID token says (OpenID Connect Core 1.0 §2).
#[derive(Deserialize)]
pub(super) struct Claims {
    pub(super) sub: String,
    pub(super) sid: String,
    pub(super) acr: String,
    pub(super) auth_time: i64,
    nonce: String,
}

/// Which session a logout token ends.
#[derive(Deserialize)]
pub(super) struct Ended {
    pub(super) sid: String,
    nonce: Option<String>,
    events: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    id_token: String,
}

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    name: String,
}

impl Party {
    pub(super) fn new(registered: Registered) -> Self {
        Self {
            registered,
            provider: RwLock::new(None),
            keys: RwLock::new(JwkSet { keys: Vec::new() }),
        }
    }

    /// Begins a sign-in, and says where the browser goes.
    pub(super) async fn begin(&self) -> anyhow::Result<(String, Begun)> {
        let provider = self.provider().await?;
        let draw = || anyhow::Ok(mint_token(zt_crypto::random::bytes()?));
        let (state, nonce, verifier) = (draw()?, draw()?, draw()?);
        // RFC 7636 §4.2.
        let challenge = URL_SAFE_NO_PAD.encode(sha256(verifier.expose().as_bytes()));
        let query = form(&[
            ("response_type", "code"),
            ("client_id", self.registered.id),
            ("redirect_uri", &self.callback()),
            ("scope", "openid profile"),
            ("state", state.expose()),
            ("nonce", nonce.expose()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let begun = Begun {
            state: state.expose().to_owned(),
            nonce: nonce.expose().to_owned(),
            verifier,
        };
        Ok((
            format!("{}?{query}", provider.authorization_endpoint),
            begun,
        ))
    }

    /// Redeems the code with which the browser came back.
    pub(super) async fn redeem(&self, code: &str, begun: &Begun) -> anyhow::Result<SignedIn> {
        let provider = self.provider().await?;
        let Registered { id, secret, .. } = &self.registered;
        let body = form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.callback()),
            ("code_verifier", begun.verifier.expose()),
        ]);
        let basic = STANDARD.encode(format!("{id}:{}", secret.expose()));
        let request = Request::post(&provider.token_endpoint)
            .header(header::AUTHORIZATION, format!("Basic {basic}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(body))?;
        let tokens: Tokens = self.ask(request).await?;
        let claims: Claims = self.verify(&tokens.id_token, "JWT").await?;
        // OpenID Connect Core 1.0 §3.1.3.7: without it somebody else's token could be put in its place.
        ensure!(
            claims.nonce == begun.nonce,
            "the id token is for another sign-in"
        );
        let request = Request::get(&provider.userinfo_endpoint)
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", tokens.access_token),
            )
            .body(Bytes::new())?;
        let told: UserInfo = self.ask(request).await?;
        // §5.3.2.
        ensure!(told.sub == claims.sub, "userinfo is about somebody else");
        Ok(SignedIn {
            name: told.name,
            claims,
            id_token: tokens.id_token,
        })
    }

    /// Reads a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6).
    pub(super) async fn ended(&self, token: &str) -> anyhow::Result<Ended> {
        let ended: Ended = self.verify(token, "logout+jwt").await?;
        ensure!(
            ended.events.contains_key(ENDED),
            "it tells of something else"
        );
        ensure!(ended.nonce.is_none(), "a logout token has no nonce");
        Ok(ended)
    }

    /// Where the browser goes to sign out there as well (OpenID Connect RP-Initiated Logout 1.0 §2).
    pub(super) async fn sign_out(&self, id_token: &str) -> anyhow::Result<String> {
        let query = form(&[
            ("client_id", self.registered.id),
            ("id_token_hint", id_token),
            (
                "post_logout_redirect_uri",
                &format!("{}/goodbye", self.registered.here),
            ),
        ]);
        let provider = self.provider().await?;
        Ok(format!("{}?{query}", provider.end_session_endpoint))
    }

    /// Whether an answer says that it comes from this issuer (RFC 9207 §2.4).
    pub(super) fn is_issuer(&self, said: Option<&str>) -> bool {
        said == Some(&self.registered.issuer)
    }

    fn callback(&self) -> String {
        format!("{}/callback", self.registered.here)
    }

    async fn provider(&self) -> anyhow::Result<Arc<Provider>> {
        let known = self.provider.read().clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let issuer = &self.registered.issuer;
        let address = format!("{issuer}/.well-known/openid-configuration");
        let read: Provider = self.ask(Request::get(address).body(Bytes::new())?).await?;
        ensure!(
            &read.issuer == issuer,
            "the discovery document is of `{}`",
            read.issuer
        );
        let read = Arc::new(read);
        *self.provider.write() = Some(Arc::clone(&read));
        Ok(read)
    }

    /// Checks signature, type, issuer, audience and time.
    async fn verify<T: DeserializeOwned>(&self, token: &str, kind: &str) -> anyhow::Result<T> {
        let head = jsonwebtoken::decode_header(token)?;
        let is_kind = head
            .typ
            .as_deref()
            .is_some_and(|typ| typ.eq_ignore_ascii_case(kind));
        ensure!(is_kind, "this is no `{kind}`");
        let kid = head.kid.context("the token names no key")?;
        if self.keys.read().find(&kid).is_none() {
            // There is a new one now and then.
            let address = &self.provider().await?.jwks_uri;
            *self.keys.write() = self.ask(Request::get(address).body(Bytes::new())?).await?;
        }
        let key = self.keys.read().find(&kid).map(DecodingKey::from_jwk);
        let key = key.context("the token is signed with a key that nobody published")??;
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_audience(&[self.registered.id]);
        rules.set_issuer(&[&self.registered.issuer]);
        Ok(jsonwebtoken::decode::<T>(token, &key, &rules)?.claims)
    }

    async fn ask<T: DeserializeOwned>(&self, request: Request<Bytes>) -> anyhow::Result<T> {
        let address = request.uri().to_string();
        let answer = self.registered.client.send(request).await?;
        let said = || String::from_utf8_lossy(answer.body());
        ensure!(
            answer.status().is_success(),
            "`{address}` answers {}: {}",
            answer.status(),
            said()
        );
        serde_json::from_slice(answer.body())
            .with_context(|| format!("`{address}` answers something else"))
    }
}

fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}
