//! The words every other crate speaks: typed ids, time, subjects, trust, assurance, sensitivity, capabilities, reasons.
//!
//! Entry points: [`Trust`], [`Assurance`], [`Sensitivity`], [`CapabilitySet`], [`DeviceEvidence`] and the ids in [`id`].
//!
//! Invariants: no clock, no randomness, no input or output. Ids are made from bytes that the caller brings; "now" is
//! always an argument. What is defined here is compared, ordered and printed, never decided on: deciding is `zt-policy`'s.

pub mod assurance;
pub mod capability;
pub mod circumstances;
pub mod device;
pub mod fact;
pub mod id;
pub mod json;
pub mod language;
pub mod managed;
pub mod names;
pub mod person;
pub mod sensitivity;
pub mod subject;
pub mod time;
pub mod token;
pub mod trust;
pub mod version;

pub use assurance::{Assurance, FactorKind};
pub use capability::{Capability, CapabilitySet, Holdable};
pub use circumstances::{
    Answer, Circumstances, ClientKind, Country, CountryError, Os, Ownership, Posture, PostureItem,
};
pub use device::{CertificateSerial, DeviceEvidence, NoDevice};
pub use fact::{ClearingStep, FactKind, OWN_SOURCE, OpenFact};
pub use id::{
    AppGroupId, AppId, CalendarId, ClientId, ConnectionId, CredentialId, DecisionId, DeviceId,
    EnforcementPointId, EventId, FlowId, GrantId, GroupId, IdError, InitialTokenId, NetworkId,
    PersonId, PolicyId, SessionId, SourceId, TaskId, TermsId,
};
pub use json::{Json, JsonError};
pub use language::{Language, Text};
pub use managed::ManagedBy;
pub use person::{Affiliation, PasswordState, PersonState, Role};
pub use sensitivity::Sensitivity;
pub use subject::Subject;
pub use time::{Seconds, Timestamp};
pub use token::{Secret, TokenHash};
pub use trust::{Level, Trust, TrustReason};
pub use version::{Version, VersionError};

#[cfg(test)]
mod tests;
