//! A form as JSON Schema (draft 2020-12), for editors and other programs.

use super::read::LOCALISED;
use super::{Kind, Presence, Table};
use serde_json::{Map, Value, json};

/// The JSON Schema of a document. A TOML day counts as a text of its digits, as converters to JSON write it.
#[must_use]
pub fn json_schema(table: &Table, title: &str) -> Value {
    let mut schema = of_table(table);
    if let Value::Object(members) = &mut schema {
        members.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        members.insert("title".to_owned(), json!(title));
    }
    schema
}

fn of_table(table: &Table) -> Value {
    let mut properties = Map::new();
    for key in table.keys {
        let mut property = of_kind(&key.kind);
        if let Value::Object(members) = &mut property {
            let about = match key.presence {
                Presence::Required => key.about.to_owned(),
                Presence::Optional(otherwise) => format!("{} Without it: {otherwise}.", key.about),
                Presence::Default(value) => format!("{} Without it: `{value}`.", key.about),
            };
            members.insert("description".to_owned(), json!(about));
        }
        properties.insert(key.name.to_owned(), property);
    }
    let required: Vec<&str> = table
        .keys
        .iter()
        .filter(|key| key.presence == Presence::Required)
        .map(|key| key.name)
        .collect();
    let mut schema = json!({
        "type": "object",
        "description": table.about,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    let choices: Vec<Value> = table
        .one_of
        .iter()
        .map(|keys| {
            let each: Vec<Value> = keys
                .iter()
                .map(|key| json!({ "required": [key] }))
                .collect();
            json!({ "oneOf": each })
        })
        .collect();
    if let (Value::Object(members), false) = (&mut schema, choices.is_empty()) {
        members.insert("allOf".to_owned(), json!(choices));
    }
    schema
}

fn of_kind(kind: &Kind) -> Value {
    let mut schema = match kind {
        Kind::Line => json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
        Kind::Prose | Kind::Path => json!({ "type": "string", "minLength": 1, "maxLength": 65536 }),
        Kind::Localised => of_table(&LOCALISED),
        Kind::OneOf(values) => json!({ "enum": values }),
        Kind::Number { least, most } => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Kind::List(inner) => json!({
            "type": "array", "items": of_kind(inner), "maxItems": 1000, "uniqueItems": true,
        }),
        Kind::Table(table) => of_table(table),
        Kind::Tables(table) => json!({ "type": "array", "items": of_table(table) }),
        Kind::Open(_, schema) => serde_json::from_str(schema).unwrap_or_default(),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        _ => json!({ "type": "string" }),
    };
    if let (Value::Object(members), Some(pattern)) = (&mut schema, kind.pattern()) {
        members.insert("pattern".to_owned(), json!(pattern));
    }
    schema
}
