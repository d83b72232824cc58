use super::{Terms, TermsVersion};
use crate::ManagedBy;
use zt_types::{TermsId, Text, Timestamp};

fn terms(title: &str, ja: &str, en: &str) -> Terms {
    Terms::new(
        TermsId::new("acceptable-use").unwrap(),
        Text {
            ja: title.to_owned(),
            en: title.to_owned(),
        },
        Text {
            ja: ja.to_owned(),
            en: en.to_owned(),
        },
        ManagedBy::Files,
        Timestamp::from_seconds(1_790_000_000),
    )
}

#[test]
fn another_text_is_another_version_and_nothing_else_is() {
    let first = terms("A", "持ち出さない。", "Take nothing out.");
    let same = [
        terms("B", "持ち出さない。", "Take nothing out."),
        terms("A", "持ち出さない。\n", "  Take nothing out.\r\n"),
    ];
    for other in same {
        assert_eq!(other.version(), first.version(), "{other:?}");
    }
    let different = [
        terms("A", "持ち出さない", "Take nothing out."),
        terms("A", "持ち出さない。", "Take nothing out!"),
        terms("A", "持ち出さない。Take", "nothing out."),
        terms("A", "Take nothing out.", "持ち出さない。"),
    ];
    for other in different {
        assert_ne!(other.version(), first.version(), "{other:?}");
    }
}

#[test]
fn a_version_is_read_as_it_is_printed_and_in_no_other_form() {
    let version = terms("A", "あ", "a").version();
    let printed = version.to_string();
    assert_eq!(TermsVersion::parse(&printed), Some(version));
    for wrong in [
        "",
        "00",
        &printed.to_uppercase(),
        &format!("{printed}0"),
        &printed.replace(printed.get(..2).unwrap(), "あ"),
    ] {
        assert_eq!(TermsVersion::parse(wrong), None, "{wrong}");
    }
    let record = terms("A", "あ", "a");
    let kept = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<Terms>(&kept).unwrap(), record);
}
