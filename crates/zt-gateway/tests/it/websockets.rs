use crate::world::{DOMAIN, SignedIn, World};
use futures_util::{SinkExt, StreamExt};
use http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

pub(crate) fn handshake(world: &World, path: &str, cookie: &str) -> Request<()> {
    Request::get(format!(
        "wss://chat.{DOMAIN}:{}{path}",
        world.address.port()
    ))
    .header("host", format!("chat.{DOMAIN}"))
    .header("cookie", cookie)
    .header("connection", "keep-alive, Upgrade")
    .header("upgrade", "websocket")
    .header("sec-websocket-version", "13")
    .header("sec-websocket-key", generate_key())
    .body(())
    .unwrap()
}

pub(crate) async fn open(
    world: &World,
    signed_in: &SignedIn,
) -> WebSocketStream<TlsStream<TcpStream>> {
    let stream = world
        .client()
        .connect(&world.url("chat", "/").parse().unwrap())
        .await
        .unwrap();
    client_async(handshake(world, "/socket", &signed_in.cookie), stream)
        .await
        .unwrap()
        .0
}

pub(crate) async fn say(socket: &mut WebSocketStream<TlsStream<TcpStream>>, words: &str) {
    socket.send(Message::text(words)).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text(words));
}

#[tokio::test]
async fn messages_pass_both_ways_and_the_close_is_the_applications() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let mut socket = open(&world, &signed_in).await;
    for words in ["こんにちは", &"x".repeat(100_000), ""] {
        say(&mut socket, words).await;
    }
    socket.close(None).await.unwrap();
    while let Some(Ok(message)) = socket.next().await {
        assert!(message.is_close());
    }
    world.application.seen.ended.notified().await;
}

#[tokio::test]
async fn a_socket_is_closed_with_the_reason_and_opens_again_when_it_is_over() {
    let world = World::new().await;
    let (one, other) = (world.sign_in("chat").await, world.sign_in("chat").await);
    let mut socket = open(&world, &one).await;
    say(&mut socket, "before").await;
    assert_eq!(world.live.live_connections(), 1);
    world.finding(1).await;
    let Message::Close(Some(close)) = socket.next().await.unwrap().unwrap() else {
        panic!("not a close frame")
    };
    assert_eq!(
        (close.code, close.reason.as_str()),
        (CloseCode::Policy, "sekisho:device-trust-too-low")
    );
    world.application.seen.ended.notified().await;
    let stream = world
        .client()
        .connect(&world.url("chat", "/").parse().unwrap())
        .await
        .unwrap();
    match client_async(handshake(&world, "/socket", &other.cookie), stream).await {
        Err(Error::Http(answer)) => assert_eq!(answer.status(), 403),
        other => panic!("opened from a distrusted device: {other:?}"),
    }
    world.finding(3).await;
    let mut again = open(&world, &one).await;
    say(&mut again, "after").await;
}

#[tokio::test]
async fn a_session_that_ends_takes_its_sockets_along_and_no_others() {
    let world = World::new().await;
    let (one, other) = (world.sign_in("chat").await, world.sign_in("chat").await);
    let (mut cut, mut kept) = (open(&world, &one).await, open(&world, &other).await);
    say(&mut cut, "before").await;
    world.end(&one).await;
    let Message::Close(Some(close)) = cut.next().await.unwrap().unwrap() else {
        panic!("not a close frame")
    };
    assert_eq!(close.reason.as_str(), "sekisho:session-ended");
    say(&mut kept, "still here").await;
}

#[tokio::test]
async fn in_the_middle_of_a_frame_nothing_more_comes() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    let mut stream = world
        .client()
        .connect(&world.url("chat", "/").parse().unwrap())
        .await
        .unwrap();
    let head = format!(
        "GET /socket-huge HTTP/1.1\r\nhost: chat.{DOMAIN}\r\ncookie: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        signed_in.cookie
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut begun = Vec::new();
    while !begun.ends_with(b"the beginning") {
        let mut byte = [0u8; 1];
        stream.read_exact(&mut byte).await.unwrap();
        begun.push(byte[0]);
    }
    world.end(&signed_in).await;
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert!(
        rest.is_empty(),
        "a close frame here would be read as payload: {rest:?}"
    );
}

#[tokio::test]
async fn an_application_may_refuse_a_socket() {
    let world = World::new().await;
    let signed_in = world.sign_in("chat").await;
    for path in ["/no-socket", "/sets-cookies"] {
        let stream = world
            .client()
            .connect(&world.url("chat", "/").parse().unwrap())
            .await
            .unwrap();
        match client_async(handshake(&world, path, &signed_in.cookie), stream).await {
            Err(Error::Http(answer)) => assert_eq!(answer.status() == 418, path == "/no-socket"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_socket_without_a_session_is_refused_in_words_that_a_program_reads() {
    let world = World::new().await;
    let stream = world
        .client()
        .connect(&world.url("chat", "/").parse().unwrap())
        .await
        .unwrap();
    match client_async(handshake(&world, "/socket", "a=b"), stream).await {
        Err(Error::Http(answer)) => assert_eq!(answer.status(), 401),
        other => panic!("{other:?}"),
    }
}
