//! A server in a directory of its own, and clients to ask it with.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use tempfile::TempDir;
use zt_auth::{ProvenFactor, Session};
use zt_endpoints::management;
use zt_identity::Files;
use zt_net::{Client, ClientError, ClientSettings};
use zt_server::config::Config;
use zt_server::{Running, StartError};
use zt_store::{Change, Plan};
use zt_types::{Assurance, FactorKind, Seconds, SessionId};

pub(crate) const DOMAIN: &str = "sekisho.localhost";
/// The token of the source `edr`.
pub(crate) const EDR_TOKEN: &str = "edr-token-0123456789-0123456789-0123456789";

pub(crate) struct World {
    pub(crate) running: Running,
    pub(crate) client: Client,
    pub(crate) directory: TempDir,
}

/// Starts a server in `directory`, with more settings if wanted.
pub(crate) async fn start(directory: &Path, more: &str) -> Result<Running, StartError> {
    let text = format!(
        "domain = \"{DOMAIN}\"\nstate_dir = \"state\"\n[listen]\nhttps = \"127.0.0.1:0\"\nadmin_port = 0\n{more}"
    );
    let config = Config::parse("test", &text, std::iter::empty(), directory).unwrap();
    zt_server::start(config).await
}

pub(crate) fn client(running: &Running) -> Client {
    let addresses = [("health", Ipv4Addr::LOCALHOST)]
        .into_iter()
        .map(|(name, address)| (name.to_owned(), IpAddr::V4(address)))
        .collect();
    Client::new(ClientSettings {
        roots: vec![running.server_authority().clone()],
        addresses,
        ..ClientSettings::default()
    })
    .unwrap()
}

/// The example organisation.
pub(crate) fn example() -> Files {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/organisation");
    let mut files = zt_endpoints::organisation::read_directory(&path).unwrap();
    for file in ["secrets/edr.token", "secrets/travel.secret"] {
        let hash = zt_crypto::hash::received_hash(EDR_TOKEN);
        files.tokens.insert(file.to_owned(), Some(hash));
    }
    files
}

impl World {
    /// A server with the example organisation.
    pub(crate) async fn new() -> Self {
        let world = Self::empty().await;
        world.apply(&example()).await;
        world
    }

    /// A server without any organisation.
    pub(crate) async fn empty() -> Self {
        let directory = TempDir::with_prefix("sekisho-server-").unwrap();
        let running = start(directory.path(), "").await.unwrap();
        let client = client(&running);
        Self {
            running,
            client,
            directory,
        }
    }

    pub(crate) async fn apply(&self, files: &Files) {
        let body = json!({ "files": files });
        let (status, answer) = self
            .admin(Method::POST, management::ORGANISATION_APPLY, &body)
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    /// Asks through the admin socket.
    pub(crate) async fn admin(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        let client = Client::new(ClientSettings {
            unix_socket: Some(self.running.admin_socket().to_owned()),
            ..ClientSettings::default()
        })
        .unwrap();
        let request = Request::builder()
            .method(method)
            .uri(format!("http://admin{path}"))
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let response = client.send(request).await.unwrap();
        let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        (response.status(), body)
    }

    /// The address of a path at `<label>.<domain>`.
    pub(crate) fn address(&self, label: &str, path: &str) -> String {
        format!(
            "https://{label}.{DOMAIN}:{}{path}",
            self.running.https().port()
        )
    }

    pub(crate) async fn get(
        &self,
        label: &str,
        path: &str,
    ) -> Result<Response<Bytes>, ClientError> {
        let request = Request::get(self.address(label, path))
            .body(Bytes::new())
            .unwrap();
        self.client.send(request).await
    }

    /// Signs somebody in, as the sign-in would: her session and her cookie at `id.<domain>`.
    pub(crate) async fn session(&self, login: &str, id: u8) -> (SessionId, String) {
        let live = self.running.live();
        let now = live.clock().now();
        let token = zt_crypto::hash::mint_token([id; 32]);
        let session = Session {
            id: SessionId::from_random([id; 16]),
            person: live.read(|state| state.logins[login]),
            token: zt_crypto::hash::token_hash(&token),
            device: None,
            certificate: None,
            proven: vec![ProvenFactor {
                kind: FactorKind::Passkey,
                at: now,
            }],
            assurance: Assurance::PhishingResistant,
            created_at: now,
            authenticated_at: now,
            expires_at: now + Seconds::hours(12),
            address: "127.0.0.1".to_owned(),
            user_agent: String::new(),
            ended: None,
        };
        let id = session.id;
        let plan = Plan::new(vec![Change::PutSession(session)], Vec::new());
        live.commit(plan).await.unwrap();
        (id, format!("__Host-sekisho={}", token.expose()))
    }
}
