use crate::world::{DOMAIN, World};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zt_crypto::jose::{Expected, TokenKind};
use zt_gateway::UpstreamLimits;
use zt_store::{Change, Plan};

fn line<'a>(echo: &'a str, name: &str) -> Vec<&'a str> {
    echo.lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .collect()
}

#[tokio::test]
async fn an_application_gets_a_clean_request_and_a_signed_identity() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let cookies = format!("theme=dark; {}; lang=ja", signed_in.cookie);
    let answer = world
        .get(
            "chat",
            "/a/b?c=%2F..&d",
            &[
                ("cookie", &cookies),
                ("Sekisho-Identity", "forged"),
                ("X-Sekisho-User", "root"),
                ("X-Forwarded-For", "10.0.0.1"),
                ("Forwarded", "for=10.0.0.1"),
                ("X-Real-IP", "10.0.0.1"),
                ("Connection", "X-Hop"),
                ("X-Hop", "1"),
                ("X-Own", "kept"),
            ],
        )
        .await;
    assert_eq!(answer.status(), 200);
    let echo = answer.body();
    assert!(echo.starts_with("GET /a/b?c=%2F..&d HTTP/1.1\n"), "{echo}");
    let host = format!("chat.{DOMAIN}:{}", world.address.port());
    for (name, expected) in [
        ("cookie", vec!["theme=dark; lang=ja"]),
        ("host", vec![host.as_str()]),
        ("x-forwarded-host", vec![host.as_str()]),
        ("x-forwarded-for", vec!["127.0.0.1"]),
        ("x-forwarded-proto", vec!["https"]),
        (
            "forwarded",
            vec![&*format!("for=127.0.0.1;host=\"{host}\";proto=https")],
        ),
        ("via", vec!["1.1 sekisho"]),
        ("x-own", vec!["kept"]),
        ("x-sekisho-user", vec![]),
        ("x-real-ip", vec![]),
        ("x-hop", vec![]),
        ("connection", vec![]),
    ] {
        assert_eq!(line(echo, name), expected, "{name}");
    }
    let [token] = line(echo, "sekisho-identity")[..] else {
        panic!("one identity: {echo}")
    };
    let issuer = format!("https://id.{DOMAIN}:{}", world.address.port());
    let audience = format!("https://{host}");
    let expected = Expected {
        kind: TokenKind::GatewayIdentity,
        issuer: &issuer,
        audience: &audience,
    };
    let now = world.live.clock().now();
    let claims: serde_json::Value = world.keyring.load().verify(token, &expected, now).unwrap();
    assert_eq!(claims["sub"], world.person.to_string());
    assert_eq!(claims["acr"], "mfa");
    assert_eq!(claims["amr"], serde_json::json!(["otp", "pwd"]));
    assert_eq!(claims["preferred_username"], "hanako");
    assert_eq!(claims["name#ja"], "佐藤 花子");
    assert_eq!(claims["device_trust"], "high");
    assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 300);
    assert!(
        !claims.to_string().contains(&signed_in.session.to_string()),
        "the session's id is not told"
    );
    let other = Expected {
        audience: "https://wiki.sekisho.localhost",
        ..expected
    };
    assert!(
        world
            .keyring
            .load()
            .verify::<serde_json::Value>(token, &other, now)
            .is_err()
    );
}

#[tokio::test]
async fn an_identity_is_made_once_and_again_before_it_ends() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let mut tokens = Vec::new();
    for wait in [0, 239, 2, 10] {
        world
            .live
            .clock()
            .advance(std::time::Duration::from_secs(wait));
        let answer = world
            .get("chat", "/", &[("cookie", &signed_in.cookie)])
            .await;
        tokens.push(line(answer.body(), "sekisho-identity")[0].to_owned());
    }
    assert_eq!(tokens[0], tokens[1], "still good for a minute and more");
    assert_ne!(
        tokens[1], tokens[2],
        "a minute before its end a new one is made"
    );
    assert_eq!(tokens[2], tokens[3]);
}

/// Her name decides nothing, so her permit stays; what her applications are told is her new name all the same.
#[tokio::test]
async fn a_new_name_is_told_with_the_next_request() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let told = async || {
        let answer = world
            .get("chat", "/", &[("cookie", &signed_in.cookie)])
            .await;
        let token = line(answer.body(), "sekisho-identity")[0].to_owned();
        let payload = token.split('.').nth(1).unwrap();
        let payload = URL_SAFE_NO_PAD.decode(payload).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        (claims["name#ja"].as_str().unwrap().to_owned(), token)
    };
    let (name, first) = told().await;
    assert_eq!(name, "佐藤 花子");
    assert_eq!(told().await.1, first);
    let mut renamed = world.live.read(|state| state.people[&world.person].clone());
    renamed.name.ja = "鈴木 花子".to_owned();
    let plan = Plan::new(vec![Change::PutPerson(renamed)], Vec::new());
    world.live.commit(plan).await.unwrap();
    let (name, second) = told().await;
    assert_eq!(name, "鈴木 花子");
    assert_eq!(told().await.1, second);
}

#[tokio::test]
async fn an_answer_is_passed_on_without_what_is_not_the_applications_to_say() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let answer = world
        .get("chat", "/sets-cookies", &[("cookie", &signed_in.cookie)])
        .await;
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["theme=dark; Path=/"]);
    for gone in ["alt-svc", "x-hop", "sekisho-identity"] {
        assert!(!answer.headers().contains_key(gone), "{gone}");
    }
    assert!(answer.headers().contains_key("x-kept"));
}

#[tokio::test]
async fn an_application_that_does_not_answer_is_said_so() {
    let world = World::with(UpstreamLimits {
        answer_timeout_ms: 100,
        ..UpstreamLimits::default()
    })
    .await;
    let (chat, gone) = (world.sign_in("chat").await, world.sign_in("gone").await);
    for (id, cookie, path, status, reason) in [
        ("gone", &gone.cookie, "/", 502, "application-unreachable"),
        ("chat", &chat.cookie, "/held", 504, "application-slow"),
    ] {
        let answer = world.get(id, path, &[("cookie", cookie)]).await;
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert!(answer.body().contains(reason), "{}", answer.body());
        let page = world
            .get(
                id,
                path,
                &[("cookie", cookie), ("sec-fetch-mode", "navigate")],
            )
            .await;
        assert_eq!(page.status(), status);
        assert!(
            page.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/html")
        );
        assert_eq!(
            world.accesses().await.last(),
            Some(&(status, vec![reason.to_owned()]))
        );
    }
}

#[tokio::test]
async fn connections_are_kept_and_a_closed_one_is_noticed() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    for _ in 0..3 {
        let answer = world
            .get("chat", "/", &[("cookie", &signed_in.cookie)])
            .await;
        assert_eq!(answer.status(), 200);
    }
}

#[tokio::test]
async fn uploads_and_methods_pass() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let head = format!(
        "host: chat.{DOMAIN}\r\ncookie: {}\r\nconnection: close\r\n",
        signed_in.cookie
    );
    for (request, expected) in [
        (
            format!("POST /x HTTP/1.1\r\n{head}content-length: 5\r\n\r\nabcde"),
            "body: 5\n",
        ),
        (
            format!(
                "PUT /x HTTP/1.1\r\n{head}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            ),
            "body: 3\n",
        ),
        (
            format!(
                "POST /x HTTP/1.1\r\n{head}content-length: 5\r\nexpect: 100-continue\r\n\r\nabcde"
            ),
            "body: 5\n",
        ),
        (
            format!("PATCH /x HTTP/1.0\r\n{head}content-length: 2\r\n\r\nab"),
            "body: 2\n",
        ),
    ] {
        let answer = world.raw(&request).await;
        assert!(
            answer.contains(" 200 OK\r\n") && answer.contains(expected),
            "{request}\n{answer}"
        );
    }
    let answer = world
        .raw(&format!("HEAD /download HTTP/1.1\r\n{head}\r\n"))
        .await;
    assert!(
        answer.contains("content-length: 4\r\n") && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
}
