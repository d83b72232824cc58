//! The endpoints that clients call, over a live company.

mod assertions;
mod backchannel;
mod certificates;
mod devices;
mod dpop;
mod exchanges;
mod hosts;
mod keys;
mod losses;
mod published;
mod pushed;
mod referred;
mod refusals;
mod registered_names;
mod registration;
mod requests;
mod scripts;
mod world;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;
use world::{BACK, ISSUER, SECRET, VERIFIER, World, basic, challenge, client};
use zt_auth::GrantState;
use zt_crypto::jose::{Expected, TokenKind, at_hash};
use zt_federation::{Client, Safeguards, SigningAlgorithm, StepUp, SubjectKind};
use zt_store::Change;
use zt_types::{AppId, Assurance, Seconds};

/// The claims of a token of ours.
fn claims(world: &World, token: &str, kind: TokenKind, audience: &str) -> Value {
    let keyring = world.endpoints.inner.parts.keyring.load();
    let expected = Expected {
        kind,
        issuer: ISSUER,
        audience,
    };
    keyring.verify(token, &expected, world.now()).unwrap()
}

#[tokio::test]
async fn a_code_gives_tokens_that_say_who_she_is() {
    let world = World::new().await;
    let signed_in = world.now().as_seconds();
    for algorithm in SigningAlgorithm::ALL {
        let registered = Client {
            id_token: algorithm,
            ..client("board")
        };
        world.commit(Change::PutClient(registered)).await;
        let code = world.code("board").await;
        let given = world.redeem(&code).await;
        assert_eq!(given.status, 200, "{}", given.body);
        assert_eq!(given.body["token_type"], "Bearer");
        assert_eq!(given.body["expires_in"], 300);
        assert_eq!(given.header("pragma"), "no-cache");
        assert_eq!(given.body["scope"], "openid profile email");

        let access = given.text("access_token");
        let id_token = claims(&world, &given.text("id_token"), TokenKind::IdToken, "board");
        let now = world.now().as_seconds();
        let sub = id_token["sub"].clone();
        let sid = id_token["sid"].clone();
        assert_eq!(
            id_token,
            json!({
                "iss": ISSUER, "sub": sub, "aud": "board", "iat": now, "exp": now + 600,
                "nonce": "n-1", "at_hash": at_hash(algorithm, &access),
                "auth_time": signed_in, "acr": "mfa", "amr": ["pwd", "otp", "mfa"], "sid": sid,
            })
        );
        let said = claims(&world, &access, TokenKind::AccessToken, ISSUER);
        assert_eq!(
            (&said["client_id"], &said["sub"], &said["sid"]),
            (&json!("board"), &sub, &sid)
        );

        let told = world.userinfo(&access).await;
        assert_eq!(
            told.body,
            json!({
                "sub": sub, "name": "佐藤 花子", "preferred_username": "sato.hanako",
                "locale": "ja", "email": "sato.hanako@yamato-seiko.example",
            })
        );

        // OpenID Connect Core 1.0 §12.2.
        world.pass(Seconds(60));
        let next = world.refresh(&given.text("refresh_token")).await;
        let again = claims(&world, &next.text("id_token"), TokenKind::IdToken, "board");
        assert_eq!(again.get("nonce"), None);
        for member in ["sub", "sid", "auth_time", "acr"] {
            assert_eq!(again[member], id_token[member], "{member}");
        }
    }
}

#[tokio::test]
async fn what_is_asked_for_one_by_one_is_told_where_it_was_asked_for() {
    let world = World::new().await;
    let pairwise = Client {
        subject: SubjectKind::Pairwise("board.example".to_owned()),
        ..client("board")
    };
    world.commit(Change::PutClient(pairwise)).await;
    let asked = r#"%7b"id_token":%7b"email":null%7d,"userinfo":%7b"groups":null%7d%7d"#;
    let asked = asked.replace('"', "%22");
    let challenge = challenge();
    let more = format!(
        "claims={asked}&acr_values=password&code_challenge={challenge}&code_challenge_method=S256"
    );
    let given = world.redeem(&world.code_for("board", &more).await).await;
    let id_token = claims(&world, &given.text("id_token"), TokenKind::IdToken, "board");
    assert_eq!(id_token["email"], "sato.hanako@yamato-seiko.example");
    assert_eq!(id_token["acr"], "password", "as the client compares names");
    assert_eq!(id_token.get("groups"), None);
    let person = world
        .endpoints
        .live()
        .read(|state| state.logins["sato.hanako"].to_string());
    assert_ne!(id_token["sub"], json!(person), "pairwise");
    let told = world.userinfo(&given.text("access_token")).await;
    assert_eq!(told.body["sub"], id_token["sub"]);
    assert_eq!(told.body["groups"], json!(["engineering", "everyone"]));

    // Under the demands of UserInfo, in both places.
    let demanding = Client {
        safeguards: Safeguards {
            step_up: StepUp {
                acr: Some(Assurance::Hardware),
                max_age: None,
            },
            ..Safeguards::default()
        },
        ..world.registered("board")
    };
    world.commit(Change::PutClient(demanding)).await;
    let held_back = world.redeem(&world.code_for("board", &more).await).await;
    let id_token = held_back.text("id_token");
    let id_token = claims(&world, &id_token, TokenKind::IdToken, "board");
    assert_eq!(id_token.get("email"), None, "{id_token}");

    // RFC 6749 §6: for less, not for more; and the next time for all again.
    let refresh = given.text("refresh_token");
    let wider = world
        .tokens(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", &refresh),
            ("scope", "openid groups"),
        ])
        .await;
    assert_eq!(wider.said(), (400, "invalid_scope"));
    let narrow = world
        .tokens(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", &refresh),
            ("scope", "email"),
        ])
        .await;
    assert_eq!(narrow.body["scope"], "email");
    assert_eq!(narrow.body.get("id_token"), None);
    let told = world.userinfo(&narrow.text("access_token")).await;
    assert_eq!(told.said(), (403, "insufficient_scope"));
    assert!(
        told.header("www-authenticate")
            .ends_with("scope=\"openid\"")
    );
    let next = world.refresh(&narrow.text("refresh_token")).await;
    assert_eq!(next.body["scope"], "openid profile email");
}

#[tokio::test]
async fn a_client_gets_a_token_in_its_own_name() {
    let world = World::new().await;
    let given = world.tokens(&[("grant_type", "client_credentials")]).await;
    assert_eq!(given.status, 200, "{}", given.body);
    assert_eq!(given.body.get("refresh_token"), None);
    let access = given.text("access_token");
    let said = claims(&world, &access, TokenKind::AccessToken, ISSUER);
    assert_eq!(
        (&said["sub"], &said["client_id"]),
        (&json!("board"), &json!("board"))
    );
    assert_eq!(said.get("sid"), None);
    let told = world.userinfo(&access).await;
    assert_eq!(told.said(), (403, "insufficient_scope"), "about nobody");
    let asked = world
        .tokens(&[("grant_type", "client_credentials"), ("scope", "openid")])
        .await;
    assert_eq!(asked.said(), (400, "invalid_scope"));
    let headers = [basic("board", SECRET)];
    let fields = [("token", access.as_str())];
    let said = world.post(super::INTROSPECTION, &headers, &fields).await;
    assert_eq!(said.body["active"], true);
    let back = world.post(super::REVOCATION, &headers, &fields).await;
    assert_eq!(back.said(), (400, "unsupported_token_type"));
    let nobody = [("grant_type", "client_credentials"), ("client_id", "page")];
    assert_eq!(
        world.tokens(&nobody).await.said(),
        (400, "unauthorized_client")
    );
}

#[tokio::test]
async fn a_client_learns_about_its_own_tokens_and_ends_them() {
    let world = World::new().await;
    let given = world.redeem(&world.code("board").await).await;
    let (access, refresh) = (given.text("access_token"), given.text("refresh_token"));
    let ask = async |path: &str, headers: &[(String, String)], token: &str| {
        world.post(path, headers, &[("token", token)]).await
    };
    let mine = [basic("board", SECRET)];
    let other = [basic("other", SECRET)];
    let said = ask(super::INTROSPECTION, &mine, &access).await;
    assert_eq!(
        (&said.body["active"], &said.body["token_type"]),
        (&json!(true), &json!("Bearer"))
    );
    let said = ask(super::INTROSPECTION, &mine, &refresh).await;
    assert_eq!(said.body["active"], true);
    let id_token = given.text("id_token");
    for token in [
        "",
        "x",
        &format!("{refresh}x"),
        &id_token,
        &world.code("board").await,
    ] {
        if token.is_empty() {
            let said = ask(super::INTROSPECTION, &mine, token).await;
            assert_eq!(said.said(), (400, "invalid_request"));
            continue;
        }
        let said = ask(super::INTROSPECTION, &mine, token).await;
        assert_eq!(said.body, json!({ "active": false }), "{token}");
    }
    // Another client of the application sees what a page or a device shows to it, and ends nothing; one of another application
    // sees nothing.
    let far = Client {
        app: AppId::new("wiki").unwrap(),
        ..client("far")
    };
    world.commit(Change::PutClient(far)).await;
    for (token, is_seen) in [(&access, true), (&refresh, false)] {
        let said = ask(super::INTROSPECTION, &other, token).await;
        assert_eq!(said.body["active"], is_seen);
        let said = ask(super::INTROSPECTION, &[basic("far", SECRET)], token).await;
        assert_eq!(said.body, json!({ "active": false }));
        let done = ask(super::REVOCATION, &other, token).await;
        assert_eq!(done.status, 200);
        let said = ask(super::INTROSPECTION, &mine, token).await;
        assert_eq!(said.body["active"], true, "another client ended nothing");
    }
    for headers in [&[][..], &[basic("board", "wrong")]] {
        for path in [super::INTROSPECTION, super::REVOCATION] {
            let said = ask(path, headers, &access).await;
            assert_eq!(said.said().1, "invalid_client");
        }
    }
    assert_eq!(ask(super::REVOCATION, &mine, "x").await.status, 200);

    // Either of them ends all of it.
    for end in ["access_token", "refresh_token"] {
        let given = world.redeem(&world.code("board").await).await;
        let done = ask(super::REVOCATION, &mine, &given.text(end)).await;
        assert_eq!(done.status, 200, "{}", done.body);
        for token in ["access_token", "refresh_token"] {
            let said = ask(super::INTROSPECTION, &mine, &given.text(token)).await;
            assert_eq!(said.body, json!({ "active": false }));
        }
        let told = world.userinfo(&given.text("access_token")).await;
        assert_eq!(told.said(), (401, "invalid_token"));
        let next = world.refresh(&given.text("refresh_token")).await;
        assert_eq!(next.said(), (400, "invalid_grant"));
        assert_eq!(world.refused().await.0, "grant-ended");
    }
    let ended = world.endpoints.live().read(|state| {
        let grants = state.grants.values();
        grants
            .filter(|grant| matches!(grant.state, GrantState::Ended { .. }))
            .count()
    });
    assert_eq!(ended, 2, "and nothing of another sign-in");
}

#[tokio::test]
async fn userinfo_takes_a_token_in_one_way_and_never_in_the_address() {
    let world = World::new().await;
    let given = world.redeem(&world.code("board").await).await;
    let access = given.text("access_token");
    let path = super::USERINFO;
    let bearer = ("authorization".to_owned(), format!("bearer {access}"));
    let in_form = [("access_token", access.as_str())];
    let of_header = world.post(path, std::slice::from_ref(&bearer), &[]).await;
    let of_form = world.post(path, &[], &in_form).await;
    assert_eq!(
        (of_header.status, of_form.status),
        (200.try_into().unwrap(), 200.try_into().unwrap())
    );
    let both = world.post(path, &[bearer], &in_form).await;
    assert_eq!(both.said(), (400, "invalid_request"));
    let query = Request::get(format!("{path}?access_token={access}"));
    let of_query = world.send(query, String::new()).await;
    assert_eq!(of_query.said(), (401, ""));
    assert_eq!(
        of_query.header("www-authenticate"),
        "Bearer realm=\"sekisho\", DPoP algs=\"ES256 RS256 PS256 EdDSA\""
    );
    let id_token = given.text("id_token");
    let refresh = given.text("refresh_token");
    for token in ["x", id_token.as_str(), refresh.as_str()] {
        let told = world.userinfo(token).await;
        assert_eq!(told.said(), (401, "invalid_token"));
        let challenge = told.header("www-authenticate");
        assert!(challenge.starts_with("Bearer error=\"invalid_token\""));
    }
    world.pass(Seconds(300));
    let told = world.userinfo(&access).await;
    assert_eq!(told.said(), (401, "invalid_token"), "its time is over");
}

#[tokio::test]
async fn it_says_what_it_is_and_anybody_may_read_it() {
    let world = World::new().await;
    for path in [
        super::OPENID_CONFIGURATION_PATH,
        super::AUTHORIZATION_SERVER_PATH,
        crate::JWKS_PATH,
    ] {
        let said = world.send(Request::get(path), String::new()).await;
        assert_eq!(said.status, 200);
        assert_eq!(said.header("access-control-allow-origin"), "*");
        assert_eq!(said.header("cache-control"), "public, max-age=300");
        assert_eq!(said.header("cross-origin-resource-policy"), "cross-origin");
        if path != crate::JWKS_PATH {
            assert_eq!(said.body["issuer"], ISSUER);
            let routed = crate::routes().filter(|route| {
                let at = format!("{ISSUER}{}", route.path);
                let said = said.body.as_object().unwrap().values();
                said.clone().any(|value| *value == json!(at))
            });
            let mut routed: Vec<_> = routed.map(|route| route.path).collect();
            routed.dedup();
            assert!(routed.len() >= 6, "{routed:?}");
        }
    }
}

#[tokio::test]
async fn a_code_without_a_proof_key_is_for_who_has_none() {
    let world = World::new().await;
    let with_nonce = world.code_for("board", "nonce=n-2").await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &with_nonce),
        ("redirect_uri", BACK),
    ];
    // RFC 9700 §4.8.2: a verifier for a request that was downgraded.
    let with_verifier = [&fields[..], &[("code_verifier", VERIFIER)]].concat();
    let refused = world.tokens(&with_verifier).await;
    assert_eq!(refused.said(), (400, "invalid_grant"));
    assert_eq!(world.refused().await.0, "proof-key");
    assert_eq!(world.tokens(&fields).await.status, 200);
}

#[tokio::test]
async fn what_was_given_and_refused_is_counted() {
    let world = World::new().await;
    let code = world.code("board").await;
    for _ in 0..2 {
        world.redeem(&code).await;
    }
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = world.endpoints.health().oneshot(request).await.unwrap();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    let text = String::from_utf8(bytes.unwrap().to_vec()).unwrap();
    for outcome in ["issued", "replayed"] {
        let line = format!(
            "sekisho_token_requests_total{{grant=\"authorization_code\",outcome=\"{outcome}\"}} 1"
        );
        assert!(text.contains(&line), "{text}");
    }
}
