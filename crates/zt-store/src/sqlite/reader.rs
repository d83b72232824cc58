//! Readers beside the writer: each has its own connection, which sees what is committed and cannot change it.

use super::{error, files};
use crate::StoreError;
use futures_util::future::{BoxFuture, FutureExt};
use parking_lot::Mutex;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// So many reads go on at once.
const READERS: usize = 2;

struct Job(Box<dyn FnOnce(&Connection) + Send>);

#[derive(Debug)]
pub(super) struct Readers {
    // `None` once stopped.
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Opens the connections and starts a thread for each.
    pub(super) fn start(path: &Path) -> Result<Self, StoreError> {
        let (jobs, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let mut threads = Vec::new();
        for _ in 0..READERS {
            let connection = files::reader(path)?;
            let waiting = Arc::clone(&waiting);
            let thread = std::thread::Builder::new()
                .name("store-reader".into())
                .spawn(move || read(&connection, &waiting))
                .map_err(error::threads)?;
            threads.push(thread);
        }
        Ok(Self {
            jobs: Some(jobs),
            threads,
        })
    }

    /// Closes the connections after what is being read. The writer's must be the last: only that one can fold the log
    /// into the file.
    pub(super) fn stop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a reader of the store ended abnormally");
            }
        }
    }

    /// Has one of them read something.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        let (sender, answer) = oneshot::channel();
        let job = Job(Box::new(move |connection| {
            // Nobody may be waiting any more.
            drop(sender.send(read(connection)));
        }));
        // If the readers are gone, the job is dropped, and the answer's sender with it.
        if let Some(jobs) = &self.jobs {
            drop(jobs.send(job));
        }
        async move { answer.await.unwrap_or_else(|_| Err(error::closed())) }.boxed()
    }
}

fn read(connection: &Connection, waiting: &Mutex<Receiver<Job>>) {
    loop {
        let next = waiting.lock().recv();
        match next {
            Ok(Job(job)) => job(connection),
            Err(_) => return,
        }
    }
}
