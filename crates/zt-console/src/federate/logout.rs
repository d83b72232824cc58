//! Signing out from a client (OpenID Connect RP-Initiated Logout 1.0).

use super::left;
use super::reply::{leads_to, wrong};
use super::saml::led::Afterwards;
use crate::PagesState;
use crate::guard::{self, Leaving, Signed, error, see_other, sent};
use crate::signin::cookie;
use crate::words;
use askama::Template;
use axum::extract::{FromRequest, RawQuery, Request, State};
use axum::response::Response;
use http::StatusCode;
use zt_auth::{EndReason, Grant};
use zt_crypto::jose::TokenKind;
use zt_events::Actor;
use zt_federation::{AfterLogout, Client, Endpoints, Form, IdTokenHint, LogoutRequest};
use zt_live::LiveError;
use zt_pages::error::ErrorKind;
use zt_pages::headers::Exception;
use zt_pages::{Base, Page, respond};
use zt_store::{Conflict, StoreError};
use zt_types::SessionId;

/// A longer form of a client's is not read, in bytes.
const LONGEST: usize = 16 * 1024;

/// Whether she means it.
#[derive(Template)]
#[template(path = "federate/logout.html")]
pub(super) struct LogoutView<'a> {
    pub(super) page: &'a Page,
    pub(super) client: Option<String>,
    pub(super) action: String,
    pub(super) token: &'a str,
}

/// It is done, and there is nowhere to go on to.
#[derive(Template)]
#[template(path = "federate/signed_out.html")]
pub(super) struct SignedOutView<'a> {
    pub(super) page: &'a Page,
}

/// A request that makes sense.
struct Leave {
    client: Option<Client>,
    after: Option<AfterLogout>,
    /// The session that the client's ID token names: whoever brings it need not be asked.
    named: Option<SessionId>,
}

fn read(state: &PagesState, query: &str) -> Option<Leave> {
    let request = LogoutRequest::read(&Form::parse(query.as_bytes()).ok()?).ok()?;
    let hint = match &request.id_token_hint {
        None => None,
        // One that is not ours is no hint that counts for less: it is a mistake, or worse.
        Some(token) => {
            let claims = state.keyring().signed(token, TokenKind::IdToken).ok()?;
            let hint: IdTokenHint = serde_json::from_value(claims).ok()?;
            (hint.iss == state.site().id_origin()).then_some(Some(hint))?
        }
    };
    let id = match (&request.client, &hint) {
        (Some(named), Some(hint)) if *named != hint.aud => return None,
        (Some(named), _) => Some(named.clone()),
        (None, hint) => hint.as_ref().map(|hint| hint.aud.clone()),
    };
    let client = match id {
        Some(id) => Some(state.live().read(|kept| kept.clients.get(&id).cloned())?),
        None => None,
    };
    let after = match &client {
        Some(client) => request.after(client).ok()?,
        None => None,
    };
    Some(Leave {
        client,
        after,
        named: hint
            .and_then(|hint| state.live().of_sid(&hint.sid))
            .and_then(|id| {
                let session = |grant: &Grant| grant.session;
                state.live().read(|kept| kept.grants.get(&id).map(session))
            }),
    })
}

/// `GET /oauth2/logout`.
pub(crate) async fn page(
    State(state): State<PagesState>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    let query = query.unwrap_or_default();
    let page = Page::new(&parts.headers, Base::Id, &address(&query));
    let Some(leave) = read(&state, &query) else {
        return wrong(&page, None);
    };
    match guard::signed_in(&mut parts, &state) {
        // There is no session here any more: it is as the client wants it.
        Err(_) => gone(&page, leave.after.as_ref()),
        Ok(signed) if leave.named == Some(signed.session.id) => {
            finish(&state, &signed, leave.after.as_ref()).await
        }
        Ok(signed) => {
            let client = leave.client.as_ref();
            let view = LogoutView {
                page: &page,
                client: client.map(|client| words::client(&page, &client.name, client.managed_by)),
                action: address(&query),
                token: &signed.token,
            };
            let after = leave.after.as_ref();
            let exception = after.map_or(Exception::None, |after| leads_to(after.origin()));
            sent(respond(StatusCode::OK, &page, &view, &exception))
        }
    }
}

/// `POST /oauth2/logout`: her own yes, or a client's request in a form (§2), which comes round as a `GET`, with cookies.
pub(crate) async fn posted(
    State(state): State<PagesState>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let query = query.unwrap_or_default();
    let is_ours = crate::signin::form::is_own(request.headers(), &state.site().id_origin());
    if !is_ours {
        return round(request).await;
    }
    match Leaving::from_request(request, &state).await {
        Ok(Leaving(signed)) => match read(&state, &query) {
            Some(leave) => finish(&state, &signed, leave.after.as_ref()).await,
            None => wrong(&signed.page, None),
        },
        // Her session is over, or the form is from before it: the page says how it is.
        Err(_) => see_other(&address(&query)),
    }
}

/// The same as a `GET`.
async fn round(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let page = Page::new(&parts.headers, Base::Id, Endpoints::OURS.end_session);
    let bytes = axum::body::to_bytes(body, LONGEST).await;
    let form = bytes
        .as_ref()
        .ok()
        .and_then(|bytes| std::str::from_utf8(bytes).ok());
    match form.filter(|form| form.bytes().all(|byte| byte.is_ascii_graphic())) {
        Some(form) => see_other(&address(form)),
        None => wrong(&page, None),
    }
}

fn address(query: &str) -> String {
    format!("{}?{query}", Endpoints::OURS.end_session)
}

/// Ends the session, and leads on.
async fn finish(state: &PagesState, signed: &Signed, after: Option<&AfterLogout>) -> Response {
    let told = left::told(state, signed.session.id, None);
    let actor = Actor::Person(signed.person.id);
    let ended = state
        .live()
        .end_session(signed.session.id, EndReason::SignedOut, actor);
    match ended.await {
        Ok(_) | Err(LiveError::Store(StoreError::Conflict(Conflict::SessionEnded))) => {
            let left = told.page(
                state,
                &signed.page,
                Afterwards::client(after.map(AfterLogout::address)),
            );
            let mut response = left.unwrap_or_else(|| gone(&signed.page, after));
            cookie::forget(response.headers_mut(), cookie::SESSION);
            response
        }
        Err(failure) => {
            tracing::error!(error = %failure, "a session could not be ended for a client");
            error(&signed.page, ErrorKind::Unavailable)
        }
    }
}

/// Nobody is signed in here.
fn gone(page: &Page, after: Option<&AfterLogout>) -> Response {
    match after {
        Some(after) => see_other(&after.address()),
        None => {
            let view = SignedOutView { page };
            sent(respond(StatusCode::OK, page, &view, &Exception::None))
        }
    }
}
