//! Reading untrusted JSON: bounded depth, no member twice, and errors that name the member.

use super::{MAX_DEPTH, MAX_IDENTIFIER, SignalError};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

/// A JSON value, as far as a signal is read.
#[derive(Debug)]
pub(super) enum Json {
    Null,
    Integer(i64),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
    /// A number that is no integer, or a truth value: nothing here reads one.
    Scalar,
    /// An object with a member written twice; the member's name.
    Repeated(String),
}

/// Parses the bytes.
pub(super) fn parse(bytes: &[u8]) -> Result<Json, SignalError> {
    if depth(bytes) > MAX_DEPTH {
        return Err(SignalError::TooDeep);
    }
    let root: Json = serde_json::from_slice(bytes).map_err(|error| SignalError::NotJson {
        line: error.line(),
        column: error.column(),
    })?;
    match root.repeated() {
        Some(member) => Err(SignalError::Repeated {
            member: member
                .chars()
                .filter(|c| !c.is_control())
                .take(64)
                .collect(),
        }),
        None => Ok(root),
    }
}

/// How deep brackets nest outside of texts. Runs before parsing, so that depth costs no stack.
fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    let (mut in_text, mut escaped) = (false, false);
    for byte in bytes {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'{' | b'[') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

impl Json {
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The first member anywhere that is written twice.
    fn repeated(&self) -> Option<&str> {
        match self {
            Self::Repeated(member) => Some(member),
            Self::List(items) => items.iter().find_map(Self::repeated),
            Self::Object(members) => members.values().find_map(Self::repeated),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Scalar)
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Scalar)
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or(Json::Scalar, Json::Integer))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut members = BTreeMap::new();
        let mut repeated = None;
        while let Some((name, value)) = entries.next_entry::<String, Json>()? {
            match members.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(value);
                }
                Entry::Occupied(place) => repeated = Some(place.key().clone()),
            }
        }
        Ok(match repeated {
            Some(name) => Json::Repeated(name),
            None => Json::Object(members),
        })
    }
}

/// An object that is being read. `path` in its methods is what an error names.
pub(super) struct Member<'a>(&'a BTreeMap<String, Json>);

impl<'a> Member<'a> {
    pub(super) fn root(json: &'a Json) -> Result<Self, SignalError> {
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

    pub(super) fn optional_object(
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

    pub(super) fn object(
        &self,
        name: &str,
        member: &'static str,
        holds: &'static str,
    ) -> Result<Self, SignalError> {
        self.optional_object(name, member, holds)?
            .ok_or(SignalError::Missing { member, holds })
    }

    pub(super) fn optional_integer(
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

    pub(super) fn integer(
        &self,
        name: &str,
        member: &'static str,
        holds: &'static str,
    ) -> Result<i64, SignalError> {
        self.optional_integer(name, member, holds)?
            .ok_or(SignalError::Missing { member, holds })
    }

    pub(super) fn optional_text(
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
    pub(super) fn identifier(
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

    pub(super) fn list(
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
