//! Which scripts in browsers may read an answer (Fetch Standard §3.2): those of clients that have no secret, from the origins they
//! are registered with. Nothing here reads a cookie, and no answer is for credentials.

use crate::Endpoints;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, header};
use zt_federation::{Authentication, Client};
use zt_types::ClientId;

/// Whose answer it is, if that is known: it is no other client's to read.
#[derive(Debug, Clone)]
pub(super) struct AnswerTo(pub(super) ClientId);

/// Lets every script read what everybody may read.
pub(crate) async fn for_anybody(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let anybody = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anybody);
    response
}

/// Lets scripts of registered clients ask, and read what they are answered.
pub(crate) async fn for_clients(
    State(endpoints): State<Endpoints>,
    request: Request,
    next: Next,
) -> Response {
    let origin = origin(request.headers()).cloned();
    let is_preflight = request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    let client = response.extensions_mut().remove::<AnswerTo>();
    let may = |origin: &HeaderValue| {
        endpoints.live().read(|state| match &client {
            Some(AnswerTo(id)) => {
                let client = state.clients.get(id);
                client.is_some_and(|client| runs_at(client, origin))
            }
            None => state.clients.values().any(|client| runs_at(client, origin)),
        })
    };
    let allowed = origin.filter(may);
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = allowed else {
        return response;
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let cross_origin = HeaderValue::from_static("cross-origin");
    headers.insert("cross-origin-resource-policy", cross_origin);
    let more = if is_preflight {
        [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type, dpop",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ]
        .as_slice()
    } else {
        [(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "DPoP-Nonce, WWW-Authenticate",
        )]
        .as_slice()
    };
    headers.extend(
        more.iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value))),
    );
    response
}

/// Whether a client runs in browsers, and this is an origin of one of its addresses, to the letter.
fn runs_at(client: &Client, origin: &HeaderValue) -> bool {
    let mut addresses = client.redirect_uris.iter();
    client.authentication == Authentication::None
        && addresses.any(|address| address.origin().as_bytes() == origin.as_bytes())
}

fn origin(headers: &HeaderMap) -> Option<&HeaderValue> {
    let mut all = headers.get_all(header::ORIGIN).iter();
    all.next().filter(|_| all.next().is_none())
}
