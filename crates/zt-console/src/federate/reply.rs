//! What the browser gets in the end.

use crate::PagesState;
use crate::guard::{see_other, sent};
use askama::Template;
use axum::response::Response;
use http::StatusCode;
use zt_federation::{ErrorCode, Fault, PageFault, Reply, ReturnAddress};
use zt_pages::headers::{Exception, Origin};
use zt_pages::{Page, respond};

/// A form that carries an answer to a client and sends itself.
#[derive(Template)]
#[template(path = "federate/form_post.html")]
struct FormPost<'a> {
    page: &'a Page,
    action: &'a str,
    fields: Vec<(&'static str, String)>,
}

/// What is wrong with a request that leads nowhere.
#[derive(Template)]
#[template(path = "federate/wrong.html")]
struct WrongRequest<'a> {
    page: &'a Page,
    text: &'static str,
    help: &'static str,
}

/// Carries an answer to the client.
pub(super) fn carry(page: &Page, reply: Reply) -> Response {
    match reply {
        Reply::Redirect(address) => see_other(&address),
        Reply::FormPost { action, fields } => {
            form(page, action.as_str(), fields, &leads_to(action.origin()))
        }
    }
}

/// A page with a form that sends itself.
pub(super) fn form(
    page: &Page,
    action: &str,
    fields: Vec<(&'static str, String)>,
    exception: &Exception,
) -> Response {
    let view = FormPost {
        page,
        action,
        fields,
    };
    sent(respond(StatusCode::OK, page, &view, exception))
}

/// What a page with a form may do beyond the content policy if the answer leads there.
pub(super) fn leads_to(origin: &str) -> Exception {
    Origin::of_client(origin).map_or(Exception::None, Exception::EndOfSignIn)
}

/// Tells the client that it gets nothing.
pub(super) fn refuse(
    state: &PagesState,
    page: &Page,
    back: &ReturnAddress,
    code: ErrorCode,
    description: &'static str,
) -> Response {
    let fault = Fault::new(code, description);
    carry(page, back.refuse(&state.site().id_origin(), &fault))
}

/// The page for a request that must not be answered to anybody.
pub(super) fn wrong(page: &Page, fault: Option<PageFault>) -> Response {
    let slug = match fault {
        None => "unreadable",
        Some(PageFault::UnknownClient) => "unknown-client",
        Some(PageFault::NoRedirectUri) => "no-address",
        Some(PageFault::UnregisteredRedirectUri) => "unregistered-address",
        Some(PageFault::UnknownRequest) => "unknown-request",
        Some(PageFault::RequestObject(_)) => "request-object",
    };
    let text = page.member("client-wrong", slug);
    let help = match fault {
        Some(PageFault::UnknownRequest) => page.t("client-wrong-again"),
        _ => page.t("client-wrong-help"),
    };
    let view = WrongRequest { page, text, help };
    sent(respond(
        StatusCode::BAD_REQUEST,
        page,
        &view,
        &Exception::None,
    ))
}
