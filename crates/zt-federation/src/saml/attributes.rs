//! What a service provider is told about people.

use crate::PersonFacts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zt_types::Assurance;

/// One attribute that a service provider is told (Core §2.7.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeRule {
    /// Its `Name`, such as `urn:oid:0.9.2342.19200300.100.1.3` or `mail`.
    pub name: String,
    /// How to understand the name.
    pub format: AttributeFormat,
    /// A name for people (`FriendlyName`), which nothing compares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friendly: Option<String>,
    /// What it says.
    pub source: AttributeSource,
    /// What is done with it first, one after the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transforms: Vec<Transform>,
}

/// How the name of an attribute is to be understood (Core §8.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttributeFormat {
    /// A URI, as directories have it: `urn:oid:…` (§8.2.2).
    Uri,
    /// A word (§8.2.3).
    Basic,
    /// Whatever the service provider takes it for (§8.2.1).
    Unspecified,
}

impl AttributeFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Uri, Self::Basic, Self::Unspecified];

    /// The slug used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uri => "uri",
            Self::Basic => "basic",
            Self::Unspecified => "unspecified",
        }
    }

    /// Its `NameFormat`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Uri => "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
            Self::Basic => "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
            Self::Unspecified => "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
        }
    }

    /// The format of that `NameFormat`; [`AttributeFormat::Unspecified`] is what counts where none is written (Core §2.7.3.1).
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.uri() == uri)
    }
}

/// What an attribute says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttributeSource {
    /// What she types at sign-in.
    Login,
    /// Her name, as others read it.
    Name,
    /// Her address for e-mail; nothing if she has none.
    Email,
    /// Her groups, one value each.
    Groups,
    /// Her language: `ja` or `en`.
    Language,
    /// What she is called to this service provider and to no other, for good.
    Subject,
    /// How strongly she was authenticated, as policies name it.
    Assurance,
    /// The same for everybody.
    Fixed(String),
}

impl AttributeSource {
    /// What it is called in files.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Name => "name",
            Self::Email => "email",
            Self::Groups => "groups",
            Self::Language => "language",
            Self::Subject => "subject",
            Self::Assurance => "assurance",
            Self::Fixed(_) => "fixed",
        }
    }

    /// The source that is called so; `fixed` is what the same for everybody would say, if that is said.
    #[must_use]
    pub fn named(word: &str, fixed: Option<String>) -> Option<Self> {
        let known = [
            Self::Login,
            Self::Name,
            Self::Email,
            Self::Groups,
            Self::Language,
            Self::Subject,
            Self::Assurance,
        ];
        let all = known.into_iter().chain(fixed.map(Self::Fixed));
        all.into_iter().find(|source| source.as_str() == word)
    }
}

/// What is done with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transform {
    /// In lower case.
    Lowercase,
    /// In upper case.
    Uppercase,
    /// What stands before the first `@`; all of it without one.
    BeforeAt,
    /// What stands after the last `@`; without one it is not told.
    AfterAt,
    /// With this before it.
    Prefix(String),
    /// With this after it.
    Suffix(String),
    /// What stands here for it; a value that does not stand here is not told.
    Mapped(BTreeMap<String, String>),
}

/// An attribute of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// How it is called.
    pub rule: &'a AttributeRule,
    /// What it says; never nothing.
    pub values: Vec<String>,
}

/// What is known of a person and of her sign-in.
#[derive(Debug, Clone, Copy)]
pub struct AttributeFacts<'a> {
    /// What is known of her.
    pub person: &'a PersonFacts<'a>,
    /// What she is called to this service provider alone.
    pub subject: &'a str,
    /// How strongly she was authenticated.
    pub assurance: Assurance,
}

impl AttributeRule {
    /// The attribute of a person; none if there is nothing to say.
    #[must_use]
    pub fn of(&self, facts: &AttributeFacts<'_>) -> Option<Attribute<'_>> {
        let person = facts.person;
        let known: Vec<&str> = match &self.source {
            AttributeSource::Login => vec![person.login],
            AttributeSource::Name => vec![person.name],
            AttributeSource::Email => person.email.into_iter().collect(),
            AttributeSource::Groups => person.groups.iter().map(|group| group.as_str()).collect(),
            AttributeSource::Language => vec![person.language.tag()],
            AttributeSource::Subject => vec![facts.subject],
            AttributeSource::Assurance => vec![facts.assurance.as_str()],
            AttributeSource::Fixed(text) => vec![text],
        };
        let mut values = Vec::new();
        for value in known {
            let mut told = Some(value.to_owned());
            for transform in &self.transforms {
                told = told.and_then(|value| transform.of(&value));
            }
            // Two groups may be mapped to one role.
            let told = told.filter(|told| !told.is_empty() && !values.contains(told));
            values.extend(told);
        }
        (!values.is_empty()).then_some(Attribute { rule: self, values })
    }
}

impl Transform {
    fn of(&self, value: &str) -> Option<String> {
        match self {
            Self::Lowercase => Some(value.to_lowercase()),
            Self::Uppercase => Some(value.to_uppercase()),
            Self::BeforeAt => {
                let before = value.split_once('@').map(|(before, _)| before);
                Some(before.unwrap_or(value).to_owned())
            }
            Self::AfterAt => value.rsplit_once('@').map(|(_, after)| after.to_owned()),
            Self::Prefix(text) => Some(format!("{text}{value}")),
            Self::Suffix(text) => Some(format!("{value}{text}")),
            Self::Mapped(table) => table.get(value).cloned(),
        }
    }
}

#[cfg(test)]
mod tests;
