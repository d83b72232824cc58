use super::*;
use proptest::prelude::*;

#[test]
fn what_is_not_seen() {
    for hidden in [
        '\0',
        '\n',
        '\u{85}',
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{115f}',
        '\u{1160}',
        '\u{17b4}',
        '\u{17b5}',
        '\u{180e}',
        '\u{200b}',
        '\u{200d}',
        '\u{2028}',
        '\u{202e}',
        '\u{2060}',
        '\u{206f}',
        '\u{2800}',
        '\u{3164}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{fff0}',
        '\u{fff9}',
        '\u{1bca0}',
        '\u{1d173}',
        '\u{e0001}',
        '\u{e0041}',
        '\u{e01f0}',
    ] {
        assert!(is_hidden(hidden) && !is_variant(hidden), "{hidden:?}");
    }
    for seen in [
        'a', 'é', '経', 'ガ', 'ﾞ', ' ', '\u{3000}', '-', '💻', '\u{301}', '\u{2801}', 'ᄀ',
    ] {
        assert!(!is_hidden(seen) && !is_variant(seen), "{seen:?}");
    }
    for variant in ['\u{180b}', '\u{fe0e}', '\u{fe0f}', '\u{e0100}', '\u{e01ef}'] {
        assert!(is_variant(variant) && !is_hidden(variant), "{variant:?}");
    }
}

#[test]
fn names_that_look_the_same() {
    for (one, other) in [
        ("Expenses", "ＥＸＰＥＮＳＥＳ"),
        ("Expenses", "  expen ses "),
        ("Expenses", "Expen\u{ad}ses"),
        ("経費ガイド", "経費ｶﾞｲﾄﾞ"),
        ("経費 精算", "経費\u{3000}精算"),
        ("経費", "経\u{fe00}費"),
        ("Café", "CAFE\u{301}"),
        ("ⅷ", "VIII"),
        ("a \u{301}", "á"),
    ] {
        assert_eq!(likeness(one), likeness(other), "{one:?} {other:?}");
    }
    for (one, other) in [("Expenses", "Expense"), ("経費", "経営"), ("ガ", "カ")] {
        assert_ne!(likeness(one), likeness(other), "{one:?} {other:?}");
    }
}

proptest! {
    #[test]
    fn a_likeness_is_like_itself(name in ".*") {
        let once = likeness(&name);
        prop_assert_eq!(likeness(&once), once);
    }
}
