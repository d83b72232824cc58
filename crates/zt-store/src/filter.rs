//! Which events to read.

use zt_events::{Body, Event, Outcome, Topic};
use zt_types::{AppId, DecisionId, DeviceId, PersonId, Timestamp};

/// Whether the recorded inputs of decisions (`decided`) are asked for: explaining and replaying need them, timelines do
/// not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decisions {
    /// Among the others.
    #[default]
    With,
    /// Not.
    Without,
    /// And nothing else.
    Only,
}

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
    /// That happened then or later. Events stand in the log as they were recorded, which is not always as they happened.
    pub since: Option<Timestamp>,
    /// That happened before then.
    pub until: Option<Timestamp>,
    /// This recorded decision.
    pub decision: Option<DecisionId>,
    /// What of recorded decisions.
    pub decisions: Decisions,
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

impl EventFilter {
    /// Whether an event at a position is asked for.
    #[must_use]
    pub fn matches(&self, position: u64, event: &Event) -> bool {
        self.before.is_none_or(|before| position < before)
            && self.topic.is_none_or(|topic| event.topic() == topic)
            && self
                .outcome
                .is_none_or(|outcome| event.outcome() == outcome)
            && (self.person.is_none() || event.person() == self.person)
            && (self.device.is_none() || event.device() == self.device)
            && (self.app.is_none() || event.app() == self.app.as_ref())
            && self.since.is_none_or(|since| event.at >= since)
            && self.until.is_none_or(|until| event.at < until)
            && self.matches_decision(&event.body)
    }

    fn matches_decision(&self, body: &Body) -> bool {
        let decision = match body {
            Body::Decided { decision, .. } => Some(*decision),
            _ => None,
        };
        let is_wanted = match self.decisions {
            Decisions::With => true,
            Decisions::Without => decision.is_none(),
            Decisions::Only => decision.is_some(),
        };
        is_wanted && (self.decision.is_none() || self.decision == decision)
    }
}
