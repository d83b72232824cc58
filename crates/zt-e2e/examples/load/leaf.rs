//! A certificate for a peer's web server, by an authority of its own.

use std::error::Error;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zt_crypto::ca::{ServerAuthority, certificate_pem};
use zt_crypto::seal::MasterKey;
use zt_net::{Clock, Entropy};

/// Its host: names below `localhost` are this machine (RFC 6761 §6.3).
pub(crate) const HOST: &str = "peer.bench.localhost";

/// The certificate of [`HOST`], in files.
pub(crate) struct Leaf {
    /// The chain (PEM).
    pub(crate) certificate: PathBuf,
    /// Its key (PEM).
    pub(crate) key: PathBuf,
    /// Who vouches for it (PEM).
    pub(crate) roots: String,
}

impl Leaf {
    pub(crate) fn in_folder(directory: &Path) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let now = Clock::system().now();
        let master = MasterKey::from_bytes(zeroize::Zeroizing::new(Entropy::system().bytes()))?;
        let authority = ServerAuthority::create(&master, "Bench", "bench.localhost", now)?;
        let authority = ServerAuthority::open(&master, &authority)?;
        let issued = authority.issue(HOST, now)?;
        let (certificate, key) = (directory.join("peer.pem"), directory.join("peer.key"));
        let chain = issued.chain.iter().map(|der| certificate_pem(der));
        std::fs::write(&certificate, chain.collect::<String>())?;
        let der = STANDARD.encode(issued.key.secret_der());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
        std::fs::write(&key, pem)?;
        let roots = certificate_pem(authority.certificate());
        Ok(Self {
            certificate,
            key,
            roots,
        })
    }
}
