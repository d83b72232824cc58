//! The program, killed while it gives tokens.

use std::process::Command;

use anyhow::Result;

use crate::workspace::{Profile, Workspace};

/// Gives whether every promise held.
pub(super) fn run(workspace: &Workspace, rounds: u64) -> Result<bool> {
    let program = workspace.program(Profile::Release, "sekisho", "sekisho", "")?;
    let example = workspace.example(Profile::Release, "zt-e2e", "torture_tokens")?;
    Ok(Command::new(example)
        .env("ZT_BIN", program)
        .arg("--rounds")
        .arg(rounds.to_string())
        .status()?
        .success())
}
