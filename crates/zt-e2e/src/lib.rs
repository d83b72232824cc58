//! Whole-system tests: the real server, driven by programs nobody here wrote.
//!
//! Entry points: [`Demo`] is the program, running; [`run_browser`] starts a script of `browser/` with Chromium; [`Curl`] is a
//! browser without script; [`python`] and [`node`] give the interpreters that have the packages of `tests/peers`. The tests themselves are in `tests/it`.
//!
//! Invariants: a missing program or package is an error that says how to install it, never a skipped test. Nothing of the
//! product is replaced here.

mod browser;
mod capture;
mod curl;
mod demo;
mod parties;
mod peers;
mod service_providers;

pub use browser::run_browser;
pub use capture::keep;
pub use curl::{Answer, Curl};
pub use demo::Demo;
pub use parties::{Library, Registration, RelyingParty, oidc_provider, said};
pub use peers::{PeerError, node, python};
pub use service_providers::{Assertions, IdentityProvider, ServiceProvider, pysaml2_provider};
