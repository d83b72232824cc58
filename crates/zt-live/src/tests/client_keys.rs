//! Keys of clients that publish them at an address of their own: which count, and what is written of them.

use super::grants::client;
use super::world::World;
use crate::{ClientKeySet, Live, Parts, Published};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use zt_federation::{Client, RedirectUri};
use zt_store::{Change, ClientNote, Plan};
use zt_types::Seconds;

const FIRST: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
const SECOND: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

fn address() -> RedirectUri {
    RedirectUri::parse("https://wiki.example/jwks").unwrap()
}

fn publishes() -> Client {
    Client {
        jwks_uri: Some(address()),
        ..client("wiki-web", "wiki")
    }
}

async fn put(live: &Live, client: Client) {
    let plan = Plan::new(vec![Change::PutClient(client)], Vec::new());
    live.commit(plan).await.unwrap();
}

async fn noted(live: &Live, got: Result<&str, &'static str>) {
    let got = got.map(|text| Published {
        keys: ClientKeySet::parse(text).unwrap(),
        fresh_for: None,
    });
    let done = live.note_keys(&publishes().id, &address(), got).await;
    done.unwrap();
}

fn keys(live: &Live) -> Option<String> {
    let keys = live.keys_of(&publishes());
    keys.map(|keys| keys.text().to_owned())
}

/// Whether anything was written by `act`.
async fn writes(live: &Live, act: impl Future<Output = ()>) -> bool {
    let mut changes = live.changes();
    changes.mark_unchanged();
    act.await;
    changes.has_changed().unwrap()
}

#[tokio::test]
async fn what_only_takes_time_writes_nothing() {
    let world = World::new().await;
    let live = &world.live;
    put(live, publishes()).await;
    assert!(writes(live, noted(live, Ok(FIRST))).await);
    for hours in [1, 2, 5] {
        let again = writes(live, noted(live, Ok(FIRST))).await;
        assert!(!again, "after {hours} h, the same keys");
        world.live.clock().advance(Duration::from_secs(3_600));
    }
    for (got, is_news) in [
        (Ok(SECOND), true),
        (Err("timeout"), true),
        (Err("timeout"), false),
        (Err("status"), true),
        (Ok(SECOND), true),
        (Ok(SECOND), false),
    ] {
        let written = writes(live, noted(live, got)).await;
        assert_eq!(written, is_news, "{got:?}");
        assert_eq!(keys(live).as_deref(), Some(SECOND));
    }
    // Often enough that a restart does not take the keys away.
    world.live.clock().advance(Duration::from_secs(6 * 3_600));
    assert!(writes(live, noted(live, Ok(SECOND))).await);
}

#[tokio::test]
async fn keys_count_after_a_restart_and_go_with_their_client() {
    let world = World::new().await;
    put(&world.live, publishes()).await;
    noted(&world.live, Ok(FIRST)).await;
    let again = || async {
        let parts = Parts {
            store: Arc::clone(world.live.store()),
            clock: world.live.clock().clone(),
            entropy: world.live.entropy().clone(),
            places: Arc::default(),
        };
        Live::open(parts).await.unwrap()
    };
    let live = again().await;
    assert_eq!(keys(&live).as_deref(), Some(FIRST));
    let id = publishes().id;
    let before = live.read(|state| state.client_note(&id, ClientNote::Keys).map(<[u8]>::to_vec));
    let before = before.unwrap();
    let remove = Plan::new(vec![Change::RemoveClient(publishes().id)], Vec::new());
    live.commit(remove).await.unwrap();
    // What is fetched while it goes is of nobody; what was on its way to be kept is not either.
    noted(&live, Ok(SECOND)).await;
    let late = Change::NoteOfClient {
        client: publishes().id,
        note: ClientNote::Keys,
        value: before,
    };
    live.commit(Plan::new(vec![late], Vec::new()))
        .await
        .unwrap();
    put(&live, publishes()).await;
    assert_eq!(keys(&live), None);
    assert_eq!(keys(&again().await), None);
}

#[tokio::test]
async fn a_key_that_is_taken_out_is_gone_within_an_hour() {
    let world = World::new().await;
    let live = &world.live;
    put(live, publishes()).await;
    let keys = ClientKeySet::parse(FIRST).unwrap();
    let got = Published {
        keys,
        fresh_for: Some(Seconds::days(365)),
    };
    let done = live.note_keys(&publishes().id, &address(), Ok(got)).await;
    done.unwrap();
    let next = live.keys_to_fetch(&BTreeSet::new());
    assert_eq!(next, (vec![], Some(live.clock().now() + Seconds::hours(1))));
}

#[tokio::test]
async fn who_names_unknown_keys_does_not_hurry_an_address_that_fails() {
    let world = World::new().await;
    let live = &world.live;
    put(live, publishes()).await;
    for wait in [1, 5, 15, 15] {
        noted(live, Err("timeout")).await;
        world
            .live
            .clock()
            .advance(Duration::from_secs(wait * 60 - 1));
        // Nobody fetches here: whoever was not left alone would wait for somebody who does.
        assert!(!live.has_other_keys(&publishes(), None).await);
        assert_eq!(live.keys_to_fetch(&BTreeSet::new()).0, vec![], "{wait}");
        world.live.clock().advance(Duration::from_secs(1));
        let due = live.keys_to_fetch(&BTreeSet::new()).0;
        assert_eq!(due, vec![(publishes().id, address())], "{wait}");
    }
}
