//! Signals become facts, facts become trust.
//!
//! Entry points: [`Received::parse`] reads what a source sent, [`resolve`] turns a finding into a [`SignalPlan`] (facts to
//! open or clear, a task for an operator), [`resolve_report`] a report on a device's state into a [`PostureRecord`],
//! [`believed`] says what of those counts now, [`trust_of_device`] and [`trust_of_person`] what open facts mean,
//! [`answered`] which of them a step of the person's own clears. [`Places`] says where an address is, [`Habits`] what about a
//! sign-in is unlike the ones before.
//!
//! Invariants: only a fact's owner (its source, or an audited administrator) clears it; silence and age never raise
//! trust; trust is a pure function of open facts and the clock that is handed in. Deciding about access is not here.

mod answer;
mod fact;
mod habits;
mod place;
mod posture;
mod received;
mod report;
mod resolve;
mod signal;
mod trust;

pub use answer::answered;
pub use fact::{Fact, FactKey, ManagedByFiles, Severity, Source};
pub use habits::{Doubt, Habits, Reach, SignInSeen, doubted_session};
pub use place::{Coordinates, Place, Places, PlacesError};
pub use posture::{BelievedState, PostureRecord, ReportPlan, believed, resolve_report};
pub use received::Received;
pub use report::{DeviceState, StateReport};
pub use resolve::{
    FactChange, KnownDevice, KnownPerson, OperatorTask, SignalOutcome, SignalPlan, TaskReason,
    resolve,
};
pub use signal::{
    Activity, DeviceHint, KINDS, MAX_SIGNAL_BYTES, PersonHint, Signal, SignalError, Status,
};
pub use trust::{trust_of_device, trust_of_person};
pub use zt_types::FactKind;
