use super::*;
use crate::jose::private::PrivateKey;
use crate::jose::public::PublicMembers;
use crate::jose::tests::{key, written};
use serde_json::json;
use std::sync::LazyLock;
use zt_federation::SigningAlgorithm;

static KEYS: LazyLock<[(PrivateKey, PublicMembers); 3]> =
    LazyLock::new(|| SigningAlgorithm::ALL.map(key));

fn jwk(number: usize) -> Value {
    Value::Object(KEYS[number].1.to_jwk())
}

/// A proof by one key that shows `jwk`.
fn proof(number: usize, jwk: &Value) -> String {
    let alg = SigningAlgorithm::ALL[number].as_str();
    let header = json!({ "typ": "dpop+jwt", "alg": alg, "jwk": jwk });
    written(
        &header.to_string(),
        r#"{"jti":"-BwC3ESc6acc2lTc"}"#,
        |message| KEYS[number].0.sign(message).unwrap(),
    )
}

#[test]
fn the_key_is_known_by_its_thumbprint() {
    for (number, (_, public)) in KEYS.iter().enumerate() {
        let read = verify(&proof(number, &jwk(number)), &Algorithm::ALL).unwrap();
        assert_eq!(read.typ.as_deref(), Some("dpop+jwt"));
        assert_eq!(read.algorithm, SigningAlgorithm::ALL[number].into());
        assert_eq!(read.thumbprint, public.thumbprint());
        assert_eq!(read.claims["jti"], "-BwC3ESc6acc2lTc");
        // What else stands beside the key does not change which it is.
        let mut more = jwk(number);
        more["kid"] = json!("another");
        more["use"] = json!("sig");
        let same = verify(&proof(number, &more), &Algorithm::ALL).unwrap();
        assert_eq!(same.thumbprint, read.thumbprint);
    }
}

#[test]
fn the_example_of_the_specification_counts() {
    // RFC 9449 §4.1, and the thumbprint in §6.1.
    let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0Rs\
        cEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJq\
        dGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYy\
        MjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let read = verify(proof, &[Algorithm::Es256]).unwrap();
    assert_eq!(
        read.thumbprint,
        "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    );
    assert_eq!(read.claims["htu"], "https://server.example.com/token");
}

#[test]
fn the_key_must_be_public_and_fit() {
    let mut private = jwk(0);
    private["d"] = json!("AQ");
    let mut enciphers = jwk(0);
    enciphers["use"] = json!("enc");
    let mut other_curve = jwk(0);
    other_curve["crv"] = json!("P-384");
    let attackers = PrivateKey::generate(SigningAlgorithm::Es256).unwrap().0;
    let attackers = Value::Object(attackers.public().unwrap().to_jwk());
    for (jwk, refused) in [
        (private, ForeignRefusal::PrivateKey),
        (
            json!({ "kty": "oct", "k": "AQ" }),
            ForeignRefusal::PrivateKey,
        ),
        (enciphers, ForeignRefusal::NoKey),
        (other_curve, ForeignRefusal::NoKey),
        (jwk(1), ForeignRefusal::NoKey),
        (json!({}), ForeignRefusal::NoKey),
        (json!("x"), ForeignRefusal::NoKey),
        (json!([jwk(0)]), ForeignRefusal::NoKey),
        (attackers, ForeignRefusal::BadSignature),
    ] {
        assert_eq!(
            verify(&proof(0, &jwk), &Algorithm::ALL),
            Err(refused),
            "{jwk}"
        );
    }
    let good = proof(0, &jwk(0));
    assert_eq!(
        verify(&good, &[Algorithm::EdDsa]),
        Err(ForeignRefusal::Algorithm)
    );
    let (_, rest) = good.split_once('.').unwrap();
    let none = written(r#"{"alg":"none"}"#, "", |_| vec![]);
    let (head, _) = none.split_once('.').unwrap();
    assert_eq!(
        verify(&format!("{head}.{rest}"), &Algorithm::ALL),
        Err(ForeignRefusal::Algorithm)
    );
    // A key of the right type, for the other algorithm of its type.
    let mut other = jwk(1);
    other["alg"] = json!("PS256");
    assert_eq!(
        verify(&proof(1, &other), &Algorithm::ALL),
        Err(ForeignRefusal::NoKey)
    );
    // A key that is named, not shown.
    let named = written(r#"{"alg":"ES256","kid":"ec"}"#, "{}", |message| {
        KEYS[0].0.sign(message).unwrap()
    });
    assert_eq!(verify(&named, &Algorithm::ALL), Err(ForeignRefusal::NoKey));
}
