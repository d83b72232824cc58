//! What a fact is about.

use crate::{DeviceId, PersonId, SessionId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The subject of a fact (NIST SP 800-207 §2: subjects are people, devices and their sessions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "id")]
pub enum Subject {
    /// A person.
    Person(PersonId),
    /// A device.
    Device(DeviceId),
    /// One sign-in session.
    Session(SessionId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "person {id}"),
            Self::Device(id) => write!(f, "device {id}"),
            Self::Session(id) => write!(f, "session {id}"),
        }
    }
}
