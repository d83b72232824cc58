use super::*;
use crate::tests::client;
use crate::{Need, Safeguards};
use serde_json::json;
use zt_types::ClientId;

const ISSUER: &str = "https://id.example";
const AT: i64 = 1_000_000;

fn claims(change: &[(&str, Value)]) -> Value {
    let mut claims = json!({
        "iss": "wiki-web", "client_id": "wiki-web", "aud": ISSUER, "exp": AT + 60, "nbf": AT, "iat": AT,
        "response_type": "code", "redirect_uri": "https://wiki.example/cb", "scope": "openid",
        "state": "s-1", "max_age": 60, "claims": { "id_token": { "email": null } },
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256",
    });
    let members = claims.as_object_mut().unwrap();
    for (name, value) in change {
        members.insert((*name).to_owned(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
    claims
}

fn read(client: &Client, query: &str, claims: &Value) -> Result<AuthorizationRequest, Refused> {
    let form = Form::parse(query.as_bytes()).unwrap();
    let at = Timestamp::from_seconds(AT);
    AuthorizationRequest::read_signed(&form, client, ISSUER, at, |object| match object {
        "signed" => Ok(claims.clone()),
        _ => Err(wrong("not signed")),
    })
}

fn said(refused: &Refused) -> &'static str {
    match refused {
        Refused::Page(_) => "page",
        Refused::Redirect { fault, .. } => fault.code.as_str(),
    }
}

#[test]
fn what_stands_beside_an_object_is_not_looked_at() {
    let client = client();
    let query = "client_id=wiki-web&request=signed&scope=email&state=evil&max_age=1&prompt=none\
                 &redirect_uri=http://127.0.0.1/cb&nonce=n&response_mode=form_post&response_type=token";
    let request = read(&client, query, &claims(&[])).unwrap();
    let plain = read(&client, "client_id=wiki-web&request=signed", &claims(&[])).unwrap();
    assert_eq!(request, plain);
    assert_eq!(request.back.uri.as_str(), "https://wiki.example/cb");
    assert_eq!(request.back.state.as_deref(), Some("s-1"));
    assert_eq!(request.max_age, Some(Seconds(60)));
    assert_eq!(request.claims.id_token.len(), 1);
    assert_eq!(request.nonce, None);
    // Whoever pushes it has shown who it is (RFC 9126 §3).
    assert_eq!(
        read(&client, "request=signed", &claims(&[])).unwrap(),
        request
    );
    let other = read(&client, "client_id=other&request=signed", &claims(&[]));
    assert_eq!(other.unwrap_err(), Refused::Page(PageFault::UnknownClient));
    // What is missing in it is missing.
    let without = claims(&[("redirect_uri", Value::Null)]);
    let beside = "client_id=wiki-web&request=signed&redirect_uri=https://wiki.example/cb";
    let refused = read(&client, beside, &without).unwrap_err();
    assert_eq!(refused, Refused::Page(PageFault::NoRedirectUri));
}

#[test]
fn an_object_is_its_clients_for_us_now() {
    let client = client();
    for (name, value) in [
        ("client_id", Value::Null),
        ("client_id", json!("other")),
        ("client_id", json!(["wiki-web"])),
        ("iss", json!("other")),
        ("sub", json!("wiki-web")),
        ("aud", Value::Null),
        ("aud", json!("https://evil.example")),
        ("aud", json!([ISSUER, "https://evil.example"])),
        ("aud", json!([])),
        ("aud", json!("https://id.example/")),
        ("aud", json!("https://id.example/oauth2/token")),
        ("exp", Value::Null),
        ("exp", json!(AT - 31)),
        ("exp", json!(AT + 3_700)),
        ("nbf", json!(AT + 31)),
        ("nbf", json!(AT - 3_601)),
        ("iat", json!(AT + 31)),
        ("request", json!("signed")),
        ("request_uri", json!("urn:x")),
    ] {
        let claims = claims(&[(name, value.clone())]);
        let refused = read(&client, "client_id=wiki-web&request=signed", &claims).unwrap_err();
        assert_eq!(said(&refused), "page", "{name} {value}");
        let query =
            "client_id=wiki-web&request=signed&redirect_uri=https://wiki.example/cb&state=s-2";
        let refused = read(&client, query, &claims).unwrap_err();
        assert_eq!(said(&refused), "invalid_request_object", "{name} {value}");
    }
    let listed = claims(&[
        ("aud", json!([ISSUER])),
        ("nbf", Value::Null),
        ("iss", Value::Null),
    ]);
    assert!(read(&client, "client_id=wiki-web&request=signed", &listed).is_ok());
    // Several values are one too many.
    let several = claims(&[("state", json!(["a", "b"]))]);
    let refused = read(&client, "client_id=wiki-web&request=signed", &several).unwrap_err();
    assert_eq!(said(&refused), "invalid_request");
    let other = Client {
        id: ClientId::new("other").unwrap(),
        ..client.clone()
    };
    let refused = read(&other, "client_id=wiki-web&request=signed", &claims(&[])).unwrap_err();
    assert_eq!(refused, Refused::Page(PageFault::UnknownClient));
}

#[test]
fn nobody_is_sent_to_an_address_that_no_client_has() {
    let client = client();
    for back in [
        "",
        "&redirect_uri=https://evil.example/",
        "&redirect_uri=x&redirect_uri=y",
    ] {
        let query = format!("client_id=wiki-web&request=forged{back}");
        let refused = read(&client, &query, &claims(&[])).unwrap_err();
        assert_eq!(said(&refused), "page", "{back}");
    }
    let query = "client_id=wiki-web&request=signed&request=signed";
    let refused = read(&client, query, &claims(&[])).unwrap_err();
    assert_eq!(said(&refused), "page");
}

#[test]
fn who_always_signs_is_held_to_it() {
    let strict = Client {
        safeguards: Safeguards {
            signed_requests: Need::Required,
            ..Safeguards::default()
        },
        ..client()
    };
    let plain = "client_id=wiki-web&redirect_uri=https://wiki.example/cb&response_type=code&scope=openid\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let refused = read(&strict, plain, &claims(&[])).unwrap_err();
    assert_eq!(said(&refused), "invalid_request");
    assert!(read(&client(), plain, &claims(&[])).is_ok());
    assert!(read(&strict, "client_id=wiki-web&request=signed", &claims(&[])).is_ok());
}
