//! The part that runs in the namespaces.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::{Fresh, settings};
use crate::outside::Stopwatch;
use crate::workspace::Workspace;
use crate::{readme, run};

/// The word by which the running product says, on standard output, that it can be used.
const READY: &str = "ready";

/// Where things are in the fresh system.
const TOOLCHAIN: &str = "opt/rust";
const CLONE: &str = "root/sekisho";

const LIMIT: Duration = Duration::from_secs(3_600);

pub(super) fn run(workspace: &Workspace, root: &Path, options: &Fresh) -> Result<()> {
    step("debootstrap", || debootstrap(root))?;
    step("settings, toolchain, clone", || {
        settings::copy(root)?;
        mount(root)?;
        clone(workspace, root)
    })?;
    let readme = fs::read_to_string(root.join(CLONE).join("README.md"))?;
    let show = readme::run_command(&readme)?;
    step(show, || until_ready(root, show))?;
    if options.test {
        let command = readme::test_command(&readme)?;
        step(command, || {
            let status = chroot(root, command).status()?;
            ensure!(status.success(), "`{command}` failed");
            Ok(())
        })?;
    }
    Ok(())
}

/// Does one thing and prints how long it took.
fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("== {name}");
    let watch = Stopwatch::start();
    work().with_context(|| name.to_owned())?;
    println!("== {name}: {:.1} min", watch.elapsed().as_secs_f64() / 60.0);
    Ok(())
}

fn debootstrap(root: &Path) -> Result<()> {
    let mut command = Command::new("debootstrap");
    command
        .args([
            "--variant=minbase",
            "--include=gcc,libc6-dev,ca-certificates",
            "bookworm",
        ])
        .arg(root);
    command.args(settings::debian_mirror());
    run::must(&mut command, LIMIT).map(|_| ())
}

fn mount(root: &Path) -> Result<()> {
    let rustc = run::must(Command::new("rustc").args(["--print", "sysroot"]), LIMIT)?;
    let sysroot = PathBuf::from(
        rustc
            .out
            .first()
            .context("`rustc` does not say where it lives")?,
    );
    let toolchain = root.join(TOOLCHAIN);
    fs::create_dir_all(&toolchain)?;
    let mounts: [(&[&str], &Path, PathBuf); 5] = [
        (&["--bind"], &sysroot, toolchain.clone()),
        (&["-o", "remount,bind,ro"], &sysroot, toolchain),
        (&["-t", "proc"], Path::new("proc"), root.join("proc")),
        (&["--rbind"], Path::new("/dev"), root.join("dev")),
        (&["--rbind"], Path::new("/sys"), root.join("sys")),
    ];
    for (how, what, at) in mounts {
        run::must(Command::new("mount").args(how).arg(what).arg(at), LIMIT)?;
    }
    Ok(())
}

/// What is committed, and nothing else.
fn clone(workspace: &Workspace, root: &Path) -> Result<()> {
    let mut git = Command::new("git");
    git.args(["clone", "--quiet", "--no-local", "--depth", "1"]);
    git.arg(format!("file://{}", workspace.root().display()))
        .arg(root.join(CLONE));
    run::must(&mut git, LIMIT).map(|_| ())
}

/// A command line of the README, typed in the clone by somebody who has only what a fresh machine has.
fn chroot(root: &Path, line: &str) -> Command {
    // `timeout` hands a signal on to what it runs.
    let mut command = Command::new("timeout");
    command
        .arg(format!("{}m", LIMIT.as_secs() / 60))
        .arg("chroot")
        .arg(root);
    command.args(["/bin/sh", "-c", &format!("cd /{CLONE} && exec {line}")]);
    command.env_clear().stdin(Stdio::null());
    command
        .env("HOME", "/root")
        .env("CI", "true")
        .env("LANG", "C.UTF-8");
    command.env(
        "PATH",
        format!("/{TOOLCHAIN}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    );
    command.envs(settings::environment());
    command
}

/// Starts the product, reads what it prints until it says that it is ready, and stops it by its process id.
fn until_ready(root: &Path, line: &str) -> Result<()> {
    let mut child = chroot(root, line).stdout(Stdio::piped()).spawn()?;
    let watch = Stopwatch::start();
    let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
    let mut ready = None;
    // Read on after it is ready: what it prints while it stops belongs to it.
    while let Some(said) = lines.next().transpose()? {
        println!("   {said}");
        if ready.is_none() && says_ready(&said) {
            ready = Some(watch.elapsed().as_secs_f64() / 60.0);
            Command::new("sh")
                .args(["-c", "kill -TERM \"$1\"", "sh", &child.id().to_string()])
                .status()?;
        }
    }
    let status = child.wait()?;
    let minutes =
        ready.with_context(|| format!("`{line}` ended ({status}) without saying `{READY}`"))?;
    println!("   from `{line}` to ready: {minutes:.1} min; stopped: {status}");
    println!("   {} of target", size(&root.join(CLONE).join("target")));
    Ok(())
}

fn says_ready(line: &str) -> bool {
    line.split(|letter: char| !letter.is_alphanumeric())
        .any(|word| word.eq_ignore_ascii_case(READY))
}

fn size(folder: &Path) -> String {
    let du = Command::new("du").args(["-sh"]).arg(folder).output();
    let text = du
        .map(|out| String::from_utf8_lossy(&out.stdout).into_owned())
        .unwrap_or_default();
    text.split_whitespace().next().unwrap_or("?").to_owned()
}
