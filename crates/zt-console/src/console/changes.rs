//! Tells live pages that something changed, by server-sent events. What changed is not in it: the page asks again, and is
//! judged again.

use crate::PagesState;
use crate::guard::Administrator;
use crate::signin::cookie;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::HeaderMap;
use std::convert::Infallible;
use std::time::Duration;

/// A word at least so often, so that nobody between closes the connection as idle.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(crate) async fn stream(
    State(state): State<PagesState>,
    headers: HeaderMap,
    Administrator(signed): Administrator,
) -> Response {
    let session = signed.session.id;
    let Some(token) = cookie::token(&headers, cookie::SESSION) else {
        return crate::guard::error(&signed.page, zt_pages::error::ErrorKind::Forbidden);
    };
    let changes = state.live().changes();
    let events = stream::unfold((changes, state), move |(mut changes, state)| async move {
        // The sender lives in the decision point that `state` holds.
        changes.changed().await.ok()?;
        // A session that ended hears no more; the browser asks again and is sent to the sign-in.
        let goes_on = state
            .live()
            .session_of(&token)
            .is_some_and(|live| live.id == session);
        goes_on.then(|| {
            (
                Ok::<_, Infallible>(Event::default().event("changed").data("")),
                (changes, state),
            )
        })
    });
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    let own = zt_pages::headers::browser(&zt_pages::headers::Exception::None);
    response.headers_mut().extend(own);
    response
}
