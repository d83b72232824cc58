//! What clients are told: one place for the endpoint that signs it and for the console, which shows it beforehand.

use crate::Whence;
use crate::live::Live;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::BTreeSet;
use zt_auth::{Grant, Proof, Proven, ProvenFactor, Session, assurance_of};
use zt_crypto::alias::NoAlias;
use zt_device::Presentation;
use zt_federation::{
    AccessTokenClaims, AcrDemand, Asked, Claim, ClaimsWish, Client, Confirmation, IdTokenClaims,
    PersonClaims, PersonFacts, Scope, SignInClaims, UserInfo,
};
use zt_policy::Decision;
use zt_store::State;
use zt_types::{
    AppId, Assurance, ClientId, FactorKind, GrantId, PersonId, Seconds, SessionId, Timestamp,
    TokenHash,
};

/// How long a client may take an ID token: it is read once, when it comes.
const ID_TOKEN_LIFETIME: Seconds = Seconds::minutes(10);

/// How long a sign-in that is only imagined goes on.
const IMAGINED: Seconds = Seconds::hours(1);

/// To whom something is told, and of which sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Audience<'a> {
    /// Who says so: this installation's issuer.
    pub issuer: &'a str,
    /// To whom.
    pub client: &'a Client,
    /// What the sign-in gave it.
    pub grant: &'a Grant,
    /// How strong a sign-in it asked for.
    pub acr: &'a AcrDemand,
    /// What it asked for one by one.
    pub wish: &'a ClaimsWish,
}

impl<'a> Audience<'a> {
    /// What a grant was given for.
    #[must_use]
    pub const fn of(
        issuer: &'a str,
        client: &'a Client,
        grant: &'a Grant,
        asked: &'a Asked,
    ) -> Self {
        Self {
            issuer,
            client,
            grant,
            acr: asked.acr(),
            wish: asked.claims(),
        }
    }
}

/// What would happen if somebody signed in to a client now, with all scopes that it may ask for and nothing asked for one
/// by one.
#[derive(Debug)]
pub struct Rehearsal {
    /// The session of hers that it is about; none if she has none, and a sign-in with the strongest of her factors, without a
    /// device, was imagined.
    pub session: Option<SessionId>,
    /// What the policies say about the client's application.
    pub decision: Decision,
    /// What its access token would say.
    pub access: AccessTokenClaims,
    /// What its ID token would say; none if it may not ask for one.
    pub id_token: Option<IdTokenClaims>,
    /// What UserInfo would tell it; none if it may not ask.
    pub user_info: Option<UserInfo>,
    /// Whether UserInfo would tell it only after she proved more (RFC 9470).
    pub demands_more: bool,
}

impl Live {
    /// What tokens of a grant say of the sign-in.
    ///
    /// # Errors
    /// [`NoAlias`].
    pub fn sign_in_claims(&self, grant: &Grant, acr: &AcrDemand) -> Result<SignInClaims, NoAlias> {
        Ok(SignInClaims::new(
            grant.authenticated_at,
            acr.told(grant.assurance),
            &grant.factors,
            self.sid(grant)?,
        ))
    }

    /// What an access token says that is made now, good with `cnf` only.
    ///
    /// # Errors
    /// [`NoAlias`].
    pub fn access_claims(
        &self,
        audience: &Audience<'_>,
        scopes: &BTreeSet<Scope>,
        cnf: Option<Confirmation>,
    ) -> Result<AccessTokenClaims, NoAlias> {
        let Audience {
            issuer,
            client,
            grant,
            acr,
            ..
        } = *audience;
        Ok(AccessTokenClaims {
            sub: self.subject_for(client, grant.person),
            exp: (self.clock().now() + client.access_token_lifetime).min(grant.expires_at),
            scope: Scope::list(scopes),
            sign_in: Some(self.sign_in_claims(grant, acr)?),
            ..self.own_claims(issuer, client, cnf)
        })
    }

    /// What an access token says that a client gets in its own name now.
    #[must_use]
    pub fn own_claims(
        &self,
        issuer: &str,
        client: &Client,
        cnf: Option<Confirmation>,
    ) -> AccessTokenClaims {
        let now = self.clock().now();
        AccessTokenClaims {
            iss: issuer.to_owned(),
            sub: client.id.to_string(),
            // RFC 9068 §3: no resource was named, so it is for whoever asks us about it.
            aud: issuer.to_owned(),
            client_id: client.id.clone(),
            exp: now + client.access_token_lifetime,
            iat: now,
            jti: URL_SAFE_NO_PAD.encode(self.entropy().bytes::<16>()),
            scope: String::new(),
            cnf,
            act: None,
            via: Vec::new(),
            sign_in: None,
        }
    }

    /// What an ID token says that is made now (OpenID Connect Core 1.0 §3.1.3.3).
    ///
    /// # Errors
    /// [`NoAlias`].
    pub fn id_claims(
        &self,
        audience: &Audience<'_>,
        nonce: Option<String>,
        at_hash: Option<String>,
    ) -> Result<IdTokenClaims, NoAlias> {
        let Audience {
            issuer,
            client,
            grant,
            acr,
            wish,
        } = *audience;
        let now = self.clock().now();
        // §5.4: what scopes ask for is told at the UserInfo endpoint. What is asked for one by one is told here under the demands
        // that hold there.
        let demand = client.safeguards.step_up;
        let person = if demand.is_met_by(grant.assurance, grant.authenticated_at, now) {
            self.about(grant.person, &BTreeSet::new(), &wish.id_token)
        } else {
            PersonClaims::default()
        };
        Ok(IdTokenClaims {
            iss: issuer.to_owned(),
            sub: self.subject_for(client, grant.person),
            aud: client.id.clone(),
            exp: (now + ID_TOKEN_LIFETIME).min(grant.expires_at),
            iat: now,
            nonce,
            at_hash,
            sign_in: self.sign_in_claims(grant, acr)?,
            person,
        })
    }

    /// What UserInfo tells about a person.
    #[must_use]
    pub fn user_info(&self, audience: &Audience<'_>, scopes: &BTreeSet<Scope>) -> UserInfo {
        let person = audience.grant.person;
        UserInfo {
            sub: self.subject_for(audience.client, person),
            person: self.about(person, scopes, &audience.wish.userinfo),
        }
    }

    /// What is told of a person for `scopes` and for claims asked for `one_by_one`; nothing if she is not there any more.
    fn about(
        &self,
        person: PersonId,
        scopes: &BTreeSet<Scope>,
        one_by_one: &BTreeSet<Claim>,
    ) -> PersonClaims {
        let told = self.with_facts(person, |facts| PersonClaims::of(facts, scopes, one_by_one));
        told.unwrap_or_default()
    }

    /// What is known of a person; nothing if she is not there any more.
    pub(crate) fn with_facts<R>(
        &self,
        person: PersonId,
        tell: impl FnOnce(&PersonFacts<'_>) -> R,
    ) -> Option<R> {
        self.read(|state| {
            let person = state.people.get(&person)?;
            let groups = person.groups.iter().cloned().collect();
            Some(tell(&PersonFacts {
                name: person.name.of(person.language),
                login: &person.login,
                language: person.language,
                email: person.email.as_deref(),
                groups: &groups,
            }))
        })
    }

    /// A sign-in to a program of `app` as in the newest session of `person`, or as in one of this moment.
    pub(crate) fn imagine(&self, program: &ClientId, app: &AppId, person: PersonId) -> Imagined {
        let now = self.clock().now();
        let newest = self.sessions_of(person).into_iter();
        let newest = newest.max_by_key(|session| session.authenticated_at);
        let known = newest.as_ref().map(|session| session.id);
        let session = newest.unwrap_or_else(|| self.read(|state| imagined(state, person, now)));
        let whence = Whence::new(session.address.parse().ok(), &session.user_agent);
        let id = GrantId::from_random(self.entropy().bytes());
        Imagined {
            session: known,
            decision: self.preview(&session, app, Presentation::NotAsked, whence),
            grant: Grant::draft(id, &session, program, app, now),
        }
    }

    /// What would happen, and what `client` would be told, if `person` signed in to it now. Nothing is issued, and nothing
    /// recorded: whoever shows it does that.
    ///
    /// # Errors
    /// [`NoAlias`].
    pub fn rehearse(
        &self,
        issuer: &str,
        client: &Client,
        person: PersonId,
    ) -> Result<Rehearsal, NoAlias> {
        let now = self.clock().now();
        let Imagined {
            session: known,
            decision,
            grant,
        } = self.imagine(&client.id, &client.app, person);
        let audience = Audience {
            issuer,
            client,
            grant: &grant,
            acr: &AcrDemand::Any,
            wish: ClaimsWish::NONE,
        };
        let (scopes, demand) = (&client.scopes, client.safeguards.step_up);
        let is_openid = scopes.contains(&Scope::Openid);
        let id_token = is_openid.then(|| self.id_claims(&audience, None, None));
        Ok(Rehearsal {
            session: known,
            decision,
            access: self.access_claims(&audience, scopes, None)?,
            id_token: id_token.transpose()?,
            user_info: is_openid.then(|| self.user_info(&audience, scopes)),
            demands_more: !demand.is_met_by(grant.assurance, grant.authenticated_at, now),
        })
    }
}

/// A sign-in that nobody made.
pub(crate) struct Imagined {
    /// The session it is as in, if there is one.
    pub(crate) session: Option<SessionId>,
    pub(crate) decision: Decision,
    pub(crate) grant: Grant,
}

/// A sign-in of this moment, with what she would prove if nobody asked for less, on no device.
fn imagined(state: &State, person: PersonId, now: Timestamp) -> Session {
    let has = |kind: FactorKind| {
        let mut credentials = state.credentials_of(person);
        credentials.any(|credential| credential.secret.kind() == kind)
    };
    let kinds: &[FactorKind] = if has(FactorKind::Passkey) {
        &[FactorKind::Passkey]
    } else if has(FactorKind::Totp) {
        &[FactorKind::Password, FactorKind::Totp]
    } else {
        &[FactorKind::Password]
    };
    let proofs: Vec<Proof> = kinds
        .iter()
        .map(|kind| Proof {
            kind: *kind,
            how: Proven::Verified,
        })
        .collect();
    Session {
        id: SessionId::from_random([0; 16]),
        person,
        token: TokenHash([0; 32]),
        device: None,
        certificate: None,
        proven: kinds
            .iter()
            .map(|kind| ProvenFactor {
                kind: *kind,
                at: now,
            })
            .collect(),
        assurance: assurance_of(&proofs).unwrap_or(Assurance::Password),
        created_at: now,
        authenticated_at: now,
        expires_at: now + IMAGINED,
        address: String::new(),
        user_agent: String::new(),
        ended: None,
    }
}
