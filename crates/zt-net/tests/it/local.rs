use crate::rig::echo;
use bytes::Bytes;
use http::Request;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use zt_net::{Client, ClientError, ClientLimits, ClientSettings, Limits, LocalListener, Shutdown};

/// A directory that goes away with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let name: String = zt_net::Entropy::system()
            .bytes::<8>()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let path = std::env::temp_dir().join(format!("zt-net-{name}"));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn through(socket: &std::path::Path) -> Client {
    Client::new(ClientSettings {
        unix_socket: Some(socket.to_owned()),
        ..ClientSettings::default()
    })
    .unwrap()
}

fn post() -> Request<Bytes> {
    Request::post("http://admin/api")
        .body(Bytes::from_static(b"12345"))
        .unwrap()
}

#[tokio::test]
async fn a_unix_socket_is_for_its_owner_and_goes_away() {
    let scratch = Scratch::new();
    let path = scratch.0.join("admin.sock");
    let listener = LocalListener::unix(&path, Limits::default()).unwrap();
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let (trigger, shutdown) = Shutdown::new();
    let served = tokio::spawn(listener.serve(echo, shutdown));
    let answer = through(&path).send(post()).await.unwrap();
    assert_eq!(answer.body(), "POST /api 5\n- not-asked\n");
    assert!(
        LocalListener::unix(&path, Limits::default()).is_err(),
        "somebody listens there"
    );
    trigger.ask();
    served.await.unwrap();
    assert!(!path.exists());
    assert!(matches!(
        through(&path).send(post()).await,
        Err(ClientError::Unreachable { .. })
    ));
}

#[tokio::test]
async fn a_stale_socket_is_replaced_and_a_file_is_not() {
    let scratch = Scratch::new();
    let stale = scratch.0.join("stale.sock");
    drop(std::os::unix::net::UnixListener::bind(&stale).unwrap());
    assert!(stale.exists());
    assert!(LocalListener::unix(&stale, Limits::default()).is_ok());
    let file = scratch.0.join("file");
    std::fs::write(&file, "precious").unwrap();
    assert!(LocalListener::unix(&file, Limits::default()).is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
}

#[tokio::test]
async fn loopback_speaks_http_and_the_client_finds_localhost_by_itself() {
    let listener = LocalListener::loopback(0, Limits::default()).await.unwrap();
    let port = listener.local_address().unwrap().port();
    let (_trigger, shutdown) = Shutdown::new();
    tokio::spawn(listener.serve(echo, shutdown));
    let client = Client::new(ClientSettings {
        limits: ClientLimits {
            max_answer: 40,
            ..ClientLimits::default()
        },
        ..ClientSettings::default()
    })
    .unwrap();
    for host in ["127.0.0.1", "localhost", "anything.sekisho.localhost"] {
        let request = Request::get(format!("http://{host}:{port}/healthz"))
            .body(Bytes::new())
            .unwrap();
        assert_eq!(
            client.send(request).await.unwrap().body(),
            "GET /healthz 0\n- not-asked\n"
        );
    }
    let long = Request::get(format!("http://localhost:{port}/{}", "x".repeat(40)))
        .body(Bytes::new())
        .unwrap();
    assert!(matches!(
        client.send(long).await,
        Err(ClientError::TooLarge { limit: 40, .. })
    ));
    for bad in ["/healthz", "ftp://localhost/", "gopher://x"] {
        let request = Request::get(bad).body(Bytes::new()).unwrap();
        assert!(
            matches!(client.send(request).await, Err(ClientError::Address(_))),
            "{bad}"
        );
    }
}
