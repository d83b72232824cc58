use crate::world::{DOMAIN, World};
use std::sync::atomic::Ordering;

#[tokio::test]
async fn what_has_two_readings_is_refused_and_recorded() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let host = format!("host: chat.{DOMAIN}\r\n");
    let cookie = format!("cookie: {}\r\nconnection: close\r\n", signed_in.cookie);
    for (request, status, reason) in [
        (format!("GET / HTTP/1.1\r\n{cookie}\r\n"), 400, "no-host"),
        (
            format!("GET / HTTP/1.1\r\n{host}{host}{cookie}\r\n"),
            400,
            "several-hosts",
        ),
        (
            format!("GET / HTTP/1.1\r\nhost: wiki.{DOMAIN}\r\n{cookie}\r\n"),
            421,
            "misdirected",
        ),
        (
            format!("GET https://wiki.{DOMAIN}/ HTTP/1.1\r\n{host}{cookie}\r\n"),
            400,
            "target-mismatch",
        ),
        (
            format!("GET http://chat.{DOMAIN}/ HTTP/1.1\r\n{host}{cookie}\r\n"),
            400,
            "target-mismatch",
        ),
        (
            format!("GET /a/%2e%2e/b HTTP/1.1\r\n{host}{cookie}\r\n"),
            400,
            "ambiguous-path",
        ),
        (
            format!("GET /a/..%252fb HTTP/1.1\r\n{host}{cookie}\r\n"),
            400,
            "ambiguous-path",
        ),
        (
            format!("GET /a%5cb HTTP/1.1\r\n{host}{cookie}\r\n"),
            400,
            "ambiguous-path",
        ),
        (
            format!("GET /a%00 HTTP/1.1\r\n{host}{cookie}\r\n"),
            400,
            "ambiguous-path",
        ),
        (
            format!("OPTIONS * HTTP/1.1\r\n{host}{cookie}\r\n"),
            400,
            "bad-target",
        ),
        (
            format!("GET /{} HTTP/1.1\r\n{host}{cookie}\r\n", "x".repeat(9000)),
            414,
            "target-too-long",
        ),
        (
            format!("TRACE / HTTP/1.1\r\n{host}{cookie}\r\n"),
            405,
            "method",
        ),
        (
            format!("GET / HTTP/1.1\r\n{host}{cookie}sekisho_identity: x\r\n\r\n"),
            400,
            "aliased-header",
        ),
        (
            format!("GET / HTTP/1.1\r\n{host}{cookie}connection: cookie\r\n\r\n"),
            400,
            "connection-option",
        ),
        (
            format!("GET / HTTP/1.1\r\n{host}{cookie}expect: more\r\n\r\n"),
            417,
            "expectation",
        ),
        (
            format!("GET / HTTP/1.1\r\n{host}{cookie}upgrade: websocket\r\n\r\n"),
            400,
            "websocket-handshake",
        ),
    ] {
        let answer = world.raw(&request).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request}\n{answer}"
        );
        assert!(
            answer.contains(&format!("\"reason\":\"{reason}\"")),
            "{request}\n{answer}"
        );
        assert_eq!(
            world.accesses().await.last(),
            Some(&(status, vec![reason.to_owned()]))
        );
    }
    assert_eq!(world.application.seen.requests.load(Ordering::SeqCst), 0);
}

/// What the listener refuses before the gateway sees it must not reach the application either.
#[tokio::test]
async fn smuggled_requests_do_not_come_through() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let head = format!("host: chat.{DOMAIN}\r\ncookie: {}\r\n", signed_in.cookie);
    let inner = format!("GET /smuggled HTTP/1.1\r\n{head}\r\n");
    for request in [
        format!(
            "POST / HTTP/1.1\r\n{head}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{inner}"
        ),
        format!(
            "POST / HTTP/1.1\r\n{head}content-length: 0\r\ncontent-length: {}\r\n\r\n{inner}",
            inner.len()
        ),
        format!(
            "POST / HTTP/1.1\r\n{head}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n{inner}"
        ),
        format!("POST / HTTP/1.1\r\n{head}transfer-encoding : chunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("GET / HTTP/1.1\nhost: chat.{DOMAIN}\n\n{inner}"),
        format!("GET / HTTP/1.1\r\n{head}x: y\n\n{inner}"),
        format!("POST / HTTP/1.1\r\n{head}transfer-encoding: chunked\r\n\r\n0;\n\r\n{inner}"),
    ] {
        let answer = world.raw(&request).await;
        assert!(
            !answer.contains("/smuggled") && !answer.contains(" 200 "),
            "{request}\n{answer}"
        );
    }
}

#[tokio::test]
async fn a_client_that_stops_in_the_middle_of_a_body_is_answered() {
    let limits = zt_gateway::UpstreamLimits {
        body_stall_timeout_ms: 100,
        ..Default::default()
    };
    let world = World::with(limits).await;
    let signed_in = world.sign_in("chat").await;
    let head = format!("host: chat.{DOMAIN}\r\ncookie: {}\r\n", signed_in.cookie);
    let answer = world
        .raw(&format!(
            "POST /upload HTTP/1.1\r\n{head}content-length: 10\r\n\r\nhalf"
        ))
        .await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("request-stalled"), "{answer}");
}
