//! The prompt, the portal and the console: every page of `id.<domain>`.
//!
//! Entry points: [`router`] and [`routes`] for the portal and the console, [`signin::SignIn`] for the sign-in,
//! [`not_found`] for the rest.
//!
//! Invariants: every route stands in a table that says who may take it and what guards it; nothing is decided here (the
//! sign-in flow is `zt-auth`'s, access is `zt-policy`'s through `zt-live`); what a page shows is read under one look at
//! the records; secrets are shown once and kept nowhere.

mod browser;
mod change;
mod consents;
mod console;
mod event_line;
mod federate;
mod guard;
mod portal;
mod prompt;
mod routes;
mod rows;
mod shell;
pub mod signin;
mod state;
mod terms;
mod view;
mod visitor;
mod words;

pub use routes::{not_found, router, routes};
pub use state::PagesState;
pub use visitor::Visitor;

#[cfg(test)]
mod tests;
