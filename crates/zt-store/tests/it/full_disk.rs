//! A disk that is really full: a small one of its own, in a mount namespace of its own.

use crate::fixtures::*;
use std::path::Path;
use std::process::Command;
use zt_events::Outcome;
use zt_store::audit::AuditLog;
use zt_store::{Change, EventFilter, Plan, SqliteStore, Store, StoreError};

/// Where the test finds the small disk when it is started anew on it.
const DISK: &str = "ZT_TEST_DISK";

/// In a chroot `/` is no mount, so nothing there can be made private: what was mounted is taken away again.
const MOUNT: &str = r#"
    mount --make-rprivate / 2>/dev/null
    mount -t tmpfs -o size=4m tmpfs "$1" || exit 1
    "$2" --exact "$3" --nocapture
    code=$?
    umount "$1"
    exit $code
"#;

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test that starts itself anew has no other way to be told so"
)]
fn it_is_told_and_when_there_is_room_again_it_goes_on() {
    if let Some(disk) = std::env::var_os(DISK) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        return runtime.block_on(on_a_small_disk(Path::new(&disk)));
    }
    let disk = tempfile::tempdir().unwrap();
    // Root needs no user namespace of its own, and in a chroot it gets none.
    let user: &[&str] = if nix::unistd::Uid::effective().is_root() {
        &[]
    } else {
        &["--map-root-user"]
    };
    let output = Command::new("unshare")
        .args(user)
        .args(["--mount", "--propagation", "unchanged"])
        .args(["sh", "-c", MOUNT, "sh"])
        .arg(disk.path())
        .arg(std::env::current_exe().unwrap())
        .arg("full_disk::it_is_told_and_when_there_is_room_again_it_goes_on")
        .env(DISK, disk.path())
        .output()
        .expect("`unshare` is missing: apt-get install util-linux");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "on a disk of 4 MiB: {said}");
    assert!(said.contains("1 passed"), "the test did not run: {said}");
}

fn note(n: usize) -> Plan {
    let change = Change::PutSetting {
        name: format!("{n:04}"),
        value: vec![7; 2_000],
    };
    Plan::new(vec![change], vec![started(1)])
}

async fn on_a_small_disk(disk: &Path) {
    let path = disk.join("sekisho.db");
    let store = SqliteStore::open(&path, signer()).unwrap();
    store.commit(note(0)).await.unwrap();
    let ballast = disk.join("ballast");
    fill(&ballast, 200_000);
    let mut kept = 1;
    let refused = loop {
        match store.commit(note(kept)).await {
            Ok(()) => kept += 1,
            Err(refused) => break refused,
        }
    };
    assert!(matches!(refused, StoreError::Full), "{refused}");
    let settings = store.load().await.unwrap().settings.len();
    assert_eq!(settings, kept, "exactly what was answered is there");
    fill(&ballast, 0);
    for n in 0..100 {
        store.record(access(n, 1, 1, Outcome::Success));
    }
    assert!(matches!(store.flush().await, Err(StoreError::Full)));
    assert!(matches!(
        SqliteStore::open(&disk.join("other.db"), signer()),
        Err(StoreError::Full)
    ));

    std::fs::remove_file(&ballast).unwrap();
    store.flush().await.unwrap();
    store.commit(note(kept)).await.unwrap();
    let filter = EventFilter {
        limit: usize::MAX,
        person: Some(person_id(1)),
        ..EventFilter::default()
    };
    let recorded = store.events(filter).await.unwrap();
    assert_eq!(
        recorded.len(),
        100,
        "what was recorded meanwhile was kept as soon as it could be"
    );
    let before = shown(&store.load().await.unwrap());
    drop(store);
    let report = AuditLog::open(&path)
        .unwrap()
        .verify(&signer().verifier(), None)
        .unwrap();
    assert_eq!((report.finding, report.size), (None, kept as u64 + 101));
    let store = SqliteStore::open(&path, signer()).unwrap();
    assert_eq!(shown(&store.load().await.unwrap()), before);
}

/// Takes all the room there is but `left` bytes.
fn fill(ballast: &Path, left: u64) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(ballast)
        .unwrap();
    while file.write(&[0; 4096]).is_ok_and(|written| written > 0) {}
    let size = file.metadata().unwrap().len();
    file.set_len(size.saturating_sub(left)).unwrap();
}
