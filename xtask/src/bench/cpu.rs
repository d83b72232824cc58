//! Processor time of other processes, as the kernel counts it.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// User and system time a process and all processes it started have used so far; those it has already waited for
/// count too. The kernel counts in hundredths of a second, so measure over seconds.
///
/// # Errors
/// When there is no such process.
pub fn used(pid: u32) -> Result<Duration> {
    let ticks = tree(pid)?.into_iter().sum::<u64>();
    Ok(Duration::from_secs(1) / ticks_per_second()?
        * u32::try_from(ticks).context("a process of many years")?)
}

fn tree(root: u32) -> Result<Vec<u64>> {
    let root_stat = Stat::of(root).with_context(|| format!("no process `{root}`"))?;
    let all: Vec<Stat> = fs::read_dir("/proc")?
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().parse().ok())
        .filter_map(Stat::of)
        .collect();
    let mut family = vec![root];
    let mut ticks = vec![root_stat.ticks];
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        for child in all.iter().filter(|stat| stat.parent == parent) {
            family.push(child.pid);
            ticks.push(child.ticks);
        }
        next += 1;
    }
    Ok(ticks)
}

struct Stat {
    pid: u32,
    parent: u32,
    ticks: u64,
}

impl Stat {
    /// proc(5): fields 4 (ppid) and 14 to 17 (utime stime cutime cstime), counted from the program's name on, which
    /// may itself hold spaces and brackets.
    fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = fields
            .get(11..15)?
            .iter()
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        Some(Self {
            pid,
            parent: fields.get(1)?.parse().ok()?,
            ticks,
        })
    }
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
