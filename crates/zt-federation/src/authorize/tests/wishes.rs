//! What a client may leave out, and what it may wish for.

use super::*;
use crate::Claim;
use zt_types::Assurance;

#[test]
fn who_needs_no_proof_key() {
    use Authentication::{None as Public, PrivateKeyJwt, SecretBasic};
    let without = [("code_challenge", "-"), ("code_challenge_method", "-")];
    let cases = [
        (ProofKey::Required, SecretBasic, "n1", "openid", false),
        (ProofKey::OrNonce, SecretBasic, "n1", "openid", true),
        (ProofKey::OrNonce, PrivateKeyJwt, "n1", "openid", true),
        (ProofKey::OrNonce, SecretBasic, "-", "openid", false),
        (ProofKey::OrNonce, SecretBasic, "n1", "profile", false),
        (ProofKey::OrNonce, Public, "n1", "openid", false),
    ];
    for (proof_key, authentication, nonce, scope, expected) in cases {
        let client = Client {
            proof_key,
            authentication,
            ..client()
        };
        let more = [without[0], without[1], ("nonce", nonce), ("scope", scope)];
        let read = AuthorizationRequest::read(&form(&PLAIN, &more), &client);
        assert_eq!(
            read.is_ok(),
            expected,
            "{proof_key:?} {authentication:?} {nonce} {scope}"
        );
        let with = [("nonce", nonce), ("scope", scope)];
        let read = AuthorizationRequest::read(&form(&PLAIN, &with), &client).unwrap();
        assert!(read.proof_key.is_some());
    }
    let client = Client {
        grants: [GrantType::ClientCredentials].into(),
        ..client()
    };
    let read = AuthorizationRequest::read(&form(&PLAIN, &[]), &client);
    assert_eq!(refused(read).0, ErrorCode::UnauthorizedClient);
}

#[test]
fn an_app_on_the_device_says_its_port() {
    let asked = "http://127.0.0.1:49152/cb";
    let request = read(&[("redirect_uri", asked)]).unwrap();
    assert_eq!(request.back.uri.as_str(), asked);
    match request.back.answer(ISSUER, &Secret::new("c".to_owned())) {
        Reply::Redirect(to) => assert!(to.starts_with("http://127.0.0.1:49152/cb?code=c&"), "{to}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn hints_are_hints() {
    let cases = [
        ("login_hint", "a\nb"),
        ("login_hint", &*"a".repeat(LONGEST_HINT + 1)),
        ("ui_locales", "fr de"),
        ("acr_values", "gold 0"),
        (
            "claims",
            r#"{"id_token":{"acr":{"value":"gold"},"unknown":{"essential":true}},"userinfo":null,"x":1}"#,
        ),
        (
            "claims",
            r#"{"id_token":{"acr":{"essential":true}},"userinfo":[]}"#,
        ),
        ("scope", "openid profile address phone offline_access"),
    ];
    for hint in cases {
        assert_eq!(read(&[hint]), read(&[]), "{hint:?}");
    }
}

#[test]
fn how_strongly() {
    use AcrDemand::{Any, Essential, Preferred};
    use Assurance::{Mfa, Password, PhishingResistant};
    let cases = [
        ("-", "-", Any),
        ("password", "-", Preferred([Password].into())),
        (
            "mfa phishing-resistant",
            "-",
            Preferred([Mfa, PhishingResistant].into()),
        ),
        (
            "-",
            r#"{"id_token":{"acr":{"value":"mfa"}}}"#,
            Preferred([Mfa].into()),
        ),
        (
            "-",
            r#"{"userinfo":{"acr":{"essential":true,"values":["x","phr"]}}}"#,
            Essential([PhishingResistant].into()),
        ),
        (
            "mfa",
            r#"{"id_token":{"acr":{"essential":true,"value":"phr"}}}"#,
            Essential([PhishingResistant].into()),
        ),
        (
            "-",
            r#"{"id_token":{"acr":{"value":"mfa"}},"userinfo":{"acr":{"essential":true,"value":"phr"}}}"#,
            Essential([PhishingResistant].into()),
        ),
    ];
    for (values, claims, expected) in cases {
        let request = read(&[("acr_values", values), ("claims", claims)]).unwrap();
        assert_eq!(request.acr, expected, "{values} {claims}");
    }
}

#[test]
fn claims_one_by_one_are_no_way_round_the_scopes() {
    let asked = r#"{"id_token":{"email":null,"groups":{"essential":true}},"userinfo":{"sub":{"value":"s"},"locale":null}}"#;
    let request = read(&[("scope", "openid"), ("claims", asked)]).unwrap();
    assert_eq!(request.claims.id_token, [Claim::Email].into());
    assert_eq!(request.claims.userinfo, [Claim::Locale].into());
    assert_eq!(request.claims.subject.as_deref(), Some("s"));
    assert_eq!(
        request.disclosed(),
        [Scope::Openid, Scope::Profile, Scope::Email].into()
    );
}

#[test]
fn when_she_is_authenticated_again() {
    let at = |seconds| Timestamp::from_seconds(seconds);
    // Authenticated, asked, now.
    let cases = [
        (("prompt", "-"), (0, 10, 1000), false),
        (("prompt", "login"), (0, 10, 10), true),
        (("prompt", "login"), (10, 10, 99), false),
        (("prompt", "consent"), (0, 10, 10), false),
        (("max_age", "0"), (0, 0, 0), false),
        (("max_age", "0"), (9, 10, 10), true),
        (("max_age", "0"), (11, 10, 500), false),
        (("max_age", "10"), (0, 10, 10), false),
        (("max_age", "10"), (0, 10, 11), true),
        (("max_age", "10"), (10, 10, 500), false),
    ];
    for (more, (proven, asked, now), expected) in cases {
        let request = read(&[more]).unwrap();
        assert_eq!(
            request.is_too_old(at(proven), at(asked), at(now)),
            expected,
            "{more:?} {proven} {asked} {now}"
        );
    }
}
