use super::*;
use crate::jose::private::PrivateKey;
use crate::jose::public::PublicMembers;
use crate::jose::tests::{key, written};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PSS_SHA256,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;
use zt_federation::SigningAlgorithm;

const CLAIMS: &str = r#"{"iss":"s6BhdRkqt3","aud":"https://id.sekisho.localhost"}"#;

static KEYS: LazyLock<[(PrivateKey, PublicMembers); 3]> =
    LazyLock::new(|| SigningAlgorithm::ALL.map(key));
/// A client with a key for each algorithm.
static SET: LazyLock<KeySet> = LazyLock::new(|| set(&[jwk(0, "ec"), jwk(1, "rsa"), jwk(2, "ed")]));

fn jwk(number: usize, kid: &str) -> Value {
    let mut jwk = Value::Object(KEYS[number].1.to_jwk());
    jwk["kid"] = json!(kid);
    jwk
}

fn with(number: usize, member: &str, value: Value) -> Value {
    let mut jwk = jwk(number, "k");
    jwk[member] = value;
    jwk
}

fn text(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

fn set(keys: &[Value]) -> KeySet {
    KeySet::parse(&text(keys)).unwrap()
}

fn sign(algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
    match (algorithm, &KEYS[1].0) {
        (Algorithm::Es256, _) => KEYS[0].0.sign(message).unwrap(),
        (Algorithm::EdDsa, _) => KEYS[2].0.sign(message).unwrap(),
        (Algorithm::Ps256, PrivateKey::Rsa(pair)) => {
            let mut signature = vec![0; 256];
            pair.sign(
                &RSA_PSS_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .unwrap();
            signature
        }
        _ => KEYS[1].0.sign(message).unwrap(),
    }
}

fn signed(algorithm: Algorithm, header: &Value) -> String {
    written(&header.to_string(), CLAIMS, |message| {
        sign(algorithm, message)
    })
}

fn verify(token: &str, keys: &KeySet, accepted: &[Algorithm]) -> Result<Value, ForeignRefusal> {
    let verified = Unverified::parse(token)?.verify(keys, accepted)?;
    Ok(verified.claims)
}

#[test]
fn what_a_client_signs_counts() {
    for (algorithm, kid) in [
        (Algorithm::Es256, "ec"),
        (Algorithm::Rs256, "rsa"),
        (Algorithm::Ps256, "rsa"),
        (Algorithm::EdDsa, "ed"),
    ] {
        let alg = algorithm.as_str();
        for header in [
            json!({ "alg": alg }),
            json!({ "alg": alg, "kid": kid, "typ": "JWT" }),
        ] {
            let token = Unverified::parse(&signed(algorithm, &header)).unwrap();
            assert_eq!(token.claimed("iss"), Some("s6BhdRkqt3"));
            let verified = token.verify(&SET, &Algorithm::ALL).unwrap();
            assert_eq!(verified.algorithm, algorithm);
            assert_eq!(verified.typ.as_deref(), header["typ"].as_str());
            assert_eq!(verified.claims.to_string(), CLAIMS);
        }
        let token = signed(algorithm, &json!({ "alg": alg }));
        let others: Vec<_> = Algorithm::ALL
            .into_iter()
            .filter(|other| *other != algorithm)
            .collect();
        assert_eq!(
            verify(&token, &SET, &others),
            Err(ForeignRefusal::Algorithm)
        );
        assert_eq!(verify(&token, &SET, &[]), Err(ForeignRefusal::Algorithm));
    }
}

#[test]
fn the_newer_name_of_a_curve_means_the_same() {
    let token = signed(Algorithm::EdDsa, &json!({ "alg": "Ed25519" }));
    let keys = set(&[with(2, "alg", json!("Ed25519"))]);
    for keys in [&keys, &SET] {
        assert!(verify(&token, keys, &[Algorithm::EdDsa]).is_ok());
    }
    let other = signed(Algorithm::EdDsa, &json!({ "alg": "Ed448" }));
    assert_eq!(
        verify(&other, &SET, &Algorithm::ALL),
        Err(ForeignRefusal::Algorithm)
    );
    assert_eq!(
        verify(&token, &SET, &[Algorithm::Es256]),
        Err(ForeignRefusal::Algorithm)
    );
}

#[test]
fn the_examples_of_the_specifications_count() {
    // RFC 7515 §A.3 and §A.2.
    let payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let es256 = format!(
        "eyJhbGciOiJFUzI1NiJ9.{payload}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    );
    let rs256 = format!(
        "eyJhbGciOiJSUzI1NiJ9.{payload}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt\
         _O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB\
         _eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVm\
         tVrBp0igcN_IoypGlUPQGe77Rw"
    );
    let keys = set(&[
        json!({ "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" }),
        json!({ "kty": "RSA", "e": "AQAB",
            "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ\
                  S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2\
                  R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD\
                  TW9gb54h4FRWyuXpoQ" }),
    ]);
    for token in [es256, rs256] {
        let claims = verify(&token, &keys, &Algorithm::ALL).unwrap();
        assert_eq!(claims["iss"], "joe");
    }
}

#[test]
fn no_algorithm_and_no_secret_counts() {
    for alg in [
        "none", "None", "NONE", "nOnE", "", "es256", "ES256 ", "HS256", "RS1", "ES256K",
    ] {
        for signature in [vec![], vec![0; 64], vec![0; 256]] {
            let header = json!({ "alg": alg }).to_string();
            let token = written(&header, CLAIMS, |_| signature.clone());
            let refused = verify(&token, &SET, &Algorithm::ALL);
            assert_eq!(refused, Err(ForeignRefusal::Algorithm), "{alg}");
        }
    }
    // A public key as the secret of an HMAC (CVE-2015-9235 and its like), in each form that it comes in.
    let PublicMembers::Rsa { n, .. } = &KEYS[1].1 else {
        panic!("an RSA key")
    };
    let PrivateKey::Rsa(pair) = &KEYS[1].0 else {
        panic!("an RSA key")
    };
    let set = text(&[jwk(1, "rsa")]);
    let der = pair.public_key().as_ref();
    let pem = format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n", STANDARD.encode(der));
    for secret in [n.as_bytes(), set.as_bytes(), der, pem.as_bytes()] {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
        for (alg, refused) in [
            ("HS256", ForeignRefusal::Algorithm),
            ("RS256", ForeignRefusal::BadSignature),
        ] {
            let header = json!({ "alg": alg, "kid": "rsa" }).to_string();
            let token = written(&header, CLAIMS, |message| {
                hmac::sign(&secret, message).as_ref().to_vec()
            });
            assert_eq!(verify(&token, &SET, &Algorithm::ALL), Err(refused));
        }
    }
    // A header without an algorithm, or with one that is no text.
    for header in [
        json!({}),
        json!({ "alg": null }),
        json!({ "alg": ["ES256"] }),
    ] {
        let token = signed(Algorithm::Es256, &header);
        assert_eq!(
            verify(&token, &SET, &Algorithm::ALL),
            Err(ForeignRefusal::Malformed)
        );
    }
}

#[test]
fn signatures_are_not_guessed() {
    // The order of P-256: as zero it counts nowhere (CVE-2022-21449).
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&order[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let (zero, one) = (vec![0; 32], [vec![0; 31], vec![1]].concat());
    let mut guesses = vec![vec![], vec![0; 64], vec![0; 63], vec![0; 65], vec![0; 96]];
    for r in [&zero, &one, &order] {
        for s in [&zero, &one, &order] {
            guesses.push([r.as_slice(), s].concat());
        }
    }
    let header = json!({ "alg": "ES256" }).to_string();
    for guess in guesses {
        let token = written(&header, CLAIMS, |_| guess.clone());
        assert_eq!(
            verify(&token, &SET, &Algorithm::ALL),
            Err(ForeignRefusal::BadSignature),
            "{guess:?}"
        );
    }
    // RFC 7518 §3.4: r ‖ s, not ASN.1.
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let public = PublicMembers::of_point(pair.public_key().as_ref()).unwrap();
    let keys = set(&[Value::Object(public.to_jwk())]);
    let token = written(&header, CLAIMS, |message| {
        let signature = pair.sign(&SystemRandom::new(), message).unwrap();
        signature.as_ref().to_vec()
    });
    assert_eq!(
        verify(&token, &keys, &Algorithm::ALL),
        Err(ForeignRefusal::BadSignature)
    );
    // A good signature of RS256 under the name of PS256, and the other way round.
    for (made, named) in [
        (Algorithm::Rs256, Algorithm::Ps256),
        (Algorithm::Ps256, Algorithm::Rs256),
    ] {
        let token = signed(made, &json!({ "alg": named.as_str() }));
        assert_eq!(
            verify(&token, &SET, &Algorithm::ALL),
            Err(ForeignRefusal::BadSignature)
        );
    }
}

#[test]
fn keys_fit_or_are_left_out() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let (x, y) = (
        URL_SAFE_NO_PAD.encode(&point[1..49]),
        URL_SAFE_NO_PAD.encode(&point[49..97]),
    );
    let number = |bytes: &[u8]| json!(URL_SAFE_NO_PAD.encode(bytes));
    let odd = |length: usize| number(&vec![0xff; length]);
    let PublicMembers::Rsa { n, .. } = &KEYS[1].1 else {
        panic!("an RSA key")
    };
    let modulus = URL_SAFE_NO_PAD.decode(n).unwrap();
    for (bad, why) in [
        (
            json!({ "kty": "EC", "crv": "P-384", "x": x, "y": y }),
            "another curve",
        ),
        (
            json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y }),
            "another curve's point",
        ),
        (with(0, "crv", json!("secp256k1")), "another curve"),
        (with(0, "crv", json!("p-256")), "written otherwise"),
        (with(0, "kty", json!("OKP")), "another type"),
        (with(0, "kty", json!("RSA")), "another type"),
        (with(0, "kty", json!(["EC"])), "no text"),
        (with(0, "x", number(&[1; 32])), "not on the curve"),
        (with(0, "x", number(&[0; 33])), "too long"),
        (with(0, "y", json!("")), "empty"),
        (with(0, "y", json!(null)), "missing"),
        (with(0, "alg", json!("ES384")), "another algorithm"),
        (with(0, "alg", json!("RS256")), "another algorithm"),
        (with(0, "alg", json!("none")), "no algorithm"),
        (with(0, "use", json!("enc")), "for encryption"),
        (with(0, "key_ops", json!(["sign"])), "for signing"),
        (with(0, "key_ops", json!("verify")), "no list"),
        (with(0, "kid", json!(7)), "no name"),
        (with(2, "crv", json!("Ed448")), "another curve"),
        (with(2, "crv", json!("X25519")), "no signatures"),
        (with(2, "x", number(&[1; 31])), "too short"),
        (with(1, "n", odd(128)), "1024 bits"),
        (
            with(1, "n", number(&[&[0x7f][..], &[0xff; 255]].concat())),
            "2047 bits",
        ),
        (with(1, "n", odd(513)), "more than 4096 bits"),
        (with(1, "n", odd(4096)), "32768 bits"),
        (
            with(1, "n", number(&[&[0][..], &modulus].concat())),
            "a leading zero",
        ),
        (
            with(1, "n", number(&[&modulus[..255], &[0xfe]].concat())),
            "even",
        ),
        (with(1, "n", json!(format!("{n}="))), "padded"),
        (with(1, "e", number(&[1])), "the exponent 1"),
        (with(1, "e", number(&[3])), "the exponent 3"),
        (with(1, "e", number(&[1, 0, 2])), "an even exponent"),
        (with(1, "e", number(&[0, 1, 0, 1])), "a leading zero"),
        (with(1, "e", number(&[1, 0, 0, 0, 1])), "33 bits"),
        (with(1, "e", odd(256)), "an exponent as long as the modulus"),
        (with(1, "crv", json!("P-256")), "RSA on a curve"),
        (json!({}), "nothing"),
    ] {
        let alone = KeySet::parse(&text(std::slice::from_ref(&bad)));
        assert_eq!(alone.err(), Some(KeySetError::NoKey), "{why}: {bad}");
        // Beside another it is as if it were not there.
        let beside = set(&[bad, jwk(2, "ed")]);
        assert_eq!(beside.keys.len(), 1, "{why}");
    }
    for good in [
        with(0, "use", json!("sig")),
        with(0, "key_ops", json!(["verify", "sign"])),
        with(0, "alg", json!("ES256")),
        with(1, "e", number(&[0xff, 0xff, 0xff, 0xff])),
        with(0, "x5u", json!("https://example.com/")),
    ] {
        assert!(
            KeySet::parse(&text(std::slice::from_ref(&good))).is_ok(),
            "{good}"
        );
    }
    // A key for one algorithm is for no other.
    let keys = set(&[with(1, "alg", json!("PS256"))]);
    let token = signed(Algorithm::Rs256, &json!({ "alg": "RS256" }));
    assert_eq!(
        verify(&token, &keys, &Algorithm::ALL),
        Err(ForeignRefusal::NoKey)
    );
}

#[test]
fn sets_are_of_public_keys() {
    let long = format!("{{\"keys\":[],\"x\":\"{}\"}}", "x".repeat(LONGEST_SET));
    let many = text(&vec![jwk(0, "k"); MOST_KEYS + 1]);
    let deep = format!("{{\"keys\":{}{}}}", "[".repeat(40), "]".repeat(40));
    for malformed in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":[1]}"#,
        r#"{"keys":[],"keys":[]}"#,
        r#"{"keys":[]} x"#,
        &long,
        &many,
        &deep,
    ] {
        assert_eq!(
            KeySet::parse(malformed).err(),
            Some(KeySetError::Malformed),
            "{malformed:.80}"
        );
    }
    let twice = text(&[jwk(0, "k")]).replacen("\"x\"", "\"x\":\"AA\",\"x\"", 1);
    assert_eq!(KeySet::parse(&twice).err(), Some(KeySetError::Malformed));
    for private in [
        with(0, "d", json!("AQ")),
        with(1, "p", json!("AQ")),
        with(0, "crv", json!("P-384")),
        json!({ "kty": "oct", "k": "AQ" }),
    ] {
        let mut private = private;
        if private["crv"] == "P-384" {
            private["d"] = json!("AQ");
        }
        let found = KeySet::parse(&text(&[jwk(2, "ed"), private]));
        assert_eq!(found.err(), Some(KeySetError::Private));
    }
    assert_eq!(
        KeySet::parse(r#"{"keys":[]}"#).err(),
        Some(KeySetError::NoKey)
    );
    assert!(KeySet::parse(&text(&vec![jwk(0, "k"); MOST_KEYS])).is_ok());
}

#[test]
fn names_of_keys_are_names() {
    for kid in [
        "../../../../../../dev/null",
        "/proc/sys/kernel/randomize_va_space",
        "ec' OR '1'='1",
        "ec\0",
        "EC",
        " ec",
        "",
        "https://attacker.example/jwks.json",
        "rsa",
        "|sleep 5",
    ] {
        let token = signed(Algorithm::Es256, &json!({ "alg": "ES256", "kid": kid }));
        assert_eq!(
            verify(&token, &SET, &Algorithm::ALL),
            Err(ForeignRefusal::NoKey),
            "{kid}"
        );
    }
    for kid in [json!(0), json!(null), json!(["ec"]), json!({ "kid": "ec" })] {
        let token = signed(Algorithm::Es256, &json!({ "alg": "ES256", "kid": kid }));
        assert_eq!(
            verify(&token, &SET, &Algorithm::ALL),
            Err(ForeignRefusal::Malformed)
        );
    }
    // Where no key has a name, and where several have one.
    let mut nameless = jwk(0, "");
    nameless.as_object_mut().unwrap().remove("kid");
    let token = signed(Algorithm::Es256, &json!({ "alg": "ES256", "kid": "any" }));
    assert!(verify(&token, &set(&[nameless]), &Algorithm::ALL).is_ok());
    let other = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let other = PublicMembers::of_point(other.public_key().as_ref()).unwrap();
    let mut other = Value::Object(other.to_jwk());
    other["kid"] = json!("ec");
    let token = signed(Algorithm::Es256, &json!({ "alg": "ES256", "kid": "ec" }));
    let keys = set(&[other.clone(), jwk(0, "ec")]);
    assert!(verify(&token, &keys, &Algorithm::ALL).is_ok());
    let keys = set(&[vec![other; MOST_TRIES], vec![jwk(0, "ec")]].concat());
    assert_eq!(
        verify(&token, &keys, &Algorithm::ALL),
        Err(ForeignRefusal::BadSignature),
        "so many are tried and no more"
    );
}

#[test]
fn headers_do_not_say_where_keys_are() {
    let attacker = PrivateKey::generate(SigningAlgorithm::Es256).unwrap().0;
    let theirs = Value::Object(attacker.public().unwrap().to_jwk());
    let header = |kid: &str| {
        json!({
            "alg": "ES256", "kid": kid, "jwk": theirs, "jku": "https://attacker.example/jwks.json",
            "x5u": "https://attacker.example/x.pem", "x5c": ["AAAA"], "x5t": "AAAA",
        })
    };
    let forged = written(&header("ec").to_string(), CLAIMS, |message| {
        attacker.sign(message).unwrap()
    });
    assert_eq!(
        verify(&forged, &SET, &Algorithm::ALL),
        Err(ForeignRefusal::BadSignature)
    );
    let ours = signed(Algorithm::Es256, &header("ec"));
    assert!(verify(&ours, &SET, &Algorithm::ALL).is_ok());
    for header in [
        json!({ "alg": "ES256", "b64": false, "crit": ["b64"] }),
        json!({ "alg": "ES256", "b64": false }),
        json!({ "alg": "ES256", "crit": [] }),
        json!({ "alg": "ES256", "crit": ["exp"], "exp": 1 }),
        json!({ "alg": "ES256", "crit": null }),
    ] {
        let token = signed(Algorithm::Es256, &header);
        assert_eq!(
            verify(&token, &SET, &Algorithm::ALL),
            Err(ForeignRefusal::Critical),
            "{header}"
        );
    }
}

#[test]
fn there_is_one_way_to_write_a_token() {
    let good = signed(Algorithm::Es256, &json!({ "alg": "ES256" }));
    assert!(verify(&good, &SET, &Algorithm::ALL).is_ok());
    let parts: Vec<&str> = good.split('.').collect();
    let [head, payload, signature] = parts[..] else {
        panic!("three parts")
    };
    // 64 bytes are 86 characters, of whose last two bits are nothing.
    let last = signature.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = alphabet.find(last).unwrap();
    assert_eq!(at % 4, 0);
    let same = format!("{}{}", &signature[..85], &alphabet[at + 1..at + 2]);
    let standard = |part: &str| STANDARD.encode(URL_SAFE_NO_PAD.decode(part).unwrap());
    let padded = |part: &str| URL_SAFE.encode(URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut others = vec![
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.x"),
        format!("{good}\n"),
        format!("{good} "),
        format!(" {good}"),
        format!("{good}="),
        format!("{good}\0"),
        format!("{head}.{payload}"),
        format!("{head}..{signature}"),
        format!("{head}.{payload}\n.{signature}"),
        format!("{head}.{payload}.{same}"),
        format!("{head}.{payload}.{}", padded(signature)),
        "A".repeat(crate::jose::compact::LONGEST_TOKEN + 1),
    ];
    if standard(signature) != padded(signature) {
        others.push(format!("{head}.{payload}.{}", standard(signature)));
    }
    for other in others {
        assert_eq!(
            verify(&other, &SET, &Algorithm::ALL),
            Err(ForeignRefusal::Malformed),
            "{other}"
        );
    }
    let encrypted = format!("{head}.{payload}.{signature}.{payload}.{signature}");
    assert_eq!(
        verify(&encrypted, &SET, &Algorithm::ALL),
        Err(ForeignRefusal::Encrypted)
    );
    // Signed as it should be, and still not read.
    let long = json!({ "a": "a".repeat(crate::jose::compact::LONGEST_TOKEN) }).to_string();
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
    for (header, payload) in [
        (r#"{"alg":"none","alg":"ES256"}"#, CLAIMS),
        (r#"{"alg":"ES256","\u0061lg":"ES256"}"#, CLAIMS),
        (r#"{"alg":"ES256"}{}"#, CLAIMS),
        (r#"["ES256"]"#, CLAIMS),
        (r#"{"alg":"ES256"}"#, r#"{"sub":"hanako","sub":"root"}"#),
        (r#"{"alg":"ES256"}"#, r#"{"a":{"b":1,"b":2}}"#),
        (r#"{"alg":"ES256"}"#, r#"{"sub":"hanako"}{"sub":"root"}"#),
        (r#"{"alg":"ES256"}"#, r#"["sub"]"#),
        (r#"{"alg":"ES256"}"#, "sub=hanako"),
        (r#"{"alg":"ES256"}"#, ""),
        (r#"{"alg":"ES256"}"#, &deep),
        (r#"{"alg":"ES256"}"#, &long),
        (r#"{"alg":"ES256","cty":"JWT"}"#, &good),
    ] {
        let token = written(header, payload, |message| sign(Algorithm::Es256, message));
        assert_eq!(
            verify(&token, &SET, &Algorithm::ALL),
            Err(ForeignRefusal::Malformed),
            "{header} {payload}"
        );
    }
}

proptest! {
    #[test]
    fn one_changed_character_is_seen(
        number in 0..4usize,
        at in any::<prop::sample::Index>(),
        to in "[A-Za-z0-9_.-]",
    ) {
        let algorithm = Algorithm::ALL[number];
        let token = signed(algorithm, &json!({ "alg": algorithm.as_str() }));
        let at = at.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(at..=at, &to);
        if changed != token {
            prop_assert!(verify(&changed, &SET, &Algorithm::ALL).is_err());
        }
    }

    #[test]
    fn anything_is_read_or_refused(token in ".{0,200}", keys in ".{0,200}") {
        prop_assert!(verify(&token, &SET, &Algorithm::ALL).is_err());
        prop_assert!(KeySet::parse(&keys).is_err());
    }
}
