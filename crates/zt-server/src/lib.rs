//! Composition: configuration, routes, jobs.
//!
//! Entry points: [`config::Config`].
//!
//! Invariants: nothing is decided here; what is here wires the other crates together and owns their life.

pub mod config;
