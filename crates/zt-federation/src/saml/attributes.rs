//! What a service provider is told about people.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// What is done with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transform {
    /// In lower case.
    Lowercase,
    /// In upper case.
    Uppercase,
    /// What stands before the first `@`.
    BeforeAt,
    /// What stands after the last `@`.
    AfterAt,
    /// With this before it.
    Prefix(String),
    /// With this after it.
    Suffix(String),
    /// What stands here for it; a value that does not stand here is not told.
    Mapped(BTreeMap<String, String>),
}
