//! Fuzzing: libFuzzer hands bytes to one of the targets of `zt-fuzz`, guided by which code they reach.
//!
//! The compiler's own coverage pass does it, so that the toolchain of this repository is enough: nothing is built with a
//! nightly one, and there is no address sanitizer, for code that has no `unsafe` of its own.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// What tells libFuzzer which code ran, and what was compared with what.
const FLAGS: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];
/// Build scripts and macros run where they are built: named, the target keeps the flags from them.
const PLATFORM: &str = if cfg!(target_arch = "aarch64") {
    "aarch64-unknown-linux-gnu"
} else {
    "x86_64-unknown-linux-gnu"
};

/// Fuzzes one target for so long. What it finds new is kept in the target folder for the next time; what breaks a promise is
/// written there, named in the output, and an exit code.
///
/// # Errors
/// When it cannot be built.
pub fn run(workspace: &Workspace, target: &str, seconds: u64) -> Result<ExitCode> {
    let corpus = workspace.root().join("crates/zt-fuzz/corpus").join(target);
    if !corpus.is_dir() {
        bail!("there is no target `{target}`: name a folder of crates/zt-fuzz/corpus");
    }
    let mut build = workspace.cargo();
    build
        .args(["build", "--locked", "--profile", "fuzz"])
        .args(["--package", "zt-fuzz", "--features", "libfuzzer"])
        .args(["--target", PLATFORM])
        .env("RUSTFLAGS", FLAGS.join(" "));
    if !build.status().context("cargo")?.success() {
        bail!("the fuzzer does not build: it needs a C++ compiler, `apt install g++`");
    }
    let kept = workspace.target().join("fuzz-found").join(target);
    let broken = kept.join("broken");
    std::fs::create_dir_all(&broken)?;
    let learnt = kept.join("learnt");
    std::fs::create_dir_all(&learnt)?;
    let program = workspace.target().join(PLATFORM).join("fuzz/zt-fuzz");
    let status = std::process::Command::new(program)
        .env("ZT_FUZZ_TARGET", target)
        .arg(format!("-max_total_time={seconds}"))
        .args(["-timeout=20", "-rss_limit_mb=2048", "-max_len=4096"])
        .args(["-print_final_stats=1"])
        .arg(format!("-artifact_prefix={}/", broken.display()))
        .args([&learnt, &corpus])
        .status()?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
