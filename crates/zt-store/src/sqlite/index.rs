//! Where events are found.
//!
//! An entry in the file for each person, device and application of each event would cost several times what sealing the
//! event costs. So a segment carries the keys of its events itself, once each, and only when a block of segments is
//! complete the keys of the block, once each, go into the file's index. A search finds blocks by the index, segments by
//! their keys, and events by looking.

use crate::{Decisions, EventFilter};
use zt_events::{Event, Outcome, Topic};

/// So many segments make a block.
pub(crate) const BLOCK: usize = 32;

/// Something an event is about, as 64 bits: of two things with the same bits both are found, and one is sorted out by
/// looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(pub(crate) i64);

impl Key {
    /// Adds the keys of an event.
    pub(crate) fn collect(event: &Event, keys: &mut Vec<Self>) {
        keys.push(Self::of(b't', event.topic().as_str().as_bytes()));
        keys.push(Self::of(b'o', outcome(event.outcome())));
        keys.extend(event.person().map(|id| Self::of(b'p', id.as_bytes())));
        keys.extend(event.device().map(|id| Self::of(b'd', id.as_bytes())));
        keys.extend(event.app().map(|id| Self::of(b'a', id.as_str().as_bytes())));
    }

    /// The keys a filter asks for, the one that finds least first.
    pub(super) fn asked(filter: &EventFilter) -> Vec<Self> {
        let asks_for_decisions = filter.decisions == Decisions::Only || filter.decision.is_some();
        let topic = filter.topic.or(asks_for_decisions.then_some(Topic::Access));
        let keys = [
            filter.device.map(|id| Self::of(b'd', id.as_bytes())),
            filter.person.map(|id| Self::of(b'p', id.as_bytes())),
            filter
                .app
                .as_ref()
                .map(|id| Self::of(b'a', id.as_str().as_bytes())),
            filter.outcome.map(|asked| Self::of(b'o', outcome(asked))),
            topic.map(|topic| Self::of(b't', topic.as_str().as_bytes())),
        ];
        keys.into_iter().flatten().collect()
    }

    /// FNV-1a, 64 bits: stands in files, so it never changes.
    fn of(kind: u8, bytes: &[u8]) -> Self {
        let hash = std::iter::once(&kind)
            .chain(bytes)
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Self(hash.cast_signed())
    }
}

/// Texts that the stored form of every event a filter asks for holds: without them, an event need not be looked at.
pub(super) fn needles(filter: &EventFilter) -> Vec<String> {
    let needles = [
        filter.device.map(|id| id.to_string()),
        filter.person.map(|id| id.to_string()),
        filter.app.as_ref().map(|id| format!("\"{id}\"")),
        filter.decision.map(|id| id.to_string()),
        (filter.decisions == Decisions::Only).then(|| "\"event\":\"decided\"".to_owned()),
    ];
    needles.into_iter().flatten().collect()
}

/// Sorts keys, leaving each once.
pub(crate) fn distinct(mut keys: Vec<Key>) -> Vec<Key> {
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Distinct keys as they stand beside a segment.
pub(crate) fn stored(keys: &[Key]) -> Vec<u8> {
    keys.iter().flat_map(|Key(key)| key.to_le_bytes()).collect()
}

/// Keys as [`stored`] wrote them.
pub(crate) fn read(stored: &[u8]) -> impl Iterator<Item = Key> {
    stored
        .as_chunks()
        .0
        .iter()
        .map(|bytes| Key(i64::from_le_bytes(*bytes)))
}

/// Whether all of `asked` are among `stored`.
pub(super) fn holds(stored: &[u8], asked: &[Key]) -> bool {
    let stored = stored.as_chunks().0;
    asked.iter().all(|key| {
        stored
            .binary_search_by_key(key, |bytes| Key(i64::from_le_bytes(*bytes)))
            .is_ok()
    })
}

const fn outcome(outcome: Outcome) -> &'static [u8] {
    match outcome {
        Outcome::Success => b"success",
        Outcome::Failure => b"failure",
    }
}
