use crate::rig::{PLAIN, Rig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zt_net::Limits;

/// These limits are so short that they end by themselves; nothing is asserted about how long it took.
fn impatient() -> Limits {
    Limits {
        handshake_timeout_ms: 200,
        header_timeout_ms: 200,
        write_stall_timeout_ms: 200,
        ..Limits::default()
    }
}

#[tokio::test]
async fn a_handshake_that_does_not_come_is_not_waited_for() {
    let rig = Rig::start(impatient()).await;
    for begun in [&b""[..], b"\x16\x03"] {
        let mut stream = tokio::net::TcpStream::connect(rig.address).await.unwrap();
        stream.write_all(begun).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty());
    }
}

#[tokio::test]
async fn a_head_that_does_not_end_is_not_waited_for() {
    let rig = Rig::start(impatient()).await;
    for begun in [
        &b""[..],
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nx: ",
    ] {
        let mut stream = rig
            .client(None)
            .connect(&rig.url(PLAIN, "/").parse().unwrap())
            .await
            .unwrap();
        stream.write_all(begun).await.unwrap();
        stream.flush().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!String::from_utf8_lossy(&answer).contains("200 OK"));
    }
}

#[tokio::test]
async fn a_head_that_trickles_is_not_waited_for() {
    let rig = Rig::start(impatient()).await;
    let mut stream = rig
        .client(None)
        .connect(&rig.url(PLAIN, "/").parse().unwrap())
        .await
        .unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n")
        .await
        .unwrap();
    // A byte every so often keeps a naive idle timer alive for ever; the limit is on the whole head.
    let mut clock = tokio::time::interval(std::time::Duration::from_millis(20));
    for _ in 0..500 {
        clock.tick().await;
        if stream.write_all(b"x").await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
    panic!("the connection outlived a trickle");
}
