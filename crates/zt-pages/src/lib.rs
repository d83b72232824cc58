//! What every page is made of: layout, messages in Japanese and English, components, charts, assets, security headers,
//! and the pages that the console and the gateway share (refusals and errors).
//!
//! Entry points: [`Page`] (the context each template carries), [`Messages`], [`assets::respond`], [`headers`],
//! [`refusal::RefusalView`], [`error::ErrorView`] and [`respond`].
//!
//! Invariants: framework-free (types of `http` only), so that the console on axum and the gateway on hyper serve the same
//! bytes; nothing inline in any page (`headers::browser` would forbid it); every text comes from a message key that exists
//! in both languages; nothing here decides anything. Handlers and their view structs live with the routes, not here.

// Layouts are shared with other crates by their files, so their paths must resolve from here too.
extern crate self as zt_pages;

pub mod assets;
pub mod chart;
pub mod component;
pub mod error;
pub mod headers;
pub mod language;
pub mod messages;
pub mod page;
pub mod refusal;
pub mod route;

pub use assets::File;
pub use component::{Badge, Icon, Moment, Pager, Tone, Zone};
pub use fluent_bundle::FluentValue as Value;
pub use messages::Messages;
pub use page::{Base, NavigationItem, Page, Shell, respond};
pub use route::{Access, Route, RouteClass};

#[cfg(test)]
mod tests;
