//! The metadata of a service provider that is fetched from an address: how that goes, until when it counts, and fetching it now.

use super::providers::{HERE, known};
use super::view::ClientFetched;
use crate::PagesState;
use crate::guard::{PostedByAdministrator, error, see_other};
use axum::extract::{Path, State};
use axum::response::Response;
use zt_federation::saml::{MetadataLack, MetadataSource, ServiceProvider};
use zt_live::MetadataFetching;
use zt_pages::error::ErrorKind;
use zt_pages::{Page, Tone};
use zt_types::{Seconds, Timestamp};

/// Said of metadata that counts no longer than this.
const SOON: Seconds = Seconds::days(30);

/// Fetches it, whoever wrote the service provider down: a certificate that was replaced there need not wait.
pub(crate) async fn fetch(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    PostedByAdministrator(signed): PostedByAdministrator,
) -> Response {
    let Some(provider) = known(&state, &id) else {
        return error(&signed.page, ErrorKind::NotFound);
    };
    if matches!(provider.source, MetadataSource::Fetched(_)) {
        state.live().fetch_metadata(&provider.id).await;
    }
    see_other(&format!("{HERE}/{}#metadata", provider.id))
}

/// What is to be said of its metadata first: that nobody gets there, or soon nobody will.
pub(super) fn warned(
    page: &Page,
    provider: &ServiceProvider,
    now: Timestamp,
) -> Option<(Tone, &'static str)> {
    if let Some(lack) = provider.lack(now) {
        let words = match lack {
            MetadataLack::NotFetched => page.t("provider-awaited"),
            MetadataLack::Over(_) => page.t("provider-over"),
        };
        return Some((Tone::Bad, words));
    }
    // What is fetched is renewed by itself, and half of its time is left when that begins.
    let is_renewed = matches!(provider.source, MetadataSource::Fetched(_));
    let ends = provider.source.valid_until()?;
    (!is_renewed && ends <= now + SOON).then(|| (Tone::Caution, page.t("provider-ends-soon")))
}

/// How fetching goes, if it is fetched.
pub(super) fn fetched(
    page: &Page,
    provider: &ServiceProvider,
    known: Option<&MetadataFetching>,
) -> Option<ClientFetched> {
    if !matches!(provider.source, MetadataSource::Fetched(_)) {
        return None;
    }
    let failed = known.and_then(|known| known.failed.as_ref());
    let (tone, icon, word) = match (known, failed) {
        (None, _) => (
            Tone::Neutral,
            "circle-minus",
            page.t("provider-fetched-never"),
        ),
        (Some(_), None) => (Tone::Good, "check", page.t("provider-fetched-good")),
        (Some(_), Some(_)) => (
            Tone::Caution,
            "triangle-alert",
            page.t("provider-fetched-failed"),
        ),
    };
    Some(ClientFetched {
        tone,
        icon,
        word,
        failed: failed.map(|why| page.member("telling-failure", why.slug)),
        at: known.and_then(|known| known.fetched_at),
        tried_at: known.map(|known| known.tried_at),
    })
}
