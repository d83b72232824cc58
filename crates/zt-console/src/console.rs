//! The console: what an administrator sees and does.

pub(crate) mod actions;
pub(crate) mod application;
pub(crate) mod changes;
pub(crate) mod client_draft;
pub(crate) mod client_form;
mod clients;
mod devices;
mod events;
pub(crate) mod handlers;
mod now;
mod outlives;
mod people;
pub(crate) mod policies;
pub(crate) mod products;
mod provider_draft;
pub(crate) mod provider_form;
pub(crate) mod provider_metadata;
pub(crate) mod provider_rehearsal;
mod provider_templates;
pub(crate) mod providers;
mod registers;
pub(crate) mod registration;
pub(crate) mod rehearsal;
pub(crate) mod resets;
mod safeguards;
pub(crate) mod view;

use zt_pages::Page;

/// The note an address asks for, if it is one of ours.
fn note(page: &Page, slug: &str) -> Option<&'static str> {
    Some(match slug {
        "ended" => page.t("console-note-ended"),
        "retired" => page.t("console-note-retired"),
        "consent-withdrawn" => page.t("console-note-consent-withdrawn"),
        "revoked" => page.t("console-note-revoked"),
        "closed" => page.t("console-note-closed"),
        "client-saved" => page.t("console-note-client-saved"),
        "client-files" => page.t("console-note-client-files"),
        "provider-saved" => page.t("console-note-provider-saved"),
        "provider-files" => page.t("console-note-provider-files"),
        "provider-removed" => page.t("console-note-provider-removed"),
        "client-removed" => page.t("console-note-client-removed"),
        "client-secret-removed" => page.t("console-note-client-secret-removed"),
        "client-secret-last" => page.t("console-note-client-secret-last"),
        "client-secrets-many" => page.t("console-note-client-secrets-many"),
        "pass-revoked" => page.t("console-note-pass-revoked"),
        "pass-reason" => page.t("console-note-pass-reason"),
        "pass-lifetime" => page.t("console-note-pass-lifetime"),
        "no-password" => page.t("console-note-no-password"),
        "reset-due" => page.t("console-note-reset-due"),
        "policy-saved" => page.t("console-note-policy-saved"),
        "policy-turned" => page.t("console-note-policy-turned"),
        "policy-removed" => page.t("console-note-policy-removed"),
        "policy-overdue" => page.t("console-note-policy-overdue"),
        "policy-refused" => page.t("console-note-policy-refused"),
        "revision-back" => page.t("console-note-revision-back"),
        "revision-files" => page.t("console-note-revision-files"),
        "revision-lets-in" => page.t("console-note-revision-lets-in"),
        "revision-same" => page.t("console-note-revision-same"),
        "revision-gone" => page.t("console-note-revision-gone"),
        "revision-why" => page.t("console-note-revision-why"),
        "pack-added" => page.t("console-note-pack-added"),
        "pack-there" => page.t("console-note-pack-there"),
        "pack-refused" => page.t("console-note-pack-refused"),
        "failed" => page.t("console-note-failed"),
        _ => return None,
    })
}
