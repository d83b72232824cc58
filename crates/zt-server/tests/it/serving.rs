use crate::world::{World, client, start};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;
use zt_endpoints::management;
use zt_server::StartError;
use zt_store::StoreError;

#[tokio::test]
async fn it_starts_serves_stops_and_starts_again() {
    let mut world = World::empty().await;
    let links = world.running.take_break_glass_links();
    assert_eq!(links.len(), 2, "the first start shows two links");
    let origin = world.running.origin().to_owned();
    assert!(
        links[0]
            .address
            .expose()
            .starts_with(&format!("{origin}/signin/link/"))
    );
    assert!(world.running.take_break_glass_links().is_empty(), "once");

    let state = world.directory.path().join("state");
    let mode = |name: &str| {
        let kept = std::fs::metadata(state.join(name)).unwrap();
        kept.permissions().mode() & 0o777
    };
    assert_eq!(mode(""), 0o700);
    for name in ["master.key", "admin.sock", "sekisho.db"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    let addresses: Value =
        serde_json::from_slice(&std::fs::read(state.join("addresses.json")).unwrap()).unwrap();
    assert_eq!(addresses["origin"], origin);

    let keys = world.get("id", "/.well-known/jwks.json").await.unwrap();
    assert_eq!(keys.status(), StatusCode::OK);
    let keys: Value = serde_json::from_slice(keys.body()).unwrap();
    assert_eq!(
        keys["keys"].as_array().unwrap().len(),
        10,
        "each purpose has a key and its next, for each of its algorithms"
    );
    let portal = world.get("id", "/").await.unwrap();
    assert!(portal.status().is_redirection());
    let health = Request::get(format!(
        "http://health:{}/readyz",
        world.running.health().port()
    ));
    let health = world
        .client
        .send(health.body(Bytes::new()).unwrap())
        .await
        .unwrap();
    assert_eq!(health.status(), StatusCode::OK);

    let World {
        running, directory, ..
    } = world;
    running.stop().await;
    assert!(!state.join("addresses.json").exists());
    assert!(!state.join("admin.sock").exists());

    let mut again = start(directory.path(), "").await.unwrap();
    assert!(
        again.take_break_glass_links().is_empty(),
        "links are made once"
    );
    let request = Request::get(format!("{}/.well-known/jwks.json", again.origin()));
    let same = client(&again)
        .send(request.body(Bytes::new()).unwrap())
        .await
        .unwrap();
    let same: Value = serde_json::from_slice(same.body()).unwrap();
    assert_eq!(same, keys, "the keys are the ones there were");
    again.stop().await;
}

#[tokio::test]
async fn a_directory_has_one_server() {
    let world = World::empty().await;
    let second = start(world.directory.path(), "").await;
    assert!(
        matches!(second, Err(StartError::Store(StoreError::InUse { .. }))),
        "{:?}",
        second.map(|running| running.https())
    );
    assert_eq!(
        world
            .get("id", "/.well-known/jwks.json")
            .await
            .unwrap()
            .status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn what_is_not_ours_is_not_opened_and_not_overwritten() {
    for (name, content, mode) in [
        ("master.key", "not a key", 0o600),
        (
            "sekisho.db",
            "not a store, but long enough to look at",
            0o600,
        ),
        ("keys/token-keys.json", "{", 0o600),
        ("keys/saml-keys.json", "{", 0o600),
    ] {
        let directory = TempDir::with_prefix("sekisho-server-").unwrap();
        let state = directory.path().join("state");
        let file = state.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        for kept in [&state, &state.join("keys")] {
            if kept.exists() {
                std::fs::set_permissions(kept, PermissionsExt::from_mode(0o700)).unwrap();
            }
        }
        std::fs::write(&file, content).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        let started = start(directory.path(), "").await;
        assert!(started.is_err(), "{name}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), content, "{name}");
    }
}

#[tokio::test]
async fn applying_and_asking_go_through_the_admin_socket() {
    let world = World::new().await;
    let (status, answer) = world
        .admin(Method::GET, management::STATUS, &Value::Null)
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&answer["applications"], &answer["people"]),
        (&json!(4), &json!(6))
    );
    let (_, sessions) = world
        .admin(Method::GET, management::SESSIONS, &Value::Null)
        .await;
    assert_eq!(sessions, json!([]));
    world.session("sato.hanako", 1).await;
    let (_, ended) = world
        .admin(
            Method::POST,
            management::SESSION_END,
            &json!({ "login": "sato.hanako" }),
        )
        .await;
    assert_eq!(ended["sessions"], 1);
    let (status, _) = world.admin(Method::GET, "/healthz", &Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
