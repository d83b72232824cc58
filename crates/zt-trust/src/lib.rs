//! Signals become facts, facts become trust.
//!
//! Entry points: [`Fact`], [`Source`].
//!
//! Invariants: only a fact's owner (its source, or an audited administrator) clears it; silence and age never raise
//! trust; trust is a pure function of open facts and the clock that is handed in. Deciding about access is not here.

mod fact;

pub use fact::{Fact, FactKey, FactKind, ManagedByFiles, Severity, Source};
