//! Files that are not what they were: cut, overwritten, made of noise. Nothing may panic, nothing may be served that
//! is not sound, and a file that is refused stays as it is.

use crate::fixtures::*;
use proptest::prelude::*;
use std::path::Path;
use std::sync::LazyLock;
use zt_events::Outcome;
use zt_store::audit::AuditLog;
use zt_store::{Change, EventFilter, Plan, SqliteStore, Store, StoreError};

/// A store with something in every corner, as bytes.
static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut file = InFile::new();
        for n in 0..40 {
            let changes = vec![
                Change::PutPerson(person(n, &format!("login-{n}"))),
                Change::PutSession(session(n)),
                Change::PutFact(fact(n)),
                Change::PutCredential(credential(n, recovery_codes())),
            ];
            let events = vec![
                access(n, n, 1, Outcome::Success),
                decided(n, n, 2),
                enrolled(n, n),
            ];
            file.store()
                .commit(Plan::new(changes, events))
                .await
                .unwrap();
        }
        file.close();
        std::fs::read(file.path()).unwrap()
    })
});

async fn use_it(path: &Path) -> Result<(), StoreError> {
    let before = std::fs::read(path).unwrap();
    let store = match SqliteStore::open(path, signer()) {
        Ok(store) => store,
        Err(refused) => {
            assert!(
                matches!(refused, StoreError::Damaged(_) | StoreError::Failed(_)),
                "{refused}"
            );
            assert_eq!(
                std::fs::read(path).unwrap(),
                before,
                "a refused file was changed"
            );
            return Err(refused);
        }
    };
    let filter = EventFilter {
        limit: usize::MAX,
        ..EventFilter::default()
    };
    store.events(filter).await?;
    store
        .commit(Plan::new(
            vec![Change::PutPerson(person(99, "new"))],
            vec![started(1)],
        ))
        .await?;
    store.load().await?;
    Ok(())
}

fn check(bytes: &[u8]) -> Result<(), StoreError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sekisho.db");
    std::fs::write(&path, bytes).unwrap();
    if let Ok(log) = AuditLog::open(&path) {
        // It may be sound (the damage is elsewhere) or not: here it must only come to an end.
        let _ = log.verify(&signer().verifier(), None);
        let _ = log.export(0, &mut std::io::sink());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(use_it(&path))
}

#[test]
fn the_whole_file_is_sound() {
    check(&WHOLE).unwrap();
    let records = WHOLE.windows(7).filter(|window| window == b"login-7");
    assert!(records.count() > 0, "the records are in the file itself");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_cut_file_is_refused(at in 0.0..1.0f64) {
        let length = (WHOLE.len() as f64 * at) as usize;
        let refused = check(&WHOLE[..length]);
        prop_assert!(matches!(refused, Err(StoreError::Damaged(_))), "{refused:?}");
    }

    #[test]
    fn an_overwritten_file_is_refused_or_works(
        at in 0.0..1.0f64,
        noise in prop::collection::vec(any::<u8>(), 1..600),
    ) {
        let mut bytes = WHOLE.clone();
        let begin = (bytes.len() as f64 * at) as usize;
        for (to, from) in bytes[begin..].iter_mut().zip(noise) {
            *to = from;
        }
        let _ = check(&bytes);
    }

    #[test]
    fn noise_is_refused(noise in prop::collection::vec(any::<u8>(), 1..9_000)) {
        let refused = check(&noise);
        prop_assert!(matches!(refused, Err(StoreError::Damaged(_))), "{refused:?}");
    }

    #[test]
    fn noise_after_a_header_is_refused(noise in prop::collection::vec(any::<u8>(), 1..9_000)) {
        let refused = check(&[&WHOLE[..100], &noise].concat());
        prop_assert!(matches!(refused, Err(StoreError::Damaged(_))), "{refused:?}");
    }
}
