//! The page after a sign-out whose browser tells clients of it (OpenID Connect Front-Channel Logout 1.0 §2).
//!
//! Each client that is told so gets a hidden frame at its own address. The page may frame exactly the origins of these, sends
//! them no address of ours, and lets none of them move it. It knows nothing of what comes of it: it goes on when every frame
//! has loaded or failed, or after a few seconds; without scripts, after these.

use crate::PagesState;
use crate::guard::sent;
use crate::words;
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use zt_federation::AfterLogout;
use zt_live::ToldInBrowser;
use zt_pages::headers::{Exception, Origin};
use zt_pages::{Page, respond};
use zt_types::SessionId;

#[derive(Template)]
#[template(path = "federate/left.html")]
struct LeftView<'a> {
    page: &'a Page,
    frames: Vec<Frame<'a>>,
    /// Each name once.
    names: Vec<String>,
    onward: Option<String>,
}

struct Frame<'a> {
    name: String,
    address: &'a str,
}

/// Whom this browser tells that a session is over; read while it is not.
pub(crate) fn told(state: &PagesState, session: SessionId) -> Vec<ToldInBrowser> {
    state
        .live()
        .told_in_browser(session, &state.site().id_origin())
}

/// The page; `None` if there is nobody to tell.
pub(crate) fn page(
    page: &Page,
    told: &[ToldInBrowser],
    after: Option<&AfterLogout>,
) -> Option<Response> {
    page_to(page, told, after.map(AfterLogout::address))
}

/// The same, with an address that it goes on to.
pub(super) fn page_to(
    page: &Page,
    told: &[ToldInBrowser],
    onward: Option<String>,
) -> Option<Response> {
    let mut origins: Vec<Origin> = Vec::new();
    let mut frames = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for client in told {
        // What no content policy can name would not be let in by it.
        let Ok(origin) = Origin::of_client(&client.origin) else {
            continue;
        };
        if !origins.contains(&origin) {
            origins.push(origin);
        }
        let name = words::client(page, &client.name, client.managed_by);
        if !names.contains(&name) {
            names.push(name.clone());
        }
        frames.push(Frame {
            name,
            address: &client.address,
        });
    }
    if frames.is_empty() {
        return None;
    }
    let view = LeftView {
        page,
        frames,
        names,
        onward,
    };
    let exception = Exception::Frames(origins);
    Some(sent(respond(StatusCode::OK, page, &view, &exception)))
}
