//! Deliberate faults: the policy engine and the authorization server are broken in one place at a time, in a copy, and their own
//! tests must see it.
//!
//! A fault that no test sees is a test that is missing. Nothing of this is in the sources: a fault is a piece of their text and
//! what is put in its place. What breaks the engine ([`FAULTS`]) is looked for with all of its tests; what lets an attack through
//! ([`WEAKNESSES`]) by the test of that attack.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};

use crate::outside::Stopwatch;
use crate::workspace::Workspace;

mod calls;
mod engine;
mod flows;
mod leaving;
mod limits;
mod requests;

pub use engine::FAULTS;

/// What lets attacks on the authorization server through, by what is attacked.
pub const WEAKNESSES: &[&[Weakness]] = &[
    calls::WEAKNESSES,
    flows::WEAKNESSES,
    leaving::WEAKNESSES,
    limits::WEAKNESSES,
    requests::WEAKNESSES,
];

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

/// A check that is left out: the attack that it keeps off succeeds then, and the attack's own test must say so.
#[derive(Debug, Clone, Copy)]
pub struct Weakness {
    /// The crate whose tests attack.
    pub package: &'static str,
    /// What is written differently. More than one place where two checks keep the same attack off.
    pub edits: &'static [Edit],
    /// What succeeds then.
    pub breaks: &'static str,
    /// The test that must be red, by its whole name in the crate's own tests (`cargo test --lib`).
    pub test: &'static str,
}

/// One place that is written differently.
#[derive(Debug, Clone, Copy)]
pub struct Edit {
    /// The file, from `crates/`.
    pub file: &'static str,
    /// What is written there, exactly once.
    pub text: &'static str,
    /// What is put in its place.
    pub instead: &'static str,
}

/// Breaks the sources in each way that holds one of `only`, or in all; fails if a fault is not seen.
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
    let is_chosen = |names: &[&str]| {
        let named = |name: &String| names.iter().any(|said| said.contains(name.as_str()));
        only.is_empty() || only.iter().any(named)
    };
    let faults = FAULTS.iter();
    let chosen: Vec<_> = faults
        .filter(|fault| is_chosen(&[fault.breaks, fault.file]))
        .collect();
    ensure!(
        chosen.is_empty() || sees(workspace, &copy, &ORDER[..1])?.is_none(),
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
    let mut weaknesses: Vec<&Weakness> = WEAKNESSES.iter().copied().flatten().collect();
    weaknesses.retain(|weakness| is_chosen(&[weakness.breaks, weakness.package, weakness.test]));
    // Of one crate after the other: what they build on is built once.
    weaknesses.sort_by_key(|weakness| weakness.package);
    let mut packages: Vec<&str> = weaknesses.iter().map(|weakness| weakness.package).collect();
    packages.dedup();
    for package in packages {
        let tests = tests_of(workspace, &copy, package)?;
        let attacks = weaknesses.iter().filter(|one| one.package == package);
        for Weakness { test, .. } in attacks {
            let run = Command::new(&tests)
                .current_dir(copy.join("crates").join(package))
                .args(["--exact", test])
                .output()?;
            let told = String::from_utf8_lossy(&run.stdout);
            ensure!(
                run.status.success() && told.contains("1 passed"),
                "`{test}` of {package} is not there, or red before anything is broken"
            );
        }
    }
    for weakness in weaknesses {
        let watch = Stopwatch::start();
        let is_seen = attack(workspace, &copy, weakness).context(weakness.breaks)?;
        let seconds = watch.elapsed().as_secs();
        let Weakness { breaks, test, .. } = weakness;
        if is_seen {
            seen += 1;
            println!("seen    {breaks} ({test}, {seconds} s)");
        } else {
            println!("UNSEEN  {breaks} ({test}, {seconds} s)");
            unseen.push(breaks);
        }
    }
    println!("{seen} faults seen, {} not", unseen.len());
    Ok(if unseen.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Whether the attack's own test is red once the checks are left out.
fn attack(workspace: &Workspace, copy: &Path, weakness: &Weakness) -> Result<bool> {
    let mut whole = Vec::new();
    for edit in weakness.edits {
        let path = copy.join("crates").join(edit.file);
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", edit.file))?;
        ensure!(
            text.matches(edit.text).count() == 1,
            "`{}` is not in {} exactly once: write the fault anew",
            edit.text,
            edit.file
        );
        fs::write(&path, text.replacen(edit.text, edit.instead, 1))?;
        whole.push((path, text));
    }
    let tests = tests_of(workspace, copy, weakness.package);
    let run = tests.and_then(|tests| {
        let mut run = Command::new(tests);
        run.current_dir(copy.join("crates").join(weakness.package));
        Ok(run.args(["--exact", weakness.test]).output()?)
    });
    // The last edit first: two may be in one file.
    for (path, text) in whole.into_iter().rev() {
        fs::write(path, text)?;
    }
    Ok(!run?.status.success())
}

/// The first test that is red in the copy, tried in this order.
fn sees(workspace: &Workspace, copy: &Path, order: &[&[&str]]) -> Result<Option<String>> {
    let tests = tests_of(workspace, copy, "zt-policy")?;
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

/// Builds a crate's own tests in the copy.
fn tests_of(workspace: &Workspace, copy: &Path, package: &str) -> Result<PathBuf> {
    let mut build = workspace.cargo();
    let built = build
        .current_dir(copy)
        // A place of its own: cargo cannot tell the copy's artefacts from those of the original.
        .env("CARGO_TARGET_DIR", workspace.target().join("faults-built"))
        .args(["test", "--quiet", "--locked", "--package", package, "--lib"])
        .args(["--no-run", "--message-format=json"])
        .stderr(Stdio::null())
        .output()?;
    ensure!(built.status.success(), "what is broken does not compile");
    executable(&built.stdout).context("no test binary was built")
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
