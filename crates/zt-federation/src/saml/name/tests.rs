use super::super::tests::{provider, them, us};
use super::super::*;
use super::NameError;

const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

#[test]
fn people_are_named_as_the_record_says_or_by_less() {
    use NameIdKind::{Email, Login, Persistent, Transient};
    let no = |format: &str| Err(NameError::Format(format.to_owned()));
    for (registered, asked, wanted) in [
        (Persistent, None, Ok(Persistent)),
        (Email, None, Ok(Email)),
        (Email, Some(UNSPECIFIED), Ok(Email)),
        (Login, Some(UNSPECIFIED), Ok(Login)),
        (Email, Some(EMAIL), Ok(Email)),
        (Email, Some(PERSISTENT), Ok(Persistent)),
        (Login, Some(TRANSIENT), Ok(Transient)),
        (Transient, Some(PERSISTENT), Ok(Persistent)),
        // More than the record lets it know.
        (Persistent, Some(EMAIL), no(EMAIL)),
        (Transient, Some(EMAIL), no(EMAIL)),
        (Login, Some(EMAIL), no(EMAIL)),
        (
            Email,
            Some("urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted"),
            no("urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted"),
        ),
        (
            Email,
            Some("urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos"),
            no("urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos"),
        ),
    ] {
        let provider = ServiceProvider {
            name_id: registered,
            ..provider()
        };
        let policy = NameIdPolicy {
            format: asked.map(str::to_owned),
            sp_name_qualifier: None,
        };
        assert_eq!(
            provider.name_kind(Some(&policy)),
            wanted,
            "{registered:?} {asked:?}"
        );
        assert_eq!(provider.name_kind(None), Ok(registered));
    }
}

#[test]
fn a_name_is_for_the_one_who_asks() {
    let policy = |whom: &str| NameIdPolicy {
        format: None,
        sp_name_qualifier: Some(whom.to_owned()),
    };
    let provider = provider();
    assert!(provider.name_kind(Some(&policy(them().as_str()))).is_ok());
    let other = provider.name_kind(Some(&policy("https://evil.example")));
    let error = NameError::Qualifier("https://evil.example".to_owned());
    assert_eq!(error.status().second, Some(StatusCode::InvalidNameIdPolicy));
    assert_eq!(other, Err(error));
}

#[test]
fn a_name_says_between_whom_it_counts() {
    let person = PersonNames {
        login: "aiko",
        email: Some("aiko@example.com"),
        persistent: "p1",
        transient: "t1",
    };
    let name = |kind: NameIdKind| kind.name(&person, &us(), &them()).unwrap();
    for (kind, value, is_ours) in [
        (NameIdKind::Persistent, "p1", true),
        (NameIdKind::Transient, "t1", true),
        (NameIdKind::Email, "aiko@example.com", false),
        (NameIdKind::Login, "aiko", false),
    ] {
        let name = name(kind);
        assert_eq!(name.value, value);
        assert_eq!(name.format.as_deref(), Some(kind.format()));
        let qualifier = |party: EntityId| is_ours.then(|| party.as_str().to_owned());
        assert_eq!(name.name_qualifier, qualifier(us()));
        assert_eq!(name.sp_name_qualifier, qualifier(them()));
    }
    let without = PersonNames {
        email: None,
        ..person
    };
    assert_eq!(NameIdKind::Email.name(&without, &us(), &them()), None);
}

#[test]
fn whom_a_service_provider_means() {
    let ours = NameId {
        value: "p1".to_owned(),
        format: Some(PERSISTENT.to_owned()),
        name_qualifier: Some(us().as_str().to_owned()),
        sp_name_qualifier: Some(them().as_str().to_owned()),
    };
    let bare = NameId {
        value: "p1".to_owned(),
        format: None,
        name_qualifier: None,
        sp_name_qualifier: None,
    };
    let with = |format: &str| NameId {
        format: Some(format.to_owned()),
        ..bare.clone()
    };
    let for_whom = |whom: &str| NameId {
        sp_name_qualifier: Some(whom.to_owned()),
        ..bare.clone()
    };
    let called = |value: &str| NameId {
        value: value.to_owned(),
        ..ours.clone()
    };
    for (said, is_meant) in [
        (ours.clone(), true),
        (bare.clone(), true),
        (with(PERSISTENT), true),
        (with(UNSPECIFIED), true),
        (with(TRANSIENT), false),
        (for_whom(them().as_str()), true),
        (for_whom("https://evil.example"), false),
        (called("p2"), false),
        (called("P1"), false),
        (called("p1 "), false),
    ] {
        assert_eq!(ours.is_meant_by(&said), is_meant, "{said:?}");
    }
}
