//! Processor time of other processes, as the kernel counts it.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::processes::family;

/// User and system time a process and all processes it started have used so far; those it has already waited for
/// count too. The kernel counts in hundredths of a second, so measure over seconds.
///
/// # Errors
/// When there is no such process.
pub fn used(pid: u32) -> Result<Duration> {
    let family = family(pid);
    ensure!(!family.is_empty(), "no process `{pid}`");
    let ticks: u64 = family.iter().map(|process| process.ticks).sum();
    Ok(Duration::from_secs(1) / ticks_per_second()?
        * u32::try_from(ticks).context("a process of many years")?)
}

fn ticks_per_second() -> Result<u32> {
    let answer = Command::new("getconf")
        .arg("CLK_TCK")
        .output()
        .context("no `getconf`")?;
    String::from_utf8_lossy(&answer.stdout)
        .trim()
        .parse()
        .context("`getconf CLK_TCK`")
}
