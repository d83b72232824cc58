//! The state directory: what is in it, and making it at the first start.

use crate::StartError;
use crate::config::Config;
use std::path::{Path, PathBuf};
use zt_crypto::checkpoint::CheckpointVerifier;
use zt_crypto::file::{IfThere, make_private_directory, write_private};
use zt_crypto::keychain::{Installation, Keychain};
use zt_crypto::seal::MasterKey;
use zt_trust::Places;
use zt_types::Timestamp;

/// Where everything is in a state directory.
#[derive(Debug, Clone)]
pub struct Paths {
    directory: PathBuf,
}

impl Paths {
    /// The paths in `directory`.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
        }
    }
    /// The directory itself.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }
    /// The store.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.directory.join("sekisho.db")
    }
    /// The keys, sealed.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.directory.join("keys")
    }
    /// The socket through which `sekisho` acts on the running server.
    #[must_use]
    pub fn admin_socket(&self) -> PathBuf {
        self.directory.join("admin.sock")
    }
    /// Where the server listens; there while it runs.
    #[must_use]
    pub fn addresses(&self) -> PathBuf {
        self.directory.join("addresses.json")
    }
    /// The certificate of Sekisho's own authority for hosts, in PEM.
    #[must_use]
    pub fn server_authority(&self) -> PathBuf {
        self.directory.join("server-ca.pem")
    }
    /// The public key with which the audit log's checkpoints are verified.
    #[must_use]
    pub fn audit_key(&self) -> PathBuf {
        self.directory.join("audit.pub")
    }
}

/// What was opened, or made, in the state directory.
pub(crate) struct Opened {
    pub(crate) paths: Paths,
    pub(crate) master: MasterKey,
    pub(crate) keychain: Keychain,
}

/// Opens the state directory, and makes what is missing in it.
pub(crate) fn open(config: &Config, now: Timestamp) -> Result<Opened, StartError> {
    let paths = Paths::new(&config.state_dir);
    make_private_directory(paths.directory()).map_err(|source| StartError::File {
        path: paths.directory().to_owned(),
        source,
    })?;
    let master = MasterKey::load_or_create(&config.master_key_file)?;
    let keychain = open_keys(config, &paths, &master, now)?;
    let verifier: CheckpointVerifier = keychain.checkpoints.verifier();
    // Public, and written anew at each start: they say what the keys say.
    publish(
        &paths.server_authority(),
        &keychain.servers.certificate_pem(),
    )?;
    publish(&paths.audit_key(), &format!("{verifier}\n"))?;
    Ok(Opened {
        paths,
        master,
        keychain,
    })
}

/// Opens the keys. They can be opened several times: the store takes the key of its checkpoints with it.
pub(crate) fn open_keys(
    config: &Config,
    paths: &Paths,
    master: &MasterKey,
    now: Timestamp,
) -> Result<Keychain, StartError> {
    let installation = Installation {
        organisation: &config.organisation,
        domain: &config.domain,
    };
    Ok(Keychain::open(&paths.keys(), master, installation, now)?)
}

pub(crate) fn publish(path: &Path, text: &str) -> Result<(), StartError> {
    write_private(path, text.as_bytes(), IfThere::Replace).map_err(|source| StartError::File {
        path: path.to_owned(),
        source,
    })?;
    Ok(())
}

/// Reads the table that says where addresses are; an empty one if none is configured.
pub(crate) fn places(config: &Config) -> Result<Places, StartError> {
    let Some(path) = &config.places_file else {
        return Ok(Places::default());
    };
    let text = std::fs::read_to_string(path).map_err(|source| StartError::File {
        path: path.clone(),
        source,
    })?;
    Places::parse(&text).map_err(|source| StartError::Places {
        path: path.clone(),
        source,
    })
}
