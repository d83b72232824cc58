//! The agent's state directory: who it is and where.
//!
//! | file | what |
//! |---|---|
//! | `identity.pem` | private key, certificate, device authority: one file, so that they always belong together |
//! | `agent.json` | server, device, name, trusted authorities |

use crate::{AgentError, ServerTrust};
use http::Uri;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;
use zt_crypto::ca::DeviceKey;
use zt_crypto::file::{IfThere, make_private_directory, read_private, write_private};
use zt_crypto::x509::{Unverified, read_own};
use zt_device::PresentedCertificate;
use zt_device::wire::IssuedCertificate;
use zt_net::ClientIdentity;
use zt_types::DeviceId;

const IDENTITY: &str = "identity.pem";
const RECORD: &str = "agent.json";

/// A state directory, perhaps empty.
#[derive(Debug, Clone)]
pub struct StateDir(PathBuf);

/// What is kept about an enrolled device beside its identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    format: u8,
    server: String,
    device: DeviceId,
    name: String,
    trust: String,
}

/// An enrolled device.
pub struct AgentState {
    /// The server it is enrolled at.
    pub server: Uri,
    /// Its id.
    pub device: DeviceId,
    /// Its name.
    pub name: String,
    /// Whom it trusts to be that server.
    pub trust: ServerTrust,
    /// Its certificate as it stands in the file.
    pub certificate: PresentedCertificate,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl AgentState {
    /// What is shown in TLS.
    #[must_use]
    pub fn identity(&self) -> ClientIdentity {
        ClientIdentity {
            chain: self.chain.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl std::fmt::Debug for AgentState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgentState")
            .field("server", &self.server)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

impl StateDir {
    /// The directory at `path`; it need not be there.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The file with key and certificate in PEM, as other programs take them (`curl --cert`).
    #[must_use]
    pub fn identity_file(&self) -> PathBuf {
        self.0.join(IDENTITY)
    }

    /// Reads who the agent is.
    ///
    /// # Errors
    /// [`AgentError::NotEnrolled`]; [`AgentError::State`] or [`AgentError::PrivateFile`] if the files cannot be used.
    pub fn read(&self) -> Result<AgentState, AgentError> {
        let (record_file, identity_file) = (self.0.join(RECORD), self.identity_file());
        let not_enrolled = || AgentError::NotEnrolled(self.0.clone());
        let record = read_private(&record_file)?.ok_or_else(not_enrolled)?;
        let identity = read_private(&identity_file)?.ok_or_else(not_enrolled)?;
        let record: Record = serde_json::from_slice(&record)
            .ok()
            .filter(|record: &Record| record.format == 1)
            .ok_or_else(|| AgentError::State(record_file.clone()))?;
        let not_ours = || AgentError::State(identity_file.clone());
        let key = PrivateKeyDer::from_pem_slice(&identity).map_err(|_| not_ours())?;
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&identity)
            .filter_map(Result::ok)
            .collect();
        let leaf = chain.first().ok_or_else(not_ours)?;
        let Unverified(certificate) = read_own(leaf).map_err(|_| not_ours())?;
        if certificate.device != record.device {
            return Err(not_ours());
        }
        Ok(AgentState {
            server: record
                .server
                .parse()
                .map_err(|_| AgentError::State(record_file.clone()))?,
            device: record.device,
            name: record.name,
            trust: ServerTrust::from_pem(record.trust),
            certificate,
            chain,
            key,
        })
    }

    /// Writes who the agent is from now on. The identity goes first: without a record there is nobody.
    pub(crate) fn write(
        &self,
        server: &Uri,
        trust: &ServerTrust,
        device: DeviceId,
        name: &str,
        key: &DeviceKey,
        issued: &IssuedCertificate,
    ) -> Result<(), AgentError> {
        make_private_directory(&self.0).map_err(|source| AgentError::File {
            path: self.0.clone(),
            source,
        })?;
        self.write_identity(key, issued)?;
        let record = Record {
            format: 1,
            server: server.to_string(),
            device,
            name: name.to_owned(),
            trust: trust.pem().to_owned(),
        };
        let path = self.0.join(RECORD);
        let text =
            serde_json::to_vec_pretty(&record).map_err(|_| AgentError::State(path.clone()))?;
        write_private(&path, &text, IfThere::Replace)
            .map_err(|source| AgentError::File { path, source })
    }

    /// Puts a new key and its certificate in place of the old ones, both or none.
    pub(crate) fn write_identity(
        &self,
        key: &DeviceKey,
        issued: &IssuedCertificate,
    ) -> Result<(), AgentError> {
        let pem = Zeroizing::new(format!(
            "{}{}{}",
            *key.pem(),
            issued.certificate,
            issued.authority
        ));
        let path = self.identity_file();
        write_private(&path, pem.as_bytes(), IfThere::Replace)
            .map_err(|source| AgentError::File { path, source })
    }

    /// Forgets who the agent is. The record goes first, as it came last.
    pub(crate) fn forget(&self) -> Result<(), AgentError> {
        for name in [RECORD, IDENTITY] {
            let path = self.0.join(name);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                removed => removed.map_err(|source| AgentError::File { path, source })?,
            }
        }
        Ok(())
    }
}
