//! Where Cedar itself answers, it is asked beside the locks, and no answer of before a revocation counts after it.

use super::world::{Enrolled, World, app, finding};
use crate::ahead::{Ahead, Answered, Question};
use crate::passage::Passage;
use std::sync::Arc;
use std::time::Duration;
use zt_device::Presentation;
use zt_policy::{Decision, PolicyDocument, Reason};
use zt_store::{Change, Plan};
use zt_types::{PolicyId, Seconds};

/// Policies about the chat that have no compiled form and change nothing.
async fn intricate(world: &World, count: usize) {
    let nested = (0..10).fold("principal.guest".to_owned(), |inner, _| {
        format!("if {inner} then principal.guest else resource.everyone")
    });
    let any = world
        .live
        .read(|state| state.policies.values().next().cloned().unwrap());
    let document = |number| PolicyDocument {
        id: PolicyId::new(&format!("intricate-{number}")).unwrap(),
        cedar: format!(
            "permit (principal, action, resource == Application::\"chat\") when {{ {nested} }};"
        ),
        ..any.clone()
    };
    let changes = (0..count).map(|number| Change::PutPolicy(document(number)));
    let plan = Plan::new(changes.collect(), Vec::new());
    world.live.commit(plan).await.unwrap();
    assert!(world.live.policies().asks_cedar(&app("chat")));
    assert!(!world.live.policies().asks_cedar(&app("wiki")));
}

async fn at_the_chat(policies: usize) -> (World, Enrolled, Arc<Passage>) {
    let world = World::new().await;
    intricate(&world, policies).await;
    let laptop = world.enrol("laptop").await;
    let session = world.sign_in(Some(&laptop)).await;
    let passage = world
        .passage("chat", &session, Presentation::NotAsked)
        .await;
    assert!(passage.standing().grant(world.now()).is_some());
    (world, laptop, passage)
}

fn answer(world: &World, passage: &Passage, ahead: &mut Ahead) -> Result<Answered, Box<Question>> {
    let beliefs = world.live.inner.beliefs.read();
    let now = world.now();
    let request = crate::judge::asking(&beliefs, passage, now).unwrap();
    ahead.answer(&beliefs, request, now)
}

/// Between a question and its answer nothing is held: what is committed meanwhile is believed, and asks anew.
#[tokio::test]
async fn an_answer_from_before_a_revocation_does_not_count() {
    let (world, _, passage) = at_the_chat(1).await;
    let mut ahead = Ahead::default();
    let question = answer(&world, &passage, &mut ahead).unwrap_err();
    ahead.ask(question);
    world.signal(&finding("f-1", "laptop", 1)).await;
    let question = answer(&world, &passage, &mut ahead).unwrap_err();
    // What does not concern her makes no difference.
    world.sign_in(None).await;
    ahead.ask(question);
    let Ok(Answered::Decided(decision)) = answer(&world, &passage, &mut ahead) else {
        panic!("it is not decided");
    };
    assert!(decision.permit().is_none());
    assert!(passage.standing().grant(world.now()).is_none());
}

#[tokio::test]
async fn an_answer_that_has_run_out_when_it_comes_does_not_count() {
    let (world, laptop, passage) = at_the_chat(1).await;
    let end = world.now() + Seconds(60);
    world.shorten(&laptop, end).await;
    let mut ahead = Ahead::default();
    let question = answer(&world, &passage, &mut ahead).unwrap_err();
    ahead.ask(question);
    world.live.clock().advance(Duration::from_secs(61));
    let question = answer(&world, &passage, &mut ahead).unwrap_err();
    ahead.ask(question);
    let answered = answer(&world, &passage, &mut ahead).unwrap();
    assert!(answered.decision().valid_until() > end);
}

#[tokio::test]
async fn whoever_changes_all_the_time_is_refused_for_a_moment() {
    let (world, _, passage) = at_the_chat(1).await;
    let mut ahead = Ahead::default();
    let mut asked = 0u8;
    let refusal = loop {
        match answer(&world, &passage, &mut ahead) {
            Ok(Answered::Unsettled(refusal)) => break *refusal,
            Ok(Answered::Decided(decision)) => panic!("{decision:?}"),
            Err(question) => ahead.ask(question),
        }
        // One more finding, or one less.
        let (uid, activity) = (format!("f-{}", asked / 2), 1 + 2 * (asked % 2));
        world.signal(&finding(&uid, "laptop", activity)).await;
        asked += 1;
    };
    assert_eq!(asked, 8);
    let Decision::Refuse(refusal) = refusal else {
        panic!("it is a permit");
    };
    let intricate = PolicyId::new("intricate-0").unwrap();
    assert_eq!(
        refusal.reasons(),
        [Reason::EvaluationError { id: intricate }]
    );
    assert_eq!(refusal.valid_until(), world.now() + Seconds(1));
}

/// Somebody is being decided about again and again while alerts come and go: when one is acknowledged, that is how it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_holds_whoever_is_being_decided_about() {
    let (world, _, passage) = at_the_chat(8).await;
    for round in 0..16u8 {
        let (inner, again) = (Arc::clone(&world.live.inner), Arc::clone(&passage));
        let deciding = tokio::task::spawn_blocking(move || inner.turn_decision(&again));
        let (activity, may) = if round % 2 == 0 {
            (1, false)
        } else {
            (3, true)
        };
        let finding = finding(&format!("f-{}", round / 2), "laptop", activity);
        world.signal(&finding).await;
        assert_eq!(passage.standing().grant(world.now()).is_some(), may);
        deciding.await.unwrap();
        assert_eq!(passage.standing().grant(world.now()).is_some(), may);
    }
}

/// Other policies turn who is granted something else by them, though nobody but Cedar can say who that is.
#[tokio::test]
async fn other_policies_turn_what_cedar_answers_for() {
    let (world, _, passage) = at_the_chat(1).await;
    let any = world
        .live
        .read(|state| state.policies.values().next().cloned().unwrap());
    let id = PolicyId::new("closed").unwrap();
    let closed = PolicyDocument {
        id: id.clone(),
        cedar: "forbid (principal, action, resource == Application::\"chat\");".to_owned(),
        ..any
    };
    let commit = |change| world.live.commit(Plan::new(vec![change], Vec::new()));
    commit(Change::PutPolicy(closed)).await.unwrap();
    assert!(passage.standing().grant(world.now()).is_none());
    commit(Change::RemovePolicy(id)).await.unwrap();
    assert!(passage.standing().grant(world.now()).is_some());
    // With a compiled form again, and back.
    let intricate = PolicyId::new("intricate-0").unwrap();
    let kept = world.live.read(|state| state.policies[&intricate].clone());
    commit(Change::RemovePolicy(intricate)).await.unwrap();
    assert!(!world.live.policies().asks_cedar(&app("chat")));
    assert!(passage.standing().grant(world.now()).is_some());
    commit(Change::PutPolicy(kept)).await.unwrap();
    assert!(passage.standing().grant(world.now()).is_some());
}
