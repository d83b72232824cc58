use super::*;
use proptest::prelude::*;

#[test]
fn twenty_bytes_make_eight_groups() {
    let code = readable(&[0; 20]);
    assert_eq!(code.expose(), "0000-0000-0000-0000-0000-0000-0000-0000");
    assert_eq!(readable(&[0xff; 10]).expose(), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
    assert_eq!(
        readable(&[0x08, 0x42, 0x10, 0x84, 0x21]).expose(),
        "1111-1111"
    );
    assert_eq!(readable(&[]).expose(), "");
}

#[test]
fn typing_is_forgiven() {
    let expected = "7Q4K0123ZZZZ1110";
    for typed in [
        "7Q4K-0123-ZZZZ-1110",
        "7q4k 0123 zzzz 1110",
        "7q4ko123zzzzliio",
        "７Ｑ４Ｋ－０１２３－ＺＺＺＺ－１１１０",
        "  7Q4K–0123—ZZZZ−1110 ",
    ] {
        assert_eq!(canonical(typed).unwrap().expose(), expected, "{typed}");
    }
    for typed in [
        "",
        " - ",
        "7Q4U",
        "7Q4K!",
        "日本語",
        "7Q4K\n",
        &"0".repeat(65),
    ] {
        assert!(canonical(typed).is_none(), "{typed}");
    }
}

proptest! {
    #[test]
    fn what_is_shown_is_read_back(random in proptest::collection::vec(any::<u8>(), 1..40)) {
        let shown = readable(&random);
        let read = canonical(shown.expose()).unwrap();
        prop_assert_eq!(read.expose(), shown.expose().replace('-', ""));
        let lower = canonical(&shown.expose().to_lowercase()).unwrap();
        prop_assert_eq!(lower.expose(), read.expose());
    }

    #[test]
    fn different_bytes_make_different_codes(left: [u8; 20], right: [u8; 20]) {
        prop_assert_eq!(readable(&left).expose() == readable(&right).expose(), left == right);
    }

    #[test]
    fn reading_never_panics(typed in ".*") {
        let _ = canonical(&typed);
    }
}
