use super::*;
use crate::ca::tests::{MASTER, NOW};
use crate::jose::TokenKind;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

const WHOSE: Installation<'_> = Installation {
    organisation: "関所商事",
    domain: "sekisho.localhost",
};

fn open(directory: &Path) -> Result<Keychain, KeychainError> {
    Keychain::open(&directory.join("keys"), &MASTER, WHOSE, NOW)
}

#[test]
fn keys_are_made_once() {
    let directory = tempfile::tempdir().unwrap();
    let (first, second) = (
        open(directory.path()).unwrap(),
        open(directory.path()).unwrap(),
    );
    assert_eq!(first.tokens.jwks(), second.tokens.jwks());
    assert_eq!(first.devices.certificate(), second.devices.certificate());
    assert_eq!(first.servers.certificate(), second.servers.certificate());
    assert_eq!(first.checkpoints.verifier(), second.checkpoints.verifier());
    assert!(
        first
            .checkpoints
            .verifier()
            .to_string()
            .starts_with("id.sekisho.localhost/audit+")
    );
    let keys = directory.path().join("keys");
    assert_eq!(fs::metadata(&keys).unwrap().mode() & 0o777, 0o700);
    let files: Vec<_> = fs::read_dir(&keys).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 5);
    for file in files {
        assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600, "{file:?}");
        assert!(
            !fs::read_to_string(file.path())
                .unwrap()
                .contains("PRIVATE KEY")
        );
    }
    let elsewhere = Installation {
        domain: "example.jp",
        ..WHOSE
    };
    let moved = Keychain::open(&keys, &MASTER, elsewhere, NOW).unwrap();
    assert_eq!(moved.servers.domain(), "example.jp");
    assert_eq!(moved.devices.certificate(), first.devices.certificate());
}

#[test]
fn rotation_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let mut keychain = open(directory.path()).unwrap();
    let signing = |keychain: &Keychain, kind: TokenKind| -> Vec<String> {
        let algorithms = kind.keys().algorithms().iter();
        algorithms
            .map(|one| {
                keychain
                    .tokens
                    .signer_for(kind, *one)
                    .unwrap()
                    .kid()
                    .to_owned()
            })
            .collect()
    };
    for kind in [TokenKind::GatewayIdentity, TokenKind::IdToken] {
        let before = signing(&keychain, kind);
        let others = signing(&keychain, TokenKind::AccessToken);
        keychain
            .rotate_tokens(&MASTER, kind.keys(), Seconds::hours(1), NOW)
            .unwrap();
        let after = signing(&keychain, kind);
        assert!(
            before.iter().zip(&after).all(|(b, a)| b != a),
            "{before:?} {after:?}"
        );
        assert_eq!(signing(&keychain, TokenKind::AccessToken), others);
        let again = open(directory.path()).unwrap();
        assert_eq!(signing(&again, kind), after);
        assert_eq!(again.tokens.records(), keychain.tokens.records());
    }
}

#[test]
fn keys_of_an_earlier_version_are_kept_and_completed() {
    let directory = tempfile::tempdir().unwrap();
    let first = open(directory.path()).unwrap();
    let path = directory.path().join("keys").join(TOKENS);
    // What there was before there were other algorithms.
    let mut records: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let list = records.as_array_mut().unwrap();
    list.retain(|key| key["algorithm"] == "ES256");
    for key in list {
        key.as_object_mut().unwrap().remove("algorithm").unwrap();
    }
    fs::write(&path, records.to_string()).unwrap();
    let second = open(directory.path()).unwrap();
    let third = open(directory.path()).unwrap();
    assert_eq!(second.tokens.records(), third.tokens.records(), "made once");
    let of_es256 = |keys: &Keychain| {
        let mut kept = keys.tokens.records().to_vec();
        kept.retain(|key| key.algorithm == zt_federation::SigningAlgorithm::Es256);
        kept
    };
    assert_eq!(of_es256(&first), of_es256(&second));
    assert_eq!(second.tokens.records().len(), 10);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn what_cannot_be_read_is_not_replaced() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).unwrap();
    for file in [
        "token-keys.json",
        "saml-keys.json",
        "device-authority.json",
        "server-authority-sekisho.localhost.json",
        "checkpoint-key.json",
    ] {
        let path = directory.path().join("keys").join(file);
        let good = fs::read(&path).unwrap();
        for content in [&b""[..], b"{", b"[]x", &good[..good.len() / 2]] {
            fs::write(&path, content).unwrap();
            assert!(
                matches!(open(directory.path()), Err(KeychainError::NotKeys(_))),
                "{file}"
            );
            assert_eq!(fs::read(&path).unwrap(), content, "{file}");
        }
        fs::write(&path, &good).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = open(directory.path()).unwrap_err();
        assert!(
            matches!(
                error,
                KeychainError::File(PrivateFileError::OpenToOthers { .. })
            ),
            "{file}: {error}"
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let other = MasterKey::from_bytes(zeroize::Zeroizing::new([9; 32])).unwrap();
    assert!(Keychain::open(&directory.path().join("keys"), &other, WHOSE, NOW).is_err());
    assert!(open(directory.path()).is_ok());
}

#[test]
fn saml_keys_move_on_and_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let mut keychain = open(directory.path()).unwrap();
    let certificates = |keychain: &Keychain| {
        XmlAlgorithm::ALL.map(|algorithm| {
            let key = keychain.saml.signer(algorithm).unwrap();
            key.certificate().to_vec()
        })
    };
    let [rsa, ec] = certificates(&keychain);
    let keep = Seconds::hours(1);
    keychain
        .rotate_saml(&MASTER, XmlAlgorithm::EcdsaSha256, "関所商事", keep, NOW)
        .unwrap();
    let [same, other] = certificates(&keychain);
    assert_eq!(same, rsa);
    assert_ne!(other, ec);
    let again = open(directory.path()).unwrap();
    assert_eq!(certificates(&again), [same, other]);
    assert_eq!(again.saml.records().len(), 5);
}
