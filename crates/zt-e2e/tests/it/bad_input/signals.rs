//! Signals that fit no device, or several, or come from a source that does not own the fact.

use super::{must, signed_in};
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http::{Response, StatusCode};
use tokio_tungstenite::tungstenite::Message;
use zt_testkit::{Finding, Server};
use zt_types::Language;

async fn said(server: &Server, source: &str, uid: &str, hostname: &str) -> Response<Bytes> {
    let signal = server.finding(uid, hostname, Finding::New);
    must(server.signal(source, signal).await)
}

fn outcome(answer: &Response<Bytes>) -> String {
    let value: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    let said = value.get("outcome").or_else(|| value.get("error")).cloned();
    said.unwrap_or_default()
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_block_nobody_and_an_operator_hears_of_them() {
    let server = must(Server::start().await);
    let (aiko, mut account) = signed_in(&server, "aiko", "inside", Some("twin")).await;
    let (ben, _) = signed_in(&server, "ben", "inside", Some("twin")).await;
    let mut sockets = Vec::new();
    for visitor in [&aiko, &ben] {
        sockets.push(must(visitor.socket(&server.at("inside", "/socket")).await));
    }

    let unknown = said(&server, "edr", "u-1", "nobody-has-this").await;
    assert_eq!(
        (unknown.status(), outcome(&unknown).as_str()),
        (StatusCode::ACCEPTED, "unknown-device")
    );
    let ambiguous = said(&server, "edr", "u-2", "twin").await;
    assert_eq!(
        (ambiguous.status(), outcome(&ambiguous).as_str()),
        (StatusCode::ACCEPTED, "ambiguous-device")
    );
    let again = said(&server, "edr", "u-2", "twin").await;
    assert_eq!(again.status(), StatusCode::ACCEPTED);
    let mut desk = must(server.visitor(Language::Ja));
    must(desk.hold(Some(must(server.device("aiko", "her-own").await))));
    must(
        desk.sign_in(
            &mut account,
            &server.at("inside", "/"),
            server.clock().now(),
        )
        .await,
    );
    let mut own = must(desk.socket(&server.at("inside", "/socket")).await);
    let foreign = said(&server, "leaks", "u-3", "her-own").await;
    assert_eq!(
        (foreign.status(), outcome(&foreign).as_str()),
        (StatusCode::FORBIDDEN, "kind-not-owned")
    );
    let nobody = said(&server, "no such source", "u-4", "her-own").await;
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);

    for socket in sockets.iter_mut().chain([&mut own]) {
        socket.send(Message::text("still here")).await.unwrap();
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) if text == "still here" => break,
                Some(Ok(Message::Text(_))) => {}
                other => panic!("a connection was cut on a guess: {other:?}"),
            }
        }
    }
    assert_eq!(server.live().read(|state| state.facts.len()), 0);
    let (mut root, _) = signed_in(&server, "root", "id", Some("desk")).await;
    let tasks = must(root.open(&server.at("id", "/console/tasks")).await).html;
    assert!(
        tasks.contains("nobody-has-this") && tasks.contains("twin"),
        "{tasks}"
    );
    assert_eq!(
        server.live().read(|state| state.tasks.len()),
        2,
        "one task for each, however often it is said"
    );
}
