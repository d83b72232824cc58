use super::*;
use crate::merkle::{empty_root, leaf_hash};
use proptest::prelude::*;

const LOG: &str = "id.sekisho.localhost/audit";

fn signer() -> CheckpointSigner {
    CheckpointSigner::from_pkcs8(LOG, &CheckpointSigner::generate().unwrap()).unwrap()
}

/// The example of the package that the format comes from, golang.org/x/mod/sumdb/note.
#[test]
fn a_note_of_others() {
    let key: CheckpointVerifier =
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
            .parse()
            .unwrap();
    let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    let signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
    let note = format!("{text}\n\u{2014} PeterNeumann {signature}\n");
    assert_eq!(key.open_note(&note), Ok(text));
    assert_eq!(key.open(&note), Err(CheckpointError::MalformedCheckpoint));
    let also =
        format!("{text}\n\u{2014} EnochRoot af4rs4aaaaaaaaaa\n\u{2014} PeterNeumann {signature}\n");
    assert_eq!(key.open_note(&also), Ok(text));
}

#[test]
fn a_public_verifier_key_reads_and_prints() {
    let text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    let key: CheckpointVerifier = text.parse().unwrap();
    assert_eq!(key.to_string(), text);
    for bad in [
        "",
        "a",
        "a+b",
        "sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.com+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.org+033de0ae+As4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.org+033de0ae+Ac4z",
    ] {
        assert_eq!(
            bad.parse::<CheckpointVerifier>(),
            Err(CheckpointError::BadKey),
            "{bad}"
        );
    }
}

#[test]
fn a_checkpoint_says_what_was_signed() {
    let signer = signer();
    let note = signer.sign(7, leaf_hash(b"x"));
    let expected = Checkpoint {
        origin: LOG.to_owned(),
        size: 7,
        root: leaf_hash(b"x"),
    };
    assert_eq!(signer.verifier().open(&note), Ok(expected));
    let printed: CheckpointVerifier = signer.verifier().to_string().parse().unwrap();
    assert_eq!(printed, signer.verifier());
    let lines: Vec<&str> = note.lines().collect();
    assert_eq!(lines[..2], [LOG, "7"]);
    assert!(lines[3].is_empty() && lines[4].starts_with("\u{2014} id.sekisho.localhost/audit "));
}

#[test]
fn what_was_not_signed_is_refused() {
    let signer = signer();
    let note = signer.sign(7, empty_root());
    for (changed, expected) in [
        (
            note.replace("\n7\n", "\n8\n"),
            CheckpointError::BadSignature,
        ),
        (
            note.replace("\u{2014} id", "\u{2014} ix"),
            CheckpointError::UnknownSigner,
        ),
        (
            note.replace("\u{2014} ", "- "),
            CheckpointError::MalformedNote,
        ),
        (note.replace('\n', "\r\n"), CheckpointError::MalformedNote),
        (note.trim_end().to_owned(), CheckpointError::MalformedNote),
        (String::new(), CheckpointError::MalformedNote),
        ("\n\n".to_owned(), CheckpointError::MalformedNote),
    ] {
        assert_eq!(signer.verifier().open(&changed), Err(expected), "{changed}");
    }
    let another = super::tests::signer().verifier().open(&note);
    assert_eq!(
        another,
        Err(CheckpointError::UnknownSigner),
        "same name, another key"
    );
}

#[test]
fn checkpoints_have_one_form() {
    let good = Checkpoint {
        origin: "a".to_owned(),
        size: 3,
        root: empty_root(),
    };
    let text = good.to_string();
    assert_eq!(text.parse(), Ok(good));
    assert!(
        format!("{text}an extension\n")
            .parse::<Checkpoint>()
            .is_ok()
    );
    for bad in [
        text.trim_end().to_owned(),
        text.replace("\n3\n", "\n03\n"),
        text.replace("\n3\n", "\n+3\n"),
        text.replace("\n3\n", "\n18446744073709551616\n"),
        text.replace("a\n", "\n"),
        format!("{text}\n"),
        "a\n3\nAAAA\n".to_owned(),
    ] {
        assert_eq!(
            bad.parse::<Checkpoint>(),
            Err(CheckpointError::MalformedCheckpoint),
            "{bad}"
        );
    }
    for name in ["", "a b", "a+b", "a\nb"] {
        let key = CheckpointSigner::generate().unwrap();
        assert_eq!(
            CheckpointSigner::from_pkcs8(name, &key).unwrap_err(),
            CheckpointError::BadName,
            "{name}"
        );
    }
    assert_eq!(
        CheckpointSigner::from_pkcs8("a", b"no").unwrap_err(),
        CheckpointError::BadKey
    );
}

proptest! {
    #[test]
    fn any_change_is_seen(size: u64, root: [u8; 32], at: prop::sample::Index) {
        let signer = signer();
        let note = signer.sign(size, MerkleHash(root));
        prop_assert_eq!(signer.verifier().open(&note).unwrap().size, size);
        let mut bytes = note.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        if let Ok(changed) = String::from_utf8(bytes) {
            prop_assert!(signer.verifier().open(&changed).is_err());
        }
    }

    #[test]
    fn reading_never_panics(note in ".*", lines in "(\\PC*\n){0,6}") {
        let verifier = signer().verifier();
        let _ = (verifier.open(&note), verifier.open(&lines), note.parse::<CheckpointVerifier>());
    }
}
