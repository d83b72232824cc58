//! Tokens for tokens (RFC 8693): what a client of an application was given about a person, for what another application needs.

use super::refused::Refused;
use super::sender::Sender;
use super::token::Attempt;
use super::tokens::Tokens;
use crate::Endpoints;
use serde::Deserialize;
use std::collections::BTreeSet;
use zt_auth::Grant;
use zt_crypto::jose::{Expected, TokenKind};
use zt_federation::{
    AccessTokenClaims, Actor, Client, Confirmation, ConsentDemand, ErrorCode, ExchangeRequest,
    Fault, Scope, SubjectToken, TokenBinding,
};
use zt_live::Exchange;
use zt_types::{ClientId, GrantId, Secret, Timestamp};

/// What is looked at of an ID token.
#[derive(Deserialize)]
struct BroughtId {
    exp: i64,
    sid: String,
}

/// What the subject's token is worth.
struct Subject {
    grant: GrantId,
    scopes: BTreeSet<Scope>,
    until: Timestamp,
    act: Option<Actor>,
    /// Who exchanged for it, one after the other; nobody for what came of the sign-in itself.
    via: Vec<ClientId>,
    /// What it is good with only.
    cnf: Option<Confirmation>,
}

/// All clients that exchanged, in order.
fn chain(mut before: Vec<ClientId>, last: ClientId) -> Vec<ClientId> {
    before.push(last);
    before
}

/// Why what is brought gives nothing; which it was is nobody's to know.
fn not_usable() -> Refused {
    let description = "the subject_token is unknown, over, or not for this client to exchange";
    Refused::new(
        Fault::new(ErrorCode::InvalidRequest, description),
        "not-usable",
    )
}

impl Endpoints {
    /// Exchanges a token.
    pub(super) async fn exchange(
        &self,
        client: Client,
        request: &ExchangeRequest,
        sender: Sender,
        attempt: &mut Attempt,
    ) -> Result<Tokens, Refused> {
        let to = self.client_of(&request.audience);
        client.check_exchange(to.as_ref())?;
        let to = to.ok_or_else(not_usable)?;
        let subject = self.subject(&client, &request.subject)?;
        // What is good with a key only is so here too, and what comes of it is bound to the same one: this is no way to get rid
        // of the key.
        if subject.cnf.is_some() && subject.cnf != sender.holds {
            let description = "the subject_token is bound to a key: show a proof of the same one";
            let fault = Fault::new(ErrorCode::InvalidRequest, description);
            return Err(Refused::new(fault, "key-binding"));
        }
        let grant = self.live().grant(subject.grant).ok_or_else(not_usable)?;
        attempt.about(grant.person);
        if matches!(request.subject, SubjectToken::Id(_)) {
            // An ID token names no key. Its client got it with tokens that are bound to one.
            sender.may_refresh(&client, &grant)?;
        }
        if to.token_binding() != TokenBinding::IfShown && sender.holds.is_none() {
            let description = "the audience takes tokens only that are bound to a key";
            let fault = Fault::new(ErrorCode::InvalidRequest, description);
            return Err(Refused::new(fault, "key-binding"));
        }
        // What was given to somebody who is not registered any more, or for another application, is over.
        let given_to = self.client_of(&grant.client);
        if given_to.is_none_or(|given_to| given_to.app != grant.app) {
            return Err(not_usable());
        }
        let scopes = request.narrowed(&subject.scopes, &to)?;
        if !subject.via.is_empty() && !self.all_hold(&grant, (&subject.via, &client), &scopes) {
            return Err(not_usable());
        }
        self.check_consent(&grant, &to, &scopes)?;
        let acts = match &request.actor {
            None => client.id.clone(),
            Some(token) => self.acts(&client, token, &sender)?,
        };
        let act = Actor::after(acts, subject.act)?;
        let wanted = Exchange {
            by: &client,
            to: &to,
            grant: grant.id,
            until: subject.until,
        };
        sender.spend(self)?;
        let until = self.live().exchange(wanted).await?;
        let client = self.still(client)?;
        let hops = chain(subject.via.clone(), client.id.clone());
        // Nothing is handed out after a revocation that was acknowledged meanwhile, whichever exchange it was about.
        if !self.all_hold(&grant, (&hops, &to), &scopes) {
            return Err(not_usable());
        }
        let said = (act, subject.via, sender.holds);
        self.exchanged((&client, &to), &grant, said, scopes, until)
    }

    /// What a token is worth that `client` brings.
    fn subject(&self, client: &Client, token: &SubjectToken) -> Result<Subject, Refused> {
        let origin = &self.inner.parts.origin;
        let now = self.live().clock().now();
        let keyring = self.inner.parts.keyring.load();
        match token {
            SubjectToken::Id(token) => {
                let expected = Expected {
                    kind: TokenKind::IdToken,
                    issuer: origin,
                    audience: client.id.as_str(),
                };
                let read = keyring.verify::<BroughtId>(token.expose(), &expected, now);
                let read = read.map_err(|_| not_usable())?;
                Ok(Subject {
                    grant: self.live().of_sid(&read.sid).ok_or_else(not_usable)?,
                    // It says who she is, and no more comes of it.
                    scopes: [Scope::Openid].into(),
                    until: Timestamp::from_seconds(read.exp),
                    act: None,
                    via: Vec::new(),
                    cnf: None,
                })
            }
            SubjectToken::Access(token) => {
                // For us, as every access token of a sign-in is; or for this client, out of an exchange before.
                let mut audiences = [origin.clone(), self.resource(&client.id)].into_iter();
                let read = audiences.find_map(|audience| {
                    let expected = Expected {
                        kind: TokenKind::AccessToken,
                        issuer: origin,
                        audience: &audience,
                    };
                    let read = keyring.verify::<AccessTokenClaims>(token.expose(), &expected, now);
                    read.ok()
                });
                let claims = read.ok_or_else(not_usable)?;
                let given_to = self.client_of(&claims.client_id).ok_or_else(not_usable)?;
                let is_exchanged = claims.aud != *origin;
                // A program of the same application passes on to the one that asks what came of the sign-in itself.
                let is_ours = is_exchanged || given_to.app == client.app;
                let sign_in = claims.sign_in.filter(|_| is_ours);
                let sign_in = sign_in.ok_or_else(not_usable)?;
                Ok(Subject {
                    grant: self.live().of_sid(sign_in.sid()).ok_or_else(not_usable)?,
                    scopes: Scope::read(&claims.scope)?,
                    until: claims.exp,
                    act: claims.act,
                    via: if is_exchanged {
                        chain(claims.via, claims.client_id)
                    } else {
                        Vec::new()
                    },
                    cnf: claims.cnf,
                })
            }
        }
    }

    /// What a client is called as the audience of an access token: not by its id, which is the audience of ID tokens.
    pub(super) fn resource(&self, client: &ClientId) -> String {
        format!("{}/resources/{client}", self.inner.parts.origin)
    }

    /// What a token out of an exchange says, if it is good still and `client` may know: it takes it, or it exchanged for it.
    pub(super) fn exchanged_claims(
        &self,
        client: &Client,
        token: &Secret,
    ) -> Option<AccessTokenClaims> {
        let keyring = self.inner.parts.keyring.load();
        let now = self.live().clock().now();
        let takers = std::iter::once(&client.id).chain(&client.exchange_to);
        takers.into_iter().find_map(|taker| {
            let expected = Expected {
                kind: TokenKind::AccessToken,
                issuer: &self.inner.parts.origin,
                audience: &self.resource(taker),
            };
            let claims = keyring.verify::<AccessTokenClaims>(token.expose(), &expected, now);
            let claims = claims.ok()?;
            if *taker != client.id && claims.client_id != client.id {
                return None;
            }
            let to = self.client_of(taker)?;
            let id = self.live().of_sid(claims.sign_in.as_ref()?.sid())?;
            let grant = self.live().grant(id)?;
            let is_whole = self.client_of(&grant.client)?.app == grant.app;
            let hops = chain(claims.via.clone(), claims.client_id.clone());
            let scopes = Scope::read(&claims.scope).ok()?;
            (is_whole && self.all_hold(&grant, (&hops, &to), &scopes)).then_some(claims)
        })
    }

    /// Whether each of the exchanges is still good by which something of a grant came from client to client and then to `to`: the
    /// clients are registered for it, the policies would permit it again, and she agrees still to what each learns of her.
    fn all_hold(
        &self,
        grant: &Grant,
        (by, to): (&[ClientId], &Client),
        scopes: &BTreeSet<Scope>,
    ) -> bool {
        let takers = by.iter().skip(1).chain(std::iter::once(&to.id));
        by.iter().zip(takers).all(|(by, taker)| {
            let both = self.client_of(by).zip(self.client_of(taker));
            both.is_some_and(|(by, taker)| {
                self.live().exchange_holds(grant, &by, &taker)
                    && self.check_consent(grant, &taker, scopes).is_ok()
            })
        })
    }

    /// Who acts: a client of the same application, which shows a token in its own name.
    fn acts(&self, client: &Client, token: &Secret, sender: &Sender) -> Result<ClientId, Refused> {
        let wrong = || {
            let description = "the actor_token is in the name of a client of the same application";
            Refused::new(
                Fault::new(ErrorCode::InvalidRequest, description),
                "not-usable",
            )
        };
        let claims = self.access_claims(token.expose()).ok_or_else(wrong)?;
        let actor = self.client_of(&claims.client_id).ok_or_else(wrong)?;
        let is_own = claims.sign_in.is_none() && claims.sub == actor.id.as_str();
        // What is good with a key only says nothing without it.
        let is_shown = claims.cnf.is_none() || claims.cnf == sender.holds;
        (is_own && is_shown && actor.app == client.app)
            .then_some(actor.id)
            .ok_or_else(wrong)
    }

    /// Whoever is asked before a client learns about her is asked by that client.
    fn check_consent(
        &self,
        grant: &Grant,
        to: &Client,
        scopes: &BTreeSet<Scope>,
    ) -> Result<(), Refused> {
        let key = (grant.person, to.id.clone());
        let has_agreed = self.live().read(|state| {
            let consent = state.consents.get(&key);
            consent.is_some_and(|consent| {
                let mut scopes = scopes.iter().map(|scope| scope.as_str());
                scopes.all(|scope| consent.scopes.iter().any(|known| known == scope))
            })
        });
        if to.consent == ConsentDemand::Implied || has_agreed {
            return Ok(());
        }
        let fault = Fault::new(
            ErrorCode::InvalidTarget,
            "she has not agreed that this audience learns about her",
        );
        Err(Refused::new(fault, "not-permitted"))
    }
}
