use super::*;
use crate::tests::client;

#[test]
fn a_reference_is_one_of_ours_or_none() {
    let ours = "a".repeat(43);
    let reference = RequestReference::new(Secret::new(ours.clone()));
    let read = RequestReference::read(&reference.uri()).unwrap();
    assert_eq!(read.secret().expose(), ours);
    for other in [
        "https://client.example/request.jwt".to_owned(),
        "https://id.example/urn:ietf:params:oauth:request_uri:a".to_owned(),
        PREFIX.to_owned(),
        format!("{PREFIX}{}", "a".repeat(42)),
        format!("{PREFIX}{}", "a".repeat(44)),
        format!("{PREFIX}{}", "é".repeat(43)),
        format!("{PREFIX}{}.", "a".repeat(42)),
        format!("{PREFIX}{}#", "a".repeat(42)),
        reference.uri().to_uppercase(),
        format!(" {}", reference.uri()),
    ] {
        assert!(RequestReference::read(&other).is_none(), "{other}");
    }
}

#[test]
fn what_is_pushed_is_read_as_what_a_browser_brings() {
    let client = client();
    let id = &client.id;
    let back = client.redirect_uris.first().unwrap().as_str();
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let asks = |id: &str, back: &str, more: &str| {
        let text = format!(
            "client_id={id}&redirect_uri={back}&response_type=code&scope=openid\
             &code_challenge={challenge}&code_challenge_method=S256{more}"
        );
        let form = Form::parse(text.as_bytes()).unwrap();
        read_pushed(&form, |form| AuthorizationRequest::read(form, &client))
            .map_err(|fault| fault.code.as_str())
    };
    let read = asks(id.as_str(), back, "&client_secret=s").unwrap();
    assert_eq!(read.back.uri.as_str(), back);
    for (id, back, more, error) in [
        ("other", back, "", "invalid_request"),
        (id.as_str(), "https://evil.example/", "", "invalid_request"),
        (id.as_str(), "", "", "invalid_request"),
        (id.as_str(), back, "&request_uri=urn:x", "invalid_request"),
        (id.as_str(), back, "&scope=openid", "invalid_request"),
        (id.as_str(), back, "&prompt=never", "invalid_request"),
    ] {
        assert_eq!(
            asks(id, back, more).unwrap_err(),
            error,
            "{id} {back} {more}"
        );
    }
}
