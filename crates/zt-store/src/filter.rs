//! Which events to read.

use zt_events::{Body, Event, Outcome, Topic};
use zt_types::{AppId, DeviceId, PersonId};

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
            && !(self.without_decisions && matches!(event.body, Body::Decided { .. }))
    }
}
