//! Records and events to keep, and stores to keep them in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;
use zt_auth::{
    AppSession, BackupEligible, Consent, Credential, CredentialSecret, Grant, GrantState,
    GuessScope, PassScope, ProvenFactor, RedeemCode, ResetDue, ResetPass, Session, SignInLink,
};
use zt_crypto::checkpoint::CheckpointSigner;
use zt_device::{Certificate, CertificateKind, Device, DeviceState, EnrolmentCode, Ownership};
use zt_events::{Actor, Body, Event, FORMAT, Outcome, Task, TaskKind};
use zt_federation::{
    Authentication, Client, ConsentDemand, GrantType, ProofKey, Scope, SigningAlgorithm,
    SubjectKind,
};
use zt_identity::{Group, ManagedBy, Person, PersonState, Role, Terms, TermsAcceptance};
use zt_policy::{
    Application, Calendar, CalendarHours, CertificateDemand, Day, EnforcementPoint, Network,
    PolicyDocument, PolicyState,
};
use zt_store::{MemoryStore, SqliteStore, State, Store};
use zt_trust::{Fact, FactKey, FactKind, ManagedByFiles, PostureRecord, Severity, Source};
use zt_types::{
    Answer, AppId, Assurance, CalendarId, CapabilitySet, CertificateSerial, ClientId, CredentialId,
    DecisionId, DeviceId, EnforcementPointId, EventId, FactorKind, FlowId, GrantId, GroupId,
    Language, NetworkId, Os, PersonId, PolicyId, PostureItem, Seconds, Sensitivity, SessionId,
    SourceId, Subject, TaskId, TermsId, Text, Timestamp, TokenHash,
};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() + seconds * 1000)
}

pub(crate) fn bytes(n: u8) -> [u8; 16] {
    [n; 16]
}

pub(crate) fn hash(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

pub(crate) fn text(n: u8) -> Text {
    Text {
        ja: format!("表示名「{n}」"),
        en: format!("Name \"{n}\"\nwith a line break"),
    }
}

pub(crate) fn person_id(n: u8) -> PersonId {
    PersonId::from_random(bytes(n))
}

pub(crate) fn person(n: u8, login: &str) -> Person {
    Person {
        id: person_id(n),
        login: login.into(),
        name: text(n),
        email: None,
        language: Language::Ja,
        groups: vec![GroupId::new("sales").unwrap()],
        role: Role::Member,
        affiliation: zt_types::Affiliation::Staff,
        state: PersonState::Active,
        managed_by: ManagedBy::Console,
        created_at: NOW,
    }
}

pub(crate) fn group(n: u8) -> Group {
    Group {
        id: GroupId::new(&format!("group-{n}")).unwrap(),
        name: text(n),
        part_of: Vec::new(),
        managed_by: ManagedBy::Files,
    }
}

pub(crate) fn app_id(n: u8) -> AppId {
    AppId::new(&format!("app-{n}")).unwrap()
}

pub(crate) fn application(n: u8) -> Application {
    Application {
        id: app_id(n),
        name: text(n),
        description: text(n),
        owner: "sato.hanako".into(),
        sensitivity: Sensitivity::Confidential,
        upstream: Some("http://127.0.0.1:8080".into()),
        groups: Vec::new(),
        app_groups: Vec::new(),
        certificate: CertificateDemand::Ask,
        review_by: None,
        managed_by: zt_policy::ManagedBy::Files,
    }
}

pub(crate) fn policy(n: u8) -> PolicyDocument {
    PolicyDocument {
        id: PolicyId::new(&format!("policy-{n}")).unwrap(),
        title: text(n),
        cedar: "permit (principal, action, resource);".into(),
        source: zt_policy::Written::ByHand,
        state: PolicyState::On,
        message: Some(text(n)),
        managed_by: zt_policy::ManagedBy::System,
        changed_at: NOW,
    }
}

pub(crate) fn network(n: u8) -> Network {
    Network {
        id: NetworkId::new(&format!("network-{n}")).unwrap(),
        name: text(n),
        ranges: vec!["192.0.2.0/24".parse().unwrap()],
        managed_by: zt_policy::ManagedBy::Files,
    }
}

pub(crate) fn revision(n: u8) -> zt_store::Revision {
    let version = serde_json::from_value(serde_json::json!("ab".repeat(32)));
    zt_store::Revision {
        number: u64::from(n),
        version: version.unwrap(),
        at: at(i64::from(n)),
        by: Actor::Operator,
        why: Some("安全のため".into()),
        replaced: [(policy(n).id, Some(policy(n))), (policy(n + 1).id, None)].into(),
    }
}

pub(crate) fn calendar(n: u8) -> Calendar {
    Calendar {
        id: CalendarId::new(&format!("calendar-{n}")).unwrap(),
        name: text(n),
        time_zone: "Asia/Tokyo".into(),
        hours: vec![CalendarHours {
            days: vec![Day::Mon],
            from: 540,
            to: 1050,
        }],
        days_off: BTreeMap::from([("2027-01-01".to_owned(), text(n))]),
        managed_by: zt_policy::ManagedBy::Files,
    }
}

pub(crate) fn source(n: u8) -> Source {
    Source {
        id: SourceId::new(&format!("source-{n}")).unwrap(),
        name: text(n),
        kinds: vec![FactKind::Malware],
        states_hold: None,
        token: hash(n),
        managed_by_files: ManagedByFiles::Yes,
    }
}

pub(crate) fn enforcement_point(n: u8) -> EnforcementPoint {
    EnforcementPoint {
        id: EnforcementPointId::new(&format!("point-{n}")).unwrap(),
        name: text(n),
        applications: [app_id(n)].into(),
        obligations: ["record".to_owned()].into(),
        token: hash(n),
        managed_by: zt_policy::ManagedBy::Files,
    }
}

pub(crate) fn device_id(n: u8) -> DeviceId {
    DeviceId::from_random(bytes(n))
}

pub(crate) fn device(n: u8) -> Device {
    Device {
        id: device_id(n),
        name: "営業ノート".into(),
        owner: person_id(n),
        ownership: Ownership::Company,
        os: "Debian GNU/Linux 12".into(),
        hostname: "note-1".into(),
        serial: None,
        source_ids: [(SourceId::new("edr").unwrap(), "agent-7".to_owned())].into(),
        state: DeviceState::Enrolled,
        enrolled_at: NOW,
    }
}

pub(crate) fn certificate(n: u8) -> Certificate {
    Certificate {
        serial: CertificateSerial::from_random(bytes(n)),
        device: device_id(n),
        kind: CertificateKind::Agent,
        not_before: NOW,
        not_after: at(3600),
        fingerprint: hash(n),
        revoked_at: None,
    }
}

pub(crate) fn enrolment_code(n: u8) -> EnrolmentCode {
    EnrolmentCode {
        hash: hash(n),
        person: person_id(n),
        ownership: Ownership::Personal,
        expires_at: at(600),
    }
}

pub(crate) fn fact(n: u8) -> Fact {
    Fact {
        key: FactKey {
            source: SourceId::new("edr").unwrap(),
            uid: format!("finding \"{n}\"\n"),
            subject: Subject::Device(device_id(n)),
        },
        kind: FactKind::Malware,
        severity: Severity::Critical,
        title: "Emotet".into(),
        observed_at: NOW,
        recorded_at: NOW,
        last_word_at: NOW,
        cleared_at: None,
    }
}

pub(crate) fn posture(n: u8) -> PostureRecord {
    PostureRecord {
        device: device_id(n),
        source: SourceId::new("mdm").unwrap(),
        state: zt_trust::DeviceState {
            os: Os::Windows,
            os_version: "10.0.22631".parse().ok(),
            antivirus_version: None,
            ownership: zt_types::Ownership::Company,
            virtual_desktop: Answer::No,
            items: [(PostureItem::Firewall, Answer::Yes)].into(),
        },
        observed_at: NOW,
        recorded_at: NOW,
        valid_until: NOW + Seconds::hours(1),
    }
}

pub(crate) fn credential_id(n: u8) -> CredentialId {
    CredentialId::from_random(bytes(n))
}

pub(crate) fn credential(n: u8, secret: CredentialSecret) -> Credential {
    Credential {
        id: credential_id(n),
        person: person_id(n % 2),
        name: "iPhone".into(),
        secret,
        created_at: NOW,
        last_used_at: None,
        vouched: zt_auth::Vouched::Firmly,
    }
}

pub(crate) fn totp() -> CredentialSecret {
    CredentialSecret::Totp {
        sealed_seed: "sealed".into(),
        last_step: 10,
    }
}

pub(crate) fn recovery_codes() -> CredentialSecret {
    CredentialSecret::RecoveryCodes {
        unused: vec![hash(1), hash(2)],
    }
}

pub(crate) fn passkey() -> CredentialSecret {
    CredentialSecret::Passkey {
        credential_id: "AQID".into(),
        record: "{\"cred\":1}".into(),
        backup_eligible: BackupEligible::No,
    }
}

pub(crate) fn flow_id(n: u8) -> FlowId {
    FlowId::from_random(bytes(n))
}

pub(crate) fn session_id(n: u8) -> SessionId {
    SessionId::from_random(bytes(n))
}

pub(crate) fn session(n: u8) -> Session {
    Session {
        id: session_id(n),
        person: person_id(n),
        token: hash(n),
        device: Some(device_id(n)),
        certificate: None,
        proven: vec![ProvenFactor {
            kind: FactorKind::Passkey,
            at: NOW,
        }],
        assurance: Assurance::PhishingResistant,
        created_at: NOW,
        authenticated_at: NOW,
        expires_at: at(8 * 3600),
        address: "192.0.2.1".into(),
        user_agent: "Firefox".into(),
        ended: None,
    }
}

pub(crate) fn app_session(token: u8, of: u8) -> AppSession {
    AppSession {
        token: hash(token),
        session: session_id(of),
        app: app_id(1),
        created_at: NOW,
    }
}

pub(crate) fn redeem_code(n: u8) -> RedeemCode {
    RedeemCode {
        hash: hash(n),
        session: session_id(n),
        app: app_id(1),
        binding: hash(9),
        return_to: "/".into(),
        expires_at: at(60),
    }
}

pub(crate) fn client_id(n: u8) -> ClientId {
    ClientId::new(&format!("client-{n}")).unwrap()
}

pub(crate) fn client(n: u8) -> Client {
    Client {
        id: client_id(n),
        name: text(n),
        app: app_id(n),
        authentication: Authentication::None,
        secrets: vec![],
        keys: None,
        jwks_uri: None,
        redirect_uris: [zt_federation::RedirectUri::parse("https://client.example/cb").unwrap()]
            .into(),
        post_logout_redirect_uris: [].into(),
        backchannel_logout: None,
        frontchannel_logout: None,
        grants: [GrantType::AuthorizationCode].into(),
        scopes: [Scope::Openid].into(),
        exchange_to: [].into(),
        proof_key: ProofKey::Required,
        subject: SubjectKind::Public,
        consent: ConsentDemand::Asked,
        id_token: SigningAlgorithm::Es256,
        access_token_lifetime: Seconds::minutes(5),
        home: None,
        safeguards: zt_federation::Safeguards::default(),
        managed_by: zt_types::ManagedBy::Files,
    }
}

pub(crate) fn grant_id(n: u8) -> GrantId {
    GrantId::from_random(bytes(n))
}

/// A grant of client 1 in a session, with its code out.
pub(crate) fn grant(n: u8, of: u8) -> Grant {
    Grant {
        id: grant_id(n),
        client: client_id(1),
        app: app_id(1),
        person: person_id(of),
        session: session_id(of),
        asked: "{}".into(),
        authenticated_at: NOW,
        assurance: Assurance::Mfa,
        factors: vec![FactorKind::Password, FactorKind::Totp],
        address: "192.0.2.7".into(),
        user_agent: "test".into(),
        created_at: NOW,
        expires_at: at(300),
        holder: None,
        state: GrantState::Code {
            code: hash(n),
            until: at(60),
        },
        lapse: None,
        telling: None,
    }
}

pub(crate) fn consent(who: u8, n: u8) -> Consent {
    Consent {
        person: person_id(who),
        client: client_id(n),
        scopes: vec!["openid".into()],
        at: NOW,
    }
}

pub(crate) fn sign_in_link(n: u8) -> SignInLink {
    SignInLink {
        hash: hash(n),
        person: person_id(n),
        expires_at: at(60),
    }
}

pub(crate) fn reset_due(n: u8) -> ResetDue {
    ResetDue {
        person: person_id(n),
        since: NOW,
        why: "見知らぬ場所からのサインイン".into(),
        by: Actor::Operator,
    }
}

pub(crate) fn reset_pass(whose: u8, n: u8) -> ResetPass {
    ResetPass {
        person: person_id(whose),
        hash: hash(n),
        issued_at: NOW,
        expires_at: at(60),
        by: Actor::Person(person_id(9)),
        reason: "電話で本人を確認".into(),
        scope: PassScope::AllFactors,
    }
}

pub(crate) fn terms_id(n: u8) -> TermsId {
    TermsId::new(&format!("terms-{n}")).unwrap()
}

pub(crate) fn terms(n: u8, body: &str) -> Terms {
    let body = Text {
        ja: format!("本文 {body}"),
        en: body.into(),
    };
    Terms::new(terms_id(n), text(n), body, ManagedBy::Files, NOW)
}

pub(crate) fn acceptance(who: u8, terms: &Terms) -> TermsAcceptance {
    TermsAcceptance {
        person: person_id(who),
        terms: terms.id.clone(),
        version: terms.version(),
        at: NOW,
        session: session_id(who),
    }
}

pub(crate) fn by_person(n: u8) -> GuessScope {
    GuessScope::Person {
        person: person_id(n),
        factor: FactorKind::Password,
    }
}

pub(crate) fn by_address(n: u8) -> GuessScope {
    GuessScope::Address {
        address: format!("192.0.2.{n}"),
    }
}

pub(crate) fn task(n: u8) -> Task {
    Task {
        id: TaskId::from_random(bytes(n)),
        kind: TaskKind::UnknownDevice {
            source: SourceId::new("edr").unwrap(),
            finding: "f-1".into(),
            claimed: "PC-7".into(),
        },
        opened_at: NOW,
        closed_at: None,
    }
}

fn event(n: u8, body: Body) -> Event {
    Event {
        v: FORMAT,
        id: EventId::from_random(bytes(n)),
        at: at(i64::from(n)),
        actor: Actor::Nobody,
        body,
    }
}

pub(crate) fn access(n: u8, who: u8, app: u8, outcome: Outcome) -> Event {
    event(
        n,
        Body::Access {
            person: Some(person_id(who)),
            session: Some(session_id(who)),
            device: Some(device_id(who)),
            app: Some(app_id(app)),
            decision: None,
            method: "GET".into(),
            host: format!("app-{app}.sekisho.localhost"),
            path: "/記録/\n".into(),
            status: 200,
            address: "192.0.2.1".into(),
            outcome,
            reasons: Vec::new(),
        },
    )
}

pub(crate) fn decided(n: u8, who: u8, app: u8) -> Event {
    event(
        n,
        Body::Decided {
            decision: DecisionId::from_random(bytes(n)),
            person: person_id(who),
            session: session_id(who),
            device: None,
            app: app_id(app),
            outcome: Outcome::Success,
            capabilities: CapabilitySet::default(),
            reasons: Vec::new(),
            inputs: serde_json::json!({ "trust": "high", "lines": "a\nb" }).into(),
            policies: Box::default(),
            would_refuse: Box::default(),
            fingerprint: None,
            origin: zt_events::Origin::Observed,
        },
    )
}

pub(crate) fn enrolled(n: u8, who: u8) -> Event {
    event(
        n,
        Body::DeviceEnrolled {
            device: device_id(who),
            person: person_id(who),
            name: "note".into(),
        },
    )
}

pub(crate) fn started(n: u8) -> Event {
    event(
        n,
        Body::Started {
            version: "0.1.0".into(),
        },
    )
}

/// All records in a form that can be compared; some hold secrets and cannot be compared themselves.
pub(crate) fn shown(state: &State) -> String {
    let mut lines = Vec::new();
    let mut line = |table: &str, value: Result<String, serde_json::Error>| {
        lines.push(format!("{table} {}", value.unwrap()));
    };
    macro_rules! tables {
        ($($field:ident),*) => {$(
            for (key, record) in &state.$field {
                let body = serde_json::to_string(record);
                line(stringify!($field), body.map(|body| format!("{key:?} {body}")));
            }
        )*};
    }
    tables!(
        people,
        logins,
        groups,
        applications,
        policies,
        sources,
        enforcement_points,
        networks,
        calendars,
        devices,
        certificates,
        enrolment_codes,
        facts,
        postures,
        credentials,
        flows,
        sessions,
        app_sessions,
        redeem_codes,
        clients,
        registrations,
        initial_tokens,
        grants,
        consents,
        sign_in_links,
        resets_due,
        reset_passes,
        terms,
        acceptances,
        guesses,
        tasks,
        revisions,
        settings
    );
    for person in state.people.keys() {
        for credential in state.credentials_of(*person) {
            lines.push(format!("factor of {person} {}", credential.id));
        }
    }
    for session in state.sessions.keys() {
        for cookie in state.app_sessions_of(*session) {
            lines.push(format!("cookie of {session} {}", cookie.token));
        }
        for grant in state.grants_of(*session) {
            lines.push(format!("grant of {session} {}", grant.id));
        }
    }
    for client in state.untold_clients() {
        for (at, grant) in state.untold_to(client) {
            lines.push(format!("untold {client} {at:?} {grant}"));
        }
    }
    lines.join("\n")
}

/// The same key each time.
pub(crate) fn signer() -> CheckpointSigner {
    static KEY: LazyLock<Vec<u8>> =
        LazyLock::new(|| CheckpointSigner::generate().unwrap().to_vec());
    CheckpointSigner::from_pkcs8("id.sekisho.localhost/audit", &KEY).unwrap()
}

/// A store in a file of its own directory.
pub(crate) struct InFile {
    pub(crate) store: Option<SqliteStore>,
    directory: TempDir,
}

impl InFile {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&directory.path().join("sekisho.db"), signer()).unwrap();
        Self {
            store: Some(store),
            directory,
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("sekisho.db")
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn store(&self) -> &SqliteStore {
        self.store.as_ref().unwrap()
    }

    pub(crate) fn close(&mut self) {
        self.store = None;
    }

    pub(crate) fn reopen(&mut self) {
        self.close();
        self.store = Some(SqliteStore::open(&self.path(), signer()).unwrap());
    }
}

/// Runs a scenario against every implementation; what the file keeps must be what memory keeps, also after opening anew.
pub(crate) async fn against_all(scenario: impl AsyncFn(&dyn Store)) {
    let memory = MemoryStore::new();
    scenario(&memory).await;
    let mut file = InFile::new();
    scenario(file.store()).await;
    let expected = shown(&memory.load().await.unwrap());
    assert_eq!(shown(&file.store().load().await.unwrap()), expected);
    file.reopen();
    assert_eq!(
        shown(&file.store().load().await.unwrap()),
        expected,
        "after opening anew"
    );
}
