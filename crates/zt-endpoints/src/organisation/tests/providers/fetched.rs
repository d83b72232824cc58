//! Service providers of the files that publish their metadata at an address.

use super::*;
use crate::fixtures::{Site, empty_calling};
use zt_crypto::jose::KeyState;
use zt_crypto::xml::{SamlKeyRecord, SamlKeyring};
use zt_events::Body;
use zt_federation::saml::{MetadataLack, ServiceProvider};
use zt_federation::xml::{Namespace, Writer};
use zt_live::MetadataFetching;
use zt_store::EventFilter;
use zt_types::Seconds;

const XML: &str = "application/samlmetadata+xml; charset=utf-8";
const ENTITY: &str = "https://rooms.example/saml";
const ACS: &str = "https://rooms.example/acs";

/// A server beside what a service provider publishes.
struct Beside {
    site: Site,
    endpoints: crate::Endpoints,
}

impl Beside {
    async fn start() -> Self {
        let site = Site::start(XML).await;
        let endpoints = empty_calling(site.outbound()).await;
        tokio::spawn(endpoints.clone().fetch_provider_metadata());
        Self { site, endpoints }
    }

    fn live(&self) -> &Live {
        self.endpoints.live()
    }

    /// Applies files with the service provider at the address.
    async fn apply(&self, more: &str) -> String {
        let lines = apply(self.live(), &self.files(more), Adopt::Nothing).await;
        printed(&lines)
    }

    fn files(&self, more: &str) -> Files {
        let at = format!("metadata_url = \"{}\"\n{more}", self.site.at);
        let mut files = with(&ROOMS.replace("metadata_file = \"saml/rooms.xml\"", &at));
        for (name, text) in [("signer", signer(1)), ("another", signer(2))] {
            let name = format!("saml/{name}.pem");
            files
                .texts
                .insert(name, pem(&text.records()[0].certificate));
        }
        let name = "saml/rooms.xml".to_owned();
        files.texts.insert(name, metadata(&certificate(), ACS));
        files
    }

    fn kept(&self) -> ServiceProvider {
        self.live()
            .read(|state| state.service_providers[&rooms()].clone())
    }

    fn consumer(&self) -> Option<String> {
        let kept = self.kept();
        let consumer = kept.consumers.first();
        consumer.map(|consumer| consumer.location.as_str().to_owned())
    }

    fn lack(&self) -> Option<MetadataLack> {
        self.kept().lack(self.live().clock().now())
    }

    /// Waits until it was tried once more than that often.
    async fn tried_after(&self, before: Option<&MetadataFetching>) -> MetadataFetching {
        loop {
            match self.live().metadata_fetching(&self.kept()) {
                Some(known) if Some(&known) != before => return known,
                _ => tokio::task::yield_now().await,
            }
        }
    }

    fn pass(&self, span: Seconds) {
        let span = std::time::Duration::from_secs(span.0);
        self.live().clock().advance(span);
    }

    /// Somebody presses the button.
    async fn fetch(&self) -> MetadataFetching {
        self.pass(Seconds(1));
        self.live().fetch_metadata(&rooms()).await;
        let known = self.live().metadata_fetching(&self.kept());
        known.expect("it was tried")
    }

    async fn failed(&self) -> Option<&'static str> {
        self.fetch().await.failed.map(|why| why.slug)
    }

    async fn events(&self) -> Vec<Body> {
        self.live().store().flush().await.unwrap();
        let filter = EventFilter {
            limit: 1000,
            ..EventFilter::default()
        };
        let events = self.live().events(filter).await.unwrap();
        let bodies = events.into_iter().map(|logged| logged.event.body);
        let is_about = |body: &Body| {
            matches!(
                body,
                Body::MetadataRead { .. } | Body::MetadataNotRead { .. }
            )
        };
        let mut bodies: Vec<Body> = bodies.filter(is_about).collect();
        bodies.reverse();
        bodies
    }
}

fn rooms() -> ClientId {
    ClientId::new("rooms").unwrap()
}

fn master() -> MasterKey {
    MasterKey::from_bytes(Zeroizing::new([7; 32])).unwrap()
}

/// Who signs metadata: the same for the same number.
fn signer(number: u8) -> SamlKeyring {
    static MADE: std::sync::LazyLock<[SamlKeyRecord; 2]> = std::sync::LazyLock::new(|| {
        let at = Timestamp::parse_rfc3339("2026-04-01T00:00:00Z").unwrap();
        let made = || SamlKeyRecord::generate(&master(), XmlAlgorithm::EcdsaSha256, "R", at);
        [made().unwrap(), made().unwrap()]
    });
    let mut record = MADE[usize::from(number) - 1].clone();
    record.state = KeyState::Active;
    SamlKeyring::open(&master(), vec![record]).unwrap()
}

fn pem(certificate: &str) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n")
}

/// Metadata with a consumer there, and these attributes.
fn says(more: &str, consumer: &str) -> String {
    let said = metadata(&certificate(), consumer);
    said.replace("entityID=", &format!("{more} entityID="))
}

/// The same with a signature.
fn signed(by: &SamlKeyring, entity: &str, consumer: &str) -> String {
    let mut writer = Writer::new();
    writer
        .start(Namespace::MD, "EntityDescriptor")
        .attribute("ID", "_m1")
        .attribute("entityID", entity)
        .signature_here()
        .start(Namespace::MD, "SPSSODescriptor")
        .attribute(
            "protocolSupportEnumeration",
            "urn:oasis:names:tc:SAML:2.0:protocol",
        )
        .start(Namespace::MD, "AssertionConsumerService")
        .attribute("Binding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST")
        .attribute("Location", consumer)
        .attribute("index", "0")
        .end()
        .end()
        .end();
    let signer = by.signer(XmlAlgorithm::EcdsaSha256).unwrap();
    signer.sign(&writer.unsigned().unwrap()).unwrap()
}

fn by_name() -> String {
    format!("entity_id = \"{ENTITY}\"")
}

#[tokio::test]
async fn metadata_is_fetched_at_once_and_again_by_what_it_says() {
    let beside = Beside::start().await;
    let (site, clock) = (&beside.site, beside.live().clock());
    site.answers(503, XML);
    beside.apply(&by_name()).await;
    assert_eq!(beside.lack(), Some(MetadataLack::NotFetched));
    let known = beside.tried_after(None).await;
    assert_eq!(known.failed.as_ref().map(|why| why.slug), Some("status"));
    assert_eq!(beside.lack(), Some(MetadataLack::NotFetched));
    // Nobody presses anything.
    site.answers(200, XML);
    site.says(&says("cacheDuration=\"PT6H\"", ACS));
    beside.pass(Seconds::minutes(1));
    let known = beside.tried_after(Some(&known)).await;
    assert_eq!(known.failed, None);
    assert_eq!(beside.lack(), None);
    assert_eq!(beside.consumer().as_deref(), Some(ACS));
    assert_eq!(beside.kept().requests, RequestSigning::Demanded);
    assert_eq!(known.next_at, clock.now() + Seconds::hours(6));
    // The same files say nothing new, and take nothing away.
    assert_eq!(beside.apply(&by_name()).await, "");
    assert_eq!(beside.lack(), None);
    // What is different counts at once, and is told.
    site.says(&says("", "https://rooms.example/other"));
    beside.pass(Seconds::hours(6));
    let known = beside.tried_after(Some(&known)).await;
    assert_eq!(
        beside.consumer().as_deref(),
        Some("https://rooms.example/other")
    );
    assert_eq!(
        known.next_at,
        clock.now() + Seconds::hours(24),
        "it says nothing of that"
    );
    let told: Vec<Vec<String>> = beside
        .events()
        .await
        .into_iter()
        .map(|body| match body {
            Body::MetadataRead { changed, .. } => changed,
            Body::MetadataNotRead { why, .. } => vec![format!("no: {why}")],
            _ => vec![],
        })
        .collect();
    let all = ["consumers", "logout", "signing", "requests"].map(str::to_owned);
    // Each makes itself a certificate.
    let other = ["consumers", "signing"].map(str::to_owned);
    assert_eq!(
        told,
        [vec!["no: status".to_owned()], all.to_vec(), other.to_vec()]
    );
    // Not more often than once an hour, nor seldomer than once a day, nor later than half of what it counts.
    for (more, wanted) in [
        ("cacheDuration=\"PT1M\"", Seconds::hours(1)),
        ("cacheDuration=\"P30D\"", Seconds::hours(24)),
    ] {
        site.says(&says(more, ACS));
        assert_eq!(beside.fetch().await.next_at, clock.now() + wanted, "{more}");
    }
    let until = (clock.now() + Seconds::hours(10) + Seconds(1)).to_rfc3339();
    site.says(&says(&format!("validUntil=\"{until}\""), ACS));
    assert_eq!(
        beside.fetch().await.next_at,
        clock.now() + Seconds::hours(5)
    );
}

#[tokio::test]
async fn a_document_that_is_wrong_changes_nothing() {
    let beside = Beside::start().await;
    let site = &beside.site;
    let fine = says("", ACS);
    site.says(&fine);
    beside.apply(&by_name()).await;
    beside.tried_after(None).await;
    let kept = beside.kept();
    let over = "validUntil=\"2020-01-01T00:00:00Z\"";
    let nowhere = fine.replace(
        "HTTP-POST\" Location=\"https://rooms.example/acs",
        "PAOS\" Location=\"x",
    );
    let evil = "https://evil.example/acs";
    for (document, why) in [
        ("<html/>".to_owned(), "unreadable"),
        (format!("<!DOCTYPE a>{fine}"), "unreadable"),
        (
            says("", evil).replace(ENTITY, "https://evil.example/saml"),
            "other-entity",
        ),
        (says(over, evil), "over"),
        (nowhere, "no-consumer"),
        (metadata("MAMCAQE=", evil), "keys"),
    ] {
        site.says(&document);
        assert_eq!(beside.failed().await, Some(why), "{document}");
        assert_eq!(beside.kept(), kept, "{why}");
    }
    site.says(&says("", evil));
    for (status, kind, why) in [
        (302, XML, "redirect"),
        (404, XML, "status"),
        (200, "text/html", "not-xml"),
        (200, "image/svg+xml", "not-xml"),
    ] {
        site.answers(status, kind);
        assert_eq!(beside.failed().await, Some(why));
        assert_eq!(beside.kept(), kept, "{why}");
    }
    site.answers(200, XML);
    site.says(&format!("{fine}{}", " ".repeat(300 * 1024)));
    assert_eq!(beside.failed().await, Some("too-large"));
    assert_eq!(beside.kept(), kept);
    // How often it fails in the same way is not told.
    let before = beside.events().await.len();
    assert_eq!(beside.failed().await, Some("too-large"));
    assert_eq!(beside.events().await.len(), before);
    site.says(&says("", "https://rooms.example/new"));
    assert_eq!(beside.failed().await, None);
    assert_eq!(
        beside.consumer().as_deref(),
        Some("https://rooms.example/new")
    );
}

#[tokio::test]
async fn metadata_that_must_be_signed_is_read_from_what_was_signed() {
    let beside = Beside::start().await;
    let site = &beside.site;
    let wanted = |by: &str| format!("{}\nmetadata_signing_file = \"saml/{by}.pem\"", by_name());
    // Whatever it is served as: whose it is shows.
    site.answers(200, "application/octet-stream");
    site.says(&signed(&signer(1), ENTITY, ACS));
    beside.apply(&wanted("signer")).await;
    assert_eq!(beside.tried_after(None).await.failed, None);
    assert_eq!(beside.consumer().as_deref(), Some(ACS));
    let kept = beside.kept();
    let evil = "https://evil.example/acs";
    let fine = signed(&signer(1), ENTITY, evil);
    for (document, why) in [
        (says("", evil), "signature"),
        (says("ID=\"_m1\"", evil), "signature"),
        (signed(&signer(2), ENTITY, evil), "signature"),
        (
            fine.replace("evil.example/acs", "evil.example/two"),
            "signature",
        ),
        (
            signed(&signer(1), "https://evil.example/saml", evil),
            "other-entity",
        ),
    ] {
        site.says(&document);
        assert_eq!(beside.failed().await, Some(why), "{document}");
        assert_eq!(beside.kept(), kept, "{why}");
    }
    // Somebody else must have signed it now: what was read before counts no more.
    beside.apply(&wanted("another")).await;
    assert_eq!(beside.lack(), Some(MetadataLack::NotFetched));
    site.says(&signed(&signer(2), ENTITY, "https://rooms.example/two"));
    assert_eq!(beside.failed().await, None);
    assert_eq!(
        beside.consumer().as_deref(),
        Some("https://rooms.example/two")
    );
    assert_eq!(beside.lack(), None);
}

#[tokio::test]
async fn what_counts_no_longer_lets_nobody_in() {
    let beside = Beside::start().await;
    let (site, clock) = (&beside.site, beside.live().clock());
    let until = clock.now() + Seconds::hours(30);
    let valid = format!("validUntil=\"{}\"", until.to_rfc3339());
    site.says(&says(&valid, ACS));
    beside.apply(&by_name()).await;
    beside.tried_after(None).await;
    assert_eq!(beside.lack(), None);
    site.answers(500, XML);
    beside.pass(Seconds::hours(30));
    assert_eq!(beside.failed().await, Some("status"));
    assert!(matches!(beside.lack(), Some(MetadataLack::Over(_))));
    let request = format!(
        r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0" IssueInstant="2026-04-01T00:00:00Z"><saml:Issuer>{ENTITY}</saml:Issuer></samlp:AuthnRequest>"#
    );
    let refused = beside.live().take_message(request.clone()).unwrap_err();
    assert_eq!(refused.slug, "metadata-over");
    site.answers(200, XML);
    site.says(&says("", ACS));
    assert_eq!(beside.failed().await, None);
    assert!(beside.live().take_message(request).is_ok());
}

/// What an administrator wrote beside stays his, and a file beside the address counts until it was fetched.
#[tokio::test]
async fn what_was_decided_here_stays() {
    let beside = Beside::start().await;
    let site = &beside.site;
    site.answers(503, XML);
    let file = "metadata_file = \"saml/rooms.xml\"\nrequests = \"as-they-come\"";
    beside.apply(file).await;
    beside.tried_after(None).await;
    assert_eq!(beside.lack(), None);
    assert_eq!(beside.consumer().as_deref(), Some(ACS));
    assert_eq!(beside.kept().requests, RequestSigning::AsTheyCome);
    site.answers(200, XML);
    site.says(&says("", "https://rooms.example/new"));
    assert_eq!(beside.failed().await, None);
    let kept = beside.kept();
    assert_eq!(
        beside.consumer().as_deref(),
        Some("https://rooms.example/new")
    );
    assert_eq!(
        (kept.requests, kept.name_id, kept.attributes.len()),
        (RequestSigning::AsTheyCome, NameIdKind::Email, 1)
    );
    // The files that are applied again do not bring back what the file says.
    assert_eq!(beside.apply(file).await, "");
    // Encryption that is demanded must be possible.
    let required = format!("{}\nencryption = \"required\"", by_name());
    beside.apply(&required).await;
    assert_eq!(beside.lack(), Some(MetadataLack::NotFetched));
    let met = beside.tried_after(None).await;
    assert_eq!(met.failed.map(|why| why.slug), Some("no-encryption"));
    assert_eq!(beside.lack(), Some(MetadataLack::NotFetched));
}
