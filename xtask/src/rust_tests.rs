//! Rust tests: built once for the whole workspace, run binary by binary, counted from what libtest says.
//!
//! One way on every machine: plain libtest. A faster runner where somebody has one would mean that a test passes
//! on one machine and not on the other.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::outside::Stopwatch;
use crate::run;
use crate::workspace::{self, Workspace};

const BUILD_LIMIT: Duration = Duration::from_secs(1_800);
const BINARY_LIMIT: Duration = Duration::from_secs(900);

/// How many passed and how many did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
}

impl Tally {
    /// One thing that passed.
    pub const PASSED: Self = Self {
        passed: 1,
        failed: 0,
    };
    /// One thing that failed.
    pub const FAILED: Self = Self {
        passed: 0,
        failed: 1,
    };

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
        }
    }

    /// Sums the `test result:` lines of a libtest run.
    #[must_use]
    pub fn of_libtest(lines: &[String]) -> Self {
        lines
            .iter()
            .filter_map(|line| line.strip_prefix("test result: "))
            .fold(Self::default(), |sum, line| {
                let count = |word: &str| {
                    line.split([';', '.'])
                        .filter_map(|part| part.trim().strip_suffix(word))
                        .filter_map(|number| number.trim().parse::<u64>().ok())
                        .sum::<u64>()
                };
                sum.and(Self {
                    passed: count("passed"),
                    failed: count("failed"),
                })
            })
    }
}

/// Which test binaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those of every crate but the whole-system one.
    Crates,
    /// The whole-system ones: real browser, real peers.
    WholeSystem,
}

/// The crate whose tests need every peer.
const WHOLE_SYSTEM: &str = "zt-e2e";
/// The program they start.
const PROGRAM: &str = "sekisho";

#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    executable: Option<PathBuf>,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    target: Target,
    #[serde(default)]
    profile: Profile,
}

#[derive(Deserialize, Default)]
struct Profile {
    #[serde(default)]
    test: bool,
}

#[derive(Deserialize, Default)]
struct Target {
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: Vec<String>,
}

struct Binary {
    path: PathBuf,
    package_dir: PathBuf,
    label: String,
}

/// Builds every test of the workspace and runs the ones asked for.
///
/// # Errors
/// When cargo cannot be started. A build that fails counts as one failure.
pub fn run(workspace: &Workspace, which: Which) -> Result<Tally> {
    let mut build = workspace.cargo();
    build.args([
        "test",
        "--workspace",
        "--lib",
        "--bins",
        "--tests",
        "--locked",
        "--no-run",
    ]);
    build.arg("--message-format=json-render-diagnostics");
    let built = run::captured(&mut build, BUILD_LIMIT)?;
    if !built.success {
        let said: Vec<&str> = built
            .all
            .iter()
            .map(String::as_str)
            .filter(|line| !line.starts_with('{'))
            .collect();
        println!("{}", said.join("\n"));
        return Ok(Tally::FAILED);
    }
    let program = program(&built.out)?;
    let mut sum = Tally::default();
    for binary in binaries(&built.out)? {
        let is_whole_system = binary.package_dir.ends_with(WHOLE_SYSTEM);
        if is_whole_system == (which == Which::WholeSystem) {
            sum = sum.and(run_one(workspace, &binary, program.as_deref())?);
        }
    }
    Ok(sum)
}

/// Runs the examples in doc comments.
///
/// # Errors
/// When cargo cannot be started.
pub fn run_doc(workspace: &Workspace) -> Result<Tally> {
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--doc", "--locked", "--no-fail-fast"]);
    let finished = run::captured(&mut command, BUILD_LIMIT)?;
    Ok(counted(&finished))
}

/// The program that the whole-system tests start: cargo builds it for its own integration tests.
fn program(messages: &[String]) -> Result<Option<PathBuf>> {
    for line in messages.iter().filter(|line| line.starts_with('{')) {
        let message: Message = serde_json::from_str(line).context("a message of cargo")?;
        let is_plain = !message.profile.test && message.target.kind == ["bin"];
        if is_plain && message.target.name == PROGRAM {
            return Ok(message.executable);
        }
    }
    Ok(None)
}

fn binaries(messages: &[String]) -> Result<Vec<Binary>> {
    let mut found = Vec::new();
    for line in messages.iter().filter(|line| line.starts_with('{')) {
        let message: Message = serde_json::from_str(line).context("a message of cargo")?;
        // Cargo names the plain binaries too, which integration tests start: those are not tests.
        let (Some(path), "compiler-artifact", true) = (
            message.executable,
            message.reason.as_str(),
            message.profile.test,
        ) else {
            continue;
        };
        let package_dir = message
            .manifest_path
            .parent()
            .context("a manifest without a folder")?
            .to_path_buf();
        let package = package_dir
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let kind = message.target.kind.first().map_or("", String::as_str);
        let label = match kind {
            "lib" => format!("{package}"),
            _ => format!("{package} {kind} {}", message.target.name),
        };
        found.push(Binary {
            path,
            label,
            package_dir,
        });
    }
    found.sort_by(|a, b| a.label.cmp(&b.label));
    Ok(found)
}

fn run_one(workspace: &Workspace, binary: &Binary, program: Option<&Path>) -> Result<Tally> {
    let watch = Stopwatch::start();
    let mut command = Command::new(&binary.path);
    // What `cargo test` would set; snapshots are compared, never written.
    command
        .current_dir(&binary.package_dir)
        .env("CARGO", workspace::cargo())
        .env("CARGO_MANIFEST_DIR", &binary.package_dir)
        .env("INSTA_UPDATE", "no")
        .env("ZT_PEERS", workspace.peers());
    if let Some(program) = program {
        command.env("ZT_BIN", program);
    }
    let tally = counted(&run::captured(&mut command, BINARY_LIMIT)?);
    if tally != Tally::default() {
        let Tally { passed, failed } = tally;
        println!(
            "    {:<28} {passed:>4} passed {failed:>3} failed {:>7.1} s",
            binary.label,
            watch.elapsed().as_secs_f64()
        );
    }
    Ok(tally)
}

/// A run that fails without naming a failed test has crashed or was stopped: one failure.
fn counted(finished: &run::Finished) -> Tally {
    let tally = Tally::of_libtest(&finished.out);
    if finished.success {
        return tally;
    }
    println!("{}", finished.text());
    if tally.failed == 0 {
        tally.and(Tally::FAILED)
    } else {
        tally
    }
}

#[cfg(test)]
mod tests;
