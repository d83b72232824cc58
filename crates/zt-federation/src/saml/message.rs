//! What every message has (Core §3.2), whoever sends it.

use super::instant::{read_instant, write_instant};
use super::{EntityId, MessageError};
use crate::xml::{Document, Element, Namespace, Writer};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use zt_types::{Seconds, Timestamp};

/// How long a message is on its way at most: as long as somebody reads a page that sends it.
const OLDEST: Seconds = Seconds::minutes(10);
/// How far the clocks of others are off at most.
pub(super) const SKEW: Seconds = Seconds::minutes(3);
/// Longer values are not looked at, in octets.
pub(super) const LONGEST: usize = 1024;
/// More of anything is not looked at.
pub(super) const MOST: usize = 32;

/// The `ID` of a message or an assertion (Core §1.3.4).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct MessageId(String);

impl MessageId {
    /// One of ours, of 16 random octets.
    #[must_use]
    pub fn from_random(octets: [u8; 16]) -> Self {
        // A digit cannot come first.
        let mut text = String::from("_");
        for octet in octets {
            text.push_str(&format!("{octet:02x}"));
        }
        Self(text)
    }

    /// Reads one of others: an `xs:ID` of 1 to 256 ASCII characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        let is_one = text.len() <= 256
            && text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && text.chars().all(fits);
        is_one.then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for MessageId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not the id of a message"))
    }
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// A sign-in is asked for.
    AuthnRequest,
    /// A sign-out is asked for, or told.
    LogoutRequest,
    /// A sign-out is answered.
    LogoutResponse,
}

impl MessageKind {
    const ALL: [Self; 3] = [
        Self::AuthnRequest,
        Self::LogoutRequest,
        Self::LogoutResponse,
    ];

    /// The name of its element.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthnRequest => "AuthnRequest",
            Self::LogoutRequest => "LogoutRequest",
            Self::LogoutResponse => "LogoutResponse",
        }
    }
}

/// What to know of a message before it is read: whose keys to verify it with. Nothing else may be believed of it then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// What it is.
    pub kind: MessageKind,
    /// Whose it says it is.
    pub issuer: EntityId,
    /// Whether there is a signature in it, which has to be right then.
    pub signature: Signature,
}

/// Whether a message has a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// None.
    Absent,
    /// One. Of a [`Claimed`] message nobody verified it; of one that is read, somebody did.
    Present,
}

impl Claimed {
    /// Looks at a message.
    ///
    /// # Errors
    /// [`MessageError`]: no message of SAML that we take, or without an issuer.
    pub fn of(document: &Document<'_>) -> Result<Self, MessageError> {
        let root = document.root();
        let kind = MessageKind::ALL
            .into_iter()
            .find(|kind| root.is(Namespace::SAMLP, kind.as_str()))
            .ok_or_else(|| MessageError::Kind(shortened(root.name())))?;
        let is_signed = root
            .descendants()
            .any(|element| element.is(Namespace::DS, "Signature"));
        Ok(Self {
            kind,
            issuer: issuer(root)?,
            signature: if is_signed {
                Signature::Present
            } else {
                Signature::Absent
            },
        })
    }
}

/// How a message came.
#[derive(Debug, Clone, Copy)]
pub struct Receipt<'a> {
    /// The service provider whose keys were tried, or whose record is used.
    pub from: &'a EntityId,
    /// The address it came to.
    pub at: &'a str,
    /// Whether it was signed, and that was verified, in the document or around it: what is signed and comes through a browser says
    /// where it goes (Bindings §3.4.5.2, §3.5.5.2). What comes by SOAP need not, and is [`Signature::Absent`] here for that.
    pub signature: Signature,
    /// The time.
    pub now: Timestamp,
}

/// What every message says.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) id: MessageId,
    pub(super) issuer: EntityId,
    pub(super) issued_at: Timestamp,
    pub(super) destination: Option<String>,
}

impl Head {
    pub(super) fn read(
        document: &Document<'_>,
        kind: MessageKind,
        receipt: &Receipt<'_>,
    ) -> Result<Self, MessageError> {
        let root = document.root();
        if !root.is(Namespace::SAMLP, kind.as_str()) {
            return Err(MessageError::Kind(shortened(root.name())));
        }
        root.elements_only()?;
        // Core §4.1: first, since everything else may mean something else.
        let version = root.demanded("Version")?;
        if version != "2.0" {
            return Err(MessageError::Version(shortened(version)));
        }
        let id = MessageId::parse(root.demanded("ID")?).ok_or(MessageError::Id("ID"))?;
        let issuer = issuer(root)?;
        if issuer != *receipt.from {
            return Err(MessageError::OtherIssuer(shortened(issuer.as_str())));
        }
        let destination = root.attribute("Destination").filter(|to| !to.is_empty());
        match destination {
            // Core §3.2.1: whoever sends it elsewhere finds it refused there.
            Some(to) if to != receipt.at => {
                return Err(MessageError::Destination {
                    found: shortened(to),
                    ours: receipt.at.to_owned(),
                });
            }
            // Bindings §3.4.5.2, §3.5.5.2.
            None if receipt.signature == Signature::Present => {
                return Err(MessageError::NoDestination);
            }
            _ => {}
        }
        let issued_at = time(root, "IssueInstant")?;
        let issued_at = issued_at.ok_or(MessageError::Time("IssueInstant"))?;
        if issued_at > receipt.now + SKEW {
            return Err(MessageError::Early);
        }
        if issued_at + OLDEST < receipt.now {
            return Err(MessageError::Old);
        }
        Ok(Self {
            id,
            issuer,
            issued_at,
            destination: destination.map(str::to_owned),
        })
    }
}

/// Who sent it (Core §2.2.5, §3.2.1).
fn issuer(root: Element<'_>) -> Result<EntityId, MessageError> {
    let element = root.one(Namespace::SAML, "Issuer")?;
    let is_entity = matches!(
        element.attribute("Format"),
        None | Some("urn:oasis:names:tc:SAML:2.0:nameid-format:entity")
    );
    // Profiles §4.1.4.1.
    let is_plain = ["NameQualifier", "SPNameQualifier", "SPProvidedID"]
        .into_iter()
        .all(|name| element.attribute(name).is_none());
    if !is_entity || !is_plain {
        return Err(MessageError::Issuer);
    }
    EntityId::parse(&element.trimmed()?).map_err(|_| MessageError::Issuer)
}

/// An attribute with a time.
pub(super) fn time(
    element: Element<'_>,
    name: &'static str,
) -> Result<Option<Timestamp>, MessageError> {
    let written = element.attribute(name);
    let read = written.map(|text| read_instant(text).ok_or(MessageError::Time(name)));
    read.transpose()
}

/// An attribute that is true or false; false if it is not there (XML Schema 2 §3.2.2).
pub(super) fn is_true(element: Element<'_>, name: &'static str) -> Result<bool, MessageError> {
    match element.attribute(name) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(other) => Err(MessageError::Value {
            name,
            value: shortened(other),
        }),
    }
}

/// A text that is written down, as long as any has to be.
pub(super) fn limited(text: &str, name: &'static str) -> Result<String, MessageError> {
    if text.len() > LONGEST || text.contains(char::is_control) {
        return Err(MessageError::TooMuch(name));
    }
    Ok(text.to_owned())
}

/// As much of a text as an error shows.
pub(super) fn shortened(text: &str) -> String {
    let known = text.chars().filter(|character| !character.is_control());
    known.take(200).collect()
}

/// Begins a message of ours, up to where its signature goes.
pub(super) fn begin(
    writer: &mut Writer,
    name: &'static str,
    id: &MessageId,
    issued_at: Timestamp,
    issuer: &EntityId,
    more: &[(&'static str, Option<&str>)],
) {
    writer
        .start(Namespace::SAMLP, name)
        .attribute("ID", id.as_str())
        .attribute("Version", "2.0")
        .attribute("IssueInstant", &write_instant(issued_at));
    for (name, value) in more {
        writer.maybe(name, *value);
    }
    writer
        .element(Namespace::SAML, "Issuer", issuer.as_str())
        .signature_here();
}
