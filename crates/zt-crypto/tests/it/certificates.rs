use crate::tool::{run, succeed};
use std::fs;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;
use zt_crypto::ca::{DeviceAuthority, DeviceKey, DeviceRequest, ServerAuthority};
use zt_crypto::seal::MasterKey;
use zt_crypto::{code, p12};
use zt_device::{CertificateKind, CertificateOrder};
use zt_types::{CertificateSerial, DeviceId, Seconds, Secret, Timestamp};

/// 2026-09-21: `openssl verify` is told to live then.
const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

struct Fixture {
    directory: tempfile::TempDir,
    devices: DeviceAuthority,
    key: DeviceKey,
    leaf: Vec<u8>,
}

impl Fixture {
    fn new() -> Self {
        let master = MasterKey::from_bytes(Zeroizing::new([1; 32])).unwrap();
        let record = DeviceAuthority::create(&master, "関所商事", NOW).unwrap();
        let devices = DeviceAuthority::open(&master, &record).unwrap();
        let key = DeviceKey::generate().unwrap();
        let order = CertificateOrder {
            serial: CertificateSerial::from_random([2; 16]),
            device: DeviceId::from_random([3; 16]),
            kind: CertificateKind::Browser,
            label: "花子のノート".to_owned(),
            not_before: NOW,
            not_after: NOW + Seconds::days(90),
        };
        let issued = devices
            .issue(&order, &DeviceRequest::parse(&key.request).unwrap())
            .unwrap();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("leaf.pem"), &issued.pem).unwrap();
        fs::write(
            directory.path().join("authority.pem"),
            devices.certificate_pem(),
        )
        .unwrap();
        Self {
            directory,
            devices,
            key,
            leaf: issued.der.to_vec(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn p12(&self, password: &Secret) -> PathBuf {
        let path = self.path("browser.p12");
        fs::write(
            &path,
            &*p12::write(&self.key.pkcs8, &self.leaf, "花子のノート 🦊", password).unwrap(),
        )
        .unwrap();
        path
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn openssl_verifies_a_device_for_clients_only() {
    let fixture = Fixture::new();
    let (leaf, authority) = (fixture.path("leaf.pem"), fixture.path("authority.pem"));
    let verify = |purpose: &str, at: i64| {
        let at = at.to_string();
        let arguments = [
            "verify",
            "-x509_strict",
            "-attime",
            &at,
            "-purpose",
            purpose,
            "-CAfile",
            text(&authority),
            text(&leaf),
        ];
        run("openssl", "openssl", &arguments).status.success()
    };
    assert!(verify("sslclient", NOW.as_seconds() + 60));
    assert!(!verify("sslserver", NOW.as_seconds() + 60));
    assert!(!verify("sslclient", NOW.as_seconds() + 91 * 86_400));
    let printed = succeed(
        "openssl",
        "openssl",
        &[
            "x509",
            "-in",
            text(&leaf),
            "-noout",
            "-ext",
            "subjectAltName,keyUsage,extendedKeyUsage,basicConstraints",
        ],
    );
    insta::assert_snapshot!(printed, @r"
    X509v3 Subject Alternative Name: 
        URI:urn:sekisho:device:03030303-0303-4303-8303-030303030303
    X509v3 Key Usage: critical
        Digital Signature
    X509v3 Extended Key Usage: 
        TLS Web Client Authentication
    X509v3 Basic Constraints: critical
        CA:FALSE
    ");
    assert!(!fixture.devices.certificate_pem().is_empty());
}

#[test]
fn openssl_verifies_a_server_by_its_host() {
    let master = MasterKey::from_bytes(Zeroizing::new([1; 32])).unwrap();
    let record = ServerAuthority::create(&master, "関所商事", "sekisho.localhost", NOW).unwrap();
    let servers = ServerAuthority::open(&master, &record).unwrap();
    let issued = servers.issue("wiki.sekisho.localhost", NOW).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (leaf, authority) = (
        directory.path().join("leaf.pem"),
        directory.path().join("authority.pem"),
    );
    fs::write(&leaf, zt_crypto::ca::certificate_pem(&issued.chain[0])).unwrap();
    fs::write(&authority, servers.certificate_pem()).unwrap();
    let at = NOW.as_seconds().to_string();
    let verify = |host: &str| {
        let arguments = [
            "verify",
            "-x509_strict",
            "-attime",
            &at,
            "-purpose",
            "sslserver",
            "-verify_hostname",
            host,
            "-CAfile",
            text(&authority),
            text(&leaf),
        ];
        run("openssl", "openssl", &arguments).status.success()
    };
    assert!(verify("wiki.sekisho.localhost"));
    assert!(!verify("chat.sekisho.localhost"));
}

#[test]
fn openssl_reads_our_pkcs12() {
    let fixture = Fixture::new();
    let password = code::readable(&[7; 10]);
    let file = fixture.p12(&password);
    let pass = format!("pass:{}", password.expose());
    let info = succeed(
        "openssl",
        "openssl",
        &[
            "pkcs12",
            "-in",
            text(&file),
            "-passin",
            &pass,
            "-noout",
            "-info",
        ],
    );
    assert!(
        info.contains("PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256"),
        "{info}"
    );
    assert!(info.contains("MAC: sha256, Iteration 10000"), "{info}");
    let out = fixture.path("out.pem");
    succeed(
        "openssl",
        "openssl",
        &[
            "pkcs12",
            "-in",
            text(&file),
            "-passin",
            &pass,
            "-nodes",
            "-out",
            text(&out),
        ],
    );
    let of_key = succeed(
        "openssl",
        "openssl",
        &["pkey", "-in", text(&out), "-pubout"],
    );
    let of_leaf = succeed(
        "openssl",
        "openssl",
        &["x509", "-in", text(&out), "-noout", "-pubkey"],
    );
    assert_eq!(of_key, of_leaf);
    let wrong = run(
        "openssl",
        "openssl",
        &[
            "pkcs12",
            "-in",
            text(&file),
            "-passin",
            "pass:wrong",
            "-noout",
        ],
    );
    assert!(!wrong.status.success());
}

#[test]
fn the_store_of_browsers_takes_our_pkcs12() {
    let fixture = Fixture::new();
    let password = code::readable(&[8; 10]);
    let file = fixture.p12(&password);
    let (secret, store) = (fixture.path("password"), fixture.path("nss"));
    fs::write(&secret, password.expose()).unwrap();
    fs::create_dir(&store).unwrap();
    let store = format!("sql:{}", text(&store));
    succeed(
        "certutil",
        "libnss3-tools",
        &["-N", "-d", &store, "--empty-password"],
    );
    succeed(
        "pk12util",
        "libnss3-tools",
        &[
            "-i",
            text(&file),
            "-d",
            &store,
            "-w",
            text(&secret),
            "-K",
            "",
        ],
    );
    let keys = succeed("certutil", "libnss3-tools", &["-K", "-d", &store]);
    let name = p12::store_name(&fixture.leaf).unwrap();
    assert!(
        keys.contains("ec ") && keys.contains(&name),
        "{name}: {keys}"
    );
}
