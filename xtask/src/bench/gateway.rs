//! What one request through the gateway costs, against nginx.

use std::process::Command;

use anyhow::Result;

use super::Report;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, report: &mut Report, rounds: Option<u32>) -> Result<()> {
    let example = workspace.example(report.profile, "zt-gateway", "bench_gateway")?;
    let mut command = Command::new(example);
    if let Some(rounds) = rounds {
        command.arg("--rounds").arg(rounds.to_string());
    }
    report.follow(&mut command)
}
