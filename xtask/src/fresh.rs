//! The README's commands on a Debian that has nothing but the Rust toolchain, gcc, libc6-dev and ca-certificates.
//!
//! Everything happens in mount and process namespaces of its own: when this program ends, however it ends, the
//! mounts and the processes are gone with it, and only then is the folder removed.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::outside;
use crate::workspace::Workspace;

mod inside;
mod settings;

/// Options of `cargo xtask fresh`.
#[derive(Debug, Args)]
pub struct Fresh {
    /// Run the README's test command too.
    #[arg(long)]
    test: bool,
    /// Where the fresh system is put for the time it is needed (12 GB).
    #[arg(long, default_value = "/var/tmp")]
    under: PathBuf,
    /// Set by ourselves: we are in the namespaces, and this is the folder.
    #[arg(long, hide = true)]
    inside: Option<PathBuf>,
}

/// Builds the fresh system, runs the README's commands in it and removes it.
///
/// # Errors
/// When this is not root, a tool is missing, or one of the commands does not do what the README says.
pub fn run(workspace: &Workspace, options: &Fresh) -> Result<ExitCode> {
    if let Some(folder) = &options.inside {
        inside::run(workspace, folder, options)?;
        return Ok(ExitCode::SUCCESS);
    }
    ensure!(
        outside::is_root(),
        "`cargo xtask fresh` makes a system and mounts into it: it needs root"
    );
    for tool in ["debootstrap", "unshare", "chroot", "git"] {
        let found = Command::new("sh")
            .args(["-c", "command -v \"$1\"", "sh", tool])
            .output()?
            .status
            .success();
        ensure!(
            found,
            "no `{tool}`; install it: apt-get install debootstrap util-linux coreutils git"
        );
    }
    let folder = make_folder(&options.under)?;
    println!("fresh system in {}", folder.display());
    let status = in_namespaces(&folder, options)?.status()?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn make_folder(under: &Path) -> Result<PathBuf> {
    let made = Command::new("mktemp")
        .arg("-d")
        .arg("-p")
        .arg(under)
        .arg("sekisho-fresh-XXXXXX")
        .output()?;
    ensure!(
        made.status.success(),
        "cannot make a folder under `{}`",
        under.display()
    );
    Ok(PathBuf::from(String::from_utf8(made.stdout)?.trim()))
}

/// The shell is there for its `trap`: the folder goes also when somebody presses Ctrl-C. The mounts are seen by the
/// unshared process only, so what is removed is never the host's toolchain.
fn in_namespaces(folder: &Path, options: &Fresh) -> Result<Command> {
    let script = r#"
        trap 'rm -rf --one-file-system -- "$folder"' EXIT
        trap 'exit 130' INT TERM
        unshare --mount --propagation private --pid --fork --kill-child --mount-proc -- "$@"
    "#;
    let mut command = Command::new("sh");
    command.env("folder", folder).args(["-c", script, "sh"]);
    command
        .arg(std::env::current_exe().context("the path of this program")?)
        .arg("fresh")
        .arg("--inside")
        .arg(folder);
    if options.test {
        command.arg("--test");
    }
    Ok(command)
}
