//! The one place that keeps things: domain operations, migrations, the sealed event log.
//!
//! Entry points: [`Store`] (what every implementation does), [`Plan`] (what is to change, as data), [`State`] (the
//! records, in memory).
//!
//! Invariants: a plan commits whole, with its events, or not at all; when [`Store::commit`] returns, it is on the disk;
//! SQL stands in this crate and nowhere else; nothing is decided here.

mod plan;
mod state;

pub use plan::{Change, Conflict, FlowRecord, Plan};
pub use state::State;

use std::future::Future;
use std::pin::Pin;
use zt_auth::{GuessCounter, GuessScope};
use zt_events::{Event, Outcome, Topic};
use zt_types::{AppId, DeviceId, PersonId, Timestamp};

/// What went wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A precondition of the plan does not hold; nothing was changed.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// There is no room left on the disk; nothing was changed.
    #[error("no space left where the store is kept: free some and try again, nothing was changed")]
    Full,
    /// The files are not readable as a store, or were written by a newer version.
    #[error("the store cannot be read: {0}")]
    Damaged(String),
    /// The store failed or is closing; whether the plan was kept is not known.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// What a store operation returns: boxed, so that implementations can stand behind one pointer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Which events to read; all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// About this person.
    pub person: Option<PersonId>,
    /// About this device.
    pub device: Option<DeviceId>,
    /// About this application.
    pub app: Option<AppId>,
    /// With this topic.
    pub topic: Option<Topic>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// Older than this position in the log, for paging.
    pub before: Option<u64>,
    /// Leave out the recorded inputs of decisions (`decided`), which only replay needs.
    pub without_decisions: bool,
    /// At most so many, newest first.
    pub limit: usize,
}

/// An event and its position in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedEvent {
    /// Its leaf index in the Merkle log.
    pub position: u64,
    /// The event.
    pub event: Event,
}

/// What every store does. Memory (the oracle) and SQLite implement it; one conformance suite runs against both.
pub trait Store: Send + Sync + 'static {
    /// Commits a plan: all of its changes and events, or nothing. Durable when it returns.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if a precondition does not hold, [`StoreError::Full`] without disk space.
    fn commit(&self, plan: Plan) -> Answer<'_, ()>;

    /// Counts one guess against each scope, durably, and returns the counters *after* counting, in the same order.
    ///
    /// # Errors
    /// As [`Store::commit`]; a guess that could not be counted must not be verified.
    fn count_guess(&self, scopes: Vec<GuessScope>, now: Timestamp)
    -> Answer<'_, Vec<GuessCounter>>;

    /// Records plain access events soon: kept within 200 ms or 1,000 events, not on return. Never blocks.
    fn record(&self, event: Event);

    /// Waits until everything recorded so far is kept.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn flush(&self) -> Answer<'_, ()>;

    /// All records, for the start.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if a record cannot be read.
    fn load(&self) -> Answer<'_, State>;

    /// Events, newest first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if an event cannot be read.
    fn events(&self, filter: EventFilter) -> Answer<'_, Vec<LoggedEvent>>;
}
