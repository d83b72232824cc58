//! The portal's routes.

use super::view::{ActivityView, AppsView, CodePanel, DevicesView, SecurityView, SessionsView};
use super::{cards, note};
use crate::change::{self, NotChanged};
use crate::consents::consents_of;
use crate::federate::left;
use crate::federate::saml::led::Afterwards;
use crate::guard::{Leaving, Posted, Signed, error, see_other, sent};
use crate::rows::{method, sessions_of, terms_of};
use crate::signin::cookie;
use crate::words::{Names, Reader};
use crate::{PagesState, console};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use zt_auth::EndReason;
use zt_device::{EnrolmentCode, Ownership};
use zt_events::{Actor, Body};
use zt_pages::error::ErrorKind;
use zt_pages::headers::Exception;
use zt_pages::{Pager, respond};
use zt_store::{Change, EventFilter, Plan};
use zt_types::{AppId, ClientId, FactorKind, Level, SessionId};

/// Rows of a person's own log.
const ROWS: usize = 50;

/// What an address of the portal may say beside its path.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PortalQuery {
    note: String,
    before: Option<u64>,
}

pub(crate) async fn apps(
    State(state): State<PagesState>,
    Query(query): Query<PortalQuery>,
    signed: Signed,
) -> Response {
    let view = AppsView {
        shell: signed.portal("/"),
        note: note(&signed.page, &query.note),
        apps: cards::apps(&state, &signed),
        page: signed.page,
    };
    sent(respond(StatusCode::OK, &view.page, &view, &Exception::None))
}

pub(crate) async fn security(
    State(state): State<PagesState>,
    Query(query): Query<PortalQuery>,
    signed: Signed,
) -> Response {
    let mut credentials: Vec<_> = state
        .live()
        .read(|records| records.credentials_of(signed.person.id).cloned().collect());
    credentials.sort_by_key(|credential| credential.created_at);
    let methods = credentials.iter().map(|credential| {
        method(&signed.page, credential, |credential| {
            let removable = credential.secret.kind() != FactorKind::Password;
            removable.then(|| format!("/security/{}/remove", credential.id))
        })
    });
    let now = state.live().clock().now();
    let consents = state.live().read(|records| {
        let names = Names {
            page: &signed.page,
            state: records,
            reader: Reader::Person,
        };
        consents_of(&names, signed.person.id, now, |client| {
            format!("/consents/{client}/withdraw")
        })
    });
    let view = SecurityView {
        consents,
        methods: methods.collect(),
        terms: state
            .live()
            .read(|records| terms_of(&signed.page, records, signed.person.id)),
        shell: signed.portal("/security"),
        note: note(&signed.page, &query.note),
        page: signed.page,
    };
    sent(respond(StatusCode::OK, &view.page, &view, &Exception::None))
}

pub(crate) async fn devices(
    State(state): State<PagesState>,
    Query(query): Query<PortalQuery>,
    signed: Signed,
) -> Response {
    let said = note(&signed.page, &query.note);
    device_page(&state, signed, said, None)
}

fn device_page(
    state: &PagesState,
    signed: Signed,
    said: Option<&'static str>,
    code: Option<CodePanel>,
) -> Response {
    let view = DevicesView {
        devices: cards::devices(state, &signed),
        shell: signed.portal("/devices"),
        note: said,
        code,
        page: signed.page,
    };
    sent(respond(StatusCode::OK, &view.page, &view, &Exception::None))
}

pub(crate) async fn sessions(
    State(state): State<PagesState>,
    Query(query): Query<PortalQuery>,
    signed: Signed,
) -> Response {
    let now = state.live().clock().now();
    let sessions = state.live().read(|records| {
        let names = Names {
            page: &signed.page,
            state: records,
            reader: Reader::Person,
        };
        let own = sessions_of(records, signed.person.id, now);
        own.into_iter()
            .map(|session| {
                names.session(session, Some(signed.session.id), |id| {
                    format!("/sessions/{id}/end")
                })
            })
            .collect()
    });
    let view = SessionsView {
        sessions,
        shell: signed.portal("/sessions"),
        note: note(&signed.page, &query.note),
        page: signed.page,
    };
    sent(respond(StatusCode::OK, &view.page, &view, &Exception::None))
}

pub(crate) async fn activity(
    State(state): State<PagesState>,
    Query(query): Query<PortalQuery>,
    signed: Signed,
) -> Response {
    let filter = EventFilter {
        person: Some(signed.person.id),
        before: query.before,
        decisions: zt_store::Decisions::Without,
        limit: ROWS + 1,
        ..EventFilter::default()
    };
    let mut logged = match state.live().events(filter).await {
        Ok(logged) => logged,
        Err(failure) => {
            tracing::error!(error = %failure, "the event log cannot be read");
            return error(&signed.page, ErrorKind::Unavailable);
        }
    };
    let has_older = logged.len() > ROWS;
    logged.truncate(ROWS);
    let older = logged
        .last()
        .filter(|_| has_older)
        .map(|last| format!("/activity?before={}", last.position));
    let events = state.live().read(|records| {
        let names = Names {
            page: &signed.page,
            state: records,
            reader: Reader::Person,
        };
        logged
            .iter()
            .map(|logged| names.line(&logged.event))
            .collect()
    });
    let view = ActivityView {
        events,
        pager: Pager {
            newer: query.before.map(|_| "/activity".to_owned()),
            older,
        },
        shell: signed.portal("/activity"),
        page: signed.page,
    };
    sent(respond(StatusCode::OK, &view.page, &view, &Exception::None))
}

pub(crate) async fn sign_out(
    State(state): State<PagesState>,
    Leaving(signed): Leaving,
) -> Response {
    let told = left::told(&state, signed.session.id, None);
    let actor = Actor::Person(signed.person.id);
    if let Err(failure) = state
        .live()
        .end_session(signed.session.id, EndReason::SignedOut, actor)
        .await
    {
        return not_changed(&signed, NotChanged::from(failure), "/");
    }
    let left = told.page(&state, &signed.page, Afterwards::HERE);
    let mut response = left.unwrap_or_else(|| see_other("/signin?return=/"));
    cookie::forget(response.headers_mut(), cookie::SESSION);
    response
}

pub(crate) async fn end_session(
    State(state): State<PagesState>,
    Path(session): Path<String>,
    Posted(signed): Posted,
) -> Response {
    let own = session.parse::<SessionId>().ok().filter(|id| {
        state.live().read(|records| {
            records
                .sessions
                .get(id)
                .is_some_and(|s| s.person == signed.person.id)
        })
    });
    let Some(id) = own else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let told = left::told(&state, id, None);
    let actor = Actor::Person(signed.person.id);
    match state
        .live()
        .end_session(id, EndReason::EndedByOwner, actor)
        .await
    {
        // Of another browser's session this one can tell nobody anything.
        Ok(_) if id == signed.session.id => told
            .page(&state, &signed.page, Afterwards::HERE)
            .unwrap_or_else(|| see_other("/signin?return=/")),
        Ok(_) => see_other("/sessions?note=session-ended"),
        Err(failure) => not_changed(&signed, NotChanged::from(failure), "/sessions"),
    }
}

pub(crate) async fn remove_method(
    State(state): State<PagesState>,
    Path(credential): Path<String>,
    Posted(signed): Posted,
) -> Response {
    let Ok(id) = credential.parse() else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    match change::remove_method(state.live(), signed.person.id, id).await {
        Ok(()) => see_other("/security?note=method-removed"),
        Err(failure) => not_changed(&signed, failure, "/security"),
    }
}

pub(crate) async fn withdraw_consent(
    State(state): State<PagesState>,
    Path(client): Path<String>,
    Posted(signed): Posted,
) -> Response {
    let Ok(client) = ClientId::new(&client) else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let person = signed.person.id;
    match change::withdraw_consent(state.live(), person, client, Actor::Person(person)).await {
        Ok(()) => see_other("/security?note=consent-withdrawn"),
        Err(failure) => not_changed(&signed, failure, "/security"),
    }
}

pub(crate) async fn retire_device(
    State(state): State<PagesState>,
    Path(device): Path<String>,
    Posted(signed): Posted,
) -> Response {
    let Ok(id) = device.parse() else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let person = signed.person.id;
    match change::retire_device(state.live(), id, Some(person), &Actor::Person(person)).await {
        Ok(()) => see_other("/devices?note=device-retired"),
        Err(failure) => not_changed(&signed, failure, "/devices"),
    }
}

/// Makes a one-time code and shows it, once: only its hash is kept.
pub(crate) async fn enrolment_code(
    State(state): State<PagesState>,
    Posted(signed): Posted,
) -> Response {
    if device_is_distrusted(&state, &signed) {
        return error(&signed.page, ErrorKind::Forbidden);
    }
    let live = state.live();
    let random: [u8; 20] = live.entropy().bytes();
    let code = zt_crypto::code::readable(&random);
    let Some(canonical) = zt_crypto::code::canonical(code.expose()) else {
        return error(&signed.page, ErrorKind::Internal);
    };
    let hash = zt_crypto::hash::token_hash(&canonical);
    let record = EnrolmentCode::new(
        hash,
        signed.person.id,
        // Whether a device is the company's is not for its owner to say.
        Ownership::Personal,
        live.clock().now(),
    );
    let expires = record.expires_at;
    let told = Body::OrganisationChanged {
        lines: vec![format!("+ enrolment code {}", signed.person.login)],
    };
    let event = live.event(Actor::Person(signed.person.id), told);
    if let Err(failure) = live
        .commit(Plan::new(
            vec![Change::PutEnrolmentCode(record)],
            vec![event],
        ))
        .await
    {
        return not_changed(&signed, NotChanged::from(failure), "/devices");
    }
    let command = format!(
        "sekisho agent enroll --server {} --code {}",
        state.site().id_origin(),
        code.expose()
    );
    let panel = CodePanel {
        code: code.expose().to_owned(),
        command,
        expires,
    };
    device_page(&state, signed, None, Some(panel))
}

/// Whether something bad is known of the device this comes from. The portal is open to it, so that its owner learns what
/// to do; but with a code from here it could come in again as another device of which nothing is known.
fn device_is_distrusted(state: &PagesState, signed: &Signed) -> bool {
    let Ok(portal) = AppId::new(zt_policy::PORTAL) else {
        return true;
    };
    let decision = state.live().preview(
        &signed.session,
        &portal,
        signed.visitor.presented,
        signed.visitor.whence,
    );
    decision.inputs().request.device.trust.level < Level::Medium
}

fn not_changed(signed: &Signed, failure: NotChanged, back: &str) -> Response {
    match failure {
        NotChanged::Gone => see_other(&format!("{back}?note=failed")),
        NotChanged::LastFactor => see_other(&format!("{back}?note=last-method")),
        NotChanged::Live(failure) => console::handlers::unavailable(&signed.page, &failure),
    }
}
