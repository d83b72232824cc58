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
use zt_types::{ClientId, PersonId};

/// The panel as it is before anybody was named; none for a client to which nobody signs in.
pub(crate) fn panel(client: &Client) -> Option<RehearsalPanel> {
    let people = [GrantType::AuthorizationCode, GrantType::DeviceCode];
    let is_for_people = people.iter().any(|grant| client.grants.contains(grant));
    is_for_people.then(RehearsalPanel::default)
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
    let login = signed.form.text("login").trim().to_owned();
    let person = live.read(|records| {
        let mut people = records.people.values();
        people
            .find(|person| person.login == login)
            .map(|person| person.id)
    });
    let Some(person) = person else {
        let panel = RehearsalPanel {
            login,
            error: Some(signed.page.t("client-test-unknown")),
            found: None,
        };
        return client_page(&state, &signed, &client.id, shown(panel));
    };
    // What is shown is about somebody: not without a trace.
    if !live.can_record() {
        return error(&signed.page, ErrorKind::Unavailable);
    }
    let issuer = state.site().id_origin();
    let rehearsal = match live.rehearse(&issuer, &client, person) {
        Ok(rehearsal) => rehearsal,
        Err(failure) => {
            tracing::error!(error = %failure, "a session could not be named");
            return error(&signed.page, ErrorKind::Unavailable);
        }
    };
    let told = Body::ClaimsShown {
        person,
        app: client.app.clone(),
        client: client.id.clone(),
    };
    live.record(Actor::Person(signed.person.id), told);
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
    state.live().read(|records| {
        let names = Names {
            page,
            state: records,
            reader: Reader::Administrator,
        };
        let session = rehearsal.session.and_then(|id| records.sessions.get(&id));
        let sign_in = session.map_or_else(
            || page.t("client-test-imagined").to_owned(),
            |session| page.t1("client-test-session", "at", clock_text(session.created_at)),
        );
        let reasons = rehearsal.decision.refusal().map(|refusal| {
            let reasons = Reason::of(refusal, |slug| source_name(records, page, slug));
            reasons.iter().map(|reason| reason.sentence(page)).collect()
        });
        Rehearsed {
            person: names.person(person),
            is_let_in: reasons.is_none(),
            reasons: reasons.unwrap_or_default(),
            sign_in,
            notes: notes(page, client, rehearsal),
            documents: documents(page, rehearsal),
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
