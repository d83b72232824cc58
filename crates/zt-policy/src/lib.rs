//! Policy, decision, permit, remedy.
//!
//! Entry points: [`PolicySet::compile`] turns [`PolicyDocument`]s and the register of [`Application`]s into what decides;
//! [`PolicySet::decide`] answers a [`Request`] with a [`Decision`]: a [`Permit`], or a [`Refusal`] that says why and what
//! would help; [`PolicySet::replay`] decides a recorded one again, [`Replay`] and [`WhatIf`] many of them, under the same
//! policies and under others; [`PolicySet::weigh`] decides in short, for many at once, and a [`LiveTable`] keeps every live
//! access and tells which ones a change turns. [`Rule`] is a policy as a form has it, and writes
//! itself as Cedar.
//!
//! Invariants: a decision is a pure function of policy, trust, session, resource and clock; a [`Permit`] can be made here
//! and nowhere else; any evaluation error is a refusal; more risk never turns a refusal into an allow, because no policy
//! compiles that could (see the `shape` module); no policy can lock the accounts of last resort out of the console.
//! Holding live connections and cutting them is `zt-live`'s.

mod analysis;
mod atom;
mod baseline;
mod calendar;
mod cedar;
mod compile;
mod decide;
mod decision;
mod document;
mod enforcement_point;
mod error;
mod examine;
mod explain;
mod expression;
mod facts;
mod hours;
mod live_table;
mod masks;
mod network;
mod numbering;
mod obliging;
mod packs;
mod read;
mod register;
mod remedy;
mod request;
mod resource;
mod shadow;
mod shape;
mod verdict;
mod vocabulary;
mod weigh;
mod what_if;
mod wording;

pub use analysis::{Counterexample, Divergence, Findings, More, Shadowed};
pub use baseline::{CONSOLE, PORTAL, baseline, examples};
pub use calendar::{Calendar, Day, Hours as CalendarHours};
pub use compile::PolicySet;
pub use decide::OtherPolicies;
pub use decision::{
    Decision, DecisionInputs, Obligation, Permit, PolicyVersion, Reason, Refusal, Remedy, Software,
};
pub use document::{
    Bound, Condition, DeviceProperty, Exclusion, LastDay, Limit, Place, Require, Rule, RuleEffect,
    RuleError, RuleParts, Scope, What, Whom,
};
pub use enforcement_point::EnforcementPoint;
pub use error::PolicyError;
pub use examine::{Alternative, Examined, Says, SeenCondition, Statement};
pub use facts::Facts;
pub use hours::Hours;
pub use live_table::{Changed, LiveTable, Outcome, Row, Turned, Unanswered};
pub use network::{AddressRange, Network, RangeError};
pub use packs::{Needs, Pack, packs};
pub use register::Register;
pub use request::{DeviceFacts, PersonFacts, Request, SessionFacts, SessionState};
pub use resource::{Application, CertificateDemand, PolicyDocument, PolicyState, Written};
pub use shadow::{Dispute, Disputed, Shadow};
pub use vocabulary::SCHEMA;
pub use weigh::{AppNumber, Weighed};
pub use what_if::{
    Comparison, Difference, Effect, Hypothetical, Recorded, Replay, Replayed, Unlike, WhatIf,
};
pub use zt_types::ManagedBy;

#[cfg(test)]
mod tests;
