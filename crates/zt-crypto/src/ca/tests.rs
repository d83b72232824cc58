use super::*;
use crate::x509::{self, DeviceTrust};
use proptest::prelude::*;
use rustls::pki_types::UnixTime;
use std::sync::LazyLock;
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use zeroize::Zeroizing;
use zt_device::{CertificateKind, CertificateOrder};
use zt_types::DeviceId;

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

pub(crate) static MASTER: LazyLock<MasterKey> =
    LazyLock::new(|| MasterKey::from_bytes(Zeroizing::new([5; 32])).unwrap());
static DEVICE_RECORD: LazyLock<AuthorityRecord> =
    LazyLock::new(|| DeviceAuthority::create(&MASTER, "関所商事株式会社", NOW).unwrap());
pub(crate) static DEVICES: LazyLock<DeviceAuthority> =
    LazyLock::new(|| DeviceAuthority::open(&MASTER, &DEVICE_RECORD).unwrap());
static SERVER_RECORD: LazyLock<AuthorityRecord> = LazyLock::new(|| {
    ServerAuthority::create(&MASTER, "関所商事株式会社", "Sekisho.localhost", NOW).unwrap()
});
pub(crate) static SERVERS: LazyLock<ServerAuthority> =
    LazyLock::new(|| ServerAuthority::open(&MASTER, &SERVER_RECORD).unwrap());

pub(crate) fn order(kind: CertificateKind) -> CertificateOrder {
    CertificateOrder {
        serial: CertificateSerial::from_random([3; 16]),
        device: DeviceId::from_random([4; 16]),
        kind,
        label: "花子のノート".to_owned(),
        not_before: NOW,
        not_after: NOW + Seconds::days(30),
    }
}

/// Signs whatever a test likes with the device authority's key.
pub(crate) fn rogue(params: &CertificateParams) -> CertificateDer<'static> {
    let key = KeyPair::generate().unwrap();
    params
        .signed_by(&key, &DEVICES.0.issuer)
        .unwrap()
        .der()
        .clone()
}

pub(crate) fn device_params(order: &CertificateOrder) -> CertificateParams {
    device::profile(order).unwrap()
}

fn at(now: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(now.as_seconds().cast_unsigned()))
}

/// What the TLS library's own verifier says.
fn webpki_says(
    leaf: &[u8],
    authority: &CertificateDer<'_>,
    usage: KeyUsage,
    now: Timestamp,
) -> Result<(), webpki::Error> {
    let leaf = CertificateDer::from(leaf.to_vec());
    let leaf = EndEntityCert::try_from(&leaf)?;
    let anchor = anchor_from_trusted_cert(authority)?;
    leaf.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &[anchor],
        &[],
        at(now),
        usage,
        None,
        None,
    )
    .map(|_| ())
}

#[test]
fn a_device_certificate_says_what_was_ordered() {
    for kind in CertificateKind::ALL {
        let key = DeviceKey::generate().unwrap();
        let request = DeviceRequest::parse(&key.request).unwrap();
        let issued = DEVICES.issue(&order(kind), &request).unwrap();
        assert!(key.is_of(&issued.der) && !DeviceKey::generate().unwrap().is_of(&issued.der));
        let read = DeviceTrust::new(vec![DEVICES.certificate().clone()])
            .read(std::slice::from_ref(&issued.der))
            .unwrap();
        assert_eq!(
            (read.serial, read.device, read.kind),
            (order(kind).serial, order(kind).device, kind)
        );
        assert_eq!(
            (read.not_before, read.not_after),
            (order(kind).not_before, order(kind).not_after)
        );
        assert_eq!(issued.record.fingerprint, read.fingerprint);
        assert_eq!(issued.record, order(kind).record(read.fingerprint));
        assert_eq!(x509::from_pem(&issued.pem).unwrap(), issued.der);
        assert_eq!(
            webpki_says(
                &issued.der,
                DEVICES.certificate(),
                KeyUsage::client_auth(),
                NOW
            ),
            Ok(())
        );
        assert!(
            webpki_says(
                &issued.der,
                DEVICES.certificate(),
                KeyUsage::server_auth(),
                NOW
            )
            .is_err()
        );
    }
}

#[test]
fn a_server_certificate_is_for_its_host() {
    for host in [
        "id.sekisho.localhost",
        "WIKI.sekisho.localhost",
        "sekisho.localhost",
    ] {
        let issued = SERVERS.issue(host, NOW).unwrap();
        assert_eq!(issued.not_after, NOW + ServerAuthority::LEAF_LIFETIME);
        assert_eq!(
            webpki_says(
                &issued.chain[0],
                SERVERS.certificate(),
                KeyUsage::server_auth(),
                NOW
            ),
            Ok(())
        );
        let leaf = EndEntityCert::try_from(&issued.chain[0]).unwrap();
        let name = host.to_ascii_lowercase().try_into().unwrap();
        assert_eq!(leaf.verify_is_valid_for_subject_name(&name), Ok(()));
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        assert!(
            rustls::sign::CertifiedKey::from_der(issued.chain, issued.key, &provider)
                .unwrap()
                .keys_match()
                .is_ok()
        );
    }
    for host in [
        "example.com",
        "xsekisho.localhost",
        ".sekisho.localhost",
        "*.sekisho.localhost",
        "localhost",
        "",
    ] {
        assert!(
            matches!(
                SERVERS.issue(host, NOW),
                Err(AuthorityError::OutsideDomain(_))
            ),
            "{host}"
        );
    }
}

#[test]
fn authorities_are_held_to_their_names() {
    // Whoever has the device authority's key still cannot make a server certificate.
    let server_like = |dns: &str| {
        let mut params = CertificateParams::new(vec![dns.to_owned()]).unwrap();
        params.not_before = calendar(NOW).unwrap();
        params.not_after = calendar(NOW + Seconds::days(1)).unwrap();
        params
    };
    let der = rogue(&server_like("id.sekisho.localhost"));
    let verdict = webpki_says(&der, DEVICES.certificate(), KeyUsage::server_auth(), NOW);
    assert_eq!(verdict, Err(webpki::Error::NameConstraintViolation));
    // And the server authority's key is worth nothing outside the domain.
    for (name, expected) in [
        ("wiki.sekisho.localhost", Ok(())),
        ("example.com", Err(webpki::Error::NameConstraintViolation)),
        ("127.0.0.1", Err(webpki::Error::NameConstraintViolation)),
    ] {
        let key = KeyPair::generate().unwrap();
        let der = server_like(name)
            .signed_by(&key, &SERVERS.authority.issuer)
            .unwrap()
            .der()
            .clone();
        assert_eq!(
            webpki_says(&der, SERVERS.certificate(), KeyUsage::server_auth(), NOW),
            expected,
            "{name}"
        );
    }
}

#[test]
fn only_the_key_of_a_request_is_taken() {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut params = CertificateParams::new(vec!["id.sekisho.localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
        .distinguished_name
        .push(DnType::OrganizationalUnitName, "agent");
    let request = params.serialize_request(&key).unwrap().pem().unwrap();
    let issued = DEVICES
        .issue(
            &order(CertificateKind::Browser),
            &DeviceRequest::parse(&request).unwrap(),
        )
        .unwrap();
    let read = DeviceTrust::new(vec![DEVICES.certificate().clone()])
        .read(&[issued.der])
        .unwrap();
    assert_eq!(read.kind, CertificateKind::Browser);
}

#[test]
fn requests_that_are_none() {
    let good = DeviceKey::generate().unwrap().request;
    let other = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let ed25519 = CertificateParams::default()
        .serialize_request(&other)
        .unwrap()
        .pem()
        .unwrap();
    let other = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let p384 = CertificateParams::default()
        .serialize_request(&other)
        .unwrap()
        .pem()
        .unwrap();
    let der = x509_parser::pem::parse_x509_pem(good.as_bytes())
        .unwrap()
        .1
        .contents;
    let pem = |der: &[u8]| certificate_pem(der).replace(" CERTIFICATE", " CERTIFICATE REQUEST");
    let mut forged = der.clone();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    for (what, text, expected) in [
        ("nothing", String::new(), RequestRefusal::Malformed),
        (
            "a certificate",
            DEVICES.certificate_pem(),
            RequestRefusal::Malformed,
        ),
        (
            "another label",
            good.replace("REQUEST", "REQUESTS"),
            RequestRefusal::Malformed,
        ),
        (
            "two of them",
            format!("{good}{good}"),
            RequestRefusal::Malformed,
        ),
        (
            "cut off",
            good[..good.len() / 2].to_owned(),
            RequestRefusal::Malformed,
        ),
        (
            "cut off inside",
            pem(&der[..der.len() - 9]),
            RequestRefusal::Malformed,
        ),
        (
            "something after it",
            pem(&[der.as_slice(), b"x"].concat()),
            RequestRefusal::Malformed,
        ),
        (
            "too long",
            format!("{good}{}", " ".repeat(LONGEST)),
            RequestRefusal::Malformed,
        ),
        ("an Ed25519 key", ed25519, RequestRefusal::KeyNotSupported),
        ("a P-384 key", p384, RequestRefusal::KeyNotSupported),
        (
            "a changed signature",
            pem(&forged),
            RequestRefusal::NotSelfSigned,
        ),
    ] {
        assert_eq!(DeviceRequest::parse(&text).unwrap_err(), expected, "{what}");
    }
    assert!(DeviceRequest::parse(&good).is_ok());
}

const LONGEST: usize = 8 * 1024;

#[test]
fn records_must_fit_their_master_and_themselves() {
    let other = MasterKey::from_bytes(Zeroizing::new([6; 32])).unwrap();
    assert!(matches!(
        DeviceAuthority::open(&other, &DEVICE_RECORD),
        Err(AuthorityError::Seal(SealError::DoesNotOpen))
    ));
    let swapped = AuthorityRecord {
        certificate: SERVER_RECORD.certificate.clone(),
        ..DEVICE_RECORD.clone()
    };
    assert!(matches!(
        DeviceAuthority::open(&MASTER, &swapped),
        Err(AuthorityError::Record(_))
    ));
    let renamed = AuthorityRecord {
        name: "server".to_owned(),
        ..DEVICE_RECORD.clone()
    };
    assert!(matches!(
        DeviceAuthority::open(&MASTER, &renamed),
        Err(AuthorityError::Seal(_))
    ));
    assert!(matches!(
        ServerAuthority::open(&MASTER, &DEVICE_RECORD),
        Err(AuthorityError::Record(_))
    ));
    for certificate in ["", "AAAA", "!"] {
        let broken = AuthorityRecord {
            certificate: certificate.to_owned(),
            ..DEVICE_RECORD.clone()
        };
        assert!(matches!(
            DeviceAuthority::open(&MASTER, &broken),
            Err(AuthorityError::Record(_))
        ));
    }
    let json = serde_json::to_string(&*DEVICE_RECORD).unwrap();
    assert_eq!(
        serde_json::from_str::<AuthorityRecord>(&json).unwrap(),
        *DEVICE_RECORD
    );
}

#[test]
fn impossible_times_are_errors() {
    assert!(matches!(
        SERVERS.issue("id.sekisho.localhost", Timestamp::FAR_FUTURE),
        Err(AuthorityError::Time)
    ));
    let never = CertificateOrder {
        not_after: Timestamp::FAR_FUTURE,
        ..order(CertificateKind::Agent)
    };
    let request = DeviceRequest::parse(&DeviceKey::generate().unwrap().request).unwrap();
    assert!(matches!(
        DEVICES.issue(&never, &request),
        Err(AuthorityError::Time)
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_order_reads_back(serial: [u8; 16], device: [u8; 16], label in "\\PC{0,80}", start in 0i64..4_000_000_000, days in 1u64..2000) {
        let order = CertificateOrder {
            serial: CertificateSerial::from_random(serial),
            device: DeviceId::from_random(device),
            kind: CertificateKind::Agent,
            label,
            not_before: Timestamp::from_seconds(start),
            not_after: Timestamp::from_seconds(start) + Seconds::days(days),
        };
        let request = DeviceRequest::parse(&DeviceKey::generate().unwrap().request).unwrap();
        let issued = DEVICES.issue(&order, &request).unwrap();
        let read = DeviceTrust::new(vec![DEVICES.certificate().clone()]).read(&[issued.der]).unwrap();
        prop_assert_eq!((read.serial, read.device), (order.serial, order.device));
        prop_assert_eq!((read.not_before, read.not_after), (order.not_before, order.not_after));
    }

    #[test]
    fn requests_never_panic(text in ".*", bytes: Vec<u8>) {
        let _ = DeviceRequest::parse(&text);
        let _ = DeviceRequest::parse(&certificate_pem(&bytes).replace(" CERTIFICATE", " CERTIFICATE REQUEST"));
    }
}
