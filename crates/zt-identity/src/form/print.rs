//! A document as TOML: what was read, or an example of everything that could be.

use super::{Content, Key, Kind, Presence, Record, Table, Value};
use std::fmt::Write;

/// A record as TOML. `[[…]]` tables are not printed: settings have none.
#[must_use]
pub fn print(table: &Table, record: &Record) -> String {
    let mut out = String::new();
    walk(&mut out, table, Some(record), "", &|out, key, record| {
        if let Some(value) = record.and_then(|record| record.value(key.name)) {
            let _ = writeln!(out, "{} = {}", key.name, literal(value));
        }
    });
    out
}

/// Every key with what it says, as a commented file to start from. Keys that have a default stand there with it; keys that
/// have none stand there commented out, with an example.
#[must_use]
pub fn example(table: &Table) -> String {
    let mut out = String::new();
    walk(&mut out, table, None, "", &|out, key, _| {
        let _ = match key.presence {
            Presence::Required => {
                writeln!(
                    out,
                    "{}{} = {}\n",
                    comment(key.about),
                    key.name,
                    key.example
                )
            }
            Presence::Default(value) => {
                writeln!(out, "{}{} = {value}\n", comment(key.about), key.name)
            }
            Presence::Optional(otherwise) => {
                let about = format!("{} Without it: {otherwise}.", key.about);
                writeln!(out, "{}# {} = {}\n", comment(&about), key.name, key.example)
            }
        };
    });
    out
}

fn walk(
    out: &mut String,
    table: &Table,
    record: Option<&Record>,
    path: &str,
    line: &dyn Fn(&mut String, &Key, Option<&Record>),
) {
    let inner = |key: &&Key| matches!(key.kind, Kind::Table(_) | Kind::Tables(_));
    for key in table.keys.iter().filter(|key| !inner(key)) {
        line(out, key, record);
    }
    for key in table.keys {
        let Kind::Table(inner) = key.kind else {
            continue;
        };
        if !out.ends_with("\n\n") {
            out.push('\n');
        }
        let path = if path.is_empty() {
            key.name.to_owned()
        } else {
            format!("{path}.{}", key.name)
        };
        let _ = writeln!(out, "[{path}]");
        walk(
            out,
            inner,
            record.and_then(|r| r.table(key.name)),
            &path,
            line,
        );
    }
}

/// A text as comment lines of at most 110 characters.
fn comment(text: &str) -> String {
    let mut out = String::new();
    let mut line = String::from("#");
    for word in text.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > 110 {
            out.push_str(&line);
            out.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
    out
}

fn literal(value: &Value) -> String {
    match &value.content {
        Content::Text(text) => toml::Value::String(text.clone()).to_string(),
        Content::Number(number) => number.to_string(),
        Content::Localised(text) => format!(
            "{{ ja = {}, en = {} }}",
            toml::Value::String(text.ja.clone()),
            toml::Value::String(text.en.clone())
        ),
        Content::List(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        Content::Table(_) | Content::Tables(_) | Content::Open(_) => String::new(),
    }
}
