//! Browsers that come with a reference to a request that their client pushed (RFC 9126 §4).

use super::clients::{anonymous, client, parameter, told, world};
use super::location;
use super::world::{SignedIn, World};
use http::{Response, StatusCode, header};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use zt_federation::{AuthorizationRequest, Client, ConsentDemand, Form, Need, Safeguards};
use zt_store::Change;

/// Pushes what the address asks for, and gives the address that the browser is sent to instead.
fn pushed(world: &World, asks: &str) -> String {
    let query = asks.split_once('?').unwrap().1;
    let form = Form::parse(query.as_bytes()).unwrap();
    let id = AuthorizationRequest::client(&form).unwrap();
    let client: Client = world.live.read(|state| state.clients[&id].clone());
    let request = AuthorizationRequest::read(&form, &client).unwrap();
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let reference = world.live.push_request(&client, request, address).unwrap();
    format!(
        "/oauth2/authorize?client_id=books&request_uri={}",
        reference.uri()
    )
}

fn is_unknown(response: &Response<String>) {
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(!response.headers().contains_key(header::LOCATION));
    assert!(
        response.body().contains("すでに完了しているか、時間切れ"),
        "{}",
        response.body()
    );
}

async fn signs_in_from(world: &World, path: &str) -> (String, SignedIn) {
    let response = anonymous(world, path).await;
    assert!(location(&response).starts_with("/signin?return="));
    let way = parameter(location(&response), "return").unwrap();
    (way, world.sign_in(world.hanako, None).await)
}

/// A request is pushed so that nobody reads it on its way (Keycloak's CVE-2024-4540 put it into a cookie).
#[tokio::test]
async fn what_was_pushed_is_seen_by_no_browser() {
    let (world, who) = world("chat", ConsentDemand::Asked).await;
    let is_hidden = |response: &Response<String>| {
        for (name, value) in response.headers() {
            let value = value.to_str().unwrap();
            assert!(!value.contains("unseen-"), "{name}: {value}");
        }
        assert!(!response.body().contains("unseen-"), "{}", response.body());
    };
    let asks = super::clients::asks(&[("state", "unseen-1"), ("nonce", "unseen-2")]);
    let path = pushed(&world, &asks);
    is_hidden(&anonymous(&world, &path).await);
    let asked = world.get(&path, &who).await;
    is_hidden(&asked);
    let page = location(&asked).to_owned();
    assert!(page.starts_with("/signin/consent?return="), "{page}");
    is_hidden(&world.get(&page, &who).await);
}

#[tokio::test]
async fn it_is_answered_once() {
    let (world, who) = world("chat", ConsentDemand::Implied).await;
    let path = pushed(&world, &super::clients::asks(&[]));
    // What else the browser brings counts for nothing.
    let path = format!("{path}&state=evil&redirect_uri=https://evil.example/&scope=email");
    assert_eq!(told(&world.get(&path, &who).await), "code");
    is_unknown(&world.get(&path, &who).await);
    let mine = pushed(&world, &super::clients::asks(&[]));
    let others = mine.replace("client_id=books", "client_id=other");
    let response = world.get(&others, &who).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(!response.headers().contains_key(header::LOCATION));
    assert_eq!(told(&world.get(&mine, &who).await), "code");
}

#[tokio::test]
async fn she_may_take_her_time_and_go_back_until_it_is_answered() {
    let (world, _) = world("chat", ConsentDemand::Implied).await;
    let path = pushed(&world, &super::clients::asks(&[]));
    let (way, who) = signs_in_from(&world, &path).await;
    assert!(way.starts_with(&path), "{way}");
    // The button back, and the link once more, while nobody was answered.
    let (again, _) = signs_in_from(&world, &path).await;
    world.live.clock().advance(Duration::from_secs(600));
    // Who comes with the bare reference now is too late; nobody makes it look earlier.
    is_unknown(&world.get(&path, &who).await);
    let earlier = way.replace("sekisho_since=1", "sekisho_since=0");
    is_unknown(&world.get(&earlier, &who).await);
    assert_eq!(told(&world.get(&way, &who).await), "code");
    is_unknown(&world.get(&again, &who).await);
    is_unknown(&world.get(&way, &who).await);
}

#[tokio::test]
async fn a_refusal_is_an_answer_too() {
    let (world, who) = world("chat", ConsentDemand::Asked).await;
    let silent = pushed(&world, &super::clients::asks(&[("prompt", "none")]));
    assert_eq!(told(&world.get(&silent, &who).await), "consent_required");
    is_unknown(&world.get(&silent, &who).await);
    let path = pushed(&world, &super::clients::asks(&[]));
    let asked = world.get(&path, &who).await;
    let page = location(&asked).to_owned();
    assert!(page.starts_with("/signin/consent?return="), "{page}");
    let form = world.get(&page, &who).await;
    assert!(form.body().contains("books.example"));
    let refused = world.post(&page, &who).await;
    assert_eq!(told(&refused), "access_denied");
    is_unknown(&world.post(&page, &who).await);
    assert!(world.live.read(|state| state.grants.is_empty()));
}

#[tokio::test]
async fn nothing_is_fetched_and_who_must_push_does() {
    let (world, who) = world("chat", ConsentDemand::Implied).await;
    for uri in [
        "https://books.example/request.jwt",
        "urn:ietf:params:oauth:request_uri:",
    ] {
        let path = super::clients::asks(&[("request_uri", uri)]);
        assert_eq!(
            told(&world.get(&path, &who).await),
            "request_uri_not_supported"
        );
    }
    let safeguards = Safeguards {
        pushed_requests: Need::Required,
        ..Safeguards::default()
    };
    let strict = Client {
        safeguards,
        ..client("chat", ConsentDemand::Implied)
    };
    world.commit(vec![Change::PutClient(strict)]).await;
    let plain = super::clients::asks(&[]);
    assert_eq!(told(&world.get(&plain, &who).await), "invalid_request");
    assert_eq!(
        told(&world.get(&pushed(&world, &plain), &who).await),
        "code"
    );
}
