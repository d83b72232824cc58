//! What an operator does about a person's password without knowing it: a pass, its end, and a reset that is due.

use super::LARGEST;
use super::wire::{PersonRequest, ResetDueRequest, ResetPassAnswer, ResetPassRequest};
use crate::Endpoints;
use crate::answer::{Problem, json_answer, no_content};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use zt_crypto::code::{canonical, readable};
use zt_crypto::hash::token_hash;
use zt_events::Actor;
use zt_live::ResetError;
use zt_types::Seconds;

/// Six groups of four: enough that its plain hash may be kept, short enough to be told over a telephone.
const PASS_BYTES: usize = 15;

pub(crate) async fn issue(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let request: ResetPassRequest = crate::body::json(&headers, body, LARGEST).await?;
    let person = endpoints.person(&request.login)?;
    let live = endpoints.live();
    let shown = readable(&live.entropy().bytes::<PASS_BYTES>());
    let Some(code) = canonical(shown.expose()) else {
        return Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "no-pass",
            "no pass could be made",
        ));
    };
    let lifetime = Seconds(request.minutes.saturating_mul(60));
    let pass = live
        .issue_reset_pass(
            person.id,
            token_hash(&code),
            request.scope,
            (&request.reason, lifetime),
            Actor::Operator,
        )
        .await
        .map_err(problem)?;
    let answer = ResetPassAnswer {
        pass: shown.expose().to_owned(),
        address: format!("{}/signin/reset", endpoints.inner.parts.origin),
        expires_at: pass.expires_at.to_rfc3339(),
    };
    Ok(json_answer(StatusCode::CREATED, &answer))
}

pub(crate) async fn revoke(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let request: PersonRequest = crate::body::json(&headers, body, LARGEST).await?;
    let person = endpoints.person(&request.login)?;
    let live = endpoints.live();
    live.revoke_reset_pass(person.id, Actor::Operator).await?;
    Ok(no_content())
}

pub(crate) async fn require(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let request: ResetDueRequest = crate::body::json(&headers, body, LARGEST).await?;
    let person = endpoints.person(&request.login)?;
    let live = endpoints.live();
    live.require_reset(person.id, &request.reason, Actor::Operator)
        .await
        .map_err(problem)?;
    Ok(no_content())
}

fn problem(error: ResetError) -> Problem {
    let (status, slug) = match error {
        ResetError::Live(error) => return error.into(),
        ResetError::Nobody => (StatusCode::NOT_FOUND, "no-such-person"),
        ResetError::BreakGlass => (StatusCode::FORBIDDEN, "break-glass"),
        ResetError::Fault(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad-pass"),
    };
    Problem::new(status, slug, error.to_string())
}
