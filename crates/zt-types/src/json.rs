//! Reading untrusted JSON (RFC 8259): bounded depth, and no member twice.
//!
//! Two parsers that disagree about which of two members of one name counts (RFC 8259 §4) are a way around a check. So
//! nothing is read in which a member stands twice, wherever it stands.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Truth(bool),
    /// A number without a fraction that fits.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(BTreeMap<String, Json>),
}

/// Why bytes are not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Nested too deep.
    #[error("it nests deeper than {most} levels")]
    TooDeep {
        /// How deep it may.
        most: usize,
    },
    /// Not JSON.
    #[error("it is not JSON: line {line}, column {column}")]
    NotJson {
        /// Where reading stopped, from 1.
        line: usize,
        /// Where in the line, from 1.
        column: usize,
    },
    /// A member is there twice.
    #[error("the member `{member}` is there twice")]
    Repeated {
        /// Its name, at most 64 characters of it.
        member: String,
    },
}

impl Json {
    /// Parses `bytes`, which may nest `most` levels deep.
    ///
    /// # Errors
    /// [`JsonError`].
    pub fn parse(bytes: &[u8], most: usize) -> Result<Self, JsonError> {
        if depth(bytes) > most {
            return Err(JsonError::TooDeep { most });
        }
        let root: Read = serde_json::from_slice(bytes).map_err(|error| JsonError::NotJson {
            line: error.line(),
            column: error.column(),
        })?;
        root.into_json().map_err(|member| JsonError::Repeated {
            member: member
                .chars()
                .filter(|c| !c.is_control())
                .take(64)
                .collect(),
        })
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
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

/// A value as it was read, before it is known that no member stands twice: bytes that are no JSON at all say so first.
enum Read {
    Value(Json),
    List(Vec<Read>),
    Object(BTreeMap<String, Read>),
    /// An object with a member written twice; the member's name.
    Repeated(String),
}

impl Read {
    fn into_json(self) -> Result<Json, String> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Repeated(member) => Err(member),
            Self::List(items) => items
                .into_iter()
                .map(Self::into_json)
                .collect::<Result<_, _>>()
                .map(Json::List),
            Self::Object(members) => members
                .into_iter()
                .map(|(name, value)| Ok((name, value.into_json()?)))
                .collect::<Result<_, String>>()
                .map(Json::Object),
        }
    }
}

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadVisitor)
    }
}

struct ReadVisitor;

impl<'de> Visitor<'de> for ReadVisitor {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E: Error>(self) -> Result<Read, E> {
        Ok(Read::Value(Json::Null))
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Read, E> {
        Ok(Read::Value(Json::Truth(value)))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Read, E> {
        Ok(Read::Value(Json::Number(value)))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Read, E> {
        Ok(Read::Value(Json::Integer(value)))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Read, E> {
        let integer = i64::try_from(value).map(Json::Integer);
        Ok(Read::Value(integer.unwrap_or(Json::Number(value as f64))))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Read, E> {
        Ok(Read::Value(Json::Text(text.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Read, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Read::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Read, A::Error> {
        let mut members = BTreeMap::new();
        let mut repeated = None;
        while let Some((name, value)) = entries.next_entry::<String, Read>()? {
            match members.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(value);
                }
                Entry::Occupied(place) => repeated = Some(place.key().clone()),
            }
        }
        Ok(match repeated {
            Some(name) => Read::Repeated(name),
            None => Read::Object(members),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_member_stands_once() {
        let cases = [
            (r#"{"a":1,"b":[{"c":1,"c":1}]}"#, "c"),
            (r#"{"a":1,"a":2}"#, "a"),
            (r#"{"a":1,"\u0061":2}"#, "a"),
        ];
        for (text, member) in cases {
            let member = member.to_owned();
            assert_eq!(
                Json::parse(text.as_bytes(), 8),
                Err(JsonError::Repeated { member }),
                "{text}"
            );
        }
    }

    #[test]
    fn depth_is_bounded_and_texts_do_not_count() {
        assert_eq!(
            Json::parse(b"[[[1]]]", 2),
            Err(JsonError::TooDeep { most: 2 })
        );
        assert_eq!(
            Json::parse(br#"["[[[\"[["]"#, 1),
            Ok(Json::List(vec![Json::Text("[[[\"[[".to_owned())]))
        );
        let deep = "[".repeat(1_000_000);
        assert!(matches!(
            Json::parse(deep.as_bytes(), 64),
            Err(JsonError::TooDeep { .. })
        ));
    }

    #[test]
    fn where_it_stops_being_json_is_said() {
        let cases: [(&[u8], usize); 5] = [
            (b"", 1),
            (b"{\n\"a\": tru}", 2),
            (b"[1,]", 1),
            (b"\xff", 1),
            (b"{} {}", 1),
        ];
        for (bytes, expected) in cases {
            match Json::parse(bytes, 8) {
                Err(JsonError::NotJson { line, .. }) => assert_eq!(line, expected, "{bytes:?}"),
                other => panic!("{bytes:?}: {other:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let ours = Json::parse(&bytes, 64).is_ok();
            // What the reference reads, this reads, unless a member stands twice; never more.
            if ours {
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
            }
        }
    }
}
