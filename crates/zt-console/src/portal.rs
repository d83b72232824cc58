//! The portal: a person's own applications, factors, devices, sessions and log.

mod cards;
pub(crate) mod handlers;
pub(crate) mod view;

use zt_pages::Page;

/// The note an address asks for, if it is one of ours.
fn note(page: &Page, slug: &str) -> Option<&'static str> {
    Some(match slug {
        "method-removed" => page.t("portal-note-method-removed"),
        "device-retired" => page.t("portal-note-device-retired"),
        "session-ended" => page.t("portal-note-session-ended"),
        "consent-withdrawn" => page.t("portal-note-consent-withdrawn"),
        "last-method" => page.t("portal-note-last-method"),
        "failed" => page.t("portal-note-failed"),
        _ => return None,
    })
}
