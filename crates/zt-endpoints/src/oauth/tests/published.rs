//! Clients that publish their keys at an address of their own, and who else may be there.

use super::super::TOKEN;
use super::keys::SigningKey;
use super::world::{Answer, ISSUER, SECRET, World, basic, client};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use zt_federation::{Authentication, Client, RedirectUri};
use zt_store::Change;
use zt_types::Seconds;

pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const JSON: &str = "200 OK\r\ncontent-type: application/jwk-set+json";

/// Where a client publishes its keys.
pub(super) struct Publisher {
    pub(super) at: String,
    says: Arc<Mutex<String>>,
    came: Arc<AtomicUsize>,
}

impl Publisher {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let at = format!("http://{}/jwks", listener.local_addr().unwrap());
        let (says, came) = (
            Arc::new(Mutex::new(String::new())),
            Arc::new(AtomicUsize::new(0)),
        );
        let (saying, coming) = (Arc::clone(&says), Arc::clone(&came));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                coming.fetch_add(1, Ordering::SeqCst);
                let _ = stream.read(&mut [0; 4096]).await;
                let answer = saying.lock().unwrap().clone();
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { at, says, came }
    }

    fn says(&self, head: &str, body: &str) {
        let length = body.len();
        *self.says.lock().unwrap() = format!(
            "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
    }

    pub(super) fn has(&self, keys: &[&SigningKey]) {
        self.says(JSON, &set(keys));
    }

    pub(super) fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

pub(super) fn set(keys: &[&SigningKey]) -> String {
    let keys: Vec<Value> = keys
        .iter()
        .map(|key| {
            let mut jwk = key.jwk();
            jwk["kid"] = json!(key.thumbprint());
            jwk
        })
        .collect();
    json!({ "keys": keys }).to_string()
}

impl World {
    /// A client whose keys are there.
    pub(super) async fn publishes(&self, id: &str, at: &str) -> Client {
        let publishes = Client {
            authentication: Authentication::PrivateKeyJwt,
            secrets: Vec::new(),
            jwks_uri: Some(RedirectUri::parse(at).unwrap()),
            ..client(id)
        };
        self.commit(Change::PutClient(publishes.clone())).await;
        publishes
    }

    /// The client comes with an assertion that this key signed.
    pub(super) async fn signed(&self, id: &str, key: &SigningKey) -> Answer {
        let assertion = self.assertion(id, key);
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", TYPE),
            ("client_assertion", &assertion),
        ];
        self.post(TOKEN, &[], &fields).await
    }

    /// An assertion of that client for us, signed with this key.
    pub(super) fn assertion(&self, id: &str, key: &SigningKey) -> String {
        let now = self.now().as_seconds();
        let jti = self.endpoints.live().entropy().bytes::<8>();
        let claims = json!({
            "iss": id, "sub": id, "aud": ISSUER, "jti": format!("{jti:?}"), "iat": now, "exp": now + 60,
        });
        let header = json!({ "alg": "ES256", "kid": key.thumbprint() });
        key.sign(&header, &claims)
    }

    fn failed(&self, client: &Client) -> Option<String> {
        self.endpoints.live().fetched_keys(client)?.failed.clone()
    }
}

#[tokio::test]
async fn a_key_that_is_replaced_is_found_and_nobody_makes_us_look_for_ever() {
    let world = World::new().await;
    let (first, second, nobodys) = (
        SigningKey::es256(),
        SigningKey::es256(),
        SigningKey::es256(),
    );
    let publisher = Publisher::start().await;
    publisher.has(&[&first]);
    tokio::spawn(world.endpoints.clone().fetch_client_keys());
    let client = world.publishes("signing", &publisher.at).await;
    assert_eq!(world.signed("signing", &first).await.status, 200);
    assert_eq!(publisher.came(), 1);
    world.pass(Seconds(61));
    publisher.has(&[&second]);
    assert_eq!(world.signed("signing", &second).await.status, 200);
    // What it took out counts no more.
    assert_eq!(
        world.signed("signing", &first).await.said(),
        (400, "invalid_client")
    );
    assert_eq!(publisher.came(), 2);
    // Keys that nobody knows are looked for once in a minute, however many are named.
    for _ in 0..5 {
        let refused = world.signed("signing", &nobodys).await;
        assert_eq!(refused.said(), (400, "invalid_client"));
    }
    assert_eq!(publisher.came(), 2);
    assert_eq!(world.failed(&client), None);
    // Elsewhere it begins with nothing.
    let moved = world
        .publishes("signing", &format!("{}/2", publisher.at))
        .await;
    assert_eq!(world.signed("signing", &second).await.status, 200);
    assert_eq!(publisher.came(), 3);
    assert!(world.endpoints.live().fetched_keys(&moved).is_some());
}

#[tokio::test]
async fn what_is_no_key_set_of_the_clients_replaces_nothing() {
    let world = World::new().await;
    let (own, evil) = (SigningKey::es256(), SigningKey::es256());
    let (publisher, inside) = (Publisher::start().await, Publisher::start().await);
    inside.has(&[&evil]);
    publisher.has(&[&own]);
    tokio::spawn(world.endpoints.clone().fetch_client_keys());
    let client = world.publishes("signing", &publisher.at).await;
    assert_eq!(world.signed("signing", &own).await.status, 200);
    let private = json!({ "keys": [{ "kty": "oct", "k": "AAAA" }, evil.jwk()] }).to_string();
    let padded = format!("{}{}", set(&[&evil]), " ".repeat(300 * 1024));
    let long = format!("{}{}", set(&[&evil]), " ".repeat(70 * 1024));
    let moved = format!(
        "302 Found\r\ncontent-type: application/json\r\nlocation: {}",
        inside.at
    );
    for (head, body, why) in [
        (moved.as_str(), "", "redirect"),
        (JSON, &padded, "too-large"),
        (JSON, &long, "no-key-set"),
        (
            "200 OK\r\ncontent-type: text/html",
            &set(&[&evil]),
            "not-json",
        ),
        ("200 OK", &set(&[&evil]), "not-json"),
        (JSON, &private, "private-keys"),
        (JSON, "<html></html>", "no-key-set"),
        (JSON, r#"{"keys":[]}"#, "no-key"),
        (
            "404 Not Found\r\ncontent-type: application/json",
            &set(&[&evil]),
            "status",
        ),
    ] {
        publisher.says(head, body);
        world.pass(Seconds::minutes(15));
        let refused = world.signed("signing", &evil).await;
        assert_eq!(refused.said(), (400, "invalid_client"), "{why}");
        assert_eq!(world.failed(&client).as_deref(), Some(why));
        assert_eq!(world.signed("signing", &own).await.status, 200, "{why}");
    }
    assert_eq!(inside.came(), 0);
    // What cannot be fetched for a day counts no more.
    world.pass(Seconds::hours(24));
    assert_eq!(
        world.signed("signing", &own).await.said(),
        (400, "invalid_client")
    );
    publisher.has(&[&own]);
    world.pass(Seconds::minutes(15));
    assert_eq!(world.signed("signing", &own).await.status, 200);
}

#[tokio::test]
async fn the_keys_of_one_client_are_nobody_elses() {
    let world = World::new().await;
    let (own, others) = (SigningKey::es256(), SigningKey::es256());
    let (publisher, elsewhere) = (Publisher::start().await, Publisher::start().await);
    publisher.has(&[&own]);
    elsewhere.has(&[&others]);
    tokio::spawn(world.endpoints.clone().fetch_client_keys());
    world.publishes("signing", &publisher.at).await;
    world.publishes("elsewhere", &elsewhere.at).await;
    assert_eq!(world.signed("elsewhere", &others).await.status, 200);
    assert_eq!(world.signed("signing", &own).await.status, 200);
    let refused = world.signed("signing", &others).await;
    assert_eq!(refused.said(), (400, "invalid_client"));
}

/// Only its own requests wait.
#[tokio::test]
async fn a_key_server_that_hangs_holds_up_nobody_else() {
    let world = World::new().await;
    let hangs = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let at = format!("http://{}/jwks", hangs.local_addr().unwrap());
    tokio::spawn(world.endpoints.clone().fetch_client_keys());
    world.publishes("signing", &at).await;
    let key = SigningKey::es256();
    let secret = [basic("board", SECRET)];
    let other = async {
        let fields = [("grant_type", "client_credentials")];
        for _ in 0..3 {
            let answer = world.post(TOKEN, &secret, &fields).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
    };
    tokio::select! {
        biased;
        stuck = world.signed("signing", &key) => panic!("{}", stuck.status),
        () = other => {}
    }
}
