//! What clients are told when a sign-in is over, at addresses of theirs.

use super::world::{ISSUER, World, client};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use zt_auth::EndReason;
use zt_crypto::jose::{Expected, TokenKind, TokenRefusal};
use zt_events::{Actor, Body as Told};
use zt_federation::{Client, RedirectUri, SigningAlgorithm, SubjectKind};
use zt_store::{Change, EventFilter};
use zt_types::{ClientId, Seconds};

/// Where a client is told: a server that answers as it is scripted, with the last answer again and again.
struct Party {
    at: String,
    told: mpsc::UnboundedReceiver<(String, String)>,
}

impl Party {
    async fn start(answers: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let at = format!("http://{}/told", listener.local_addr().unwrap());
        let (tell, told) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            for n in 0.. {
                let (mut stream, _) = listener.accept().await.unwrap();
                let answer = answers.get(n).or(answers.last()).unwrap();
                let request = read(&mut stream).await;
                let head =
                    format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(head.as_bytes()).await.unwrap();
                if tell.send(request).is_err() {
                    return;
                }
            }
        });
        Self { at, told }
    }

    /// The claims and the header of the next logout token that it gets.
    async fn next(&mut self) -> (Value, Value, String) {
        let (head, body) = self.told.recv().await.unwrap();
        assert!(head.starts_with("POST /told HTTP/1.1\r\n"), "{head}");
        let form = "content-type: application/x-www-form-urlencoded\r\n";
        assert!(head.contains(form), "{head}");
        assert!(!head.contains("cookie"), "{head}");
        let token = body.strip_prefix("logout_token=").unwrap().to_owned();
        let mut parts = token.split('.').map(|part| {
            let bytes = URL_SAFE_NO_PAD.decode(part).unwrap();
            serde_json::from_slice::<Value>(&bytes).unwrap_or_default()
        });
        (parts.next().unwrap(), parts.next().unwrap(), token)
    }
}

async fn read(stream: &mut tokio::net::TcpStream) -> (String, String) {
    let mut got = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&got).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1).unwrap();
            let length: usize = length.lines().next().unwrap().parse().unwrap();
            if body.len() == length {
                let whole = String::from_utf8(got.clone()).unwrap();
                let (head, body) = whole.split_once("\r\n\r\n").unwrap();
                return (format!("{head}\r\n"), body.to_owned());
            }
        }
        let mut more = [0; 4096];
        let n = stream.read(&mut more).await.unwrap();
        assert!(n > 0, "it ended early");
        got.extend_from_slice(&more[..n]);
    }
}

impl World {
    async fn told_at(&self, id: &str, address: &str) {
        let told = Client {
            backchannel_logout: Some(RedirectUri::parse(address).unwrap()),
            ..self.registered(id)
        };
        self.commit(Change::PutClient(told)).await;
    }

    async fn sign_out(&self) {
        let live = self.endpoints.live();
        let person = live.read(|state| state.logins["sato.hanako"]);
        let ended = live.end_session(self.session, EndReason::SignedOut, Actor::Person(person));
        ended.await.unwrap();
    }

    /// Waits for so many events about telling clients, and gives them, the oldest first.
    async fn tellings(&self, count: usize) -> Vec<String> {
        let live = self.endpoints.live();
        let mut changes = live.changes();
        loop {
            changes.borrow_and_update();
            live.store().flush().await.unwrap();
            let filter = EventFilter {
                limit: 100,
                ..Default::default()
            };
            let events = live.events(filter).await.unwrap();
            let told = events.into_iter().rev();
            let told = told.filter_map(|logged| match logged.event.body {
                Told::ClientTold { why, .. } => Some(why),
                Told::ClientNotTold { why, then, .. } => Some(format!("{why}, {then}")),
                _ => None,
            });
            let told: Vec<String> = told.collect();
            if told.len() >= count {
                return told;
            }
            changes.changed().await.unwrap();
        }
    }
}

#[tokio::test]
async fn each_client_is_told_of_its_own_session_by_a_token_that_is_nothing_else() {
    let world = World::new().await;
    let (mut board, mut other) = (
        Party::start(&["200 OK"]).await,
        Party::start(&["204 Gone"]).await,
    );
    world.told_at("board", &board.at).await;
    let pairwise = Client {
        subject: SubjectKind::Pairwise("other.example".to_owned()),
        id_token: SigningAlgorithm::EdDsa,
        ..world.registered("other")
    };
    world.commit(Change::PutClient(pairwise)).await;
    world.told_at("other", &other.at).await;
    tokio::spawn(world.endpoints.clone().tell_clients());

    let answer = world.redeem(&world.code("board").await).await;
    let id_token = answer.text("id_token");
    let code = world.code("other").await;
    let secret = [super::world::basic("other", super::world::SECRET)];
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", super::world::BACK),
        ("code_verifier", super::world::VERIFIER),
    ];
    let to_other = world.post(super::super::TOKEN, &secret, &fields).await;
    let claims_of = |token: &str| {
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap());
        serde_json::from_slice::<Value>(&claims.unwrap()).unwrap()
    };
    let told_board = claims_of(&id_token);
    let told_other = claims_of(&to_other.text("id_token"));
    world.sign_out().await;

    let mut names = BTreeSet::new();
    for (party, id, of, algorithm) in [
        (&mut board, "board", &told_board, "ES256"),
        (&mut other, "other", &told_other, "EdDSA"),
    ] {
        let (header, claims, token) = party.next().await;
        assert_eq!(header["typ"], "logout+jwt", "{id}");
        assert_eq!(header["alg"], algorithm, "{id}");
        let now = world.now().as_seconds();
        let expected = json!({
            "iss": ISSUER,
            "sub": of["sub"],
            "aud": id,
            "iat": now,
            "exp": now + 120,
            "jti": claims["jti"],
            "sid": of["sid"],
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        assert_eq!(claims, expected, "{id}");
        assert!(names.insert(claims["jti"].to_string()));
        // What it is is nothing else, and nothing else is it.
        let keyring = world.endpoints.inner.parts.keyring.load();
        let read = |token: &str, kind| {
            let expected = Expected {
                kind,
                issuer: ISSUER,
                audience: id,
            };
            keyring
                .verify::<Value>(token, &expected, world.now())
                .map(drop)
        };
        assert_eq!(read(&token, TokenKind::LogoutToken), Ok(()));
        for kind in [
            TokenKind::IdToken,
            TokenKind::AccessToken,
            TokenKind::GatewayIdentity,
        ] {
            assert_eq!(read(&token, kind), Err(TokenRefusal::WrongType));
        }
        assert_eq!(
            read(&id_token, TokenKind::LogoutToken),
            Err(TokenRefusal::WrongType)
        );
        // Nor is it a token for any endpoint.
        assert_eq!(world.userinfo(&token).await.status, 401);
        assert_eq!(world.refresh(&token).await.said(), (400, "invalid_grant"));
    }
    assert_eq!(world.tellings(2).await, ["session-ended", "session-ended"]);
    assert!(world.endpoints.live().untold_clients().is_empty());
}

#[tokio::test]
async fn what_a_client_answers_decides_whether_it_is_told_again() {
    for (answers, first, then) in [
        (&["200 OK"][..], "session-ended", ""),
        (&["204 No Content"], "session-ended", ""),
        (&["400 Bad Request"], "refused, refused", ""),
        (&["500 Oops", "200 OK"], "status, retried", "session-ended"),
        (
            &["404 Not Found", "200 OK"],
            "status, retried",
            "session-ended",
        ),
        (
            &["307 Elsewhere\r\nlocation: /other", "200 OK"],
            "redirect, retried",
            "session-ended",
        ),
    ] {
        let world = World::new().await;
        let mut party = Party::start(answers).await;
        world.told_at("board", &party.at).await;
        world.redeem(&world.code("board").await).await;
        tokio::spawn(world.endpoints.clone().tell_clients());
        world.sign_out().await;
        let (_, once, _) = party.next().await;
        assert_eq!(world.tellings(1).await, [first], "{answers:?}");
        if !then.is_empty() {
            world.pass(Seconds(10));
            let (_, twice, _) = party.next().await;
            // The same sign-in in a token of its own: each counts once.
            assert_eq!(once["sid"], twice["sid"], "{answers:?}");
            assert_ne!(once["jti"], twice["jti"], "{answers:?}");
            assert_eq!(world.tellings(2).await, [first, then], "{answers:?}");
        }
        assert!(world.endpoints.live().untold_clients().is_empty());
        assert!(party.told.try_recv().is_err(), "{answers:?}");
    }
}

#[tokio::test]
async fn an_address_of_what_only_this_server_reaches_is_not_called() {
    let world = World::new().await;
    for (address, why) in [
        ("https://127.0.0.2/told", "not-public, retried"),
        ("https://10.0.0.1/told", "not-public, retried"),
        (
            "https://169.254.169.254/latest/meta-data",
            "not-public, retried",
        ),
        ("https://[::ffff:10.0.0.1]/told", "not-public, retried"),
        ("https://[64:ff9b::a00:1]/told", "not-public, retried"),
        ("https://metadata.localhost:22/told", "address, retried"),
        ("https://intranet/told", "address, retried"),
        // Nobody is there.
        ("http://127.0.0.1:1024/told", "unreachable, retried"),
    ] {
        let world = World::new().await;
        world.told_at("board", address).await;
        world.redeem(&world.code("board").await).await;
        tokio::spawn(world.endpoints.clone().tell_clients());
        world.sign_out().await;
        assert_eq!(world.tellings(1).await, [why], "{address}");
        let id = ClientId::new("board").unwrap();
        assert_eq!(world.endpoints.live().count_untold(&id), 1, "{address}");
    }
    // Whoever has no address is told nothing, and nothing waits for it.
    world.redeem(&world.code("board").await).await;
    world.sign_out().await;
    assert!(world.endpoints.live().untold_clients().is_empty());
}

#[tokio::test]
async fn one_client_that_takes_its_time_holds_up_no_other() {
    let world = World::new().await;
    // It takes the connection and says nothing.
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let at = format!("http://{}/told", silent.local_addr().unwrap());
    world.told_at("board", &at).await;
    for _ in 0..10 {
        world.redeem(&world.code("board").await).await;
    }
    let mut party = Party::start(&["200 OK"]).await;
    let quick = Client {
        backchannel_logout: Some(RedirectUri::parse(&party.at).unwrap()),
        ..client("quick")
    };
    world.commit(Change::PutClient(quick)).await;
    let code = world.code("quick").await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", super::world::BACK),
        ("code_verifier", super::world::VERIFIER),
    ];
    let secret = [super::world::basic("quick", super::world::SECRET)];
    world.post(super::super::TOKEN, &secret, &fields).await;
    tokio::spawn(world.endpoints.clone().tell_clients());
    world.sign_out().await;
    assert_eq!(party.next().await.1["aud"], "quick");
    assert_eq!(world.tellings(1).await, ["session-ended"]);
    // No more than a few of the ten are on their way to the silent one.
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(silent.accept().await.unwrap());
    }
    let fifth = std::pin::pin!(silent.accept());
    tokio::select! {
        biased;
        _ = fifth => panic!("a fifth request"),
        () = tokio::task::yield_now() => {}
    }
}
