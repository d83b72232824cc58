//! What must not work.

use super::world::{Browser, PASSWORD, World, size};
use super::{BINDING, passage};
use http::{StatusCode, header};
use std::time::Duration;
use zt_auth::{FLOW_LIFETIME, GuessScope};
use zt_events::Body;
use zt_types::{FactorKind, PersonState};

async fn at_password(world: &World, login: &str) -> Browser {
    let mut browser = world.browser();
    browser.open("/signin").await;
    browser.submit("name", &[("login", login)]).await;
    browser
}

async fn failures(world: &World, factor: FactorKind) -> u32 {
    let scope = GuessScope::Person {
        person: world.hanako,
        factor,
    };
    let kept = world.live.store().load().await.unwrap().guesses;
    kept.get(&scope).map_or(0, |kept| kept.failures)
}

#[tokio::test]
async fn forms_of_other_sites_browsers_and_steps() {
    let world = World::new().await;
    let mut browser = at_password(&world, "hanako").await;
    let form = browser.form(&[("password", PASSWORD)]);

    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://chat.example.jp:8443"),
    ] {
        let mut other_site = browser.clone();
        other_site.headers = vec![(name, value)];
        let answer = other_site.post("password", form.clone()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }

    let mut other_browser = world.browser();
    other_browser.page = browser.page.clone();
    let answer = other_browser.post("password", form.clone()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    other_browser.open("/signin").await;
    other_browser.page = browser.page.clone();
    let answer = other_browser.post("password", form.clone()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!answer.body.contains("hanako"));

    // The back button: the form of the step before shows the present step, and nothing is lost.
    let mut tab = browser.clone();
    browser.submit("back", &[]).await;
    assert_eq!(browser.page.title(), "Sign in");
    let answer = tab.post("password", form.clone()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.title(), "Sign in");
    assert!(answer.body.contains("earlier step"));
    assert_eq!(
        failures(&world, FactorKind::Password).await,
        0,
        "nothing was looked at"
    );

    // Time is up.
    browser.submit("name", &[("login", "hanako")]).await;
    world.clock.advance(Duration::from_secs(FLOW_LIFETIME.0));
    browser.submit("password", &[("password", PASSWORD)]).await;
    assert_eq!(browser.page.title(), "Time is up");
    assert!(world.live.sessions_of(world.hanako).is_empty());
}

#[tokio::test]
async fn a_form_sent_twice_is_answered_once() {
    let world = World::new().await;
    let browser = at_password(&world, "hanako").await;
    let form = browser.form(&[("password", "wrong")]);
    let (mut one, mut two) = (browser.clone(), browser);
    let (one, two) = tokio::join!(
        one.post("password", form.clone()),
        two.post("password", form.clone())
    );
    let mut statuses = [one.status, two.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::SEE_OTHER]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_guesses_at_once_are_five() {
    let world = World::new().await;
    let mut browsers = Vec::new();
    for _ in 0..200 {
        browsers.push(at_password(&world, "hanako").await);
    }
    let tasks: Vec<_> = browsers
        .into_iter()
        .map(|mut browser| {
            tokio::spawn(async move {
                browser.submit("password", &[("password", "guess")]).await;
                let waits = browser.page.body.contains("No more are accepted until");
                let wrong = browser.page.body.contains("password is wrong");
                (waits, wrong)
            })
        })
        .collect();
    let (mut waits, mut wrong) = (0, 0);
    for task in tasks {
        let (waited, was_wrong) = task.await.unwrap();
        waits += u32::from(waited);
        wrong += u32::from(was_wrong);
    }
    assert_eq!((wrong, waits), (5, 195));
    assert_eq!(failures(&world, FactorKind::Password).await, 5);

    // The right password waits as well, until it is time.
    let mut browser = at_password(&world, "hanako").await;
    browser.submit("password", &[("password", PASSWORD)]).await;
    assert_eq!(browser.page.title(), "Enter your password");
    world.clock.advance(Duration::from_secs(30));
    browser.submit("password", &[("password", PASSWORD)]).await;
    assert_eq!(browser.page.title(), "Add a second way to sign in");
    assert_eq!(failures(&world, FactorKind::Password).await, 0);
}

/// A page without what differs from flow to flow.
fn anonymous(browser: &Browser, login: &str) -> String {
    let nonce = browser.page.value(r#"name="nonce" value=""#);
    let flow = browser.flow();
    let id = flow.rsplit('/').next().unwrap();
    browser
        .page
        .body
        .replace(&nonce, "NONCE")
        .replace(id, "FLOW")
        .replace(login, "LOGIN")
}

#[tokio::test]
async fn nobody_learns_who_is_known_here() {
    let world = World::new().await;
    let mut known = at_password(&world, "hanako").await;
    let mut unknown = at_password(&world, "tarou1").await;
    assert_eq!(anonymous(&known, "hanako"), anonymous(&unknown, "tarou1"));
    for _ in 0..7 {
        known.submit("password", &[("password", "guess")]).await;
        unknown.submit("password", &[("password", "guess")]).await;
        assert_eq!(anonymous(&known, "hanako"), anonymous(&unknown, "tarou1"));
    }
    assert!(known.page.body.contains("No more are accepted until"));
}

#[tokio::test]
async fn a_code_counts_once_however_many_bring_it() {
    let world = World::new().await;
    world.browser().enrol(&world, "/signin").await;
    world.clock.advance(Duration::from_secs(60));
    let (mut one, mut two) = (
        at_password(&world, "hanako").await,
        at_password(&world, "hanako").await,
    );
    one.submit("password", &[("password", PASSWORD)]).await;
    two.submit("password", &[("password", PASSWORD)]).await;
    let code = world.code_of_hanako();
    let fields = [("code", code.as_str())];
    tokio::join!(one.submit("code", &fields), two.submit("code", &fields));
    let in_now = [&one, &two].map(|browser| browser.session().is_some());
    assert_eq!(in_now.iter().filter(|is_in| **is_in).count(), 1);
    let out = if in_now[0] { &two } else { &one };
    assert!(
        out.page.body.contains("That code was used already"),
        "{}",
        out.page.body
    );
}

#[tokio::test]
async fn a_disabled_person_comes_nowhere() {
    let world = World::new().await;
    world.browser().enrol(&world, "/signin").await;
    world.clock.advance(Duration::from_secs(60));
    let mut browser = at_password(&world, "hanako").await;
    browser.submit("password", &[("password", PASSWORD)]).await;
    // In the middle of it.
    world.put_hanako(PersonState::Disabled).await;
    browser
        .submit("code", &[("code", &world.code_of_hanako())])
        .await;
    assert!(browser.session().is_none());
    let mut browser = at_password(&world, "hanako").await;
    browser.submit("password", &[("password", "wrong")]).await;
    assert!(!browser.page.body.contains("disabled"));
    browser.submit("password", &[("password", PASSWORD)]).await;
    assert_eq!(browser.page.title(), "Your account is disabled");
}

#[tokio::test]
async fn a_flood_of_passwords_is_told_to_come_back() {
    let world = World::with_pool(size(1, 0)).await;
    let mut tasks = Vec::new();
    for number in 0..12 {
        let mut browser = at_password(&world, &format!("nobody{number}")).await;
        tasks.push(async move {
            let form = browser.form(&[("password", "guess")]);
            browser.post("password", form).await
        });
    }
    // All are begun before any is answered: the first holds the one place.
    let mut set = tokio::task::JoinSet::new();
    tasks.into_iter().for_each(|task| {
        set.spawn(task);
    });
    let answers = set.join_all().await;
    let busy: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::SERVICE_UNAVAILABLE)
        .collect();
    assert!(!busy.is_empty() && busy.len() < answers.len());
    assert!(
        busy.iter()
            .all(|answer| answer.headers.contains_key(header::RETRY_AFTER))
    );
    // Who was sent away has not guessed.
    let guesses = world.live.store().load().await.unwrap().guesses;
    let counted: u32 = guesses
        .iter()
        .filter(|(scope, _)| matches!(scope, GuessScope::UnknownLogin { .. }))
        .map(|(_, kept)| kept.failures)
        .sum();
    assert_eq!(counted as usize, answers.len() - busy.len());
}

#[tokio::test]
async fn addresses_that_lead_elsewhere() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.enrol(&world, "/signin").await;
    for bad in [
        "//evil.example",
        "/%5Cevil.example",
        "https://evil.example/",
        "%09//evil.example",
        "",
    ] {
        browser.open(&format!("/signin?return={bad}")).await;
        assert_eq!(browser.page.location(), "/", "{bad}");
        browser
            .open(&format!("/passage?app=chat&return={bad}&binding={BINDING}"))
            .await;
        assert!(
            browser
                .page
                .location()
                .starts_with("https://chat.example.jp:8443/.sekisho/")
        );
        let path = world.live.read(|state| {
            let code = browser
                .page
                .location()
                .rsplit('=')
                .next()
                .unwrap()
                .to_owned();
            state.redeem_codes[&zt_crypto::hash::received_hash(&code)]
                .return_to
                .clone()
        });
        assert_eq!(path, "/");
    }
    let elsewhere = world.live.read(|state| {
        let chat = state
            .applications
            .values()
            .find(|app| app.id.as_str() == "chat");
        zt_policy::Application {
            id: zt_types::AppId::new("elsewhere").unwrap(),
            upstream: None,
            ..chat.unwrap().clone()
        }
    });
    let put = zt_store::Change::PutApplication(elsewhere);
    let plan = zt_store::Plan::new(vec![put], Vec::new());
    world.live.commit(plan).await.unwrap();
    for (address, status) in [
        (
            // It is registered, and has no host to pass to.
            format!("/passage?app=elsewhere&return=/&binding={BINDING}"),
            StatusCode::NOT_FOUND,
        ),
        (
            format!("/passage?app=nope&return=/&binding={BINDING}"),
            StatusCode::NOT_FOUND,
        ),
        (
            "/passage?app=chat&return=/&binding=00".to_owned(),
            StatusCode::BAD_REQUEST,
        ),
        (
            format!("/passage?app=../x&return=/&binding={BINDING}"),
            StatusCode::BAD_REQUEST,
        ),
        (
            format!("{}&step=godlike", passage("chat")),
            StatusCode::BAD_REQUEST,
        ),
        ("/passage".to_owned(), StatusCode::BAD_REQUEST),
        (
            "/signin/step-up?demand=hardware".to_owned(),
            StatusCode::BAD_REQUEST,
        ),
        ("/signin/link/guess".to_owned(), StatusCode::NOT_FOUND),
        (
            "/signin/00000000-0000-4000-8000-000000000000".to_owned(),
            StatusCode::OK,
        ),
        ("/signin/%00%ff".to_owned(), StatusCode::BAD_REQUEST),
    ] {
        let answer = browser.send("GET", &address, "", Vec::new()).await;
        assert_eq!(answer.status, status, "{address}");
    }
}

#[tokio::test]
async fn garbage() {
    let world = World::new().await;
    let mut browser = at_password(&world, "hanako").await;
    let form = "application/x-www-form-urlencoded";
    let good = browser.form(&[("password", PASSWORD)]);
    let path = format!("{}/password", browser.flow());
    let long = [good.clone(), b"&name=".to_vec(), vec![b'a'; 200_000]].concat();
    let extra = [good.clone(), b"&admin=yes".to_vec()].concat();
    let twice = [good.clone(), b"&step=0".to_vec()].concat();
    for (kind, body) in [
        (form, Vec::new()),
        (form, b"step=1".to_vec()),
        (form, b"step=-1&nonce=0&password=x".to_vec()),
        (form, vec![0xff, 0xfe, 0x00]),
        (form, b"%".repeat(50)),
        (form, extra),
        (form, twice),
        (form, long),
        ("application/json", b"{}".to_vec()),
        ("text/plain", good.clone()),
    ] {
        let said = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let answer = browser.send("POST", &path, kind, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{kind} {said}");
    }
    for action in ["nope", "..", "%2e%2e", ""] {
        let path = format!("{}/{action}", browser.flow());
        let answer = browser.send("POST", &path, form, good.clone()).await;
        assert!(
            answer.status.is_client_error(),
            "{action}: {}",
            answer.status
        );
    }
    // A password of a kilobyte is nobody's; a name of one neither.
    browser
        .submit("password", &[("password", &"x".repeat(5000))])
        .await;
    assert!(browser.page.body.contains("password is wrong"));
    browser.submit("back", &[]).await;
    browser
        .submit("name", &[("login", &"x".repeat(5000))])
        .await;
    assert!(browser.page.body.contains("cannot contain"));
    let unmoved = world
        .events()
        .await
        .into_iter()
        .all(|body| !matches!(body, Body::SignedIn { .. }));
    assert!(unmoved);
}

#[tokio::test]
async fn one_address_does_not_begin_without_end() {
    let world = World::new().await;
    let mut browser = world.browser();
    for _ in 0..300 {
        browser.open("/signin").await;
    }
    assert_eq!(browser.page.status, StatusCode::OK);
    browser.open("/signin").await;
    assert_eq!(browser.page.status, StatusCode::TOO_MANY_REQUESTS);
}
