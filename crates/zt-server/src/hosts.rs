//! Which hosts there are, and their certificates: `id.<domain>` and one for each application in the register.

use crate::StartError;
use parking_lot::Mutex;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zt_crypto::ca::ServerAuthority;
use zt_live::Live;
use zt_net::{ClientAuth, HostCertificate, HostTable};
use zt_policy::CertificateDemand;
use zt_types::{Seconds, Timestamp};

/// A certificate of our own authority is made anew this long before its end.
const RENEW_BEFORE: Seconds = Seconds::days(30);
/// Certificate files are read again after this long: whoever renews them need not restart anything.
const READ_AGAIN: Seconds = Seconds::hours(1);

/// Keeps the listener's hosts as the register says.
pub(crate) struct Hosts {
    pub(crate) table: Arc<HostTable>,
    live: Live,
    domain: String,
    authority: ServerAuthority,
    certificates_dir: Option<PathBuf>,
    /// The device authority, named to browsers so that they offer only what fits.
    device_authority: CertificateDer<'static>,
    present: Mutex<BTreeMap<String, Present>>,
}

/// What stands in the table for a host.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Present {
    demand: CertificateDemand,
    renew_at: Timestamp,
}

impl Hosts {
    pub(crate) fn new(
        live: Live,
        domain: &str,
        authority: ServerAuthority,
        certificates_dir: Option<PathBuf>,
        device_authority: CertificateDer<'static>,
    ) -> Self {
        Self {
            table: Arc::new(HostTable::new()),
            live,
            domain: domain.to_owned(),
            authority,
            certificates_dir,
            device_authority,
            present: Mutex::new(BTreeMap::new()),
        }
    }

    /// The authority that issues for hosts without certificate files.
    pub(crate) const fn authority(&self) -> &ServerAuthority {
        &self.authority
    }

    /// Brings the table up to date with the register and the clock. A host whose certificate cannot be had is told of
    /// and left as it is; the others go on.
    ///
    /// # Errors
    /// If `id.<domain>` has none: without it nobody can sign in.
    pub(crate) fn refresh(&self) -> Result<(), StartError> {
        let now = self.live.clock().now();
        let id = format!("id.{}", self.domain);
        let mut wanted: BTreeMap<String, CertificateDemand> = self.live.read(|state| {
            let apps = state.applications.values();
            let here = apps.filter(|app| app.upstream.is_some());
            here.map(|app| (format!("{}.{}", app.id, self.domain), app.certificate))
                .collect()
        });
        wanted.insert(id.clone(), CertificateDemand::Ask);
        let mut present = self.present.lock();
        present.retain(|host, _| {
            let keep = wanted.contains_key(host);
            if !keep {
                self.table.remove(host);
            }
            keep
        });
        let mut without_id = Ok(());
        for (host, demand) in wanted {
            let is_current = present
                .get(&host)
                .is_some_and(|there| there.demand == demand && now < there.renew_at);
            if is_current {
                continue;
            }
            match self.put(&host, demand, now) {
                Ok(renew_at) => {
                    present.insert(host, Present { demand, renew_at });
                }
                Err(error) if host == id && !present.contains_key(&host) => without_id = Err(error),
                Err(error) => {
                    let reason = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::error!(%host, %error, reason, "a host has no usable certificate");
                }
            }
        }
        without_id
    }

    fn put(
        &self,
        host: &str,
        demand: CertificateDemand,
        now: Timestamp,
    ) -> Result<Timestamp, StartError> {
        let (certificate, renew_at) = match self.read_files(host)? {
            Some(certificate) => (certificate, now + READ_AGAIN),
            None => {
                let issued =
                    self.authority
                        .issue(host, now)
                        .map_err(|source| StartError::Issue {
                            host: host.to_owned(),
                            source,
                        })?;
                let certificate = HostCertificate {
                    chain: issued.chain,
                    key: issued.key,
                };
                (certificate, issued.not_after - RENEW_BEFORE)
            }
        };
        let auth = match demand {
            CertificateDemand::Ask => ClientAuth::Asked {
                authorities: vec![self.device_authority.clone()],
            },
            CertificateDemand::DoNotAsk => ClientAuth::NotAsked,
        };
        self.table.put(host, certificate, &auth)?;
        Ok(renew_at)
    }

    /// The certificate in `<host>.crt` and `<host>.key`, if there are such files.
    fn read_files(&self, host: &str) -> Result<Option<HostCertificate>, StartError> {
        let Some(directory) = &self.certificates_dir else {
            return Ok(None);
        };
        let (chain, key) = (
            directory.join(format!("{host}.crt")),
            directory.join(format!("{host}.key")),
        );
        if !chain.exists() && !key.exists() {
            return Ok(None);
        }
        let not_pem = |path: &Path| StartError::NotPem(path.to_owned());
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&chain)
            .and_then(Iterator::collect)
            .map_err(|_| not_pem(&chain))?;
        if certificates.is_empty() {
            return Err(not_pem(&chain));
        }
        let key = PrivateKeyDer::from_pem_file(&key).map_err(|_| not_pem(&key))?;
        Ok(Some(HostCertificate {
            chain: certificates,
            key,
        }))
    }
}
