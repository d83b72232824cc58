use super::*;

mod change;

use crate::fixtures::{admin, empty, endpoints, example};
use crate::{ADMIN, HEALTH, PUBLIC, routes};
use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};
use tower::ServiceExt;
use zt_auth::{EndReason, ProvenFactor, Session};
use zt_store::{Change, Plan};
use zt_types::{Assurance, FactorKind, Seconds, SessionId, TokenHash};

/// Signs somebody in, as the sign-in would.
async fn session(endpoints: &Endpoints, login: &str, id: u8) -> SessionId {
    let live = endpoints.live();
    let now = live.clock().now();
    let session = Session {
        id: SessionId::from_random([id; 16]),
        person: live.read(|state| state.logins[login]),
        token: TokenHash([id; 32]),
        device: None,
        certificate: None,
        proven: vec![ProvenFactor {
            kind: FactorKind::Password,
            at: now,
        }],
        assurance: Assurance::Password,
        created_at: now,
        authenticated_at: now,
        expires_at: now + Seconds::hours(12),
        address: "192.0.2.1".to_owned(),
        user_agent: String::new(),
        ended: None,
    };
    let id = session.id;
    live.commit(Plan::new(vec![Change::PutSession(session)], Vec::new()))
        .await
        .unwrap();
    id
}

fn ended(endpoints: &Endpoints, session: SessionId) -> Option<EndReason> {
    endpoints
        .live()
        .read(|state| state.sessions[&session].ended.map(|(_, why)| why))
}

#[tokio::test]
async fn every_route_has_a_handler_and_no_path_another_method() {
    let endpoints = empty().await;
    for (table, router) in [
        (PUBLIC, endpoints.public()),
        (ADMIN, endpoints.admin()),
        (HEALTH, endpoints.health()),
    ] {
        for route in table {
            let methods = [
                Method::GET,
                Method::POST,
                Method::PUT,
                Method::DELETE,
                Method::OPTIONS,
            ];
            for method in methods {
                let is_listed = table
                    .iter()
                    .any(|one| one.path == route.path && one.method == method);
                let request = Request::builder()
                    .method(&method)
                    .uri(route.path)
                    .body(Body::empty())
                    .unwrap();
                let status = router.clone().oneshot(request).await.unwrap().status();
                assert_ne!(status, StatusCode::NOT_FOUND, "{}", route.path);
                assert_eq!(
                    status == StatusCode::METHOD_NOT_ALLOWED,
                    !is_listed,
                    "{method} {}",
                    route.path
                );
            }
        }
    }
    assert_eq!(routes().count(), PUBLIC.len() + ADMIN.len() + HEALTH.len());
}

#[tokio::test]
async fn applying_twice_does_nothing_and_wrong_files_change_nothing() {
    let endpoints = endpoints().await;
    let body = json!({ "files": example() });
    let (status, answer) = admin(&endpoints, "POST", ORGANISATION_APPLY, &body).await;
    assert_eq!((status, &answer["lines"]), (StatusCode::OK, &json!([])));

    let mut files = example();
    files
        .texts
        .insert("z.toml".to_owned(), "[[group]]\nid = 3\n".to_owned());
    let body = json!({ "files": files });
    for path in [ORGANISATION_PLAN, ORGANISATION_APPLY] {
        let (status, answer) = admin(&endpoints, "POST", path, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let refused: wire::Refused = serde_json::from_value(answer).unwrap();
        assert_eq!(
            refused
                .problems
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            [
                "z.toml:1:1: a group has no `name`; write `name = { ja = \"営業部\", en = \"Sales\" }`",
                "z.toml:2:6: `id` is a whole number; write 1 to 63 of `a-z`, `0-9`, `-`, starting with a letter or digit",
            ]
        );
    }
}

#[tokio::test]
async fn whom_the_files_drop_is_signed_out() {
    let endpoints = endpoints().await;
    let hers = session(&endpoints, "emily.carter", 1).await;
    let his = session(&endpoints, "suzuki.ichiro", 2).await;
    let mut files = example();
    let people = files.texts.get_mut("people.toml").unwrap();
    *people = people.replace("emily.carter", "emily.c");
    let body = json!({ "files": files });
    let (_, planned) = admin(&endpoints, "POST", ORGANISATION_PLAN, &body).await;
    assert_eq!(ended(&endpoints, hers), None, "a plan changes nothing");
    let (_, applied) = admin(&endpoints, "POST", ORGANISATION_APPLY, &body).await;
    assert_eq!(planned["lines"], applied["lines"]);
    assert_eq!(ended(&endpoints, hers), Some(EndReason::PersonDisabled));
    assert_eq!(ended(&endpoints, his), None);
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let endpoints = endpoints().await;
    let one = session(&endpoints, "sato.hanako", 1).await;
    session(&endpoints, "suzuki.ichiro", 2).await;
    let three = session(&endpoints, "suzuki.ichiro", 3).await;
    let (_, list) = admin(&endpoints, "GET", SESSIONS, &Value::Null).await;
    let logins: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|view| view["login"].as_str().unwrap())
        .collect();
    assert_eq!(logins, ["sato.hanako", "suzuki.ichiro", "suzuki.ichiro"]);

    let (_, answer) = admin(&endpoints, "POST", SESSION_END, &json!({ "session": one })).await;
    assert_eq!(answer, json!({ "sessions": 1, "cut": 0 }));
    let (status, answer) = admin(&endpoints, "POST", SESSION_END, &json!({ "session": one })).await;
    assert_eq!(
        (status, &answer["error"]),
        (StatusCode::CONFLICT, &json!("session-ended"))
    );
    let login = json!({ "login": "suzuki.ichiro" });
    let (_, answer) = admin(&endpoints, "POST", SESSION_END, &login).await;
    assert_eq!(answer["sessions"], 2);
    assert_eq!(
        ended(&endpoints, three),
        Some(EndReason::EndedByAdministrator)
    );
    let (status, _) = admin(
        &endpoints,
        "POST",
        SESSION_END,
        &json!({ "login": "nobody" }),
    )
    .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_password_is_judged_and_replaces_the_old_one() {
    let endpoints = endpoints().await;
    let set = |login: &str, password: &str| {
        let body = json!({ "login": login, "password": password });
        let endpoints = endpoints.clone();
        async move { admin(&endpoints, "POST", PASSWORD, &body).await }
    };
    let hers = session(&endpoints, "sato.hanako", 1).await;
    assert_eq!(
        set("sato.hanako", "short").await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        set("sato.hanako", "password1").await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        set("nobody", "correct horse battery").await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(ended(&endpoints, hers), None);
    for _ in 0..2 {
        let (status, _) = set("sato.hanako", "tsuki ga kirei desu ne 7").await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }
    assert_eq!(ended(&endpoints, hers), Some(EndReason::CredentialReset));
    let person = endpoints.live().read(|state| state.logins["sato.hanako"]);
    let kept = endpoints
        .live()
        .read(|state| state.credentials_of(person).count());
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn break_glass_links_are_for_those_accounts_only() {
    let endpoints = endpoints().await;
    let ask = |login: &str, minutes: u64| {
        let body = json!({ "login": login, "minutes": minutes });
        let endpoints = endpoints.clone();
        async move { admin(&endpoints, "POST", BREAK_GLASS_LINKS, &body).await }
    };
    assert_eq!(ask("sato.hanako", 10).await.0, StatusCode::NOT_FOUND);
    let live = endpoints.live();
    let mut account = live.read(|state| state.people.values().next().cloned().unwrap());
    account.id = zt_types::PersonId::from_random([9; 16]);
    account.login = "break-glass-1".to_owned();
    account.role = zt_identity::Role::BreakGlass;
    account.managed_by = zt_identity::ManagedBy::System;
    live.commit(Plan::new(vec![Change::PutPerson(account)], Vec::new()))
        .await
        .unwrap();
    assert_eq!(
        ask("break-glass-1", 0).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        ask("break-glass-1", 999_999).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let (status, answer) = ask("break-glass-1", 10).await;
    assert_eq!(status, StatusCode::CREATED);
    let address = answer["address"].as_str().unwrap();
    let secret = address
        .strip_prefix("https://id.sekisho.example/signin/link/")
        .unwrap();
    let hash = zt_crypto::hash::received_hash(secret);
    assert!(live.read(|state| state.sign_in_links.contains_key(&hash)));
    let body = json!({ "login": "break-glass-1", "password": "tsuki ga kirei desu ne 7" });
    assert_eq!(
        admin(&endpoints, "POST", PASSWORD, &body).await.0,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn status_and_policies_are_shown() {
    let endpoints = endpoints().await;
    let (_, status) = admin(&endpoints, "GET", STATUS, &Value::Null).await;
    assert_eq!(
        (&status["people"], &status["applications"]),
        (&json!(4), &json!(4))
    );
    let (_, policies) = admin(&endpoints, "GET", POLICIES, &Value::Null).await;
    let ids: Vec<&str> = policies
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| policy["id"].as_str().unwrap())
        .collect();
    assert!(
        ids.contains(&"internal-mfa") && ids.contains(&"wiki-trusted-device"),
        "{ids:?}"
    );
}

#[tokio::test]
async fn health_and_metrics_answer() {
    let endpoints = endpoints().await;
    let read = |path: &'static str| {
        let router = endpoints.health();
        async move {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router.oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
            String::from_utf8(bytes.unwrap().to_vec()).unwrap()
        }
    };
    assert_eq!(read("/healthz").await, "ok\n");
    assert_eq!(read("/readyz").await, "ready\n");
    let metrics = read("/metrics").await;
    assert!(metrics.contains("sekisho_people 4\n"), "{metrics}");
    assert!(metrics.ends_with("# EOF\n"));
    assert!(!metrics.contains("hanako"), "no personal data");
}

#[tokio::test]
async fn a_pass_is_made_told_once_and_taken_back() {
    let endpoints = endpoints().await;
    let live = endpoints.live();
    let her = live.read(|state| state.logins["sato.hanako"]);
    let ask = |login: &str, reason: &str, minutes: u64| {
        let body =
            json!({ "login": login, "reason": reason, "minutes": minutes, "scope": "all-factors" });
        let endpoints = endpoints.clone();
        async move { admin(&endpoints, "POST", RESET_PASS, &body).await }
    };
    let long = "a".repeat(201);
    for (login, reason, minutes, expected) in [
        ("nobody", "asked", 60, StatusCode::NOT_FOUND),
        ("sato.hanako", "", 60, StatusCode::UNPROCESSABLE_ENTITY),
        ("sato.hanako", &long, 60, StatusCode::UNPROCESSABLE_ENTITY),
        ("sato.hanako", "asked", 4, StatusCode::UNPROCESSABLE_ENTITY),
        (
            "sato.hanako",
            "asked",
            1441,
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "sato.hanako",
            "asked",
            u64::MAX,
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        let (status, _) = ask(login, reason, minutes).await;
        assert_eq!(status, expected, "{login} {reason:.10} {minutes}");
    }
    assert!(live.read(|state| state.reset_passes.is_empty()));
    let (status, answer) = ask("sato.hanako", "電話で本人を確認", 1440).await;
    assert_eq!(status, StatusCode::CREATED);
    let pass = answer["pass"].as_str().unwrap();
    let hash = zt_crypto::hash::token_hash(&zt_crypto::code::canonical(pass).unwrap());
    let kept = live.read(|state| state.reset_passes[&her].clone());
    assert_eq!(kept.hash, hash);
    assert_eq!(kept.scope, zt_auth::PassScope::AllFactors);
    assert_eq!(answer["address"], "https://id.sekisho.example/signin/reset");

    let body = json!({ "login": "sato.hanako" });
    let (status, _) = admin(&endpoints, "POST", RESET_PASS_REVOKE, &body).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _) = admin(&endpoints, "POST", RESET_PASS_REVOKE, &body).await;
    assert_eq!(status, StatusCode::CONFLICT, "there is none any more");
    assert!(live.read(|state| state.reset_passes.is_empty()));
}

#[tokio::test]
async fn a_reset_is_demanded_with_a_reason() {
    let endpoints = endpoints().await;
    let live = endpoints.live();
    let demand = |login: &str, reason: &str| {
        let body = json!({ "login": login, "reason": reason });
        let endpoints = endpoints.clone();
        async move { admin(&endpoints, "POST", RESET_DUE, &body).await.0 }
    };
    assert_eq!(demand("nobody", "a").await, StatusCode::NOT_FOUND);
    assert_eq!(
        demand("sato.hanako", " ").await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert!(live.read(|state| state.resets_due.is_empty()));
    assert_eq!(
        demand("sato.hanako", "seen in a dump").await,
        StatusCode::NO_CONTENT
    );
    let due = live.read(|state| state.resets_due.values().next().cloned());
    assert_eq!(due.map(|due| due.why).as_deref(), Some("seen in a dump"));
}
