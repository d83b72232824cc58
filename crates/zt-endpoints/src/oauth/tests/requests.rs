//! Requests that their client signed (RFC 9101), and clients that keep to a profile.

use super::super::{PUSHED_REQUESTS, TOKEN};
use super::assertions::{forged, with};
use super::dpop::{Holder, asks, redeems};
use super::keys::SigningKey;
use super::world::{Answer, BACK, ISSUER, SECRET, World, basic, challenge, client};
use serde_json::{Value, json};
use zt_crypto::hash::{MacKey, sha256};
use zt_federation::{
    Client, ClientSigning, Need, Profile, RequestReference, Safeguards, SigningAlgorithm, StepUp,
};
use zt_store::Change;
use zt_types::{Assurance, Seconds};

fn header() -> Value {
    json!({ "alg": "ES256", "typ": "oauth-authz-req+jwt" })
}

fn request(world: &World, id: &str) -> Value {
    let now = world.now().as_seconds();
    json!({
        "iss": id, "client_id": id, "aud": ISSUER, "exp": now + 60, "nbf": now, "jti": "1",
        "redirect_uri": BACK, "response_type": "code", "scope": "openid", "state": "s-1",
        "code_challenge": challenge(), "code_challenge_method": "S256",
    })
}

/// `board`, with this key, which signs its requests always.
async fn signing(world: &World, request_signing: ClientSigning) -> SigningKey {
    let key = SigningKey::es256();
    let board = Client {
        keys: Some(json!({ "keys": [key.jwk()] }).to_string()),
        safeguards: Safeguards {
            signed_requests: Need::Required,
            request_signing,
            ..Safeguards::default()
        },
        ..client("board")
    };
    world.commit(Change::PutClient(board)).await;
    key
}

async fn push(world: &World, fields: &[(&str, &str)]) -> Answer {
    world
        .post(PUSHED_REQUESTS, &[basic("board", SECRET)], fields)
        .await
}

async fn push_signed(world: &World, object: &str) -> Answer {
    push(world, &[("client_id", "board"), ("request", object)]).await
}

#[tokio::test]
async fn a_request_is_signed_with_a_key_of_its_client() {
    let world = World::new().await;
    let key = signing(&world, ClientSigning::Any).await;
    let claims = request(&world, "board");
    let taken = push_signed(&world, &key.sign(&header(), &claims)).await;
    assert_eq!(taken.status, 201, "{}", taken.body);
    // RFC 9126 §3: beside it nothing is needed but what shows who pushes it.
    let alone = key.sign(&header(), &claims);
    let alone = push(&world, &[("request", &alone)]).await;
    assert_eq!(alone.status, 201, "{}", alone.body);
    let others = request(&world, "other");
    let others = push(&world, &[("request", &key.sign(&header(), &others))]).await;
    assert_eq!(others.said(), (400, "invalid_request_object"));
    let reference = RequestReference::read(&taken.text("request_uri")).unwrap();
    let live = world.endpoints.live();
    let kept = live.begin_pushed(&world.registered("board"), &reference, world.now());
    assert_eq!(kept.unwrap().back.state.as_deref(), Some("s-1"));

    let stranger = SigningKey::es256();
    let public = json!({ "keys": [key.jwk()] }).to_string();
    let hs256 = |secret: &[u8]| {
        let mac = MacKey::new(&sha256(secret));
        let header = with(&header(), "alg", json!("HS256"));
        forged(&header, &claims, |signed| {
            mac.sign(signed.as_bytes()).to_vec()
        })
    };
    let brought = with(&header(), "jwk", stranger.jwk());
    let cases = [
        (
            "nothing",
            forged(&json!({ "alg": "none" }), &claims, |_| Vec::new()),
        ),
        (
            "nothing, in capitals",
            forged(&json!({ "alg": "NONE" }), &claims, |_| Vec::new()),
        ),
        ("zeros", forged(&header(), &claims, |_| vec![0; 64])),
        ("a stranger's key", stranger.sign(&header(), &claims)),
        ("a key that it brings", stranger.sign(&brought, &claims)),
        ("what everybody has", hs256(public.as_bytes())),
        ("its secret", hs256(SECRET.as_bytes())),
        (
            "another algorithm",
            key.sign(&with(&header(), "alg", json!("PS256")), &claims),
        ),
        (
            "as a proof",
            key.sign(&with(&header(), "typ", json!("dpop+jwt")), &claims),
        ),
        ("for somebody else", {
            let claims = with(&claims, "aud", json!([ISSUER, "https://evil.example"]));
            key.sign(&header(), &claims)
        }),
        (
            "of another",
            key.sign(&header(), &with(&claims, "client_id", json!("other"))),
        ),
        ("over", key.sign(&header(), &with(&claims, "exp", json!(1)))),
        ("no object", "a.b.c".to_owned()),
    ];
    for (what, object) in cases {
        let refused = push_signed(&world, &object).await;
        assert_eq!(refused.said(), (400, "invalid_request_object"), "{what}");
    }
    let claims = request(&world, "board");
    let fields: Vec<(&str, &str)> = claims
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
        .collect();
    assert_eq!(
        push(&world, &fields).await.said(),
        (400, "invalid_request"),
        "not signed"
    );
}

#[tokio::test]
async fn a_request_is_signed_as_its_client_said_it_would_be() {
    let world = World::new().await;
    for (named, status) in [
        (ClientSigning::Es256, 201),
        (ClientSigning::Ps256, 400),
        (ClientSigning::EdDsa, 400),
    ] {
        let key = signing(&world, named).await;
        let object = key.sign(&header(), &request(&world, "board"));
        assert_eq!(
            push_signed(&world, &object).await.status,
            status,
            "{named:?}"
        );
    }
    // Whoever has no keys signs nothing.
    world.commit(Change::PutClient(client("board"))).await;
    let object = SigningKey::es256().sign(&header(), &request(&world, "board"));
    let refused = push_signed(&world, &object).await;
    assert_eq!(refused.said(), (400, "invalid_request_object"));
}

#[tokio::test]
async fn a_client_of_the_profile_gets_bound_tokens_by_a_proof_key_or_nothing() {
    let world = World::new().await;
    let holder = Holder::new();
    let board = Client {
        id_token: SigningAlgorithm::Es256,
        safeguards: Safeguards {
            profile: Profile::Fapi2,
            ..Safeguards::default()
        },
        ..client("board")
    };
    assert!(board.pushes_always());
    assert!(!board.signs_with("RS256") && !board.signs_requests_with("RS256"));
    world.commit(Change::PutClient(board)).await;
    let usual = [
        ("client_id", "board"),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", "openid"),
        ("nonce", "n-1"),
    ];
    let refused = push(&world, &usual).await;
    assert_eq!(
        refused.said(),
        (400, "invalid_request"),
        "without a proof key"
    );
    let code = world.code("board").await;
    let refused = asks(&world, &redeems(&code), &[]).await;
    assert_eq!(refused.said(), (400, "invalid_dpop_proof"));
    let proof = || holder.proof(&world, "POST", TOKEN, None);
    let given = asks(&world, &redeems(&code), &[&proof()]).await;
    assert_eq!(given.status, 200, "{}", given.body);
    // The refresh token stays, and an answer that was lost costs nothing.
    let token = given.text("refresh_token");
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str()),
    ];
    for _ in 0..2 {
        let next = asks(&world, &refresh, &[&proof()]).await;
        assert_eq!(next.text("refresh_token"), token);
    }
    assert_eq!(
        asks(&world, &refresh, &[]).await.said(),
        (400, "invalid_dpop_proof")
    );
    let guess = format!("{}x", token);
    let guessed = [
        ("grant_type", "refresh_token"),
        ("refresh_token", guess.as_str()),
    ];
    let refused = asks(&world, &guessed, &[&proof()]).await;
    assert_eq!(refused.said(), (400, "invalid_grant"));
    let refused = asks(&world, &refresh, &[&proof()]).await;
    assert_eq!(refused.said(), (400, "invalid_grant"), "ended by the guess");
}

#[tokio::test]
async fn userinfo_says_what_must_be_proven_first() {
    let world = World::new().await;
    let demands = |acr, max_age| Client {
        safeguards: Safeguards {
            step_up: StepUp { acr, max_age },
            ..Safeguards::default()
        },
        ..client("board")
    };
    let token = world
        .redeem(&world.code("board").await)
        .await
        .text("access_token");
    let tells = async |client| {
        world.commit(Change::PutClient(client)).await;
        world.userinfo(&token).await
    };
    let enough = demands(Some(Assurance::Mfa), Some(Seconds::minutes(1)));
    assert_eq!(tells(enough.clone()).await.status, 200);
    let refused = tells(demands(Some(Assurance::PhishingResistant), None)).await;
    assert_eq!(refused.said(), (401, "insufficient_user_authentication"));
    let challenge = refused.header("www-authenticate");
    assert!(
        challenge.starts_with("Bearer error=\"insufficient_user_authentication\"")
            && challenge.ends_with(", acr_values=\"phr\""),
        "{challenge}"
    );
    world.pass(Seconds(61));
    let refused = tells(enough).await;
    let challenge = refused.header("www-authenticate");
    assert!(
        challenge.ends_with(", acr_values=\"mfa\", max_age=\"60\""),
        "{challenge}"
    );
    assert_eq!(tells(client("board")).await.status, 200);
}
