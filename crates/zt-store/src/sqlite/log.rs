//! The sealed event log: appending to it.

use super::error;
use super::index::{self, BLOCK, Key};
use super::sealed::{self, damaged, position};
use super::segment::{self, Draft, Salts};
use crate::StoreError;
use rusqlite::{Connection, params};
use zt_crypto::checkpoint::CheckpointSigner;
use zt_crypto::merkle::{Frontier, empty_root};
use zt_events::Event;

/// The log's growing end.
#[derive(Debug)]
pub(super) struct EventLog {
    tree: Frontier,
    block: OpenBlock,
    salts: Salts,
    signer: CheckpointSigner,
}

/// The segments after the last block.
#[derive(Debug, Default)]
struct OpenBlock {
    first: u64,
    segments: usize,
    // As they come, some more than once.
    keys: Vec<Key>,
}

impl EventLog {
    /// Reads where the log ends, and whether that is what was last signed.
    pub(super) fn open(
        connection: &Connection,
        signer: CheckpointSigner,
    ) -> Result<Self, StoreError> {
        let tree = sealed::head(connection)?;
        let (size, root) = match sealed::last_checkpoint(connection)? {
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
            block: OpenBlock::read(connection)?,
            salts: Salts::default(),
            signer,
        })
    }

    /// Goes back to what the file says, after a transaction that failed.
    pub(super) fn go_back(&mut self, connection: &Connection) -> Result<(), StoreError> {
        self.tree = sealed::head(connection)?;
        self.block = OpenBlock::read(connection)?;
        Ok(())
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
        let Draft {
            events,
            salts,
            leaves,
            count,
            keys,
        } = draft;
        let text = std::str::from_utf8(&events)
            .map_err(|e| StoreError::Failed(format!("an event is not text: {e}")))?;
        let checkpoint = self.signer.sign(self.tree.size(), self.tree.root());
        let keys = index::distinct(keys);
        run(
            connection,
            "INSERT INTO segments (first, count, v, checkpoint, keys, salts, leaves, events) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                first,
                count,
                segment::FORMAT,
                checkpoint,
                index::stored(&keys),
                salts,
                leaves,
                text
            ],
        )?;
        self.block.segments += 1;
        self.block.keys.extend(keys);
        if self.block.segments >= BLOCK {
            self.close_block(connection)?;
        }
        Ok(())
    }

    fn close_block(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let next = OpenBlock {
            first: self.tree.size(),
            ..OpenBlock::default()
        };
        let block = std::mem::replace(&mut self.block, next);
        let (first, until) = (position(block.first)?, position(self.tree.size())?);
        run(
            connection,
            "INSERT INTO blocks (first, until) VALUES (?1, ?2)",
            params![first, until],
        )?;
        let mut insert = connection
            .prepare_cached("INSERT OR IGNORE INTO block_index (key, first) VALUES (?1, ?2)")
            .map_err(error::sqlite)?;
        // In order, so that each page of the index is touched once. Entries of a log that was cut off may be there.
        for Key(key) in index::distinct(block.keys) {
            insert.execute([key, first]).map_err(error::sqlite)?;
        }
        Ok(())
    }
}

impl OpenBlock {
    fn read(connection: &Connection) -> Result<Self, StoreError> {
        let first = sealed::first_open(connection)?;
        let mut block = Self {
            first,
            ..Self::default()
        };
        let mut statement = connection
            .prepare_cached("SELECT keys FROM segments WHERE first >= ?1")
            .map_err(error::sqlite)?;
        let mut rows = statement.query([position(first)?]).map_err(error::sqlite)?;
        while let Some(row) = rows.next().map_err(error::sqlite)? {
            let keys = row.get_ref(0).map_err(error::sqlite)?;
            block.keys.extend(index::read(
                keys.as_bytes().map_err(|e| damaged(&e.to_string()))?,
            ));
            block.segments += 1;
        }
        Ok(block)
    }
}

fn run(
    connection: &Connection,
    sql: &str,
    params: &[&dyn rusqlite::ToSql],
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(error::sqlite)?;
    statement.execute(params).map(drop).map_err(error::sqlite)
}
