use crate::report::StateReport;
use crate::{Received, SignalError};
use proptest::prelude::*;
use serde_json::{Value, json};
use zt_types::{Answer, Os, Ownership, PostureItem};

fn report() -> Value {
    json!({
        "class_uid": 5002, "category_uid": 5, "activity_id": 1, "type_uid": 500_201,
        "severity_id": 1, "time": 1_790_000_000_000_i64,
        "metadata": { "version": "1.8.0" },
        "device": {
            "type_id": 3, "uid": "agent-77", "hostname": "PC-SATO", "is_personal": false,
            "os": { "type_id": 100, "name": "Windows 11", "version": "10.0.22631.4317" },
            "agent_list": [
                { "type_id": 7, "name": "MDM", "version": "2.0" },
                { "type_id": 1, "name": "Example EDR", "version": "7.3.1" }
            ]
        },
        "assessments": [
            { "uid": "disk-encryption", "meets_criteria": true },
            { "name": "firewall", "meets_criteria": false }
        ],
        "unmapped": { "anything": ["goes"] }
    })
}

fn parse(event: &Value) -> Result<StateReport, SignalError> {
    match Received::parse(event.to_string().as_bytes())? {
        Received::State(report) => Ok(report),
        Received::Finding(signal) => panic!("{signal:?}"),
    }
}

/// The report with the value at `path` replaced, or removed if it is `null`.
fn with(path: &str, value: Value) -> Value {
    let mut event = report();
    let (parent, name) = path.rsplit_once('/').unwrap();
    let members = event.pointer_mut(parent).and_then(Value::as_object_mut);
    let members = members.unwrap();
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
    event
}

#[test]
fn a_whole_report_is_read() {
    let read = parse(&report()).unwrap();
    let said = read.said;
    assert_eq!(read.device.uid.as_deref(), Some("agent-77"));
    assert_eq!(said.os, Os::Windows);
    assert_eq!(said.os_version.unwrap().to_string(), "10.0.22631.4317");
    assert_eq!(said.antivirus_version.unwrap().to_string(), "7.3.1");
    assert_eq!(said.ownership, Ownership::Company);
    assert_eq!(said.virtual_desktop, Answer::No);
    let items: Vec<(PostureItem, Answer)> = said.items.into_iter().collect();
    let expected = [
        (PostureItem::DiskEncryption, Answer::Yes),
        (PostureItem::Firewall, Answer::No),
    ];
    assert_eq!(items, expected);
}

#[test]
fn the_example_of_the_manual_is_read() {
    let manual = include_str!("../../../../docs/signals.md");
    let example = manual
        .split("```json")
        .nth(2)
        .and_then(|rest| rest.split("```").next());
    let event: Value = serde_json::from_str(example.unwrap()).unwrap();
    let read = parse(&event).unwrap();
    assert_eq!(read.said.items.len(), 3);
    assert!(read.said.os_version.is_some() && read.said.antivirus_version.is_some());
}

#[test]
fn what_is_not_said_is_not_known() {
    let bare =
        json!({ "class_uid": 5002, "time": 1_790_000_000_000_i64, "device": { "hostname": "pc" } });
    let said = parse(&bare).unwrap().said;
    assert_eq!((said.os, said.os_version), (Os::Unknown, None));
    assert_eq!((said.antivirus_version, said.items.len()), (None, 0));
    assert_eq!(said.ownership, Ownership::Unknown);
    assert_eq!(said.virtual_desktop, Answer::Unknown);
}

#[test]
fn operating_systems_and_virtual_machines() {
    for (type_id, name, os) in [
        (100, "Windows", Os::Windows),
        (200, "Debian GNU/Linux", Os::Linux),
        (200, "ChromeOS", Os::Chromeos),
        (99, "Chrome OS", Os::Chromeos),
        (99, "Plan 9", Os::Other),
        (201, "Android", Os::Android),
        (300, "macOS", Os::Macos),
        (301, "iOS", Os::Ios),
        (302, "iPadOS", Os::Ios),
        (400, "Solaris", Os::Other),
        (0, "", Os::Unknown),
    ] {
        let event = with("/device/os", json!({ "type_id": type_id, "name": name }));
        assert_eq!(parse(&event).unwrap().said.os, os, "{type_id} {name}");
    }
    for (type_id, answer) in [(6, Answer::Yes), (2, Answer::No), (0, Answer::Unknown)] {
        let said = parse(&with("/device/type_id", json!(type_id)))
            .unwrap()
            .said;
        assert_eq!(said.virtual_desktop, answer);
    }
}

#[test]
fn what_is_wrong_is_named() {
    let long = "x".repeat(257);
    let one = |value: Value| with("/assessments", json!([value]));
    let many: Vec<Value> = vec![json!({ "uid": "firewall", "meets_criteria": true }); 65];
    let cases = [
        ("no device", with("/device", Value::Null)),
        (
            "a nameless device",
            with("/device", json!({ "type_id": 2 })),
        ),
        ("device as list", with("/device", json!([]))),
        ("long host name", with("/device/hostname", json!(long))),
        ("no time", with("/time", Value::Null)),
        ("time in seconds", with("/time", json!(1_790_000_000_i64))),
        ("time as text", with("/time", json!("now"))),
        ("contradiction", with("/type_uid", json!(500_202))),
        ("another schema", with("/metadata/version", json!("2.0.0"))),
        ("another class", with("/class_uid", json!(5001))),
        ("os as text", with("/device/os", json!("Windows"))),
        (
            "os without a type",
            with("/device/os", json!({ "version": "10" })),
        ),
        (
            "version of words",
            with("/device/os/version", json!("22H2")),
        ),
        (
            "version of five",
            with("/device/os/version", json!("1.2.3.4.5")),
        ),
        (
            "version with a sign",
            with("/device/os/version", json!("-1")),
        ),
        ("version as number", with("/device/os/version", json!(10))),
        (
            "ownership as text",
            with("/device/is_personal", json!("no")),
        ),
        ("type as text", with("/device/type_id", json!("virtual"))),
        ("agents as object", with("/device/agent_list", json!({}))),
        ("agent as text", with("/device/agent_list", json!(["EDR"]))),
        (
            "agent version",
            with(
                "/device/agent_list",
                json!([{ "type_id": 1, "version": "v7" }]),
            ),
        ),
        ("assessments as object", with("/assessments", json!({}))),
        ("assessment as text", one(json!("firewall"))),
        (
            "assessment without a name",
            one(json!({ "meets_criteria": true })),
        ),
        (
            "unknown assessment",
            one(json!({ "uid": "fire-wall", "meets_criteria": true })),
        ),
        ("no answer", one(json!({ "uid": "firewall" }))),
        (
            "answer as text",
            one(json!({ "uid": "firewall", "meets_criteria": "yes" })),
        ),
        (
            "two answers",
            with(
                "/assessments",
                json!([
                    { "uid": "firewall", "meets_criteria": true },
                    { "uid": "firewall", "meets_criteria": false }
                ]),
            ),
        ),
        ("too many", with("/assessments", json!(many))),
    ];
    let errors: Vec<String> = cases
        .into_iter()
        .map(|(name, event)| format!("{name}: {}", parse(&event).unwrap_err()))
        .collect();
    insta::assert_snapshot!(errors.join("\n"));
}

proptest! {
    #[test]
    fn damage_is_refused_without_a_fuss(at in 0usize..900, byte: u8) {
        let mut bytes = report().to_string().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(Received::State(report)) = Received::parse(&bytes) {
            prop_assert!(report.said.items.len() <= PostureItem::ALL.len());
        }
    }
}
