//! The token endpoint (RFC 6749 §3.2): codes, refresh tokens and clients' own names are exchanged for tokens.

use super::cross_origin::AnswerTo;
use super::form::{authorization, read};
use super::refused::{NONCE, Refused, UNAVAILABLE, WAITING};
use super::sender::Sender;
use super::tokens::Tokens;
use crate::answer::json_answer;
use crate::{Caller, Endpoints};
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::collections::BTreeSet;
use zt_crypto::hash::{mint_token, received_hash, token_hash};
use zt_events::{Actor, Body as Told};
use zt_federation::{
    Asked, Authentication, Client, ErrorCode, Fault, Grant, GrantType, Presented,
    ProofKeyChallenge, Scope, TokenRequest,
};
use zt_live::Whose;
use zt_types::{ClientId, GrantId, PersonId, Secret};

/// What is known of a request so far, for events and figures.
#[derive(Debug, Default)]
pub(super) struct Attempt {
    /// What it comes with.
    grant: Option<GrantType>,
    /// The client it names, if that is one.
    named: Option<ClientId>,
    /// The same, once it is proven.
    proven: Option<ClientId>,
    /// About whom.
    person: Option<PersonId>,
}

impl Attempt {
    /// The client that is named, if there is one.
    pub(super) const fn named(&self) -> Option<&ClientId> {
        self.named.as_ref()
    }

    /// Notes whom it is about.
    pub(super) const fn about(&mut self, person: PersonId) {
        self.person = Some(person);
    }

    pub(super) fn of(grant: GrantType) -> Self {
        Self {
            grant: Some(grant),
            ..Self::default()
        }
    }
}

/// Gives tokens, or says why not.
pub(crate) async fn token(
    State(endpoints): State<Endpoints>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut attempt = Attempt::default();
    let given = endpoints.give(&caller, &headers, body, &mut attempt).await;
    let kind = attempt.grant;
    let client = attempt.named.clone();
    let mut response = match given {
        Ok(tokens) => {
            endpoints.inner.metrics.tokens(kind, "issued");
            json_answer(StatusCode::OK, &tokens)
        }
        Err(refused) => {
            endpoints.inner.metrics.tokens(kind, refused.why());
            endpoints.tell_refused(attempt, &caller, &refused);
            refused.to_client(&headers)
        }
    };
    // RFC 6749 §5.1, for whoever knows nothing of `Cache-Control`.
    let no_cache = HeaderValue::from_static("no-cache");
    response.headers_mut().insert(header::PRAGMA, no_cache);
    if let Some(client) = client {
        response.extensions_mut().insert(AnswerTo(client));
    }
    response
}

/// What is told of whichever code or refresh token is not one.
pub(super) const UNKNOWN: &str = "it is not known here";

impl Endpoints {
    async fn give(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        body: Body,
        attempt: &mut Attempt,
    ) -> Result<Tokens, Refused> {
        let form = read(headers, body).await?;
        let request = TokenRequest::read(&form, authorization(headers)?)?;
        let kind = request.grant.kind();
        attempt.grant = Some(kind);
        let client = self.known(&request.presented, caller, attempt).await?;
        client.check_grant(kind)?;
        let sender = self.sender((&client, kind), caller, headers)?;
        match request.grant {
            Grant::Code {
                code,
                redirect_uri,
                verifier,
            } => {
                let (id, secret) = opened(&code)?;
                let kept = self.asked(&client, id, attempt)?;
                // Nothing binds a code of another way.
                let Asked::Code(asked) = &kept else {
                    return Err(Refused::grant(UNKNOWN, "not-usable"));
                };
                // RFC 6749 §4.1.3: the same address, to the letter.
                if asked.back.uri.as_str() != redirect_uri {
                    let description = "the redirect_uri is not the one the code was sent to";
                    return Err(Refused::grant(description, "redirect-mismatch"));
                }
                sender.may_redeem(asked.dpop_jkt.as_deref())?;
                ProofKeyChallenge::check(asked.proof_key.as_ref(), verifier.as_ref())
                    .map_err(|fault| Refused::new(fault, "proof-key"))?;
                let gets_refresh = client.grants.contains(&GrantType::RefreshToken);
                let refresh = gets_refresh.then(|| mint_token(self.live().entropy().bytes()));
                let hash = refresh.as_ref().map(token_hash);
                let code = received_hash(secret);
                sender.spend(self)?;
                let holder = sender.kept();
                let redeemed = self.live().redeem_grant(id, &client.id, code, hash, holder);
                let grant = redeemed.await?;
                let scopes = asked.scopes.clone();
                let client = self.still(client)?;
                let mut tokens =
                    self.tokens(&client, &grant, &kept, scopes, (refresh, sender.holds))?;
                tokens.name_person(self, &client, &grant, &kept, asked.nonce.clone())?;
                Ok(tokens)
            }
            Grant::Refresh { token, scopes } => {
                let (id, secret) = opened(&token)?;
                let asked = self.asked(&client, id, attempt)?;
                sender.may_refresh(&client, &self.live().grant_of(&client, id)?)?;
                let scopes = narrowed(scopes, &asked)?;
                sender.spend(self)?;
                let next = if client.keeps_refresh_tokens() {
                    Secret::new(secret.to_owned())
                } else {
                    mint_token(self.live().entropy().bytes())
                };
                let (from, to) = (received_hash(secret), token_hash(&next));
                let refreshed = self.live().refresh_grant(id, &client.id, from, to);
                let grant = refreshed.await?;
                let client = self.still(client)?;
                let mut tokens =
                    self.tokens(&client, &grant, &asked, scopes, (Some(next), sender.holds))?;
                // OpenID Connect Core 1.0 §12.2: the nonce was for the first one.
                tokens.name_person(self, &client, &grant, &asked, None)?;
                Ok(tokens)
            }
            Grant::Device { code } => self.redeem_device(client, &code, sender, attempt).await,
            Grant::Exchange(request) => self.exchange(client, &request, sender, attempt).await,
            Grant::ClientCredentials { scopes } => self.give_to_itself(&client, &scopes, sender),
        }
    }

    /// The client that asks, proven.
    pub(super) async fn known(
        &self,
        presented: &Presented,
        caller: &Caller,
        attempt: &mut Attempt,
    ) -> Result<Client, Refused> {
        let client = self.client_of(&presented.client);
        attempt.named = client.as_ref().map(|client| client.id.clone());
        self.proven(presented, client.as_ref(), caller).await?;
        attempt.proven.clone_from(&attempt.named);
        let unknown = Fault::new(ErrorCode::InvalidClient, "the client is not registered");
        client.ok_or_else(|| unknown.into())
    }

    /// What a grant of the client was given for.
    pub(super) fn asked(
        &self,
        client: &Client,
        id: GrantId,
        attempt: &mut Attempt,
    ) -> Result<Asked, Refused> {
        let grant = self.live().grant_of(client, id)?;
        attempt.person = Some(grant.person);
        self.asked_for(&grant)
    }

    /// What a grant was given for.
    pub(super) fn asked_for(&self, grant: &zt_auth::Grant) -> Result<Asked, Refused> {
        serde_json::from_str(&grant.asked).map_err(|error| {
            tracing::error!(grant = %grant.id, %error, "what a grant was given for cannot be read");
            Refused::grant(UNKNOWN, "not-usable")
        })
    }

    /// The client as it is registered now: it may have been removed while the records were written.
    pub(super) fn still(&self, client: Client) -> Result<Client, Refused> {
        let gone = Fault::new(ErrorCode::InvalidClient, "the client is not registered");
        self.client_of(&client.id).ok_or_else(|| gone.into())
    }

    /// A token in the client's own name (RFC 6749 §4.4). No person is in it, so there is nothing that policies, which are about
    /// people, could say.
    fn give_to_itself(
        &self,
        client: &Client,
        scopes: &BTreeSet<Scope>,
        sender: Sender,
    ) -> Result<Tokens, Refused> {
        if !scopes.is_empty() {
            let description = "the scopes here are about people: ask for none";
            return Err(Fault::new(ErrorCode::InvalidScope, description).into());
        }
        let live = self.live();
        if !live.read(|state| state.applications.contains_key(&client.app)) {
            let fault = Fault::new(
                ErrorCode::UnauthorizedClient,
                "the client's application is not registered",
            );
            return Err(Refused::new(fault, "not-permitted"));
        }
        if !live.can_record() {
            return Err(Refused::unavailable(
                "nothing can be recorded at the moment",
            ));
        }
        sender.spend(self)?;
        let tokens = self.own_token(client, sender.holds)?;
        let told = Told::ClientTokenIssued {
            app: client.app.clone(),
            client: client.id.clone(),
        };
        live.record(Actor::Client(client.id.clone()), told);
        Ok(tokens)
    }

    /// Records that a client got nothing.
    pub(super) fn tell_refused(&self, attempt: Attempt, caller: &Caller, refused: &Refused) {
        let now = self.live().clock().now();
        // A failure of ours is no refusal, nor is waiting; what anybody can cause must not fill the disk.
        let is_none = [UNAVAILABLE, NONCE, WAITING].contains(&refused.why());
        // A client that anybody can call himself is nobody.
        let proven = attempt.proven.as_ref().filter(|id| {
            let client = self.client_of(id);
            client.is_some_and(|client| client.authentication != Authentication::None)
        });
        let whose = proven.map_or(Whose::Stranger(caller.address), Whose::Client);
        if is_none || !self.inner.token_refusals.admits(whose, now) {
            return;
        }
        let told = Told::TokensRefused {
            person: attempt.person,
            client: attempt.named,
            why: refused.why().to_owned(),
            address: caller.address.to_string(),
        };
        let actor = attempt.proven.map_or(Actor::Nobody, Actor::Client);
        self.live().record(actor, told);
    }
}

/// Which grant a code or a refresh token is of, and its secret.
pub(super) fn opened(bearer: &Secret) -> Result<(GrantId, &str), Refused> {
    let opened = zt_auth::Grant::of_bearer(bearer.expose());
    opened.ok_or_else(|| Refused::grant(UNKNOWN, "not-usable"))
}

/// RFC 6749 §6: nothing that the person was not asked about.
fn narrowed(wanted: Option<BTreeSet<Scope>>, asked: &Asked) -> Result<BTreeSet<Scope>, Fault> {
    match wanted {
        None => Ok(asked.scopes().clone()),
        Some(wanted) if wanted.is_subset(asked.scopes()) => Ok(wanted),
        Some(_) => Err(Fault::new(
            ErrorCode::InvalidScope,
            "one of the scopes was not asked for when she signed in",
        )),
    }
}

impl From<zt_crypto::alias::NoAlias> for Refused {
    fn from(error: zt_crypto::alias::NoAlias) -> Self {
        tracing::error!(%error, "a session could not be named");
        Self::unavailable("the server cannot do this at the moment")
    }
}

impl From<zt_crypto::jose::JoseError> for Refused {
    fn from(error: zt_crypto::jose::JoseError) -> Self {
        tracing::error!(%error, "a token could not be made");
        Self::unavailable("the server cannot do this at the moment")
    }
}
