//! The pages behind their real router: every route's guard, what the forms do, and a look at each page.

mod client_form;
mod clients;
mod consents;
mod devices;
mod forgeries;
mod gallery;
mod hints;
mod hostile;
mod hosts;
mod issued;
mod led;
mod left;
mod policies;
mod products;
mod prompts;
mod provider_form;
mod providers;
mod pushed;
mod refused_sign_ins;
mod registration;
mod rehearsal;
mod saml;
mod steps;
mod withdrawals;
mod world;

use http::{Method, Request, StatusCode, header};
use world::{SignedIn, World};
use zt_auth::{PassScope, ResetPass};
use zt_device::Presentation;
use zt_events::Actor;
use zt_live::ConnectionKind;
use zt_pages::Access;
use zt_store::Change;
use zt_types::{Seconds, TokenHash};

/// A path with something real in each of its places.
async fn concrete(world: &World, path: &str, whose: &SignedIn) -> String {
    let path = match path {
        "/signin/terms" => "/signin/terms?terms={terms}",
        "/oauth2/authorize" => &clients::asks(&[]),
        "/signin/consent" => &clients::consent(&[]),
        path => path,
    };
    let programs = vec![
        clients::registered(),
        Change::PutServiceProvider(saml::rooms()),
    ];
    world.commit(programs).await;
    let device = world.enrol(world.hanako, "ノートPC", "nb-0123").await;
    let [_, totp, ..] = world.factors(world.hanako).await;
    world.signal("t-1", "nowhere", 1).await;
    let task = world.live.read(|state| *state.tasks.keys().next().unwrap());
    let pass = ResetPass::issue(
        world.hanako,
        TokenHash([9; 32]),
        PassScope::Password,
        ("asked for it", Seconds::hours(1)),
        Actor::Operator,
        world.now(),
    );
    world
        .commit(vec![
            Change::PutTerms(steps::terms("本文")),
            Change::PutResetPass(pass.unwrap()),
            withdrawals::agreed(world),
        ])
        .await;
    let packs = zt_policy::packs().unwrap();
    let pack = packs.iter().find(|pack| pack.id.as_str() == "break-glass");
    let documents = pack.unwrap().documents(
        zt_policy::PolicyState::ReportOnly,
        zt_policy::ManagedBy::Console,
        world.now(),
    );
    let policy = documents.unwrap().remove(0);
    world.commit(vec![Change::PutPolicy(policy.clone())]).await;
    path.replace(
        "{file}",
        zt_pages::File::Style
            .href(zt_pages::Base::Id)
            .trim_start_matches("/assets/"),
    )
    .replace("{tag}", "en")
    .replace("{credential}", &totp.to_string())
    .replace("{device}", &device.device.to_string())
    .replace("{serial}", &device.serial.to_string())
    .replace("{session}", &whose.session.to_string())
    .replace("{person}", &world.hanako.to_string())
    .replace("{task}", &task.to_string())
    .replace("{terms}", "acceptable-use")
    .replace("{policy}", policy.id.as_str())
    .replace("{pack}", "matrix")
    .replace("{revision}", "1")
    .replace("{client}", "books")
    .replace("{provider}", "rooms")
    .replace("{key}", "active")
    .replace("{app}", "chat")
}

fn location(response: &http::Response<String>) -> &str {
    response
        .headers()
        .get(header::LOCATION)
        .map_or("", |value| value.to_str().unwrap())
}

fn is_event_stream(path: &str) -> bool {
    path == "/console/changes"
}

#[tokio::test]
async fn every_route_is_guarded_as_its_row_says() {
    for route in crate::routes() {
        let world = World::new().await;
        let member = world.sign_in(world.hanako, None).await;
        let other = world.sign_in(world.hanako, None).await;
        let admin = world.sign_in(world.ken, None).await;
        let path = concrete(&world, route.path, &other).await;
        let send = |who: Option<&SignedIn>, body: &str| {
            world.send(world.request(&route.method, &path, who, Presentation::NotAsked, body))
        };
        let name = format!("{} {}", route.method, route.path);
        if route.access == Access::Open {
            let answer = send(None, "").await;
            assert!(
                // What has to bring a message is told that it brings none.
                matches!(
                    answer.status(),
                    StatusCode::OK | StatusCode::SEE_OTHER | StatusCode::BAD_REQUEST
                ),
                "{name}: {answer:?}"
            );
            continue;
        }
        // Nobody.
        let answer = send(None, "token=0").await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{name}");
        assert!(
            location(&answer).starts_with("/signin?return=/"),
            "{name}: {}",
            location(&answer)
        );
        // A cookie that is nobody's.
        let forged = SignedIn {
            cookie: zt_types::Secret::new("A".repeat(43)),
            session: member.session,
        };
        assert_eq!(
            send(Some(&forged), "").await.status(),
            StatusCode::SEE_OTHER,
            "{name}"
        );
        // The wrong person.
        if route.access == Access::Administrator {
            let body = format!("token={}", world.token(&member).await);
            let answer = send(Some(&member), &body).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}");
        }
        let right = if route.access == Access::Administrator {
            &admin
        } else {
            &member
        };
        if route.method == Method::POST {
            forms_are_guarded(&world, &name, &path, right, &member, &admin).await;
        }
        // The right person, in the right way.
        if !is_event_stream(route.path) {
            let body = format!("token={}", world.token(right).await);
            let answer = send(Some(right), &body).await;
            assert!(
                matches!(answer.status(), StatusCode::OK | StatusCode::SEE_OTHER),
                "{name}: {}",
                answer.status()
            );
            assert!(!location(&answer).contains("note=failed"), "{name}");
            let policy = answer
                .headers()
                .get(header::CONTENT_SECURITY_POLICY)
                .unwrap()
                .to_str()
                .unwrap();
            assert!(policy.contains("require-trusted-types-for"), "{name}");
            assert_eq!(
                answer.headers()[header::CACHE_CONTROL],
                "no-store",
                "{name}"
            );
        }
    }
}

async fn forms_are_guarded(
    world: &World,
    name: &str,
    path: &str,
    right: &SignedIn,
    member: &SignedIn,
    admin: &SignedIn,
) {
    let token = world.token(right).await;
    let theirs = if right.session == admin.session {
        member
    } else {
        admin
    };
    let foreign = world.token(theirs).await;
    let before = format!(
        "{:?}",
        world.live.read(|state| (
            state.devices.clone(),
            state.credentials.len(),
            state.consents.clone()
        ))
    );
    for body in [
        "",
        "token=",
        "token=0",
        &format!("token={foreign}"),
        &"x".repeat(20_000),
    ] {
        let request = world.request(
            &Method::POST,
            path,
            Some(right),
            Presentation::NotAsked,
            body,
        );
        let status = world.send(request).await.status();
        assert!(
            matches!(status, StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST),
            "{name} with `{body:.40}`: {status}"
        );
    }
    // The token, but from another site.
    for (header, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
    ] {
        let body = format!("token={token}");
        let mut request: Request<_> = world.request(
            &Method::POST,
            path,
            Some(right),
            Presentation::NotAsked,
            &body,
        );
        request.headers_mut().insert(header, value.parse().unwrap());
        assert_eq!(
            world.send(request).await.status(),
            StatusCode::FORBIDDEN,
            "{name} {header}: {value}"
        );
    }
    let mut request: Request<_> = world.request(
        &Method::POST,
        path,
        Some(right),
        Presentation::NotAsked,
        &format!("token={token}"),
    );
    request.headers_mut().remove("sec-fetch-site");
    request.headers_mut().insert(
        header::ORIGIN,
        "https://wiki.sekisho.localhost:8443".parse().unwrap(),
    );
    assert_eq!(
        world.send(request).await.status(),
        StatusCode::FORBIDDEN,
        "{name} from another origin"
    );
    let after = format!(
        "{:?}",
        world.live.read(|state| (
            state.devices.clone(),
            state.credentials.len(),
            state.consents.clone()
        ))
    );
    assert_eq!(before, after, "{name} changed something");
}

#[tokio::test]
async fn signing_somebody_out_cuts_her_connections() {
    let world = World::new().await;
    let session = world.sign_in(world.hanako, None).await;
    let connection = world
        .at(
            "chat",
            session.session,
            Presentation::NotAsked,
            ConnectionKind::WebSocket,
        )
        .await
        .unwrap();
    let admin = world.sign_in(world.ken, None).await;
    let now = world.get("/console", &admin).await;
    assert!(
        now.body().contains("佐藤 花子") && now.body().contains("WebSocket 1"),
        "{}",
        now.body()
    );
    let answer = world
        .post(
            &format!("/console/sessions/{}/end", session.session),
            &admin,
        )
        .await;
    assert_eq!(location(&answer), "/console?note=ended");
    assert!(connection.is_cut());
    // Once more: there is nothing to end.
    let answer = world
        .post(
            &format!("/console/sessions/{}/end", session.session),
            &admin,
        )
        .await;
    assert_eq!(location(&answer), "/console?note=failed");
}

#[tokio::test]
async fn nobody_touches_what_is_somebody_elses() {
    let world = World::new().await;
    let hers = world.enrol(world.hanako, "ノートPC", "nb-0123").await;
    let [_, totp, ..] = world.factors(world.hanako).await;
    let her_session = world.sign_in(world.hanako, None).await;
    let ken = world.sign_in(world.ken, None).await;
    for path in [
        format!("/devices/{}/retire", hers.device),
        format!("/security/{totp}/remove"),
        format!("/sessions/{}/end", her_session.session),
    ] {
        let answer = world.post(&path, &ken).await;
        let is_refused =
            answer.status() == StatusCode::NOT_FOUND || location(&answer).contains("note=failed");
        assert!(is_refused, "{path}: {answer:?}");
    }
    assert!(world.get("/", &her_session).await.status().is_success());
    assert_eq!(world.live.read(|state| state.credentials.len()), 4);
}

#[tokio::test]
async fn the_last_factor_stays() {
    let world = World::new().await;
    let [password, totp, passkey, codes] = world.factors(world.hanako).await;
    let her = world.sign_in(world.hanako, None).await;
    for (credential, note) in [
        (password, "last-method"),
        (totp, "method-removed"),
        (passkey, "last-method"),
        (codes, "method-removed"),
        (codes, "failed"),
    ] {
        let answer = world
            .post(&format!("/security/{credential}/remove"), &her)
            .await;
        assert_eq!(location(&answer), format!("/security?note={note}"));
    }
}

#[tokio::test]
async fn of_two_removals_at_once_one_leaves_a_factor() {
    let world = World::new().await;
    let [_, totp, passkey, _] = world.factors(world.hanako).await;
    let her = world.sign_in(world.hanako, None).await;
    let remove = async |credential: zt_types::CredentialId| {
        let path = format!("/security/{credential}/remove");
        location(&world.post(&path, &her).await).to_owned()
    };
    let mut answers: [String; 2] = tokio::join!(remove(totp), remove(passkey)).into();
    answers.sort();
    assert_eq!(
        answers,
        [
            "/security?note=last-method",
            "/security?note=method-removed"
        ]
    );
}

#[tokio::test]
async fn a_retired_device_opens_nothing_and_its_certificates_are_revoked() {
    let world = World::new().await;
    let device = world.enrol(world.hanako, "ノートPC", "nb-0123").await;
    let her = world.sign_in(world.hanako, Some(&device)).await;
    let presented = Presentation::Certificate(device);
    let wiki = world
        .at("wiki", her.session, presented, ConnectionKind::Stream)
        .await
        .unwrap();
    let answer = world
        .post(&format!("/devices/{}/retire", device.device), &her)
        .await;
    assert_eq!(location(&answer), "/devices?note=device-retired");
    assert!(wiki.is_cut());
    assert!(
        world
            .live
            .read(|state| state.certificates.values().all(|c| c.revoked_at.is_some()))
    );
}

#[tokio::test]
async fn an_enrolment_code_is_shown_once_and_kept_as_a_hash() {
    let world = World::new().await;
    let her = world.sign_in(world.hanako, None).await;
    let page = world.post("/devices/code", &her).await;
    assert_eq!(page.status(), StatusCode::OK);
    let (_, rest) = page
        .body()
        .split_once(r#"<code id="code" class="large">"#)
        .unwrap();
    let code = rest.split_once('<').unwrap().0.to_owned();
    let hash = zt_crypto::hash::token_hash(&zt_crypto::code::canonical(&code).unwrap());
    let kept = world
        .live
        .read(|state| state.enrolment_codes.get(&hash).cloned())
        .unwrap();
    assert_eq!(kept.person, world.hanako);
    assert!(
        !format!(
            "{:?}",
            world.live.read(|state| state.enrolment_codes.clone())
        )
        .contains(&code)
    );
    assert!(!world.get("/devices", &her).await.body().contains(&code));
}

#[tokio::test]
async fn a_distrusted_device_gets_no_code_to_come_in_as_another() {
    let world = World::new().await;
    let device = world.enrol(world.hanako, "ノートPC", "nb-0123").await;
    let her = world.sign_in(world.hanako, Some(&device)).await;
    world.signal("f-1", "nb-0123", 1).await;
    // The portal is open to it; that much it may know.
    assert_eq!(world.get("/devices", &her).await.status(), StatusCode::OK);
    let refused = world.post("/devices/code", &her).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(world.live.read(|state| state.enrolment_codes.is_empty()));
    world.signal("f-1", "nb-0123", 3).await;
    let given = world.post("/devices/code", &her).await;
    assert_eq!(given.status(), StatusCode::OK);
}

#[tokio::test]
async fn filters_live_in_the_address() {
    let world = World::new().await;
    let her = world.sign_in(world.hanako, None).await;
    let admin = world.sign_in(world.ken, None).await;
    for (path, status) in [("/a-good-page", 200), ("/a-bad-page", 403)] {
        world.accessed(world.hanako, her.session, path, status);
    }
    let failures = world
        .get(
            "/console/events?outcome=failure&app=chat&person=hanako",
            &admin,
        )
        .await;
    assert!(failures.body().contains("/a-bad-page") && !failures.body().contains("/a-good-page"));
    assert!(failures.body().contains("端末の信頼度不足"));
    let successes = world
        .get("/console/events?outcome=success&topic=access", &admin)
        .await;
    assert!(!successes.body().contains("/a-bad-page") && successes.body().contains("/a-good-page"));
    for odd in [
        "?outcome=x&topic=y&app=%00&device=z&before=0",
        "?person=nobody-of-that-name",
        "?before=99999",
    ] {
        let answer = world.get(&format!("/console/events{odd}"), &admin).await;
        assert_eq!(answer.status(), StatusCode::OK, "{odd}");
    }
}

#[tokio::test]
async fn a_distrusted_device_still_reaches_the_portal_and_is_told_why() {
    let world = World::new().await;
    let device = world.enrol(world.hanako, "ノートPC", "nb-0123").await;
    let her = world.sign_in(world.hanako, Some(&device)).await;
    world.signal("f-1", "nb-0123", 1).await;
    let request = world.request(
        &Method::GET,
        "/",
        Some(&her),
        Presentation::Certificate(device),
        "",
    );
    let page = world.send(request).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(
        page.body().contains("この端末で問題が検出されました"),
        "{}",
        page.body()
    );
    let devices = world.get("/devices", &her).await;
    assert!(devices.body().contains("Trojan:Win32/Emotet.PA!MTB"));
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    for path in [
        "/nowhere",
        "/console/people/x",
        "/console/clients/nowhere",
        "/console/devices/6f9619ff-8b86-4011-b42d-00c04fc964ff",
        "/assets/x.css",
    ] {
        let answer = world.get(path, &admin).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body().contains("ページが見つかりません"), "{path}");
    }
}

#[tokio::test]
async fn a_part_of_a_page_is_never_a_sign_in_page() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    let part = |who| {
        let mut request = world.request(
            &Method::GET,
            "/console/now",
            who,
            Presentation::NotAsked,
            "",
        );
        request
            .headers_mut()
            .insert("hx-request", "true".parse().unwrap());
        request
    };
    let answer = world.send(part(Some(&admin))).await;
    assert!(
        answer.body().trim_start().starts_with(r#"<div id="now""#),
        "{}",
        answer.body()
    );
    let answer = world.send(part(None)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["hx-refresh"], "true");
    assert!(answer.body().is_empty());
}

#[tokio::test]
async fn a_limited_access_says_what_it_does_not_carry_and_what_no_proxy_can_hold_back() {
    let world = World::new().await;
    let admin = world.sign_in(world.ken, None).await;
    let her = world.sign_in(world.hanako, None).await;
    let document = zt_policy::PolicyDocument {
        id: zt_types::PolicyId::new("view-only").unwrap(),
        cedar: "forbid (principal, action in [Action::\"upload\", Action::\"download\", Action::\"print\"], \
                resource == Application::\"chat\");"
            .to_owned(),
        ..zt_policy::examples().unwrap().remove(0)
    };
    world
        .commit(vec![zt_store::Change::PutPolicy(document)])
        .await;
    let entered = world
        .at(
            "chat",
            her.session,
            Presentation::NotAsked,
            ConnectionKind::Exchange,
        )
        .await;
    assert!(entered.is_some());
    let request = world.request(
        &Method::GET,
        "/console",
        Some(&admin),
        Presentation::NotAsked,
        "",
    );
    let page = world.send(request).await;
    let words = "制限中：ダウンロード（ゲートウェイで止められるのは一部のみ）、送信・変更、\
                 印刷（ブラウザー側の操作のため、ゲートウェイでは止められません）";
    assert!(page.body().contains(words), "{}", page.body());
}
