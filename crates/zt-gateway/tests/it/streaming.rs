use crate::world::{DOMAIN, World};
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use std::sync::atomic::Ordering;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const MIB: u64 = 1024 * 1024;
/// What may be on its way at most: the sockets' buffers of four ends (the kernel gives loopback up to 6 MiB each) and ours.
const UNDER_WAY: u64 = 40 * MIB;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_download_is_passed_on_as_it_is_read() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let request = Request::get(world.url("chat", &format!("/big?{}", 200 * MIB)))
        .header("cookie", &signed_in.cookie);
    let mut body = world
        .client()
        .stream(request.body(Bytes::new()).unwrap())
        .await
        .unwrap()
        .into_body();
    let (mut read, mut most) = (0, 0);
    while let Some(frame) = body.frame().await {
        read += frame.unwrap().into_data().unwrap().len() as u64;
        most = most.max(world.application.seen.bytes.load(Ordering::SeqCst) - read);
    }
    assert_eq!(read, 200 * MIB);
    assert!(most < UNDER_WAY, "{most} bytes were on their way");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_that_is_not_read_is_not_made() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let request = Request::get(world.url("chat", &format!("/big?{}", 200 * MIB)))
        .header("cookie", &signed_in.cookie);
    let mut body = world
        .client()
        .stream(request.body(Bytes::new()).unwrap())
        .await
        .unwrap()
        .into_body();
    body.frame().await.unwrap().unwrap();
    // Whatever is made while nobody reads: it stops growing well before the end.
    let made = || world.application.seen.bytes.load(Ordering::SeqCst);
    let mut before = made();
    let mut clock = tokio::time::interval(std::time::Duration::from_millis(100));
    let mut still = 0;
    while still < 5 {
        clock.tick().await;
        still = if made() == before { still + 1 } else { 0 };
        before = made();
    }
    assert!(
        before < UNDER_WAY,
        "{before} bytes were made for somebody who read one piece"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_upload_is_passed_on_as_it_comes() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let mut stream = world
        .client()
        .connect(&world.url("chat", "/").parse().unwrap())
        .await
        .unwrap();
    let total = 200 * MIB;
    let head = format!(
        "POST /upload HTTP/1.1\r\nhost: chat.{DOMAIN}\r\ncookie: {}\r\ncontent-length: {total}\r\nconnection: close\r\n\r\n",
        signed_in.cookie
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = vec![7u8; 64 * 1024];
    let (mut sent, mut most) = (0, 0);
    while sent < total {
        stream.write_all(&piece).await.unwrap();
        sent += piece.len() as u64;
        most = most.max(sent - world.application.seen.bytes.load(Ordering::SeqCst));
    }
    stream.flush().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with(&total.to_string()), "{answer}");
    assert!(most < UNDER_WAY, "{most} bytes were on their way");
}

#[tokio::test]
async fn each_event_is_there_at_once() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let request = Request::get(world.url("chat", "/events"))
        .header("cookie", &signed_in.cookie)
        .body(Bytes::new())
        .unwrap();
    let mut body = world.client().stream(request).await.unwrap().into_body();
    for expected in 1..4 {
        let event = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(event, format!("data: {expected}\n\n"));
        // Only now is the next one made: this one did not wait for it.
        world.application.seen.go_on.notify_one();
    }
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_applications_stream() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let request = Request::get(world.url("chat", "/events"))
        .header("cookie", &signed_in.cookie)
        .body(Bytes::new())
        .unwrap();
    let mut body = world.client().stream(request).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    assert_eq!(world.live.live_connections(), 1);
    drop(body);
    world.application.seen.ended.notified().await;
}
