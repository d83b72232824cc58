//! Service providers whose own sessions go on when trust is lost: for how long, and that the gateway ends them.

use super::providers::view::OutlivesView;
use crate::signin::Site;
use zt_federation::saml::{LogoutBinding, ServiceProvider};
use zt_pages::Page;
use zt_policy::Application;
use zt_types::ManagedBy;

/// What is to be said of a service provider of `app`; nothing where it is told without a browser, or the gateway stands before it.
pub(super) fn outlives(
    page: &Page,
    site: &Site,
    app: Option<&Application>,
    provider: &ServiceProvider,
) -> Option<OutlivesView> {
    if provider.logout_by(LogoutBinding::Soap).is_some() {
        return None;
    }
    let origin = site.app_origin(&provider.app);
    let mut consumers = provider.consumers.iter().map(|to| to.location.origin());
    let has_gateway = app.is_some_and(|app| app.upstream.is_some());
    if has_gateway && consumers.all(|consumer| consumer == origin) {
        return None;
    }
    let name = || page.text(&provider.name).to_owned();
    let why = match provider.logout.is_empty() {
        true => page.t1("outlives-why-none", "name", name()),
        false => page.t1("outlives-why-browser", "name", name()),
    };
    let how_long = match provider.session {
        Some(most) => page.t1("outlives-minutes", "minutes", most.0 / 60),
        None => page.t1(
            "outlives-session",
            "hours",
            zt_auth::SESSION_LIFETIME.0 / 3_600,
        ),
    };
    let is_own = provider.managed_by == ManagedBy::Console;
    let default = provider.default_consumer().ok();
    let upstream = default.map_or("https://…", |to| to.location.origin());
    let lines = format!(
        "[[application]]\nid = \"{}\"\nupstream = \"{upstream}\"",
        provider.app
    );
    Some(OutlivesView {
        id: provider.id.to_string(),
        why,
        how_long,
        shorten: is_own
            .then(|| format!("/console/service-providers/{}/change#session", provider.id)),
        gateway: match has_gateway {
            true => page.t1("outlives-gateway-beside", "origin", origin.clone()),
            false => page.t("outlives-gateway-text").to_owned(),
        },
        lines: (!has_gateway).then_some(lines),
        then: page.t1("outlives-then", "origin", origin),
    })
}
