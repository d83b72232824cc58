//! Every route of the portal and the console, with what guards it. The router is made of this table, so neither can have
//! what the other has not.

use crate::{PagesState, console, federate, portal};
use axum::Router;
use axum::extract::{Path, RawQuery, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use http::{HeaderMap, Method, header};
use zt_federation::Endpoints;
use zt_pages::error::{ErrorKind, ErrorView};
use zt_pages::{Access, Base, Page, Route, assets, language};

/// The table: route, guard, handler.
fn table() -> Vec<(Route, MethodRouter<PagesState>)> {
    let open = |path, handler| (Route::new(Method::GET, path, Access::Open), handler);
    // Clients may send browsers with a form; nothing comes of it but the same with a `GET`, or what our own page asked.
    let open_form = |path, handler| (Route::new(Method::POST, path, Access::Open), handler);
    let page = |path, handler| (Route::new(Method::GET, path, Access::Session), handler);
    let form = |path, handler| (Route::new(Method::POST, path, Access::Session), handler);
    let console_page = |path, handler| {
        (
            Route::new(Method::GET, path, Access::Administrator),
            handler,
        )
    };
    let console_form = |path, handler| {
        (
            Route::new(Method::POST, path, Access::Administrator),
            handler,
        )
    };
    vec![
        open("/assets/{file}", get(asset)),
        open("/language/{tag}", get(switch_language)),
        page("/", get(portal::handlers::apps)),
        page("/signin/terms", get(crate::terms::named)),
        page("/signin/terms/{terms}", get(crate::terms::page)),
        form("/signin/terms/{terms}", post(crate::terms::answer)),
        open(
            Endpoints::OURS.authorization,
            get(federate::authorize::authorize),
        ),
        open_form(
            Endpoints::OURS.authorization,
            post(federate::authorize::posted),
        ),
        page("/signin/consent", get(federate::consent::page)),
        form("/signin/consent", post(federate::consent::answer)),
        page(Endpoints::OURS.device_page, get(federate::device::page)),
        form(Endpoints::OURS.device_page, post(federate::device::answer)),
        open(Endpoints::OURS.end_session, get(federate::logout::page)),
        open_form(Endpoints::OURS.end_session, post(federate::logout::posted)),
        open(federate::saml::SIGN_ON, get(federate::saml::sign_on)),
        open_form(federate::saml::SIGN_ON, post(federate::saml::posted)),
        open(federate::saml::LOG_OUT, get(federate::saml::leave::page)),
        open_form(federate::saml::LOG_OUT, post(federate::saml::leave::posted)),
        open("/saml/start/{id}", get(federate::saml::start::start)),
        page("/security", get(portal::handlers::security)),
        page("/devices", get(portal::handlers::devices)),
        page("/sessions", get(portal::handlers::sessions)),
        page("/activity", get(portal::handlers::activity)),
        form("/signout", post(portal::handlers::sign_out)),
        form(
            "/security/{credential}/remove",
            post(portal::handlers::remove_method),
        ),
        form(
            "/consents/{client}/withdraw",
            post(portal::handlers::withdraw_consent),
        ),
        form("/devices/code", post(portal::handlers::enrolment_code)),
        form(
            "/devices/{device}/retire",
            post(portal::handlers::retire_device),
        ),
        form(
            "/sessions/{session}/end",
            post(portal::handlers::end_session),
        ),
        console_page("/console", get(console::handlers::now)),
        console_page("/console/now", get(console::handlers::now_part)),
        console_page("/console/changes", get(console::changes::stream)),
        console_page("/console/events", get(console::handlers::events)),
        console_page("/console/people", get(console::handlers::people)),
        console_page("/console/people/{person}", get(console::handlers::person)),
        console_page("/console/devices", get(console::handlers::devices)),
        console_page("/console/devices/{device}", get(console::handlers::device)),
        console_page(
            "/console/applications",
            get(console::handlers::applications),
        ),
        console_page(
            "/console/applications/{app}",
            get(console::application::page),
        ),
        console_page("/console/clients", get(console::handlers::clients)),
        console_page("/console/clients/new", get(console::client_form::new)),
        console_page("/console/clients/{client}", get(console::handlers::client)),
        console_page(
            "/console/clients/{client}/change",
            get(console::client_form::change),
        ),
        console_page(
            "/console/service-providers/new",
            get(console::provider_form::new),
        ),
        console_page(
            "/console/service-providers/{provider}",
            get(console::providers::page),
        ),
        console_page(
            "/console/service-providers/{provider}/change",
            get(console::provider_form::change),
        ),
        console_page(
            "/console/service-providers/{provider}/names",
            get(console::providers::names),
        ),
        console_page(
            "/console/service-providers/{provider}/certificate/{key}",
            get(console::providers::certificate),
        ),
        console_page("/console/registration", get(console::registration::list)),
        console_page("/console/policies", get(console::policies::list)),
        console_page("/console/policies/new", get(console::policies::new)),
        console_page("/console/policies/{policy}", get(console::policies::one)),
        console_page("/console/sources", get(console::handlers::sources)),
        console_page("/console/tasks", get(console::handlers::tasks)),
        console_page("/console/system", get(console::handlers::system)),
        console_form("/console/clients", post(console::client_form::register)),
        console_form(
            "/console/clients/{client}/change",
            post(console::client_form::write),
        ),
        console_form(
            "/console/clients/{client}/remove",
            post(console::client_form::remove),
        ),
        console_form(
            "/console/clients/{client}/secrets",
            post(console::client_form::add_secret),
        ),
        console_form(
            "/console/clients/{client}/secrets/remove",
            post(console::client_form::remove_secret),
        ),
        console_form(
            "/console/clients/{client}/fetch",
            post(console::client_form::fetch),
        ),
        console_form(
            "/console/clients/{client}/test",
            post(console::rehearsal::test),
        ),
        console_form(
            "/console/service-providers",
            post(console::provider_form::register),
        ),
        console_form(
            "/console/service-providers/{provider}/change",
            post(console::provider_form::write),
        ),
        console_form(
            "/console/service-providers/{provider}/remove",
            post(console::provider_form::remove),
        ),
        console_form(
            "/console/service-providers/{provider}/fetch",
            post(console::provider_metadata::fetch),
        ),
        console_form(
            "/console/service-providers/{provider}/test",
            post(console::provider_rehearsal::test),
        ),
        console_form("/console/registration", post(console::registration::make)),
        console_form(
            "/console/registration/{token}/revoke",
            post(console::registration::revoke),
        ),
        console_form("/console/policies", post(console::policies::write)),
        console_form(
            "/console/policies/{policy}/state",
            post(console::policies::turn),
        ),
        console_form(
            "/console/policies/{policy}/remove",
            post(console::policies::remove),
        ),
        console_form(
            "/console/revisions/{revision}/back",
            post(console::policies::go_back),
        ),
        console_form(
            "/console/packs/{pack}/add",
            post(console::policies::add_pack),
        ),
        console_form(
            "/console/sessions/{session}/end",
            post(console::actions::end_session),
        ),
        console_form(
            "/console/people/{person}/end-sessions",
            post(console::actions::end_sessions),
        ),
        console_form(
            "/console/people/{person}/consents/{client}/withdraw",
            post(console::actions::withdraw_consent),
        ),
        console_form(
            "/console/people/{person}/reset-pass",
            post(console::resets::issue),
        ),
        console_form(
            "/console/people/{person}/reset-pass/revoke",
            post(console::resets::revoke),
        ),
        console_form(
            "/console/people/{person}/reset-due",
            post(console::resets::require),
        ),
        console_form(
            "/console/devices/{device}/retire",
            post(console::actions::retire_device),
        ),
        console_form(
            "/console/devices/{device}/certificates/{serial}/revoke",
            post(console::actions::revoke_certificate),
        ),
        console_form(
            "/console/tasks/{task}/close",
            post(console::actions::close_task),
        ),
    ]
}

/// The routes of the portal and the console, as data. Those of the sign-in are [`crate::signin::ROUTES`].
#[must_use]
pub fn routes() -> Vec<Route> {
    table().into_iter().map(|(route, _)| route).collect()
}

/// The pages of `id.<domain>` but for the sign-in. Each request carries a [`crate::Visitor`] in its extensions.
pub fn router(state: PagesState) -> Router {
    table()
        .into_iter()
        .fold(Router::new(), |router, (route, handler)| {
            router.route(route.path, handler)
        })
        .with_state(state)
}

/// The 404 page of `id.<domain>`, for whoever puts the routers together.
pub async fn not_found(request: Request) -> Response {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let page = Page::new(request.headers(), Base::Id, path);
    let view = ErrorView {
        page,
        kind: ErrorKind::NotFound,
        reference: None,
        onward: Some("/".to_owned()),
    };
    view.response().into_response()
}

async fn asset(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let found = assets::respond(
        &format!("/assets/{file}"),
        headers.get(header::IF_NONE_MATCH),
    );
    match found {
        Some(response) => response.map(axum::body::Body::from).into_response(),
        None => missing(&headers),
    }
}

async fn switch_language(
    Path(tag): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match language::switch(&format!("/language/{tag}"), query.as_deref()) {
        Some(response) => response.map(|()| axum::body::Body::empty()).into_response(),
        None => missing(&headers),
    }
}

fn missing(headers: &HeaderMap) -> Response {
    let page = Page::new(headers, Base::Id, "/");
    ErrorView {
        page,
        kind: ErrorKind::NotFound,
        reference: None,
        onward: Some("/".to_owned()),
    }
    .response()
    .into_response()
}
