//! What this crate's tests share: a decision point over the memory store, on a manual clock.

mod site;

pub(crate) use site::{HOST, Site};

use crate::{Endpoints, Parts};
use arc_swap::ArcSwap;
use axum::body::Body;
use http::{Request, Response, StatusCode};
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use tower::ServiceExt;
use zeroize::Zeroizing;
use zt_crypto::ca::DeviceAuthority;
use zt_crypto::jose::{Keyring, TokenKeyRecord};
use zt_crypto::password::{PasswordPool, PoolSize};
use zt_crypto::seal::MasterKey;
use zt_identity::Files;
use zt_live::Live;
use zt_net::{Clock, Entropy, Outbound, OutboundSettings, Reach};
use zt_store::MemoryStore;
use zt_types::Timestamp;

/// The token of the source `edr`.
pub(crate) const EDR_TOKEN: &str = "edr-token-0123456789-0123456789-0123456789";

/// The example organisation, with its secrets.
pub(crate) fn example() -> Files {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/organisation");
    let mut files = crate::organisation::read_directory(&directory).unwrap();
    for (file, secret) in [
        ("secrets/edr.token", EDR_TOKEN),
        (
            "secrets/travel.secret",
            "travel-0123456789-0123456789-0123456789",
        ),
    ] {
        let hash = zt_crypto::hash::received_hash(secret);
        files.tokens.insert(file.to_owned(), Some(hash));
    }
    files
}

/// Made once for all tests: RSA keys take time.
static KEYS: OnceLock<Vec<TokenKeyRecord>> = OnceLock::new();

/// Endpoints without any record.
pub(crate) async fn empty() -> Endpoints {
    // Clients of tests are on this machine; nothing but it is there.
    let outbound = Outbound::new(OutboundSettings {
        reach: Reach::also(|address| address == IpAddr::from([127, 0, 0, 1])),
        ..OutboundSettings::default()
    });
    empty_calling(outbound.unwrap()).await
}

/// The same, which calls what others publish so.
pub(crate) async fn empty_calling(outbound: Outbound) -> Endpoints {
    let now = Timestamp::parse_rfc3339("2026-04-01T00:00:00Z").unwrap();
    let master = MasterKey::from_bytes(Zeroizing::new([7; 32])).unwrap();
    let record = DeviceAuthority::create(&master, "Yamato Seiko", now).unwrap();
    let device_authority = DeviceAuthority::open(&master, &record).unwrap();
    let keys = KEYS.get_or_init(|| Keyring::completed(Vec::new(), &master, now).unwrap());
    let size = PoolSize {
        workers: NonZeroUsize::MIN,
        queue: 4,
    };
    let live = Live::open(zt_live::Parts {
        store: Arc::new(MemoryStore::new()),
        clock: Clock::manual(now),
        entropy: Entropy::danger_seeded(1),
        places: Default::default(),
    })
    .await
    .unwrap();
    Endpoints::new(Parts {
        live,
        device_authority: Arc::new(device_authority),
        keyring: Arc::new(ArcSwap::from_pointee(
            Keyring::open(&master, keys.clone()).unwrap(),
        )),
        saml: Arc::new(ArcSwap::from_pointee(
            zt_crypto::xml::SamlKeyring::open(&master, Vec::new()).unwrap(),
        )),
        organisation: "Sekisho".to_owned(),
        passwords: PasswordPool::new(size).unwrap(),
        outbound,
        origin: "https://id.sekisho.example".to_owned(),
        version: "0.0.0",
    })
}

/// Endpoints with the example organisation.
pub(crate) async fn endpoints() -> Endpoints {
    let endpoints = empty().await;
    let request = serde_json::json!({ "files": example() });
    let (status, body) = admin(
        &endpoints,
        "POST",
        crate::management::ORGANISATION_APPLY,
        &request,
    )
    .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    endpoints
}

/// Calls the admin socket's router.
pub(crate) async fn admin(
    endpoints: &Endpoints,
    method: &str,
    path: &str,
    body: &serde_json::Value,
) -> (StatusCode, serde_json::Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    read(endpoints.admin().oneshot(request).await.unwrap()).await
}

/// Calls the public router.
pub(crate) async fn public(
    endpoints: &Endpoints,
    request: Request<Body>,
) -> (StatusCode, serde_json::Value) {
    read(endpoints.public().oneshot(request).await.unwrap()).await
}

async fn read(response: Response<Body>) -> (StatusCode, serde_json::Value) {
    let status = response.status();
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    let body = if bytes.is_empty() {
        serde_json::Value::Null
    } else {
        serde_json::from_slice(&bytes).unwrap()
    };
    (status, body)
}
