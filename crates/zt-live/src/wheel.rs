//! Time is a signal: each standing says until when it can hold, and is decided again when that instant comes.

use crate::live::{Inner, Live, LiveError};
use crate::passage::{Passage, Standing};
use parking_lot::Mutex;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Weak};
use tokio::sync::Notify;
use zt_auth::EndReason;
use zt_events::Actor;
use zt_net::Clock;
use zt_store::{Conflict, StoreError};
use zt_types::Timestamp;

/// Which passage is due when.
#[derive(Debug, Default)]
pub(crate) struct Wheel {
    due: Mutex<BinaryHeap<Due>>,
    sooner: Notify,
}

#[derive(Debug)]
struct Due {
    at: Reverse<Timestamp>,
    passage: Weak<Passage>,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}
impl Eq for Due {}
impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

impl Wheel {
    /// Looks at `passage` again at `at`.
    pub(crate) fn watch(&self, at: Timestamp, passage: &Arc<Passage>) {
        if at == Timestamp::FAR_FUTURE {
            return;
        }
        let mut due = self.due.lock();
        let is_sooner = due.peek().is_none_or(|first| at < first.at.0);
        if due.len() == due.capacity() {
            // Before it grows: what is gone needs no looking after.
            due.retain(|due| due.passage.strong_count() > 0);
        }
        due.push(Due {
            at: Reverse(at),
            passage: Arc::downgrade(passage),
        });
        drop(due);
        if is_sooner {
            self.sooner.notify_one();
        }
    }

    fn next(&self) -> Option<Timestamp> {
        self.due.lock().peek().map(|first| first.at.0)
    }

    /// Takes out what is due. A passage that was decided anew since is merely looked at once too often.
    fn take(&self, now: Timestamp) -> Vec<Arc<Passage>> {
        let mut due = self.due.lock();
        let mut taken = Vec::new();
        while due.peek().is_some_and(|first| first.at.0 <= now) {
            taken.extend(due.pop().and_then(|first| first.passage.upgrade()));
        }
        taken
    }
}

/// Decides again whatever falls due, for as long as the decision point lives. It is not kept alive by this: when its last
/// owner lets go of it, it is gone, and the store with it.
pub(crate) async fn turn(wheel: Arc<Wheel>, clock: Clock, inner: Weak<Inner>) {
    loop {
        let sooner = wheel.sooner.notified();
        match wheel.next() {
            None => sooner.await,
            Some(at) => {
                tokio::select! {
                    () = sooner => {}
                    () = clock.sleep_until(at) => {}
                }
            }
        }
        let Some(inner) = inner.upgrade() else {
            return;
        };
        let live = Live { inner };
        let due = wheel.take(clock.now());
        // Nobody's decision waits for what is written about another's session.
        for passage in &due {
            live.inner.turn_decision(passage);
        }
        for passage in &due {
            live.end_if_expired(passage).await;
        }
    }
}

impl Drop for Inner {
    /// Wakes the wheel and whoever looks at grants, so that they end.
    fn drop(&mut self) {
        self.wheel.sooner.notify_one();
        self.lapses.wake();
    }
}

impl Live {
    /// Ends a session whose time is over for good: a clock that is set back must not bring it back.
    async fn end_if_expired(&self, passage: &Passage) {
        let is_over = matches!(&*passage.standing(), Standing::Over(EndReason::Expired));
        let now = self.inner.clock.now();
        // A passage that was forgotten looks the same; its session goes on.
        let is_expired = self.read(|state| {
            let session = state.sessions.get(&passage.session);
            session.is_some_and(|session| now >= session.expires_at)
        });
        if !is_over || !is_expired {
            return;
        }
        match self
            .end_session(passage.session, EndReason::Expired, Actor::System)
            .await
        {
            Ok(_) | Err(LiveError::Store(StoreError::Conflict(Conflict::SessionEnded))) => {}
            // Until it is kept, the clock alone says that it is over.
            Err(error) => {
                tracing::error!(%error, "the end of an expired session could not be kept")
            }
        }
    }
}
