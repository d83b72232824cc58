//! The policy engine, asked at random: its own tests, in the release profile and with as many cases as are wanted.

use anyhow::Result;

use crate::outside::{self, Stopwatch};
use crate::workspace::Workspace;

/// A case of these costs as much as many of the others: policies are compiled twice for it.
const LAWS_SHARE: u64 = 50;

/// Compiled policies against Cedar, and the laws. Gives whether all held.
pub(super) fn decide(workspace: &Workspace, cases: u64, seed: Option<u64>) -> Result<bool> {
    let seed = seed.unwrap_or_else(outside::seed);
    let as_cedar = "tests::compiled::as_cedar_for_whatever_is_written";
    Ok(tests(workspace, as_cedar, cases, seed)?
        && tests(workspace, "tests::laws", cases / LAWS_SHARE, seed)?)
}

/// The way out of refusals against every cheaper one. Gives whether all held.
pub(super) fn remedy(workspace: &Workspace, cases: u64, seed: Option<u64>) -> Result<bool> {
    let seed = seed.unwrap_or_else(outside::seed);
    tests(workspace, "tests::ways_out", cases, seed)
}

fn tests(workspace: &Workspace, which: &str, cases: u64, seed: u64) -> Result<bool> {
    let watch = Stopwatch::start();
    let status = workspace
        .cargo()
        .args(["test", "--quiet", "--locked", "--release"])
        .args(["--package", "zt-policy", "--lib", "--", which])
        .args(["--nocapture", "--test-threads=1"])
        .env("ZT_TORTURE_CASES", cases.to_string())
        .env("ZT_TORTURE_SEED", seed.to_string())
        .status()?;
    let seconds = watch.elapsed().as_secs();
    println!("{which}: {cases} cases, --seed {seed}, {seconds} s with building");
    Ok(status.success())
}
