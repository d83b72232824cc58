//! The sealed event log: appending to it, and finding events in it.

use super::error;
use super::index::IndexKey;
use super::sealed;
use super::segment::{self, Draft, Salts};
use crate::{EventFilter, LoggedEvent, StoreError};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use zt_crypto::checkpoint::CheckpointSigner;
use zt_crypto::merkle::{Frontier, empty_root};
use zt_events::Event;

/// The log's growing end.
#[derive(Debug)]
pub(super) struct EventLog {
    tree: Frontier,
    salts: Salts,
    signer: CheckpointSigner,
}

impl EventLog {
    /// Reads where the log ends, and whether that is what was last signed.
    pub(super) fn open(
        connection: &Connection,
        signer: CheckpointSigner,
    ) -> Result<Self, StoreError> {
        let tree = sealed::head(connection)?;
        let last = sealed::last_checkpoint(connection)?;
        let (size, root) = match last {
            Some(note) => {
                let opened = signer.verifier().open(&note);
                let checkpoint = opened.map_err(|e| damaged(&e.to_string()))?;
                (checkpoint.size, checkpoint.root)
            }
            None => (0, empty_root()),
        };
        if (size, root) != (tree.size(), tree.root()) {
            return Err(damaged(
                "its end is not what its last checkpoint says; see `sekisho audit verify`",
            ));
        }
        Ok(Self {
            tree,
            salts: Salts::default(),
            signer,
        })
    }

    /// Where it ends now, to go back to if the transaction fails.
    pub(super) fn mark(&self) -> Frontier {
        self.tree.clone()
    }

    pub(super) fn go_back(&mut self, mark: Frontier) {
        self.tree = mark;
    }

    /// Appends and seals events, within the caller's transaction.
    pub(super) fn append(
        &mut self,
        connection: &Connection,
        events: &[Event],
    ) -> Result<(), StoreError> {
        for part in events.chunks(segment::MOST_EVENTS) {
            self.seal(connection, part)?;
        }
        if events.is_empty() {
            return Ok(());
        }
        let frontier = serde_json::to_string(&self.tree)
            .map_err(|e| StoreError::Failed(format!("the log's head has no JSON form: {e}")))?;
        run(
            connection,
            "UPDATE log_head SET frontier = ?1",
            params![frontier],
        )
    }

    fn seal(&mut self, connection: &Connection, events: &[Event]) -> Result<(), StoreError> {
        let first = position(self.tree.size())?;
        let mut draft = Draft::default();
        for event in events {
            draft.push(event, &mut self.salts, &mut self.tree)?;
        }
        let text = std::str::from_utf8(&draft.events)
            .map_err(|e| StoreError::Failed(format!("an event is not text: {e}")))?;
        let checkpoint = self.signer.sign(self.tree.size(), self.tree.root());
        run(
            connection,
            "INSERT INTO segments (first, count, v, events, salts, leaves, checkpoint) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                first,
                draft.count,
                segment::FORMAT,
                text,
                draft.salts,
                draft.leaves,
                checkpoint
            ],
        )?;
        for key in &draft.keys {
            run(
                connection,
                "INSERT INTO segment_index (key, first) VALUES (?1, ?2)",
                params![key.stored(), first],
            )?;
        }
        Ok(())
    }
}

/// Finds events, newest first.
pub(super) fn find(
    connection: &Connection,
    filter: &EventFilter,
) -> Result<Vec<LoggedEvent>, StoreError> {
    let keys = IndexKey::asked(filter);
    let needles: Vec<String> = keys.iter().filter_map(IndexKey::needle).collect();
    let mut statement = connection
        .prepare_cached(&query(keys.len()))
        .map_err(error::sqlite)?;
    let before = filter.before.map_or(Ok(i64::MAX), position)?;
    let mut values = vec![Value::Integer(before)];
    values.extend(keys.iter().map(|key| Value::Blob(key.stored())));
    let mut rows = statement
        .query(params_from_iter(values))
        .map_err(error::sqlite)?;
    let mut found = Vec::new();
    while found.len() < filter.limit
        && let Some(row) = rows.next().map_err(error::sqlite)?
    {
        let first: i64 = row.get(0).map_err(error::sqlite)?;
        let first = u64::try_from(first).map_err(|_| damaged("a negative position"))?;
        let text = row.get_ref(1).map_err(error::sqlite)?;
        let text = text.as_str().map_err(|e| damaged(&e.to_string()))?;
        let lines: Vec<&str> = text.split('\n').collect();
        for (position, line) in (first..).zip(&lines).collect::<Vec<_>>().into_iter().rev() {
            if found.len() >= filter.limit {
                break;
            }
            if !needles.iter().all(|needle| line.contains(needle.as_str())) {
                continue;
            }
            let event: Event = serde_json::from_str(line)
                .map_err(|e| damaged(&format!("event {position}: {e}")))?;
            if filter.matches(position, &event) {
                found.push(LoggedEvent { position, event });
            }
        }
    }
    Ok(found)
}

/// The segments before `?1` that stand under all of `?2`, `?3`, …, newest first.
fn query(keys: usize) -> String {
    if keys == 0 {
        return "SELECT first, events FROM segments WHERE first < ?1 ORDER BY first DESC".into();
    }
    let mut sql = String::from(
        "SELECT s.first, s.events FROM segment_index i JOIN segments s ON s.first = i.first \
         WHERE i.first < ?1 AND i.key = ?2",
    );
    for number in 1..keys {
        let parameter = number + 2;
        sql.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM segment_index o WHERE o.key = ?{parameter} AND o.first = i.first)"
        ));
    }
    sql.push_str(" ORDER BY i.first DESC");
    sql
}

/// A position as SQLite keeps it.
pub(super) fn position(position: u64) -> Result<i64, StoreError> {
    i64::try_from(position).map_err(|_| StoreError::Failed("the event log is full".into()))
}

fn run(
    connection: &Connection,
    sql: &str,
    params: &[&dyn rusqlite::ToSql],
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(error::sqlite)?;
    statement.execute(params).map(drop).map_err(error::sqlite)
}

pub(super) fn damaged(why: &str) -> StoreError {
    StoreError::Damaged(format!("the event log: {why}"))
}
