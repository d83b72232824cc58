//! Decisions beside those of other engines, in one program.

use std::process::Command;

use anyhow::Result;

use super::Report;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, report: &mut Report, rounds: Option<u32>) -> Result<()> {
    let program = workspace.program(report.profile, "zt-bench", "bench_decide", "peers")?;
    let mut command = Command::new(program);
    if let Some(rounds) = rounds {
        command.arg("--rounds").arg(rounds.to_string());
    }
    report.follow(&mut command)
}
