use super::{SqliteStore, StoreFile};
use crate::audit::AuditLog;
use crate::{Change, EventFilter, Plan, Store, StoreError};
use std::path::Path;
use zt_auth::GuessScope;
use zt_crypto::checkpoint::CheckpointSigner;
use zt_events::{Actor, Body, Event, FORMAT};
use zt_types::{EventId, Timestamp};

fn event(version: String) -> Event {
    Event {
        v: FORMAT,
        id: EventId::from_random([7; 16]),
        at: Timestamp::from_millis(0),
        actor: Actor::System,
        body: Body::Started { version },
    }
}

fn setting(name: String) -> Plan {
    let told = event(name.clone());
    let value = vec![7; 3_000];
    Plan::new(vec![Change::PutSetting { name, value }], vec![told])
}

/// A store that may not grow beyond `pages` of 4 KiB, as on a full disk: SQLite answers both in the same way.
fn bounded(path: &Path, key: &[u8], pages: u32) -> SqliteStore {
    let file = StoreFile::open(path).unwrap();
    file.connection
        .pragma_update(None, "max_page_count", pages)
        .unwrap();
    file.serve(CheckpointSigner::from_pkcs8("log", key).unwrap())
        .unwrap()
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_half_written() {
    let directory = tempfile::tempdir().unwrap();
    let (path, key) = (
        directory.path().join("s.db"),
        CheckpointSigner::generate().unwrap(),
    );
    let store = bounded(&path, &key, 120);
    let mut kept = 0;
    let refused = loop {
        match store.commit(setting(format!("{kept:04}"))).await {
            Ok(()) => kept += 1,
            Err(refused) => break refused,
        }
        assert!(kept < 1_000, "the bound does not bind");
    };
    assert!(matches!(refused, StoreError::Full), "{refused}");
    assert!(kept > 10);
    // A guess that cannot be counted is not answered with a counter; what is recorded meanwhile waits.
    let scope = GuessScope::Address {
        address: "192.0.2.1".into(),
    };
    store.record(event("waits".into()));
    for n in 0..50 {
        let big = "x".repeat(4_000);
        let refused = store.commit(setting(format!("{big}{n}"))).await;
        assert!(matches!(refused, Err(StoreError::Full)));
    }
    let state = store.load().await.unwrap();
    assert_eq!(state.settings.len(), kept);
    let filter = EventFilter {
        limit: usize::MAX,
        ..EventFilter::default()
    };
    let told = store.events(filter.clone()).await.unwrap();
    assert!(
        (kept..=kept + 1).contains(&told.len()),
        "one event for each kept plan, and perhaps the recorded one"
    );
    drop(store);
    let verifier = CheckpointSigner::from_pkcs8("log", &key)
        .unwrap()
        .verifier();
    let report = AuditLog::open(&path)
        .unwrap()
        .verify(&verifier, None)
        .unwrap();
    assert_eq!(report.finding, None);
    // With room again, it goes on.
    let store = bounded(&path, &key, 100_000);
    store.commit(setting("more".into())).await.unwrap();
    store
        .count_guess(vec![scope], Timestamp::from_millis(0))
        .await
        .unwrap();
    assert_eq!(store.load().await.unwrap().settings.len(), kept + 1);
}
