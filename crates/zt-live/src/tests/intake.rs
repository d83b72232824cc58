//! What sources say of people and of devices' state, and what it turns.

use super::needs;
use super::world::World;
use crate::{ConnectionKind, Passage, Standing};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use zt_device::Presentation;
use zt_policy::{ManagedBy, PolicyDocument, PolicyState, Written};
use zt_store::{Change, Plan};
use zt_trust::{Doubt, Received, Severity, SignalOutcome};
use zt_types::{ClearingStep, FactKind, PolicyId, Seconds, SessionId, Subject, Text};

fn read(event: &Value) -> Received {
    Received::parse(event.to_string().as_bytes()).unwrap()
}

impl World {
    /// What the source says of the firewall and the operating system of a device.
    fn state(&self, hostname: &str, firewall: bool, os_version: &str) -> Received {
        read(&json!({
            "class_uid": 5002, "time": self.now().as_millis(),
            "device": { "hostname": hostname, "os": { "type_id": 200, "version": os_version } },
            "assessments": [{ "uid": "firewall", "meets_criteria": firewall }],
        }))
    }

    fn leak(&self, email: &str, activity: u8) -> Received {
        read(&json!({
            "class_uid": 2004, "activity_id": activity, "status_id": if activity == 3 { 4 } else { 1 },
            "severity_id": 4, "time": self.now().as_millis(),
            "finding_info": { "uid": "leak-1", "title": "Paste", "types": ["Leaked password"] },
            "actor": { "user": { "email_addr": email } },
        }))
    }

    async fn policy(&self, cedar: &str) {
        let text = |words: &str| Text {
            ja: words.to_owned(),
            en: words.to_owned(),
        };
        let policy = PolicyDocument {
            id: PolicyId::new("chat-posture").unwrap(),
            title: text("chat"),
            cedar: cedar.to_owned(),
            source: Written::ByHand,
            state: PolicyState::On,
            message: None,
            managed_by: ManagedBy::Files,
            changed_at: self.now(),
        };
        let plan = Plan::new(vec![Change::PutPolicy(policy)], Vec::new());
        self.live.commit(plan).await.unwrap();
    }

    /// The sign-in that began this session came from a place where nobody expects her.
    async fn doubt(&self, session: SessionId) {
        let doubt = Doubt {
            kind: FactKind::UnfamiliarPlace,
            severity: Severity::Medium,
            evidence: "DE; JP".to_owned(),
        };
        let fact = doubt.fact(self.person, session, self.now()).unwrap();
        let plan = Plan::new(vec![Change::PutFact(fact)], Vec::new());
        self.live.commit(plan).await.unwrap();
    }

    /// She proves herself in this session, a second later; whether doubts are left, and which of these sessions go on.
    async fn proves<const N: usize>(
        &self,
        step: ClearingStep,
        session: SessionId,
        of: [SessionId; N],
    ) -> (bool, [bool; N]) {
        self.wait(1);
        let proven = self.live.read(|state| state.sessions[&session].clone());
        let plan = Plan::new(vec![Change::PutSession(proven)], Vec::new());
        self.live
            .commit_answer(plan, self.person, step, self.now())
            .await
            .unwrap();
        self.live.read(|state| {
            let is_doubted = state.facts.values().any(zt_trust::Fact::is_open);
            let goes_on = |id: SessionId| state.sessions[&id].ended.is_none();
            (is_doubted, of.map(goes_on))
        })
    }

    fn wait(&self, seconds: u64) {
        self.live.clock().advance(Duration::from_secs(seconds));
    }

    fn may_pass(&self, passage: &Arc<Passage>) -> bool {
        passage.standing().grant(self.now()).is_some()
    }
}

#[tokio::test]
async fn a_report_lets_in_until_its_time_is_over_and_a_worse_one_cuts_at_once() {
    let world = World::new().await;
    world
        .policy(
            "forbid (principal, action, resource == Application::\"chat\") unless { context.device.firewall in \
             Answer::\"yes\" && context.device.os_version >= 3377699720527872 };",
        )
        .await;
    let laptop = world.enrol("laptop").await;
    let session = world.sign_in(Some(&laptop)).await;
    let chat = world
        .passage("chat", &session, Presentation::NotAsked)
        .await;
    assert!(!world.may_pass(&chat), "nobody reported anything");

    let heard = world.signal(&world.state("laptop", true, "12.4")).await;
    assert_eq!(
        heard.outcome,
        SignalOutcome::Opened(Subject::Device(laptop.device))
    );
    assert!(world.may_pass(&chat));
    let until = match &*chat.standing() {
        Standing::Permitted(grant) => grant.permit.valid_until(),
        other => panic!("{other:?}"),
    };
    assert_eq!(until, world.now() + Seconds::hours(1));

    // The same once more holds for longer, and is not told again.
    world.wait(600);
    world.signal(&world.state("laptop", true, "12.4")).await;
    let told = world.events().await;
    let told = told
        .iter()
        .filter(|event| event.name() == "device-state-reported");
    assert_eq!(told.count(), 1);
    world.wait(3599);
    assert!(world.may_pass(&chat));

    let connection = chat.enter(
        world.live.connection_id(),
        ConnectionKind::WebSocket,
        needs(),
        world.now(),
    );
    let heard = world.signal(&world.state("laptop", false, "12.4")).await;
    assert_eq!(heard.cut, 1);
    assert!(connection.is_cut());
    drop(connection);
    world.wait(1);
    assert_eq!(
        world.signal(&world.state("laptop", true, "12.4")).await.cut,
        0
    );
    assert!(world.may_pass(&chat));

    // Silence, and then a version that is too old.
    world.wait(3600);
    assert!(!world.may_pass(&chat));
    world.signal(&world.state("laptop", true, "11.9")).await;
    assert!(!world.may_pass(&chat));
    world.wait(1);
    world.signal(&world.state("laptop", true, "12.0")).await;
    assert!(world.may_pass(&chat));

    // A session without the device's certificate has nothing of it.
    let elsewhere = world.sign_in(None).await;
    let chat = world
        .passage("chat", &elsewhere, Presentation::NotAsked)
        .await;
    assert!(!world.may_pass(&chat));
}

#[tokio::test]
async fn a_word_about_a_person_ends_what_she_does_everywhere_until_it_is_taken_back() {
    let world = World::new().await;
    let session = world.sign_in(None).await;
    let chat = world
        .passage("chat", &session, Presentation::NotAsked)
        .await;
    let connection = chat.enter(
        world.live.connection_id(),
        ConnectionKind::WebSocket,
        needs(),
        world.now(),
    );
    let heard = world.signal(&world.leak("nobody@example.jp", 1)).await;
    assert_eq!(heard.outcome, SignalOutcome::UnknownPerson);
    assert!(!connection.is_cut());
    assert_eq!(world.live.read(|state| state.tasks.len()), 1);

    let heard = world.signal(&world.leak("hanako", 1)).await;
    assert_eq!(
        heard.outcome,
        SignalOutcome::Opened(Subject::Person(world.person))
    );
    assert_eq!(heard.cut, 1);
    assert!(connection.is_cut());
    drop(connection);
    world.wait(1);
    let heard = world.signal(&world.leak("hanako", 3)).await;
    assert_eq!(heard.outcome.as_str(), "cleared");
    assert!(world.may_pass(&chat));
}

#[tokio::test]
async fn who_proves_herself_elsewhere_disowns_the_sign_in_that_was_in_doubt() {
    use ClearingStep::{MultiFactor, PasswordReset, PhishingResistant};
    // The step, whether she takes it in the session in doubt; whether doubt is left, and whether home and far go on.
    let cases = [
        (PhishingResistant, "home", (false, [true, false])),
        (PasswordReset, "home", (false, [true, false])),
        // It was she who was far away. Her session at home was never in doubt.
        (PhishingResistant, "far", (false, [true, true])),
        // A one-time code can be relayed: it answers nothing, and ends nothing.
        (MultiFactor, "home", (true, [true, true])),
    ];
    for (step, place, expected) in cases {
        let world = World::new().await;
        let home = world.sign_in(None).await;
        let far = world.sign_in(None).await;
        world.doubt(far).await;
        let here = if place == "home" { home } else { far };
        let after = world.proves(step, here, [home, far]).await;
        assert_eq!(after, expected, "{step:?} at {place}");
    }
    // Asked in both, she proves herself in one; what was in doubt about the other is answered, and it ends.
    let world = World::new().await;
    let (one, other) = (world.sign_in(None).await, world.sign_in(None).await);
    world.doubt(one).await;
    world.doubt(other).await;
    let after = world.proves(PhishingResistant, one, [one, other]).await;
    assert_eq!(after, (false, [true, false]));
    let events = world.events().await;
    let ended = events.iter().filter_map(|event| match &event.body {
        zt_events::Body::SessionEnded { session, why, .. } => Some((*session, why.as_str())),
        _ => None,
    });
    assert_eq!(ended.collect::<Vec<_>>(), [(other, "doubted")]);
}
