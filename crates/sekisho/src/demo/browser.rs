//! A browser of the demo's own: a Chromium with a fresh profile that trusts the demo's authority. The person's own
//! browser and its certificate store are left alone; removing the demo removes this one.

use super::state::DemoState;
use super::DOMAIN;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zt_types::Language;

/// What Chromium is called, by system.
const CHROMIUMS: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "brave-browser"];

/// Opens it at the portal and waits until it is closed.
pub(crate) async fn open(directory: &Path, name: &str, language: Language) -> anyhow::Result<()> {
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') || name.is_empty() {
        bail!("`{name}` is no name for a browser: use letters, digits and `-`");
    }
    let state = DemoState::read(directory)?
        .with_context(|| format!("there is no demo in `{}`: start one with `sekisho demo`", directory.display()))?;
    let home = directory.join("browsers").join(name);
    let certificates = certificate_store(&home);
    if !certificates.exists() {
        prepare(&certificates, &directory.join("server"))?;
    }
    let address = format!("https://id.{DOMAIN}:{}/", state.port);
    for chromium in CHROMIUMS {
        let started = Command::new(chromium)
            .env("HOME", &home)
            .arg(format!("--user-data-dir={}", home.join("profile").display()))
            .arg(format!("--lang={}", language.tag()))
            .args(["--no-first-run", "--no-default-browser-check", "--disable-sync"])
            .arg(&address)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match started {
            Ok(mut child) => {
                println!("{address}");
                println!("certificates of this browser: {}", certificates.display());
                tokio::task::spawn_blocking(move || child.wait()).await??;
                return Ok(());
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("cannot start `{chromium}`")),
        }
    }
    bail!("no Chromium or Chrome is installed: on Debian, `apt install chromium` brings one")
}

/// Where Chromium looks for certificates on Linux.
pub(crate) fn certificate_store(home: &Path) -> PathBuf {
    home.join(".pki/nssdb")
}

/// Makes a certificate store that trusts the demo's authority.
fn prepare(store: &Path, server: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(store).with_context(|| format!("cannot make `{}`", store.display()))?;
    let database = format!("sql:{}", store.display());
    let authority = server.join("server-ca.pem");
    let authority = authority.to_str().context("the demo's directory has a name that is not UTF-8")?;
    for arguments in [
        vec!["-d", &database, "-N", "--empty-password"],
        vec!["-d", &database, "-A", "-t", "C,,", "-n", "Sekisho demo", "-i", authority],
    ] {
        let done = Command::new("certutil").args(&arguments).stdout(Stdio::null()).status();
        match done {
            Ok(status) if status.success() => {}
            Ok(status) => {
                // Half a store would look like a whole one next time.
                let _ = std::fs::remove_dir_all(store);
                bail!("`certutil {}` failed: {status}", arguments.join(" "));
            }
            Err(error) => {
                let _ = std::fs::remove_dir_all(store);
                return Err(error)
                    .context("cannot run `certutil`: on Debian, `apt install libnss3-tools` brings it");
            }
        }
    }
    Ok(())
}
