//! Browsers that clients send: to sign in to them, to agree, to sign out.
//!
//! | address | what |
//! |---|---|
//! | `GET`, `POST /oauth2/authorize` | the authorization endpoint (RFC 6749 §3.1, OpenID Connect Core 1.0 §3.1.2) |
//! | `GET`, `POST /signin/consent?return=` | what a client would learn, and whether it may |
//! | `GET`, `POST /device?user_code=` | which device asks, and whether it may (RFC 8628 §3.3) |
//! | [`saml`] | the same for service providers (SAML 2.0) |
//! | `GET`, `POST /oauth2/logout` | RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0 §2) |
//!
//! Invariants: a browser is sent only to an address that the client is registered with; until that is certain, a page says what is
//! wrong. Nothing is kept of a request before somebody is signed in: the whole of it goes round with the browser.

pub(crate) mod authorize;
pub(crate) mod consent;
pub(crate) mod device;
pub(crate) mod left;
pub(crate) mod logout;
mod reply;
mod request;
pub(crate) mod saml;

pub(crate) use request::{client_origin, login_hint};
