//! All keys of an installation in one directory: made at first start, sealed with the master key, opened together.
//!
//! | file | what |
//! |---|---|
//! | `token-keys.json` | the keys of tokens, [`crate::jose`] |
//! | `saml-keys.json` | the keys of SAML, [`crate::xml`] |
//! | `device-authority.json` | the device authority, [`crate::ca`] |
//! | `server-authority-<domain>.json` | the server authority of a domain |
//! | `checkpoint-key.json` | the key that signs the audit log's checkpoints |

use crate::ca::{AuthorityError, AuthorityRecord, DeviceAuthority, ServerAuthority};
use crate::checkpoint::{CheckpointError, CheckpointSigner};
use crate::file::{IfThere, PrivateFileError, make_private_directory, read_private, write_private};
use crate::jose::{JoseError, KeyPurpose, Keyring, TokenKeyRecord};
use crate::seal::{MasterKey, SealError, SealedKind};
use crate::xml::{SamlKeyError, SamlKeyRecord, SamlKeyring};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zt_federation::saml::XmlAlgorithm;
use zt_types::{Seconds, Timestamp};

/// Why the keys cannot be used. Nothing is made anew in place of what is there and cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeychainError {
    /// A file cannot be read or written, or others may open it.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// A file is not of its form.
    #[error("`{0}` is not a file of keys")]
    NotKeys(PathBuf),
    /// Token keys.
    #[error("the token keys cannot be used")]
    Tokens(#[from] JoseError),
    /// Keys of SAML.
    #[error("the SAML keys cannot be used")]
    Saml(#[from] SamlKeyError),
    /// An authority.
    #[error("a certificate authority cannot be used")]
    Authority(#[from] AuthorityError),
    /// The checkpoint key.
    #[error("the checkpoint key cannot be used")]
    Checkpoints(#[from] CheckpointError),
    /// Something does not seal or open.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Whose keys they are.
#[derive(Debug, Clone, Copy)]
pub struct Installation<'a> {
    /// The organisation's name, as it stands in its authorities' and SAML keys' certificates.
    pub organisation: &'a str,
    /// The domain, such as `sekisho.localhost`.
    pub domain: &'a str,
}

/// The keys of an installation, opened.
#[derive(Debug)]
pub struct Keychain {
    directory: PathBuf,
    /// Signs and verifies tokens.
    pub tokens: Keyring,
    /// Signs SAML messages.
    pub saml: SamlKeyring,
    /// Issues the certificates of devices.
    pub devices: DeviceAuthority,
    /// Issues the certificates of our hosts.
    pub servers: ServerAuthority,
    /// Signs the audit log's checkpoints, under the name `id.<domain>/audit`.
    pub checkpoints: CheckpointSigner,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointRecord {
    name: String,
    sealed: String,
}

impl Keychain {
    /// Opens the keys in `directory` (made if it is not there), making those that are missing.
    ///
    /// # Errors
    /// [`KeychainError`].
    pub fn open(
        directory: &Path,
        master: &MasterKey,
        installation: Installation<'_>,
        now: Timestamp,
    ) -> Result<Self, KeychainError> {
        let Installation {
            organisation,
            domain,
        } = installation;
        make_private_directory(directory).map_err(|source| PrivateFileError::Io {
            path: directory.to_owned(),
            source,
        })?;
        let tokens = token_keys(&directory.join(TOKENS), master, now)?;
        let saml = saml_keys(&directory.join(SAML), master, organisation, now)?;
        let devices: AuthorityRecord = kept(&directory.join("device-authority.json"), || {
            Ok(DeviceAuthority::create(master, organisation, now)?)
        })?;
        let servers: AuthorityRecord = kept(
            &directory.join(format!("server-authority-{domain}.json")),
            || Ok(ServerAuthority::create(master, organisation, domain, now)?),
        )?;
        let checkpoints: CheckpointRecord = kept(&directory.join("checkpoint-key.json"), || {
            let name = format!("id.{domain}/audit");
            let sealed = master.seal(
                SealedKind::CheckpointKey,
                &name,
                &CheckpointSigner::generate()?,
            )?;
            Ok(CheckpointRecord { name, sealed })
        })?;
        let checkpoint_key = master.open(
            SealedKind::CheckpointKey,
            &checkpoints.name,
            &checkpoints.sealed,
        )?;
        Ok(Self {
            directory: directory.to_owned(),
            tokens: Keyring::open(master, tokens)?,
            saml: SamlKeyring::open(master, saml)?,
            devices: DeviceAuthority::open(master, &devices)?,
            servers: ServerAuthority::open(master, &servers)?,
            checkpoints: CheckpointSigner::from_pkcs8(&checkpoints.name, &checkpoint_key)?,
        })
    }

    /// Moves the token keys of `purpose` one step on, those of all its algorithms (see [`Keyring::rotated`]), durable when
    /// this returns.
    ///
    /// # Errors
    /// [`KeychainError`]; the keys are as they were then.
    pub fn rotate_tokens(
        &mut self,
        master: &MasterKey,
        purpose: KeyPurpose,
        keep: Seconds,
        now: Timestamp,
    ) -> Result<(), KeychainError> {
        let mut rotated = self.tokens.records().to_vec();
        for algorithm in purpose.algorithms() {
            let fresh = TokenKeyRecord::generate(master, purpose, *algorithm, now)?;
            rotated = Keyring::rotated(rotated, fresh, keep, now);
        }
        let opened = Keyring::open(master, rotated)?;
        save(
            &self.directory.join(TOKENS),
            opened.records(),
            IfThere::Replace,
        )?;
        self.tokens = opened;
        Ok(())
    }

    /// Moves the SAML keys of an algorithm one step on (see [`SamlKeyring::rotated`]), durable when this returns.
    ///
    /// # Errors
    /// [`KeychainError`]; the keys are as they were then.
    pub fn rotate_saml(
        &mut self,
        master: &MasterKey,
        algorithm: XmlAlgorithm,
        organisation: &str,
        keep: Seconds,
        now: Timestamp,
    ) -> Result<(), KeychainError> {
        let fresh = SamlKeyRecord::generate(master, algorithm, organisation, now)?;
        let rotated = SamlKeyring::rotated(self.saml.records().to_vec(), fresh, keep, now);
        let opened = SamlKeyring::open(master, rotated)?;
        save(
            &self.directory.join(SAML),
            opened.records(),
            IfThere::Replace,
        )?;
        self.saml = opened;
        Ok(())
    }
}

const TOKENS: &str = "token-keys.json";
const SAML: &str = "saml-keys.json";

/// The kept token keys. Those of an earlier version lack the algorithms that it did not have: they are made and kept.
fn token_keys(
    path: &Path,
    master: &MasterKey,
    now: Timestamp,
) -> Result<Vec<TokenKeyRecord>, KeychainError> {
    let complete = |records| Keyring::completed(records, master, now);
    let there: Vec<TokenKeyRecord> = kept(path, || Ok(complete(vec![])?))?;
    let completed = complete(there.clone())?;
    if completed != there {
        save(path, &completed, IfThere::Replace)?;
    }
    Ok(completed)
}

/// The kept keys of SAML, completed as those of tokens are.
fn saml_keys(
    path: &Path,
    master: &MasterKey,
    organisation: &str,
    now: Timestamp,
) -> Result<Vec<SamlKeyRecord>, KeychainError> {
    let complete = |records| SamlKeyring::completed(records, master, organisation, now);
    let there: Vec<SamlKeyRecord> = kept(path, || Ok(complete(vec![])?))?;
    let completed = complete(there.clone())?;
    if completed != there {
        save(path, &completed, IfThere::Replace)?;
    }
    Ok(completed)
}

/// What is in a file; if there is none, what `make` makes, kept there first.
fn kept<T: Serialize + DeserializeOwned>(
    path: &Path,
    make: impl FnOnce() -> Result<T, KeychainError>,
) -> Result<T, KeychainError> {
    if let Some(content) = read_private(path)? {
        return parse(path, &content);
    }
    save(path, &make()?, IfThere::Keep)?;
    // Read back: if another process was first, its keys are the ones.
    let content = read_private(path)?.ok_or_else(|| KeychainError::NotKeys(path.to_owned()))?;
    parse(path, &content)
}

fn parse<T: DeserializeOwned>(path: &Path, content: &[u8]) -> Result<T, KeychainError> {
    serde_json::from_slice(content).map_err(|_| KeychainError::NotKeys(path.to_owned()))
}

fn save<T: Serialize + ?Sized>(
    path: &Path,
    value: &T,
    if_there: IfThere,
) -> Result<(), KeychainError> {
    let text =
        serde_json::to_vec_pretty(value).map_err(|_| KeychainError::NotKeys(path.to_owned()))?;
    write_private(path, &text, if_there).map_err(|source| PrivateFileError::Io {
        path: path.to_owned(),
        source,
    })?;
    Ok(())
}

#[cfg(test)]
mod tests;
