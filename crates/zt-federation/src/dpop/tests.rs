use super::*;
use serde_json::{Value, json};

const AT: i64 = 1_000_000;

fn check(change: &[(&str, Value)], token: Option<&str>) -> Result<OneTime, ErrorCode> {
    let mut claims = json!({
        "jti": "a", "htm": "POST", "htu": "https://id.example/oauth2/token", "iat": AT, "nonce": "n-1",
    });
    let members = claims.as_object_mut().unwrap();
    for (name, value) in change {
        members.insert((*name).to_owned(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
    let claims: ProofClaims =
        serde_json::from_value(claims).map_err(|_| ErrorCode::InvalidRequest)?;
    let request = Proven {
        method: "POST",
        address: "https://id.example/oauth2/token",
        token,
        nonces: &["n-2".to_owned(), "n-1".to_owned()],
    };
    claims
        .check(request, Timestamp::from_seconds(AT))
        .map_err(|fault| fault.code)
}

#[test]
fn a_proof_is_for_one_request() {
    let once = check(&[], None).unwrap();
    assert_eq!(once.jti, "a");
    assert_eq!(once.until, Timestamp::from_seconds(AT + 150));
    // RFC 9449 §7.1, the example's token and its hash.
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    let hash = json!("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    assert!(check(&[("ath", hash.clone())], Some(token)).is_ok());
    let wrong = Err(ErrorCode::InvalidDpopProof);
    for (change, token) in [
        (("htm", json!("GET")), None),
        (("htm", json!("post")), None),
        (("htu", json!("https://id.example/oauth2/userinfo")), None),
        (("htu", json!("https://evil.example/oauth2/token")), None),
        (("iat", json!(AT - 121)), None),
        (("iat", json!(AT + 31)), None),
        (("jti", json!("")), None),
        (("jti", json!("a".repeat(257))), None),
        (("ath", hash.clone()), None),
        (("ath", hash), Some("another")),
        (("ath", Value::Null), Some(token)),
    ] {
        assert_eq!(
            check(std::slice::from_ref(&change), token),
            wrong,
            "{change:?}"
        );
    }
    for nonce in [Value::Null, json!("n-3"), json!("")] {
        let said = check(&[("nonce", nonce)], None);
        assert_eq!(said, Err(ErrorCode::UseDpopNonce));
    }
    for (name, value) in [
        ("jti", Value::Null),
        ("htm", Value::Null),
        ("htu", Value::Null),
        ("iat", Value::Null),
        ("iat", json!("1000000")),
        ("htu", json!(["https://id.example/oauth2/token"])),
    ] {
        let said = check(&[(name, value)], None);
        assert_eq!(said, Err(ErrorCode::InvalidRequest), "{name}");
    }
}

#[test]
fn what_a_token_is_used_with() {
    let key = Confirmation::Key("a".repeat(43));
    let said = serde_json::to_value(&key).unwrap();
    assert_eq!(said, json!({ "jkt": "a".repeat(43) }));
    assert_eq!(serde_json::from_value::<Confirmation>(said).unwrap(), key);
    assert_eq!(Confirmation::token_type(Some(&key)), "DPoP");
    assert_eq!(Confirmation::token_type(None), "Bearer");
}
