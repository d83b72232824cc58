//! What an administrator does with service providers in the console: registers, changes and removes them.
//!
//! Only those that the console manages: those of the organisation's files are the files'.

use super::client_form::commit;
use super::handlers::unavailable;
use super::providers::{HERE, known};
use crate::PagesState;
use crate::guard::{PostedByAdministrator, Signed, error, see_other};
use axum::extract::{Path, State};
use axum::response::Response;
use zt_federation::saml::ServiceProvider;
use zt_pages::error::ErrorKind;
use zt_store::Change;
use zt_types::ManagedBy;

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
