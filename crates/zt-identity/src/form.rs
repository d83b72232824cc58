//! What a TOML document may hold, as data: one table of keys is read against, printed as JSON Schema, and documented.

mod kind;
mod open;
mod print;
mod read;
mod reference;
mod schema;

pub use kind::Kind;
pub(crate) use kind::minute_of;
pub use open::Open;
pub use print::{example, print};
pub use read::{Content, Record, Value, read};
pub use reference::reference;
pub use schema::json_schema;

/// A table of a document.
#[derive(Debug)]
pub struct Table {
    /// What it is called in messages, such as `a person`.
    pub name: &'static str,
    /// What it is for, one sentence.
    pub about: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
    /// Sets of optional keys of which exactly one must be there.
    pub one_of: &'static [&'static [&'static str]],
}

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// Whether it must be there.
    pub presence: Presence,
    /// A value it could have, as TOML.
    pub example: &'static str,
    /// What it says, one or two sentences.
    pub about: &'static str,
}

/// Whether a key must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must.
    Required,
    /// It need not; the text says what holds without it.
    Optional(&'static str),
    /// It need not; without it, this value holds (as TOML).
    Default(&'static str),
}

impl Table {
    /// The key of that name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}
