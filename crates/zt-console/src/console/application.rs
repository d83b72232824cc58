//! One application of the register: what it is, which programs speak for it, and what of them outlives trust.

use super::outlives::outlives;
use super::providers::view::ApplicationView;
use super::{clients, registers};
use crate::PagesState;
use crate::guard::{Administrator, error, sent};
use crate::words::{Names, Reader, managed, managed_resource};
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use zt_pages::error::ErrorKind;
use zt_pages::headers::Exception;
use zt_pages::respond;
use zt_types::AppId;

/// `GET /console/applications/{app}`.
pub(crate) async fn page(
    State(state): State<PagesState>,
    Path(app): Path<String>,
    Administrator(signed): Administrator,
) -> Response {
    let page = &signed.page;
    let id = AppId::new(&app).ok();
    let view = state.live().read(|records| {
        let app = records.applications.get(&id?)?;
        let names = Names {
            page,
            state: records,
            reader: Reader::Administrator,
        };
        let mut facts = vec![
            (page.t("application-groups"), registers::groups(&names, app)),
            (
                page.t("application-upstream"),
                app.upstream
                    .clone()
                    .unwrap_or_else(|| page.t("application-elsewhere").to_owned()),
            ),
        ];
        if app.upstream.is_some() {
            let host = state.site().app_origin(&app.id);
            facts.push((page.t("application-host"), host));
            let asks = registers::certificate(page, app);
            facts.push((page.t("application-certificate"), asks.to_owned()));
        }
        facts.extend([
            (
                page.t("application-review"),
                app.review_by.clone().unwrap_or_else(|| "—".to_owned()),
            ),
            (
                page.t("managed"),
                managed(page, managed_resource(app.managed_by)).to_owned(),
            ),
        ]);
        let providers = records.service_providers.values();
        let providers = providers.filter(|provider| provider.app == app.id);
        Some(ApplicationView {
            shell: signed.console("/console/applications"),
            name: page.text(&app.name).to_owned(),
            description: page.text(&app.description).to_owned(),
            sensitivity: app.sensitivity,
            owner: registers::owner(&names, app),
            facts,
            events_href: format!("/console/events?app={}", app.id),
            rows: clients::rows(&names, Some(&app.id)),
            outlives: providers
                .filter_map(|provider| outlives(page, state.site(), Some(app), provider))
                .collect(),
            page: page.clone(),
        })
    });
    match view {
        Some(view) => sent(respond(StatusCode::OK, page, &view, &Exception::None)),
        None => error(page, ErrorKind::NotFound),
    }
}
