//! A store that takes plans at once and answers late, as one does that writes to a disk: many plans are under way in it.

use futures_util::future::BoxFuture;
use zt_auth::{GuessCounter, GuessScope};
use zt_events::Event;
use zt_store::{EventFilter, Forgotten, LoggedEvent, MemoryStore, Plan, State, Store, StoreError};
use zt_types::Timestamp;

/// So often everybody else gets their turn before the answer comes.
const TURNS: usize = 50;

#[derive(Debug, Default)]
pub(super) struct SlowStore(MemoryStore);

impl Store for SlowStore {
    fn commit(&self, plan: Plan) -> BoxFuture<'_, Result<(), StoreError>> {
        let committed = self.0.commit(plan);
        Box::pin(async move {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            committed.await
        })
    }

    fn count_guess(
        &self,
        scopes: Vec<GuessScope>,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<GuessCounter>, StoreError>> {
        self.0.count_guess(scopes, now)
    }

    fn record(&self, event: Event) {
        self.0.record(event);
    }

    fn is_crowded(&self) -> bool {
        self.0.is_crowded()
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.flush()
    }

    fn load(&self) -> BoxFuture<'_, Result<State, StoreError>> {
        self.0.load()
    }

    fn events(&self, filter: EventFilter) -> BoxFuture<'_, Result<Vec<LoggedEvent>, StoreError>> {
        self.0.events(filter)
    }

    fn forget_before(&self, before: Timestamp) -> BoxFuture<'_, Result<Forgotten, StoreError>> {
        self.0.forget_before(before)
    }
}
