//! The peer: npm `oidc-provider`, in a process of its own.

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use crate::leaf::{HOST, Leaf};

/// The peer, running. It ends with this value.
pub(crate) struct Peer {
    process: Child,
    /// Where it is.
    pub(crate) issuer: String,
    /// Who vouches for it (PEM).
    pub(crate) roots: String,
}

impl Peer {
    pub(crate) fn start(
        directory: &Path,
        client: &str,
        secret: &str,
        back: &str,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let leaf = Leaf::in_folder(directory)?;
        let mut process = zt_e2e::node("bench_provider.mjs")?
            .env("NODE_ENV", "production")
            .env("CERTIFICATE", leaf.certificate)
            .env("KEY", leaf.key)
            .env("HOST", HOST)
            .env("CLIENT_ID", client)
            .env("CLIENT_SECRET", secret)
            .env("REDIRECT_URI", back)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = process.stdout.take().ok_or("no output")?;
        let mut issuer = String::new();
        // It says more when it stops being young; nobody reads that.
        BufReader::new(out).read_line(&mut issuer)?;
        let peer = Self {
            process,
            issuer: issuer.trim().to_owned(),
            roots: leaf.roots,
        };
        if peer.issuer.is_empty() {
            return Err("the peer ended before it said where it is".into());
        }
        Ok(peer)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
