//! What an administrator does about a person's password: a pass, its end, and a reset that is due.

use super::handlers::{person_page, unavailable};
use super::view::PassPanel;
use crate::PagesState;
use crate::change::NotChanged;
use crate::guard::{PostedByAdministrator, Signed, error, see_other};
use axum::extract::{Path, State};
use axum::response::Response;
use zt_auth::PassScope;
use zt_auth::reset::{PASS_LIFETIME, PassFault};
use zt_crypto::code::{canonical, readable};
use zt_crypto::hash::token_hash;
use zt_events::Actor;
use zt_live::ResetError;
use zt_pages::error::ErrorKind;
use zt_types::{PersonId, Seconds};

/// Six groups of four: enough that its plain hash may be kept, short enough to be told over a telephone.
const PASS_BYTES: usize = 15;

/// Makes a pass and shows it, once: only its hash is kept.
pub(crate) async fn issue(
    State(state): State<PagesState>,
    Path(person): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let Ok(id) = person.parse::<PersonId>() else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let form = &signed.form;
    let lifetime = match form.text("hours") {
        "" => Some(PASS_LIFETIME),
        typed => typed
            .parse()
            .ok()
            .filter(|hours| *hours <= 24)
            .map(Seconds::hours),
    };
    let Some(lifetime) = lifetime else {
        return back(id, "pass-lifetime");
    };
    let scope = match form.text("lost") {
        "yes" => PassScope::AllFactors,
        _ => PassScope::Password,
    };
    let live = state.live();
    let shown = readable(&live.entropy().bytes::<PASS_BYTES>());
    let Some(code) = canonical(shown.expose()) else {
        return error(&signed.page, ErrorKind::Internal);
    };
    let issued = live
        .issue_reset_pass(
            id,
            token_hash(&code),
            scope,
            (form.text("reason"), lifetime),
            Actor::Person(signed.person.id),
        )
        .await;
    match issued {
        Ok(pass) => {
            let panel = PassPanel {
                code: shown.expose().to_owned(),
                expires: pass.expires_at,
                address: format!("{}/signin/reset", state.site().id_origin()),
            };
            person_page(&state, signed, id, None, Some(panel))
        }
        Err(failure) => refused(&signed, id, failure),
    }
}

pub(crate) async fn revoke(
    State(state): State<PagesState>,
    Path(person): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let Ok(id) = person.parse::<PersonId>() else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let actor = Actor::Person(signed.person.id);
    match state
        .live()
        .revoke_reset_pass(id, actor)
        .await
        .map_err(NotChanged::from)
    {
        Ok(()) => back(id, "pass-revoked"),
        Err(NotChanged::Live(failure)) => unavailable(&signed.page, &failure),
        Err(NotChanged::Gone | NotChanged::LastFactor) => back(id, "failed"),
    }
}

pub(crate) async fn require(
    State(state): State<PagesState>,
    Path(person): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let Ok(id) = person.parse::<PersonId>() else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    let actor = Actor::Person(signed.person.id);
    let reason = signed.form.text("reason");
    match state.live().require_reset(id, reason, actor).await {
        Ok(()) => back(id, "reset-due"),
        Err(failure) => refused(&signed, id, failure),
    }
}

fn refused(signed: &Signed, id: PersonId, failure: ResetError) -> Response {
    match failure {
        ResetError::Nobody => error(&signed.page, ErrorKind::NotFound),
        ResetError::BreakGlass => back(id, "no-password"),
        ResetError::Fault(PassFault::Reason) => back(id, "pass-reason"),
        ResetError::Fault(PassFault::Lifetime) => back(id, "pass-lifetime"),
        ResetError::Live(failure) => unavailable(&signed.page, &failure),
    }
}

fn back(id: PersonId, note: &str) -> Response {
    see_other(&format!("/console/people/{id}?note={note}"))
}
