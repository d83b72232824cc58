//! Clients that show a JWT signed with their key (RFC 7523).

use super::super::TOKEN;
use super::world::{Answer, ISSUER, World, client};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use zeroize::Zeroizing;
use zt_crypto::hash::{MacKey, sha256};
use zt_crypto::jose::{KeyPurpose, KeyState, Keyring, TokenKeyRecord, TokenKind};
use zt_crypto::seal::MasterKey;
use zt_federation::{Authentication, Client, SigningAlgorithm};
use zt_store::Change;
use zt_types::Seconds;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key pair of some client.
fn keys(world: &World, purpose: KeyPurpose) -> Keyring {
    let master = MasterKey::from_bytes(Zeroizing::new([3; 32])).unwrap();
    let es256 = SigningAlgorithm::Es256;
    let mut key = TokenKeyRecord::generate(&master, purpose, es256, world.now()).unwrap();
    key.state = KeyState::Active;
    Keyring::open(&master, vec![key]).unwrap()
}

fn claims(world: &World, jti: &str) -> Value {
    let now = world.now().as_seconds();
    json!({
        "iss": "signing", "sub": "signing", "aud": ISSUER, "jti": jti, "iat": now, "exp": now + 60,
    })
}

pub(super) fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    let members = claims.as_object_mut().unwrap();
    members.insert(name.to_owned(), value);
    members.retain(|_, value| !value.is_null());
    claims
}

fn sign(keys: &Keyring, claims: &Value) -> String {
    keys.signer(TokenKind::IdToken)
        .unwrap()
        .sign(claims)
        .unwrap()
}

/// A token with another header, and whatever stands for its signature.
pub(super) fn forged(
    header: &Value,
    claims: &Value,
    signature: impl FnOnce(&str) -> Vec<u8>,
) -> String {
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let signed = format!("{header}.{claims}");
    let signature = URL_SAFE_NO_PAD.encode(signature(&signed));
    format!("{signed}.{signature}")
}

async fn show(world: &World, assertion: &str) -> Answer {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    world.post(TOKEN, &[], &fields).await
}

async fn signing(world: &World) -> Keyring {
    let keys = keys(world, KeyPurpose::IdToken);
    let client = Client {
        authentication: Authentication::PrivateKeyJwt,
        secrets: Vec::new(),
        keys: Some(keys.jwks().to_string()),
        ..client("signing")
    };
    world.commit(Change::PutClient(client)).await;
    keys
}

#[tokio::test]
async fn an_assertion_counts_once() {
    let world = World::new().await;
    let keys = signing(&world).await;
    let one = sign(&keys, &claims(&world, "1"));
    assert_eq!(show(&world, &one).await.status, 200);
    let again = show(&world, &one).await;
    assert_eq!(again.said(), (400, "invalid_client"));
    assert_eq!(
        again.body["error_description"],
        "the assertion was used before"
    );
    assert_eq!(world.refused().await.0, "client-authentication");
    let other = sign(&keys, &claims(&world, "2"));
    assert_eq!(show(&world, &other).await.status, 200);
    world.pass(Seconds(120));
    assert_eq!(show(&world, &other).await.said(), (400, "invalid_client"));
}

/// A process that begins knows nothing of what the one before saw: what may have been used there is not used again.
#[tokio::test]
async fn an_assertion_that_was_used_before_a_restart_does_not_count_after_it() {
    let mut world = World::new().await;
    let keys = signing(&world).await;
    let made_at = |ahead: i64, jti: &str| {
        let iat = world.now().as_seconds() + ahead;
        let claims = with(&claims(&world, jti), "iat", json!(iat));
        sign(&keys, &with(&claims, "exp", json!(iat + 60)))
    };
    let [exact, ahead, later] = [(0, "1"), (20, "2"), (27, "3")].map(|(at, jti)| made_at(at, jti));
    for assertion in [&exact, &ahead] {
        assert_eq!(show(&world, assertion).await.status, 200);
    }
    world.restart();
    for assertion in [&exact, &ahead] {
        assert_eq!(
            show(&world, assertion).await.said(),
            (400, "invalid_client")
        );
    }
    // A clock that is still further ahead, or ours once it has come so far.
    assert_eq!(show(&world, &later).await.status, 200);
    world.pass(Seconds(26));
    assert_eq!(show(&world, &ahead).await.said(), (400, "invalid_client"));
    let claims = claims(&world, "4");
    assert_eq!(show(&world, &sign(&keys, &claims)).await.status, 200);
}

#[tokio::test]
async fn an_assertion_is_for_us_alone_and_signed_by_the_client() {
    let world = World::new().await;
    let keys = signing(&world).await;
    let right = claims(&world, "right");
    let now = world.now().as_seconds();
    let strangers = self::keys(&world, KeyPurpose::IdToken);
    let es256 = json!({ "alg": "ES256", "typ": "JWT" });
    let public = keys.jwks();
    let cases = [
        (
            "for somebody else",
            sign(&keys, &with(&right, "aud", json!("https://evil.example"))),
        ),
        (
            "for somebody else too",
            sign(
                &keys,
                &with(&right, "aud", json!([ISSUER, "https://evil.example"])),
            ),
        ),
        (
            "for us in a list",
            sign(&keys, &with(&right, "aud", json!([ISSUER]))),
        ),
        (
            "for the endpoint",
            sign(
                &keys,
                &with(&right, "aud", json!(format!("{ISSUER}{TOKEN}"))),
            ),
        ),
        (
            "nearly for us",
            sign(&keys, &with(&right, "aud", json!(format!("{ISSUER}/")))),
        ),
        ("for nobody", sign(&keys, &with(&right, "aud", Value::Null))),
        (
            "about another",
            sign(&keys, &with(&right, "iss", json!("board"))),
        ),
        (
            "without a name",
            sign(&keys, &with(&right, "jti", Value::Null)),
        ),
        (
            "without an end",
            sign(&keys, &with(&right, "exp", Value::Null)),
        ),
        ("over", sign(&keys, &with(&right, "exp", json!(now - 60)))),
        (
            "for a day",
            sign(&keys, &with(&right, "exp", json!(now + 86_400))),
        ),
        (
            "of tomorrow",
            sign(&keys, &with(&right, "iat", json!(now + 3_000))),
        ),
        (
            "of nobody knows when",
            sign(&keys, &with(&right, "iat", Value::Null)),
        ),
        ("by a stranger", sign(&strangers, &right)),
        (
            "not signed",
            forged(&json!({ "alg": "none" }), &right, |_| Vec::new()),
        ),
        ("with nothing", forged(&es256, &right, |_| Vec::new())),
        ("with zeros", forged(&es256, &right, |_| vec![0; 64])),
        // The public key, taken for a shared secret.
        (
            "with what everybody has",
            forged(&json!({ "alg": "HS256", "typ": "JWT" }), &right, |signed| {
                let key = MacKey::new(&sha256(public.to_string().as_bytes()));
                key.sign(signed.as_bytes()).to_vec()
            }),
        ),
        (
            "with a key it brings",
            forged(
                &json!({ "alg": "ES256", "jwk": strangers.jwks()["keys"][0] }),
                &right,
                |_| vec![1; 64],
            ),
        ),
        ("of our own", {
            let ours = world.endpoints.inner.parts.keyring.load();
            ours.signer(TokenKind::IdToken)
                .unwrap()
                .sign(&right)
                .unwrap()
        }),
        ("not one", "a.b.c".to_owned()),
    ];
    for (what, assertion) in cases {
        let refused = show(&world, &assertion).await;
        assert_eq!(refused.said(), (400, "invalid_client"), "{what}");
    }
    assert_eq!(show(&world, &sign(&keys, &right)).await.status, 200);
}

#[tokio::test]
async fn what_else_the_client_signs_is_no_assertion() {
    let world = World::new().await;
    signing(&world).await;
    let keys = keys(&world, KeyPurpose::AccessToken);
    let client = Client {
        keys: Some(keys.jwks().to_string()),
        ..world.registered("signing")
    };
    world.commit(Change::PutClient(client)).await;
    let signer = keys.signer(TokenKind::AccessToken).unwrap();
    let token = signer.sign(&claims(&world, "1")).unwrap();
    assert_eq!(show(&world, &token).await.said(), (400, "invalid_client"));
}
