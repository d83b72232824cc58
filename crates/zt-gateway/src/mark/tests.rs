use super::*;
use proptest::prelude::*;

/// The document with `#` where the mark went, fed in these pieces.
fn marked(pieces: &[&[u8]]) -> Result<Vec<u8>, Unmarkable> {
    let mut marker = Marker::new(Bytes::from_static(b"#"));
    let mut out = VecDeque::new();
    for piece in pieces {
        marker.feed(Bytes::copy_from_slice(piece), &mut out)?;
        assert!(marker.held.len() <= 9, "{}", marker.held.len());
    }
    marker.finish(&mut out);
    Ok(out.into_iter().flatten().collect())
}

#[test]
fn the_mark_goes_behind_the_doctype() {
    for (document, expected) in [
        ("<!DOCTYPE html><html>", "<!DOCTYPE html>#<html>"),
        ("<!doctype html>\n<title>", "<!doctype html>#\n<title>"),
        (
            "\u{feff} \n<!DocType html><p>",
            "\u{feff} \n<!DocType html>#<p>",
        ),
        ("<!-- a --><!doctype html>x", "<!-- a --><!doctype html>#x"),
        (
            "<!doctype html PUBLIC \"a>b\">",
            "<!doctype html PUBLIC \"a>#b\">",
        ),
        (
            "<?xml version=\"1.0\"?><!DOCTYPE html><p>",
            "<?xml version=\"1.0\"?><!DOCTYPE html>#<p>",
        ),
        // Without one, before the first thing that is shown.
        ("<html><body>", "#<html><body>"),
        ("  hello", "  #hello"),
        ("<!-- c -->\n<p>", "<!-- c -->\n#<p>"),
        ("</p><!doctype html>", "#</p><!doctype html>"),
        ("\0<!doctype html>", "#\0<!doctype html>"),
        ("<", "#<"),
        ("<!docty", "#<!docty"),
        // Comments end where a browser ends them.
        ("<!--><p>", "<!-->#<p>"),
        ("<!---><p>", "<!--->#<p>"),
        ("<!----><p>", "<!---->#<p>"),
        ("<!--!><p>--><b>", "<!--!><p>-->#<b>"),
        ("<!---!><p>--><b>", "<!---!><p>-->#<b>"),
        ("<!----!><p>", "<!----!>#<p>"),
        ("<!--a--!><p>", "<!--a--!>#<p>"),
        ("<!--a--!-><p>--><b>", "<!--a--!-><p>-->#<b>"),
        ("<!--a--!--><p>", "<!--a--!-->#<p>"),
        ("<!-- <!-- --><p>", "<!-- <!-- -->#<p>"),
        ("<!--a->b--><p>", "<!--a->b-->#<p>"),
        ("<!-x--><p>-->", "<!-x-->#<p>-->"),
        ("<![CDATA[>]]><p>", "<![CDATA[>#]]><p>"),
        // Nothing that could be shown.
        ("", ""),
        (" \n", " \n"),
        ("<!-- never closed", "<!-- never closed"),
    ] {
        let whole = marked(&[document.as_bytes()]).unwrap();
        assert_eq!(
            String::from_utf8(whole.clone()).unwrap(),
            expected,
            "{document:?}"
        );
        let bytes: Vec<&[u8]> = document.as_bytes().chunks(1).collect();
        assert_eq!(marked(&bytes), Ok(whole), "{document:?} byte by byte");
    }
}

#[test]
fn what_does_not_begin_like_ascii_is_not_marked() {
    for pieces in [
        &[&b"\xff\xfe<\0h\0"[..]][..],
        &[&b"\xfe"[..], &b"\xff\0<"[..]],
    ] {
        assert_eq!(marked(pieces), Err(Unmarkable));
    }
    assert!(marked(&[b"\xff", b"x"]).is_ok());
}

proptest! {
    /// However it is cut into pieces: the same document, with one mark or none, and nothing lost.
    #[test]
    fn nothing_is_lost_and_the_pieces_do_not_matter(
        text in "(<!--|-->|--!>|<!doctype html>|<\\?|<p>|[-<>! a\n]|\u{feff}){0,12}",
        cuts in proptest::collection::vec(1usize..6, 0..40),
    ) {
        let bytes = text.as_bytes();
        let mut pieces = Vec::new();
        let mut rest = bytes;
        for cut in cuts {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        pieces.push(rest);
        let whole = marked(&[bytes]).unwrap();
        prop_assert_eq!(marked(&pieces).unwrap(), whole.clone());
        let without: Vec<u8> = whole.into_iter().filter(|byte| *byte != b'#').collect();
        prop_assert_eq!(without, bytes);
    }
}
