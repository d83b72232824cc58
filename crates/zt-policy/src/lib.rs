//! Policy, decision, permit, remedy.
//!
//! Entry points: [`Application`], [`PolicyDocument`].
//!
//! Invariants: a decision is a pure function of policy, trust, session, resource and clock; a `Permit` can be made here
//! and nowhere else; any evaluation error is a refusal. Holding live connections and cutting them is `zt-live`'s.

mod resource;

pub use resource::{Application, CertificateDemand, ManagedBy, PolicyDocument, PolicyState};
