//! A segment of the event log: what is sealed at once.

use super::index::Key;
use crate::StoreError;
use zt_crypto::merkle::{Frontier, SALT_BYTES, salted_leaf};
use zt_crypto::random;
use zt_events::Event;

/// The version of a segment's form.
pub(super) const FORMAT: i64 = 1;

/// At most so many events in one segment: reading one event reads its segment.
pub(super) const MOST_EVENTS: usize = 1_000;

/// A segment being written.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// One event a line, without a last line break.
    pub(super) events: Vec<u8>,
    pub(super) salts: Vec<u8>,
    pub(super) leaves: Vec<u8>,
    pub(super) count: i64,
    // As they come, some more than once.
    pub(super) keys: Vec<Key>,
}

impl Draft {
    /// Writes an event and appends its leaf to the tree.
    pub(super) fn push(
        &mut self,
        event: &Event,
        salts: &mut Salts,
        tree: &mut Frontier,
    ) -> Result<(), StoreError> {
        if self.count > 0 {
            self.events.push(b'\n');
        }
        let begin = self.events.len();
        serde_json::to_writer(&mut self.events, event)
            .map_err(|e| StoreError::Failed(format!("an event has no JSON form: {e}")))?;
        let salt = salts.draw()?;
        // The JSON form escapes control characters, so an event is one line whatever its texts hold.
        let leaf = salted_leaf(&salt, self.events.get(begin..).unwrap_or_default());
        tree.push(leaf);
        self.salts.extend_from_slice(&salt);
        self.leaves.extend_from_slice(&leaf.0);
        self.count += 1;
        Key::collect(event, &mut self.keys);
        Ok(())
    }
}

/// Random salts, drawn many at once.
#[derive(Debug, Default)]
pub(super) struct Salts {
    drawn: Vec<[u8; SALT_BYTES]>,
}

impl Salts {
    fn draw(&mut self) -> Result<[u8; SALT_BYTES], StoreError> {
        if self.drawn.is_empty() {
            let bytes = random::bytes::<{ SALT_BYTES * 64 }>()
                .map_err(|e| StoreError::Failed(e.to_string()))?;
            self.drawn.extend_from_slice(bytes.as_chunks().0);
        }
        self.drawn
            .pop()
            .ok_or_else(|| StoreError::Failed("no salt was drawn".into()))
    }
}
