//! Scopes as they are written (RFC 6749 §3.3).

use crate::{Client, ErrorCode, Fault, Scope};
use std::collections::BTreeSet;

impl Scope {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Openid, Self::Profile, Self::Email, Self::Groups];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Openid => "openid",
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Groups => "groups",
        }
    }

    /// Reads a list. Names that nobody here knows are passed over (OpenID Connect Core 1.0 §3.1.2.1).
    ///
    /// # Errors
    /// `invalid_scope`: with a character that no name has.
    pub fn read(list: &str) -> Result<BTreeSet<Self>, Fault> {
        let known = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if !list.bytes().all(known) {
            return Err(Fault::new(
                ErrorCode::InvalidScope,
                "a scope has a character that no scope has",
            ));
        }
        let names = list.split(' ');
        Ok(names
            .filter_map(|name| Self::ALL.into_iter().find(|scope| scope.as_str() == name))
            .collect())
    }

    /// Reads a list of what is wanted of a grant that is there: what is not known cannot be in it.
    ///
    /// # Errors
    /// `invalid_scope`: the same, or a name that nobody here knows (RFC 6749 §5.2).
    pub fn read_known(list: &str) -> Result<BTreeSet<Self>, Fault> {
        let scopes = Self::read(list)?;
        let names = list.split(' ').filter(|name| !name.is_empty());
        let is_known = |name: &str| scopes.iter().any(|scope| scope.as_str() == name);
        if names.into_iter().all(is_known) {
            return Ok(scopes);
        }
        Err(Fault::new(
            ErrorCode::InvalidScope,
            "a scope is not known here",
        ))
    }

    /// Writes a list.
    #[must_use]
    pub fn list(scopes: &BTreeSet<Self>) -> String {
        let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        names.join(" ")
    }
}

impl Client {
    /// Whether it may ask for `scopes`.
    ///
    /// # Errors
    /// `invalid_scope` if it may not ask for one of them.
    pub fn check_scopes(&self, scopes: &BTreeSet<Scope>) -> Result<(), Fault> {
        if scopes.is_subset(&self.scopes) {
            return Ok(());
        }
        Err(Fault::new(
            ErrorCode::InvalidScope,
            "the client is not registered for one of the scopes",
        ))
    }
}
