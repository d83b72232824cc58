//! Terms that a person reads and accepts, or does not, on her way to what demands them.
//!
//! The way to it is a refusal's remedy, and it leads back there: policies have no say in who may read what they demand.

use crate::PagesState;
use crate::federate::client_origin;
use crate::guard::{Answering, Present, Signed, error, see_other, sent};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use zt_auth::ReturnPath;
use zt_identity::{Terms, TermsVersion};
use zt_live::LiveError;
use zt_pages::error::ErrorKind;
use zt_pages::headers::Exception;
use zt_pages::language::percent_encoded;
use zt_pages::{Page, respond};
use zt_store::{Conflict, StoreError};
use zt_types::{AppId, TermsId, Timestamp};

/// What the address says beside the terms.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    terms: String,
    #[serde(rename = "return")]
    back: String,
}

/// What was wrong with the answer before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Amiss {
    Nothing,
    /// The box was not ticked.
    NotTicked,
    /// The text is another one by now.
    Changed,
}

/// The text, and the question.
#[derive(Debug, Template)]
#[template(path = "prompt/terms.html")]
struct TermsView {
    page: Page,
    title: String,
    paragraphs: Vec<String>,
    version: String,
    changed: Timestamp,
    accepted: Option<Timestamp>,
    action: String,
    back: String,
    token: String,
    untouched: Option<&'static str>,
    note: Option<&'static str>,
}

/// Where a refusal leads that names terms, coming back to `here`: their id is put behind it.
pub(crate) fn way(here: &str) -> String {
    format!("/signin/terms?return={}&terms=", percent_encoded(here))
}

/// `GET /signin/terms?return=&terms=`: where a refusal leads, which knows the way back before it knows the terms.
pub(crate) async fn named(
    State(state): State<PagesState>,
    Query(asked): Query<Asked>,
    Present(signed): Present,
) -> Response {
    match find(&state, &asked.terms) {
        Some(terms) => see_other(&address(&terms.id, &destination(&asked))),
        None => error(&signed.page, ErrorKind::NotFound),
    }
}

/// `GET /signin/terms/{terms}?return=`.
pub(crate) async fn page(
    State(state): State<PagesState>,
    Path(terms): Path<String>,
    Query(asked): Query<Asked>,
    Present(signed): Present,
) -> Response {
    let Some(terms) = find(&state, &terms) else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    draw(&state, signed, &terms, &destination(&asked), Amiss::Nothing)
}

/// `POST /signin/terms/{terms}?return=`.
pub(crate) async fn answer(
    State(state): State<PagesState>,
    Path(terms): Path<String>,
    Query(asked): Query<Asked>,
    Answering(signed): Answering,
) -> Response {
    let Some(terms) = find(&state, &terms) else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let back = destination(&asked);
    let (session, live) = (signed.session.id, state.live());
    let seen = TermsVersion::parse(signed.form.text("version"));
    let done = match signed.form.text("answer") {
        "decline" => {
            live.decline_terms(session, &terms.id, seen.unwrap_or(terms.version()))
                .await
        }
        _ if seen != Some(terms.version()) => {
            return draw(&state, signed, &terms, &back, Amiss::Changed);
        }
        "accept" if signed.form.text("accepted") == "yes" => {
            live.accept_terms(session, &terms.id, terms.version()).await
        }
        _ => return draw(&state, signed, &terms, &back, Amiss::NotTicked),
    };
    match done {
        Ok(()) => see_other(back.as_str()),
        // They were written anew between our look and the commit.
        Err(LiveError::Store(StoreError::Conflict(Conflict::Missing(_)))) => {
            match find(&state, terms.id.as_str()) {
                Some(terms) => draw(&state, signed, &terms, &back, Amiss::Changed),
                None => error(&signed.page, ErrorKind::NotFound),
            }
        }
        Err(LiveError::Store(StoreError::Conflict(Conflict::SessionEnded))) => see_other("/"),
        Err(failure) => {
            tracing::error!(error = %failure, "what a person said to terms could not be kept");
            error(&signed.page, ErrorKind::Unavailable)
        }
    }
}

fn find(state: &PagesState, id: &str) -> Option<Terms> {
    let id = TermsId::new(id).ok()?;
    state.live().read(|records| records.terms.get(&id).cloned())
}

/// A path of another host, or none, leads to the portal.
fn destination(asked: &Asked) -> ReturnPath {
    ReturnPath::parse(&asked.back).unwrap_or_else(ReturnPath::root)
}

fn draw(
    state: &PagesState,
    signed: Signed,
    terms: &Terms,
    back: &ReturnPath,
    amiss: Amiss,
) -> Response {
    let accepted = state.live().read(|records| {
        records
            .acceptances
            .get(&(signed.person.id, terms.id.clone()))
            .filter(|acceptance| acceptance.version == terms.version())
            .map(|acceptance| acceptance.at)
    });
    // A form's answer may lead to the application that the person was on her way to.
    let exception = application(back)
        .and_then(|app| state.site().app_origin_for_policy(&app))
        .or_else(|| client_origin(state.live(), state.site(), back))
        .map_or(Exception::None, Exception::EndOfSignIn);
    let action = address(&terms.id, back);
    let page = signed.page;
    let view = TermsView {
        title: page.text(&terms.title).to_owned(),
        paragraphs: paragraphs(page.text(terms.text())),
        version: terms.version().to_string(),
        changed: terms.changed_at,
        accepted,
        action,
        back: back.as_str().to_owned(),
        token: signed.token,
        untouched: (amiss == Amiss::NotTicked).then(|| page.t("terms-not-ticked")),
        note: (amiss == Amiss::Changed).then(|| page.t("terms-changed-meanwhile")),
        page,
    };
    sent(respond(StatusCode::OK, &view.page, &view, &exception))
}

/// Where terms are read and answered, on the way back to `back`.
fn address(terms: &TermsId, back: &ReturnPath) -> String {
    format!(
        "/signin/terms/{terms}?return={}",
        percent_encoded(back.as_str())
    )
}

/// The application that a way back leads to, if it is a passage.
fn application(back: &ReturnPath) -> Option<AppId> {
    let (path, query) = back.as_str().split_once('?')?;
    if path != "/passage" {
        return None;
    }
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, app) = pairs.find(|(key, _)| key == "app")?;
    AppId::new(&app).ok()
}

/// The paragraphs of a plain text: an empty line ends one.
fn paragraphs(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n");
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim_end) {
        match (line.is_empty(), found.last_mut()) {
            (true, _) => open = false,
            (false, Some(last)) if open => {
                last.push('\n');
                last.push_str(line);
            }
            (false, _) => {
                found.push(line.to_owned());
                open = true;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
