//! A real server in the test's process, and those who visit it.
//!
//! Entry points: [`Visitor`] is a browser as a program sees one (cookies, redirects, forms), [`Account`] the person in front
//! of it, [`html`] what of a page a test reads.
//!
//! Invariants: everything goes over real connections; nothing of the product is replaced here.

pub mod html;
mod visitor;

pub use visitor::{Account, Page, VisitError, Visitor, encode};
