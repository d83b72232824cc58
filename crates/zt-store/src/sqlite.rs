//! The store in one SQLite file: one writer that commits what waits in groups, and readers beside it.
//!
//! Beside the file `NAME` stand `NAME-wal` and `NAME-shm` (SQLite's own, while it is open) and `NAME.lock`, which the
//! one process that has the store open keeps locked.

mod error;
mod files;
mod find;
mod index;
mod log;
mod queue;
mod reader;
mod rows;
mod schema;
mod sealed;
mod segment;
mod writer;

pub(crate) use error::sqlite as failure;
pub(crate) use index::{Key, distinct};
pub(crate) use sealed::{EventsIn, Indexed, Sealed, blocks, head, indexed, last_checkpoint};

use crate::{EventFilter, Forgotten, LoggedEvent, Plan, State, Store, StoreError};
use files::Lock;
use futures_util::future::{BoxFuture, FutureExt};
use log::EventLog;
use queue::{Item, Queue};
use reader::Readers;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;
use writer::Writer;
use zt_auth::{GuessCounter, GuessScope};
use zt_crypto::checkpoint::CheckpointSigner;
use zt_events::Event;
use zt_types::Timestamp;

/// A connection that reads the store at `path` and changes nothing.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let reader = files::reader(path)?;
    schema::check(&reader)?;
    Ok(reader)
}

/// A store's file, locked, checked and brought up to date, but not yet served: what is in it can be read, such as the
/// sealed keys among its settings.
#[derive(Debug)]
pub struct StoreFile {
    path: PathBuf,
    connection: Connection,
    state: State,
    lock: Lock,
}

impl StoreFile {
    /// Opens the store at `path`, or makes a new one (readable and writable by the owner alone) if there is none.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Damaged`], [`StoreError::Full`], or [`StoreError::Failed`] if the directory is
    /// missing or not writable. A file that cannot be read as a store is left as it is.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = Lock::take(path)?;
        files::create_unless_there(path)?;
        // A reader comes first: it cannot change a file that turns out not to be ours.
        drop(open_reader(path)?);
        let mut connection = files::writer(path)?;
        schema::migrate(&mut connection)?;
        let state = rows::load(&connection)?;
        files::keep_to_owner(path)?;
        Ok(Self {
            path: path.to_owned(),
            connection,
            state,
            lock,
        })
    }

    /// The records as they are.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Begins to serve; events are sealed under checkpoints by `signer`. Its key, once new, is to be kept (sealed, as a
    /// setting) before any event is.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if the log's end is not what its last checkpoint says, or that is not this signer's;
    /// [`StoreError::Failed`] if threads or readers cannot be started.
    pub fn serve(self, signer: CheckpointSigner) -> Result<SqliteStore, StoreError> {
        let log = EventLog::open(&self.connection, signer)?;
        let queue = Arc::new(Queue::new());
        let readers = Readers::start(&self.path)?;
        let writer = Writer::new(self.connection, self.state, log, Arc::clone(&queue));
        let writer = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer.run())
            .map_err(error::threads)?;
        Ok(SqliteStore {
            queue,
            readers,
            writer: Some(writer),
            _lock: self.lock,
        })
    }
}

/// A store in a file. Dropping it keeps what was handed in and closes the file; that may take a few milliseconds.
#[derive(Debug)]
pub struct SqliteStore {
    queue: Arc<Queue>,
    readers: Readers,
    // `None` only while it is being dropped.
    writer: Option<JoinHandle<()>>,
    _lock: Lock,
}

impl SqliteStore {
    /// Opens the file and serves it at once.
    ///
    /// # Errors
    /// As [`StoreFile::open`] and [`StoreFile::serve`].
    pub fn open(path: &Path, signer: CheckpointSigner) -> Result<Self, StoreError> {
        StoreFile::open(path)?.serve(signer)
    }

    /// Hands an item in at once, before anything is awaited, and gives the answer to wait for.
    fn ask<T: Send + 'static>(
        &self,
        item: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Item,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        let (sender, answer) = oneshot::channel();
        self.queue.push(item(sender));
        async move { answer.await.unwrap_or_else(|_| Err(error::closed())) }.boxed()
    }
}

impl Store for SqliteStore {
    fn commit(&self, plan: Plan) -> BoxFuture<'_, Result<(), StoreError>> {
        self.ask(|answer| Item::Plan(plan, answer))
    }

    fn count_guess(
        &self,
        scopes: Vec<GuessScope>,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<GuessCounter>, StoreError>> {
        self.ask(|answer| Item::Guess(scopes, now, answer))
    }

    fn record(&self, event: Event) {
        self.queue.record(event);
    }

    fn is_crowded(&self) -> bool {
        self.queue.is_crowded()
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.ask(Item::Flush)
    }

    fn load(&self) -> BoxFuture<'_, Result<State, StoreError>> {
        self.readers.ask(rows::load)
    }

    fn events(&self, filter: EventFilter) -> BoxFuture<'_, Result<Vec<LoggedEvent>, StoreError>> {
        self.readers
            .ask(move |connection| find::find(connection, &filter))
    }

    fn forget_before(&self, before: Timestamp) -> BoxFuture<'_, Result<Forgotten, StoreError>> {
        self.ask(|answer| Item::Forget(before, answer))
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.readers.stop();
        self.queue.close();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the store's writer ended abnormally");
        }
    }
}

#[cfg(test)]
mod tests;
