//! In an envelope from program to program (Bindings §3.2; SOAP 1.1 §4).

use super::BindingError;
use crate::xml::{Content, Document, Namespace, WriteError, Writer, XmlError};

/// Takes the message out of an envelope: a document of its own, letter for letter as it stood there.
///
/// What is declared around it is not declared in it: a message that leans on its envelope is refused when it is read. Exclusive
/// canonicalization does not look at what is around either, so a signature in it holds.
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
    written.map(str::to_owned).ok_or(BindingError::Body)
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
