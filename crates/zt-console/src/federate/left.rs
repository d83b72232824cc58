//! The page after a sign-out whose browser tells clients of it (OpenID Connect Front-Channel Logout 1.0 §2).
//!
//! Each client that is told so gets a hidden frame at its own address. The page may frame exactly the origins of these, sends
//! them no address of ours, and lets none of them move it. It knows nothing of what comes of it: it goes on when every frame
//! has loaded or failed, or after a few seconds; without scripts, after these.

use super::saml::led::{self, Afterwards, Gathered};
use crate::PagesState;
use crate::guard::{see_other, sent};
use crate::words;
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use zt_live::ToldInBrowser;
use zt_pages::headers::{Exception, Origin};
use zt_pages::{Page, respond};
use zt_types::{ClientId, SessionId};

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

/// Whom a browser tells that a session is over: in frames, and by going there.
pub(crate) struct InBrowser {
    frames: Vec<ToldInBrowser>,
    led: Gathered,
}

/// Whom this browser tells that a session is over; read while it is not. `asking` knows already.
pub(crate) fn told(state: &PagesState, session: SessionId, asking: Option<&ClientId>) -> InBrowser {
    let origin = state.site().id_origin();
    InBrowser {
        frames: state.live().told_in_browser(session, &origin),
        led: Gathered::of(state, session, asking),
    }
}

impl InBrowser {
    /// Nobody.
    pub(super) fn nobody() -> Self {
        Self {
            frames: Vec::new(),
            led: Gathered::default(),
        }
    }

    /// The service providers that the browser is led to.
    pub(super) fn led(&self) -> &Gathered {
        &self.led
    }

    /// What the browser gets now that the session is over; `None` if there is nobody to tell.
    pub(crate) fn page(
        self,
        state: &PagesState,
        page: &Page,
        afterwards: Afterwards,
    ) -> Option<Response> {
        if self.led.is_empty() {
            return framed(page, &self.frames, afterwards.address(state));
        }
        // A form of ours leads to no other site, not even round a corner: a page of ours is between.
        let framed = framed(page, &self.frames, Some(led::ONWARD.to_owned()));
        let mut response = framed.unwrap_or_else(|| see_other(led::STANDS));
        self.led.begin(state, afterwards, &mut response);
        Some(response)
    }
}

/// The page with the frames, and an address that it goes on to; `None` if there are none.
fn framed(page: &Page, told: &[ToldInBrowser], onward: Option<String>) -> Option<Response> {
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
