//! Cargo tools that are built once per machine and kept outside the clone.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::run;
use crate::workspace::{self, Workspace};

/// The version whose verdicts `deny.toml` was written against.
const DENY_VERSION: &str = "0.20.2";

/// `cargo-deny` in the pinned version, built first where it is not there yet (some minutes, once per machine).
///
/// # Errors
/// When it does not build.
pub fn cargo_deny(workspace: &Workspace) -> Result<PathBuf> {
    let root = workspace.tools().join(format!("cargo-deny-{DENY_VERSION}"));
    let binary = root.join("bin/cargo-deny");
    if !binary.exists() {
        println!("    building cargo-deny {DENY_VERSION}, once for this machine");
        let mut install = Command::new(workspace::cargo());
        // Not into our own target folder: its crates would be built against other features than ours.
        install.env_remove("CARGO_TARGET_DIR").current_dir("/");
        install
            .args([
                "install",
                "cargo-deny",
                "--locked",
                "--version",
                DENY_VERSION,
                "--root",
            ])
            .arg(&root);
        run::must(&mut install, Duration::from_secs(1_200))?;
    }
    Ok(binary)
}
