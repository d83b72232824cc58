use super::*;
use serde_json::{Value, json};

const NOW: i64 = 1_775_000_000;
const ISSUER: &str = "https://id.example";

/// The claims of a good assertion with one of them changed, or left out if it is null.
fn check(name: &str, value: Value) -> Result<OneTime, &'static str> {
    let mut claims = json!({
        "iss": "wiki-web", "sub": "wiki-web", "aud": ISSUER, "exp": NOW + 60, "iat": NOW, "jti": "j1",
    });
    let members = claims.as_object_mut().unwrap();
    members.insert(name.to_owned(), value);
    members.retain(|_, value| !value.is_null());
    let claims: ClientAssertion = serde_json::from_value(claims).map_err(|_| "unreadable")?;
    let client = ClientId::new("wiki-web").unwrap();
    let checked = claims.check(&client, ISSUER, Timestamp::from_seconds(NOW));
    checked.map_err(|fault| {
        assert_eq!(fault.code, ErrorCode::InvalidClient);
        fault.description
    })
}

#[test]
fn an_assertion_counts_once_and_here_alone() {
    let once = |issued_at, until| OneTime {
        jti: "j1".to_owned(),
        until: Timestamp::from_seconds(until),
        issued_at: Timestamp::from_seconds(issued_at),
    };
    for (name, value, issued_at, until) in [
        ("extra", json!(1), NOW, NOW + 90),
        ("iat", json!(NOW - 5), NOW - 5, NOW + 90),
        ("iat", json!(NOW + 30), NOW + 30, NOW + 90),
        ("iat", json!(NOW - 629), NOW - 629, NOW + 1),
        ("nbf", json!(NOW + 30), NOW, NOW + 90),
        ("exp", json!(NOW as f64 + 60.5), NOW, NOW + 90),
        // However long it lasts.
        ("exp", json!(NOW + 3630), NOW, NOW + 630),
    ] {
        assert_eq!(
            check(name, value.clone()),
            Ok(once(issued_at, until)),
            "{name} {value}"
        );
    }
    let other = "the assertion is about another client";
    let audience = "the assertion is for somebody else: its audience is the issuer";
    let late = "the assertion has expired";
    let long = "the assertion lasts longer than an hour";
    let early = "the assertion is not valid yet";
    let old = "the assertion was made more than ten minutes ago";
    let name = "the jti of the assertion has 1 to 256 bytes";
    let cases = [
        ("iss", json!("other"), other),
        ("sub", json!("other"), other),
        ("iss", Value::Null, "unreadable"),
        ("sub", Value::Null, "unreadable"),
        // Another server's issuer, or ours beside it, or ours in disguise.
        ("aud", json!("https://other.example"), audience),
        ("aud", json!("https://id.example/"), audience),
        ("aud", json!("https://id.example/oauth/token"), audience),
        ("aud", json!("HTTPS://ID.EXAMPLE"), audience),
        ("aud", json!(""), audience),
        ("aud", json!([ISSUER]), "unreadable"),
        (
            "aud",
            json!([ISSUER, "https://other.example"]),
            "unreadable",
        ),
        ("aud", Value::Null, "unreadable"),
        ("exp", json!(NOW - 30), late),
        ("exp", json!(NOW - 3600), late),
        ("exp", json!(i64::MIN), late),
        ("exp", json!(NOW + 3631), long),
        ("exp", json!(i64::MAX), long),
        ("exp", json!(1e300), long),
        ("exp", json!("1"), "unreadable"),
        ("exp", Value::Null, "unreadable"),
        ("nbf", json!(NOW + 31), early),
        ("iat", json!(NOW + 31), early),
        ("iat", json!(i64::MAX), early),
        ("iat", json!(NOW - 630), old),
        ("iat", json!(i64::MIN), old),
        ("iat", Value::Null, "unreadable"),
        ("jti", json!(""), name),
        ("jti", json!("j".repeat(257)), name),
        ("jti", Value::Null, "unreadable"),
    ];
    for (name, value, expected) in cases {
        assert_eq!(check(name, value.clone()), Err(expected), "{name} {value}");
    }
}
