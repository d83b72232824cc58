use super::*;
use proptest::prelude::*;

const MAX: usize = 1024;

fn whole(input: &[u8]) -> Step {
    Framing::new(MAX).advance(input)
}

/// Feeds `input` in pieces as the guard does, and says how it ended.
fn in_pieces(input: &[u8], pieces: &[usize]) -> Result<usize, Violation> {
    let mut framing = Framing::new(MAX);
    let (mut from, mut to, mut clean) = (0, 0, 0);
    let mut sizes = pieces.iter().cycle();
    while to < input.len() {
        to = (to + sizes.next().copied().unwrap_or(1)).min(input.len());
        match framing.advance(&input[from..to]) {
            Step::Clean => from = to,
            Step::HeadFrom(start) => from += start,
            Step::Refused { violation, .. } => return Err(violation),
        }
        clean = from;
    }
    Ok(clean)
}

#[test]
fn what_is_refused() {
    for (input, expected) in [
        ("GET / HTTP/1.1\nhost: a\r\n\r\n", Violation::BareLf),
        ("GET / HTTP/1.1\r\nhost: a\n\r\n", Violation::BareLf),
        ("GET / HTTP/1.1\r\nhost: a\r\n\n", Violation::BareLf),
        ("\nGET / HTTP/1.1\r\nhost: a\r\n\r\n", Violation::BareLf),
        ("GET / HTTP/1.1\r\nhost: a\rb: c\r\n\r\n", Violation::BareCr),
        ("GET / HTTP/1.1\r\nhost: a\r\r\n\r\n", Violation::BareCr),
        (
            "GET / HTTP/1.1\r\na: b\r\n c\r\n\r\n",
            Violation::FoldedHeader,
        ),
        (
            "GET / HTTP/1.1\r\na: b\r\n\tc: d\r\n\r\n",
            Violation::FoldedHeader,
        ),
        (
            "GET / HTTP/1.1\r\nhost : a\r\n\r\n",
            Violation::SpaceBeforeColon,
        ),
        (
            "GET / HTTP/1.1\r\nhost\t: a\r\n\r\n",
            Violation::SpaceBeforeColon,
        ),
        ("GET / HTTP/1.1\r\nhost\r\n\r\n", Violation::NoColon),
        (
            "POST / HTTP/1.1\r\ncontent-length: 1\r\nContent-Length: 1\r\n\r\n",
            Violation::RepeatedContentLength,
        ),
        (
            "POST / HTTP/1.1\r\ncontent-length: 1\r\nContent-Length: 2\r\n\r\n",
            Violation::RepeatedContentLength,
        ),
        (
            "POST / HTTP/1.1\r\ncontent-length: 1, 1\r\n\r\n",
            Violation::InvalidContentLength,
        ),
        (
            "POST / HTTP/1.1\r\ncontent-length: +1\r\n\r\n",
            Violation::InvalidContentLength,
        ),
        (
            "POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
            Violation::InvalidContentLength,
        ),
        (
            "POST / HTTP/1.1\r\ncontent-length: 0x1\r\n\r\n",
            Violation::InvalidContentLength,
        ),
        (
            "POST / HTTP/1.1\r\ncontent-length:\r\n\r\n",
            Violation::InvalidContentLength,
        ),
        (
            "POST / HTTP/1.1\r\ncontent-length: 18446744073709551616\r\n\r\n",
            Violation::InvalidContentLength,
        ),
        (
            "POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            Violation::LengthAndTransferEncoding,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
            Violation::LengthAndTransferEncoding,
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
            Violation::TransferEncoding,
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: identity\r\n\r\n",
            Violation::TransferEncoding,
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: xchunked\r\n\r\n",
            Violation::TransferEncoding,
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
            Violation::TransferEncoding,
        ),
        (
            "POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n",
            Violation::TransferEncoding,
        ),
        (
            "CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n",
            Violation::Connect,
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n\r\n",
            Violation::Chunk,
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n",
            Violation::Chunk,
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nxx\r\n",
            Violation::Chunk,
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1 \r\nx\r\n",
            Violation::Chunk,
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0x1\r\nx\r\n",
            Violation::Chunk,
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1;a\nb\r\nx\r\n",
            Violation::Chunk,
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff1\r\n",
            Violation::Chunk,
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: b\n\r\n",
            Violation::Chunk,
        ),
    ] {
        assert!(
            matches!(whole(input.as_bytes()), Step::Refused { violation, .. } if violation == expected),
            "{input:?} must be refused as {expected:?}, got {:?}",
            whole(input.as_bytes())
        );
        assert_eq!(
            in_pieces(input.as_bytes(), &[1]),
            Err(expected),
            "byte by byte: {input:?}"
        );
    }
}

#[test]
fn what_is_clean() {
    for input in [
        "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n\n\r\n\n\rGET / HTTP/1.1\r\nhost: a\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length:0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding:  Chunked \r\n\r\n3\r\na\nb\r\nA;x=\"y\"\r\n0123456789\r\n0\r\ntrailer: yes\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    ] {
        assert_eq!(whole(input.as_bytes()), Step::Clean, "{input:?}");
        assert_eq!(
            in_pieces(input.as_bytes(), &[1]),
            Ok(input.len()),
            "byte by byte: {input:?}"
        );
    }
}

#[test]
fn what_follows_a_clean_request_is_cut_where_it_begins() {
    let good = "GET /a HTTP/1.1\r\nhost: a\r\n\r\n";
    let both = format!("{good}GET /b HTTP/1.1\nhost: a\r\n\r\n");
    assert_eq!(
        whole(both.as_bytes()),
        Step::Refused {
            at: good.len(),
            violation: Violation::BareLf
        }
    );
}

#[test]
fn a_head_has_a_limit_whether_it_ends_or_not() {
    for end in ["", "\r\n\r\n"] {
        let long = format!("GET / HTTP/1.1\r\na: {}{end}", "x".repeat(MAX));
        let refused = whole(long.as_bytes());
        assert_eq!(
            refused,
            Step::Refused {
                at: 0,
                violation: Violation::HeadTooLarge
            }
        );
        assert_eq!(
            in_pieces(long.as_bytes(), &[100]),
            Err(Violation::HeadTooLarge)
        );
    }
}

proptest! {
    /// However the network cuts it up, the same bytes get the same verdict.
    #[test]
    fn pieces_do_not_matter(
        parts in proptest::collection::vec(prop_oneof![
            Just("GET / HTTP/1.1\r\n"), Just("POST / HTTP/1.1\r\n"), Just("host: a\r\n"), Just("content-length: 3\r\n"),
            Just("transfer-encoding: chunked\r\n"), Just("\r\n"), Just("\n"), Just("\r"), Just("abc"), Just("3\r\nabc\r\n"),
            Just("0\r\n\r\n"), Just(" x"), Just("a : b\r\n"),
        ], 0..20),
        pieces in proptest::collection::vec(1usize..40, 1..6),
    ) {
        let input = parts.concat().into_bytes();
        let expected = match whole(&input) {
            Step::Clean => Ok(input.len()),
            Step::HeadFrom(start) => Ok(start),
            Step::Refused { violation, .. } => Err(violation),
        };
        prop_assert_eq!(in_pieces(&input, &pieces), expected);
    }

    #[test]
    fn garbage_never_panics(input: Vec<u8>, pieces in proptest::collection::vec(1usize..40, 1..6)) {
        let _ = whole(&input);
        let _ = in_pieces(&input, &pieces);
    }
}
