//! What we sign is what we verify, and what was verified is what is read.

use super::{ATTACKER, OWNER, message, request};
use crate::xml::{SignatureAlgorithm, SignatureError, canonical, verified, verified_octets};
use proptest::prelude::*;
use zt_federation::saml::XmlAlgorithm;
use zt_federation::xml::{Content, Document, Namespace, Writer};

#[test]
fn what_was_signed_is_what_is_read() {
    for algorithm in XmlAlgorithm::ALL {
        let unsigned = request("_1", "hanako");
        let signed = OWNER.key(algorithm).sign(&unsigned).unwrap();
        let read = verified(&message(&signed), &OWNER.public).unwrap();
        assert_eq!(read.text(), unsigned.text());
        assert_eq!(read.algorithm().uri(), algorithm.uri());
        assert_eq!(
            read.key(),
            usize::from(algorithm == XmlAlgorithm::EcdsaSha256)
        );
        // What is written is canonical with its signature too.
        assert_eq!(canonical(&message(&signed)).unwrap(), signed);

        let refusal = |text: &str| verified(&message(text), &OWNER.public).unwrap_err();
        assert_eq!(
            verified(&message(&signed), &ATTACKER.public),
            Err(SignatureError::BadSignature)
        );
        assert_eq!(verified(&message(&signed), &[]), Err(SignatureError::NoKey));
        assert_eq!(
            refusal(&signed.replace("hanako", "taro")),
            SignatureError::BadDigest
        );
        assert_eq!(refusal(unsigned.text()), SignatureError::NotSigned);
    }
}

#[test]
fn a_query_is_verified_as_it_came() {
    let octets = b"SAMLRequest=a%2Bb&RelayState=c&SigAlg=d";
    for (algorithm, named) in [
        (XmlAlgorithm::RsaSha256, SignatureAlgorithm::RsaSha256),
        (XmlAlgorithm::EcdsaSha256, SignatureAlgorithm::EcdsaSha256),
    ] {
        let signature = OWNER.key(algorithm).sign_octets(octets).unwrap();
        let check =
            |octets: &[u8], signature: &[u8], keys| verified_octets(octets, signature, named, keys);
        assert_eq!(check(octets, &signature, &OWNER.public), Ok(()));
        let other = b"SAMLRequest=a%2bb&RelayState=c&SigAlg=d";
        let bad = Err(SignatureError::BadSignature);
        assert_eq!(check(other, &signature, &OWNER.public), bad);
        assert_eq!(check(octets, b"", &OWNER.public), bad);
        assert_eq!(check(octets, &signature, &ATTACKER.public), bad);
        assert_eq!(check(octets, &signature, &[]), Err(SignatureError::NoKey));
        for another in SignatureAlgorithm::ALL {
            if another != named {
                assert!(verified_octets(octets, &signature, another, &OWNER.public).is_err());
            }
        }
    }
}

#[test]
fn a_document_in_a_document_is_signed_by_itself() {
    let key = OWNER.key(XmlAlgorithm::RsaSha256);
    let mut inner = Writer::new();
    inner
        .start(Namespace::SAML, "Assertion")
        .attribute("ID", "_2")
        .element(Namespace::SAML, "Issuer", "a")
        .signature_here()
        .end();
    let inner = key.sign(&inner.unsigned().unwrap()).unwrap();
    let mut outer = Writer::new();
    outer
        .start(Namespace::SAMLP, "Response")
        .attribute("ID", "_1")
        .element(Namespace::SAML, "Issuer", "a")
        .signature_here()
        .embed(&inner)
        .end();
    let outer = key.sign(&outer.unsigned().unwrap()).unwrap();
    let document = message(&outer);
    assert_eq!(canonical(&document).unwrap(), outer);
    // Two signatures are not what we read, though we write them: a service provider picks.
    assert_eq!(
        verified(&document, &OWNER.public),
        Err(SignatureError::Misplaced)
    );
    assert!(verified(&message(&inner), &OWNER.public).is_ok());
}

#[test]
fn metadata_is_verified_with_its_comments_left_out() {
    let unsigned = request("_1", "hanako");
    let signed = OWNER.key(XmlAlgorithm::RsaSha256).sign(&unsigned).unwrap();
    let commented = format!(
        "<?xml version='1.0'?>\n<!-- a -->{}",
        signed.replace("hanako", "hana<!-- b -->ko")
    );
    let document = Document::parse(&commented, Content::Metadata).unwrap();
    let read = verified(&document, &OWNER.public).unwrap();
    assert_eq!(read.text(), unsigned.text());
}

/// A tree of elements to write.
#[derive(Debug, Clone)]
enum Node {
    Text(String),
    Element(usize, Vec<(usize, String)>, Vec<Node>),
}

const NAMES: [(Namespace, &str); 4] = [
    (Namespace::SAML, "a"),
    (Namespace::SAMLP, "b"),
    (Namespace::DS, "c"),
    (Namespace::SAML, "d"),
];
const ATTRIBUTES: [(Option<Namespace>, &str); 6] = [
    (None, "z"),
    (None, "ID"),
    (Some(Namespace::XML), "lang"),
    (Some(Namespace::XENC), "e"),
    (Some(Namespace::SAML), "f"),
    (Some(Namespace::MD), "e"),
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            prop::sample::select(vec![
                '&', '<', '>', '"', '\'', '\r', '\n', '\t', ' ', ']', '関', '🦊'
            ]),
            prop::char::range('a', 'z'),
        ],
        0..8,
    )
    .prop_map(|characters| characters.into_iter().collect())
}

fn nodes() -> impl Strategy<Value = Node> {
    let attributes = || prop::collection::vec((0..ATTRIBUTES.len(), text()), 0..4);
    let leaf = prop_oneof![
        text().prop_map(Node::Text),
        (0..NAMES.len(), attributes()).prop_map(|(name, said)| Node::Element(name, said, vec![])),
    ];
    leaf.prop_recursive(5, 24, 4, move |inner| {
        (
            0..NAMES.len(),
            attributes(),
            prop::collection::vec(inner, 0..4),
        )
            .prop_map(|(name, said, inside)| Node::Element(name, said, inside))
    })
}

fn write(writer: &mut Writer, node: &Node, next: &mut usize) {
    match node {
        Node::Text(text) => {
            writer.text(text);
        }
        Node::Element(name, attributes, inside) => {
            let (namespace, name) = NAMES[*name];
            writer.start(namespace, name);
            let mut said = vec![];
            for (at, value) in attributes {
                let (namespace, name) = ATTRIBUTES[*at];
                if said.contains(at) {
                    continue;
                }
                said.push(*at);
                *next += 1;
                // Identifiers are there once.
                let value = format!("{value}{next}");
                match namespace {
                    Some(namespace) => writer.attribute_of(namespace, name, &value),
                    None => writer.attribute(name, &value),
                };
            }
            for node in inside {
                write(writer, node, next);
            }
            writer.end();
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_its_own_canonical_form(inside in prop::collection::vec(nodes(), 0..4)) {
        let mut writer = Writer::new();
        write(&mut writer, &Node::Element(0, vec![], inside), &mut 0);
        let text = writer.finish().unwrap();
        let document = Document::parse(&text, Content::Message).unwrap();
        prop_assert_eq!(canonical(&document).unwrap(), text);
    }
}
