//! Requests that clients push (RFC 9126).

use super::super::PUSHED_REQUESTS;
use super::world::{Answer, BACK, SECRET, World, basic, challenge};
use http::Request;

async fn push(world: &World, as_client: &str, secret: &str, more: &[(&str, &str)]) -> Answer {
    let challenge = challenge();
    let usual = [
        ("client_id", as_client),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let is_named = |name: &str| more.iter().any(|(other, _)| *other == name);
    let mut fields: Vec<_> = usual
        .into_iter()
        .filter(|(name, _)| !is_named(name))
        .collect();
    fields.extend(more);
    let headers = [basic(as_client, secret)];
    let headers = if secret.is_empty() {
        &[]
    } else {
        headers.as_slice()
    };
    world.post(PUSHED_REQUESTS, headers, &fields).await
}

#[tokio::test]
async fn a_request_is_taken_from_whoever_proves_to_be_its_client() {
    let world = World::new().await;
    let taken = push(&world, "board", SECRET, &[]).await;
    assert_eq!(taken.status, 201, "{}", taken.body);
    assert_eq!(taken.body["expires_in"], 60);
    let uri = taken.text("request_uri");
    assert!(
        uri.starts_with("urn:ietf:params:oauth:request_uri:"),
        "{uri}"
    );
    assert_ne!(
        push(&world, "board", SECRET, &[]).await.text("request_uri"),
        uri
    );
    let public = push(&world, "page", "", &[]).await;
    assert_eq!(public.status, 201, "{}", public.body);
    for (as_client, secret, error) in [
        (
            "board",
            "wrong-secret-0123456789-0123456789",
            (401, "invalid_client"),
        ),
        ("board", "", (400, "invalid_client")),
        ("nobody", "", (400, "invalid_client")),
    ] {
        let refused = push(&world, as_client, secret, &[]).await;
        assert_eq!(refused.said(), error, "{as_client}");
        assert_eq!(world.refused().await.0, "client-authentication");
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_at_once() {
    let world = World::new().await;
    for (more, error) in [
        (("redirect_uri", "https://evil.example/"), "invalid_request"),
        (("redirect_uri", ""), "invalid_request"),
        (("client_id", "other"), "invalid_request"),
        (
            ("request_uri", "https://board.example/r"),
            "invalid_request",
        ),
        (
            ("request_uri", "urn:ietf:params:oauth:request_uri:x"),
            "invalid_request",
        ),
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "openid \u{e9}"), "invalid_scope"),
        (("code_challenge_method", "plain"), "invalid_request"),
    ] {
        let refused = push(&world, "board", SECRET, &[more]).await;
        assert_eq!(refused.said(), (400, error), "{more:?}");
    }
    let large = "a".repeat(9_000);
    let refused = push(&world, "board", SECRET, &[("id_token_hint", &large)]).await;
    assert_eq!(refused.said(), (400, "invalid_request"));
    let get = world
        .send(Request::get(PUSHED_REQUESTS), String::new())
        .await;
    assert_eq!(get.status, 405);
}
