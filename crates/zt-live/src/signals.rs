//! A registered source says something about a device.

use crate::live::{Live, LiveError};
use zt_events::{Actor, Body, Event, Task, TaskKind};
use zt_store::{Change, Plan};
use zt_trust::{FactChange, KnownDevice, OperatorTask, Signal, SignalOutcome, Source, TaskReason};
use zt_types::{Subject, TaskId};

/// What came of a signal. Everything it changed is durable and enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ingested {
    /// What it did.
    pub outcome: SignalOutcome,
    /// How many live connections it ended.
    pub cut: usize,
}

impl Live {
    /// Takes a signal of an authenticated source: writes or clears the fact it is about, decides again for everybody it
    /// concerns, and cuts what may not go on, all before this returns.
    ///
    /// # Errors
    /// As [`Live::commit`].
    pub async fn ingest(&self, source: &Source, signal: &Signal) -> Result<Ingested, LiveError> {
        let _one_at_a_time = self.inner.ingesting.lock().await;
        let now = self.inner.clock.now();
        let plan = self.read(|state| {
            let devices = state
                .devices
                .values()
                .filter(|d| d.state == zt_device::DeviceState::Enrolled)
                .map(|device| KnownDevice {
                    id: device.id,
                    source_id: device.source_ids.get(&source.id).map(String::as_str),
                    serial: device.serial.as_deref(),
                    hostname: &device.hostname,
                });
            zt_trust::resolve(signal, source, devices, state.facts.values(), now)
        });
        let mut commit = Plan::default();
        if let Some(change) = &plan.change {
            commit.changes.push(Change::PutFact(change.fact().clone()));
            let source = Actor::Source(change.fact().key.source.clone());
            commit.events.push(self.fact_event(change, source));
        }
        if let Some(task) = &plan.task
            && let Some(task) = self.new_task(task, plan.outcome)
        {
            commit.changes.push(Change::PutTask(task.clone()));
            commit
                .events
                .push(self.event(Actor::Source(source.id.clone()), Body::TaskOpened { task }));
        }
        if let SignalOutcome::KindNotOwned(_) = plan.outcome {
            let body = Body::SignalRefused {
                source: Some(source.id.clone()),
                why: plan.outcome.as_str().to_owned(),
            };
            commit
                .events
                .push(self.event(Actor::Source(source.id.clone()), body));
        }
        let cut = if commit.changes.is_empty() && commit.events.is_empty() {
            0
        } else {
            self.commit(commit).await?.len()
        };
        Ok(Ingested {
            outcome: plan.outcome,
            cut,
        })
    }

    pub(crate) fn fact_event(&self, change: &FactChange, actor: Actor) -> Event {
        let fact = change.fact();
        let (subject, source) = (fact.key.subject, fact.key.source.clone());
        let (finding, kind, title) = (
            fact.key.uid.clone(),
            fact.kind.as_str().to_owned(),
            fact.title.clone(),
        );
        let body = match change {
            FactChange::Open(_) | FactChange::Update(_) => Body::FactOpened {
                subject,
                source,
                finding,
                kind,
                severity: fact.severity.as_str().to_owned(),
                title,
            },
            FactChange::Clear(_) => Body::FactCleared {
                subject,
                source,
                finding,
                kind,
                title,
            },
        };
        self.event(actor, body)
    }

    /// A task, unless the same one is open already.
    fn new_task(&self, task: &OperatorTask, outcome: SignalOutcome) -> Option<Task> {
        let (source, finding, claimed) =
            (task.source.clone(), task.uid.clone(), task.device.clone());
        let kind = match task.reason {
            TaskReason::UnknownDevice => TaskKind::UnknownDevice {
                source,
                finding,
                claimed,
            },
            TaskReason::AmbiguousDevice => TaskKind::AmbiguousDevice {
                source,
                finding,
                claimed,
                candidates: task.candidates.clone(),
            },
            TaskReason::AlertAfterClear => TaskKind::AlertAfterClear {
                source,
                finding,
                claimed,
                device: outcome.device()?,
            },
        };
        let is_open = self.read(|state| {
            state
                .tasks
                .values()
                .any(|t| t.closed_at.is_none() && t.kind == kind)
        });
        (!is_open).then(|| Task {
            id: TaskId::from_random(self.inner.entropy.bytes()),
            kind,
            opened_at: self.inner.clock.now(),
            closed_at: None,
        })
    }

    /// The open facts about a subject.
    #[must_use]
    pub fn open_facts(&self, subject: Subject) -> Vec<zt_trust::Fact> {
        self.inner
            .beliefs
            .read()
            .open_facts(subject)
            .cloned()
            .collect()
    }
}
