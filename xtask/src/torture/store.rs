//! The store, killed while it writes.

use std::process::Command;

use anyhow::Result;

use crate::workspace::{Profile, Workspace};

/// Gives whether every promise held.
pub(super) fn run(workspace: &Workspace, rounds: u64) -> Result<bool> {
    let example = workspace.example(Profile::Release, "zt-store", "torture_store")?;
    Ok(Command::new(example)
        .arg("--rounds")
        .arg(rounds.to_string())
        .status()?
        .success())
}
