//! Sign-outs that service providers want, through a browser (SAML 2.0 Profiles §4.4).
//!
//! One that is signed and names what the service provider was given ends that session, wherever the browser is; one that is not
//! signed ends nothing until she says yes, since anybody can send a browser here.

use super::arrival::Arrived;
use super::carried::{self, Leave};
use super::chain::Others;
use super::led::{self, Afterwards};
use super::{LOG_OUT, RESPONSE, address, carry, form_of, refuse, unavailable};
use crate::PagesState;
use crate::federate::left;
use crate::federate::logout::{LogoutView, SignedOutView};
use crate::federate::reply::leads_to;
use crate::guard::{self, Leaving, Signed, error, see_other, sent};
use crate::signin::cookie;
use axum::extract::{FromRequest, RawQuery, Request, State};
use axum::response::Response;
use http::StatusCode;
use std::collections::BTreeSet;
use std::net::IpAddr;
use zt_events::Actor;
use zt_federation::saml::{
    EntityId, LogoutBinding, LogoutResponse, LogoutService, MessageId, PostForm, RedirectQuery,
    ServiceProvider, Status,
};
use zt_live::NotTaken;
use zt_pages::error::ErrorKind;
use zt_pages::headers::Exception;
use zt_pages::{Base, Page, respond};
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
    if let Some(response) = led::page(&state, &page, &parts.headers, &query, from) {
        return response;
    }
    if !carried::is_ours(&query) {
        let arrived = Arrived::by_redirect(&state, &query);
        if is_answer(&query) {
            return led::arrived(&state, &page, arrived, from, &parts.headers);
        }
        return begin(&state, &page, arrived, from);
    }
    let leave = match Leave::read(&state, &query) {
        Ok(leave) => leave,
        Err(wrong) => return refuse(&state, &page, wrong, from),
    };
    let signed = guard::signed_in(&mut parts, &state).ok();
    match signed {
        // There is no session here any more, and none that it names: it is as the service provider wants it. One that proved
        // nothing gets no word of ours for it.
        None if leave.means.is_empty() && !leave.is_signed => gone(&page),
        Some(signed) if leave.means.is_empty() => ask(&state, &signed, &leave, &query, from),
        signed => finish(&state, &page, &leave, signed.as_ref()).await,
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
        let form = form_of(body).await;
        let text = form
            .as_ref()
            .ok()
            .and_then(|form| std::str::from_utf8(form).ok());
        let is_answer = text.is_some_and(is_answer);
        let arrived = form.and_then(|form| Arrived::by_post(&state, &form));
        if is_answer {
            return led::posted(&state, &page, arrived, from);
        }
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

/// Whether somebody means to answer us, however wrong it is: then it goes on with whoever is next.
fn is_answer(query: &str) -> bool {
    let has = |name: &str| query.split('&').any(|pair| pair.starts_with(name));
    has("SAMLResponse=") && !has("SAMLRequest=")
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
        let wrong = |slug, why: &str| NotTaken::new(slug, why).of(&leave.provider);
        let address = leave.address(state);
        let address = address.ok_or_else(|| wrong("unreadable", "it is too long to go round"))?;
        let id = leave.request.as_str();
        // Only what its key signed uses anything up.
        if leave.is_signed && !state.live().is_first_time(&leave.provider, id) {
            return Err(wrong("replayed", "this message came before"));
        }
        Ok(address)
    });
    match leave {
        Ok(address) => see_other(&address),
        Err(wrong) => refuse(state, page, wrong, from),
    }
}

/// Whether she wants it.
fn ask(state: &PagesState, signed: &Signed, leave: &Leave, query: &str, from: IpAddr) -> Response {
    let id = &leave.provider;
    let live = state.live();
    let provider = live.read(|kept| kept.service_providers.get(id).cloned());
    let Some(provider) = provider else {
        let wrong = NotTaken::new("unknown-provider", "it is not registered any more");
        return refuse(state, &signed.page, wrong.of(id), from);
    };
    let view = LogoutView {
        page: &signed.page,
        client: Some(signed.page.text(&provider.name).to_owned()),
        action: format!("{LOG_OUT}?{query}"),
        token: &signed.token,
    };
    let service = answered_at(&provider);
    let exception = service.map_or(Exception::None, |service| {
        leads_to(service.answers().origin())
    });
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
    let here = signed.map(|signed| signed.session.id);
    let mut sessions: BTreeSet<SessionId> = leave.means.clone();
    if sessions.is_empty() {
        // She said yes, or nothing of it is left.
        sessions.extend(here);
    }
    let ends_here = here.is_some_and(|here| sessions.contains(&here));
    let told = match here {
        Some(here) if ends_here => left::told(state, here, Some(&leave.provider)),
        _ => left::InBrowser::nobody(),
    };
    let mut others = Others::Told;
    let (led, nobody) = (told.led().asked(), BTreeSet::new());
    for session in sessions {
        let actor = signed.map_or(Actor::Client(leave.provider.clone()), |signed| {
            Actor::Person(signed.person.id)
        });
        // A browser tells of its own session only.
        let led = if here == Some(session) { &led } else { &nobody };
        let left = live.leave_provider(&leave.provider, session, led, actor);
        match left.await {
            Ok(true) => {}
            Ok(false) => others = Others::NotAllTold,
            Err(failure) => {
                tracing::error!(error = %failure, "a session could not be ended for a service provider");
                live.comes_again(&leave.provider, leave.request.as_str());
                return unavailable(page);
            }
        }
    }
    // The page of the frames goes on to here, where there is nothing left to end.
    let afterwards = Afterwards::provider(leave.clone(), others);
    let told = told.page(state, page, afterwards);
    let mut response = told.unwrap_or_else(|| {
        let status = match others {
            Others::Told => Status::SUCCESS,
            Others::NotAllTold => Status::PARTIAL,
        };
        answer(state, page, leave, &status)
    });
    if ends_here {
        cookie::forget(response.headers_mut(), cookie::SESSION);
    }
    response
}

/// Where a service provider is answered through a browser.
fn answered_at(provider: &ServiceProvider) -> Option<&LogoutService> {
    let redirect = provider.logout_by(LogoutBinding::Redirect);
    redirect.or_else(|| provider.logout_by(LogoutBinding::Post))
}

/// It is over, and there is nowhere to go on to.
fn gone(page: &Page) -> Response {
    let view = SignedOutView { page };
    sent(respond(StatusCode::OK, page, &view, &Exception::None))
}

/// Answers the service provider, through the browser.
pub(super) fn answer(state: &PagesState, page: &Page, leave: &Leave, status: &Status) -> Response {
    let live = state.live();
    let id = &leave.provider;
    let provider = live.read(|kept| kept.service_providers.get(id).cloned());
    let Some(provider) = provider else {
        return gone(page);
    };
    let Some(service) = answered_at(&provider) else {
        return gone(page);
    };
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
