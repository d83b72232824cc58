//! A running listener.

use crate::authority::Authority;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zt_net::{
    Client, ClientAuth, ClientIdentity, ClientSettings, Connection, HostTable, HttpsListener,
    Limits, Shutdown, ShutdownTrigger,
};

pub(crate) const PLAIN: &str = "plain.sekisho.test";
pub(crate) const ASKING: &str = "asking.sekisho.test";

pub(crate) struct Rig {
    pub(crate) authority: Authority,
    pub(crate) devices: Authority,
    pub(crate) address: SocketAddr,
    pub(crate) hosts: Arc<HostTable>,
    pub(crate) trigger: ShutdownTrigger,
    pub(crate) served: tokio::task::JoinHandle<()>,
}

/// Answers with what it saw: `<method> <path> <body length>`, then the name and the certificate of the connection.
pub(crate) async fn echo(
    request: Request<Incoming>,
    connection: Arc<Connection>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let what = format!("{} {}", request.method(), request.uri().path());
    let body = request
        .into_body()
        .collect()
        .await
        .map_or_else(|_| "broken".to_owned(), |b| b.to_bytes().len().to_string());
    let certificate = match connection.client_certificate() {
        zt_net::ClientCertificate::NotAsked => "not-asked".to_owned(),
        zt_net::ClientCertificate::Absent => "absent".to_owned(),
        zt_net::ClientCertificate::Presented(chain) => format!("presented:{}", chain.len()),
    };
    let name = connection.server_name().unwrap_or("-");
    Ok(Response::new(Full::from(format!(
        "{what} {body}\n{name} {certificate}\n"
    ))))
}

impl Rig {
    pub(crate) async fn start(limits: Limits) -> Self {
        let (authority, devices) = (Authority::new("hosts"), Authority::new("devices"));
        let hosts = Arc::new(HostTable::new());
        hosts
            .put(PLAIN, authority.host(PLAIN), &ClientAuth::NotAsked)
            .unwrap();
        let asked = ClientAuth::Asked {
            authorities: vec![devices.certificate.clone()],
        };
        hosts.put(ASKING, authority.host(ASKING), &asked).unwrap();
        let listener = HttpsListener::bind(
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            Arc::clone(&hosts),
            limits,
        )
        .await
        .unwrap();
        let address = listener.local_address();
        let (trigger, shutdown) = Shutdown::new();
        let served = tokio::spawn(listener.serve(echo, shutdown));
        Self {
            authority,
            devices,
            address,
            hosts,
            trigger,
            served,
        }
    }

    pub(crate) fn client(&self, identity: Option<ClientIdentity>) -> Client {
        let here = self.address.ip();
        let addresses = [PLAIN, ASKING, "unknown.sekisho.test"].map(|host| (host.to_owned(), here));
        Client::new(ClientSettings {
            roots: vec![self.authority.certificate.clone()],
            identity,
            addresses: BTreeMap::from(addresses),
            ..ClientSettings::default()
        })
        .unwrap()
    }

    pub(crate) fn url(&self, host: &str, path: &str) -> String {
        format!("https://{host}:{}{path}", self.address.port())
    }

    pub(crate) async fn get(
        &self,
        host: &str,
        identity: Option<ClientIdentity>,
    ) -> Result<String, zt_net::ClientError> {
        let request = Request::get(self.url(host, "/x"))
            .body(Bytes::new())
            .unwrap();
        let answer = self.client(identity).send(request).await?;
        Ok(String::from_utf8(answer.into_body().to_vec()).unwrap())
    }

    /// Sends raw bytes in the given pieces over one TLS connection and reads to its end.
    pub(crate) async fn raw(&self, pieces: &[&[u8]]) -> String {
        let mut stream = self
            .client(None)
            .connect(&self.url(PLAIN, "/").parse().unwrap())
            .await
            .unwrap();
        for piece in pieces {
            stream.write_all(piece).await.unwrap();
            stream.flush().await.unwrap();
        }
        let mut answer = Vec::new();
        // A close without close_notify is an end, too.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}
