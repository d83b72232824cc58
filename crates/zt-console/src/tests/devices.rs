//! Signing in for a device that shows a code.

use super::clients::registered_with;
use super::gallery::{check, folder};
use super::location;
use super::registration::as_itself;
use super::world::{SignedIn, World};
use http::{Method, Response, StatusCode};
use zt_auth::{EndReason, GrantState};
use zt_device::Presentation;
use zt_events::Actor;
use zt_federation::{Asked, Client, ConsentDemand, DeviceAsked, GrantType, Scope};
use zt_live::{DeviceRequest, DeviceStanding, NewDevice};
use zt_store::Change;
use zt_types::{GrantId, Language, ManagedBy, TokenHash};

const CODE: TokenHash = TokenHash([7; 32]);

fn television(app: &str, consent: ConsentDemand) -> Client {
    Client {
        grants: [GrantType::DeviceCode].into(),
        redirect_uris: [].into(),
        ..registered_with(app, consent)
    }
}

/// A device waits, asked from this address.
async fn waits(world: &World, client: &Client, n: u8, address: &str) -> DeviceRequest {
    world.commit(vec![Change::PutClient(client.clone())]).await;
    let asked = Asked::Device(DeviceAsked {
        scopes: [Scope::Openid, Scope::Profile].into(),
    });
    let device = NewDevice {
        client,
        asked: serde_json::to_string(&asked).unwrap(),
        address: address.parse().unwrap(),
        code: CODE,
    };
    let id = GrantId::from_random([n; 16]);
    world.live.device_begins(id, device).unwrap()
}

fn standing(world: &World, request: &DeviceRequest) -> DeviceStanding {
    let asks = || world.live.device_asks(request.id, &request.client, CODE);
    // Whoever asks too often is told so first.
    world
        .live
        .clock()
        .advance(std::time::Duration::from_secs(60));
    asks().unwrap()
}

impl World {
    async fn says(&self, who: &SignedIn, code: &str, answer: &str) -> Response<String> {
        let token = self.token(who).await;
        let body = format!("token={token}&user_code={code}&answer={answer}");
        let none = Presentation::NotAsked;
        self.send(self.request(&Method::POST, "/device", Some(who), none, &body))
            .await
    }
}

#[tokio::test]
async fn she_compares_the_code_and_says_yes() {
    let world = World::new().await;
    let who = world.sign_in(world.hanako, None).await;
    let request = waits(
        &world,
        &television("chat", ConsentDemand::Implied),
        1,
        "198.51.100.7",
    )
    .await;
    let code = request.user_code.to_string();
    // Whoever is not signed in does that first, and comes back to the same question.
    let none = Presentation::NotAsked;
    let complete = format!("/device?user_code={code}");
    let asked = world.request(&Method::GET, &complete, None, none, "");
    let way = world.send(asked).await;
    assert_eq!(
        location(&way),
        format!("/signin?return=/device%3Fuser_code%3D{code}")
    );
    // The address writes the code for her, and she sends it.
    let page = world.get(&complete, &who).await;
    assert!(
        page.body().contains(&format!("value=\"{code}\"")),
        "{}",
        page.body()
    );
    assert!(!page.body().contains("経理ブック"), "{}", page.body());
    for page in [
        world.says(&who, &code, "").await,
        world
            .says(&who, &code.replace('-', "+").to_lowercase(), "")
            .await,
    ] {
        for shown in [
            &*code,
            "経理ブック",
            "198.51.100.7",
            "別のアドレス",
            "受け取った場合は、許可しない",
            "hanako",
        ] {
            assert!(page.body().contains(shown), "{shown}\n{}", page.body());
        }
    }
    // Nothing came of looking.
    assert_eq!(standing(&world, &request), DeviceStanding::Waiting);
    let done = world.says(&who, &code, "allow").await;
    assert!(
        done.body().contains("端末がサインインしました"),
        "{}",
        done.body()
    );
    assert_eq!(standing(&world, &request), DeviceStanding::Elsewhere);
    let grant = world.live.read(|state| state.grants[&request.id].clone());
    assert_eq!((grant.person, grant.session), (world.hanako, who.session));
    assert!(matches!(grant.state, GrantState::Code { code: CODE, .. }));
    assert!(world.live.read(|state| state.consents.is_empty()));
    let twice = world.says(&who, &code, "allow").await;
    assert!(
        twice.body().contains("待っている端末はありません"),
        "{}",
        twice.body()
    );
}

#[tokio::test]
async fn she_says_no_and_what_nobody_waits_with_leads_nowhere() {
    let world = World::new().await;
    let who = world.sign_in(world.hanako, None).await;
    let request = waits(
        &world,
        &television("chat", ConsentDemand::Implied),
        1,
        "192.0.2.24",
    )
    .await;
    let code = request.user_code.to_string();
    let page = world.says(&who, &code, "").await;
    assert!(page.body().contains("同じアドレス"), "{}", page.body());
    let done = world.says(&who, &code, "deny").await;
    assert!(
        done.body().contains("サインインを断りました"),
        "{}",
        done.body()
    );
    assert_eq!(standing(&world, &request), DeviceStanding::Denied);
    for typed in ["", "BCDF-GHJK", "<script>", &code] {
        let page = world.says(&who, typed, "allow").await;
        assert_eq!(page.status(), StatusCode::OK);
        assert!(
            page.body().contains("待っている端末はありません"),
            "{}",
            page.body()
        );
    }
    let page = world.says(&who, "BCDF-GHJK", "allow").await;
    assert!(page.body().contains("待っている端末はありません"));
    let page = world.says(&who, "BCDF-GHJK", "allow").await;
    assert!(
        page.body().contains("までお待ちください"),
        "{}",
        page.body()
    );
    assert!(world.live.read(|state| state.grants.is_empty()));
}

/// Whoever compares the code sees that nobody here gave the program its name.
#[tokio::test]
async fn a_program_that_registered_itself_is_said_to_have() {
    let world = World::new().await;
    let who = world.sign_in(world.hanako, None).await;
    let theirs = television("chat", ConsentDemand::Asked);
    let request = waits(&world, &theirs, 1, "192.0.2.24").await;
    let code = request.user_code.to_string();
    let page = world.says(&who, &code, "").await;
    assert!(!page.body().contains("自己登録"), "{}", page.body());
    world.commit(as_itself(&world, theirs)).await;
    let page = world.says(&who, &code, "").await;
    super::gallery::keep("device-registered", page.body());
    for shown in ["自己登録", "https://books.example/policy"] {
        assert!(page.body().contains(shown), "{shown}\n{}", page.body());
    }
    assert!(!page.body().contains("logo.png"), "{}", page.body());
    // Whom the policies refuse is told so, too.
    let theirs = Client {
        managed_by: ManagedBy::Registration,
        ..television("wiki", ConsentDemand::Asked)
    };
    let request = waits(&world, &theirs, 2, "192.0.2.24").await;
    let code = request.user_code.to_string();
    let page = world.says(&who, &code, "allow").await;
    assert_eq!(page.status(), StatusCode::FORBIDDEN, "{}", page.body());
    assert!(page.body().contains("（自己登録）"), "{}", page.body());
}

/// Whatever leads her browser here with a code, no guess of hers is used up by it.
#[tokio::test]
async fn somebody_elses_page_uses_up_no_guesses() {
    let world = World::new().await;
    let who = world.sign_in(world.hanako, None).await;
    let request = waits(
        &world,
        &television("chat", ConsentDemand::Implied),
        1,
        "192.0.2.24",
    )
    .await;
    for _ in 0..200 {
        let page = world.get("/device?user_code=BCDF-GHJK", &who).await;
        assert!(page.body().contains("BCDF-GHJK"), "{}", page.body());
    }
    let page = world.says(&who, &request.user_code.to_string(), "").await;
    assert!(page.body().contains("経理ブック"), "{}", page.body());
}

/// A page of somebody else's cannot say yes for her.
#[tokio::test]
async fn only_our_own_page_says_yes() {
    let world = World::new().await;
    let who = world.sign_in(world.hanako, None).await;
    let request = waits(
        &world,
        &television("chat", ConsentDemand::Implied),
        1,
        "192.0.2.24",
    )
    .await;
    let body = format!("user_code={}&answer=allow", request.user_code);
    let none = Presentation::NotAsked;
    let forged = world.request(&Method::POST, "/device", Some(&who), none, &body);
    assert_eq!(world.send(forged).await.status(), StatusCode::FORBIDDEN);
    let body = format!("{body}&token={}", world.token(&who).await);
    let mut elsewhere = world.request(&Method::POST, "/device", Some(&who), none, &body);
    let headers = elsewhere.headers_mut();
    headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(world.send(elsewhere).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(standing(&world, &request), DeviceStanding::Waiting);
}

#[tokio::test]
async fn the_policies_say_who_may_and_consent_is_kept() {
    let world = World::new().await;
    let who = world.sign_in(world.hanako, None).await;
    let refused = waits(
        &world,
        &television("wiki", ConsentDemand::Asked),
        1,
        "192.0.2.24",
    )
    .await;
    let page = world
        .says(&who, &refused.user_code.to_string(), "allow")
        .await;
    assert_eq!(page.status(), StatusCode::FORBIDDEN, "{}", page.body());
    assert_eq!(standing(&world, &refused), DeviceStanding::Waiting);
    // What the policies refuse she has agreed to nowhere.
    assert!(world.live.read(|state| state.consents.is_empty()));
    let request = waits(
        &world,
        &television("chat", ConsentDemand::Asked),
        2,
        "192.0.2.24",
    )
    .await;
    // What she agreed to elsewhere is not taken back by less.
    let before = zt_auth::Consent {
        person: world.hanako,
        client: request.client.clone(),
        scopes: vec!["openid".to_owned(), "email".to_owned()],
        at: world.now(),
    };
    let plan = zt_store::Plan::new(vec![zt_store::Change::PutConsent(before)], Vec::new());
    world.live.commit(plan).await.unwrap();
    world
        .says(&who, &request.user_code.to_string(), "allow")
        .await;
    let key = (world.hanako, request.client.clone());
    let consent = world.live.read(|state| state.consents[&key].clone());
    assert_eq!(consent.scopes, ["openid", "profile", "email"]);
    // The one for the other application is none of this client's any more.
    let page = world
        .says(&who, &refused.user_code.to_string(), "allow")
        .await;
    assert!(
        page.body().contains("待っている端末はありません"),
        "{}",
        page.body()
    );
    // What was given ends with her session.
    let ended = world
        .live
        .end_session(who.session, EndReason::SignedOut, Actor::System);
    ended.await.unwrap();
    let grant = world.live.read(|state| state.grants[&request.id].clone());
    assert!(grant.is_over(world.now()));
}

#[tokio::test]
async fn the_pages_draw_in_both_languages() {
    let folder = folder();
    for language in Language::ALL {
        let world = World::new().await;
        let who = world.sign_in(world.hanako, None).await;
        let request = waits(
            &world,
            &television("chat", ConsentDemand::Implied),
            1,
            "198.51.100.7",
        )
        .await;
        let (code, token) = (request.user_code, world.token(&who).await);
        let ask = format!("token={token}&user_code={code}");
        let wrong = format!("token={token}&user_code=BCDF-GHJK");
        let allow = format!("token={token}&user_code={code}&answer=allow");
        for (name, method, path, body) in [
            ("device-code", Method::GET, "/device", ""),
            ("device-wrong", Method::POST, "/device", wrong.as_str()),
            ("device-ask", Method::POST, "/device", &ask),
            ("device-done", Method::POST, "/device", &allow),
        ] {
            let none = Presentation::NotAsked;
            let mut request = world.request(&method, path, Some(&who), none, body);
            let tag = language.tag().parse().unwrap();
            request.headers_mut().insert("accept-language", tag);
            let response = world.send(request).await;
            check(name, response.body());
            assert!(!response.body().contains("sign-in-elsewhere"), "{name}");
            let file = folder.join(format!("{name}.{}.html", language.tag()));
            std::fs::write(file, response.body()).unwrap();
        }
    }
}
