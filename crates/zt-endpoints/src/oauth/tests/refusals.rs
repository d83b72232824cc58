//! Each way in which a client gets nothing, or loses what it has.

use super::super::{REVOCATION, TOKEN, USERINFO};
use super::world::{
    Answer, BACK, SECRET, VERIFIER, World, basic, browser_client, challenge, client,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use zt_auth::{EndReason, GrantState};
use zt_crypto::hash::received_hash;
use zt_events::Actor;
use zt_federation::{Authentication, Client, ClientSecret};
use zt_store::Change;
use zt_types::{ClientId, GrantId, PersonState, Seconds, Timestamp};

const OTHER_VERIFIER: &str = "other-0123456789-0123456789-0123456789-0123";

fn fields<'a>(code: &'a str, back: &'a str, verifier: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", back),
        ("code_verifier", verifier),
    ]
}

/// Whether what a client was given is good still.
async fn holds(world: &World, given: &Answer) -> bool {
    world.userinfo(&given.text("access_token")).await.status == 200
}

#[tokio::test]
async fn a_code_is_redeemed_by_whoever_asked_for_it_and_as_it_was_asked_for() {
    let world = World::new().await;
    for (what, back, verifier, error, why) in [
        (
            "another verifier",
            BACK,
            OTHER_VERIFIER,
            "invalid_grant",
            "proof-key",
        ),
        ("no verifier", BACK, "", "invalid_grant", "proof-key"),
        ("its hash", BACK, &challenge(), "invalid_grant", "proof-key"),
        (
            "no address",
            "",
            VERIFIER,
            "invalid_request",
            "not-understood",
        ),
        (
            "another",
            "https://board.example/",
            VERIFIER,
            "invalid_grant",
            "redirect-mismatch",
        ),
        (
            "a longer one",
            "https://board.example/back/",
            VERIFIER,
            "invalid_grant",
            "redirect-mismatch",
        ),
        (
            "with a query",
            "https://board.example/back?a=b",
            VERIFIER,
            "invalid_grant",
            "redirect-mismatch",
        ),
        (
            "in capitals",
            "https://BOARD.example/back",
            VERIFIER,
            "invalid_grant",
            "redirect-mismatch",
        ),
        (
            "escaped",
            "https://board.example/%62ack",
            VERIFIER,
            "invalid_grant",
            "redirect-mismatch",
        ),
        (
            "with a name",
            "https://a@board.example/back",
            VERIFIER,
            "invalid_grant",
            "redirect-mismatch",
        ),
        (
            "elsewhere",
            "https://board.example.evil.example/back",
            VERIFIER,
            "invalid_grant",
            "redirect-mismatch",
        ),
    ] {
        let code = world.code("board").await;
        let refused = world.tokens(&fields(&code, back, verifier)).await;
        assert_eq!(refused.said(), (400, error), "{what}");
        // What cannot be read is nobody's.
        let named = ClientId::new("board")
            .ok()
            .filter(|_| why != "not-understood");
        assert_eq!(world.refused().await, (why.to_owned(), named), "{what}");
        // Whoever tried so has used nothing up.
        assert_eq!(world.redeem(&code).await.status, 200, "{what}");
    }
}

#[tokio::test]
async fn another_client_gets_nothing_and_spoils_nothing() {
    let world = World::new().await;
    let code = world.code("board").await;
    let steal = async |fields: Vec<(&str, &str)>| {
        for headers in [vec![basic("other", SECRET)], Vec::new()] {
            let mut fields = fields.clone();
            if headers.is_empty() {
                fields.push(("client_id", "page"));
            }
            let refused = world.post(TOKEN, &headers, &fields).await;
            assert_eq!(refused.said(), (400, "invalid_grant"));
            assert_eq!(world.refused().await.0, "foreign-client");
        }
    };
    steal(fields(&code, BACK, VERIFIER)).await;
    let given = world.redeem(&code).await;
    let refresh = given.text("refresh_token");
    steal(vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh),
    ])
    .await;
    // Nor does a code that was used end anything, when another client comes with it.
    steal(fields(&code, BACK, VERIFIER)).await;
    assert!(holds(&world, &given).await);
    assert_eq!(world.refresh(&refresh).await.status, 200);
}

/// A resource server reads a token's `sid`; a page's client proves nothing. Together they must not be able to end a sign-in.
#[tokio::test]
async fn what_tokens_say_of_a_sign_in_does_not_end_it() {
    let world = World::new().await;
    let code = world.code("page").await;
    let mut form = fields(&code, BACK, VERIFIER);
    form.push(("client_id", "page"));
    let given = world.tokens(&form).await;
    let payload = given.text("access_token");
    let payload = URL_SAFE_NO_PAD.decode(payload.split('.').nth(1).unwrap());
    let said: serde_json::Value = serde_json::from_slice(&payload.unwrap()).unwrap();
    let sid = said["sid"].as_str().unwrap();
    let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(sid).unwrap().try_into().unwrap();
    for name in [sid.to_owned(), GrantId::from_random(bytes).to_string()] {
        let made_up = format!("{name}.{}", "A".repeat(43));
        let as_page = [("client_id", "page"), ("token", &made_up)];
        let back = world.post(REVOCATION, &[], &as_page).await;
        assert_eq!(back.status, 200, "nothing to give back");
        let as_page = [
            ("client_id", "page"),
            ("grant_type", "refresh_token"),
            ("refresh_token", &made_up),
        ];
        let refused = world.tokens(&as_page).await;
        assert_eq!(refused.said(), (400, "invalid_grant"));
    }
    assert!(holds(&world, &given).await);
}

#[tokio::test]
async fn what_comes_twice_ends_all_that_came_of_it() {
    let world = World::new().await;
    let code = world.code("board").await;
    let given = world.redeem(&code).await;
    assert!(holds(&world, &given).await);
    assert_eq!(world.redeem(&code).await.said(), (400, "invalid_grant"));
    assert_eq!(world.refused().await.0, "replayed");
    assert!(!holds(&world, &given).await);
    let next = world.refresh(&given.text("refresh_token")).await;
    assert_eq!(next.said(), (400, "invalid_grant"));

    let given = world.redeem(&world.code("board").await).await;
    let used = given.text("refresh_token");
    let next = world.refresh(&used).await;
    assert_eq!(next.status, 200);
    assert_eq!(world.refresh(&used).await.said(), (400, "invalid_grant"));
    assert_eq!(world.refused().await.0, "replayed");
    assert!(!holds(&world, &next).await);
    let last = world.refresh(&next.text("refresh_token")).await;
    assert_eq!(last.said(), (400, "invalid_grant"));
    assert_eq!(world.refused().await.0, "grant-ended");
}

#[tokio::test]
async fn a_code_lasts_a_minute_and_is_no_refresh_token() {
    let world = World::new().await;
    let code = world.code("board").await;
    world.pass(Seconds(60));
    assert_eq!(world.redeem(&code).await.said(), (400, "invalid_grant"));
    assert_eq!(world.refused().await.0, "code-expired");
    let code = world.code("board").await;
    assert_eq!(world.refresh(&code).await.said(), (400, "invalid_grant"));
    for token in ["x", "", "00000000-0000-4000-8000-000000000000.x"] {
        let error = if token.is_empty() {
            "invalid_request"
        } else {
            "invalid_grant"
        };
        assert_eq!(world.refresh(token).await.said(), (400, error));
        assert_eq!(world.redeem(token).await.said(), (400, error));
    }
}

#[tokio::test]
async fn a_client_proves_itself_as_it_is_registered() {
    let world = World::new().await;
    let past = world.now();
    let secret = |text: &str, expires_at| ClientSecret {
        hash: received_hash(text),
        expires_at,
    };
    let turning = Client {
        secrets: vec![
            secret("the-old-one", past + Seconds(60)),
            secret("the-new-one", Timestamp::FAR_FUTURE),
        ],
        ..client("turning")
    };
    let posting = Client {
        authentication: Authentication::SecretPost,
        ..client("posting")
    };
    for client in [turning, posting] {
        world.commit(Change::PutClient(client)).await;
    }
    let grant = ("grant_type", "client_credentials");
    let post = async |headers: &[(String, String)], fields: &[(&str, &str)]| {
        world.post(TOKEN, headers, fields).await
    };
    for secret in ["the-old-one", "the-new-one"] {
        let given = post(&[basic("turning", secret)], &[grant]).await;
        assert_eq!(given.status, 200, "both count while one replaces the other");
    }
    let as_posting = [grant, ("client_id", "posting"), ("client_secret", SECRET)];
    assert_eq!(post(&[], &as_posting).await.status, 200);
    world.pass(Seconds(60));
    for (headers, fields, status) in [
        (vec![basic("turning", "the-old-one")], vec![grant], 401),
        (vec![basic("board", "wrong")], vec![grant], 401),
        (vec![basic("board", "")], vec![grant], 401),
        (vec![basic("nobody", SECRET)], vec![grant], 401),
        (vec![basic("posting", SECRET)], vec![grant], 401),
        (
            vec![("authorization".to_owned(), "Bearer x".to_owned())],
            vec![grant],
            401,
        ),
        (
            vec![],
            vec![grant, ("client_id", "board"), ("client_secret", SECRET)],
            400,
        ),
        (vec![], vec![grant, ("client_id", "board")], 400),
        (vec![], vec![grant], 400),
        (
            vec![],
            vec![grant, ("client_id", "page"), ("client_secret", SECRET)],
            400,
        ),
    ] {
        let refused = post(&headers, &fields).await;
        assert_eq!(
            refused.said(),
            (status, "invalid_client"),
            "{headers:?} {fields:?}"
        );
        let challenge = refused.header("www-authenticate");
        assert_eq!(challenge.starts_with("Basic "), status == 401);
        assert_eq!(world.refused().await.0, "client-authentication");
    }
    let two = [grant, ("client_id", "board"), ("client_secret", SECRET)];
    let refused = post(&[basic("board", SECRET)], &two).await;
    assert_eq!(refused.said(), (400, "invalid_request"));
}

#[tokio::test]
async fn wrong_tries_from_one_address_have_to_wait_and_hold_nobody_up_who_has_the_secret() {
    let world = World::new().await;
    let wrong = [basic("board", "wrong")];
    let grant = [("grant_type", "client_credentials")];
    let mut statuses = Vec::new();
    for _ in 0..60 {
        let refused = world.post(TOKEN, &wrong, &grant).await;
        statuses.push(refused.status.as_u16());
        if refused.status == 429 {
            assert_eq!(refused.header("retry-after"), "5");
        }
    }
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 50);
    assert_eq!(world.tokens(&grant).await.status, 200);
    let refused = world.post(TOKEN, &wrong, &grant).await;
    assert_eq!(refused.status, 429, "another's success helps nobody");
    let other = [basic("other", "wrong")];
    let refused = world.post(TOKEN, &other, &grant).await;
    assert_eq!(refused.status, 401, "another client has its own count");
    world.pass(Seconds(5));
    assert_eq!(world.post(TOKEN, &wrong, &grant).await.status, 401);
}

/// What anybody can cause hides nothing that a client does which proved to be it.
#[tokio::test]
async fn a_flood_of_strangers_hides_no_refusal_of_a_client() {
    let world = World::new().await;
    let grant = [("grant_type", "client_credentials")];
    let public = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_id", "page"),
    ];
    for _ in 0..400 {
        world.post(TOKEN, &[basic("board", "wrong")], &grant).await;
        world.tokens(&public).await;
    }
    assert_eq!(world.redeem("x").await.said(), (400, "invalid_grant"));
    let own = ("not-usable".to_owned(), ClientId::new("board").ok());
    assert_eq!(world.refused().await, own);
}

#[tokio::test]
async fn what_is_no_request_for_tokens_is_not_understood() {
    let world = World::new().await;
    let (name, value) = basic("board", SECRET);
    let body = "grant_type=client_credentials";
    for (kind, body, error) in [
        (
            "application/json",
            r#"{"grant_type":"client_credentials"}"#,
            "invalid_request",
        ),
        ("multipart/form-data", body, "invalid_request"),
        ("application/x-www-form-urlencoded", "", "invalid_request"),
        (
            "application/x-www-form-urlencoded",
            "grant_type=password",
            "unsupported_grant_type",
        ),
        (
            "application/x-www-form-urlencoded",
            "grant_type=client_credentials&grant_type=password",
            "invalid_request",
        ),
        (
            "application/x-www-form-urlencoded",
            "grant_type=%zz",
            "invalid_request",
        ),
        (
            "application/x-www-form-urlencoded",
            &"a".repeat(40_000),
            "invalid_request",
        ),
    ] {
        let request = Request::post(TOKEN).header("content-type", kind);
        let refused = world
            .send(request.header(&name, &value), body.to_owned())
            .await;
        assert_eq!(refused.said(), (400, error), "{kind} {}", body.len());
        assert_eq!(world.refused().await.0, "not-understood");
    }
    // RFC 6749 §3.2: parameters stand in the body.
    let request = Request::post(format!("{TOKEN}?{body}"))
        .header("content-type", "application/x-www-form-urlencoded");
    let refused = world
        .send(request.header(&name, &value), String::new())
        .await;
    assert_eq!(refused.said(), (400, "invalid_request"));
    let charset = Request::post(TOKEN).header(
        "content-type",
        "application/x-www-form-urlencoded; charset=UTF-8",
    );
    let given = world
        .send(charset.header(&name, &value), body.to_owned())
        .await;
    assert_eq!(given.status, 200);
}

/// How somebody loses what her client has, and what the client is told of it.
enum Loss {
    Session,
    Person,
    Client,
    Moved,
}

#[tokio::test]
async fn tokens_end_with_the_session_the_person_and_the_client() {
    for (loss, error, why) in [
        (Loss::Session, "invalid_grant", "session-ended"),
        (Loss::Person, "invalid_grant", "person-disabled"),
        (Loss::Client, "invalid_client", "client-authentication"),
        (Loss::Moved, "invalid_grant", "not-usable"),
    ] {
        let world = World::new().await;
        let code = world.code("board").await;
        let given = world.redeem(&world.code("board").await).await;
        assert!(holds(&world, &given).await);
        let live = world.endpoints.live();
        match loss {
            Loss::Session => {
                let ended = live.end_session(world.session, EndReason::SignedOut, Actor::System);
                ended.await.unwrap();
            }
            Loss::Person => {
                let person = live.read(|state| {
                    let id = state.logins["sato.hanako"];
                    state.people[&id].clone()
                });
                world
                    .commit(Change::PutPerson(zt_identity::Person {
                        state: PersonState::Disabled,
                        ..person
                    }))
                    .await;
            }
            Loss::Client => {
                let id = ClientId::new("board").unwrap();
                world.commit(Change::RemoveClient(id)).await;
            }
            Loss::Moved => {
                let app = zt_types::AppId::new("notices").unwrap();
                let moved = Client {
                    app,
                    ..client("board")
                };
                world.commit(Change::PutClient(moved)).await;
            }
        }
        assert!(!holds(&world, &given).await);
        for refused in [
            world.redeem(&code).await,
            world.refresh(&given.text("refresh_token")).await,
        ] {
            assert_eq!(refused.said().1, error);
            assert_eq!(world.refused().await.0, why);
        }
    }
}

#[tokio::test]
async fn a_device_that_lost_trust_and_has_it_again_goes_on() {
    let world = World::new().await;
    world.bind().await;
    let given = world.redeem(&world.code("board").await).await;
    let (access, refresh) = (given.text("access_token"), given.text("refresh_token"));
    let code = world.code("board").await;
    let asked = async || {
        let fields = [("token", access.as_str())];
        let path = super::super::INTROSPECTION;
        let said = world.post(path, &[basic("board", SECRET)], &fields).await;
        said.body["active"].clone()
    };
    assert_eq!(asked().await, true);
    world.finding(1).await;
    assert_eq!(asked().await, false);
    assert_eq!(world.userinfo(&access).await.said(), (401, "invalid_token"));
    for refused in [world.redeem(&code).await, world.refresh(&refresh).await] {
        assert_eq!(refused.said(), (400, "invalid_grant"));
        assert_eq!(
            refused.body["error_description"],
            "the policies do not permit it now"
        );
        assert_eq!(world.refused().await.0, "not-permitted");
    }
    world.finding(4).await;
    // What was refused was not used up.
    assert_eq!(asked().await, true);
    assert_eq!(world.userinfo(&access).await.status, 200);
    assert_eq!(world.redeem(&code).await.status, 200);
    assert_eq!(world.refresh(&refresh).await.status, 200);
}

#[tokio::test]
async fn tokens_do_not_outlive_the_session() {
    let world = World::new().await;
    world.pass(Seconds(12 * 3600 - 100));
    let given = world.redeem(&world.code("board").await).await;
    assert_eq!(given.body["expires_in"], 100);
    world.pass(Seconds(100));
    assert!(!holds(&world, &given).await);
    let next = world.refresh(&given.text("refresh_token")).await;
    assert_eq!(next.said(), (400, "invalid_grant"));
    assert_eq!(world.refused().await.0, "session-ended");
}

#[tokio::test]
async fn a_client_without_refresh_tokens_gets_none() {
    let world = World::new().await;
    let mut plain = browser_client("plain");
    plain.grants.remove(&zt_federation::GrantType::RefreshToken);
    world.commit(Change::PutClient(plain)).await;
    let code = world.code("plain").await;
    let mut fields = fields(&code, BACK, VERIFIER);
    fields.push(("client_id", "plain"));
    let given = world.tokens(&fields).await;
    assert_eq!(
        (given.status.as_u16(), given.body.get("refresh_token")),
        (200, None)
    );
    let has_none = world.endpoints.live().read(|state| {
        let mut grants = state.grants.values();
        grants.all(|grant| matches!(grant.state, GrantState::Tokens { refresh: None, .. }))
    });
    assert!(has_none);
    let request = Request::get(USERINFO).header("authorization", "Bearer");
    assert_eq!(world.send(request, String::new()).await.status, 401);
}
