use super::{application, paragraphs};
use zt_auth::ReturnPath;

#[test]
fn an_empty_line_ends_a_paragraph() {
    for (text, expected) in [
        ("", &[][..]),
        ("一", &["一"]),
        ("\n\na\nb  \n\n\nc\r\n\r\nd\n", &["a\nb", "c", "d"]),
        ("  \n a", &[" a"]),
    ] {
        assert_eq!(paragraphs(text), expected, "{text:?}");
    }
}

#[test]
fn only_a_passage_leads_to_an_application() {
    for (path, app) in [
        ("/passage?app=wiki&return=/&binding=0", Some("wiki")),
        ("/passage?return=%2F&app=wiki", Some("wiki")),
        ("/passage?app=Wiki", None),
        ("/passage?app=evil.example%2F", None),
        ("/passage", None),
        ("/devices?app=wiki", None),
    ] {
        let back = ReturnPath::parse(path).unwrap();
        let found = application(&back).map(|app| app.to_string());
        assert_eq!(found.as_deref(), app, "{path}");
    }
}
