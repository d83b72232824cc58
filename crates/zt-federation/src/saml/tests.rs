//! Service providers that the tests of this module register.

use super::*;
use crate::StepUp;
use crate::tests::uris;
use crate::xml::{Content, Document};
use zt_types::{AppId, ClientId, ManagedBy, Seconds, Text, Timestamp};

/// Where the tests' messages come.
pub(super) const SSO: &str = "https://id.example/saml/sso";

/// The time of the tests, and of their messages.
pub(super) fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-04-01T00:30:00Z").unwrap()
}

/// A certificate, so far as anything here looks at it; `number` tells one from another.
pub(super) fn certificate(number: u8) -> KeyText {
    KeyText::from_der(&[0x30, 3, 2, 1, number]).unwrap()
}

/// Us.
pub(super) fn us() -> EntityId {
    EntityId::parse("https://id.example/saml/metadata").unwrap()
}

/// The service provider of [`provider`].
pub(super) fn them() -> EntityId {
    provider().entity_id
}

pub(super) fn message_id(text: &str) -> MessageId {
    MessageId::parse(text).unwrap()
}

/// How a message comes that nobody signed.
pub(super) fn receipt(from: &EntityId) -> Receipt<'_> {
    Receipt {
        from,
        at: SSO,
        signature: Signature::Absent,
        now: now(),
    }
}

/// `text` with each of `edits` made, which must be possible once.
pub(super) fn edited(text: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(text.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {text}");
        text.replace(from, to)
    })
}

pub(super) fn parsed(text: &str) -> Document<'_> {
    Document::parse(text, Content::Message).unwrap()
}

/// A service provider with two consumers that signs nothing.
pub(super) fn provider() -> ServiceProvider {
    let [post, other]: [_; 2] = uris::<Vec<_>>(&[
        "https://wiki.example/saml/acs",
        "https://wiki.example/saml/acs2",
    ])
    .try_into()
    .unwrap();
    ServiceProvider {
        id: ClientId::new("wiki-saml").unwrap(),
        entity_id: EntityId::parse("https://wiki.example/saml/metadata").unwrap(),
        name: Text {
            ja: "社内 wiki".to_owned(),
            en: "Wiki".to_owned(),
        },
        app: AppId::new("wiki").unwrap(),
        consumers: vec![
            Consumer {
                index: 0,
                location: post,
                is_default: false,
            },
            Consumer {
                index: 7,
                location: other,
                is_default: false,
            },
        ],
        logout: Vec::new(),
        signing: Vec::new(),
        encryption: None,
        requests: RequestSigning::AsTheyCome,
        signs: SignedParts::Assertion,
        algorithm: XmlAlgorithm::RsaSha256,
        name_id: NameIdKind::Persistent,
        attributes: Vec::new(),
        step_up: StepUp::default(),
        unsolicited: Unsolicited::Refused,
        session: None,
        home: None,
        source: MetadataSource::Written,
        managed_by: ManagedBy::Console,
    }
}

#[test]
fn a_record_is_read_as_it_was_kept() {
    let kept = serde_json::to_string(&provider()).unwrap();
    assert_eq!(
        serde_json::from_str::<ServiceProvider>(&kept).unwrap(),
        provider()
    );
    insta::assert_snapshot!(kept);
}

#[test]
fn what_is_known_of_it_counts_no_longer_than_it_says() {
    let until = now() + Seconds::hours(1);
    for (source, before, after) in [
        (MetadataSource::Written, true, true),
        (MetadataSource::Uploaded { valid_until: None }, true, true),
        (
            MetadataSource::Uploaded {
                valid_until: Some(until),
            },
            true,
            false,
        ),
    ] {
        let provider = ServiceProvider {
            source,
            ..provider()
        };
        assert_eq!(provider.is_current(now()), before, "{provider:?}");
        assert_eq!(provider.is_current(until), after, "{provider:?}");
    }
}
