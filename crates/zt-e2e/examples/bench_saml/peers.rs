//! The peers: SimpleSAMLphp in Apache, and pysaml2 in gunicorn, in processes of their own.

use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::leaf::{HOST, Leaf};

/// A key and its certificate, RSA with 2048 bits, in files.
pub(crate) struct Pair {
    pub(crate) key: PathBuf,
    pub(crate) certificate: PathBuf,
}

impl Pair {
    pub(crate) fn make(folder: &Path, name: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let file = |kind: &str| folder.join(format!("{name}.{kind}.pem"));
        let (key, certificate) = (file("key"), file("certificate"));
        let made = Command::new("openssl")
            .args([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            ])
            .args(["-subj", "/CN=SAML", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output()?;
        if !made.status.success() {
            return Err(String::from_utf8_lossy(&made.stderr).into());
        }
        Ok(Self { key, certificate })
    }

    /// The certificate as metadata has it: base64 in one line.
    pub(crate) fn text(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        let pem = fs::read_to_string(&self.certificate)?;
        Ok(pem.lines().filter(|line| !line.starts_with('-')).collect())
    }
}

/// An identity provider, running. It ends with this value.
pub(crate) struct Peer {
    process: Child,
    /// Where it is.
    pub(crate) origin: String,
    /// Who vouches for its host (PEM).
    pub(crate) roots: String,
}

impl Peer {
    /// Starts the script of `python/`. Both service providers are known to it; the second gets its responses signed too.
    pub(crate) fn start(
        script: &str,
        folder: &Path,
        ours: &Pair,
        party: &Pair,
        entities: [&str; 2],
        metadata: &[PathBuf],
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let leaf = Leaf::in_folder(folder)?;
        let metadata: Vec<_> = metadata.iter().map(|file| file.to_string_lossy()).collect();
        let mut process = zt_e2e::python(script)?
            .env("KEY", &ours.key)
            .env("CERTIFICATE", &ours.certificate)
            .env("PARTY_CERTIFICATE", party.text()?)
            .env("TLS_CERTIFICATE", &leaf.certificate)
            .env("TLS_KEY", &leaf.key)
            .env("HOST", HOST)
            .env("ENTITIES", entities.join(" "))
            .env("SIGNED_TWICE", entities[1])
            .env("PROVIDERS", metadata.join(":"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = process.stdout.take().ok_or("no output")?;
        let mut origin = String::new();
        BufReader::new(out).read_line(&mut origin)?;
        let peer = Self {
            process,
            origin: origin.trim().to_owned(),
            roots: leaf.roots,
        };
        if peer.origin.is_empty() {
            return Err(format!("{script} ended before it said where it is").into());
        }
        Ok(peer)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Asked, not killed: it has processes of its own to end.
        if let Ok(id) = i32::try_from(self.process.id()) {
            kill(Pid::from_raw(id), Signal::SIGTERM).ok();
        }
        self.process.wait().ok();
    }
}
