use crate::{Actor, Body, Event, FORMAT, Outcome, Topic};
use zt_types::{AppId, DeviceId, EventId, PersonId, SessionId, SourceId, Subject, Timestamp};

fn event(body: Body) -> Event {
    Event {
        v: FORMAT,
        id: EventId::from_random([7; 16]),
        at: Timestamp::from_millis(1_790_000_000_000),
        actor: Actor::Person(PersonId::from_random([1; 16])),
        body,
    }
}

fn access(outcome: Outcome) -> Event {
    event(Body::Access {
        person: Some(PersonId::from_random([1; 16])),
        session: Some(SessionId::from_random([2; 16])),
        device: Some(DeviceId::from_random([3; 16])),
        app: AppId::new("wiki").ok(),
        decision: None,
        method: "GET".into(),
        host: "wiki.sekisho.localhost".into(),
        path: "/page".into(),
        status: if outcome == Outcome::Success {
            200
        } else {
            403
        },
        address: "127.0.0.1".into(),
        outcome,
        reasons: vec!["device-trust-too-low".into()],
    })
}

#[test]
fn the_stored_form_reads_back() {
    for outcome in [Outcome::Success, Outcome::Failure] {
        let event = access(outcome);
        let bytes = serde_json::to_vec(&event).unwrap();
        assert_eq!(serde_json::from_slice::<Event>(&bytes).unwrap(), event);
        let tag = serde_json::to_value(&event).unwrap()["body"]["event"].clone();
        assert_eq!(tag, event.name(), "the slug is the stored tag");
    }
}

#[test]
fn views_follow_the_body() {
    let refused = access(Outcome::Failure);
    assert_eq!(
        (refused.topic(), refused.outcome()),
        (Topic::Access, Outcome::Failure)
    );
    let fact = event(Body::FactOpened {
        subject: Subject::Device(DeviceId::from_random([3; 16])),
        source: SourceId::new("edr").unwrap(),
        finding: "f-1".into(),
        kind: "malware".into(),
        severity: "critical".into(),
        title: "Emotet".into(),
    });
    assert_eq!(fact.device(), Some(DeviceId::from_random([3; 16])));
    assert_eq!(fact.topic(), Topic::Trust);
}

#[test]
fn ocsf_form() {
    insta::assert_json_snapshot!(access(Outcome::Failure).to_ocsf());
}
