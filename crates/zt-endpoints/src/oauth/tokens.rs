//! What a client gets: an access token, an ID token about whoever signed in, a refresh token.

use super::refused::Refused;
use crate::Endpoints;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use std::collections::BTreeSet;
use zt_auth::Grant;
use zt_crypto::alias::NoAlias;
use zt_crypto::jose::{JoseError, TokenKind, at_hash};
use zt_federation::{
    AccessTokenClaims, Actor, Asked, Claim, Client, Confirmation, ExchangeRequest, IdTokenClaims,
    PersonClaims, PersonFacts, Scope, SignInClaims,
};
use zt_types::{PersonId, Seconds, Secret, Timestamp};

/// How long a client may take an ID token: it is read once, when it comes.
const ID_TOKEN_LIFETIME: Seconds = Seconds::minutes(10);

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
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
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
        let mut scopes = scopes;
        // What it may not ask for any more it gets no more.
        scopes.retain(|scope| client.scopes.contains(scope));
        let now = self.live().clock().now();
        let until = (now + client.access_token_lifetime).min(grant.expires_at);
        let subject = self.live().subject_for(client, grant.person);
        let sign_in = Some(self.signed_in(grant, asked)?);
        let token_type = Confirmation::token_type(holds.as_ref());
        let access = self.access_token(client, subject, &scopes, (sign_in, holds), (now, until))?;
        Ok(Tokens {
            access_token: access,
            token_type,
            expires_in: until.as_seconds().saturating_sub(now.as_seconds()),
            refresh_token: refresh
                .map(|secret| Grant::bearer(grant.id, &secret).expose().to_owned()),
            id_token: None,
            scope: Scope::list(&scopes),
            issued_token_type: None,
            scopes,
        })
    }

    /// An access token that `to` takes, which `act` asked for.
    pub(super) fn exchanged(
        &self,
        (client, to): (&Client, &Client),
        grant: &Grant,
        (act, holds): (Actor, Option<Confirmation>),
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
            cnf: holds.clone(),
            sign_in: Some(self.signed_in(grant, &asked)?),
        };
        let keyring = self.inner.parts.keyring.load();
        Ok(Tokens {
            access_token: keyring.signer(TokenKind::AccessToken)?.sign(&claims)?,
            token_type: Confirmation::token_type(holds.as_ref()),
            expires_in: until.as_seconds().saturating_sub(now.as_seconds()),
            refresh_token: None,
            id_token: None,
            scope: Scope::list(&scopes),
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
        let now = self.live().clock().now();
        let lifetime = client.access_token_lifetime;
        let subject = client.id.to_string();
        let span = (now, now + lifetime);
        let none = BTreeSet::new();
        Ok(Tokens {
            token_type: Confirmation::token_type(holds.as_ref()),
            access_token: self.access_token(client, subject, &none, (None, holds), span)?,
            expires_in: i64::try_from(lifetime.0).unwrap_or(i64::MAX),
            refresh_token: None,
            id_token: None,
            scope: String::new(),
            issued_token_type: None,
            scopes: none,
        })
    }

    fn access_token(
        &self,
        client: &Client,
        subject: String,
        scopes: &BTreeSet<Scope>,
        (sign_in, cnf): (Option<SignInClaims>, Option<Confirmation>),
        (from, until): (Timestamp, Timestamp),
    ) -> Result<String, JoseError> {
        let origin = &self.inner.parts.origin;
        let claims = AccessTokenClaims {
            iss: origin.clone(),
            sub: subject,
            // RFC 9068 §3: no resource was named, so it is for whoever asks us about it.
            aud: origin.clone(),
            client_id: client.id.clone(),
            exp: until,
            iat: from,
            jti: URL_SAFE_NO_PAD.encode(self.live().entropy().bytes::<16>()),
            scope: Scope::list(scopes),
            cnf,
            act: None,
            sign_in,
        };
        let keyring = self.inner.parts.keyring.load();
        keyring.signer(TokenKind::AccessToken)?.sign(&claims)
    }

    /// What tokens of a grant say of the sign-in.
    pub(super) fn signed_in(&self, grant: &Grant, asked: &Asked) -> Result<SignInClaims, NoAlias> {
        Ok(SignInClaims::new(
            grant.authenticated_at,
            asked.acr().told(grant.assurance),
            &grant.factors,
            self.live().sid(grant)?,
        ))
    }

    /// What is told of a person for `scopes` and for claims asked for `one_by_one`; nothing if she is not there any more.
    pub(super) fn about(
        &self,
        person: PersonId,
        scopes: &BTreeSet<Scope>,
        one_by_one: &BTreeSet<Claim>,
    ) -> PersonClaims {
        self.live().read(|state| {
            let person = state.people.get(&person);
            let told = person.map(|person| {
                let groups = person.groups.iter().cloned().collect();
                let facts = PersonFacts {
                    name: person.name.of(person.language),
                    login: &person.login,
                    language: person.language,
                    email: person.email.as_deref(),
                    // Whoever keeps the records wrote it; nobody sent anything there to see.
                    email_verified: None,
                    groups: &groups,
                };
                PersonClaims::of(&facts, scopes, one_by_one)
            });
            told.unwrap_or_default()
        })
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
        let now = endpoints.live().clock().now();
        // §5.4: what scopes ask for is told at the UserInfo endpoint.
        let person = endpoints.about(grant.person, &BTreeSet::new(), &asked.claims().id_token);
        let claims = IdTokenClaims {
            iss: endpoints.inner.parts.origin.clone(),
            sub: endpoints.live().subject_for(client, grant.person),
            aud: client.id.clone(),
            exp: (now + ID_TOKEN_LIFETIME).min(grant.expires_at),
            iat: now,
            nonce,
            at_hash: Some(at_hash(client.id_token, &self.access_token)),
            sign_in: endpoints.signed_in(grant, asked)?,
            person,
        };
        let keyring = endpoints.inner.parts.keyring.load();
        let signer = keyring.signer_for(TokenKind::IdToken, client.id_token)?;
        self.id_token = Some(signer.sign(&claims)?);
        Ok(())
    }
}
