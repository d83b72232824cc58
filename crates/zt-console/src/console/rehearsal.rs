//! A sign-in to a client, tried without anybody signing in: what would be decided, and what the client would be told.

use super::handlers::client_page;
use super::view::{ClientShown, RehearsalPanel, Rehearsed};
use crate::PagesState;
use crate::guard::{PostedByAdministrator, Signed, error, source_name};
use crate::words::{Names, Reader, clock_text};
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use zt_events::{Actor, Body};
use zt_federation::{Client, ConsentDemand, GrantType, TokenBinding};
use zt_live::Rehearsal;
use zt_pages::Page;
use zt_pages::error::ErrorKind;
use zt_pages::refusal::Reason;
use zt_policy::Decision;
use zt_types::{AppId, ClientId, PersonId, SessionId};

/// The panel as it is before anybody was named; none for a client to which nobody signs in.
pub(crate) fn panel(client: &Client) -> Option<RehearsalPanel> {
    let people = [GrantType::AuthorizationCode, GrantType::DeviceCode];
    let is_for_people = people.iter().any(|grant| client.grants.contains(grant));
    is_for_people.then(RehearsalPanel::default)
}

/// Everybody's login, to choose from.
pub(super) fn logins(state: &zt_store::State) -> Vec<String> {
    let people = state.people.values();
    people.map(|person| person.login.clone()).collect()
}

/// Tries it for the person that was named.
pub(crate) async fn test(
    State(state): State<PagesState>,
    Path(client): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let live = state.live();
    let known = client.parse::<ClientId>().ok();
    let known = known.and_then(|id| live.read(|records| records.clients.get(&id).cloned()));
    let Some(client) = known.filter(|client| panel(client).is_some()) else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let (login, person) = match whom(&state, &signed) {
        Ok(whom) => whom,
        Err(Unknown::Login(panel)) => {
            return client_page(&state, &signed, &client.id, shown(*panel));
        }
        Err(Unknown::Answer(answer)) => return *answer,
    };
    let issuer = state.site().id_origin();
    let rehearsal = match live.rehearse(&issuer, &client, person) {
        Ok(rehearsal) => rehearsal,
        Err(failure) => {
            tracing::error!(error = %failure, "a session could not be named");
            return error(&signed.page, ErrorKind::Unavailable);
        }
    };
    record(&state, &signed, person, (&client.app, &client.id));
    let panel = RehearsalPanel {
        login,
        error: None,
        found: Some(found(&state, &signed, &client, person, &rehearsal)),
    };
    client_page(&state, &signed, &client.id, shown(panel))
}

fn shown(panel: RehearsalPanel) -> ClientShown {
    ClientShown {
        rehearsal: Some(panel),
        ..ClientShown::default()
    }
}

fn found(
    state: &PagesState,
    signed: &Signed,
    client: &Client,
    person: PersonId,
    rehearsal: &Rehearsal,
) -> Rehearsed {
    let page = &signed.page;
    let seen = (rehearsal.session, &rehearsal.decision);
    Rehearsed {
        notes: notes(page, client, rehearsal),
        remark: page.t("client-test-drawn"),
        documents: documents(page, rehearsal),
        ..decided(state, page, person, seen)
    }
}

/// Why it cannot be tried.
pub(super) enum Unknown {
    /// Nobody has that login: the panel says so.
    Login(Box<RehearsalPanel>),
    /// Nothing can be shown now.
    Answer(Box<Response>),
}

/// For whom it is tried, as the form says: her login, and who that is.
pub(super) fn whom(state: &PagesState, signed: &Signed) -> Result<(String, PersonId), Unknown> {
    let live = state.live();
    let login = signed.form.text("login").trim().to_owned();
    let person = live.read(|records| {
        let mut people = records.people.values();
        people
            .find(|person| person.login == login)
            .map(|person| person.id)
    });
    let Some(person) = person else {
        return Err(Unknown::Login(Box::new(RehearsalPanel {
            login,
            error: Some(signed.page.t("client-test-unknown")),
            found: None,
        })));
    };
    // What is shown is about somebody: not without a trace.
    match live.can_record() {
        true => Ok((login, person)),
        false => {
            let answer = error(&signed.page, ErrorKind::Unavailable);
            Err(Unknown::Answer(Box::new(answer)))
        }
    }
}

/// Writes down that it was looked at what a program would be told of her.
pub(super) fn record(
    state: &PagesState,
    signed: &Signed,
    person: PersonId,
    (app, program): (&AppId, &ClientId),
) {
    let told = Body::ClaimsShown {
        person,
        app: app.clone(),
        client: program.clone(),
    };
    let actor = Actor::Person(signed.person.id);
    state.live().record(actor, told);
}

/// Whether she would be let in, as in which sign-in.
pub(super) fn decided(
    state: &PagesState,
    page: &Page,
    person: PersonId,
    (session, decision): (Option<SessionId>, &Decision),
) -> Rehearsed {
    state.live().read(|records| {
        let names = Names {
            page,
            state: records,
            reader: Reader::Administrator,
        };
        let session = session.and_then(|id| records.sessions.get(&id));
        let sign_in = session.map_or_else(
            || page.t("client-test-imagined").to_owned(),
            |session| page.t1("client-test-session", "at", clock_text(session.created_at)),
        );
        let reasons = decision.refusal().map(|refusal| {
            let reasons = Reason::of(refusal, |slug| source_name(records, page, slug));
            reasons.iter().map(|reason| reason.sentence(page)).collect()
        });
        Rehearsed {
            person: names.person(person),
            is_let_in: reasons.is_none(),
            reasons: reasons.unwrap_or_default(),
            sign_in,
            notes: Vec::new(),
            remark: "",
            documents: Vec::new(),
            told: Vec::new(),
        }
    })
}

/// What happens besides.
fn notes(page: &Page, client: &Client, rehearsal: &Rehearsal) -> Vec<&'static str> {
    [
        (
            client.consent == ConsentDemand::Asked,
            page.t("client-test-consent"),
        ),
        (rehearsal.demands_more, page.t("client-test-demands-more")),
        (
            client.token_binding() != TokenBinding::IfShown,
            page.t("client-test-bound"),
        ),
    ]
    .into_iter()
    .filter(|(holds, _)| *holds)
    .map(|(_, note)| note)
    .collect()
}

fn documents(page: &Page, rehearsal: &Rehearsal) -> Vec<(&'static str, String)> {
    fn json(value: &impl Serialize) -> String {
        serde_json::to_string_pretty(value).unwrap_or_default()
    }
    let id_token = rehearsal.id_token.as_ref();
    let user_info = rehearsal.user_info.as_ref();
    [
        id_token.map(|claims| (page.t("client-test-id-token"), json(claims))),
        Some((page.t("client-test-access-token"), json(&rehearsal.access))),
        user_info.map(|told| (page.t("client-test-user-info"), json(told))),
    ]
    .into_iter()
    .flatten()
    .collect()
}
