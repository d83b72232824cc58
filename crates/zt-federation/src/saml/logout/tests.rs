use super::super::tests::{edited, message_id, now, parsed, receipt, them, us};
use super::super::*;
use super::LogoutRequest;
use crate::xml::{WriteError, XmlError};
use MessageError as No;
use proptest::prelude::*;
use zt_types::{Seconds, Timestamp};

const SLO: &str = "https://id.example/saml/slo";

fn request() -> LogoutRequest {
    LogoutRequest {
        id: message_id("_1"),
        issuer: them(),
        destination: Some(SLO.to_owned()),
        issued_at: now(),
        not_on_or_after: Some(now() + Seconds::minutes(5)),
        reason: Some(LogoutReason::User),
        name_id: NameId {
            value: "p1".to_owned(),
            format: Some(NameIdKind::Persistent.format().to_owned()),
            name_qualifier: Some(us().as_str().to_owned()),
            sp_name_qualifier: Some(them().as_str().to_owned()),
        },
        session_indexes: vec!["s1".to_owned(), "s2".to_owned()],
    }
}

fn response(status: Status) -> LogoutResponse {
    LogoutResponse {
        id: message_id("_2"),
        in_response_to: Some(message_id("_1")),
        issuer: them(),
        destination: Some(SLO.to_owned()),
        issued_at: now(),
        status,
    }
}

fn at_logout(from: &EntityId) -> Receipt<'_> {
    Receipt {
        at: SLO,
        ..receipt(from)
    }
}

fn read(text: &str) -> Result<LogoutRequest, MessageError> {
    LogoutRequest::read(&parsed(text), &at_logout(&them()))
}

fn answered(text: &str) -> Result<LogoutResponse, MessageError> {
    LogoutResponse::read(&parsed(text), &at_logout(&them()), &message_id("_1"))
}

#[test]
fn a_sign_out_is_written() {
    insta::assert_snapshot!(request().write().unwrap().text());
}

#[test]
fn an_answer_to_a_sign_out_is_written() {
    let partial = Status {
        top: StatusCode::Success,
        second: Some(StatusCode::PartialLogout),
        message: None,
    };
    insta::assert_snapshot!(response(partial).write().unwrap().text());
}

#[test]
fn what_is_wrong_with_a_sign_out_is_said() {
    let written = request().write().unwrap();
    let name = "</saml:NameID>";
    let indexes = "<samlp:SessionIndex>x</samlp:SessionIndex>".repeat(31);
    let table: Vec<(&str, String, MessageError)> = vec![
        (
            "/saml/slo",
            "/saml/sso".into(),
            No::Destination {
                found: "https://id.example/saml/sso".into(),
                ours: SLO.into(),
            },
        ),
        (
            ">https://wiki.example/saml/metadata<",
            ">https://evil.example<".into(),
            No::OtherIssuer("https://evil.example".into()),
        ),
        (
            "Version=\"2.0\"",
            "Version=\"1.0\"".into(),
            No::Version("1.0".into()),
        ),
        (
            "NotOnOrAfter=\"2026-04-01T00:35:00Z\"",
            "NotOnOrAfter=\"2026-04-01T00:26:59Z\"".into(),
            No::Over,
        ),
        (
            "NotOnOrAfter=\"2026-04-01T00:35:00Z\"",
            "NotOnOrAfter=\"later\"".into(),
            No::Time("NotOnOrAfter"),
        ),
        (
            "IssueInstant=\"2026-04-01T00:30:00Z\"",
            "IssueInstant=\"2026-04-01T00:19:59Z\"".into(),
            No::Old,
        ),
        (
            "IssueInstant=\"2026-04-01T00:30:00Z\"",
            "IssueInstant=\"2026-04-01T00:33:01Z\"".into(),
            No::Early,
        ),
        (
            name,
            format!(
                "{name}<saml:EncryptedID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>"
            ),
            No::Name("EncryptedID".into()),
        ),
        (
            name,
            format!("{name}<saml:BaseID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>"),
            No::Name("BaseID".into()),
        ),
        (
            name,
            format!(
                "{name}<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">p2</saml:NameID>"
            ),
            No::Xml(XmlError::Repeated {
                parent: "LogoutRequest".into(),
                child: "NameID",
            }),
        ),
        (">p1<", "><".into(), No::Nobody),
        (
            name,
            format!("{name}{indexes}"),
            No::TooMuch("SessionIndex"),
        ),
        (
            ">s1<",
            format!(">{}<", "s".repeat(1025)),
            No::TooMuch("SessionIndex"),
        ),
    ];
    for (from, to, wanted) in table {
        let text = edited(written.text(), &[(from, &to)]);
        assert_eq!(read(&text), Err(wanted), "{from} -> {to}");
    }
    let unnamed = request()
        .write()
        .unwrap()
        .text()
        .replace("saml:NameID", "saml:Name");
    assert_eq!(read(&unnamed), Err(No::Nobody));
    assert_eq!(
        read(response(Status::SUCCESS).write().unwrap().text()),
        Err(No::Kind("LogoutResponse".to_owned()))
    );
}

#[test]
fn an_answer_is_to_what_was_asked() {
    let written = response(Status::SUCCESS).write().unwrap();
    assert_eq!(answered(written.text()), Ok(response(Status::SUCCESS)));
    let success = StatusCode::Success.uri();
    let unknown = || No::Value {
        name: "StatusCode",
        value: "urn:x".to_owned(),
    };
    let under = StatusCode::PartialLogout.uri();
    for (from, to, wanted) in [
        (
            "InResponseTo=\"_1\"",
            "InResponseTo=\"_3\"",
            No::Id("InResponseTo"),
        ),
        ("InResponseTo=\"_1\"", "", No::Id("InResponseTo")),
        (
            "/saml/slo",
            "/saml/soap",
            No::Destination {
                found: "https://id.example/saml/soap".into(),
                ours: SLO.into(),
            },
        ),
        (success, "urn:x", unknown()),
        // What stands under another code is none of the first.
        (
            success,
            under,
            No::Value {
                name: "StatusCode",
                value: under.to_owned(),
            },
        ),
        (
            ">https://wiki.example/saml/metadata<",
            ">https://evil.example<",
            No::OtherIssuer("https://evil.example".into()),
        ),
    ] {
        let text = edited(written.text(), &[(from, to)]);
        assert_eq!(answered(&text), Err(wanted), "{from} -> {to}");
    }
}

#[test]
fn how_it_went_is_read() {
    for code in StatusCode::ALL {
        let status = Status::of(code).saying("a sentence");
        let written = response(status).write().unwrap();
        let read = answered(written.text()).unwrap().status;
        assert_eq!(read, Status::of(code));
        assert_eq!(read.is_success(), code == StatusCode::Success);
    }
    let theirs = response(Status::of(StatusCode::PartialLogout))
        .write()
        .unwrap();
    let theirs = theirs
        .text()
        .replace(StatusCode::PartialLogout.uri(), "urn:other");
    let read = answered(&theirs).unwrap().status;
    assert_eq!((read.top, read.second), (StatusCode::Responder, None));
}

#[test]
fn what_xml_cannot_say_is_not_written() {
    let mut request = request();
    request.name_id.value = "p\u{1}".to_owned();
    assert_eq!(request.write(), Err(WriteError::Character(1)));
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        value in "[^\\p{Cc}\\p{Z}\u{fffe}\u{ffff}]([^\\p{Cc}\u{fffe}\u{ffff}]{0,40}[^\\p{Cc}\\p{Z}\u{fffe}\u{ffff}])?",
        format in proptest::option::of("[a-z&<>\"' ]{1,20}"),
        qualifier in proptest::option::of("[a-z&<>\"'\\]]{1,20}"),
        indexes in proptest::collection::vec("[!-~]{1,20}", 0..4),
        until in proptest::option::of(0_u64..1000),
        reason in proptest::option::of(prop_oneof![Just(LogoutReason::User), Just(LogoutReason::Admin)]),
    ) {
        let request = LogoutRequest {
            not_on_or_after: until.map(|until| now() + Seconds(until)),
            reason,
            name_id: NameId { value, format, name_qualifier: qualifier.clone(), sp_name_qualifier: qualifier },
            session_indexes: indexes,
            ..request()
        };
        let written = request.write().unwrap();
        prop_assert_eq!(read(written.text()), Ok(request));
    }

    #[test]
    fn a_time_is_read_as_it_was_written(later in -170_i64..170) {
        let request = LogoutRequest {
            issued_at: Timestamp::from_seconds(now().as_seconds() + later),
            ..request()
        };
        let written = request.write().unwrap();
        prop_assert_eq!(read(written.text()), Ok(request));
    }
}
