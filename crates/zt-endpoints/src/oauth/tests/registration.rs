//! Programs that register themselves.

use super::world::{Answer, World, basic, challenge};
use crate::fixtures::admin;
use crate::management::{INITIAL_TOKEN_REVOKE, INITIAL_TOKENS};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use zt_auth::Consent;
use zt_crypto::jose::foreign::{Algorithm, KeySet, Unverified};
use zt_crypto::jose::{Expected, TokenKind};
use zt_events::Body as Told;
use zt_federation::{ConsentDemand, ProofKey};
use zt_store::{Change, EventFilter};
use zt_types::{ClientId, ManagedBy, Seconds};

const REGISTER: &str = super::super::REGISTRATION;
const BACK: &str = "https://tool.example/cb";

/// What a program says of itself.
fn said(more: Value) -> Value {
    let mut said = json!({
        "redirect_uris": [BACK], "client_name": "Tool", "client_name#ja": "ツール",
        "grant_types": ["authorization_code", "refresh_token"], "scope": "openid profile email",
    });
    let members = said.as_object_mut().unwrap();
    for (name, value) in more.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
    }
    said
}

impl World {
    /// An initial access token for so many clients of the chat, and what is kept of it.
    pub(super) async fn initial_token(&self, uses: u32) -> (String, Value) {
        let wanted = json!({
            "note": "partner", "application": "chat", "uses": uses, "hours": 1,
            "grants": ["authorization_code", "refresh_token"], "scopes": ["openid", "profile"],
        });
        let (status, made) = admin(&self.endpoints, "POST", INITIAL_TOKENS, &wanted).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(
            made["endpoint"],
            "https://id.sekisho.example/oauth2/register"
        );
        (
            made["token"].as_str().unwrap().to_owned(),
            made["made"].clone(),
        )
    }

    pub(super) async fn call(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !body.is_null() {
            request = request.header("content-type", "application/json");
        }
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.send(request, body).await
    }

    pub(super) async fn registers(&self, token: &str, more: Value) -> Answer {
        self.call("POST", REGISTER, token, &said(more)).await
    }

    async fn registration_events(&self) -> Vec<String> {
        let live = self.endpoints.live();
        live.store().flush().await.unwrap();
        let filter = EventFilter {
            limit: 100,
            ..Default::default()
        };
        let events = live.events(filter).await.unwrap().into_iter().rev();
        let told = events.filter_map(|logged| match logged.event.body {
            Told::InitialTokenMade { uses, .. } => Some(format!("made for {uses}")),
            Told::InitialTokenRevoked { .. } => Some("revoked".to_owned()),
            Told::ClientRegistered { .. } => Some("registered".to_owned()),
            Told::ClientReregistered { .. } => Some("changed".to_owned()),
            Told::ClientDeregistered { .. } => Some("gone".to_owned()),
            Told::RegistrationRefused { why, .. } => Some(format!("refused: {why}")),
            _ => None,
        });
        told.collect()
    }

    async fn offers_registration(&self) -> bool {
        let path = super::super::OPENID_CONFIGURATION_PATH;
        let answer = self.call("GET", path, "", &Value::Null).await;
        answer.body["registration_endpoint"].is_string()
    }
}

#[tokio::test]
async fn nobody_registers_without_a_token() {
    let world = World::new().await;
    assert!(!world.offers_registration().await);
    let off = world.registers("any", json!({})).await;
    assert_eq!(off.said(), (404, "registration-off"));
    let (token, _) = world.initial_token(1).await;
    assert!(world.offers_registration().await);
    let none = world.registers("", json!({})).await;
    assert_eq!(none.said(), (401, ""));
    assert_eq!(none.header("www-authenticate"), "Bearer realm=\"sekisho\"");
    let wrong = world.registers("wrong", json!({})).await;
    assert_eq!(wrong.said(), (401, "invalid_token"));
    let challenge = "Bearer realm=\"sekisho\", error=\"invalid_token\"";
    assert_eq!(wrong.header("www-authenticate"), challenge);
    let right = world.registers(&token, json!({})).await;
    assert_eq!(right.status, 201, "{}", right.body);
    // Once is once, and there is no other.
    let again = world.registers(&token, json!({})).await;
    assert_eq!(again.said(), (404, "registration-off"));
    assert!(!world.offers_registration().await);
    let events = world.registration_events().await;
    let expected = [
        "made for 1",
        "refused: no-token",
        "refused: token",
        "registered",
    ];
    assert_eq!(events, expected);
}

#[tokio::test]
async fn a_token_ends() {
    let world = World::new().await;
    let (token, kept) = world.initial_token(2).await;
    let (other, _) = world.initial_token(1).await;
    let (_, listed) = admin(&world.endpoints, "GET", INITIAL_TOKENS, &Value::Null).await;
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert!(!listed.to_string().contains(&token), "it is shown once");
    let revoke = json!({ "id": kept["id"] });
    let (status, _) = admin(&world.endpoints, "POST", INITIAL_TOKEN_REVOKE, &revoke).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _) = admin(&world.endpoints, "POST", INITIAL_TOKEN_REVOKE, &revoke).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let refused = world.registers(&token, json!({})).await;
    assert_eq!(refused.said(), (401, "invalid_token"));
    world.pass(Seconds::hours(1));
    let refused = world.registers(&other, json!({})).await;
    assert_eq!(refused.said(), (404, "registration-off"));
    for (bad, status) in [
        (json!({ "application": "nothing" }), 404),
        (json!({ "uses": 0 }), 422),
        (json!({ "uses": 101 }), 422),
        (json!({ "hours": 10_000 }), 422),
        (json!({ "note": "" }), 422),
        (
            json!({ "grants": ["urn:ietf:params:oauth:grant-type:token-exchange"] }),
            422,
        ),
    ] {
        let mut wanted = json!({
            "note": "partner", "application": "chat", "uses": 1, "hours": 1,
            "grants": ["authorization_code"], "scopes": ["openid"],
        });
        let members = wanted.as_object_mut().unwrap();
        members.extend(bad.as_object().unwrap().clone());
        let (answered, body) = admin(&world.endpoints, "POST", INITIAL_TOKENS, &wanted).await;
        assert_eq!(answered.as_u16(), status, "{bad}: {body}");
    }
}

#[tokio::test]
async fn it_signs_people_in_within_what_the_token_allows() {
    let world = World::new().await;
    let (token, _) = world.initial_token(3).await;
    let given = world.registers(&token, json!({})).await;
    assert_eq!(given.status, 201, "{}", given.body);
    assert_eq!(given.header("cache-control"), "no-store");
    let id = given.text("client_id");
    let secret = given.text("client_secret");
    assert_eq!(given.body["client_secret_expires_at"], 0);
    assert_eq!(given.body["client_id_issued_at"], world.now().as_seconds());
    assert_eq!(given.body["scope"], "openid profile", "not email");
    let uri = format!("https://id.sekisho.example/oauth2/register/{id}");
    assert_eq!(given.body["registration_client_uri"], uri);
    let client = world.registered(&id);
    assert_eq!(client.consent, ConsentDemand::Asked);
    assert_eq!(client.proof_key, ProofKey::Required);
    assert_eq!(client.managed_by, ManagedBy::Registration);
    assert_eq!(client.app.as_str(), "chat");
    let kept = world.endpoints.live().read(|state| {
        let kept = &state.registrations[&client.id];
        (kept.note.clone(), serde_json::to_string(kept).unwrap())
    });
    assert_eq!(kept.0, "partner");
    let access = given.text("registration_access_token");
    assert!(
        !kept.1.contains(&access) && !kept.1.contains(&secret),
        "hashes only"
    );

    let revokes = super::super::REVOCATION;
    let asked = [("token", "x")];
    let right = [basic(&id, &secret)];
    assert_eq!(world.post(revokes, &right, &asked).await.status, 200);
    // It authenticates in the way it registered, and in no other.
    let in_form = [
        ("token", "x"),
        ("client_id", &*id),
        ("client_secret", &secret),
    ];
    let other = world.post(revokes, &[], &in_form).await;
    assert_eq!(other.said(), (400, "invalid_client"));

    for grant in [
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
    ] {
        let wide = json!({ "grant_types": ["authorization_code", grant] });
        let refused = world.registers(&token, wide).await;
        assert_eq!(refused.said(), (400, "invalid_client_metadata"), "{grant}");
    }
    let refused = world
        .registers(&token, json!({ "redirect_uris": ["https://a.example/#b"] }))
        .await;
    assert_eq!(refused.said(), (400, "invalid_redirect_uri"));
    let refused = world
        .registers(&token, json!({ "software_statement": "a.b.c" }))
        .await;
    assert_eq!(refused.said(), (400, "unapproved_software_statement"));
    let private = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [
        { "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" }
    ] } });
    let refused = world.registers(&token, private).await;
    assert_eq!(
        refused.said(),
        (400, "invalid_client_metadata"),
        "a private key"
    );
    // What was refused used nothing up.
    assert_eq!(world.registers(&token, json!({})).await.status, 201);
}

#[tokio::test]
async fn it_reads_changes_and_removes_itself() {
    let mut world = World::new().await;
    let (token, _) = world.initial_token(2).await;
    let [one, other] = [
        world.registers(&token, json!({})).await,
        world.registers(&token, json!({})).await,
    ];
    let id = one.text("client_id");
    let first = one.text("registration_access_token");
    let foreign = other.text("registration_access_token");
    let own = format!("{REGISTER}/{id}");
    let nothing = &Value::Null;
    let shown = world.call("GET", &own, &first, nothing).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert_eq!(shown.text("registration_access_token"), first);
    assert_eq!(shown.body["client_secret"], Value::Null, "it is not kept");
    for (token, said) in [
        ("", (401, "")),
        ("wrong", (401, "invalid_token")),
        (&*token, (401, "invalid_token")),
        (&*foreign, (401, "invalid_token")),
    ] {
        for method in ["GET", "PUT", "DELETE"] {
            let body = said_of(&id);
            let body = if method == "PUT" { &body } else { nothing };
            let answer = world.call(method, &own, token, body).await;
            assert_eq!(answer.said(), said, "{method} with {token}");
            assert!(answer.header("www-authenticate").starts_with("Bearer "));
            assert_eq!(answer.header("pragma"), "no-cache");
        }
    }
    // Somebody agreed to what she saw.
    let person = world
        .endpoints
        .live()
        .read(|state| state.logins["sato.hanako"]);
    let client = ClientId::new(&id).unwrap();
    let consent = Consent {
        person,
        client: client.clone(),
        scopes: vec!["openid".to_owned()],
        at: world.now(),
    };
    let agreed = |world: &World| {
        let live = world.endpoints.live();
        live.read(|state| state.consents.contains_key(&(person, client.clone())))
    };
    world.commit(Change::PutConsent(consent)).await;
    let changed = world.call("PUT", &own, &first, &said_of(&id)).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert!(agreed(&world), "it looks the same");
    let second = changed.text("registration_access_token");
    assert_ne!(first, second);
    let stale = world.call("GET", &own, &first, nothing).await;
    assert_eq!(stale.said(), (401, "invalid_token"), "it was replaced");
    world.restart();
    for (more, error) in [
        (json!({ "client_id": "board" }), "invalid_client_metadata"),
        (
            json!({ "client_secret": "another" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "registration_access_token": second }),
            "invalid_client_metadata",
        ),
        (
            json!({ "grant_types": ["client_credentials"] }),
            "invalid_client_metadata",
        ),
        (json!({ "redirect_uris": [] }), "invalid_redirect_uri"),
    ] {
        let mut body = said_of(&id);
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let refused = world.call("PUT", &own, &second, &body).await;
        assert_eq!(refused.said(), (400, error), "{more}");
    }
    let mut renamed = said_of(&id);
    renamed["client_name"] = json!("Sekisho");
    renamed["client_secret"] = one.body["client_secret"].clone();
    let renamed = world.call("PUT", &own, &second, &renamed).await;
    assert_eq!(renamed.status, 200, "{}", renamed.body);
    assert!(!agreed(&world), "she agreed to another name");
    let third = renamed.text("registration_access_token");
    // Without a secret, and with a new one.
    let mut public = said_of(&id);
    public["token_endpoint_auth_method"] = json!("none");
    let public = world.call("PUT", &own, &third, &public).await;
    assert_eq!(public.body["client_secret"], Value::Null);
    assert_eq!(public.body["client_secret_expires_at"], Value::Null);
    assert!(world.registered(&id).secrets.is_empty());
    let fourth = public.text("registration_access_token");
    let again = world.call("PUT", &own, &fourth, &said_of(&id)).await;
    assert_ne!(again.text("client_secret"), one.text("client_secret"));
    let fifth = again.text("registration_access_token");
    let gone = world.call("DELETE", &own, &fifth, nothing).await;
    assert_eq!(gone.status, 204);
    let after = world.call("GET", &own, &fifth, nothing).await;
    assert_eq!(after.said(), (401, "invalid_token"));
    let live = world.endpoints.live();
    let kept = live.read(|state| {
        (
            state.clients.contains_key(&client),
            state.registrations.len(),
        )
    });
    assert_eq!(kept, (false, 1));
    let events = world.registration_events().await;
    for told in [
        "registered",
        "changed",
        "gone",
        "refused: foreign-token",
        "refused: metadata",
    ] {
        assert!(
            events.iter().any(|event| event == told),
            "{told}: {events:?}"
        );
    }
}

/// What a client says of itself when it changes something.
fn said_of(id: &str) -> Value {
    said(json!({ "client_id": id }))
}

#[tokio::test]
async fn who_shows_itself_otherwise_asks_again() {
    let world = World::new().await;
    let (token, _) = world.initial_token(1).await;
    let live = world.endpoints.live();
    let person = live.read(|state| state.logins["sato.hanako"]);
    let one = world.registers(&token, json!({})).await;
    let client = ClientId::new(&one.text("client_id")).unwrap();
    let own = format!("{REGISTER}/{client}");
    let mut access = one.text("registration_access_token");
    let other = "https://tool.example/other";
    let steps = [
        (json!({}), true),
        (json!({ "contacts": ["ops@tool.example"] }), true),
        (json!({ "client_name": "Gadget" }), false),
        (json!({ "client_name#ja": "別" }), false),
        (json!({ "client_uri": other }), false),
        (json!({ "policy_uri": other }), false),
        (json!({ "tos_uri": other }), false),
        (json!({ "redirect_uris": [BACK, other] }), false),
        (json!({ "subject_type": "pairwise" }), false),
    ];
    for (more, holds) in steps {
        // From what it was, to this, and back again.
        for more in [more, json!({})] {
            world.pass(Seconds(60));
            let consent = Consent {
                person,
                client: client.clone(),
                scopes: vec!["openid".to_owned()],
                at: world.now(),
            };
            world.commit(Change::PutConsent(consent)).await;
            let mut body = said_of(client.as_str());
            let members = body.as_object_mut().unwrap();
            members.extend(more.as_object().unwrap().clone());
            let changed = world.call("PUT", &own, &access, &body).await;
            assert_eq!(changed.status, 200, "{}", changed.body);
            access = changed.text("registration_access_token");
            let agreed = live.read(|state| state.consents.len());
            assert_eq!(agreed, usize::from(holds), "{more}");
        }
    }
}

#[tokio::test]
async fn what_comes_slowly_counts_when_it_is_there() {
    let world = World::new().await;
    let (token, _) = world.initial_token(1).await;
    let clock = world.endpoints.live().clock().clone();
    let body = said(json!({})).to_string();
    let dripping = Full::new(Bytes::from(body)).map_frame(move |frame| {
        clock.advance(std::time::Duration::from_secs(3_600));
        frame
    });
    let request = Request::post(REGISTER)
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"));
    let dripping = axum::body::Body::new(dripping);
    let late = world.send_body(request, dripping).await;
    assert_eq!(late.said(), (401, "invalid_token"), "its hour was over");
}

#[tokio::test]
async fn a_client_changes_so_often() {
    let world = World::new().await;
    let (token, _) = world.initial_token(1).await;
    let one = world.registers(&token, json!({})).await;
    let id = one.text("client_id");
    let own = format!("{REGISTER}/{id}");
    let mut access = one.text("registration_access_token");
    for _ in 0..10 {
        let changed = world.call("PUT", &own, &access, &said_of(&id)).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        access = changed.text("registration_access_token");
    }
    let waits = world.call("PUT", &own, &access, &said_of(&id)).await;
    assert_eq!(waits.status, 429, "{}", waits.body);
    assert!(!waits.header("retry-after").is_empty());
    world.pass(Seconds(60));
    let changed = world.call("PUT", &own, &access, &said_of(&id)).await;
    assert_eq!(changed.status, 200, "its token is the same");
}

#[tokio::test]
async fn sectors_are_fetched_from_public_addresses_only() {
    let world = World::new().await;
    let (token, _) = world.initial_token(2).await;
    for address in [
        "https://10.0.0.1/s",
        "https://169.254.169.254/s",
        "https://[::1]/s",
    ] {
        let asked = json!({ "subject_type": "pairwise", "sector_identifier_uri": address });
        let refused = world.registers(&token, asked).await;
        assert_eq!(
            refused.said(),
            (400, "invalid_client_metadata"),
            "{address}"
        );
        let why = refused.text("error_description");
        assert!(why.contains("could not be read"), "{why}");
    }
    // What is refused without calling anybody calls nobody; what calls is counted, also of those who guess nothing wrong.
    let wide = json!({ "grant_types": ["authorization_code", "client_credentials"],
        "subject_type": "pairwise", "sector_identifier_uri": "https://10.0.0.1/s" });
    let refused = world.registers(&token, wide).await;
    let why = refused.text("error_description");
    assert!(why.contains("not allowed by"), "{why}");
    let asked =
        json!({ "subject_type": "pairwise", "sector_identifier_uri": "https://10.0.0.1/s" });
    let mut calls = 3;
    while world.registers(&token, asked.clone()).await.status == 400 {
        calls += 1;
    }
    assert_eq!(calls, 10, "in a minute");
    let pairwise = world
        .registers(&token, json!({ "subject_type": "pairwise" }))
        .await;
    assert_eq!(pairwise.body["subject_type"], "pairwise");
}

#[tokio::test]
async fn guesses_are_bounded() {
    let world = World::new().await;
    let (token, _) = world.initial_token(1).await;
    let mut waits = 0;
    for _ in 0..150 {
        let answer = world.registers("wrong", json!({})).await;
        waits += usize::from(answer.status == 429);
    }
    assert!(waits > 0, "nobody was made to wait");
    // Whoever has the token is not kept waiting by others.
    assert_eq!(world.registers(&token, json!({})).await.status, 201);
    let long = json!({ "contacts": ["x".repeat(70_000)] });
    let (token, _) = world.initial_token(1).await;
    let refused = world.registers(&token, long).await;
    assert_eq!(refused.said(), (400, "invalid_client_metadata"));
    let request = Request::post(REGISTER)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/x-www-form-urlencoded");
    let refused = world.send(request, said(json!({})).to_string()).await;
    assert_eq!(refused.said(), (400, "invalid_client_metadata"), "a form");
}

#[tokio::test]
async fn what_userinfo_tells_can_be_signed() {
    let world = World::new().await;
    let signed = zt_federation::Client {
        safeguards: zt_federation::Safeguards {
            userinfo_signing: Some(zt_federation::SigningAlgorithm::Rs256),
            default_max_age: Some(Seconds(600)),
            ..Default::default()
        },
        ..world.registered("board")
    };
    world.commit(Change::PutClient(signed)).await;
    let challenge = challenge();
    let more = format!("nonce=n-1&code_challenge={challenge}&code_challenge_method=S256");
    let code = world.code_for("board", &more).await;
    let access = world.redeem(&code).await.text("access_token");
    let request =
        Request::get(super::super::USERINFO).header("authorization", format!("Bearer {access}"));
    let (kind, jwt) = world.raw(request).await;
    assert_eq!(kind, "application/jwt");
    let part = |n: usize| -> Value {
        let part = jwt.split('.').nth(n).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let (head, told) = (part(0), part(1));
    assert_eq!(
        (&head["alg"], &head["typ"]),
        (&json!("RS256"), &json!("userinfo+jwt"))
    );
    assert_eq!(
        (&told["iss"], &told["aud"]),
        (&json!(super::world::ISSUER), &json!("board"))
    );
    assert_eq!(told["preferred_username"], "sato.hanako");
    let keys = world
        .endpoints
        .inner
        .parts
        .keyring
        .load()
        .jwks()
        .to_string();
    let keys = KeySet::parse(&keys).unwrap();
    let verified = Unverified::parse(&jwt)
        .unwrap()
        .verify(&keys, &Algorithm::ALL);
    assert!(verified.is_ok(), "by a published key");
    let expected = Expected {
        kind: TokenKind::IdToken,
        issuer: super::world::ISSUER,
        audience: "board",
    };
    let keyring = world.endpoints.inner.parts.keyring.load();
    let as_id_token = keyring.verify::<Value>(&jwt, &expected, world.now());
    assert!(as_id_token.is_err(), "it is no ID token");
}
