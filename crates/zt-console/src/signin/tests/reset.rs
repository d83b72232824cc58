//! Resets: the way of the person whose password it is, and the ways of somebody who only knows it.

use super::world::{Browser, HOST, ORIGIN, PASSWORD, World, text};
use super::{Authenticator, assurance_of, passage};
use http::StatusCode;
use std::time::Duration;
use zt_auth::{CredentialSecret, EndReason, PassScope, Vouched};
use zt_crypto::hash::token_hash;
use zt_events::{Actor, Body};
use zt_identity::{ManagedBy, Terms};
use zt_policy::{PolicyDocument, PolicyState};
use zt_store::{Change, Plan};
use zt_trust::{Fact, FactKey, FactKind, Severity};
use zt_types::{Assurance, FactorKind, PolicyId, Seconds, Secret, SourceId, Subject, TermsId};

const FRESH: &str = "春はあけぼの、やうやう白く";
/// As an administrator is shown it, and as it is hashed.
const PASS: (&str, &str) = ("7Q4K-0F9M-2XRT-W8HC-AAAA-BBBB", "7Q4K0F9M2XRTW8HCAAAABBBB");

async fn pass(world: &World, scope: PassScope) {
    let hash = token_hash(&Secret::new(PASS.1.to_owned()));
    world
        .live
        .issue_reset_pass(
            world.hanako,
            hash,
            scope,
            ("電話で本人を確認", Seconds::hours(1)),
            Actor::Operator,
        )
        .await
        .unwrap();
}

fn password_of(world: &World) -> String {
    world.live.read(|state| {
        state
            .credentials_of(world.hanako)
            .find_map(|kept| match &kept.secret {
                CredentialSecret::Password { phc } => Some(phc.clone()),
                _ => None,
            })
            .unwrap()
    })
}

fn factors_of(world: &World) -> Vec<(FactorKind, Vouched)> {
    let mut kinds: Vec<_> = world.live.read(|state| {
        state
            .credentials_of(world.hanako)
            .map(|kept| (kept.secret.kind(), kept.vouched))
            .collect()
    });
    kinds.sort_by_key(|(kind, _)| *kind);
    kinds
}

async fn leak(world: &World) {
    let now = world.clock.now();
    let fact = Fact {
        key: FactKey {
            source: SourceId::new("leaks").unwrap(),
            uid: "dump-7".to_owned(),
            subject: Subject::Person(world.hanako),
        },
        kind: FactKind::CredentialLeak,
        severity: Severity::High,
        title: "seen in a dump".to_owned(),
        observed_at: now,
        last_word_at: now,
        recorded_at: now,
        cleared_at: None,
    };
    let plan = Plan::new(vec![Change::PutFact(fact)], Vec::new());
    world.live.commit(plan).await.unwrap();
}

/// Hanako signs in for the first time and enrols a passkey.
async fn with_passkey(world: &World, key: &mut Authenticator) -> Browser {
    let mut browser = world.browser();
    browser.open("/signin").await;
    browser.type_password().await;
    browser.submit("choose", &[("kind", "passkey")]).await;
    let answer = key.create(&browser.page.value(r#"data-options=""#));
    browser.submit("passkey", &[("credential", &answer)]).await;
    browser.submit("acknowledge", &[]).await;
    browser
}

/// A reset up to the choice of a proof, from the sign-in's page of the password.
async fn forgot(world: &World, login: &str) -> Browser {
    let mut browser = world.browser();
    browser.open(&passage("chat")).await;
    browser.submit("name", &[("login", login)]).await;
    browser.submit("forgot", &[]).await;
    browser
}

async fn bring(browser: &mut Browser, pass: &str) {
    browser.submit("choose", &[("kind", "reset-pass")]).await;
    browser.submit("code", &[("code", pass)]).await;
}

#[tokio::test]
async fn the_owner_resets_with_a_passkey_and_whoever_knew_the_password_is_out() {
    let world = World::new().await;
    let mut key = Authenticator::new(1, HOST, ORIGIN);
    let elsewhere = with_passkey(&world, &mut key).await;
    leak(&world).await;
    world
        .live
        .require_reset(world.hanako, "見知らぬ場所", Actor::Operator)
        .await
        .unwrap();
    // Somebody who phished the password is in the middle of a sign-in.
    let mut attacker = world.browser();
    attacker.open("/signin").await;
    attacker.type_password().await;
    assert_eq!(attacker.page.title(), "Confirm with a passkey");

    let mut browser = forgot(&world, "hanako").await;
    assert_eq!(browser.page.title(), "Show that it is you");
    browser.submit("choose", &[("kind", "passkey")]).await;
    let answer = key.prove(&browser.page.value(r#"data-options=""#));
    browser.submit("passkey", &[("credential", &answer)]).await;
    assert_eq!(browser.page.title(), "New password");
    // Whose it is comes from the passkey, not from what was typed.
    assert_eq!(browser.page.value(r#"name="username" value=""#), "hanako");
    assert!(
        browser.session().is_none(),
        "no session before the password"
    );
    browser.submit("password", &[("password", PASSWORD)]).await;
    assert!(browser.page.body.contains("the password you have now"));
    browser
        .submit("password", &[("password", "password1")])
        .await;
    assert!(browser.page.body.contains("common password"));
    browser.submit("password", &[("password", FRESH)]).await;
    assert_eq!(
        assurance_of(&world, &browser),
        Some(Assurance::PhishingResistant)
    );
    assert!(browser.page.location().contains("/.sekisho/redeem?code="));

    let ended = world.live.session_of(&elsewhere.session().unwrap());
    assert!(ended.is_none(), "the session before has ended");
    attacker.submit("back", &[]).await;
    assert_eq!(attacker.page.title(), "Time is up", "that sign-in is gone");
    assert!(
        world
            .live
            .open_facts(Subject::Person(world.hanako))
            .is_empty()
    );
    assert!(world.live.read(|state| state.resets_due.is_empty()));
    let events = world.events().await;
    let told = |wanted: fn(&Body) -> bool| events.iter().filter(|body| wanted(body)).count();
    assert_eq!(
        told(|body| matches!(
            body,
            Body::PasswordReset {
                factor: FactorKind::Passkey,
                ..
            }
        )),
        1
    );
    assert_eq!(told(|body| matches!(body, Body::FactCleared { .. })), 1);
    assert_eq!(
        told(
            |body| matches!(body, Body::SessionEnded { why, .. } if why == EndReason::CredentialReset.as_str())
        ),
        1
    );

    let mut attacker = world.browser();
    attacker.open("/signin").await;
    attacker.type_password().await;
    assert!(attacker.page.body.contains("password is wrong"));
}

#[tokio::test]
async fn a_pass_works_once_in_one_of_two_tabs_and_the_app_is_asked_for_as_ever() {
    let world = World::new().await;
    let before = world.browser().enrol(&world, "/signin").await;
    world.clock.advance(Duration::from_secs(60));
    pass(&world, PassScope::Password).await;
    let (mut one, mut two) = (
        forgot(&world, "hanako").await,
        forgot(&world, "hanako").await,
    );
    bring(&mut one, "７ｑ４ｋ０ｆ９ｍ２ｘｒｔｗ８ｈｃａａａａｂｂｂｂ").await;
    assert_eq!(one.page.title(), "New password");
    bring(&mut two, PASS.0).await;
    assert!(two.page.body.contains("wrong, used or no longer valid"));
    // The form of the step before, sent again, brings nothing either.
    let replay = one.clone();
    one.submit("password", &[("password", FRESH)]).await;
    assert_eq!(one.page.title(), "Confirm with your authenticator app");
    assert!(
        one.session().is_none(),
        "the new password alone is no sign-in"
    );
    let phc = password_of(&world);
    let mut replay = replay;
    let form = replay.form(&[("password", "another one entirely 9")]);
    let answer = replay.post("password", form).await;
    assert!(answer.body.contains("earlier step"));
    assert_eq!(password_of(&world), phc);
    one.submit("code", &[("code", &world.code_of_hanako())])
        .await;
    assert_eq!(assurance_of(&world, &one), Some(Assurance::Mfa));
    // The tab that came late is one of the sign-ins that ended.
    two.submit("back", &[]).await;
    assert_eq!(two.page.title(), "Time is up");
    // Recovery codes stay as they are.
    let mut browser = world.browser();
    browser.open("/signin").await;
    browser.submit("name", &[("login", "hanako")]).await;
    browser.submit("password", &[("password", FRESH)]).await;
    browser.submit("back", &[]).await;
    browser.submit("choose", &[("kind", "recovery-code")]).await;
    browser.submit("code", &[("code", &before[0])]).await;
    assert_eq!(browser.page.title(), "Add a second way to sign in");
}

#[tokio::test]
async fn whoever_lost_all_factors_gets_new_ones_and_the_old_ones_are_worth_nothing() {
    let world = World::new().await;
    world.browser().enrol(&world, "/signin").await;
    world.clock.advance(Duration::from_secs(60));
    pass(&world, PassScope::AllFactors).await;
    let mut browser = forgot(&world, "hanako").await;
    bring(&mut browser, PASS.0).await;
    browser.submit("password", &[("password", FRESH)]).await;
    assert_eq!(browser.page.title(), "Add a second way to sign in");
    assert_eq!(
        factors_of(&world),
        [(FactorKind::Password, Vouched::Firmly)]
    );
    browser.submit("choose", &[("kind", "totp")]).await;
    let code = world.code_of_flow(&browser.flow());
    browser.submit("code", &[("code", &code)]).await;
    assert_eq!(browser.page.title(), "Keep your recovery codes");
    browser.submit("acknowledge", &[]).await;
    assert_eq!(assurance_of(&world, &browser), Some(Assurance::Mfa));
    let removed = world.events().await.into_iter();
    let removed = removed.filter(|body| matches!(body, Body::CredentialRemoved { .. }));
    assert_eq!(removed.count(), 2, "the app, and the recovery codes");
}

#[tokio::test]
async fn a_pass_that_is_over_taken_back_or_somebody_elses_is_wrong() {
    let world = World::new().await;
    let tried = async |login: &str, code: &str| {
        let mut browser = forgot(&world, login).await;
        bring(&mut browser, code).await;
        browser.page.body.contains("wrong, used or no longer valid")
    };
    let long = "A".repeat(60_000);
    assert!(tried("hanako", PASS.0).await, "there is none");
    pass(&world, PassScope::Password).await;
    for (login, code) in [
        ("ichiro", PASS.0),
        ("hanako", "7Q4K-0F9M-2XRT-W8HC-AAAA-BBBC"),
        ("hanako", "あ"),
        ("hanako", &long),
    ] {
        assert!(tried(login, code).await, "{login} {code:.40}");
    }
    world
        .live
        .revoke_reset_pass(world.hanako, Actor::Operator)
        .await
        .unwrap();
    assert!(tried("hanako", PASS.0).await, "taken back");
    pass(&world, PassScope::Password).await;
    world.clock.advance(Duration::from_secs(3600));
    assert!(tried("hanako", PASS.0).await, "an hour is over");
}

#[tokio::test]
async fn guesses_at_a_pass_are_few_and_tell_nothing() {
    let world = World::new().await;
    pass(&world, PassScope::Password).await;
    let phc = password_of(&world);
    let (mut known, mut unknown) = (
        forgot(&world, "hanako").await,
        forgot(&world, "nobody-of-that-name").await,
    );
    for guess in 0..8 {
        let code = format!("7Q4K-0F9M-2XRT-W8HC-AAAA-000{guess}");
        for browser in [&mut known, &mut unknown] {
            if guess == 0 {
                browser.submit("choose", &[("kind", "reset-pass")]).await;
            }
            browser.submit("code", &[("code", &code)]).await;
        }
        let says = |browser: &Browser| {
            let text = "wrong, used or no longer valid";
            (
                browser.page.body.contains(text),
                browser.page.body.contains("No more are accepted until"),
            )
        };
        assert_eq!(says(&known), says(&unknown), "{guess}");
        assert_eq!(says(&known), (guess < 5, guess >= 5), "{guess}");
    }
    // The right one waits as well.
    known.submit("code", &[("code", PASS.0)]).await;
    assert!(known.page.body.contains("No more are accepted until"));
    assert_eq!(password_of(&world), phc);
    // A new pass is not made to wait by guesses at the one before.
    pass(&world, PassScope::Password).await;
    known.submit("code", &[("code", PASS.0)]).await;
    assert_eq!(known.page.title(), "New password");
}

#[tokio::test]
async fn a_password_a_code_and_a_session_of_both_are_no_right_to_a_reset() {
    let world = World::new().await;
    let mut attacker = world.browser();
    attacker.enrol(&world, "/signin").await;
    world.clock.advance(Duration::from_secs(60));
    let phc = password_of(&world);
    // A running session, of whoever relayed the password and a code.
    attacker.open("/signin/reset?return=/security").await;
    assert_eq!(attacker.page.title(), "Show that it is you");
    assert!(
        !attacker.page.body.contains(r#"value="passkey""#),
        "she has none"
    );
    for (action, fields) in [
        ("choose", vec![("kind", "totp")]),
        ("choose", vec![("kind", "password")]),
        ("choose", vec![("kind", "recovery-code")]),
        ("choose", vec![("kind", "passkey")]),
        ("password", vec![("password", PASSWORD)]),
        ("code", vec![("code", "000000")]),
        ("passkey", vec![("credential", "{}")]),
        ("acknowledge", vec![]),
        ("forgot", vec![]),
        ("name", vec![("login", "hanako")]),
        ("password", vec![("password", FRESH)]),
    ] {
        attacker.submit(action, &fields).await;
        assert_eq!(attacker.page.title(), "Show that it is you", "{action}");
    }
    let nowhere = attacker.form(&[("kind", "reset-pass")]);
    let answer = attacker.post("reset", nowhere).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let path = format!("{}/choose", attacker.flow());
    let answer = attacker.send("GET", &path, "", Vec::new()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(password_of(&world), phc);

    // A passkey that she plants with what she phished is no right to it either.
    attacker.open("/signin/add-factor").await;
    attacker.submit("password", &[("password", PASSWORD)]).await;
    attacker
        .submit("code", &[("code", &world.code_of_hanako())])
        .await;
    attacker.submit("choose", &[("kind", "passkey")]).await;
    let mut planted = Authenticator::new(9, HOST, ORIGIN);
    let answer = planted.create(&attacker.page.value(r#"data-options=""#));
    attacker.submit("passkey", &[("credential", &answer)]).await;
    let kinds = factors_of(&world);
    assert!(kinds.contains(&(FactorKind::Passkey, Vouched::Phishably)));
    leak(&world).await;
    // Waiting does not help: the leak was seen when the passkey was new.
    world.clock.advance(Duration::from_secs(30 * 86_400));
    let mut attacker = world.browser();
    attacker.open("/signin/reset").await;
    attacker.submit("choose", &[("kind", "passkey")]).await;
    let answer = planted.prove(&attacker.page.value(r#"data-options=""#));
    attacker.submit("passkey", &[("credential", &answer)]).await;
    assert!(
        attacker.page.body.contains("added too recently"),
        "{}",
        attacker.page.body
    );
    assert_eq!(password_of(&world), phc);

    // Her own reset takes it away.
    pass(&world, PassScope::Password).await;
    let mut browser = forgot(&world, "hanako").await;
    bring(&mut browser, PASS.0).await;
    browser.submit("password", &[("password", FRESH)]).await;
    let left: Vec<FactorKind> = factors_of(&world)
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(
        left,
        [
            FactorKind::Password,
            FactorKind::Totp,
            FactorKind::RecoveryCode
        ]
    );
}

#[tokio::test]
async fn a_refusal_leads_to_the_reset_and_to_the_terms_and_then_there_is_none() {
    let world = World::new().await;
    let mut key = Authenticator::new(1, HOST, ORIGIN);
    let mut browser = with_passkey(&world, &mut key).await;
    let policy = |id: &str, unless: &str| {
        Change::PutPolicy(PolicyDocument {
            id: PolicyId::new(id).unwrap(),
            title: text(id),
            cedar: format!(
                "forbid (principal, action, resource == Application::\"chat\") unless {{ {unless} }};"
            ),
            source: zt_policy::Written::ByHand,
            state: PolicyState::On,
            message: None,
            managed_by: zt_policy::ManagedBy::Files,
            changed_at: world.clock.now(),
        })
    };
    let terms = Terms::new(
        TermsId::new("acceptable-use").unwrap(),
        text("Acceptable use"),
        text("Use it for work."),
        ManagedBy::Files,
        world.clock.now(),
    );
    let changes = vec![
        Change::PutTerms(terms.clone()),
        policy(
            "terms",
            "principal.terms.contains(Terms::\"acceptable-use\")",
        ),
        policy("reset", "!principal.reset_due"),
    ];
    let plan = Plan::new(changes, Vec::new());
    world.live.commit(plan).await.unwrap();
    world
        .live
        .require_reset(world.hanako, "seen in a dump", Actor::Operator)
        .await
        .unwrap();

    browser.open(&passage("chat")).await;
    assert_eq!(browser.page.status, StatusCode::FORBIDDEN);
    let ways = browser.page.body.replace("&#38;", "&");
    assert!(
        ways.contains("/signin/terms?return=") && ways.contains("&terms=acceptable-use"),
        "{ways}"
    );
    let reset = format!("{}&step=reset-password", passage("chat"));
    browser.open(&reset).await;
    assert_eq!(browser.page.title(), "Show that it is you");
    browser.submit("choose", &[("kind", "passkey")]).await;
    let answer = key.prove(&browser.page.value(r#"data-options=""#));
    browser.submit("passkey", &[("credential", &answer)]).await;
    browser.submit("password", &[("password", FRESH)]).await;
    // Back at the application's door, only the terms are left.
    assert_eq!(browser.page.status, StatusCode::FORBIDDEN);
    assert!(!browser.page.body.contains("step=reset-password"));
    let session = world.live.session_of(&browser.session().unwrap()).unwrap();
    world
        .live
        .accept_terms(session.id, &terms.id, terms.version())
        .await
        .unwrap();
    browser.open(&passage("chat")).await;
    assert!(browser.page.location().contains("/.sekisho/redeem?code="));
}
