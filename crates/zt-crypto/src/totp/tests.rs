use super::*;
use proptest::prelude::*;

/// The seed of RFC 6238 Appendix B.
fn rfc_seed() -> TotpSeed {
    TotpSeed::from_stored(b"12345678901234567890").unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

#[test]
fn codes_of_the_rfc() {
    // RFC 6238 Appendix B, SHA-1 column, the last six of its eight digits.
    for (seconds, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        let step = u64::try_from(seconds / STEP_SECONDS).unwrap();
        assert_eq!(rfc_seed().code(step).expose(), code, "{seconds}");
        assert_eq!(
            rfc_seed().verify(code, at(seconds), 0),
            TotpVerdict::Right { step },
            "{seconds}"
        );
    }
}

#[test]
fn a_code_counts_once_and_for_a_minute_and_a_half() {
    let seed = rfc_seed();
    // The code of step 37037037 (its 30 seconds begin at 1111111110).
    for (typed, seconds, last, expected) in [
        ("050471", 1_111_111_079, 0, TotpVerdict::Wrong),
        (
            "050471",
            1_111_111_080,
            0,
            TotpVerdict::Right { step: 37_037_037 },
        ),
        (
            "050471",
            1_111_111_111,
            0,
            TotpVerdict::Right { step: 37_037_037 },
        ),
        (
            "050471",
            1_111_111_169,
            0,
            TotpVerdict::Right { step: 37_037_037 },
        ),
        ("050471", 1_111_111_170, 0, TotpVerdict::Wrong),
        (
            "050471",
            1_111_111_111,
            37_037_036,
            TotpVerdict::Right { step: 37_037_037 },
        ),
        ("050471", 1_111_111_111, 37_037_037, TotpVerdict::Used),
        ("050471", 1_111_111_111, 37_037_038, TotpVerdict::Used),
        (
            "050 471",
            1_111_111_111,
            0,
            TotpVerdict::Right { step: 37_037_037 },
        ),
        (
            "０５０４７１",
            1_111_111_111,
            0,
            TotpVerdict::Right { step: 37_037_037 },
        ),
        ("50471", 1_111_111_111, 0, TotpVerdict::Wrong),
        ("0504710", 1_111_111_111, 0, TotpVerdict::Wrong),
        ("05047a", 1_111_111_111, 0, TotpVerdict::Wrong),
        ("", 1_111_111_111, 0, TotpVerdict::Wrong),
        ("050471", -1, 0, TotpVerdict::Wrong),
        ("050471", i64::MAX, 0, TotpVerdict::Wrong),
    ] {
        assert_eq!(
            seed.verify(typed, at(seconds), last),
            expected,
            "{typed} at {seconds} after {last}"
        );
    }
}

#[test]
fn the_address_an_app_scans() {
    for (issuer, account, expected) in [
        (
            "Sekisho",
            "hanako@example.co.jp",
            "otpauth://totp/Sekisho:hanako%40example.co.jp?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Sekisho&algorithm=SHA1&digits=6&period=30",
        ),
        (
            "関所商事",
            "山田 花子",
            "otpauth://totp/%E9%96%A2%E6%89%80%E5%95%86%E4%BA%8B:%E5%B1%B1%E7%94%B0%20%E8%8A%B1%E5%AD%90?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E9%96%A2%E6%89%80%E5%95%86%E4%BA%8B&algorithm=SHA1&digits=6&period=30",
        ),
        (
            "a:b",
            "c:d&e",
            "otpauth://totp/a%20b:c%20d%26e?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=a%20b&algorithm=SHA1&digits=6&period=30",
        ),
    ] {
        assert_eq!(rfc_seed().otpauth_url(issuer, account).expose(), expected);
    }
    assert_eq!(
        rfc_seed().typed_form().expose(),
        "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    );
}

#[test]
fn a_seed_has_twenty_bytes_and_does_not_print() {
    for length in [0, 19, 21] {
        assert!(TotpSeed::from_stored(&vec![0; length]).is_err());
    }
    assert_eq!(format!("{:?}", rfc_seed()), "TotpSeed(…)");
}

proptest! {
    #[test]
    fn todays_code_is_right_and_then_used(seed: [u8; 20], seconds in 30i64..10_000_000_000) {
        let seed = TotpSeed::from_random(seed);
        let step = u64::try_from(seconds / STEP_SECONDS).unwrap();
        let code = seed.code(step);
        let verdict = seed.verify(code.expose(), at(seconds), 0);
        // A neighbour may by chance have the same six digits; then the earlier step is taken.
        let TotpVerdict::Right { step: taken } = verdict else { return Err(TestCaseError::fail("not right")) };
        prop_assert!(taken == step || seed.code(taken).expose() == code.expose());
        prop_assert_eq!(seed.verify(code.expose(), at(seconds), step + 1), TotpVerdict::Used);
    }

    #[test]
    fn typing_never_panics(typed in ".*", seconds: i64, last: u64) {
        let _ = rfc_seed().verify(&typed, at(seconds), last);
    }
}
