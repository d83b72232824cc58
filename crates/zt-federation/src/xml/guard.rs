//! A look at the text before any parser sees it.
//!
//! What can make two parsers disagree, or one of them work without end, is found by its first characters, without understanding
//! the rest: so it is refused here, in one pass and one byte of state, and what the parser makes of the rest is checked again.

use super::document::Content;
use super::error::XmlError;
use std::borrow::Cow;

/// Elements in elements.
pub(super) const DEEPEST: usize = 64;
/// Attributes and declarations on one element. Parsers compare each with each.
pub(super) const MOST_ATTRIBUTES: usize = 64;

/// Refuses what no document of ours has; gives the text with its line ends and white space as XML 1.0 has them read (§2.11,
/// §3.3.3).
pub(super) fn admit(text: &str, content: Content) -> Result<Cow<'_, str>, XmlError> {
    let text = match text.strip_prefix('\u{feff}') {
        Some(_) if content == Content::Message => return Err(XmlError::ByteOrderMark),
        Some(rest) => rest,
        None => text,
    };
    // Not every place of a tag is looked at by every parser.
    if text.contains(is_no_character) {
        return Err(XmlError::Character);
    }
    let text = line_ends(text);
    let spaces = Scan {
        rest: text.as_bytes(),
        content,
        depth: 0,
        spaces: Vec::new(),
    }
    .run()?;
    if spaces.is_empty() {
        return Ok(text);
    }
    let mut octets = text.into_owned().into_bytes();
    for place in spaces {
        if let Some(octet) = octets.get_mut(place) {
            *octet = b' ';
        }
    }
    // One ASCII character for another: it stays UTF-8.
    String::from_utf8(octets)
        .map(Cow::Owned)
        .map_err(|_| XmlError::NotUtf8)
}

/// XML 1.0 §2.2; a text has no halves of pairs.
fn is_no_character(character: char) -> bool {
    let is_control = character < ' ' && !matches!(character, '\t' | '\n' | '\r');
    is_control || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// XML 1.0 §2.11.
fn line_ends(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

struct Scan<'t> {
    rest: &'t [u8],
    content: Content,
    depth: usize,
    /// Where white space in an attribute's value is no space, counted from the end of the text; then from its beginning.
    spaces: Vec<usize>,
}

impl<'t> Scan<'t> {
    fn run(mut self) -> Result<Vec<usize>, XmlError> {
        let length = self.rest.len();
        if self.rest.starts_with(b"<?xml") && self.rest.get(5).is_some_and(u8::is_ascii_whitespace)
        {
            // What it says is read from the tree.
            self.skip_past(b"?>");
        }
        while let Some((&octet, rest)) = self.rest.split_first() {
            match octet {
                b'<' => self.markup()?,
                b'&' => {
                    check_reference(rest)?;
                    self.rest = rest;
                }
                _ => self.rest = rest,
            }
        }
        for place in &mut self.spaces {
            *place = length - *place;
        }
        Ok(self.spaces)
    }

    /// At `<`.
    fn markup(&mut self) -> Result<(), XmlError> {
        let is_message = self.content == Content::Message;
        if self.rest.starts_with(b"<?") {
            return Err(XmlError::ProcessingInstruction);
        }
        if self.rest.starts_with(b"<!--") {
            if is_message {
                return Err(XmlError::Comment);
            }
            self.rest = self.rest.get(4..).unwrap_or_default();
            self.skip_past(b"-->");
        } else if self.rest.starts_with(b"<![CDATA[") {
            if is_message {
                return Err(XmlError::Cdata);
            }
            self.skip_past(b"]]>");
        } else if self.rest.starts_with(b"<!") {
            return Err(XmlError::DocumentType);
        } else if self.rest.starts_with(b"</") {
            self.depth = self.depth.saturating_sub(1);
            self.skip_past(b">");
        } else {
            return self.start();
        }
        Ok(())
    }

    /// A start tag, from its `<` past its `>`.
    fn start(&mut self) -> Result<(), XmlError> {
        let mut attributes = 0;
        let mut quote = None;
        let mut before = b'<';
        while let Some((&octet, rest)) = self.rest.split_first() {
            match (quote, octet) {
                (Some(open), octet) if octet == open => quote = None,
                (Some(_), b'&') => check_reference(rest)?,
                (Some(_), b'\t' | b'\n') => self.spaces.push(self.rest.len()),
                (Some(_), _) => {}
                (None, b'"' | b'\'') => {
                    attributes += 1;
                    quote = Some(octet);
                }
                (None, b'>') => {
                    self.rest = rest;
                    // An element that ends with its tag is as deep as one that does not.
                    if self.depth >= DEEPEST {
                        return Err(XmlError::TooDeep(DEEPEST));
                    }
                    if before != b'/' {
                        self.depth += 1;
                    }
                    return Ok(());
                }
                (None, _) => {}
            }
            if attributes > MOST_ATTRIBUTES {
                return Err(XmlError::TooManyAttributes(MOST_ATTRIBUTES));
            }
            before = octet;
            self.rest = rest;
        }
        // The parser says where it breaks off.
        Ok(())
    }

    fn skip_past(&mut self, end: &[u8]) {
        let found = self.rest.windows(end.len()).position(|at| at == end);
        self.rest = found
            .and_then(|at| self.rest.get(at + end.len()..))
            .unwrap_or_default();
    }
}

/// What follows an `&`.
fn check_reference(rest: &[u8]) -> Result<(), XmlError> {
    const FIVE: [&[u8]; 5] = [b"lt;", b"gt;", b"amp;", b"apos;", b"quot;"];
    // Whether a number is one is the parser's to say.
    if rest.starts_with(b"#") || FIVE.iter().any(|name| rest.starts_with(name)) {
        return Ok(());
    }
    Err(XmlError::Entity)
}
