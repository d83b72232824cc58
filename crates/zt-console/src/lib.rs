//! The prompt, the portal and the console: every page of `id.<domain>`.
//!
//! Invariants: every route stands in a table that says who may take it and what guards it; nothing is decided here (the
//! sign-in flow is `zt-auth`'s, access is `zt-policy`'s through `zt-live`); what a page shows is read under one look at
//! the records; secrets are shown once and kept nowhere.

mod browser;
mod console;
mod event_line;
mod portal;
mod prompt;
mod rows;
pub mod signin;
mod view;
mod visitor;
mod words;

pub use visitor::Visitor;
