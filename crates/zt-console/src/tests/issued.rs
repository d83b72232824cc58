//! What is issued is for the one who asked, for this request, where it is registered, and for now; whatever is asked.

use super::location;
use super::world::{SignedIn, World};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode};
use std::time::Duration;
use zt_crypto::xml::{PublicKey, verified};
use zt_device::Presentation;
use zt_federation::RedirectUri;
use zt_federation::saml::{
    Carried, Consumer, EntityId, KeyText, MessageKind, NameIdKind, RedirectQuery, ServiceProvider,
    SignedParts, Unsolicited, XmlAlgorithm,
};
use zt_federation::xml::{Content, Document, Element, Namespace};
use zt_forge::{Binding, Demand, Draw, SEED, Stage, VARIANTS};
use zt_store::Change;
use zt_types::{AppId, ClientId, Seconds, Timestamp};

const US: &str = "https://id.sekisho.localhost:8443";
/// What a page must not become, whoever says it.
const HOSTILE: [&str; 18] = [
    "javascript:alert(1)",
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "\" onfocus=alert(1) autofocus=\"",
    "</form><form action=//evil.example>",
    "</title><base href=//evil.example>",
    "--><svg/onload=alert(1)>",
    "&quot;&gt;&lt;script&gt;",
    "&#34;&#x22;&#62",
    "{{7*7}}{% include %}",
    "`${alert(1)}`",
    "data:text/html;base64,PHNjcmlwdD4=",
    "%3Cscript%3E%22",
    "\u{202e}\u{2028}関所",
    "\\\";alert(1)//",
    "a+b=c&SAMLResponse=evil",
    "<![CDATA[<script>]]>",
    "https://evil.example/?x='\"",
];

/// What was registered and asked for once.
struct Case {
    record: ServiceProvider,
    /// The consumer that has to get it.
    to: Consumer,
    /// The identifier of the request; none where nobody asked.
    id: Option<String>,
    state: Option<String>,
    address: String,
}

fn consumers(draw: &mut Draw) -> Vec<Consumer> {
    let count = 1 + draw.below(4);
    let default = draw.below(count + 1);
    (0..count)
        .map(|at| {
            let (host, path) = (draw.word(), draw.word());
            let more = draw.pick(&["", "?a=1&b=%22", "/", ":8443/x"]);
            let text = match more {
                ":8443/x" => format!("https://{host}.example:8443/{path}"),
                more => format!("https://{host}.example/{path}{more}"),
            };
            Consumer {
                index: u16::try_from(at * 7 + draw.below(7)).unwrap(),
                location: RedirectUri::parse(&text).unwrap(),
                is_default: at == default,
            }
        })
        .collect()
}

fn case(draw: &mut Draw, world: &World, base: &ServiceProvider, number: usize) -> Case {
    let consumers = consumers(draw);
    let mut record = ServiceProvider {
        id: ClientId::new(&format!("party-{number}")).unwrap(),
        entity_id: EntityId::parse(&format!("https://{}.example/{number}", draw.word())).unwrap(),
        consumers: consumers.clone(),
        signs: draw.pick(&[
            SignedParts::Assertion,
            SignedParts::Response,
            SignedParts::Both,
        ]),
        name_id: draw.pick(&[
            NameIdKind::Persistent,
            NameIdKind::Transient,
            NameIdKind::Email,
        ]),
        session: draw
            .coin()
            .then(|| Seconds::minutes(1 + draw.below(600) as u64)),
        ..base.clone()
    };
    let hostile = format!("{}{}", draw.word(), draw.pick(&HOSTILE));
    let state = (draw.below(5) > 0).then_some(hostile);
    let default = consumers.iter().find(|consumer| consumer.is_default);
    let default = default.or(consumers.first()).cloned().unwrap();
    if draw.below(6) == 0 {
        record.unsolicited = Unsolicited::Allowed {
            relay_state: state.clone(),
        };
        let address = format!("/saml/start/{}", record.id);
        return Case {
            record,
            to: default,
            id: None,
            state,
            address,
        };
    }
    let chosen = draw.pick(&consumers);
    let escaped = chosen.location.as_str().replace('&', "&amp;");
    let (wanted, to) = match draw.below(3) {
        0 => (String::new(), default),
        1 => (
            format!(" AssertionConsumerServiceIndex=\"{}\"", chosen.index),
            chosen,
        ),
        _ => (
            format!(" AssertionConsumerServiceURL=\"{escaped}\""),
            chosen,
        ),
    };
    let id = format!("_{}", draw.word());
    let text = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"{wanted} Destination=\"{US}/saml/sso\" ID=\"{id}\" IssueInstant=\"{}\" Version=\"2.0\"><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}</saml:Issuer></samlp:AuthnRequest>",
        world.now().to_rfc3339(),
        record.entity_id
    );
    let query = RedirectQuery::new(Carried::Request, &text, state.as_deref(), "x");
    let query = String::from_utf8(query.octets().to_vec()).unwrap();
    let (query, _) = query.rsplit_once("&SigAlg").unwrap();
    Case {
        record,
        to,
        id: Some(id),
        state,
        address: format!("/saml/sso?{query}"),
    }
}

/// The values of the attributes of a tag, as octets. A value in double quotes ends with the next one (HTML standard §13.2.5.36).
fn values<'p>(page: &'p str, tag: &str, attribute: &str) -> Vec<&'p str> {
    let tags = page.split(tag).skip(1);
    let named = format!(" {attribute}=\"");
    tags.filter_map(|rest| rest.split_once(&named)?.1.split('"').next())
        .collect()
}

/// What a value in double quotes stands for: nothing in it but letters and references of our templates.
fn unescaped(value: &str) -> String {
    assert!(!value.contains(['<', '>', '\'', '"']), "{value}");
    let mut pieces = value.split('&');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once(';').unwrap();
        let code: u32 = name.strip_prefix('#').unwrap().parse().unwrap();
        text.push(char::from_u32(code).unwrap());
        text.push_str(rest);
    }
    text
}

/// A page with the words of the case taken out: what is left of any two pages is the same.
fn skeleton(page: &str) -> String {
    let mut left = page.to_owned();
    for tag in ["<form", "<input", "<a"] {
        for attribute in ["action", "value", "href"] {
            for value in values(page, tag, attribute) {
                left = left.replace(&format!("\"{value}\""), "\"\"");
            }
        }
    }
    left
}

fn attribute(element: Element<'_>, name: &str) -> Option<String> {
    element.attribute(name).map(str::to_owned)
}

fn says<'d>(element: Element<'d>, name: &'static str) -> Element<'d> {
    element.one(Namespace::SAML, name).unwrap()
}

fn instant(time: Timestamp) -> Option<String> {
    Some(Timestamp::from_seconds(time.as_seconds()).to_rfc3339())
}

/// Holds that what was issued is for this case and for nothing else.
fn is_for(case: &Case, page: &str, now: Timestamp, ours: &[PublicKey]) {
    let to = case.to.location.as_str();
    let [action] = values(page, "<form", "action").try_into().unwrap();
    assert_eq!(unescaped(action), to);
    let names = values(page, "<input", "name");
    let held: Vec<String> = values(page, "<input", "value")
        .into_iter()
        .map(unescaped)
        .collect();
    let state = names.iter().position(|name| *name == "RelayState");
    assert_eq!(state.map(|at| held[at].clone()), case.state);
    assert_eq!(names.first(), Some(&"SAMLResponse"), "{page}");
    let text = String::from_utf8(STANDARD.decode(&held[0]).unwrap()).unwrap();
    // What nobody else's rules are needed for.
    assert_eq!(text.matches("Recipient=").count(), 1);
    assert_eq!(text.matches("<saml:Audience>").count(), 1);
    let document = Document::parse(&text, Content::Message).unwrap();
    let root = document.root();
    assert_eq!(attribute(root, "Destination").as_deref(), Some(to));
    assert_eq!(attribute(root, "InResponseTo"), case.id);
    assert_eq!(attribute(root, "IssueInstant"), instant(now));
    let us = format!("{US}/saml/metadata");
    assert_eq!(says(root, "Issuer").text().unwrap(), us);
    let assertion = says(root, "Assertion");
    assert_eq!(says(assertion, "Issuer").text().unwrap(), us);
    let subject = says(assertion, "Subject");
    let confirmed = says(subject, "SubjectConfirmation");
    assert!(
        attribute(confirmed, "Method")
            .unwrap()
            .ends_with(":cm:bearer")
    );
    let data = says(confirmed, "SubjectConfirmationData");
    assert_eq!(attribute(data, "Recipient").as_deref(), Some(to));
    assert_eq!(attribute(data, "InResponseTo"), case.id);
    assert_eq!(
        attribute(data, "NotOnOrAfter"),
        instant(now + Seconds::minutes(5))
    );
    assert_eq!(attribute(data, "NotBefore"), None);
    let conditions = says(assertion, "Conditions");
    assert_eq!(
        attribute(conditions, "NotBefore"),
        instant(now - Seconds(60))
    );
    assert_eq!(
        attribute(conditions, "NotOnOrAfter"),
        instant(now + Seconds::minutes(5))
    );
    let audience = says(says(conditions, "AudienceRestriction"), "Audience");
    assert_eq!(audience.text().unwrap(), case.record.entity_id.as_str());
    let statement = says(assertion, "AuthnStatement");
    let ends = attribute(statement, "SessionNotOnOrAfter");
    if let Some(most) = case.record.session {
        assert!(ends <= instant(now + most), "{ends:?}");
    }
    assert!(ends > instant(now), "{ends:?}");
    is_signed(case, &text, ours);
}

/// As the registration has it, by us.
fn is_signed(case: &Case, text: &str, ours: &[PublicKey]) {
    let document = Document::parse(text, Content::Message).unwrap();
    let begin = text.find("<saml:Assertion").unwrap();
    let end = text.find("</saml:Assertion>").unwrap() + "</saml:Assertion>".len();
    let assertion = &text[begin..end];
    let inside = Document::parse(assertion, Content::Message).unwrap();
    let (whole, part) = (verified(&document, ours), verified(&inside, ours));
    match case.record.signs {
        SignedParts::Assertion => assert!(part.is_ok() && whole.is_err(), "{text}"),
        SignedParts::Response => assert!(part.is_err() && whole.is_ok(), "{text}"),
        SignedParts::Both => {
            assert!(part.is_ok(), "{text}");
            assert_eq!(text.matches("<ds:Signature ").count(), 2, "{text}");
        }
    }
}

async fn sends(world: &World, her: &SignedIn, case: &Case) -> String {
    let ask = |path: &str| world.request(&Method::GET, path, Some(her), Presentation::NotAsked, "");
    let first = world.send(ask(&case.address)).await;
    assert_eq!(first.status(), StatusCode::SEE_OTHER, "{}", first.body());
    let page = world.send(ask(location(&first))).await;
    assert_eq!(page.status(), StatusCode::OK, "{}", page.body());
    page.body().clone()
}

/// The page is compared with every other one: what is carried along is nothing but the value of its field.
#[tokio::test]
async fn what_is_issued_is_for_the_one_who_asked() {
    println!("seed {SEED:#x}");
    let world = World::new().await;
    let her = world.sign_in(world.hanako, None).await;
    let stage = Stage {
        kind: MessageKind::AuthnRequest,
        binding: Binding::Redirect,
        demand: Demand::AsItComes,
        at: format!("{US}/saml/sso"),
        beside: String::new(),
        issuer: "https://rooms.example/saml".to_owned(),
        other: "https://evil.example/saml".to_owned(),
        consumer: String::new(),
        asked: String::new(),
        victim: None,
        now: world.now(),
    };
    let [base, _] = stage.registered(&AppId::new("chat").unwrap());
    let ours = world.saml.load();
    let ours: Vec<PublicKey> = ours
        .published()
        .map(|text| PublicKey::of_text(&KeyText::parse(text).unwrap()).unwrap())
        .collect();
    assert_eq!(base.algorithm, XmlAlgorithm::EcdsaSha256);
    let mut draw = Draw(SEED);
    let mut shape: [Option<String>; 2] = [None, None];
    for number in 0..2 * VARIANTS {
        // So fast, and no faster, one session gets assertions.
        world.live.clock().advance(Duration::from_secs(2));
        let case = case(&mut draw, &world, &base, number);
        world
            .commit(vec![Change::PutServiceProvider(case.record.clone())])
            .await;
        let page = sends(&world, &her, &case).await;
        is_for(&case, &page, world.now(), &ours);
        let left = skeleton(&page);
        assert!(!left.contains("alert"), "{left}");
        let known = &mut shape[usize::from(case.state.is_some())];
        assert_eq!(
            *known.get_or_insert(left.clone()),
            left,
            "the page is another one"
        );
    }
}
