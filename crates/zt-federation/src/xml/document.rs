//! A document that was read.

use super::element::Element;
use super::error::XmlError;
use super::guard::{self, DEEPEST};
use std::borrow::Cow;
use std::collections::BTreeSet;
use uppsala::NodeId;

/// What is read, and so how strictly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A message, or a part of one. At most 128 KiB; no comments and no CDATA sections.
    Message,
    /// Metadata, which people write too. At most 1 MiB; comments are passed over.
    Metadata,
}

impl Content {
    /// How many bytes it may have.
    #[must_use]
    pub const fn limit(self) -> usize {
        match self {
            Self::Message => 128 * 1024,
            Self::Metadata => 1024 * 1024,
        }
    }
}

/// A document, whole.
#[derive(Debug)]
pub struct Document<'a> {
    tree: uppsala::Document<'a>,
    root: NodeId,
}

impl<'a> Document<'a> {
    /// Reads a document.
    ///
    /// # Errors
    /// [`XmlError`]: the first thing wrong with it.
    pub fn parse(text: &'a str, content: Content) -> Result<Self, XmlError> {
        if text.len() > content.limit() {
            return Err(XmlError::TooLong(content.limit()));
        }
        let parser = uppsala::Parser::new()
            .with_forbid_dtd(true)
            .with_forbid_entities(true)
            .with_max_depth(u32::try_from(DEEPEST).unwrap_or(u32::MAX));
        let tree = match guard::admit(text, content)? {
            Cow::Borrowed(text) => parser.parse(text).map_err(malformed)?,
            Cow::Owned(text) => parser.parse(&text).map_err(malformed)?.into_static(),
        };
        check_declaration(&tree)?;
        check_names(&tree)?;
        let root = tree
            .document_element()
            .ok_or_else(|| malformed(uppsala::XmlError::UnexpectedEof))?;
        Ok(Self { tree, root })
    }

    /// Reads a document from what came. Only UTF-8 is read.
    ///
    /// # Errors
    /// [`XmlError`].
    pub fn from_octets(octets: &'a [u8], content: Content) -> Result<Self, XmlError> {
        if octets.len() > content.limit() {
            return Err(XmlError::TooLong(content.limit()));
        }
        let text = std::str::from_utf8(octets).map_err(|_| XmlError::NotUtf8)?;
        Self::parse(text, content)
    }

    /// The root element.
    #[must_use]
    pub fn root(&self) -> Element<'_> {
        Element::of(&self.tree, self.root)
    }

    /// The tree, for canonicalization.
    #[must_use]
    pub fn tree(&self) -> &uppsala::Document<'a> {
        &self.tree
    }
}

fn malformed(error: uppsala::XmlError) -> XmlError {
    use uppsala::XmlError as Said;
    let (line, column, message) = match error {
        Said::WellFormedness(said) => (said.line, said.column, said.message),
        Said::Namespace(said) => (said.line, said.column, said.message),
        Said::Parse(said) => (said.line, said.column, said.message),
        Said::Validation(said) => (0, 0, said.message),
        Said::XPath(said) => (0, 0, said.message),
        Said::UnexpectedEof => (0, 0, "the document ends too early".to_owned()),
    };
    let mut said = message.chars();
    let why = said
        .next()
        .map(|first| first.to_lowercase().chain(said).collect())
        .unwrap_or_default();
    XmlError::Malformed { line, column, why }
}

fn check_declaration(tree: &uppsala::Document<'_>) -> Result<(), XmlError> {
    let Some(said) = &tree.xml_declaration else {
        return Ok(());
    };
    if said.version != "1.0" {
        return Err(XmlError::Version(said.version.to_string()));
    }
    match &said.encoding {
        Some(encoding) if !encoding.eq_ignore_ascii_case("utf-8") => {
            Err(XmlError::Encoding(encoding.to_string()))
        }
        _ => Ok(()),
    }
}

/// What the parser lets pass and namespaces do not (Namespaces in XML 1.0 §2.2, §4, §7), and identifiers that are there twice,
/// whatever attribute says them.
fn check_names(tree: &uppsala::Document<'_>) -> Result<(), XmlError> {
    let mut ids = BTreeSet::new();
    for node in tree.descendants(tree.root()) {
        let Some(element) = tree.element(node) else {
            continue;
        };
        check_name(&element.name)?;
        for (prefix, uri) in &element.namespace_declarations {
            // Namespaces in XML 1.0 §2.2: a prefix cannot be taken back.
            if !prefix.is_empty() && uri.is_empty() {
                return Err(XmlError::Prefix(prefix.to_string()));
            }
        }
        for attribute in &element.attributes {
            check_name(&attribute.name)?;
            if attribute.name.local_name.eq_ignore_ascii_case("id")
                && !ids.insert(&*attribute.value)
            {
                return Err(XmlError::DuplicateId(attribute.value.to_string()));
            }
        }
    }
    Ok(())
}

fn check_name(name: &uppsala::QName<'_>) -> Result<(), XmlError> {
    let prefix = name.prefix.as_deref().unwrap_or_default();
    let is_one = !name.local_name.contains(':')
        && prefix != "xmlns"
        && begins_as_a_name(&name.local_name)
        && (name.prefix.is_none() || begins_as_a_name(prefix));
    if is_one {
        Ok(())
    } else {
        Err(XmlError::Name(name.prefixed_name().into_owned()))
    }
}

/// Both halves are names of their own: `a:1` is none.
fn begins_as_a_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit() || "-.\u{b7}".contains(first))
}
