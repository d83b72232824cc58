//! Every document of SAML that we write, signed and encrypted as it is sent, is what the schemas say.

use crate::tool::run;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;
use zt_crypto::seal::MasterKey;
use zt_crypto::xml::{EncryptionKey, SamlKeyring, encrypted};
use zt_federation::RedirectUri;
use zt_federation::saml::{
    Assertion, Attribute, AttributeFormat, AttributeRule, AttributeSource, ContentCipher,
    Encryption, EntityId, IdpMetadata, KeyText, KeyTransport, LogoutReason, LogoutRequest,
    LogoutResponse, MessageId, NameIdKind, Outcome, PersonNames, Response, Status, StatusCode,
    XmlAlgorithm, class_of, encrypted_assertion, soap_fault, soap_wrapped,
};
use zt_federation::xml::Unsigned;
use zt_types::{Assurance, Seconds, Text, Timestamp};

/// 2026-09-21.
const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// The peers' Python with lxml in it, on documents; what it says of each.
fn validated(documents: &[(String, String)]) -> (bool, String) {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no configuration; xtask tells them where the peers are"
    )]
    let told = std::env::var_os("ZT_PEERS");
    let peers = told.map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/peers"),
        PathBuf::from,
    );
    let python = peers.join("venv/bin/python");
    assert!(
        python.exists(),
        "no `{}`: run `cargo xtask peers`",
        python.display()
    );
    let folder = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/schema_peer.py");
    let mut arguments = vec![script.to_owned()];
    for (name, document) in documents {
        let path = folder.path().join(name);
        std::fs::write(&path, document).unwrap();
        arguments.push(path.to_str().unwrap().to_owned());
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let out = run(python.to_str().unwrap(), "python3-venv", &arguments);
    let said = [out.stdout, out.stderr].concat();
    (
        out.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn id(text: &str) -> MessageId {
    MessageId::parse(text).unwrap()
}

fn us() -> EntityId {
    EntityId::parse("https://id.example/saml/metadata").unwrap()
}

fn them() -> EntityId {
    EntityId::parse("https://wiki.example/saml/metadata?a=b&c").unwrap()
}

fn consumer() -> RedirectUri {
    RedirectUri::parse("https://wiki.example/saml/acs?a=b&c").unwrap()
}

/// An assertion with everything in it, or with as little as there can be.
fn assertion(kind: NameIdKind, attributes: &[Attribute<'_>]) -> Unsigned {
    let person = PersonNames {
        login: "aiko",
        email: Some("aiko@example.com"),
        persistent: "p1",
        transient: "t1",
    };
    let asked = id("_q1");
    let is_full = !attributes.is_empty();
    Assertion {
        id: &id("_a1"),
        issuer: &us(),
        issued_at: NOW,
        name_id: &kind.name(&person, &us(), &them()).unwrap(),
        in_response_to: is_full.then_some(&asked),
        recipient: &consumer(),
        audience: &them(),
        authenticated_at: NOW - Seconds::minutes(5),
        session_index: "s1",
        session_ends_at: is_full.then_some(NOW + Seconds::hours(8)),
        class: class_of(Assurance::PhishingResistant),
        attributes,
    }
    .write()
    .unwrap()
}

fn response(outcome: Outcome<'_>) -> Unsigned {
    let response = Response {
        id: &id("_r1"),
        in_response_to: Some(&id("_q1")),
        issuer: &us(),
        destination: &consumer(),
        issued_at: NOW,
        outcome,
    };
    response.write().unwrap()
}

fn sign_out() -> LogoutRequest {
    let person = PersonNames {
        login: "aiko",
        email: None,
        persistent: "p1",
        transient: "t1",
    };
    LogoutRequest {
        id: id("_o1"),
        issuer: us(),
        destination: Some("https://wiki.example/slo".to_owned()),
        issued_at: NOW,
        not_on_or_after: Some(NOW + Seconds::minutes(5)),
        reason: Some(LogoutReason::Admin),
        name_id: NameIdKind::Persistent
            .name(&person, &us(), &them())
            .unwrap(),
        session_indexes: vec!["s1".to_owned(), "s2".to_owned()],
    }
}

fn answer(status: Status) -> Unsigned {
    let answer = LogoutResponse {
        id: id("_o2"),
        in_response_to: Some(id("_q2")),
        issuer: us(),
        destination: Some("https://wiki.example/slo".to_owned()),
        issued_at: NOW,
        status,
    };
    answer.write().unwrap()
}

fn metadata(certificates: &[&str]) -> Unsigned {
    let metadata = IdpMetadata {
        id: &id("_m1"),
        entity_id: &us(),
        valid_until: Some(NOW + Seconds::days(7)),
        name: &Text {
            ja: "関所商事".to_owned(),
            en: "Sekisho & Co".to_owned(),
        },
        certificates,
        sign_on: "https://id.example/saml/sso",
        logout: "https://id.example/saml/slo",
        soap: "https://id.example/saml/soap",
    };
    metadata.write().unwrap()
}

#[test]
fn what_we_write_is_valid() {
    let master = MasterKey::from_bytes(Zeroizing::new([1; 32])).unwrap();
    let records = SamlKeyring::completed(vec![], &master, "関所商事", NOW).unwrap();
    let keyring = SamlKeyring::open(&master, records).unwrap();
    let rule = AttributeRule {
        name: "urn:oid:2.16.840.1.113730.3.1.241".to_owned(),
        format: AttributeFormat::Uri,
        friendly: Some("displayName".to_owned()),
        source: AttributeSource::Name,
        transforms: Vec::new(),
    };
    let attributes = [Attribute {
        rule: &rule,
        values: vec!["佐藤 <愛子>".to_owned(), "Aiko & Co".to_owned()],
    }];
    let certificates: Vec<&str> = keyring.published().collect();
    let rsa = keyring.signer(XmlAlgorithm::RsaSha256).unwrap();
    let mut documents = Vec::new();
    let mut add = |name: &str, text: String| documents.push((format!("{name}.xml"), text));
    for algorithm in XmlAlgorithm::ALL {
        let key = keyring.signer(algorithm).unwrap();
        let by = algorithm.as_str();
        let signed = key.sign(&assertion(NameIdKind::Persistent, &attributes));
        let signed = signed.unwrap();
        let whole = response(Outcome::Assertion(&signed));
        add(&format!("{by}-response-unsigned"), whole.text().to_owned());
        add(&format!("{by}-response"), key.sign(&whole).unwrap());
        add(&format!("{by}-assertion"), signed);
        add(
            &format!("{by}-logout-request"),
            key.sign(&sign_out().write().unwrap()).unwrap(),
        );
        // As a browser carries it: in a form signed inside, in an address beside it.
        let led = LogoutRequest {
            reason: Some(LogoutReason::User),
            session_indexes: vec!["s1".to_owned()],
            ..sign_out()
        };
        let led = led.write().unwrap();
        add(
            &format!("{by}-logout-request-post"),
            key.sign(&led).unwrap(),
        );
        add(
            &format!("{by}-logout-request-redirect"),
            led.text().to_owned(),
        );
        let answer = key.sign(&answer(Status::SUCCESS)).unwrap();
        add(
            &format!("{by}-logout-response-soap"),
            soap_wrapped(&answer).unwrap(),
        );
        add(&format!("{by}-logout-response"), answer);
        add(
            &format!("{by}-metadata"),
            key.sign(&metadata(&certificates)).unwrap(),
        );
    }
    for kind in NameIdKind::ALL {
        let name = kind.as_str();
        add(
            &format!("{name}-assertion"),
            assertion(kind, &[]).text().to_owned(),
        );
    }
    for code in StatusCode::ALL {
        let status = Status::of(code).saying("not today");
        let refusal = response(Outcome::Status(status));
        add(&format!("{code:?}-response"), refusal.text().to_owned());
        let answer = answer(Status::of(code));
        add(&format!("{code:?}-logout"), answer.text().to_owned());
    }
    for content in ContentCipher::ALL {
        for transport in KeyTransport::ALL {
            let to = EncryptionKey::of(&Encryption {
                key: KeyText::from_der(rsa.certificate()).unwrap(),
                content,
                transport,
            });
            let signed = rsa.sign(&assertion(NameIdKind::Email, &attributes));
            let data = encrypted(&signed.unwrap(), &to.unwrap()).unwrap();
            let element = encrypted_assertion(&data).unwrap();
            let whole = response(Outcome::Assertion(&element));
            let name = format!("{}-{}", content.as_str(), transport.as_str());
            add(&name, rsa.sign(&whole).unwrap());
        }
    }
    add("fault", soap_fault("the message is over"));
    let (are_valid, said) = validated(&documents);
    assert!(are_valid, "{said}");
    assert_eq!(said.lines().count(), documents.len(), "{said}");
}

/// Whoever takes everything for valid says nothing.
#[test]
fn what_is_not_valid_is_seen() {
    let good = response(Outcome::Status(Status::DENIED)).text().to_owned();
    let signed = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"></ds:Signature>";
    for (from, to) in [
        (" Version=\"2.0\"", ""),
        (" ID=\"_r1\"", " ID=\"1\""),
        ("IssueInstant=\"2026", "IssueInstant=\"26"),
        (
            "</samlp:Status>",
            "</samlp:Status><samlp:Status></samlp:Status>",
        ),
        ("</saml:Issuer>", &format!("</saml:Issuer>{signed}")),
        (" Destination=", " Recipient="),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        let (are_valid, said) = validated(&[("bad.xml".to_owned(), bad)]);
        assert!(
            !are_valid && said.starts_with("wrong bad.xml"),
            "{to}: {said}"
        );
    }
}
