//! An application's clients, a person who is signed in, and what they send.

use crate::fixtures::{EDR_TOKEN, admin, endpoints};
use crate::{Caller, Endpoints};
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;
use tower::ServiceExt;
use zt_auth::{Grant, ProvenFactor, Session};
use zt_crypto::ca::DeviceKey;
use zt_crypto::hash::{mint_token, received_hash, sha256, token_hash};
use zt_crypto::x509::client::CertificateDer;
use zt_crypto::x509::{DeviceTrust, from_pem};
use zt_device::Presentation;
use zt_events::Body as Told;
use zt_federation::{
    Authentication, AuthorizationRequest, Client, ClientSecret, ConsentDemand, Form, GrantType,
    ProofKey, RedirectUri, Scope, SigningAlgorithm, SubjectKind,
};
use zt_live::{Whence, Wish};
use zt_net::Outbound;
use zt_store::{Change, EventFilter, Plan};
use zt_types::{
    AppId, Assurance, ClientId, FactorKind, GrantId, ManagedBy, Seconds, SessionId, Text,
    Timestamp, TokenHash,
};

pub(super) const ISSUER: &str = "https://id.sekisho.example";
pub(super) const BACK: &str = "https://board.example/back";
pub(super) const SECRET: &str = "board-secret-0123456789-0123456789";
pub(super) const VERIFIER: &str = "verifier-0123456789-0123456789-0123456789-01";

pub(super) fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(sha256(VERIFIER.as_bytes()))
}

/// The header of a client that shows its secret.
pub(super) fn basic(id: &str, secret: &str) -> (String, String) {
    let pair = STANDARD.encode(format!("{id}:{secret}"));
    ("authorization".to_owned(), format!("Basic {pair}"))
}

/// A client of the chat that shows a secret in the header.
pub(super) fn client(id: &str) -> Client {
    Client {
        id: ClientId::new(id).unwrap(),
        name: Text {
            ja: id.to_owned(),
            en: id.to_owned(),
        },
        app: AppId::new("chat").unwrap(),
        authentication: Authentication::SecretBasic,
        secrets: vec![ClientSecret {
            hash: received_hash(SECRET),
            expires_at: Timestamp::FAR_FUTURE,
        }],
        keys: None,
        jwks_uri: None,
        redirect_uris: [RedirectUri::parse(BACK).unwrap()].into(),
        post_logout_redirect_uris: [].into(),
        backchannel_logout: None,
        frontchannel_logout: None,
        grants: GrantType::ALL.into(),
        scopes: Scope::ALL.into(),
        exchange_to: [].into(),
        proof_key: ProofKey::OrNonce,
        subject: SubjectKind::Public,
        consent: ConsentDemand::Implied,
        id_token: SigningAlgorithm::Es256,
        access_token_lifetime: Seconds::minutes(5),
        home: None,
        safeguards: zt_federation::Safeguards::default(),
        managed_by: ManagedBy::Files,
    }
}

/// A client that runs in browsers.
pub(super) fn browser_client(id: &str) -> Client {
    Client {
        authentication: Authentication::None,
        secrets: Vec::new(),
        grants: [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
        ..client(id)
    }
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Answer {
    /// The status and the error.
    pub(super) fn said(&self) -> (u16, &str) {
        (
            self.status.as_u16(),
            self.body["error"].as_str().unwrap_or_default(),
        )
    }

    pub(super) fn text(&self, member: &str) -> String {
        let text = self.body[member].as_str();
        text.unwrap_or_else(|| panic!("no {member} in {}", self.body))
            .to_owned()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }
}

pub(super) struct World {
    pub(super) endpoints: Endpoints,
    pub(super) session: SessionId,
    /// What connections show.
    chain: Mutex<Vec<CertificateDer<'static>>>,
}

impl World {
    /// With the clients `board` and `other`, which have the same secret, and `page`, which runs in browsers.
    pub(super) async fn new() -> Self {
        let endpoints = endpoints().await;
        let live = endpoints.live();
        let now = live.clock().now();
        let proven = [FactorKind::Password, FactorKind::Totp];
        let session = Session {
            id: SessionId::from_random([9; 16]),
            person: live.read(|state| state.logins["sato.hanako"]),
            token: TokenHash([9; 32]),
            device: None,
            certificate: None,
            proven: proven.map(|kind| ProvenFactor { kind, at: now }).to_vec(),
            assurance: Assurance::Mfa,
            created_at: now,
            authenticated_at: now,
            expires_at: now + Seconds::hours(12),
            address: "192.0.2.1".to_owned(),
            user_agent: String::new(),
            ended: None,
        };
        let id = session.id;
        let world = Self {
            endpoints,
            session: id,
            chain: Mutex::default(),
        };
        world.commit(Change::PutSession(session)).await;
        for client in [client("board"), client("other"), browser_client("page")] {
            world.commit(Change::PutClient(client)).await;
        }
        world
    }

    /// What is kept stays, and what only the process knew is gone.
    pub(super) fn restart(&mut self) {
        self.calls_by(self.endpoints.inner.parts.outbound.clone());
    }

    /// The same, and clients' addresses are called so.
    pub(super) fn calls_by(&mut self, outbound: Outbound) {
        let parts = &self.endpoints.inner.parts;
        let parts = crate::Parts {
            live: parts.live.clone(),
            device_authority: parts.device_authority.clone(),
            keyring: parts.keyring.clone(),
            saml: parts.saml.clone(),
            organisation: parts.organisation.clone(),
            passwords: parts.passwords.clone(),
            outbound,
            origin: parts.origin.clone(),
            version: parts.version,
        };
        self.endpoints = Endpoints::new(parts);
    }

    /// Connections show these certificates from now on.
    pub(super) fn shows(&self, chain: &[CertificateDer<'static>]) {
        *self.chain.lock().unwrap() = chain.to_vec();
    }

    pub(super) async fn commit(&self, change: Change) {
        let plan = Plan::new(vec![change], Vec::new());
        self.endpoints.live().commit(plan).await.unwrap();
    }

    pub(super) fn now(&self) -> Timestamp {
        self.endpoints.live().clock().now()
    }

    pub(super) fn pass(&self, span: Seconds) {
        let span = std::time::Duration::from_secs(span.0);
        self.endpoints.live().clock().advance(span);
    }

    pub(super) fn registered(&self, id: &str) -> Client {
        let id = ClientId::new(id).unwrap();
        self.endpoints
            .live()
            .read(|state| state.clients[&id].clone())
    }

    /// A code for a request with these parameters, beside the usual ones.
    pub(super) async fn code_for(&self, id: &str, more: &str) -> String {
        let client = self.registered(id);
        let query = format!(
            "response_type=code&client_id={id}&redirect_uri={BACK}&scope=openid+profile+email&{more}"
        );
        let form = Form::parse(query.as_bytes()).unwrap();
        let asked = AuthorizationRequest::read(&form, &client).unwrap();
        let live = self.endpoints.live();
        let session = live.read(|state| state.sessions[&self.session].clone());
        let wish = Wish {
            client: &client.id,
            app: &client.app,
            asked: serde_json::to_string(&asked).unwrap(),
            presented: Presentation::NotAsked,
            whence: Whence::new("192.0.2.1".parse().ok(), "Mozilla/5.0 Firefox/140.0"),
            user_agent: "Mozilla/5.0 Firefox/140.0",
            agreed: None,
        };
        let id = GrantId::from_random(live.entropy().bytes());
        let secret = mint_token(live.entropy().bytes());
        let given = live.give_code(&session, wish, id, token_hash(&secret));
        given.await.unwrap();
        Grant::bearer(id, &secret).expose().to_owned()
    }

    /// A code with a proof key and a nonce.
    pub(super) async fn code(&self, id: &str) -> String {
        let challenge = challenge();
        let more = format!("nonce=n-1&code_challenge={challenge}&code_challenge_method=S256");
        self.code_for(id, &more).await
    }

    pub(super) async fn send(&self, request: http::request::Builder, body: String) -> Answer {
        self.send_body(request, Body::from(body)).await
    }

    pub(super) async fn send_body(&self, request: http::request::Builder, body: Body) -> Answer {
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(Caller {
            address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
            presented: Presentation::NotAsked,
            chain: self.chain.lock().unwrap().clone().into(),
        });
        let response = self.endpoints.public().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        let body = serde_json::from_slice(&bytes.unwrap()).unwrap_or(Value::Null);
        Answer {
            status,
            headers,
            body,
        }
    }

    /// What comes back that is no JSON, and what it says it is.
    pub(super) async fn raw(&self, request: http::request::Builder) -> (String, String) {
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(Caller {
            address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
            presented: Presentation::NotAsked,
            chain: [].into(),
        });
        let response = self.endpoints.public().oneshot(request).await.unwrap();
        let kind = response.headers()["content-type"].to_str().unwrap();
        let kind = kind.to_owned();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        (kind, String::from_utf8(bytes.unwrap().to_vec()).unwrap())
    }

    /// Sends a form, with headers.
    pub(super) async fn post(
        &self,
        path: &str,
        headers: &[(String, String)],
        fields: &[(&str, &str)],
    ) -> Answer {
        let mut request =
            Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let encoded = |text: &str| {
            let bytes = text.bytes().map(|byte| format!("%{byte:02x}"));
            bytes.collect::<String>()
        };
        let pairs = fields.iter().filter(|(_, value)| !value.is_empty());
        let pairs = pairs.map(|(name, value)| format!("{name}={}", encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let answer = self.send(request, body).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        answer
    }

    /// Asks for tokens as `board`, or as a client that is named in the fields.
    pub(super) async fn tokens(&self, fields: &[(&str, &str)]) -> Answer {
        let is_named = fields.iter().any(|(name, _)| *name == "client_id");
        let headers = [basic("board", SECRET)];
        let headers = if is_named { &[] } else { headers.as_slice() };
        self.post(super::super::TOKEN, headers, fields).await
    }

    /// Redeems a code as `board`, with the right verifier.
    pub(super) async fn redeem(&self, code: &str) -> Answer {
        self.tokens(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    pub(super) async fn refresh(&self, token: &str) -> Answer {
        self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", token)])
            .await
    }

    /// What the UserInfo endpoint says to a token.
    pub(super) async fn userinfo(&self, token: &str) -> Answer {
        let request = Request::get(super::super::USERINFO);
        let request = request.header("authorization", format!("Bearer {token}"));
        self.send(request, String::new()).await
    }

    /// Why the newest request for tokens was refused, and whose it is said to be.
    pub(super) async fn refused(&self) -> (String, Option<ClientId>) {
        let filter = EventFilter {
            limit: 20,
            ..Default::default()
        };
        let live = self.endpoints.live();
        live.store().flush().await.unwrap();
        let events = live.events(filter).await.unwrap();
        let mut refused = events
            .into_iter()
            .filter_map(|logged| match logged.event.body {
                Told::TokensRefused { why, client, .. } => Some((why, client)),
                _ => None,
            });
        refused.next().unwrap_or_default()
    }

    /// Binds the session to a device of hers, whose host name is `pc-1`.
    pub(super) async fn bind(&self) {
        let wanted = json!({ "login": "sato.hanako", "ownership": "company" });
        let codes = crate::management::ENROLMENT_CODES;
        let (_, code) = admin(&self.endpoints, "POST", codes, &wanted).await;
        let csr = || DeviceKey::generate().unwrap().request;
        let facts = json!({ "hostname": "pc-1", "os": "Debian", "serial": "S1" });
        let body = json!({ "code": code["code"], "csr": csr(), "name": "pc", "facts": facts });
        let enrolled = self.device(zt_device::wire::ENROL_PATH, Presentation::Nothing, &body);
        let agent = self.presented(&enrolled.await["issued"]["certificate"]);
        let path = zt_device::wire::BROWSER_CERTIFICATE_PATH;
        let issued = self.device(path, agent, &json!({ "csr": csr() })).await;
        let presented = self.presented(&issued["certificate"]);
        let bound = self.endpoints.live().bind(self.session, presented);
        bound.await.unwrap();
    }

    async fn device(&self, path: &str, presented: Presentation, body: &Value) -> Value {
        let mut request = Request::post(path)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        request.extensions_mut().insert(Caller {
            address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
            presented,
            chain: [].into(),
        });
        let (status, body) = crate::fixtures::public(&self.endpoints, request).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        body
    }

    fn presented(&self, certificate: &Value) -> Presentation {
        let authority = self.endpoints.inner.parts.device_authority.certificate();
        let der = from_pem(certificate.as_str().unwrap()).unwrap();
        DeviceTrust::new(vec![authority.clone()]).presentation(&[der])
    }

    /// Says that her device has malware, or (with status 4) has it no more.
    pub(super) async fn finding(&self, status: u64) {
        let body = json!({
            "class_uid": 2004, "activity_id": 1, "status_id": status, "severity_id": 5,
            "time": 1_775_000_000_000u64,
            "metadata": { "version": "1.8.0" },
            "finding_info": { "uid": "F-1", "title": "Trojan.Test", "types": ["Malware"] },
            "device": { "hostname": "pc-1", "type_id": 2 },
        });
        let request = Request::post(crate::SIGNALS_PATH)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {EDR_TOKEN}"));
        let answer = self.send(request, body.to_string()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
}
