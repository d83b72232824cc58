//! The one place that keeps things: domain operations, migrations, the sealed event log.
//!
//! Entry points: [`Store`] (what every implementation does), [`MemoryStore`] (the oracle), [`StoreFile`] and
//! [`SqliteStore`] (what `serve` uses), [`Plan`] (what is to change, as data), [`State`] (the records, in memory),
//! [`audit::AuditLog`] (the event log verified and taken along), [`Accesses`] (the recorded decisions of a span of time).
//!
//! Invariants: a plan commits whole, with its events, or not at all; when [`Store::commit`] returns, it is on the disk;
//! SQL stands in this crate and nowhere else; nothing is decided here; an event once kept is never written again.

mod accesses;
pub mod audit;
mod deciding;
mod filter;
mod memory;
mod plan;
mod revision;
mod sqlite;
mod state;

pub use accesses::{Access, Accesses, Span, decided, recorded};
pub use deciding::Deciding;
pub use filter::{Decisions, EventFilter, LoggedEvent};
pub use memory::MemoryStore;
pub use plan::{Change, Conflict, FlowRecord, Plan};
pub use revision::{GoingBack, Revision};
pub use sqlite::{SqliteStore, StoreFile};
pub use state::{ClientNote, State};

use futures_util::future::BoxFuture;
use std::path::PathBuf;
use zt_auth::{GuessCounter, GuessScope};
use zt_events::Event;
use zt_types::Timestamp;

/// What went wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A precondition of the plan does not hold; nothing was changed.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// There is no room left on the disk; nothing was changed.
    #[error("no space left where the store is kept: free some and try again, nothing was changed")]
    Full,
    /// Another process has the store open; nothing was changed.
    #[error("the store is in use by process {holder} (it holds `{}`)", lock.display())]
    InUse {
        /// The file that is locked.
        lock: PathBuf,
        /// The process id written in it, or `?`.
        holder: String,
    },
    /// The files are not readable as a store, or were written by a newer version. Nothing was changed.
    #[error("the store cannot be read: {0}")]
    Damaged(String),
    /// The store failed or is closing; whether the plan was kept is not known.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// How many records [`Store::forget_before`] forgot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Sign-in flows.
    pub flows: usize,
    /// Enrolment codes, codes that carry a session, links of break-glass accounts, and administrators' passes.
    pub codes: usize,
    /// Sessions, with their sessions on applications' hosts.
    pub sessions: usize,
    /// Grants of clients.
    pub grants: usize,
    /// Counters of guesses from addresses and at unknown logins.
    pub counters: usize,
}

/// What every store does. Memory (the oracle) and SQLite implement it; one conformance suite runs against both.
pub trait Store: Send + Sync + 'static {
    /// Commits a plan: all of its changes and events, or nothing. Durable when it returns. A plan once handed in is
    /// carried out even if nobody waits for the answer.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if a precondition does not hold, [`StoreError::Full`] without disk space.
    fn commit(&self, plan: Plan) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Counts one guess against each scope, durably, and returns the counters *after* counting, in the same order.
    ///
    /// # Errors
    /// As [`Store::commit`]; a guess that could not be counted must not be verified.
    fn count_guess(
        &self,
        scopes: Vec<GuessScope>,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<GuessCounter>, StoreError>>;

    /// Records plain access events soon: kept within 200 ms or 1,000 events, not on return. Never blocks. Events keep
    /// the order in which they were recorded and committed. If the disk cannot follow, events wait in memory; beyond
    /// 65,536 waiting ones the newest are dropped, counted, and an `events-lost` event says how many as soon as it can
    /// be kept.
    fn record(&self, event: Event);

    /// Whether so many recorded events wait that it is time to stop what must be recorded: a quarter of the room is left
    /// for what is under way already. Also when the store is closing. Never blocks.
    fn is_crowded(&self) -> bool;

    /// Waits until everything recorded so far is kept.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn flush(&self) -> BoxFuture<'_, Result<(), StoreError>>;

    /// All records, for the start.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if a record cannot be read.
    fn load(&self) -> BoxFuture<'_, Result<State, StoreError>>;

    /// Events, newest first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if an event cannot be read.
    fn events(&self, filter: EventFilter) -> BoxFuture<'_, Result<Vec<LoggedEvent>, StoreError>>;

    /// Forgets, durably, what was over before `before`: flows, codes, links and passes whose time ran out, sessions that ended or ran
    /// out, counters of guesses by address or at unknown logins whose last guess is older. Facts, people's own
    /// counters and events are never forgotten.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn forget_before(&self, before: Timestamp) -> BoxFuture<'_, Result<Forgotten, StoreError>>;
}
