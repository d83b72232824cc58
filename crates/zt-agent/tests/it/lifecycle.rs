use crate::peer::{Arrived, CODE, Peer};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateSigningRequestDer, PrivatePkcs8KeyDer};
use std::os::unix::fs::MetadataExt;
use zt_agent::{
    AgentError, Renewed, ServerTrust, StateDir, When, browser_certificate, enrol, leave,
    parse_server, renew, status,
};
use zt_device::{CertificateKind, Renewal};
use zt_types::{Seconds, Secret};

#[tokio::test]
async fn a_device_comes_in_stays_and_leaves() {
    let peer = Peer::start().await;
    let state = peer.state();
    assert!(matches!(
        status(&state, peer.now),
        Err(AgentError::NotEnrolled(_))
    ));

    let enrolled = enrol(&state, &peer.order()).await.unwrap();
    assert_eq!(
        enrolled.name, "花子のノート (2)",
        "the name is the server's to give"
    );
    let found = status(&state, peer.now).unwrap();
    assert_eq!(
        (found.device, &found.name),
        (enrolled.device, &enrolled.name)
    );
    assert_eq!(found.certificate.kind, CertificateKind::Agent);
    assert!(matches!(found.renewal, Renewal::From(_)));
    for file in std::fs::read_dir(state.path()).unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().mode() & 0o777, 0o600);
    }
    let again = enrol(&state, &peer.order()).await.unwrap_err();
    assert!(
        matches!(again, AgentError::AlreadyEnrolled { .. }),
        "{again}"
    );

    let before = std::fs::read(state.identity_file()).unwrap();
    assert!(matches!(
        renew(&state, When::IfDue, peer.now).await.unwrap(),
        Renewed::NotBefore(_)
    ));
    assert_eq!(std::fs::read(state.identity_file()).unwrap(), before);
    let due = peer.now + Seconds::days(25);
    assert!(matches!(
        renew(&state, When::IfDue, due).await.unwrap(),
        Renewed::Until(_)
    ));
    let renewed = status(&state, peer.now).unwrap();
    assert_ne!(renewed.certificate.serial, found.certificate.serial);
    assert_eq!(renewed.device, found.device);

    leave(&state).await.unwrap();
    assert!(matches!(
        status(&state, peer.now),
        Err(AgentError::NotEnrolled(_))
    ));
    assert_eq!(
        std::fs::read_dir(state.path()).unwrap().count(),
        0,
        "the key is gone"
    );
    let arrived = peer.arrived.lock().unwrap();
    let presented: Vec<_> = arrived
        .iter()
        .map(|Arrived(path, _, device)| (path.as_str(), device.map(|d| d.serial)))
        .collect();
    assert_eq!(
        presented,
        [
            ("/api/v1/devices/enrol", None),
            ("/api/v1/devices/renew", Some(found.certificate.serial)),
            ("/api/v1/devices/leave", Some(renewed.certificate.serial)),
        ]
    );
}

#[tokio::test]
async fn no_private_key_is_ever_sent() {
    let peer = Peer::start().await;
    let state = peer.state();
    enrol(&state, &peer.order()).await.unwrap();
    let identity = std::fs::read_to_string(state.identity_file()).unwrap();
    browser_certificate(&state, &peer.path("browser.p12"))
        .await
        .unwrap();
    renew(&state, When::Now, peer.now).await.unwrap();
    // RFC 5915 §3: the private scalar is the first OCTET STRING of 32 bytes.
    let pkcs8 = PrivatePkcs8KeyDer::from_pem_slice(identity.as_bytes()).unwrap();
    let pkcs8 = pkcs8.secret_pkcs8_der();
    let at = pkcs8
        .windows(2)
        .position(|pair| pair == [0x04, 0x20])
        .unwrap()
        + 2;
    let scalar = &pkcs8[at..at + 32];
    let holds = |bytes: &[u8]| bytes.windows(32).any(|window| window == scalar);
    assert!(holds(pkcs8));
    let arrived = peer.arrived.lock().unwrap();
    assert_eq!(arrived.len(), 3);
    for Arrived(path, body, _) in arrived.iter() {
        assert!(!String::from_utf8_lossy(body).contains("PRIVATE"), "{path}");
        let csr = serde_json::from_slice::<serde_json::Value>(body).unwrap()["csr"]
            .as_str()
            .unwrap()
            .to_owned();
        let csr = CertificateSigningRequestDer::from_pem_slice(csr.as_bytes()).unwrap();
        assert!(!holds(&csr), "{path}");
    }
}

#[tokio::test]
async fn a_browser_gets_a_key_of_its_own() {
    let peer = Peer::start().await;
    let state = peer.state();
    let file = peer.path("browser.p12");
    let missing = browser_certificate(&state, &file).await.unwrap_err();
    assert!(matches!(missing, AgentError::NotEnrolled(_)), "{missing}");
    enrol(&state, &peer.order()).await.unwrap();
    let browser = browser_certificate(&state, &file).await.unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    assert_eq!(browser.store_name, "OU=browser, CN=花子のノート");
    assert!(!format!("{browser:?}").contains(browser.password.expose()));
    let requests: Vec<_> = peer
        .arrived
        .lock()
        .unwrap()
        .iter()
        .map(|Arrived(_, body, _)| body.clone())
        .collect();
    assert_ne!(requests[0], requests[1]);
}

#[tokio::test]
async fn what_the_server_says_is_passed_on() {
    let peer = Peer::start().await;
    let state = peer.state();
    let mut order = peer.order();
    order.code = Secret::new(CODE.replace('7', "8"));
    let refused = enrol(&state, &order).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the server refused: the enrolment code is not known or was used already (unknown-code)"
    );
    assert!(!refused.is_unreachable());
    order.code = Secret::new("not a code!".to_owned());
    assert!(matches!(enrol(&state, &order).await, Err(AgentError::Code)));
    assert!(
        !state.path().exists(),
        "nothing is written before the server has agreed"
    );
}

#[tokio::test]
async fn only_a_trusted_server_gets_the_code() {
    let (peer, stranger) = (Peer::start().await, Peer::start().await);
    let mut order = peer.order();
    order.trust = stranger.order().trust;
    let error = enrol(&peer.state(), &order).await.unwrap_err();
    assert!(error.is_unreachable(), "{error}");
    assert!(
        peer.arrived.lock().unwrap().is_empty(),
        "the code was not sent"
    );
}

#[tokio::test]
async fn files_of_others_are_refused() {
    let peer = Peer::start().await;
    let state = peer.state();
    enrol(&state, &peer.order()).await.unwrap();
    let record = state.path().join("agent.json");
    for (file, content) in [
        (state.identity_file(), String::new()),
        (
            state.identity_file(),
            "-----BEGIN PRIVATE KEY-----\n".to_owned(),
        ),
        (record.clone(), "{}".to_owned()),
        (
            record.clone(),
            std::fs::read_to_string(&record)
                .unwrap()
                .replace("\"format\": 1", "\"format\": 2"),
        ),
        (
            record.clone(),
            std::fs::read_to_string(&record)
                .unwrap()
                .replace("04040404", "05050505"),
        ),
    ] {
        let good = std::fs::read(&file).unwrap();
        std::fs::write(&file, &content).unwrap();
        assert!(
            matches!(status(&state, peer.now), Err(AgentError::State(_))),
            "{content}"
        );
        std::fs::write(&file, good).unwrap();
    }
    assert!(status(&state, peer.now).is_ok());
    assert!(matches!(
        ServerTrust::from_file(&record),
        Err(AgentError::Trust(_))
    ));
    assert!(matches!(
        ServerTrust::from_file(&peer.path("nothing")),
        Err(AgentError::File { .. })
    ));
    assert!(matches!(
        status(&StateDir::new("/nowhere".into()), peer.now),
        Err(AgentError::NotEnrolled(_))
    ));
}

#[test]
fn addresses_of_servers() {
    for (typed, expected) in [
        ("https://id.example.jp", Some("https://id.example.jp/")),
        (
            " https://id.sekisho.localhost:8443/ ",
            Some("https://id.sekisho.localhost:8443/"),
        ),
        ("http://id.example.jp", None),
        ("id.example.jp", None),
        ("https://id.example.jp/console", None),
        ("https://id.example.jp/?a", None),
        ("https://somebody@id.example.jp", None),
        ("", None),
        ("https://", None),
    ] {
        assert_eq!(
            parse_server(typed)
                .ok()
                .map(|uri| uri.to_string())
                .as_deref(),
            expected,
            "{typed}"
        );
    }
}
