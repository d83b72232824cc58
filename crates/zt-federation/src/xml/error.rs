//! What is wrong with a document, and what cannot be written.

/// Why a text is not a document that we read, or not the document that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Longer than its kind may be.
    #[error("the document has more than {0} bytes")]
    TooLong(usize),
    /// Not UTF-8: another encoding, or broken.
    #[error("the document is not UTF-8")]
    NotUtf8,
    /// It says itself that it is in another encoding.
    #[error("the document says that its encoding is `{0}`; only UTF-8 is read")]
    Encoding(String),
    /// Another version than 1.0, in which other characters and line ends count.
    #[error("the document is of XML version `{0}`; only 1.0 is read")]
    Version(String),
    /// A byte order mark before a message.
    #[error("the document begins with a byte order mark")]
    ByteOrderMark,
    /// A character that XML has not (XML 1.0 §2.2).
    #[error("the document has a character that XML has not")]
    Character,
    /// A document type declaration.
    #[error("the document has a document type declaration")]
    DocumentType,
    /// A reference to an entity other than the five that XML begins with.
    #[error("the document refers to an entity")]
    Entity,
    /// A processing instruction.
    #[error("the document has a processing instruction")]
    ProcessingInstruction,
    /// A comment in a message.
    #[error("the document has a comment")]
    Comment,
    /// A CDATA section in a message.
    #[error("the document has a CDATA section")]
    Cdata,
    /// More than 64 elements, one in the other.
    #[error("elements are nested more than {0} deep")]
    TooDeep(usize),
    /// More attributes on one element than any has.
    #[error("an element has more than {0} attributes")]
    TooManyAttributes(usize),
    /// A name that namespaces give no meaning.
    #[error("`{0}` is not a name")]
    Name(String),
    /// A prefix bound to nothing.
    #[error("the prefix `{0}` stands for no namespace")]
    Prefix(String),
    /// Two elements with one identifier.
    #[error("the identifier `{0}` is there twice")]
    DuplicateId(String),
    /// Not well-formed.
    #[error("the document is not well-formed, line {line}, column {column}: {why}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The byte in the line, from 1.
        column: usize,
        /// What the parser says of it.
        why: String,
    },
    /// The element is another.
    #[error("the element is `{found}`, not `{wanted}`")]
    Unexpected {
        /// What is there.
        found: String,
        /// What was expected.
        wanted: &'static str,
    },
    /// A child that must be there is not.
    #[error("`{parent}` has no `{child}`")]
    Missing {
        /// The element.
        parent: String,
        /// Its child's name.
        child: &'static str,
    },
    /// A child that may be there once is there again.
    #[error("`{parent}` has more than one `{child}`")]
    Repeated {
        /// The element.
        parent: String,
        /// Its child's name.
        child: &'static str,
    },
    /// An attribute that must be there is not.
    #[error("`{element}` has no attribute `{attribute}`")]
    NoAttribute {
        /// The element.
        element: String,
        /// The attribute's name.
        attribute: &'static str,
    },
    /// Something else than text in an element of text.
    #[error("`{0}` has something else than text in it")]
    NotText(String),
    /// Text between the elements of an element of elements.
    #[error("`{0}` has text between its elements")]
    StrayText(String),
}

/// Why a document cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A character that XML cannot say.
    #[error("XML has no way to say the character U+{0:04X}")]
    Character(u32),
    /// Elements are not closed, closed too often, or there is more than one root.
    #[error("the elements do not close as they were opened")]
    Unbalanced,
    /// An attribute where no element begins, or twice on one.
    #[error("the attribute `{0}` cannot stand here")]
    Attribute(&'static str),
    /// A part that would not keep its canonical form where it is put.
    #[error("the embedded document cannot stand here")]
    Embedded,
    /// The root has no identifier that a signature could name, or there is no place for the signature.
    #[error("the document has no place or no identifier for a signature")]
    NoPlace,
}
