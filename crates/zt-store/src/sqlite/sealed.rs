//! Segments as they stand in the file, read in order and not yet believed.

use super::error;
use super::index::{self, Key};
use super::segment::FORMAT;
use crate::StoreError;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, Rows, Statement};
use zt_crypto::merkle::{Frontier, MerkleHash, SALT_BYTES};
use zt_events::Event;

/// A segment as it was read.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) first: u64,
    pub(crate) count: u64,
    events: Vec<u8>,
    salts: Vec<u8>,
    leaves: Vec<u8>,
    pub(crate) checkpoint: String,
    keys: Vec<u8>,
}

impl Sealed {
    fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        let number = |column| row.get::<_, i64>(column).map_err(error::sqlite);
        let bytes = |column| match row.get_ref(column).map_err(error::sqlite)? {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Ok(bytes.to_vec()),
            _ => Err(damaged("a column is not what it must be")),
        };
        let form = number(6)?;
        if form != FORMAT {
            return Err(damaged(&format!(
                "a segment has form {form}, this program knows {FORMAT}"
            )));
        }
        Ok(Self {
            // A negative number is none that was ever written; this is none either.
            first: u64::try_from(number(0)?).unwrap_or(u64::MAX),
            count: u64::try_from(number(1)?).unwrap_or(u64::MAX),
            events: bytes(2)?,
            salts: bytes(3)?,
            leaves: bytes(4)?,
            checkpoint: String::from_utf8(bytes(5)?).map_err(|e| damaged(&e.to_string()))?,
            keys: bytes(7)?,
        })
    }

    /// The stored bytes of each event.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.events.split(|byte| *byte == b'\n')
    }

    pub(crate) fn salts(&self) -> &[[u8; SALT_BYTES]] {
        self.salts.as_chunks().0
    }

    pub(crate) fn leaves(&self) -> impl Iterator<Item = MerkleHash> {
        self.leaves.as_chunks().0.iter().copied().map(MerkleHash)
    }

    pub(crate) fn event(&self, position: u64, line: &[u8]) -> Result<Event, StoreError> {
        serde_json::from_slice(line).map_err(|e| damaged(&format!("event {position}: {e}")))
    }

    /// What its events are about, and whether that is what stands beside it.
    pub(crate) fn keys(&self) -> Result<(Vec<Key>, Indexed), StoreError> {
        let mut keys = Vec::new();
        for (position, line) in (self.first..).zip(self.lines()) {
            Key::collect(&self.event(position, line)?, &mut keys);
        }
        let keys = index::distinct(keys);
        let indexed = if index::stored(&keys) == self.keys {
            Indexed::Rightly
        } else {
            Indexed::Wrongly
        };
        Ok((keys, indexed))
    }
}

/// Whether something is found under the keys it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Indexed {
    Rightly,
    Wrongly,
}

/// Reads segments, oldest first.
pub(crate) struct EventsIn<'c> {
    statement: Statement<'c>,
}

pub(crate) struct Segments<'s> {
    rows: Rows<'s>,
}

impl<'c> EventsIn<'c> {
    pub(crate) fn order(connection: &'c Connection) -> Result<Self, StoreError> {
        let statement = connection
            .prepare(
                "SELECT first, count, events, salts, leaves, checkpoint, v, keys FROM segments \
                 WHERE first + count > ?1 ORDER BY first",
            )
            .map_err(error::sqlite)?;
        Ok(Self { statement })
    }

    /// The segments that hold `from` and what comes after it.
    pub(crate) fn segments(&mut self, from: u64) -> Result<Segments<'_>, StoreError> {
        // A count that was set to nothing must not hide a segment from whoever reads all of them.
        let from = if from == 0 { i64::MIN } else { position(from)? };
        let rows = self.statement.query([from]).map_err(error::sqlite)?;
        Ok(Segments { rows })
    }
}

impl Segments<'_> {
    pub(crate) fn next(&mut self) -> Result<Option<Sealed>, StoreError> {
        let row = self.rows.next().map_err(error::sqlite)?;
        row.map(Sealed::read).transpose()
    }
}

/// The checkpoint over the whole log.
pub(crate) fn last_checkpoint(connection: &Connection) -> Result<Option<String>, StoreError> {
    connection
        .query_row(
            "SELECT checkpoint FROM segments ORDER BY first DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()
        .map_err(error::sqlite)
}

/// The tree's right edge as the writer left it.
pub(crate) fn head(connection: &Connection) -> Result<Frontier, StoreError> {
    let frontier: String = connection
        .query_row("SELECT frontier FROM log_head", [], |row| row.get(0))
        .map_err(error::sqlite)?;
    serde_json::from_str(&frontier).map_err(|e| damaged(&format!("its head: {e}")))
}

/// Where the segments begin that are in no block yet.
pub(crate) fn first_open(connection: &Connection) -> Result<u64, StoreError> {
    let until: i64 = connection
        .query_row(
            "SELECT coalesce((SELECT until FROM blocks ORDER BY first DESC LIMIT 1), 0)",
            [],
            |row| row.get(0),
        )
        .map_err(error::sqlite)?;
    u64::try_from(until).map_err(|_| damaged("a negative position"))
}

/// The blocks in order: where each begins and where it ends.
pub(crate) fn blocks(connection: &Connection) -> Result<Vec<(u64, u64)>, StoreError> {
    let mut statement = connection
        .prepare("SELECT first, until FROM blocks ORDER BY first")
        .map_err(error::sqlite)?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
        .map_err(error::sqlite)?;
    rows.map(|row| {
        let (first, until) = row.map_err(error::sqlite)?;
        let (first, until) = (u64::try_from(first), u64::try_from(until));
        first
            .and_then(|first| Ok((first, until?)))
            .map_err(|_| damaged("a negative position"))
    })
    .collect()
}

/// Whether a block stands under all of its keys.
pub(crate) fn indexed(
    connection: &Connection,
    first: u64,
    keys: &[Key],
) -> Result<Indexed, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT 1 FROM block_index WHERE key = ?1 AND first = ?2")
        .map_err(error::sqlite)?;
    let first = position(first)?;
    for Key(key) in keys {
        if !statement.exists([*key, first]).map_err(error::sqlite)? {
            return Ok(Indexed::Wrongly);
        }
    }
    Ok(Indexed::Rightly)
}

/// A position as SQLite keeps it.
pub(super) fn position(position: u64) -> Result<i64, StoreError> {
    i64::try_from(position).map_err(|_| StoreError::Failed("the event log is full".into()))
}

pub(super) fn damaged(why: &str) -> StoreError {
    StoreError::Damaged(format!("the event log: {why}"))
}
