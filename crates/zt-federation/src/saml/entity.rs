//! What the parties of SAML call themselves.

use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// The name of a party (Core §8.3.6): most are an address, though nothing is found there because of it. Names are compared as
/// text, character by character.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EntityId(String);

/// Why a text is not the name of a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an entity id is 1 to 1,024 printable ASCII characters, none of them a space, quote, backslash or bracket, such as `https://wiki.example.com/saml/metadata`"
)]
pub struct EntityIdError;

impl EntityId {
    /// Reads a name. Many are no address, such as `urn:amazon:webservices` or `wiki`: each is a reference of RFC 3986.
    ///
    /// # Errors
    /// [`EntityIdError`]: it is empty, longer than 1,024 characters, or has a character that no address has.
    pub fn parse(text: &str) -> Result<Self, EntityIdError> {
        let known = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\`".contains(&byte);
        if (1..=1024).contains(&text.len()) && text.bytes().all(known) {
            Ok(Self(text.to_owned()))
        } else {
            Err(EntityIdError)
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EntityId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
