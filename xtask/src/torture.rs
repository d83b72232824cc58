//! Torture: something is broken on purpose, round after round, and what was promised must still hold.

use std::process::ExitCode;

use anyhow::Result;
use clap::ValueEnum;

use crate::workspace::Workspace;

mod store;

/// What can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Torture {
    /// kill -9 in the middle of writing; no acknowledged write may be lost.
    Store,
}

/// Runs one torture.
///
/// # Errors
/// When it cannot be built. A promise that did not hold is an exit code.
pub fn run(workspace: &Workspace, torture: Torture, rounds: u32) -> Result<ExitCode> {
    let held = match torture {
        Torture::Store => store::run(workspace, rounds)?,
    };
    Ok(if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
