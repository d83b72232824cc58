use super::*;
use proptest::prelude::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn sha256_of_the_standard() {
    // FIPS 180-4, as published with its examples.
    for (input, expected) in [
        (
            "",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        (
            "abc",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
    ] {
        assert_eq!(hex(&sha256(input.as_bytes())), expected);
    }
}

#[test]
fn hmac_of_the_standard() {
    // RFC 4231 §4.3 has a short key; HMAC pads it with zeroes, so the padded key gives the same.
    let mut key = [0u8; 32];
    key[..4].copy_from_slice(b"Jefe");
    let code = MacKey::new(&key).sign(b"what do ya want for nothing?");
    assert_eq!(
        hex(&code),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
}

#[test]
fn a_token_is_url_safe_and_found_again() {
    let token = mint_token([0xfb; 32]);
    assert_eq!(token.expose().len(), 43);
    assert!(
        token
            .expose()
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    );
    assert_eq!(received_hash(token.expose()), token_hash(&token));
    assert!(matches(token.expose(), &token_hash(&token)));
    assert!(!matches(&token.expose()[1..], &token_hash(&token)));
    assert_ne!(token.expose(), mint_token([0xfa; 32]).expose());
}

#[test]
fn keys_do_not_print() {
    assert_eq!(format!("{:?}", MacKey::new(&[7; 32])), "MacKey(…)");
}

proptest! {
    #[test]
    fn equality_is_equality(left: Vec<u8>, right: Vec<u8>) {
        prop_assert_eq!(equal(&left, &right), left == right);
        prop_assert!(equal(&left, &left.clone()));
    }

    #[test]
    fn a_code_fits_one_message_and_one_key(key: [u8; 32], other: [u8; 32], message: Vec<u8>, forged: Vec<u8>) {
        let code = MacKey::new(&key).sign(&message);
        prop_assert!(MacKey::new(&key).verify(&message, &code));
        prop_assert_eq!(MacKey::new(&key).verify(&forged, &code), forged == message);
        prop_assert_eq!(MacKey::new(&other).verify(&message, &code), key == other);
    }
}
