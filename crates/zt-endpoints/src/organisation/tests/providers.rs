//! Service providers of the files.

mod fetched;

use super::*;
use zeroize::Zeroizing;
use zt_crypto::seal::MasterKey;
use zt_crypto::xml::SamlKeyRecord;
use zt_federation::saml::{
    AttributeFormat, LogoutBinding, NameIdKind, RequestSigning, SignedParts, XmlAlgorithm,
};
use zt_types::ClientId;

const ROOMS: &str = r#"
[[application]]
id = "rooms"
name = { ja = "会議室", en = "Rooms" }
description = { ja = "社外の会議", en = "Meetings elsewhere" }
owner = "sato.hanako"
sensitivity = "internal"

[[service_provider]]
id = "rooms"
name = { ja = "会議室", en = "Rooms" }
application = "rooms"
metadata_file = "saml/rooms.xml"
name_id = "email"

[[service_provider.attribute]]
name = "urn:oid:0.9.2342.19200300.100.1.1"
source = "login"
transforms = ["before-at"]
"#;

fn certificate() -> String {
    let master = MasterKey::from_bytes(Zeroizing::new([7; 32])).unwrap();
    let at = Timestamp::parse_rfc3339("2026-04-01T00:00:00Z").unwrap();
    let made = SamlKeyRecord::generate(&master, XmlAlgorithm::EcdsaSha256, "Rooms", at);
    made.unwrap().certificate
}

fn metadata(certificate: &str, consumer: &str) -> String {
    format!(
        r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://rooms.example/saml">
<md:SPSSODescriptor AuthnRequestsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="https://rooms.example/slo"/>
<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{consumer}" index="1"/>
</md:SPSSODescriptor></md:EntityDescriptor>"#
    )
}

fn files(organisation: &str, metadata: &str) -> Files {
    let mut files = with(organisation);
    let name = "saml/rooms.xml".to_owned();
    files.texts.insert(name, metadata.to_owned());
    files
}

#[tokio::test]
async fn a_service_provider_is_what_its_metadata_says_until_it_is_taken_away() {
    let endpoints = empty().await;
    let live = endpoints.live();
    let said = metadata(&certificate(), "https://rooms.example/acs");
    assert_eq!(problems(&files(ROOMS, &said)), "nothing is wrong");
    apply(live, &files(ROOMS, &said), Adopt::Nothing).await;
    let id = ClientId::new("rooms").unwrap();
    let kept = live.read(|state| state.service_providers[&id].clone());
    assert_eq!(kept.entity_id.as_str(), "https://rooms.example/saml");
    assert_eq!(
        kept.consumers[0].location.as_str(),
        "https://rooms.example/acs"
    );
    assert_eq!(kept.requests, RequestSigning::Demanded);
    assert_eq!(kept.signing.len(), 1);
    assert!(kept.logout_by(LogoutBinding::Soap).is_some());
    assert_eq!(
        (kept.name_id, kept.signs),
        (NameIdKind::Email, SignedParts::Both)
    );
    assert_eq!(kept.attributes[0].format, AttributeFormat::Uri);
    assert_eq!(
        printed(&apply(live, &files(ROOMS, &said), Adopt::Nothing).await),
        ""
    );
    let moved = metadata(&certificate(), "https://rooms.example/other");
    let told = printed(&apply(live, &files(ROOMS, &moved), Adopt::Nothing).await);
    assert!(told.contains("consumers"), "{told}");
    apply(live, &example(), Adopt::Nothing).await;
    assert!(live.read(|state| state.service_providers.is_empty()));
}

#[test]
fn metadata_that_counts_not_much_longer_is_told_of() {
    let now = Timestamp::parse_rfc3339("2026-04-01T00:00:00Z").unwrap();
    let fine = metadata(&certificate(), "https://rooms.example/acs");
    let ending = |organisation: &str, until: &str| {
        let said = fine.replace("entityID=", &format!("validUntil=\"{until}\" entityID="));
        let parsed = parse(&files(organisation, &said), now).unwrap();
        let told = ending(&parsed, now).into_iter();
        let told = told.map(|one| format!("{} {}", one.provider, one.until.to_rfc3339()));
        told.collect::<Vec<_>>()
    };
    let soon = "2026-04-30T00:00:00Z";
    assert_eq!(ending(ROOMS, soon), ["rooms 2026-04-30T00:00:00Z"]);
    assert_eq!(ending(ROOMS, "2026-06-01T00:00:00Z"), [""; 0]);
    let fetched = ROOMS.replace(
        "name_id",
        "metadata_url = \"https://rooms.example/saml\"\nname_id",
    );
    assert_eq!(ending(&fetched, soon), [""; 0]);
}

#[test]
fn what_is_wrong_with_a_service_provider_is_told_where_it_stands() {
    let fine = metadata(&certificate(), "https://rooms.example/acs");
    let by_hand = |more: &str| {
        let line = format!("entity_id = \"https://rooms.example/saml\"\n{more}");
        files(
            &ROOMS.replace("metadata_file = \"saml/rooms.xml\"", &line),
            &fine,
        )
    };
    let more = |more: &str| files(&ROOMS.replace("name_id = \"email\"", more), &fine);
    let consumers = "consumers = [\"https://rooms.example/acs\"]";
    let told = [
        files(ROOMS, "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"),
        files(ROOMS, "nonsense"),
        files(
            ROOMS,
            &fine.replace("md:EntityDescriptor", "md:EntitiesDescriptor"),
        ),
        files(ROOMS, &metadata("MAMCAQE=", "https://rooms.example/acs")),
        files(ROOMS, &metadata(&certificate(), "javascript:alert(1)")),
        by_hand(""),
        by_hand("consumers = [\"com.example.rooms:/acs\"]"),
        by_hand("consumers = [\"http://rooms.example/acs\"]"),
        by_hand(&format!("{consumers}\nrequests = \"demanded\"")),
        by_hand(&format!("{consumers}\nencryption = \"required\"")),
        more(consumers),
        more("relay_state = \"/room\""),
        more("metadata_url = \"http://rooms.example/saml\""),
        more("metadata_signing_file = \"saml/rooms.xml\""),
        by_hand(&format!(
            "{consumers}\nmetadata_url = \"https://rooms.example/saml\""
        )),
        files(
            &ROOMS.replace(
                "metadata_file = \"saml/rooms.xml\"",
                "metadata_url = \"https://rooms.example/saml\"",
            ),
            &fine,
        ),
        files(
            &ROOMS.replace("source = \"login\"", "source = \"fixed\""),
            &fine,
        ),
        files(
            &ROOMS.replace("application = \"rooms\"", "application = \"room\""),
            &fine,
        ),
        files(
            &format!(
                "{ROOMS}{}",
                ROOMS.split("[[service_provider]]").nth(1).map_or_else(
                    String::new,
                    |rest| format!("[[client]]{}", rest.split("metadata_file").next().unwrap())
                )
            ),
            &fine,
        ),
    ];
    let told = told.map(|files| problems(&files));
    for one in &told {
        assert_ne!(one, "nothing is wrong");
    }
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn the_words_for_service_providers_are_those_of_the_records() {
    fn known<T: serde::de::DeserializeOwned>(words: &[&str]) {
        for word in words {
            let read: Result<T, _> = serde_json::from_value(serde_json::json!(word));
            assert!(read.is_ok(), "{word}");
        }
    }
    known::<RequestSigning>(zt_identity::REQUEST_DEMANDS);
    known::<SignedParts>(zt_identity::SIGNED_PARTS);
    known::<XmlAlgorithm>(zt_identity::XML_ALGORITHMS);
    known::<NameIdKind>(zt_identity::NAME_IDS);
    known::<LogoutBinding>(zt_identity::LOGOUT_BINDINGS);
    known::<AttributeFormat>(zt_identity::ATTRIBUTE_FORMATS);
    known::<zt_federation::saml::Transform>(zt_identity::TRANSFORMS);
    let [sources @ .., fixed] = zt_identity::ATTRIBUTE_SOURCES else {
        panic!("no sources");
    };
    known::<zt_federation::saml::AttributeSource>(sources);
    assert_eq!(*fixed, "fixed");
}
