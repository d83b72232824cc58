//! What a client gets: an access token, an ID token about whoever signed in, a refresh token.

use super::refused::Refused;
use crate::Endpoints;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use std::collections::BTreeSet;
use zt_auth::Grant;
use zt_crypto::jose::{JoseError, TokenKind, at_hash};
use zt_federation::{
    AccessTokenClaims, Actor, Asked, Client, Confirmation, ExchangeRequest, Scope,
};
use zt_live::Audience;
use zt_types::{ClientId, Secret, Timestamp};

/// The answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core 1.0 §3.1.3.3).
#[derive(Serialize)]
pub(super) struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    /// Whenever something was asked for, even if nothing is left of it (RFC 6749 §5.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// What comes of an exchange (RFC 8693 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
    #[serde(skip)]
    scopes: BTreeSet<Scope>,
}

impl Endpoints {
    /// An access token for what a grant was given for, of which `scopes` is wanted now; and the grant's next refresh token. `holds` is
    /// what it is good with only.
    pub(super) fn tokens(
        &self,
        client: &Client,
        grant: &Grant,
        asked: &Asked,
        scopes: BTreeSet<Scope>,
        (refresh, holds): (Option<Secret>, Option<Confirmation>),
    ) -> Result<Tokens, Refused> {
        let is_asked = !scopes.is_empty();
        let mut scopes = scopes;
        // What it may not ask for any more it gets no more.
        scopes.retain(|scope| client.scopes.contains(scope));
        let now = self.live().clock().now();
        let audience = self.audience(client, grant, asked);
        let token_type = Confirmation::token_type(holds.as_ref());
        let claims = self.live().access_claims(&audience, &scopes, holds)?;
        Ok(Tokens {
            access_token: self.signed(&claims)?,
            token_type,
            expires_in: claims.exp.as_seconds().saturating_sub(now.as_seconds()),
            refresh_token: refresh
                .map(|secret| Grant::bearer(grant.id, &secret).expose().to_owned()),
            id_token: None,
            scope: is_asked.then(|| Scope::list(&scopes)),
            issued_token_type: None,
            scopes,
        })
    }

    /// An access token that `to` takes, which `act` asked for.
    pub(super) fn exchanged(
        &self,
        (client, to): (&Client, &Client),
        grant: &Grant,
        (act, via, holds): (Actor, Vec<ClientId>, Option<Confirmation>),
        scopes: BTreeSet<Scope>,
        until: Timestamp,
    ) -> Result<Tokens, Refused> {
        let now = self.live().clock().now();
        let asked = self.asked_for(grant)?;
        let claims = AccessTokenClaims {
            iss: self.inner.parts.origin.clone(),
            sub: self.live().subject_for(to, grant.person),
            aud: self.resource(&to.id),
            client_id: client.id.clone(),
            exp: until,
            iat: now,
            jti: URL_SAFE_NO_PAD.encode(self.live().entropy().bytes::<16>()),
            scope: Scope::list(&scopes),
            act: Some(act),
            via,
            cnf: holds.clone(),
            sign_in: Some(self.live().sign_in_claims(grant, asked.acr())?),
        };
        Ok(Tokens {
            access_token: self.signed(&claims)?,
            token_type: Confirmation::token_type(holds.as_ref()),
            expires_in: until.as_seconds().saturating_sub(now.as_seconds()),
            refresh_token: None,
            id_token: None,
            scope: Some(Scope::list(&scopes)),
            issued_token_type: Some(ExchangeRequest::ISSUED),
            scopes,
        })
    }

    /// An access token in the client's own name.
    pub(super) fn own_token(
        &self,
        client: &Client,
        holds: Option<Confirmation>,
    ) -> Result<Tokens, JoseError> {
        let claims = self
            .live()
            .own_claims(&self.inner.parts.origin, client, holds.clone());
        let lifetime = client.access_token_lifetime;
        Ok(Tokens {
            token_type: Confirmation::token_type(holds.as_ref()),
            access_token: self.signed(&claims)?,
            expires_in: i64::try_from(lifetime.0).unwrap_or(i64::MAX),
            refresh_token: None,
            id_token: None,
            scope: None,
            issued_token_type: None,
            scopes: BTreeSet::new(),
        })
    }

    fn signed(&self, claims: &AccessTokenClaims) -> Result<String, JoseError> {
        let keyring = self.inner.parts.keyring.load();
        keyring.signer(TokenKind::AccessToken)?.sign(claims)
    }

    /// What a grant was given for, and to whom it is told.
    pub(super) fn audience<'a>(
        &'a self,
        client: &'a Client,
        grant: &'a Grant,
        asked: &'a Asked,
    ) -> Audience<'a> {
        Audience::of(&self.inner.parts.origin, client, grant, asked)
    }
}

impl Tokens {
    /// Adds an ID token, if it was asked for (OpenID Connect Core 1.0 §3.1.3.3).
    pub(super) fn name_person(
        &mut self,
        endpoints: &Endpoints,
        client: &Client,
        grant: &Grant,
        asked: &Asked,
        nonce: Option<String>,
    ) -> Result<(), Refused> {
        if !self.scopes.contains(&Scope::Openid) {
            return Ok(());
        }
        let audience = endpoints.audience(client, grant, asked);
        let at_hash = at_hash(client.id_token, &self.access_token);
        let claims = endpoints
            .live()
            .id_claims(&audience, nonce, Some(at_hash))?;
        let keyring = endpoints.inner.parts.keyring.load();
        let signer = keyring.signer_for(TokenKind::IdToken, client.id_token)?;
        self.id_token = Some(signer.sign(&claims)?);
        Ok(())
    }
}
