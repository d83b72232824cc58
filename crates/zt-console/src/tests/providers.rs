//! Service providers in the console: what their pages show, and which of their sessions outlive trust.

use super::location;
use super::saml::rooms;
use super::world::{SignedIn, World};
use http::{Response, StatusCode, header};
use std::time::Duration;
use zt_events::{Actor, Body};
use zt_federation::RedirectUri;
use zt_federation::saml::{
    AttributeFormat, AttributeRule, AttributeSource, Consumer, EntityId, LogoutBinding,
    LogoutService, MetadataSource, NameIdKind, ServiceProvider, Transform, Unsolicited,
};
use zt_policy::Application;
use zt_store::{Change, EventFilter};
use zt_types::{AppId, ClientId, ManagedBy, Seconds, Text};

fn uri(text: &str) -> RedirectUri {
    RedirectUri::parse(text).unwrap()
}

fn told_by(binding: LogoutBinding) -> LogoutService {
    LogoutService {
        binding,
        location: uri("https://rooms.example/saml/slo"),
        response_location: None,
    }
}

/// A service provider as there are many, of an application that is not behind the gateway.
pub(super) fn conference(world: &World) -> Vec<Change> {
    let chat = world
        .live
        .read(|state| state.applications[&AppId::new("chat").unwrap()].clone());
    let rule = |name: &str, source, transforms| AttributeRule {
        name: name.to_owned(),
        format: AttributeFormat::Basic,
        friendly: None,
        source,
        transforms,
    };
    let name = Text {
        ja: "Web 会議".to_owned(),
        en: "Conferences".to_owned(),
    };
    let provider = ServiceProvider {
        id: ClientId::new("conference").unwrap(),
        entity_id: EntityId::parse("https://meet.example/saml/metadata").unwrap(),
        name: name.clone(),
        app: AppId::new("conference").unwrap(),
        consumers: vec![Consumer {
            index: 0,
            location: uri("https://meet.example/saml/acs"),
            is_default: true,
        }],
        logout: vec![LogoutService {
            binding: LogoutBinding::Redirect,
            location: uri("https://meet.example/saml/slo"),
            response_location: None,
        }],
        name_id: NameIdKind::Email,
        attributes: vec![
            rule("mail", AttributeSource::Email, vec![Transform::Lowercase]),
            rule("displayName", AttributeSource::Name, vec![]),
            rule(
                "role",
                AttributeSource::Groups,
                vec![Transform::Mapped(
                    [("it".to_owned(), "Licensed".to_owned())].into(),
                )],
            ),
        ],
        session: Some(Seconds::minutes(60)),
        home: Some(uri("https://meet.example/")),
        source: MetadataSource::Uploaded {
            valid_until: Some(world.now() + Seconds::days(90)),
        },
        managed_by: ManagedBy::Console,
        ..rooms()
    };
    let app = Application {
        id: provider.app.clone(),
        name,
        description: Text {
            ja: "社外との会議".to_owned(),
            en: "Meetings with others".to_owned(),
        },
        upstream: None,
        ..chat
    };
    vec![
        Change::PutApplication(app),
        Change::PutServiceProvider(provider),
    ]
}

async fn begun() -> (World, SignedIn) {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    world.commit(conference(&world)).await;
    (world, admin)
}

pub(super) fn kept(world: &World, id: &str) -> Option<ServiceProvider> {
    let id = ClientId::new(id).unwrap();
    world
        .live
        .read(|state| state.service_providers.get(&id).cloned())
}

#[tokio::test]
async fn a_service_provider_is_shown_with_what_its_form_asks_for() {
    let (world, admin) = begun().await;
    let list = world.get("/console/clients", &admin).await;
    for shown in ["/console/service-providers/conference", "SAML 2.0"] {
        assert!(list.body().contains(shown), "{shown}");
    }
    let page = world
        .get("/console/service-providers/conference", &admin)
        .await;
    for shown in [
        "https://id.sekisho.localhost:8443/saml/metadata<",
        "https://id.sekisho.localhost:8443/saml/sso<",
        "https://id.sekisho.localhost:8443/saml/slo<",
        "https://id.sekisho.localhost:8443/saml/soap<",
        "-----BEGIN CERTIFICATE-----",
        "https://meet.example/saml/metadata",
        "https://meet.example/saml/acs",
        "O=Rooms",
        "it = Licensed",
        "60 分",
    ] {
        assert!(page.body().contains(shown), "{shown}");
    }
    // Its certificate, as a file that other programs read.
    let at = "/console/service-providers/conference/certificate/active";
    let file = world.get(at, &admin).await;
    assert_eq!(
        file.headers()[header::CONTENT_TYPE],
        "application/x-pem-file"
    );
    let der = zt_crypto::x509::from_pem(file.body()).unwrap();
    let keys = world.saml.load();
    let signer = keys.signer(rooms().algorithm).unwrap();
    assert_eq!(der.as_ref(), signer.certificate());
    let none = world.get(&at.replace("active", "retired"), &admin).await;
    assert_eq!(none.status(), StatusCode::NOT_FOUND);
    // Nobody else sees it.
    let her = world.sign_in(world.hanako, None).await;
    let page = world
        .get("/console/service-providers/conference", &her)
        .await;
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
}

/// Its certificate runs for some time: it is said when it ends soon, and when it has.
#[tokio::test]
async fn certificates_that_end_are_pointed_out() {
    let (world, _) = begun().await;
    let known = kept(&world, "conference").unwrap();
    let der = known.signing[0].der();
    let facts = zt_crypto::x509::facts::CertificateFacts::read(&der).unwrap();
    let left = facts.not_after.since(world.now());
    let waits = [
        (0, "有効<"),
        (left.0 - Seconds::days(20).0, "まもなく期限切れ"),
        (Seconds::days(21).0, ">期限切れ<"),
    ];
    for (seconds, said) in waits {
        world
            .live
            .clock()
            .clone()
            .advance(Duration::from_secs(seconds));
        let admin = world.sign_in(world.ken, None).await;
        let at = "/console/service-providers/conference";
        let page = world.get(at, &admin).await;
        assert!(page.body().contains(said), "{said}");
    }
}

/// Whether the pages of the service provider and of its application say that its sessions outlive trust.
async fn warned(world: &World, admin: &SignedIn, app: &str, id: &str) -> (String, String) {
    let one = format!("/console/service-providers/{id}");
    let other = format!("/console/applications/{app}");
    let one = world.get(&one, admin).await.into_body();
    let other = world.get(&other, admin).await.into_body();
    (one, other)
}

#[tokio::test]
async fn sessions_that_outlive_trust_are_pointed_out_with_what_helps() {
    const TITLE: &str = "信頼を失っても、アプリ側のセッションが残ります";
    let (world, admin) = begun().await;
    let known = kept(&world, "conference").unwrap();
    let put = |provider: ServiceProvider| world.commit(vec![Change::PutServiceProvider(provider)]);
    // Told by a browser only.
    let (one, other) = warned(&world, &admin, "conference", "conference").await;
    for page in [&one, &other] {
        for said in [
            TITLE,
            "ブラウザー経由の通知は、本人が自分でサインアウトしたときにしか使えません",
            "サインインから最長 60 分",
            "upstream = &#34;https://meet.example&#34;",
            "https://conference.sekisho.localhost:8443",
        ] {
            assert!(page.contains(said), "{said}");
        }
    }
    assert!(one.contains("/console/service-providers/conference/change#session"));
    // Told by nothing, for as long as a session here, of the files.
    put(ServiceProvider {
        logout: Vec::new(),
        session: None,
        managed_by: ManagedBy::Files,
        ..known.clone()
    })
    .await;
    let (one, other) = warned(&world, &admin, "conference", "conference").await;
    for page in [&one, &other] {
        for said in [TITLE, "サインアウトの通知先がありません", "最長 12 時間"]
        {
            assert!(page.contains(said), "{said}");
        }
        assert!(!page.contains("change#session"));
    }
    // Told by SOAP, whatever else there is: nothing outlives trust.
    put(ServiceProvider {
        logout: vec![
            told_by(LogoutBinding::Redirect),
            told_by(LogoutBinding::Soap),
        ],
        ..known.clone()
    })
    .await;
    let (one, other) = warned(&world, &admin, "conference", "conference").await;
    assert!(!one.contains(TITLE) && !other.contains(TITLE));
    // The same where the gateway stands before all of it, and not where it stands beside.
    for (consumer, is_warned) in [
        ("https://chat.sekisho.localhost:8443/saml/acs", false),
        ("https://rooms.example/saml/acs", true),
    ] {
        let at = |index, location: &str| Consumer {
            index,
            location: uri(location),
            is_default: false,
        };
        put(ServiceProvider {
            consumers: vec![
                at(0, "https://chat.sekisho.localhost:8443/acs"),
                at(1, consumer),
            ],
            ..rooms()
        })
        .await;
        let (one, other) = warned(&world, &admin, "chat", "rooms").await;
        assert_eq!(one.contains(TITLE), is_warned, "{consumer}");
        assert_eq!(other.contains(TITLE), is_warned, "{consumer}");
    }
}

#[tokio::test]
async fn what_the_console_registered_is_removed_and_what_the_files_say_is_not() {
    let (world, admin) = begun().await;
    world
        .commit(vec![Change::PutServiceProvider(rooms())])
        .await;
    let remove = |id: &str| format!("/console/service-providers/{id}/remove");
    let done = world.post_form(&remove("rooms"), &admin, &[]).await;
    assert!(location(&done).ends_with("rooms?note=provider-files"));
    assert!(kept(&world, "rooms").is_some());
    let done = world.post_form(&remove("conference"), &admin, &[]).await;
    assert_eq!(location(&done), "/console/clients?note=provider-removed");
    assert!(kept(&world, "conference").is_none());
    let page = world.get("/console/service-providers/rooms", &admin).await;
    assert!(!page.body().contains("/remove\""));
}

async fn tried(world: &World, admin: &SignedIn, login: &str) -> Response<String> {
    let at = "/console/service-providers/conference/test";
    world.post_form(at, admin, &[("login", login)]).await
}

#[tokio::test]
async fn what_a_service_provider_would_be_told_is_shown_recorded_and_not_issued() {
    let (world, admin) = begun().await;
    let page = tried(&world, &admin, "ken").await;
    for shown in [
        "許可されます",
        ">ken@yamato-seiko.example<",
        "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        ">高橋 健<",
        ">Licensed<",
        "AuthnContextClassRef",
    ] {
        assert!(page.body().contains(shown), "{shown}");
    }
    super::gallery::keep("console-provider-tried", page.body());
    assert!(!page.body().contains("/saml/start/"));
    let grants = world.live.read(|state| state.grants.len());
    assert_eq!(grants, 0);
    world.live.store().flush().await.unwrap();
    let filter = EventFilter {
        limit: 100,
        ..Default::default()
    };
    let logged = world.live.events(filter).await.unwrap();
    let shown = logged.iter().filter(|logged| {
        matches!(&logged.event.body, Body::ClaimsShown { person, client, .. }
            if *person == world.ken && client.as_str() == "conference")
            && logged.event.actor == Actor::Person(world.ken)
    });
    assert_eq!(shown.count(), 1);
    let nobody = tried(&world, &admin, "nobody").await;
    assert!(nobody.body().contains("login-error"));

    // Whom policies do not let in is refused, with the reason.
    let page = tried(&world, &admin, "ichiro").await;
    assert!(page.body().contains("拒否されます"));
    // Where sign-ins may begin here, that is offered.
    let known = kept(&world, "conference").unwrap();
    let provider = ServiceProvider {
        unsolicited: Unsolicited::Allowed { relay_state: None },
        ..known
    };
    world
        .commit(vec![Change::PutServiceProvider(provider)])
        .await;
    let page = tried(&world, &admin, "ken").await;
    assert!(page.body().contains("href=\"/saml/start/conference\""));
}
