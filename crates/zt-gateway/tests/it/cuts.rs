use crate::world::{DOMAIN, World};
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn events(world: &World, cookie: &str) -> hyper::body::Incoming {
    let request = Request::get(world.url("chat", "/events"))
        .header("cookie", cookie)
        .body(Bytes::new())
        .unwrap();
    let mut body = world.client().stream(request).await.unwrap().into_body();
    assert_eq!(
        body.frame().await.unwrap().unwrap().into_data().unwrap(),
        "data: 1\n\n"
    );
    body
}

#[tokio::test]
async fn an_event_stream_ends_with_its_permit_and_others_go_on() {
    let world = World::new().await;
    let (one, other) = (world.sign_in("chat").await, world.sign_in("chat").await);
    let (mut cut, mut kept) = (
        events(&world, &one.cookie).await,
        events(&world, &other.cookie).await,
    );
    world.end(&one).await;
    let end = cut.frame().await.unwrap();
    assert!(end.is_err(), "broken off, not ended: {end:?}");
    world.application.seen.ended.notified().await;
    world.application.seen.go_on.notify_one();
    assert_eq!(
        kept.frame().await.unwrap().unwrap().into_data().unwrap(),
        "data: 2\n\n"
    );
}

#[tokio::test]
async fn what_the_application_says_after_the_end_is_not_delivered() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let mut body = events(&world, &signed_in.cookie).await;
    // Both are there when the gateway looks next: the cut counts first.
    world.application.seen.go_on.notify_one();
    world.finding(1).await;
    let mut rest = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        rest.extend_from_slice(&frame.into_data().unwrap());
    }
    assert!(
        rest.is_empty() || rest == b"data: 2\n\n",
        "one may have been on its way: {rest:?}"
    );
}

#[tokio::test]
async fn a_request_that_waits_for_its_answer_is_told_why_it_gets_none() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let client = world.client();
    let request = Request::get(world.url("chat", "/held"))
        .header("cookie", &signed_in.cookie)
        .body(Bytes::new())
        .unwrap();
    let waiting = tokio::spawn(async move { client.send(request).await });
    let mut changes = world.live.changes();
    while world.live.live_connections() == 0 {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(5), changes.changed()).await;
    }
    world.finding(1).await;
    let answer = waiting.await.unwrap().unwrap();
    assert_eq!(answer.status(), 403);
    assert!(String::from_utf8_lossy(answer.body()).contains("device-trust-too-low"));
}

#[tokio::test]
async fn an_upload_ends_with_its_permit() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let mut stream = world
        .client()
        .connect(&world.url("chat", "/").parse().unwrap())
        .await
        .unwrap();
    let head = format!(
        "POST /upload HTTP/1.1\r\nhost: chat.{DOMAIN}\r\ncookie: {}\r\ncontent-length: 1000\r\n\r\nbegun",
        signed_in.cookie
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let mut changes = world.live.changes();
    while world.live.live_connections() == 0 {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(5), changes.changed()).await;
    }
    world.end(&signed_in).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(
        String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 401 "),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}
