//! What a session changes that a caller names, and what takes it back.

use super::faults::Fault;
use super::wire::{Asked, World};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use zt_auth::EndReason;
use zt_events::{Actor, Body};
use zt_store::EventFilter;
use zt_testkit::Finding;
use zt_types::{AppId, Language, SessionId, TokenHash};

async fn ask(world: &World, login: &str, app: &str, session: Option<&str>) -> Value {
    let mut body = json!({
        "subject": { "type": "person", "id": login },
        "action": { "name": "read" },
        "resource": { "type": "application", "id": app },
    });
    if let Some(session) = session {
        body["context"] = json!({ "session_id": session });
    }
    let asked = Asked::post("/access/v1/evaluation", &body);
    let answered = world.exchange(&Fault::NONE, &asked).await;
    assert_eq!(answered.status, 200, "{body}");
    answered.json()
}

/// Signs somebody in with a password and an authenticator app, at a door that asks for a device certificate.
async fn sign_in(world: &World, login: &str, device: bool) -> SessionId {
    let server = &world.server;
    let mut visitor = server.visitor(Language::En).unwrap();
    if device {
        let identity = server.device(login, "note-1").await.unwrap();
        visitor.hold(Some(identity)).unwrap();
    }
    let mut account = server.account(login);
    let now = server.clock().now();
    visitor
        .sign_in(&mut account, &server.at("inside", "/"), now)
        .await
        .unwrap();
    let live = server.live();
    let person = live.read(|state| state.logins[login]);
    live.sessions_of(person)[0].id
}

#[tokio::test]
async fn a_session_opens_what_it_has_proven_and_to_its_owner_only() {
    let world = World::start().await;
    assert_eq!(ask(&world, "aiko", "inside", None).await["decision"], false);
    let session = sign_in(&world, "aiko", false).await;
    let named = session.to_string();
    let opened = ask(&world, "aiko", "inside", Some(&named)).await;
    assert_eq!(opened["decision"], true, "{opened}");
    assert!(opened["context"]["valid_until"].is_string(), "it ends");
    // An application behind the gateway knows no more of it than this.
    let hash = zt_crypto::hash::sha256(named.as_bytes());
    let hash = URL_SAFE_NO_PAD.encode(hash);
    assert_eq!(
        ask(&world, "aiko", "inside", Some(&hash)).await["decision"],
        true
    );
    assert_eq!(
        ask(&world, "ben", "inside", Some(&hash)).await["decision"],
        false
    );
    // Being signed in somewhere is nothing to somebody who does not name it.
    assert_eq!(ask(&world, "aiko", "inside", None).await["decision"], false);
    let others = ask(&world, "ben", "inside", Some(&named)).await;
    assert_eq!(others["decision"], false);
    assert_eq!(others["context"]["reasons"], json!(["session-ended"]));
    // Its device proved nothing, and the way out is said to whoever is signed in.
    let secret = ask(&world, "aiko", "secret", Some(&named)).await;
    assert_eq!(secret["decision"], false);
    let remedies = secret["context"]["remedies"].as_array().unwrap();
    assert!(!remedies.is_empty(), "{secret}");
    let said = &secret["context"]["reason_user"];
    assert!(said["ja"].as_str().is_some_and(|text| !text.is_empty()));
    assert_ne!(said["en"], "Sign in first.");

    let live = world.server.live();
    live.end_session(session, EndReason::SignedOut, Actor::Operator)
        .await
        .unwrap();
    let over = ask(&world, "aiko", "inside", Some(&named)).await;
    assert_eq!(over["decision"], false);
    assert_eq!(over["context"]["reasons"], json!(["session-ended"]));
}

#[tokio::test]
async fn an_infected_device_closes_its_session_here_too_and_only_its_own() {
    let world = World::start().await;
    let infected = sign_in(&world, "aiko", true).await.to_string();
    let healthy = sign_in(&world, "ben", false).await.to_string();
    let server = &world.server;
    for (login, session) in [("aiko", &infected), ("ben", &healthy)] {
        let before = ask(&world, login, "inside", Some(session)).await;
        assert_eq!(before["decision"], true, "{before}");
    }
    // Where the application's own host would ask for a certificate, a connection elsewhere has shown none.
    let secret = ask(&world, "aiko", "secret", Some(&infected)).await;
    assert_eq!(secret["decision"], false, "{secret}");

    let finding = server.finding("f-1", "note-1", Finding::New);
    let taken = server.signal("edr", finding).await.unwrap();
    assert!(taken.status().is_success());
    let after = ask(&world, "aiko", "inside", Some(&infected)).await;
    assert_eq!(after["decision"], false, "{after}");
    assert_eq!(
        ask(&world, "ben", "inside", Some(&healthy)).await["decision"],
        true
    );

    let resolved = server.finding("f-1", "note-1", Finding::Resolved);
    server.signal("edr", resolved).await.unwrap();
    let again = ask(&world, "aiko", "inside", Some(&infected)).await;
    assert_eq!(again["decision"], true, "{again}");
}

#[tokio::test]
async fn decisions_and_searches_are_in_the_log_once_and_with_who_asked() {
    let world = World::start().await;
    for _ in 0..3 {
        ask(&world, "alice", "record-1", None).await;
    }
    let first = ask(&world, "alice", "record-1", None).await;
    let search = json!({ "subject": { "type": "person", "id": "alice" }, "resource": { "type": "application", "id": "record-1" } });
    let asked = Asked::post("/access/v1/search/action", &search);
    world.exchange(&Fault::NONE, &asked).await;
    let stranger = Asked {
        caller: "stranger".to_owned(),
        ..asked
    };
    world.exchange(&Fault::NONE, &stranger).await;

    let live = world.server.live();
    live.store().flush().await.unwrap();
    let filter = EventFilter {
        limit: 100,
        ..EventFilter::default()
    };
    let events = live.events(filter).await.unwrap();
    let by_vpn =
        |actor: &Actor| matches!(actor, Actor::EnforcementPoint(id) if id.as_str() == "vpn");
    let app = AppId::new("record-1").unwrap();
    let decided: Vec<_> = events
        .iter()
        .filter(|logged| by_vpn(&logged.event.actor))
        .filter_map(|logged| match &logged.event.body {
            Body::Decided { decision, app, .. } => Some((decision.to_string(), app.clone())),
            _ => None,
        })
        .collect();
    let id = first["context"]["decision_id"].as_str().unwrap().to_owned();
    assert_eq!(decided, [(id, app)], "one event for one answer");
    let searched = events.iter().any(|logged| {
        by_vpn(&logged.event.actor)
            && matches!(&logged.event.body, Body::Searched { what, found: 8, .. } if what == "action")
    });
    assert!(searched);
    let refused = events.iter().any(|logged| {
        matches!(&logged.event.body, Body::QuestionRefused { point: None, why } if why == "not-authenticated")
    });
    assert!(refused);
}

/// A point that is taken out of the files is a stranger from then on; so is one whose token is another.
#[tokio::test]
async fn a_point_that_is_taken_out_gets_no_answer() {
    let world = World::start().await;
    assert_eq!(
        ask(&world, "alice", "record-1", None).await["decision"],
        true
    );
    let files = world.server.organisation();
    let text = std::fs::read_to_string(files.join("authzen.toml")).unwrap();
    let (before, point) = text.split_once("[[enforcement_point]]").unwrap();
    let other = TokenHash([7; 32]).to_string();
    let point = point.replace(
        "token_file = \"secrets/vpn.token\"",
        &format!("token_sha256 = \"{other}\""),
    );
    let changed = format!("{before}[[enforcement_point]]{point}");
    std::fs::write(files.join("authzen.toml"), changed).unwrap();
    world.server.apply().await.unwrap();
    let body = json!({ "subject": { "type": "person", "id": "alice" }, "resource": { "type": "application", "id": "record-1" } });
    let asked = Asked::post("/access/v1/search/action", &body);
    assert_eq!(world.exchange(&Fault::NONE, &asked).await.status, 401);
    std::fs::write(files.join("authzen.toml"), before).unwrap();
    world.server.apply().await.unwrap();
    let door = Asked {
        caller: "door".to_owned(),
        ..asked
    };
    assert_eq!(world.exchange(&Fault::NONE, &door).await.status, 401);
    let left = world
        .server
        .live()
        .read(|state| state.enforcement_points.len());
    assert_eq!(left, 1, "the kit's own");
}
