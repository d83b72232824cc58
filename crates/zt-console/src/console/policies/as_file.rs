//! A policy as a file of the organisation: what files manage is changed there.

use super::draft::login;
use serde_json::Value;
use std::fmt::Write;
use zt_policy::{PolicyDocument, PolicyState, Rule, Whom};
use zt_store::State;
use zt_types::{PersonId, Text};

/// The members of a rule, in the order in which they are read.
const KEYS: [&str; 8] = [
    "effect", "scope", "who", "except", "what", "when", "require", "limits",
];

/// The slug of a state.
pub(super) const fn state_slug(state: PolicyState) -> &'static str {
    match state {
        PolicyState::Off => "off",
        PolicyState::ReportOnly => "report-only",
        PolicyState::On => "on",
    }
}

/// The policy in TOML, with people by their logins.
pub(super) fn print(document: &PolicyDocument, rule: &Rule, state: &State) -> String {
    let mut out = String::from("[[policy]]\n");
    let text = |text: &Text| {
        let (ja, en) = (quoted(&text.ja), quoted(&text.en));
        format!("{{ ja = {ja}, en = {en} }}")
    };
    let _ = writeln!(out, "id = {}", quoted(document.id.as_str()));
    let _ = writeln!(out, "title = {}", text(&document.title));
    let _ = writeln!(out, "state = {}", quoted(state_slug(document.state)));
    if let Some(message) = &document.message {
        let _ = writeln!(out, "message = {}", text(message));
    }
    out.push_str("\n[policy.rule]\n");
    let Ok(Value::Object(members)) = serde_json::to_value(rule.parts()) else {
        return out;
    };
    let people: Vec<PersonId> = people(rule);
    for key in KEYS {
        let Some(value) = members.get(key) else {
            continue;
        };
        // What says nothing is left out, as whoever writes by hand would.
        let is_empty = matches!(value, Value::Object(inner) if inner.is_empty());
        if is_empty || (key == "scope" && value.is_string()) {
            continue;
        }
        let mut printed = literal(value);
        for person in &people {
            let (id, login) = (quoted(&person.to_string()), quoted(&login(state, *person)));
            printed = printed.replace(&format!("person = {id}"), &format!("person = {login}"));
        }
        let _ = writeln!(out, "{key} = {printed}");
    }
    out
}

fn people(rule: &Rule) -> Vec<PersonId> {
    let parts = rule.parts();
    let left_out = parts.except.iter().map(|out| &out.whom);
    let named = parts.who.iter().chain(left_out);
    named
        .filter_map(|whom| match whom {
            Whom::Person(person) => Some(*person),
            _ => None,
        })
        .collect()
}

/// A text as TOML: basic strings escape as JSON's do, and DEL besides.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned())
        .to_string()
        .replace('\u{7f}', "\\u007f")
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::Bool(answer) => answer.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(key, value)| format!("{key} = {}", literal(value)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
    }
}
