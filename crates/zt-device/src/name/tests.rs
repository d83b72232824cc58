use super::*;
use proptest::prelude::*;

#[test]
fn names() {
    for (typed, expected) in [
        ("花子のノート", Ok("花子のノート")),
        ("  iPhone\t 15  ", Ok("iPhone 15")),
        ("営業　ノート", Ok("営業 ノート")),
        ("a\u{200d}b", Err(NameRefusal::NotShowable)),
        ("abc\u{202e}fdp.exe", Err(NameRefusal::NotShowable)),
        ("a\u{0}b", Err(NameRefusal::NotShowable)),
        ("花子\u{3164}のノート", Err(NameRefusal::NotShowable)),
        ("\u{2800}", Err(NameRefusal::NotShowable)),
        (
            "辻\u{e0100}さんの❤\u{fe0f}",
            Ok("辻\u{e0100}さんの❤\u{fe0f}"),
        ),
        ("", Err(NameRefusal::Empty)),
        (" \n ", Err(NameRefusal::Empty)),
        (
            "あいうえおあいうえおあいうえおあいうえおあいうえおあいうえおあいうえおあいうえおあいうえおあいうえお",
            Err(NameRefusal::TooLong),
        ),
    ] {
        assert_eq!(clean_name(typed), expected.map(str::to_owned), "{typed:?}");
    }
}

#[test]
fn names_of_one_person_differ() {
    let long = "x".repeat(LONGEST_NAME);
    for (wanted, taken, expected) in [
        ("ノート", &[][..], "ノート"),
        ("ノート", &["ノート"], "ノート (2)"),
        ("ノート", &["ノート (2)", "ノート"], "ノート (3)"),
        (
            &long,
            &[long.as_str()],
            &format!("{} (2)", "x".repeat(LONGEST_NAME - 4)),
        ),
    ] {
        assert_eq!(distinct_name(wanted, taken.iter().copied()), expected);
    }
}

#[test]
fn reported_texts_are_made_showable() {
    for (reported, longest, expected) in [
        (
            "Debian GNU/Linux 12 (bookworm)",
            128,
            "Debian GNU/Linux 12 (bookworm)",
        ),
        ("a\u{202e}b\r\nc\u{7}  d", 128, "ab c d"),
        ("abcdef", 3, "abc"),
        ("", 3, ""),
    ] {
        assert_eq!(shown_text(reported, longest), expected);
    }
}

proptest! {
    #[test]
    fn a_clean_name_stays_as_it_is(typed in ".*") {
        if let Ok(name) = clean_name(&typed) {
            prop_assert_eq!(clean_name(&name).unwrap(), name.clone());
            prop_assert_eq!(shown_text(&name, LONGEST_NAME), name);
        }
    }

    #[test]
    fn a_distinct_name_is_a_name_and_is_distinct(wanted in "[a-z ]{1,48}", taken in proptest::collection::vec("[a-z]{1,3}( \\([2-4]\\))?", 0..12)) {
        let Ok(wanted) = clean_name(&wanted) else { return Ok(()) };
        let name = distinct_name(&wanted, taken.iter().map(String::as_str));
        prop_assert!(!taken.contains(&name));
        prop_assert_eq!(clean_name(&name).unwrap(), name);
    }

    #[test]
    fn shown_text_is_short_and_showable(reported in ".*", longest in 0usize..50) {
        let shown = shown_text(&reported, longest);
        prop_assert!(shown.chars().count() <= longest && !shown.chars().any(is_hidden));
    }
}
