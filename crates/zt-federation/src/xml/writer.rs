//! Writes documents in exclusive canonical form (Exclusive XML canonicalization §3): what is signed is what was written.

use super::document::{Content, Document};
use super::error::WriteError;
use super::namespace::Namespace;

/// Writes one document. A mistake in it is kept, and told at the end.
#[derive(Debug, Default)]
pub struct Writer {
    text: String,
    open: Vec<Open>,
    /// The start tag that attributes can still be added to.
    tag: Option<Tag>,
    /// Whether the root is there.
    has_root: bool,
    id: Option<String>,
    place: Option<usize>,
    fault: Option<WriteError>,
}

#[derive(Debug)]
struct Open {
    namespace: Namespace,
    name: &'static str,
    /// The namespaces that are declared on it.
    declared: Vec<Namespace>,
}

#[derive(Debug)]
struct Tag {
    namespace: Namespace,
    name: &'static str,
    attributes: Vec<Attribute>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Attribute {
    /// The namespace's name, empty without one: in this order (Canonical XML 1.0 §2.2).
    uri: &'static str,
    name: &'static str,
    namespace: Option<Namespace>,
    value: String,
}

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Text,
    Attribute,
}

impl Writer {
    /// Begins a document.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens an element.
    pub fn start(&mut self, namespace: Namespace, name: &'static str) -> &mut Self {
        self.close_tag();
        if self.open.is_empty() {
            if self.has_root {
                self.mistaken(WriteError::Unbalanced);
            }
            self.has_root = true;
        }
        self.tag = Some(Tag {
            namespace,
            name,
            attributes: Vec::new(),
        });
        self
    }

    /// An attribute of the element just opened.
    pub fn attribute(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.add(None, name, value)
    }

    /// An attribute of a namespace, `xml:lang` for example.
    pub fn attribute_of(
        &mut self,
        namespace: Namespace,
        name: &'static str,
        value: &str,
    ) -> &mut Self {
        self.add(Some(namespace), name, value)
    }

    /// An attribute, if there is a value for it.
    pub fn maybe(&mut self, name: &'static str, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.attribute(name, value),
            None => self,
        }
    }

    fn add(&mut self, namespace: Option<Namespace>, name: &'static str, value: &str) -> &mut Self {
        let is_root = self.open.is_empty();
        let Some(tag) = &mut self.tag else {
            self.mistaken(WriteError::Attribute(name));
            return self;
        };
        let uri = namespace.map_or("", Namespace::uri);
        if tag
            .attributes
            .iter()
            .any(|other| other.uri == uri && other.name == name)
        {
            self.mistaken(WriteError::Attribute(name));
            return self;
        }
        tag.attributes.push(Attribute {
            uri,
            name,
            namespace,
            value: value.to_owned(),
        });
        if is_root && namespace.is_none() && name == "ID" {
            self.id = Some(value.to_owned());
        }
        self
    }

    /// Text in the element that is open.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.close_tag();
        if self.open.is_empty() {
            self.mistaken(WriteError::Unbalanced);
            return self;
        }
        self.say(text, Position::Text);
        self
    }

    /// Closes the element opened last.
    pub fn end(&mut self) -> &mut Self {
        self.close_tag();
        match self.open.pop() {
            Some(open) => {
                self.text.push_str("</");
                self.push_name(Some(open.namespace), open.name);
                self.text.push('>');
            }
            None => self.mistaken(WriteError::Unbalanced),
        }
        self
    }

    /// An element with text and nothing else.
    pub fn element(&mut self, namespace: Namespace, name: &'static str, text: &str) -> &mut Self {
        self.start(namespace, name).text(text).end()
    }

    /// A document that was written (and perhaps signed, or encrypted) before, as a child.
    ///
    /// Its canonical form must be the same in here as it was alone: no namespace that it declares may be declared around it.
    pub fn embed(&mut self, document: &str) -> &mut Self {
        self.close_tag();
        if self.open.is_empty() || !self.keeps_its_form(document) {
            self.mistaken(WriteError::Embedded);
            return self;
        }
        self.text.push_str(document);
        self
    }

    fn keeps_its_form(&self, document: &str) -> bool {
        let Ok(document) = Document::parse(document, Content::Message) else {
            return false;
        };
        let tree = document.tree();
        !tree
            .descendants(tree.root())
            .into_iter()
            .filter_map(|node| tree.element(node))
            .flat_map(|element| &element.namespace_declarations)
            .any(|(prefix, uri)| {
                let declared = self.open.iter().flat_map(|open| &open.declared);
                declared
                    .into_iter()
                    .any(|known| known.prefix() == prefix && known.uri() == uri)
            })
    }

    /// The signature of the root goes here: after `Issuer` in a message (SAML core §3.2), first in metadata (SAML metadata
    /// §2.3.2).
    pub fn signature_here(&mut self) -> &mut Self {
        self.close_tag();
        if self.open.len() == 1 && self.place.is_none() {
            self.place = Some(self.text.len());
        } else {
            self.mistaken(WriteError::NoPlace);
        }
        self
    }

    /// Ends the document.
    ///
    /// # Errors
    /// [`WriteError`]: the first mistake made in it.
    pub fn finish(mut self) -> Result<String, WriteError> {
        self.close_tag();
        if !self.open.is_empty() || !self.has_root {
            self.mistaken(WriteError::Unbalanced);
        }
        match self.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(self.text),
        }
    }

    /// Ends a document that can be signed.
    ///
    /// # Errors
    /// As [`Self::finish`], and [`WriteError::NoPlace`].
    pub fn unsigned(mut self) -> Result<Unsigned, WriteError> {
        let (id, place) = (self.id.take(), self.place.take());
        let text = self.finish()?;
        match (id, place) {
            (Some(id), Some(place)) => Ok(Unsigned { text, id, place }),
            _ => Err(WriteError::NoPlace),
        }
    }

    fn mistaken(&mut self, fault: WriteError) {
        self.fault.get_or_insert(fault);
    }

    fn close_tag(&mut self) {
        let Some(mut tag) = self.tag.take() else {
            return;
        };
        let mut declared: Vec<Namespace> = Vec::new();
        let used = tag.attributes.iter().filter_map(|said| said.namespace);
        for namespace in used.chain([tag.namespace]) {
            let is_known = declared.contains(&namespace)
                || namespace == Namespace::XML
                || self
                    .open
                    .iter()
                    .any(|open| open.declared.contains(&namespace));
            if !is_known {
                declared.push(namespace);
            }
        }
        // Canonical XML 1.0 §2.3: declarations by prefix, then attributes.
        declared.sort_by_key(|namespace| namespace.prefix());
        tag.attributes.sort();
        self.text.push('<');
        self.push_name(Some(tag.namespace), tag.name);
        for namespace in &declared {
            self.text.push_str(" xmlns:");
            self.text.push_str(namespace.prefix());
            self.text.push_str("=\"");
            self.say(namespace.uri(), Position::Attribute);
            self.text.push('"');
        }
        for attribute in &tag.attributes {
            self.text.push(' ');
            self.push_name(attribute.namespace, attribute.name);
            self.text.push_str("=\"");
            self.say(&attribute.value, Position::Attribute);
            self.text.push('"');
        }
        self.text.push('>');
        self.open.push(Open {
            namespace: tag.namespace,
            name: tag.name,
            declared,
        });
    }

    fn push_name(&mut self, namespace: Option<Namespace>, name: &str) {
        if let Some(namespace) = namespace {
            self.text.push_str(namespace.prefix());
            self.text.push(':');
        }
        self.text.push_str(name);
    }

    /// Canonical XML 1.0 §2.3: what is written as a reference, in text and in attributes.
    fn say(&mut self, text: &str, position: Position) {
        let in_attribute = position == Position::Attribute;
        for character in text.chars() {
            match character {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' if !in_attribute => self.text.push_str("&gt;"),
                '\r' => self.text.push_str("&#xD;"),
                '"' if in_attribute => self.text.push_str("&quot;"),
                '\t' if in_attribute => self.text.push_str("&#x9;"),
                '\n' if in_attribute => self.text.push_str("&#xA;"),
                // XML 1.0 §2.2.
                '\0'..='\u{8}'
                | '\u{b}'
                | '\u{c}'
                | '\u{e}'..='\u{1f}'
                | '\u{fffe}'
                | '\u{ffff}' => {
                    self.mistaken(WriteError::Character(u32::from(character)));
                }
                other => self.text.push(other),
            }
        }
    }
}

/// A document in canonical form that waits for its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsigned {
    text: String,
    id: String,
    place: usize,
}

impl Unsigned {
    /// The document as it is: what a signature's digest is of (the signature itself is not part of it).
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The `ID` of the root.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The document with `signature` where it belongs.
    #[must_use]
    pub fn with(&self, signature: &str) -> String {
        let (before, after) = self.text.split_at_checked(self.place).unwrap_or_default();
        [before, signature, after].concat()
    }
}
