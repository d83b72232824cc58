use crate::rig::{ASKING, PLAIN, Rig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zt_net::{ClientAuth, ClientError, Limits};

#[tokio::test]
async fn each_host_shows_its_own_certificate_and_asks_or_does_not() {
    let rig = Rig::start(Limits::default()).await;
    let identity = || Some(rig.devices.expired_client());
    for (host, identity, expected) in [
        (PLAIN, None, "not-asked"),
        (PLAIN, identity(), "not-asked"),
        (ASKING, None, "absent"),
        // Expired, and accepted by the handshake: what it is worth is judged later, by name.
        (ASKING, identity(), "presented:1"),
    ] {
        let answer = rig.get(host, identity).await.unwrap();
        assert_eq!(answer, format!("GET /x 0\n{host} {expected}\n"));
    }
}

#[tokio::test]
async fn a_certificate_of_an_authority_that_was_not_named_is_still_shown_to_typed_code() {
    let rig = Rig::start(Limits::default()).await;
    let foreign = crate::authority::Authority::new("somebody else").expired_client();
    assert_eq!(
        rig.get(ASKING, Some(foreign)).await.unwrap(),
        format!("GET /x 0\n{ASKING} presented:1\n")
    );
}

#[tokio::test]
async fn a_certificate_without_its_key_ends_the_handshake() {
    let rig = Rig::start(Limits::default()).await;
    let (mut stolen, other) = (rig.devices.expired_client(), rig.devices.expired_client());
    stolen.key = other.key;
    // rustls itself refuses to hold a key that does not fit, before any handshake.
    let client = zt_net::Client::new(zt_net::ClientSettings {
        identity: Some(stolen),
        ..Default::default()
    });
    assert!(matches!(client, Err(ClientError::Certificate(_))));
}

#[tokio::test]
async fn an_unknown_host_is_refused_with_its_alert() {
    let rig = Rig::start(Limits::default()).await;
    let error = rig.get("unknown.sekisho.test", None).await.unwrap_err();
    let ClientError::Tls { source, .. } = error else {
        panic!("not a TLS error: {error}")
    };
    assert!(
        source
            .to_string()
            .to_lowercase()
            .contains("unrecognisedname"),
        "{source}"
    );
}

#[tokio::test]
async fn plain_http_is_told_to_speak_tls() {
    let rig = Rig::start(Limits::default()).await;
    let mut stream = tokio::net::TcpStream::connect(rig.address).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: plain.sekisho.test\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    assert!(
        head.contains(&format!("content-length: {}", body.len())),
        "{head}\n{body:?}"
    );
}

#[tokio::test]
async fn garbage_is_dropped_and_the_listener_goes_on() {
    let rig = Rig::start(Limits::default()).await;
    for garbage in [
        &b"\x16\x03\x01\xff\xff"[..],
        b"\x00\x00\x00",
        b"\x16\x03\x01\x00\x05hello",
        b"\x80\x2e\x01\x00\x02",
    ] {
        let mut stream = tokio::net::TcpStream::connect(rig.address).await.unwrap();
        stream.write_all(garbage).await.unwrap();
        stream.shutdown().await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
    assert!(rig.get(PLAIN, None).await.is_ok());
}

#[tokio::test]
async fn hosts_come_and_go_while_it_runs() {
    let rig = Rig::start(Limits::default()).await;
    let name = "unknown.sekisho.test";
    rig.hosts
        .put(name, rig.authority.host(name), &ClientAuth::NotAsked)
        .unwrap();
    assert_eq!(
        rig.get(name, None).await.unwrap(),
        format!("GET /x 0\n{name} not-asked\n")
    );
    rig.hosts.remove(name);
    assert!(rig.get(name, None).await.is_err());
    assert_eq!(rig.hosts.hosts(), [ASKING, PLAIN]);
}

#[tokio::test]
async fn a_shutdown_lets_nobody_in_and_ends() {
    let rig = Rig::start(Limits::default()).await;
    rig.get(PLAIN, None).await.unwrap();
    rig.trigger.ask();
    rig.served.await.unwrap();
    assert!(tokio::net::TcpStream::connect(rig.address).await.is_err());
}
