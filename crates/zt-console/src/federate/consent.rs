//! What a client would learn about a person, and whether it may.

use super::reply::{leads_to, refuse, wrong};
use super::request::{Brought, Wrong};
use crate::PagesState;
use crate::guard::{Answering, Present, Signed, error, see_other, sent};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use std::collections::BTreeSet;
use zt_auth::Consent;
use zt_federation::{Client, Endpoints, ErrorCode, PageFault, Refused, Scope};
use zt_pages::error::ErrorKind;
use zt_pages::language::percent_encoded;
use zt_pages::refusal::Leave;
use zt_pages::{Page, respond};
use zt_store::{Change, Plan};
use zt_types::{ClientId, PersonId};

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    #[serde(rename = "return")]
    back: String,
    /// What she saw of a program that registered itself.
    shown: String,
}

/// The question.
#[derive(Template)]
#[template(path = "federate/consent.html")]
struct ConsentView<'a> {
    page: &'a Page,
    client: &'a str,
    application: &'a str,
    person: &'a str,
    login: &'a str,
    learns: Vec<&'static str>,
    host: &'a str,
    itself: Option<Itself>,
    action: String,
    token: &'a str,
}

/// What a program says of itself that nobody here wrote.
pub(super) struct Itself {
    /// What each is, and its address.
    pub(super) pages: Vec<(&'static str, String)>,
}

/// What a program that registered itself says of itself; `None` if somebody here registered it.
pub(super) fn itself(state: &PagesState, page: &Page, client: &ClientId) -> Option<Itself> {
    let said = state.live().read(|kept| {
        let registration = kept.registrations.get(client);
        registration.map(|registration| registration.said.clone())
    })?;
    let pages = [
        (page.t("consent-client-page"), said.client_uri),
        (page.t("consent-policy-page"), said.policy_uri),
        (page.t("consent-terms-page"), said.tos_uri),
    ];
    let pages = pages.into_iter().filter_map(|(word, uri)| {
        let uri = uri?;
        Some((word, uri.as_str().to_owned()))
    });
    Some(Itself {
        pages: pages.collect(),
    })
}

/// What she sees of a program that can change itself while she reads, as one word; empty for others.
fn shown(state: &PagesState, client: &Client) -> String {
    let said = state.live().read(|kept| {
        let registration = kept.registrations.get(&client.id);
        registration.map(|registration| registration.said.clone())
    });
    let Some(said) = said else {
        return String::new();
    };
    let pages = [&said.client_uri, &said.policy_uri, &said.tos_uri];
    let seen = (&client.name, pages, &client.redirect_uris, &client.subject);
    // Texts and sets of texts: there is nothing in it that could not be written down.
    let seen = serde_json::to_vec(&seen).unwrap_or_default();
    let hash = zt_crypto::hash::sha256(&seen);
    hash.map(|byte| format!("{byte:02x}")).concat()
}

/// The request that the question is about, or what is wrong with it.
fn brought(state: &PagesState, asked: &Asked) -> Result<Brought, Option<PageFault>> {
    let rest = asked.back.strip_prefix(Endpoints::OURS.authorization);
    let query = rest.and_then(|rest| rest.strip_prefix('?')).ok_or(None)?;
    Brought::read(state, query).map_err(|wrong| match wrong {
        Wrong::Refused(refused) => match *refused {
            Refused::Page(fault) => Some(fault),
            Refused::Redirect { .. } => None,
        },
        Wrong::Unreadable => None,
    })
}

/// `GET /signin/consent?return=`.
pub(crate) async fn page(
    State(state): State<PagesState>,
    Query(asked): Query<Asked>,
    Present(signed): Present,
) -> Response {
    match brought(&state, &asked) {
        Ok(brought) => draw(&state, &signed, &brought),
        Err(fault) => wrong(&signed.page, fault),
    }
}

/// `POST /signin/consent?return=`.
pub(crate) async fn answer(
    State(state): State<PagesState>,
    Query(asked): Query<Asked>,
    Answering(signed): Answering,
) -> Response {
    let brought = match brought(&state, &asked) {
        Ok(brought) => brought,
        Err(fault) => return wrong(&signed.page, fault),
    };
    let request = &brought.request;
    if signed.form.text("answer") != "allow" {
        if !brought.is_first_answer(&state) {
            return wrong(&signed.page, Some(PageFault::UnknownRequest));
        }
        let why = match signed.form.text("answer") {
            // From the page of a refusal.
            "leave" => "the policies do not let her in",
            _ => "she does not agree",
        };
        let code = ErrorCode::AccessDenied;
        return refuse(&state, &signed.page, &request.back, code, why);
    }
    // She agreed to what she saw, and to nothing that it became meanwhile.
    if shown(&state, &brought.client) != asked.shown {
        return draw(&state, &signed, &brought);
    }
    let live = state.live();
    let consent = agreed(
        &state,
        signed.person.id,
        &brought.client.id,
        request.disclosed(),
    );
    let plan = Plan::new(vec![Change::PutConsent(consent)], Vec::new());
    match live.commit(plan).await {
        Ok(_) => see_other(&brought.address(&state)),
        Err(failure) => {
            tracing::error!(error = %failure, "a consent could not be kept");
            error(&signed.page, ErrorKind::Unavailable)
        }
    }
}

/// What she agrees to now, beside what she agreed to before: saying yes to less takes nothing back.
pub(super) fn agreed(
    state: &PagesState,
    person: PersonId,
    client: &ClientId,
    scopes: impl IntoIterator<Item = Scope>,
) -> Consent {
    let live = state.live();
    let key = (person, client.clone());
    let before = live.read(|kept| {
        kept.consents
            .get(&key)
            .map(|consent| consent.scopes.clone())
    });
    let before = before.unwrap_or_default();
    let now: BTreeSet<Scope> = scopes.into_iter().collect();
    let all = Scope::ALL.into_iter().filter(|scope| {
        let is_old = before.iter().any(|known| known == scope.as_str());
        is_old || now.contains(scope)
    });
    Consent {
        person,
        client: client.clone(),
        scopes: all.map(|scope| scope.as_str().to_owned()).collect(),
        at: live.clock().now(),
    }
}

/// Where somebody who is refused sends the client away.
pub(super) fn leave(state: &PagesState, signed: &Signed, brought: &Brought) -> Leave {
    let address = brought.address(state);
    Leave {
        action: way(&address),
        token: signed.token.clone(),
        leads_to: leads_to(brought.request.back.uri.origin()),
    }
}

fn way(address: &str) -> String {
    format!("/signin/consent?return={}", percent_encoded(address))
}

fn draw(state: &PagesState, signed: &Signed, brought: &Brought) -> Response {
    let page = &signed.page;
    let client = &brought.client;
    let application = state.live().read(|kept| {
        let app = kept.applications.get(&client.app);
        app.map(|app| page.text(&app.name).to_owned())
    });
    let address = brought.address(state);
    let learns = brought.request.disclosed();
    let back = &brought.request.back.uri;
    let host = back.origin();
    let view = ConsentView {
        page,
        client: page.text(&client.name),
        application: application.as_deref().unwrap_or_default(),
        person: page.text(&signed.person.name),
        login: &signed.person.login,
        learns: learns
            .iter()
            .map(|scope| page.member("consent-scope", scope.as_str()))
            .collect(),
        host: host.split_once("://").map_or(host, |(_, host)| host),
        itself: itself(state, page, &client.id),
        action: match shown(state, client) {
            shown if shown.is_empty() => way(&address),
            shown => format!("{}&shown={shown}", way(&address)),
        },
        token: &signed.token,
    };
    sent(respond(StatusCode::OK, page, &view, &leads_to(host)))
}
