use super::super::tests::{certificate, message_id, now, provider, us};
use super::super::*;
use super::MetadataError as No;
use crate::RedirectUriError;
use crate::xml::{Content, Document, XmlError};
use zt_types::{Seconds, Text};

/// What programs write of themselves, in their shapes.
const SHAPES: [(&str, &str); 9] = [
    ("cisco", include_str!("tests/cisco.xml")),
    ("mellon", include_str!("tests/mellon.xml")),
    ("microsoft", include_str!("tests/microsoft.xml")),
    ("node-saml", include_str!("tests/node-saml.xml")),
    ("pysaml2", include_str!("tests/pysaml2.xml")),
    ("python3-saml", include_str!("tests/python3-saml.xml")),
    ("ruby-saml", include_str!("tests/ruby-saml.xml")),
    ("shibboleth", include_str!("tests/shibboleth.xml")),
    ("simplesamlphp", include_str!("tests/simplesamlphp.xml")),
];

/// The least that a service provider says.
const LEAST: &str = r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://wiki.example/saml/metadata">
<md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<md:AssertionConsumerService index="0" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://wiki.example/saml/acs"/>
</md:SPSSODescriptor>
</md:EntityDescriptor>"#;

fn read(text: &str) -> Result<SpMetadata, MetadataError> {
    let document = Document::parse(text, Content::Metadata).unwrap();
    SpMetadata::read(&document, now())
}

fn edited(edits: &[(&str, &str)]) -> String {
    super::super::tests::edited(LEAST, edits)
}

/// With this in the role, before its consumer.
fn with(inside: &str) -> String {
    let consumer = "<md:AssertionConsumerService index=\"0\"";
    edited(&[(consumer, &format!("{inside}{consumer}"))])
}

#[test]
fn what_programs_write_is_read() {
    for (name, text) in SHAPES {
        let read = read(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        insta::assert_debug_snapshot!(name, read);
    }
}

#[test]
fn what_programs_write_makes_a_record() {
    for (name, text) in SHAPES {
        let said = read(text).unwrap();
        let kept = ServiceProvider {
            entity_id: said.entity_id.clone(),
            ..provider()
        };
        let record = said.renewed(&kept, now()).unwrap();
        assert_eq!(record.contradictions(), [], "{name}");
        assert_eq!(record.consumers, said.consumers);
    }
}

#[test]
fn what_metadata_cannot_be_is_said() {
    let value = |name, line| No::Value { name, line };
    let twice = "<md:AssertionConsumerService index=\"0\" Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://wiki.example/2\"/>";
    let role =
        "<md:SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">";
    let protocol = "protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"";
    let key = |inside: &str| {
        with(&format!(
            "<md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{inside}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        ))
    };
    let until = |when: &str| edited(&[("entityID=", &format!("validUntil=\"{when}\" entityID="))]);
    for (text, wanted) in [
        (
            "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"/>".into(),
            No::Federation,
        ),
        ("<html/>".into(), No::Other("html".into())),
        (
            "<EntityDescriptor/>".into(),
            No::Other("EntityDescriptor".into()),
        ),
        (
            edited(&[(" entityID=\"https://wiki.example/saml/metadata\"", "")]),
            No::Xml(XmlError::NoAttribute {
                element: "EntityDescriptor".into(),
                attribute: "entityID",
            }),
        ),
        (
            edited(&[(
                "entityID=\"https://wiki.example/saml/metadata\"",
                "entityID=\"a b\"",
            )]),
            No::EntityId(EntityIdError),
        ),
        (
            edited(&[(
                protocol,
                "protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:1.1:protocol\"",
            )]),
            No::NoRole,
        ),
        (edited(&[(protocol, "")]), No::NoRole),
        (
            LEAST.replace("SPSSODescriptor", "IDPSSODescriptor"),
            No::IdentityProvider,
        ),
        (
            edited(&[(
                "</md:SPSSODescriptor>",
                &format!("</md:SPSSODescriptor>{role}</md:SPSSODescriptor>"),
            )]),
            No::Roles,
        ),
        (until("2026-04-01T00:30:00Z"), No::Expired(now())),
        (until("tomorrow"), value("validUntil", 1)),
        (
            edited(&[(
                role,
                &role.replace(" protocol", " validUntil=\"2026-04-01T00:29:59Z\" protocol"),
            )]),
            No::Expired(now() - Seconds(1)),
        ),
        (
            edited(&[("entityID=", "cacheDuration=\"a week\" entityID=")]),
            value("cacheDuration", 1),
        ),
        (
            edited(&[(
                role,
                &role.replace(" protocol", " AuthnRequestsSigned=\"yes\" protocol"),
            )]),
            value("AuthnRequestsSigned", 2),
        ),
        (
            edited(&[(
                role,
                &role.replace(" protocol", " WantAssertionsSigned=\"\" protocol"),
            )]),
            value("WantAssertionsSigned", 2),
        ),
        (
            edited(&[("index=\"0\"", "index=\"-1\"")]),
            value("index", 3),
        ),
        (
            edited(&[("index=\"0\"", "index=\"65536\"")]),
            value("index", 3),
        ),
        (
            edited(&[("index=\"0\"", "index=\"0\" isDefault=\"maybe\"")]),
            value("isDefault", 3),
        ),
        (
            edited(&[(" index=\"0\"", "")]),
            No::Xml(XmlError::NoAttribute {
                element: "AssertionConsumerService".into(),
                attribute: "index",
            }),
        ),
        (with(twice), value("index", 3)),
        (
            with("<md:KeyDescriptor use=\"both\"><ds:KeyInfo/></md:KeyDescriptor>"),
            value("use", 3),
        ),
        (
            with("<md:KeyDescriptor/>"),
            No::Xml(XmlError::Missing {
                parent: "KeyDescriptor".into(),
                child: "KeyInfo",
            }),
        ),
        (
            key("not base64!"),
            No::Key {
                line: 3,
                why: KeyTextError::Base64,
            },
        ),
        (
            key("MAMCAQ=="),
            No::Key {
                line: 3,
                why: KeyTextError::Der,
            },
        ),
        (
            key("MAMC<!-- -->AQ<b/>E="),
            No::Xml(XmlError::NotText("X509Certificate".into())),
        ),
        (
            edited(&[("HTTP-POST", "HTTP-Artifact")]),
            No::NoConsumer(
                MetadataNote::Binding("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact".into())
                    .to_string(),
            ),
        ),
    ] {
        assert_eq!(read(&text), Err(wanted.clone()), "{text}");
        assert!(!wanted.to_string().ends_with('.'));
    }
}

#[test]
fn nobody_is_sent_to_an_address_that_is_none() {
    for (location, why) in [
        ("javascript:alert(1)", RedirectUriError::Scheme),
        ("data:text/html,hi", RedirectUriError::Scheme),
        ("http://wiki.example/saml/acs", RedirectUriError::Scheme),
        ("https://wiki.example/saml/../acs", RedirectUriError::Path),
        ("https://user@wiki.example/acs", RedirectUriError::Authority),
        ("https://WIKI.example/acs", RedirectUriError::Host),
        ("https://wiki.example/acs#a", RedirectUriError::Fragment),
        ("https://wiki.example/*", RedirectUriError::Wildcard),
    ] {
        let note = MetadataNote::Address {
            location: location.to_owned(),
            why,
        };
        let alone = edited(&[("https://wiki.example/saml/acs", location)]);
        assert_eq!(read(&alone), Err(No::NoConsumer(note.to_string())));
        let beside = with(&format!(
            "<md:AssertionConsumerService index=\"1\" Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{location}\"/><md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{location}\"/>"
        ));
        let said = read(&beside).unwrap();
        assert_eq!((said.consumers.len(), said.logout.len()), (1, 0));
        assert_eq!(said.notes, [note]);
    }
    let own = edited(&[("https://wiki.example/saml/acs", "com.example.wiki:/acs")]);
    let note = MetadataNote::Scheme("com.example.wiki:/acs".to_owned());
    assert_eq!(read(&own), Err(No::NoConsumer(note.to_string())));
}

#[test]
fn a_key_is_for_what_it_says() {
    let key = |attributes: &str, number: u8, methods: &str| {
        let text = certificate(number);
        format!(
            "<md:KeyDescriptor {attributes}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>{methods}</md:KeyDescriptor>",
            text.as_str()
        )
    };
    let method = |algorithm: &str, inside: &str| {
        format!("<md:EncryptionMethod Algorithm=\"{algorithm}\">{inside}</md:EncryptionMethod>")
    };
    let said = read(&with(
        &(key("", 1, "") + &key("use=\"signing\"", 2, "") + &key("use=\"signing\"", 1, "")),
    ))
    .unwrap();
    assert_eq!(said.signing, [certificate(1), certificate(2)]);
    assert_eq!(said.encryption.unwrap().key, certificate(1));

    let cbc = method("http://www.w3.org/2001/04/xmlenc#aes256-cbc", "");
    let gcm128 = method("http://www.w3.org/2009/xmlenc11#aes128-gcm", "");
    let gcm256 = method("http://www.w3.org/2009/xmlenc11#aes256-gcm", "");
    let rsa15 = method("http://www.w3.org/2001/04/xmlenc#rsa-1_5", "");
    let sha256 = "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>";
    let sha512 = "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha512\"/>";
    let mask = "<e:MGF xmlns:e=\"http://www.w3.org/2009/xmlenc11#\" Algorithm=\"http://www.w3.org/2009/xmlenc11#mgf1sha256\"/>";
    let mgf1p = |inside: &str| method("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", inside);
    let oaep = |inside: &str| method("http://www.w3.org/2009/xmlenc11#rsa-oaep", inside);
    use ContentCipher::{Aes128Gcm, Aes256Gcm};
    use KeyTransport::{OaepSha1, OaepSha256};
    for (methods, wanted) in [
        (String::new(), Some((Aes256Gcm, OaepSha1))),
        (gcm128.clone(), Some((Aes128Gcm, OaepSha1))),
        (cbc.clone() + &gcm128 + &gcm256, Some((Aes256Gcm, OaepSha1))),
        (cbc.clone(), None),
        (rsa15.clone(), None),
        (rsa15 + &mgf1p(""), Some((Aes256Gcm, OaepSha1))),
        // The provider of cryptography has one digest for both.
        (mgf1p(sha256), None),
        (oaep(sha256), None),
        (mgf1p(sha512), None),
        (mgf1p(sha512) + &mgf1p(""), Some((Aes256Gcm, OaepSha1))),
        (
            oaep(&format!("{sha256}{mask}")),
            Some((Aes256Gcm, OaepSha256)),
        ),
        (
            mgf1p("") + &oaep(&format!("{sha256}{mask}")),
            Some((Aes256Gcm, OaepSha256)),
        ),
        (cbc + &mgf1p(""), None),
    ] {
        let said = read(&with(&key("use=\"encryption\"", 3, &methods))).unwrap();
        let found = said
            .encryption
            .map(|found| (found.content, found.transport));
        assert_eq!(found, wanted, "{methods}");
        assert_eq!(said.signing, []);
        let is_noted = said.notes == [MetadataNote::WeakEncryption];
        assert_eq!(is_noted, wanted.is_none(), "{methods}");
    }
    let bare = with(
        "<md:KeyDescriptor><ds:KeyInfo><ds:KeyName>a</ds:KeyName></ds:KeyInfo></md:KeyDescriptor>",
    );
    let said = read(&bare).unwrap();
    assert_eq!(said.notes, [MetadataNote::NoCertificate(3)]);
    assert_eq!((said.signing, said.encryption), (vec![], None));
}

#[test]
fn what_counts_ends_with_whatever_ends_first() {
    let text = edited(&[
        (
            "entityID=",
            "validUntil=\"2026-05-01T00:00:00Z\" cacheDuration=\"P1D\" entityID=",
        ),
        (
            " protocolSupport",
            " validUntil=\"2026-04-02T00:30:00.000Z\" cacheDuration=\"PT1H\" protocolSupport",
        ),
    ]);
    let said = read(&text).unwrap();
    assert_eq!(said.valid_until, Some(now() + Seconds::days(1)));
    assert_eq!(said.cache, Some(Seconds::hours(1)));
}

#[test]
fn what_an_administrator_decided_stays() {
    let text = with(
        "<md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>MAMCAQc=</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
    );
    let said = read(&text).unwrap();
    let kept = ServiceProvider {
        name_id: NameIdKind::Email,
        signs: SignedParts::Both,
        requests: RequestSigning::Demanded,
        signing: vec![certificate(1)],
        source: MetadataSource::Uploaded {
            valid_until: Some(now()),
        },
        ..provider()
    };
    let renewed = said.renewed(&kept, now()).unwrap();
    let wanted = ServiceProvider {
        consumers: said.consumers.clone(),
        signing: vec![certificate(7)],
        source: MetadataSource::Uploaded { valid_until: None },
        ..kept.clone()
    };
    assert_eq!(renewed, wanted);
    // It was to be encrypted, and is with the key that it has now.
    let encrypted = ServiceProvider {
        encryption: Some(Encryption {
            key: certificate(1),
            content: ContentCipher::Aes128Gcm,
            transport: KeyTransport::OaepSha1,
        }),
        ..kept
    };
    let renewed = said.renewed(&encrypted, now()).unwrap();
    assert_eq!(renewed.encryption.map(|now| now.key), Some(certificate(7)));
    // Without one, nothing goes unencrypted all of a sudden.
    let said = read(LEAST).unwrap();
    let renewed = said.renewed(&encrypted, now()).unwrap();
    assert_eq!(renewed.encryption, encrypted.encryption);
    let other = ServiceProvider {
        entity_id: us(),
        ..provider()
    };
    assert_eq!(
        said.renewed(&other, now()),
        Err(No::OtherEntity(said.entity_id.clone()))
    );
}

fn ours(certificates: &[&str]) -> String {
    let metadata = IdpMetadata {
        id: &message_id("_m1"),
        entity_id: &us(),
        valid_until: Some(now() + Seconds::days(7)),
        name: &Text {
            ja: "例の会社".to_owned(),
            en: "Example".to_owned(),
        },
        certificates,
        sign_on: "https://id.example/saml/sso",
        logout: "https://id.example/saml/slo",
        soap: "https://id.example/saml/soap",
    };
    metadata.write().unwrap().text().to_owned()
}

#[test]
fn our_own_metadata_is_written() {
    let text = ours(&["MAMCAQE=", "MAMCAQI="]);
    insta::assert_snapshot!(text);
    assert_eq!(read(&text), Err(No::IdentityProvider));
}
