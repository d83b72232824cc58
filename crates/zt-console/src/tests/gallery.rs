//! Every page as a browser gets it, checked for what no page may hold, and left in `target/gallery` to be looked at.

use super::world::{SignedIn, World};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zt_device::Presentation;
use zt_live::ConnectionKind;
use zt_pages::{Base, File, assets};
use zt_types::Language;

pub(super) fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/gallery");
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for file in File::ALL {
        let path = file.href(Base::Id);
        std::fs::write(
            folder.join(path.trim_start_matches('/')),
            assets::find(&path).unwrap().bytes(),
        )
        .unwrap();
    }
    folder
}

/// A page as it came of something that was done, to be looked at.
pub(super) fn keep(name: &str, page: &str) {
    check(name, page);
    std::fs::write(folder().join(format!("{name}.ja.html")), page).unwrap();
}

async fn busy_world() -> (World, SignedIn, SignedIn, Vec<zt_live::LiveConnection>) {
    let world = World::new().await;
    let clock = world.live.clock().clone();
    let laptop = world.enrol(world.hanako, "花子のノートPC", "nb-0123").await;
    let tablet = world
        .enrol(world.hanako, "現場用タブレット", "tb-0456")
        .await;
    let desk = world.enrol(world.ken, "IT-DESK-07", "it-desk-07").await;
    world.factors(world.hanako).await;
    world.factors(world.ken).await;
    clock.advance(Duration::from_secs(3_700));
    let her = world.sign_in(world.hanako, Some(&laptop)).await;
    let hers_too = world.sign_in(world.hanako, Some(&tablet)).await;
    let admin = world.sign_in(world.ken, Some(&desk)).await;
    let mut connections = Vec::new();
    connections.extend(
        world
            .at(
                "chat",
                her.session,
                Presentation::NotAsked,
                ConnectionKind::WebSocket,
            )
            .await,
    );
    connections.extend(
        world
            .at(
                "wiki",
                hers_too.session,
                Presentation::Certificate(tablet),
                ConnectionKind::Exchange,
            )
            .await,
    );
    connections.extend(
        world
            .at(
                "status",
                admin.session,
                Presentation::NotAsked,
                ConnectionKind::Stream,
            )
            .await,
    );
    clock.advance(Duration::from_secs(95));
    for (path, status) in [("/", 200), ("/rooms/sales", 200), ("/api/messages", 200)] {
        world.accessed(world.hanako, her.session, path, status);
        clock.advance(Duration::from_secs(610));
    }
    let terms = super::steps::terms(
        "この規約は、業務に使う端末とアプリの利用について定めます。\n\n1. 業務のために使い、私的な利用は必要な範囲にとどめます。\n2. 許可なく情報を社外に持ち出しません。\n\n困ったときは情報システム部に連絡してください。",
    );
    world
        .commit(vec![zt_store::Change::PutTerms(terms.clone())])
        .await;
    world
        .live
        .require_reset(
            world.hanako,
            "外部の漏えい情報に一致",
            zt_events::Actor::Operator,
        )
        .await
        .unwrap();
    world
        .live
        .accept_terms(admin.session, &terms.id, terms.version())
        .await
        .unwrap();
    world.commit(super::clients::expenses(&world)).await;
    world.commit(super::providers::conference(&world)).await;
    let consent = zt_auth::Consent {
        person: world.hanako,
        client: zt_types::ClientId::new("expenses-desktop").unwrap(),
        scopes: ["openid", "profile", "email"].map(str::to_owned).into(),
        at: world.now(),
    };
    let consent = zt_store::Change::PutConsent(consent);
    world.commit(vec![consent]).await;
    world.signal("f-2026-0412", "nb-0123", 1).await;
    world.accessed(world.hanako, her.session, "/rooms/sales", 403);
    world.signal("f-2026-0413", "unknown-host", 1).await;
    (world, her, admin, connections)
}

pub(super) fn check(name: &str, body: &str) {
    for forbidden in [" style=", "<style", "onclick=", "javascript:", "<script>"] {
        assert!(!body.contains(forbidden), "{name}: `{forbidden}`");
    }
    // A message that is missing shows its own key.
    for key in [
        "portal-",
        "console-",
        "event-",
        "device-",
        "prompt-",
        "why-",
        "now-",
        "client-",
        "provider-",
        "outlives-",
        "template-",
        "consents-",
    ] {
        let text = body
            .split('<')
            .filter_map(|part| part.split_once('>'))
            .map(|(_, text)| text);
        assert!(
            !text.clone().any(|text| text.trim_start().starts_with(key)),
            "{name}: a key of `{key}` shows"
        );
    }
}

#[tokio::test]
async fn every_page_draws_in_both_languages() {
    let folder = folder();
    let (world, her, admin, connections) = busy_world().await;
    let device = world.live.read(|state| {
        let ill = state
            .devices
            .values()
            .find(|device| device.hostname == "nb-0123")
            .unwrap();
        ill.id
    });
    let person = world.hanako;
    let pages = [
        ("portal-apps", "/".to_owned(), &her),
        (
            "portal-security",
            "/security?note=method-removed".to_owned(),
            &her,
        ),
        ("portal-devices", "/devices".to_owned(), &her),
        ("portal-sessions", "/sessions".to_owned(), &her),
        ("portal-activity", "/activity".to_owned(), &her),
        (
            "terms",
            "/signin/terms/acceptable-use?return=/".to_owned(),
            &her,
        ),
        (
            "terms-accepted",
            "/signin/terms/acceptable-use?return=/".to_owned(),
            &admin,
        ),
        ("portal-terms", "/security".to_owned(), &admin),
        ("console-refused", "/console".to_owned(), &her),
        ("console-now", "/console".to_owned(), &admin),
        ("console-events", "/console/events".to_owned(), &admin),
        (
            "console-failures",
            "/console/events?outcome=failure&person=hanako".to_owned(),
            &admin,
        ),
        (
            "console-nothing",
            "/console/events?topic=administration&outcome=failure".to_owned(),
            &admin,
        ),
        ("console-people", "/console/people".to_owned(), &admin),
        (
            "console-person",
            format!("/console/people/{person}"),
            &admin,
        ),
        ("console-devices", "/console/devices".to_owned(), &admin),
        (
            "console-device",
            format!("/console/devices/{device}"),
            &admin,
        ),
        (
            "console-applications",
            "/console/applications".to_owned(),
            &admin,
        ),
        ("console-clients", "/console/clients".to_owned(), &admin),
        (
            "console-client",
            "/console/clients/expenses-web".to_owned(),
            &admin,
        ),
        (
            "console-client-form",
            "/console/clients/new".to_owned(),
            &admin,
        ),
        (
            "console-provider",
            "/console/service-providers/conference".to_owned(),
            &admin,
        ),
        (
            "console-provider-form",
            "/console/service-providers/new?template=vpn".to_owned(),
            &admin,
        ),
        (
            "console-provider-change",
            "/console/service-providers/conference/change".to_owned(),
            &admin,
        ),
        (
            "console-provider-conference",
            "/console/service-providers/conference?template=conference".to_owned(),
            &admin,
        ),
        (
            "console-provider-microsoft-365",
            "/console/service-providers/conference?template=microsoft-365".to_owned(),
            &admin,
        ),
        (
            "console-application",
            "/console/applications/conference".to_owned(),
            &admin,
        ),
        (
            "console-registration",
            "/console/registration".to_owned(),
            &admin,
        ),
        ("console-policies", "/console/policies".to_owned(), &admin),
        ("console-sources", "/console/sources".to_owned(), &admin),
        ("console-tasks", "/console/tasks".to_owned(), &admin),
        ("console-system", "/console/system".to_owned(), &admin),
    ];
    for language in Language::ALL {
        for (name, path, who) in &pages {
            let mut request = world.request(
                &http::Method::GET,
                path,
                Some(who),
                Presentation::NotAsked,
                "",
            );
            request
                .headers_mut()
                .insert("accept-language", language.tag().parse().unwrap());
            let response = world.send(request).await;
            assert_eq!(
                response.headers()["content-language"],
                language.tag(),
                "{name}"
            );
            check(name, response.body());
            std::fs::write(
                folder.join(format!("{name}.{}.html", language.tag())),
                response.body(),
            )
            .unwrap();
        }
        let mut request = world.request(
            &http::Method::POST,
            "/devices/code",
            Some(&her),
            Presentation::NotAsked,
            &format!("token={}", world.token(&her).await),
        );
        request
            .headers_mut()
            .insert("accept-language", language.tag().parse().unwrap());
        let body = world.send(request).await.into_body();
        std::fs::write(
            folder.join(format!("portal-code.{}.html", language.tag())),
            &body,
        )
        .unwrap();
        let mut request = world.request(
            &http::Method::POST,
            &format!("/console/people/{person}/reset-pass"),
            Some(&admin),
            Presentation::NotAsked,
            &format!("token={}&reason=phone", world.token(&admin).await),
        );
        request
            .headers_mut()
            .insert("accept-language", language.tag().parse().unwrap());
        let body = world.send(request).await.into_body();
        check("console-pass", &body);
        std::fs::write(
            folder.join(format!("console-pass.{}.html", language.tag())),
            &body,
        )
        .unwrap();
    }
    drop(connections);
}
