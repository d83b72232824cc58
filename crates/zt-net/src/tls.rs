//! Which host shows which certificate, and which asks for one.

mod possession;

use arc_swap::ArcSwap;
use possession::PossessionVerifier;
use rustls::crypto::{CryptoProvider, SecureRandom, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

static PROVIDER: LazyLock<Arc<CryptoProvider>> =
    LazyLock::new(|| Arc::new(aws_lc_rs::default_provider()));

/// The one cryptography provider (aws-lc-rs). Pass it on explicitly: nothing here relies on the process's default.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::clone(&PROVIDER)
}

pub(crate) fn secure_random() -> &'static dyn SecureRandom {
    PROVIDER.secure_random
}

/// Why a host's TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate and the key do not fit, or one of them cannot be read.
    #[error("the certificate of `{host}` cannot be used")]
    Certificate {
        /// The host.
        host: String,
        /// What the TLS library says.
        #[source]
        source: rustls::Error,
    },
    /// A certificate of an authority that clients are to be asked for cannot be read.
    #[error("a certificate authority named for `{host}` cannot be read")]
    Authority {
        /// The host.
        host: String,
        /// What the TLS library says.
        #[source]
        source: rustls::Error,
    },
    /// The ticket keys could not be made.
    #[error("cannot make the session ticket keys of `{host}`")]
    Tickets {
        /// The host.
        host: String,
        /// What the TLS library says.
        #[source]
        source: rustls::Error,
    },
}

/// A host's own certificate.
#[derive(Debug)]
pub struct HostCertificate {
    /// The chain in DER, the leaf first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The leaf's private key.
    pub key: PrivateKeyDer<'static>,
}

/// Whether a host asks the client for a certificate. It never demands one: a page can say better what is missing than a
/// failed handshake.
#[derive(Debug, Clone)]
pub enum ClientAuth {
    /// It does not ask.
    NotAsked,
    /// It asks and names these authorities (certificates in DER), so that a browser offers only what fits
    /// (RFC 8446 §4.2.4).
    Asked {
        /// The authorities' certificates.
        authorities: Vec<CertificateDer<'static>>,
    },
}

/// The hosts of a TLS listener. It can be changed while the listener runs; a change holds from the next handshake on.
#[derive(Debug, Default)]
pub struct HostTable(ArcSwap<HashMap<Box<str>, HostEntry>>);

#[derive(Debug, Clone)]
pub(crate) struct HostEntry {
    pub(crate) name: Arc<str>,
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) asks: Asks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    No,
    Yes,
}

impl HostTable {
    /// A table without hosts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `host`, or replaces its certificate and what it asks for.
    ///
    /// # Errors
    /// If the certificate, its key or an authority cannot be used; the table is as it was then.
    pub fn put(
        &self,
        host: &str,
        certificate: HostCertificate,
        auth: &ClientAuth,
    ) -> Result<(), TlsError> {
        let host = host.to_ascii_lowercase();
        let config = server_config(&host, certificate, auth)?;
        let asks = if matches!(auth, ClientAuth::Asked { .. }) {
            Asks::Yes
        } else {
            Asks::No
        };
        let entry = HostEntry {
            name: Arc::from(host.as_str()),
            config: Arc::new(config),
            asks,
        };
        self.0.rcu(|table| {
            let mut table = HashMap::clone(table);
            table.insert(host.clone().into_boxed_str(), entry.clone());
            table
        });
        Ok(())
    }

    /// Takes `host` away. Open connections go on.
    pub fn remove(&self, host: &str) {
        let host = host.to_ascii_lowercase();
        self.0.rcu(|table| {
            let mut table = HashMap::clone(table);
            table.remove(host.as_str());
            table
        });
    }

    /// The hosts in the table, sorted.
    #[must_use]
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts: Vec<String> = self.0.load().keys().map(|host| host.to_string()).collect();
        hosts.sort();
        hosts
    }

    /// Finds a host by the name of the handshake, which rustls has already checked to be a DNS name and put in lower case.
    pub(crate) fn find(&self, server_name: &str) -> Option<HostEntry> {
        self.0.load().get(server_name).cloned()
    }
}

fn server_config(
    host: &str,
    certificate: HostCertificate,
    auth: &ClientAuth,
) -> Result<ServerConfig, TlsError> {
    let unusable = |source| TlsError::Certificate {
        host: host.to_owned(),
        source,
    };
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let builder = match auth {
        ClientAuth::NotAsked => builder.with_no_client_auth(),
        ClientAuth::Asked { authorities } => {
            let mut roots = RootCertStore::empty();
            for authority in authorities {
                roots
                    .add(authority.clone())
                    .map_err(|source| TlsError::Authority {
                        host: host.to_owned(),
                        source,
                    })?;
            }
            builder.with_client_cert_verifier(Arc::new(PossessionVerifier::new(&roots)))
        }
    };
    let mut config = builder
        .with_single_cert(certificate.chain, certificate.key)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // Ticket keys of its own for each host: a ticket carries the client certificate of the handshake it came from, and
    // must not be worth anything at a host that asks for another.
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(|source| TlsError::Tickets {
        host: host.to_owned(),
        source,
    })?;
    Ok(config)
}
