//! A company with one wiki (which demands a trusted device), one chat, and browsers.

use crate::Visitor;
use crate::signin::{SignIn, SignInParts, Site};
use axum::Router;
use http::header;
use http::{HeaderMap, Request, StatusCode};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use tower::ServiceExt;
use zt_auth::{Credential, CredentialSecret};
use zt_crypto::hash::received_hash;
use zt_crypto::password::{PasswordPool, PoolSize};
use zt_crypto::seal::{MasterKey, SealedKind};
use zt_crypto::totp::TotpSeed;
use zt_crypto::webauthn::Relying;
use zt_device::Presentation;
use zt_events::Body;
use zt_identity::{ManagedBy, Person};
use zt_live::{Live, Parts, Whence};
use zt_net::{Clock, Entropy};
use zt_policy::{Application, CertificateDemand, examples};
use zt_store::{Change, EventFilter, MemoryStore, Plan};
use zt_types::{
    AppId, CredentialId, FlowId, Language, PersonId, PersonState, Role, Secret, Sensitivity, Text,
    Timestamp, TokenHash,
};

pub(super) const PASSWORD: &str = "correct horse battery";
pub(super) const ORIGIN: &str = "https://id.example.jp:8443";
pub(super) const HOST: &str = "id.example.jp";

pub(super) struct World {
    pub(super) live: Live,
    pub(super) clock: Clock,
    pub(super) site: Site,
    master: Arc<MasterKey>,
    router: Router,
    pub(super) hanako: PersonId,
}

pub(super) fn text(words: &str) -> Text {
    Text {
        ja: words.to_owned(),
        en: words.to_owned(),
    }
}

fn application(id: &str, sensitivity: Sensitivity, certificate: CertificateDemand) -> Application {
    Application {
        id: AppId::new(id).unwrap(),
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

pub(super) fn size(workers: usize, queue: usize) -> PoolSize {
    PoolSize {
        workers: NonZeroUsize::new(workers).unwrap(),
        queue,
    }
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with_pool(size(2, 512)).await
    }

    pub(super) async fn with_pool(size: PoolSize) -> Self {
        let clock = Clock::manual(Timestamp::from_seconds(1_790_000_000));
        let live = Live::open(Parts {
            store: Arc::new(MemoryStore::new()),
            clock: clock.clone(),
            entropy: Entropy::danger_seeded(7),
            places: Default::default(),
        })
        .await
        .unwrap();
        let passwords = PasswordPool::new(size).unwrap();
        let site = Site::new("example.jp", 8443);
        let master = Arc::new(MasterKey::from_bytes(zeroize::Zeroizing::new([7; 32])).unwrap());
        let hanako = PersonId::from_random(live.entropy().bytes());
        let phc = passwords
            .hash(Secret::new(PASSWORD.to_owned()))
            .await
            .unwrap();
        let mut changes = vec![
            Change::PutPerson(Person {
                id: hanako,
                login: "hanako".to_owned(),
                name: text("佐藤 花子"),
                email: Some("Hanako@example.jp".to_owned()),
                language: Language::Ja,
                groups: Vec::new(),
                role: Role::Member,
                affiliation: zt_types::Affiliation::Staff,
                state: PersonState::Active,
                managed_by: ManagedBy::Files,
                created_at: clock.now(),
            }),
            Change::PutCredential(Credential {
                id: CredentialId::from_random(live.entropy().bytes()),
                person: hanako,
                name: String::new(),
                secret: CredentialSecret::Password { phc },
                created_at: clock.now(),
                last_used_at: None,
                vouched: zt_auth::Vouched::Firmly,
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
        ];
        changes.extend(examples().unwrap().into_iter().map(Change::PutPolicy));
        live.commit(Plan::new(changes, Vec::new())).await.unwrap();
        let sign_in = SignIn::new(SignInParts {
            live: live.clone(),
            passwords,
            passkeys: Relying::new(HOST, ORIGIN, "Example").unwrap(),
            master: Arc::clone(&master),
            site: site.clone(),
            organisation: "Example".to_owned(),
        })
        .unwrap();
        Self {
            live,
            clock,
            site,
            master,
            router: sign_in.router(),
            hanako,
        }
    }

    pub(super) fn browser(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookies: BTreeMap::new(),
            page: Answer::default(),
            address: IpAddr::from([192, 0, 2, 7]),
            presented: Presentation::Nothing,
            headers: vec![("accept-language", "en"), ("sec-fetch-site", "same-origin")],
        }
    }

    /// What an authenticator app shows now for a sealed seed.
    pub(super) fn code(&self, credential: CredentialId, sealed: &str) -> String {
        let bytes = self
            .master
            .open(SealedKind::TotpSeed, &credential.to_string(), sealed)
            .unwrap();
        let step = u64::try_from(self.clock.now().as_seconds()).unwrap() / 30;
        let seed = TotpSeed::from_stored(&bytes).unwrap();
        seed.code(step).expose().to_owned()
    }

    /// What the app that is being enrolled in this flow shows now.
    pub(super) fn code_of_flow(&self, path: &str) -> String {
        let id: FlowId = path.rsplit('/').next().unwrap().parse().unwrap();
        let body = self.live.read(|state| state.flows[&id].body.clone());
        let flow: serde_json::Value = serde_json::from_str(&body).unwrap();
        let credential = flow["state"]["credential"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        self.code(credential, flow["state"]["sealed_seed"].as_str().unwrap())
    }

    /// What Hanako's app shows now.
    pub(super) fn code_of_hanako(&self) -> String {
        let (id, sealed) = self.live.read(|state| {
            state
                .credentials_of(self.hanako)
                .find_map(|kept| match &kept.secret {
                    CredentialSecret::Totp { sealed_seed, .. } => {
                        Some((kept.id, sealed_seed.clone()))
                    }
                    _ => None,
                })
                .unwrap()
        });
        self.code(id, &sealed)
    }

    pub(super) async fn events(&self) -> Vec<Body> {
        let filter = EventFilter {
            limit: 1000,
            ..EventFilter::default()
        };
        self.live.store().flush().await.unwrap();
        let mut events = self.live.events(filter).await.unwrap();
        events.reverse();
        events.into_iter().map(|logged| logged.event.body).collect()
    }

    /// Disables or enables Hanako.
    pub(super) async fn put_hanako(&self, state: PersonState) {
        let mut person = self.live.read(|kept| kept.people[&self.hanako].clone());
        person.state = state;
        let plan = Plan::new(vec![Change::PutPerson(person)], Vec::new());
        self.live.commit(plan).await.unwrap();
    }
}

/// A browser: cookies, and the page it shows.
#[derive(Clone)]
pub(super) struct Browser {
    router: Router,
    pub(super) cookies: BTreeMap<String, String>,
    pub(super) page: Answer,
    pub(super) address: IpAddr,
    pub(super) presented: Presentation,
    pub(super) headers: Vec<(&'static str, &'static str)>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) path: String,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn location(&self) -> &str {
        let location = self.headers.get(header::LOCATION);
        location.map_or("", |value| value.to_str().unwrap())
    }

    /// The value of a hidden field or attribute, as it stands in the page.
    pub(super) fn value(&self, before: &str) -> String {
        let start = self.body.find(before).unwrap_or_else(|| {
            panic!(
                "no `{before}` in {} {}\n{}",
                self.path, self.status, self.body
            )
        });
        let rest = &self.body[start + before.len()..];
        rest[..rest.find('"').unwrap()]
            .replace("&#34;", "\"")
            .replace("&#38;", "&")
    }

    /// The page's heading.
    pub(super) fn title(&self) -> String {
        let start = self.body.find("<h1>").map_or(0, |start| start + 4);
        self.body[start..].split('<').next().unwrap().to_owned()
    }
}

impl Browser {
    pub(super) async fn send(
        &mut self,
        method: &str,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        for (name, value) in &self.cookies {
            request = request.header(header::COOKIE, format!("{name}={value}"));
        }
        if method == "POST" {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let mut request = request.body(axum::body::Body::from(body)).unwrap();
        request.extensions_mut().insert(Visitor {
            address: self.address,
            whence: Whence::new(Some(self.address), ""),
            presented: self.presented,
        });
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Answer {
            path: path.to_owned(),
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Opens an address and follows redirects on this host.
    pub(super) async fn open(&mut self, path: &str) {
        self.page = self.send("GET", path, "", Vec::new()).await;
        self.follow().await;
    }

    async fn follow(&mut self) {
        while self.page.status == StatusCode::SEE_OTHER
            && self.page.location().starts_with("/signin/")
            || self.page.location().starts_with("/passage")
        {
            let path = self.page.location().to_owned();
            self.page = self.send("GET", &path, "", Vec::new()).await;
        }
    }

    /// The form of the present page with these fields.
    pub(super) fn form(&self, fields: &[(&str, &str)]) -> Vec<u8> {
        let step = self.page.value(r#"name="step" value=""#);
        let nonce = self.page.value(r#"name="nonce" value=""#);
        let all = [("step", step.as_str()), ("nonce", nonce.as_str())];
        let encoded: Vec<String> = all
            .iter()
            .chain(fields)
            .map(|(name, value)| {
                let value = zt_pages::language::percent_encoded(value);
                format!("{name}={value}")
            })
            .collect();
        encoded.join("&").into_bytes()
    }

    pub(super) async fn post(&mut self, action: &str, form: Vec<u8>) -> Answer {
        let path = format!("{}/{action}", self.flow());
        let kind = "application/x-www-form-urlencoded";
        self.send("POST", &path, kind, form).await
    }

    /// Answers the present page and follows.
    pub(super) async fn submit(&mut self, action: &str, fields: &[(&str, &str)]) {
        let form = self.form(fields);
        self.page = self.post(action, form).await;
        self.follow().await;
    }

    /// The address of the present flow, `/signin/<flow>`.
    pub(super) fn flow(&self) -> String {
        let parts: Vec<&str> = self.page.path.split('/').take(3).collect();
        parts.join("/")
    }

    /// Name and password.
    pub(super) async fn type_password(&mut self) {
        self.submit("name", &[("login", "hanako")]).await;
        self.submit("password", &[("password", PASSWORD)]).await;
    }

    /// Signs in by name and password and enrols an app; gives back the recovery codes.
    pub(super) async fn enrol(&mut self, world: &World, first: &str) -> Vec<String> {
        self.open(first).await;
        self.type_password().await;
        self.submit("choose", &[("kind", "totp")]).await;
        let code = world.code_of_flow(&self.flow());
        self.submit("code", &[("code", &code)]).await;
        let codes = self
            .page
            .body
            .split("<ul class=\"codes\" id=\"codes\">")
            .nth(1)
            .unwrap_or_else(|| panic!("{}", self.page.body));
        let codes = codes.split("</ul>").next().unwrap();
        let codes = codes
            .split("<li>")
            .skip(1)
            .map(|item| item.split('<').next().unwrap().to_owned())
            .collect();
        self.submit("acknowledge", &[]).await;
        codes
    }

    pub(super) fn session(&self) -> Option<TokenHash> {
        self.cookies
            .get("__Host-sekisho")
            .map(|value| received_hash(value))
    }
}
