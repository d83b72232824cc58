//! Sign-ins that begin here (Profiles §4.1.5), where a registration allows that.

use super::carried::SignOn;
use super::{address, onward, refuse};
use crate::PagesState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use zt_federation::saml::Unsolicited;
use zt_live::NotTaken;
use zt_pages::{Base, Page};
use zt_types::ClientId;

/// `GET /saml/start/{id}`.
pub(crate) async fn start(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let page = Page::new(&parts.headers, Base::Id, &format!("/saml/start/{id}"));
    let from = address(&parts.extensions);
    let provider = ClientId::new(&id).ok().and_then(|id| {
        let live = state.live();
        live.read(|kept| kept.service_providers.get(&id).cloned())
    });
    let Some(provider) = provider else {
        let wrong = NotTaken::new(
            "unknown-provider",
            "there is no service provider of this name",
        );
        return refuse(&state, &page, wrong, from);
    };
    match provider.unsolicited {
        Unsolicited::Refused => {
            let wrong = NotTaken::new("unsolicited", "its registration does not allow it");
            refuse(&state, &page, wrong.of(&provider.id), from)
        }
        Unsolicited::Allowed { relay_state } => {
            let sign_on = SignOn {
                provider: provider.id,
                request: None,
                relay_state,
                has_stepped: false,
                since: state.live().clock().now(),
            };
            onward(&state, &page, &sign_on, from)
        }
    }
}
