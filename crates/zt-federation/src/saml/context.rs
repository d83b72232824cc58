//! How strongly a service provider wants a person to be authenticated (Core §3.3.2.2.1), and what it is told.

use super::message::{MOST, limited, shortened};
use super::{MessageError, Status, StatusCode};
use crate::xml::{Element, Namespace};
use serde::{Deserialize, Serialize};
use zt_types::Assurance;

/// Anything (Authentication Context §3.4.25).
pub(super) const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";

/// The classes that are known, and what stands behind each. The first of an assurance is the one that we write.
const CLASSES: [(&str, Assurance); 9] = [
    (
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        Assurance::Password,
    ),
    (
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        Assurance::Password,
    ),
    ("https://refeds.org/profile/sfa", Assurance::Password),
    ("https://refeds.org/profile/mfa", Assurance::Mfa),
    (
        "http://schemas.microsoft.com/claims/multipleauthn",
        Assurance::Mfa,
    ),
    (
        "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken",
        Assurance::Mfa,
    ),
    ("phr", Assurance::PhishingResistant),
    (
        "http://schemas.openid.net/pape/policies/2007/06/phishing-resistant",
        Assurance::PhishingResistant,
    ),
    ("phrh", Assurance::Hardware),
];

/// The class that we write for an assurance.
#[must_use]
pub fn class_of(assurance: Assurance) -> &'static str {
    let mut known = CLASSES.iter();
    known
        .find(|(_, behind)| *behind == assurance)
        .map_or(UNSPECIFIED, |(class, _)| class)
}

/// What stands behind a class; `None` of none that is known.
#[must_use]
pub fn assurance_of_class(class: &str) -> Option<Assurance> {
    let mut known = CLASSES.iter();
    known
        .find(|(name, _)| *name == class)
        .map(|(_, behind)| *behind)
}

/// How what is named is compared with what was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Comparison {
    /// One of those named.
    #[default]
    Exact,
    /// At least as strong as one of those.
    Minimum,
    /// As strong as possible, and no stronger than one of those.
    Maximum,
    /// Stronger than each of those.
    Better,
}

/// What a request says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedContext {
    /// How to compare.
    pub comparison: Comparison,
    /// The classes named, as they stand there.
    pub classes: Vec<String>,
}

/// What is to be proven for a request: at least so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Least {
    /// Anything.
    Anything,
    /// This.
    Assurance(Assurance),
}

/// Why nobody can be authenticated as a request wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the request wants an authentication that there is none of here: have the service provider ask for `urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport`, `https://refeds.org/profile/mfa`, `phr`, or for nothing"
)]
pub struct NoSuchContext;

impl NoSuchContext {
    /// What the service provider is told.
    #[must_use]
    pub const fn status(self) -> Status {
        Status::of(StatusCode::NoAuthnContext).saying("people are not authenticated like this here")
    }
}

impl RequestedContext {
    pub(super) fn read(element: Element<'_>) -> Result<Self, MessageError> {
        let comparison = match element.attribute("Comparison") {
            None | Some("exact") => Comparison::Exact,
            Some("minimum") => Comparison::Minimum,
            Some("maximum") => Comparison::Maximum,
            Some("better") => Comparison::Better,
            Some(other) => {
                return Err(MessageError::Value {
                    name: "Comparison",
                    value: shortened(other),
                });
            }
        };
        if element
            .first(Namespace::SAML, "AuthnContextDeclRef")
            .is_some()
        {
            return Err(MessageError::Declared);
        }
        let mut classes = Vec::new();
        for class in element.all(Namespace::SAML, "AuthnContextClassRef") {
            if classes.len() >= MOST {
                return Err(MessageError::TooMuch("AuthnContextClassRef"));
            }
            classes.push(limited(&class.trimmed()?, "AuthnContextClassRef")?);
        }
        Ok(Self {
            comparison,
            classes,
        })
    }

    /// The classes that are known, each with what it stands for.
    fn known(&self) -> impl Iterator<Item = (&str, Least)> {
        self.classes.iter().filter_map(|class| {
            if class == UNSPECIFIED {
                return Some((class.as_str(), Least::Anything));
            }
            assurance_of_class(class).map(|behind| (class.as_str(), Least::Assurance(behind)))
        })
    }

    /// What has to be proven.
    ///
    /// # Errors
    /// [`NoSuchContext`]: no class that it names is known, or nothing is stronger.
    pub fn least(&self) -> Result<Least, NoSuchContext> {
        let named = || self.known().map(|(_, behind)| behind);
        match self.comparison {
            Comparison::Exact | Comparison::Minimum => named().min().ok_or(NoSuchContext),
            Comparison::Maximum => named().max().map(|_| Least::Anything).ok_or(NoSuchContext),
            Comparison::Better => {
                let strongest = named().max().ok_or(NoSuchContext)?;
                let all = Assurance::ALL.into_iter().map(Least::Assurance);
                all.into_iter()
                    .find(|next| *next > strongest)
                    .ok_or(NoSuchContext)
            }
        }
    }

    /// The class to tell of a sign-in that proved this. Whoever compares names knows no order of them: what was proven more strongly
    /// than a class asks for is told by that class.
    ///
    /// # Errors
    /// [`NoSuchContext`]: it is not enough, or no class that it names is known.
    pub fn told(&self, proven: Assurance) -> Result<&str, NoSuchContext> {
        if self.least()? > Least::Assurance(proven) {
            return Err(NoSuchContext);
        }
        let reached = self
            .known()
            .filter(|(_, behind)| *behind <= Least::Assurance(proven))
            .max_by_key(|(_, behind)| *behind);
        let as_proven = reached.filter(|(_, behind)| *behind == Least::Assurance(proven));
        match self.comparison {
            Comparison::Exact => reached.map(|(class, _)| class).ok_or(NoSuchContext),
            Comparison::Minimum => Ok(as_proven.map_or(class_of(proven), |(class, _)| class)),
            Comparison::Better => Ok(class_of(proven)),
            Comparison::Maximum => {
                let strongest = self.known().max_by_key(|(_, behind)| *behind);
                match strongest {
                    Some((class, behind)) if behind <= Least::Assurance(proven) => Ok(class),
                    _ => Ok(class_of(proven)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
