//! How fast a session may come anew.

use super::world::{World, app};
use crate::{Admission, ConnectionKind, Whence};
use std::time::Duration;
use zt_device::Presentation;
use zt_events::Body;
use zt_types::{Capability, Seconds, SessionId};

/// She comes with a program that calls itself something else each time.
async fn comes(world: &World, session: SessionId, program: usize) -> Admission {
    let address = Some(std::net::IpAddr::from([192, 0, 2, 24]));
    let whence = Whence::new(address, &format!("Mozilla/5.0 Chrome/{program}"));
    let cookie = world.cookie("chat", session);
    let presented = Presentation::NotAsked;
    let admitted = world
        .live
        .admit(&app("chat"), &cookie, presented, whence)
        .await;
    admitted.unwrap()
}

async fn decisions(world: &World) -> usize {
    let events = world.events().await.into_iter();
    events
        .filter(|event| matches!(event.body, Body::Decided { .. }))
        .count()
}

#[tokio::test]
async fn who_comes_anew_in_a_loop_is_told_to_wait() {
    let world = World::new().await;
    let laptop = world.enrol("laptop").await;
    let session = world.sign_in(Some(&laptop)).await;
    let first = world
        .passage("chat", &session, Presentation::NotAsked)
        .await;
    let needs = [Capability::Connect].into_iter().collect();
    let id = world.live.connection_id();
    let open = first.enter(id, ConnectionKind::WebSocket, needs, world.now());
    let mut wait = None;
    for program in 0..1_000 {
        if let Admission::TooFast(told) = comes(&world, session, program).await {
            wait.get_or_insert((program, told));
        }
    }
    assert_eq!(wait, Some((239, Seconds(1))));
    assert!(decisions(&world).await <= 240);
    // A session of somebody else, or another one of hers, does not wait for this one.
    let other = world.sign_in(Some(&laptop)).await;
    world.passage("chat", &other, Presentation::NotAsked).await;
    // What is there already goes on.
    assert!(!open.is_cut());
    world
        .passage("chat", &session, Presentation::NotAsked)
        .await;
    // After the time that was told there is one more, and no other.
    world.live.clock().advance(Duration::from_secs(1));
    let one = comes(&world, session, 5_000).await;
    assert!(matches!(one, Admission::Passage(_)), "{one:?}");
    let another = comes(&world, session, 5_001).await;
    assert!(
        matches!(another, Admission::TooFast(Seconds(1))),
        "{another:?}"
    );
}

/// Thirty applications, each opened with six requests at once, over and over for an hour.
#[tokio::test]
async fn ordinary_use_never_waits() {
    let pace = crate::pace::Pace::passages();
    let world = World::new().await;
    let session = world.sign_in(None).await;
    for _ in 0..12 {
        for _ in 0..30 * 6 {
            assert_eq!(pace.step(session, world.now()), Ok(()));
        }
        world.live.clock().advance(Duration::from_secs(300));
    }
}
