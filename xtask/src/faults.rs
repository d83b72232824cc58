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

mod authorizations;
mod calls;
mod codes;
mod devices;
mod engine;
mod exchanges;
mod forgeries;
mod leaving;
mod led;
mod limits;
mod losses;
mod markup;
mod pages;
mod possession;
mod providers;
mod published;
mod redirects;
mod refusals;
mod registration;
mod requests;
mod saml;
mod secrets;
mod sign_ins;
mod signatures;

pub use engine::FAULTS;

/// What lets attacks on the authorization server through, by what is attacked.
pub const WEAKNESSES: &[&[Weakness]] = &[
    authorizations::WEAKNESSES,
    calls::WEAKNESSES,
    codes::WEAKNESSES,
    devices::WEAKNESSES,
    exchanges::WEAKNESSES,
    forgeries::WEAKNESSES,
    leaving::WEAKNESSES,
    led::WEAKNESSES,
    limits::WEAKNESSES,
    losses::WEAKNESSES,
    markup::WEAKNESSES,
    pages::WEAKNESSES,
    possession::WEAKNESSES,
    redirects::WEAKNESSES,
    refusals::WEAKNESSES,
    providers::WEAKNESSES,
    published::WEAKNESSES,
    registration::WEAKNESSES,
    requests::WEAKNESSES,
    saml::WEAKNESSES,
    secrets::WEAKNESSES,
    sign_ins::WEAKNESSES,
    signatures::WEAKNESSES,
];

/// The rules over the repository itself, which no crate's own tests are.
pub const RULES: &str = "xtask";
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
    /// The test that must be red, by its whole name in the crate's own tests (`cargo test --lib`), or in those of [`RULES`].
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
    fs::create_dir_all(&copy)?;
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
    // Of one crate and one place after the other: what they build on is built once.
    weaknesses.sort_by_key(|weakness| {
        (
            weakness.package,
            weakness.edits.first().map(|edit| edit.file),
        )
    });
    let mut packages: Vec<&str> = weaknesses.iter().map(|weakness| weakness.package).collect();
    packages.dedup();
    for package in packages {
        let tests = tests_of(workspace, &copy, package)?;
        let attacks = weaknesses.iter().filter(|one| one.package == package);
        for Weakness { test, .. } in attacks {
            let run = Command::new(&tests)
                .current_dir(home(&copy, package))
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
        let attacked = attack(workspace, &copy, weakness);
        let seconds = watch.elapsed().as_secs();
        let Weakness { breaks, test, .. } = weakness;
        match attacked {
            Ok(Some(said)) => {
                seen += 1;
                println!("seen    {breaks} ({test}, {seconds} s): {said}");
            }
            Ok(None) => {
                println!("UNSEEN  {breaks} ({test}, {seconds} s)");
                unseen.push(breaks);
            }
            // The others are tried all the same: one run says all that is to be written anew.
            Err(error) => {
                println!("UNMADE  {breaks} ({test}, {seconds} s): {error:#}");
                unseen.push(breaks);
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

/// What the attack's own test says once the checks are left out, if it is red.
fn attack(workspace: &Workspace, copy: &Path, weakness: &Weakness) -> Result<Option<String>> {
    let mut whole = Vec::new();
    let broken = weakness.edits.iter().try_for_each(|edit| {
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
        Ok(())
    });
    let tests = broken.and_then(|()| tests_of(workspace, copy, weakness.package));
    let run = tests.and_then(|tests| {
        // What waits for ever says nothing: its test is to be written so that it gives up.
        let mut run = Command::new("timeout");
        run.current_dir(home(copy, weakness.package)).arg("300");
        run.env("RUST_BACKTRACE", "0");
        Ok(run.arg(tests).args(["--exact", weakness.test]).output()?)
    });
    // The last edit first: two may be in one file.
    for (path, text) in whole.into_iter().rev() {
        fs::write(path, text)?;
    }
    let run = run?;
    ensure!(
        run.status.code() != Some(124),
        "the test does not end: it has to give up"
    );
    let told = String::from_utf8_lossy(&run.stdout);
    if run.status.success() {
        return Ok(None);
    }
    // What ends in another way than by its own word may not have been tried at all.
    ensure!(told.contains("1 failed"), "the test was not carried out");
    Ok(Some(said(&told)))
}

/// Where a test that is red stopped, and what it said first: so that a reader can tell the attack from an accident.
fn said(told: &str) -> String {
    let (_, from) = told.split_once(" panicked at ").unwrap_or(("", told));
    let mut said = from
        .lines()
        .take(5)
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" ");
    if let Some((at, _)) = said.char_indices().nth(300) {
        said.truncate(at);
    }
    said
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

/// Where a crate is in the copy.
fn home(copy: &Path, package: &str) -> PathBuf {
    if package == RULES {
        copy.join(package)
    } else {
        copy.join("crates").join(package)
    }
}

/// Builds a crate's own tests in the copy.
fn tests_of(workspace: &Workspace, copy: &Path, package: &str) -> Result<PathBuf> {
    let mut build = workspace.cargo();
    let which: &[&str] = if package == RULES {
        &["--test", "it"]
    } else {
        &["--lib"]
    };
    let built = build
        .current_dir(copy)
        // A place of its own: cargo cannot tell the copy's artefacts from those of the original.
        .env("CARGO_TARGET_DIR", workspace.target().join("faults-built"))
        // One place differs from build to build.
        .env("CARGO_INCREMENTAL", "1")
        .args(["test", "--quiet", "--locked", "--package", package])
        .args(which)
        .args(["--no-run", "--message-format=json"])
        .stderr(Stdio::null())
        .output()?;
    ensure!(built.status.success(), "what is broken does not compile");
    executable(&built.stdout).context("no test binary was built")
}

/// The test binary that cargo says it built, perhaps beside a program that it runs.
fn executable(messages: &[u8]) -> Option<PathBuf> {
    let messages = String::from_utf8_lossy(messages);
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| {
            message
                .pointer("/profile/test")
                .and_then(serde_json::Value::as_bool)
                == Some(true)
        })
        .filter_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
        .next_back()
}

/// Makes `to` the same as `from`. What is the same already is left alone, so that it is not built again.
fn copy_over(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        let is_same = fs::read(to).is_ok_and(|kept| fs::read(from).is_ok_and(|text| text == kept));
        if !is_same {
            fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
        }
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        if !from.join(entry.file_name()).exists() {
            let path = entry.path();
            let removed = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.with_context(|| format!("removing {}", path.display()))?;
        }
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_over(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
