//! Deliberate faults: the policy engine is broken in one place at a time, in a copy, and its own tests must see it.
//!
//! A fault that no test sees is a test that is missing. Nothing of this is in the engine: a fault is a piece of its text and
//! what is put in its place.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};

use crate::outside::Stopwatch;
use crate::workspace::Workspace;

mod engine;

pub use engine::FAULTS;

/// Where the engine's sources are, from the workspace's root.
pub const ENGINE: &str = "crates/zt-policy/src";
/// What is quick and sees most is tried before what is slow; all of it in the end.
const ORDER: [&[&str]; 3] = [
    &["as_cedar_for_whatever_is_written"],
    &[
        "tests::compile::",
        "tests::decide",
        "tests::documents",
        "tests::hours",
        "tests::ways_out",
    ],
    &[],
];

/// One way to get it wrong.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// The file under [`ENGINE`].
    pub file: &'static str,
    /// What is written there, exactly once.
    pub text: &'static str,
    /// What is put in its place.
    pub instead: &'static str,
    /// What goes wrong then.
    pub breaks: &'static str,
}

/// Breaks the engine in each way that holds one of `only`, or in all; fails if a fault is not seen.
///
/// # Errors
/// When the copy cannot be made, a text is not there, or what is broken does not compile: that is no fault anybody could make.
pub fn run(workspace: &Workspace, only: &[String]) -> Result<ExitCode> {
    let copy = workspace.target().join("faults");
    if copy.exists() {
        fs::remove_dir_all(&copy).context("removing the copy of before")?;
    }
    for part in ["Cargo.toml", "Cargo.lock", "crates", "docs", "xtask"] {
        copy_over(&workspace.root().join(part), &copy.join(part))?;
    }
    let chosen = FAULTS.iter().filter(|fault| {
        let is_named = |name: &String| fault.breaks.contains(name) || fault.file.contains(name);
        only.is_empty() || only.iter().any(is_named)
    });
    ensure!(
        sees(workspace, &copy, &ORDER[..1])?.is_none(),
        "the tests are red before anything is broken"
    );
    let (mut seen, mut unseen) = (0, Vec::new());
    for fault in chosen {
        let watch = Stopwatch::start();
        let path = copy.join(ENGINE).join(fault.file);
        let whole = fs::read_to_string(&path).with_context(|| format!("reading {}", fault.file))?;
        ensure!(
            whole.matches(fault.text).count() == 1,
            "`{}` is not in {} exactly once: write the fault anew",
            fault.text,
            fault.file
        );
        fs::write(&path, whole.replacen(fault.text, fault.instead, 1))?;
        let red = sees(workspace, &copy, &ORDER).with_context(|| fault.breaks.to_owned())?;
        fs::write(&path, whole)?;
        let seconds = watch.elapsed().as_secs();
        match red {
            Some(test) => {
                seen += 1;
                println!(
                    "seen    {}: {} ({test}, {seconds} s)",
                    fault.file, fault.breaks
                );
            }
            None => {
                println!("UNSEEN  {}: {} ({seconds} s)", fault.file, fault.breaks);
                unseen.push(fault.breaks);
            }
        }
    }
    println!("{seen} faults seen, {} not", unseen.len());
    Ok(if unseen.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The first test that is red in the copy, tried in this order.
fn sees(workspace: &Workspace, copy: &Path, order: &[&[&str]]) -> Result<Option<String>> {
    let mut build = workspace.cargo();
    let built = build
        .current_dir(copy)
        // A place of its own: cargo cannot tell the copy's artefacts from those of the original.
        .env("CARGO_TARGET_DIR", workspace.target().join("faults-built"))
        .args([
            "test",
            "--quiet",
            "--locked",
            "--package",
            "zt-policy",
            "--lib",
        ])
        .args(["--no-run", "--message-format=json"])
        .stderr(Stdio::null())
        .output()?;
    ensure!(built.status.success(), "what is broken does not compile");
    let tests = executable(&built.stdout).context("no test binary was built")?;
    let crate_dir = copy.join("crates/zt-policy");
    for which in order {
        let run = Command::new(&tests)
            .current_dir(&crate_dir)
            .args(*which)
            .output()?;
        if !run.status.success() {
            let told = String::from_utf8_lossy(&run.stdout);
            let mut lines = told.lines();
            let red = lines.find_map(|line| line.strip_suffix(" ... FAILED"));
            let name = red.map_or("the tests", |line| line.trim_start_matches("test "));
            return Ok(Some(name.to_owned()));
        }
    }
    Ok(None)
}

/// The test binary that cargo says it built.
fn executable(messages: &[u8]) -> Option<PathBuf> {
    let messages = String::from_utf8_lossy(messages);
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
        .next_back()
}

fn copy_over(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy_over(&entry.path(), &to.join(entry.file_name()))?;
        }
    } else {
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
    }
    Ok(())
}
