//! A sign-in to a service provider, tried without anybody signing in: what would be decided, and what an assertion would say.

use super::providers::view::ProviderShown;
use super::providers::{draw, known};
use super::rehearsal::{Unknown, decided, record, whom};
use super::view::{RehearsalPanel, Rehearsed};
use crate::PagesState;
use crate::guard::{PostedByAdministrator, error};
use crate::words::clock_text;
use axum::extract::{Path, State};
use axum::response::Response;
use zt_federation::saml::EntityId;
use zt_live::AssertionRehearsal;
use zt_pages::Page;
use zt_pages::error::ErrorKind;

/// Tries it for the person that was named.
pub(crate) async fn test(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let Some(provider) = known(&state, &id) else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let shown = |panel: RehearsalPanel| ProviderShown {
        rehearsal: Some(panel),
        ..ProviderShown::default()
    };
    let (login, person) = match whom(&state, &signed) {
        Ok(whom) => whom,
        Err(Unknown::Login(panel)) => return draw(&state, &signed, &provider, shown(*panel)),
        Err(Unknown::Answer(answer)) => return *answer,
    };
    let Some(us) = EntityId::ours(&state.site().id_origin()) else {
        return error(&signed.page, ErrorKind::Internal);
    };
    let rehearsal = match state.live().rehearse_assertion(&us, &provider, person) {
        Ok(rehearsal) => rehearsal,
        Err(failure) => {
            tracing::error!(error = %failure, "a session could not be named");
            return error(&signed.page, ErrorKind::Unavailable);
        }
    };
    record(&state, &signed, person, (&provider.app, &provider.id));
    let page = &signed.page;
    let seen = (rehearsal.session, &rehearsal.decision);
    let found = Rehearsed {
        notes: notes(page, &rehearsal),
        remark: page.t("provider-test-drawn"),
        told: told(&rehearsal),
        ..decided(&state, page, person, seen)
    };
    let panel = RehearsalPanel {
        login,
        error: None,
        found: Some(found),
    };
    draw(&state, &signed, &provider, shown(panel))
}

/// What happens besides.
fn notes(page: &Page, rehearsal: &AssertionRehearsal) -> Vec<&'static str> {
    let all = [
        (
            rehearsal.name_id.is_none(),
            page.t("provider-test-nameless"),
        ),
        (rehearsal.demands_more, page.t("provider-test-demands-more")),
    ];
    let holding = all.into_iter().filter(|(holds, _)| *holds);
    holding.map(|(_, note)| note).collect()
}

/// The assertion, as names and values, in its own words and order.
fn told(rehearsal: &AssertionRehearsal) -> Vec<(String, Vec<String>)> {
    let one = |name: &str, value: String| (name.to_owned(), vec![value]);
    let name = rehearsal.name_id.iter().flat_map(|name| {
        let qualifier = name.sp_name_qualifier.clone();
        let format = name.format.clone();
        [
            Some(one("NameID", name.value.clone())),
            format.map(|format| one("NameID Format", format)),
            qualifier.map(|qualifier| one("SPNameQualifier", qualifier)),
        ]
    });
    let sign_in = [
        one("AuthnContextClassRef", rehearsal.class.to_owned()),
        one("SessionNotOnOrAfter", clock_text(rehearsal.ends_at)),
    ];
    let attributes = rehearsal.attributes.iter().cloned();
    name.flatten().chain(attributes).chain(sign_in).collect()
}
