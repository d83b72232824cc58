//! Forged messages of service providers, by the hundred: none of them sends anybody anywhere.

use super::saml::{goes, request, unsigned};
use super::world::World;
use http::{Method, StatusCode};
use zt_device::Presentation;
use zt_federation::saml::MessageKind::{self, AuthnRequest, LogoutRequest, LogoutResponse};
use zt_federation::saml::RedirectMessage;
use zt_forge::{
    Binding::{self, Post, Redirect},
    Demand::{self, AsItComes, Signed},
    Draw, Genuine, SEED, Sent, Stage, VARIANTS, classes,
};
use zt_store::Change;
use zt_types::AppId;

const US: &str = "https://id.sekisho.localhost:8443";
const OWNERS: &str = "https://rooms.example/saml";
const ATTACKERS: &str = "https://evil.example/saml";
const CONSUMER: &str = "https://rooms.example/saml/acs";

/// A world with both parties in it, and what a forger knows of it. Where answers are taken, somebody's browser is at the owner
/// with a request of ours, which the forger knows too: gives its cookie.
async fn begun(kind: MessageKind, binding: Binding, demand: Demand) -> (World, Stage, String) {
    let world = World::new().await;
    let (at, beside) = match kind {
        MessageKind::AuthnRequest => ("/saml/sso", "/saml/slo"),
        MessageKind::LogoutRequest | MessageKind::LogoutResponse => ("/saml/slo", "/saml/sso"),
    };
    let mut stage = Stage {
        kind,
        binding,
        demand,
        at: format!("{US}{at}"),
        beside: format!("{US}{beside}"),
        issuer: OWNERS.to_owned(),
        other: ATTACKERS.to_owned(),
        consumer: CONSUMER.to_owned(),
        asked: "_asked1".to_owned(),
        victim: None,
        now: world.now(),
    };
    let app = AppId::new("chat").unwrap();
    let mut cookie = String::new();
    if kind == LogoutResponse {
        let open = Stage {
            demand: AsItComes,
            ..stage.clone()
        };
        let records = open.registered(&app).map(Change::PutServiceProvider);
        world.commit(records.to_vec()).await;
        (stage.asked, cookie) = leaving(&world).await;
    }
    let records = stage.registered(&app).map(Change::PutServiceProvider);
    world.commit(records.to_vec()).await;
    (world, stage, cookie)
}

/// Somebody signs in at the owner, and out: the id of the request that her browser is there with, and its cookie.
async fn leaving(world: &World) -> (String, String) {
    let her = world.sign_in(world.hanako, None).await;
    let asks = unsigned(&request(world, &[], None));
    goes(world, Some(&her), &asks).await;
    let out = world.post("/signout", &her).await;
    let cookie = out.headers().get_all("set-cookie").iter();
    let mut cookie = cookie.map(|one| one.to_str().unwrap());
    let cookie = cookie.find(|one| one.starts_with("__Host-sekisho-leaving="));
    let cookie = cookie.unwrap().split(';').next().unwrap().to_owned();
    let there = with_cookie(world, "/saml/slo?onward", &cookie).await;
    let there = there.headers()["location"].to_str().unwrap();
    let query = there.split_once('?').unwrap().1;
    let text = RedirectMessage::read(query).unwrap().text;
    let (_, id) = text.split_once(" ID=\"").unwrap();
    (id.split_once('"').unwrap().0.to_owned(), cookie)
}

async fn with_cookie(world: &World, path: &str, cookie: &str) -> http::Response<String> {
    let mut request = world.request(&Method::GET, path, None, Presentation::NotAsked, "");
    request
        .headers_mut()
        .insert("cookie", cookie.parse().unwrap());
    world.send(request).await
}

/// Whether a message is taken: then the browser goes round with what was read of it.
async fn is_taken(world: &World, stage: &Stage, sent: &Sent) -> bool {
    let path = stage.at.strip_prefix(US).unwrap();
    let request = match sent {
        Sent::Query(query) => {
            let address = format!("{path}?{query}");
            world.request(&Method::GET, &address, None, Presentation::NotAsked, "")
        }
        Sent::Form(body) | Sent::Envelope(body) => {
            let body = std::str::from_utf8(body).unwrap();
            world.request(&Method::POST, path, None, Presentation::NotAsked, body)
        }
    };
    let answer = world.send(request).await;
    match answer.status() {
        StatusCode::SEE_OTHER => {
            let to = answer.headers()["location"].to_str().unwrap();
            match stage.kind {
                LogoutResponse => to.starts_with("/saml/slo?answer="),
                _ => true,
            }
        }
        StatusCode::BAD_REQUEST => {
            let body = answer.body();
            assert!(!body.contains("rooms.example") && !body.contains("evil.example"));
            assert!(!answer.headers().contains_key("location"));
            false
        }
        other => panic!("{other}: {}", answer.body()),
    }
}

/// What counts counts, and of everything else nothing.
async fn none_counts(kind: MessageKind, binding: Binding, demand: Demand) {
    let (world, stage, cookie) = begun(kind, binding, demand).await;
    let at = stage.at.strip_prefix(US).unwrap();
    println!(
        "seed {SEED:#x}: {} at {at} by {binding:?}, {demand:?}",
        kind.as_str()
    );
    let mut draw = Draw(SEED);
    for _ in 0..VARIANTS {
        let genuine = Genuine::new(&mut draw, &stage);
        let sent = genuine.sent(&mut draw, &stage);
        assert!(is_taken(&world, &stage, &sent).await, "{sent:?}");
        if kind == MessageKind::LogoutRequest {
            // Once more, in another coat, and by another way.
            let binding = draw.pick(&[Binding::Redirect, Binding::Post]);
            let other = Stage {
                binding,
                ..stage.clone()
            };
            let again = genuine.sent(&mut draw, &other);
            assert!(!is_taken(&world, &other, &again).await, "{again:?}");
        }
    }
    if kind == MessageKind::LogoutRequest {
        println!("| replayed | {VARIANTS} | 0 |");
    }
    for class in classes(&stage) {
        for sent in class.forged(&stage) {
            let is_taken = is_taken(&world, &stage, &sent).await;
            let said = String::from_utf8_lossy(sent.octets()).into_owned();
            assert!(!is_taken, "{} counts, seed {SEED:#x}: {said}", class.name);
        }
        println!("| {} | {VARIANTS} | 0 |", class.name);
    }
    let grants = world.live.read(|state| state.grants.len());
    let before = usize::from(kind == LogoutResponse);
    assert_eq!(grants, before, "somebody was given something");
    if kind == LogoutResponse {
        // The request was outstanding all the time: in its browser a genuine answer counts, once.
        let stage = Stage {
            binding: Redirect,
            ..stage
        };
        let Sent::Query(query) = Genuine::new(&mut draw, &stage).sent(&mut draw, &stage) else {
            panic!("by redirect it is a query");
        };
        let path = format!("/saml/slo?{query}");
        for (path, expected) in [
            (path.as_str(), StatusCode::SEE_OTHER),
            (path.as_str(), StatusCode::BAD_REQUEST),
        ] {
            let round = with_cookie(&world, path, &cookie).await;
            assert_eq!(round.status(), expected, "{}", round.body());
            if expected == StatusCode::SEE_OTHER {
                let to = round.headers()["location"].to_str().unwrap();
                let onward = with_cookie(&world, to, &cookie).await;
                assert_eq!(onward.headers()["location"], "/saml/slo?onward");
            }
        }
        let end = with_cookie(&world, "/saml/slo?signing-out", &cookie).await;
        assert!(end.body().contains("サインアウト済み"), "{}", end.body());
    }
}

#[tokio::test]
async fn no_forged_sign_in_by_redirect() {
    none_counts(AuthnRequest, Redirect, Signed).await;
}

#[tokio::test]
async fn no_forged_sign_in_by_redirect_where_none_is_demanded() {
    none_counts(AuthnRequest, Redirect, AsItComes).await;
}

#[tokio::test]
async fn no_forged_sign_in_by_post() {
    none_counts(AuthnRequest, Post, Signed).await;
}

#[tokio::test]
async fn no_forged_sign_in_by_post_where_none_is_demanded() {
    none_counts(AuthnRequest, Post, AsItComes).await;
}

#[tokio::test]
async fn no_forged_sign_out_by_redirect() {
    none_counts(LogoutRequest, Redirect, Signed).await;
}

#[tokio::test]
async fn no_forged_sign_out_by_post() {
    none_counts(LogoutRequest, Post, Signed).await;
}

#[tokio::test]
async fn no_forged_answer_by_redirect() {
    none_counts(LogoutResponse, Redirect, Signed).await;
}

#[tokio::test]
async fn no_forged_answer_by_post() {
    none_counts(LogoutResponse, Post, Signed).await;
}
