//! Automation of this repository: what `cargo xtask` runs.
//!
//! Entry points: [`cli::run`] for the command line; [`bench::Report`] and [`bench::interleaved`] for whoever writes
//! a bench; [`readme`] for what the README promises.
//!
//! Invariants: nothing here is part of the product, and no crate of the product depends on it. It has few
//! dependencies on purpose, because it is compiled before anything else can be tested.

pub mod bench;
pub mod cli;
pub mod debian;
pub mod faults;
pub mod fresh;
pub mod fuzz;
pub mod outside;
pub mod peers;
pub mod processes;
pub mod readme;
pub mod run;
pub mod rust_tests;
pub mod suite;
pub mod tools;
pub mod torture;
pub mod workspace;
