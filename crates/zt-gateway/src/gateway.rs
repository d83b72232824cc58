//! One request: clean it, ask, and forward or refuse.

use crate::application::{Applications, Entry};
use crate::arrival;
use crate::fault::Fault;
use crate::outgoing::{FORWARDED_FOR, Forwarding};
use crate::refusal::{self, Asker};
use crate::relay::GatewayBody;
use crate::upstream::UpstreamLimits;
use crate::visit::Visit;
use arc_swap::ArcSwap;
use http::request::Parts as Head;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock, Weak};
use zt_crypto::jose::Keyring;
use zt_crypto::x509::DeviceTrust;
use zt_device::Presentation;
use zt_events::{Actor, Body, Outcome};
use zt_live::{Live, Proxies, Whence};
use zt_net::{ClientCertificate, Connection, Peer};

/// What a gateway is made of.
pub struct Parts {
    /// The decision point.
    pub live: Live,
    /// The keys that sign identities. They may be exchanged at any time.
    pub keyring: Arc<ArcSwap<Keyring>>,
    /// The authorities whose device certificates count.
    pub devices: DeviceTrust,
}

/// How a gateway is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The domain: applications are at `<id>.<domain>`, the sign-in host at `id.<domain>`.
    pub domain: String,
    /// The port that browsers use.
    pub public_port: u16,
    /// The authorities whose `https` applications are trusted (certificates in DER).
    pub upstream_roots: Vec<CertificateDer<'static>>,
    /// The limits towards applications.
    pub limits: UpstreamLimits,
    /// The proxies in front whose word about the address is taken.
    pub proxies: Proxies,
}

/// The gateway. Clones share it.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) live: Live,
    pub(crate) keyring: Arc<ArcSwap<Keyring>>,
    pub(crate) applications: Applications,
    pub(crate) devices: DeviceTrust,
    proxies: Proxies,
    /// `https://id.<domain>`: where people sign in, and who issues identities.
    pub(crate) issuer: String,
}

/// What is known of a connection once it is made.
pub(crate) struct Seen {
    pub(crate) presented: Presentation,
    pub(crate) forwarding: Forwarding,
    address: Option<IpAddr>,
    /// What the first request called its program, and where it comes from: nearly always the same for all.
    first: OnceLock<(Option<HeaderValue>, Whence)>,
}

impl Seen {
    /// Where a request comes from and by what means.
    pub(crate) fn whence(&self, headers: &HeaderMap) -> Whence {
        let user_agent = headers.get(header::USER_AGENT);
        let work_out = || {
            let text = user_agent.and_then(|value| value.to_str().ok());
            Whence::new(self.address, text.unwrap_or_default())
        };
        let (first, whence) = self.first.get_or_init(|| (user_agent.cloned(), work_out()));
        if first.as_ref() == user_agent {
            *whence
        } else {
            work_out()
        }
    }
}

impl Gateway {
    /// Makes a gateway and keeps its register current from now on: spawns a task that ends with `live`.
    ///
    /// # Errors
    /// If an upstream authority cannot be read.
    pub fn new(parts: Parts, settings: Settings) -> Result<Self, rustls::Error> {
        let Settings {
            domain,
            public_port,
            upstream_roots,
            limits,
            proxies,
        } = settings;
        let mut roots = RootCertStore::empty();
        for root in upstream_roots {
            roots.add(root)?;
        }
        let tls = ClientConfig::builder_with_provider(zt_net::provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let applications = Applications::new(domain, public_port, Arc::new(tls), limits);
        applications.refresh(&parts.live);
        let issuer = applications.origin("id");
        let Parts {
            live,
            keyring,
            devices,
        } = parts;
        let gateway = Self(Arc::new(Inner {
            live,
            keyring,
            applications,
            devices,
            proxies,
            issuer,
        }));
        tokio::spawn(keep_current(
            Arc::downgrade(&gateway.0),
            gateway.0.live.changes(),
        ));
        Ok(gateway)
    }

    /// Reads the register of applications now, for a caller who has just changed it and does not want to wait.
    pub fn refresh(&self) {
        self.0.applications.refresh(&self.0.live);
    }

    /// Answers one request that came on a connection made for an application's host.
    ///
    /// # Errors
    /// Never: whatever goes wrong is an answer.
    pub async fn handle(
        &self,
        request: Request<Incoming>,
        connection: Arc<Connection>,
    ) -> Result<Response<GatewayBody>, Infallible> {
        let (mut head, body) = request.into_parts();
        let server_name = connection.server_name().unwrap_or_default();
        let Some(entry) = self.0.applications.find(server_name) else {
            return Ok(self.0.unregistered(&head, &connection));
        };
        let fresh;
        let look = || self.0.look_at(&connection, &head.headers, &entry.authority);
        // On a connection of a proxy each request may come from somebody else.
        let seen = match connection.memo(look) {
            Some(seen) if !self.0.is_proxied(&connection) => seen,
            _ => {
                fresh = look();
                &fresh
            }
        };
        let whence = seen.whence(&head.headers);
        let now = self.0.live.clock().now();
        let arrival = match arrival::normalise(&mut head, server_name) {
            Ok(arrival) => arrival,
            Err(fault) => {
                self.0
                    .record_fault(&head, fault, &entry, &seen.forwarding.address);
                return Ok(refusal::fault(fault));
            }
        };
        let asker = Asker::of(&head, arrival.reader);
        let visit = Visit {
            gateway: &self.0,
            connection: &connection,
            seen,
            whence,
            entry: &entry,
            arrival,
            asker,
            now,
        };
        Ok(visit.answer(head, body).await)
    }
}

impl Inner {
    /// Works out what all requests of a connection share.
    fn look_at(
        &self,
        connection: &Connection,
        headers: &HeaderMap,
        authority: &HeaderValue,
    ) -> Seen {
        let presented = match connection.client_certificate() {
            ClientCertificate::NotAsked => Presentation::NotAsked,
            ClientCertificate::Absent => Presentation::Nothing,
            ClientCertificate::Presented(chain) => self.devices.presentation(chain),
        };
        let address = self.address(connection, headers);
        Seen {
            presented,
            forwarding: Forwarding::of(address, authority),
            address,
            first: OnceLock::new(),
        }
    }

    fn is_proxied(&self, connection: &Connection) -> bool {
        match connection.peer() {
            Peer::Network(peer) => self.proxies.contain(peer.ip()),
            Peer::Local => false,
        }
    }

    /// The address a request comes from, as far as that is known.
    fn address(&self, connection: &Connection, headers: &HeaderMap) -> Option<IpAddr> {
        match connection.peer() {
            Peer::Network(peer) => {
                let lines = headers.get_all(&FORWARDED_FOR).iter();
                let lines: Vec<&[u8]> = lines.map(HeaderValue::as_bytes).collect();
                self.proxies.origin(peer.ip(), lines.into_iter())
            }
            Peer::Local => None,
        }
    }

    /// A host that has a certificate and no application: it was taken out of the register a moment ago.
    fn unregistered(&self, head: &Head, connection: &Connection) -> Response<GatewayBody> {
        let host = connection.server_name().unwrap_or_default();
        let authority = HeaderValue::from_static("unknown");
        let address = self.address(connection, &head.headers);
        let address = Forwarding::of(address, &authority).address;
        self.live.record(
            Actor::System,
            Body::Access {
                person: None,
                session: None,
                device: None,
                app: None,
                decision: None,
                method: head.method.as_str().to_owned(),
                host: host.to_owned(),
                path: shown_path(head),
                status: StatusCode::FORBIDDEN.as_u16(),
                address,
                outcome: Outcome::Failure,
                reasons: vec!["application-unregistered".to_owned()],
            },
        );
        refusal::unregistered(self, head, host)
    }

    fn record_fault(&self, head: &Head, fault: Fault, entry: &Entry, address: &str) {
        self.live.record(
            Actor::System,
            Body::Access {
                person: None,
                session: None,
                device: None,
                app: Some(entry.id.clone()),
                decision: None,
                method: shorten(head.method.as_str(), 16),
                host: shorten(arrival::named_host(head), 256),
                path: shown_path(head),
                status: fault.status().as_u16(),
                address: address.to_owned(),
                outcome: Outcome::Failure,
                reasons: vec![fault.slug().to_owned()],
            },
        );
    }
}

/// Follows the register for as long as somebody holds the gateway.
async fn keep_current(gateway: Weak<Inner>, mut changes: tokio::sync::watch::Receiver<u64>) {
    while changes.changed().await.is_ok() {
        let Some(gateway) = gateway.upgrade() else {
            return;
        };
        gateway.applications.refresh(&gateway.live);
    }
}

/// The path without its query, as events show it.
pub(crate) fn shown_path(head: &Head) -> String {
    shorten(head.uri.path(), 256)
}

fn shorten(text: &str, characters: usize) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(characters)
        .collect()
}
