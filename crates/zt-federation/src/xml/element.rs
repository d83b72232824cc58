//! A place in a document, and what is asked of it.

use super::error::XmlError;
use super::namespace::Namespace;
use std::borrow::Cow;
use uppsala::{NodeId, NodeKind};

/// White space in XML 1.0 (§2.3).
const WHITE_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// An element of a document.
#[derive(Clone, Copy)]
pub struct Element<'d> {
    tree: &'d uppsala::Document<'d>,
    node: NodeId,
}

impl<'d> Element<'d> {
    pub(super) fn of(tree: &'d uppsala::Document<'_>, node: NodeId) -> Self {
        Self { tree, node }
    }

    /// Its name, without a prefix.
    #[must_use]
    pub fn name(self) -> &'d str {
        self.tree
            .element(self.node)
            .map_or("", |element| &element.name.local_name)
    }

    /// Its namespace, empty without one.
    #[must_use]
    pub fn namespace(self) -> &'d str {
        self.tree
            .element(self.node)
            .and_then(|element| element.name.namespace_uri.as_deref())
            .unwrap_or_default()
    }

    /// Whether it is this one.
    #[must_use]
    pub fn is(self, namespace: Namespace, name: &str) -> bool {
        self.name() == name && self.namespace() == namespace.uri()
    }

    /// Demands that it is this one.
    ///
    /// # Errors
    /// [`XmlError::Unexpected`].
    pub fn expect(self, namespace: Namespace, name: &'static str) -> Result<Self, XmlError> {
        if self.is(namespace, name) {
            return Ok(self);
        }
        Err(XmlError::Unexpected {
            found: self.name().to_owned(),
            wanted: name,
        })
    }

    /// An attribute without a namespace, as almost all are.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<&'d str> {
        self.find("", name)
    }

    /// An attribute of a namespace, `xml:lang` for example.
    #[must_use]
    pub fn attribute_of(self, namespace: Namespace, name: &str) -> Option<&'d str> {
        self.find(namespace.uri(), name)
    }

    /// An attribute that must be there.
    ///
    /// # Errors
    /// [`XmlError::NoAttribute`].
    pub fn demanded(self, name: &'static str) -> Result<&'d str, XmlError> {
        self.attribute(name).ok_or_else(|| XmlError::NoAttribute {
            element: self.name().to_owned(),
            attribute: name,
        })
    }

    /// Every attribute: namespace (empty without one), name, value.
    pub fn attributes(self) -> impl Iterator<Item = (&'d str, &'d str, &'d str)> {
        self.tree
            .element(self.node)
            .into_iter()
            .flat_map(|element| &element.attributes)
            .map(|attribute| {
                (
                    attribute.name.namespace_uri.as_deref().unwrap_or_default(),
                    &*attribute.name.local_name,
                    &*attribute.value,
                )
            })
    }

    fn find(self, namespace: &str, name: &str) -> Option<&'d str> {
        self.attributes()
            .find(|(of, named, _)| *of == namespace && *named == name)
            .map(|(_, _, value)| value)
    }

    /// Its elements, in order.
    pub fn children(self) -> impl Iterator<Item = Self> {
        self.tree
            .children_iter(self.node)
            .filter(move |child| self.tree.element(*child).is_some())
            .map(move |child| Self::of(self.tree, child))
    }

    /// The first child of that name.
    #[must_use]
    pub fn first(self, namespace: Namespace, name: &'static str) -> Option<Self> {
        self.all(namespace, name).next()
    }

    /// All children of that name, in order.
    pub fn all(self, namespace: Namespace, name: &'static str) -> impl Iterator<Item = Self> {
        self.children()
            .filter(move |child| child.is(namespace, name))
    }

    /// The child of that name, if there is one.
    ///
    /// # Errors
    /// [`XmlError::Repeated`] if there are more.
    pub fn only(self, namespace: Namespace, name: &'static str) -> Result<Option<Self>, XmlError> {
        let mut all = self.all(namespace, name);
        let first = all.next();
        if all.next().is_some() {
            return Err(XmlError::Repeated {
                parent: self.name().to_owned(),
                child: name,
            });
        }
        Ok(first)
    }

    /// The child of that name, which must be there once.
    ///
    /// # Errors
    /// [`XmlError::Missing`], [`XmlError::Repeated`].
    pub fn one(self, namespace: Namespace, name: &'static str) -> Result<Self, XmlError> {
        self.only(namespace, name)?
            .ok_or_else(|| XmlError::Missing {
                parent: self.name().to_owned(),
                child: name,
            })
    }

    /// Its text, white space and all. An element or a comment inside is an error: nobody reads half of a name.
    ///
    /// # Errors
    /// [`XmlError::NotText`].
    pub fn text(self) -> Result<Cow<'d, str>, XmlError> {
        let mut text = Cow::Borrowed("");
        for child in self.tree.children_iter(self.node) {
            match self.tree.node_kind(child) {
                Some(NodeKind::Text(piece) | NodeKind::CData(piece)) if text.is_empty() => {
                    text = Cow::Borrowed(&**piece);
                }
                Some(NodeKind::Text(piece) | NodeKind::CData(piece)) => {
                    text.to_mut().push_str(piece);
                }
                _ => return Err(XmlError::NotText(self.name().to_owned())),
            }
        }
        Ok(text)
    }

    /// Its text without white space around it: a URI, a name, a number, a time.
    ///
    /// # Errors
    /// [`XmlError::NotText`].
    pub fn trimmed(self) -> Result<Cow<'d, str>, XmlError> {
        Ok(match self.text()? {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(WHITE_SPACE)),
            Cow::Owned(text) => Cow::Owned(text.trim_matches(WHITE_SPACE).to_owned()),
        })
    }

    /// Demands that between its elements there is white space only.
    ///
    /// # Errors
    /// [`XmlError::StrayText`].
    pub fn elements_only(self) -> Result<Self, XmlError> {
        let has_text = self.tree.children_iter(self.node).any(|child| {
            matches!(
                self.tree.node_kind(child),
                Some(NodeKind::Text(text) | NodeKind::CData(text))
                    if !text.trim_matches(WHITE_SPACE).is_empty()
            )
        });
        if has_text {
            return Err(XmlError::StrayText(self.name().to_owned()));
        }
        Ok(self)
    }

    /// It and every element inside it, in document order.
    pub fn descendants(self) -> impl Iterator<Item = Self> {
        std::iter::once(self).chain(
            self.tree
                .descendants(self.node)
                .into_iter()
                .filter(move |node| *node != self.node && self.tree.element(*node).is_some())
                .map(move |node| Self::of(self.tree, node)),
        )
    }

    /// The line on which it begins, from 1.
    #[must_use]
    pub fn line(self) -> usize {
        self.tree.node_line(self.node)
    }

    /// Where it is in the document's tree, for canonicalization.
    #[must_use]
    pub fn node(self) -> NodeId {
        self.node
    }
}

impl std::fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Element({})", self.name())
    }
}
