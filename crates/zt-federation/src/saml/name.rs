//! How people are named in messages.

use super::message::{is_true, limited, shortened};
use super::{EntityId, MessageError, NameIdKind, ServiceProvider, Status, StatusCode};
use crate::xml::{Element, Namespace, Writer};
use serde::{Deserialize, Serialize};

/// A name of a person (Core §2.2.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameId {
    /// The name.
    pub value: String,
    /// What kind of a name, a URI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Who gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_qualifier: Option<String>,
    /// For whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sp_name_qualifier: Option<String>,
}

impl NameId {
    pub(super) fn read(element: Element<'_>) -> Result<Self, MessageError> {
        let text = |name| element.attribute(name).map(|text| limited(text, "NameID"));
        let value = limited(&element.trimmed()?, "NameID")?;
        if value.is_empty() {
            return Err(MessageError::Nobody);
        }
        Ok(Self {
            value,
            format: text("Format").transpose()?,
            name_qualifier: text("NameQualifier").transpose()?,
            sp_name_qualifier: text("SPNameQualifier").transpose()?,
        })
    }

    /// Reads the name in a subject or a request, which may stand there in other ways too; none if nobody is named.
    pub(super) fn in_element(parent: Element<'_>) -> Result<Option<Self>, MessageError> {
        for other in ["EncryptedID", "BaseID"] {
            if parent.first(Namespace::SAML, other).is_some() {
                return Err(MessageError::Name(other.to_owned()));
            }
        }
        let element = parent.only(Namespace::SAML, "NameID")?;
        element.map(Self::read).transpose()
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer
            .start(Namespace::SAML, "NameID")
            .maybe("NameQualifier", self.name_qualifier.as_deref())
            .maybe("SPNameQualifier", self.sp_name_qualifier.as_deref())
            .maybe("Format", self.format.as_deref())
            .text(&self.value)
            .end();
    }

    /// Whether a service provider that says `said` means this name, which we gave it. What it leaves out of format and qualifiers is
    /// what we wrote (Core §2.2.3, §8.3.7); what it says has to be that.
    #[must_use]
    pub fn is_meant_by(&self, said: &Self) -> bool {
        let fits = |ours: &Option<String>, said: &Option<String>| said.is_none() || ours == said;
        let unspecified = said.format.as_deref() == Some(NameIdKind::Login.format());
        self.value == said.value
            && (unspecified || fits(&self.format, &said.format))
            && fits(&self.name_qualifier, &said.name_qualifier)
            && fits(&self.sp_name_qualifier, &said.sp_name_qualifier)
    }
}

/// What a service provider was given, as it is kept with the grant: whoever tells it of an end names her as it knows her.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// What she is called there.
    pub name_id: NameId,
}

/// What a request says of how people are to be named (Core §3.4.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct NameIdPolicy {
    /// Which kind of a name; `None`: whichever the record says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// For whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sp_name_qualifier: Option<String>,
}

impl NameIdPolicy {
    pub(super) fn read(element: Element<'_>) -> Result<Self, MessageError> {
        // What is computed is not created: whether it may be says nothing here.
        is_true(element, "AllowCreate")?;
        let text = |name| {
            let text = element.attribute(name).filter(|text| !text.is_empty());
            text.map(|text| limited(text, "NameIDPolicy")).transpose()
        };
        Ok(Self {
            format: text("Format")?,
            sp_name_qualifier: text("SPNameQualifier")?,
        })
    }
}

/// Why a person cannot be named as a request wants.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// A kind of name that it does not get.
    #[error(
        "the request wants people named by `{0}`: the service provider is registered for another kind of name"
    )]
    Format(String),
    /// A name for others.
    #[error("the request wants a name for `{0}`, which is not the service provider that asks")]
    Qualifier(String),
}

impl NameError {
    /// What the service provider is told.
    #[must_use]
    pub const fn status(&self) -> Status {
        Status::of(StatusCode::InvalidNameIdPolicy).saying("people cannot be named like this here")
    }
}

/// The names that a person could have.
#[derive(Debug, Clone, Copy)]
pub struct PersonNames<'a> {
    /// What she types at sign-in.
    pub login: &'a str,
    /// Her address for e-mail.
    pub email: Option<&'a str>,
    /// What she is called to this service provider alone, for good: up to 256 characters (Core §8.3.7).
    pub persistent: &'a str,
    /// What she is called in this session alone: 128 random bits at least (Core §8.3.8).
    pub transient: &'a str,
}

impl ServiceProvider {
    /// How people are named to it in the answer to a request with this policy. Whoever wants to know less than the record lets it
    /// know, may.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn name_kind(&self, policy: Option<&NameIdPolicy>) -> Result<NameIdKind, NameError> {
        let Some(policy) = policy else {
            return Ok(self.name_id);
        };
        if let Some(whom) = &policy.sp_name_qualifier
            && whom != self.entity_id.as_str()
        {
            return Err(NameError::Qualifier(shortened(whom)));
        }
        let Some(format) = policy.format.as_deref() else {
            return Ok(self.name_id);
        };
        // Core §3.4.1.1: the same as none.
        if format == "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
            || format == "urn:oasis:names:tc:SAML:2.0:nameid-format:unspecified"
        {
            return Ok(self.name_id);
        }
        let free = [NameIdKind::Persistent, NameIdKind::Transient];
        free.into_iter()
            .chain([self.name_id])
            .find(|kind| kind.format() == format)
            .ok_or_else(|| NameError::Format(shortened(format)))
    }
}

impl NameIdKind {
    /// The name of a person of this kind, given by `us` for `them`; none if she has no address for e-mail.
    #[must_use]
    pub fn name(self, person: &PersonNames<'_>, us: &EntityId, them: &EntityId) -> Option<NameId> {
        let value = match self {
            Self::Persistent => person.persistent,
            Self::Transient => person.transient,
            Self::Email => person.email?,
            Self::Login => person.login,
        };
        // Core §8.3.7, §8.3.8: those two mean something between us and them only.
        let between_us = matches!(self, Self::Persistent | Self::Transient);
        let qualifier = |party: &EntityId| between_us.then(|| party.as_str().to_owned());
        Some(NameId {
            value: value.to_owned(),
            format: Some(self.format().to_owned()),
            name_qualifier: qualifier(us),
            sp_name_qualifier: qualifier(them),
        })
    }
}

#[cfg(test)]
mod tests;
