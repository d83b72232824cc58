//! What an administrator does in the console.

use super::handlers::unavailable;
use crate::PagesState;
use crate::change::{self, NotChanged};
use crate::guard::{PostedByAdministrator, Signed, error, see_other};
use axum::extract::{Path, State};
use axum::response::Response;
use zt_auth::EndReason;
use zt_events::Actor;
use zt_pages::error::ErrorKind;
use zt_types::{ClientId, DeviceId, PersonId, SessionId};

pub(crate) async fn end_session(
    State(state): State<PagesState>,
    Path(session): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let Ok(id) = session.parse::<SessionId>() else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let done = state
        .live()
        .end_session(id, EndReason::EndedByAdministrator, actor(&signed))
        .await;
    answer(
        &signed,
        done.map(drop).map_err(NotChanged::from),
        "/console",
        "ended",
    )
}

pub(crate) async fn end_sessions(
    State(state): State<PagesState>,
    Path(person): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let Ok(id) = person.parse::<PersonId>() else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let done = state
        .live()
        .end_sessions_of(id, EndReason::EndedByAdministrator, &actor(&signed))
        .await;
    answer(
        &signed,
        done.map(drop).map_err(NotChanged::from),
        &format!("/console/people/{id}"),
        "ended",
    )
}

pub(crate) async fn withdraw_consent(
    State(state): State<PagesState>,
    Path((person, client)): Path<(String, String)>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let (Ok(id), Ok(client)) = (person.parse::<PersonId>(), ClientId::new(&client)) else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let done = change::withdraw_consent(state.live(), id, client, actor(&signed)).await;
    let back = format!("/console/people/{id}");
    answer(&signed, done, &back, "consent-withdrawn")
}

pub(crate) async fn retire_device(
    State(state): State<PagesState>,
    Path(device): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let Ok(id) = device.parse::<DeviceId>() else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let done = change::retire_device(state.live(), id, None, &actor(&signed)).await;
    answer(&signed, done, &format!("/console/devices/{id}"), "retired")
}

pub(crate) async fn revoke_certificate(
    State(state): State<PagesState>,
    Path((device, serial)): Path<(String, String)>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let (Ok(id), Ok(serial)) = (device.parse::<DeviceId>(), serial.parse()) else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let done = change::revoke_certificate(state.live(), id, serial, actor(&signed)).await;
    answer(&signed, done, &format!("/console/devices/{id}"), "revoked")
}

pub(crate) async fn close_task(
    State(state): State<PagesState>,
    Path(task): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let Ok(id) = task.parse() else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let done = change::close_task(state.live(), id, actor(&signed)).await;
    answer(&signed, done, "/console/tasks", "closed")
}

fn actor(signed: &Signed) -> Actor {
    Actor::Person(signed.person.id)
}

fn answer(signed: &Signed, done: Result<(), NotChanged>, back: &str, note: &str) -> Response {
    match done {
        Ok(()) => see_other(&format!("{back}?note={note}")),
        Err(NotChanged::Gone | NotChanged::LastFactor) => see_other(&format!("{back}?note=failed")),
        Err(NotChanged::Live(failure)) => unavailable(&signed.page, &failure),
    }
}
