//! In an envelope from program to program (Bindings §3.2; SOAP 1.1 §4).

use super::BindingError;
use crate::xml::{Content, Document, Element, Namespace, WriteError, Writer, XmlError};
use std::collections::BTreeMap;

/// Takes the message out of an envelope: a document of its own, letter for letter as it stood there, but that it declares itself
/// what was declared around it (lasso, and so mod_auth_mellon, declares everything on the envelope).
///
/// Names mean the same then, and exclusive canonicalization makes the same of it: a signature in it holds, and one that was made
/// of other names does not.
///
/// # Errors
/// [`BindingError::Body`], [`BindingError::Header`], [`BindingError::Xml`].
pub fn soap_message(envelope: &[u8]) -> Result<String, BindingError> {
    let text = std::str::from_utf8(envelope).map_err(|_| BindingError::Xml(XmlError::NotUtf8))?;
    // As the reader has them (XML 1.0 §2.11), so that places in its tree are places in this text.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let document = Document::parse(&text, Content::Message)?;
    let root = document.root();
    if !root.is(Namespace::SOAP, "Envelope") {
        return Err(BindingError::Body);
    }
    root.elements_only()?;
    if let Some(header) = root.only(Namespace::SOAP, "Header")? {
        let demands = header.children().any(|block| {
            let must = block.attribute_of(Namespace::SOAP, "mustUnderstand");
            must.is_some_and(|must| must != "0")
        });
        if demands {
            return Err(BindingError::Header);
        }
    }
    let body = root.one(Namespace::SOAP, "Body")?.elements_only()?;
    let mut inside = body.children();
    let (Some(message), None) = (inside.next(), inside.next()) else {
        return Err(BindingError::Body);
    };
    if message.namespace() != Namespace::SAMLP.uri() {
        return Err(BindingError::Body);
    }
    let range = document.tree().node_range(message.node());
    let written = range.and_then(|range| text.get(range));
    let written = written.ok_or(BindingError::Body)?;
    declaring(written, &declared(&document, [root, body], message)).ok_or(BindingError::Body)
}

/// What is declared around a message and not in it: prefixes and namespaces.
fn declared<'d>(
    document: &'d Document<'_>,
    around: [Element<'d>; 2],
    message: Element<'d>,
) -> BTreeMap<&'d str, &'d str> {
    let mut declared = BTreeMap::new();
    let of = |element: Element<'d>| {
        let element = document.tree().element(element.node());
        let declared = element.map(|element| element.namespace_declarations.iter());
        let pairs = declared.into_iter().flatten();
        pairs.map(|(prefix, uri)| (&**prefix, &**uri))
    };
    for element in around {
        declared.extend(of(element));
    }
    for (prefix, _) in of(message) {
        declared.remove(prefix);
    }
    // Nothing of a message is of the envelope.
    declared.retain(|_, uri| *uri != Namespace::SOAP.uri());
    declared
}

/// A message that declares these too.
fn declaring(message: &str, declared: &BTreeMap<&str, &str>) -> Option<String> {
    // After the name of its root.
    let at = message.find(|character: char| " \t\n/>".contains(character))?;
    let (before, after) = message.split_at_checked(at)?;
    let mut text = before.to_owned();
    for (prefix, uri) in declared {
        let colon = if prefix.is_empty() { "" } else { ":" };
        let uri = uri.replace('&', "&amp;").replace('<', "&lt;");
        text.push_str(&format!(
            " xmlns{colon}{prefix}=\"{}\"",
            uri.replace('"', "&quot;")
        ));
    }
    text.push_str(after);
    Some(text)
}

/// An envelope with a message of ours, which is signed inside.
///
/// # Errors
/// [`WriteError::Embedded`]: it is no document.
pub fn soap_wrapped(message: &str) -> Result<String, WriteError> {
    let mut writer = Writer::new();
    writer
        .start(Namespace::SOAP, "Envelope")
        .start(Namespace::SOAP, "Body")
        .embed(message)
        .end()
        .end();
    writer.finish()
}

/// An envelope that says that nothing could be made of what came (SOAP 1.1 §4.4). What XML cannot say of `why` is left out.
#[must_use]
pub fn soap_fault(why: &str) -> String {
    let mut said = String::with_capacity(why.len());
    for character in why.chars() {
        match character {
            '&' => said.push_str("&amp;"),
            '<' => said.push_str("&lt;"),
            '>' => said.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => {}
            other if other.is_control() => {}
            other => said.push(other),
        }
    }
    let namespace = Namespace::SOAP;
    let (prefix, uri) = (namespace.prefix(), namespace.uri());
    // Its parts have no namespace, and the code is a name with a prefix.
    format!(
        "<{prefix}:Envelope xmlns:{prefix}=\"{uri}\"><{prefix}:Body><{prefix}:Fault><faultcode>{prefix}:Client</faultcode><faultstring>{said}</faultstring></{prefix}:Fault></{prefix}:Body></{prefix}:Envelope>"
    )
}
