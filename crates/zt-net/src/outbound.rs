//! Requests to addresses that somebody else chose: a client's, above all.
//!
//! Whoever may name an address that this server calls could have it call what only this server reaches: the machine itself, the
//! network behind it, a cloud's metadata (server-side request forgery). So a name is looked up once, everything it answers is
//! held against [`Reach`], and the connection goes to an address that was held against it: there is no second look-up that
//! could answer otherwise. No redirect is followed, no proxy and no cookie is known, no TLS session is taken up again, and
//! size, duration and number are bounded.

mod callee;
mod reach;

use callee::{Security, Target};
pub use reach::{NotPublic, Reach};

use crate::client::{ClientError, TlsConfig, exchange, whole};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;

/// Where systems keep the authorities they trust: Debian and its kin, Red Hat's, SUSE's, Alpine's.
const SYSTEM_ROOTS: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Why a request to somebody else's address got no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The address is not written as one this server calls.
    #[error("`{0}` is not an address that this server calls")]
    Address(String),
    /// It leads to where clients' addresses must not lead.
    #[error("`{host}` leads to `{address}`, which is {why}")]
    NotPublic {
        /// The host.
        host: String,
        /// The address it leads to.
        address: IpAddr,
        /// What is there.
        why: NotPublic,
    },
    /// It was tried, and failed.
    #[error(transparent)]
    Failed(#[from] ClientError),
}

impl OutboundError {
    /// The slug used in events, metrics and message keys.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Address(_) | Self::Failed(ClientError::Address(_)) => "address",
            Self::NotPublic { .. } => "not-public",
            Self::Failed(ClientError::UnknownHost(_)) => "unknown-host",
            Self::Failed(ClientError::Unreachable { .. }) => "unreachable",
            Self::Failed(ClientError::Tls { .. } | ClientError::Certificate(_)) => "tls",
            Self::Failed(ClientError::Broken { .. }) => "broken",
            Self::Failed(ClientError::Timeout { .. }) => "timeout",
            Self::Failed(ClientError::TooLarge { .. }) => "too-large",
        }
    }
}

/// How long, how much, how many.
#[derive(Debug, Clone, Copy)]
pub struct OutboundLimits {
    /// From the turn to the end of the answer: waiting for a turn does not count. Default 10 s.
    pub whole: Duration,
    /// Bytes of an answer's body. Default 256 KiB.
    pub max_answer: usize,
    /// Requests at once. Default 32.
    pub at_once: usize,
}

impl Default for OutboundLimits {
    fn default() -> Self {
        Self {
            whole: Duration::from_secs(10),
            max_answer: 256 * 1024,
            at_once: 32,
        }
    }
}

/// What answers which addresses a name has.
#[derive(Clone, Default)]
pub struct Names(Source);

#[derive(Clone, Default)]
#[expect(
    clippy::type_complexity,
    reason = "a function that answers, in the only place that has one"
)]
enum Source {
    #[default]
    System,
    Given(Arc<dyn Fn(&str) -> Vec<IpAddr> + Send + Sync>),
}

impl Names {
    /// Asks `answer` instead of the system.
    pub fn given(answer: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static) -> Self {
        Self(Source::Given(Arc::new(answer)))
    }

    async fn addresses(&self, host: &str) -> Vec<IpAddr> {
        if let Source::Given(answer) = &self.0 {
            return answer(host);
        }
        // RFC 6761 §6.3: a name below `localhost.` is this machine, and no resolver is asked.
        if host == "localhost" || host.ends_with(".localhost") {
            return vec![IpAddr::from([127, 0, 0, 1])];
        }
        let found = tokio::net::lookup_host((host, 0)).await;
        let found = found.into_iter().flatten();
        found.map(|address| address.ip()).collect()
    }
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Source::System => "system",
            Source::Given(_) => "given",
        })
    }
}

/// What it is made of.
#[derive(Debug, Default)]
pub struct OutboundSettings {
    /// Where it may go beside public addresses.
    pub reach: Reach,
    /// The authorities whose servers are trusted, in DER; of the system's ([`system_roots`]) those that cannot be read are
    /// left out.
    pub roots: Vec<CertificateDer<'static>>,
    /// What answers which addresses a name has.
    pub names: Names,
    /// How long, how much, how many.
    pub limits: OutboundLimits,
}

/// Calls addresses that somebody else chose. Clones share settings and bounds.
#[derive(Clone, Debug)]
pub struct Outbound {
    tls: TlsConfig,
    reach: Reach,
    names: Names,
    limits: OutboundLimits,
    turns: Arc<Semaphore>,
}

impl Outbound {
    /// Makes one.
    ///
    /// # Errors
    /// [`ClientError::Certificate`] if TLS cannot be set up.
    pub fn new(settings: OutboundSettings) -> Result<Self, ClientError> {
        let mut roots = RootCertStore::empty();
        let (_, unreadable) = roots.add_parsable_certificates(settings.roots);
        if unreadable > 0 {
            tracing::warn!(unreadable, "some trusted authorities cannot be read");
        }
        let mut tls = ClientConfig::builder_with_provider(crate::provider())
            .with_safe_default_protocol_versions()
            .map_err(ClientError::Certificate)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        // What a server gave us to come back with is bytes of its choice at the beginning of the next connection.
        tls.resumption = Resumption::disabled();
        Ok(Self {
            tls: TlsConfig(Arc::new(tls)),
            reach: settings.reach,
            names: settings.names,
            turns: Arc::new(Semaphore::new(settings.limits.at_once)),
            limits: settings.limits,
        })
    }

    /// Sends `request` to its address and reads the whole answer. An answer with any status is an answer; one that redirects
    /// is not followed.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, OutboundError> {
        let target = Target::of(request.uri())?;
        // Whoever waits for others who are slow loses nothing of its own time. Places are given in the order of asking.
        let _turn = self.turns.acquire().await;
        let work = self.once(&target, request);
        match tokio::time::timeout(self.limits.whole, work).await {
            Ok(answer) => answer,
            Err(_) => Err(ClientError::Timeout {
                target: target.to_string(),
            }
            .into()),
        }
    }

    async fn once(
        &self,
        target: &Target,
        mut request: Request<Bytes>,
    ) -> Result<Response<Bytes>, OutboundError> {
        let headers = request.headers_mut();
        headers.insert(header::USER_AGENT, HeaderValue::from_static("Sekisho"));
        let addresses = self.checked(target).await?;
        let tcp = connect(target, &addresses).await?;
        let answer = match &target.security {
            Security::Tls(name) => {
                let handshake = TlsConnector::from(Arc::clone(&self.tls.0));
                let connected = handshake.connect(name.clone(), tcp).await;
                let tls = connected.map_err(|source| ClientError::Tls {
                    target: target.to_string(),
                    source,
                })?;
                exchange(tls, request).await?
            }
            Security::Clear => exchange(tcp, request).await?,
        };
        Ok(whole(answer, &target.to_string(), self.limits.max_answer).await?)
    }

    /// The addresses of a target, each of them one that may be called. A name of which one address may not be called is
    /// whoever's who tries.
    async fn checked(&self, target: &Target) -> Result<Vec<SocketAddr>, OutboundError> {
        let found = match target.address {
            Some(address) => vec![address],
            None => self.names.addresses(&target.host).await,
        };
        if found.is_empty() {
            return Err(ClientError::UnknownHost(target.host.clone()).into());
        }
        let checked = found.into_iter().map(|address| {
            // What an IPv6 socket would call as IPv4 is looked at as IPv4.
            let address = address.to_canonical();
            self.reach.check(address, &target.security).map_err(|why| {
                OutboundError::NotPublic {
                    host: target.host.clone(),
                    address,
                    why,
                }
            })?;
            Ok(SocketAddr::new(address, target.port))
        });
        checked.collect()
    }
}

/// Connects to the first of `addresses` that answers.
async fn connect(target: &Target, addresses: &[SocketAddr]) -> Result<TcpStream, ClientError> {
    let mut failed = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        // A name that has many is not waited for at each: three seconds leave time for another one.
        let connecting = tokio::time::timeout(Duration::from_secs(3), TcpStream::connect(address));
        match connecting.await {
            Ok(Ok(tcp)) => {
                // Best effort: without it a small request may be a little later.
                let _ = tcp.set_nodelay(true);
                return Ok(tcp);
            }
            Ok(Err(error)) => failed = error,
            Err(slow) => failed = slow.into(),
        }
    }
    Err(ClientError::Unreachable {
        target: target.to_string(),
        source: failed,
    })
}

/// The authorities that this system trusts; none if it keeps them nowhere that is known.
#[must_use]
pub fn system_roots() -> Vec<CertificateDer<'static>> {
    let mut files = SYSTEM_ROOTS.iter();
    files
        .find_map(|file| roots_of(Path::new(file)).ok())
        .unwrap_or_default()
}

/// The certificates in a PEM file.
///
/// # Errors
/// If it cannot be read, or what is in it is no PEM.
pub fn roots_of(file: &Path) -> std::io::Result<Vec<CertificateDer<'static>>> {
    let text = std::fs::read(file)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    certificates.map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests;
