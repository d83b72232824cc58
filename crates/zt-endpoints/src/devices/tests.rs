use super::*;
use crate::fixtures::{admin, endpoints, public};
use crate::management::ENROLMENT_CODES;
use http::Request;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use zt_crypto::ca::DeviceKey;
use zt_crypto::x509::{DeviceTrust, from_pem};
use zt_device::wire::{BROWSER_CERTIFICATE_PATH, ENROL_PATH, LEAVE_PATH, RENEW_PATH};
use zt_store::EventFilter;

fn request(path: &str, presented: Presentation, body: &Value) -> Request<Body> {
    let mut request = Request::post(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    request.extensions_mut().insert(Caller {
        address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
        presented,
        chain: [].into(),
    });
    request
}

async fn code(endpoints: &Endpoints, login: &str) -> String {
    let body = json!({ "login": login, "ownership": "company" });
    let (status, body) = admin(endpoints, "POST", ENROLMENT_CODES, &body).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    body["code"].as_str().unwrap().to_owned()
}

fn csr() -> String {
    DeviceKey::generate().unwrap().request
}

async fn enrolled(endpoints: &Endpoints, code: &str, name: &str) -> (StatusCode, Value) {
    let facts = json!({ "hostname": "pc-1", "os": "Debian", "serial": "S1" });
    let body = json!({ "code": code, "csr": csr(), "name": name, "facts": facts });
    public(endpoints, request(ENROL_PATH, Presentation::Nothing, &body)).await
}

/// What TLS and `zt-crypto` make of a certificate that was answered.
fn presented(endpoints: &Endpoints, certificate: &Value) -> Presentation {
    let authority = endpoints.inner.parts.device_authority.certificate().clone();
    let der = from_pem(certificate.as_str().unwrap()).unwrap();
    DeviceTrust::new(vec![authority]).presentation(&[der])
}

async fn names(endpoints: &Endpoints) -> Vec<&'static str> {
    let filter = EventFilter {
        limit: 20,
        ..Default::default()
    };
    endpoints.live().store().flush().await.unwrap();
    let events = endpoints.live().events(filter).await.unwrap();
    events.iter().map(|logged| logged.event.name()).collect()
}

#[tokio::test]
async fn a_device_comes_in_is_certified_and_leaves() {
    let endpoints = endpoints().await;
    let code = code(&endpoints, "sato.hanako").await;
    // Typed as people type: small letters, blanks.
    let typed = code.to_lowercase().replace('-', " ");
    let (status, body) = enrolled(&endpoints, &typed, "花子のノート").await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(body["name"], "花子のノート");
    let agent = presented(&endpoints, &body["issued"]["certificate"]);

    let csr_body = json!({ "csr": csr() });
    let (status, browser) = public(
        &endpoints,
        request(BROWSER_CERTIFICATE_PATH, agent, &csr_body),
    )
    .await;
    assert_eq!(status, StatusCode::CREATED, "{browser}");
    assert_eq!(browser["kind"], "browser");
    let browser = presented(&endpoints, &browser["certificate"]);
    let (status, body) = public(&endpoints, request(RENEW_PATH, browser, &csr_body)).await;
    assert_eq!(
        (status, &body["error"]),
        (StatusCode::FORBIDDEN, &json!("wrong-usage"))
    );

    let (status, renewed) = public(&endpoints, request(RENEW_PATH, agent, &csr_body)).await;
    assert_eq!(
        (status, &renewed["kind"]),
        (StatusCode::CREATED, &json!("agent"))
    );
    let renewed = presented(&endpoints, &renewed["certificate"]);

    let (status, _) = public(
        &endpoints,
        request(LEAVE_PATH, renewed, &json!(null)).map(|_| Body::empty()),
    )
    .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    for certificate in [agent, renewed] {
        let (status, body) = public(
            &endpoints,
            request(BROWSER_CERTIFICATE_PATH, certificate, &csr_body),
        )
        .await;
        assert_eq!(
            (status, &body["error"]),
            (StatusCode::FORBIDDEN, &json!("revoked"))
        );
    }
    let names = names(&endpoints).await;
    assert_eq!(
        names
            .iter()
            .filter(|n| **n == "certificate-revoked")
            .count(),
        3
    );
    assert_eq!(names.iter().filter(|n| **n == "device-retired").count(), 1);
}

#[tokio::test]
async fn a_code_counts_once_for_a_while_and_for_the_living() {
    let endpoints = endpoints().await;
    let refused = |answer: (StatusCode, Value), why: &str| {
        assert_eq!(
            (answer.0, &answer.1["error"]),
            (StatusCode::FORBIDDEN, &json!(why))
        );
    };
    refused(
        enrolled(&endpoints, "ABCD-EFGH", "pc").await,
        "unknown-code",
    );
    refused(enrolled(&endpoints, "!", "pc").await, "unknown-code");

    let once = code(&endpoints, "sato.hanako").await;
    assert_eq!(
        enrolled(&endpoints, &once, "pc").await.0,
        StatusCode::CREATED
    );
    refused(enrolled(&endpoints, &once, "pc").await, "unknown-code");

    let late = code(&endpoints, "sato.hanako").await;
    endpoints
        .live()
        .clock()
        .advance(Duration::from_secs(15 * 60));
    refused(enrolled(&endpoints, &late, "pc").await, "expired-code");

    let gone = code(&endpoints, "emily.carter").await;
    let mut files = crate::fixtures::example();
    let people = files.texts.get_mut("people.toml").unwrap();
    *people = people.replace("emily.carter", "emily.c");
    let body = json!({ "files": files });
    let path = crate::management::ORGANISATION_APPLY;
    assert_eq!(
        admin(&endpoints, "POST", path, &body).await.0,
        StatusCode::OK
    );
    refused(enrolled(&endpoints, &gone, "pc").await, "unknown-code");
    assert!(names(&endpoints).await.contains(&"enrolment-refused"));
}

#[tokio::test]
async fn two_at_once_with_one_code_are_one_device() {
    let endpoints = endpoints().await;
    let code = code(&endpoints, "sato.hanako").await;
    let (one, two) = tokio::join!(
        enrolled(&endpoints, &code, "pc"),
        enrolled(&endpoints, &code, "pc")
    );
    let created = [one, two]
        .iter()
        .filter(|(status, _)| *status == StatusCode::CREATED)
        .count();
    assert_eq!(created, 1);
    assert_eq!(endpoints.live().read(|state| state.devices.len()), 1);
}

#[tokio::test]
async fn enrolling_again_keeps_the_device_and_revokes_its_certificates() {
    let endpoints = endpoints().await;
    let (_, first) = enrolled(&endpoints, &code(&endpoints, "sato.hanako").await, "pc").await;
    let (_, second) = enrolled(&endpoints, &code(&endpoints, "sato.hanako").await, "pc").await;
    assert_eq!(first["device"], second["device"]);
    let old = presented(&endpoints, &first["issued"]["certificate"]);
    let body = json!({ "csr": csr() });
    let (status, body) = public(&endpoints, request(RENEW_PATH, old, &body)).await;
    assert_eq!(
        (status, &body["error"]),
        (StatusCode::FORBIDDEN, &json!("revoked"))
    );
}

#[tokio::test]
async fn bad_requests_change_nothing() {
    let endpoints = endpoints().await;
    let code = code(&endpoints, "sato.hanako").await;
    let facts = json!({ "hostname": "pc-1", "os": "Debian" });
    let good = json!({ "code": code, "csr": csr(), "name": "pc", "facts": facts });
    let with = |member: &str, value: Value| {
        let mut body = good.clone();
        body[member] = value;
        body
    };
    let cases = [
        (with("csr", json!("nonsense")), 422, "csr-malformed"),
        (with("csr", json!("A".repeat(9000))), 422, "csr-malformed"),
        (with("name", json!("")), 422, "name-empty"),
        (with("extra", json!(1)), 400, "not-understood"),
        (json!([]), 400, "not-understood"),
        (json!({ "code": "x" }), 400, "not-understood"),
        (with("name", json!("x".repeat(17 * 1024))), 413, "too-large"),
    ];
    for (body, status, error) in cases {
        let answer = public(
            &endpoints,
            request(ENROL_PATH, Presentation::Nothing, &body),
        )
        .await;
        assert_eq!(answer.0.as_u16(), status, "{}", answer.1);
        if error != "name-empty" {
            assert_eq!(answer.1["error"], error);
        }
    }
    let form = Request::post(ENROL_PATH)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("code=x"));
    let mut form = form.unwrap();
    form.extensions_mut().insert(Caller {
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        presented: Presentation::Nothing,
        chain: [].into(),
    });
    let (status, _) = public(&endpoints, form).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for presented in [
        Presentation::NotAsked,
        Presentation::Nothing,
        Presentation::Refused(zt_types::NoDevice::Foreign),
    ] {
        for path in [RENEW_PATH, BROWSER_CERTIFICATE_PATH, LEAVE_PATH] {
            let body = json!({ "csr": csr() });
            let (status, _) = public(&endpoints, request(path, presented, &body)).await;
            assert_eq!(status, StatusCode::FORBIDDEN);
        }
    }
    assert_eq!(endpoints.live().read(|state| state.devices.len()), 0);
    assert_eq!(
        enrolled(&endpoints, &code, "pc").await.0,
        StatusCode::CREATED,
        "the code is still good"
    );
}
