use crate::world::{DOMAIN, SignedIn, World};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper::ext::Protocol;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

pub(crate) async fn connect(world: &World, id: &str) -> SendRequest<Empty<Bytes>> {
    let mut roots = RootCertStore::empty();
    roots.add(world.authority.certificate.clone()).unwrap();
    let mut tls = ClientConfig::builder_with_provider(zt_net::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let tcp = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let name = ServerName::try_from(format!("{id}.{DOMAIN}")).unwrap();
    let stream = TlsConnector::from(Arc::new(tls))
        .connect(name, tcp)
        .await
        .unwrap();
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    sender
}

async fn get(
    sender: &mut SendRequest<Empty<Bytes>>,
    url: String,
    signed_in: &SignedIn,
) -> Response<Incoming> {
    // RFC 9113 §8.2.3: cookies may come in pieces.
    let request = Request::get(url)
        .header("cookie", "theme=dark")
        .header("cookie", &signed_in.cookie)
        .header("cookie", "lang=ja");
    sender
        .send_request(request.body(Empty::new()).unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn requests_pass_and_look_like_http_1_to_the_application() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let mut sender = connect(&world, "chat").await;
    let answer = get(&mut sender, world.url("chat", "/a?b=c"), &signed_in).await;
    assert_eq!(answer.status(), 200);
    let echo = String::from_utf8(
        answer
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .to_vec(),
    )
    .unwrap();
    assert!(echo.starts_with("GET /a?b=c HTTP/1.1\n"), "{echo}");
    assert!(echo.contains("cookie: theme=dark; lang=ja\n"), "{echo}");
    assert!(
        echo.contains(&format!("host: chat.{DOMAIN}:{}\n", world.address.port())),
        "{echo}"
    );
}

#[tokio::test]
async fn another_hosts_authority_on_this_connection_is_misdirected() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let mut sender = connect(&world, "chat").await;
    let answer = get(&mut sender, world.url("wiki", "/"), &signed_in).await;
    assert_eq!(answer.status(), 421);
}

#[tokio::test]
async fn a_stream_that_is_cut_is_cancelled_and_the_connection_goes_on() {
    let world = World::new().await;
    let (one, other) = (world.sign_in("chat").await, world.sign_in("chat").await);
    let mut sender = connect(&world, "chat").await;
    let mut events = get(&mut sender, world.url("chat", "/events"), &one)
        .await
        .into_body();
    assert_eq!(
        events.frame().await.unwrap().unwrap().into_data().unwrap(),
        "data: 1\n\n"
    );
    world.end(&one).await;
    let error = events.frame().await.unwrap().unwrap_err();
    let reset = error
        .source()
        .and_then(|source| source.downcast_ref::<h2::Error>())
        .and_then(h2::Error::reason);
    assert_eq!(reset, Some(h2::Reason::CANCEL));
    assert_eq!(
        get(&mut sender, world.url("chat", "/"), &other)
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn a_socket_by_extended_connect_ends_with_its_reason() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let mut sender = connect(&world, "chat").await;
    // The first answer brings the settings that allow it (RFC 8441 §3).
    assert_eq!(
        get(&mut sender, world.url("chat", "/"), &signed_in)
            .await
            .status(),
        200
    );
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(world.url("chat", "/socket"))
        .header("cookie", &signed_in.cookie)
        .header("sec-websocket-version", "13")
        .body(Empty::<Bytes>::new())
        .unwrap();
    request
        .extensions_mut()
        .insert(Protocol::from_static("websocket"));
    let answer = sender.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(!answer.headers().contains_key("sec-websocket-accept"));
    let stream = TokioIo::new(hyper::upgrade::on(answer).await.unwrap());
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
    socket.send(Message::text("hello")).await.unwrap();
    assert_eq!(
        socket.next().await.unwrap().unwrap(),
        Message::text("hello")
    );
    world.end(&signed_in).await;
    let Message::Close(Some(close)) = socket.next().await.unwrap().unwrap() else {
        panic!("not a close frame")
    };
    assert_eq!(
        (u16::from(close.code), close.reason.as_str()),
        (1008, "sekisho:session-ended")
    );
}

#[tokio::test]
async fn other_connects_are_refused() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let mut sender = connect(&world, "chat").await;
    assert_eq!(
        get(&mut sender, world.url("chat", "/"), &signed_in)
            .await
            .status(),
        200
    );
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(world.url("chat", "/x"))
        .body(Empty::<Bytes>::new())
        .unwrap();
    request
        .extensions_mut()
        .insert(Protocol::from_static("connect-udp"));
    assert_eq!(sender.send_request(request).await.unwrap().status(), 405);
}
