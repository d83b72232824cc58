//! Browsers that service providers send to sign in (SAML 2.0, Web Browser SSO profile).
//!
//! | address | what |
//! |---|---|
//! | `GET`, `POST /saml/sso` | a request of a service provider, by the bindings Redirect and POST |
//! | `GET /saml/sso?request=` | the same request once it was read and verified, as it goes round with the browser |
//! | `POST /saml/sso?request=` | whoever is refused sends the service provider away |
//! | `GET`, `POST /saml/slo` | a service provider's request to sign out, by the same bindings |
//! | `GET`, `POST /saml/slo?request=` | the same once it was read and verified; she says yes where it was not signed |
//! | `GET`, `POST /saml/slo` | a service provider's answer to ours, where somebody signs out of several ([`led`]) |
//! | `GET /saml/start/{id}` | a sign-in that begins here, where a registration allows that |
//!
//! Invariants: a browser is sent only to an address that the service provider is registered with; until that is certain, a page
//! says what is wrong. What goes round is what was verified, under a code of ours: nothing of it can be changed on the way.

mod answer;
mod arrival;
mod carried;
mod chain;
pub(crate) mod leave;
pub(crate) mod led;
pub(crate) mod start;

use crate::PagesState;
use crate::guard::{self, Answering, error, see_other, sent};
use answer::Asking;
use arrival::Arrived;
use askama::Template;
use axum::extract::{FromRequest, RawQuery, Request, State};
use axum::response::Response;
use carried::SignOn;
pub(crate) use chain::Chains;
use http::StatusCode;
use std::net::{IpAddr, Ipv4Addr};
use zt_federation::saml::{Carried, OURS, PostForm, Status};
use zt_live::NotTaken;
use zt_pages::error::ErrorKind;
use zt_pages::headers::{Exception, Origin};
use zt_pages::{Base, Page, respond};

/// Where people sign in to service providers.
pub(crate) const SIGN_ON: &str = OURS.sign_on;
/// Where they sign out.
pub(crate) const LOG_OUT: &str = OURS.logout;
/// A longer form is not read, in bytes: base64 of the longest message, and a state.
const LONGEST_FORM: usize = 256 * 1024;

/// What is wrong, for whoever came with it.
#[derive(Template)]
#[template(path = "federate/wrong.html")]
struct WrongView<'a> {
    page: &'a Page,
    text: &'static str,
    help: &'static str,
}

/// `GET /saml/sso`.
pub(crate) async fn sign_on(
    State(state): State<PagesState>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    let query = query.unwrap_or_default();
    let page = Page::new(&parts.headers, Base::Id, &format!("{SIGN_ON}?{query}"));
    let from = address(&parts.extensions);
    if !carried::is_ours(&query) {
        let arrived = Arrived::by_redirect(&state, &query);
        return match arrived.and_then(|arrived| arrived.sign_on(&state)) {
            Ok(sign_on) => onward(&state, &page, &sign_on, from),
            Err(wrong) => refuse(&state, &page, wrong, from),
        };
    }
    match SignOn::read(&state, &query) {
        Ok(sign_on) => {
            let signed = guard::signed_in(&mut parts, &state);
            Asking::new(&state, page, sign_on, from)
                .answer(signed.ok(), &parts)
                .await
        }
        Err(wrong) => refuse(&state, &page, wrong, from),
    }
}

/// `POST /saml/sso`: a request in a form, which comes round as a `GET`, with cookies; or our own page's answer to one.
pub(crate) async fn posted(
    State(state): State<PagesState>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let query = query.unwrap_or_default();
    if carried::is_ours(&query) {
        return left(&state, &query, request).await;
    }
    let (parts, body) = request.into_parts();
    let page = Page::new(&parts.headers, Base::Id, SIGN_ON);
    let from = address(&parts.extensions);
    let arrived = by_post(&state, body).await;
    match arrived.and_then(|arrived| arrived.sign_on(&state)) {
        Ok(sign_on) => onward(&state, &page, &sign_on, from),
        Err(wrong) => refuse(&state, &page, wrong, from),
    }
}

/// A message in a form.
async fn by_post(state: &PagesState, body: axum::body::Body) -> Result<Arrived, NotTaken> {
    Arrived::by_post(state, &form_of(body).await?)
}

async fn form_of(body: axum::body::Body) -> Result<bytes::Bytes, NotTaken> {
    let bytes = axum::body::to_bytes(body, LONGEST_FORM).await;
    bytes.map_err(|_| NotTaken::new("unreadable", "the form is too long"))
}

/// To the same as an address of ours.
fn onward(state: &PagesState, page: &Page, sign_on: &SignOn, from: IpAddr) -> Response {
    match sign_on.address(state) {
        Some(address) => see_other(&address),
        None => refuse(
            state,
            page,
            NotTaken::new(
                "unreadable",
                "the request and its `RelayState` are too long to go round",
            )
            .of(&sign_on.provider),
            from,
        ),
    }
}

/// Whoever is refused sends the service provider away.
async fn left(state: &PagesState, query: &str, request: Request) -> Response {
    let from = address(request.extensions());
    let signed = match Answering::from_request(request, state).await {
        Ok(Answering(signed)) => signed,
        Err(response) => return response,
    };
    match SignOn::read(state, query) {
        Ok(sign_on) => {
            let page = signed.page.clone();
            Asking::new(state, page, sign_on, from).leave(signed.person.id)
        }
        Err(wrong) => refuse(state, &signed.page, wrong, from),
    }
}

/// From which address it comes.
fn address(extensions: &http::Extensions) -> IpAddr {
    let visitor = extensions.get::<crate::Visitor>();
    visitor.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |visitor| visitor.address)
}

/// The page for a message that must not be answered to anybody; it is recorded.
fn refuse(state: &PagesState, page: &Page, wrong: NotTaken, from: IpAddr) -> Response {
    let provider = wrong.provider.as_ref();
    let live = state.live();
    if live.record_no_assertion(provider, None, wrong.slug, from) {
        tracing::info!(why = wrong.slug, provider = ?wrong.provider, detail = %wrong.detail, "a SAML message was refused");
    }
    let view = WrongView {
        page,
        text: page.member("saml-wrong", wrong.slug),
        help: match wrong.slug {
            "expired" | "replayed" => page.t("saml-wrong-expired-again"),
            _ => page.t("client-wrong-help"),
        },
    };
    sent(respond(
        StatusCode::BAD_REQUEST,
        page,
        &view,
        &Exception::None,
    ))
}

/// What the page may do whose form goes to a service provider: that one may redirect to wherever its application is, and browsers
/// hold redirects against the page's policy too.
fn onward_from(origin: &str) -> Exception {
    Origin::of_client(origin).map_or(Exception::None, Exception::FormAndOnward)
}

/// Carries a document to the service provider.
fn carry(page: &Page, form: &PostForm) -> Response {
    super::reply::form(
        page,
        form.action.as_str(),
        form.fields(),
        &onward_from(form.action.origin()),
    )
}

/// Where a message that is a response goes.
const RESPONSE: Carried = Carried::Response;

/// What a service provider is told where nothing could be made for it.
const BUSY: Status = Status::of(zt_federation::saml::StatusCode::Responder)
    .saying("the identity provider is too busy; try again");

fn unavailable(page: &Page) -> Response {
    error(page, ErrorKind::Unavailable)
}
