use super::super::tests::{certificate, provider};
use super::super::*;
use super::SamlContradiction as No;
use crate::RedirectUri;
use zt_types::{ClientId, Seconds};

fn uri(text: &str) -> RedirectUri {
    RedirectUri::parse(text).unwrap()
}

fn consumer(index: u16, location: &str) -> Consumer {
    Consumer {
        index,
        location: uri(location),
        is_default: true,
    }
}

fn logout(binding: LogoutBinding, location: &str, elsewhere: Option<&str>) -> LogoutService {
    LogoutService {
        binding,
        location: uri(location),
        response_location: elsewhere.map(uri),
    }
}

fn rule(name: &str, source: AttributeSource, transforms: Vec<Transform>) -> AttributeRule {
    AttributeRule {
        name: name.to_owned(),
        format: AttributeFormat::Basic,
        friendly: None,
        source,
        transforms,
    }
}

#[test]
fn what_cannot_hold_together() {
    let consumers = |consumers: &[Consumer]| ServiceProvider {
        consumers: consumers.to_vec(),
        ..provider()
    };
    let logouts = |logout: &[LogoutService]| ServiceProvider {
        logout: logout.to_vec(),
        ..provider()
    };
    let told = |attributes: &[AttributeRule]| ServiceProvider {
        attributes: attributes.to_vec(),
        ..provider()
    };
    let id = |id: &str| ServiceProvider {
        id: ClientId::new(id).unwrap(),
        ..provider()
    };
    let session = |seconds| ServiceProvider {
        session: Some(Seconds(seconds)),
        ..provider()
    };
    let unsolicited = |state: &str| ServiceProvider {
        unsolicited: Unsolicited::Allowed {
            relay_state: Some(state.to_owned()),
        },
        ..provider()
    };
    let from = |url: &str| ServiceProvider {
        source: MetadataSource::Fetched(FetchedMetadata {
            url: uri(url),
            signed_by: Vec::new(),
            requests: None,
            encryption: EncryptionWish::IfOffered,
            read: None,
        }),
        ..provider()
    };
    let signing = |requests, count: u8| ServiceProvider {
        requests,
        signing: (0..count).map(certificate).collect(),
        ..provider()
    };
    let acs = "https://wiki.example/acs";
    let slo = "https://wiki.example/slo";
    let login = || AttributeSource::Login;
    use LogoutBinding::{Post, Redirect};
    for (of, wanted) in [
        (provider(), vec![]),
        (id("new"), vec![No::Id]),
        (id("6f9619ff-8b86-4011-b42d-00c04fc964ff"), vec![No::Id]),
        (consumers(&[]), vec![No::NoConsumer]),
        (consumers(&[consumer(3, acs)]), vec![]),
        (consumers(&[consumer(3, "http://127.0.0.1/acs")]), vec![]),
        (
            consumers(&[consumer(3, "com.example.wiki:/acs")]),
            vec![No::ConsumerAddress],
        ),
        (
            consumers(&[consumer(3, acs), consumer(3, slo)]),
            vec![No::ConsumerIndex, No::ConsumerDefault],
        ),
        (
            logouts(&[logout(Post, slo, Some(acs)), logout(Redirect, slo, None)]),
            vec![],
        ),
        (
            logouts(&[logout(Post, slo, None), logout(Post, acs, None)]),
            vec![No::Logout],
        ),
        (
            logouts(&[logout(Post, "com.example.wiki:/slo", None)]),
            vec![No::Logout],
        ),
        (
            logouts(&[logout(Post, slo, Some("com.example.wiki:/slo"))]),
            vec![No::Logout],
        ),
        (signing(RequestSigning::Demanded, 0), vec![No::NoKeys]),
        (signing(RequestSigning::Demanded, 2), vec![]),
        (signing(RequestSigning::AsTheyCome, 65), vec![No::TooMany]),
        (
            told(&[
                rule("a", login(), vec![]),
                rule("a", AttributeSource::Name, vec![]),
            ]),
            vec![No::AttributeTwice],
        ),
        (told(&[rule(" ", login(), vec![])]), vec![No::Attribute]),
        (
            told(&[rule(&"a".repeat(1025), login(), vec![])]),
            vec![No::Attribute],
        ),
        (
            told(&[rule(
                "a",
                AttributeSource::Fixed("\u{1}".to_owned()),
                vec![],
            )]),
            vec![No::Attribute],
        ),
        (
            told(&[rule("a", login(), vec![Transform::Prefix("\n".to_owned())])]),
            vec![No::Attribute],
        ),
        (
            told(&[rule(
                "a",
                login(),
                vec![Transform::Mapped(
                    [("a".to_owned(), "\0".to_owned())].into(),
                )],
            )]),
            vec![No::Attribute],
        ),
        (session(59), vec![No::Session]),
        (session(60), vec![]),
        (unsolicited(&"a".repeat(80)), vec![]),
        (unsolicited(&"a".repeat(81)), vec![No::RelayState]),
        (from("https://wiki.example/metadata"), vec![]),
        (from("http://127.0.0.1/metadata"), vec![No::MetadataAddress]),
    ] {
        assert_eq!(of.contradictions(), wanted, "{of:?}");
    }
}
