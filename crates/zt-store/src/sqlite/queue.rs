//! What waits for the writer.

use crate::{Forgotten, Plan, StoreError};
use parking_lot::{Condvar, Mutex};
use std::time::Duration;
use tokio::sync::oneshot::Sender;
use zt_auth::{GuessCounter, GuessScope};
use zt_events::Event;
use zt_types::Timestamp;

/// Recorded events wake the writer when so many wait …
const ENOUGH: usize = 1_000;
/// … or after this long. Less than the promised 200 ms, since committing takes time too.
const LONGEST: Duration = Duration::from_millis(120);
/// So many recorded events may wait (some 40 MB); it takes a disk that does not follow for half a second and more of
/// the heaviest load. Blocking the callers instead would hold up every connection of an async thread.
const MOST: usize = 65_536;

/// Something for the writer to do.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "the large variant is the frequent one, and must not cost an allocation"
)]
pub(super) enum Item {
    Recorded(Event),
    Plan(Plan, Sender<Result<(), StoreError>>),
    Guess(
        Vec<GuessScope>,
        Timestamp,
        Sender<Result<Vec<GuessCounter>, StoreError>>,
    ),
    Forget(Timestamp, Sender<Result<Forgotten, StoreError>>),
    Flush(Sender<Result<(), StoreError>>),
}

/// Recorded events that found no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lost {
    pub(super) count: u64,
    /// When the last of them happened.
    pub(super) until: Timestamp,
}

/// What the writer takes at once, in the order it came.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) items: Vec<Item>,
    pub(super) lost: Option<Lost>,
    /// Whether nothing will come after this.
    pub(super) last: bool,
}

#[derive(Debug)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    items: Vec<Item>,
    recorded: usize,
    // Somebody waits for an answer.
    urgent: bool,
    lost: Option<Lost>,
    closed: bool,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self {
            waiting: Mutex::new(Waiting::default()),
            wake: Condvar::new(),
        }
    }

    /// Hands in something that is waited for. After [`Queue::close`] it is dropped, which its sender's other end sees.
    pub(super) fn push(&self, item: Item) {
        let mut waiting = self.waiting.lock();
        if waiting.closed {
            return;
        }
        waiting.items.push(item);
        let first = !std::mem::replace(&mut waiting.urgent, true);
        drop(waiting);
        if first {
            self.wake.notify_one();
        }
    }

    /// Hands in an event that nobody waits for.
    pub(super) fn record(&self, event: Event) {
        let mut waiting = self.waiting.lock();
        if waiting.closed || waiting.recorded >= MOST {
            waiting.lose(1, event.at);
            return;
        }
        waiting.items.push(Item::Recorded(event));
        waiting.recorded += 1;
        let notify = matches!(waiting.recorded, 1 | ENOUGH);
        drop(waiting);
        if notify {
            self.wake.notify_one();
        }
    }

    /// Whether three quarters of the room for recorded events are taken, or nothing is taken on any more.
    pub(super) fn is_crowded(&self) -> bool {
        let waiting = self.waiting.lock();
        waiting.closed || waiting.recorded >= MOST / 4 * 3
    }

    /// Waits until there is enough to do, and takes all of it.
    pub(super) fn take(&self) -> Batch {
        let mut waiting = self.waiting.lock();
        while !(waiting.urgent || waiting.closed || waiting.recorded >= ENOUGH) {
            if waiting.recorded == 0 && waiting.lost.is_none() {
                self.wake.wait(&mut waiting);
            } else if self.wake.wait_for(&mut waiting, LONGEST).timed_out() {
                break;
            }
        }
        waiting.recorded = 0;
        waiting.urgent = false;
        Batch {
            items: std::mem::take(&mut waiting.items),
            lost: waiting.lost.take(),
            last: waiting.closed,
        }
    }

    /// Gives recorded events back that could not be kept yet: they are the oldest.
    pub(super) fn put_back(&self, events: Vec<Event>, lost: Option<Lost>) {
        let mut waiting = self.waiting.lock();
        waiting.recorded += events.len();
        waiting
            .items
            .splice(0..0, events.into_iter().map(Item::Recorded));
        if let Some(lost) = lost {
            waiting.lose(lost.count, lost.until);
        }
    }

    /// Takes nothing more; the writer ends after what waits.
    pub(super) fn close(&self) {
        self.waiting.lock().closed = true;
        self.wake.notify_one();
    }
}

impl Waiting {
    fn lose(&mut self, count: u64, at: Timestamp) {
        let lost = self.lost.get_or_insert(Lost {
            count: 0,
            until: at,
        });
        lost.count = lost.count.saturating_add(count);
        lost.until = lost.until.max(at);
    }
}

#[cfg(test)]
mod tests;
