//! What a client serves over TLS for a provider to fetch: its keys, the list of its sector.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener;
use http::{StatusCode, header};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What is served, by the end of its address.
#[derive(Clone, Default)]
struct Documents(Arc<Mutex<BTreeMap<String, Value>>>);

/// A client's web server on this machine, with an authority of its own.
pub(crate) struct Site {
    at: SocketAddr,
    /// The authority, as PEM.
    pub(crate) authority: String,
    documents: Documents,
    task: JoinHandle<()>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Who has the name of its issuer is taken for self-signed by some.
        let name = DnType::CommonName;
        params.distinguished_name.push(name, "clients' authority");
        let authority = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec![Ipv4Addr::LOCALHOST.to_string()]).unwrap();
        let leaf = leaf.signed_by(&key, &issuer).unwrap().der().clone();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let tls = ServerConfig::builder_with_provider(zt_net::provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf], key)
            .unwrap();
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = tcp.local_addr().unwrap();
        let documents = Documents::default();
        let router = Router::new()
            .route("/{name}", get(document))
            .with_state(documents.clone());
        let tls = Tls {
            tcp,
            tls: TlsAcceptor::from(Arc::new(tls)),
        };
        let task = tokio::spawn(async move { axum::serve(tls, router).await.unwrap() });
        Self {
            at,
            authority,
            documents,
            task,
        }
    }

    /// Serves a document at an address of its own.
    pub(crate) fn serves(&self, document: Value) -> String {
        let mut documents = self.documents.0.lock().unwrap();
        let name = format!("{}.json", documents.len());
        documents.insert(name.clone(), document);
        format!("https://{}/{name}", self.at)
    }

    /// Serves another one there.
    pub(crate) fn replaces(&self, address: &str, document: Value) {
        let name = address.rsplit('/').next().unwrap_or_default().to_owned();
        self.documents.0.lock().unwrap().insert(name, document);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn document(State(documents): State<Documents>, Path(name): Path<String>) -> Response {
    let document = documents.0.lock().unwrap().get(&name).cloned();
    let Some(document) = document else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, document.to_string()).into_response()
}

/// Connections that spoke TLS.
struct Tls {
    tcp: TcpListener,
    tls: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            // Whoever does not get through is a fault of his own.
            if let Ok((tcp, from)) = self.tcp.accept().await
                && let Ok(stream) = self.tls.accept(tcp).await
            {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
