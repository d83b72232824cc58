//! What benches with a load of their own share: the load as a process that is nobody's processor time, and what others used.

use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use serde_json::{Value, json};

/// A load that is prepared and waits for the word.
pub(crate) struct Load {
    process: Child,
    out: BufReader<ChildStdout>,
    is_going: bool,
}

impl Load {
    /// Starts this program as a load, and waits until it has prepared its job.
    pub(crate) fn start(job: &Value) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("load")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = BufReader::new(process.stdout.take().ok_or("no output")?);
        let mut load = Self {
            process,
            out,
            is_going: false,
        };
        load.tell(&job.to_string())?;
        load.hear()?;
        Ok(load)
    }

    pub(crate) fn go(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        if !self.is_going {
            self.is_going = true;
            self.tell("go")?;
        }
        Ok(())
    }

    /// What it says that it did.
    pub(crate) fn finish(mut self) -> Result<Value, Box<dyn Error + Send + Sync>> {
        self.go()?;
        let said = self.hear()?;
        self.process.wait()?;
        Ok(said)
    }

    fn tell(&mut self, line: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
        let input = self.process.stdin.as_mut().ok_or("no input")?;
        writeln!(input, "{line}")?;
        Ok(input.flush()?)
    }

    fn hear(&mut self) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let mut line = String::new();
        self.out.read_line(&mut line)?;
        if line.is_empty() {
            return Err("the load failed".into());
        }
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A line of a load for whoever started it.
pub(crate) fn say(what: &Value) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{what}")?;
    out.flush()?;
    Ok(())
}

/// Processor time of this process, which is the server's.
pub(crate) fn own_time() -> Result<Duration, Box<dyn Error + Send + Sync>> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let all = usage.user_time() + usage.system_time();
    Ok(Duration::from_micros(u64::try_from(
        all.num_microseconds(),
    )?))
}

/// Processor time of another process and of all that it started, those included that it has waited for. The kernel counts in
/// hundredths of a second.
pub(crate) fn time_of(root: u32) -> Result<Duration, Box<dyn Error + Send + Sync>> {
    let all: Vec<(u32, u32, u64)> = fs::read_dir("/proc")?
        .flatten()
        .filter_map(|entry| counted(entry.file_name().to_str()?.parse().ok()?))
        .collect();
    let mut family: Vec<u32> = vec![root];
    let mut ticks = all.iter().find(|(pid, ..)| *pid == root);
    let mut sum = ticks.take().ok_or("no such process")?.2;
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        for (pid, _, used) in all.iter().filter(|(_, of, _)| *of == parent) {
            family.push(*pid);
            sum += used;
        }
        next += 1;
    }
    Ok(Duration::from_millis(sum * 10))
}

/// A process, who started it, and the ticks that it and the children used for which it waited.
fn counted(pid: u32) -> Option<(u32, u32, u64)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // proc(5): ppid is field 4, utime to cstime are fields 14 to 17; the second field may hold spaces and brackets.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11..15)?.iter();
    let ticks = ticks.filter_map(|field| field.parse::<u64>().ok()).sum();
    Some((pid, fields.get(1)?.parse().ok()?, ticks))
}

/// A job with more in it.
pub(crate) fn with(job: &Value, more: &[(&str, Value)]) -> Value {
    let mut job = job.clone();
    if let Some(members) = job.as_object_mut() {
        for (name, value) in more {
            members.insert((*name).to_owned(), value.clone());
        }
    }
    job
}

/// A number that a load said.
pub(crate) fn number(said: &Value, name: &str) -> f64 {
    said.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

/// Prints a figure.
pub(crate) fn figure(
    name: &str,
    value: f64,
    unit: &str,
    peer: Option<&str>,
    rounds: u32,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let value = (value * 1_000.0).round() / 1_000.0;
    let figure =
        json!({ "name": name, "value": value, "unit": unit, "peer": peer, "rounds": rounds });
    writeln!(std::io::stdout(), "{figure}")?;
    Ok(())
}

/// The middle value; of an even number, the mean of the middle two.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let at = |nth: usize| values.get(nth).copied().unwrap_or(f64::NAN);
    if values.len() % 2 == 1 {
        at(middle)
    } else {
        f64::midpoint(at(middle.saturating_sub(1)), at(middle))
    }
}
