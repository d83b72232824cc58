//! What a SAML assertion costs, against SimpleSAMLphp and pysaml2 as identity providers.

use std::process::Command;

use anyhow::Result;

use super::Report;
use crate::peers;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, report: &mut Report, rounds: Option<u32>) -> Result<()> {
    peers::install(workspace)?;
    let example = workspace.example(report.profile, "zt-e2e", "bench_saml")?;
    let mut command = Command::new(example);
    command.env("ZT_PEERS", workspace.peers());
    if let Some(rounds) = rounds {
        command.arg("--rounds").arg(rounds.to_string());
    }
    report.follow(&mut command)
}
