//! Requests that name another host, or say that a proxy named one: what is ours is called as the configuration calls it.

use super::super::{
    AUTHORIZATION_SERVER_PATH, DEVICE_AUTHORIZATION, INTROSPECTION, OPENID_CONFIGURATION_PATH,
    PUSHED_REQUESTS, TOKEN, USERINFO,
};
use super::world::{Answer, BACK, ISSUER, SECRET, VERIFIER, World, basic, challenge};
use http::Request;

/// Whoever believes one of these makes links and issuers of an attacker's choice (Zitadel's CVE-2025-64101, CVE-2025-48936).
const NAMED: [(&str, &str); 7] = [
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-server", "evil.example"),
    ("x-forwarded-proto", "http"),
    ("x-original-host", "evil.example"),
    ("x-rewrite-url", "https://evil.example/"),
    ("forwarded", "host=evil.example;proto=http;for=evil.example"),
];

fn is_untouched(what: &str, answer: &Answer) {
    let body = answer.body.to_string();
    for named in ["evil.example", "http://"] {
        assert!(!body.contains(named), "{what}: {body}");
        for (name, value) in &answer.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            assert!(!value.contains(named), "{what}: {name}: {value}");
        }
    }
}

fn named() -> Vec<(String, String)> {
    let pairs = NAMED.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn nothing_of_ours_is_called_as_a_request_says() {
    let world = World::new().await;
    for path in [
        OPENID_CONFIGURATION_PATH,
        AUTHORIZATION_SERVER_PATH,
        crate::JWKS_PATH,
        USERINFO,
    ] {
        let mut request = Request::get(path);
        for (name, value) in NAMED {
            request = request.header(name, value);
        }
        let said = world.send(request, String::new()).await;
        is_untouched(path, &said);
        if path.ends_with("configuration") {
            assert_eq!(said.body["issuer"], ISSUER);
        }
    }
    let headers = [named(), vec![basic("board", SECRET)]].concat();
    let waits = world
        .post(DEVICE_AUTHORIZATION, &headers, &[("scope", "openid")])
        .await;
    is_untouched("device", &waits);
    assert_eq!(waits.text("verification_uri"), format!("{ISSUER}/device"));
    let challenge = challenge();
    let asked = [
        ("client_id", "board"),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let pushed = world.post(PUSHED_REQUESTS, &headers, &asked).await;
    assert_eq!(pushed.status, 201, "{}", pushed.body);
    is_untouched("pushed", &pushed);
    let code = world.code("board").await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    let given = world.post(TOKEN, &headers, &fields).await;
    assert_eq!(given.status, 200, "{}", given.body);
    let access = given.text("access_token");
    let asked = world
        .post(INTROSPECTION, &headers, &[("token", &access)])
        .await;
    is_untouched("introspection", &asked);
    assert_eq!(asked.body["iss"], ISSUER);
    let refused = world.post(TOKEN, &named(), &fields).await;
    is_untouched("a refusal", &refused);
}
