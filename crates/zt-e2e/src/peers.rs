//! Where the peers are, and what can go wrong with them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Why a peer could not do its part.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// Not installed.
    #[error("no `{0}`: run `cargo xtask peers`")]
    Missing(PathBuf),
    /// The browser's policy cannot be put in place.
    #[error(
        "cannot write `{path}`, by which Chromium chooses a client certificate; as root it works, or put it there once: {content}"
    )]
    Policy {
        /// Where Chromium looks for it.
        path: PathBuf,
        /// What must be in it.
        content: String,
        /// Why it cannot be written.
        source: std::io::Error,
    },
    /// It could not be started or waited for.
    #[error("cannot run `{program}`")]
    Run {
        /// What was to run.
        program: String,
        /// Why it cannot.
        source: std::io::Error,
    },
    /// It ran and says that something is not as it should be.
    #[error("`{program}` failed:\n{output}")]
    Failed {
        /// What ran.
        program: String,
        /// What it wrote, both streams.
        output: String,
    },
}

/// The folder `cargo xtask peers` fills.
pub(crate) fn home() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no configuration; xtask tells them where the peers are"
    )]
    let told = std::env::var_os("ZT_PEERS");
    told.map_or_else(|| workspace().join("target/peers"), PathBuf::from)
}

/// The root of the repository.
pub(crate) fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// One file of the peers.
pub(crate) fn installed(name: &str) -> Result<PathBuf, PeerError> {
    let path = home().join(name);
    if path.exists() {
        Ok(path)
    } else {
        Err(PeerError::Missing(path))
    }
}

/// The program under test: the one `cargo xtask test` has just built, else built now.
pub(crate) fn sekisho() -> Result<PathBuf, PeerError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no configuration; xtask tells them what it built"
    )]
    let (built, cargo) = (std::env::var_os("ZT_BIN"), std::env::var_os("CARGO"));
    if let Some(built) = built {
        return Ok(built.into());
    }
    let mut build = Command::new(cargo.unwrap_or_else(|| "cargo".into()));
    build.current_dir(workspace());
    build.args(["build", "--quiet", "--locked", "--package", "sekisho"]);
    let done = build.output().map_err(|source| PeerError::Run {
        program: "cargo build".to_owned(),
        source,
    })?;
    if !done.status.success() {
        return Err(PeerError::Failed {
            program: "cargo build --package sekisho".to_owned(),
            output: String::from_utf8_lossy(&done.stderr).into_owned(),
        });
    }
    // target/debug/deps/it-… → target/debug/sekisho
    let here = std::env::current_exe().unwrap_or_default();
    let target = here.ancestors().nth(2).unwrap_or(&here);
    Ok(target.join("sekisho"))
}

/// What a program wrote to its standard output, if it ends well.
pub(crate) fn outcome(program: &str, command: &mut Command) -> Result<String, PeerError> {
    let done = command.output().map_err(|source| PeerError::Run {
        program: program.to_owned(),
        source,
    })?;
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    if done.status.success() {
        return Ok(said);
    }
    Err(PeerError::Failed {
        program: program.to_owned(),
        output: said + &String::from_utf8_lossy(&done.stderr),
    })
}

/// The Python that has `websockets` and `PyJWT`, with `script` of this crate's `python/` as its first argument.
///
/// # Errors
/// When the peers are not installed.
pub fn python(script: &str) -> Result<Command, PeerError> {
    let mut command = Command::new(installed("venv/bin/python")?);
    command.arg(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("python")
            .join(script),
    );
    Ok(command)
}

/// The Node that has the packages of `tests/peers`, with `script` of this crate's `node/` as its first argument.
///
/// # Errors
/// When the peers are not installed.
pub fn node(script: &str) -> Result<Command, PeerError> {
    let mut command = Command::new(installed("node")?);
    command.arg(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("node")
            .join(script),
    );
    command.env("PEERS", home());
    Ok(command)
}
