//! Tokens that are good with a key only (RFC 9449).

use super::super::{INTROSPECTION, PUSHED_REQUESTS, TOKEN, USERINFO};
use super::assertions::{forged, with};
use super::claims;
use super::keys::SigningKey;
use super::world::{Answer, BACK, ISSUER, SECRET, VERIFIER, World, basic, challenge, client};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use zt_crypto::hash::sha256;
use zt_crypto::jose::TokenKind;
use zt_federation::{Client, Safeguards, TokenBinding};
use zt_store::Change;
use zt_types::Seconds;

/// A key, and the proofs that are made with it.
pub(super) struct Holder {
    key: SigningKey,
    made: AtomicU32,
}

impl Holder {
    pub(super) fn new() -> Self {
        Self {
            key: SigningKey::es256(),
            made: AtomicU32::new(0),
        }
    }

    fn header(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.jwk() })
    }

    /// The claims of a proof for a request to `path`.
    fn claims(&self, world: &World, method: &str, path: &str, token: Option<&str>) -> Value {
        let now = world.now();
        let ath = token.map(|token| URL_SAFE_NO_PAD.encode(sha256(token.as_bytes())));
        let jti = self.made.fetch_add(1, Ordering::Relaxed).to_string();
        let [nonce, _] = world.endpoints.inner.nonces.counting(now);
        let claims = json!({
            "jti": jti, "htm": method, "htu": format!("{ISSUER}{path}"),
            "iat": now.as_seconds(), "nonce": nonce,
        });
        with(&claims, "ath", json!(ath))
    }

    pub(super) fn proof(
        &self,
        world: &World,
        method: &str,
        path: &str,
        token: Option<&str>,
    ) -> String {
        let claims = self.claims(world, method, path, token);
        self.key.sign(&self.header(), &claims)
    }

    pub(super) fn thumbprint(&self) -> String {
        self.key.thumbprint()
    }
}

/// Asks for tokens as `board` or whoever is named, with these proofs.
pub(super) async fn asks(world: &World, fields: &[(&str, &str)], proofs: &[&str]) -> Answer {
    let is_named = fields.iter().any(|(name, _)| *name == "client_id");
    let mut headers: Vec<_> = proofs
        .iter()
        .map(|proof| ("dpop".to_owned(), (*proof).to_owned()))
        .collect();
    if !is_named {
        headers.push(basic("board", SECRET));
    }
    world.post(TOKEN, &headers, fields).await
}

pub(super) fn redeems(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ]
}

async fn userinfo(world: &World, scheme: &str, token: &str, proof: Option<&str>) -> Answer {
    let mut request = Request::get(USERINFO).header("authorization", format!("{scheme} {token}"));
    if let Some(proof) = proof {
        request = request.header("dpop", proof);
    }
    world.send(request, String::new()).await
}

#[tokio::test]
async fn a_token_is_good_with_its_key_only() {
    let world = World::new().await;
    let (holder, thief) = (Holder::new(), Holder::new());
    let code = world.code("board").await;
    let proof = holder.proof(&world, "POST", TOKEN, None);
    let given = asks(&world, &redeems(&code), &[&proof]).await;
    assert_eq!(given.status, 200, "{}", given.body);
    assert_eq!(given.body["token_type"], "DPoP");
    assert!(!given.header("dpop-nonce").is_empty());
    let token = given.text("access_token");
    let said = claims(&world, &token, TokenKind::AccessToken, ISSUER);
    assert_eq!(said["cnf"], json!({ "jkt": holder.thumbprint() }));

    let right = holder.proof(&world, "GET", USERINFO, Some(&token));
    let told = userinfo(&world, "DPoP", &token, Some(&right)).await;
    assert_eq!(told.status, 200, "{}", told.body);
    // As a bearer token it is good for nothing, with a proof or without one.
    let fresh = || holder.proof(&world, "GET", USERINFO, Some(&token));
    for proof in [None, Some(fresh())] {
        let refused = userinfo(&world, "Bearer", &token, proof.as_deref()).await;
        assert_eq!(refused.said(), (401, "invalid_token"));
    }
    let in_form = world
        .post(
            USERINFO,
            &[("dpop".to_owned(), fresh())],
            &[("access_token", &token)],
        )
        .await;
    assert_eq!(in_form.said(), (401, "invalid_token"));
    let other = world
        .redeem(&world.code("board").await)
        .await
        .text("access_token");
    for (proof, error) in [
        (None, "invalid_dpop_proof"),
        (
            Some(thief.proof(&world, "GET", USERINFO, Some(&token))),
            "invalid_token",
        ),
        (
            Some(holder.proof(&world, "GET", USERINFO, None)),
            "invalid_dpop_proof",
        ),
        (
            Some(holder.proof(&world, "GET", USERINFO, Some(&other))),
            "invalid_dpop_proof",
        ),
        (
            Some(holder.proof(&world, "POST", USERINFO, Some(&token))),
            "invalid_dpop_proof",
        ),
        (
            Some(holder.proof(&world, "GET", TOKEN, Some(&token))),
            "invalid_dpop_proof",
        ),
        (Some(right), "invalid_dpop_proof"),
    ] {
        let refused = userinfo(&world, "DPoP", &token, proof.as_deref()).await;
        assert_eq!(refused.said(), (401, error), "{proof:?}");
        let challenge = refused.header("www-authenticate");
        assert!(
            challenge.starts_with(&format!("DPoP error=\"{error}\"")),
            "{challenge}"
        );
        assert!(challenge.contains("algs=\"ES256 "), "{challenge}");
    }
    // A bearer token does not become bound by being called so.
    let proof = holder.proof(&world, "GET", USERINFO, Some(&other));
    let refused = userinfo(&world, "DPoP", &other, Some(&proof)).await;
    assert_eq!(refused.said(), (401, "invalid_token"));
    // Who asks about it learns to what it is bound.
    let fields = [("token", token.as_str())];
    let said = world
        .post(INTROSPECTION, &[basic("board", SECRET)], &fields)
        .await;
    assert_eq!(said.body["token_type"], "DPoP");
    assert_eq!(said.body["cnf"], json!({ "jkt": holder.thumbprint() }));
}

#[tokio::test]
async fn a_refresh_token_is_not_used_without_what_it_was_given_to() {
    let world = World::new().await;
    let (holder, thief) = (Holder::new(), Holder::new());
    let proof = || holder.proof(&world, "POST", TOKEN, None);
    let code = world.code("page").await;
    let public = [&redeems(&code)[..], &[("client_id", "page")]].concat();
    let given = asks(&world, &public, &[&proof()]).await;
    assert_eq!(given.status, 200, "{}", given.body);
    let token = given.text("refresh_token");
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &token),
        ("client_id", "page"),
    ];
    let refused = asks(&world, &refresh, &[]).await;
    assert_eq!(refused.said(), (400, "invalid_dpop_proof"));
    assert_eq!(world.refused().await.0, "key-binding");
    let stolen = thief.proof(&world, "POST", TOKEN, None);
    let refused = asks(&world, &refresh, &[&stolen]).await;
    assert_eq!(refused.said(), (400, "invalid_grant"));
    assert_eq!(world.refused().await.0, "key-binding");
    let next = asks(&world, &refresh, &[&proof()]).await;
    assert_eq!(
        (next.status.as_u16(), &next.body["token_type"]),
        (200, &json!("DPoP"))
    );
    // Who proves in another way whose the token is may take another key, but never none.
    let given = asks(&world, &redeems(&world.code("board").await), &[&proof()]).await;
    let token = given.text("refresh_token");
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str()),
    ];
    let refused = asks(&world, &refresh, &[]).await;
    assert_eq!(refused.said(), (400, "invalid_dpop_proof"));
    let other = thief.proof(&world, "POST", TOKEN, None);
    let next = asks(&world, &refresh, &[&other]).await;
    let said = claims(
        &world,
        &next.text("access_token"),
        TokenKind::AccessToken,
        ISSUER,
    );
    assert_eq!(said["cnf"]["jkt"], thief.thumbprint());
}

#[tokio::test]
async fn a_proof_counts_once_for_one_request() {
    let world = World::new().await;
    let holder = Holder::new();
    let own = [("grant_type", "client_credentials")];
    let asked = |proof: String| {
        let world = &world;
        async move { asks(world, &own, &[&proof]).await }
    };
    let proof = holder.proof(&world, "POST", TOKEN, None);
    let given = asked(proof.clone()).await;
    assert_eq!(
        (given.status.as_u16(), &given.body["token_type"]),
        (200, &json!("DPoP"))
    );
    let again = asked(proof.clone()).await;
    assert_eq!(again.said(), (400, "invalid_dpop_proof"));
    assert_eq!(again.body["error_description"], "the proof was used before");
    assert_eq!(world.refused().await.0, "key-proof");
    let two = asks(
        &world,
        &own,
        &[&proof, &holder.proof(&world, "POST", TOKEN, None)],
    )
    .await;
    assert_eq!(two.said(), (400, "invalid_dpop_proof"));
    let right = || holder.claims(&world, "POST", TOKEN, None);
    let now = world.now().as_seconds();
    for (name, value) in [
        ("htm", json!("GET")),
        ("htu", json!(format!("{ISSUER}/oauth2/token/"))),
        ("htu", json!(format!("{ISSUER}/oauth2%2Ftoken"))),
        ("htu", json!(format!("{ISSUER}@evil.example{TOKEN}"))),
        ("htu", json!(format!("https://evil.example{TOKEN}"))),
        ("htu", json!(format!("http://id.sekisho.example{TOKEN}"))),
        ("iat", json!(now - 121)),
        ("iat", json!(now + 31)),
        ("iat", Value::Null),
        ("jti", Value::Null),
    ] {
        let said = asked(
            holder
                .key
                .sign(&holder.header(), &with(&right(), name, value.clone())),
        );
        assert_eq!(
            said.await.said(),
            (400, "invalid_dpop_proof"),
            "{name} {value}"
        );
    }
    // The same place, written in another way.
    let same = json!("HTTPS://ID.sekisho.example:443/oauth2/%74oken?a#b");
    let said = asked(
        holder
            .key
            .sign(&holder.header(), &with(&right(), "htu", same)),
    )
    .await;
    assert_eq!(said.status, 200, "{}", said.body);
}

#[tokio::test]
async fn a_proof_is_signed_with_the_public_key_in_it() {
    let world = World::new().await;
    let (holder, other) = (Holder::new(), Holder::new());
    let claims = holder.claims(&world, "POST", TOKEN, None);
    let header = holder.header();
    let jwk = holder.key.jwk();
    let private = with(&jwk, "d", json!("AAAA"));
    let cases = [
        ("another key", other.key.sign(&header, &claims)),
        (
            "no type",
            holder.key.sign(&with(&header, "typ", Value::Null), &claims),
        ),
        (
            "another type",
            holder
                .key
                .sign(&with(&header, "typ", json!("JWT")), &claims),
        ),
        (
            "a private key",
            holder.key.sign(&with(&header, "jwk", private), &claims),
        ),
        (
            "no key",
            holder.key.sign(&with(&header, "jwk", Value::Null), &claims),
        ),
        (
            "none",
            forged(&with(&header, "alg", json!("none")), &claims, |_| {
                Vec::new()
            }),
        ),
        ("a shared key", {
            let secret = json!({ "kty": "oct", "k": "AAAA" });
            let header = json!({ "typ": "dpop+jwt", "alg": "HS256", "jwk": secret });
            forged(&header, &claims, |_| vec![0; 32])
        }),
        ("nothing", "a.b.c".to_owned()),
    ];
    for (what, proof) in cases {
        let refused = asks(&world, &[("grant_type", "client_credentials")], &[&proof]).await;
        assert_eq!(refused.said(), (400, "invalid_dpop_proof"), "{what}");
    }
}

#[tokio::test]
async fn a_proof_repeats_what_we_gave_a_moment_ago() {
    let world = World::new().await;
    let holder = Holder::new();
    let own = [("grant_type", "client_credentials")];
    let right = holder.claims(&world, "POST", TOKEN, None);
    for nonce in [Value::Null, json!("x")] {
        let wrong = with(&right, "nonce", nonce.clone());
        let refused = asks(&world, &own, &[&holder.key.sign(&holder.header(), &wrong)]).await;
        assert_eq!(refused.said(), (400, "use_dpop_nonce"));
        let again = with(&wrong, "nonce", json!(refused.header("dpop-nonce")));
        let again = with(&again, "jti", json!(format!("again {nonce}")));
        let given = asks(&world, &own, &[&holder.key.sign(&holder.header(), &again)]).await;
        assert_eq!(given.status, 200, "{}", given.body);
    }
    // One of four minutes ago is over, whatever the proof says of when it was made.
    world.pass(Seconds(240));
    let late = with(&right, "iat", json!(world.now().as_seconds()));
    let refused = asks(&world, &own, &[&holder.key.sign(&holder.header(), &late)]).await;
    assert_eq!(refused.said(), (400, "use_dpop_nonce"));
    // That a client comes a second time is nothing to record.
    assert_eq!(world.refused().await.0, "");
}

#[tokio::test]
async fn a_client_can_be_held_to_its_key() {
    let world = World::new().await;
    let (holder, thief) = (Holder::new(), Holder::new());
    let bound = Client {
        safeguards: Safeguards {
            bound_tokens: TokenBinding::Key,
            ..Safeguards::default()
        },
        ..client("board")
    };
    world.commit(Change::PutClient(bound)).await;
    let refused = world.redeem(&world.code("board").await).await;
    assert_eq!(refused.said(), (400, "invalid_dpop_proof"));
    // A code that was asked for with a key in mind is redeemed with that key.
    let more = format!(
        "dpop_jkt={}&code_challenge={}&code_challenge_method=S256",
        holder.thumbprint(),
        challenge()
    );
    let code = world.code_for("board", &more).await;
    let stolen = thief.proof(&world, "POST", TOKEN, None);
    let refused = asks(&world, &redeems(&code), &[&stolen]).await;
    assert_eq!(refused.said(), (400, "invalid_grant"));
    assert_eq!(world.refused().await.0, "key-binding");
    let proof = holder.proof(&world, "POST", TOKEN, None);
    let given = asks(&world, &redeems(&code), &[&proof]).await;
    assert_eq!(given.status, 200, "{}", given.body);
}

#[tokio::test]
async fn a_request_that_is_pushed_with_a_proof_is_for_its_key() {
    let world = World::new().await;
    let (holder, other) = (Holder::new(), Holder::new());
    let challenge = challenge();
    let thumbprint = other.thumbprint();
    let usual = [
        ("client_id", "page"),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let named = [&usual[..], &[("dpop_jkt", thumbprint.as_str())]].concat();
    let push = async |fields: &[(&str, &str)]| {
        let proof = holder.proof(&world, "POST", PUSHED_REQUESTS, None);
        let headers = [("dpop".to_owned(), proof)];
        world.post(PUSHED_REQUESTS, &headers, fields).await
    };
    assert_eq!(push(&named).await.said(), (400, "invalid_dpop_proof"));
    let taken = push(&usual).await;
    assert_eq!(taken.status, 201, "{}", taken.body);
    let reference = taken.text("request_uri");
    let reference = zt_federation::RequestReference::read(&reference).unwrap();
    let live = world.endpoints.live();
    let kept = live.begin_pushed(&world.registered("page"), &reference, world.now());
    assert_eq!(kept.unwrap().dpop_jkt, Some(holder.thumbprint()));
}

/// A proof that was shown before leaves no request behind: those would take the places of others.
#[tokio::test]
async fn a_request_whose_proof_was_used_is_not_kept() {
    let world = World::new().await;
    let holder = Holder::new();
    let push = async |proof: String| {
        let challenge = challenge();
        let fields = [
            ("client_id", "page"),
            ("response_type", "code"),
            ("redirect_uri", BACK),
            ("scope", "openid"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let headers = [("dpop".to_owned(), proof)];
        world.post(PUSHED_REQUESTS, &headers, &fields).await
    };
    let fresh = || holder.proof(&world, "POST", PUSHED_REQUESTS, None);
    let proof = fresh();
    assert_eq!(push(proof.clone()).await.status, 201);
    for _ in 0..60 {
        let refused = push(proof.clone()).await;
        assert_eq!(refused.said(), (400, "invalid_dpop_proof"));
    }
    assert_eq!(push(fresh()).await.status, 201);
}
