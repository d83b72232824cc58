//! The registry of typed ids.
//!
//! Two families: *made* ids (a UUID whose bytes the shell drew, printed `8-4-4-4-12`) for things that come into being by
//! themselves, and *named* ids (a slug a person chose) for things an administrator writes in files and policies.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not a UUID in its printed form.
    #[error("`{0}` is not a UUID such as `6f9619ff-8b86-4011-b42d-00c04fc964ff`")]
    NotUuid(String),
    /// Not a slug.
    #[error(
        "`{0}` is not a name: use 1 to 63 of `a-z`, `0-9`, `-`, starting with a letter or digit"
    )]
    NotSlug(String),
}

macro_rules! made_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Makes an id of 16 random bytes; version and variant bits are set as RFC 9562 §5.4 (UUIDv4) says.
            #[must_use]
            pub const fn from_random(mut bytes: [u8; 16]) -> Self {
                bytes[6] = (bytes[6] & 0x0f) | 0x40;
                bytes[8] = (bytes[8] & 0x3f) | 0x80;
                Self(bytes)
            }

            /// The 16 bytes as they are.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(as_text(&uuid_text(&self.0)))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "("))?;
                f.write_str(as_text(&uuid_text(&self.0)))?;
                f.write_str(")")
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_uuid(text).map(Self).ok_or_else(|| IdError::NotUuid(shorten(text)))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(as_text(&uuid_text(&self.0)))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

macro_rules! named_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Parses a slug.
            ///
            /// # Errors
            /// [`IdError::NotSlug`] unless it is 1 to 63 of `a-z 0-9 -`, starting with a letter or a digit.
            pub fn new(text: &str) -> Result<Self, IdError> {
                if is_slug(text) { Ok(Self(text.into())) } else { Err(IdError::NotSlug(shorten(text))) }
            }

            /// The slug.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

made_ids! {
    /// A person.
    PersonId,
    /// A device that enrolled or was reported.
    DeviceId,
    /// One person's sign-in on one browser, from proof to end.
    SessionId,
    /// One walk through the prompt.
    FlowId,
    /// One decision, as recorded for replay.
    DecisionId,
    /// One live connection (a request's stream, a WebSocket, a tunnel).
    ConnectionId,
    /// One factor that a person enrolled.
    CredentialId,
    /// One thing an operator has to look at.
    TaskId,
    /// One event.
    EventId,
    /// What one sign-in gave one client: a code, and every token that came of it.
    GrantId,
    /// An initial access token, with which programs register themselves as clients.
    InitialTokenId,
}

named_ids! {
    /// An application in the register; also the first label of its host name.
    AppId,
    /// A group of people.
    GroupId,
    /// A registered source of signals.
    SourceId,
    /// A policy document.
    PolicyId,
    /// A group of applications.
    AppGroupId,
    /// A named network: some ranges of addresses.
    NetworkId,
    /// A calendar: hours of the week in a time zone, and days off.
    CalendarId,
    /// Terms that people accept.
    TermsId,
    /// A registered enforcement point in another process.
    EnforcementPointId,
    /// A registered OAuth client: its `client_id`.
    ClientId,
}

/// The printed form. Every event holds several ids, so this is built at once and not digit by digit.
fn uuid_text(bytes: &[u8; 16]) -> [u8; 36] {
    let digit = |value: u8| match value {
        0..=9 => b'0' + value,
        _ => b'a' + value - 10,
    };
    let mut text = [b'-'; 36];
    let mut places = text.iter_mut();
    for (position, byte) in bytes.iter().enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) {
            places.next();
        }
        for value in [byte >> 4, byte & 0x0f] {
            if let Some(place) = places.next() {
                *place = digit(value);
            }
        }
    }
    text
}

/// The text, which is ASCII.
fn as_text(text: &[u8; 36]) -> &str {
    std::str::from_utf8(text).unwrap_or_default()
}

fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    if text.len() != 36 {
        return None;
    }
    let mut bytes = [0u8; 16];
    let mut nibbles = 0usize;
    for (position, character) in text.bytes().enumerate() {
        if matches!(position, 8 | 13 | 18 | 23) {
            if character != b'-' {
                return None;
            }
            continue;
        }
        // Upper case is refused: an id has one printed form, so that equal ids are equal texts.
        let value = match character {
            b'0'..=b'9' => character - b'0',
            b'a'..=b'f' => character - b'a' + 10,
            _ => return None,
        };
        let byte = bytes.get_mut(nibbles / 2)?;
        *byte = (*byte << 4) | value;
        nibbles += 1;
    }
    Some(bytes)
}

fn is_slug(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes
            .iter()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// What an error quotes of a text that may be hostile: its first 64 characters.
fn shorten(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}
