//! The expenses: an application elsewhere. No gateway stands before it; it has its people sign in with OpenID Connect, keeps
//! a session of its own, and ends that when it is told to (back-channel logout).

mod party;

pub(crate) use party::Registered;

use super::caller::Caller;
use super::page::{self, Page, escape, text};
use axum::body::Body;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Router, routing};
use futures_util::stream;
use parking_lot::Mutex;
use party::{Begun, Party, SignedIn};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;
use zt_crypto::hash::mint_token;
use zt_types::{Language, Timestamp};

/// The cookie of somebody who is signed in, and that of a sign-in on its way.
const SESSION: &str = "expenses";
const START: &str = "expenses-start";

/// How many sign-ins on their way, and how many sessions, are kept.
const MOST: usize = 1000;

struct Expenses {
    party: Party,
    begun: Mutex<BTreeMap<String, Begun>>,
    sessions: Mutex<BTreeMap<String, Session>>,
}

struct Session {
    person: SignedIn,
    /// Whoever looks sees the session end with this.
    end: watch::Sender<()>,
}

pub(super) fn router(registered: Registered) -> Router {
    let expenses = Expenses {
        party: Party::new(registered),
        begun: Mutex::default(),
        sessions: Mutex::default(),
    };
    Router::new()
        .route("/", routing::get(index))
        .route("/callback", routing::get(callback))
        .route("/session", routing::get(session))
        .route("/sign-out", routing::post(sign_out))
        .route("/goodbye", routing::get(goodbye))
        .route("/backchannel-logout", routing::post(told))
        .route(
            "/expenses.js",
            routing::get(|| async { page::script(include_str!("expenses.js")) }),
        )
        .route("/style.css", routing::get(page::style))
        .layer(axum::middleware::map_response(guarded))
        .with_state(Arc::new(expenses))
}

/// No gateway adds what a browser should be told.
async fn guarded(mut response: Response) -> Response {
    let told = [
        (
            "content-security-policy",
            "default-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ];
    for (name, value) in told {
        let headers = response.headers_mut();
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}

async fn index(State(expenses): State<Arc<Expenses>>, headers: HeaderMap) -> Response {
    let language = page::language(&headers);
    if let Some(page) = expenses.page(&headers, language) {
        return page;
    }
    match expenses.party.begin().await {
        Ok((address, begun)) => {
            let state = begun.state.clone();
            let mut all = expenses.begun.lock();
            if all.len() >= MOST {
                all.pop_first();
            }
            all.insert(state.clone(), begun);
            (
                [(header::SET_COOKIE, kept(START, &state))],
                Redirect::to(&address),
            )
                .into_response()
        }
        Err(error) => failed(language, StatusCode::BAD_GATEWAY, &format!("{error:#}")),
    }
}

/// What comes back with the browser (RFC 6749 §4.1.2, RFC 9207 §2).
#[derive(Deserialize)]
struct Came {
    state: Option<String>,
    iss: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

async fn callback(
    State(expenses): State<Arc<Expenses>>,
    headers: HeaderMap,
    Query(came): Query<Came>,
) -> Response {
    let language = page::language(&headers);
    // RFC 9700 §4.7: an answer to a sign-in that this browser did not begin is somebody else's.
    let state = came
        .state
        .filter(|state| cookie(&headers, START) == Some(state));
    let begun = state.and_then(|state| expenses.begun.lock().remove(&state));
    let Some(begun) = begun.filter(|_| expenses.party.is_issuer(came.iss.as_deref())) else {
        return failed(
            language,
            StatusCode::BAD_REQUEST,
            "this sign-in did not begin here",
        );
    };
    let Some(code) = came.code else {
        let why = came.error.unwrap_or_default();
        return failed(language, StatusCode::FORBIDDEN, &why);
    };
    match expenses.signed_in(&code, &begun).await {
        Ok(id) => {
            let cookies = [
                (header::SET_COOKIE, kept(SESSION, &id)),
                (header::SET_COOKIE, format!("{START}=; Path=/; Max-Age=0")),
            ];
            let mut response = Redirect::to("/").into_response();
            for (name, value) in cookies {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    response.headers_mut().append(name, value);
                }
            }
            response
        }
        Err(error) => failed(language, StatusCode::BAD_GATEWAY, &format!("{error:#}")),
    }
}

/// Tells the page when its session ends: server-sent events (HTML Standard §9.2).
async fn session(State(expenses): State<Arc<Expenses>>, headers: HeaderMap) -> Response {
    let end = cookie(&headers, SESSION)
        .and_then(|id| Some(expenses.sessions.lock().get(id)?.end.subscribe()));
    let Some(end) = end else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let events = stream::unfold(Some((end, "open")), |next| async move {
        let (mut end, event) = next?;
        let next = match event {
            "open" => Some((end, "ended")),
            _ => {
                // It never changes: it ends with the session.
                while end.changed().await.is_ok() {}
                None
            }
        };
        Some((
            Ok::<_, std::convert::Infallible>(format!("event: {event}\ndata: \n\n")),
            next,
        ))
    });
    (
        [(header::CONTENT_TYPE, "text/event-stream")],
        Body::from_stream(events),
    )
        .into_response()
}

async fn sign_out(State(expenses): State<Arc<Expenses>>, headers: HeaderMap) -> Response {
    let site = headers.get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin") {
        return StatusCode::FORBIDDEN.into_response();
    }
    let ended = cookie(&headers, SESSION).and_then(|id| expenses.sessions.lock().remove(id));
    let Some(ended) = ended else {
        return Redirect::to("/goodbye").into_response();
    };
    match expenses.party.sign_out(&ended.person.id_token).await {
        Ok(address) => Redirect::to(&address).into_response(),
        Err(error) => failed(
            page::language(&headers),
            StatusCode::BAD_GATEWAY,
            &format!("{error:#}"),
        ),
    }
}

async fn goodbye(headers: HeaderMap) -> Response {
    let language = page::language(&headers);
    let body = format!(
        "<h1>{}</h1><p><a href=\"/\">{}</a></p>",
        text("サインアウトしました", "You have signed out").of(language),
        text("もう一度サインイン", "Sign in again").of(language),
    );
    frame(language, String::new(), None, body)
}

#[derive(Deserialize)]
struct Told {
    logout_token: String,
}

/// The session that ends is named by its `sid` (OpenID Connect Back-Channel Logout 1.0 §2.5, §2.8).
async fn told(State(expenses): State<Arc<Expenses>>, Form(told): Form<Told>) -> StatusCode {
    match expenses.party.ended(&told.logout_token).await {
        Ok(ended) => {
            let mut sessions = expenses.sessions.lock();
            sessions.retain(|_, session| session.person.claims.sid != ended.sid);
            StatusCode::NO_CONTENT
        }
        Err(error) => {
            tracing::warn!(
                error = format!("{error:#}"),
                "the expenses refused a logout token"
            );
            StatusCode::BAD_REQUEST
        }
    }
}

impl Expenses {
    /// Redeems the code and begins a session; gives its name for the cookie.
    async fn signed_in(&self, code: &str, begun: &Begun) -> anyhow::Result<String> {
        let person = self.party.redeem(code, begun).await?;
        let id = mint_token(zt_crypto::random::bytes()?).expose().to_owned();
        let end = watch::Sender::new(());
        let mut sessions = self.sessions.lock();
        if sessions.len() >= MOST {
            sessions.pop_first();
        }
        sessions.insert(id.clone(), Session { person, end });
        Ok(id)
    }

    /// The page of somebody who is signed in.
    fn page(&self, headers: &HeaderMap, language: Language) -> Option<Response> {
        let sessions = self.sessions.lock();
        let person = &sessions.get(cookie(headers, SESSION)?)?.person;
        let say = |ja: &str, en: &str| text(ja, en).of(language).to_owned();
        let claims: String = CLAIMS
            .iter()
            .map(|(day, ja, en, yen)| {
                format!(
                    "<tr><td>{day}</td><td>{}</td><td class=\"number\">¥{yen}</td></tr>",
                    say(ja, en)
                )
            })
            .collect();
        let signed_in = Timestamp::from_seconds(person.claims.auth_time).to_rfc3339();
        let signed_in = signed_in.replace('T', " ").replace('Z', " UTC");
        let rows = [
            (say("氏名", "Name"), "name", escape(&person.name)),
            (say("利用者 ID", "Id"), "sub", escape(&person.claims.sub)),
            (
                say("本人確認の強さ", "How well you proved who you are"),
                "acr",
                escape(&person.claims.acr),
            ),
            (
                say("本人確認の時刻", "When you did"),
                "auth_time",
                signed_in,
            ),
            (
                say("このサインイン", "This sign-in"),
                "sid",
                escape(&person.claims.sid),
            ),
        ];
        let rows: String = rows
            .iter()
            .map(|(label, claim, value)| {
                format!("<tr><th>{label}</th><td><code>{claim}</code></td><td>{value}</td></tr>")
            })
            .collect();
        let body = format!(
            "<h1>{title}</h1><p role=\"status\" data-state=\"opening\" data-open=\"{open}\" data-closed=\"{closed}\">{opening}</p>\
             <p class=\"again\" hidden><a href=\"/\">{again}</a></p>\
             <div class=\"while\"><table><thead><tr><th>{day}</th><th>{what}</th><th class=\"number\">{amount}</th></tr></thead>\
             <tbody>{claims}</tbody></table>\
             <h2>{how}</h2><p class=\"note\">{note}</p><table class=\"told\"><tbody>{rows}</tbody></table>\
             <form method=\"post\" action=\"/sign-out\"><button>{out}</button></form></div>",
            title = say("経費精算", "Expense claims"),
            opening = say("サインインを確かめています…", "Checking the sign-in…"),
            open = say("サインイン中", "Signed in"),
            closed = say(
                "Sekisho からの通知で、このサインインは終了しました",
                "Sekisho has ended this sign-in",
            ),
            again = say("もう一度サインイン", "Sign in again"),
            day = say("日付", "Date"),
            what = say("内容", "For"),
            amount = say("金額", "Amount"),
            how = say("Sekisho から受け取った情報", "What Sekisho said of you"),
            note = say(
                "このアプリはゲートウェイの外にあり、OpenID Connect で Sekisho にサインインを任せています。パスワードは受け取りません。",
                "This application is not behind the gateway. It leaves the sign-in to Sekisho with OpenID Connect, and never sees a password.",
            ),
            out = say("サインアウト", "Sign out"),
        );
        Some(frame(
            language,
            person.name.clone(),
            Some("/expenses.js"),
            body,
        ))
    }
}

const CLAIMS: [(&str, &str, &str, &str); 3] = [
    (
        "2026-11-09",
        "新幹線 名古屋 – 東京 往復",
        "Train, Nagoya to Tokyo and back",
        "22,600",
    ),
    (
        "2026-11-13",
        "測定器の校正",
        "Calibration of a gauge",
        "38,500",
    ),
    ("2026-11-19", "技術書 2 冊", "Two technical books", "9,240"),
];

fn frame(language: Language, name: String, script: Option<&str>, body: String) -> Response {
    Page {
        language,
        app: text("経費精算", "Expenses"),
        mark: "🧾",
        caller: &Caller { name },
        script,
        body,
    }
    .into_response()
}

/// A page for a sign-in that came to nothing.
fn failed(language: Language, status: StatusCode, why: &str) -> Response {
    if status.is_server_error() {
        tracing::warn!(why, "nobody can sign in to the expenses");
    }
    let body = format!(
        "<h1>{}</h1><p>{} <code>{}</code></p><p><a href=\"/\">{}</a></p>",
        text("サインインできませんでした", "You are not signed in").of(language),
        text("Sekisho の応答:", "What Sekisho answered:").of(language),
        escape(why),
        text("もう一度サインイン", "Sign in again").of(language),
    );
    (status, frame(language, String::new(), None, body)).into_response()
}

/// This site is plain HTTP on this machine, where no cookie can be `Secure`.
fn kept(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax")
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter();
    all.filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}
