//! CPU time of a process with all its threads, as the kernel counts it.

use std::error::Error;
use std::time::Duration;

/// User and system time used so far. The kernel counts in hundredths of a second.
pub(crate) fn used(pid: u32) -> Result<Duration, Box<dyn Error + Send + Sync>> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // proc(5): utime and stime are fields 14 and 15; the second field may hold spaces and brackets.
    let (_, fields) = stat.rsplit_once(')').ok_or("no process name in its stat")?;
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<u64>)
        .sum::<Result<u64, _>>()?;
    // USER_HZ is 100 on every Linux there is.
    Ok(Duration::from_millis(ticks * 10))
}
