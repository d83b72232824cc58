//! The sealed event log from outside: verifying it, taking it along.
//!
//! Entry point: [`AuditLog`]. It reads the file while a server serves it or not, and changes nothing.
//!
//! What is sealed: event `n` is leaf `n` of an RFC 6962 tree, the hash of its salt and its stored bytes. Each segment
//! closes with a signed checkpoint over everything before it. So whatever is altered, removed or moved is found, but for
//! one thing: a log cut off at the end of a segment is whole in itself, and only a checkpoint that was taken along
//! earlier ([`AuditLog::checkpoint`]) shows it.

mod report;

pub use report::{Finding, Problem, Report};

use crate::StoreError;
use crate::sqlite::{self, EventsIn, Indexed, Key, Sealed};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::io::Write;
use std::path::Path;
use zt_crypto::checkpoint::{Checkpoint, CheckpointError, CheckpointVerifier};
use zt_crypto::merkle::{Frontier, salted_leaf};

/// Why a log could not be verified or exported at all.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The earlier checkpoint cannot be used.
    #[error("the earlier checkpoint: {0}")]
    Earlier(#[from] CheckpointError),
    /// The export could not be written.
    #[error("the export could not be written: {0}")]
    Write(#[from] std::io::Error),
}

/// A store's event log, read only.
#[derive(Debug)]
pub struct AuditLog {
    connection: Connection,
}

impl AuditLog {
    /// Opens the log of the store at `path`.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if it is not a store or a newer one, [`StoreError::Failed`] if there is no such file.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = sqlite::open_reader(path)?;
        Ok(Self { connection })
    }

    /// The latest checkpoint, a signed note; `None` while there are no events. Kept elsewhere, it shows later whether
    /// anything up to it was changed.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if it cannot be read.
    pub fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        sqlite::last_checkpoint(&self.connection)
    }

    /// Recomputes everything, up to the first thing that is wrong.
    ///
    /// # Errors
    /// [`AuditError::Earlier`] if the earlier checkpoint is not one of this log; a log that is not as it was sealed is a
    /// [`Report`] with a finding.
    pub fn verify(
        &self,
        verifier: &CheckpointVerifier,
        earlier: Option<&str>,
    ) -> Result<Report, AuditError> {
        let earlier = earlier.map(|note| verifier.open(note)).transpose()?;
        let mut walk = Walk {
            connection: &self.connection,
            verifier,
            earlier,
            report: Report::default(),
            tree: Frontier::default(),
            index: BlockWalk::default(),
        };
        let found = match walk.everything() {
            // What was found sound before the damage stays sound.
            Err(StoreError::Damaged(why)) => {
                Some(Finding::from(walk.tree.size(), Problem::Unreadable(why)))
            }
            other => other?,
        };
        Ok(Report {
            size: walk.tree.size(),
            root: walk.tree.root(),
            finding: found,
            ..walk.report
        })
    }

    /// Writes all events from position `from` on as OCSF JSON, one a line, oldest first, and gives how many.
    ///
    /// # Errors
    /// [`AuditError::Store`] if an event cannot be read, [`AuditError::Write`].
    pub fn export(&self, from: u64, out: &mut impl Write) -> Result<u64, AuditError> {
        let mut written = 0;
        let mut events = EventsIn::order(&self.connection)?;
        let mut segments = events.segments(from)?;
        while let Some(segment) = segments.next()? {
            for (position, line) in (segment.first..).zip(segment.lines()) {
                if position < from {
                    continue;
                }
                serde_json::to_writer(&mut *out, &segment.event(position, line)?.to_ocsf())
                    .map_err(std::io::Error::from)?;
                out.write_all(b"\n")?;
                written += 1;
            }
        }
        out.flush()?;
        Ok(written)
    }
}

/// One verification under way.
struct Walk<'a> {
    connection: &'a Connection,
    verifier: &'a CheckpointVerifier,
    earlier: Option<Checkpoint>,
    report: Report,
    tree: Frontier,
    index: BlockWalk,
}

/// The blocks of the index that are still to come, and the keys they must have.
#[derive(Default)]
struct BlockWalk {
    coming: VecDeque<(u64, u64)>,
    first: u64,
    keys: Vec<Key>,
}

impl Walk<'_> {
    fn everything(&mut self) -> Result<Option<Finding>, StoreError> {
        let connection = self.connection;
        // One snapshot, however much is committed meanwhile.
        let snapshot = connection
            .unchecked_transaction()
            .map_err(sqlite::failure)?;
        if let Some(finding) = self.against_earlier() {
            return Ok(Some(finding));
        }
        self.index.coming = sqlite::blocks(&snapshot)?.into();
        let mut events = EventsIn::order(&snapshot)?;
        let mut segments = events.segments(0)?;
        while let Some(segment) = segments.next()? {
            if let Some(finding) = self.segment(&snapshot, &segment)? {
                return Ok(Some(finding));
            }
        }
        self.end(&snapshot)
    }

    fn segment(
        &mut self,
        snapshot: &Connection,
        segment: &Sealed,
    ) -> Result<Option<Finding>, StoreError> {
        let first = self.tree.size();
        if segment.first != first {
            // The positions in between are gone, or the number was changed: either way nothing is known from here on.
            return Ok(Some(Finding::from(first, Problem::Missing)));
        }
        let (mut salts, mut leaves) = (segment.salts().iter(), segment.leaves());
        for line in segment.lines() {
            let position = self.tree.size();
            let (Some(salt), Some(leaf)) = (salts.next(), leaves.next()) else {
                return Ok(Some(Finding::at(position, Problem::Altered)));
            };
            let computed = salted_leaf(salt, line);
            if computed != leaf {
                return Ok(Some(Finding::at(position, Problem::Altered)));
            }
            self.tree.push(computed);
            if let Some(finding) = self.against_earlier() {
                return Ok(Some(finding));
            }
        }
        let end = self.tree.size();
        if leaves.next().is_some() || end != first.saturating_add(segment.count) {
            return Ok(Some(Finding::from(end, Problem::Missing)));
        }
        let signed = match self.verifier.open(&segment.checkpoint) {
            Ok(signed) => signed,
            Err(why) => return Ok(Some(Finding::among(first, end, Problem::Unsigned(why)))),
        };
        if (signed.size, signed.root) != (end, self.tree.root()) {
            return Ok(Some(Finding::among(first, end, Problem::NotWhatWasSigned)));
        }
        self.report.segments += 1;
        self.report.checkpoint = Some(segment.checkpoint.clone());
        let (keys, indexed) = segment.keys()?;
        if indexed == Indexed::Wrongly {
            return Ok(Some(Finding::among(first, end, Problem::Hidden)));
        }
        self.index(snapshot, keys, end)
    }

    /// What is in no block is looked through anyway, so only blocks can hide something.
    fn index(
        &mut self,
        snapshot: &Connection,
        keys: Vec<Key>,
        end: u64,
    ) -> Result<Option<Finding>, StoreError> {
        let Some((first, until)) = self.index.coming.front().copied() else {
            return Ok(None);
        };
        self.index.keys.extend(keys);
        if end < until {
            return Ok(None);
        }
        let keys = sqlite::distinct(std::mem::take(&mut self.index.keys));
        let right = (first, until) == (self.index.first, end);
        if !right || sqlite::indexed(snapshot, first, &keys)? == Indexed::Wrongly {
            return Ok(Some(Finding::among(self.index.first, end, Problem::Hidden)));
        }
        self.index.first = end;
        self.index.coming.pop_front();
        Ok(None)
    }

    fn against_earlier(&self) -> Option<Finding> {
        let earlier = self.earlier.as_ref()?;
        let differs = earlier.size == self.tree.size() && earlier.root != self.tree.root();
        differs.then(|| Finding::among(0, earlier.size, Problem::NotTheEarlierLog))
    }

    fn end(&self, snapshot: &Connection) -> Result<Option<Finding>, StoreError> {
        let size = self.tree.size();
        if self
            .earlier
            .as_ref()
            .is_some_and(|earlier| earlier.size > size)
        {
            return Ok(Some(Finding::from(size, Problem::CutOff)));
        }
        if sqlite::head(snapshot)? != self.tree {
            return Ok(Some(Finding::from(size, Problem::HeadDiffers)));
        }
        if !self.index.coming.is_empty() {
            return Ok(Some(Finding::among(
                self.index.first,
                size,
                Problem::Hidden,
            )));
        }
        Ok(None)
    }
}
