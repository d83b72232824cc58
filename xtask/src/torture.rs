//! Torture: something is broken on purpose, or asked at random, round after round, and what was promised must still hold.

use std::process::ExitCode;

use anyhow::Result;
use clap::ValueEnum;

use crate::workspace::Workspace;

mod policy;
mod store;
mod tokens;

/// What can be broken, or asked at random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Torture {
    /// kill -9 in the middle of writing; no acknowledged write may be lost.
    Store,
    /// Random policies and requests: compiled policies say what Cedar says, and the laws of deciding hold.
    Decide,
    /// Random refusals: the way out leads out, and no cheaper set of steps does.
    Remedy,
    /// kill -9 in the middle of giving tokens; nothing counts twice, and no revocation is undone.
    Tokens,
}

/// Runs one torture; `seed` is drawn if there is none, and printed.
///
/// # Errors
/// When it cannot be built. A promise that did not hold is an exit code.
pub fn run(
    workspace: &Workspace,
    torture: Torture,
    rounds: Option<u64>,
    seed: Option<u64>,
) -> Result<ExitCode> {
    let held = match torture {
        Torture::Store => store::run(workspace, rounds.unwrap_or(100))?,
        Torture::Decide => policy::decide(workspace, rounds.unwrap_or(1_000_000), seed)?,
        Torture::Remedy => policy::remedy(workspace, rounds.unwrap_or(200_000), seed)?,
        Torture::Tokens => tokens::run(workspace, rounds.unwrap_or(200))?,
    };
    Ok(if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
