//! The server with the cases' organisation, and one exchange with it.

use super::faults::Fault;
use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use serde_json::Value;
use zt_net::{Client, ClientLimits, ClientSettings};
use zt_testkit::Server;

const ORGANISATION: &str = include_str!("../../authzen/organisation.toml");
/// Bearer tokens by enforcement point.
const TOKENS: [(&str, &str); 2] = [
    ("vpn", "vpn-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"),
    ("door", "door-0123456789abcdefghijklmnopqrstuvwxyzABCDEF"),
];

pub(crate) struct World {
    pub(crate) server: Server,
    client: Client,
}

impl World {
    pub(crate) async fn start() -> Self {
        let server = Server::start().await.unwrap();
        let files = server.organisation();
        for (point, token) in TOKENS {
            std::fs::write(files.join(format!("secrets/{point}.token")), token).unwrap();
        }
        let upstream = server.upstream().address().to_string();
        let text = ORGANISATION.replace("UPSTREAM", &upstream);
        std::fs::write(files.join("authzen.toml"), text).unwrap();
        server.apply().await.unwrap();
        let client = Client::new(ClientSettings {
            roots: server.roots(),
            limits: ClientLimits::default(),
            ..ClientSettings::default()
        })
        .unwrap();
        Self { server, client }
    }

    pub(crate) fn person(&self, login: &str) -> String {
        let live = self.server.live();
        live.read(|state| state.logins[login].to_string())
    }

    /// Sends a request to the server that `fault` makes of it.
    pub(crate) async fn exchange(&self, fault: &Fault, asked: &Asked) -> Answered {
        let mut sent = asked.clone();
        (fault.ask)(&mut sent);
        let mut request = Request::builder()
            .method(&sent.method)
            .uri(self.server.at("id", &sent.path));
        let token = TOKENS.iter().find(|(point, _)| *point == sent.caller);
        let token = match (token, sent.caller.as_str()) {
            (Some((_, token)), _) => Some(*token),
            (None, "nobody") => None,
            (None, _) => Some("nobody-has-this-0123456789abcdefghijklmnopqrstu"),
        };
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(kind) = &sent.content_type {
            request = request.header("content-type", kind);
        }
        if let Some(id) = &sent.request_id {
            request = request.header("x-request-id", id.as_bytes());
        }
        let request = request.body(Bytes::from(sent.body.clone())).unwrap();
        let response = self.client.send(request).await.unwrap();
        let mut answered = Answered {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.into_body().to_vec(),
        };
        (fault.answer)(asked, &mut answered);
        answered
    }
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// An enforcement point, `nobody`, or somebody with a token of no one.
    pub(crate) caller: String,
    pub(crate) content_type: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self {
            method: Method::POST,
            path: path.to_owned(),
            caller: "vpn".to_owned(),
            content_type: Some("application/json".to_owned()),
            request_id: None,
            body: body.to_string().into_bytes(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}
