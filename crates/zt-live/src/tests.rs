//! The decision point over the memory store, on a clock that stands still until it is moved.

mod ahead;
mod client_keys;
mod devices;
mod going_back;
mod grants;
mod intake;
mod lapses;
mod last_resort;
mod pace;
mod pushed;
mod slow_store;
mod world;

use crate::RolledBack;
use crate::{Admission, ConnectionKind, LiveError, Standing};
use std::time::Duration;
use world::{World, finding};
use zt_auth::EndReason;
use zt_device::Presentation;
use zt_events::{Actor, Body};
use zt_policy::Reason;
use zt_store::{Change, Conflict, FlowRecord, Plan, StoreError};
use zt_trust::SignalOutcome;
use zt_types::{Capability, CapabilitySet, FlowId, Seconds, Subject, TokenHash};

fn needs() -> CapabilitySet {
    [Capability::Connect].into_iter().collect()
}

#[tokio::test]
async fn an_alert_cuts_that_device_and_no_other_and_closing_it_restores() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
    let tablet = world.enrol("tablet").await;
    let on_laptop = world.sign_in(Some(&laptop)).await;
    let on_tablet = world.sign_in(Some(&tablet)).await;
    let ill = world
        .passage("chat", &on_laptop, Presentation::NotAsked)
        .await;
    let well = world
        .passage("chat", &on_tablet, Presentation::NotAsked)
        .await;
    let mut cut_one = ill.enter(
        world.live.connection_id(),
        ConnectionKind::WebSocket,
        needs(),
        world.now(),
    );
    let kept_one = well.enter(
        world.live.connection_id(),
        ConnectionKind::WebSocket,
        needs(),
        world.now(),
    );

    let ingested = world.signal(&finding("f-1", "laptop", 1)).await;
    assert_eq!(
        ingested.outcome,
        SignalOutcome::Opened(Subject::Device(laptop.device))
    );
    assert_eq!(ingested.cut, 1);
    // The reply came after the cut: nothing is left to wait for.
    assert!(cut_one.is_cut());
    assert_eq!(cut_one.cut().await.slug(), "device-trust-too-low");
    assert!(!kept_one.is_cut());
    let refused = world
        .passage("status", &on_laptop, Presentation::NotAsked)
        .await;
    assert!(
        matches!(&*refused.standing(), Standing::Refused { refusal, .. }
        if matches!(refusal.reasons(), [Reason::DeviceTrustTooLow { .. }, ..]))
    );
    drop(cut_one);

    let ingested = world.signal(&finding("f-1", "laptop", 3)).await;
    assert_eq!(
        ingested.outcome,
        SignalOutcome::Cleared(Subject::Device(laptop.device))
    );
    assert!(ill.standing().grant(world.now()).is_some());
    assert!(refused.standing().grant(world.now()).is_some());
}

#[tokio::test]
async fn nobody_is_blocked_on_a_guess() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
    let session = world.sign_in(Some(&laptop)).await;
    let passage = world
        .passage("chat", &session, Presentation::NotAsked)
        .await;
    let ingested = world.signal(&finding("f-1", "nobody-knows-it", 1)).await;
    assert_eq!(ingested.outcome, SignalOutcome::UnknownDevice);
    assert!(passage.standing().grant(world.now()).is_some());
    assert_eq!(world.live.read(|state| state.tasks.len()), 1);
    // Said twice, it is still one task.
    world.signal(&finding("f-1", "nobody-knows-it", 1)).await;
    assert_eq!(world.live.read(|state| state.tasks.len()), 1);
}

#[tokio::test]
async fn a_session_is_bound_to_the_first_device_it_proves() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
    let tablet = world.enrol("tablet").await;
    let session = world.sign_in(None).await;
    let first = world.passage("wiki", &session, laptop.presented()).await;
    assert!(first.standing().grant(world.now()).is_some());
    let other = world.passage("wiki", &session, tablet.presented()).await;
    assert!(other.standing().grant(world.now()).is_none());
    let bound = world.live.read(|state| state.sessions[&session].device);
    assert_eq!(bound, Some(laptop.device));
    // A passage that was made before the session was bound follows the device as well.
    let chat = world
        .passage("chat", &session, Presentation::NotAsked)
        .await;
    world.signal(&finding("f-1", "laptop", 1)).await;
    assert!(chat.standing().grant(world.now()).is_none());
}

#[tokio::test]
async fn a_session_that_gets_its_device_by_a_step_up_follows_it_everywhere() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
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
    let mut stepped = world
        .live
        .read(|state| state.sessions.get(&session).cloned())
        .unwrap();
    stepped.token = TokenHash([9; 32]);
    stepped.device = Some(laptop.device);
    stepped.certificate = Some(laptop.serial());
    let step_up = Plan::new(vec![Change::PutSession(stepped)], Vec::new());
    world.live.commit(step_up).await.unwrap();
    assert!(!connection.is_cut());
    let ingested = world.signal(&finding("f-1", "laptop", 1)).await;
    assert_eq!(ingested.cut, 1);
    assert!(connection.is_cut());
    assert!(chat.standing().grant(world.now()).is_none());
}

#[tokio::test]
async fn the_same_answer_for_a_shorter_time_takes_the_place_of_the_longer_one() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
    let session = world.sign_in(Some(&laptop)).await;
    let chat = world
        .passage("chat", &session, Presentation::NotAsked)
        .await;
    let soon = world.now() + Seconds::hours(1);
    assert!(chat.standing().grant(soon + Seconds(1)).is_some());
    world.shorten(&laptop, soon).await;
    assert!(chat.standing().grant(world.now()).is_some());
    assert!(chat.standing().grant(soon + Seconds(1)).is_none());
}

#[tokio::test]
async fn a_revoked_certificate_counts_no_more() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
    let session = world.sign_in(Some(&laptop)).await;
    let passage = world.passage("wiki", &session, laptop.presented()).await;
    let connection = passage.enter(
        world.live.connection_id(),
        ConnectionKind::Stream,
        needs(),
        world.now(),
    );
    world.revoke(&laptop).await;
    assert!(connection.is_cut());
    let without = world.passage("wiki", &session, Presentation::Nothing).await;
    assert!(without.standing().grant(world.now()).is_none());
}

#[tokio::test]
async fn ending_a_session_ends_its_connections_cookies_and_codes() {
    let world = World::new().await;
    let session = world.sign_in(None).await;
    let passage = world
        .passage("chat", &session, Presentation::NotAsked)
        .await;
    let mut connection = passage.enter(
        world.live.connection_id(),
        ConnectionKind::WebSocket,
        needs(),
        world.now(),
    );
    let code = world.code("chat", session, TokenHash([9; 32])).await;
    let cuts = world
        .live
        .end_session(session, EndReason::EndedByAdministrator, Actor::Operator)
        .await
        .unwrap();
    assert_eq!(cuts.len(), 1);
    assert_eq!(connection.cut().await.slug(), "session-ended");
    let chat = world::app("chat");
    let cookie = world.cookie("chat", session);
    assert!(matches!(
        world
            .live
            .admit(&chat, &cookie, Presentation::NotAsked, world.whence())
            .await,
        Ok(Admission::NoSession)
    ));
    let redeemed = world
        .live
        .redeem(&chat, code, TokenHash([9; 32]), TokenHash([8; 32]))
        .await;
    assert!(matches!(
        redeemed,
        Err(LiveError::Store(StoreError::Conflict(_)))
    ));
    let again = world
        .live
        .end_session(session, EndReason::SignedOut, Actor::Operator)
        .await;
    assert!(matches!(
        again,
        Err(LiveError::Store(StoreError::Conflict(
            Conflict::SessionEnded
        )))
    ));
}

#[tokio::test]
async fn a_code_is_redeemed_once_by_one_browser_at_one_application() {
    let world = World::new().await;
    let session = world.sign_in(None).await;
    let (ours, theirs) = (TokenHash([1; 32]), TokenHash([2; 32]));
    let chat = world::app("chat");

    // Right application, wrong browser: refused, and used up.
    let code = world.code("chat", session, ours).await;
    assert!(
        world
            .live
            .redeem(&chat, code, theirs, TokenHash([7; 32]))
            .await
            .is_err()
    );
    assert!(
        world
            .live
            .redeem(&chat, code, ours, TokenHash([7; 32]))
            .await
            .is_err()
    );
    // Right browser, wrong application.
    let code = world.code("chat", session, ours).await;
    let status = world::app("status");
    assert!(
        world
            .live
            .redeem(&status, code, ours, TokenHash([7; 32]))
            .await
            .is_err()
    );
    // Right, and only once, however many try at the same time.
    let code = world.code("chat", session, ours).await;
    let tries = (0..8u8).map(|n| {
        let (live, chat) = (world.live.clone(), chat.clone());
        tokio::spawn(async move {
            live.redeem(&chat, code, ours, TokenHash([n + 20; 32]))
                .await
        })
    });
    let mut redeemed = 0;
    for one in tries.collect::<Vec<_>>() {
        redeemed += usize::from(one.await.unwrap().is_ok());
    }
    assert_eq!(redeemed, 1);
    // Too late.
    let code = world.code("chat", session, ours).await;
    world.live.clock().advance(Duration::from_secs(61));
    assert!(
        world
            .live
            .redeem(&chat, code, ours, TokenHash([7; 32]))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn time_alone_ends_what_rests_on_time() {
    let world = World::new().await;
    let session = world.sign_in(None).await;
    let passage = world
        .passage("chat", &session, Presentation::NotAsked)
        .await;
    let mut connection = passage.enter(
        world.live.connection_id(),
        ConnectionKind::WebSocket,
        needs(),
        world.now(),
    );
    world.live.clock().advance(Duration::from_secs(13 * 3600));
    // The wheel turns on the manual clock; the connection hears of it.
    assert_eq!(connection.cut().await.slug(), "session-ended");
}

#[tokio::test]
async fn a_clock_set_back_gives_nothing_back() {
    let world = World::new().await;
    let before = world.now();
    let session = world.sign_in(None).await;
    let passage = world
        .passage("chat", &session, Presentation::NotAsked)
        .await;
    let token = world.live.read(|state| state.sessions[&session].token);
    let mut changes = world.live.changes();
    world.live.clock().advance(Duration::from_secs(13 * 3600));
    // The wheel writes down that the session is over.
    while world
        .live
        .read(|state| state.sessions[&session].ended.is_none())
    {
        changes.changed().await.unwrap();
    }
    world.live.clock().set(before);
    assert!(passage.standing().grant(before).is_none());
    assert!(world.live.session_of(&token).is_none());
    let cookie = world.cookie("chat", session);
    let admitted = world
        .live
        .admit(
            &world::app("chat"),
            &cookie,
            Presentation::NotAsked,
            world.whence(),
        )
        .await;
    assert!(matches!(admitted, Ok(Admission::NoSession)));
}

#[tokio::test]
async fn policies_that_do_not_compile_change_nothing() {
    let world = World::new().await;
    let before = world.live.policies().version();
    let mut bad = world
        .live
        .read(|state| state.policies.values().next().cloned().unwrap());
    bad.cedar = "forbid (principal, action, resource) when { principal.nonsense };".to_owned();
    let refused = world
        .live
        .commit(Plan::new(vec![Change::PutPolicy(bad.clone())], Vec::new()))
        .await;
    assert!(matches!(refused, Err(LiveError::Policies(_))));
    assert_eq!(world.live.policies().version(), before);
    assert_ne!(
        world
            .live
            .read(|state| state.policies[&bad.id].cedar.clone()),
        bad.cedar
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_changes_that_come_together_each_is_in_force() {
    let world = World::new().await;
    let first = world
        .live
        .read(|state| state.policies.values().next().cloned().unwrap());
    let mut commits = tokio::task::JoinSet::new();
    for number in 0..16 {
        let policy = zt_policy::PolicyDocument {
            id: zt_types::PolicyId::new(&format!("together-{number}")).unwrap(),
            ..first.clone()
        };
        let live = world.live.clone();
        commits.spawn(async move {
            live.commit(Plan::new(vec![Change::PutPolicy(policy)], Vec::new()))
                .await
        });
    }
    while let Some(committed) = commits.join_next().await {
        committed.unwrap().unwrap();
    }
    let policies = world.live.policies();
    let together = policies
        .documents()
        .filter(|policy| policy.id.as_str().starts_with("together-"));
    assert_eq!(together.count(), 16);
}

#[tokio::test]
async fn a_stricter_policy_cuts_and_a_looser_one_restores() {
    let world = World::new().await;
    let session = world.sign_in(None).await;
    let passage = world
        .passage("chat", &session, Presentation::NotAsked)
        .await;
    let connection = passage.enter(
        world.live.connection_id(),
        ConnectionKind::WebSocket,
        needs(),
        world.now(),
    );
    let mut policy = world
        .live
        .read(|state| state.policies.values().next().cloned().unwrap());
    let before = policy.cedar.clone();
    policy.cedar = "forbid (principal, action, resource == Application::\"chat\");".to_owned();
    world
        .live
        .commit(Plan::new(
            vec![Change::PutPolicy(policy.clone())],
            Vec::new(),
        ))
        .await
        .unwrap();
    assert!(connection.is_cut());
    policy.cedar = before;
    world
        .live
        .commit(Plan::new(vec![Change::PutPolicy(policy)], Vec::new()))
        .await
        .unwrap();
    assert!(passage.standing().grant(world.now()).is_some());
}

#[tokio::test]
async fn earlier_policies_are_put_back_in_force() {
    let world = World::new().await;
    let session = world.sign_in(None).await;
    let passage = world
        .passage("chat", &session, Presentation::NotAsked)
        .await;
    let before = world.live.policies().version();
    let newest = || world.live.read(|state| state.revisions.len() as u64);
    let first = newest();
    let closed = zt_policy::PolicyDocument {
        id: zt_types::PolicyId::new("closed").unwrap(),
        cedar: "forbid (principal, action, resource == Application::\"chat\");".to_owned(),
        managed_by: zt_policy::ManagedBy::Console,
        ..world
            .live
            .read(|state| state.policies.values().next().cloned().unwrap())
    };
    let put = Plan::new(vec![Change::PutPolicy(closed.clone())], Vec::new());
    world.live.commit(put.clone()).await.unwrap();
    // The same once more is no change.
    world.live.commit(put).await.unwrap();
    assert_eq!(newest(), first + 1);
    assert!(passage.standing().grant(world.now()).is_none());

    let back = |number| {
        world
            .live
            .roll_back(number, zt_events::Actor::Operator, "too strict".to_owned())
    };
    assert_eq!(back(first + 9).await.unwrap(), RolledBack::NotKept);
    assert_eq!(back(first + 1).await.unwrap(), RolledBack::Same);
    let RolledBack::Done { policies, .. } = back(first).await.unwrap() else {
        panic!("nothing was put back");
    };
    assert_eq!(policies, std::slice::from_ref(&closed.id));
    assert_eq!(world.live.policies().version(), before);
    assert!(passage.standing().grant(world.now()).is_some());
    let revision = world
        .live
        .read(|state| state.revisions[&(first + 2)].clone());
    assert_eq!(
        (revision.version, revision.by, revision.why.as_deref()),
        (before, zt_events::Actor::Operator, Some("too strict"))
    );
    // And forward again.
    back(first + 1).await.unwrap();
    assert!(passage.standing().grant(world.now()).is_none());
    // Whoever goes back on old knowledge is told.
    let late = world
        .live
        .read(|state| state.back_to(first, world.now()).unwrap());
    back(first).await.unwrap();
    let late = Plan::new(late.changes, Vec::new());
    let late = world.live.commit(late).await;
    assert!(late.unwrap_err().to_string().contains("somebody else"));
}

#[tokio::test]
async fn every_decision_is_recorded_so_that_it_can_be_made_again() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
    let session = world.sign_in(Some(&laptop)).await;
    world.passage("wiki", &session, laptop.presented()).await;
    world.signal(&finding("f-1", "laptop", 1)).await;
    let policies = world.live.policies();
    let mut decided = 0;
    for event in world.events().await {
        let Body::Decided {
            inputs,
            outcome,
            fingerprint,
            ..
        } = event.body
        else {
            continue;
        };
        let inputs = inputs.read().unwrap();
        let again = policies.replay(&inputs).unwrap();
        assert_eq!(
            again.permit().is_some(),
            outcome == zt_events::Outcome::Success
        );
        assert_eq!(*again.inputs(), inputs);
        assert_eq!(fingerprint.as_deref(), Some(again.fingerprint().as_str()));
        decided += 1;
    }
    let mut replay = zt_policy::Replay::new(&policies);
    let store = world.live.store();
    let mut accesses = zt_store::Accesses::new(store.as_ref(), zt_store::Span::default());
    while let Some(page) = accesses.next().await.unwrap() {
        page.iter()
            .for_each(|access| replay.consider(&access.recorded));
    }
    let replayed = replay.finish();
    assert_eq!(
        (replayed.same, replayed.differing, accesses.unreadable()),
        (decided, 0, 0)
    );
    assert!(
        decided >= 2,
        "one allow and one refusal at least, there are {decided}"
    );
}

#[tokio::test]
async fn an_expired_session_is_nobodys() {
    let world = World::new().await;
    let session = world.sign_in(None).await;
    let token = world.live.read(|state| state.sessions[&session].token);
    assert!(world.live.session_of(&token).is_some());
    let lifetime = Seconds::hours(12);
    world.live.clock().advance(Duration::from_secs(lifetime.0));
    assert!(world.live.session_of(&token).is_none());
    assert!(world.live.sessions_of(world.person).is_empty());
}

#[tokio::test]
async fn what_is_over_is_forgotten_and_what_is_not_stays() {
    let world = World::new().await;
    let old = world.sign_in(None).await;
    let day = Duration::from_secs(Seconds::days(1).0);
    world.live.clock().advance(day);
    let fresh = world.sign_in(None).await;
    let forgotten = world.live.forget_before(world.now()).await.unwrap();
    assert_eq!(forgotten.sessions, 1);
    let there = world.live.read(|state| {
        (
            state.sessions.contains_key(&old),
            state.sessions.contains_key(&fresh),
        )
    });
    assert_eq!(there, (false, true));
    let sessions = world.live.sessions_of(world.person);
    assert_eq!(sessions.iter().map(|s| s.id).collect::<Vec<_>>(), [fresh]);
}

#[tokio::test]
async fn a_sign_in_flow_is_forgotten_as_soon_as_it_is_over() {
    let world = World::new().await;
    let flow = |number: u8, expires_at| {
        Change::PutFlow(FlowRecord {
            person: None,
            id: FlowId::from_random([number; 16]),
            version: 0,
            expires_at,
            body: String::new(),
        })
    };
    let now = world.now();
    let begun = vec![flow(1, now), flow(2, now + Seconds(1)), flow(3, now)];
    world
        .live
        .commit(Plan::new(begun, Vec::new()))
        .await
        .unwrap();
    world
        .live
        .forget_before(now - Seconds::days(7))
        .await
        .unwrap();
    let left = world
        .live
        .read(|state| state.flows.keys().copied().collect::<Vec<_>>());
    assert_eq!(left, [FlowId::from_random([2; 16])]);
}

#[tokio::test]
async fn another_policy_turns_at_once_what_it_turns_and_the_rest_when_it_is_used() {
    let world = World::new().await;
    let session = world.sign_in(None).await;
    let chat = world
        .passage("chat", &session, Presentation::NotAsked)
        .await;
    let status = world
        .passage("status", &session, Presentation::NotAsked)
        .await;
    let on_chat = chat.enter(
        world.live.connection_id(),
        ConnectionKind::WebSocket,
        needs(),
        world.now(),
    );
    let decided = |standing: &Standing| match standing {
        Standing::Permitted(grant) => grant.permit.policy_version(),
        other => panic!("{other:?}"),
    };
    let before = decided(&status.standing());
    let mut policy = world
        .live
        .read(|state| state.policies.values().next().cloned().unwrap());
    policy.id = zt_types::PolicyId::new("no-chat").unwrap();
    policy.cedar = "forbid (principal, action, resource == Application::\"chat\");".to_owned();
    policy.source = zt_policy::Written::ByHand;
    let plan = Plan::new(vec![Change::PutPolicy(policy)], Vec::new());
    let cuts = world.live.commit(plan).await.unwrap();
    assert_eq!(cuts.len(), 1);
    assert!(on_chat.is_cut());
    // Nothing about it changed, so nothing was decided: it is when somebody comes.
    assert_eq!(decided(&status.standing()), before);
    let again = world
        .passage("status", &session, Presentation::NotAsked)
        .await;
    assert_eq!(decided(&again.standing()), world.live.policies().version());
}

#[tokio::test]
async fn a_dispute_is_told() {
    let world = World::new().await;
    world
        .live
        .inner
        .tell_dispute(zt_policy::Dispute {
            person: world.person,
            app: world::app("chat"),
            compiled: needs(),
            cedar: CapabilitySet::NONE,
            policies: Vec::new(),
            about: zt_policy::Disputed::Granted,
        })
        .await;
    let told = world.events().await;
    assert!(told.iter().any(|event| matches!(
        &event.body,
        Body::DecisionDisputed { granted, right, .. }
            if *granted == needs() && right.is_empty()
    )));
}

/// A passage that is out holds on to its row, and somebody else has it by then.
#[tokio::test]
async fn taking_out_twice_takes_out_nobody_else() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
    let gone = world.sign_in(None).await;
    let gone = world.passage("chat", &gone, Presentation::NotAsked).await;
    let passages = &world.live.inner.passages;
    passages.remove(&gone);
    let there = world.sign_in(Some(&laptop)).await;
    let there = world.passage("chat", &there, Presentation::NotAsked).await;
    assert_eq!(gone.row(), there.row());
    passages.remove(&gone);
    let of_laptop = passages.affected(&[].into(), &[laptop.device].into(), &[].into());
    assert_eq!(of_laptop.len(), 1);
    assert_eq!(of_laptop[0].session(), there.session());
    assert_eq!(passages.all().len(), 1);
}
