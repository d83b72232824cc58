use super::*;
use crate::tests::{client, form};

const GRANT: [(&str, &str); 4] = [
    ("subject_token", "t"),
    ("subject_token_type", ACCESS_TOKEN),
    ("audience", "ledger"),
    ("scope", "openid email"),
];

fn read(more: &[(&str, &str)]) -> Result<ExchangeRequest, &'static str> {
    ExchangeRequest::read(&form(&GRANT, more)).map_err(|fault| fault.code.as_str())
}

#[test]
fn what_is_asked_for_is_said() {
    let request = read(&[]).unwrap();
    assert!(matches!(request.subject, SubjectToken::Access(_)));
    assert_eq!(request.audience.as_str(), "ledger");
    for (more, error) in [
        (("subject_token", "-"), "invalid_request"),
        (("subject_token_type", "-"), "invalid_request"),
        (("subject_token_type", JWT), "invalid_request"),
        (("actor_token", "t"), "invalid_request"),
        (("actor_token_type", ACCESS_TOKEN), "invalid_request"),
        (("requested_token_type", ID_TOKEN), "invalid_request"),
        (("resource", "https://a.example"), "invalid_target"),
        (("audience", "-"), "invalid_target"),
        (("audience", "https://a.example"), "invalid_target"),
        (("scope", "a\"b"), "invalid_scope"),
        (("scope", "openid ledger.read"), "invalid_scope"),
    ] {
        assert_eq!(read(&[more]).unwrap_err(), error, "{more:?}");
    }
    let acting = [("actor_token", "t"), ("actor_token_type", ACCESS_TOKEN)];
    assert!(read(&acting).unwrap().actor.is_some());
    assert!(read(&[("requested_token_type", JWT)]).is_ok());
}

#[test]
fn nothing_is_widened() {
    let all: BTreeSet<Scope> = Scope::ALL.into();
    let to = client();
    let narrowed = |more: (&str, &str), theirs: &BTreeSet<Scope>| {
        let scopes = read(&[more]).unwrap().narrowed(theirs, &to);
        scopes.map(|scopes| Scope::list(&scopes)).ok()
    };
    let said = |text: &str| Some(text.to_owned());
    assert_eq!(
        narrowed(("scope", "openid email"), &all),
        said("openid email")
    );
    // The one that takes it may not ask for groups.
    assert_eq!(narrowed(("scope", "-"), &all), said("openid profile email"));
    assert_eq!(narrowed(("scope", "openid groups"), &all), said("openid"));
    assert_eq!(narrowed(("scope", "groups"), &all), None);
    let few = [Scope::Openid].into();
    assert_eq!(narrowed(("scope", "-"), &few), said("openid"));
    assert_eq!(narrowed(("scope", "openid email"), &few), None);
}

#[test]
fn a_chain_ends() {
    let id = ClientId::new("a").unwrap();
    let mut chain = None;
    for _ in 0..LONGEST_CHAIN {
        chain = Some(Actor::after(id.clone(), chain).unwrap());
    }
    let fault = Actor::after(id, chain).unwrap_err();
    assert_eq!(fault.code, ErrorCode::InvalidRequest);
}
