//! A small HTTP/1.1 client for our own processes: the agent, the command line, the story.
//!
//! It connects only where it is told: a host name is looked up in the given addresses first; names that end in
//! `.localhost` are this machine (RFC 6761 §6.3); an `http` address must be on this machine too. No redirects, no
//! cookies, no proxy.

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, Response, Uri, header, uri::Scheme};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Why a request got no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is not one this client goes to.
    #[error("`{0}` is not an address this client can use")]
    Address(String),
    /// The host's name has no address.
    #[error("cannot find the address of `{0}`")]
    UnknownHost(String),
    /// Nobody answers there.
    #[error("cannot connect to `{target}`")]
    Unreachable {
        /// Where.
        target: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The TLS handshake failed; most likely the certificate is not one we trust.
    #[error("no trusted tls connection to `{target}`")]
    Tls {
        /// Where.
        target: String,
        /// What the TLS library says.
        #[source]
        source: io::Error,
    },
    /// Our own certificate or key, or an authority's certificate, cannot be used.
    #[error("the certificates given to this client cannot be used")]
    Certificate(#[source] rustls::Error),
    /// The peer broke off or does not speak HTTP.
    #[error("the connection to `{target}` broke")]
    Broken {
        /// Where.
        target: String,
        /// What the HTTP library says.
        #[source]
        source: hyper::Error,
    },
    /// It took too long.
    #[error("no answer from `{target}` in time")]
    Timeout {
        /// Where.
        target: String,
    },
    /// The answer is larger than this client takes.
    #[error("the answer of `{target}` is larger than {limit} bytes")]
    TooLarge {
        /// Where.
        target: String,
        /// The limit in bytes.
        limit: usize,
    },
}

/// What this client shows when it is asked for a certificate.
#[derive(Debug)]
pub struct ClientIdentity {
    /// The chain in DER, the leaf first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The leaf's private key.
    pub key: PrivateKeyDer<'static>,
}

/// How long and how much.
#[derive(Debug, Clone, Copy)]
pub struct ClientLimits {
    /// To connect, with the TLS handshake. Default 5 s.
    pub connect_timeout: Duration,
    /// From the request to the end of a whole answer, or to the head of a streamed one. Default 30 s.
    pub answer_timeout: Duration,
    /// Bytes of a whole answer's body. Default 16 MiB.
    pub max_answer: usize,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(30),
            max_answer: 16 * 1024 * 1024,
        }
    }
}

/// What a client is made of.
#[derive(Debug, Default)]
pub struct ClientSettings {
    /// The authorities whose servers are trusted (certificates in DER). Without any, no `https` address works.
    pub roots: Vec<CertificateDer<'static>>,
    /// The certificate to show.
    pub identity: Option<ClientIdentity>,
    /// Where hosts are, by name in lower case; the port of the request's address is used unless that is 0 here too.
    pub addresses: BTreeMap<String, IpAddr>,
    /// If given, every request goes through this Unix socket, and the address's host is only its Host header.
    pub unix_socket: Option<PathBuf>,
    /// How long and how much.
    pub limits: ClientLimits,
}

/// An HTTP/1.1 client. Clones share their settings; every request has a connection of its own.
#[derive(Clone, Debug)]
pub struct Client {
    tls: TlsConfig,
    addresses: Arc<BTreeMap<String, IpAddr>>,
    unix_socket: Option<Arc<PathBuf>>,
    limits: ClientLimits,
}

#[derive(Clone)]
pub(crate) struct TlsConfig(pub(crate) Arc<ClientConfig>);

impl std::fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsConfig")
    }
}

impl Client {
    /// Makes a client.
    ///
    /// # Errors
    /// If a certificate or the key cannot be used.
    pub fn new(settings: ClientSettings) -> Result<Self, ClientError> {
        let mut roots = RootCertStore::empty();
        for root in settings.roots {
            roots.add(root).map_err(ClientError::Certificate)?;
        }
        let builder = ClientConfig::builder_with_provider(crate::provider())
            .with_safe_default_protocol_versions()
            .map_err(ClientError::Certificate)?
            .with_root_certificates(roots);
        let mut tls = match settings.identity {
            Some(ClientIdentity { chain, key }) => builder
                .with_client_auth_cert(chain, key)
                .map_err(ClientError::Certificate)?,
            None => builder.with_no_client_auth(),
        };
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            tls: TlsConfig(Arc::new(tls)),
            addresses: Arc::new(settings.addresses),
            unix_socket: settings.unix_socket.map(Arc::new),
            limits: settings.limits,
        })
    }

    /// Sends `request` and reads the whole answer.
    ///
    /// # Errors
    /// Every way it can fail; an answer with an error status is an answer.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ClientError> {
        let target = request.uri().to_string();
        let whole = async {
            let answer = self.begin(request).await?;
            whole(answer, &target, self.limits.max_answer).await
        };
        self.in_time(&target, whole).await
    }

    /// Sends `request` and hands over the answer as it comes, without a limit on its length or duration: for event
    /// streams and downloads. Dropping the body ends the connection.
    ///
    /// # Errors
    /// Every way it can fail up to the answer's head.
    pub async fn stream(&self, request: Request<Bytes>) -> Result<Response<Incoming>, ClientError> {
        let target = request.uri().to_string();
        self.in_time(&target, self.begin(request)).await
    }

    /// Opens a TLS connection to the host and port of `address` and leaves the rest to the caller: for protocols that
    /// begin with an HTTP upgrade.
    ///
    /// # Errors
    /// If there is no connection.
    pub async fn connect(&self, address: &Uri) -> Result<TlsStream<TcpStream>, ClientError> {
        let (host, port) = host_and_port(address, 443)?;
        let tcp = self.tcp(&host, port).await?;
        let target = format!("{host}:{port}");
        let name =
            ServerName::try_from(host).map_err(|_| ClientError::Address(address.to_string()))?;
        let handshake = TlsConnector::from(Arc::clone(&self.tls.0)).connect(name, tcp);
        match tokio::time::timeout(self.limits.connect_timeout, handshake).await {
            Ok(connected) => connected.map_err(|source| ClientError::Tls { target, source }),
            Err(_) => Err(ClientError::Timeout { target }),
        }
    }

    async fn in_time<T>(
        &self,
        target: &str,
        work: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<T, ClientError> {
        tokio::time::timeout(self.limits.answer_timeout, work)
            .await
            .unwrap_or_else(|_| {
                Err(ClientError::Timeout {
                    target: target.to_owned(),
                })
            })
    }

    async fn begin(&self, request: Request<Bytes>) -> Result<Response<Incoming>, ClientError> {
        if let Some(path) = &self.unix_socket {
            let unreachable = |source| ClientError::Unreachable {
                target: path.display().to_string(),
                source,
            };
            let connect = tokio::time::timeout(
                self.limits.connect_timeout,
                UnixStream::connect(path.as_path()),
            );
            let stream = connect
                .await
                .unwrap_or_else(|slow| Err(slow.into()))
                .map_err(unreachable)?;
            return exchange(stream, request).await;
        }
        match request.uri().scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => {
                exchange(self.connect(request.uri()).await?, request).await
            }
            Some(scheme) if *scheme == Scheme::HTTP => {
                let (host, port) = host_and_port(request.uri(), 80)?;
                let stream = self.tcp(&host, port).await?;
                // In the clear only where nobody can listen in.
                if !stream.peer_addr().is_ok_and(|peer| peer.ip().is_loopback()) {
                    return Err(ClientError::Address(request.uri().to_string()));
                }
                exchange(stream, request).await
            }
            _ => Err(ClientError::Address(request.uri().to_string())),
        }
    }

    async fn tcp(&self, host: &str, port: u16) -> Result<TcpStream, ClientError> {
        let target = format!("{host}:{port}");
        let connect = async {
            let address = self.resolve(host, port).await?;
            let tcp = TcpStream::connect(address).await;
            let tcp = tcp.map_err(|source| ClientError::Unreachable {
                target: target.clone(),
                source,
            })?;
            // Best effort: without it a small request may be a little later.
            let _ = tcp.set_nodelay(true);
            Ok(tcp)
        };
        tokio::time::timeout(self.limits.connect_timeout, connect)
            .await
            .unwrap_or_else(|_| {
                Err(ClientError::Timeout {
                    target: target.clone(),
                })
            })
    }

    async fn resolve(&self, host: &str, port: u16) -> Result<SocketAddr, ClientError> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if let Some(address) = self
            .addresses
            .get(host)
            .copied()
            .or_else(|| bare.parse().ok())
        {
            return Ok(SocketAddr::new(address, port));
        }
        // RFC 6761 §6.3: a name below `localhost.` is this machine, and no resolver is asked.
        if host == "localhost" || host.ends_with(".localhost") {
            return Ok(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port));
        }
        let found = tokio::net::lookup_host((host, port))
            .await
            .ok()
            .and_then(|mut found| found.next());
        found.ok_or_else(|| ClientError::UnknownHost(host.to_owned()))
    }
}

fn host_and_port(address: &Uri, default_port: u16) -> Result<(String, u16), ClientError> {
    let host = address.host().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| ClientError::Address(address.to_string()))?;
    Ok((
        host.to_ascii_lowercase(),
        address.port_u16().unwrap_or(default_port),
    ))
}

/// Reads an answer of at most `limit` bytes to its end.
pub(crate) async fn whole(
    answer: Response<Incoming>,
    target: &str,
    limit: usize,
) -> Result<Response<Bytes>, ClientError> {
    let (head, mut body) = answer.into_parts();
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|source| ClientError::Broken {
            target: target.to_owned(),
            source,
        })?;
        let data = frame.into_data().unwrap_or_default();
        if bytes.len() + data.len() > limit {
            return Err(ClientError::TooLarge {
                target: target.to_owned(),
                limit,
            });
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Response::from_parts(head, bytes.freeze()))
}

pub(crate) async fn exchange<S>(
    stream: S,
    mut request: Request<Bytes>,
) -> Result<Response<Incoming>, ClientError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let target = request.uri().to_string();
    let broken = |source| ClientError::Broken {
        target: target.clone(),
        source,
    };
    if !request.headers().contains_key(header::HOST) {
        let host = request
            .uri()
            .authority()
            .and_then(|host| HeaderValue::from_str(host.as_str()).ok());
        request.headers_mut().insert(
            header::HOST,
            host.unwrap_or_else(|| HeaderValue::from_static("localhost")),
        );
    }
    // Origin form (RFC 9112 §3.2.1).
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", http::uri::PathAndQuery::as_str);
    *request.uri_mut() = path
        .parse()
        .map_err(|_| ClientError::Address(target.clone()))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    // It ends by itself: when the answer is read, or when its body is dropped.
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a client connection ended badly");
        }
    });
    sender
        .send_request(request.map(Full::new))
        .await
        .map_err(broken)
}
