//! A registered source says something about a person or a device.

use crate::live::{Live, LiveError};
use zt_events::{Actor, Body, Event, Task, TaskKind};
use zt_store::{Change, Plan, State};
use zt_trust::{
    FactChange, KnownDevice, KnownPerson, OperatorTask, PostureRecord, Received, Signal,
    SignalOutcome, Source, StateReport, TaskReason,
};
use zt_types::{DeviceId, PersonId, Subject, TaskId};

/// What came of a signal. Everything it changed is durable and enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ingested {
    /// What it did.
    pub outcome: SignalOutcome,
    /// How many live connections it ended.
    pub cut: usize,
}

impl Live {
    /// Takes what an authenticated source says: writes or clears the fact it is about, or the state of the device, decides
    /// again for everybody it concerns, and cuts what may not go on, all before this returns.
    ///
    /// # Errors
    /// As [`Live::commit`].
    pub async fn ingest(
        &self,
        source: &Source,
        received: &Received,
    ) -> Result<Ingested, LiveError> {
        let _one_at_a_time = self.inner.ingesting.lock().await;
        match received {
            Received::Finding(signal) => self.finding(source, signal).await,
            Received::State(report) => self.state_report(source, report).await,
        }
    }

    async fn state_report(
        &self,
        source: &Source,
        report: &StateReport,
    ) -> Result<Ingested, LiveError> {
        let now = self.inner.clock.now();
        let (plan, is_news) = self.read(|state| {
            let kept = |device| state.postures.get(&(device, source.id.clone()));
            let plan =
                zt_trust::resolve_report(report, source, known_devices(state, source), kept, now);
            let is_news = plan.record.as_ref().is_some_and(|record| {
                kept(record.device).is_none_or(|before| before.state != record.state)
            });
            (plan, is_news)
        });
        let actor = Actor::Source(source.id.clone());
        let mut commit = Plan::default();
        if let Some(record) = plan.record {
            // That the same still holds is written, not told: an agent says it every hour.
            if is_news {
                commit
                    .events
                    .push(self.event(actor.clone(), told_state(&record)));
            }
            commit.changes.push(Change::PutPosture(record));
        }
        if plan.outcome == SignalOutcome::StatesNotOwned {
            let body = Body::SignalRefused {
                source: Some(source.id.clone()),
                why: plan.outcome.as_str().to_owned(),
            };
            commit.events.push(self.event(actor, body));
        }
        self.ingested(plan.outcome, commit).await
    }

    async fn ingested(&self, outcome: SignalOutcome, commit: Plan) -> Result<Ingested, LiveError> {
        let cut = if commit.changes.is_empty() && commit.events.is_empty() {
            0
        } else {
            self.commit(commit).await?.len()
        };
        Ok(Ingested { outcome, cut })
    }

    async fn finding(&self, source: &Source, signal: &Signal) -> Result<Ingested, LiveError> {
        let now = self.inner.clock.now();
        let plan = self.read(|state| {
            let people = state.people.values().map(|person| KnownPerson {
                id: person.id,
                login: &person.login,
                email: person.email.as_deref(),
            });
            let devices = known_devices(state, source);
            zt_trust::resolve(signal, source, devices, people, state.facts.values(), now)
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
        self.ingested(plan.outcome, commit).await
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
            (task.source.clone(), task.uid.clone(), task.claimed.clone());
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
                candidates: task.candidates.iter().filter_map(device_of).collect(),
            },
            TaskReason::UnknownPerson => TaskKind::UnknownPerson {
                source,
                finding,
                claimed,
            },
            TaskReason::AmbiguousPerson => TaskKind::AmbiguousPerson {
                source,
                finding,
                claimed,
                candidates: task.candidates.iter().filter_map(person_of).collect(),
            },
            TaskReason::AlertAfterClear => match outcome.subject()? {
                Subject::Device(device) => TaskKind::AlertAfterClear {
                    source,
                    finding,
                    claimed,
                    device,
                },
                Subject::Person(person) => TaskKind::WarningAfterEnd {
                    source,
                    finding,
                    claimed,
                    person,
                },
                Subject::Session(_) => return None,
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

fn device_of(subject: &Subject) -> Option<DeviceId> {
    match subject {
        Subject::Device(device) => Some(*device),
        Subject::Person(_) | Subject::Session(_) => None,
    }
}

fn person_of(subject: &Subject) -> Option<PersonId> {
    match subject {
        Subject::Person(person) => Some(*person),
        Subject::Device(_) | Subject::Session(_) => None,
    }
}

fn known_devices<'a>(state: &'a State, source: &Source) -> impl Iterator<Item = KnownDevice<'a>> {
    let source = source.id.clone();
    state
        .devices
        .values()
        .filter(|device| device.state == zt_device::DeviceState::Enrolled)
        .map(move |device| KnownDevice {
            id: device.id,
            source_id: device.source_ids.get(&source).map(String::as_str),
            serial: device.serial.as_deref(),
            hostname: &device.hostname,
        })
}

/// What of a device's state is told: words that policies have, too.
fn told_state(record: &PostureRecord) -> Body {
    let state = &record.state;
    let version = |version: Option<zt_types::Version>| {
        version.map_or_else(String::new, |version| format!(" {version}"))
    };
    let mut lines = vec![format!(
        "os {}{}",
        state.os.as_str(),
        version(state.os_version)
    )];
    for (item, answer) in &state.items {
        lines.push(format!("{} {}", item.as_str(), answer.as_str()));
    }
    if state.antivirus_version.is_some() {
        lines.push(format!(
            "antivirus-version{}",
            version(state.antivirus_version)
        ));
    }
    lines.push(format!("ownership {}", state.ownership.as_str()));
    lines.push(format!(
        "virtual-desktop {}",
        state.virtual_desktop.as_str()
    ));
    Body::DeviceStateReported {
        device: record.device,
        source: record.source.clone(),
        state: lines,
        valid_until: record.valid_until,
    }
}
