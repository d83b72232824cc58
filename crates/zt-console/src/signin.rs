//! The sign-in shell: it carries out what a flow asks for, keeps what comes of it, and answers the browser.
//!
//! Entry points: [`SignIn::new`], [`SignIn::router`], [`ROUTES`].
//!
//! | address | what |
//! |---|---|
//! | `GET /signin?return=` | begins a sign-in for a page of this host (`again=yes` even if there is a session) |
//! | `GET /signin/step-up?demand=&return=` | begins to prove more (`mfa`, `phishing-resistant`) for a page of this host |
//! | `GET /signin/add-factor`, `/signin/change-password` | begin what their names say |
//! | `GET /signin/reset?return=` | begins a password reset, on a passkey or an administrator's pass |
//! | `GET /signin/link/{secret}` | begins with a break-glass account's one-time link |
//! | `GET /signin/{flow}` | the present step's page |
//! | `POST /signin/{flow}/{action}` | an answer: `name password code passkey choose forgot back cancel acknowledge` |
//! | `GET /passage?app=&return=&binding=&step=` | on to an application with a one-time code, or the prompt, or the refusal; `step` asks to prove more first: `mfa`, `phishing-resistant`, `reauthenticate`, `again` for a new session, or `reset-password` |
//!
//! Invariants: nothing is decided here: the flow is `zt-auth`'s, access is `zt-policy`'s through `zt-live`. A guess is
//! counted before it is looked at. What a round changes is kept in one commit with the flow's next page, so a form sent
//! twice, or from two tabs, is answered once. Secrets that were typed live only while a round runs.

mod ask;
mod begin;
mod break_glass;
pub(crate) mod cookie;
pub(crate) mod form;
mod gate;
mod onward;
mod passage;
mod round;
mod site;
mod step;

pub use break_glass::{BreakGlassLink, first_break_glass};
pub use site::Site;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use gate::Gate;
use http::Method;
use std::sync::Arc;
use zt_crypto::hash::MacKey;
use zt_crypto::password::PasswordPool;
use zt_crypto::seal::{MasterKey, SealError};
use zt_crypto::webauthn::Relying;
use zt_live::Live;
use zt_pages::route::{Access, Route};

/// Every route of the sign-in, and what guards it.
pub const ROUTES: [Route; 9] = [
    Route::new(Method::GET, "/signin", Access::Flow),
    Route::new(Method::GET, "/signin/step-up", Access::Flow),
    Route::new(Method::GET, "/signin/add-factor", Access::Session),
    Route::new(Method::GET, "/signin/change-password", Access::Session),
    Route::new(Method::GET, "/signin/reset", Access::Flow),
    Route::new(Method::GET, "/signin/link/{secret}", Access::Flow),
    Route::new(Method::GET, "/signin/{flow}", Access::Flow),
    Route::new(Method::POST, "/signin/{flow}/{action}", Access::Flow),
    Route::new(Method::GET, "/passage", Access::Flow),
];

/// What the sign-in is made of.
pub struct SignInParts {
    /// The decision point.
    pub live: Live,
    /// Where passwords are hashed.
    pub passwords: PasswordPool,
    /// Where passkeys are verified.
    pub passkeys: Relying,
    /// Seals seeds and codes, and keys the hashes of recovery codes.
    pub master: Arc<MasterKey>,
    /// Where this installation is.
    pub site: Site,
    /// The organisation's name, as authenticator apps show it.
    pub organisation: String,
}

/// The sign-in. Clones share it.
#[derive(Clone)]
pub struct SignIn {
    inner: Arc<Inner>,
}

struct Inner {
    live: Live,
    passwords: PasswordPool,
    passkeys: Relying,
    master: Arc<MasterKey>,
    codes: MacKey,
    site: Site,
    organisation: String,
    gate: Gate,
}

impl SignIn {
    /// Makes the sign-in.
    ///
    /// # Errors
    /// [`SealError`] if no key for recovery codes can be derived.
    pub fn new(parts: SignInParts) -> Result<Self, SealError> {
        let codes = parts.master.mac_key("recovery-codes")?;
        Ok(Self {
            inner: Arc::new(Inner {
                live: parts.live,
                passwords: parts.passwords,
                passkeys: parts.passkeys,
                master: parts.master,
                codes,
                site: parts.site,
                organisation: parts.organisation,
                gate: Gate::default(),
            }),
        })
    }

    /// The routes of [`ROUTES`]. Each request carries a [`crate::Visitor`] in its extensions.
    pub fn router(self) -> Router {
        Router::new()
            .route("/signin", get(begin::sign_in))
            .route("/signin/step-up", get(begin::step_up))
            .route("/signin/add-factor", get(begin::add_factor))
            .route("/signin/change-password", get(begin::change_password))
            .route("/signin/reset", get(begin::reset))
            .route("/signin/link/{secret}", get(begin::link))
            .route("/signin/{flow}", get(step::page))
            .route("/signin/{flow}/{action}", post(step::answer))
            .route("/passage", get(passage::passage))
            .layer(DefaultBodyLimit::max(form::LONGEST_BODY))
            .with_state(self)
    }
}

#[cfg(test)]
mod tests;
