use super::super::tests::{SSO, edited, message_id, now, parsed, provider, receipt, them};
use super::super::*;
use crate::xml::XmlError;
use MessageError as No;
use zt_types::Seconds;

/// As python3-saml and its relatives write it.
const REQUEST: &str = r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_5c1a" Version="2.0" IssueInstant="2026-04-01T00:29:58Z" Destination="https://id.example/saml/sso" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" AssertionConsumerServiceURL="https://wiki.example/saml/acs2">
  <saml:Issuer>https://wiki.example/saml/metadata</saml:Issuer>
  <samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress" AllowCreate="true"/>
  <samlp:RequestedAuthnContext Comparison="exact">
    <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef>
  </samlp:RequestedAuthnContext>
</samlp:AuthnRequest>"#;

fn read(edits: &[(&str, &str)]) -> Result<AuthnRequest, MessageError> {
    AuthnRequest::read(&parsed(&edited(REQUEST, edits)), &receipt(&them()))
}

fn refused(edits: &[(&str, &str)]) -> MessageError {
    read(edits).unwrap_err()
}

#[test]
fn a_request_is_read() {
    let request = read(&[]).unwrap();
    insta::assert_json_snapshot!(request);
    let kept = serde_json::to_string(&request).unwrap();
    assert_eq!(
        serde_json::from_str::<AuthnRequest>(&kept).unwrap(),
        request
    );
}

#[test]
fn the_least_that_a_request_says_is_enough() {
    let least = r#"<AuthnRequest xmlns="urn:oasis:names:tc:SAML:2.0:protocol" ID="a" Version="2.0" IssueInstant="2026-04-01T00:30:00.123456Z"><Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion" Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">https://wiki.example/saml/metadata</Issuer></AuthnRequest>"#;
    let request = AuthnRequest::read(&parsed(least), &receipt(&them())).unwrap();
    assert_eq!(request.consumer, Wanted::Default);
    assert!(!request.force && !request.passive);
    assert_eq!(
        (request.name_id_policy, request.context, request.subject),
        (None, None, None)
    );
}

#[test]
fn what_is_asked_of_her_is_read() {
    let with = |attribute: &str| {
        let request = read(&[(" ID=", &format!(" {attribute} ID="))]).unwrap();
        (request.force, request.passive)
    };
    assert_eq!(with("ForceAuthn=\"true\""), (true, false));
    assert_eq!(with("ForceAuthn=\"1\" IsPassive=\"0\""), (true, false));
    assert_eq!(with("ForceAuthn=\"false\" IsPassive=\"1\""), (false, true));
    let hinted = read(&[(
        "<samlp:NameIDPolicy",
        "<saml:Subject><saml:NameID>aiko@example.com</saml:NameID></saml:Subject><samlp:NameIDPolicy",
    )]);
    assert_eq!(hinted.unwrap().subject.unwrap().value, "aiko@example.com");
}

#[test]
fn what_is_wrong_with_a_request_is_said() {
    let value = |name, value: &str| No::Value {
        name,
        value: value.to_owned(),
    };
    let elsewhere = |found: &str| No::Destination {
        found: found.to_owned(),
        ours: SSO.to_owned(),
    };
    let issued = "2026-04-01T00:29:58Z";
    let to = "https://id.example/saml/sso";
    let entity = ">https://wiki.example/saml/metadata<";
    let inside = "<samlp:NameIDPolicy";
    let binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
    let before = |element: &str| format!("{element}{inside}");
    let conditions = |attributes: &str, inner: &str| {
        before(&format!(
            "<saml:Conditions {attributes}>{inner}</saml:Conditions>"
        ))
    };
    let audience = |name: &str| {
        format!(
            "<saml:AudienceRestriction><saml:Audience>{name}</saml:Audience></saml:AudienceRestriction>"
        )
    };
    let many = "<saml:AuthnContextClassRef>a</saml:AuthnContextClassRef>".repeat(33);
    let long = "a".repeat(2049);
    let table: Vec<(&str, String, MessageError)> = vec![
        // Where it is for.
        (
            to,
            "https://id.example/saml/slo".into(),
            elsewhere("https://id.example/saml/slo"),
        ),
        (
            to,
            "https://id.example/saml/sso/".into(),
            elsewhere("https://id.example/saml/sso/"),
        ),
        (
            to,
            "https://ID.example/saml/sso".into(),
            elsewhere("https://ID.example/saml/sso"),
        ),
        (
            to,
            "https://id.example.evil/saml/sso".into(),
            elsewhere("https://id.example.evil/saml/sso"),
        ),
        // Of whom.
        (
            entity,
            ">https://evil.example/saml/metadata<".into(),
            No::OtherIssuer("https://evil.example/saml/metadata".into()),
        ),
        (
            entity,
            ">https://wiki.example/saml/metadata/<".into(),
            No::OtherIssuer("https://wiki.example/saml/metadata/".into()),
        ),
        (entity, "><".into(), No::Issuer),
        (entity, ">a b<".into(), No::Issuer),
        (
            "<saml:Issuer>",
            "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">".into(),
            No::Issuer,
        ),
        (
            "<saml:Issuer>",
            "<saml:Issuer NameQualifier=\"a\">".into(),
            No::Issuer,
        ),
        (
            inside,
            before("<saml:Issuer>https://wiki.example/saml/metadata</saml:Issuer>"),
            No::Xml(XmlError::Repeated {
                parent: "AuthnRequest".into(),
                child: "Issuer",
            }),
        ),
        // Of which version, and what it is called.
        (
            "Version=\"2.0\"",
            "Version=\"1.1\"".into(),
            No::Version("1.1".into()),
        ),
        (
            "Version=\"2.0\"",
            "Version=\"2.00\"".into(),
            No::Version("2.00".into()),
        ),
        (
            "Version=\"2.0\"",
            "".into(),
            No::Xml(XmlError::NoAttribute {
                element: "AuthnRequest".into(),
                attribute: "Version",
            }),
        ),
        ("_5c1a", "5c1a".into(), No::Id("ID")),
        ("_5c1a", "".into(), No::Id("ID")),
        ("_5c1a", "_5c1a b".into(), No::Id("ID")),
        ("_5c1a", "_\u{e9}".into(), No::Id("ID")),
        ("_5c1a", "a".repeat(257), No::Id("ID")),
        // When.
        (issued, "2026-04-01T00:19:59Z".into(), No::Old),
        (issued, "2026-04-01T00:33:01Z".into(), No::Early),
        (
            issued,
            "2026-04-01T09:29:58+09:00".into(),
            No::Time("IssueInstant"),
        ),
        (
            issued,
            "2026-04-01T00:29:58".into(),
            No::Time("IssueInstant"),
        ),
        (
            " IssueInstant=\"2026-04-01T00:29:58Z\"",
            "".into(),
            No::Time("IssueInstant"),
        ),
        (
            inside,
            conditions("NotOnOrAfter=\"2026-04-01T00:27:00Z\"", ""),
            No::Over,
        ),
        (
            inside,
            conditions("NotBefore=\"2026-04-01T00:33:01Z\"", ""),
            No::Early,
        ),
        (
            inside,
            conditions("NotBefore=\"soon\"", ""),
            No::Time("NotBefore"),
        ),
        // For whom.
        (
            inside,
            conditions("", &audience("https://evil.example")),
            No::Audience,
        ),
        (
            inside,
            conditions(
                "",
                &(audience("https://wiki.example/saml/metadata")
                    + &audience("https://evil.example")),
            ),
            No::Audience,
        ),
        (
            inside,
            conditions("", "<saml:AudienceRestriction/>"),
            No::Audience,
        ),
        // How it is to be answered.
        (
            binding,
            "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact".into(),
            No::Binding("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact".into()),
        ),
        (
            binding,
            "urn:oasis:names:tc:SAML:2.0:bindings:PAOS".into(),
            No::Binding("urn:oasis:names:tc:SAML:2.0:bindings:PAOS".into()),
        ),
        (
            binding,
            "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect".into(),
            No::Binding("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect".into()),
        ),
        (
            " ProtocolBinding=",
            " AssertionConsumerServiceIndex=\"0\" ProtocolBinding=".into(),
            No::Both(
                "AssertionConsumerServiceURL",
                "AssertionConsumerServiceIndex",
            ),
        ),
        (
            "AssertionConsumerServiceURL=\"https://wiki.example/saml/acs2\"",
            "AssertionConsumerServiceIndex=\"+7\"".into(),
            value("AssertionConsumerServiceIndex", "+7"),
        ),
        (
            "AssertionConsumerServiceURL=\"https://wiki.example/saml/acs2\"",
            "AssertionConsumerServiceIndex=\"65536\"".into(),
            value("AssertionConsumerServiceIndex", "65536"),
        ),
        (
            "https://wiki.example/saml/acs2",
            long,
            No::TooMuch("AssertionConsumerServiceURL"),
        ),
        // What is asked of her.
        (
            " ProtocolBinding=",
            " ForceAuthn=\"yes\" ProtocolBinding=".into(),
            value("ForceAuthn", "yes"),
        ),
        (
            " ProtocolBinding=",
            " IsPassive=\"TRUE\" ProtocolBinding=".into(),
            value("IsPassive", "TRUE"),
        ),
        (
            "AllowCreate=\"true\"",
            "AllowCreate=\"maybe\"".into(),
            value("AllowCreate", "maybe"),
        ),
        (
            "\"exact\"",
            "\"equal\"".into(),
            value("Comparison", "equal"),
        ),
        (
            "<samlp:RequestedAuthnContext Comparison=\"exact\">",
            "<samlp:RequestedAuthnContext><saml:AuthnContextDeclRef>a</saml:AuthnContextDeclRef>"
                .into(),
            No::Declared,
        ),
        (
            "<samlp:RequestedAuthnContext Comparison=\"exact\">",
            format!("<samlp:RequestedAuthnContext>{many}"),
            No::TooMuch("AuthnContextClassRef"),
        ),
        // Who she is.
        (
            inside,
            before(
                "<saml:Subject><saml:NameID>a</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"/></saml:Subject>",
            ),
            No::Confirmation,
        ),
        (
            inside,
            before("<saml:Subject><saml:EncryptedID/></saml:Subject>"),
            No::Name("EncryptedID".into()),
        ),
        (
            inside,
            before("<saml:Subject><saml:NameID> </saml:NameID></saml:Subject>"),
            No::Nobody,
        ),
        // What it is at all.
        (
            inside,
            before("and more"),
            No::Xml(XmlError::StrayText("AuthnRequest".into())),
        ),
        (
            inside,
            before("<samlp:RequestedAuthnContext/>"),
            No::Xml(XmlError::Repeated {
                parent: "AuthnRequest".into(),
                child: "RequestedAuthnContext",
            }),
        ),
    ];
    for (from, to, wanted) in table {
        assert_eq!(refused(&[(from, &to)]), wanted, "{from} -> {to}");
        let said = wanted.to_string();
        assert!(!said.ends_with('.') && !said.is_empty(), "{said}");
        assert!(wanted.status().top != StatusCode::Success);
    }
}

#[test]
fn another_message_is_none() {
    for name in ["LogoutRequest", "Response", "ArtifactResolve"] {
        let text = REQUEST.replace("AuthnRequest", name);
        let read = AuthnRequest::read(&parsed(&text), &receipt(&them()));
        assert_eq!(read, Err(No::Kind(name.to_owned())));
    }
    let text = REQUEST.replace("SAML:2.0:protocol", "SAML:1.0:protocol");
    let read = AuthnRequest::read(&parsed(&text), &receipt(&them()));
    assert_eq!(read, Err(No::Kind("AuthnRequest".to_owned())));
}

#[test]
fn a_signed_request_says_where_it_goes() {
    let them = them();
    let signed = Receipt {
        signature: Signature::Present,
        ..receipt(&them)
    };
    for nowhere in ["", "Destination=\"\""] {
        let text = edited(
            REQUEST,
            &[("Destination=\"https://id.example/saml/sso\"", nowhere)],
        );
        let document = parsed(&text);
        assert_eq!(
            AuthnRequest::read(&document, &signed),
            Err(No::NoDestination)
        );
        assert!(AuthnRequest::read(&document, &receipt(&them)).is_ok());
    }
    assert!(AuthnRequest::read(&parsed(REQUEST), &signed).is_ok());
}

#[test]
fn clocks_may_be_a_little_off() {
    let them = them();
    for (later, wanted) in [(Seconds(598), Ok(())), (Seconds(599), Err(No::Old))] {
        let late = Receipt {
            now: now() + later,
            ..receipt(&them)
        };
        let read = AuthnRequest::read(&parsed(REQUEST), &late).map(|_| ());
        assert_eq!(read, wanted, "{later:?}");
    }
}

#[test]
fn who_it_says_it_is_of_is_known_before_it_is_believed() {
    let claimed = Claimed::of(&parsed(REQUEST)).unwrap();
    assert_eq!(claimed.kind, MessageKind::AuthnRequest);
    assert_eq!(claimed.issuer, them());
    assert_eq!(claimed.signature, Signature::Absent);
    // Wherever a signature is, it is one.
    for place in ["<samlp:NameIDPolicy", "</samlp:RequestedAuthnContext>"] {
        let signed =
            format!("<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>{place}");
        let text = edited(REQUEST, &[(place, &signed)]);
        let claimed = Claimed::of(&parsed(&text)).unwrap();
        assert_eq!(claimed.signature, Signature::Present);
    }
    let other = REQUEST.replace("AuthnRequest", "Response");
    assert_eq!(
        Claimed::of(&parsed(&other)),
        Err(No::Kind("Response".to_owned()))
    );
    let nobody = edited(REQUEST, &[(">https://wiki.example/saml/metadata<", "><")]);
    assert_eq!(Claimed::of(&parsed(&nobody)), Err(No::Issuer));
}

#[test]
fn an_answer_goes_where_the_record_says() {
    let asking = |consumer: Wanted| AuthnRequest {
        consumer,
        ..read(&[]).unwrap()
    };
    let url = |url: &str| asking(Wanted::Url(url.to_owned()));
    let at = |provider: &ServiceProvider, request: &AuthnRequest| {
        let consumer = provider.consumer(request);
        consumer.map(|consumer| consumer.location.as_str().to_owned())
    };
    let first = || Ok("https://wiki.example/saml/acs".to_owned());
    let second = || Ok("https://wiki.example/saml/acs2".to_owned());
    let plain = provider();
    let mut with_default = provider();
    with_default.consumers[1].is_default = true;
    assert_eq!(at(&plain, &asking(Wanted::Default)), first());
    assert_eq!(at(&with_default, &asking(Wanted::Default)), second());
    assert_eq!(at(&with_default, &asking(Wanted::Index(0))), first());
    assert_eq!(at(&plain, &asking(Wanted::Index(7))), second());
    assert_eq!(at(&plain, &url("https://wiki.example/saml/acs2")), second());
    for index in [1, 2, 65535] {
        assert_eq!(
            at(&with_default, &asking(Wanted::Index(index))),
            Err(ConsumerError::Index(index))
        );
    }
    for elsewhere in [
        "",
        "javascript:alert(1)",
        "data:text/html,hi",
        "https://evil.example/saml/acs",
        "https://wiki.example.evil/saml/acs",
        "https://wiki.example/saml/acs/",
        "https://wiki.example/saml/acs?x=1",
        "https://wiki.example/saml/acs#x",
        "https://wiki.example/saml/../saml/acs",
        "https://wiki.example:443/saml/acs",
        "https://WIKI.example/saml/acs",
        "https://user@wiki.example/saml/acs",
        "http://wiki.example/saml/acs",
        " https://wiki.example/saml/acs",
        "https://wiki.example/saml/%61cs",
        "//wiki.example/saml/acs",
        "/saml/acs",
    ] {
        assert_eq!(
            at(&with_default, &url(elsewhere)),
            Err(ConsumerError::Unregistered(elsewhere.to_owned()))
        );
    }
    let nowhere = ServiceProvider {
        consumers: Vec::new(),
        ..provider()
    };
    assert_eq!(
        at(&nowhere, &asking(Wanted::Default)),
        Err(ConsumerError::Nowhere)
    );
}

#[test]
fn an_id_of_ours_is_one_of_others_too() {
    let ours = MessageId::from_random([0xa0; 16]);
    assert_eq!(ours.as_str(), "_a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0");
    assert_eq!(message_id(ours.as_str()), ours);
}
