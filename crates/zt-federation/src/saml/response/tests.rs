use super::super::tests::{message_id, now, parsed, provider, them, us};
use super::super::*;
use super::{Assertion, Response};
use crate::xml::{Namespace, WriteError};
use zt_types::Seconds;

fn rules() -> [AttributeRule; 2] {
    let rule = |name: &str, format, friendly: Option<&str>| AttributeRule {
        name: name.to_owned(),
        format,
        friendly: friendly.map(str::to_owned),
        source: AttributeSource::Name,
        transforms: Vec::new(),
    };
    [
        rule(
            "urn:oid:2.16.840.1.113730.3.1.241",
            AttributeFormat::Uri,
            Some("displayName"),
        ),
        rule("roles", AttributeFormat::Basic, None),
    ]
}

/// What a person with a difficult name is told about.
fn written(asked: Option<&MessageId>, rules: &[AttributeRule; 2]) -> String {
    let [name, roles] = rules;
    let attributes = [
        Attribute {
            rule: name,
            values: vec!["佐藤 <愛子> & \"Co\"".to_owned()],
        },
        Attribute {
            rule: roles,
            values: vec!["reader".to_owned(), "writer".to_owned()],
        },
    ];
    let person = PersonNames {
        login: "aiko",
        email: None,
        persistent: "p1",
        transient: "t1",
    };
    let name_id = NameIdKind::Persistent
        .name(&person, &us(), &them())
        .unwrap();
    let assertion = Assertion {
        id: &message_id("_a1"),
        issuer: &us(),
        issued_at: now(),
        name_id: &name_id,
        in_response_to: asked,
        recipient: &provider().consumers[0].location,
        audience: &them(),
        authenticated_at: now() - Seconds::minutes(20),
        session_index: "s1",
        session_ends_at: Some(now() + Seconds::hours(8)),
        class: class_of(zt_types::Assurance::Mfa),
        attributes: if asked.is_some() { &attributes } else { &[] },
    };
    assertion.write().unwrap().text().to_owned()
}

fn response(outcome: Outcome<'_>) -> Result<String, WriteError> {
    let response = Response {
        id: &message_id("_r1"),
        in_response_to: Some(&message_id("_5c1a")),
        issuer: &us(),
        destination: &provider().consumers[0].location,
        issued_at: now(),
        outcome,
    };
    response.write().map(|unsigned| unsigned.text().to_owned())
}

#[test]
fn an_assertion_is_written() {
    insta::assert_snapshot!(written(Some(&message_id("_5c1a")), &rules()));
}

#[test]
fn an_assertion_that_nobody_asked_for_names_no_request() {
    let text = written(None, &rules());
    assert!(!text.contains("InResponseTo") && !text.contains("AttributeStatement"));
    insta::assert_snapshot!(text);
}

#[test]
fn a_response_is_written() {
    let assertion = written(Some(&message_id("_5c1a")), &rules());
    let text = response(Outcome::Assertion(&assertion)).unwrap();
    // What was signed stands there letter for letter.
    assert!(text.contains(&assertion));
    let document = parsed(&text);
    let name = document
        .root()
        .one(Namespace::SAML, "Assertion")
        .and_then(|assertion| assertion.one(Namespace::SAML, "Subject"))
        .and_then(|subject| subject.one(Namespace::SAML, "NameID"))
        .unwrap();
    assert_eq!(name.text().unwrap(), "p1");
    insta::assert_snapshot!(text.replace(&assertion, "…"));
}

#[test]
fn a_response_with_an_encrypted_assertion_is_written() {
    let data = "<xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" Type=\"http://www.w3.org/2001/04/xmlenc#Element\"></xenc:EncryptedData>";
    let encrypted = encrypted_assertion(data).unwrap();
    insta::assert_snapshot!(response(Outcome::Assertion(&encrypted)).unwrap());
    assert_eq!(encrypted_assertion("<xenc:"), Err(WriteError::Embedded));
}

#[test]
fn a_refusal_is_written() {
    let status = NoSuchContext.status();
    insta::assert_snapshot!(response(Outcome::Status(status)).unwrap());
    for status in [Status::NO_PASSIVE, Status::DENIED] {
        let text = response(Outcome::Status(status)).unwrap();
        assert!(!text.contains("Assertion") && text.contains(status.top.uri()));
        assert!(text.contains(status.second.unwrap().uri()));
    }
}

#[test]
fn a_signature_has_its_place() {
    let status = Response {
        id: &message_id("_r1"),
        in_response_to: None,
        issuer: &us(),
        destination: &provider().consumers[0].location,
        issued_at: now(),
        outcome: Outcome::Status(Status::DENIED),
    };
    let unsigned = status.write().unwrap();
    assert_eq!(unsigned.id(), "_r1");
    let signed = unsigned.with("<!>");
    assert!(
        signed.contains("</saml:Issuer><!><samlp:Status>"),
        "{signed}"
    );
}

#[test]
fn what_is_no_assertion_is_not_sent() {
    for not in ["", "text", "<a>", "<a/><b/>"] {
        assert_eq!(
            response(Outcome::Assertion(not)),
            Err(WriteError::Embedded),
            "{not}"
        );
    }
}
