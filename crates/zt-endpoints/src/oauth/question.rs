//! What clients ask about their tokens (RFC 7662), and how they give them back (RFC 7009).

use super::cross_origin::AnswerTo;
use super::form::{authorization, read};
use super::refused::Refused;
use super::token::Attempt;
use crate::answer::{json_answer, nothing};
use crate::{Caller, Endpoints};
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use zt_auth::{Grant, GrantEnd, GrantState};
use zt_crypto::hash::matches;
use zt_crypto::jose::{Expected, TokenKind};
use zt_events::Actor;
use zt_federation::{
    AccessTokenClaims, Authentication, Client, ErrorCode, Fault, Introspection, RefreshTokenClaims,
    Scope, TokenQuestion,
};
use zt_types::Secret;

/// Says whether a token of the client's own, or an access token of its application, counts, and what it is good for.
pub(crate) async fn introspect(
    State(endpoints): State<Endpoints>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut attempt = Attempt::default();
    let asked = endpoints.question(&caller, &headers, body, &mut attempt);
    let answer = asked.await.and_then(|(client, question)| {
        // RFC 7662 §2.1: whoever shows nothing learns nothing.
        if client.authentication == Authentication::None {
            let description = "a client that shows nothing for itself learns nothing about tokens";
            return Err(Fault::new(ErrorCode::InvalidClient, description).into());
        }
        endpoints.introspection(&client, &question.token)
    });
    match answer {
        Ok(said) => json_answer(StatusCode::OK, &said),
        Err(refused) => {
            endpoints.tell_refused(attempt, &caller, &refused);
            refused.to_client(&headers)
        }
    }
}

/// Ends what a token of the client's own belongs to.
pub(crate) async fn revoke(
    State(endpoints): State<Endpoints>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut attempt = Attempt::default();
    let asked = endpoints.question(&caller, &headers, body, &mut attempt);
    let (done, client) = match asked.await {
        Ok((client, question)) => {
            let done = endpoints.end(&client, &question.token).await;
            (done, Some(client.id))
        }
        Err(refused) => (Err(refused), None),
    };
    let mut response = match done {
        Ok(()) => nothing(),
        Err(refused) => {
            endpoints.tell_refused(attempt, &caller, &refused);
            refused.to_client(&headers)
        }
    };
    if let Some(client) = client {
        response.extensions_mut().insert(AnswerTo(client));
    }
    response
}

/// Whose tokens are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The client's own.
    Own,
    /// Access tokens of any client of its application: what a page or a device shows to the application's own program.
    Application,
}

/// A token that we gave.
enum Kept {
    /// An access token in the client's own name.
    Own(AccessTokenClaims),
    /// An access token out of an exchange, which is good still.
    Exchanged(AccessTokenClaims),
    /// An access token of a grant.
    Access(AccessTokenClaims, Box<Grant>),
    /// A refresh token of a grant, perhaps an earlier one.
    Refresh(Box<Grant>),
}

impl Endpoints {
    async fn question(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        body: Body,
        attempt: &mut Attempt,
    ) -> Result<(Client, TokenQuestion), Refused> {
        let form = read(headers, body).await?;
        let question = TokenQuestion::read(&form, authorization(headers)?)?;
        let client = self.known(&question.presented, caller, attempt).await?;
        Ok((client, question))
    }

    /// What a token is, if it is within the reach of this client. Its form says which kind it is, so that no hint is needed.
    fn kept(&self, client: &Client, token: &Secret, reach: Reach) -> Option<Kept> {
        let live = self.live();
        if let Some((id, _)) = Grant::of_bearer(token.expose()) {
            return live
                .grant_of(client, id)
                .ok()
                .map(Box::new)
                .map(Kept::Refresh);
        }
        let Some(claims) = self.access_claims(token.expose()) else {
            return self.exchanged_claims(client, token).map(Kept::Exchanged);
        };
        let owner = self.client_of(&claims.client_id)?;
        let is_within = match reach {
            Reach::Own => owner.id == client.id,
            Reach::Application => owner.app == client.app,
        };
        if !is_within {
            return None;
        }
        match &claims.sign_in {
            None => Some(Kept::Own(claims)),
            Some(sign_in) => {
                let grant = live.grant_of(&owner, live.of_sid(sign_in.sid())?).ok()?;
                Some(Kept::Access(claims, Box::new(grant)))
            }
        }
    }

    /// What an access token of ours says, while its time lasts.
    pub(super) fn access_claims(&self, token: &str) -> Option<AccessTokenClaims> {
        let origin = &self.inner.parts.origin;
        let expected = Expected {
            kind: TokenKind::AccessToken,
            issuer: origin,
            audience: origin,
        };
        let now = self.live().clock().now();
        let keyring = self.inner.parts.keyring.load();
        keyring.verify(token, &expected, now).ok()
    }

    fn introspection(&self, client: &Client, token: &Secret) -> Result<Introspection, Refused> {
        let holds = |grant: &Grant| self.live().grant_holds(grant);
        Ok(match self.kept(client, token, Reach::Application) {
            Some(Kept::Own(claims) | Kept::Exchanged(claims)) => Introspection::Access(claims),
            Some(Kept::Access(claims, grant)) if holds(&grant) => Introspection::Access(claims),
            Some(Kept::Refresh(grant)) if counts(&grant, token) && holds(&grant) => {
                let asked = self.asked_for(&grant)?;
                Introspection::Refresh(RefreshTokenClaims {
                    iss: self.inner.parts.origin.clone(),
                    sub: self.live().subject_for(client, grant.person),
                    client_id: client.id.clone(),
                    exp: grant.expires_at,
                    iat: grant.created_at,
                    scope: Scope::list(asked.scopes()),
                })
            }
            _ => Introspection::Inactive,
        })
    }

    async fn end(&self, client: &Client, token: &Secret) -> Result<(), Refused> {
        let grant = match self.kept(client, token, Reach::Own) {
            // RFC 7009 §2.2: what is no token has been given back already.
            None => return Ok(()),
            Some(Kept::Own(_) | Kept::Exchanged(_)) => {
                let description = "this token ends by itself, soon";
                return Err(Fault::new(ErrorCode::UnsupportedTokenType, description).into());
            }
            // An earlier refresh token as well: the client may have lost the answer to its last refresh.
            Some(Kept::Access(_, grant) | Kept::Refresh(grant)) => grant,
        };
        // A code is no token: whoever holds one redeems it or does not.
        if matches!(grant.state, GrantState::Code { .. }) {
            return Ok(());
        }
        let actor = Actor::Client(client.id.clone());
        let ended = self.live().end_grant(grant.id, GrantEnd::Revoked, actor);
        Ok(ended.await?)
    }
}

/// Whether it is the one refresh token of its grant that counts.
fn counts(grant: &Grant, token: &Secret) -> bool {
    let GrantState::Tokens {
        refresh: Some(kept),
        ..
    } = &grant.state
    else {
        return false;
    };
    let brought = Grant::of_bearer(token.expose());
    brought.is_some_and(|(_, secret)| matches(secret, kept))
}
