//! A small company at work, behind the real router over the memory store.

use crate::signin::Site;
use crate::{PagesState, Visitor};
use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use tower::ServiceExt;
use zeroize::Zeroizing;
use zt_auth::{BackupEligible, Credential, CredentialSecret, ProvenFactor, RedeemCode, Session};
use zt_crypto::hash::{mint_token, token_hash};
use zt_crypto::jose::{KeyPurpose, KeyState, Keyring, TokenKeyRecord};
use zt_crypto::seal::MasterKey;
use zt_crypto::xml::{SamlKeyRecord, SamlKeyring};
use zt_device::{
    Certificate, CertificateKind, Device, DeviceState, Ownership, Presentation,
    PresentedCertificate,
};
use zt_events::{Actor, Body as EventBody, Outcome};
use zt_federation::SigningAlgorithm;
use zt_federation::saml::XmlAlgorithm;
use zt_identity::{Group, ManagedBy, Person};
use zt_live::{Admission, ConnectionKind, Live, LiveConnection, Parts, Whence};
use zt_net::{Clock, Entropy};
use zt_policy::{Application, Calendar, CalendarHours, CertificateDemand, Day};
use zt_store::{Change, MemoryStore, Plan};
use zt_trust::{FactKind, ManagedByFiles, Received, Source};
use zt_types::{
    AppGroupId, AppId, Assurance, CalendarId, Capability, CertificateSerial, CredentialId,
    DeviceId, FactorKind, GroupId, Language, PersonId, PersonState, Role, Seconds, Secret,
    Sensitivity, SessionId, SourceId, Text, Timestamp, TokenHash,
};

pub(super) const START: Timestamp = Timestamp::from_seconds(1_775_003_400);
pub(super) const USER_AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36";

pub(super) struct World {
    pub(super) live: Live,
    pub(super) router: Router,
    pub(super) hanako: PersonId,
    pub(super) ken: PersonId,
    pub(super) keyring: Arc<arc_swap::ArcSwap<Keyring>>,
    pub(super) saml: Arc<arc_swap::ArcSwap<SamlKeyring>>,
    source: Source,
}

pub(super) struct SignedIn {
    pub(super) cookie: Secret,
    pub(super) session: SessionId,
}

fn text(ja: &str, en: &str) -> Text {
    Text {
        ja: ja.to_owned(),
        en: en.to_owned(),
    }
}

fn group(id: &str) -> GroupId {
    GroupId::new(id).unwrap()
}

/// A key of SAML that signs: one for RSA takes long to make.
fn saml_keys(master: &MasterKey) -> SamlKeyring {
    let record = SamlKeyRecord::generate(master, XmlAlgorithm::EcdsaSha256, "Sekisho", START);
    let record = SamlKeyRecord {
        state: KeyState::Active,
        ..record.unwrap()
    };
    SamlKeyring::open(master, vec![record]).unwrap()
}

impl World {
    pub(super) async fn new() -> Self {
        let live = Live::open(Parts {
            store: Arc::new(MemoryStore::new()),
            clock: Clock::manual(START),
            entropy: Entropy::danger_seeded(11),
            places: Default::default(),
        })
        .await
        .unwrap();
        let master = MasterKey::from_bytes(Zeroizing::new([3; 32])).unwrap();
        let site = Site::new("sekisho.localhost", 8443);
        let (purpose, algorithm) = (KeyPurpose::IdToken, SigningAlgorithm::Es256);
        let mut key = TokenKeyRecord::generate(&master, purpose, algorithm, START).unwrap();
        key.state = KeyState::Active;
        let keyring = Keyring::open(&master, vec![key]).unwrap();
        let keyring = Arc::new(arc_swap::ArcSwap::from_pointee(keyring));
        let saml = Arc::new(arc_swap::ArcSwap::from_pointee(saml_keys(&master)));
        let keys = (Arc::clone(&keyring), Arc::clone(&saml));
        let state = PagesState::new(live.clone(), site, &master, keys.0, keys.1).unwrap();
        let source = Source {
            id: SourceId::new("edr").unwrap(),
            name: text("端末保護（EDR）", "Endpoint protection"),
            kinds: vec![FactKind::Malware, FactKind::Compromise],
            states_hold: None,
            token: TokenHash([5; 32]),
            managed_by_files: ManagedByFiles::Yes,
        };
        let mut world = Self {
            router: crate::router(state).fallback(crate::not_found),
            hanako: PersonId::from_random(live.entropy().bytes()),
            ken: PersonId::from_random(live.entropy().bytes()),
            live,
            keyring,
            saml,
            source,
        };
        world.found().await;
        world
    }

    async fn found(&mut self) {
        let person = |id, login: &str, name, groups: &[&str], role, state| {
            Change::PutPerson(Person {
                id,
                login: login.to_owned(),
                name,
                email: Some(format!("{login}@yamato-seiko.example")),
                language: Language::Ja,
                groups: groups.iter().map(|id| group(id)).collect(),
                role,
                affiliation: zt_types::Affiliation::Staff,
                state,
                managed_by: ManagedBy::Files,
                created_at: START - Seconds::days(30),
            })
        };
        let app = |id: &str, name, description, sensitivity, groups: &[&str], certificate| {
            Change::PutApplication(Application {
                id: AppId::new(id).unwrap(),
                name,
                description,
                owner: "ken".to_owned(),
                sensitivity,
                upstream: Some("http://127.0.0.1:9201".to_owned()),
                groups: groups.iter().map(|id| group(id)).collect(),
                app_groups: vec![AppGroupId::new("for-contractors").unwrap()],
                certificate,
                review_by: Some("2027-03-31".to_owned()),
                managed_by: zt_policy::ManagedBy::Files,
            })
        };
        let known = |id: &str, name| {
            Change::PutGroup(Group {
                id: group(id),
                name,
                part_of: Vec::new(),
                managed_by: ManagedBy::Files,
            })
        };
        let new = |live: &Live| PersonId::from_random(live.entropy().bytes());
        let mut changes = vec![
            known("staff", text("全社員", "All staff")),
            known("engineering", text("設計部", "Engineering")),
            known("it", text("情報システム部", "Information systems")),
            known("contractors", text("業務委託", "Contractors")),
            Change::PutCalendar(Calendar {
                id: CalendarId::new("office-hours").unwrap(),
                name: text("勤務時間", "Working hours"),
                time_zone: "Asia/Tokyo".to_owned(),
                hours: vec![CalendarHours {
                    days: Day::ALL[..5].to_vec(),
                    from: 9 * 60,
                    to: 17 * 60 + 30,
                }],
                days_off: BTreeMap::new(),
                managed_by: zt_policy::ManagedBy::Files,
            }),
            person(
                self.hanako,
                "hanako",
                text("佐藤 花子", "Hanako Sato"),
                &["staff", "engineering"],
                Role::Member,
                PersonState::Active,
            ),
            person(
                self.ken,
                "ken",
                text("高橋 健", "Ken Takahashi"),
                &["staff", "it"],
                Role::Administrator,
                PersonState::Active,
            ),
            person(
                new(&self.live),
                "emily",
                text("エミリー・カーター", "Emily Carter"),
                &["staff", "engineering"],
                Role::Member,
                PersonState::Active,
            ),
            person(
                new(&self.live),
                "ichiro",
                text("鈴木 一郎", "Ichiro Suzuki"),
                &["staff"],
                Role::Member,
                PersonState::Disabled,
            ),
            app(
                "wiki",
                text("社内 Wiki", "Wiki"),
                text("設計書・計画・議事録の置き場", "Designs, plans and minutes"),
                Sensitivity::Confidential,
                &["engineering", "it"],
                CertificateDemand::Ask,
            ),
            app(
                "chat",
                text("社内チャット", "Chat"),
                text("部署をまたぐ連絡", "Talk across departments"),
                Sensitivity::Internal,
                &["staff"],
                CertificateDemand::DoNotAsk,
            ),
            app(
                "status",
                text("稼働状況", "Status"),
                text(
                    "生産ラインの稼働状況をそのまま流す掲示板",
                    "What the production lines are doing, as it happens",
                ),
                Sensitivity::Public,
                &[],
                CertificateDemand::DoNotAsk,
            ),
            Change::PutSource(self.source.clone()),
        ];
        changes.extend(
            zt_policy::examples()
                .unwrap()
                .into_iter()
                .map(Change::PutPolicy),
        );
        let started = self.live.event(
            Actor::System,
            EventBody::Started {
                version: "0.1.0".to_owned(),
            },
        );
        self.live
            .commit(Plan::new(changes, vec![started]))
            .await
            .unwrap();
    }

    pub(super) fn now(&self) -> Timestamp {
        self.live.clock().now()
    }

    pub(super) async fn commit(&self, changes: Vec<Change>) {
        self.live
            .commit(Plan::new(changes, Vec::new()))
            .await
            .unwrap();
    }

    pub(super) async fn enrol(
        &self,
        owner: PersonId,
        name: &str,
        hostname: &str,
    ) -> PresentedCertificate {
        let device = DeviceId::from_random(self.live.entropy().bytes());
        let now = self.now();
        let certificate = |kind| Certificate {
            serial: CertificateSerial::from_random(self.live.entropy().bytes()),
            device,
            kind,
            not_before: now,
            not_after: now + Seconds::days(90),
            fingerprint: TokenHash(self.live.entropy().bytes()),
            revoked_at: None,
        };
        let (agent, browser) = (
            certificate(CertificateKind::Agent),
            certificate(CertificateKind::Browser),
        );
        let record = Device {
            id: device,
            name: name.to_owned(),
            owner,
            ownership: Ownership::Company,
            os: "Debian GNU/Linux 12".to_owned(),
            hostname: hostname.to_owned(),
            serial: Some("5CG1234XYZ".to_owned()),
            source_ids: BTreeMap::from([(self.source.id.clone(), format!("agent-{hostname}"))]),
            state: DeviceState::Enrolled,
            enrolled_at: now,
        };
        let events = vec![
            self.live.event(
                Actor::Person(owner),
                EventBody::DeviceEnrolled {
                    device,
                    person: owner,
                    name: name.to_owned(),
                },
            ),
            self.live.event(
                Actor::Person(owner),
                EventBody::CertificateIssued {
                    device,
                    person: owner,
                    serial: browser.serial,
                    kind: "browser".to_owned(),
                },
            ),
        ];
        let changes = vec![
            Change::PutDevice(record),
            Change::PutCertificate(agent),
            Change::PutCertificate(browser.clone()),
        ];
        self.live.commit(Plan::new(changes, events)).await.unwrap();
        PresentedCertificate {
            serial: browser.serial,
            device,
            kind: browser.kind,
            not_before: browser.not_before,
            not_after: browser.not_after,
            fingerprint: browser.fingerprint,
        }
    }

    pub(super) async fn sign_in(
        &self,
        person: PersonId,
        device: Option<&PresentedCertificate>,
    ) -> SignedIn {
        let now = self.now();
        let cookie = mint_token(self.live.entropy().bytes());
        let session = SessionId::from_random(self.live.entropy().bytes());
        let factors = [FactorKind::Password, FactorKind::Totp];
        let record = Session {
            id: session,
            person,
            token: token_hash(&cookie),
            device: device.map(|device| device.device),
            certificate: device.map(|device| device.serial),
            proven: factors.map(|kind| ProvenFactor { kind, at: now }).to_vec(),
            assurance: Assurance::Mfa,
            created_at: now,
            authenticated_at: now,
            expires_at: now + Seconds::hours(12),
            address: "192.0.2.24".to_owned(),
            user_agent: USER_AGENT.to_owned(),
            ended: None,
        };
        let event = self.live.event(
            Actor::Person(person),
            EventBody::SignedIn {
                person,
                session,
                device: device.map(|device| device.device),
                factors: factors.to_vec(),
                assurance: Assurance::Mfa,
                address: "192.0.2.24".to_owned(),
                user_agent: USER_AGENT.to_owned(),
            },
        );
        self.live
            .commit(Plan::new(vec![Change::PutSession(record)], vec![event]))
            .await
            .unwrap();
        SignedIn { cookie, session }
    }

    pub(super) async fn factors(&self, person: PersonId) -> [CredentialId; 4] {
        let id = || CredentialId::from_random(self.live.entropy().bytes());
        let ids = [id(), id(), id(), id()];
        let secrets = [
            CredentialSecret::Password {
                phc: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned(),
            },
            CredentialSecret::Totp {
                sealed_seed: "s1.x".to_owned(),
                last_step: 0,
            },
            CredentialSecret::Passkey {
                credential_id: "AAAA".to_owned(),
                record: "{}".to_owned(),
                backup_eligible: BackupEligible::No,
            },
            CredentialSecret::RecoveryCodes {
                unused: vec![TokenHash([1; 32]), TokenHash([2; 32])],
            },
        ];
        let names = ["", "認証アプリ", "Chrome（Windows）", ""];
        let changes = ids
            .into_iter()
            .zip(secrets)
            .zip(names)
            .map(|((id, secret), name)| {
                Change::PutCredential(Credential {
                    id,
                    person,
                    name: name.to_owned(),
                    secret,
                    created_at: self.now(),
                    last_used_at: (name.len() > 8).then(|| self.now()),
                    vouched: zt_auth::Vouched::Firmly,
                })
            });
        self.commit(changes.collect()).await;
        ids
    }

    /// A live connection of a session at an application.
    pub(super) async fn at(
        &self,
        app: &str,
        session: SessionId,
        presented: Presentation,
        kind: ConnectionKind,
    ) -> Option<LiveConnection> {
        let app = AppId::new(app).unwrap();
        let cookie = TokenHash(self.live.entropy().bytes());
        let (hash, binding) = (TokenHash(self.live.entropy().bytes()), TokenHash([1; 32]));
        let code = RedeemCode {
            hash,
            session,
            app: app.clone(),
            binding,
            return_to: "/".to_owned(),
            expires_at: self.now() + Seconds(60),
        };
        self.commit(vec![Change::PutRedeemCode(code)]).await;
        self.live.redeem(&app, hash, binding, cookie).await.unwrap();
        let Admission::Passage(passage) = self
            .live
            .admit(&app, &cookie, presented, Whence::new(None, ""))
            .await
            .unwrap()
        else {
            panic!("no session");
        };
        let needs = [Capability::Connect].into_iter().collect();
        let is_granted = passage.standing().grant(self.now()).is_some();
        is_granted.then(|| passage.enter(self.live.connection_id(), kind, needs, self.now()))
    }

    /// A detection finding about the device of that host name: `activity` 1 creates, 3 closes.
    pub(super) async fn signal(&self, uid: &str, hostname: &str, activity: u8) {
        let json = serde_json::json!({
            "class_uid": 2004,
            "activity_id": activity,
            "status_id": if activity == 3 { 4 } else { 1 },
            "severity_id": 5,
            "time": START.as_millis() + i64::from(activity),
            "finding_info": { "uid": uid, "title": "Trojan:Win32/Emotet.PA!MTB", "types": ["malware"] },
            "device": { "hostname": hostname },
        });
        let signal = Received::parse(json.to_string().as_bytes()).unwrap();
        self.live.ingest(&self.source, &signal).await.unwrap();
    }

    pub(super) fn accessed(&self, person: PersonId, session: SessionId, path: &str, status: u16) {
        let outcome = if status < 400 {
            Outcome::Success
        } else {
            Outcome::Failure
        };
        self.live.record(
            Actor::Person(person),
            EventBody::Access {
                person: Some(person),
                session: Some(session),
                device: None,
                app: Some(AppId::new("chat").unwrap()),
                decision: None,
                method: "GET".to_owned(),
                host: "chat.sekisho.localhost".to_owned(),
                path: path.to_owned(),
                status,
                address: "192.0.2.24".to_owned(),
                outcome,
                reasons: if status < 400 {
                    Vec::new()
                } else {
                    vec!["device-trust-too-low".to_owned()]
                },
            },
        );
    }

    /// Sends a request; `headers` beside the cookie and what every browser sends.
    pub(super) async fn send(&self, request: Request<Body>) -> http::Response<String> {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 22).await.unwrap();
        http::Response::from_parts(parts, String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(super) fn request(
        &self,
        method: &Method,
        path: &str,
        who: Option<&SignedIn>,
        presented: Presentation,
        body: &str,
    ) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "id.sekisho.localhost:8443")
            .header(header::ACCEPT_LANGUAGE, "ja")
            .header("sec-fetch-site", "same-origin");
        if let Some(who) = who {
            request = request.header(
                header::COOKIE,
                format!("__Host-sekisho={}", who.cookie.expose()),
            );
        }
        if method == Method::POST {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let visitor = Visitor {
            address: IpAddr::from([192, 0, 2, 24]),
            whence: Whence::new(Some(IpAddr::from([192, 0, 2, 24])), USER_AGENT),
            presented,
        };
        request
            .extension(visitor)
            .body(Body::from(body.to_owned()))
            .unwrap()
    }

    pub(super) async fn get(&self, path: &str, who: &SignedIn) -> http::Response<String> {
        self.send(self.request(&Method::GET, path, Some(who), Presentation::NotAsked, ""))
            .await
    }

    /// The token that the forms of this session's pages carry, read off a page as a browser would.
    pub(super) async fn token(&self, who: &SignedIn) -> String {
        let page = self.get("/sessions", who).await;
        assert_eq!(page.status(), StatusCode::OK, "{}", page.body());
        let (_, rest) = page.body().split_once(r#"name="token" value=""#).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    pub(super) async fn post(&self, path: &str, who: &SignedIn) -> http::Response<String> {
        self.post_form(path, who, &[]).await
    }

    /// Sends a form with these fields beside its token.
    pub(super) async fn post_form(
        &self,
        path: &str,
        who: &SignedIn,
        with: &[(&str, &str)],
    ) -> http::Response<String> {
        let token = self.token(who).await;
        let pairs = [("token", token.as_str())].into_iter();
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs.chain(with.iter().copied()))
            .finish();
        self.send(self.request(
            &Method::POST,
            path,
            Some(who),
            Presentation::NotAsked,
            &body,
        ))
        .await
    }
}
