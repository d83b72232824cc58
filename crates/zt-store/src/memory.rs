//! The store in memory: what every other implementation must agree with.

use crate::{Change, EventFilter, Forgotten, LoggedEvent, Plan, State, Store, StoreError};
use futures_util::future::{BoxFuture, FutureExt, ready};
use parking_lot::Mutex;
use zt_auth::{GuessCounter, GuessScope};
use zt_events::Event;
use zt_types::Timestamp;

/// A store that lives as long as the process: the oracle of the conformance suite.
#[derive(Debug, Default)]
pub struct MemoryStore {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    state: State,
    events: Vec<Event>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn apply(&self, changes: &[Change], events: Vec<Event>) -> Result<(), StoreError> {
        let mut kept = self.kept.lock();
        kept.state.apply(changes)?;
        kept.events.extend(events);
        Ok(())
    }
}

impl Store for MemoryStore {
    fn commit(&self, plan: Plan) -> BoxFuture<'_, Result<(), StoreError>> {
        ready(self.apply(&plan.changes, plan.events)).boxed()
    }

    fn count_guess(
        &self,
        scopes: Vec<GuessScope>,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<GuessCounter>, StoreError>> {
        let mut kept = self.kept.lock();
        let counters = scopes
            .iter()
            .map(|scope| kept.state.count_guess(scope, now))
            .collect();
        ready(Ok(counters)).boxed()
    }

    fn record(&self, event: Event) {
        self.kept.lock().events.push(event);
    }

    fn is_crowded(&self) -> bool {
        false
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        ready(Ok(())).boxed()
    }

    fn load(&self) -> BoxFuture<'_, Result<State, StoreError>> {
        ready(Ok(self.kept.lock().state.clone())).boxed()
    }

    fn events(&self, filter: EventFilter) -> BoxFuture<'_, Result<Vec<LoggedEvent>, StoreError>> {
        let kept = self.kept.lock();
        let numbered = (0u64..)
            .zip(&kept.events)
            .collect::<Vec<_>>()
            .into_iter()
            .rev();
        let found = numbered
            .filter(|(position, event)| filter.matches(*position, event))
            .take(filter.limit)
            .map(|(position, event)| LoggedEvent {
                position,
                event: event.clone(),
            })
            .collect();
        ready(Ok(found)).boxed()
    }

    fn forget_before(&self, before: Timestamp) -> BoxFuture<'_, Result<Forgotten, StoreError>> {
        ready(Ok(self.kept.lock().state.forget_before(before))).boxed()
    }
}
