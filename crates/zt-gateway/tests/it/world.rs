//! A small company with a gateway.

use crate::application::{self, Running};
use crate::authority::Authority;
use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{Request, Response};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zt_auth::{AppSession, EndReason, ProvenFactor, RedeemCode, Session};
use zt_crypto::hash::{mint_token, received_hash, token_hash};
use zt_crypto::jose::{Keyring, TokenKeyRecord};
use zt_crypto::seal::MasterKey;
use zt_crypto::x509::DeviceTrust;
use zt_device::{Certificate, CertificateKind, Device, DeviceState, Ownership};
use zt_events::{Actor, Body};
use zt_gateway::{Gateway, Parts, Settings, UpstreamLimits};
use zt_identity::Person;
use zt_live::Live;
use zt_net::{
    Client, ClientAuth, ClientSettings, Clock, Entropy, HostTable, HttpsListener, Limits, Shutdown,
    ShutdownTrigger,
};
use zt_policy::{Application, CertificateDemand};
use zt_store::{Change, EventFilter, MemoryStore, Plan};
use zt_trust::{FactKind, ManagedByFiles, Received, Source};
use zt_types::{
    AppId, Assurance, CertificateSerial, DeviceId, FactorKind, Language, PersonId, PersonState,
    Role, Seconds, Sensitivity, SessionId, SourceId, Text, Timestamp, TokenHash,
};

pub(crate) const DOMAIN: &str = "sekisho.localhost";

pub(crate) struct World {
    pub(crate) live: Live,
    pub(crate) gateway: Gateway,
    pub(crate) application: Running,
    pub(crate) address: SocketAddr,
    pub(crate) keyring: Arc<ArcSwap<Keyring>>,
    pub(crate) authority: Authority,
    pub(crate) person: PersonId,
    source: Source,
    _trigger: ShutdownTrigger,
}

/// A session with its cookie at one application.
pub(crate) struct SignedIn {
    pub(crate) session: SessionId,
    pub(crate) cookie: String,
}

pub(crate) fn text(words: &str) -> Text {
    Text {
        ja: words.to_owned(),
        en: words.to_owned(),
    }
}

pub(crate) fn app(id: &str) -> AppId {
    AppId::new(id).unwrap()
}

fn application(
    id: &str,
    sensitivity: Sensitivity,
    certificate: CertificateDemand,
    port: u16,
) -> Application {
    Application {
        id: app(id),
        name: text(id),
        description: text(id),
        owner: "hanako".to_owned(),
        sensitivity,
        upstream: Some(format!("http://127.0.0.1:{port}")),
        groups: Vec::new(),
        app_groups: Vec::new(),
        certificate,
        review_by: None,
        managed_by: zt_policy::ManagedBy::Files,
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(UpstreamLimits::default()).await
    }

    pub(crate) async fn with(limits: UpstreamLimits) -> Self {
        let live = Live::open(zt_live::Parts {
            store: Arc::new(MemoryStore::new()),
            clock: Clock::manual(Timestamp::from_millis(1_790_000_000_000)),
            entropy: Entropy::danger_seeded(7),
            places: Default::default(),
        })
        .await
        .unwrap();
        let application = application::start().await;
        let person = PersonId::from_random(live.entropy().bytes());
        let source = Source {
            id: SourceId::new("edr").unwrap(),
            name: text("EDR"),
            kinds: vec![FactKind::Malware],
            states_hold: None,
            token: TokenHash([5; 32]),
            managed_by_files: ManagedByFiles::Yes,
        };
        let port = application.port;
        let mut changes = vec![
            Change::PutPerson(Person {
                id: person,
                login: "hanako".to_owned(),
                name: Text {
                    ja: "佐藤 花子".to_owned(),
                    en: "Hanako Sato".to_owned(),
                },
                email: None,
                language: Language::Ja,
                groups: Vec::new(),
                role: Role::Member,
                affiliation: zt_types::Affiliation::Staff,
                state: PersonState::Active,
                managed_by: zt_identity::ManagedBy::Files,
                created_at: live.clock().now(),
            }),
            Change::PutApplication(self::application(
                "wiki",
                Sensitivity::Confidential,
                CertificateDemand::Ask,
                port,
            )),
            Change::PutApplication(self::application(
                "chat",
                Sensitivity::Internal,
                CertificateDemand::DoNotAsk,
                port,
            )),
            Change::PutApplication(self::application(
                "gone",
                Sensitivity::Public,
                CertificateDemand::DoNotAsk,
                9,
            )),
            Change::PutSource(source.clone()),
        ];
        changes.extend(
            zt_policy::examples()
                .unwrap()
                .into_iter()
                .map(Change::PutPolicy),
        );
        live.commit(Plan::new(changes, Vec::new())).await.unwrap();

        let authority = Authority::new();
        let hosts = Arc::new(HostTable::new());
        for id in ["wiki", "chat", "gone", "unregistered"] {
            let host = format!("{id}.{DOMAIN}");
            hosts
                .put(&host, authority.host(&host), &ClientAuth::NotAsked)
                .unwrap();
        }
        let listener =
            HttpsListener::bind("127.0.0.1:0".parse().unwrap(), hosts, Limits::default())
                .await
                .unwrap();
        let address = listener.local_address();
        let master = MasterKey::from_bytes(zeroize::Zeroizing::new([7; 32])).unwrap();
        // Made once for all tests: RSA keys take time.
        static KEYS: OnceLock<Vec<TokenKeyRecord>> = OnceLock::new();
        let made = || Keyring::completed(Vec::new(), &master, live.clock().now()).unwrap();
        let keys = KEYS.get_or_init(made).clone();
        let keyring = Arc::new(ArcSwap::from_pointee(Keyring::open(&master, keys).unwrap()));
        let parts = Parts {
            live: live.clone(),
            keyring: Arc::clone(&keyring),
            devices: DeviceTrust::new(Vec::new()),
        };
        let settings = Settings {
            domain: DOMAIN.to_owned(),
            public_port: address.port(),
            upstream_roots: Vec::new(),
            limits,
            proxies: Default::default(),
        };
        let gateway = Gateway::new(parts, settings).unwrap();
        let (trigger, shutdown) = Shutdown::new();
        let serving = gateway.clone();
        tokio::spawn(listener.serve(
            move |request, connection| {
                let gateway = serving.clone();
                async move { gateway.handle(request, connection).await }
            },
            shutdown,
        ));
        Self {
            live,
            gateway,
            application,
            address,
            keyring,
            authority,
            person,
            source,
            _trigger: trigger,
        }
    }

    /// Signs in from a device named `laptop`, which is enrolled if it is not yet.
    pub(crate) async fn sign_in(&self, id: &str) -> SignedIn {
        let now = self.live.clock().now();
        let (device, serial) = self.laptop(now).await;
        let session = SessionId::from_random(self.live.entropy().bytes());
        let token = mint_token(self.live.entropy().bytes());
        let changes = vec![
            Change::PutSession(Session {
                id: session,
                person: self.person,
                token: TokenHash(self.live.entropy().bytes()),
                device: Some(device),
                certificate: Some(serial),
                proven: [FactorKind::Password, FactorKind::Totp]
                    .map(|kind| ProvenFactor { kind, at: now })
                    .to_vec(),
                assurance: Assurance::Mfa,
                created_at: now,
                authenticated_at: now,
                expires_at: now + Seconds::hours(12),
                address: "127.0.0.1".to_owned(),
                user_agent: "test".to_owned(),
                ended: None,
            }),
            Change::PutAppSession(AppSession {
                token: token_hash(&token),
                session,
                app: app(id),
                created_at: now,
            }),
        ];
        self.live
            .commit(Plan::new(changes, Vec::new()))
            .await
            .unwrap();
        SignedIn {
            session,
            cookie: format!("__Host-sekisho={}", token.expose()),
        }
    }

    async fn laptop(&self, now: Timestamp) -> (DeviceId, CertificateSerial) {
        if let Some(certificate) = self
            .live
            .read(|state| state.certificates.values().next().cloned())
        {
            return (certificate.device, certificate.serial);
        }
        let device = DeviceId::from_random(self.live.entropy().bytes());
        let serial = CertificateSerial::from_random(self.live.entropy().bytes());
        let changes = vec![
            Change::PutDevice(Device {
                id: device,
                name: "laptop".to_owned(),
                owner: self.person,
                ownership: Ownership::Company,
                os: "Debian GNU/Linux 12".to_owned(),
                hostname: "laptop".to_owned(),
                serial: None,
                source_ids: BTreeMap::new(),
                state: DeviceState::Enrolled,
                enrolled_at: now,
            }),
            Change::PutCertificate(Certificate {
                serial,
                device,
                kind: CertificateKind::Browser,
                not_before: now,
                not_after: now + Seconds::days(90),
                fingerprint: TokenHash(self.live.entropy().bytes()),
                revoked_at: None,
            }),
        ];
        self.live
            .commit(Plan::new(changes, Vec::new()))
            .await
            .unwrap();
        (device, serial)
    }

    /// A one-time code for `id` that only the browser with this start cookie may redeem.
    pub(crate) async fn code(&self, id: &str, start: &str) -> String {
        let signed_in = self.sign_in(id).await;
        let code = mint_token(self.live.entropy().bytes());
        let record = RedeemCode {
            hash: token_hash(&code),
            session: signed_in.session,
            app: app(id),
            binding: received_hash(start),
            return_to: "/page?from=prompt".to_owned(),
            expires_at: self.live.clock().now() + Seconds(60),
        };
        self.live
            .commit(Plan::new(vec![Change::PutRedeemCode(record)], Vec::new()))
            .await
            .unwrap();
        code.expose().to_owned()
    }

    /// The endpoint protection finds something on the laptop (1), or takes it back (3).
    pub(crate) async fn finding(&self, activity: u8) {
        let json = serde_json::json!({
            "class_uid": 2004, "activity_id": activity, "status_id": if activity == 3 { 4 } else { 1 }, "severity_id": 5,
            "time": 1_790_000_000_000i64 + i64::from(activity),
            "finding_info": { "uid": "f1", "title": "Emotet", "types": ["malware"] },
            "device": { "hostname": "laptop" },
        });
        let signal = Received::parse(json.to_string().as_bytes()).unwrap();
        self.live.ingest(&self.source, &signal).await.unwrap();
    }

    /// Puts a policy for `chat` in force: what it forbids may not be any more, unless `unless` holds.
    pub(crate) async fn forbid(&self, actions: &[&str], unless: &str) {
        let actions: Vec<String> = actions
            .iter()
            .map(|action| format!("Action::\"{action}\""))
            .collect();
        let unless = if unless.is_empty() {
            String::new()
        } else {
            format!(" unless {{ {unless} }}")
        };
        let document = zt_policy::PolicyDocument {
            id: zt_types::PolicyId::new(&format!("limit-{}", self.live.changes().borrow().clone()))
                .unwrap(),
            cedar: format!(
                "forbid (principal, action in [{}], resource == Application::\"chat\"){unless};",
                actions.join(", ")
            ),
            ..zt_policy::examples().unwrap().remove(0)
        };
        let change = Change::PutPolicy(document);
        self.live
            .commit(Plan::new(vec![change], Vec::new()))
            .await
            .unwrap();
    }

    pub(crate) async fn end(&self, signed_in: &SignedIn) {
        self.live
            .end_session(
                signed_in.session,
                EndReason::EndedByAdministrator,
                Actor::Operator,
            )
            .await
            .unwrap();
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(ClientSettings {
            roots: vec![self.authority.certificate.clone()],
            ..ClientSettings::default()
        })
        .unwrap()
    }

    pub(crate) fn url(&self, id: &str, path: &str) -> String {
        format!("https://{id}.{DOMAIN}:{}{path}", self.address.port())
    }

    pub(crate) async fn get(
        &self,
        id: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Response<String> {
        let mut request = Request::get(self.url(id, path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self
            .client()
            .send(request.body(Bytes::new()).unwrap())
            .await
            .unwrap();
        answer.map(|body| String::from_utf8(body.to_vec()).unwrap())
    }

    /// Sends raw bytes to `chat`'s host over one connection and reads to its end.
    pub(crate) async fn raw(&self, bytes: &str) -> String {
        let mut stream = self
            .client()
            .connect(&self.url("chat", "/").parse().unwrap())
            .await
            .unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) async fn accesses(&self) -> Vec<(u16, Vec<String>)> {
        self.live.store().flush().await.unwrap();
        let events = self
            .live
            .events(EventFilter {
                limit: 1000,
                ..EventFilter::default()
            })
            .await
            .unwrap();
        let accesses = events
            .into_iter()
            .rev()
            .filter_map(|logged| match logged.event.body {
                Body::Access {
                    status, reasons, ..
                } => Some((status, reasons)),
                _ => None,
            });
        accesses.collect()
    }
}
