use crate::world::{DOMAIN, World, client, example, start};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use rcgen::{CertificateParams, KeyPair};
use serde_json::Value;
use std::time::Duration;
use tempfile::TempDir;
use zt_endpoints::management;
use zt_net::{Client, ClientSettings};
use zt_server::StartError;

/// Asks until the answer is as wanted: the register's hosts follow it in a moment.
async fn eventually<F: Future<Output = bool>>(mut ask: impl FnMut() -> F) {
    tokio::time::timeout(Duration::from_secs(20), async {
        while !ask().await {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn the_register_decides_which_hosts_there_are() {
    let world = World::new().await;
    // An application without a session: on to the sign-in.
    eventually(|| async {
        world
            .get("wiki", "/")
            .await
            .is_ok_and(|answer| answer.status() == StatusCode::UNAUTHORIZED)
    })
    .await;
    let nobody = world.get("nobody", "/").await;
    assert!(nobody.is_err(), "what is not registered gets no handshake");

    let mut files = example();
    let register = files.texts.get_mut("applications.toml").unwrap();
    *register = register.replace("id = \"wiki\"", "id = \"papers\"");
    let policies = files
        .texts
        .get_mut("policies/wiki-trusted-device.cedar")
        .unwrap();
    *policies = policies.replace("\"wiki\"", "\"papers\"");
    world.apply(&files).await;
    eventually(|| async { world.get("papers", "/").await.is_ok() }).await;
    eventually(|| async { world.get("wiki", "/").await.is_err() }).await;
}

#[tokio::test]
async fn a_request_for_another_host_is_misdirected() {
    let world = World::new().await;
    eventually(|| async { world.get("wiki", "/").await.is_ok() }).await;
    for (label, host) in [("id", "wiki"), ("wiki", "id"), ("wiki", "chat")] {
        let request = Request::get(world.address(label, "/"))
            .header("host", format!("{host}.{DOMAIN}"))
            .body(Bytes::new())
            .unwrap();
        let answer = world.client.send(request).await.unwrap();
        assert_eq!(
            answer.status(),
            StatusCode::MISDIRECTED_REQUEST,
            "{label} for {host}"
        );
    }
    let status = world
        .admin(Method::GET, management::STATUS, &Value::Null)
        .await
        .0;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn certificates_of_ones_own_are_shown() {
    let directory = TempDir::with_prefix("sekisho-server-").unwrap();
    let certificates = directory.path().join("certificates");
    std::fs::create_dir(&certificates).unwrap();
    let key = KeyPair::generate().unwrap();
    let host = format!("id.{DOMAIN}");
    let certificate = CertificateParams::new(vec![host.clone()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    std::fs::write(certificates.join(format!("{host}.crt")), certificate.pem()).unwrap();
    let key_file = certificates.join(format!("{host}.key"));

    std::fs::write(&key_file, "not a key").unwrap();
    let settings = "[tls]\ncertificates_dir = \"certificates\"\n";
    let broken = start(directory.path(), settings).await;
    assert!(matches!(broken, Err(StartError::NotPem(path)) if path == key_file));

    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    let running = start(directory.path(), settings).await.unwrap();
    let request = || {
        Request::get(format!("{}/.well-known/jwks.json", running.origin()))
            .body(Bytes::new())
            .unwrap()
    };
    let trusting = Client::new(ClientSettings {
        roots: vec![certificate.der().clone()],
        ..ClientSettings::default()
    });
    assert!(trusting.unwrap().send(request()).await.is_ok());
    assert!(
        client(&running).send(request()).await.is_err(),
        "not our authority's"
    );
    running.stop().await;
}
