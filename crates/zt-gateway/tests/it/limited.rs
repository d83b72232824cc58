//! Limited access: what a permit does not carry does not pass, over HTTP/1.1, HTTP/2 and WebSockets.

use crate::world::{DOMAIN, World};
use crate::{http2, websockets};
use bytes::Bytes;
use futures_util::StreamExt;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::ext::Protocol;
use std::sync::atomic::Ordering;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::{Error, Message};
use zt_events::Body;
use zt_store::EventFilter;

const NAVIGATE: (&str, &str) = ("sec-fetch-mode", "navigate");
const FETCH: (&str, &str) = ("sec-fetch-mode", "cors");
const SECRET: &str = "the secret of the file";

fn requests(world: &World) -> u64 {
    world.application.seen.requests.load(Ordering::SeqCst)
}

async fn send(
    world: &World,
    method: &str,
    headers: &[(&str, &str)],
    body: &'static str,
) -> Response<String> {
    let mut request = Request::builder()
        .method(method)
        .uri(world.url("chat", "/as-told?token=secret"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = world
        .client()
        .send(request.body(Bytes::from_static(body.as_bytes())).unwrap())
        .await
        .unwrap();
    answer.map(|body| String::from_utf8(body.to_vec()).unwrap())
}

fn json(answer: &Response<String>) -> serde_json::Value {
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    serde_json::from_str(answer.body()).unwrap()
}

#[tokio::test]
async fn view_only_is_looking_and_nothing_else() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    world.forbid(&["upload"], "").await;
    let cookie = ("cookie", signed_in.cookie.as_str());
    let answer = ("x-answer", "200|content-type: text/html|shown");
    for (method, body) in [
        ("POST", ""),
        ("POST", "a=b"),
        ("PUT", "file"),
        ("PATCH", "{}"),
        ("DELETE", ""),
        ("PROPFIND", ""),
        ("get", ""),
        ("GET", "a body"),
        ("OPTIONS", "a body"),
    ] {
        let refused = send(&world, method, &[cookie, FETCH, answer], body).await;
        assert_eq!(refused.status(), 403, "{method} {body:?}");
        let problem = json(&refused);
        assert_eq!(problem["reason"], "limited", "{method}");
        assert_eq!(problem["withheld"], "upload", "{method}");
    }
    assert_eq!(requests(&world), 0, "nothing of it reached the application");
    let shown = send(&world, "GET", &[cookie, FETCH, answer], "").await;
    assert_eq!(
        (shown.status().as_u16(), shown.body().as_str()),
        (200, "shown")
    );
    for method in ["HEAD", "OPTIONS"] {
        let shown = send(&world, method, &[cookie, FETCH, answer], "").await;
        assert_eq!(shown.status(), 200, "{method}");
    }
    // What would make another method of it at the application does not get there.
    let overridden = [
        cookie,
        ("x-http-method-override", "DELETE"),
        ("x_method_override", "PUT"),
    ];
    let echo = world.get("chat", "/", &overridden).await;
    assert!(
        !echo.body().to_lowercase().contains("override"),
        "{}",
        echo.body()
    );
    let accesses = world.accesses().await;
    let refused = (403, vec!["limited".to_owned(), "upload".to_owned()]);
    assert_eq!(
        accesses.iter().filter(|access| **access == refused).count(),
        9
    );
}

#[tokio::test]
async fn view_only_says_so_and_what_would_lift_it() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let strong = "context.session.assurance in Assurance::\"phishing-resistant\"";
    world.forbid(&["upload"], strong).await;
    let cookie = ("cookie", signed_in.cookie.as_str());
    for (language, words) in [
        (
            "ja",
            [
                "閲覧のみの利用です",
                "もう一段の本人確認が必要です",
                "パスキーで確認する",
            ],
        ),
        (
            "en",
            [
                "This access is view only",
                "Full use needs a stronger sign-in",
                "Confirm with a passkey",
            ],
        ),
    ] {
        let headers = [cookie, NAVIGATE, ("accept-language", language)];
        let page = send(&world, "POST", &headers, "a=b").await;
        assert_eq!(page.status(), 403);
        for words in words.into_iter().chain(["step=phishing-resistant"]) {
            assert!(page.body().contains(words), "{words}\n{}", page.body());
        }
    }
    let problem = send(
        &world,
        "POST",
        &[cookie, FETCH, ("accept-language", "ja")],
        "a",
    )
    .await;
    assert_eq!(problem.headers()["content-language"], "ja");
    let problem = json(&problem);
    assert_eq!(problem["remedies"], serde_json::json!(["step-up"]));
    assert_eq!(problem["because"], serde_json::json!(["assurance"]));
    assert!(problem["detail"].as_str().unwrap().contains("閲覧のみ"));
    // Nothing she can do: said at once.
    world.forbid(&["upload"], "").await;
    let problem = json(&send(&world, "POST", &[cookie, FETCH], "a").await);
    assert_eq!(problem["remedies"], serde_json::json!([]));
    assert_eq!(problem["because"], serde_json::json!(["rule"]));
}

#[tokio::test]
async fn without_downloads_no_byte_of_a_file_passes() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    world.forbid(&["download"], "").await;
    let cookie = ("cookie", signed_in.cookie.as_str());
    for told in [
        "200|content-type: application/pdf|",
        "200|content-type: application/octet-stream|",
        "200|content-type: text/html|content-disposition: aTTachment; filename=x|",
        "200|content-type: text/html|content-disposition: inline|content-disposition: attachment|",
        "200|content-type: text/html|content-disposition: filename*=UTF-8''x|",
        "200|content-type: text/html|content-type: application/pdf|",
        "200|x-content-type-options: nosniff|",
        "200|",
        "404|content-type: application/zip|",
        "206|content-type: text/html|content-range: bytes 0-5/100|",
        "206|content-type: multipart/byteranges; boundary=x|",
        "200|content-type: text/html|content-encoding: x-own|",
        "200|content-type: text/csv|",
    ] {
        for (method, mode) in [
            ("GET", NAVIGATE),
            ("GET", FETCH),
            ("POST", FETCH),
            ("HEAD", FETCH),
        ] {
            let told = format!("{told}{SECRET}");
            let answer = send(
                &world,
                method,
                &[cookie, mode, ("x-answer", &told), ("range", "bytes=0-5")],
                "",
            )
            .await;
            assert_eq!(answer.status(), 403, "{method} {told}");
            assert!(!answer.body().contains(SECRET), "{method} {told}");
            for name in ["etag", "content-range", "content-disposition"] {
                assert!(!answer.headers().contains_key(name), "{method} {told}");
            }
            // How long it would have been is not told either.
            let length = answer
                .headers()
                .get("content-length")
                .map(|length| length.to_str().unwrap().to_owned());
            assert_ne!(length, Some(SECRET.len().to_string()), "{method} {told}");
        }
    }
    // 304 is a file as well, if the device kept it from better days.
    let old = [
        cookie,
        NAVIGATE,
        ("if-none-match", "\"x\""),
        ("x-answer", "304|etag: \"x\"|"),
    ];
    assert_eq!(send(&world, "GET", &old, "").await.status(), 403);
    // Nothing that could bring less than the whole is asked for.
    let asked = [
        cookie,
        ("range", "bytes=1-2"),
        ("if-range", "x"),
        ("if-none-match", "x"),
        ("if-modified-since", "x"),
    ];
    let echo = world.get("chat", "/", &asked).await;
    for name in ["range", "if-none-match", "if-modified-since"] {
        assert!(!echo.body().contains(name), "{}", echo.body());
    }
    let page = world
        .get(
            "chat",
            "/as-told",
            &[cookie, ("x-answer", "200|content-type: text/html|shown")],
        )
        .await;
    assert_eq!(
        (page.status().as_u16(), page.body().as_str()),
        (200, "shown")
    );
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    // A page for a person, a problem for a program, and the log says what was held back.
    let file = ("x-answer", "200|content-type: application/pdf|x");
    let headers = [cookie, NAVIGATE, file, ("accept-language", "en")];
    let refused = world.get("chat", "/as-told", &headers).await;
    assert!(
        refused.body().contains("Downloads are not allowed here"),
        "{}",
        refused.body()
    );
    let last = world.accesses().await.pop().unwrap();
    assert_eq!(
        last,
        (403, vec!["limited".to_owned(), "download".to_owned()])
    );
}

#[tokio::test]
async fn a_socket_needs_the_right_to_put_something_in() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let connect = || async {
        let address = world.url("chat", "/").parse().unwrap();
        world.client().connect(&address).await.unwrap()
    };
    let refused = |path| {
        let request = websockets::handshake(&world, path, &signed_in.cookie);
        let connect = connect();
        async move {
            match client_async(request, connect.await).await {
                Err(Error::Http(answer)) => answer.status().as_u16(),
                other => panic!("{:?}", other.map(|_| ())),
            }
        }
    };
    // An application that does not switch is an application that answers.
    world.forbid(&["download"], "").await;
    assert_eq!(refused("/download").await, 403);
    assert_eq!(refused("/no-socket").await, 403, "a body without a type");
    let mut socket = websockets::open(&world, &signed_in).await;
    websockets::say(&mut socket, "messages pass").await;
    world.forbid(&["upload"], "").await;
    let Message::Close(Some(close)) = socket.next().await.unwrap().unwrap() else {
        panic!("not a close frame")
    };
    assert_eq!(close.reason.as_str(), "sekisho:limited");
    let before = requests(&world);
    assert_eq!(refused("/socket").await, 403);

    let mut sender = http2::connect(&world, "chat").await;
    let ask = |method: Method, path: &str| {
        Request::builder()
            .method(method)
            .uri(world.url("chat", path))
            .header("cookie", &signed_in.cookie)
            .body(Empty::<Bytes>::new())
            .unwrap()
    };
    let plain = sender.send_request(ask(Method::GET, "/")).await.unwrap();
    assert_eq!(plain.status(), 200);
    let mut extended = ask(Method::CONNECT, "/socket");
    extended
        .extensions_mut()
        .insert(Protocol::from_static("websocket"));
    let headers = extended.headers_mut();
    headers.insert("sec-websocket-version", "13".parse().unwrap());
    assert_eq!(sender.send_request(extended).await.unwrap().status(), 403);
    for (method, path) in [(Method::POST, "/"), (Method::GET, "/download")] {
        let answer = sender.send_request(ask(method, path)).await.unwrap();
        assert_eq!(answer.status(), 403, "{path}");
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["reason"], "limited", "{path}");
    }
    assert_eq!(requests(&world), before + 2, "the page and the file");
}

/// What is running ends with what it needs, and with nothing else.
#[tokio::test]
async fn exactly_those_end_that_need_what_was_taken_away() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let stream = |path: &str| {
        let request = Request::get(world.url("chat", path))
            .header("cookie", &signed_in.cookie)
            .body(Bytes::new())
            .unwrap();
        let client = world.client();
        async move { client.stream(request).await.unwrap().into_body() }
    };
    let mut page = stream("/events").await;
    page.frame().await.unwrap().unwrap();
    let mut file = stream(&format!("/big?{}", 1u64 << 40)).await;
    file.frame().await.unwrap().unwrap();
    let mut socket = websockets::open(&world, &signed_in).await;
    websockets::say(&mut socket, "before").await;
    let address = world.url("chat", "/").parse().unwrap();
    let mut upload = world.client().connect(&address).await.unwrap();
    let head = format!(
        "POST /upload HTTP/1.1\r\nhost: chat.{DOMAIN}\r\ncookie: {}\r\ncontent-length: 1000\r\n\r\nbegun",
        signed_in.cookie
    );
    upload.write_all(head.as_bytes()).await.unwrap();
    upload.flush().await.unwrap();
    let count = async |wanted| {
        let mut changes = world.live.changes();
        while world.live.live_connections() != wanted {
            let _ =
                tokio::time::timeout(std::time::Duration::from_millis(5), changes.changed()).await;
        }
    };
    count(4).await;

    world.forbid(&["download"], "").await;
    while let Some(frame) = file.frame().await {
        if frame.is_err() {
            break;
        }
    }
    count(3).await;
    websockets::say(&mut socket, "the socket goes on").await;
    world.application.seen.go_on.notify_one();
    page.frame().await.unwrap().unwrap();

    world.forbid(&["upload"], "").await;
    let Message::Close(Some(close)) = socket.next().await.unwrap().unwrap() else {
        panic!("not a close frame")
    };
    assert_eq!(close.reason.as_str(), "sekisho:limited");
    let mut answer = Vec::new();
    let _ = upload.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.starts_with("HTTP/1.1 403 ") && answer.contains("\"withheld\":\"upload\""),
        "{answer}"
    );
    count(1).await;
    world.application.seen.go_on.notify_one();
    page.frame().await.unwrap().unwrap();
    let cuts = world
        .live
        .events(EventFilter {
            limit: 1000,
            ..EventFilter::default()
        })
        .await
        .unwrap();
    let cuts = cuts
        .iter()
        .filter(|logged| matches!(logged.event.body, Body::ConnectionCut { .. }));
    assert_eq!(cuts.count(), 3);
}

#[tokio::test]
async fn nothing_is_kept_where_nothing_may_be() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    world.forbid(&["persist"], "").await;
    let cookie = ("cookie", signed_in.cookie.as_str());
    let told = (
        "x-answer",
        "200|content-type: text/javascript|cache-control: max-age=99|x",
    );
    let script = world.get("chat", "/as-told", &[cookie, told]).await;
    assert_eq!(script.headers()["cache-control"], "no-store");
    let worker = world
        .get(
            "chat",
            "/as-told",
            &[cookie, told, ("service-worker", "script")],
        )
        .await;
    assert_eq!(json(&worker)["withheld"], "persist");
}

#[tokio::test]
async fn what_must_be_recorded_is_recorded_whoever_leaves() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    world.forbid(&["unrecorded"], "").await;
    let told = ("x-answer", "200|content-type: text/html|x");
    let cookie = ("cookie", signed_in.cookie.as_str());
    send(&world, "PUT", &[cookie, told], "a body").await;
    // She leaves before there is an answer; the application has the request.
    let address = world.url("chat", "/").parse().unwrap();
    let mut leaving = world.client().connect(&address).await.unwrap();
    let head = format!(
        "GET /held?id=secret HTTP/1.1\r\nhost: chat.{DOMAIN}\r\ncookie: {}\r\n\r\n",
        signed_in.cookie
    );
    leaving.write_all(head.as_bytes()).await.unwrap();
    leaving.flush().await.unwrap();
    while world.live.live_connections() == 0 {
        tokio::task::yield_now().await;
    }
    drop(leaving);
    while world.live.live_connections() > 0 {
        tokio::task::yield_now().await;
    }
    let events = world
        .live
        .events(EventFilter {
            limit: 1000,
            ..EventFilter::default()
        })
        .await
        .unwrap();
    let mut recorded: Vec<(String, String, u16, Vec<String>)> = events
        .into_iter()
        .filter_map(|logged| match logged.event.body {
            Body::Access {
                method,
                path,
                status,
                reasons,
                ..
            } => Some((method, path, status, reasons)),
            _ => None,
        })
        .collect();
    recorded.reverse();
    let access = |method: &str, path: &str, status, reasons: &[&str]| {
        let reasons = reasons.iter().map(|reason| (*reason).to_owned()).collect();
        (method.to_owned(), path.to_owned(), status, reasons)
    };
    assert_eq!(
        recorded,
        [
            access("PUT", "/as-told", 200, &[]),
            access("GET", "/held", 499, &["client-left"]),
        ]
    );
}
