//! A value whose members another part of the program reads, with the place of each.

use crate::problem::{Place, Wrong, nearest};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value as Json};
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::DeValue;

/// A value that was taken over as it stands.
#[derive(Debug, Clone)]
pub struct Open {
    tree: Tree,
    span: Range<usize>,
    file: Arc<str>,
    text: Arc<str>,
}

#[derive(Debug, Clone)]
enum Tree {
    Plain(Json),
    List(Vec<Open>),
    Table(Vec<(String, Range<usize>, Open)>),
}

impl Open {
    pub(super) fn new(value: &Spanned<DeValue<'_>>, file: &Arc<str>, text: &Arc<str>) -> Self {
        let inner = |value| Self::new(value, file, text);
        let tree = match value.get_ref() {
            DeValue::String(text) => Tree::Plain(Json::String(text.clone().into_owned())),
            DeValue::Integer(digits) => {
                let number = i64::from_str_radix(digits.as_str(), digits.radix());
                Tree::Plain(number.map_or(Json::Null, |number| Json::Number(number.into())))
            }
            DeValue::Float(digits) => {
                let number = digits.as_str().parse().ok().and_then(Number::from_f64);
                Tree::Plain(number.map_or(Json::Null, Json::Number))
            }
            DeValue::Boolean(answer) => Tree::Plain(Json::Bool(*answer)),
            // TOML has days of its own: whoever reads them wants their digits.
            DeValue::Datetime(day) => Tree::Plain(Json::String(day.to_string())),
            DeValue::Array(items) => Tree::List(items.iter().map(inner).collect()),
            DeValue::Table(entries) => {
                let member = entries.iter().map(|(key, value)| {
                    (key.get_ref().clone().into_owned(), key.span(), inner(value))
                });
                Tree::Table(member.collect())
            }
        };
        Self {
            tree,
            span: value.span(),
            file: Arc::clone(file),
            text: Arc::clone(text),
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place_of(self.span.clone())
    }

    fn place_of(&self, span: Range<usize>) -> Place {
        Place::new(&self.file, &self.text, span)
    }

    /// Its members with the place of each key, if it is a table.
    #[must_use]
    pub fn members(&self) -> Option<Vec<(&str, Place, &Self)>> {
        let Tree::Table(members) = &self.tree else {
            return None;
        };
        let member = members
            .iter()
            .map(|(key, span, value)| (key.as_str(), self.place_of(span.clone()), value));
        Some(member.collect())
    }

    /// The member of that name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Self> {
        let Tree::Table(members) = &self.tree else {
            return None;
        };
        let member = members.iter().find(|(key, _, _)| key == name);
        member.map(|(_, _, value)| value)
    }

    /// Its items, if it is a list.
    #[must_use]
    pub fn items(&self) -> Option<&[Self]> {
        match &self.tree {
            Tree::List(items) => Some(items),
            _ => None,
        }
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Json {
        match &self.tree {
            Tree::Plain(value) => value.clone(),
            Tree::List(items) => Json::Array(items.iter().map(Self::json).collect()),
            Tree::Table(members) => {
                let member = members.iter().map(|(key, _, v)| (key.clone(), v.json()));
                Json::Object(Map::from_iter(member))
            }
        }
    }

    /// Reads it as a `T`.
    ///
    /// # Errors
    /// What keeps it from being one. `key` is what it is called where it stands.
    pub fn read<T: DeserializeOwned>(&self, key: &str) -> Result<T, Wrong> {
        serde_json::from_value(self.json()).map_err(|error| said(key, &error.to_string()))
    }
}

/// What the reader of a value says, with the word that was meant, if one of those it knows is near.
fn said(key: &str, error: &str) -> Wrong {
    let unknown = ["unknown variant `", "unknown field `"]
        .into_iter()
        .find_map(|start| error.strip_prefix(start));
    let parted = unknown.and_then(|rest| rest.split_once('`'));
    match parted {
        Some((given, rest)) => {
            let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
            let listed: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
            Wrong::BadValue {
                key: key.to_owned(),
                value: given.chars().take(80).collect(),
                wanted: listed.join(" or "),
                nearest: nearest(given, known),
            }
        }
        None => Wrong::Unreadable {
            key: key.to_owned(),
            why: error.to_owned(),
        },
    }
}
