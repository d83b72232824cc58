//! The HTTPS listener.

mod serving;

use crate::connection::{ClientCertificate, Connection, Peer, Protocol};
use crate::tls::{Asks, HostEntry};
use crate::{HostTable, Limits, Shutdown};
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
pub(crate) use serving::{serve_http1, serve_http2};
use std::error::Error;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

/// Why a listener could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address is taken, not ours, or needs privileges.
    #[error("cannot listen on `{address}`")]
    Address {
        /// The address or path.
        address: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// A TLS listener that is bound and not accepting yet.
#[derive(Debug)]
pub struct HttpsListener {
    tcp: TcpListener,
    address: SocketAddr,
    hosts: Arc<HostTable>,
    limits: Limits,
}

/// Why a connection ended before its first request.
#[derive(Debug, thiserror::Error)]
enum HandshakeError {
    #[error("the handshake took too long")]
    Slow,
    #[error("plain http on the https port")]
    PlainHttp,
    #[error("no host of this name")]
    UnknownHost,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// RFC 8446 §6: a fatal `unrecognized_name` alert (RFC 6066 §3) in a record of its own.
const UNRECOGNIZED_NAME: [u8; 7] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 112];

const SPEAK_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 52\r\nconnection: close\r\n\r\nthis port speaks https only: use https:// instead.\r\n";

impl HttpsListener {
    /// Binds `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// If the address cannot be bound.
    pub async fn bind(
        address: SocketAddr,
        hosts: Arc<HostTable>,
        limits: Limits,
    ) -> Result<Self, ListenError> {
        let failed = |source| ListenError::Address {
            address: address.to_string(),
            source,
        };
        let tcp = TcpListener::bind(address).await.map_err(failed)?;
        let address = tcp.local_addr().map_err(failed)?;
        Ok(Self {
            tcp,
            address,
            hosts,
            limits,
        })
    }

    /// The address it is bound to.
    #[must_use]
    pub const fn local_address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts and serves until `shutdown` is asked for, then lets open connections finish for
    /// [`Limits::shutdown_grace_ms`] and cuts the rest.
    ///
    /// An error of `handler`, or of the body it answers with, ends the HTTP/1.1 connection or resets the HTTP/2 stream.
    pub async fn serve<H, F, B, E>(self, handler: H, mut shutdown: Shutdown)
    where
        H: Fn(Request<Incoming>, Arc<Connection>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Response<B>, E>> + Send + 'static,
        B: Body<Data = bytes::Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        let limits = Arc::new(self.limits);
        let slots = Arc::new(Semaphore::new(limits.max_connections as usize));
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = shutdown.asked() => break,
                accepted = accept(&self.tcp, &slots) => accepted,
                // Finished ones are taken out as they finish, or the set would grow for ever.
                Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            };
            let (stream, peer, slot) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most likely: wait for one, rather than spin.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let (hosts, limits, handler, shutdown) = (
                Arc::clone(&self.hosts),
                Arc::clone(&limits),
                handler.clone(),
                shutdown.clone(),
            );
            connections.spawn(async move {
                let _slot = slot;
                match greet(stream, peer, &hosts, &limits).await {
                    Ok((stream, connection)) => match connection.protocol {
                        Protocol::Http1 => {
                            serve_http1(stream, connection, &limits, handler, shutdown).await
                        }
                        Protocol::Http2 => {
                            serve_http2(stream, connection, &limits, handler, shutdown).await
                        }
                    },
                    Err(error) => tracing::debug!(%peer, %error, "no handshake"),
                }
            });
        }
        drop(self.tcp);
        let all_done = async { while connections.join_next().await.is_some() {} };
        // Dropping the set cuts what is still there.
        let _ = tokio::time::timeout(limits.shutdown_grace(), all_done).await;
    }
}

async fn accept(
    tcp: &TcpListener,
    slots: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, peer) = tcp.accept().await?;
    Ok((stream, peer, slot))
}

async fn greet(
    stream: TcpStream,
    peer: SocketAddr,
    hosts: &HostTable,
    limits: &Limits,
) -> Result<(TlsStream<TcpStream>, Connection), HandshakeError> {
    tokio::time::timeout(limits.handshake_timeout(), handshake(stream, peer, hosts))
        .await
        .unwrap_or(Err(HandshakeError::Slow))
}

async fn handshake(
    mut stream: TcpStream,
    peer: SocketAddr,
    hosts: &HostTable,
) -> Result<(TlsStream<TcpStream>, Connection), HandshakeError> {
    // Small answers must not wait for the peer's delayed acknowledgement.
    stream.set_nodelay(true)?;
    let mut first = [0u8; 1];
    if stream.peek(&mut first).await? == 1 && first.iter().all(u8::is_ascii_uppercase) {
        stream.write_all(SPEAK_TLS).await?;
        stream.shutdown().await?;
        discard(stream).await;
        return Err(HandshakeError::PlainHttp);
    }
    let start = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await?;
    let found = start
        .client_hello()
        .server_name()
        .and_then(|name| hosts.find(name));
    let Some(HostEntry { name, config, asks }) = found else {
        // Refused rather than answered with another host's certificate: no browser would show what it says anyway.
        let mut stream = start.io;
        stream.write_all(&UNRECOGNIZED_NAME).await?;
        return Err(HandshakeError::UnknownHost);
    };
    let stream = start.into_stream(config).await?;
    let (_, session) = stream.get_ref();
    let client_certificate = match (asks, session.peer_certificates()) {
        (Asks::No, _) => ClientCertificate::NotAsked,
        (Asks::Yes, None | Some([])) => ClientCertificate::Absent,
        (Asks::Yes, Some(chain)) => {
            ClientCertificate::Presented(chain.iter().map(|one| one.clone().into_owned()).collect())
        }
    };
    let protocol = if session.alpn_protocol() == Some(b"h2") {
        Protocol::Http2
    } else {
        Protocol::Http1
    };
    let connection = Connection {
        peer: Peer::Network(peer),
        server_name: Some(name),
        protocol,
        client_certificate,
        raw: Arc::new(AtomicBool::new(false)),
        memo: crate::connection::Memo::default(),
    };
    Ok((stream, connection))
}

/// Reads what the peer had sent already, so that closing does not reset the connection before it has read our answer.
async fn discard(stream: TcpStream) {
    let mut sink = [0u8; 4096];
    for _ in 0..16 {
        if stream.readable().await.is_err() || !matches!(stream.try_read(&mut sink), Ok(1..)) {
            return;
        }
    }
}
