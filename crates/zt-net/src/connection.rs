//! What is known about a connection before its first request.

use rustls::pki_types::CertificateDer;
use std::any::Any;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// One accepted connection.
#[derive(Debug)]
pub struct Connection {
    pub(crate) peer: Peer,
    pub(crate) server_name: Option<Arc<str>>,
    pub(crate) protocol: Protocol,
    pub(crate) client_certificate: ClientCertificate,
    pub(crate) raw: Arc<AtomicBool>,
    pub(crate) memo: Memo,
}

/// What a handler worked out from a connection.
#[derive(Default)]
pub(crate) struct Memo(OnceLock<Box<dyn Any + Send + Sync>>);

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memo")
    }
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// An address of the network.
    Network(SocketAddr),
    /// A process on this machine, through a Unix socket.
    Local,
}

/// The protocol that was negotiated (ALPN, RFC 7301).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1 (or 1.0).
    Http1,
    /// HTTP/2.
    Http2,
}

/// The client certificate of a connection. Possession of the key is proven; nothing else is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientCertificate {
    /// This host does not ask for one.
    NotAsked,
    /// It was asked for, and none came.
    Absent,
    /// This chain came, the leaf first. Never empty.
    Presented(Vec<CertificateDer<'static>>),
}

impl Connection {
    /// Who is at the other end.
    #[must_use]
    pub const fn peer(&self) -> Peer {
        self.peer
    }
    /// The host name of the TLS handshake (SNI), in lower case; `None` on a listener without TLS.
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }
    /// The negotiated protocol.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }
    /// The certificate the client presented, or why there is none.
    #[must_use]
    pub const fn client_certificate(&self) -> &ClientCertificate {
        &self.client_certificate
    }
    /// What is worked out from this connection once and needed for each of its requests. The first caller makes it;
    /// `None` if somebody else keeps something of another type here: then work it out again.
    pub fn memo<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Option<&T> {
        self.memo
            .0
            .get_or_init(|| Box::new(make()))
            .downcast_ref::<T>()
    }
    /// Says that what follows on this HTTP/1.1 connection is another protocol (RFC 9110 §7.8): call it before a 101 is
    /// answered, or the bytes after it are refused as a malformed request.
    pub fn becomes_raw(&self) {
        self.raw.store(true, Ordering::Release);
    }
}
