//! The sign-in over its routes, on the memory store and a clock that stands still until it is moved.

mod abuse;
mod authenticator;
mod reset;
mod skips;
mod world;

use super::first_break_glass;
use authenticator::Authenticator;
use http::{StatusCode, header};
use world::{Browser, HOST, ORIGIN, PASSWORD, World};
use zt_auth::EndReason;
use zt_crypto::hash::received_hash;
use zt_events::Body;
use zt_types::{AppId, Assurance, FactorKind, TokenHash};

const BINDING: &str = "0101010101010101010101010101010101010101010101010101010101010101";

fn passage(app: &str) -> String {
    format!("/passage?app={app}&return=/room/1%3Fx%3Dy&binding={BINDING}")
}

fn assurance_of(world: &World, browser: &Browser) -> Option<Assurance> {
    let session = world.live.session_of(&browser.session()?)?;
    Some(session.assurance)
}

#[tokio::test]
async fn from_an_application_through_enrolment_back_to_it() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.open(&passage("chat")).await;
    assert_eq!(browser.page.title(), "Sign in");
    // The form's answer may lead to the application and nowhere else.
    let policy = browser.page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(
        policy.ends_with("form-action 'self' https://chat.example.jp:8443"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"));
    browser.type_password().await;
    assert_eq!(browser.page.title(), "Add a second way to sign in");
    browser.submit("choose", &[("kind", "totp")]).await;
    assert!(browser.page.body.contains("<svg class=\"qr\""));
    browser.submit("code", &[("code", "000000")]).await;
    assert!(
        browser.page.body.contains("That code is wrong"),
        "{}",
        browser.page.body
    );
    let code = world.code_of_flow(&browser.flow());
    browser.submit("code", &[("code", &code)]).await;
    assert_eq!(browser.page.title(), "Keep your recovery codes");
    assert!(browser.session().is_none(), "no session before the end");
    // A reload shows them again: they were not kept yet.
    let path = browser.flow();
    browser.open(&path).await;
    assert_eq!(browser.page.body.matches("<li>").count(), 10);
    browser.submit("acknowledge", &[]).await;
    assert_eq!(assurance_of(&world, &browser), Some(Assurance::Mfa));
    assert_eq!(browser.cookies["__Host-sekisho-last"], "totp");
    let location = browser.page.location().to_owned();
    let code = location
        .strip_prefix("https://chat.example.jp:8443/.sekisho/redeem?code=")
        .unwrap();

    let chat = AppId::new("chat").unwrap();
    let redeem = |binding, cookie| {
        let (live, chat) = (world.live.clone(), chat.clone());
        let code = received_hash(code);
        async move { live.redeem(&chat, code, binding, cookie).await }
    };
    let redeemed = redeem(TokenHash([1; 32]), TokenHash([5; 32]))
        .await
        .unwrap();
    assert_eq!(redeemed.return_to, "/room/1?x=y");
    assert!(
        redeem(TokenHash([1; 32]), TokenHash([6; 32]))
            .await
            .is_err(),
        "only once"
    );

    let events = world.events().await;
    let signed_in = events.iter().find_map(|body| match body {
        Body::SignedIn { factors, .. } => Some(factors.clone()),
        _ => None,
    });
    assert_eq!(
        signed_in,
        Some(vec![FactorKind::Password, FactorKind::Totp])
    );

    // With a session the way is open at once; a form of the flow that is done leads on as well.
    browser.open(&passage("chat")).await;
    assert!(browser.page.location().contains("/.sekisho/redeem?code="));
    browser.open(&path).await;
    assert!(browser.page.location().contains("/.sekisho/redeem?code="));
}

#[tokio::test]
async fn the_wiki_says_that_it_wants_a_trusted_device() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.enrol(&world, &passage("wiki")).await;
    assert_eq!(browser.page.status, StatusCode::FORBIDDEN);
    assert!(
        browser.page.body.contains("/devices"),
        "{}",
        browser.page.body
    );
    assert!(world.live.read(|state| state.redeem_codes.is_empty()));
    let refused = world.events().await.into_iter().any(|body| {
        matches!(body, Body::Access { status: 403, app: Some(app), .. } if app.as_str() == "wiki")
    });
    assert!(refused);
}

#[tokio::test]
async fn the_next_time_with_the_app_or_a_recovery_code() {
    let world = World::new().await;
    let codes = world.browser().enrol(&world, "/signin").await;
    assert_eq!(codes.len(), 10);
    world.clock.advance(std::time::Duration::from_secs(60));

    let mut browser = world.browser();
    browser.open("/signin?return=/security").await;
    browser
        .submit("name", &[("login", " HANAKO@example.jp")])
        .await;
    browser.submit("password", &[("password", PASSWORD)]).await;
    assert_eq!(browser.page.title(), "Confirm with your authenticator app");
    let code = world.code_of_hanako();
    browser.submit("code", &[("code", &code)]).await;
    assert_eq!(browser.page.location(), "/security");

    // A lost phone: a code counts once, and another factor is enrolled.
    let mut browser = world.browser();
    browser.open("/signin").await;
    browser.type_password().await;
    browser.submit("back", &[]).await;
    browser.submit("choose", &[("kind", "recovery-code")]).await;
    browser
        .submit("code", &[("code", &codes[3].to_lowercase())])
        .await;
    assert_eq!(browser.page.title(), "Add a second way to sign in");
    assert!(browser.session().is_none());
    browser.submit("choose", &[("kind", "totp")]).await;
    let code = world.code_of_flow(&browser.flow());
    browser.submit("code", &[("code", &code)]).await;
    assert_eq!(assurance_of(&world, &browser), Some(Assurance::Mfa));

    let mut browser = world.browser();
    browser.open("/signin").await;
    browser.type_password().await;
    browser.submit("back", &[]).await;
    browser.submit("choose", &[("kind", "recovery-code")]).await;
    browser.submit("code", &[("code", &codes[3])]).await;
    assert!(browser.page.body.contains("recovery code is wrong"));
}

#[tokio::test]
async fn a_passkey_is_enough_and_steps_up() {
    let world = World::new().await;
    let mut key = Authenticator::new(1, HOST, ORIGIN);
    let mut browser = world.browser();
    browser.open("/signin").await;
    browser.type_password().await;
    browser.submit("choose", &[("kind", "passkey")]).await;
    let answer = key.create(&browser.page.value(r#"data-options=""#));
    browser
        .submit("passkey", &[("credential", &answer), ("name", "My key")])
        .await;
    assert_eq!(browser.page.title(), "Keep your recovery codes");
    browser.submit("acknowledge", &[]).await;
    // It was enrolled at the door: whoever knows the password could have done that.
    assert_eq!(assurance_of(&world, &browser), Some(Assurance::Mfa));
    let before = browser.session().unwrap();

    browser
        .open("/signin/step-up?demand=phishing-resistant&return=/console")
        .await;
    let answer = key.prove(&browser.page.value(r#"data-options=""#));
    browser.submit("passkey", &[("credential", &answer)]).await;
    assert_eq!(browser.page.location(), "/console");
    assert_eq!(
        assurance_of(&world, &browser),
        Some(Assurance::PhishingResistant)
    );
    assert!(
        world.live.session_of(&before).is_none(),
        "the old cookie is dead"
    );

    let mut other = world.browser();
    other.open("/signin").await;
    other.submit("choose", &[("kind", "passkey")]).await;
    let answer = key.prove(&other.page.value(r#"data-options=""#));
    other.submit("passkey", &[("credential", &answer)]).await;
    assert_eq!(
        assurance_of(&world, &other),
        Some(Assurance::PhishingResistant)
    );
    assert_eq!(other.cookies["__Host-sekisho-last"], "passkey");
    assert_eq!(
        world.live.sessions_of(world.hanako).len(),
        2,
        "two browsers, two sessions"
    );

    // A copy of the key that is behind in its count is not believed.
    let mut thief = world.browser();
    thief.open("/signin").await;
    thief.submit("choose", &[("kind", "passkey")]).await;
    key.forget_a_use();
    let answer = key.prove(&thief.page.value(r#"data-options=""#));
    thief.submit("passkey", &[("credential", &answer)]).await;
    assert!(thief.session().is_none());
    let told = world
        .events()
        .await
        .into_iter()
        .any(|body| matches!(body, Body::SignInFailed { why, .. } if why == "cloned"));
    assert!(told);
}

#[tokio::test]
async fn break_glass_accounts_come_once_and_take_a_passkey() {
    let world = World::new().await;
    let links = first_break_glass(&world.live, &world.site).await.unwrap();
    assert_eq!(links.len(), 2);
    assert!(
        first_break_glass(&world.live, &world.site)
            .await
            .unwrap()
            .is_empty()
    );
    let path = links[0]
        .address
        .expose()
        .strip_prefix(ORIGIN)
        .unwrap()
        .to_owned();

    let mut key = Authenticator::new(1, HOST, ORIGIN);
    let mut browser = world.browser();
    browser.open(&path).await;
    assert_eq!(browser.page.title(), "Add a passkey");
    // A second tab with the same link, to be answered later.
    let mut late = browser.clone();
    late.open(&path).await;
    let answer = key.create(&browser.page.value(r#"data-options=""#));
    browser.submit("passkey", &[("credential", &answer)]).await;
    assert_eq!(browser.page.title(), "Confirm with a passkey");
    assert!(browser.session().is_none(), "enrolling proves nothing yet");
    let answer = key.prove(&browser.page.value(r#"data-options=""#));
    browser.submit("passkey", &[("credential", &answer)]).await;
    assert_eq!(
        assurance_of(&world, &browser),
        Some(Assurance::PhishingResistant)
    );
    let used = world
        .events()
        .await
        .into_iter()
        .filter(|body| matches!(body, Body::BreakGlassUsed { .. }))
        .count();
    assert_eq!(used, 1);

    // The link is used up, for the tab that was late too.
    let mut thief = Authenticator::new(2, HOST, ORIGIN);
    let answer = thief.create(&late.page.value(r#"data-options=""#));
    late.submit("passkey", &[("credential", &answer)]).await;
    assert_ne!(late.page.title(), "Confirm with a passkey");
    let mut again = world.browser();
    again.open(&path).await;
    assert_eq!(again.page.status, StatusCode::NOT_FOUND);
    let keys = world.live.read(|state| {
        let glass = state
            .people
            .values()
            .filter(|p| p.login.starts_with("break-glass"));
        glass
            .map(|p| state.credentials_of(p.id).count())
            .sum::<usize>()
    });
    assert_eq!(keys, 1);
}

#[tokio::test]
async fn another_password_ends_the_other_sessions() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.enrol(&world, "/signin").await;
    world.clock.advance(std::time::Duration::from_secs(60));
    let mut other = world.browser();
    other.open("/signin").await;
    other.type_password().await;
    other
        .submit("code", &[("code", &world.code_of_hanako())])
        .await;
    let elsewhere = other.session().unwrap();
    world.clock.advance(std::time::Duration::from_secs(60));

    browser.open("/signin/change-password").await;
    browser.submit("password", &[("password", PASSWORD)]).await;
    browser
        .submit("code", &[("code", &world.code_of_hanako())])
        .await;
    assert_eq!(browser.page.title(), "Choose a new password");
    for (password, says) in [
        ("short", "at least 8"),
        ("hanako2026", "guessed from your name"),
        ("password1", "common password"),
    ] {
        browser.submit("password", &[("password", password)]).await;
        assert!(browser.page.body.contains(says), "{password}");
    }
    let fresh = "春はあけぼの、やうやう白く";
    browser.submit("password", &[("password", fresh)]).await;
    assert_eq!(browser.page.location(), "/security");
    assert!(world.live.session_of(&elsewhere).is_none());
    assert!(world.live.session_of(&browser.session().unwrap()).is_some());
    let why = world.events().await.into_iter().any(|body| {
        matches!(body, Body::SessionEnded { why, .. } if why == EndReason::CredentialReset.as_str())
    });
    assert!(why);

    let mut later = world.browser();
    later.open("/signin").await;
    later.type_password().await;
    assert!(later.page.body.contains("password is wrong"));
    later.submit("password", &[("password", fresh)]).await;
    assert_eq!(later.page.title(), "Confirm with your authenticator app");
}

#[tokio::test]
async fn a_second_sign_in_in_the_same_browser_replaces_the_first() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.enrol(&world, "/signin").await;
    let before = browser.session().unwrap();
    // With a session there is nothing to do, unless it is asked for.
    browser.open("/signin?return=/devices").await;
    assert_eq!(browser.page.location(), "/devices");
    world.clock.advance(std::time::Duration::from_secs(60));
    browser.open("/signin?again=yes").await;
    browser.type_password().await;
    browser
        .submit("code", &[("code", &world.code_of_hanako())])
        .await;
    assert!(world.live.session_of(&before).is_none());
    assert_eq!(world.live.sessions_of(world.hanako).len(), 1);
}
