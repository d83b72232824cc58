//! The sealed log, edited behind the store's back.

use crate::fixtures::*;
use rusqlite::{Connection, params};
use std::path::Path;
use zt_events::{Event, Outcome};
use zt_store::audit::{AuditError, AuditLog, Finding, Problem, Report};
use zt_store::{Plan, Store};

/// Four segments of five events each, then closed: positions 0..5, 5..10, 10..15, 15..20.
async fn sealed() -> InFile {
    let mut file = InFile::new();
    for segment in 0..4 {
        let events: Vec<Event> = (0..5)
            .map(|n| access(segment * 5 + n, n % 3, 1, Outcome::Success))
            .collect();
        file.store()
            .commit(Plan::new(Vec::new(), events))
            .await
            .unwrap();
    }
    file.close();
    file
}

fn verify(path: &Path, earlier: Option<&str>) -> Report {
    let log = AuditLog::open(path).unwrap();
    log.verify(&signer().verifier(), earlier).unwrap()
}

fn checkpoint(file: &InFile) -> String {
    AuditLog::open(&file.path())
        .unwrap()
        .checkpoint()
        .unwrap()
        .unwrap()
}

fn columns(db: &Connection, first: i64) -> (String, Vec<u8>, Vec<u8>, String) {
    let sql = "SELECT events, salts, leaves, checkpoint FROM segments WHERE first = ?1";
    db.query_row(sql, [first], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })
    .unwrap()
}

fn set(db: &Connection, column: &str, first: i64, value: &dyn rusqlite::ToSql) {
    let sql = format!("UPDATE segments SET {column} = ?2 WHERE first = ?1");
    assert_eq!(db.execute(&sql, params![first, value]).unwrap(), 1);
}

fn exchange<T: Clone>(list: &[T], size: usize, left: usize, right: usize) -> Vec<T> {
    let mut parts: Vec<&[T]> = list.chunks(size).collect();
    parts.swap(left, right);
    parts.concat()
}

fn reorder_lines(text: &str, left: usize, right: usize) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    exchange(&lines, 1, left, right).join("\n")
}

fn remove_line(text: &str, which: usize) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.remove(which);
    lines.join("\n")
}

fn flip_in_events(db: &Connection) {
    let (events, ..) = columns(db, 10);
    let third = events
        .split('\n')
        .take(2)
        .map(|line| line.len() + 1)
        .sum::<usize>();
    let flipped = events[..third].to_owned() + &events[third..].replacen("GET", "GEU", 1);
    set(db, "events", 10, &flipped);
}

/// What is done, how, and what must be found.
struct Case(&'static str, fn(&Connection), &'static str);

#[tokio::test]
async fn what_was_done_to_it_is_found_where_it_was_done() {
    let cases: &[Case] = &[
        Case("nothing", |_| {}, "sound"),
        Case(
            "a bit of an event",
            flip_in_events,
            "event 12 was altered, moved or replaced",
        ),
        Case(
            "a bit of a salt",
            |db| {
                let (_, mut salts, ..) = columns(db, 5);
                salts[16 * 3] ^= 1;
                set(db, "salts", 5, &salts);
            },
            "event 8 was altered, moved or replaced",
        ),
        Case(
            "a bit of a leaf",
            |db| {
                let (_, _, mut leaves, _) = columns(db, 0);
                leaves[0] ^= 1;
                set(db, "leaves", 0, &leaves);
            },
            "event 0 was altered, moved or replaced",
        ),
        Case(
            "an event removed, its hashes left",
            |db| set(db, "events", 5, &remove_line(&columns(db, 5).0, 2)),
            "event 7 was altered, moved or replaced",
        ),
        Case(
            "an event removed with its hashes",
            |db| {
                let (events, mut salts, mut leaves, _) = columns(db, 5);
                salts.drain(16 * 2..16 * 3);
                leaves.drain(32 * 2..32 * 3);
                set(db, "events", 5, &remove_line(&events, 2));
                set(db, "salts", 5, &salts);
                set(db, "leaves", 5, &leaves);
            },
            "everything from event 9 on is missing",
        ),
        Case(
            "an event removed with its hashes and the count",
            |db| {
                let (events, mut salts, mut leaves, _) = columns(db, 5);
                salts.truncate(16 * 4);
                leaves.truncate(32 * 4);
                set(db, "events", 5, &remove_line(&events, 4));
                set(db, "salts", 5, &salts);
                set(db, "leaves", 5, &leaves);
                set(db, "count", 5, &4);
            },
            "something from event 5 to 8 is not what the checkpoint over it says: altered, moved or replaced",
        ),
        Case(
            "two events exchanged",
            |db| set(db, "events", 10, &reorder_lines(&columns(db, 10).0, 1, 3)),
            "event 11 was altered, moved or replaced",
        ),
        Case(
            "two events exchanged with their hashes",
            |db| {
                let (events, salts, leaves, _) = columns(db, 10);
                set(db, "events", 10, &reorder_lines(&events, 1, 3));
                set(db, "salts", 10, &exchange(&salts, 16, 1, 3));
                set(db, "leaves", 10, &exchange(&leaves, 32, 1, 3));
            },
            "something from event 10 to 14 is not what the checkpoint over it says: altered, moved or replaced",
        ),
        Case(
            "two segments exchanged",
            |db| {
                db.execute_batch(
                    "UPDATE segments SET first = 99 WHERE first = 5; UPDATE segments SET first = 5 WHERE first = 10;
                     UPDATE segments SET first = 10 WHERE first = 99;",
                )
                .unwrap();
            },
            "something from event 5 to 9 is not what the checkpoint over it says: altered, moved or replaced",
        ),
        Case(
            "a segment removed",
            |db| {
                db.execute("DELETE FROM segments WHERE first = 5", [])
                    .unwrap();
            },
            "everything from event 5 on is missing",
        ),
        Case(
            "the last segment removed",
            |db| {
                db.execute("DELETE FROM segments WHERE first = 15", [])
                    .unwrap();
            },
            "everything from event 15 on is missing: the log does not end where its writer left it",
        ),
        Case(
            "an event added",
            |db| {
                let (events, mut salts, mut leaves, _) = columns(db, 15);
                let added = events.split('\n').next().unwrap().to_owned();
                salts.extend_from_slice(&salts.clone()[..16]);
                leaves.extend_from_slice(&leaves.clone()[..32]);
                set(db, "events", 15, &format!("{events}\n{added}"));
                set(db, "salts", 15, &salts);
                set(db, "leaves", 15, &leaves);
                set(db, "count", 15, &6);
            },
            "something from event 15 to 20 is not what the checkpoint over it says: altered, moved or replaced",
        ),
        Case(
            "a signature",
            |db| {
                let (.., note) = columns(db, 5);
                let before = note.len() - 9;
                let changed = if &note[before..=before] == "A" {
                    "B"
                } else {
                    "A"
                };
                let note = note[..before].to_owned() + changed + &note[before + 1..];
                set(db, "checkpoint", 5, &note);
            },
            "something from event 5 to 9 has no valid checkpoint (the note's signature does not fit)",
        ),
        Case(
            "what a segment is about",
            |db| {
                let sql = "SELECT keys FROM segments WHERE first = 10";
                let mut keys: Vec<u8> = db.query_row(sql, [], |row| row.get(0)).unwrap();
                keys.truncate(keys.len() - 8);
                set(db, "keys", 10, &keys);
            },
            "something from event 10 to 14 would not be found when asked for: the index was changed",
        ),
        Case(
            "a block invented",
            |db| {
                db.execute("INSERT INTO blocks VALUES (0, 20)", []).unwrap();
            },
            "something from event 0 to 19 would not be found when asked for: the index was changed",
        ),
        Case(
            "a block that ends nowhere",
            |db| {
                db.execute("INSERT INTO blocks VALUES (0, 21)", []).unwrap();
            },
            "something from event 0 to 19 would not be found when asked for: the index was changed",
        ),
        Case(
            "the form",
            |db| set(db, "v", 15, &2),
            "everything from event 15 on cannot be read (the event log: a segment has form 2, this program knows 1)",
        ),
    ];
    for Case(what, edit, expected) in cases {
        let file = sealed().await;
        edit(&Connection::open(file.path()).unwrap());
        let report = verify(&file.path(), None);
        let found = report
            .finding
            .as_ref()
            .map_or("sound".to_owned(), Finding::to_string);
        assert_eq!(found, *expected, "{what}");
        let sound = if *what == "nothing" {
            20
        } else {
            report.finding.unwrap().first
        };
        assert!(
            report.size >= sound,
            "{what}: what comes before the finding is sound"
        );
    }
}

#[tokio::test]
async fn what_was_done_to_the_index_of_a_block_is_found() {
    let mut file = InFile::new();
    for n in 0..100 {
        let told = Plan::new(Vec::new(), vec![access(n, n, 1, Outcome::Success)]);
        file.store().commit(told).await.unwrap();
    }
    file.close();
    let whole = std::fs::read(file.path()).unwrap();
    let hidden = "would not be found when asked for: the index was changed";
    let second = format!("something from event 32 to 63 {hidden}");
    for (edit, expected) in [
        ("SELECT 1", "sound"),
        (
            "DELETE FROM block_index WHERE (key, first) = (SELECT key, first FROM block_index WHERE first = 32)",
            &second,
        ),
        (
            "UPDATE blocks SET until = 63 WHERE first = 32",
            &format!("something from event 63 to 95 {hidden}"),
        ),
        ("UPDATE blocks SET first = 33 WHERE first = 32", &second),
        // What is in no block is looked through one by one: slower, and nothing is hidden.
        ("DELETE FROM blocks WHERE first = 64", "sound"),
        (
            "DELETE FROM blocks WHERE first = 32",
            &format!("something from event 32 to 95 {hidden}"),
        ),
    ] {
        std::fs::write(file.path(), &whole).unwrap();
        Connection::open(file.path())
            .unwrap()
            .execute_batch(edit)
            .unwrap();
        let finding = verify(&file.path(), None).finding;
        let found = finding.map_or("sound".to_owned(), |finding| finding.to_string());
        assert_eq!(found, expected, "{edit}");
    }
}

#[tokio::test]
async fn a_cut_off_tail_shows_against_an_earlier_checkpoint() {
    let mut file = sealed().await;
    let twenty = checkpoint(&file);
    let cut = |at: i64, head: &str| {
        let db = Connection::open(file.path()).unwrap();
        db.execute("DELETE FROM segments WHERE first >= ?1", [at])
            .unwrap();
        db.execute("DELETE FROM blocks WHERE until > ?1", [at])
            .unwrap();
        db.execute("UPDATE log_head SET frontier = ?1", [head])
            .unwrap();
    };
    let whole = std::fs::read(file.path()).unwrap();
    // Somebody who knows the format cuts the log and mends its head: it is whole in itself.
    let mut tree = zt_crypto::merkle::Frontier::default();
    let db = Connection::open(file.path()).unwrap();
    for first in [0, 5, 10] {
        let (_, _, leaves, _) = columns(&db, first);
        for leaf in leaves.as_chunks().0 {
            tree.push(zt_crypto::merkle::MerkleHash(*leaf));
        }
    }
    drop(db);
    cut(15, &serde_json::to_string(&tree).unwrap());
    assert!(verify(&file.path(), None).is_sound());
    let fifteen = checkpoint(&file);
    assert!(verify(&file.path(), Some(&fifteen)).is_sound());
    let report = verify(&file.path(), Some(&twenty));
    let expected = Finding {
        first: 15,
        last: None,
        problem: Problem::CutOff,
    };
    assert_eq!(report.finding, Some(expected));
    // The log goes on from there, even beyond its old length: it is another log all the same.
    file.reopen();
    let events: Vec<Event> = (0..9).map(started).collect();
    file.store()
        .commit(Plan::new(Vec::new(), events))
        .await
        .unwrap();
    file.close();
    assert!(verify(&file.path(), Some(&fifteen)).is_sound());
    let report = verify(&file.path(), Some(&twenty));
    let expected = Finding {
        first: 0,
        last: Some(19),
        problem: Problem::NotTheEarlierLog,
    };
    assert_eq!(report.finding, Some(expected));
    // And the log as it was is consistent with both.
    std::fs::write(file.path(), whole).unwrap();
    for earlier in [&fifteen, &twenty] {
        assert!(verify(&file.path(), Some(earlier)).is_sound());
    }
}

#[tokio::test]
async fn an_earlier_checkpoint_must_be_this_logs() {
    let file = sealed().await;
    let log = AuditLog::open(&file.path()).unwrap();
    let (key, verifier) = (
        zt_crypto::checkpoint::CheckpointSigner::generate().unwrap(),
        signer().verifier(),
    );
    let other =
        zt_crypto::checkpoint::CheckpointSigner::from_pkcs8("id.example.jp/audit", &key).unwrap();
    for note in ["", "hello", &other.sign(5, zt_crypto::merkle::empty_root())] {
        let refused = log.verify(&verifier, Some(note));
        assert!(matches!(refused, Err(AuditError::Earlier(_))), "{note}");
    }
    let report = log.verify(&other.verifier(), None).unwrap();
    assert!(matches!(
        report.finding.unwrap().problem,
        Problem::Unsigned(_)
    ));
}

#[tokio::test]
async fn it_is_read_while_the_store_is_served() {
    let file = InFile::new();
    let log = AuditLog::open(&file.path()).unwrap();
    assert_eq!(log.checkpoint().unwrap(), None);
    assert!(verify(&file.path(), None).is_sound());
    let mut earlier: Option<String> = None;
    for n in 0..20 {
        file.store().record(access(n, n, 1, Outcome::Success));
        file.store()
            .commit(Plan::new(Vec::new(), vec![started(n)]))
            .await
            .unwrap();
        let report = log
            .verify(&signer().verifier(), earlier.as_deref())
            .unwrap();
        assert_eq!((report.size, report.finding), (u64::from(n) * 2 + 2, None));
        earlier = report.checkpoint;
        assert_eq!(earlier, log.checkpoint().unwrap());
    }
}

#[tokio::test]
async fn events_are_exported_as_ocsf() {
    let file = sealed().await;
    let log = AuditLog::open(&file.path()).unwrap();
    for from in [0u8, 7, 15, 20] {
        let mut out = Vec::new();
        let written = log.export(from.into(), &mut out).unwrap();
        assert_eq!(written, u64::from(20 - from));
        let expected: Vec<serde_json::Value> = (from..20)
            .map(|n| access(n, n % 5 % 3, 1, Outcome::Success).to_ocsf())
            .collect();
        let lines = String::from_utf8(out).unwrap();
        let found: Vec<serde_json::Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn a_store_whose_log_does_not_end_as_signed_is_not_served() {
    let file = sealed().await;
    let db = Connection::open(file.path()).unwrap();
    db.execute("DELETE FROM segments WHERE first = 15", [])
        .unwrap();
    drop(db);
    let error = zt_store::SqliteStore::open(&file.path(), signer()).unwrap_err();
    assert!(
        error.to_string().contains("see `sekisho audit verify`"),
        "{error}"
    );
}
