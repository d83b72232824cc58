//! What the demo writes down, so that it is the same one next time and others find it.

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use zt_crypto::file::{IfThere, write_private};

/// The file in the state directory.
const FILE: &str = "demo.json";

/// What others need to know of a demo: where it listens and who may sign in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct DemoState {
    /// The HTTPS port, while it runs.
    pub(crate) port: u16,
    /// The admin socket, while it runs.
    pub(crate) admin_socket: PathBuf,
    /// Where the application is that is elsewhere, while it runs.
    #[serde(default)]
    pub(crate) expenses: String,
    /// First passwords by login. They are nobody's but the demo's own.
    pub(crate) passwords: BTreeMap<String, String>,
}

impl DemoState {
    /// Reads it; nothing if there is none yet.
    pub(crate) fn read(directory: &Path) -> anyhow::Result<Option<Self>> {
        let path = directory.join(FILE);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).with_context(|| {
                format!(
                    "`{}` cannot be read: `sekisho demo reset` begins anew",
                    path.display()
                )
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
        }
    }

    /// Whether a demo runs there now.
    pub(crate) fn is_running(&self) -> bool {
        std::os::unix::net::UnixStream::connect(&self.admin_socket).is_ok()
    }

    /// Writes it, whole or not at all.
    pub(crate) fn write(&self, directory: &Path) -> anyhow::Result<()> {
        write_private(
            &directory.join(FILE),
            &serde_json::to_vec_pretty(self)?,
            IfThere::Replace,
        )
        .with_context(|| format!("cannot write to `{}`", directory.display()))
    }
}

/// Removes the demo's directory, if it is one and nobody runs in it.
pub(crate) fn reset(directory: &Path) -> anyhow::Result<()> {
    if !directory.join(FILE).exists() {
        bail!("there is no demo in `{}`", directory.display());
    }
    if let Some(state) = DemoState::read(directory).ok().flatten()
        && state.is_running()
    {
        bail!(
            "the demo in `{}` is running: stop it first (Ctrl-C where it runs)",
            directory.display()
        );
    }
    fs::remove_dir_all(directory)
        .with_context(|| format!("cannot remove `{}`", directory.display()))
}
