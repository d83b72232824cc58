use super::*;

fn request() -> EnrolRequest {
    EnrolRequest {
        code: "7Q4K-0123".into(),
        csr: "-----BEGIN CERTIFICATE REQUEST-----".into(),
        name: "花子のノート".into(),
        facts: WireFacts {
            hostname: "note-07".into(),
            os: "Debian GNU/Linux 12".into(),
            serial: Some("SN1".into()),
        },
    }
}

#[test]
fn the_form_on_the_wire() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&request()).unwrap(), @r#"
    {
      "code": "7Q4K-0123",
      "csr": "-----BEGIN CERTIFICATE REQUEST-----",
      "name": "花子のノート",
      "facts": {
        "hostname": "note-07",
        "os": "Debian GNU/Linux 12",
        "serial": "SN1"
      }
    }
    "#);
    let answer = EnrolAnswer {
        device: DeviceId::from_random([1; 16]),
        name: "花子のノート".into(),
        issued: IssuedCertificate {
            serial: CertificateSerial::from_random([2; 16]),
            kind: CertificateKind::Agent,
            certificate: "…".into(),
            authority: "…".into(),
        },
    };
    insta::assert_snapshot!(serde_json::to_string_pretty(&answer).unwrap(), @r#"
    {
      "device": "01010101-0101-4101-8101-010101010101",
      "name": "花子のノート",
      "issued": {
        "serial": "42020202020202020202020202020202",
        "kind": "agent",
        "certificate": "…",
        "authority": "…"
      }
    }
    "#);
    let refusal = WireRefusal::from(EnrolmentRefusal::ExpiredCode);
    assert_eq!(
        serde_json::to_string(&refusal).unwrap(),
        r#"{"error":"expired-code","message":"the enrolment code has expired"}"#
    );
}

#[test]
fn what_is_not_in_the_form_is_refused() {
    for body in [
        r#"{}"#,
        r#"[]"#,
        r#"{"code":"a","csr":"b","name":"c"}"#,
        r#"{"code":"a","csr":"b","name":"c","facts":{"hostname":"h","os":"o"},"admin":true}"#,
        r#"{"code":"a","csr":"b","name":"c","facts":{"hostname":"h","os":"o","trusted":true}}"#,
        r#"{"code":1,"csr":"b","name":"c","facts":{"hostname":"h","os":"o"}}"#,
    ] {
        assert!(
            serde_json::from_str::<EnrolRequest>(body).is_err(),
            "{body}"
        );
    }
    let without_serial = r#"{"code":"a","csr":"b","name":"c","facts":{"hostname":"h","os":"o"}}"#;
    let request: EnrolRequest = serde_json::from_str(without_serial).unwrap();
    assert_eq!(Facts::from(request.facts).serial, None);
}

#[test]
fn the_code_does_not_print() {
    let printed = format!("{:?}", request());
    assert!(!printed.contains("7Q4K"), "{printed}");
}
