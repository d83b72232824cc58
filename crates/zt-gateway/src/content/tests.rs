use super::*;
use http::HeaderName;
use proptest::prelude::*;

fn of(headers: &[(&str, &str)]) -> Content {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    Content::of(&map)
}

#[test]
fn types_are_what_the_table_says() {
    for (value, expected) in [
        ("text/html", Content::Page),
        ("TEXT/HTML", Content::Page),
        ("text/html; charset=utf-8", Content::Page),
        ("text/html\t;charset=\"a;b\"", Content::Page),
        ("  text/html  ", Content::Page),
        ("text/css", Content::Part),
        ("Text/JavaScript;charset=UTF-8", Content::Part),
        ("application/json", Content::Part),
        ("application/problem+json", Content::Part),
        ("application/xml", Content::Part),
        ("application/wasm", Content::Part),
        ("image/svg+xml", Content::Part),
        ("image/png", Content::Part),
        ("font/woff2", Content::Part),
        ("text/plain;charset=shift_jis", Content::Part),
        ("application/xhtml+xml", Content::Part),
        ("text/event-stream", Content::Stream),
        ("video/mp4", Content::Media),
        ("audio/mpeg", Content::Media),
        // Saved, or opened by another program.
        ("application/octet-stream", Content::File),
        ("application/pdf", Content::File),
        ("application/zip", Content::File),
        ("application/msword", Content::File),
        (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Content::File,
        ),
        ("application/vnd.oasis.opendocument.text", Content::File),
        ("text/csv", Content::File),
        ("text/calendar", Content::File),
        ("image/tiff", Content::File),
        ("image/vnd.dwg", Content::File),
        ("image/svg+xml+zip", Content::File),
        ("multipart/byteranges; boundary=x", Content::File),
        ("multipart/x-mixed-replace;boundary=x", Content::File),
        ("message/rfc822", Content::File),
        ("application/x-msdownload", Content::File),
        ("application/java-archive", Content::File),
        ("application/x-protobuf", Content::File),
        // Read in several ways, or in none.
        ("", Content::File),
        (";", Content::File),
        ("text", Content::File),
        ("text/", Content::File),
        ("*/*", Content::File),
        ("text /html", Content::File),
        ("text/html application/pdf", Content::File),
        ("text/html, application/pdf", Content::File),
        ("application/pdf, text/html", Content::File),
        ("text/html;,application/pdf", Content::File),
        ("\"text/html\"", Content::File),
        ("text/html\u{a0}", Content::File),
        ("tеxt/html", Content::File),
        ("image/application/+json", Content::File),
    ] {
        assert_eq!(of(&[("content-type", value)]), expected, "{value:?}");
    }
    let long = format!("application/{}+json", "x".repeat(LONGEST));
    assert_eq!(of(&[("content-type", &long)]), Content::File);
    assert_eq!(of(&[]), Content::File, "a browser guesses");
    let (html, pdf) = (
        ("content-type", "text/html"),
        ("content-type", "application/pdf"),
    );
    for several in [[html, pdf], [pdf, html], [html, html]] {
        assert_eq!(of(&several), Content::File, "{several:?}");
    }
}

#[test]
fn only_a_plain_inline_is_shown() {
    for value in [
        "inline",
        "INLINE",
        " Inline ",
        "inline;",
        "inline; filename=report.txt",
        "inline;filename=\"a;attachment;b.txt\"",
        "inline; filename=\"a\\\"; attachment\"; x=y",
        "inline; filename=x; filename*=UTF-8''%e5%a0%b1%e5%91%8a.txt",
        "inline ; filename = x",
    ] {
        let shown = of(&[
            ("content-type", "text/html"),
            ("content-disposition", value),
        ]);
        // A space around `=` is not in the grammar: whoever sends it is not taken at her word.
        let expected = if value.contains(" = ") {
            Content::File
        } else {
            Content::Page
        };
        assert_eq!(shown, expected, "{value:?}");
    }
    for value in [
        "attachment",
        "Attachment",
        "aTTACHMENT; filename=x",
        " attachment",
        "\tattachment ; filename=\"x\"",
        "\"attachment\"",
        "\"inline\"",
        "attachment;filename*=UTF-8''x.pdf",
        "filename=x.pdf",
        "filename*=UTF-8''x.pdf",
        "; filename=x",
        "",
        "=",
        "form-data; name=x",
        "something-new",
        "inline attachment",
        "inline, attachment",
        "attachment, inline",
        "inline; attachment",
        "inline; filename=x; attachment",
        "inline;filename=x attachment",
        "inline; filename=\"x\" attachment",
        "inline; filename=\"x",
        "inline; filename=\"x\\",
        "inline; filename=\"x\"\"; attachment\"",
        "inline; filename=x, attachment; filename=y",
        "inline; =x",
        "inline; file name=x",
        "inline\u{a0}",
        "i\u{ff4e}line",
    ] {
        assert_eq!(
            of(&[
                ("content-type", "text/html"),
                ("content-disposition", value)
            ]),
            Content::File,
            "{value:?}"
        );
    }
    let line = |value| ("content-disposition", value);
    for lines in [
        [line("inline"), line("attachment")],
        [line("attachment"), line("inline")],
    ] {
        assert_eq!(
            of(&[("content-type", "text/html"), lines[0], lines[1]]),
            Content::File
        );
    }
}

proptest! {
    /// Whatever stands around it: who sees the word `attachment` outside quotes, somewhere, is right.
    #[test]
    fn an_attachment_is_never_shown(before in "[ \t;]{0,3}", after in "[ -~]{0,40}", upper in any::<[bool; 10]>()) {
        let word: String = "attachment".chars().zip(upper)
            .map(|(letter, upper)| if upper { letter.to_ascii_uppercase() } else { letter })
            .collect();
        let value = format!("{before}{word}{after}");
        prop_assert_eq!(of(&[("content-type", "text/html"), ("content-disposition", &value)]), Content::File);
        let value = format!("inline;{before}{word}");
        prop_assert_eq!(of(&[("content-type", "text/html"), ("content-disposition", &value)]), Content::File);
    }

    /// Nothing but the very types of the table is shown, and nothing makes it panic.
    #[test]
    fn what_is_not_in_the_table_is_a_file(kind in "[a-z*]{1,12}", subtype in "[ -~]{0,70}") {
        let value = format!("{kind}/{subtype}");
        let essence = value.split(';').next().unwrap().trim().to_ascii_lowercase();
        let known = table(essence.as_bytes()) != Content::File && !value.contains(',');
        prop_assert_eq!(of(&[("content-type", &value)]) != Content::File, known);
    }
}
