//! The other end: real TLS, real certificates, and a record of what arrived.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde::Serialize;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;
use zt_agent::{EnrolmentOrder, ServerTrust, StateDir, parse_server};
use zt_crypto::ca::{DeviceAuthority, DeviceRequest, ServerAuthority};
use zt_crypto::seal::MasterKey;
use zt_crypto::x509::DeviceTrust;
use zt_device::wire::{
    BROWSER_CERTIFICATE_PATH, CertificateRequest, ENROL_PATH, EnrolAnswer, EnrolRequest,
    IssuedCertificate, LEAVE_PATH, RENEW_PATH, WireRefusal,
};
use zt_device::{CertificateKind, CertificateOrder, Facts, PresentedCertificate};
use zt_net::{
    ClientAuth, ClientCertificate, Clock, Connection, Entropy, HostCertificate, HostTable,
    HttpsListener, Limits, Shutdown, ShutdownTrigger,
};
use zt_types::{CertificateSerial, DeviceId, Seconds, Secret, Timestamp};

pub(crate) const HOST: &str = "id.sekisho.localhost";
pub(crate) const CODE: &str = "7Q4K-0123-ZZZZ-1110-7Q4K-0123-ZZZZ-1110";

/// What arrived: the path, the body, and the certificate it came with.
#[derive(Clone)]
pub(crate) struct Arrived(
    pub(crate) String,
    pub(crate) Vec<u8>,
    pub(crate) Option<PresentedCertificate>,
);

pub(crate) struct Peer {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) arrived: Arc<Mutex<Vec<Arrived>>>,
    pub(crate) now: Timestamp,
    address: SocketAddr,
    _trigger: ShutdownTrigger,
}

struct Desk {
    devices: DeviceAuthority,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    now: Timestamp,
    entropy: Entropy,
}

impl Peer {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // TLS verifies the server's certificate on the machine's clock.
        let now = Clock::system().now();
        let master = MasterKey::from_bytes(Zeroizing::new([1; 32])).unwrap();
        let record =
            ServerAuthority::create(&master, "関所商事", "sekisho.localhost", now).unwrap();
        let servers = ServerAuthority::open(&master, &record).unwrap();
        let record = DeviceAuthority::create(&master, "関所商事", now).unwrap();
        let devices = DeviceAuthority::open(&master, &record).unwrap();
        std::fs::write(
            directory.path().join("authority.pem"),
            servers.certificate_pem(),
        )
        .unwrap();
        let issued = servers.issue(HOST, now).unwrap();
        let hosts = HostTable::new();
        let certificate = HostCertificate {
            chain: issued.chain,
            key: issued.key,
        };
        let asked = ClientAuth::Asked {
            authorities: vec![devices.certificate().clone()],
        };
        hosts.put(HOST, certificate, &asked).unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = HttpsListener::bind(address, Arc::new(hosts), Limits::default())
            .await
            .unwrap();
        let address = listener.local_address();
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let desk = Arc::new(Desk {
            devices,
            arrived: Arc::clone(&arrived),
            now,
            entropy: Entropy::system(),
        });
        let (trigger, shutdown) = Shutdown::new();
        let handler = move |request, connection| {
            let desk = Arc::clone(&desk);
            async move { Ok::<_, Infallible>(desk.answer(request, connection).await) }
        };
        tokio::spawn(listener.serve(handler, shutdown));
        Self {
            directory,
            arrived,
            now,
            address,
            _trigger: trigger,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn state(&self) -> StateDir {
        StateDir::new(self.path("agent"))
    }

    pub(crate) fn order(&self) -> EnrolmentOrder {
        EnrolmentOrder {
            server: parse_server(&format!("https://{HOST}:{}", self.address.port())).unwrap(),
            trust: ServerTrust::from_file(&self.path("authority.pem")).unwrap(),
            code: Secret::new(CODE.to_lowercase()),
            name: "花子のノート".to_owned(),
            facts: Facts {
                hostname: "note-07".to_owned(),
                os: "Debian GNU/Linux 12".to_owned(),
                serial: Some("SN1".to_owned()),
            },
        }
    }
}

impl Desk {
    async fn answer(
        &self,
        request: Request<Incoming>,
        connection: Arc<Connection>,
    ) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let device = match connection.client_certificate() {
            ClientCertificate::Presented(chain) => Some(
                DeviceTrust::new(vec![self.devices.certificate().clone()])
                    .read(chain)
                    .unwrap(),
            ),
            _ => None,
        };
        self.arrived
            .lock()
            .unwrap()
            .push(Arrived(path.clone(), body.to_vec(), device));
        match (path.as_str(), device) {
            (ENROL_PATH, None) => {
                let request: EnrolRequest = serde_json::from_slice(&body).unwrap();
                if request.code != CODE.replace('-', "") {
                    let refusal = WireRefusal {
                        error: "unknown-code".into(),
                        message: "the enrolment code is not known or was used already".into(),
                    };
                    return json(StatusCode::FORBIDDEN, &refusal);
                }
                let device = DeviceId::from_random([4; 16]);
                let issued = self.issue(device, CertificateKind::Agent, &request.csr);
                json(
                    StatusCode::CREATED,
                    &EnrolAnswer {
                        device,
                        name: format!("{} (2)", request.name),
                        issued,
                    },
                )
            }
            (BROWSER_CERTIFICATE_PATH | RENEW_PATH, Some(presented)) => {
                let request: CertificateRequest = serde_json::from_slice(&body).unwrap();
                let kind = if path == RENEW_PATH {
                    CertificateKind::Agent
                } else {
                    CertificateKind::Browser
                };
                json(
                    StatusCode::CREATED,
                    &self.issue(presented.device, kind, &request.csr),
                )
            }
            (LEAVE_PATH, Some(_)) => {
                let mut answer = Response::new(Full::default());
                *answer.status_mut() = StatusCode::NO_CONTENT;
                answer
            }
            _ => {
                let mut answer = Response::new(Full::from("nothing here"));
                *answer.status_mut() = StatusCode::NOT_FOUND;
                answer
            }
        }
    }

    fn issue(&self, device: DeviceId, kind: CertificateKind, csr: &str) -> IssuedCertificate {
        let order = CertificateOrder {
            serial: CertificateSerial::from_random(self.entropy.bytes()),
            device,
            kind,
            label: "花子のノート".to_owned(),
            not_before: Timestamp::from_seconds(self.now.as_seconds() - 60),
            not_after: Timestamp::from_seconds(self.now.as_seconds()) + Seconds::days(30),
        };
        let issued = self
            .devices
            .issue(&order, &DeviceRequest::parse(csr).unwrap())
            .unwrap();
        IssuedCertificate {
            serial: order.serial,
            kind,
            certificate: issued.pem,
            authority: self.devices.certificate_pem(),
        }
    }
}

fn json<T: Serialize>(status: StatusCode, body: &T) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::from(serde_json::to_vec(body).unwrap()));
    *answer.status_mut() = status;
    answer
}
