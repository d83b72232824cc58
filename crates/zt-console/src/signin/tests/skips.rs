//! Steps that are left out, answered with nothing, or answered under another name (as Keycloak's CVE-2026-94218 was, by a restart).

use super::world::{Browser, PASSWORD, World, text};
use std::time::Duration;
use zt_auth::{Credential, CredentialSecret, PassScope};
use zt_crypto::hash::token_hash;
use zt_events::Actor;
use zt_store::{Change, Plan};
use zt_types::{CredentialId, PersonId, Seconds, Secret};

const ACTIONS: [&str; 9] = [
    "name",
    "password",
    "code",
    "passkey",
    "choose",
    "forgot",
    "back",
    "cancel",
    "acknowledge",
];

/// Hanako has an app, and a minute has passed since.
async fn enrolled() -> World {
    let world = World::new().await;
    world.browser().enrol(&world, "/signin").await;
    world.clock.advance(Duration::from_secs(60));
    world
}

#[tokio::test]
async fn an_empty_post_proves_nothing() {
    let world = enrolled().await;
    let mut browser = world.browser();
    browser.open("/signin").await;
    browser.submit("name", &[("login", "hanako")]).await;
    for fields in [&[][..], &[("password", "")]] {
        browser.submit("password", fields).await;
        assert_eq!(browser.page.title(), "Enter your password");
    }
    browser.submit("password", &[("password", PASSWORD)]).await;
    for fields in [&[][..], &[("code", "")], &[("credential", "")]] {
        browser.submit("code", fields).await;
        assert_eq!(browser.page.title(), "Confirm with your authenticator app");
        assert!(browser.session().is_none());
    }
    browser.submit("back", &[]).await;
    browser.submit("choose", &[("kind", "recovery-code")]).await;
    let asked = browser.page.title();
    for fields in [&[][..], &[("code", "")], &[("code", "----")]] {
        browser.submit("code", fields).await;
        assert_eq!(browser.page.title(), asked);
        assert!(browser.session().is_none());
    }
    // A passkey is asked for, and nothing answers.
    let mut browser = world.browser();
    browser.open("/signin").await;
    browser.submit("choose", &[("kind", "passkey")]).await;
    for fields in [&[][..], &[("credential", "")], &[("credential", "{}")]] {
        browser.submit("passkey", fields).await;
        assert!(browser.session().is_none());
    }
    // Somebody has a pass for her password, and somebody else does not.
    let hash = token_hash(&Secret::new("7Q4K0F9M2XRTW8HCAAAABBBB".to_owned()));
    let issued = world.live.issue_reset_pass(
        world.hanako,
        hash,
        PassScope::AllFactors,
        ("電話で本人を確認", Seconds::hours(1)),
        Actor::Operator,
    );
    issued.await.unwrap();
    let mut browser = world.browser();
    browser.open("/signin").await;
    browser.submit("name", &[("login", "hanako")]).await;
    browser.submit("forgot", &[]).await;
    browser.submit("choose", &[("kind", "reset-pass")]).await;
    for fields in [&[][..], &[("code", "")], &[("code", "----")]] {
        browser.submit("code", fields).await;
        assert_ne!(browser.page.title(), "New password");
    }
}

/// Whatever is sent at a step but its own answer leads to no session, nor does the last step's form.
#[tokio::test]
async fn no_step_is_answered_before_its_turn() {
    let world = enrolled().await;
    for has_password in [false, true] {
        for action in ACTIONS {
            let mut browser = world.browser();
            browser.open("/signin").await;
            browser.submit("name", &[("login", "hanako")]).await;
            if has_password {
                browser.submit("password", &[("password", PASSWORD)]).await;
            }
            let step = browser.page.title();
            for action in [action, "acknowledge"] {
                if browser.page.body.contains("name=\"nonce\"") {
                    let fields = [("login", "hanako"), ("kind", "totp"), ("name", "x")];
                    browser.submit(action, &fields).await;
                }
                assert!(browser.session().is_none(), "{action} at {step}");
            }
            // Nobody waits for the guesses that were none.
            world.clock.advance(Duration::from_secs(600));
        }
    }
    assert!(world.live.sessions_of(world.hanako).len() == 1, "her own");
}

/// Somebody who is known here as well, with an app and a password of his own.
async fn ken(world: &World) {
    let (record, hers) = world.live.read(|state| {
        let mut hers = state.credentials_of(world.hanako);
        let password = hers.find(|kept| matches!(kept.secret, CredentialSecret::Password { .. }));
        (state.people[&world.hanako].clone(), password.cloned())
    });
    let person = PersonId::from_random(world.live.entropy().bytes());
    let record = zt_identity::Person {
        id: person,
        login: "ken".to_owned(),
        name: text("高橋 健"),
        email: None,
        ..record
    };
    // It is the same as hers, which neither of them could know.
    let password = Credential {
        id: CredentialId::from_random(world.live.entropy().bytes()),
        person,
        ..hers.unwrap()
    };
    let changes = vec![Change::PutPerson(record), Change::PutCredential(password)];
    let plan = Plan::new(changes, Vec::new());
    world.live.commit(plan).await.unwrap();
    let mut browser = at_second(world, "ken").await;
    browser.submit("choose", &[("kind", "totp")]).await;
    let code = world.code_of_flow(&browser.flow());
    browser.submit("code", &[("code", &code)]).await;
    browser.submit("acknowledge", &[]).await;
    assert!(browser.session().is_some());
    world.clock.advance(Duration::from_secs(60));
}

/// A sign-in as far as what follows the password.
async fn at_second(world: &World, login: &str) -> Browser {
    let mut browser = world.browser();
    browser.open("/signin").await;
    browser.submit("name", &[("login", login)]).await;
    browser.submit("password", &[("password", PASSWORD)]).await;
    browser
}

/// He proves his own password, goes back, says that he is she, and has seen the code of her app: her password is missing.
#[tokio::test]
async fn who_starts_over_takes_no_proof_along() {
    let world = enrolled().await;
    ken(&world).await;
    let mut browser = at_second(&world, "ken").await;
    assert_eq!(browser.page.title(), "Confirm with your authenticator app");
    let before = world.live.sessions_of(world.hanako).len();
    for _ in 0..3 {
        browser.submit("back", &[]).await;
    }
    browser.submit("name", &[("login", "hanako")]).await;
    let code = world.code_of_hanako();
    browser.submit("code", &[("code", &code)]).await;
    assert_eq!(world.live.sessions_of(world.hanako).len(), before);
    // Nor does anything of it stay in the browser for the next sign-in.
    browser.open("/signin").await;
    browser.submit("name", &[("login", "hanako")]).await;
    browser.submit("code", &[("code", &code)]).await;
    assert_eq!(browser.page.title(), "Enter your password");
    assert_eq!(world.live.sessions_of(world.hanako).len(), before);
}
