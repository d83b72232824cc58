//! What policies and people say to clients.

use super::clients::{asks, told, world};
use super::location;
use http::{Method, StatusCode, header};
use zt_device::Presentation;
use zt_federation::ConsentDemand;

#[tokio::test]
async fn policies_decide_about_the_clients_application() {
    // The wiki demands a trusted device.
    let (world, who) = world("wiki", ConsentDemand::Implied).await;
    let response = world.get(&asks(&[]), &who).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(
        response.body().contains("経理ブック"),
        "{}",
        response.body()
    );
    // From there she goes back to the client, which is told, and nobody else sends her.
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(
        policy.contains("form-action 'self' https://books.example"),
        "{policy}"
    );
    assert!(response.body().contains("アプリケーションに戻る"));
    let way = r#"<form id="leave" method="post" action=""#;
    let (_, rest) = response.body().split_once(way).unwrap();
    let way = rest.split_once('"').unwrap().0.replace("&amp;", "&");
    let leaves = async |token: &str| {
        let body = format!("token={token}&answer=leave");
        let method = Method::POST;
        let request = world.request(&method, &way, Some(&who), Presentation::NotAsked, &body);
        world.send(request).await
    };
    assert_eq!(
        leaves(&"0".repeat(64)).await.status(),
        StatusCode::FORBIDDEN
    );
    let left = leaves(&world.token(&who).await).await;
    assert_eq!(told(&left), "access_denied");
    assert!(location(&left).contains("state=s-1"), "{}", location(&left));
    let silent = world.get(&asks(&[("prompt", "none")]), &who).await;
    assert_eq!(told(&silent), "interaction_required");
    assert!(world.live.read(|state| state.grants.is_empty()));
}

#[tokio::test]
async fn a_client_learns_what_she_agreed_to() {
    let (world, who) = world("chat", ConsentDemand::Asked).await;
    let silent = world.get(&asks(&[("prompt", "none")]), &who).await;
    assert_eq!(told(&silent), "consent_required");
    let response = world.get(&asks(&[]), &who).await;
    let page = location(&response).to_owned();
    assert!(page.starts_with("/signin/consent?return="), "{page}");
    let shown = world.get(&page, &who).await;
    assert_eq!(shown.status(), StatusCode::OK);
    for words in ["経理ブック", "氏名、ログイン名、言語", "books.example"] {
        assert!(shown.body().contains(words), "{words}");
    }
    assert!(!shown.body().contains("メールアドレス"));
    let policy = shown.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(
        policy.contains("form-action 'self' https://books.example"),
        "{policy}"
    );
    let answer = async |fields: &str, token: Option<String>| {
        let token = match token {
            Some(token) => token,
            None => world.token(&who).await,
        };
        let body = format!("token={token}&{fields}");
        let method = Method::POST;
        let request = world.request(&method, &page, Some(&who), Presentation::NotAsked, &body);
        world.send(request).await
    };
    // Nobody else says yes for her.
    let forged = answer("answer=allow", Some("0".repeat(64))).await;
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    assert_eq!(told(&answer("answer=deny", None).await), "access_denied");
    let allowed = answer("answer=allow", None).await;
    let way = location(&allowed).to_owned();
    assert_eq!(told(&world.get(&way, &who).await), "code");
    assert_eq!(told(&world.get(&asks(&[]), &who).await), "code");
    // More than that is asked for, or asked again.
    world
        .live
        .clock()
        .advance(std::time::Duration::from_secs(5));
    for with in [
        ("scope", "openid profile email"),
        ("prompt", "consent"),
        ("claims", r#"{"userinfo":{"email":null}}"#),
    ] {
        let response = world.get(&asks(&[with]), &who).await;
        assert!(
            location(&response).starts_with("/signin/consent"),
            "{with:?}"
        );
    }
    // Saying yes to less takes nothing back.
    for scope in ["openid profile email", "openid"] {
        world
            .live
            .clock()
            .advance(std::time::Duration::from_secs(5));
        let path = asks(&[("scope", scope), ("prompt", "consent")]);
        let question = location(&world.get(&path, &who).await).to_owned();
        let body = format!("token={}&answer=allow", world.token(&who).await);
        let method = Method::POST;
        let request = world.request(
            &method,
            &question,
            Some(&who),
            Presentation::NotAsked,
            &body,
        );
        assert_eq!(world.send(request).await.status(), StatusCode::SEE_OTHER);
    }
    let agreed = world.live.read(|state| state.consents.clone());
    let agreed = agreed.values().next().unwrap();
    assert_eq!(agreed.scopes, ["openid", "profile", "email"]);
}
