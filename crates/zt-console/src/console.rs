//! The console: what an administrator sees and does.

pub(crate) mod actions;
pub(crate) mod changes;
mod devices;
mod events;
pub(crate) mod handlers;
mod now;
mod people;
mod registers;
pub(crate) mod view;

use zt_pages::Page;

/// The note an address asks for, if it is one of ours.
fn note(page: &Page, slug: &str) -> Option<&'static str> {
    Some(match slug {
        "ended" => page.t("console-note-ended"),
        "retired" => page.t("console-note-retired"),
        "revoked" => page.t("console-note-revoked"),
        "closed" => page.t("console-note-closed"),
        "failed" => page.t("console-note-failed"),
        _ => return None,
    })
}
