//! What an administrator does with service providers in the console: registers, changes and removes them.
//!
//! Only those that the console manages: those of the organisation's files are the files'.

use super::client_draft::Faults;
use super::client_form::{applications, choice, commit};
use super::handlers::unavailable;
use super::provider_draft::{ACRS, Draft, ENCRYPTIONS, Filled, MOST_METADATA, Row, is_of_metadata};
use super::provider_templates::{TEMPLATES, Template};
use super::providers::view::{FilledView, ProviderFormView, RowView};
use super::providers::{HERE, known};
use crate::PagesState;
use crate::guard::{
    Administrator, PostedByAdministrator, PostedWithMetadata, Signed, error, see_other, sent,
};
use crate::view::Choice;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use zt_federation::saml::{
    AttributeFormat, NameIdKind, RequestSigning, ServiceProvider, SignedParts, XmlAlgorithm,
};
use zt_pages::error::ErrorKind;
use zt_pages::headers::Exception;
use zt_pages::{Page, respond};
use zt_store::Change;
use zt_types::{Assurance, ManagedBy};

/// What an attribute may say, as the form has it.
const SOURCES: [&str; 8] = [
    "email",
    "name",
    "login",
    "groups",
    "language",
    "subject",
    "assurance",
    "fixed",
];

/// The kind that a new one is of.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    template: String,
}

/// What the form shows beside what was typed.
#[derive(Default)]
struct Beside {
    template: Option<&'static Template>,
    filled: Option<Filled>,
    faults: Faults,
}

pub(crate) async fn new(
    State(state): State<PagesState>,
    Query(wanted): Query<Wanted>,
    Administrator(signed): Administrator,
) -> Response {
    let template = Template::find(&wanted.template);
    let draft = template.map_or_else(Draft::new, |template| template.draft(&signed.page));
    let beside = Beside {
        template,
        ..Beside::default()
    };
    form(&state, &signed, draft, None, beside)
}

pub(crate) async fn change(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Administrator(signed): Administrator,
) -> Response {
    match own(&state, &signed, &id) {
        Ok(known) => {
            let draft = Draft::of(&known);
            form(&state, &signed, draft, Some(&known), Beside::default())
        }
        Err(answer) => *answer,
    }
}

/// Registers a service provider.
pub(crate) async fn register(
    State(state): State<PagesState>,
    PostedWithMetadata(signed): PostedWithMetadata,
) -> Response {
    posted(&state, &signed, None).await
}

/// Writes what was changed.
pub(crate) async fn write(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    PostedWithMetadata(signed): PostedWithMetadata,
) -> Response {
    match own(&state, &signed, &id) {
        Ok(known) => posted(&state, &signed, Some(&known.id.to_string())).await,
        Err(answer) => *answer,
    }
}

/// What was typed is written, unless something is wrong or the form is only to be filled in further.
async fn posted(state: &PagesState, signed: &Signed, id: Option<&str>) -> Response {
    let _turn = state.registering().await;
    let known = match id.map(|id| own(state, signed, id)).transpose() {
        Ok(known) => known,
        Err(answer) => return *answer,
    };
    let (live, page) = (state.live(), &signed.page);
    let now = live.clock().now();
    let mut draft = Draft::read(&signed.form);
    if let Some(known) = &known {
        draft.id = known.id.to_string();
    }
    let template = Template::find(signed.form.text("template"));
    let mut beside = Beside {
        template,
        ..Beside::default()
    };
    match signed.form.text("do") {
        "more" => return form(state, signed, draft, known.as_ref(), beside),
        "read" => {
            match draft.filled_in(page, now) {
                Ok(filled) => beside.filled = Some(filled),
                Err(faults) => beside.faults = faults,
            }
            return form(state, signed, draft, known.as_ref(), beside);
        }
        _ => {}
    }
    let made = live.read(|records| draft.made(page, records, now, known.as_ref()));
    let provider = match made {
        Ok(provider) => provider,
        Err(faults) => {
            beside.faults = faults;
            return form(state, signed, draft, known.as_ref(), beside);
        }
    };
    let sign = if known.is_some() { '~' } else { '+' };
    let line = format!("{sign} service_provider {}", provider.id);
    let shown = template.map_or_else(String::new, |template| {
        format!("&template={}", template.slug)
    });
    let page = format!("{HERE}/{}?note=provider-saved{shown}", provider.id);
    match commit(state, signed, Change::PutServiceProvider(provider), line).await {
        Ok(()) => see_other(&page),
        Err(failure) => unavailable(&signed.page, &failure),
    }
}

fn form(
    state: &PagesState,
    signed: &Signed,
    draft: Draft,
    known: Option<&ServiceProvider>,
    beside: Beside,
) -> Response {
    let page = &signed.page;
    let apps = state
        .live()
        .read(|records| applications(page, records, &draft.app));
    let here = known.map(|known| format!("{HERE}/{}", known.id));
    let rows = draft.rows.iter().cloned().chain(Row::more());
    let view = ProviderFormView {
        action: here
            .as_ref()
            .map_or_else(|| HERE.to_owned(), |here| format!("{here}/change")),
        back: here.unwrap_or_else(|| "/console/clients".to_owned()),
        is_new: known.is_none(),
        is_of_metadata: known.is_some_and(is_of_metadata),
        template: beside.template.map_or("", |template| template.slug),
        templates: TEMPLATES
            .iter()
            .map(|template| {
                let text = page.member("template-name", template.slug);
                let chosen = beside.template.map(|chosen| chosen.slug);
                choice(template.slug, text, chosen == Some(template.slug))
            })
            .collect(),
        filled_in: beside.template.map(|template| {
            let name = page.member("template-name", template.slug);
            page.t1("client-product-filled", "name", name)
        }),
        filled: beside.filled.map(|filled| filled_view(page, filled)),
        most: MOST_METADATA,
        apps,
        encryptions: choices(&ENCRYPTIONS, &draft.encryption, |slug| {
            page.member("provider-encrypts", slug)
        }),
        requests: choices(
            &RequestSigning::ALL.map(RequestSigning::as_str),
            &draft.requests,
            |slug| page.member("provider-requests", slug),
        ),
        signs: choices(
            &SignedParts::ALL.map(SignedParts::as_str),
            &draft.signs,
            |slug| page.member("provider-signs", slug),
        ),
        algorithms: choices(
            &XmlAlgorithm::ALL.map(XmlAlgorithm::as_str),
            &draft.algorithm,
            |slug| page.member("provider-algorithm", slug),
        ),
        name_ids: choices(
            &NameIdKind::ALL.map(NameIdKind::as_str),
            &draft.name_id,
            |slug| page.member("provider-name-id", slug),
        ),
        acrs: choices(&ACRS.map(Assurance::as_str), &draft.acr, |slug| {
            page.member("assurance", slug)
        }),
        rows: rows
            .map(|row| RowView {
                sources: choices(&SOURCES, &row.source, |slug| {
                    page.member("provider-attribute-source", slug)
                }),
                formats: choices(
                    &AttributeFormat::ALL.map(AttributeFormat::as_str),
                    &row.format,
                    |slug| slug,
                ),
                parts: choices(&["before-at", "after-at"], &row.part, |slug| {
                    page.member("provider-transform", slug)
                }),
                letters: choices(&["lowercase", "uppercase"], &row.letters, |slug| {
                    page.member("provider-transform", slug)
                }),
                row,
            })
            .collect(),
        draft,
        faults: beside.faults,
        page: page.clone(),
        shell: signed.console("/console/clients"),
    };
    sent(respond(StatusCode::OK, page, &view, &Exception::None))
}

/// What there is to choose, with what is chosen.
fn choices(
    slugs: &[&'static str],
    chosen: &str,
    word: impl Fn(&'static str) -> &'static str,
) -> Vec<Choice> {
    let one = |slug: &&'static str| choice(slug, word(slug), *slug == chosen);
    slugs.iter().map(one).collect()
}

/// What the metadata says, in words.
fn filled_view(page: &Page, filled: Filled) -> FilledView {
    let read = &filled.read;
    let consumers: Vec<&str> = read
        .consumers
        .iter()
        .map(|to| to.location.as_str())
        .collect();
    let logout: Vec<String> = read
        .logout
        .iter()
        .map(|service| super::providers::told(page, service))
        .collect();
    let mut facts = vec![
        (page.t("provider-entity-id"), read.entity_id.to_string()),
        (page.t("provider-consumers"), consumers.join("\n")),
        (
            page.t("provider-logout"),
            match logout.is_empty() {
                true => page.t("provider-logout-none").to_owned(),
                false => logout.join("\n"),
            },
        ),
        (
            page.t("provider-certificates"),
            page.t1("provider-certificates-count", "count", read.signing.len()),
        ),
        (
            page.t("provider-encryption"),
            match read.encryption {
                Some(_) => page.t("provider-encryption-on"),
                None => page.t("provider-encryption-off"),
            }
            .to_owned(),
        ),
        (
            page.t("provider-requests"),
            page.member("provider-requests", read.requests.as_str())
                .to_owned(),
        ),
    ];
    if let Some(until) = read.valid_until {
        let until = crate::words::clock_text(until);
        facts.push((page.t("provider-valid-until"), until));
    }
    FilledView {
        facts,
        notes: filled.notes,
        unknown: filled.unknown,
    }
}

/// Takes a service provider away; what it was given ends with it.
pub(crate) async fn remove(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let _turn = state.registering().await;
    let known = match own(&state, &signed, &id) {
        Ok(known) => known,
        Err(answer) => return *answer,
    };
    let line = format!("- service_provider {}", known.id);
    let change = Change::RemoveServiceProvider(known.id);
    match commit(&state, &signed, change, line).await {
        Ok(()) => see_other("/console/clients?note=provider-removed"),
        Err(failure) => unavailable(&signed.page, &failure),
    }
}

/// A service provider that the console may change; or what is answered about another.
fn own(state: &PagesState, signed: &Signed, id: &str) -> Result<ServiceProvider, Box<Response>> {
    match known(state, id) {
        Some(known) if known.managed_by == ManagedBy::Console => Ok(known),
        Some(known) => {
            let page = format!("{HERE}/{}?note=provider-files", known.id);
            Err(Box::new(see_other(&page)))
        }
        None => Err(Box::new(error(&signed.page, ErrorKind::NotFound))),
    }
}
