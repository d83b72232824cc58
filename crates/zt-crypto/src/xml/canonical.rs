//! Exclusive canonical XML, the one place where it is made.

use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;
use bergshamra_xml::nodeset::{NodeIdSet, NodeSetType};
use zt_federation::xml::{Document, Element};

/// The canonical form could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the document has no canonical form")]
pub struct NotCanonical;

/// The exclusive canonical form of a document, without comments.
///
/// # Errors
/// [`NotCanonical`].
pub fn canonical(document: &Document<'_>) -> Result<String, NotCanonical> {
    made(document, None, &[])
}

/// A document without one of its elements (XML signature §6.6.4: the transform `enveloped-signature`, then the exclusive one).
pub(super) fn without(
    document: &Document<'_>,
    element: Element<'_>,
    prefixes: &[&str],
) -> Result<String, NotCanonical> {
    let set = NodeSet::from_ids(nodes(document, element), NodeSetType::Invert);
    made(document, Some(&set), prefixes)
}

/// One element of a document.
pub(super) fn only(
    document: &Document<'_>,
    element: Element<'_>,
    prefixes: &[&str],
) -> Result<String, NotCanonical> {
    let set = NodeSet::from_ids(nodes(document, element), NodeSetType::Normal);
    made(document, Some(&set), prefixes)
}

/// An element and everything in it.
fn nodes(document: &Document<'_>, element: Element<'_>) -> NodeIdSet {
    let inside = document.tree().descendants(element.node());
    std::iter::once(element.node())
        .chain(inside)
        .map(|node| node.index())
        .collect()
}

fn made(
    document: &Document<'_>,
    set: Option<&NodeSet>,
    prefixes: &[&str],
) -> Result<String, NotCanonical> {
    let octets = canonicalize_doc(document.tree(), C14nMode::Exclusive, set, prefixes)
        .map_err(|_| NotCanonical)?;
    String::from_utf8(octets).map_err(|_| NotCanonical)
}
