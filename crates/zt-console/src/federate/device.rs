//! Where somebody signs in for a device that shows a code (RFC 8628 §3.3).

use super::consent::{Itself, agreed, itself};
use crate::PagesState;
use crate::guard::{self, Answering, Present, Signed, error, sent};
use crate::words;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use zt_federation::{Asked, Client, ConsentDemand, Endpoints, Scope};
use zt_live::{DeviceRequest, DeviceWish, GrantError, UserCodeWrong};
use zt_pages::error::ErrorKind;
use zt_pages::headers::Exception;
use zt_pages::{Page, Tone, respond};
use zt_types::Timestamp;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Shown {
    user_code: String,
}

/// The question for the code.
#[derive(Template)]
#[template(path = "federate/device.html")]
struct CodeView<'a> {
    page: &'a Page,
    action: &'static str,
    typed: &'a str,
    wrong: String,
    token: &'a str,
}

/// The question whether that device may.
#[derive(Template)]
#[template(path = "federate/device_ask.html")]
struct AskView<'a> {
    page: &'a Page,
    action: &'static str,
    client: &'a str,
    application: &'a str,
    person: &'a str,
    login: &'a str,
    itself: Option<Itself>,
    learns: Vec<&'static str>,
    code: String,
    address: String,
    /// Whether that is where she is, too.
    nearness: &'static str,
    asked_at: Timestamp,
    token: &'a str,
}

/// What she answered.
#[derive(Template)]
#[template(path = "federate/device_done.html")]
struct DoneView<'a> {
    page: &'a Page,
    tone: Tone,
    icon: &'static str,
    title: &'static str,
    text: &'static str,
}

/// `GET /device?user_code=`. The code is written into the field and not looked up: any page can lead her browser here, and would
/// use up the wrong codes that she, and all together, may type.
pub(crate) async fn page(Query(shown): Query<Shown>, Present(signed): Present) -> Response {
    question(&signed, &shown.user_code, String::new())
}

/// `POST /device`: a code that was typed, or the answer about one.
pub(crate) async fn answer(
    State(state): State<PagesState>,
    Answering(signed): Answering,
) -> Response {
    let typed = signed.form.text("user_code");
    let request = match state.live().device_request(signed.person.id, typed) {
        Ok(request) => request,
        Err(wrong) => return question(&signed, typed, said(&signed.page, wrong)),
    };
    match signed.form.text("answer") {
        "allow" => allow(&state, signed, &request).await,
        "deny" => {
            // Whoever answered first is right.
            state.live().deny_device(&signed.session, &request).ok();
            let page = &signed.page;
            done(page, Tone::Notice, "circle-minus", "denied")
        }
        _ => draw(&state, &signed, &request),
    }
}

fn registered(state: &PagesState, request: &DeviceRequest) -> Option<Client> {
    state
        .live()
        .read(|kept| kept.clients.get(&request.client).cloned())
}

fn scopes(request: &DeviceRequest) -> Vec<Scope> {
    let asked = serde_json::from_str::<Asked>(&request.asked);
    asked.map_or_else(
        |_| Vec::new(),
        |asked| asked.scopes().iter().copied().collect(),
    )
}

async fn allow(state: &PagesState, signed: Signed, request: &DeviceRequest) -> Response {
    let live = state.live();
    // What this connection proves of the device she is on counts from now on.
    let bound = live.bind(signed.session.id, signed.visitor.presented).await;
    let session = live.read(|kept| kept.sessions.get(&signed.session.id).cloned());
    let (Ok(_), Some(session)) = (bound, session) else {
        return error(&signed.page, ErrorKind::Unavailable);
    };
    let Some(client) = registered(state, request) else {
        return question(&signed, "", said(&signed.page, UserCodeWrong::Unknown));
    };
    let is_asked = client.consent != ConsentDemand::Implied;
    let wish = DeviceWish {
        presented: signed.visitor.presented,
        whence: signed.visitor.whence,
        user_agent: &signed.browser,
        agreed: is_asked.then(|| agreed(state, session.person, &client.id, scopes(request))),
    };
    match live.allow_device(&session, request, wish).await {
        Ok(_) => {}
        Err(GrantError::NotPermitted(refusal, decision)) => {
            let name = words::client(&signed.page, &client.name, client.managed_by);
            let here = format!(
                "{}?user_code={}",
                Endpoints::OURS.device_page,
                request.user_code
            );
            let refused = guard::Refused {
                refusal: &refusal,
                decision,
                here: &here,
                portal: Some("/".to_owned()),
                leave: None,
            };
            return guard::refusal_page(state, &signed, name, refused);
        }
        Err(GrantError::Unknown | GrantError::Refused(_)) => {
            return question(&signed, "", said(&signed.page, UserCodeWrong::Unknown));
        }
        Err(GrantError::TooFast(_)) => return error(&signed.page, ErrorKind::TooMany),
        Err(GrantError::Live(failure)) => {
            tracing::error!(error = %failure, "a device's grant could not be kept");
            return error(&signed.page, ErrorKind::Unavailable);
        }
    }
    done(&signed.page, Tone::Good, "circle-check", "allowed")
}

/// In words.
fn said(page: &Page, wrong: UserCodeWrong) -> String {
    match wrong {
        UserCodeWrong::Unknown => page.t("sign-in-elsewhere-wrong").to_owned(),
        UserCodeWrong::Wait { until } => {
            let until = words::clock_text_to_second(until);
            page.t1("sign-in-elsewhere-wait", "until", until)
        }
    }
}

fn question(signed: &Signed, typed: &str, wrong: String) -> Response {
    let page = &signed.page;
    let view = CodeView {
        page,
        action: Endpoints::OURS.device_page,
        typed,
        wrong,
        token: &signed.token,
    };
    sent(respond(StatusCode::OK, page, &view, &Exception::None))
}

fn draw(state: &PagesState, signed: &Signed, request: &DeviceRequest) -> Response {
    let page = &signed.page;
    let Some(client) = registered(state, request) else {
        return question(signed, "", said(page, UserCodeWrong::Unknown));
    };
    let application = state.live().read(|kept| {
        let app = kept.applications.get(&client.app);
        app.map(|app| page.text(&app.name).to_owned())
    });
    let is_here = request.address == signed.visitor.address;
    let view = AskView {
        page,
        action: Endpoints::OURS.device_page,
        client: page.text(&client.name),
        application: application.as_deref().unwrap_or_default(),
        person: page.text(&signed.person.name),
        login: &signed.person.login,
        itself: itself(state, page, &client.id),
        learns: scopes(request)
            .iter()
            .map(|scope| page.member("consent-scope", scope.as_str()))
            .collect(),
        code: request.user_code.to_string(),
        address: request.address.to_string(),
        nearness: if is_here {
            page.t("sign-in-elsewhere-here")
        } else {
            page.t("sign-in-elsewhere-far")
        },
        asked_at: request.asked_at,
        token: &signed.token,
    };
    sent(respond(StatusCode::OK, page, &view, &Exception::None))
}

fn done(page: &Page, tone: Tone, icon: &'static str, slug: &str) -> Response {
    let view = DoneView {
        page,
        tone,
        icon,
        title: page.member("sign-in-elsewhere-done-title", slug),
        text: page.member("sign-in-elsewhere-done-text", slug),
    };
    sent(respond(StatusCode::OK, page, &view, &Exception::None))
}
