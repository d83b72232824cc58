//! Listeners for this machine only, without TLS: a Unix socket, or plain HTTP/1.1 on loopback.

use crate::connection::{ClientCertificate, Connection, Peer, Protocol};
use crate::listener::{ListenError, serve_http1};
use crate::{Limits, Shutdown};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use std::error::Error;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;

/// A listener that only processes of this machine can reach.
#[derive(Debug)]
pub struct LocalListener {
    socket: Socket,
    limits: Limits,
}

#[derive(Debug)]
enum Socket {
    Unix {
        listener: UnixListener,
        path: PathBuf,
    },
    Loopback {
        listener: TcpListener,
        address: SocketAddr,
    },
}

impl LocalListener {
    /// Binds a Unix socket that only the owner of this process can use. A socket file that nobody listens on any more
    /// is replaced.
    ///
    /// # Errors
    /// If the path cannot be used, or somebody listens there.
    pub fn unix(path: &Path, limits: Limits) -> Result<Self, ListenError> {
        let failed = |source| ListenError::Address {
            address: path.display().to_string(),
            source,
        };
        remove_stale(path).map_err(failed)?;
        let listener = UnixListener::bind(path).map_err(failed)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
        Ok(Self {
            socket: Socket::Unix {
                listener,
                path: path.to_owned(),
            },
            limits,
        })
    }

    /// Binds 127.0.0.1 at `port`; 0 takes a free one.
    ///
    /// # Errors
    /// If the port cannot be bound.
    pub async fn loopback(port: u16, limits: Limits) -> Result<Self, ListenError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let failed = |source| ListenError::Address {
            address: address.to_string(),
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            socket: Socket::Loopback { listener, address },
            limits,
        })
    }

    /// The address, if it has one.
    #[must_use]
    pub const fn local_address(&self) -> Option<SocketAddr> {
        match &self.socket {
            Socket::Unix { .. } => None,
            Socket::Loopback { address, .. } => Some(*address),
        }
    }

    /// Serves as [`crate::HttpsListener::serve`] does, HTTP/1.1 only. The Unix socket's file is removed at the end.
    pub async fn serve<H, F, B, E>(self, handler: H, mut shutdown: Shutdown)
    where
        H: Fn(Request<Incoming>, Arc<Connection>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Response<B>, E>> + Send + 'static,
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        let limits = Arc::new(self.limits);
        let slots = Arc::new(Semaphore::new(limits.max_connections as usize));
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = shutdown.asked() => break,
                accepted = self.socket.accept(&slots) => accepted,
                Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            };
            let (stream, slot) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a local connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let (limits, handler, shutdown) =
                (Arc::clone(&limits), handler.clone(), shutdown.clone());
            connections.spawn(async move {
                let _slot = slot;
                match stream {
                    Accepted::Unix(stream) => {
                        serve_http1(stream, plain(Peer::Local), &limits, handler, shutdown).await
                    }
                    Accepted::Loopback(stream, peer) => {
                        serve_http1(
                            stream,
                            plain(Peer::Network(peer)),
                            &limits,
                            handler,
                            shutdown,
                        )
                        .await;
                    }
                }
            });
        }
        if let Socket::Unix { path, .. } = &self.socket {
            let _ = std::fs::remove_file(path);
        }
        drop(self.socket);
        let all_done = async { while connections.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(limits.shutdown_grace(), all_done).await;
    }
}

enum Accepted {
    Unix(tokio::net::UnixStream),
    Loopback(tokio::net::TcpStream, SocketAddr),
}

impl Socket {
    async fn accept(
        &self,
        slots: &Arc<Semaphore>,
    ) -> io::Result<(Accepted, tokio::sync::OwnedSemaphorePermit)> {
        let slot = Arc::clone(slots)
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        let accepted = match self {
            Self::Unix { listener, .. } => Accepted::Unix(listener.accept().await?.0),
            Self::Loopback { listener, .. } => {
                let (stream, peer) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Accepted::Loopback(stream, peer)
            }
        };
        Ok((accepted, slot))
    }
}

fn plain(peer: Peer) -> Connection {
    Connection {
        peer,
        server_name: None,
        protocol: Protocol::Http1,
        client_certificate: ClientCertificate::NotAsked,
        raw: Arc::new(AtomicBool::new(false)),
        memo: crate::connection::Memo::default(),
    }
}

/// Removes a socket file left behind by a process that was killed. Anything else at that path is left alone.
fn remove_stale(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => {
            match std::os::unix::net::UnixStream::connect(path) {
                Ok(_) => Err(io::Error::new(
                    io::ErrorKind::AddrInUse,
                    "another process listens there",
                )),
                Err(_) => std::fs::remove_file(path),
            }
        }
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "there is a file that is not a socket",
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
