//! Who calls: what an application behind the gateway does with the `Sekisho-Identity` header.
//!
//! This is all that a real application has to do: fetch the published keys once, then check signature, issuer, audience
//! and time of each token. Whoever reaches the application past the gateway has no token, and gets nothing.

use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use parking_lot::RwLock;
use serde::Deserialize;
use std::sync::Arc;
use zt_net::Client;

/// The header that carries the identity.
const IDENTITY: &str = "sekisho-identity";

/// Makes the guards of all applications; they share the published keys.
#[derive(Clone)]
pub(crate) struct Callers {
    keys: Arc<Keys>,
    domain: String,
    port: u16,
}

struct Keys {
    client: Client,
    issuer: String,
    known: RwLock<JwkSet>,
}

impl Callers {
    /// `client` must trust the issuer's certificate. `issuer` is the origin of the sign-in site.
    pub(crate) fn new(client: Client, issuer: String, domain: String, port: u16) -> Self {
        let known = RwLock::new(JwkSet { keys: Vec::new() });
        Self {
            keys: Arc::new(Keys {
                client,
                issuer,
                known,
            }),
            domain,
            port,
        }
    }

    /// The guard of one application.
    pub(crate) fn of(&self, app: &str) -> Guard {
        let audience = match self.port {
            443 => format!("https://{app}.{}", self.domain),
            port => format!("https://{app}.{}:{port}", self.domain),
        };
        Guard {
            keys: Arc::clone(&self.keys),
            audience: audience.into(),
        }
    }
}

/// Checks the callers of one application.
#[derive(Clone)]
pub(crate) struct Guard {
    keys: Arc<Keys>,
    audience: Arc<str>,
}

/// A person whom the gateway vouches for.
#[derive(Debug, Deserialize)]
pub(crate) struct Caller {
    /// What she is called.
    pub(crate) name: String,
}

impl Guard {
    /// Who calls.
    ///
    /// # Errors
    /// 401 if the gateway does not vouch for anybody.
    pub(crate) async fn caller(&self, headers: &HeaderMap) -> Result<Caller, StatusCode> {
        let token = headers
            .get(IDENTITY)
            .and_then(|value| value.to_str().ok())
            .ok_or(StatusCode::UNAUTHORIZED)?;
        if let Some(caller) = self.check(token) {
            return Ok(caller);
        }
        // A key we do not know yet: the gateway may have begun to sign with its next one.
        self.keys.fetch().await;
        self.check(token).ok_or(StatusCode::UNAUTHORIZED)
    }

    fn check(&self, token: &str) -> Option<Caller> {
        let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
        let key = DecodingKey::from_jwk(self.keys.known.read().find(&kid)?).ok()?;
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_audience(&[&*self.audience]);
        rules.set_issuer(&[&self.keys.issuer]);
        jsonwebtoken::decode::<Caller>(token, &key, &rules)
            .ok()
            .map(|token| token.claims)
    }
}

impl Keys {
    async fn fetch(&self) {
        let Ok(request) =
            axum::http::Request::get(format!("{}/.well-known/jwks.json", self.issuer))
                .body(Bytes::new())
        else {
            return;
        };
        match self.client.send(request).await {
            Ok(answer) => match serde_json::from_slice(answer.body()) {
                Ok(keys) => *self.known.write() = keys,
                Err(error) => tracing::warn!(%error, "the published keys cannot be read"),
            },
            Err(error) => tracing::warn!(%error, "the published keys cannot be fetched"),
        }
    }
}
