//! Other processes, as the kernel describes them.

use std::fs;

/// One process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// Who started it.
    pub parent: u32,
    /// User and system time of it and of the children it has waited for, in the kernel's ticks.
    pub ticks: u64,
}

impl Process {
    /// `None` when there is no such process.
    #[must_use]
    pub fn of(pid: u32) -> Option<Self> {
        // proc(5): fields 4 (ppid) and 14 to 17 (utime stime cutime cstime), counted from the program's name on, which
        // may itself hold spaces and brackets.
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

/// A process and all that it started, and they, parents first. Empty when there is no such process.
#[must_use]
pub fn family(root: u32) -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let all: Vec<Process> = entries
        .filter_map(|entry| entry.file_name().to_string_lossy().parse().ok())
        .filter_map(Process::of)
        .collect();
    let mut family: Vec<Process> = Process::of(root).into_iter().collect();
    let mut next = 0;
    while let Some(parent) = family.get(next).map(|process| process.pid) {
        family.extend(all.iter().filter(|process| process.parent == parent));
        next += 1;
    }
    family
}
