use super::*;
use proptest::prelude::*;

#[test]
fn what_has_one_reading_passes() {
    for path in [
        "/",
        "/wiki/index.html",
        "/a//b",
        "/.well-known/x",
        "/.sekisho/redeem",
        "/...",
        "/a..b/c",
        "/%E6%97%A5%E6%9C%AC",
        "/100%25",
        "/100%25%20off",
        "/a;v=1/b",
        "/~user/(x)/'y'!*,:@&=+$",
        "/%7Euser",
        "/a%2eb",
    ] {
        assert_eq!(check(path, None), Ok(()), "{path}");
    }
}

#[test]
fn what_has_two_readings_does_not() {
    for path in [
        "/..",
        "/../x",
        "/a/..",
        "/a/../b",
        "/.",
        "/a/./b",
        "/%2e%2e/x",
        "/%2E%2e/x",
        "/.%2e/x",
        "/a/%2e",
        "/a%2fb",
        "/a%2Fb",
        "/a%5cb",
        "/a%5Cb",
        "/a\\b",
        "/a%00b",
        "/a%0d%0ab",
        "/a%7fb",
        "/%252e%252e/x",
        "/%252fx",
        "/%25252e%25252e/x",
        "/%25252525252e/x",
        "/..;/x",
        "/..;a=b/x",
        "/%2e%2e;/x",
        "/a%",
        "/a%4",
        "/a%zz",
        "/a%+1",
        "/a\u{1}b",
        "/a b",
        "/a\u{7f}",
        "/日本",
        "/%c0%ae%c0%ae/x",
        "/a%c0%afb",
        "/%e0%80%ae/x",
        "/a%2500b",
    ] {
        assert_eq!(check(path, None), Err(Fault::AmbiguousPath), "{path}");
    }
}

#[test]
fn what_is_no_path_or_too_long() {
    for path in ["", "*", "a/b", "http://x/"] {
        assert_eq!(check(path, None), Err(Fault::BadTarget), "{path}");
    }
    let long = format!("/{}", "x".repeat(LONGEST));
    assert_eq!(check(&long, None), Err(Fault::TargetTooLong));
    assert_eq!(check("/x", Some(&long)), Err(Fault::TargetTooLong));
    assert_eq!(
        check("/x", Some("a=../..%2f&b=%zz")),
        Ok(()),
        "a query is the application's own language"
    );
    assert_eq!(check("/x", Some("a=\u{1}")), Err(Fault::AmbiguousPath));
}

/// What a careless server may make of a path: decode some times, take backslashes for slashes, cut parameters.
fn careless(path: &str, rounds: usize) -> Vec<Vec<u8>> {
    let mut read = path.as_bytes().to_vec();
    for _ in 0..rounds {
        let mut next = Vec::new();
        let mut rest = read.as_slice();
        while let [byte, after @ ..] = rest {
            match (byte, after) {
                (b'%', [a, b, tail @ ..]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                    let digit = |d: u8| char::from(d).to_digit(16).unwrap() as u8;
                    next.push(digit(*a) * 16 + digit(*b));
                    rest = tail;
                }
                _ => {
                    next.push(*byte);
                    rest = after;
                }
            }
        }
        read = next;
    }
    let slashed = |byte: &u8| *byte == b'/' || *byte == b'\\';
    read.split(slashed)
        .map(|segment| segment.split(|b| *b == b';').next().unwrap().to_vec())
        .collect()
}

proptest! {
    /// However often a server decodes what passes here, it never climbs, and sees the separators that we saw.
    #[test]
    fn what_passes_cannot_climb(
        parts in proptest::collection::vec(prop_oneof![
            Just("/"), Just("."), Just(".."), Just("%2e"), Just("%2E"), Just("%2f"), Just("%5c"), Just("\\"), Just("%25"),
            Just("2e"), Just("2f"), Just("5c"), Just("a"), Just(";"), Just("%"), Just("%252"), Just("e"), Just("%c0%ae"),
        ], 0..12),
    ) {
        let path = format!("/{}", parts.concat());
        if check(&path, None).is_ok() {
            for rounds in 0..4 {
                let segments = careless(&path, rounds);
                prop_assert!(!segments.iter().any(|s| s == b".." || s == b"."), "{path} after {rounds}");
                prop_assert_eq!(segments.len(), path.split('/').count(), "{} after {}", path, rounds);
            }
        }
    }

    #[test]
    fn garbage_never_panics(path in ".*", query in proptest::option::of(".*")) {
        let _ = check(&path, query.as_deref());
    }
}
