//! Requests that clients push.

use super::grants::client;
use super::world::World;
use crate::NotPushed;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use zt_federation::{
    Authentication, AuthorizationRequest, Client, Form, RedirectUri, RequestReference, Scope,
};
use zt_types::ClientId;

const BACK: &str = "https://books.example/back";

fn here(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

fn books(authentication: Authentication) -> Client {
    Client {
        authentication,
        redirect_uris: [RedirectUri::parse(BACK).unwrap()].into(),
        ..client("books", "chat")
    }
}

fn request(client: &Client, more: &str) -> AuthorizationRequest {
    let text = format!(
        "client_id=books&redirect_uri={BACK}&response_type=code&scope=openid\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256{more}"
    );
    AuthorizationRequest::read(&Form::parse(text.as_bytes()).unwrap(), client).unwrap()
}

#[tokio::test]
async fn a_request_waits_a_minute_for_its_browser_and_an_hour_for_its_person() {
    let world = World::new().await;
    let live = &world.live;
    let client = books(Authentication::SecretBasic);
    let asked = request(&client, "&nonce=1");
    let push = || live.push_request(&client, asked.clone(), here(1)).unwrap();
    let (late, begun, other) = (push(), push(), push());
    let came = live.clock().now();
    assert_eq!(
        live.begin_pushed(&client, &begun, came),
        Some(asked.clone())
    );
    live.clock().advance(Duration::from_secs(60));
    let now = live.clock().now();
    assert_eq!(live.begin_pushed(&client, &late, now), None);
    assert_eq!(live.begin_pushed(&client, &begun, now), None, "again, late");
    // One who came in time signs in slowly; those who did not come are forgotten.
    push();
    assert_eq!(
        live.begin_pushed(&client, &begun, came),
        Some(asked.clone())
    );
    assert_eq!(live.begin_pushed(&client, &other, came), None);
    // It is answered once.
    assert!(live.take_pushed(&client.id, &begun));
    assert!(!live.take_pushed(&client.id, &begun));
    assert_eq!(live.begin_pushed(&client, &begun, came), None);
    let slow = push();
    let came = live.clock().now();
    assert!(live.begin_pushed(&client, &slow, came).is_some());
    live.clock().advance(Duration::from_secs(3600));
    assert_eq!(live.begin_pushed(&client, &slow, came), None);
}

#[tokio::test]
async fn a_request_is_its_clients_alone_while_that_may_ask_for_it() {
    let world = World::new().await;
    let live = &world.live;
    let client = books(Authentication::SecretBasic);
    let pushed = live.push_request(&client, request(&client, ""), here(1));
    let reference = pushed.unwrap();
    let now = live.clock().now();
    let begun = |client: &Client| live.begin_pushed(client, &reference, now).is_some();
    let other = Client {
        id: zt_types::ClientId::new("other").unwrap(),
        ..client.clone()
    };
    assert!(!begun(&other));
    assert!(!live.take_pushed(&other.id, &reference));
    let moved = Client {
        redirect_uris: [].into(),
        ..client.clone()
    };
    assert!(!begun(&moved));
    let lessened = Client {
        scopes: [Scope::Email].into(),
        ..client.clone()
    };
    assert!(!begun(&lessened));
    let guess = "a".repeat(43);
    let guess = RequestReference::read(&format!("urn:ietf:params:oauth:request_uri:{guess}"));
    assert!(live.begin_pushed(&client, &guess.unwrap(), now).is_none());
    assert!(begun(&client));
}

#[tokio::test]
async fn only_so_many_wait() {
    let world = World::new().await;
    let live = &world.live;
    let public = books(Authentication::None);
    let asked = request(&public, "");
    let count = |client: &Client, last: u8| {
        let push = || live.push_request(client, asked.clone(), here(last));
        (0..3_000).take_while(|_| push().is_ok()).count()
    };
    // Whoever calls himself that client fills nobody else's place.
    assert_eq!(count(&public, 1), 50);
    assert_eq!(count(&public, 2), 50);
    live.clock().advance(Duration::from_secs(60));
    let secret = books(Authentication::SecretBasic);
    let first = live.push_request(&secret, asked.clone(), here(1)).unwrap();
    assert_eq!(count(&secret, 1), 1_999);
    let full = live.push_request(&secret, asked.clone(), here(1));
    assert_eq!(full.unwrap_err(), NotPushed::TooMany);
    // A sign-in that was begun and left gives its place up.
    let now = live.clock().now();
    assert!(live.begin_pushed(&secret, &first, now).is_some());
    assert_eq!(count(&secret, 1), 1);
    assert!(live.begin_pushed(&secret, &first, now).is_none());
    let large = request(&secret, &format!("&id_token_hint={}", "a".repeat(8_192)));
    let refused = live.push_request(&secret, large, here(1));
    assert_eq!(refused.unwrap_err(), NotPushed::TooLarge);
}

/// Networks of one site are one sender to whom nobody gave so many.
#[tokio::test]
async fn one_site_fills_no_clients_share_and_public_clients_nobody_elses() {
    let world = World::new().await;
    let live = &world.live;
    let public = books(Authentication::None);
    let asked = request(&public, "");
    let push = |client: &Client, from: String| {
        let from: IpAddr = from.parse().unwrap();
        live.push_request(client, asked.clone(), from)
    };
    let hosts = (0..60).filter(|host| push(&public, format!("2001:db8:1::{host:x}")).is_ok());
    assert_eq!(hosts.count(), 50, "of one network");
    let networks =
        (1..1_000).filter(|network| push(&public, format!("2001:db8:1:{network:x}::1")).is_ok());
    assert_eq!(networks.count(), 150, "of one site");
    // Somebody signs in, and others who come in great numbers from elsewhere begin and leave.
    let hers = push(&public, "192.0.2.1".to_owned()).unwrap();
    let now = live.clock().now();
    assert!(live.begin_pushed(&public, &hers, now).is_some());
    for n in 0..1_500 {
        let site = n / 150 + 2;
        let from = format!("2001:db8:{site:x}:{n:x}::1");
        if let Ok(reference) = push(&public, from) {
            assert!(live.begin_pushed(&public, &reference, now).is_some());
        }
    }
    assert!(live.begin_pushed(&public, &hers, now).is_some());
    // Whatever is sent in the names of public clients, others have place.
    let named = |id: String| Client {
        id: ClientId::new(&id).unwrap(),
        ..books(Authentication::None)
    };
    let mut kept = 0;
    for n in 0..12_000 {
        let client = named(format!("public-{}", n / 900));
        let from = format!("10.0.{}.{}", n / 40 / 256, n / 40 % 256);
        kept += usize::from(push(&client, from).is_ok());
    }
    assert_eq!(kept, 2_000);
    let secret = Client {
        id: ClientId::new("secret").unwrap(),
        ..books(Authentication::SecretBasic)
    };
    assert!(push(&secret, "192.0.2.1".to_owned()).is_ok());
}
