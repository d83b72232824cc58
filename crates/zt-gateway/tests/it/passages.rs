use crate::world::{DOMAIN, World};
use http::StatusCode;
use std::sync::atomic::Ordering;

const START: &str = "0123456789012345678901234567890123456789012";
const NAVIGATE: (&str, &str) = ("sec-fetch-mode", "navigate");

fn cookie_of(answer: &http::Response<String>, name: &str) -> Option<String> {
    let cookies = answer.headers().get_all("set-cookie").iter();
    cookies.into_iter().find_map(|cookie| {
        let cookie = cookie.to_str().unwrap();
        Some(cookie.strip_prefix(name)?.strip_prefix('=')?.to_owned())
    })
}

#[tokio::test]
async fn somebody_without_a_session_is_sent_to_sign_in() {
    let world = World::new().await;
    let answer = world.get("chat", "/room?id=1&x=%2F", &[NAVIGATE]).await;
    assert_eq!(answer.status(), 302);
    let location = answer.headers()["location"].to_str().unwrap();
    let port = world.address.port();
    let start = cookie_of(&answer, "__Host-sekisho-start").unwrap();
    assert!(
        start.ends_with("; Path=/; Max-Age=1800; Secure; HttpOnly; SameSite=Lax"),
        "{start}"
    );
    let binding = zt_crypto::hash::received_hash(start.split(';').next().unwrap());
    assert_eq!(
        location,
        format!(
            "https://id.{DOMAIN}:{port}/passage?app=chat&return=/room%3Fid%3D1%26x%3D%252F&binding={binding}"
        )
    );
    // The same browser, in another tab: the same binding, and no new cookie that would break the first tab.
    let start = format!("__Host-sekisho-start={}", start.split(';').next().unwrap());
    let again = world
        .get("chat", "/", &[NAVIGATE, ("cookie", &start)])
        .await;
    assert!(
        again.headers()["location"]
            .to_str()
            .unwrap()
            .ends_with(&format!("binding={binding}"))
    );
    assert!(!again.headers().contains_key("set-cookie"));
    // What cannot be repeated comes back to the start; what would leave the host does, too.
    for path in ["//evil.example/", &format!("/{}", "x".repeat(3000))] {
        let answer = world.get("chat", path, &[NAVIGATE]).await;
        assert!(
            answer.headers()["location"]
                .to_str()
                .unwrap()
                .contains("return=/&"),
            "{path}"
        );
    }
    assert_eq!(world.application.seen.requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_program_without_a_session_is_told_what_to_do() {
    let world = World::new().await;
    for headers in [
        vec![],
        vec![("sec-fetch-mode", "cors")],
        vec![("cookie", "__Host-sekisho=tampered")],
    ] {
        let answer = world.get("chat", "/", &headers).await;
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert!(
            answer.headers().contains_key("www-authenticate")
                && !answer.headers().contains_key("set-cookie")
        );
        let problem: serde_json::Value = serde_json::from_str(answer.body()).unwrap();
        assert_eq!(problem["type"], "urn:sekisho:problem:sign-in-required");
    }
    assert_eq!(world.application.seen.requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_cookie_is_for_one_application_and_one_only() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    assert_eq!(
        world
            .get("chat", "/", &[("cookie", &signed_in.cookie)])
            .await
            .status(),
        200
    );
    assert_eq!(
        world
            .get("gone", "/", &[("cookie", &signed_in.cookie)])
            .await
            .status(),
        401
    );
    let mut tampered = signed_in.cookie.clone();
    let last = if tampered.pop() == Some('A') {
        'B'
    } else {
        'A'
    };
    tampered.push(last);
    assert_eq!(
        world
            .get("chat", "/", &[("cookie", &tampered)])
            .await
            .status(),
        401
    );
    world.end(&signed_in).await;
    assert_eq!(
        world
            .get("chat", "/", &[("cookie", &signed_in.cookie)])
            .await
            .status(),
        401
    );
}

#[tokio::test]
async fn a_code_becomes_a_cookie_once_and_only_in_the_browser_that_began() {
    let world = World::new().await;
    let start = format!("__Host-sekisho-start={START}");
    let code = world.code("chat", START).await;
    let redeem = format!("/.sekisho/redeem?code={code}");
    let answer = world
        .get("chat", &redeem, &[NAVIGATE, ("cookie", &start)])
        .await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/page?from=prompt");
    let cookie = cookie_of(&answer, "__Host-sekisho").unwrap();
    assert!(
        cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let cookie = format!("__Host-sekisho={}", cookie.split(';').next().unwrap());
    assert_eq!(
        world
            .get("chat", "/", &[("cookie", &cookie)])
            .await
            .status(),
        200
    );

    assert_eq!(
        world
            .get("chat", &redeem, &[NAVIGATE, ("cookie", &start)])
            .await
            .status(),
        400,
        "used already"
    );
    for (what, id, cookie) in [
        ("without the start cookie", "chat", String::new()),
        (
            "in another browser",
            "chat",
            format!("__Host-sekisho-start={}", START.replace('0', "a")),
        ),
        ("at another application", "gone", start.clone()),
    ] {
        let code = world.code("chat", START).await;
        let answer = world
            .get(
                id,
                &format!("/.sekisho/redeem?code={code}"),
                &[NAVIGATE, ("cookie", &cookie)],
            )
            .await;
        assert_eq!(answer.status(), 400, "{what}");
        assert!(cookie_of(&answer, "__Host-sekisho").is_none(), "{what}");
    }
    let late = world.code("chat", START).await;
    world
        .live
        .clock()
        .advance(std::time::Duration::from_secs(61));
    let answer = world
        .get(
            "chat",
            &format!("/.sekisho/redeem?code={late}"),
            &[NAVIGATE, ("cookie", &start)],
        )
        .await;
    assert_eq!(answer.status(), 400, "too late");
}

#[tokio::test]
async fn a_refusal_is_a_page_for_people_and_a_problem_for_programs() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    world.finding(1).await;
    let cookie = ("cookie", signed_in.cookie.as_str());
    let page = world
        .get(
            "chat",
            "/room",
            &[NAVIGATE, cookie, ("accept-language", "ja")],
        )
        .await;
    assert_eq!(page.status(), 403);
    for words in [
        "lang=\"ja\"",
        "Emotet",
        "EDR",
        "佐藤 花子",
        "/.sekisho/assets/",
    ] {
        assert!(page.body().contains(words), "{words}\n{}", page.body());
    }
    let problem = world.get("chat", "/room", &[cookie]).await;
    assert_eq!(problem.status(), 403);
    let problem: serde_json::Value = serde_json::from_str(problem.body()).unwrap();
    assert_eq!(problem["reasons"][0], "device-trust-too-low");
    assert_eq!(problem["remedies"][0], "wait-for-device-clean");
    assert_eq!(world.application.seen.requests.load(Ordering::SeqCst), 0);
    world.finding(3).await;
    assert_eq!(
        world.get("chat", "/room", &[cookie]).await.status(),
        200,
        "it comes back by itself"
    );
}

#[tokio::test]
async fn an_application_that_demands_a_device_says_how_to_get_one() {
    let world = World::new().await;
    let signed_in = world.sign_in("wiki").await;
    world
        .live
        .commit(zt_store::Plan::new(revoked(&world), Vec::new()))
        .await
        .unwrap();
    let page = world
        .get(
            "wiki",
            "/",
            &[
                NAVIGATE,
                ("cookie", &signed_in.cookie),
                ("accept-language", "en"),
            ],
        )
        .await;
    assert_eq!(page.status(), 403);
    assert!(
        page.body()
            .contains(&format!("https://id.{DOMAIN}:{}", world.address.port())),
        "{}",
        page.body()
    );
}

fn revoked(world: &World) -> Vec<zt_store::Change> {
    let now = world.live.clock().now();
    let revoke = |certificate: &zt_device::Certificate| {
        zt_store::Change::PutCertificate(zt_device::Certificate {
            revoked_at: Some(now),
            ..certificate.clone()
        })
    };
    world
        .live
        .read(|state| state.certificates.values().map(revoke).collect())
}

#[tokio::test]
async fn our_own_paths_never_reach_the_application() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let cookie = ("cookie", signed_in.cookie.as_str());
    let page = world
        .get("chat", "/.sekisho/nothing", &[NAVIGATE, cookie])
        .await;
    assert_eq!(page.status(), 404);
    let style = page
        .body()
        .split('"')
        .find(|part| part.starts_with("/.sekisho/assets/") && part.ends_with(".css"))
        .unwrap();
    let style = world.get("chat", style, &[]).await;
    assert_eq!(style.status(), 200);
    assert!(
        style.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/css")
    );
    let switched = world
        .get("chat", "/.sekisho/language/en?return=%2Froom", &[])
        .await;
    assert_eq!(
        (switched.status().as_u16(), &switched.headers()["location"]),
        (303, &"/room".parse().unwrap())
    );
    assert_eq!(
        world.get("chat", "/.sekisho", &[cookie]).await.status(),
        404
    );
    assert_eq!(world.application.seen.requests.load(Ordering::SeqCst), 0);
    assert_eq!(
        world.get("chat", "/.sekishox", &[cookie]).await.status(),
        200,
        "only what is under our prefix is ours"
    );
}

#[tokio::test]
async fn signing_out_is_the_persons_own_wish() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let cookie = ("cookie", signed_in.cookie.as_str());
    for headers in [
        vec![cookie, ("sec-fetch-site", "cross-site")],
        vec![cookie, ("sec-fetch-site", "same-site")],
        vec![cookie],
    ] {
        assert_eq!(
            world
                .get("chat", "/.sekisho/sign-out", &headers)
                .await
                .status(),
            403
        );
        assert_eq!(world.get("chat", "/", &[cookie]).await.status(), 200);
    }
    let out = world
        .get(
            "chat",
            "/.sekisho/sign-out",
            &[cookie, NAVIGATE, ("sec-fetch-site", "same-origin")],
        )
        .await;
    assert_eq!(out.status(), 303);
    assert!(
        cookie_of(&out, "__Host-sekisho")
            .unwrap()
            .starts_with("; Path=/; Max-Age=0")
    );
    assert_eq!(world.get("chat", "/", &[cookie]).await.status(), 401);
}

#[tokio::test]
async fn a_host_without_an_application_is_refused() {
    let world = World::new().await;
    let answer = world.get("unregistered", "/", &[NAVIGATE]).await;
    assert_eq!(answer.status(), 403);
    assert_eq!(
        world.accesses().await,
        [(403, vec!["application-unregistered".to_owned()])]
    );
}

#[tokio::test]
async fn an_application_that_is_registered_later_opens() {
    let world = World::new().await;
    let record = world
        .live
        .read(|state| state.applications[&crate::world::app("chat")].clone());
    let record = zt_policy::Application {
        id: crate::world::app("unregistered"),
        ..record
    };
    let mut changes = world.live.changes();
    changes.mark_unchanged();
    world
        .live
        .commit(zt_store::Plan::new(
            vec![zt_store::Change::PutApplication(record)],
            Vec::new(),
        ))
        .await
        .unwrap();
    let signed_in = world.sign_in("unregistered").await;
    assert_eq!(
        world
            .get("unregistered", "/", &[("cookie", &signed_in.cookie)])
            .await
            .status(),
        200
    );
}

/// What is elsewhere has no host here, whatever else is in its record; one that is taken behind the gateway has.
#[tokio::test]
async fn an_application_elsewhere_has_no_host() {
    let world = World::new().await;
    let chat = world
        .live
        .read(|state| state.applications[&crate::world::app("chat")].clone());
    let elsewhere = zt_policy::Application {
        upstream: None,
        ..chat.clone()
    };
    for (record, status) in [(elsewhere, 403), (chat, 200)] {
        let put = zt_store::Change::PutApplication(record);
        let plan = zt_store::Plan::new(vec![put], Vec::new());
        world.live.commit(plan).await.unwrap();
        world.gateway.refresh();
        let signed_in = world.sign_in("chat").await;
        let cookie = [("cookie", signed_in.cookie.as_str())];
        assert_eq!(world.get("chat", "/", &cookie).await.status(), status);
    }
}

/// Whoever comes as another program each time is told to wait, in words, and when to come again.
#[tokio::test]
async fn who_comes_anew_in_a_loop_is_told_to_wait() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let come = async |program: u32, accept: &str, language: &str| {
        let agent = format!("Mozilla/5.0 Chrome/{program}");
        let headers = [
            ("cookie", signed_in.cookie.as_str()),
            ("user-agent", &agent),
            ("accept", accept),
            ("accept-language", language),
        ];
        world.get("chat", "/", &headers).await
    };
    for program in 0..240 {
        let answer = come(program, "text/html", "ja").await;
        assert_eq!(answer.status(), StatusCode::OK, "{program}");
    }
    for (accept, language, said) in [
        (
            "text/html",
            "ja",
            "しばらく時間をおいてから、もう一度お試しください。",
        ),
        ("text/html", "en", "Please wait a while, then try again."),
        ("application/json", "en", "\"reason\":\"too-fast\""),
    ] {
        let answer = come(1_000, accept, language).await;
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.headers()["retry-after"], "1");
        assert!(answer.body().contains(said), "{}", answer.body());
    }
    world
        .live
        .clock()
        .advance(std::time::Duration::from_secs(1));
    let answer = come(1_001, "text/html", "ja").await;
    assert_eq!(answer.status(), StatusCode::OK);
}
