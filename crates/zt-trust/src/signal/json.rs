//! A signal's members, with errors that name the member.

use super::{MAX_DEPTH, MAX_IDENTIFIER, SignalError};
use std::collections::BTreeMap;
use zt_types::{Json, JsonError};

/// Parses the bytes.
pub(crate) fn parse(bytes: &[u8]) -> Result<Json, SignalError> {
    Json::parse(bytes, MAX_DEPTH).map_err(|error| match error {
        JsonError::TooDeep { .. } => SignalError::TooDeep,
        JsonError::NotJson { line, column } => SignalError::NotJson { line, column },
        JsonError::Repeated { member } => SignalError::Repeated { member },
    })
}

/// An object that is being read. `path` in its methods is what an error names.
pub(crate) struct Member<'a>(&'a BTreeMap<String, Json>);

impl<'a> Member<'a> {
    pub(crate) fn root(json: &'a Json) -> Result<Self, SignalError> {
        match json {
            Json::Object(members) => Ok(Self(members)),
            _ => Err(SignalError::NotObject),
        }
    }

    /// The member; JSON `null` counts as not there.
    fn find(&self, name: &str) -> Option<&'a Json> {
        self.0
            .get(name)
            .filter(|value| !matches!(value, Json::Null))
    }

    pub(crate) fn optional_object(
        &self,
        name: &str,
        member: &'static str,
        holds: &'static str,
    ) -> Result<Option<Self>, SignalError> {
        match self.find(name) {
            None => Ok(None),
            Some(Json::Object(members)) => Ok(Some(Self(members))),
            Some(_) => Err(SignalError::WrongType { member, holds }),
        }
    }

    pub(crate) fn object(
        &self,
        name: &str,
        member: &'static str,
        holds: &'static str,
    ) -> Result<Self, SignalError> {
        self.optional_object(name, member, holds)?
            .ok_or(SignalError::Missing { member, holds })
    }

    pub(crate) fn optional_integer(
        &self,
        name: &str,
        member: &'static str,
        holds: &'static str,
    ) -> Result<Option<i64>, SignalError> {
        match self.find(name) {
            None => Ok(None),
            Some(Json::Integer(value)) => Ok(Some(*value)),
            Some(_) => Err(SignalError::WrongType { member, holds }),
        }
    }

    pub(crate) fn integer(
        &self,
        name: &str,
        member: &'static str,
        holds: &'static str,
    ) -> Result<i64, SignalError> {
        self.optional_integer(name, member, holds)?
            .ok_or(SignalError::Missing { member, holds })
    }

    pub(crate) fn optional_text(
        &self,
        name: &str,
        member: &'static str,
    ) -> Result<Option<&'a str>, SignalError> {
        match self.find(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(SignalError::WrongType {
                member,
                holds: "a text",
            }),
        }
    }

    /// A text that things are looked up by: bounded, and free of control characters.
    pub(crate) fn identifier(
        &self,
        name: &str,
        member: &'static str,
    ) -> Result<Option<String>, SignalError> {
        let Some(text) = self.optional_text(name, member)? else {
            return Ok(None);
        };
        if text.trim().is_empty() || text.chars().count() > MAX_IDENTIFIER {
            return Err(SignalError::WrongLength { member });
        }
        if text.chars().any(char::is_control) {
            return Err(SignalError::ControlCharacters { member });
        }
        Ok(Some(text.to_owned()))
    }

    pub(crate) fn optional_truth(
        &self,
        name: &str,
        member: &'static str,
    ) -> Result<Option<bool>, SignalError> {
        match self.find(name) {
            None => Ok(None),
            Some(Json::Truth(value)) => Ok(Some(*value)),
            Some(_) => Err(SignalError::WrongType {
                member,
                holds: "`true` or `false`",
            }),
        }
    }

    /// A list of objects, at most `most` of them; each is named like the list in errors.
    pub(crate) fn objects(
        &self,
        name: &str,
        member: &'static str,
        most: usize,
    ) -> Result<Vec<Self>, SignalError> {
        let holds = "a list of objects";
        let items = self.list(name, member, holds)?.unwrap_or_default();
        if items.len() > most {
            return Err(SignalError::TooMany { member, most });
        }
        let object = |item: &'a Json| match item {
            Json::Object(members) => Ok(Self(members)),
            _ => Err(SignalError::WrongType { member, holds }),
        };
        items.iter().map(object).collect()
    }

    pub(crate) fn list(
        &self,
        name: &str,
        member: &'static str,
        holds: &'static str,
    ) -> Result<Option<&'a [Json]>, SignalError> {
        match self.find(name) {
            None => Ok(None),
            Some(Json::List(items)) => Ok(Some(items)),
            Some(_) => Err(SignalError::WrongType { member, holds }),
        }
    }
}
