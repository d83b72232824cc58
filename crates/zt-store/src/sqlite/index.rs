//! Under which keys a segment is found.

use crate::EventFilter;
use std::collections::HashSet;
use zt_events::{Event, Outcome, Topic};
use zt_types::{AppId, DeviceId, PersonId};

/// Something a segment's events are about. A segment stands under each of its events' keys once, however many there are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum IndexKey {
    Person(PersonId),
    Device(DeviceId),
    App(AppId),
    Topic(Topic),
    Outcome(Outcome),
}

impl IndexKey {
    /// Adds the keys of an event.
    pub(crate) fn collect(event: &Event, keys: &mut HashSet<Self>) {
        keys.insert(Self::Topic(event.topic()));
        keys.insert(Self::Outcome(event.outcome()));
        keys.extend(event.person().map(Self::Person));
        keys.extend(event.device().map(Self::Device));
        keys.extend(event.app().cloned().map(Self::App));
    }

    /// The keys a filter asks for, the one that finds least first.
    pub(crate) fn asked(filter: &EventFilter) -> Vec<Self> {
        let keys = [
            filter.device.map(Self::Device),
            filter.person.map(Self::Person),
            filter.app.clone().map(Self::App),
            filter.outcome.map(Self::Outcome),
            filter.topic.map(Self::Topic),
        ];
        keys.into_iter().flatten().collect()
    }

    /// As it stands in the file.
    pub(crate) fn stored(&self) -> Vec<u8> {
        match self {
            Self::Person(id) => tagged(b'p', id.as_bytes()),
            Self::Device(id) => tagged(b'd', id.as_bytes()),
            Self::App(id) => tagged(b'a', id.as_str().as_bytes()),
            Self::Topic(topic) => tagged(b't', topic.as_str().as_bytes()),
            Self::Outcome(Outcome::Success) => tagged(b'o', b"success"),
            Self::Outcome(Outcome::Failure) => tagged(b'o', b"failure"),
        }
    }

    /// A text that the stored form of every event under this key holds, where looking for it is worth while.
    pub(crate) fn needle(&self) -> Option<String> {
        match self {
            Self::Person(id) => Some(id.to_string()),
            Self::Device(id) => Some(id.to_string()),
            Self::App(id) => Some(format!("\"{id}\"")),
            Self::Topic(_) | Self::Outcome(_) => None,
        }
    }
}

fn tagged(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(bytes.len() + 1);
    key.push(tag);
    key.extend_from_slice(bytes);
    key
}
