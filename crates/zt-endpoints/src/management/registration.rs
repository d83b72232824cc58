//! What lets programs register themselves: made, listed and taken back by an operator.

use super::LARGEST;
use super::wire::{
    InitialTokenAnswer, InitialTokenRequest, InitialTokenView, RevokeInitialTokenRequest,
};
use crate::Endpoints;
use crate::answer::{Problem, json_answer, no_content};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use zt_events::Actor;
use zt_federation::{Allowance, GrantType, InitialToken, Scope};
use zt_live::{InitialTokenError, InitialTokenWish};
use zt_types::Seconds;

pub(crate) async fn make(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let request: InitialTokenRequest = crate::body::json(&headers, body, LARGEST).await?;
    let wish = InitialTokenWish {
        note: request.note,
        allowance: Allowance {
            app: request.application,
            grants: request.grants,
            scopes: request.scopes,
        },
        uses: request.uses,
        lifetime: Seconds::hours(request.hours.min(24 * 365)),
    };
    let live = endpoints.live();
    let made = live.make_initial_token(wish, Actor::Operator).await;
    let (token, secret) = made.map_err(problem)?;
    let answer = InitialTokenAnswer {
        token: secret.expose().to_owned(),
        endpoint: format!(
            "{}{}",
            endpoints.inner.parts.origin,
            crate::oauth::REGISTRATION
        ),
        made: view(&endpoints, &token),
    };
    Ok(json_answer(StatusCode::CREATED, &answer))
}

pub(crate) async fn list(State(endpoints): State<Endpoints>) -> Response {
    let tokens: Vec<InitialToken> = endpoints
        .live()
        .read(|state| state.initial_tokens.values().cloned().collect());
    let mut views: Vec<_> = tokens.iter().map(|one| view(&endpoints, one)).collect();
    views.sort_by(|one, other| one.until.cmp(&other.until));
    json_answer(StatusCode::OK, &views)
}

pub(crate) async fn revoke(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let request: RevokeInitialTokenRequest = crate::body::json(&headers, body, LARGEST).await?;
    let live = endpoints.live();
    live.revoke_initial_token(request.id, Actor::Operator)
        .await?;
    Ok(no_content())
}

fn view(endpoints: &Endpoints, token: &InitialToken) -> InitialTokenView {
    let live = endpoints.live();
    let made_by = token
        .made_by
        .and_then(|id| live.read(|state| state.people.get(&id).map(|person| person.login.clone())));
    InitialTokenView {
        id: token.id,
        note: token.note.clone(),
        application: token.allowance.app.clone(),
        grants: token
            .allowance
            .grants
            .iter()
            .copied()
            .collect::<Vec<GrantType>>(),
        scopes: token
            .allowance
            .scopes
            .iter()
            .copied()
            .collect::<Vec<Scope>>(),
        uses: token.uses,
        used: token.used,
        until: token.expires_at.to_rfc3339(),
        counts: token.counts(live.clock().now()),
        made_by,
    }
}

fn problem(error: InitialTokenError) -> Problem {
    let (status, slug) = match error {
        InitialTokenError::Live(error) => return error.into(),
        InitialTokenError::NoApplication(_) => (StatusCode::NOT_FOUND, "no-application"),
        InitialTokenError::NotAllowed(_) => (StatusCode::UNPROCESSABLE_ENTITY, "not-allowed"),
    };
    Problem::new(status, slug, error.to_string())
}
