use super::*;
use crate::fixtures::{EDR_TOKEN, endpoints, public};
use http::Request;
use serde_json::{Value, json};
use zt_events::Body as Told;
use zt_store::{Change, EventFilter, Plan};

fn finding(hostname: &str, kind: &str, status: u64) -> Value {
    json!({
        "class_uid": 2004, "activity_id": 1, "status_id": status, "severity_id": 5,
        "time": 1_775_000_000_000u64,
        "metadata": { "version": "1.8.0" },
        "finding_info": { "uid": "F-1", "title": "Trojan.Test", "types": [kind] },
        "device": { "hostname": hostname, "type_id": 2 },
    })
}

fn request(token: Option<&str>, body: String) -> Request<Body> {
    let mut request = Request::post(crate::SIGNALS_PATH).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", token);
    }
    request.body(Body::from(body)).unwrap()
}

async fn send(endpoints: &Endpoints, body: &Value) -> (StatusCode, Value) {
    let token = format!("Bearer {EDR_TOKEN}");
    public(endpoints, request(Some(&token), body.to_string())).await
}

async fn with_device() -> Endpoints {
    let endpoints = endpoints().await;
    let live = endpoints.live();
    let owner = live.read(|state| state.logins["sato.hanako"]);
    let device = zt_device::Device {
        id: DeviceId::from_random([3; 16]),
        name: "pc".to_owned(),
        owner,
        ownership: zt_device::Ownership::Company,
        os: "Debian".to_owned(),
        hostname: "pc-1".to_owned(),
        serial: None,
        source_ids: Default::default(),
        state: zt_device::DeviceState::Enrolled,
        enrolled_at: live.clock().now(),
    };
    let plan = Plan::new(vec![Change::PutDevice(device)], Vec::new());
    live.commit(plan).await.unwrap();
    endpoints
}

async fn told(endpoints: &Endpoints) -> Vec<Told> {
    let filter = EventFilter {
        limit: 50,
        ..Default::default()
    };
    endpoints.live().store().flush().await.unwrap();
    let events = endpoints.live().events(filter).await.unwrap();
    events.into_iter().map(|logged| logged.event.body).collect()
}

#[tokio::test]
async fn a_finding_opens_and_its_resolution_clears() {
    let endpoints = with_device().await;
    let (status, answer) = send(&endpoints, &finding("pc-1", "Malware", 1)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(
        (&answer["outcome"], &answer["cut"]),
        (&json!("opened"), &json!(0))
    );
    assert_eq!(answer["device"], json!(DeviceId::from_random([3; 16])));
    let (_, answer) = send(&endpoints, &finding("pc-1", "Malware", 1)).await;
    assert_eq!(answer["outcome"], "repeated");
    let (status, answer) = send(&endpoints, &finding("pc-1", "Malware", 4)).await;
    assert_eq!(
        (status, &answer["outcome"]),
        (StatusCode::OK, &json!("cleared"))
    );
}

#[tokio::test]
async fn an_unknown_device_is_a_task_and_no_block() {
    let endpoints = with_device().await;
    let (status, answer) = send(&endpoints, &finding("other", "Malware", 1)).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(answer["outcome"], "unknown-device");
    assert!(answer.get("device").is_none());
    let (facts, tasks) = endpoints
        .live()
        .read(|state| (state.facts.len(), state.tasks.len()));
    assert_eq!((facts, tasks), (0, 1));
}

#[tokio::test]
async fn a_source_writes_its_own_kinds_only() {
    let endpoints = with_device().await;
    let (status, answer) = send(&endpoints, &finding("pc-1", "Credential theft", 1)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(answer["error"], "kind-not-owned");
    assert_eq!(endpoints.live().read(|state| state.facts.len()), 0);
    assert!(told(&endpoints).await.iter().any(|body| matches!(
        body,
        Told::SignalRefused { source: Some(_), why } if why == "kind-not-owned"
    )));
}

#[tokio::test]
async fn who_does_not_authenticate_is_told_nothing() {
    let endpoints = with_device().await;
    let body = finding("pc-1", "Malware", 1).to_string();
    let wrong = format!("Bearer {}", "x".repeat(43));
    let basic = format!("Basic {EDR_TOKEN}");
    for token in [
        None,
        Some("Bearer"),
        Some("Bearer "),
        Some(&*wrong),
        Some(&*basic),
    ] {
        let (status, answer) = public(&endpoints, request(token, body.clone())).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{token:?}");
        assert_eq!(answer["error"], "not-authenticated");
        assert_eq!(answer["status"], 401);
    }
    let twice = Request::post(crate::SIGNALS_PATH)
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {EDR_TOKEN}"))
        .header("authorization", &wrong)
        .body(Body::from(body));
    let (status, _) = public(&endpoints, twice.unwrap()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(endpoints.live().read(|state| state.facts.len()), 0);
    let refused = told(&endpoints).await;
    let refused = refused
        .iter()
        .filter(|body| matches!(body, Told::SignalRefused { source: None, .. }));
    assert_eq!(refused.count(), 6);
}

#[tokio::test]
async fn what_is_no_finding_is_refused_and_changes_nothing() {
    let endpoints = with_device().await;
    let good = finding("pc-1", "Malware", 1);
    let with = |member: &str, value: Value| {
        let mut body = good.clone();
        body[member] = value;
        body.to_string()
    };
    let whole = good.to_string();
    let cases = [
        (String::new(), 400),
        ("{".to_owned(), 400),
        ("[]".to_owned(), 400),
        ("null".to_owned(), 400),
        (whole.chars().take(whole.len() / 2).collect(), 400),
        (with("class_uid", json!(2001)), 400),
        (with("device", json!({})), 400),
        (with("time", json!("now")), 400),
        (with("message", json!("x".repeat(70_000))), 413),
        (format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)), 400),
    ];
    let token = format!("Bearer {EDR_TOKEN}");
    for (body, expected) in cases {
        let (status, answer) = public(&endpoints, request(Some(&token), body.clone())).await;
        assert_eq!(status.as_u16(), expected, "{answer} for {}", body.len());
    }
    let form = Request::post(crate::SIGNALS_PATH)
        .header("authorization", &token)
        .header("content-type", "text/plain")
        .body(Body::from(whole));
    let (status, _) = public(&endpoints, form.unwrap()).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(
        endpoints
            .live()
            .read(|state| state.facts.len() + state.tasks.len()),
        0
    );
}
