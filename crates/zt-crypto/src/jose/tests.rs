use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;
use zeroize::Zeroizing;
use zt_types::Seconds;

use crate::seal::MasterKey;

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
const EXPECTED: Expected<'_> = Expected {
    purpose: KeyPurpose::GatewayIdentity,
    issuer: "https://id.sekisho.localhost",
    audience: "wiki",
};

static MASTER: LazyLock<MasterKey> =
    LazyLock::new(|| MasterKey::from_bytes(Zeroizing::new([5; 32])).unwrap());
static RECORDS: LazyLock<Vec<TokenKeyRecord>> =
    LazyLock::new(|| Keyring::completed(vec![], &MASTER, NOW).unwrap());
static RING: LazyLock<Keyring> = LazyLock::new(|| Keyring::open(&MASTER, RECORDS.clone()).unwrap());

fn claims() -> Value {
    json!({ "iss": EXPECTED.issuer, "aud": "wiki", "sub": "hanako", "exp": 1_700_000_060, "nbf": 1_699_999_990 })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn sign(claims: &Value) -> String {
    RING.signer(KeyPurpose::GatewayIdentity)
        .unwrap()
        .sign(claims)
        .unwrap()
}

fn verify(token: &str) -> Result<Value, TokenRefusal> {
    RING.verify(token, &EXPECTED, NOW)
}

#[test]
fn claims_are_judged() {
    for (claims, expected) in [
        (claims(), Ok(())),
        (with("aud", json!(["chat", "wiki"])), Ok(())),
        (
            with("aud", json!(["chat"])),
            Err(TokenRefusal::WrongAudience),
        ),
        (
            with("aud", json!("wiki2")),
            Err(TokenRefusal::WrongAudience),
        ),
        (with("aud", json!(null)), Err(TokenRefusal::WrongAudience)),
        (
            with("iss", json!("https://id.example")),
            Err(TokenRefusal::WrongIssuer),
        ),
        (with("iss", json!(7)), Err(TokenRefusal::WrongIssuer)),
        (with("exp", json!(1_700_000_001)), Ok(())),
        (
            with("exp", json!(1_700_000_000)),
            Err(TokenRefusal::Expired),
        ),
        (
            with("exp", json!("1700000060")),
            Err(TokenRefusal::Malformed),
        ),
        (with("exp", json!(null)), Err(TokenRefusal::Malformed)),
        (with("nbf", json!(1_700_000_000)), Ok(())),
        (
            with("nbf", json!(1_700_000_001)),
            Err(TokenRefusal::NotYetValid),
        ),
    ] {
        assert_eq!(verify(&sign(&claims)).map(|_| ()), expected, "{claims}");
    }
}

#[test]
fn a_token_of_one_purpose_is_none_of_another() {
    for purpose in KeyPurpose::ALL {
        let token = RING.signer(purpose).unwrap().sign(&claims()).unwrap();
        for other in KeyPurpose::ALL {
            let verified = RING.verify::<Value>(
                &token,
                &Expected {
                    purpose: other,
                    ..EXPECTED
                },
                NOW,
            );
            let expected = if purpose == other {
                Ok(())
            } else {
                Err(TokenRefusal::WrongType)
            };
            assert_eq!(verified.map(|_| ()), expected, "{purpose:?} as {other:?}");
        }
    }
}

/// Puts another header before the payload and signature of a good token.
fn reheaded(header: &Value) -> String {
    let token = sign(&claims());
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

#[test]
fn headers_are_fixed() {
    let kid = RING
        .signer(KeyPurpose::GatewayIdentity)
        .unwrap()
        .kid()
        .to_owned();
    let typ = KeyPurpose::GatewayIdentity.typ();
    let other = RING.signer(KeyPurpose::IdToken).unwrap().kid().to_owned();
    for (header, expected) in [
        (
            json!({ "alg": "ES256", "typ": typ, "kid": kid, "x": 1 }),
            TokenRefusal::BadSignature,
        ),
        (
            json!({ "alg": "none", "typ": typ, "kid": kid }),
            TokenRefusal::Malformed,
        ),
        (
            json!({ "alg": "HS256", "typ": typ, "kid": kid }),
            TokenRefusal::WrongType,
        ),
        (
            json!({ "alg": "ES256", "typ": "JWT", "kid": kid }),
            TokenRefusal::WrongType,
        ),
        (
            json!({ "alg": "ES256", "kid": kid }),
            TokenRefusal::WrongType,
        ),
        (
            json!({ "alg": "ES256", "typ": typ, "kid": kid, "crit": ["b64"] }),
            TokenRefusal::WrongType,
        ),
        (
            json!({ "alg": "ES256", "typ": typ, "kid": other }),
            TokenRefusal::WrongType,
        ),
        (
            json!({ "alg": "ES256", "typ": typ, "kid": "nobody" }),
            TokenRefusal::UnknownKey,
        ),
        (
            json!({ "alg": "ES256", "typ": typ }),
            TokenRefusal::UnknownKey,
        ),
        (json!([]), TokenRefusal::Malformed),
    ] {
        assert_eq!(
            verify(&reheaded(&header)).unwrap_err(),
            expected,
            "{header}"
        );
    }
}

#[test]
fn garbage_is_malformed() {
    let token = sign(&claims());
    let signature = token.rsplit_once('.').unwrap().1;
    for garbage in [
        "",
        ".",
        "..",
        "a.b.c",
        "日本.語.だ",
        &token[1..],
        signature,
        &"a".repeat(LONGEST_TOKEN + 1),
    ] {
        assert_eq!(
            verify(garbage).unwrap_err(),
            TokenRefusal::Malformed,
            "{garbage}"
        );
    }
}

#[test]
fn the_key_set_lets_others_verify() {
    // The verifier of another house: jsonwebtoken's own reading of a JWKS.
    let set: jsonwebtoken::jwk::JwkSet = serde_json::from_value(RING.jwks()).unwrap();
    assert_eq!(set.keys.len(), 6, "three purposes, active and next");
    let token = sign(&claims());
    let header = jsonwebtoken::decode_header(&token).unwrap();
    let key = set.find(&header.kid.unwrap()).unwrap();
    let mut validation = signature_only();
    validation.set_audience(&["wiki"]);
    validation.validate_aud = true;
    let decoded =
        jsonwebtoken::decode::<Value>(&token, &DecodingKey::from_jwk(key).unwrap(), &validation)
            .unwrap();
    assert_eq!(decoded.claims["sub"], "hanako");
    for key in RING.jwks()["keys"].as_array().unwrap() {
        assert!(key.get("d").is_none(), "nothing private is published");
    }
}

#[test]
fn keys_move_on() {
    let active = |records: &[TokenKeyRecord]| {
        let found = records
            .iter()
            .find(|k| k.purpose == KeyPurpose::IdToken && k.state == KeyState::Active);
        found.unwrap().kid.clone()
    };
    let keep = Seconds::hours(1);
    let next = RECORDS
        .iter()
        .find(|k| k.purpose == KeyPurpose::IdToken && k.state == KeyState::Next)
        .unwrap();
    let old = active(&RECORDS);
    let fresh = TokenKeyRecord::generate(&MASTER, KeyPurpose::IdToken, NOW).unwrap();
    let rotated = Keyring::rotated(
        RECORDS.clone(),
        KeyPurpose::IdToken,
        fresh.clone(),
        keep,
        NOW,
    );
    assert_eq!(active(&rotated), next.kid);
    assert_eq!(
        rotated
            .iter()
            .filter(|k| k.purpose == KeyPurpose::IdToken)
            .count(),
        3
    );
    let ring = Keyring::open(&MASTER, rotated.clone()).unwrap();
    let expected = Expected {
        purpose: KeyPurpose::IdToken,
        ..EXPECTED
    };
    let token = RING
        .signer(KeyPurpose::IdToken)
        .unwrap()
        .sign(&claims())
        .unwrap();
    assert!(
        ring.verify::<Value>(&token, &expected, NOW).is_ok(),
        "what the old key signed still counts"
    );

    let later = NOW + Seconds(3601);
    let again = Keyring::rotated(
        rotated,
        KeyPurpose::IdToken,
        TokenKeyRecord::generate(&MASTER, KeyPurpose::IdToken, later).unwrap(),
        keep,
        later,
    );
    assert_eq!(active(&again), fresh.kid);
    assert!(again.iter().all(|k| k.kid != old), "and then it is gone");
    assert_eq!(
        again
            .iter()
            .filter(|k| k.purpose == KeyPurpose::GatewayIdentity)
            .count(),
        2,
        "others stay"
    );
    assert_eq!(
        Keyring::completed(again.clone(), &MASTER, later).unwrap(),
        again,
        "nothing is missing"
    );
}

#[test]
fn kept_keys_must_fit() {
    let other = MasterKey::from_bytes(Zeroizing::new([6; 32])).unwrap();
    assert!(matches!(
        Keyring::open(&other, RECORDS.clone()),
        Err(JoseError::Seal(SealError::DoesNotOpen))
    ));
    let mut swapped = RECORDS.clone();
    let foreign = swapped[2].sealed.clone();
    swapped[0].sealed = foreign;
    assert!(matches!(
        Keyring::open(&MASTER, swapped),
        Err(JoseError::Seal(SealError::DoesNotOpen))
    ));
    let mut renamed = RECORDS.clone();
    renamed[1].x = renamed[0].x.clone();
    assert!(matches!(
        Keyring::open(&MASTER, renamed),
        Err(JoseError::BadKey(_))
    ));
    let empty = Keyring::open(&MASTER, vec![]).unwrap();
    assert!(matches!(
        empty.signer(KeyPurpose::IdToken),
        Err(JoseError::NoActiveKey("id-token"))
    ));
    assert!(!format!("{:?}{:?}", *RING, RING.signer(KeyPurpose::IdToken)).contains("s1."));
}

proptest! {
    #[test]
    fn one_changed_character_is_seen(at: prop::sample::Index, to in "[A-Za-z0-9_-]") {
        let token = sign(&claims());
        let at = at.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(at..=at, &to);
        if changed != token {
            prop_assert!(verify(&changed).is_err());
        }
    }

    #[test]
    fn verification_never_panics(token in ".*") {
        let _ = verify(&token);
    }
}
