//! What is put over an application's pages: a watermark that says who looks, and a notice.
//!
//! Both are drawn by one style sheet, made for one person and one moment, which the page names at its head. It adds nothing to
//! the page's own elements, so no script of the application meets anything it does not know.
//!
//! INVARIANT: what a person or an administrator wrote stands in the sheet as a string and nothing else.

use crate::limits::{Limits, Marks};
use crate::refusal;
use crate::relay::GatewayBody;
use crate::sign_in;
use crate::visit::Visit;
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use std::fmt::Write;
use zt_live::{Admission, Grant, Standing};
use zt_pages::{Page, headers};
use zt_policy::Obligation;

/// Where the sheet is, below our prefix.
pub(crate) const PATH: &str = "/overlay.css";

/// What the sheet says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Overlay {
    watermark: Option<String>,
    notice: Option<String>,
}

/// The address of the sheet on this application's host.
pub(crate) fn address(origin: &str) -> String {
    format!("{origin}/.sekisho{PATH}")
}

/// The element that a page names it with.
pub(crate) fn element(address: &str) -> Bytes {
    // An origin and a path of ours: nothing to escape.
    format!("<link rel=stylesheet href=\"{address}\">").into()
}

/// Answers with the sheet of whoever asks.
pub(crate) async fn answer(visit: &Visit<'_>) -> Response<GatewayBody> {
    let passage = match visit.admit().await {
        Ok(Admission::Passage(passage)) => passage,
        Ok(Admission::NoSession) => return sign_in::needed(visit),
        Ok(Admission::TooFast(wait)) => return refusal::too_fast(visit, wait),
        Err(error) => {
            tracing::error!(%error, "an overlay could not be looked at");
            return refusal::unavailable(visit);
        }
    };
    let standing = passage.standing();
    let grant = match &*standing {
        Standing::Permitted(grant) if standing.grant(visit.now).is_some() => grant,
        Standing::Permitted(_) => return refusal::unavailable(visit),
        Standing::Refused { refusal, decision } => {
            return refusal::refused(visit, refusal, *decision);
        }
        Standing::Over(_) => return sign_in::needed(visit),
    };
    let mut response = Response::new(GatewayBody::own(sheet(&overlay(visit, grant))));
    *response.headers_mut() = headers::api();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/css; charset=utf-8"),
    );
    response
}

fn overlay(visit: &Visit<'_>, grant: &Grant) -> Overlay {
    let page = visit.asker.page();
    Overlay {
        watermark: (Limits::of(&grant.permit).marks() == Marks::Watermark)
            .then(|| watermark(visit, grant, &page)),
        notice: notice(&page, grant.permit.obligations()),
    }
}

/// Who, when, from which device.
fn watermark(visit: &Visit<'_>, grant: &Grant, page: &Page) -> String {
    let person = grant.permit.person();
    let device = grant.permit.device().device();
    let (login, device) = visit.gateway.live.read(|state| {
        (
            state.people.get(&person).map(|person| person.login.clone()),
            device.and_then(|id| Some(state.devices.get(&id)?.name.clone())),
        )
    });
    let device = device.unwrap_or_else(|| page.t("overlay-no-device").to_owned());
    // Somebody without a record cannot be here; her id would still say who she is.
    let login = login.unwrap_or_else(|| person.to_string());
    format!("{login}  {}  {device}", page.when(&visit.now).text())
}

fn notice(page: &Page, obligations: &[Obligation]) -> Option<String> {
    let mut lines: Vec<&str> = Vec::new();
    for obligation in obligations {
        if let Obligation::Warn { message, .. } = obligation {
            let line = match message {
                Some(text) => page.text(text),
                None => page.t("overlay-notice"),
            };
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// So many characters of a watermark cross the widest screen.
const ACROSS: usize = 600;
/// So many lines of it, so many pixels apart, go down the tallest, set askew.
const DOWN: usize = 40;
const APART: usize = 120;

fn sheet(overlay: &Overlay) -> String {
    let mut sheet = String::new();
    if let Some(text) = &overlay.watermark {
        let mut line = String::new();
        while line.chars().count() < ACROSS {
            line.push_str(text);
            line.push_str("      ");
        }
        let line = quoted(&line);
        let shadows: Vec<String> = (1..=DOWN)
            .map(|at| format!("0 {}px currentColor", at * APART))
            .collect();
        let _ = writeln!(
            sheet,
            "html::after{{all:initial!important;content:{line}!important;content:{line}/\"\"!important;\
             display:block!important;position:fixed!important;top:0!important;left:0!important;\
             white-space:pre!important;transform:rotate(-20deg)!important;transform-origin:0 0!important;\
             font:15px/1 system-ui,sans-serif!important;color:rgb(128 128 128/.34)!important;\
             text-shadow:{}!important;pointer-events:none!important;z-index:2147483647!important}}",
            shadows.join(",")
        );
    }
    if let Some(text) = &overlay.notice {
        let _ = writeln!(
            sheet,
            "html::before{{all:initial!important;content:{}!important;display:block!important;\
             position:fixed!important;right:0!important;bottom:0!important;left:0!important;\
             padding:6px 16px!important;white-space:pre-line!important;text-align:center!important;\
             font:14px/1.6 system-ui,sans-serif!important;color:#fff!important;background:#7a3e00!important;\
             pointer-events:none!important;z-index:2147483647!important}}",
            quoted(text)
        );
    }
    sheet
}

/// A string of CSS (CSS Syntax §4.3.5). Letters and digits stand for themselves, everything else is escaped; what could turn
/// the direction of the line or hide in it is left out.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            ' ' => quoted.push(' '),
            '\n' => quoted.push_str("\\a "),
            _ if is_invisible(character) => {}
            _ if character.is_alphanumeric() => quoted.push(character),
            _ => {
                let _ = write!(quoted, "\\{:x} ", u32::from(character));
            }
        }
    }
    quoted.push('"');
    quoted
}

fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_a_string_and_nothing_else() {
        for (text, expected) in [
            ("hanako", "\"hanako\""),
            ("佐藤 花子", "\"佐藤 花子\""),
            ("a\"}b", "\"a\\22 \\7d b\""),
            ("\\22 ", "\"\\5c 22 \""),
            (
                "</style><script>",
                "\"\\3c \\2f style\\3e \\3c script\\3e \"",
            ),
            ("one\ntwo\r\0", "\"one\\a two\""),
            ("user\u{202e}nimda", "\"usernimda\""),
            (
                "url(//x)/**/;@import",
                "\"url\\28 \\2f \\2f x\\29 \\2f \\2a \\2a \\2f \\3b \\40 import\"",
            ),
        ] {
            assert_eq!(quoted(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_sheet_holds_what_is_demanded_and_nothing_else() {
        assert_eq!(sheet(&Overlay::default()), "");
        let notice = sheet(&Overlay {
            watermark: None,
            notice: Some("careful".to_owned()),
        });
        assert!(notice.contains("html::before") && notice.contains("\"careful\""));
        assert!(!notice.contains("html::after"));
        let watermark = sheet(&Overlay {
            watermark: Some("hanako  2026-04-01 09:30 JST  laptop".to_owned()),
            notice: None,
        });
        assert!(watermark.contains("html::after") && watermark.contains("hanako"));
        assert!(watermark.contains("pointer-events:none"));
        assert!(watermark.len() < 8_000, "{}", watermark.len());
    }
}
