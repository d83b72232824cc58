//! The status board: an event stream, public.

use super::caller::Guard;
use super::page::{self, Page, text};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use futures_util::stream;
use std::time::Duration;

/// How often a line of the factory reports.
const PERIOD: Duration = Duration::from_millis(500);

pub(super) fn router(guard: Guard) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/stream", get(events))
        .route(
            "/status.js",
            get(|| async { page::script(include_str!("status.js")) }),
        )
        .route("/style.css", get(page::style))
        .with_state(guard)
}

async fn index(State(guard): State<Guard>, headers: HeaderMap) -> Response {
    let caller = match guard.caller(&headers).await {
        Ok(caller) => caller,
        Err(refused) => return refused.into_response(),
    };
    let language = page::language(&headers);
    let say = |ja: &str, en: &str| text(ja, en).of(language).to_owned();
    let body = format!(
        "<h1>{title}</h1><p role=\"status\" data-state=\"opening\" data-open=\"{open}\" data-closed=\"{closed}\">{opening}</p>\
         <table><thead><tr><th>{line}</th><th class=\"number\">{made}</th></tr></thead><tbody></tbody></table>",
        title = say("生産ラインの稼働状況", "Production lines"),
        opening = say("接続しています…", "Connecting…"),
        open = say("受信中", "Receiving"),
        closed = say("中断しました", "Interrupted"),
        line = say("ライン", "Line"),
        made = say("本日の生産数", "Made today"),
    );
    Page {
        language,
        app: text("稼働状況", "Status"),
        mark: "🏭",
        caller: &caller,
        script: Some("/status.js"),
        body,
    }
    .into_response()
}

/// Server-sent events (HTML Standard §9.2) without an end.
async fn events(State(guard): State<Guard>, headers: HeaderMap) -> Response {
    if let Err(refused) = guard.caller(&headers).await {
        return refused.into_response();
    }
    let ticks = tokio::time::interval(PERIOD);
    let reports = stream::unfold((ticks, 0u32), |(mut ticks, count)| async move {
        ticks.tick().await;
        let (line, made) = (count % 3 + 1, 1200 + count * 7 % 400);
        let report = format!("event: line\ndata: {{\"line\":{line},\"made\":{made}}}\n\n");
        Some((
            Ok::<_, std::convert::Infallible>(report),
            (ticks, count.wrapping_add(1)),
        ))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Body::from_stream(reports)).into_response()
}
