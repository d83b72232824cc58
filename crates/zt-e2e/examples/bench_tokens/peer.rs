//! The peer: npm `oidc-provider`, in a process of its own.

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zt_crypto::ca::{ServerAuthority, certificate_pem};
use zt_crypto::seal::MasterKey;
use zt_net::{Clock, Entropy};

/// Its host: names below `localhost` are this machine (RFC 6761 §6.3).
const HOST: &str = "peer.bench.localhost";

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
        let now = Clock::system().now();
        let master = MasterKey::from_bytes(zeroize::Zeroizing::new(Entropy::system().bytes()))?;
        let authority = ServerAuthority::create(&master, "Bench", "bench.localhost", now)?;
        let authority = ServerAuthority::open(&master, &authority)?;
        let issued = authority.issue(HOST, now)?;
        let (leaf, key) = (directory.join("peer.pem"), directory.join("peer.key"));
        let chain = issued.chain.iter().map(|der| certificate_pem(der));
        std::fs::write(&leaf, chain.collect::<String>())?;
        let der = STANDARD.encode(issued.key.secret_der());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
        std::fs::write(&key, pem)?;
        let mut process = zt_e2e::node("bench_provider.mjs")?
            .env("NODE_ENV", "production")
            .env("CERTIFICATE", leaf)
            .env("KEY", key)
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
            roots: certificate_pem(authority.certificate()),
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
