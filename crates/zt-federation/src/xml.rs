//! XML as SAML needs it, and no more of it: a reader that refuses whatever could be read in two ways, and a writer whose text is
//! its own canonical form.
//!
//! Entry points: [`Document::parse`], then [`Element`] after [`Element`]; [`Writer`], which ends in an [`Unsigned`] for whoever has
//! keys.
//!
//! Invariants: no document type, no entity but the five, no processing instruction gets past [`Document::parse`], whatever reads the
//! tree; in a message neither a comment nor a CDATA section, so that the text of an element is one piece. Nothing recurses on a
//! depth that the sender chooses.

mod document;
mod element;
mod error;
mod guard;
mod namespace;
mod writer;

pub use document::{Content, Document};
pub use element::Element;
pub use error::{WriteError, XmlError};
pub use namespace::Namespace;
pub use writer::{Unsigned, Writer};

#[cfg(test)]
mod tests;
