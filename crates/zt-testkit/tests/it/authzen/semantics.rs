//! Several questions at once against a naive model: each asked by itself, then cut off as the semantic says.

use super::faults::Fault;
use super::wire::{Asked, World};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const ENTITIES: [&str; 3] = ["subject", "action", "resource"];

fn subject() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => prop_oneof![Just("alice"), Just("bob"), Just("aiko")].prop_map(|id| json!({ "type": "person", "id": id })),
        1 => Just(json!({ "type": "person", "id": "nobody" })),
        1 => Just(json!({ "type": "spaceship", "id": "alice" })),
    ]
}

fn action() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => prop_oneof![Just("read"), Just("upload"), Just("print")].prop_map(|name| json!({ "name": name })),
        1 => Just(json!({ "name": "fly", "properties": {} })),
    ]
}

fn resource() -> impl Strategy<Value = Value> {
    let apps = ["record-1", "record-2", "recorded", "inside", "hidden"];
    prop::sample::select(apps.to_vec()).prop_map(|id| json!({ "type": "application", "id": id }))
}

/// Entities that are said here; the others are said elsewhere, or nowhere.
fn some(often: u32) -> impl Strategy<Value = Map<String, Value>> {
    let maybe =
        |value: BoxedStrategy<Value>| prop::option::weighted(f64::from(often) / 100.0, value);
    (
        maybe(subject().boxed()),
        maybe(action().boxed()),
        maybe(resource().boxed()),
    )
        .prop_map(|(subject, action, resource)| {
            ENTITIES
                .into_iter()
                .zip([subject, action, resource])
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect()
        })
}

fn item() -> impl Strategy<Value = Value> {
    prop_oneof![
        12 => some(60).prop_map(Value::Object),
        1 => Just(json!({ "subject": "alice" })),
        1 => Just(json!("alice")),
    ]
}

fn semantic() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![
        Just(None),
        Just(Some("execute_all")),
        Just(Some("deny_on_first_deny")),
        Just(Some("permit_on_first_permit")),
    ]
}

#[tokio::test]
async fn several_questions_are_each_one_and_end_as_the_semantic_says() {
    let world = World::start().await;
    let mut runner = TestRunner::deterministic();
    let strategy = (some(70), prop::collection::vec(item(), 1..8), semantic());
    let mut alone: BTreeMap<String, bool> = BTreeMap::new();
    let mut lengths = [0usize; 2];
    for _ in 0..200 {
        let (defaults, items, semantic) = strategy.new_tree(&mut runner).unwrap().current();
        let mut expected = Vec::new();
        for item in &items {
            let decision = match item {
                Value::Object(own) => {
                    let mut whole = defaults.clone();
                    whole.extend(own.clone());
                    decide_alone(&world, &mut alone, &Value::Object(whole)).await
                }
                _ => false,
            };
            expected.push(decision);
            match semantic {
                Some("deny_on_first_deny") if !decision => break,
                Some("permit_on_first_permit") if decision => break,
                _ => {}
            }
        }
        let mut body = Value::Object(defaults);
        body["evaluations"] = json!(items);
        if let Some(semantic) = semantic {
            body["options"] = json!({ "evaluations_semantic": semantic });
        }
        let asked = Asked::post("/access/v1/evaluations", &body);
        let answered = world.exchange(&Fault::NONE, &asked).await;
        assert_eq!(answered.status, 200, "{body}");
        let got: Vec<bool> = answered.json()["evaluations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["decision"].as_bool().unwrap())
            .collect();
        assert_eq!(got, expected, "{body}");
        lengths[usize::from(got.len() < items.len())] += 1;
    }
    let permits = alone.values().filter(|decision| **decision).count();
    assert!(permits > 5 && alone.len() - permits > 5, "both are seen");
    assert!(lengths.iter().all(|count| *count > 20), "{lengths:?}");
}

/// The decision on one question asked by itself; what is no question is closed.
async fn decide_alone(world: &World, known: &mut BTreeMap<String, bool>, body: &Value) -> bool {
    let key = body.to_string();
    if let Some(decision) = known.get(&key) {
        return *decision;
    }
    let asked = Asked::post("/access/v1/evaluation", body);
    let answered = world.exchange(&Fault::NONE, &asked).await;
    let decision = match answered.status {
        200 => answered.json()["decision"].as_bool().unwrap(),
        status => {
            assert_eq!(status, 400, "{body}");
            false
        }
    };
    known.insert(key, decision);
    decision
}

/// §8.1: what a search lists is permitted when it is asked about, and nothing that is permitted is left out.
#[tokio::test]
async fn a_search_finds_what_evaluations_permit_and_nothing_else() {
    let world = World::start().await;
    let mut known = BTreeMap::new();
    let people = ["aiko", "alice", "ben", "bob", "root"];
    let apps = ["inside", "record-1", "record-2", "recorded", "secret"];
    for action in ["read", "upload", "print", "unrecorded"] {
        for app in apps {
            let resource = json!({ "type": "application", "id": app });
            let search = json!({ "subject": { "type": "person" }, "action": { "name": action }, "resource": resource });
            let found = search_all(&world, "subject", &search).await;
            let mut expected = Vec::new();
            for person in people {
                let subject = json!({ "type": "person", "id": person });
                let body = json!({ "subject": subject, "action": { "name": action }, "resource": resource });
                if decide_alone(&world, &mut known, &body).await {
                    expected.push(person);
                }
            }
            assert_eq!(found, expected, "{search}");
        }
        for person in people {
            let subject = json!({ "type": "person", "id": person });
            let search = json!({ "subject": subject, "action": { "name": action }, "resource": { "type": "application" } });
            let found = search_all(&world, "resource", &search).await;
            let mut expected = Vec::new();
            for app in apps {
                let resource = json!({ "type": "application", "id": app });
                let body = json!({ "subject": subject, "action": { "name": action }, "resource": resource });
                if decide_alone(&world, &mut known, &body).await {
                    expected.push(app);
                }
            }
            assert_eq!(found, expected, "{search}");
        }
    }
}

/// All pages of a search, two results at a time.
async fn search_all(world: &World, kind: &str, search: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut body = search.clone();
    body["page"] = json!({ "limit": 2 });
    loop {
        let asked = Asked::post(&format!("/access/v1/search/{kind}"), &body);
        let answered = world.exchange(&Fault::NONE, &asked).await;
        assert_eq!(answered.status, 200, "{body}");
        let answer = answered.json();
        let results = answer["results"].as_array().unwrap();
        found.extend(
            results
                .iter()
                .map(|one| one["id"].as_str().unwrap().to_owned()),
        );
        match answer["page"]["next_token"].as_str().unwrap() {
            "" => return found,
            token => body["page"] = json!({ "token": token }),
        }
    }
}
