//! The frame the three applications share: a header, a style sheet, a script if there is one.

use super::caller::Caller;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use zt_types::{Language, Text};

const STYLE: &str = include_str!("page.css");

/// The language the browser asks for.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let wanted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    Language::from_accept_language(wanted.unwrap_or_default())
}

/// A text in both languages.
pub(super) fn text(ja: &str, en: &str) -> Text {
    Text {
        ja: ja.to_owned(),
        en: en.to_owned(),
    }
}

/// What stands in the frame. `body` is HTML that the application wrote itself.
pub(super) struct Page<'a> {
    pub(super) language: Language,
    pub(super) app: Text,
    pub(super) mark: &'a str,
    pub(super) caller: &'a Caller,
    pub(super) script: Option<&'a str>,
    pub(super) body: String,
}

impl IntoResponse for Page<'_> {
    fn into_response(self) -> Response {
        let Self {
            language,
            app,
            mark,
            caller,
            script,
            body,
        } = self;
        let company = text("やまと精工", "Yamato Seiko");
        let script = script
            .map(|name| format!("<script src=\"{name}\" defer></script>"))
            .unwrap_or_default();
        Html(format!(
            "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{app} — {company}</title>\
             <link rel=\"icon\" href=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ctext \
             y='13' font-size='13'%3E{mark}%3C/text%3E%3C/svg%3E\"><link rel=\"stylesheet\" href=\"/style.css\">{script}</head><body>\
             <header><span class=\"mark\" aria-hidden=\"true\">{mark}</span><strong>{app}</strong>\
             <span class=\"company\">{company}</span><span class=\"who\">{who}</span></header><main>{body}</main></body></html>",
            lang = language.tag(),
            app = escape(app.of(language)),
            company = escape(company.of(language)),
            who = escape(&caller.name),
        ))
        .into_response()
    }
}

/// Serves the style sheet.
pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

/// Serves a script.
pub(super) fn script(source: &'static str) -> Response {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
        source,
    )
        .into_response()
}

/// Makes a text safe to stand in HTML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
