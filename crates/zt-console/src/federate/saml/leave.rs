//! Sign-outs that service providers want, through a browser (SAML 2.0 Profiles §4.4).
//!
//! One that is signed and names what the service provider was given ends that session, wherever the browser is; one that is not
//! signed ends nothing until she says yes, since anybody can send a browser here.

use super::arrival::Arrived;
use super::carried::{self, Leave};
use super::{LOG_OUT, RESPONSE, address, by_post, carry, refuse, unavailable};
use crate::PagesState;
use crate::federate::left;
use crate::federate::logout::{LogoutView, SignedOutView};
use crate::federate::reply::leads_to;
use crate::guard::{self, Leaving, Signed, error, see_other, sent};
use crate::signin::cookie;
use axum::extract::{FromRequest, RawQuery, Request, State};
use axum::response::Response;
use http::StatusCode;
use std::net::IpAddr;
use zt_auth::{EndReason, GrantEnd};
use zt_events::Actor;
use zt_federation::saml::{
    EntityId, LogoutBinding, LogoutResponse, LogoutService, MessageId, PostForm, RedirectQuery,
    ServiceProvider, Status, StatusCode as Code,
};
use zt_live::{Live, LiveError, NotTaken};
use zt_pages::error::ErrorKind;
use zt_pages::headers::Exception;
use zt_pages::{Base, Page, respond};
use zt_store::{Conflict, StoreError};
use zt_types::SessionId;

/// `GET /saml/slo`.
pub(crate) async fn page(
    State(state): State<PagesState>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    let query = query.unwrap_or_default();
    let page = Page::new(&parts.headers, Base::Id, &format!("{LOG_OUT}?{query}"));
    let from = address(&parts.extensions);
    if !carried::is_ours(&query) {
        let arrived = Arrived::by_redirect(&state, &query);
        return begin(&state, &page, arrived, from);
    }
    let leave = match Leave::read(&state, &query) {
        Ok(leave) => leave,
        Err(wrong) => return refuse(&state, &page, wrong, from),
    };
    let signed = guard::signed_in(&mut parts, &state).ok();
    match (signed, leave.is_signed) {
        (signed, true) => finish(&state, &page, &leave, signed.as_ref()).await,
        // There is no session here any more: it is as the service provider wants it.
        (None, false) => answer(&state, &page, &leave, &Status::SUCCESS),
        (Some(signed), false) => ask(&state, &signed, &leave, &query, from),
    }
}

/// `POST /saml/slo`: a request in a form, or her own yes.
pub(crate) async fn posted(
    State(state): State<PagesState>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let query = query.unwrap_or_default();
    if !carried::is_ours(&query) {
        let (parts, body) = request.into_parts();
        let page = Page::new(&parts.headers, Base::Id, LOG_OUT);
        let from = address(&parts.extensions);
        let arrived = by_post(&state, body).await;
        return begin(&state, &page, arrived, from);
    }
    let from = address(request.extensions());
    let signed = match Leaving::from_request(request, &state).await {
        Ok(Leaving(signed)) => signed,
        // Her session is over, or the form is from before it: the page says how it is.
        Err(_) => return see_other(&format!("{LOG_OUT}?{query}")),
    };
    match Leave::read(&state, &query) {
        Ok(leave) => finish(&state, &signed.page, &leave, Some(&signed)).await,
        Err(wrong) => refuse(&state, &signed.page, wrong, from),
    }
}

/// A message as it came: to the same as an address of ours.
fn begin(
    state: &PagesState,
    page: &Page,
    arrived: Result<Arrived, NotTaken>,
    from: IpAddr,
) -> Response {
    let leave = arrived.and_then(|arrived| arrived.leave(state));
    let leave = leave.and_then(|leave| {
        let is_new = state
            .live()
            .is_first_time(&leave.provider, leave.request.as_str());
        if leave.is_signed && !is_new {
            let wrong = NotTaken::new("replayed", "this message came before");
            return Err(wrong.of(&leave.provider));
        }
        leave.address(state).ok_or_else(|| {
            let wrong = NotTaken::new("unreadable", "it is too long to go round");
            wrong.of(&leave.provider)
        })
    });
    match leave {
        Ok(address) => see_other(&address),
        Err(wrong) => refuse(state, page, wrong, from),
    }
}

/// Whether she wants it.
fn ask(state: &PagesState, signed: &Signed, leave: &Leave, query: &str, from: IpAddr) -> Response {
    let Some((provider, service)) = standing(state, leave) else {
        let wrong = NotTaken::new("unknown-provider", "it is not registered any more");
        return refuse(state, &signed.page, wrong.of(&leave.provider), from);
    };
    let view = LogoutView {
        page: &signed.page,
        client: Some(signed.page.text(&provider.name).to_owned()),
        action: format!("{LOG_OUT}?{query}"),
        token: &signed.token,
    };
    let exception = leads_to(service.answers().origin());
    sent(respond(StatusCode::OK, &signed.page, &view, &exception))
}

/// Ends what it means, or the session of whoever said yes, and answers.
async fn finish(
    state: &PagesState,
    page: &Page,
    leave: &Leave,
    signed: Option<&Signed>,
) -> Response {
    let live = state.live();
    let mut sessions: Vec<SessionId> = Vec::new();
    for id in &leave.means {
        let actor = Actor::Client(leave.provider.clone());
        let session = live.read(|kept| kept.grants.get(id).map(|grant| grant.session));
        sessions.extend(session);
        // It knows, and is not told once more.
        if live.end_grant(*id, GrantEnd::Revoked, actor).await.is_err() {
            return unavailable(page);
        }
    }
    let here = signed.map(|signed| signed.session.id);
    if !leave.is_signed {
        sessions.extend(here);
    }
    let ends_here = here.is_some_and(|here| sessions.contains(&here));
    let told = match here {
        Some(here) if ends_here => left::told(state, here),
        _ => Vec::new(),
    };
    for session in sessions {
        let actor = signed.map_or(Actor::Client(leave.provider.clone()), |signed| {
            Actor::Person(signed.person.id)
        });
        let ended = live.end_session(session, EndReason::SignedOut, actor).await;
        match ended {
            Ok(_) | Err(LiveError::Store(StoreError::Conflict(Conflict::SessionEnded))) => {}
            Err(failure) => {
                tracing::error!(error = %failure, "a session could not be ended for a service provider");
                return unavailable(page);
            }
        }
    }
    let status = status_of(state, leave);
    // The page of the frames goes on to here, where there is nothing left to end.
    let onward = leave.address(state);
    let framed = onward.and_then(|onward| left::page_to(page, &told, Some(onward)));
    let mut response = framed.unwrap_or_else(|| answer(state, page, leave, &status));
    if ends_here {
        cookie::forget(response.headers_mut(), cookie::SESSION);
    }
    response
}

/// Whether everybody is told who had something of these sessions (Core §3.7.3.1): whoever can be told neither by us nor in the
/// browser keeps what it has until it ends by itself.
fn status_of(state: &PagesState, leave: &Leave) -> Status {
    let live = state.live();
    let all_are_told = live.read(|kept| {
        let sessions = leave.means.iter().filter_map(|id| kept.grants.get(id));
        let mut others = sessions.flat_map(|grant| kept.grants_of(grant.session));
        others.all(|grant| grant.client == leave.provider || Live::is_told(kept, &grant.client))
    });
    if all_are_told {
        Status::SUCCESS
    } else {
        Status {
            top: Code::Success,
            second: Some(Code::PartialLogout),
            message: None,
        }
    }
}

/// The service provider as registered now, and where it is answered.
fn standing(state: &PagesState, leave: &Leave) -> Option<(ServiceProvider, LogoutService)> {
    let id = &leave.provider;
    let provider = state
        .live()
        .read(|kept| kept.service_providers.get(id).cloned())?;
    let by = |binding| provider.logout_by(binding).cloned();
    let service = by(LogoutBinding::Redirect).or_else(|| by(LogoutBinding::Post))?;
    Some((provider, service))
}

/// Answers the service provider, through the browser.
fn answer(state: &PagesState, page: &Page, leave: &Leave, status: &Status) -> Response {
    let Some((provider, service)) = standing(state, leave) else {
        // It has no address to be answered at: it is over all the same.
        let view = SignedOutView { page };
        return sent(respond(StatusCode::OK, page, &view, &Exception::None));
    };
    let live = state.live();
    let to = service.answers();
    let Some(us) = EntityId::ours(&state.site().id_origin()) else {
        return error(page, ErrorKind::Internal);
    };
    let response = LogoutResponse {
        id: MessageId::from_random(live.entropy().bytes()),
        in_response_to: Some(leave.request.clone()),
        issuer: us,
        destination: Some(to.as_str().to_owned()),
        issued_at: live.clock().now(),
        status: *status,
    };
    let keys = state.saml();
    let written = response.write().ok();
    let key = keys.signer(provider.algorithm).ok();
    let state_of_it = leave.relay_state.as_deref();
    let sent = written
        .zip(key)
        .and_then(|(written, key)| match service.binding {
            LogoutBinding::Redirect => {
                let algorithm = provider.algorithm.uri();
                let query = RedirectQuery::new(RESPONSE, written.text(), state_of_it, algorithm);
                let signature = key.sign_octets(query.octets()).ok()?;
                Some(see_other(&query.address(to, &signature)))
            }
            LogoutBinding::Post | LogoutBinding::Soap => {
                let signed = key.sign(&written).ok()?;
                let form = PostForm::new(RESPONSE, &signed, to, state_of_it);
                Some(carry(page, &form))
            }
        });
    sent.unwrap_or_else(|| {
        tracing::error!(provider = %provider.id, "no logout response could be made");
        error(page, ErrorKind::Internal)
    })
}
