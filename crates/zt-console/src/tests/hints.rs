//! Hints that somebody made up: an ID token says who signs out, so nobody else may write one (as in Keycloak's CVE-2026-18569).

use super::clients::{asks, parameter, world};
use super::location;
use super::world::{SignedIn, World};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Value, json};
use zeroize::Zeroizing;
use zt_auth::Grant;
use zt_crypto::hash::{MacKey, sha256};
use zt_crypto::jose::{KeyPurpose, KeyState, Keyring, TokenKeyRecord, TokenKind};
use zt_crypto::seal::MasterKey;
use zt_federation::{Client, ConsentDemand, SigningAlgorithm};
use zt_store::Change;
use zt_types::ClientId;

const ISSUER: &str = "https://id.sekisho.localhost:8443";

/// What her client calls her session.
async fn sid(world: &World, who: &SignedIn) -> String {
    let response = world.get(&asks(&[]), who).await;
    let code = parameter(location(&response), "code").unwrap();
    let (id, _) = Grant::of_bearer(&code).unwrap();
    let grant = world.live.read(|state| state.grants[&id].clone());
    world.live.sid(&grant).unwrap()
}

fn signed(keys: &Keyring, kind: TokenKind, claims: &Value) -> String {
    let signer = keys.signer_for(kind, SigningAlgorithm::Es256);
    signer.unwrap().sign(claims).unwrap()
}

fn written(header: &Value, claims: &Value, signature: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(signature(format!("{header}.{claims}").as_bytes()));
    format!("{header}.{claims}.{signature}")
}

#[tokio::test]
async fn no_forged_hint_signs_anybody_out() {
    let (world, who) = world("chat", ConsentDemand::Implied).await;
    let other = Client {
        id: ClientId::new("other").unwrap(),
        ..super::clients::registered_with("chat", ConsentDemand::Implied)
    };
    world.commit(vec![Change::PutClient(other)]).await;
    let claims =
        json!({ "iss": ISSUER, "sub": "x", "aud": "books", "sid": sid(&world, &who).await });
    let with = |name: &str, value: &str| {
        let mut claims = claims.clone();
        claims[name] = json!(value);
        claims
    };
    let ours = world.keyring.load_full();
    let kid = ours.records()[0].kid.clone();
    let header = |alg: &str, typ: &str| json!({ "alg": alg, "typ": typ, "kid": kid });
    let right = signed(&ours, TokenKind::IdToken, &claims);
    let master = MasterKey::from_bytes(Zeroizing::new([4; 32])).unwrap();
    let stranger = TokenKeyRecord::generate(
        &master,
        KeyPurpose::IdToken,
        SigningAlgorithm::Es256,
        world.now(),
    );
    let mut stranger = stranger.unwrap();
    stranger.state = KeyState::Active;
    let stranger = Keyring::open(&master, vec![stranger]).unwrap();
    let (_, signature) = right.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let secret = MacKey::new(&sha256(ours.jwks().to_string().as_bytes()));
    let forged = [
        (
            "nothing",
            written(&header("none", "JWT"), &claims, |_| Vec::new()),
        ),
        (
            "NONE",
            written(&header("NONE", "JWT"), &claims, |_| Vec::new()),
        ),
        (
            "zeros",
            written(&header("ES256", "JWT"), &claims, |_| vec![0; 64]),
        ),
        (
            "the signature of another token of hers",
            written(&header("ES256", "JWT"), &with("sub", "y"), |_| {
                signature.clone()
            }),
        ),
        (
            "what everybody has",
            written(&header("HS256", "JWT"), &claims, |signed| {
                secret.sign(signed).to_vec()
            }),
        ),
        (
            "a stranger's key",
            signed(&stranger, TokenKind::IdToken, &claims),
        ),
        (
            "another issuer",
            signed(
                &ours,
                TokenKind::IdToken,
                &with("iss", "https://evil.example"),
            ),
        ),
        // What is sent to clients in the background is read by more than these.
        (
            "a logout token",
            signed(&ours, TokenKind::LogoutToken, &claims),
        ),
    ];
    let goes_on = || {
        world
            .live
            .read(|state| state.sessions[&who.session].ended.is_none())
    };
    for (what, hint) in &forged {
        let path = format!("/oauth2/logout?id_token_hint={hint}");
        let response = world.get(&path, &who).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{what}");
        assert!(goes_on(), "{what}");
        let path = asks(&[("id_token_hint", hint), ("prompt", "none")]);
        let told = super::clients::told(&world.get(&path, &who).await);
        assert_eq!(told, "invalid_request", "{what}");
    }
    // Another client's, under its own name.
    let path = format!("/oauth2/logout?client_id=other&id_token_hint={right}");
    let response = world.get(&path, &who).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(goes_on());
    // The right one does.
    let path = format!("/oauth2/logout?id_token_hint={right}");
    world.get(&path, &who).await;
    assert!(!goes_on());
}
