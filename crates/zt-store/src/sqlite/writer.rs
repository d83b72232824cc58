//! The one writer: takes all that waits, commits it in one transaction, then answers.

use super::error;
use super::log::EventLog;
use super::queue::{Batch, Item, Lost, Queue};
use super::rows;
use crate::state::{Applied, Row};
use crate::{Forgotten, State, StoreError};
use rusqlite::{Connection, TransactionBehavior};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::oneshot::Sender;
use zt_auth::GuessCounter;
use zt_crypto::random;
use zt_events::{Actor, Body, Event, FORMAT};
use zt_types::EventId;

pub(super) struct Writer {
    connection: Connection,
    // INVARIANT: between batches, exactly the records in the file. Preconditions are checked here, without reading.
    state: State,
    log: EventLog,
    queue: Arc<Queue>,
    // After a failure that leaves it open what is on the disk, nothing more is written: only opening anew can tell.
    broken: Option<String>,
}

/// What a caller is told once the group is committed.
enum Answer {
    Plan(Result<(), StoreError>, Sender<Result<(), StoreError>>),
    Guess(
        Vec<GuessCounter>,
        Sender<Result<Vec<GuessCounter>, StoreError>>,
    ),
    Forget(Forgotten, Sender<Result<Forgotten, StoreError>>),
}

/// A group of items, applied to the records in memory.
#[derive(Default)]
struct Group {
    applied: Vec<Applied>,
    events: Vec<Event>,
    // Which of `events` were only recorded: they wait on if the group fails.
    recorded: Vec<bool>,
    answers: Vec<Answer>,
}

impl Writer {
    pub(super) const fn new(
        connection: Connection,
        state: State,
        log: EventLog,
        queue: Arc<Queue>,
    ) -> Self {
        Self {
            connection,
            state,
            log,
            queue,
            broken: None,
        }
    }

    /// Works until the queue is closed and empty.
    pub(super) fn run(mut self) {
        loop {
            let batch = self.queue.take();
            let last = batch.last;
            self.commit(batch);
            if last {
                break;
            }
        }
        if let Err((_, e)) = self.connection.close() {
            tracing::error!(error = %e, "the store's file could not be closed");
        }
    }

    fn commit(&mut self, batch: Batch) {
        let Batch { items, lost, last } = batch;
        let mut group = self.apply(items);
        let outcome = match &self.broken {
            Some(why) => Err(StoreError::Failed(why.clone())),
            None => self.keep(&mut group, lost),
        };
        let Err(failure) = outcome else {
            for answer in group.answers {
                answer.give();
            }
            return;
        };
        for applied in group.applied.into_iter().rev() {
            applied.take_back(&mut self.state);
        }
        if !matches!(failure, StoreError::Full) && self.broken.is_none() {
            tracing::error!(error = %failure, "the store takes no more writes until it is opened anew");
            self.broken = Some(failure.to_string());
        }
        let recorded = group.events.into_iter().zip(group.recorded);
        let waiting: Vec<Event> = recorded
            .filter_map(|(event, recorded)| recorded.then_some(event))
            .collect();
        if last || self.broken.is_some() {
            tracing::error!(events = waiting.len(), error = %failure, "recorded events are lost");
        } else {
            self.queue.put_back(waiting, lost);
        }
        for answer in group.answers {
            answer.refuse(&failure);
        }
    }

    /// Applies each item to the records in memory: what conflicts fails alone.
    fn apply(&mut self, items: Vec<Item>) -> Group {
        let mut group = Group::default();
        for item in items {
            match item {
                Item::Recorded(event) => {
                    group.events.push(event);
                    group.recorded.push(true);
                }
                Item::Plan(plan, sender) => {
                    let outcome = self.state.apply_reversibly(&plan.changes);
                    let outcome = outcome.map_err(StoreError::Conflict).map(|applied| {
                        group.applied.push(applied);
                        group
                            .recorded
                            .resize(group.events.len() + plan.events.len(), false);
                        group.events.extend(plan.events);
                    });
                    // A conflict may rest on another plan of this group, so it is told no earlier than that one.
                    group.answers.push(Answer::Plan(outcome, sender));
                }
                Item::Guess(scopes, now, sender) => {
                    let mut applied = Applied::default();
                    let counters = scopes
                        .iter()
                        .map(|scope| self.state.count_reversibly(scope, now, &mut applied))
                        .collect();
                    group.applied.push(applied);
                    group.answers.push(Answer::Guess(counters, sender));
                }
                Item::Forget(before, sender) => {
                    let (applied, forgotten) = self.state.forget_reversibly(before);
                    group.applied.push(applied);
                    group.answers.push(Answer::Forget(forgotten, sender));
                }
                Item::Flush(sender) => group.answers.push(Answer::Plan(Ok(()), sender)),
            }
        }
        group
    }

    /// Writes a group in one transaction.
    fn keep(&mut self, group: &mut Group, lost: Option<Lost>) -> Result<(), StoreError> {
        let rows: BTreeSet<&Row> = group.applied.iter().flat_map(Applied::touched).collect();
        let notice = lost.map(lost_event).transpose()?;
        if rows.is_empty() && group.events.is_empty() && notice.is_none() {
            return Ok(());
        }
        let written = (|| {
            let work = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(error::sqlite)?;
            for row in rows {
                rows::write(&work, &self.state, row)?;
            }
            self.log.append(&work, &group.events)?;
            if let Some(notice) = notice {
                self.log.append(&work, &[notice])?;
            }
            work.commit().map_err(error::sqlite)
        })();
        if written.is_err() {
            self.log.go_back(&self.connection)?;
        }
        written
    }
}

impl Answer {
    fn give(self) {
        // Nobody may be waiting any more.
        match self {
            Self::Plan(outcome, sender) => drop(sender.send(outcome)),
            Self::Guess(counters, sender) => drop(sender.send(Ok(counters))),
            Self::Forget(forgotten, sender) => drop(sender.send(Ok(forgotten))),
        }
    }

    fn refuse(self, failure: &StoreError) {
        match self {
            Self::Plan(_, sender) => drop(sender.send(Err(error::again(failure)))),
            Self::Guess(_, sender) => drop(sender.send(Err(error::again(failure)))),
            Self::Forget(_, sender) => drop(sender.send(Err(error::again(failure)))),
        }
    }
}

fn lost_event(lost: Lost) -> Result<Event, StoreError> {
    let id = random::bytes().map_err(|e| StoreError::Failed(e.to_string()))?;
    Ok(Event {
        v: FORMAT,
        id: EventId::from_random(id),
        at: lost.until,
        actor: Actor::System,
        body: Body::EventsLost { count: lost.count },
    })
}
