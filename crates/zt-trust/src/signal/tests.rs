use super::*;
use crate::Received;
use proptest::prelude::*;

fn parse(bytes: &[u8]) -> Result<Signal, SignalError> {
    match Received::parse(bytes)? {
        Received::Finding(signal) => Ok(signal),
        Received::State(report) => panic!("{report:?}"),
    }
}

fn alert() -> serde_json::Value {
    serde_json::json!({
        "class_uid": 2004, "category_uid": 2, "activity_id": 1, "type_uid": 200_401,
        "severity_id": 5, "status_id": 1, "time": 1_790_000_000_000_i64,
        "message": "Suspicious file quarantined",
        "metadata": { "version": "1.8.0", "product": { "name": "Example EDR", "vendor_name": "Example" } },
        "finding_info": { "uid": "alert-1", "title": "EICAR-Test-File", "types": ["Malware"] },
        "malware": [{ "classification_ids": [19], "name": "EICAR" }],
        "device": { "type_id": 2, "uid": "agent-77", "hostname": "PC-SATO",
                    "hw_info": { "serial_number": "5CG1234XYZ" } },
        "unmapped": { "anything": { "goes": [true, 1.5, null] } }
    })
}

/// The alert with the value at `path` replaced, or removed if `value` is `None`.
fn with(path: &str, value: Option<serde_json::Value>) -> Vec<u8> {
    let mut event = alert();
    let (parent, name) = path.rsplit_once('/').unwrap();
    let members = event
        .pointer_mut(parent)
        .and_then(serde_json::Value::as_object_mut)
        .unwrap();
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    serde_json::to_vec(&event).unwrap()
}

#[test]
fn a_whole_alert_is_read() {
    insta::assert_debug_snapshot!(parse(&serde_json::to_vec(&alert()).unwrap()));
}

#[test]
fn the_example_of_the_manual_is_read() {
    let manual = include_str!("../../../../docs/signals.md");
    let example = manual
        .split("```json")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let signal = parse(example.unwrap().as_bytes()).unwrap();
    assert_eq!(
        (signal.uid.as_str(), signal.kind),
        ("alert-1", Some(FactKind::Malware))
    );
}

#[test]
fn what_is_wrong_is_named() {
    use serde_json::json;
    let long = "x".repeat(257);
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(30), "]".repeat(30)).into_bytes();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("garbage", vec![0xff, 0x00, 0x7b]),
        (
            "cut off",
            serde_json::to_vec(&alert()).unwrap()[..100].to_vec(),
        ),
        ("a list", b"[]".to_vec()),
        ("a text", b"\"{\"".to_vec()),
        ("deep", deep),
        ("too long", vec![b' '; MAX_SIGNAL_BYTES + 1]),
        (
            "member twice",
            br#"{"class_uid":2004,"class_uid":2001}"#.to_vec(),
        ),
        (
            "inner member twice",
            br#"{"class_uid":2004,"device":{"uid":"a","uid":"b"}}"#.to_vec(),
        ),
        ("no class", with("/class_uid", None)),
        ("class as text", with("/class_uid", Some(json!("2004")))),
        ("another class", with("/class_uid", Some(json!(2001)))),
        ("no activity", with("/activity_id", None)),
        ("contradiction", with("/type_uid", Some(json!(200_403)))),
        (
            "another version",
            with("/metadata/version", Some(json!("2.0.0"))),
        ),
        ("no severity", with("/severity_id", None)),
        (
            "severity as fraction",
            with("/severity_id", Some(json!(4.5))),
        ),
        ("no time", with("/time", None)),
        (
            "time in seconds",
            with("/time", Some(json!(1_790_000_000_i64))),
        ),
        (
            "time beyond the calendar",
            with("/time", Some(json!(i64::MAX))),
        ),
        (
            "modified time in seconds",
            with("/finding_info/modified_time", Some(json!(5))),
        ),
        ("no finding", with("/finding_info", None)),
        ("finding as list", with("/finding_info", Some(json!([])))),
        ("no uid", with("/finding_info/uid", None)),
        ("null uid", with("/finding_info/uid", Some(json!(null)))),
        ("empty uid", with("/finding_info/uid", Some(json!("  ")))),
        ("long uid", with("/finding_info/uid", Some(json!(long)))),
        (
            "uid with a line break",
            with("/finding_info/uid", Some(json!("a\nb"))),
        ),
        (
            "title as number",
            with("/finding_info/title", Some(json!(1))),
        ),
        (
            "types as text",
            with("/finding_info/types", Some(json!("Malware"))),
        ),
        ("malware as object", with("/malware", Some(json!({})))),
        ("no device", with("/device", None)),
        (
            "a nameless person",
            with("/actor", Some(json!({ "user": { "type_id": 1 } }))),
        ),
        (
            "a person as text",
            with("/actor", Some(json!({ "user": "sato" }))),
        ),
        (
            "an e-mail address with a line break",
            with("/actor", Some(json!({ "user": { "email_addr": "a\nb" } }))),
        ),
        (
            "a long user name",
            with("/actor", Some(json!({ "user": { "name": long } }))),
        ),
        (
            "a nameless device",
            with("/device", Some(json!({ "type_id": 2 }))),
        ),
        (
            "serial as number",
            with("/device/hw_info/serial_number", Some(json!(5))),
        ),
    ];
    let errors: Vec<String> = cases
        .into_iter()
        .map(|(name, bytes)| format!("{name}: {}", parse(&bytes).unwrap_err()))
        .collect();
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn kinds() {
    use serde_json::json;
    for (malware, types, kind) in [
        (json!([{ "name": "x" }]), json!([]), Some(FactKind::Malware)),
        (
            json!([]),
            json!(["Ransomware behaviour"]),
            Some(FactKind::Malware),
        ),
        (
            json!(null),
            json!(["Credential Access"]),
            Some(FactKind::CredentialLeak),
        ),
        (
            json!(null),
            json!(["Leaked password"]),
            Some(FactKind::CredentialLeak),
        ),
        (
            json!(null),
            json!(["Impossible travel"]),
            Some(FactKind::ImpossibleTravel),
        ),
        (
            json!(null),
            json!(["Sign-in from an unfamiliar location"]),
            Some(FactKind::UnfamiliarPlace),
        ),
        (
            json!(null),
            json!(["unusual-time"]),
            Some(FactKind::UnusualTime),
        ),
        (
            json!(null),
            json!(["Anomalous behaviour"]),
            Some(FactKind::UnusualBehaviour),
        ),
        (json!(null), json!(["Lateral Movement"]), None),
        (json!(null), json!(null), None),
    ] {
        let mut event = alert();
        event["malware"] = malware;
        event["finding_info"]["types"] = types;
        let signal = parse(&serde_json::to_vec(&event).unwrap()).unwrap();
        assert_eq!(signal.kind, kind);
    }
}

#[test]
fn only_resolved_and_closed_clear() {
    use serde_json::json;
    for (activity, status, clears) in [
        (1, 1, false),
        (2, 2, false),
        (2, 3, false),
        (2, 4, true),
        (2, 5, false),
        (2, 6, false),
        (2, 99, false),
        (3, 1, true),
        (3, 4, true),
        (99, 0, false),
    ] {
        let mut event = alert();
        event["activity_id"] = json!(activity);
        event["type_uid"] = json!(200_400 + activity);
        event["status_id"] = json!(status);
        let signal = parse(&serde_json::to_vec(&event).unwrap()).unwrap();
        assert_eq!(
            signal.clears(),
            clears,
            "activity {activity}, status {status}"
        );
    }
}

#[test]
fn a_long_title_is_cut_and_a_missing_one_replaced() {
    use serde_json::json;
    let long = parse(&with(
        "/finding_info/title",
        Some(json!("語\u{7}".repeat(500))),
    ))
    .unwrap();
    assert_eq!(long.title, "語".repeat(200));
    let replaced = parse(&with("/finding_info/title", None)).unwrap();
    assert_eq!(replaced.title, "Suspicious file quarantined");
}

proptest! {
    #[test]
    fn garbage_is_refused_without_a_fuss(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn damage_is_refused_without_a_fuss(at in 0usize..700, byte: u8) {
        let mut bytes = serde_json::to_vec(&alert()).unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(signal) = parse(&bytes) {
            prop_assert!(signal.uid.chars().count() <= MAX_IDENTIFIER && signal.title.chars().count() <= MAX_IDENTIFIER);
        }
    }

    #[test]
    fn brackets_are_counted_outside_of_texts_only(text in "[\\[{\\]}\\\\\"a]{0,60}") {
        let json = serde_json::to_vec(&serde_json::json!({ "class_uid": text })).unwrap();
        prop_assert!(!matches!(parse(&json), Err(SignalError::TooDeep)));
    }
}
