//! The routes, as data and as routers made from it.

use crate::answer::{no_content, refusal};
use crate::authzen::{
    CONFIGURATION_PATH, EVALUATION_PATH, EVALUATIONS_PATH, SEARCH_ACTION_PATH,
    SEARCH_RESOURCE_PATH, SEARCH_SUBJECT_PATH,
};
use crate::oauth::{self, AUTHORIZATION_SERVER_PATH, OPENID_CONFIGURATION_PATH};
use crate::{Endpoints, authzen, devices, health, management, saml, signals};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use http::{HeaderValue, Method, StatusCode, header};
use std::collections::BTreeSet;
use zt_device::wire::{BROWSER_CERTIFICATE_PATH, ENROL_PATH, LEAVE_PATH, RENEW_PATH};
use zt_pages::{Access, Route};

/// Where sources send signals.
pub const SIGNALS_PATH: &str = "/api/v1/signals";
/// Where the public halves of the token keys are (RFC 7517).
pub const JWKS_PATH: &str = zt_federation::Endpoints::OURS.keys;

/// At `id.<domain>`.
pub const PUBLIC: &[Route] = &[
    Route::new(Method::GET, JWKS_PATH, Access::Open),
    Route::new(Method::POST, SIGNALS_PATH, Access::Source),
    Route::new(Method::POST, ENROL_PATH, Access::EnrolmentCode),
    Route::new(
        Method::POST,
        BROWSER_CERTIFICATE_PATH,
        Access::AgentCertificate,
    ),
    Route::new(Method::POST, RENEW_PATH, Access::AgentCertificate),
    Route::new(Method::POST, LEAVE_PATH, Access::AgentCertificate),
    Route::new(Method::GET, CONFIGURATION_PATH, Access::Open),
    Route::new(Method::POST, EVALUATION_PATH, Access::EnforcementPoint),
    Route::new(Method::POST, EVALUATIONS_PATH, Access::EnforcementPoint),
    Route::new(Method::POST, SEARCH_SUBJECT_PATH, Access::EnforcementPoint),
    Route::new(Method::POST, SEARCH_RESOURCE_PATH, Access::EnforcementPoint),
    Route::new(Method::POST, SEARCH_ACTION_PATH, Access::EnforcementPoint),
    Route::new(Method::GET, OPENID_CONFIGURATION_PATH, Access::Open),
    Route::new(Method::GET, AUTHORIZATION_SERVER_PATH, Access::Open),
    Route::new(Method::POST, oauth::TOKEN, Access::Client),
    Route::new(Method::OPTIONS, oauth::TOKEN, Access::Open),
    Route::new(Method::GET, oauth::USERINFO, Access::Client),
    Route::new(Method::POST, oauth::USERINFO, Access::Client),
    Route::new(Method::OPTIONS, oauth::USERINFO, Access::Open),
    Route::new(Method::POST, oauth::INTROSPECTION, Access::Client),
    Route::new(Method::POST, oauth::REVOCATION, Access::Client),
    Route::new(Method::OPTIONS, oauth::REVOCATION, Access::Open),
    Route::new(Method::POST, oauth::PUSHED_REQUESTS, Access::Client),
    Route::new(Method::OPTIONS, oauth::PUSHED_REQUESTS, Access::Open),
    Route::new(Method::POST, oauth::DEVICE_AUTHORIZATION, Access::Client),
    Route::new(Method::OPTIONS, oauth::DEVICE_AUTHORIZATION, Access::Open),
    Route::new(Method::GET, saml::METADATA_PATH, Access::Open),
    Route::new(Method::POST, saml::SOAP_PATH, Access::Client),
    Route::new(Method::POST, oauth::REGISTRATION, Access::Client),
    Route::new(Method::GET, oauth::CONFIGURATION, Access::Client),
    Route::new(Method::PUT, oauth::CONFIGURATION, Access::Client),
    Route::new(Method::DELETE, oauth::CONFIGURATION, Access::Client),
];

/// On the admin socket.
pub const ADMIN: &[Route] = &[
    Route::new(Method::GET, management::STATUS, Access::AdminSocket),
    Route::new(
        Method::POST,
        management::ORGANISATION_PLAN,
        Access::AdminSocket,
    ),
    Route::new(
        Method::POST,
        management::ORGANISATION_APPLY,
        Access::AdminSocket,
    ),
    Route::new(Method::GET, management::POLICIES, Access::AdminSocket),
    Route::new(Method::POST, management::POLICY_PLAN, Access::AdminSocket),
    Route::new(Method::POST, management::POLICY_TEST, Access::AdminSocket),
    Route::new(Method::POST, management::POLICY_REPLAY, Access::AdminSocket),
    Route::new(
        Method::POST,
        management::POLICY_EXPLAIN,
        Access::AdminSocket,
    ),
    Route::new(
        Method::GET,
        management::POLICY_REVISIONS,
        Access::AdminSocket,
    ),
    Route::new(
        Method::POST,
        management::POLICY_ROLLBACK,
        Access::AdminSocket,
    ),
    Route::new(Method::GET, management::SESSIONS, Access::AdminSocket),
    Route::new(Method::POST, management::SESSION_END, Access::AdminSocket),
    Route::new(Method::POST, management::PASSWORD, Access::AdminSocket),
    Route::new(Method::POST, management::RESET_PASS, Access::AdminSocket),
    Route::new(
        Method::POST,
        management::RESET_PASS_REVOKE,
        Access::AdminSocket,
    ),
    Route::new(Method::POST, management::RESET_DUE, Access::AdminSocket),
    Route::new(
        Method::POST,
        management::ENROLMENT_CODES,
        Access::AdminSocket,
    ),
    Route::new(
        Method::POST,
        management::BREAK_GLASS_LINKS,
        Access::AdminSocket,
    ),
    Route::new(Method::GET, management::INITIAL_TOKENS, Access::AdminSocket),
    Route::new(
        Method::POST,
        management::INITIAL_TOKENS,
        Access::AdminSocket,
    ),
    Route::new(
        Method::POST,
        management::INITIAL_TOKEN_REVOKE,
        Access::AdminSocket,
    ),
];

/// On loopback.
pub const HEALTH: &[Route] = &[
    Route::new(Method::GET, "/healthz", Access::Loopback),
    Route::new(Method::GET, "/readyz", Access::Loopback),
    Route::new(Method::GET, "/metrics", Access::Loopback),
];

/// All of them.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    PUBLIC.iter().chain(ADMIN).chain(HEALTH)
}

impl Endpoints {
    /// What `id.<domain>` serves beside pages. Each request carries a [`crate::Caller`] in its extensions.
    pub fn public(&self) -> Router {
        self.router(PUBLIC)
    }

    /// What the admin socket serves. Whoever can open it is its owner: there is no further authentication.
    pub fn admin(&self) -> Router {
        self.router(ADMIN)
    }

    /// What the loopback listener serves.
    pub fn health(&self) -> Router {
        self.router(HEALTH)
    }

    fn router(&self, routes: &[Route]) -> Router {
        let paths: BTreeSet<&'static str> = routes.iter().map(|route| route.path).collect();
        paths
            .into_iter()
            .fold(Router::new(), |router, path| match handler(self, path) {
                Some(handler) => router.route(path, handler),
                None => router,
            })
            .method_not_allowed_fallback(wrong_method)
            .with_state(self.clone())
    }
}

/// What answers at a path. A test holds that every route has one, and that no path answers to another method.
fn handler(endpoints: &Endpoints, path: &str) -> Option<MethodRouter<Endpoints>> {
    Some(match path {
        JWKS_PATH => open(get(jwks)),
        SIGNALS_PATH => post(signals::take),
        ENROL_PATH => post(devices::enrol_device),
        BROWSER_CERTIFICATE_PATH => post(devices::browser_certificate),
        RENEW_PATH => post(devices::renew),
        LEAVE_PATH => post(devices::leave),
        CONFIGURATION_PATH => protocol(get(authzen::configuration)),
        EVALUATION_PATH => protocol(post(authzen::evaluation)),
        EVALUATIONS_PATH => protocol(post(authzen::evaluations)),
        SEARCH_SUBJECT_PATH => protocol(post(authzen::search_subject)),
        SEARCH_RESOURCE_PATH => protocol(post(authzen::search_resource)),
        SEARCH_ACTION_PATH => protocol(post(authzen::search_action)),
        OPENID_CONFIGURATION_PATH | AUTHORIZATION_SERVER_PATH => open(get(oauth::metadata)),
        oauth::TOKEN => scripted(endpoints, proven(endpoints, post(oauth::token))),
        oauth::USERINFO => {
            let answers = get(oauth::userinfo).post(oauth::userinfo);
            scripted(endpoints, proven(endpoints, answers))
        }
        oauth::INTROSPECTION => post(oauth::introspect),
        oauth::REVOCATION => scripted(endpoints, post(oauth::revoke)),
        oauth::PUSHED_REQUESTS => scripted(endpoints, proven(endpoints, post(oauth::push))),
        oauth::DEVICE_AUTHORIZATION => scripted(endpoints, post(oauth::device_authorization)),
        saml::METADATA_PATH => get(saml::metadata),
        saml::SOAP_PATH => post(saml::soap),
        oauth::REGISTRATION => post(oauth::register),
        oauth::CONFIGURATION => get(oauth::show).put(oauth::replace).delete(oauth::remove),
        management::INITIAL_TOKENS => {
            get(management::registration::list).post(management::registration::make)
        }
        management::INITIAL_TOKEN_REVOKE => post(management::registration::revoke),
        management::STATUS => get(management::status),
        management::ORGANISATION_PLAN => post(management::organisation::plan),
        management::ORGANISATION_APPLY => post(management::organisation::apply),
        management::POLICIES => get(management::policies),
        management::POLICY_PLAN => post(management::change::plan),
        management::POLICY_TEST => post(management::change::test),
        management::POLICY_REPLAY => post(management::change::replay),
        management::POLICY_EXPLAIN => post(management::change::explain),
        management::POLICY_REVISIONS => get(management::change::revisions),
        management::POLICY_ROLLBACK => post(management::change::roll_back),
        management::SESSIONS => get(management::sessions::list),
        management::SESSION_END => post(management::sessions::end),
        management::PASSWORD => post(management::people::set_password),
        management::RESET_PASS => post(management::resets::issue),
        management::RESET_PASS_REVOKE => post(management::resets::revoke),
        management::RESET_DUE => post(management::resets::require),
        management::ENROLMENT_CODES => post(management::people::enrolment_code),
        management::BREAK_GLASS_LINKS => post(management::people::break_glass_link),
        "/healthz" => get(health::healthz),
        "/readyz" => get(health::readyz),
        "/metrics" => get(health::metrics),
        _ => return None,
    })
}

/// An endpoint of the Authorization API: its id comes back with every answer, and what is wrong is said in words.
fn protocol(handler: MethodRouter<Endpoints>) -> MethodRouter<Endpoints> {
    handler
        .fallback(authzen::wrong_method)
        .layer(axum::middleware::from_fn(authzen::identified))
}

/// What scripts of every origin may read.
fn open(handler: MethodRouter<Endpoints>) -> MethodRouter<Endpoints> {
    handler.layer(axum::middleware::from_fn(oauth::for_anybody))
}

/// What may be shown proofs of possession (RFC 9449 §8.2).
fn proven(endpoints: &Endpoints, handler: MethodRouter<Endpoints>) -> MethodRouter<Endpoints> {
    let endpoints = endpoints.clone();
    handler.layer(axum::middleware::from_fn_with_state(
        endpoints,
        oauth::with_nonce,
    ))
}

/// What scripts of clients may call, after they asked whether they may (Fetch Standard §3.2.2).
fn scripted(endpoints: &Endpoints, handler: MethodRouter<Endpoints>) -> MethodRouter<Endpoints> {
    let asked = || async { no_content() };
    let endpoints = endpoints.clone();
    handler
        .options(asked)
        .layer(axum::middleware::from_fn_with_state(
            endpoints,
            oauth::for_clients,
        ))
}

async fn wrong_method() -> Response {
    refusal(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong-method",
        "this endpoint does not take this method",
    )
}

async fn jwks(State(endpoints): State<Endpoints>) -> Response {
    let keys = endpoints.inner.parts.keyring.load().jwks();
    let mut response = Response::new(Body::from(keys.to_string()));
    *response.headers_mut() = zt_pages::headers::protocol();
    let headers = response.headers_mut();
    // RFC 7517 §8.5.2. Keys are published as *next* long before they sign, so a few minutes are safe.
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/jwk-set+json"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300"),
    );
    response
}
