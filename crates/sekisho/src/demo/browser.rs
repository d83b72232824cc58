//! A browser of the demo's own: a Chromium with a fresh profile that trusts the demo's authority. The person's own
//! browser and its certificate store are left alone; removing the demo removes this one.

use super::DOMAIN;
use super::state::DemoState;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zt_agent::nss::Store;
use zt_types::Language;

/// What Chromium is called, by system.
const CHROMIUMS: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "brave-browser",
];

/// Opens it at the portal and waits until it is closed.
pub(crate) async fn open(directory: &Path, name: &str, language: Language) -> anyhow::Result<()> {
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') || name.is_empty() {
        bail!("`{name}` is no name for a browser: use letters, digits and `-`");
    }
    let state = DemoState::read(directory)?.with_context(|| {
        format!(
            "there is no demo in `{}`: start one with `sekisho demo`",
            directory.display()
        )
    })?;
    if !state.is_running() {
        bail!(
            "the demo in `{}` is not running: start it with `sekisho demo` and leave it running",
            directory.display()
        );
    }
    let home = home(directory, name);
    let certificates = certificate_store(&home);
    if !certificates.exists() {
        let store = Store::open_or_create(&certificates).await?;
        store
            .trust(&directory.join("server/server-ca.pem"), "Sekisho demo")
            .await?;
    }
    let address = format!("https://id.{DOMAIN}:{}/", state.port);
    for chromium in CHROMIUMS {
        let mut command = Command::new(chromium);
        if nix::unistd::geteuid().is_root() {
            // Chromium's sandbox does not work for root; who runs the demo as root has none.
            command.arg("--no-sandbox");
        }
        let started = command
            .env("HOME", &home)
            .arg(format!(
                "--user-data-dir={}",
                home.join("profile").display()
            ))
            .arg(format!("--lang={}", language.tag()))
            .args([
                "--no-first-run",
                "--no-default-browser-check",
                "--disable-sync",
            ])
            .arg(&address)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match started {
            Ok(mut child) => {
                println!("{address}");
                println!("certificates of this browser: {}", certificates.display());
                let ended = tokio::task::spawn_blocking(move || child.wait()).await??;
                if !ended.success() {
                    bail!(
                        "`{chromium}` ended with {ended}: does this terminal have a display (`DISPLAY` or `WAYLAND_DISPLAY`)?"
                    );
                }
                return Ok(());
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("cannot start `{chromium}`")),
        }
    }
    bail!("no Chromium or Chrome is installed: on Debian, `apt install chromium` brings one")
}

/// Where the demo's browser of this name keeps its certificates.
pub(crate) fn certificates_of(directory: &Path, name: &str) -> PathBuf {
    certificate_store(&home(directory, name))
}

fn home(directory: &Path, name: &str) -> PathBuf {
    directory.join("browsers").join(name)
}

/// Where Chromium looks for certificates on Linux.
fn certificate_store(home: &Path) -> PathBuf {
    home.join(".pki/nssdb")
}
