//! `cargo xtask test`: the steps, their durations, and the one line at the end.

use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::Result;
use clap::ValueEnum;

use crate::outside::Stopwatch;
use crate::rust_tests::{self, Tally, Which};
use crate::workspace::Workspace;
use crate::{peers, run, tools};

const CHECK_LIMIT: Duration = Duration::from_secs(1_800);

/// One step of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// Debian, Python and npm packages.
    Peers,
    /// Formatting.
    Fmt,
    /// Lints, warnings are errors.
    Clippy,
    /// Licences, banned crates, sources.
    Deny,
    /// Rust tests of every crate.
    Rust,
    /// Examples in doc comments.
    Doc,
    /// The whole system with a real browser and real peers.
    Browser,
}

impl Step {
    fn does(self) -> &'static str {
        match self {
            Self::Peers => "packages the tests talk to",
            Self::Fmt => "cargo fmt --check",
            Self::Clippy => "cargo clippy, warnings are errors",
            Self::Deny => "cargo deny: bans, licences, sources",
            Self::Rust => "Rust tests",
            Self::Doc => "examples in doc comments",
            Self::Browser => "whole system, browser",
        }
    }

    fn run(self, workspace: &Workspace) -> Result<Tally> {
        match self {
            Self::Peers => peers::install(workspace).map(|()| Tally::PASSED),
            Self::Fmt => check(workspace.cargo().args(["fmt", "--all", "--check"])),
            Self::Clippy => {
                let mut clippy = workspace.cargo();
                clippy.args([
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--locked",
                    "--",
                    "-D",
                    "warnings",
                ]);
                check(&mut clippy)
            }
            Self::Deny => deny(workspace),
            Self::Rust => rust_tests::run(workspace, Which::Crates),
            Self::Doc => rust_tests::run_doc(workspace),
            Self::Browser => rust_tests::run(workspace, Which::WholeSystem),
        }
    }
}

/// Runs the steps and prints the summary.
///
/// # Errors
/// Never for a step that fails: that is counted, and the exit code says so.
pub fn run(workspace: &Workspace, only: &[Step]) -> Result<ExitCode> {
    let total = Stopwatch::start();
    let chosen: Vec<Step> = Step::value_variants()
        .iter()
        .copied()
        .filter(|step| only.is_empty() || only.contains(step))
        .collect();
    let mut done = Vec::new();
    for (nth, step) in chosen.iter().enumerate() {
        println!("[{}/{}] {}", nth + 1, chosen.len(), step.does());
        let watch = Stopwatch::start();
        let tally = step.run(workspace).unwrap_or_else(|error| {
            println!("{error:#}");
            Tally::FAILED
        });
        println!(
            "    {} in {}",
            if tally.failed == 0 { "ok" } else { "FAILED" },
            seconds(watch.elapsed())
        );
        done.push((step, tally, watch.elapsed()));
    }
    println!();
    for (step, tally, took) in &done {
        let Tally { passed, failed } = tally;
        println!(
            "{:<38} {passed:>5} passed {failed:>4} failed {:>9}",
            step.does(),
            seconds(*took)
        );
    }
    let sum = done
        .iter()
        .fold(Tally::default(), |sum, (_, tally, _)| sum.and(*tally));
    println!("{:<38} {:>34}", "in all", seconds(total.elapsed()));
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(if sum.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

fn check(command: &mut Command) -> Result<Tally> {
    let finished = run::captured(command, CHECK_LIMIT)?;
    if finished.success {
        return Ok(Tally::PASSED);
    }
    println!("{}", finished.text());
    Ok(Tally::FAILED)
}

fn deny(workspace: &Workspace) -> Result<Tally> {
    let mut command = Command::new(tools::cargo_deny(workspace)?);
    command.current_dir(workspace.root());
    command.args([
        "--locked",
        "--log-level",
        "error",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]);
    println!(
        "    note: the advisory database is out of reach, so known vulnerabilities are NOT checked"
    );
    check(&mut command)
}
