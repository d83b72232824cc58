//! Sessions: who is signed in, and signing people out.

use super::LARGEST;
use super::wire::{EndSessionAnswer, EndSessionRequest, SessionView};
use crate::Endpoints;
use crate::answer::{Problem, json_answer};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use zt_auth::EndReason;
use zt_events::Actor;

pub(crate) async fn list(State(endpoints): State<Endpoints>) -> Response {
    let live = endpoints.live();
    let now = live.clock().now();
    let presences = live.presences();
    let mut views: Vec<SessionView> = live.read(|state| {
        state
            .sessions
            .values()
            .filter(|session| session.ended.is_none() && now < session.expires_at)
            .map(|session| SessionView {
                session: session.id,
                login: state
                    .people
                    .get(&session.person)
                    .map(|person| person.login.clone())
                    .unwrap_or_default(),
                device: session
                    .device
                    .and_then(|device| state.devices.get(&device))
                    .map(|device| device.name.clone()),
                assurance: session.assurance.as_str().to_owned(),
                since: session.created_at.to_rfc3339(),
                until: session.expires_at.to_rfc3339(),
                address: session.address.clone(),
                at: presences
                    .iter()
                    .filter(|presence| presence.session == session.id)
                    .map(|presence| presence.app.to_string())
                    .collect(),
            })
            .collect()
    });
    views.sort_by(|a, b| (&a.login, &a.since).cmp(&(&b.login, &b.since)));
    json_answer(StatusCode::OK, &views)
}

pub(crate) async fn end(
    State(endpoints): State<Endpoints>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let live = endpoints.live();
    let why = EndReason::EndedByAdministrator;
    let answer = match crate::body::json(&headers, body, LARGEST).await? {
        EndSessionRequest::Session(session) => {
            let cut = live.end_session(session, why, Actor::Operator).await?.len();
            EndSessionAnswer { sessions: 1, cut }
        }
        EndSessionRequest::Login(login) => {
            let person = endpoints.person(&login)?.id;
            let sessions = live.sessions_of(person).len();
            let cut = live
                .end_sessions_of(person, why, &Actor::Operator)
                .await?
                .len();
            EndSessionAnswer { sessions, cut }
        }
    };
    Ok(json_answer(StatusCode::OK, &answer))
}
