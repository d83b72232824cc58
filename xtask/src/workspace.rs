//! Where things are.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::outside;

/// The repository this binary was compiled from.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The workspace that holds this crate.
    #[must_use]
    pub fn here() -> Self {
        let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self {
            root: crate_dir.parent().unwrap_or(crate_dir).to_path_buf(),
        }
    }

    /// The folder with the workspace's `Cargo.toml`.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo builds.
    #[must_use]
    pub fn target(&self) -> PathBuf {
        outside::variable("CARGO_TARGET_DIR")
            .map_or_else(|| self.root.join("target"), PathBuf::from)
    }

    /// Where the Python and npm peers are: `ZT_PEERS` (to share them between clones), else `target/peers`.
    #[must_use]
    pub fn peers(&self) -> PathBuf {
        outside::variable("ZT_PEERS").map_or_else(|| self.root.join("target/peers"), PathBuf::from)
    }

    /// Where tools built once are kept for every clone on this machine.
    #[must_use]
    pub fn tools(&self) -> PathBuf {
        outside::variable("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| outside::variable("HOME").map(|home| Path::new(&home).join(".cache")))
            .map_or_else(
                || self.root.join("target/tools"),
                |cache| cache.join("sekisho/tools"),
            )
    }

    /// `cargo`, the one that runs us where there is one, in the workspace's root.
    #[must_use]
    pub fn cargo(&self) -> Command {
        let mut command = Command::new(cargo());
        command.current_dir(&self.root);
        command
    }

    /// Builds one example of one crate and gives its path.
    ///
    /// # Errors
    /// When it does not compile.
    pub fn example(
        &self,
        profile: Profile,
        package: &str,
        example: &str,
    ) -> anyhow::Result<PathBuf> {
        self.build(profile, &["--package", package, "--example", example])?;
        let folder = self.target().join(profile.name());
        Ok(folder.join("examples").join(example))
    }

    /// Builds a program with these features, and gives its path.
    ///
    /// # Errors
    /// When it does not compile.
    pub fn program(
        &self,
        profile: Profile,
        package: &str,
        program: &str,
        features: &str,
    ) -> anyhow::Result<PathBuf> {
        let what = ["--package", package, "--bin", program];
        self.build(profile, &[&what[..], &["--features", features]].concat())?;
        Ok(self.target().join(profile.name()).join(program))
    }

    fn build(&self, profile: Profile, what: &[&str]) -> anyhow::Result<()> {
        let name = profile.name();
        let status = self
            .cargo()
            .args(["build", "--quiet", "--locked", "--profile", name])
            .args(what)
            .status()?;
        anyhow::ensure!(
            status.success(),
            "`cargo build --profile {name} {}` failed",
            what.join(" ")
        );
        Ok(())
    }
}

/// How a program is built that is not for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// What a newcomer builds first.
    Release,
    /// What is shipped: takes several times as long to build.
    Dist,
}

impl Profile {
    /// As `cargo` calls it, which is also the folder.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dist => "dist",
        }
    }
}

/// The `cargo` that runs us where there is one.
#[must_use]
pub fn cargo() -> std::ffi::OsString {
    outside::variable("CARGO").unwrap_or_else(|| "cargo".into())
}
