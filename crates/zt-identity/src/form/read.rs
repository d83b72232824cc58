//! Reading a document against its form: every complaint at once, each with its place.

use super::{Key, Kind, Open, Presence, Table};
use crate::problem::{Place, Problems, Wrong, nearest};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zt_types::Text;

/// A table that was read. Only keys whose values were right are in it.
#[derive(Debug, Clone)]
pub struct Record {
    /// Where it begins, in bytes.
    pub span: Range<usize>,
    entries: BTreeMap<&'static str, Value>,
    sound: bool,
}

/// A value that was read.
#[derive(Debug, Clone)]
pub struct Value {
    /// Where it stands, in bytes.
    pub span: Range<usize>,
    /// What it is.
    pub content: Content,
}

/// What a value is.
#[derive(Debug, Clone)]
pub enum Content {
    /// A text.
    Text(String),
    /// A text in both languages.
    Localised(Text),
    /// A whole number.
    Number(i64),
    /// Several values.
    List(Vec<Value>),
    /// A table.
    Table(Record),
    /// Several tables.
    Tables(Vec<Record>),
    /// What another part reads.
    Open(Open),
}

impl Record {
    /// A table without any key, at no place: to be filled from elsewhere.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            span: 0..0,
            entries: BTreeMap::new(),
            sound: true,
        }
    }
    /// Whether everything in it was right.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.sound
    }
    /// The value of a key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.entries.get(key)
    }
    /// The text of a key.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match &self.value(key)?.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }
    /// The text of a key in both languages.
    #[must_use]
    pub fn localised(&self, key: &str) -> Option<&Text> {
        match &self.value(key)?.content {
            Content::Localised(text) => Some(text),
            _ => None,
        }
    }
    /// The number of a key.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<i64> {
        match &self.value(key)?.content {
            Content::Number(number) => Some(*number),
            _ => None,
        }
    }
    /// What another part reads.
    #[must_use]
    pub fn open(&self, key: &str) -> Option<&Open> {
        match &self.value(key)?.content {
            Content::Open(open) => Some(open),
            _ => None,
        }
    }
    /// The texts of a list, with their places; none if the key is not there.
    pub fn list(&self, key: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
        let items: &[Value] = match self.value(key).map(|value| &value.content) {
            Some(Content::List(items)) => items,
            _ => &[],
        };
        items.iter().filter_map(|item| match &item.content {
            Content::Text(text) => Some((text.as_str(), item.span.clone())),
            _ => None,
        })
    }
    /// The tables of a key; none if it is not there.
    #[must_use]
    pub fn tables(&self, key: &str) -> &[Self] {
        match self.value(key).map(|value| &value.content) {
            Some(Content::Tables(tables)) => tables,
            _ => &[],
        }
    }
    /// The table of a key.
    #[must_use]
    pub fn table(&self, key: &str) -> Option<&Self> {
        match &self.value(key)?.content {
            Content::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Writes the defaults of those keys that are not there, in inner tables too.
    pub fn fill(&mut self, table: &'static Table) {
        let mut ignored = Problems::default();
        for key in table.keys {
            if let Kind::Table(inner) = key.kind {
                let value = self.entries.entry(key.name).or_insert_with(|| Value {
                    span: 0..0,
                    content: Content::Table(Self::empty()),
                });
                if let Content::Table(record) = &mut value.content {
                    record.fill(inner);
                }
                continue;
            }
            let (Presence::Default(text), false) =
                (key.presence, self.entries.contains_key(key.name))
            else {
                continue;
            };
            let mut reader = Reader {
                file: &Arc::from(key.name),
                text: &Arc::from(text),
                problems: &mut ignored,
            };
            // A default that is not right stays out; a test over each form keeps that from happening.
            let value = DeValue::parse(text)
                .ok()
                .and_then(|value| reader.value(key, &key.kind, &value, true));
            if let Some(value) = value {
                self.entries.insert(key.name, value);
            }
        }
    }

    /// Writes a key from elsewhere (an environment variable), over what the document says. `path` leads through tables.
    /// A list is written with commas between its members.
    ///
    /// # Errors
    /// What is wrong with the value; `None` if there is no such key.
    pub fn overlay(
        &mut self,
        table: &'static Table,
        path: &[&str],
        text: &str,
    ) -> Result<(), Option<Wrong>> {
        let (first, rest) = path.split_first().ok_or(None)?;
        let key = table.key(first).ok_or(None)?;
        if let Kind::Table(inner) = key.kind {
            let entry = self.entries.entry(key.name).or_insert_with(|| Value {
                span: 0..0,
                content: Content::Table(Self::empty()),
            });
            return match &mut entry.content {
                Content::Table(record) => record.overlay(inner, rest, text),
                _ => Err(None),
            };
        }
        if !rest.is_empty() {
            return Err(None);
        }
        let content = from_text(&key.kind, key.name, text).map_err(Some)?;
        self.entries.insert(
            key.name,
            Value {
                span: 0..0,
                content,
            },
        );
        Ok(())
    }
}

/// Reads `text`, a file called `file`, as `table`. What is wrong is added to `problems`; what is right is returned.
pub fn read(table: &'static Table, file: &str, text: &str, problems: &mut Problems) -> Record {
    let (document, errors) = DeTable::parse_recoverable(text);
    let broken = !errors.is_empty();
    for error in errors {
        let place = error
            .span()
            .map_or_else(|| Place::whole(file), |span| Place::new(file, text, span));
        // The parser's message may run over several lines; the first one says it.
        let said = error.message().lines().next().unwrap_or_default();
        problems.add(place, Wrong::Syntax(said.to_owned()));
    }
    let mut reader = Reader {
        file: &Arc::from(file),
        text: &Arc::from(text),
        problems,
    };
    let mut record = reader.table(table, document.get_ref(), document.span(), !broken);
    record.sound &= !broken;
    record
}

struct Reader<'a> {
    file: &'a Arc<str>,
    text: &'a Arc<str>,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn wrong(&mut self, span: Range<usize>, wrong: Wrong) {
        let place = Place::new(self.file, self.text, span);
        self.problems.add(place, wrong);
    }

    /// `whole`: nothing of the text was lost to a syntax error, so that what is not there was not written.
    fn table(
        &mut self,
        table: &'static Table,
        entries: &DeTable<'_>,
        span: Range<usize>,
        whole: bool,
    ) -> Record {
        let problems_before = self.problems.count();
        let mut record = Record {
            span: span.clone(),
            entries: BTreeMap::new(),
            sound: true,
        };
        let mut meant = Vec::new();
        for (name, value) in entries {
            let Some(key) = table.key(name.get_ref()) else {
                let known = table.keys.iter().map(|key| key.name);
                let nearest = nearest(name.get_ref(), known.clone());
                meant.extend(nearest.clone());
                let wrong = Wrong::UnknownKey {
                    key: shorten(name.get_ref()),
                    within: table.name.to_owned(),
                    nearest,
                    known: known.collect(),
                };
                self.wrong(name.span(), wrong);
                continue;
            };
            if let Some(value) = self.value(key, &key.kind, value, whole) {
                record.entries.insert(key.name, value);
            }
        }
        if whole {
            // A misspelt key is one mistake, not two: what it was meant to be is not missing as well.
            let there = |key: &str| entries.contains_key(key) || meant.iter().any(|m| m == key);
            self.missing(table, &there, &span);
        }
        record.sound = self.problems.count() == problems_before;
        record
    }

    fn missing(
        &mut self,
        table: &'static Table,
        there: &dyn Fn(&str) -> bool,
        span: &Range<usize>,
    ) {
        for key in table.keys {
            if key.presence == Presence::Required && !there(key.name) {
                let wrong = Wrong::MissingKey {
                    key: key.name.to_owned(),
                    within: table.name.to_owned(),
                    example: key.example.to_owned(),
                };
                self.wrong(span.clone(), wrong);
            }
        }
        for keys in table.one_of {
            let found = keys.iter().filter(|key| there(key)).count();
            if found != 1 {
                let wrong = Wrong::OneOfKeys {
                    keys: keys.to_vec(),
                    within: table.name.to_owned(),
                    found: if found == 0 { "none" } else { "more than one" },
                };
                self.wrong(span.clone(), wrong);
            }
        }
    }

    fn value(
        &mut self,
        key: &Key,
        kind: &'static Kind,
        value: &Spanned<DeValue<'_>>,
        whole: bool,
    ) -> Option<Value> {
        let span = value.span();
        let content = match (kind, value.get_ref()) {
            (Kind::Table(table), DeValue::Table(entries)) => {
                Content::Table(self.table(table, entries, span.clone(), whole))
            }
            (Kind::Tables(table), DeValue::Array(items)) => {
                let mut records = Vec::with_capacity(items.len());
                for item in items.iter() {
                    match item.get_ref() {
                        DeValue::Table(entries) => {
                            records.push(self.table(table, entries, item.span(), whole));
                        }
                        other => self.wrong_type(key, kind, other, item.span()),
                    }
                }
                Content::Tables(records)
            }
            (Kind::Open(..), DeValue::Table(_)) => {
                Content::Open(Open::new(value, self.file, self.text))
            }
            (Kind::Localised, DeValue::Table(entries)) => {
                let record = self.table(&LOCALISED, entries, span.clone(), whole);
                let text = |key| record.text(key).map(str::to_owned);
                let (ja, en) = (text("ja")?, text("en")?);
                if !record.sound {
                    return None;
                }
                Content::Localised(Text { ja, en })
            }
            (Kind::List(kind), DeValue::Array(items)) => self.items(key, kind, items, &span)?,
            (Kind::Number { least, most }, DeValue::Integer(digits)) => {
                let number = i64::from_str_radix(digits.as_str(), digits.radix()).ok();
                match number.filter(|number| (least..=most).contains(&number)) {
                    Some(number) => Content::Number(number),
                    None => {
                        let bad = bad_value(key.name, kind, digits.as_str());
                        self.wrong(span, bad);
                        return None;
                    }
                }
            }
            // TOML has days of its own: `2027-03-31` without quotes.
            (Kind::Date, DeValue::Datetime(day)) if day.time.is_none() && day.offset.is_none() => {
                Content::Text(day.to_string())
            }
            (kind, DeValue::String(text)) if is_text(kind) => {
                if !kind.takes(text) {
                    self.wrong(span, bad_value(key.name, kind, text));
                    return None;
                }
                Content::Text(text.clone().into_owned())
            }
            (kind, other) => {
                self.wrong_type(key, kind, other, span);
                return None;
            }
        };
        Some(Value { span, content })
    }

    fn items(
        &mut self,
        key: &Key,
        kind: &'static Kind,
        items: &[Spanned<DeValue<'_>>],
        span: &Range<usize>,
    ) -> Option<Content> {
        if items.len() > 1000 {
            let wrong = Wrong::BadValue {
                key: key.name.to_owned(),
                value: format!("a list of {}", items.len()),
                wanted: key.kind.wanted(),
                nearest: None,
            };
            self.wrong(span.clone(), wrong);
            return None;
        }
        let mut values: Vec<Value> = Vec::with_capacity(items.len());
        for item in items {
            let Some(value) = self.value(key, kind, item, true) else {
                continue;
            };
            let text = |value: &Value| match &value.content {
                Content::Text(text) => Some(text.clone()),
                _ => None,
            };
            match text(&value) {
                Some(twice) if values.iter().any(|v| text(v).as_ref() == Some(&twice)) => {
                    let wrong = Wrong::BadValue {
                        key: key.name.to_owned(),
                        value: shorten(&twice),
                        wanted: "it once: it stands in the list already".to_owned(),
                        nearest: None,
                    };
                    self.wrong(item.span(), wrong);
                }
                _ => values.push(value),
            }
        }
        Some(Content::List(values))
    }

    fn wrong_type(&mut self, key: &Key, kind: &Kind, got: &DeValue<'_>, span: Range<usize>) {
        let got = match got {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a decimal number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a point in time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let wrong = Wrong::WrongType {
            key: key.name.to_owned(),
            got: got.to_owned(),
            wanted: kind.wanted(),
        };
        self.wrong(span, wrong);
    }
}

/// The table behind [`Kind::Localised`].
pub(super) static LOCALISED: Table = Table {
    name: "a text in both languages",
    about: "A text in Japanese and in English.",
    keys: &[
        Key {
            name: "ja",
            kind: Kind::Line,
            presence: Presence::Required,
            example: "\"営業部\"",
            about: "日本語",
        },
        Key {
            name: "en",
            kind: Kind::Line,
            presence: Presence::Required,
            example: "\"Sales\"",
            about: "English",
        },
    ],
    one_of: &[],
};

const fn is_text(kind: &Kind) -> bool {
    !matches!(
        kind,
        Kind::Localised
            | Kind::Number { .. }
            | Kind::List(_)
            | Kind::Table(_)
            | Kind::Tables(_)
            | Kind::Open(..)
    )
}

fn from_text(kind: &'static Kind, key: &str, text: &str) -> Result<Content, Wrong> {
    let bad = || bad_value(key, kind, text);
    match kind {
        Kind::Number { least, most } => text
            .parse()
            .ok()
            .filter(|number| (least..=most).contains(&number))
            .map(Content::Number)
            .ok_or_else(bad),
        Kind::List(inner) => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(|item| {
                from_text(inner, key, item).map(|content| Value {
                    span: 0..0,
                    content,
                })
            })
            .collect::<Result<_, _>>()
            .map(Content::List),
        kind if is_text(kind) && kind.takes(text) => Ok(Content::Text(text.to_owned())),
        _ => Err(bad()),
    }
}

fn bad_value(key: &str, kind: &Kind, value: &str) -> Wrong {
    Wrong::BadValue {
        key: key.to_owned(),
        value: shorten(value),
        wanted: kind.wanted(),
        nearest: match kind {
            Kind::OneOf(values) => nearest(value, values.iter().copied()),
            _ => None,
        },
    }
}

/// What a message quotes of a value: its first 80 characters, without control characters.
fn shorten(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
