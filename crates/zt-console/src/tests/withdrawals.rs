//! What clients know of a person, and how that ends.

use super::clients::{asks, client};
use super::world::{SignedIn, World};
use super::{clients, location};
use http::{Method, StatusCode};
use zt_auth::{Consent, Grant, GrantEnd, GrantState, Told};
use zt_device::Presentation;
use zt_events::{Actor, Body};
use zt_federation::ConsentDemand;
use zt_store::{Change, EventFilter};
use zt_types::{ClientId, GrantId};

/// She agreed that the client may know her name.
pub(super) fn agreed(world: &World) -> Change {
    Change::PutConsent(Consent {
        person: world.hanako,
        client: ClientId::new("books").unwrap(),
        scopes: vec!["openid".to_owned(), "profile".to_owned()],
        at: world.now(),
    })
}

/// A client with tokens of hers.
async fn signed_in(consent: ConsentDemand) -> (World, SignedIn, GrantId) {
    let world = World::new().await;
    let mut changes = vec![Change::PutClient(client("chat", consent))];
    if consent == ConsentDemand::Asked {
        changes.push(agreed(&world));
    }
    world.commit(changes).await;
    let who = world.sign_in(world.hanako, None).await;
    let code = clients::told(&world.get(&asks(&[]), &who).await);
    assert_eq!(code, "code");
    let grant = world
        .live
        .read(|state| state.grants.values().next().cloned().unwrap());
    let to = Grant {
        state: GrantState::Tokens {
            refresh: None,
            turns: 0,
        },
        ..grant.clone()
    };
    let from = grant.state;
    world.commit(vec![Change::MoveGrant { to, from }]).await;
    (world, who, grant.id)
}

fn standing(world: &World, grant: GrantId) -> GrantState {
    world.live.read(|state| state.grants[&grant].state)
}

/// Who withdrew which client, by the log.
async fn withdrawn(world: &World) -> Vec<(Actor, String)> {
    world.live.store().flush().await.unwrap();
    let events = world.live.events(EventFilter {
        person: Some(world.hanako),
        limit: 100,
        ..EventFilter::default()
    });
    let events = events.await.unwrap().into_iter();
    events
        .filter_map(|logged| match &logged.event.body {
            Body::ConsentWithdrawn { client, .. } => {
                Some((logged.event.actor.clone(), client.to_string()))
            }
            _ => None,
        })
        .collect()
}

const FORM: &str = "/consents/books/withdraw";

#[tokio::test]
async fn who_withdraws_her_consent_is_signed_out_there_and_asked_again() {
    let (world, who, grant) = signed_in(ConsentDemand::Asked).await;
    let page = world.get("/security", &who).await;
    for words in [
        "あなたの情報を利用しているアプリ",
        "経理ブック",
        "氏名、ログイン名、言語",
        "改めて同意が必要です",
        FORM,
    ] {
        assert!(page.body().contains(words), "{words}\n{}", page.body());
    }
    assert!(!page.body().contains("メールアドレス"));
    let done = world.post(FORM, &who).await;
    assert_eq!(location(&done), "/security?note=consent-withdrawn");
    let ended = GrantState::Ended {
        at: world.now(),
        why: GrantEnd::ConsentWithdrawn,
        told: Told::NotYet,
    };
    assert_eq!(standing(&world, grant), ended);
    let log = withdrawn(&world).await;
    assert_eq!(log, [(Actor::Person(world.hanako), "books".to_owned())]);
    let page = world.get(location(&done), &who).await;
    assert!(page.body().contains("同意を取り消し、"));
    assert!(!page.body().contains("経理ブック"));
    let again = world.get(&asks(&[]), &who).await;
    assert!(location(&again).starts_with("/signin/consent"));
    let twice = world.post(FORM, &who).await;
    assert_eq!(location(&twice), "/security?note=failed");
    assert_eq!(withdrawn(&world).await.len(), 1);
}

#[tokio::test]
async fn nobody_withdraws_a_consent_of_somebody_else() {
    let (world, who, grant) = signed_in(ConsentDemand::Asked).await;
    let before = standing(&world, grant);
    let ken = world.sign_in(world.ken, None).await;
    assert!(!world.get("/security", &ken).await.body().contains(FORM));
    // His own with that client there is none of.
    let his = world.post(FORM, &ken).await;
    assert_eq!(location(&his), "/security?note=failed");
    // The administrators' form is not hers, and neither form does anything without its token.
    let console = format!("/console/people/{}{FORM}", world.hanako);
    let refused = world.post(&console, &who).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    for (path, who) in [(FORM, &who), (&console, &ken)] {
        for body in ["", "token=0"] {
            let request =
                world.request(&Method::POST, path, Some(who), Presentation::NotAsked, body);
            let refused = world.send(request).await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path} {body}");
        }
    }
    assert_eq!(standing(&world, grant), before);
    assert_eq!(world.live.read(|state| state.consents.len()), 1);
    assert!(withdrawn(&world).await.is_empty());
}

#[tokio::test]
async fn an_administrator_withdraws_for_her_and_the_log_says_who_it_was() {
    let (world, _, grant) = signed_in(ConsentDemand::Asked).await;
    let ken = world.sign_in(world.ken, None).await;
    let home = format!("/console/people/{}", world.hanako);
    let form = format!("{home}{FORM}");
    let page = world.get(&home, &ken).await;
    for words in ["この利用者の情報を利用しているアプリ", "経理ブック", &form]
    {
        assert!(page.body().contains(words), "{words}");
    }
    let done = world.post(&form, &ken).await;
    assert_eq!(location(&done), format!("{home}?note=consent-withdrawn"));
    let is_over = matches!(standing(&world, grant), GrantState::Ended { .. });
    assert!(is_over);
    let log = withdrawn(&world).await;
    assert_eq!(log, [(Actor::Person(world.ken), "books".to_owned())]);
}

/// What the company decided is shown all the same; there is nothing to take back.
#[tokio::test]
async fn what_nobody_was_asked_for_is_shown_without_a_button() {
    let (world, who, grant) = signed_in(ConsentDemand::Implied).await;
    let page = world.get("/security", &who).await;
    for words in [
        "経理ブック",
        "氏名、ログイン名、言語",
        "会社の決定による提供",
    ] {
        assert!(page.body().contains(words), "{words}");
    }
    assert!(!page.body().contains(FORM));
    let before = standing(&world, grant);
    let done = world.post(FORM, &who).await;
    assert_eq!(location(&done), "/security?note=failed");
    assert_eq!(standing(&world, grant), before);
}
