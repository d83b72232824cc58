//! A real server in the test's process, and those who visit it.
//!
//! Entry points: [`Server`] is the server with a company in it (real listeners on free ports, SQLite in a temporary
//! directory, the machine's clock or the test's own); [`Upstream`] what is behind its applications; [`Visitor`] a browser as
//! a program sees one (cookies, redirects, forms, WebSockets), [`Account`] the person in front of it, [`html`] what of a page
//! a test reads.
//!
//! Invariants: everything goes over real connections; nothing of the product is replaced here.

pub mod html;
mod server;
mod socket;
mod upstream;
mod visitor;

pub use server::{DOMAIN, Finding, Server, TestkitError};
pub use socket::SocketError;
pub use upstream::Upstream;
pub use visitor::{Account, Page, VisitError, Visitor, encode};
