//! Durable transactions a second with many callers.

use std::process::Command;

use anyhow::Result;

use super::Report;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, report: &mut Report, rounds: Option<u32>) -> Result<()> {
    let example = workspace.example(report.profile, "zt-store", "bench_store")?;
    let mut command = Command::new(example);
    if let Some(rounds) = rounds {
        command.arg("--rounds").arg(rounds.to_string());
    }
    report.follow(&mut command)
}
