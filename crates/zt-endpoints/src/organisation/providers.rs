//! Service providers of the files as records.

use super::EndingMetadata;
use super::records::{joined, managed};
use zt_crypto::xml::{EncryptionKey, PublicKey};
use zt_federation::saml::{
    AttributeFormat, AttributeRule, AttributeSource, Consumer, ContentCipher, Encryption,
    EncryptionWish, EntityId, FetchedMetadata, KeyText, KeyTransport, LogoutBinding, LogoutService,
    MetadataSource, NameIdKind, ReadMetadata, RequestSigning, ServiceProvider, Sides, SignedParts,
    SpMetadata, Transform, Unsolicited, XmlAlgorithm,
};
use zt_federation::xml::{Content, Document};
use zt_federation::{RedirectUri, StepUp};
use zt_identity::difference::Shape;
use zt_identity::problem::{Place, Problems, Wrong};
use zt_identity::{AddressDocument, AttributeDocument, ProviderDocument, both};
use zt_types::{Assurance, ManagedBy, Seconds, Timestamp};

/// Whose metadata counts no longer than this is told of when files are checked.
const SOON: Seconds = Seconds::days(30);

/// The service provider of a document; `None` if something of it cannot be read, which is said in `problems`.
pub(super) fn provider(
    document: &ProviderDocument,
    now: Timestamp,
    problems: &mut Problems,
) -> Option<ServiceProvider> {
    let before = problems.count();
    let sides = match &document.metadata {
        Some((text, place)) => metadata(text, place, now, problems),
        None => written(document, problems),
    };
    let url = document.metadata_url.as_ref();
    let url = url.and_then(|url| address(url, problems));
    let signed_by = document.metadata_signing.as_ref();
    let signed_by = signed_by.map_or_else(Vec::new, |(text, place)| keys(text, place, problems));
    let home = document.home.as_ref();
    let home = home.and_then(|home| address(home, problems));
    if problems.count() > before {
        return None;
    }
    let sides = sides?;
    let wish = EncryptionWish::ALL
        .into_iter()
        .find(|one| one.as_str() == document.encryption)?;
    // What is to be fetched may have one.
    let is_awaited = url.is_some() && document.metadata.is_none();
    let Some(encryption) = wish
        .decide(sides.encryption.as_ref())
        .or_else(|| is_awaited.then_some(None))
    else {
        let instead = "take `encryption = \"required\"` out, or give it a certificate for AES-GCM and RSA-OAEP";
        wrong(
            problems,
            &document.place,
            "it has no certificate that assertions can be encrypted for",
            instead,
        );
        return None;
    };
    let demanded = match document.requests.as_deref() {
        None => None,
        Some(word) => Some(
            RequestSigning::ALL
                .into_iter()
                .find(|one| one.as_str() == word)?,
        ),
    };
    // Said now, and not when somebody's sign-in fails.
    for key in sides.signing.iter().chain(&signed_by) {
        if let Err(error) = PublicKey::of_text(key) {
            let why = format!("a certificate it signs with cannot be used: {error}");
            let instead = "take that certificate out, or have the service provider make another";
            wrong(problems, &document.place, &why, instead);
        }
    }
    if let Some(Err(error)) = encryption.as_ref().map(EncryptionKey::of) {
        let why = format!("the certificate to encrypt for cannot be used: {error}");
        let instead = "write `encryption = \"never\"`, or have the service provider make another";
        wrong(problems, &document.place, &why, instead);
    }
    if problems.count() > before {
        return None;
    }
    let valid_until = sides.source.valid_until();
    let read = document.metadata.as_ref().map(|_| ReadMetadata {
        at: None,
        valid_until,
        cache: None,
        requests: sides.requests,
        encryption: sides.encryption.clone(),
    });
    let source = match url {
        Some(url) => MetadataSource::Fetched(FetchedMetadata {
            url,
            signed_by,
            requests: demanded,
            encryption: wish,
            read,
        }),
        None => sides.source,
    };
    let provider = ServiceProvider {
        id: document.id.clone(),
        entity_id: sides.entity_id,
        name: document.name.clone(),
        app: document.app.clone(),
        consumers: sides.consumers,
        logout: sides.logout,
        signing: sides.signing,
        encryption,
        requests: demanded.unwrap_or(sides.requests),
        signs: SignedParts::ALL
            .into_iter()
            .find(|one| one.as_str() == document.signs)?,
        algorithm: XmlAlgorithm::ALL
            .into_iter()
            .find(|one| one.as_str() == document.algorithm)?,
        name_id: NameIdKind::ALL
            .into_iter()
            .find(|one| one.as_str() == document.name_id)?,
        attributes: document.attributes.iter().filter_map(attribute).collect(),
        step_up: StepUp {
            acr: document.acr.as_deref().and_then(assurance),
            max_age: document.max_age_minutes.map(Seconds::minutes),
        },
        unsolicited: match document.unsolicited.as_str() {
            "allowed" => Unsolicited::Allowed {
                relay_state: document.relay_state.clone(),
            },
            _ => Unsolicited::Refused,
        },
        session: document.session_minutes.map(Seconds::minutes),
        home,
        source,
        managed_by: ManagedBy::Files,
    };
    let contradictions = provider.contradictions();
    for contradiction in &contradictions {
        let why = contradiction.to_string();
        wrong(
            problems,
            &document.place,
            &why,
            "write it so that it can be",
        );
    }
    contradictions.is_empty().then_some(provider)
}

fn wrong(problems: &mut Problems, place: &Place, why: &str, instead: &str) {
    let wrong = Wrong::ServiceProvider {
        why: why.to_owned(),
        instead: instead.to_owned(),
    };
    problems.add(place.clone(), wrong);
}

fn metadata(text: &str, place: &Place, now: Timestamp, problems: &mut Problems) -> Option<Sides> {
    let read = Document::parse(text, Content::Metadata).map_err(|error| error.to_string());
    let read = read
        .and_then(|document| SpMetadata::read(&document, now).map_err(|error| error.to_string()));
    match read {
        Ok(read) => Some(read.into()),
        Err(why) => {
            let instead = "put the metadata there that the service provider gives out";
            wrong(problems, place, &why, instead);
            None
        }
    }
}

/// Whether its metadata, a file that nobody renews, counts not much longer.
pub(super) fn ending(document: &ProviderDocument, now: Timestamp) -> Option<EndingMetadata> {
    let (text, place) = document.metadata.as_ref()?;
    if document.metadata_url.is_some() {
        return None;
    }
    let sides = metadata(text, place, now, &mut Problems::default())?;
    let until = sides
        .source
        .valid_until()
        .filter(|until| *until < now + SOON)?;
    Some(EndingMetadata {
        provider: document.id.clone(),
        until,
        place: place.clone(),
    })
}

fn written(document: &ProviderDocument, problems: &mut Problems) -> Option<Sides> {
    let named = document.entity_id.as_ref()?;
    let entity_id = match EntityId::parse(&named.text) {
        Ok(name) => Some(name),
        Err(error) => {
            not_an_address(problems, named, &error.to_string());
            None
        }
    };
    let mut consumers = Vec::new();
    for (index, consumer) in (0..).zip(&document.consumers) {
        consumers.extend(address(consumer, problems).map(|location| Consumer {
            index,
            location,
            is_default: index == 0,
        }));
    }
    let mut logout = Vec::new();
    for told in &document.logout {
        let elsewhere = told.response_location.as_ref();
        let response_location = elsewhere.and_then(|to| address(to, problems));
        let location = address(&told.location, problems);
        let mut bindings = LogoutBinding::ALL.into_iter();
        let binding = bindings.find(|one| one.as_str() == told.binding);
        if let (Some(binding), Some(location)) = (binding, location) {
            logout.push(LogoutService {
                binding,
                location,
                response_location,
            });
        }
    }
    let signing = document.signing.as_ref();
    let signing = signing.map_or_else(Vec::new, |(text, place)| keys(text, place, problems));
    let encryption = document.encryption_key.as_ref();
    let encryption = encryption.and_then(|(text, place)| {
        let key = keys(text, place, problems).into_iter().next()?;
        Some(Encryption {
            key,
            content: ContentCipher::default(),
            transport: KeyTransport::default(),
        })
    });
    Some(Sides {
        entity_id: entity_id?,
        consumers,
        logout,
        signing,
        encryption,
        requests: RequestSigning::AsTheyCome,
        source: MetadataSource::Written,
    })
}

/// The certificates of a file in PEM.
fn keys(text: &str, place: &Place, problems: &mut Problems) -> Vec<KeyText> {
    KeyText::parse_all(text).unwrap_or_else(|error| {
        let instead = "put certificates there, in PEM";
        wrong(problems, place, &error.to_string(), instead);
        Vec::new()
    })
}

fn address(document: &AddressDocument, problems: &mut Problems) -> Option<RedirectUri> {
    match RedirectUri::parse(&document.text) {
        Ok(read) => Some(read),
        Err(error) => {
            not_an_address(problems, document, &error.to_string());
            None
        }
    }
}

fn not_an_address(problems: &mut Problems, document: &AddressDocument, why: &str) {
    let wrong = Wrong::Address {
        key: document.key.to_owned(),
        value: document.text.clone(),
        why: why.to_owned(),
    };
    problems.add(document.place.clone(), wrong);
}

fn assurance(slug: &str) -> Option<Assurance> {
    Assurance::ALL.into_iter().find(|one| one.as_str() == slug)
}

/// `None` never: the form takes no word that is none.
fn attribute(document: &AttributeDocument) -> Option<AttributeRule> {
    let source = AttributeSource::named(&document.source, document.fixed.clone())?;
    let table = document.map.iter().cloned().collect();
    let map = (!document.map.is_empty()).then_some(Transform::Mapped(table));
    let words = document.transforms.iter().map(|word| match word.as_str() {
        "lowercase" => Transform::Lowercase,
        "uppercase" => Transform::Uppercase,
        "before-at" => Transform::BeforeAt,
        _ => Transform::AfterAt,
    });
    let around = [
        document.prefix.clone().map(Transform::Prefix),
        document.suffix.clone().map(Transform::Suffix),
    ];
    Some(AttributeRule {
        name: document.name.clone(),
        format: AttributeFormat::ALL
            .into_iter()
            .find(|one| one.as_str() == document.format)?,
        friendly: document.friendly.clone(),
        source,
        transforms: map
            .into_iter()
            .chain(words)
            .chain(around.into_iter().flatten())
            .collect(),
    })
}

pub(super) const fn provider_shape() -> Shape<ServiceProvider> {
    Shape {
        what: "service_provider",
        managed_by: |provider| managed(provider.managed_by),
        members: |provider| {
            let json = |value: serde_json::Result<String>| value.unwrap_or_default();
            let uri = |uri: &Option<RedirectUri>| {
                let uri = uri.as_ref();
                uri.map_or_else(String::new, |uri| uri.as_str().to_owned())
            };
            let told = |service: &LogoutService| {
                format!("{} {}", service.binding.as_str(), service.location.as_str())
            };
            let logout: Vec<String> = provider.logout.iter().map(told).collect();
            vec![
                ("name", both(&provider.name)),
                ("application", provider.app.to_string()),
                ("entity_id", provider.entity_id.to_string()),
                (
                    "consumers",
                    joined(provider.consumers.iter().map(|to| to.location.as_str())),
                ),
                ("logout", logout.join(", ")),
                (
                    "signing",
                    joined(provider.signing.iter().map(KeyText::as_str)),
                ),
                (
                    "encryption",
                    json(serde_json::to_string(&provider.encryption)),
                ),
                ("requests", provider.requests.as_str().to_owned()),
                ("signs", provider.signs.as_str().to_owned()),
                ("algorithm", provider.algorithm.as_str().to_owned()),
                ("name_id", provider.name_id.as_str().to_owned()),
                (
                    "attribute",
                    json(serde_json::to_string(&provider.attributes)),
                ),
                (
                    "acr and age",
                    json(serde_json::to_string(&provider.step_up)),
                ),
                (
                    "unsolicited",
                    json(serde_json::to_string(&provider.unsolicited)),
                ),
                (
                    "session_minutes",
                    provider
                        .session
                        .map_or_else(String::new, |session| (session.0 / 60).to_string()),
                ),
                ("home", uri(&provider.home)),
                ("metadata", json(serde_json::to_string(&provider.source))),
            ]
        },
    }
}
