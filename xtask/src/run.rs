//! Running a program: its output is kept for the failure, and long silence is broken.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::outside::Stopwatch;
use crate::processes::family;

/// How often a quiet program's last line is shown.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// How a program ended, and all it wrote.
#[derive(Debug)]
pub struct Finished {
    /// Exit code 0, in time.
    pub success: bool,
    /// Standard output, line by line.
    pub out: Vec<String>,
    /// Standard output and standard error in the order they came.
    pub all: Vec<String>,
}

impl Finished {
    /// The whole output as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.all.join("\n")
    }
}

enum Said {
    Out(String),
    Err(String),
}

/// Runs a program to its end without a terminal, and kills it and its children after `limit`.
///
/// # Errors
/// When it cannot be started. A program that fails is a [`Finished`].
pub fn captured(command: &mut Command, limit: Duration) -> Result<Finished> {
    let name = command.get_program().to_string_lossy().into_owned();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start `{name}`"))?;
    let (sender, lines) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        forward(out, sender.clone(), Said::Out);
    }
    if let Some(err) = child.stderr.take() {
        forward(err, sender, Said::Err);
    }
    let watch = Stopwatch::start();
    let mut finished = Finished {
        success: false,
        out: Vec::new(),
        all: Vec::new(),
    };
    loop {
        match lines.recv_timeout(HEARTBEAT.min(limit)) {
            Ok(Said::Out(line)) => {
                finished.out.push(line.clone());
                finished.all.push(line);
            }
            Ok(Said::Err(line)) => finished.all.push(line),
            Err(RecvTimeoutError::Timeout) => heartbeat(&watch, finished.all.last()),
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if watch.elapsed() > limit {
            kill_family(&mut child)?;
            finished
                .all
                .push(format!("`{name}` was stopped after {} s", limit.as_secs()));
            return Ok(finished);
        }
    }
    finished.success = child.wait()?.success();
    Ok(finished)
}

/// Runs a program that must succeed.
///
/// # Errors
/// When it does not, with what it wrote.
pub fn must(command: &mut Command, limit: Duration) -> Result<Finished> {
    let finished = captured(command, limit)?;
    if !finished.success {
        bail!("`{}` failed:\n{}", shown(command), finished.text());
    }
    Ok(finished)
}

/// The program and its arguments as a person would type them.
#[must_use]
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn forward(stream: impl Read + Send + 'static, sender: Sender<Said>, said: fn(String) -> Said) {
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n') {
            let Ok(line) = line else { return };
            let line = String::from_utf8_lossy(&line)
                .trim_end_matches('\r')
                .to_owned();
            if sender.send(said(line)).is_err() {
                return;
            }
        }
    });
}

fn heartbeat(watch: &Stopwatch, last: Option<&String>) {
    let last = last.map_or("", |line| line.trim());
    let short: String = last.chars().take(80).collect();
    println!("    … {} s  {short}", watch.elapsed().as_secs());
}

fn kill_family(child: &mut Child) -> Result<()> {
    // The browser it started goes too.
    let pids = family(child.id())
        .into_iter()
        .map(|process| process.pid.to_string());
    Command::new("sh")
        .args(["-c", "kill -KILL \"$@\"", "sh"])
        .args(pids)
        .status()?;
    child.wait()?;
    Ok(())
}

#[cfg(test)]
mod tests;
