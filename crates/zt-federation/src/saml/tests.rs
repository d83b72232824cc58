//! Service providers that the tests of this module register.

use super::*;
use crate::StepUp;
use crate::tests::uris;
use zt_types::{AppId, ClientId, ManagedBy, Text};

/// A service provider with two consumers that signs nothing.
pub(crate) fn provider() -> ServiceProvider {
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
