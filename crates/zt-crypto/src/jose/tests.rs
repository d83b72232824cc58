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
    kind: TokenKind::GatewayIdentity,
    issuer: "https://id.sekisho.localhost",
    audience: "wiki",
};

static MASTER: LazyLock<MasterKey> =
    LazyLock::new(|| MasterKey::from_bytes(Zeroizing::new([5; 32])).unwrap());
static RECORDS: LazyLock<Vec<TokenKeyRecord>> =
    LazyLock::new(|| Keyring::completed(vec![], &MASTER, NOW).unwrap());
static RING: LazyLock<Keyring> = LazyLock::new(|| Keyring::open(&MASTER, RECORDS.clone()).unwrap());

/// One of the keys, to sign with as somebody else would, and what is public of it.
pub(super) fn key(algorithm: SigningAlgorithm) -> (PrivateKey, PublicMembers) {
    let is_it = |key: &&TokenKeyRecord| key.algorithm == algorithm && key.state == KeyState::Active;
    let record = RECORDS.iter().find(is_it).unwrap();
    let kind = crate::seal::SealedKind::TokenKey;
    let pkcs8 = MASTER.open(kind, &record.kid, &record.sealed).unwrap();
    let private = PrivateKey::from_pkcs8(algorithm, &pkcs8).unwrap();
    (private, record.public.clone())
}

/// A token of any header and payload, with any signature.
pub(super) fn written(header: &str, payload: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn claims() -> Value {
    json!({ "iss": EXPECTED.issuer, "aud": "wiki", "sub": "hanako", "exp": 1_700_000_060, "nbf": 1_699_999_990 })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn sign(claims: &Value) -> String {
    RING.signer(TokenKind::GatewayIdentity)
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

/// Every signer there is.
fn signers() -> Vec<&'static Signer> {
    let kinds = TokenKind::ALL.into_iter();
    kinds
        .flat_map(|kind| {
            let algorithms = kind.keys().algorithms().iter();
            algorithms.map(move |algorithm| RING.signer_for(kind, *algorithm).unwrap())
        })
        .collect()
}

#[test]
fn a_token_of_one_kind_is_none_of_another() {
    assert_eq!(signers().len(), 11);
    for signer in signers() {
        let token = signer.sign(&claims()).unwrap();
        for other in TokenKind::ALL {
            let verified = RING.verify::<Value>(
                &token,
                &Expected {
                    kind: other,
                    ..EXPECTED
                },
                NOW,
            );
            let expected = if signer.kind == other {
                Ok(())
            } else {
                Err(TokenRefusal::WrongType)
            };
            assert_eq!(verified.map(|_| ()), expected, "{signer:?} as {other:?}");
        }
    }
    let refused = RING.signer_for(TokenKind::AccessToken, SigningAlgorithm::Rs256);
    assert!(matches!(
        refused,
        Err(JoseError::NoActiveKey("RS256", "access-token"))
    ));
}

#[test]
fn what_was_signed_is_known_after_its_time() {
    let signer = RING.signer(TokenKind::IdToken).unwrap();
    let claims = with("exp", json!(5));
    let token = signer.sign(&claims).unwrap();
    let expected = Expected {
        kind: TokenKind::IdToken,
        ..EXPECTED
    };
    assert_eq!(
        RING.verify::<Value>(&token, &expected, NOW),
        Err(TokenRefusal::Expired)
    );
    assert_eq!(RING.signed(&token, TokenKind::IdToken), Ok(claims));
    assert_eq!(
        RING.signed(&token, TokenKind::LogoutToken),
        Err(TokenRefusal::WrongType)
    );
    let cut = &token[..token.len() - 2];
    assert_eq!(
        RING.signed(cut, TokenKind::IdToken),
        Err(TokenRefusal::BadSignature)
    );
}

#[test]
fn only_objects_are_signed() {
    for claims in [json!([]), json!("{"), json!(null), json!(1)] {
        assert!(
            matches!(
                RING.signer(TokenKind::IdToken).unwrap().sign(&claims),
                Err(JoseError::NotSigned)
            ),
            "{claims}"
        );
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
        .signer(TokenKind::GatewayIdentity)
        .unwrap()
        .kid()
        .to_owned();
    let typ = TokenKind::GatewayIdentity.typ();
    let other = RING.signer(TokenKind::IdToken).unwrap().kid().to_owned();
    for (header, expected) in [
        (
            json!({ "alg": "ES256", "typ": typ, "kid": kid, "x": 1 }),
            TokenRefusal::BadSignature,
        ),
        (
            json!({ "alg": "none", "typ": typ, "kid": kid }),
            TokenRefusal::WrongType,
        ),
        (
            json!({ "alg": "RS256", "typ": typ, "kid": kid }),
            TokenRefusal::WrongType,
        ),
        (json!({ "typ": typ, "kid": kid }), TokenRefusal::Malformed),
        (
            json!({ "alg": "ES256", "typ": typ, "kid": kid, "b64": false }),
            TokenRefusal::WrongType,
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
        &"a".repeat(compact::LONGEST_TOKEN + 1),
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
    assert_eq!(
        set.keys.len(),
        10,
        "active and next: ES256 thrice, RS256, EdDSA"
    );
    for signer in signers() {
        let token = signer.sign(&claims()).unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!(header.typ.as_deref(), Some(signer.kind.typ()));
        let key = set.find(&header.kid.unwrap()).unwrap();
        let mut validation = jsonwebtoken::Validation::new(header.alg);
        validation.validate_exp = false;
        validation.set_audience(&["wiki"]);
        let key = jsonwebtoken::DecodingKey::from_jwk(key).unwrap();
        let decoded = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
        assert_eq!(decoded.claims["sub"], "hanako", "{signer:?}");
    }
    for key in set.keys {
        let thumbprint = key.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256);
        assert_eq!(Some(thumbprint.unwrap()), key.common.key_id);
    }
    for key in RING.jwks()["keys"].as_array().unwrap() {
        assert!(key.get("d").is_none(), "nothing private is published");
    }
}

#[test]
fn thumbprints_are_those_of_the_specifications() {
    // RFC 7638 §3.1.
    let rsa = PublicMembers::Rsa {
        n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_\
            BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_F\
            DW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4v\
            MQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
            .to_owned(),
        e: "AQAB".to_owned(),
    };
    assert_eq!(
        rsa.thumbprint(),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
    assert!(rsa.verifying(Algorithm::Rs256).is_some());
    // RFC 8037 §A.3.
    let ed = PublicMembers::Ed {
        x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".to_owned(),
    };
    assert_eq!(
        ed.thumbprint(),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
}

#[test]
fn access_tokens_are_named_by_half_a_hash() {
    // OpenID Connect Core 1.0 §A.3 for SHA-256; the other as `openssl dgst -sha512` gives it.
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    assert_eq!(
        at_hash(SigningAlgorithm::Rs256, token),
        "77QmUPtjPfzWtF2AnpK9RQ"
    );
    assert_eq!(
        at_hash(SigningAlgorithm::Es256, token),
        "77QmUPtjPfzWtF2AnpK9RQ"
    );
    assert_eq!(
        at_hash(SigningAlgorithm::EdDsa, token),
        "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM"
    );
}

#[test]
fn keys_move_on() {
    let keep = Seconds::hours(1);
    for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::EdDsa] {
        let is_moved =
            |key: &TokenKeyRecord| key.purpose == KeyPurpose::IdToken && key.algorithm == algorithm;
        let active = |records: &[TokenKeyRecord]| {
            let mut found = records
                .iter()
                .filter(|k| is_moved(k) && k.state == KeyState::Active);
            let one = found.next().unwrap().kid.clone();
            assert!(found.next().is_none(), "one signs");
            one
        };
        let fresh =
            |now| TokenKeyRecord::generate(&MASTER, KeyPurpose::IdToken, algorithm, now).unwrap();
        let next = RECORDS
            .iter()
            .find(|k| is_moved(k) && k.state == KeyState::Next)
            .unwrap();
        let (old, first) = (active(&RECORDS), fresh(NOW));
        let rotated = Keyring::rotated(RECORDS.clone(), first.clone(), keep, NOW);
        assert_eq!(active(&rotated), next.kid);
        assert_eq!(rotated.iter().filter(|k| is_moved(k)).count(), 3);
        let ring = Keyring::open(&MASTER, rotated.clone()).unwrap();
        let expected = Expected {
            kind: TokenKind::IdToken,
            ..EXPECTED
        };
        let token = RING
            .signer_for(TokenKind::IdToken, algorithm)
            .unwrap()
            .sign(&claims())
            .unwrap();
        assert!(
            ring.verify::<Value>(&token, &expected, NOW).is_ok(),
            "what the old key signed still counts"
        );

        let later = NOW + Seconds(3601);
        let again = Keyring::rotated(rotated, fresh(later), keep, later);
        assert_eq!(active(&again), first.kid);
        assert!(again.iter().all(|k| k.kid != old), "and then it is gone");
        let others = |records: &[TokenKeyRecord]| {
            let others: Vec<_> = records.iter().filter(|k| !is_moved(k)).cloned().collect();
            others
        };
        assert_eq!(others(&again), others(&RECORDS), "others stay");
        assert_eq!(
            Keyring::completed(again.clone(), &MASTER, later).unwrap(),
            again,
            "nothing is missing"
        );
    }
}

#[test]
fn keys_from_before_there_were_algorithms_are_kept() {
    let kept = r#"{ "kid": "k", "purpose": "id-token", "state": "active", "since": 1700000000000,
        "x": "MzE", "y": "MzI", "sealed": "s1.x" }"#;
    let record: TokenKeyRecord = serde_json::from_str(kept).unwrap();
    assert_eq!(record.algorithm, SigningAlgorithm::Es256);
    assert!(matches!(record.public, PublicMembers::Ec { .. }));
    let text = serde_json::to_string(&*RECORDS).unwrap();
    let again: Vec<TokenKeyRecord> = serde_json::from_str(&text).unwrap();
    assert_eq!(again, *RECORDS);
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
    renamed[1].public = renamed[0].public.clone();
    assert!(matches!(
        Keyring::open(&MASTER, renamed),
        Err(JoseError::BadKey(_))
    ));
    let empty = Keyring::open(&MASTER, vec![]).unwrap();
    assert!(matches!(
        empty.signer(TokenKind::IdToken),
        Err(JoseError::NoActiveKey("ES256", "id-token"))
    ));
    assert!(!format!("{:?}{:?}", *RING, RING.signer(TokenKind::IdToken)).contains("s1."));
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
