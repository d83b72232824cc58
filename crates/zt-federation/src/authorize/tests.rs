use super::*;
use crate::tests::{client, form};
use proptest::prelude::*;
use zt_types::Secret;

mod wishes;

/// RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const ISSUER: &str = "https://id.example";

/// A request to which nothing need be added.
const PLAIN: [(&str, &str); 7] = [
    ("client_id", "wiki-web"),
    ("redirect_uri", "https://wiki.example/cb"),
    ("response_type", "code"),
    ("scope", "openid profile"),
    ("state", "s1"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

fn read(more: &[(&str, &str)]) -> Result<AuthorizationRequest, Refused> {
    AuthorizationRequest::read(&form(&PLAIN, more), &client())
}

/// Code and description, and the state that goes back with them.
fn refused(read: Result<AuthorizationRequest, Refused>) -> (ErrorCode, Option<String>) {
    match read {
        Err(Refused::Redirect { back, fault }) => {
            let allowed = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            assert!(
                fault.description.bytes().all(allowed),
                "RFC 6749 §5.2: {fault}"
            );
            (fault.code, back.state)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_is_read_and_kept() {
    let plain = read(&[]).unwrap();
    let full = read(&[
        ("response_mode", "form_post"),
        ("scope", "openid offline_access email profile"),
        ("nonce", "n1"),
        ("prompt", "login consent"),
        ("max_age", "300"),
        ("acr_values", "urn:x phr mfa"),
        ("login_hint", "aiko@example.com"),
        ("id_token_hint", "e30.e30.x"),
        ("ui_locales", "fr-CA en-GB ja"),
        ("display", "page"),
        ("claims", r#"{"id_token":{"email":{"essential":true},"groups":null,"auth_time":null},"userinfo":{"name":null}}"#),
    ])
    .unwrap();
    insta::assert_json_snapshot!("kept", [&plain, &full]);
    for request in [plain, full] {
        let kept = serde_json::to_string(&request).unwrap();
        assert_eq!(
            serde_json::from_str::<AuthorizationRequest>(&kept).unwrap(),
            request
        );
    }
}

#[test]
fn where_a_browser_is_sent_nowhere() {
    use PageFault::{NoRedirectUri, UnknownClient, UnregisteredRedirectUri};
    let cases = [
        ("client_id", "-", UnknownClient),
        ("client_id", "other", UnknownClient),
        ("client_id", "WIKI-WEB", UnknownClient),
        ("client_id", "wiki-web ", UnknownClient),
        ("redirect_uri", "-", NoRedirectUri),
        ("redirect_uri", "", NoRedirectUri),
        (
            "redirect_uri",
            "https://wiki.example/cb/",
            UnregisteredRedirectUri,
        ),
        (
            "redirect_uri",
            "https://wiki.example/cb#x",
            UnregisteredRedirectUri,
        ),
        (
            "redirect_uri",
            "https://wiki.example/bye",
            UnregisteredRedirectUri,
        ),
        (
            "redirect_uri",
            "https://b.example/cb",
            UnregisteredRedirectUri,
        ),
        (
            "redirect_uri",
            "https://wiki.example\\@b.example/cb",
            UnregisteredRedirectUri,
        ),
        (
            "redirect_uri",
            "https://wiki.example/cb\r\nx",
            UnregisteredRedirectUri,
        ),
        (
            "redirect_uri",
            "javascript:alert(1)",
            UnregisteredRedirectUri,
        ),
        (
            "redirect_uri",
            "http://localhost/cb",
            UnregisteredRedirectUri,
        ),
    ];
    for (name, value, expected) in cases {
        // Whatever else is wrong with it.
        for more in [
            ("state", "s2"),
            ("response_type", "token"),
            ("registration", "{}"),
        ] {
            assert_eq!(
                read(&[(name, value), more]),
                Err(Refused::Page(expected)),
                "{name}={value}"
            );
        }
    }
    for (twice, expected) in [
        ("client_id=wiki-web", UnknownClient),
        ("redirect_uri=x", NoRedirectUri),
    ] {
        let text = format!("client_id=wiki-web&redirect_uri=https://wiki.example/cb&{twice}");
        let form = Form::parse(text.as_bytes()).unwrap();
        assert_eq!(
            AuthorizationRequest::read(&form, &client()),
            Err(Refused::Page(expected))
        );
    }
}

#[test]
fn what_the_client_is_told() {
    use ErrorCode::{
        InvalidRequest, InvalidScope, RegistrationNotSupported, RequestUriNotSupported,
        UnmetAuthenticationRequirements, UnsupportedResponseType,
    };
    let long = "n".repeat(LONGEST_NONCE + 1);
    let cases = [
        ("response_type", "-", InvalidRequest),
        ("response_type", "token", UnsupportedResponseType),
        ("response_type", "code id_token", UnsupportedResponseType),
        ("response_type", "none", UnsupportedResponseType),
        ("response_mode", "fragment", InvalidRequest),
        ("response_mode", "query.jwt", InvalidRequest),
        ("scope", "openid groups", InvalidScope),
        ("scope", "openid \"profile\"", InvalidScope),
        ("scope", "openid\nprofile", InvalidScope),
        ("nonce", &long, InvalidRequest),
        ("prompt", "none login", InvalidRequest),
        ("prompt", "login none", InvalidRequest),
        ("prompt", "create", InvalidRequest),
        ("max_age", "-1", InvalidRequest),
        ("max_age", "+1", InvalidRequest),
        ("max_age", "1.5", InvalidRequest),
        ("max_age", "99999999999999999999", InvalidRequest),
        ("claims", "x", InvalidRequest),
        ("claims", "[]", InvalidRequest),
        ("claims", r#"{"id_token":{},"id_token":{}}"#, InvalidRequest),
        (
            "claims",
            r#"{"id_token":{"sub":{"values":["a","b"]}}}"#,
            InvalidRequest,
        ),
        (
            "claims",
            r#"{"id_token":{"sub":{"value":"a"}},"userinfo":{"sub":{"value":"b"}}}"#,
            InvalidRequest,
        ),
        (
            "claims",
            r#"{"id_token":{"acr":{"essential":true,"value":"gold"}}}"#,
            UnmetAuthenticationRequirements,
        ),
        ("code_challenge", "-", InvalidRequest),
        ("code_challenge", "short", InvalidRequest),
        (
            "code_challenge",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM",
            InvalidRequest,
        ),
        ("code_challenge_method", "-", InvalidRequest),
        ("code_challenge_method", "plain", InvalidRequest),
        ("code_challenge_method", "s256", InvalidRequest),
        ("request_uri", "https://b.example/r", RequestUriNotSupported),
        ("registration", "{}", RegistrationNotSupported),
    ];
    for (name, value, expected) in cases {
        let told = refused(read(&[(name, value)]));
        assert_eq!(told, (expected, Some("s1".to_owned())), "{name}={value}");
    }
}

#[test]
fn every_parameter_that_is_read_stands_once() {
    let names = [
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "acr_values",
        "login_hint",
        "id_token_hint",
        "ui_locales",
        "claims",
        "code_challenge",
        "code_challenge_method",
        "request_uri",
        "registration",
    ];
    for name in names {
        let plain = PLAIN.iter().filter(|(other, _)| *other != name);
        let pairs = plain.copied().chain([(name, "1"), (name, "1")]);
        let text = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let form = Form::parse(text.as_bytes()).unwrap();
        let (code, state) = refused(AuthorizationRequest::read(&form, &client()));
        assert_eq!(code, ErrorCode::InvalidRequest, "`{name}`");
        assert_eq!(state.is_some(), name != "state", "`{name}`");
    }
    // What nobody reads may stand as often as it likes (RFC 8707 §2).
    let text = format!(
        "{}&resource=a&resource=b",
        "client_id=wiki-web&redirect_uri=https://wiki.example/cb&response_type=code"
    );
    let form = Form::parse(
        format!("{text}&code_challenge={CHALLENGE}&code_challenge_method=S256").as_bytes(),
    )
    .unwrap();
    assert!(AuthorizationRequest::read(&form, &client()).is_ok());
}

#[test]
fn a_state_that_cannot_be_carried_is_not() {
    for state in ["a\nb", "é", "\u{7f}", &"s".repeat(LONGEST_STATE + 1)] {
        let told = refused(read(&[("state", state), ("response_mode", "form_post")]));
        assert_eq!(told, (ErrorCode::InvalidRequest, None), "`{state}`");
        let Err(Refused::Redirect { back, .. }) =
            read(&[("state", state), ("response_mode", "form_post")])
        else {
            panic!("`{state}` is carried");
        };
        assert_eq!(back.mode, ResponseMode::FormPost);
    }
    assert!(read(&[("state", &"s".repeat(LONGEST_STATE))]).is_ok());
}

#[test]
fn answers() {
    let code = Secret::new("SplxlOBeZQQYbYS6WxSbIA".to_owned());
    let fault = Fault::new(ErrorCode::AccessDenied, "the person did not agree");
    let mut said = Vec::new();
    for mode in ["query", "form_post"] {
        for state in ["-", "a=b&c \"<>"] {
            let back = read(&[("response_mode", mode), ("state", state)])
                .unwrap()
                .back;
            for reply in [back.answer(ISSUER, &code), back.refuse(ISSUER, &fault)] {
                assert!(!format!("{reply:?}").contains("Splx"));
                said.push(match reply {
                    Reply::Redirect(to) => to,
                    Reply::FormPost { action, fields } => format!("{} {fields:?}", action.as_str()),
                });
            }
        }
    }
    insta::assert_snapshot!(said.join("\n"));
}

proptest! {
    /// Whatever comes, it is answered; and the browser goes to no address that is not registered.
    #[test]
    fn no_request_opens_a_way(name in "[a-z_]{1,24}", value in ".{0,64}", uri in ".{0,32}", appended in any::<bool>()) {
        let uri = if appended { format!("https://wiki.example/cb{uri}") } else { uri };
        let client = client();
        match AuthorizationRequest::read(&form(&PLAIN, &[(&name, &value), ("redirect_uri", &uri)]), &client) {
            Ok(AuthorizationRequest { back, .. }) | Err(Refused::Redirect { back, .. }) => {
                prop_assert!(client.redirect_uris.contains(&back.uri), "{}", uri);
            }
            Err(Refused::Page(_)) => {}
        }
    }
}
