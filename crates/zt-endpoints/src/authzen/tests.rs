use super::request::{Evaluation, Evaluations, Searching};
use proptest::prelude::*;
use serde_json::{Value, json};
use zt_policy::Obligation;
use zt_types::Json;

fn read(value: &Value) -> Json {
    Json::parse(value.to_string().as_bytes(), 64).unwrap()
}

/// Every reader, on anything: an answer or an error that says something, never a panic.
fn readers_answer(json: &Json) {
    let said = [
        Evaluation::of(json).err(),
        Evaluations::of(json).err(),
        Searching::subject(json).err(),
        Searching::resource(json).err(),
        Searching::action(json).err(),
    ];
    for wrong in said.into_iter().flatten() {
        let text = wrong.to_string();
        assert!(!text.is_empty() && text.len() < 400, "{text}");
    }
}

/// JSON that looks like a request as often as not.
fn json_like() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        prop_oneof![
            Just("person"),
            Just("application"),
            Just("read"),
            Just("execute_all")
        ]
        .prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "subject",
        "action",
        "resource",
        "context",
        "page",
        "options",
        "evaluations",
        "evaluations_semantic",
        "type",
        "id",
        "name",
        "properties",
        "token",
        "limit",
        "session_id",
        "supported_obligations",
        "other",
    ]);
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn anything_is_read_or_refused(value in json_like()) {
        readers_answer(&read(&value));
    }

    #[test]
    fn garbage_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        if let Ok(json) = Json::parse(&bytes, super::DEEPEST) {
            readers_answer(&json);
        }
    }

    /// §7.1.1: what an evaluation does not say stands at the top, each member as a whole.
    #[test]
    fn defaults_are_members_that_are_not_there(
        top in json_like(),
        own in json_like(),
    ) {
        let (Value::Object(mut top), Value::Object(own)) = (top, own) else {
            return Ok(());
        };
        top.remove("options");
        top.remove("evaluations");
        let mut whole = top.clone();
        whole.extend(own.clone());
        let alone = Evaluation::of(&read(&Value::Object(whole)));
        let mut body = Value::Object(top);
        body["evaluations"] = json!([own]);
        // A default that is wrong by itself is wrong for all, whether it is used or not.
        if let Ok(Evaluations::Several { items, .. }) = Evaluations::of(&read(&body)) {
            prop_assert_eq!(items, vec![alone]);
        }
    }

    /// A token is bound to what was searched for, not to how it was written.
    #[test]
    fn the_same_search_has_one_name(value in json_like()) {
        let text = value.to_string();
        let spaced = serde_json::to_string_pretty(&value).unwrap();
        let parse = |text: &str| Json::parse(text.as_bytes(), 64).ok();
        let about = |text: &str| Searching::action(&parse(text)?).ok().map(|one| one.about);
        prop_assert_eq!(about(&text), about(&spaced));
    }
}

/// What points are registered for are the names that permits use.
#[test]
fn the_words_of_the_files_are_those_of_permits() {
    let at = zt_types::Timestamp::from_seconds(0);
    let policy = zt_types::PolicyId::new("p").unwrap();
    let message = None;
    let all = [
        Obligation::Record,
        Obligation::RaiseIncident,
        Obligation::Watermark,
        Obligation::Warn { policy, message },
        Obligation::ReauthenticateAt { at },
    ];
    let names: Vec<&str> = all.iter().map(Obligation::as_str).collect();
    assert_eq!(names, zt_identity::OBLIGATIONS);
}
