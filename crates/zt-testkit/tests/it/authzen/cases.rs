//! Cases as they are written, and what is asked of every answer.

use super::faults::Fault;
use super::wire::{Answered, Asked, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FILES: [&str; 8] = [
    include_str!("../../authzen/metadata.json"),
    include_str!("../../authzen/evaluation.json"),
    include_str!("../../authzen/evaluations.json"),
    include_str!("../../authzen/search-subject.json"),
    include_str!("../../authzen/search-resource.json"),
    include_str!("../../authzen/search-action.json"),
    include_str!("../../authzen/obligations.json"),
    include_str!("../../authzen/obligations-search.json"),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "for who reads the file")]
    about: String,
    endpoint: String,
    cases: Vec<Case>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) section: String,
    #[serde(default)]
    #[expect(dead_code, reason = "for who reads the file")]
    note: Option<String>,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    #[serde(default = "post")]
    method: String,
    /// Another path than the file's.
    path: Option<String>,
    /// The body as JSON. Texts that begin with `$` stand for something: see [`filled`].
    body: Option<Value>,
    /// The body as it is.
    raw: Option<String>,
    #[serde(rename = "as", default = "vpn")]
    caller: String,
    #[serde(default = "json_kind")]
    content_type: Option<String>,
    request_id: Option<String>,
    expect: Expected,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// One of these.
    status: Vec<u16>,
    /// What the body holds at least; lists in full.
    body: Option<Value>,
    /// Pointers (RFC 6901) to what must be there.
    #[serde(default)]
    present: Vec<String>,
    /// And to what must not.
    #[serde(default)]
    absent: Vec<String>,
    /// The ids or names of the results, in order.
    results: Option<Vec<String>>,
    #[serde(default)]
    includes: Vec<String>,
    #[serde(default)]
    excludes: Vec<String>,
    /// Whether there is a next page.
    next: Option<bool>,
    /// What the message holds.
    says: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Answers of one case with one name here are the same, letter by letter.
    same_as: Option<String>,
}

fn post() -> String {
    "POST".to_owned()
}

fn vpn() -> String {
    "vpn".to_owned()
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the member's type")]
fn json_kind() -> Option<String> {
    Some("application/json".to_owned())
}

/// Why an answer is not the one expected.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

/// All cases, with the path of their file.
pub(crate) fn all() -> Vec<(String, Case)> {
    let files = FILES.map(|text| serde_json::from_str::<File>(text).unwrap());
    files
        .into_iter()
        .flat_map(|file| {
            let endpoint = file.endpoint;
            file.cases
                .into_iter()
                .map(move |case| (endpoint.clone(), case))
        })
        .collect()
}

/// Runs a case against the server that `fault` makes of the real one.
pub(crate) async fn run(
    world: &World,
    fault: &Fault,
    endpoint: &str,
    case: &Case,
) -> Result<(), Failure> {
    let mut next = String::new();
    let mut same: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (at, step) in case.steps.iter().enumerate() {
        let body = match (&step.raw, &step.body) {
            (Some(raw), _) => raw.clone().into_bytes(),
            (None, Some(body)) => filled(world, body, &next).to_string().into_bytes(),
            (None, None) => Vec::new(),
        };
        let asked = Asked {
            method: step.method.parse().unwrap(),
            path: step.path.clone().unwrap_or_else(|| endpoint.to_owned()),
            caller: step.caller.clone(),
            content_type: step.content_type.clone(),
            request_id: step.request_id.clone(),
            body,
        };
        let answered = world.exchange(fault, &asked).await;
        let text = String::from_utf8_lossy(&answered.body).into_owned();
        let fail = |why: String| {
            let text: String = text.chars().take(500).collect();
            Failure(format!(
                "step {}: {why}; answered {} {text}",
                at + 1,
                answered.status
            ))
        };
        sound(&asked, &answered).map_err(fail)?;
        let expected = Expected {
            body: step
                .expect
                .body
                .as_ref()
                .map(|body| filled(world, body, &next)),
            ..step.expect.clone()
        };
        as_expected(&expected, &answered).map_err(fail)?;
        if let Some(name) = &expected.same_as {
            let first = same
                .entry(name.clone())
                .or_insert_with(|| answered.body.clone());
            if *first != answered.body {
                return Err(fail(format!("differs from another `{name}`")));
            }
        }
        // What later steps send back is the latest token there was.
        if let Some(token) = answered.json().pointer("/page/next_token") {
            let token = token.as_str().unwrap_or_default();
            if !token.is_empty() {
                next = token.to_owned();
            }
        }
    }
    Ok(())
}

/// What holds for every answer of the API, whatever was asked.
fn sound(asked: &Asked, answered: &Answered) -> Result<(), String> {
    let check = |holds: bool, what: &str| holds.then_some(()).ok_or_else(|| what.to_owned());
    if let Some(id) = &asked.request_id {
        let echoed = answered.headers.get("x-request-id");
        check(
            echoed.is_some_and(|echoed| echoed.as_bytes() == id.as_bytes()),
            "§10.1.3: the request's id does not come back",
        )?;
    }
    if answered.status != 200 {
        // §10.1.2
        check(
            !answered.body.is_empty(),
            "§10.1.2: an error without a message",
        )?;
        check(
            answered.json().get("decision").is_none(),
            "an error with a decision",
        )?;
        let challenged = answered.header("www-authenticate").starts_with("Bearer");
        return check(
            answered.status != 401 || challenged,
            "RFC 9110 §15.5.2: no challenge",
        );
    }
    check(
        answered.header("content-type") == "application/json",
        "§10.1: the answer is no JSON",
    )?;
    let body = answered.json();
    check(body.is_object(), "§10.1.1: the answer is no object")?;
    if asked.path.contains("/search/") {
        let (member, kind) = match asked.path.rsplit('/').next() {
            Some("subject") => ("id", Some("person")),
            Some("resource") => ("id", Some("application")),
            _ => ("name", None),
        };
        let results = body.get("results").and_then(Value::as_array);
        let results = results.ok_or("§8.3: no results")?;
        let whole = results.iter().all(|result| {
            result.get(member).is_some_and(Value::is_string)
                && kind.is_none_or(|kind| result["type"] == kind)
        });
        check(
            whole,
            "§8.3: a result that is not of the type that was looked for",
        )?;
        if let Some(page) = body.get("page") {
            check(
                page.is_object() && page["next_token"].is_string(),
                "§8.2.2: a page without its token",
            )?;
            let count = page.get("count");
            check(
                count.is_none_or(|count| *count == json!(results.len())),
                "§8.2.2: a count that is wrong",
            )?;
        }
    }
    if asked.path.starts_with("/access/v1/evaluation") {
        let decided = |one: &Value| {
            one["decision"].is_boolean() && one.get("context").is_none_or(Value::is_object)
        };
        match body.get("evaluations") {
            Some(list) => {
                let list = list.as_array().ok_or("§7.2: no list")?;
                check(
                    list.iter().all(decided),
                    "§5.5: a decision that is no truth value",
                )?;
            }
            None => check(decided(&body), "§5.5: a decision that is no truth value")?,
        }
    }
    Ok(())
}

fn as_expected(expected: &Expected, answered: &Answered) -> Result<(), String> {
    if !expected.status.contains(&answered.status) {
        return Err(format!("expected the status {:?}", expected.status));
    }
    let body = answered.json();
    if let Some(wanted) = &expected.body
        && !holds(wanted, &body)
    {
        return Err(format!("expected {wanted}"));
    }
    if let Some(says) = &expected.says {
        let text = String::from_utf8_lossy(&answered.body);
        if !text.contains(says.as_str()) {
            return Err(format!("does not say `{says}`"));
        }
    }
    for pointer in &expected.present {
        if body.pointer(pointer).is_none() {
            return Err(format!("nothing at `{pointer}`"));
        }
    }
    for pointer in &expected.absent {
        if body.pointer(pointer).is_some() {
            return Err(format!("something at `{pointer}`"));
        }
    }
    for (name, value) in &expected.headers {
        if answered.header(name) != value {
            return Err(format!("the header `{name}` is not `{value}`"));
        }
    }
    let results = body["results"].as_array().cloned().unwrap_or_default();
    let found: Vec<&str> = results
        .iter()
        .filter_map(|result| result.get("id").or(result.get("name"))?.as_str())
        .collect();
    if let Some(wanted) = &expected.results
        && found != *wanted
    {
        return Err(format!("expected the results {wanted:?}"));
    }
    let is_there = |name: &String| found.contains(&name.as_str());
    if !expected.includes.iter().all(is_there) || expected.excludes.iter().any(is_there) {
        return Err(format!(
            "expected {:?} among the results, and not {:?}",
            expected.includes, expected.excludes
        ));
    }
    if let Some(next) = expected.next {
        let token = body.pointer("/page/next_token").and_then(Value::as_str);
        if token.is_none_or(|token| token.is_empty() == next) {
            return Err(format!("a next page: expected {next}"));
        }
    }
    Ok(())
}

/// Whether `is` holds at least what `wanted` does. Lists are compared item by item, in full.
fn holds(wanted: &Value, is: &Value) -> bool {
    match (wanted, is) {
        (Value::Object(wanted), Value::Object(is)) => wanted
            .iter()
            .all(|(name, wanted)| is.get(name).is_some_and(|is| holds(wanted, is))),
        (Value::Array(wanted), Value::Array(is)) => {
            wanted.len() == is.len() && wanted.iter().zip(is).all(|(wanted, is)| holds(wanted, is))
        }
        _ => wanted == is,
    }
}

/// A body with its marks replaced.
fn filled(world: &World, body: &Value, next: &str) -> Value {
    match body {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), filled(world, value, next)))
            .collect(),
        Value::Array(items) => items.iter().map(|item| filled(world, item, next)).collect(),
        Value::String(text) => match text.as_str() {
            "$next" => json!(next),
            "$long" => json!("x".repeat(270_000)),
            "$257" => json!("a".repeat(257)),
            "$501" => json!(vec![json!({}); 501]),
            "$alice" => json!(world.person("alice")),
            text => match text.strip_prefix("$origin") {
                Some(path) => json!(world.server.at("id", path)),
                None => json!(text),
            },
        },
        other => other.clone(),
    }
}
