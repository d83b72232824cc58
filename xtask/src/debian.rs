//! Debian packages: which are missing, and getting them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::{outside, run};

/// Debian asks this script whether a freshly installed daemon may start.
const START_POLICY: &str = "/usr/sbin/policy-rc.d";

/// The packages a list file names; what follows `#` is the reason.
#[must_use]
pub fn listed(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.split('#').next())
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect()
}

/// Installs those of `packages` that are not there yet.
///
/// # Errors
/// When something is missing and this is not root (the message names the packages), or when apt fails.
pub fn ensure(packages: &[&str]) -> Result<()> {
    let mut missing = Vec::new();
    for package in packages {
        if !is_installed(package)? {
            missing.push(*package);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !outside::is_root() {
        bail!(
            "missing Debian packages: {names}\nInstall them: sudo apt-get install --no-install-recommends {names}"
        );
    }
    println!("    installing {names}");
    let _quiet = NoDaemons::begin()?;
    let listed = fs::read_dir("/var/lib/apt/lists").is_ok_and(|dir| {
        dir.flatten()
            .any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
    });
    if listed && apt(&install(&missing)).is_ok() {
        return Ok(());
    }
    // The lists were absent, or so old that a package they name has gone.
    apt(&["update".to_owned()])?;
    apt(&install(&missing))
}

fn is_installed(package: &str) -> Result<bool> {
    let answer = Command::new("dpkg-query")
        .args(["--show", "--showformat", "${db:Status-Status}", package])
        .output()
        .context("no `dpkg-query`: the tests want Debian 12 or a relative of it")?;
    Ok(answer.status.success() && answer.stdout == b"installed")
}

fn install(packages: &[&str]) -> Vec<String> {
    let mut words = vec![
        "install".to_owned(),
        "--yes".to_owned(),
        "--no-install-recommends".to_owned(),
    ];
    words.extend(packages.iter().map(|&package| package.to_owned()));
    words
}

fn apt(words: &[String]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args([
            "-o",
            "DPkg::Lock::Timeout=300",
            "-o",
            "Acquire::Retries=3",
            "-o",
            "Dpkg::Options::=--force-confold",
        ])
        .args(words);
    run::must(&mut command, Duration::from_secs(1_200)).map(|_| ())
}

/// While it lives, installing a package starts no daemon: the tests start their own nginx on their own port.
struct NoDaemons {
    ours: bool,
}

impl NoDaemons {
    fn begin() -> Result<Self> {
        let path = Path::new(START_POLICY);
        if path.exists() {
            return Ok(Self { ours: false });
        }
        fs::write(path, "#!/bin/sh\nexit 101\n")?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
        Ok(Self { ours: true })
    }
}

impl Drop for NoDaemons {
    fn drop(&mut self) {
        if self.ours {
            // Nothing better can be done about it here, and the file does no harm.
            fs::remove_file(START_POLICY).ok();
        }
    }
}
