//! What a client can learn about a person (OpenID Connect Core 1.0 §5.1, §5.4).

use crate::Scope;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use zt_types::{GroupId, Language};

/// A claim about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// Her name.
    Name,
    /// The name she types at sign-in: it may change, and name somebody else one day.
    PreferredUsername,
    /// Her language.
    Locale,
    /// Her address for e-mail.
    Email,
    /// The groups she is in.
    Groups,
}

impl Claim {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Name,
        Self::PreferredUsername,
        Self::Locale,
        Self::Email,
        Self::Groups,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::PreferredUsername => "preferred_username",
            Self::Locale => "locale",
            Self::Email => "email",
            Self::Groups => "groups",
        }
    }

    /// The claim of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|claim| claim.as_str() == name)
    }

    /// The scope that asks for it (§5.4).
    #[must_use]
    pub const fn scope(self) -> Scope {
        match self {
            Self::Name | Self::PreferredUsername | Self::Locale => Scope::Profile,
            Self::Email => Scope::Email,
            Self::Groups => Scope::Groups,
        }
    }
}

/// What is known of a person.
#[derive(Debug, Clone, Copy)]
pub struct PersonFacts<'a> {
    /// Her name, as others read it.
    pub name: &'a str,
    /// What she types at sign-in.
    pub login: &'a str,
    /// Her language.
    pub language: Language,
    /// Her address for e-mail.
    pub email: Option<&'a str>,
    /// Her groups.
    pub groups: &'a BTreeSet<GroupId>,
}

/// What is told of her: members of an ID token or of a UserInfo response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct PersonClaims {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<BTreeSet<GroupId>>,
}

impl PersonClaims {
    /// What `scopes` and `one_by_one` ask for and is known (§5.4, §5.5).
    #[must_use]
    pub fn of(
        facts: &PersonFacts<'_>,
        scopes: &BTreeSet<Scope>,
        one_by_one: &BTreeSet<Claim>,
    ) -> Self {
        let asked = |claim: &Claim| scopes.contains(&claim.scope()) || one_by_one.contains(claim);
        let text = |text: &str| Some(text.to_owned());
        let mut claims = Self::default();
        for claim in Claim::ALL.iter().filter(|claim| asked(claim)) {
            match claim {
                Claim::Name => claims.name = text(facts.name),
                Claim::PreferredUsername => claims.preferred_username = text(facts.login),
                Claim::Locale => claims.locale = Some(facts.language.tag()),
                Claim::Email => claims.email = facts.email.and_then(text),
                Claim::Groups => claims.groups = Some(facts.groups.clone()),
            }
        }
        claims
    }
}
