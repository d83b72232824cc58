use super::*;
use crate::tests::{client, form};

const BYE: &str = "https://wiki.example/bye";

#[test]
fn a_request_is_read() {
    let asked = form(
        &[
            ("id_token_hint", "e30.e30.x"),
            ("client_id", "wiki-web"),
            ("post_logout_redirect_uri", BYE),
            ("state", "a b"),
            ("ui_locales", "fr ja"),
            ("logout_hint", "aiko"),
        ],
        &[],
    );
    let request = LogoutRequest::read(&asked).unwrap();
    assert_eq!(request.id_token_hint.as_deref(), Some("e30.e30.x"));
    assert_eq!(request.client, Some(client().id));
    assert_eq!(request.language, Some(Language::Ja));
    let after = request.after(&client()).unwrap().unwrap();
    assert_eq!(after.address(), "https://wiki.example/bye?state=a+b");
    assert_eq!(after.origin(), "https://wiki.example");
    let kept = serde_json::to_string(&after).unwrap();
    assert_eq!(serde_json::from_str::<AfterLogout>(&kept).unwrap(), after);

    let nothing = LogoutRequest::read(&form(&[], &[])).unwrap();
    assert_eq!(nothing, LogoutRequest::default());
    assert_eq!(nothing.after(&client()), Ok(None));
}

#[test]
fn nobody_is_sent_where_the_client_is_not_registered() {
    let cases = [
        (BYE, true),
        ("http://127.0.0.1/bye", true),
        // Here a port is as much of the address as everything else.
        ("http://127.0.0.1:49152/bye", false),
        ("https://wiki.example/bye/", false),
        ("https://wiki.example/bye?x=1", false),
        ("https://wiki.example/bye#x", false),
        ("https://wiki.example/cb", false),
        ("https://wiki.example:443/bye", false),
        ("https://wiki.example\\@b.example/bye", false),
        ("//wiki.example/bye", false),
        ("javascript:alert(1)", false),
    ];
    for (asked, expected) in cases {
        let request =
            LogoutRequest::read(&form(&[("post_logout_redirect_uri", asked)], &[])).unwrap();
        match request.after(&client()) {
            Ok(after) => assert!(
                expected && after.is_some_and(|after| after.address() == asked),
                "`{asked}`"
            ),
            Err(_) => assert!(!expected, "`{asked}`"),
        }
    }
}

#[test]
fn what_is_not_a_request_to_sign_out() {
    let long = "s".repeat(LONGEST_STATE + 1);
    for pair in [("client_id", "no such name"), ("state", &*long)] {
        assert!(
            LogoutRequest::read(&form(&[pair], &[])).is_err(),
            "{pair:?}"
        );
    }
    for name in [
        "id_token_hint",
        "client_id",
        "post_logout_redirect_uri",
        "state",
        "ui_locales",
    ] {
        let twice = Form::parse(format!("{name}=a&{name}=a").as_bytes()).unwrap();
        assert!(LogoutRequest::read(&twice).is_err(), "`{name}`");
    }
}
