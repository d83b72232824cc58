//! Finding events in the sealed log.

use super::error;
use super::index::{self, Key};
use super::sealed::{self, damaged, position};
use crate::{EventFilter, LoggedEvent, StoreError};
use rusqlite::{Connection, params, params_from_iter};
use zt_events::Event;

/// Finds events, newest first.
pub(super) fn find(
    connection: &Connection,
    filter: &EventFilter,
) -> Result<Vec<LoggedEvent>, StoreError> {
    // One snapshot: a block that is closed meanwhile must not be missed.
    let snapshot = connection.unchecked_transaction().map_err(error::sqlite)?;
    let before = filter.before.map_or(Ok(i64::MAX), position)?;
    let mut search = Search {
        snapshot: &snapshot,
        filter,
        keys: Key::asked(filter),
        needles: index::needles(filter),
        found: Vec::new(),
    };
    if search.keys.is_empty() {
        search.segments(0, before)?;
        return Ok(search.found);
    }
    search.segments(position(sealed::first_open(&snapshot)?)?, before)?;
    let mut statement = snapshot
        .prepare_cached(&blocks(search.keys.len()))
        .map_err(error::sqlite)?;
    let values = std::iter::once(before).chain(search.keys.iter().map(|Key(key)| *key));
    let mut rows = statement
        .query(params_from_iter(values))
        .map_err(error::sqlite)?;
    while search.wants_more()
        && let Some(block) = rows.next().map_err(error::sqlite)?
    {
        let first: i64 = block.get(0).map_err(error::sqlite)?;
        let until: i64 = block.get(1).map_err(error::sqlite)?;
        search.segments(first, until.min(before))?;
    }
    Ok(search.found)
}

struct Search<'a> {
    snapshot: &'a Connection,
    filter: &'a EventFilter,
    keys: Vec<Key>,
    needles: Vec<String>,
    found: Vec<LoggedEvent>,
}

impl Search<'_> {
    const fn wants_more(&self) -> bool {
        self.found.len() < self.filter.limit
    }

    /// Looks through the segments that begin from `from` to before `until`, newest first.
    fn segments(&mut self, from: i64, until: i64) -> Result<(), StoreError> {
        let mut statement = self
            .snapshot
            .prepare_cached("SELECT first, keys FROM segments WHERE first >= ?1 AND first < ?2 ORDER BY first DESC")
            .map_err(error::sqlite)?;
        let mut rows = statement
            .query(params![from, until])
            .map_err(error::sqlite)?;
        while self.wants_more()
            && let Some(row) = rows.next().map_err(error::sqlite)?
        {
            let keys = row.get_ref(1).map_err(error::sqlite)?;
            if index::holds(
                keys.as_bytes().map_err(|e| damaged(&e.to_string()))?,
                &self.keys,
            ) {
                self.events(row.get(0).map_err(error::sqlite)?)?;
            }
        }
        Ok(())
    }

    fn events(&mut self, first: i64) -> Result<(), StoreError> {
        let mut statement = self
            .snapshot
            .prepare_cached("SELECT events FROM segments WHERE first = ?1")
            .map_err(error::sqlite)?;
        let mut rows = statement.query([first]).map_err(error::sqlite)?;
        let Some(row) = rows.next().map_err(error::sqlite)? else {
            return Err(damaged("a segment is there and is not"));
        };
        let text = row.get_ref(0).map_err(error::sqlite)?;
        let text = text.as_str().map_err(|e| damaged(&e.to_string()))?;
        let first = u64::try_from(first).map_err(|_| damaged("a negative position"))?;
        let lines: Vec<(u64, &str)> = (first..).zip(text.split('\n')).collect();
        for (position, line) in lines.into_iter().rev() {
            if !self.wants_more() {
                break;
            }
            if !self
                .needles
                .iter()
                .all(|needle| line.contains(needle.as_str()))
            {
                continue;
            }
            let event: Event = serde_json::from_str(line)
                .map_err(|e| damaged(&format!("event {position}: {e}")))?;
            if self.filter.matches(position, &event) {
                self.found.push(LoggedEvent { position, event });
            }
        }
        Ok(())
    }
}

/// The blocks that begin before `?1` and hold all of the keys `?2`, `?3`, …, newest first.
fn blocks(keys: usize) -> String {
    let mut sql = String::from(
        "SELECT b.first, b.until FROM block_index i JOIN blocks b ON b.first = i.first \
         WHERE i.first < ?1 AND i.key = ?2",
    );
    for parameter in 3..keys + 2 {
        sql.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM block_index o WHERE o.key = ?{parameter} AND o.first = i.first)"
        ));
    }
    sql.push_str(" ORDER BY i.first DESC");
    sql
}
