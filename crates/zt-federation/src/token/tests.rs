use super::*;
use crate::tests::form;
use ErrorCode::{InvalidRequest, InvalidScope, UnsupportedGrantType};

const NAMED: (&str, &str) = ("client_id", "wiki-web");

#[test]
fn what_clients_come_with() {
    let code = [
        NAMED,
        ("grant_type", "authorization_code"),
        ("code", "c1"),
        ("redirect_uri", "https://wiki.example/cb"),
    ];
    match read(&code, &[("code_verifier", "v1")]).unwrap() {
        Grant::Code {
            code,
            redirect_uri,
            verifier: Some(verifier),
        } => {
            assert_eq!(
                (code.expose(), &*redirect_uri, verifier.expose()),
                ("c1", "https://wiki.example/cb", "v1")
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        read(&code, &[]),
        Ok(Grant::Code { verifier: None, .. })
    ));
    let refresh = [
        NAMED,
        ("grant_type", "refresh_token"),
        ("refresh_token", "r1"),
    ];
    match read(&refresh, &[("scope", "openid email")]).unwrap() {
        Grant::Refresh { token, scopes } => {
            assert_eq!(token.expose(), "r1");
            assert_eq!(scopes, Some([Scope::Openid, Scope::Email].into()));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        read(&refresh, &[]),
        Ok(Grant::Refresh { scopes: None, .. })
    ));
    let own = [NAMED, ("grant_type", "client_credentials")];
    assert!(
        matches!(read(&own, &[]), Ok(Grant::ClientCredentials { scopes }) if scopes.is_empty())
    );
    for (pairs, kind) in [
        (&code[..], GrantType::AuthorizationCode),
        (&refresh, GrantType::RefreshToken),
        (&own, GrantType::ClientCredentials),
    ] {
        assert_eq!(read(pairs, &[]).unwrap().kind(), kind);
        let name = serde_json::to_value(kind).unwrap();
        assert!(pairs.contains(&("grant_type", name.as_str().unwrap())));
    }
}

#[test]
fn what_is_not_a_request_for_tokens() {
    let code = [
        NAMED,
        ("grant_type", "authorization_code"),
        ("code", "c1"),
        ("redirect_uri", "https://wiki.example/cb"),
    ];
    let cases = [
        (("grant_type", "-"), InvalidRequest),
        (("grant_type", "password"), UnsupportedGrantType),
        (("grant_type", "implicit"), UnsupportedGrantType),
        (
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            UnsupportedGrantType,
        ),
        (("grant_type", "Authorization_Code"), UnsupportedGrantType),
        (("grant_type", "refresh_token"), InvalidRequest),
        (("code", "-"), InvalidRequest),
        (("code", ""), InvalidRequest),
        (("redirect_uri", "-"), InvalidRequest),
    ];
    for (more, expected) in cases {
        assert_eq!(read(&code, &[more]).unwrap_err().code, expected, "{more:?}");
    }
    // What is wanted of something that is there already is all known, or not there (RFC 6749 §5.2).
    for scope in ["a\\b", "openid offline_access", "x"] {
        let own = [
            NAMED,
            ("grant_type", "client_credentials"),
            ("scope", scope),
        ];
        assert_eq!(read(&own, &[]).unwrap_err().code, InvalidScope, "{scope}");
        let refresh = [
            NAMED,
            ("grant_type", "refresh_token"),
            ("refresh_token", "r1"),
            ("scope", scope),
        ];
        assert_eq!(
            read(&refresh, &[]).unwrap_err().code,
            InvalidScope,
            "{scope}"
        );
    }
    for twice in [
        "grant_type",
        "code",
        "redirect_uri",
        "code_verifier",
        "client_id",
        "client_secret",
    ] {
        let text = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(code)
            .append_pair(twice, "1")
            .append_pair(twice, "1")
            .finish();
        let form = Form::parse(text.as_bytes()).unwrap();
        assert_eq!(
            TokenRequest::read(&form, None)
                .map(|_| ())
                .unwrap_err()
                .code,
            InvalidRequest,
            "`{twice}`"
        );
    }
    // Who it is comes before what is wanted.
    let nobody = TokenRequest::read(
        &form(&code, &[("client_id", "-"), ("grant_type", "password")]),
        None,
    );
    assert_eq!(
        nobody.map(|_| ()).unwrap_err().code,
        ErrorCode::InvalidClient
    );
}

#[test]
fn questions_about_a_token() {
    for hint in ["-", "access_token", "refresh_token", "pct"] {
        let asked = form(&[NAMED, ("token", "t1")], &[("token_type_hint", hint)]);
        let question = TokenQuestion::read(&asked, None).unwrap();
        assert_eq!(question.token.expose(), "t1");
        assert_eq!(question.presented.client.as_str(), "wiki-web");
        assert!(!format!("{question:?}").contains("t1"));
    }
    let empty = TokenQuestion::read(&form(&[NAMED, ("token", "")], &[]), None);
    assert_eq!(empty.map(|_| ()).unwrap_err().code, InvalidRequest);
}

fn read(pairs: &[(&str, &str)], more: &[(&str, &str)]) -> Result<Grant, Fault> {
    TokenRequest::read(&form(pairs, more), None).map(|request| request.grant)
}
