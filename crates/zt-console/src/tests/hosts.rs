//! Requests that name another host: links and answers lead where this installation is, whatever a request says of that.

use super::clients::{asks, client, parameter};
use super::location;
use super::world::World;
use http::{Method, Request, Response, header};
use zt_device::Presentation;
use zt_federation::ConsentDemand;
use zt_store::Change;

const HERE: &str = "https://id.sekisho.localhost:8443";

fn named(mut request: Request<axum::body::Body>) -> Request<axum::body::Body> {
    let headers = request.headers_mut();
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-original-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=http"),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    request
}

fn is_untouched(what: &str, answer: &Response<String>) {
    assert!(!answer.body().contains("evil.example"), "{what}");
    for (name, value) in answer.headers() {
        let value = value.to_str().unwrap();
        assert!(!value.contains("evil.example"), "{what}: {name}: {value}");
        assert!(!value.contains("http://"), "{what}: {name}: {value}");
    }
}

/// The address of a reset is handed on by whoever helps her: it must not be an attacker's (Zitadel's CVE-2025-64101).
#[tokio::test]
async fn links_and_answers_lead_to_this_installation() {
    let world = World::new().await;
    let registered = client("chat", ConsentDemand::Implied);
    world.commit(vec![Change::PutClient(registered)]).await;
    let admin = world.sign_in(world.ken, None).await;
    let token = world.token(&admin).await;
    let path = format!("/console/people/{}/reset-pass", world.hanako);
    let body = format!("token={token}&reason=a&hours=4");
    let request = world.request(
        &Method::POST,
        &path,
        Some(&admin),
        Presentation::NotAsked,
        &body,
    );
    let pass = world.send(named(request)).await;
    assert!(pass.body().contains(&format!("{HERE}/signin/reset")));
    is_untouched("reset", &pass);
    let connect = format!("{HERE}/.well-known/openid-configuration");
    let who = world.sign_in(world.hanako, None).await;
    for (path, who, shows) in [
        ("/console/clients/books", Some(&admin), connect.as_str()),
        ("/", Some(&who), ""),
        ("/", None, ""),
        ("/device", None, ""),
        ("/oauth2/logout?client_id=books", Some(&who), ""),
        (&asks(&[]), None, ""),
    ] {
        let request = world.request(&Method::GET, path, who, Presentation::NotAsked, "");
        let answer = world.send(named(request)).await;
        is_untouched(path, &answer);
        assert!(answer.body().contains(shows), "{path}");
    }
    let request = world.request(
        &Method::GET,
        &asks(&[]),
        Some(&who),
        Presentation::NotAsked,
        "",
    );
    let answer = world.send(named(request)).await;
    is_untouched("answer", &answer);
    assert_eq!(parameter(location(&answer), "iss").as_deref(), Some(HERE));
    // A page of somebody else's that names its own host as ours sends no form of hers.
    let request = world.request(
        &Method::POST,
        "/signout",
        Some(&who),
        Presentation::NotAsked,
        &format!("token={}", world.token(&who).await),
    );
    let mut request = named(request);
    let headers = request.headers_mut();
    headers.remove("sec-fetch-site");
    headers.insert(header::ORIGIN, "https://evil.example".parse().unwrap());
    let answer = world.send(request).await;
    assert_eq!(answer.status(), http::StatusCode::FORBIDDEN);
}
