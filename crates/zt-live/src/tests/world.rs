//! A small company: one person, her devices, three applications, one source.

use crate::{Admission, Ingested, Live, Parts, Passage, Whence};
use std::collections::BTreeMap;
use std::sync::Arc;
use zt_auth::{AppSession, ProvenFactor, RedeemCode, Session};
use zt_device::{
    Certificate, CertificateKind, Device, DeviceState, Ownership, Presentation,
    PresentedCertificate,
};
use zt_events::Event;
use zt_identity::{ManagedBy, Person};
use zt_net::{Clock, Entropy};
use zt_policy::{Application, CertificateDemand};
use zt_store::{Change, EventFilter, MemoryStore, Plan, Store};
use zt_trust::{FactKind, ManagedByFiles, Received, Source};
use zt_types::{
    AppId, Assurance, CertificateSerial, DeviceId, FactorKind, Language, PersonId, PersonState,
    Role, Seconds, Sensitivity, SessionId, SourceId, Text, Timestamp, TokenHash,
};

pub(super) struct World {
    pub(super) live: Live,
    pub(super) person: PersonId,
    source: Source,
}

pub(super) struct Enrolled {
    pub(super) device: DeviceId,
    certificate: Certificate,
}

impl Enrolled {
    pub(super) const fn serial(&self) -> CertificateSerial {
        self.certificate.serial
    }

    pub(super) fn presented(&self) -> Presentation {
        let Certificate {
            serial,
            device,
            kind,
            not_before,
            not_after,
            fingerprint,
            ..
        } = self.certificate.clone();
        Presentation::Certificate(PresentedCertificate {
            serial,
            device,
            kind,
            not_before,
            not_after,
            fingerprint,
        })
    }
}

pub(super) fn app(id: &str) -> AppId {
    AppId::new(id).unwrap()
}

fn text(words: &str) -> Text {
    Text {
        ja: words.to_owned(),
        en: words.to_owned(),
    }
}

fn application(id: &str, sensitivity: Sensitivity, certificate: CertificateDemand) -> Application {
    Application {
        id: app(id),
        name: text(id),
        description: text(id),
        owner: "hanako".to_owned(),
        sensitivity,
        upstream: Some("http://127.0.0.1:9".to_owned()),
        groups: Vec::new(),
        app_groups: Vec::new(),
        certificate,
        review_by: None,
        managed_by: zt_policy::ManagedBy::Files,
    }
}

/// A detection finding about the device of that host name: `activity` 1 creates, 3 closes.
pub(super) fn finding(uid: &str, hostname: &str, activity: u8) -> Received {
    let json = serde_json::json!({
        "class_uid": 2004,
        "activity_id": activity,
        "status_id": if activity == 3 { 4 } else { 1 },
        "severity_id": 5,
        "time": 1_790_000_000_000i64 + i64::from(activity),
        "finding_info": { "uid": uid, "title": "Emotet", "types": ["malware"] },
        "device": { "hostname": hostname },
    });
    Received::parse(json.to_string().as_bytes()).unwrap()
}

impl World {
    pub(super) async fn new() -> Self {
        Self::over(Arc::new(MemoryStore::new())).await
    }

    pub(super) async fn over(store: Arc<dyn Store>) -> Self {
        let live = Live::open(Parts {
            store,
            clock: Clock::manual(Timestamp::from_millis(1_790_000_000_000)),
            entropy: Entropy::danger_seeded(7),
            places: Default::default(),
        })
        .await
        .unwrap();
        let person = PersonId::from_random(live.entropy().bytes());
        let source = Source {
            id: SourceId::new("edr").unwrap(),
            name: text("EDR"),
            kinds: vec![FactKind::Malware, FactKind::CredentialLeak],
            states_hold: Some(Seconds::hours(1)),
            token: TokenHash([5; 32]),
            managed_by_files: ManagedByFiles::Yes,
        };
        let mut changes = vec![
            Change::PutPerson(Person {
                id: person,
                login: "hanako".to_owned(),
                name: text("佐藤 花子"),
                email: None,
                language: Language::Ja,
                groups: Vec::new(),
                role: Role::Member,
                affiliation: zt_types::Affiliation::Staff,
                state: PersonState::Active,
                managed_by: ManagedBy::Files,
                created_at: live.clock().now(),
            }),
            Change::PutApplication(application(
                "wiki",
                Sensitivity::Confidential,
                CertificateDemand::Ask,
            )),
            Change::PutApplication(application(
                "chat",
                Sensitivity::Internal,
                CertificateDemand::DoNotAsk,
            )),
            Change::PutApplication(application(
                "status",
                Sensitivity::Public,
                CertificateDemand::DoNotAsk,
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
        Self {
            live,
            person,
            source,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.live.clock().now()
    }

    pub(super) async fn enrol(&self, name: &str) -> Enrolled {
        let device = DeviceId::from_random(self.live.entropy().bytes());
        let certificate = Certificate {
            serial: CertificateSerial::from_random(self.live.entropy().bytes()),
            device,
            kind: CertificateKind::Browser,
            not_before: self.now(),
            not_after: self.now() + Seconds::days(90),
            fingerprint: TokenHash(self.live.entropy().bytes()),
            revoked_at: None,
        };
        let record = Device {
            id: device,
            name: name.to_owned(),
            owner: self.person,
            ownership: Ownership::Company,
            os: "Debian GNU/Linux 12".to_owned(),
            hostname: name.to_owned(),
            serial: None,
            source_ids: BTreeMap::new(),
            state: DeviceState::Enrolled,
            enrolled_at: self.now(),
        };
        let changes = vec![
            Change::PutDevice(record),
            Change::PutCertificate(certificate.clone()),
        ];
        self.live
            .commit(Plan::new(changes, Vec::new()))
            .await
            .unwrap();
        Enrolled {
            device,
            certificate,
        }
    }

    pub(super) async fn revoke(&self, enrolled: &Enrolled) {
        let revoked = Certificate {
            revoked_at: Some(self.now()),
            ..enrolled.certificate.clone()
        };
        self.live
            .commit(Plan::new(vec![Change::PutCertificate(revoked)], Vec::new()))
            .await
            .unwrap();
    }

    /// The certificate's end is `until` from now on.
    pub(super) async fn shorten(&self, enrolled: &Enrolled, until: Timestamp) {
        let shorter = Certificate {
            not_after: until,
            ..enrolled.certificate.clone()
        };
        self.live
            .commit(Plan::new(vec![Change::PutCertificate(shorter)], Vec::new()))
            .await
            .unwrap();
    }

    pub(super) async fn sign_in(&self, device: Option<&Enrolled>) -> SessionId {
        let now = self.now();
        let id = SessionId::from_random(self.live.entropy().bytes());
        let session = Session {
            id,
            person: self.person,
            token: TokenHash(self.live.entropy().bytes()),
            device: device.map(|d| d.device),
            certificate: device.map(|d| d.certificate.serial),
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
        };
        self.live
            .commit(Plan::new(vec![Change::PutSession(session)], Vec::new()))
            .await
            .unwrap();
        id
    }

    /// The cookie of a session at an application: told apart by both.
    pub(super) fn cookie(&self, app: &str, session: SessionId) -> TokenHash {
        let mut bytes = [0u8; 32];
        bytes[..16].copy_from_slice(session.as_bytes());
        bytes[16..16 + app.len()].copy_from_slice(app.as_bytes());
        TokenHash(bytes)
    }

    pub(super) fn whence(&self) -> Whence {
        Whence::new(Some(std::net::IpAddr::from([192, 0, 2, 24])), "test")
    }

    /// The passage of a session at an application, made if it is not there.
    pub(super) async fn passage(
        &self,
        name: &str,
        session: &SessionId,
        presented: Presentation,
    ) -> Arc<Passage> {
        let cookie = self.cookie(name, *session);
        let known = self
            .live
            .read(|state| state.app_sessions.contains_key(&cookie));
        if !known {
            let code = self.code(name, *session, TokenHash([1; 32])).await;
            self.live
                .redeem(&app(name), code, TokenHash([1; 32]), cookie)
                .await
                .unwrap();
            assert!(self.live.read(|state| {
                state
                    .app_sessions
                    .get(&cookie)
                    .is_some_and(|s: &AppSession| s.app == app(name))
            }));
        }
        match self
            .live
            .admit(&app(name), &cookie, presented, self.whence())
            .await
            .unwrap()
        {
            Admission::Passage(passage) => passage,
            Admission::NoSession => panic!("no session at {name}"),
            Admission::TooFast(wait) => panic!("too fast at {name}: {wait:?}"),
        }
    }

    /// A code that carries a session to an application.
    pub(super) async fn code(
        &self,
        name: &str,
        session: SessionId,
        binding: TokenHash,
    ) -> TokenHash {
        let hash = TokenHash(self.live.entropy().bytes());
        let code = RedeemCode {
            hash,
            session,
            app: app(name),
            binding,
            return_to: "/".to_owned(),
            expires_at: self.now() + Seconds(60),
        };
        self.live
            .commit(Plan::new(vec![Change::PutRedeemCode(code)], Vec::new()))
            .await
            .unwrap();
        hash
    }

    pub(super) async fn signal(&self, signal: &Received) -> Ingested {
        self.live.ingest(&self.source, signal).await.unwrap()
    }

    pub(super) async fn events(&self) -> Vec<Event> {
        self.live.store().flush().await.unwrap();
        let filter = EventFilter {
            limit: 1000,
            ..EventFilter::default()
        };
        self.live
            .events(filter)
            .await
            .unwrap()
            .into_iter()
            .map(|logged| logged.event)
            .collect()
    }
}
