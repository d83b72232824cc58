use super::*;

#[test]
fn a_key_is_one_whole_value() {
    let der = [0x30, 3, 2, 1, 7];
    let plain = STANDARD.encode(der);
    let long = {
        let mut der = vec![0x30, 0x82, 0x01, 0x00];
        der.resize(4 + 256, 5);
        der
    };
    for (text, meant) in [
        (plain.clone(), &der[..]),
        (format!("\n  {}\n\t{}\r\n", &plain[..4], &plain[4..]), &der),
        (
            format!("-----BEGIN CERTIFICATE-----\n{plain}\n-----END CERTIFICATE-----\n"),
            &der,
        ),
        (
            format!("-----BEGIN PUBLIC KEY-----\n{plain}\n-----END PUBLIC KEY-----"),
            &der,
        ),
        (STANDARD.encode(&long), &long),
    ] {
        let read = KeyText::parse(&text).unwrap();
        assert_eq!(read.der(), meant, "{text}");
        assert_eq!(KeyText::parse(read.as_str()), Ok(read));
    }
    for (text, wanted) in [
        ("", KeyTextError::Der),
        ("not base64!", KeyTextError::Base64),
        ("-----BEGIN CERTIFICATE-----\nMAA=", KeyTextError::Base64),
        (
            "-----BEGIN CERTIFICATE-----\nMAA=\n-----END PUBLIC KEY-----",
            KeyTextError::Base64,
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----",
            KeyTextError::Base64,
        ),
        (
            "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
            KeyTextError::Base64,
        ),
    ] {
        assert_eq!(KeyText::parse(text), Err(wanted), "{text}");
    }
    for (der, wanted) in [
        (&[][..], KeyTextError::Der),
        (&[0x30], KeyTextError::Der),
        (&[0x31, 0], KeyTextError::Der),
        (&[0x30, 1], KeyTextError::Der),
        (&[0x30, 0, 0], KeyTextError::Der),
        (&[0x30, 0x80, 0, 0], KeyTextError::Der),
        (&[0x30, 0x82, 1], KeyTextError::Der),
        (&[0x30, 0x84, 0, 0, 0, 0], KeyTextError::Der),
        (&[0x30; 8193], KeyTextError::Length),
    ] {
        assert_eq!(KeyText::from_der(der), Err(wanted), "{der:?}");
    }
    assert_eq!(
        KeyText::parse(&"A".repeat(40_000)),
        Err(KeyTextError::Length)
    );
}
