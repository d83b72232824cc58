//! Browsers that service providers send.

use super::location;
use super::world::{SignedIn, World};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, Response, StatusCode};
use zeroize::Zeroizing;
use zt_auth::{EndReason, Grant, GrantState};
use zt_crypto::jose::KeyState;
use zt_crypto::seal::MasterKey;
use zt_crypto::xml::{PublicKey, SamlKeyRecord, SamlKeyring, verified};
use zt_device::Presentation;
use zt_federation::saml::{
    AttributeFormat, AttributeRule, AttributeSource, Carried, Consumer, EntityId, Given, KeyText,
    LogoutBinding, LogoutRequest, LogoutService, MessageId, MetadataSource, NameIdKind, PostForm,
    RedirectMessage, RedirectQuery, RequestSigning, ServiceProvider, SignedParts, Unsolicited,
    XmlAlgorithm,
};
use zt_federation::xml::{Content, Document, Namespace, Unsigned, Writer};
use zt_federation::{RedirectUri, StepUp};
use zt_store::Change;
use zt_types::{AppId, ClientId, ManagedBy, Seconds, Text, Timestamp};

const US: &str = "https://id.sekisho.localhost:8443";
const THEM: &str = "https://rooms.example/saml";
const CONSUMER: &str = "https://rooms.example/saml/acs";
const GOODBYE: &str = "https://rooms.example/saml/slo";
const CLASS_MFA: &str = "https://refeds.org/profile/mfa";

/// The service provider, as a registration.
pub(super) fn rooms() -> ServiceProvider {
    Party::new(7).record
}

/// A service provider with a key of its own.
pub(super) struct Party {
    pub(super) keys: SamlKeyring,
    pub(super) record: ServiceProvider,
}

impl Party {
    pub(super) fn new(n: u8) -> Self {
        let master = MasterKey::from_bytes(Zeroizing::new([n; 32])).unwrap();
        let at = Timestamp::from_seconds(1_790_000_000);
        let made = SamlKeyRecord::generate(&master, XmlAlgorithm::EcdsaSha256, "Rooms", at);
        let made = SamlKeyRecord {
            state: KeyState::Active,
            ..made.unwrap()
        };
        let uri = |text| RedirectUri::parse(text).unwrap();
        let record = ServiceProvider {
            id: ClientId::new("rooms").unwrap(),
            entity_id: EntityId::parse(THEM).unwrap(),
            name: Text {
                ja: "会議室".to_owned(),
                en: "Rooms".to_owned(),
            },
            app: AppId::new("chat").unwrap(),
            consumers: vec![Consumer {
                index: 0,
                location: uri(CONSUMER),
                is_default: true,
            }],
            logout: vec![LogoutService {
                binding: LogoutBinding::Redirect,
                location: uri(GOODBYE),
                response_location: None,
            }],
            signing: vec![KeyText::parse(&made.certificate).unwrap()],
            encryption: None,
            requests: RequestSigning::AsTheyCome,
            signs: SignedParts::Both,
            algorithm: XmlAlgorithm::EcdsaSha256,
            name_id: NameIdKind::Persistent,
            attributes: vec![AttributeRule {
                name: "mail".to_owned(),
                format: AttributeFormat::Basic,
                friendly: None,
                source: AttributeSource::Login,
                transforms: Vec::new(),
            }],
            step_up: StepUp::default(),
            unsolicited: Unsolicited::Refused,
            session: None,
            home: None,
            source: MetadataSource::Written,
            managed_by: ManagedBy::Files,
        };
        Self {
            keys: SamlKeyring::open(&master, vec![made]).unwrap(),
            record,
        }
    }

    /// In the address of a message, signed.
    pub(super) fn query(&self, document: &Unsigned) -> String {
        let algorithm = XmlAlgorithm::EcdsaSha256;
        let query = RedirectQuery::new(
            Carried::Request,
            document.text(),
            Some("room-7"),
            algorithm.uri(),
        );
        let key = self.keys.signer(algorithm).unwrap();
        let signature = key.sign_octets(query.octets()).unwrap();
        let there = RedirectUri::parse(US).unwrap();
        let address = query.address(&there, &signature);
        address.strip_prefix(US).unwrap().to_owned()
    }
}

/// A request for a sign-in; what is named here comes in addition, or in place.
pub(super) fn request(
    world: &World,
    with: &[(&'static str, &str)],
    class: Option<&str>,
) -> Unsigned {
    let mut writer = Writer::new();
    let at = world.now().to_rfc3339();
    let destination = format!("{US}/saml/sso");
    let mut attributes: Vec<(&'static str, &str)> = vec![
        ("ID", "_r1"),
        ("Version", "2.0"),
        ("IssueInstant", &at),
        ("Destination", &destination),
    ];
    attributes.retain(|(name, _)| with.iter().all(|(other, _)| other != name));
    attributes.extend(with);
    attributes.sort_unstable();
    writer.start(Namespace::SAMLP, "AuthnRequest");
    for (name, value) in attributes {
        writer.attribute(name, value);
    }
    writer
        .element(Namespace::SAML, "Issuer", THEM)
        .signature_here();
    if let Some(class) = class {
        writer
            .start(Namespace::SAMLP, "RequestedAuthnContext")
            .attribute("Comparison", "minimum")
            .element(Namespace::SAML, "AuthnContextClassRef", class)
            .end();
    }
    writer.end();
    writer.unsigned().unwrap()
}

/// The address of a request that is not signed.
pub(super) fn unsigned(document: &Unsigned) -> String {
    let query = RedirectQuery::new(Carried::Request, document.text(), Some("room-7"), "x");
    let text = std::str::from_utf8(query.octets()).unwrap();
    let (message, _) = text.split_once("&SigAlg").unwrap();
    format!("/saml/sso?{message}")
}

/// Sends a browser there, and once more to where it is sent.
pub(super) async fn goes(world: &World, who: Option<&SignedIn>, path: &str) -> Response<String> {
    let ask = |path: &str| world.request(&Method::GET, path, who, Presentation::NotAsked, "");
    let first = world.send(ask(path)).await;
    if first.status() != StatusCode::SEE_OTHER {
        return first;
    }
    world.send(ask(location(&first))).await
}

/// The value of a field of a page.
pub(super) fn field(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!(r#"name="{name}" value=""#))?;
    let value = rest.split_once('"')?.0;
    Some(
        value
            .replace("&#43;", "+")
            .replace("&#x2F;", "/")
            .replace("&#61;", "="),
    )
}

/// The document that a page sends to the service provider, whose signature is ours.
fn answered(world: &World, page: &str) -> String {
    assert!(page.contains(&format!(r#"action="{CONSUMER}""#)), "{page}");
    assert_eq!(field(page, "RelayState").as_deref(), Some("room-7"));
    let text = STANDARD
        .decode(field(page, "SAMLResponse").unwrap())
        .unwrap();
    let text = String::from_utf8(text).unwrap();
    let keys = ours(world);
    let document = Document::parse(&text, Content::Message).unwrap();
    // With both signed, the one of the assertion is not the root's only one: it is embedded as it was signed.
    if text.matches("<ds:Signature ").count() == 1 {
        verified(&document, &keys).unwrap();
    }
    text
}

pub(super) fn ours(world: &World) -> Vec<PublicKey> {
    let keys = world.saml.load();
    let keys = keys.published().map(|text| KeyText::parse(text).unwrap());
    keys.map(|key| PublicKey::of_text(&key).unwrap()).collect()
}

pub(super) async fn begun() -> (World, Party, SignedIn) {
    let world = World::new().await;
    let party = Party::new(7);
    let changes = vec![Change::PutServiceProvider(party.record.clone())];
    world.commit(changes).await;
    let her = world.sign_in(world.hanako, None).await;
    (world, party, her)
}

fn grants(world: &World) -> Vec<Grant> {
    world
        .live
        .read(|state| state.grants.values().cloned().collect())
}

#[tokio::test]
async fn whoever_may_use_the_application_gets_an_assertion_for_this_request() {
    let (world, mut party, her) = begun().await;
    party.record.signs = SignedParts::Response;
    let changes = vec![Change::PutServiceProvider(party.record.clone())];
    world.commit(changes).await;
    let asks = party.query(&request(&world, &[], Some(CLASS_MFA)));
    let page = goes(&world, Some(&her), &format!("/saml/sso{asks}")).await;
    assert_eq!(page.status(), StatusCode::OK, "{}", page.body());
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.ends_with("form-action 'self' https://rooms.example https:"),
        "{policy}"
    );
    let text = answered(&world, page.body());
    let document = Document::parse(&text, Content::Message).unwrap();
    let root = document.root();
    assert_eq!(root.attribute("InResponseTo"), Some("_r1"));
    assert_eq!(root.attribute("Destination"), Some(CONSUMER));
    let assertion = root.one(Namespace::SAML, "Assertion").unwrap();
    let subject = assertion.one(Namespace::SAML, "Subject").unwrap();
    let name = subject.one(Namespace::SAML, "NameID").unwrap();
    assert_eq!(name.attribute("SPNameQualifier"), Some(THEM));
    let [grant] = grants(&world).try_into().unwrap();
    assert_eq!(grant.state, GrantState::Asserted);
    let given: Given = serde_json::from_str(&grant.asked).unwrap();
    assert_eq!(name.text().unwrap(), given.name_id.value);
    assert!(
        !text.contains(&world.hanako.to_string()),
        "she has a name of her own there"
    );
    assert!(text.contains(CLASS_MFA) || text.contains("phr"), "{text}");
    let index = world.live.sid(&grant).unwrap();
    assert!(text.contains(&format!("SessionIndex=\"{index}\"")));
    for said in [THEM, CONSUMER, "hanako"] {
        assert!(text.contains(said), "{said} is not in {text}");
    }
    // The same, signed twice.
    party.record.signs = SignedParts::Both;
    let changes = vec![Change::PutServiceProvider(party.record.clone())];
    world.commit(changes).await;
    let page = goes(&world, Some(&her), &format!("/saml/sso{asks}")).await;
    let text = answered(&world, page.body());
    assert_eq!(text.matches("<ds:Signature ").count(), 2, "{text}");
    // In one session it is one thing that she has there.
    assert!(text.contains(&format!("SessionIndex=\"{index}\"")));
    assert_eq!(grants(&world).len(), 1);
}

#[tokio::test]
async fn nobody_is_signed_in_without_being_asked() {
    let (world, _, _) = begun().await;
    let asks = unsigned(&request(&world, &[], None));
    let to_sign_in = goes(&world, None, &asks).await;
    assert_eq!(to_sign_in.status(), StatusCode::SEE_OTHER);
    let to = location(&to_sign_in);
    assert!(
        to.starts_with("/signin?return=/saml/sso%3Frequest%3D"),
        "{to}"
    );
    let asks = unsigned(&request(&world, &[("IsPassive", "true")], None));
    let page = goes(&world, None, &asks).await;
    let text = answered(&world, page.body());
    assert!(
        text.contains("urn:oasis:names:tc:SAML:2.0:status:NoPassive"),
        "{text}"
    );
    assert!(grants(&world).is_empty());
}

#[tokio::test]
async fn what_was_proven_before_it_was_asked_for_is_asked_for_again() {
    let (world, _, her) = begun().await;
    let asks = unsigned(&request(&world, &[("ForceAuthn", "true")], None));
    let page = goes(&world, Some(&her), &asks).await;
    assert!(
        location(&page).starts_with("/signin/step-up?demand="),
        "{}",
        page.body()
    );
    let passive = [("ForceAuthn", "true"), ("IsPassive", "true")];
    let asks = unsigned(&request(&world, &passive, None));
    let page = goes(&world, Some(&her), &asks).await;
    assert!(answered(&world, page.body()).contains("status:NoPassive"));
    let asks = unsigned(&request(&world, &[], Some("urn:nobody:knows")));
    let page = goes(&world, Some(&her), &asks).await;
    assert!(answered(&world, page.body()).contains("status:NoAuthnContext"));
    assert!(grants(&world).is_empty());
}

/// Each of these leads nowhere but to a page of ours.
#[tokio::test]
async fn a_message_that_does_not_count_sends_nobody_anywhere() {
    let (world, mut party, her) = begun().await;
    let stranger = Party::new(8);
    let fine = request(&world, &[], None);
    let elsewhere = [("AssertionConsumerServiceURL", "https://evil.example/acs")];
    let script = [("AssertionConsumerServiceURL", "javascript:alert(1)")];
    let index = [("AssertionConsumerServiceIndex", "9")];
    let other = [("Destination", "https://other.example/saml/sso")];
    let old = (world.now() - Seconds::hours(1)).to_rfc3339();
    let forged = format!("/saml/sso{}", stranger.query(&fine));
    let unregistered = unsigned(&fine).replace("SAMLRequest=", "SAMLRequest=AAAA");
    for (address, why) in [
        (unsigned(&request(&world, &elsewhere, None)), "consumer"),
        (unsigned(&request(&world, &script, None)), "consumer"),
        (unsigned(&request(&world, &index, None)), "consumer"),
        (unsigned(&request(&world, &other, None)), "destination"),
        (
            unsigned(&request(&world, &[("IssueInstant", &old)], None)),
            "expired",
        ),
        (forged, "signature"),
        (unregistered, "unreadable"),
        (
            unsigned(&fine).replace("SAMLRequest=", "SAMLResponse="),
            "unreadable",
        ),
        ("/saml/sso?request=e30&since=1.00".to_owned(), "unreadable"),
        ("/saml/sso".to_owned(), "unreadable"),
    ] {
        let page = goes(&world, Some(&her), &address).await;
        assert_eq!(page.status(), StatusCode::BAD_REQUEST, "{address}");
        assert!(!page.body().contains("evil.example"), "{address}");
        assert!(!page.body().contains("<form class=\"stack\""), "{why}");
    }
    // Signatures are demanded now.
    party.record.requests = RequestSigning::Demanded;
    let changes = vec![Change::PutServiceProvider(party.record.clone())];
    world.commit(changes).await;
    let page = goes(&world, Some(&her), &unsigned(&fine)).await;
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    let page = goes(
        &world,
        Some(&her),
        &format!("/saml/sso{}", party.query(&fine)),
    )
    .await;
    assert_eq!(page.status(), StatusCode::OK, "{}", page.body());
    let start = goes(&world, Some(&her), "/saml/start/rooms").await;
    assert_eq!(start.status(), StatusCode::BAD_REQUEST, "nobody asked");
}

#[tokio::test]
async fn a_key_counts_from_when_it_is_registered_until_another_one_is() {
    let (world, party, her) = begun().await;
    let next = Party::new(8);
    let asks = |party: &Party| format!("/saml/sso{}", party.query(&request(&world, &[], None)));
    let (old, new) = (asks(&party), asks(&next));
    let taken = async |address: &str| {
        let page = goes(&world, Some(&her), address).await;
        page.status() == StatusCode::OK
    };
    assert_eq!([taken(&old).await, taken(&new).await], [true, false]);
    let both = [&party, &next].map(|party| party.record.signing.clone());
    for (signing, expected) in [
        (both.concat(), [true, true]),
        (next.record.signing.clone(), [false, true]),
        (party.record.signing.clone(), [true, false]),
        (Vec::new(), [false, false]),
    ] {
        let record = ServiceProvider {
            signing,
            ..party.record.clone()
        };
        world.commit(vec![Change::PutServiceProvider(record)]).await;
        assert_eq!([taken(&old).await, taken(&new).await], expected);
    }
}

/// Whoever finds the address in the browser later has proven nothing.
#[tokio::test]
async fn what_had_to_be_proven_anew_is_answered_once() {
    let (world, party, her) = begun().await;
    let asks = party.query(&request(&world, &[("ForceAuthn", "true")], None));
    let ask = |who: &SignedIn, path: &str| {
        world.request(&Method::GET, path, Some(who), Presentation::NotAsked, "")
    };
    let round = world.send(ask(&her, &format!("/saml/sso{asks}"))).await;
    let round = location(&round).to_owned();
    world
        .live
        .clock()
        .advance(std::time::Duration::from_secs(1));
    let now_here = world.sign_in(world.hanako, None).await;
    let page = world.send(ask(&now_here, &round)).await;
    answered(&world, page.body());
    let page = world.send(ask(&now_here, &round)).await;
    assert_eq!(page.status(), StatusCode::BAD_REQUEST, "{}", page.body());
}

#[tokio::test]
async fn nobody_changes_a_request_on_its_way_round() {
    let (world, party, her) = begun().await;
    let asks = party.query(&request(&world, &[("ForceAuthn", "true")], None));
    let ask =
        |path: &str| world.request(&Method::GET, path, Some(&her), Presentation::NotAsked, "");
    let round = world.send(ask(&format!("/saml/sso{asks}"))).await;
    let round = location(&round).to_owned();
    assert_eq!(
        world.send(ask(&round)).await.status(),
        StatusCode::SEE_OTHER
    );
    let (before, after) = round.split_once("&since=").unwrap();
    let (at, code) = after.split_once('.').unwrap();
    let later = format!("{before}&since={}.{code}", at.parse::<i64>().unwrap() - 1);
    let shorter = format!(
        "{}&since={after}",
        before
            .strip_suffix('Q')
            .unwrap_or(&before[..before.len() - 1])
    );
    let as_leave = round.replace("/saml/sso", "/saml/slo");
    for changed in [later, shorter, as_leave] {
        let page = world.send(ask(&changed)).await;
        assert_eq!(page.status(), StatusCode::BAD_REQUEST, "{changed}");
    }
    world
        .live
        .clock()
        .advance(std::time::Duration::from_secs(7200));
    let her = world.sign_in(world.hanako, None).await;
    let page = goes(&world, Some(&her), &round).await;
    assert_eq!(page.status(), StatusCode::BAD_REQUEST, "too late");
}

#[tokio::test]
async fn whoever_is_refused_may_send_the_application_away() {
    let (world, mut party, her) = begun().await;
    party.record.app = AppId::new("wiki").unwrap();
    let changes = vec![Change::PutServiceProvider(party.record.clone())];
    world.commit(changes).await;
    let asks = party.query(&request(&world, &[], None));
    let page = goes(&world, Some(&her), &format!("/saml/sso{asks}")).await;
    assert_eq!(page.status(), StatusCode::FORBIDDEN, "{}", page.body());
    let (_, rest) = page.body().split_once(r#"action="/saml/sso?"#).unwrap();
    let way = format!("/saml/sso?{}", rest.split_once('"').unwrap().0).replace("&#38;", "&");
    let gone = world.post_form(&way, &her, &[("answer", "leave")]).await;
    let text = answered(&world, gone.body());
    assert!(
        text.contains("urn:oasis:names:tc:SAML:2.0:status:RequestDenied"),
        "{text}"
    );
    assert!(grants(&world).is_empty());
}

pub(super) fn logout(world: &World, given: &Grant, with_index: bool) -> Unsigned {
    let name: Given = serde_json::from_str(&given.asked).unwrap();
    let index = world.live.sid(given).unwrap();
    LogoutRequest {
        id: MessageId::parse("_out1").unwrap(),
        issuer: EntityId::parse(THEM).unwrap(),
        destination: Some(format!("{US}/saml/slo")),
        issued_at: world.now(),
        not_on_or_after: None,
        reason: None,
        name_id: name.name_id,
        session_indexes: with_index.then_some(index).into_iter().collect(),
    }
    .write()
    .unwrap()
}

#[tokio::test]
async fn a_signed_request_to_sign_out_ends_what_it_names_and_counts_once() {
    let (world, party, her) = begun().await;
    let asks = party.query(&request(&world, &[], None));
    goes(&world, Some(&her), &format!("/saml/sso{asks}")).await;
    let [grant] = grants(&world).try_into().unwrap();
    let leaves = party.query(&logout(&world, &grant, true));
    let forged = Party::new(9).query(&logout(&world, &grant, true));
    let page = goes(&world, Some(&her), &format!("/saml/slo{forged}")).await;
    assert_eq!(
        page.status(),
        StatusCode::BAD_REQUEST,
        "somebody else signed it"
    );
    let ended = || world.live.read(|state| state.sessions[&her.session].ended);
    assert!(ended().is_none());
    let gone = goes(&world, Some(&her), &format!("/saml/slo{leaves}")).await;
    assert_eq!(gone.status(), StatusCode::SEE_OTHER, "{}", gone.body());
    let answer = location(&gone)
        .strip_prefix(&format!("{GOODBYE}?"))
        .unwrap();
    let answer = RedirectMessage::read(answer).unwrap();
    assert_eq!(answer.relay_state.as_deref(), Some("room-7"));
    assert!(answer.text.contains("status:Success") && answer.text.contains("_out1"));
    assert_eq!(ended().unwrap().1, EndReason::SignedOut);
    // What was copied is worth nothing.
    let again = world.sign_in(world.hanako, None).await;
    goes(&world, Some(&again), &format!("/saml/sso{asks}")).await;
    let page = goes(&world, Some(&again), &format!("/saml/slo{leaves}")).await;
    assert_eq!(page.status(), StatusCode::BAD_REQUEST, "it came before");
}

#[tokio::test]
async fn one_that_is_not_signed_ends_nothing_until_she_says_yes() {
    let (world, mut party, her) = begun().await;
    let asks = unsigned(&request(&world, &[], None));
    goes(&world, Some(&her), &asks).await;
    let [grant] = grants(&world).try_into().unwrap();
    let leaves = unsigned(&logout(&world, &grant, true)).replace("/saml/sso", "/saml/slo");
    // Whoever has a key signs.
    let page = goes(&world, Some(&her), &leaves).await;
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    party.record.signing.clear();
    let changes = vec![Change::PutServiceProvider(party.record.clone())];
    world.commit(changes).await;
    // Nobody is told anything in our name for it.
    let page = goes(&world, None, &leaves).await;
    assert_eq!(page.status(), StatusCode::OK, "{}", page.body());
    let page = goes(&world, Some(&her), &leaves).await;
    assert_eq!(page.status(), StatusCode::OK, "{}", page.body());
    assert!(page.body().contains("会議室"));
    super::gallery::keep("prompt-saml-logout", page.body());
    let (_, rest) = page.body().split_once(r#"action="/saml/slo?"#).unwrap();
    let way = format!("/saml/slo?{}", rest.split_once('"').unwrap().0).replace("&#38;", "&");
    let gone = world.post_form(&way, &her, &[]).await;
    assert!(location(&gone).starts_with(GOODBYE), "{}", gone.body());
    let ended = world.live.read(|state| state.sessions[&her.session].ended);
    assert!(ended.is_some());
}

/// A form comes from elsewhere, without cookies: it goes on as a navigation with them.
#[tokio::test]
async fn a_form_of_the_service_provider_goes_on_as_an_address_of_ours() {
    let (world, party, her) = begun().await;
    let key = party.keys.signer(XmlAlgorithm::EcdsaSha256).unwrap();
    let signed = key.sign(&request(&world, &[], None)).unwrap();
    let here = RedirectUri::parse(US).unwrap();
    let form = PostForm::new(Carried::Request, &signed, &here, Some("room-7"));
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form.fields())
        .finish();
    let mut posted = world.request(
        &Method::POST,
        "/saml/sso",
        None,
        Presentation::NotAsked,
        &body,
    );
    let headers = posted.headers_mut();
    headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
    let round = world.send(posted).await;
    assert_eq!(round.status(), StatusCode::SEE_OTHER, "{}", round.body());
    let page = world.get(location(&round), &her).await;
    answered(&world, page.body());
    // What was changed after it was signed is another message.
    let changed = signed.replace("_r1", "_r2");
    let form = PostForm::new(Carried::Request, &changed, &here, None);
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form.fields())
        .finish();
    let posted = world.request(
        &Method::POST,
        "/saml/sso",
        None,
        Presentation::NotAsked,
        &body,
    );
    let refused = world.send(posted).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}
