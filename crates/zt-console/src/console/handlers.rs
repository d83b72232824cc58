//! The console's pages.

use super::events::EventQuery;
use super::view::{ClientShown, ClientView, NowPart, NowView, PassPanel};
use super::{clients, devices, events, note, now, people, registers};
use crate::PagesState;
use crate::guard::{Administrator, Signed, error, sent};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use zt_events::{Outcome, Topic};
use zt_live::LiveError;
use zt_pages::error::ErrorKind;
use zt_pages::headers::Exception;
use zt_pages::{Moment, Page, Zone, respond};
use zt_store::{EventFilter, LoggedEvent};
use zt_types::{ClientId, DeviceId, PersonId};

/// Events of a device's timeline, of each topic.
const TIMELINE: usize = 100;

/// What an address of the console may say beside its path.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ConsoleQuery {
    q: String,
    note: String,
    /// Policies that a note is about: those left as they are, those that lost exclusions, those that would let somebody in.
    left: String,
    without: String,
    letting: String,
}

impl ConsoleQuery {
    /// The policies that a note is about.
    pub(crate) fn told(&self) -> Told<'_> {
        Told {
            left: &self.left,
            without: &self.without,
            letting: &self.letting,
        }
    }

    pub(crate) fn note(&self) -> &str {
        &self.note
    }
}

/// Policies, by their ids with commas between, as an address has them.
pub(crate) struct Told<'a> {
    /// Left as they are.
    pub(crate) left: &'a str,
    /// Back without some exclusions.
    pub(crate) without: &'a str,
    /// Would let somebody in.
    pub(crate) letting: &'a str,
}

pub(crate) fn unavailable(page: &Page, failure: &LiveError) -> Response {
    tracing::error!(error = %failure, "the pages could not be served from the records");
    error(page, ErrorKind::Unavailable)
}

fn ok(page: &Page, template: &impl askama::Template) -> Response {
    sent(respond(StatusCode::OK, page, template, &Exception::None))
}

fn now_view(state: &PagesState, signed: &Signed, note: Option<&'static str>) -> NowView {
    let presences = state.live().presences();
    let shell = signed.console("/console");
    let clock = state.live().clock().now();
    state
        .live()
        .read(|records| now::view(signed.page.clone(), shell, records, &presences, note, clock))
}

pub(crate) async fn now(
    State(state): State<PagesState>,
    Query(query): Query<ConsoleQuery>,
    Administrator(signed): Administrator,
) -> Response {
    let said = note(&signed.page, &query.note);
    let view = now_view(&state, &signed, said);
    ok(&view.page, &view)
}

/// The part of it that a live page fetches again.
pub(crate) async fn now_part(
    State(state): State<PagesState>,
    Administrator(signed): Administrator,
) -> Response {
    let view = now_view(&state, &signed, None);
    let part = NowPart::from(view);
    ok(&part.page, &part)
}

pub(crate) async fn events(
    State(state): State<PagesState>,
    Query(query): Query<EventQuery>,
    Administrator(signed): Administrator,
) -> Response {
    let filter = state.live().read(|records| query.filter(records));
    let logged = match logged(&state, filter).await {
        Ok(logged) => logged,
        Err(failure) => return unavailable(&signed.page, &failure),
    };
    let shell = signed.console("/console/events");
    let view = state
        .live()
        .read(|records| events::view(signed.page, shell, records, &query, logged));
    ok(&view.page, &view)
}

/// Events, those among them that were recorded a moment ago.
async fn logged(state: &PagesState, filter: EventFilter) -> Result<Vec<LoggedEvent>, LiveError> {
    state.live().store().flush().await?;
    state.live().events(filter).await
}

pub(crate) async fn people(
    State(state): State<PagesState>,
    Query(query): Query<ConsoleQuery>,
    Administrator(signed): Administrator,
) -> Response {
    let shell = signed.console("/console/people");
    let now = state.live().clock().now();
    let view = state
        .live()
        .read(|records| people::list(signed.page, shell, records, &query.q, now));
    ok(&view.page, &view)
}

pub(crate) async fn person(
    State(state): State<PagesState>,
    Path(person): Path<String>,
    Query(query): Query<ConsoleQuery>,
    Administrator(signed): Administrator,
) -> Response {
    let Ok(id) = person.parse() else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let said = note(&signed.page, &query.note);
    person_page(&state, signed, id, said, None)
}

/// A person's page, and a pass of hers while it is shown.
pub(super) fn person_page(
    state: &PagesState,
    signed: Signed,
    id: PersonId,
    said: Option<&'static str>,
    pass: Option<PassPanel>,
) -> Response {
    let shell = signed.console("/console/people");
    let now = state.live().clock().now();
    let page = signed.page.clone();
    let view = state
        .live()
        .read(|records| people::one(page, shell, records, id, said, pass, now));
    view.map_or_else(
        || error(&signed.page, ErrorKind::NotFound),
        |view| ok(&view.page, &view),
    )
}

pub(crate) async fn devices(
    State(state): State<PagesState>,
    Query(query): Query<ConsoleQuery>,
    Administrator(signed): Administrator,
) -> Response {
    let shell = signed.console("/console/devices");
    let now = state.live().clock().now();
    let view = state
        .live()
        .read(|records| devices::list(signed.page, shell, records, &query.q, now));
    ok(&view.page, &view)
}

pub(crate) async fn device(
    State(state): State<PagesState>,
    Path(device): Path<String>,
    Query(query): Query<ConsoleQuery>,
    Administrator(signed): Administrator,
) -> Response {
    let Ok(id) = device.parse::<DeviceId>() else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let logged = match timeline(&state, id).await {
        Ok(logged) => logged,
        Err(failure) => return unavailable(&signed.page, &failure),
    };
    let said = note(&signed.page, &query.note);
    let shell = signed.console("/console/devices");
    let now = state.live().clock().now();
    let view = state
        .live()
        .read(|records| devices::one(signed.page.clone(), shell, records, id, &logged, said, now));
    view.map_or_else(
        || error(&signed.page, ErrorKind::NotFound),
        |view| ok(&view.page, &view),
    )
}

/// What happened to a device, newest first. Requests that passed are in the log: here they would bury what matters.
async fn timeline(state: &PagesState, device: DeviceId) -> Result<Vec<LoggedEvent>, LiveError> {
    let mut all = Vec::new();
    for topic in Topic::ALL {
        let filter = EventFilter {
            device: Some(device),
            topic: Some(topic),
            outcome: (topic == Topic::Access).then_some(Outcome::Failure),
            decisions: zt_store::Decisions::Without,
            limit: TIMELINE,
            ..EventFilter::default()
        };
        all.extend(logged(state, filter).await?);
    }
    all.sort_by_key(|logged| std::cmp::Reverse(logged.position));
    Ok(all)
}

pub(crate) async fn applications(
    State(state): State<PagesState>,
    Administrator(signed): Administrator,
) -> Response {
    let shell = signed.console("/console/applications");
    let view = state.live().read(|records| {
        registers::applications(signed.page, shell, records, |app| {
            state.site().app_origin(app)
        })
    });
    ok(&view.page, &view)
}

pub(crate) async fn clients(
    State(state): State<PagesState>,
    Query(query): Query<ConsoleQuery>,
    Administrator(signed): Administrator,
) -> Response {
    let said = note(&signed.page, &query.note);
    let shell = signed.console("/console/clients");
    let view = state
        .live()
        .read(|records| clients::list(signed.page, shell, records, said));
    ok(&view.page, &view)
}

pub(crate) async fn client(
    State(state): State<PagesState>,
    Path(client): Path<String>,
    Query(query): Query<ConsoleQuery>,
    Administrator(signed): Administrator,
) -> Response {
    let Ok(id) = client.parse::<ClientId>() else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let shown = ClientShown {
        note: note(&signed.page, &query.note),
        ..ClientShown::default()
    };
    client_page(&state, &signed, &id, shown)
}

/// A client's page, with what is shown this once.
pub(super) fn client_page(
    state: &PagesState,
    signed: &Signed,
    id: &ClientId,
    shown: ClientShown,
) -> Response {
    let shell = signed.console("/console/clients");
    let (now, issuer) = (state.live().clock().now(), state.site().id_origin());
    let page = signed.page.clone();
    let live = state.live();
    let client = live.read(|records| records.clients.get(id).cloned());
    let fetched = client.and_then(|client| live.fetched_keys(&client));
    let then = (live.last_told(id), fetched, now);
    let secret = shown.secret.as_deref();
    let view = state
        .live()
        .read(|records| clients::one(page, shell, records, id, (&issuer, secret), then));
    view.map_or_else(
        || error(&signed.page, ErrorKind::NotFound),
        |view| {
            let view = ClientView {
                rehearsal: shown.rehearsal.or(view.rehearsal),
                note: shown.note,
                secret: shown.secret,
                ..view
            };
            ok(&view.page, &view)
        },
    )
}

pub(crate) async fn sources(
    State(state): State<PagesState>,
    Administrator(signed): Administrator,
) -> Response {
    let shell = signed.console("/console/sources");
    let view = state
        .live()
        .read(|records| registers::sources(signed.page, shell, records));
    ok(&view.page, &view)
}

pub(crate) async fn tasks(
    State(state): State<PagesState>,
    Query(query): Query<ConsoleQuery>,
    Administrator(signed): Administrator,
) -> Response {
    let said = note(&signed.page, &query.note);
    let shell = signed.console("/console/tasks");
    let view = state
        .live()
        .read(|records| registers::tasks(signed.page, shell, records, said));
    ok(&view.page, &view)
}

pub(crate) async fn system(
    State(state): State<PagesState>,
    Administrator(signed): Administrator,
) -> Response {
    let filter = EventFilter {
        limit: 1,
        ..EventFilter::default()
    };
    let newest = match logged(&state, filter).await {
        Ok(logged) => logged.into_iter().next(),
        Err(failure) => return unavailable(&signed.page, &failure),
    };
    let page = &signed.page;
    let mut audit = Vec::new();
    if let Some(newest) = newest {
        audit.push((page.t("system-events"), (newest.position + 1).to_string()));
        audit.push((
            page.t("system-last-event"),
            Moment::second(newest.event.at, Zone::TOKYO).text(),
        ));
    }
    let shell = signed.console("/console/system");
    let view = state
        .live()
        .read(|records| registers::system(signed.page.clone(), shell, records, audit));
    ok(&view.page, &view)
}
