//! What the gateway itself answers on an application's host: everything under `/.sekisho`.

use crate::cookie::SESSION;
use crate::overlay;
use crate::refusal;
use crate::relay::GatewayBody;
use crate::visit::Visit;
use http::request::Parts as Head;
use http::{HeaderValue, Method, Response, StatusCode, header};
use zt_auth::EndReason;
use zt_crypto::hash::{mint_token, received_hash, token_hash};
use zt_events::Actor;
use zt_live::{Admission, LiveError};
use zt_pages::error::ErrorKind;
use zt_pages::route::{Access, Route};
use zt_pages::{assets, headers, language};
use zt_store::{Conflict, StoreError};

/// Where our own paths begin.
const PREFIX: &str = "/.sekisho";

/// The routes on every application's host, for the test that tries each demand.
pub const ROUTES: [Route; 6] = [
    Route::new(Method::GET, "/.sekisho/assets/{name}", Access::Open),
    Route::new(Method::GET, "/.sekisho/language/{tag}", Access::Open),
    Route::new(Method::GET, "/.sekisho/overlay.css", Access::Session),
    Route::new(Method::GET, "/.sekisho/redeem", Access::Flow),
    Route::new(Method::GET, "/.sekisho/sign-out", Access::Session),
    Route::new(Method::POST, "/.sekisho/sign-out", Access::Session),
];

/// The path below our prefix, if the request is for us.
pub(crate) fn path(head: &Head) -> Option<&str> {
    let rest = head.uri.path().strip_prefix(PREFIX)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// Answers a request for us.
pub(crate) async fn answer(visit: &Visit<'_>, head: &Head, path: &str) -> Response<GatewayBody> {
    let is_get = head.method == Method::GET || head.method == Method::HEAD;
    match path {
        "/redeem" if head.method == Method::GET => redeem(visit, head).await,
        "/sign-out" if head.method == Method::GET || head.method == Method::POST => {
            sign_out(visit, head).await
        }
        overlay::PATH if is_get => overlay::answer(visit).await,
        _ if is_get && path.starts_with("/assets/") => {
            match assets::respond(head.uri.path(), head.headers.get(header::IF_NONE_MATCH)) {
                Some(asset) => asset.map(GatewayBody::own),
                None => refusal::error(visit, ErrorKind::NotFound),
            }
        }
        _ if is_get && path.starts_with("/language/") => {
            match language::switch(head.uri.path(), head.uri.query()) {
                Some(switched) => switched.map(|()| GatewayBody::own("")),
                None => refusal::error(visit, ErrorKind::NotFound),
            }
        }
        _ => refusal::error(visit, ErrorKind::NotFound),
    }
}

/// Turns the one-time code into this host's own cookie.
async fn redeem(visit: &Visit<'_>, head: &Head) -> Response<GatewayBody> {
    let code = head
        .uri
        .query()
        .and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("code=")));
    // Without the start cookie this browser did not begin the sign-in (RFC 9700 §4.7: login CSRF).
    let (Some(code), Some(start)) = (code, &visit.arrival.start) else {
        return refusal::error(visit, ErrorKind::BadRequest);
    };
    let live = &visit.gateway.live;
    let token = mint_token(live.entropy().bytes());
    let redeemed = live
        .redeem(
            &visit.entry.id,
            received_hash(code),
            received_hash(start),
            token_hash(&token),
        )
        .await;
    match redeemed {
        Ok(redeemed) => {
            let mut response = redirect(StatusCode::SEE_OTHER, &redeemed.return_to);
            let cookie = format!(
                "{SESSION}={}; Path=/; Secure; HttpOnly; SameSite=Lax",
                token.expose()
            );
            if let Ok(mut cookie) = HeaderValue::try_from(cookie) {
                cookie.set_sensitive(true);
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        // Used before, too late, or another browser's: begin again from the application's start.
        Err(LiveError::Store(StoreError::Conflict(Conflict::NotUsable))) => {
            refusal::error(visit, ErrorKind::BadRequest)
        }
        Err(error) => {
            tracing::error!(%error, "a sign-in could not be carried over");
            refusal::unavailable(visit)
        }
    }
}

/// Ends the session, here and everywhere it was used.
async fn sign_out(visit: &Visit<'_>, head: &Head) -> Response<GatewayBody> {
    if !is_own_wish(visit, head) {
        return refusal::error(visit, ErrorKind::Forbidden);
    }
    let passage = match visit.admit().await {
        Ok(Admission::Passage(passage)) => Some(passage),
        Ok(Admission::NoSession) => None,
        Ok(Admission::TooFast(wait)) => return refusal::too_fast(visit, wait),
        Err(error) => {
            tracing::error!(%error, "a sign-out could not be looked at");
            return refusal::unavailable(visit);
        }
    };
    if let Some(passage) = passage {
        let actor = Actor::Person(passage.person());
        match visit
            .gateway
            .live
            .end_session(passage.session(), EndReason::SignedOut, actor)
            .await
        {
            // It ended meanwhile: what was wished for is so.
            Ok(_) | Err(LiveError::Store(StoreError::Conflict(Conflict::SessionEnded))) => {}
            Err(error) => {
                tracing::error!(%error, "a session could not be ended");
                return refusal::unavailable(visit);
            }
        }
    }
    let mut response = redirect(StatusCode::SEE_OTHER, &format!("{}/", visit.gateway.issuer));
    let gone = format!("{SESSION}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
    if let Ok(gone) = HeaderValue::try_from(gone) {
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    response
}

/// Whether the person asked for it on this very host: another site must not be able to sign her out.
fn is_own_wish(visit: &Visit<'_>, head: &Head) -> bool {
    match head
        .headers
        .get("sec-fetch-site")
        .map(HeaderValue::as_bytes)
    {
        Some(site) => site == b"same-origin" || site == b"none",
        // A browser without Fetch Metadata: a form of this host says so by its Origin.
        None => {
            let origin = head.headers.get(header::ORIGIN).map(HeaderValue::as_bytes);
            head.method == Method::POST && origin == Some(visit.entry.origin.as_bytes())
        }
    }
}

/// A redirect with the headers of a page: nothing keeps it.
pub(crate) fn redirect(status: StatusCode, location: &str) -> Response<GatewayBody> {
    let mut response = Response::new(GatewayBody::own(""));
    *response.headers_mut() = headers::browser(&headers::Exception::None);
    match HeaderValue::try_from(location) {
        Ok(location) => {
            *response.status_mut() = status;
            response.headers_mut().insert(header::LOCATION, location);
        }
        Err(_) => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    response
}
