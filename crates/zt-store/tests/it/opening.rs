//! Opening a file: new, in use, not ours, damaged, newer.

use crate::fixtures::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use zt_store::{Change, Plan, SqliteStore, Store, StoreError};

#[test]
fn only_the_owner_may_read_it() {
    let file = InFile::new();
    for entry in fs::read_dir(file.directory()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
}

#[test]
fn closing_leaves_one_file() {
    let mut file = InFile::new();
    file.close();
    let names = fs::read_dir(file.directory()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["sekisho.db", "sekisho.db.lock"]);
}

#[test]
fn one_process_has_it_open() {
    let mut file = InFile::new();
    let error = SqliteStore::open(&file.path(), signer()).unwrap_err();
    let StoreError::InUse { lock, holder } = &error else {
        panic!("{error}");
    };
    assert_eq!(*lock, file.directory().join("sekisho.db.lock"));
    assert_eq!(*holder, std::process::id().to_string());
    file.reopen();
}

#[tokio::test]
async fn an_unclean_end_loses_nothing_that_was_answered() {
    let mut file = InFile::new();
    let plan = Plan::new(vec![Change::PutPerson(person(1, "a"))], vec![started(1)]);
    file.store().commit(plan).await.unwrap();
    // A copy of the files while the store is open is what a power cut leaves.
    let copy = tempfile::tempdir().unwrap();
    for name in ["sekisho.db", "sekisho.db-wal"] {
        fs::copy(file.directory().join(name), copy.path().join(name)).unwrap();
    }
    let expected = shown(&file.store().load().await.unwrap());
    file.close();
    let store = SqliteStore::open(&copy.path().join("sekisho.db"), signer()).unwrap();
    assert_eq!(shown(&store.load().await.unwrap()), expected);
    assert!(expected.contains("people"));
}

#[test]
fn a_newer_layout_is_refused_and_left_alone() {
    let mut file = InFile::new();
    file.close();
    let connection = rusqlite::Connection::open(file.path()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    refused_untouched(&file.path(), "written by a newer version");
}

#[test]
fn other_files_are_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("other.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch("CREATE TABLE people (id)")
        .unwrap();
    drop(connection);
    refused_untouched(&path, "not a Sekisho store");
    fs::write(&path, "").unwrap();
    refused_untouched(&path, "is empty");
    fs::write(&path, "これはデータベースではない".repeat(400)).unwrap();
    refused_untouched(&path, "not a database");
    fs::remove_file(&path).unwrap();
    fs::write(directory.path().join("other.db-wal"), "acknowledged").unwrap();
    let error = SqliteStore::open(&path, signer()).unwrap_err();
    assert!(
        error.to_string().contains("is missing but its log"),
        "{error}"
    );
    assert!(!path.exists());
}

fn refused_untouched(path: &std::path::Path, expected: &str) {
    let before = fs::read(path).unwrap();
    let error = SqliteStore::open(path, signer()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(fs::read(path).unwrap(), before);
}
