use super::*;
use crate::file::PrivateFileError;
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

fn key(byte: u8) -> MasterKey {
    MasterKey::from_bytes(Zeroizing::new([byte; 32])).unwrap()
}

#[test]
fn it_opens_only_where_it_was_sealed() {
    let sealed = key(1).seal(SealedKind::TotpSeed, "a", b"seed").unwrap();
    assert_eq!(
        *key(1).open(SealedKind::TotpSeed, "a", &sealed).unwrap(),
        b"seed"
    );
    for (master, kind, id) in [
        (2, SealedKind::TotpSeed, "a"),
        (1, SealedKind::TokenKey, "a"),
        (1, SealedKind::TotpSeed, "b"),
        (1, SealedKind::TotpSeed, ""),
    ] {
        let opened = key(master).open(kind, id, &sealed);
        assert_eq!(
            opened.unwrap_err(),
            SealError::DoesNotOpen,
            "{master} {kind:?} {id}"
        );
    }
    for text in [
        "",
        "s1.",
        "s1.AAAA",
        "s2.AAAA",
        "s1.!!!!",
        &sealed[3..],
        &format!("{sealed}="),
    ] {
        assert_eq!(
            key(1).open(SealedKind::TotpSeed, "a", text).unwrap_err(),
            SealError::Malformed,
            "{text}"
        );
    }
}

#[test]
fn keys_for_codes_differ_by_purpose() {
    let code = |master: u8, purpose: &str| key(master).mac_key(purpose).unwrap().sign(b"x");
    assert_eq!(code(1, "recovery"), code(1, "recovery"));
    assert_ne!(code(1, "recovery"), code(1, "csrf"));
    assert_ne!(code(1, "recovery"), code(2, "recovery"));
}

#[test]
fn the_file_is_made_once_and_kept_private() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let sealed = MasterKey::load_or_create(&path)
        .unwrap()
        .seal(SealedKind::TotpSeed, "a", b"seed")
        .unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    assert_eq!(
        fs::read_dir(directory.path()).unwrap().count(),
        1,
        "no draft is left"
    );
    let again = MasterKey::load_or_create(&path).unwrap();
    assert_eq!(
        *again.open(SealedKind::TotpSeed, "a", &sealed).unwrap(),
        b"seed"
    );

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let error = MasterKey::load_or_create(&path).unwrap_err();
    assert!(
        matches!(
            error,
            KeyFileError::File(PrivateFileError::OpenToOthers { mode: 0o640, .. })
        ),
        "{error}"
    );
}

#[test]
fn what_is_not_a_key_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let cases: [&[u8]; 6] = [
        b"",
        b"sekisho-master-key-1",
        b"sekisho-master-key-1 AAAA\n",
        b"sekisho-master-key-2 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        b"\xff\xfe",
        &[b'A'; 5000],
    ];
    for content in cases {
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let error = MasterKey::load_or_create(&path).unwrap_err();
        assert!(matches!(error, KeyFileError::NotAKey { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    let error = MasterKey::load_or_create(&directory.path().join("no/such/key")).unwrap_err();
    assert!(
        matches!(error, KeyFileError::File(PrivateFileError::Io { .. })),
        "{error}"
    );
}

#[test]
fn two_starts_at_once_agree() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let codes: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    MasterKey::load_or_create(&path)
                        .unwrap()
                        .mac_key("x")
                        .unwrap()
                        .sign(b"x")
                })
            })
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    assert!(codes.iter().all(|code| *code == codes[0]));
}

proptest! {
    #[test]
    fn any_secret_comes_back_and_any_change_is_seen(secret: Vec<u8>, id in ".*", flip: prop::sample::Index) {
        let sealed = key(3).seal(SealedKind::TokenKey, &id, &secret).unwrap();
        prop_assert_eq!(&*key(3).open(SealedKind::TokenKey, &id, &sealed).unwrap(), &secret);
        let mut bytes = sealed.clone().into_bytes();
        let at = flip.index(bytes.len());
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(key(3).open(SealedKind::TokenKey, &id, &changed).is_err());
    }

    #[test]
    fn opening_never_panics(sealed in ".*") {
        let _ = key(1).open(SealedKind::TotpSeed, "a", &sealed);
    }
}
