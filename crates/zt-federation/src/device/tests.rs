use super::*;
use crate::tests::{client, form};
use proptest::prelude::*;

#[test]
fn a_code_is_read_however_it_is_typed() {
    let code = UserCode::parse("WDJB-MJHT").unwrap();
    assert_eq!(code.to_string(), "WDJB-MJHT");
    assert_eq!(format!("{code:?}"), "UserCode(…)");
    for typed in [
        "wdjbmjht",
        " WDJB MJHT ",
        "wd-jb—mj.ht",
        "ＷＤＪＢ－ＭＪＨＴ",
        "ｗｄｊｂｍｊｈｔ",
        "ＷＤＪＢーＭＪＨＴ",
    ] {
        assert_eq!(UserCode::parse(typed), Some(code), "{typed}");
    }
    for typed in [
        "",
        "WDJB-MJH",
        "WDJB-MJHTW",
        "WDJB-MJH0",
        "WDJB-MJHA",
        "WDJB-MJHÉ",
        &"-".repeat(LONGEST + 1),
    ] {
        assert_eq!(UserCode::parse(typed), None, "{typed}");
    }
}

proptest! {
    #[test]
    fn every_code_is_one_and_comes_back(bytes: [u8; 16]) {
        let code = UserCode::from_random(bytes);
        prop_assert_eq!(UserCode::parse(&code.to_string()), Some(code));
        prop_assert_eq!(code.to_string().len(), 9);
    }
}

#[test]
fn only_who_is_registered_for_it_may_ask() {
    let read = |more: &[(&str, &str)]| {
        let form = form(&[("client_id", "wiki-web"), ("scope", "openid")], more);
        DeviceAuthorizationRequest::read(&form, None)
    };
    let registered = Client {
        grants: [GrantType::DeviceCode].into(),
        ..client()
    };
    let said = |client: &Client, more: &[(&str, &str)]| {
        let checked = read(more).and_then(|request| request.check(client));
        checked.map_err(|fault| fault.code.as_str())
    };
    assert_eq!(said(&registered, &[]), Ok(()));
    assert_eq!(said(&registered, &[("scope", "-")]), Ok(()));
    for (client, more, expected) in [
        (&client(), [("scope", "openid")], "unauthorized_client"),
        (&registered, [("scope", "groups")], "invalid_scope"),
        (&registered, [("scope", "a\"b")], "invalid_scope"),
        (&registered, [("client_id", "-")], "invalid_client"),
    ] {
        assert_eq!(said(client, &more), Err(expected), "{more:?}");
    }
}

#[test]
fn what_a_device_is_told() {
    let now = Timestamp::from_seconds(1_000);
    let told = DeviceAuthorization::new(
        &Secret::new("id.secret".to_owned()),
        UserCode::parse("WDJBMJHT").unwrap(),
        "https://id.example/device".to_owned(),
        (now, now + Seconds::minutes(10)),
        Seconds(5),
    );
    insta::assert_json_snapshot!(told, @r#"
    {
      "device_code": "id.secret",
      "user_code": "WDJB-MJHT",
      "verification_uri": "https://id.example/device",
      "verification_uri_complete": "https://id.example/device?user_code=WDJB-MJHT",
      "expires_in": 600,
      "interval": 5
    }
    "#);
}

#[test]
fn what_is_kept_is_no_request_of_another_way() {
    let asked = crate::Asked::Device(DeviceAsked {
        scopes: [Scope::Openid].into(),
    });
    let text = serde_json::to_string(&asked).unwrap();
    assert_eq!(text, r#"{"device_scopes":["openid"]}"#);
    assert_eq!(serde_json::from_str::<crate::Asked>(&text).unwrap(), asked);
}
