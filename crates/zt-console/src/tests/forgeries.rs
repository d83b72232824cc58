//! Forged messages of service providers, by the hundred: none of them sends anybody anywhere.

use super::world::World;
use http::{Method, StatusCode};
use zt_device::Presentation;
use zt_federation::saml::MessageKind::{self, AuthnRequest, LogoutRequest, LogoutResponse};
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

/// A world with both parties in it, and what a forger knows of it.
async fn begun(kind: MessageKind, binding: Binding, demand: Demand) -> (World, Stage) {
    let world = World::new().await;
    let (at, beside) = match kind {
        MessageKind::AuthnRequest => ("/saml/sso", "/saml/slo"),
        MessageKind::LogoutRequest | MessageKind::LogoutResponse => ("/saml/slo", "/saml/sso"),
    };
    let stage = Stage {
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
    let records = stage.registered(&app).map(Change::PutServiceProvider);
    world.commit(records.to_vec()).await;
    (world, stage)
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
        StatusCode::SEE_OTHER => true,
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
    let (world, stage) = begun(kind, binding, demand).await;
    let at = stage.at.strip_prefix(US).unwrap();
    println!(
        "seed {SEED:#x}: {} at {at} by {binding:?}, {demand:?}",
        kind.as_str()
    );
    // Nobody answers us through a browser: we ask nothing there.
    let counts = kind != MessageKind::LogoutResponse;
    let mut draw = Draw(SEED);
    for _ in 0..VARIANTS {
        let genuine = Genuine::new(&mut draw, &stage);
        let sent = genuine.sent(&mut draw, &stage);
        assert_eq!(is_taken(&world, &stage, &sent).await, counts, "{sent:?}");
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
    assert_eq!(grants, 0, "somebody was given something");
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
