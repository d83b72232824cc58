//! The wiki: plans and rules, confidential.

use super::caller::Caller;
use super::caller::Guard;
use super::page::{self, Page, escape, text};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use zt_types::{Language, Text};

struct Article {
    slug: &'static str,
    title: Text,
    paragraphs: Vec<Text>,
}

pub(super) fn router(guard: Guard) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/page/{slug}", get(article))
        .route("/style.css", get(page::style))
        .with_state(guard)
}

async fn index(State(guard): State<Guard>, headers: HeaderMap) -> Response {
    let caller = match guard.caller(&headers).await {
        Ok(caller) => caller,
        Err(refused) => return refused.into_response(),
    };
    let language = page::language(&headers);
    let heading = text("社内 Wiki", "Company wiki");
    let rows: String = articles()
        .iter()
        .map(|article| {
            format!(
                "<li><a href=\"/page/{}\">{}</a></li>",
                article.slug,
                escape(article.title.of(language))
            )
        })
        .collect();
    let body = format!(
        "<p>{}</p><h1>{}</h1><ul class=\"pages\">{rows}</ul>",
        stamp(language),
        escape(heading.of(language))
    );
    frame(language, &caller, body)
}

async fn article(
    State(guard): State<Guard>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Response {
    let caller = match guard.caller(&headers).await {
        Ok(caller) => caller,
        Err(refused) => return refused.into_response(),
    };
    let language = page::language(&headers);
    let Some(article) = articles().into_iter().find(|article| article.slug == slug) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let paragraphs: String = article
        .paragraphs
        .iter()
        .map(|paragraph| format!("<p>{}</p>", escape(paragraph.of(language))))
        .collect();
    let back = text("一覧へ戻る", "Back to all pages");
    let body = format!(
        "<p>{}</p><h1>{}</h1>{paragraphs}<p><a href=\"/\">{}</a></p>",
        stamp(language),
        escape(article.title.of(language)),
        back.of(language)
    );
    frame(language, &caller, body)
}

fn frame(language: Language, caller: &Caller, body: String) -> Response {
    Page {
        language,
        app: text("社内 Wiki", "Wiki"),
        mark: "📚",
        caller,
        script: None,
        body,
    }
    .into_response()
}

fn stamp(language: Language) -> String {
    format!(
        "<span class=\"stamp\">{}</span>",
        text("秘", "CONFIDENTIAL").of(language)
    )
}

fn articles() -> Vec<Article> {
    vec![
        Article {
            slug: "roadmap",
            title: text("新製品ロードマップ 2027", "Product roadmap 2027"),
            paragraphs: vec![
                text(
                    "次期サーボモーター「K-9」は 2027 年 4 月に量産を始めます。主要取引先への内示は 1 月中旬です。",
                    "The next servo motor, K-9, goes into series production in April 2027. Key customers hear of it in mid-January.",
                ),
                text(
                    "原価目標は現行機の 82% です。巻線工程の自動化が前提になります。",
                    "The cost target is 82% of the present model. It rests on automating the winding line.",
                ),
            ],
        },
        Article {
            slug: "customers",
            title: text("主要取引先と契約条件", "Key customers and terms"),
            paragraphs: vec![text(
                "取引条件は営業本部の承認なしに社外へ出さないでください。最新版は毎月 1 日に更新します。",
                "Terms must not leave the company without the sales office's approval. Updated on the first of each month.",
            )],
        },
        Article {
            slug: "remote-work",
            title: text("在宅勤務の手引き", "Working from home"),
            paragraphs: vec![text(
                "会社支給の端末を使い、離席するときは必ず画面をロックしてください。困ったときは情報システム課へ。",
                "Use the company's device, and lock the screen whenever you leave it. Questions go to the IT team.",
            )],
        },
    ]
}
