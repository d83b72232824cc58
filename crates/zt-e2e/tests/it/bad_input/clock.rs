//! Clocks that jump: what has ended stays ended, what was used stays used, certificates end when they say.

use super::{must, signed_in};
use futures_util::StreamExt as _;
use http::StatusCode;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;
use zt_net::Clock;
use zt_testkit::Server;
use zt_types::{Language, Seconds};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A server whose clock stands so far in the past that certificates of its own are good on this machine's clock, too.
async fn server() -> Server {
    must(Server::start_at(Clock::manual(Clock::system().now() - Seconds::days(40))).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jump_ahead_ends_what_rests_on_time_and_a_jump_back_gives_nothing_back() {
    let server = server().await;
    let start = server.clock().now();
    let (mut aiko, mut account) = signed_in(&server, "aiko", "inside", None).await;
    let mut socket = must(aiko.socket(&server.at("inside", "/socket")).await);
    server.clock().advance(DAY);
    let closed = loop {
        match socket.next().await {
            Some(Ok(Message::Close(frame))) => break frame,
            Some(Ok(_)) => {}
            other => panic!("the websocket ended without a reason: {other:?}"),
        }
    };
    // What time ended is written down, so that it stays so.
    let mut changes = server.live().changes();
    while server.live().read(|state| {
        state
            .sessions
            .values()
            .any(|session| session.ended.is_none())
    }) {
        changes.changed().await.unwrap();
    }
    assert_eq!(closed.map(|frame| u16::from(frame.code)), Some(1008));
    assert_eq!(
        must(aiko.look(&server.at("inside", "/")).await).status,
        StatusCode::FOUND
    );

    server.clock().set(start);
    assert_eq!(
        must(aiko.look(&server.at("inside", "/")).await).status,
        StatusCode::FOUND,
        "a session that was over is alive again"
    );
    let mut again = must(server.visitor(Language::En));
    let page = must(again.open(&server.at("inside", "/")).await);
    let page = must(again.submit(&page, "/name", &[("login", "aiko")]).await);
    let password = account.password.clone();
    let page = must(
        again
            .submit(&page, "/password", &[("password", &password)])
            .await,
    );
    // What her app showed when she signed in, shown once more by a clock that went back.
    let mut earlier = server.account("aiko");
    earlier.app = account.app.take();
    let code = earlier.code(start).unwrap();
    let page = must(again.submit(&page, "/code", &[("code", &code)]).await);
    assert!(
        page.asks("/code"),
        "a used code counts again: {}",
        page.heading()
    );
    assert!(page.html.contains("used already"), "{}", page.html);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_ends_when_it_says() {
    let server = server().await;
    let (mut aiko, mut account) = signed_in(&server, "aiko", "secret", Some("laptop")).await;
    server.clock().advance(31 * DAY);
    let now = server.clock().now();
    let page = must(
        aiko.sign_in(&mut account, &server.at("secret", "/"), now)
            .await,
    );
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(page.heading(), "This device’s certificate is not valid now");
    assert_eq!(
        must(aiko.open(&server.at("inside", "/")).await).status,
        StatusCode::OK,
        "what needs no device"
    );
}
