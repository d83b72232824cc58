use super::*;
use http::{Request, Uri};
use proptest::prelude::*;

const HOST: &str = "wiki.sekisho.localhost";

fn head(method: &str, target: &str, version: Version, lines: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder()
        .method(method)
        .uri(target)
        .version(version);
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn h1(lines: &[(&str, &str)]) -> Parts {
    let lines: Vec<_> = [("host", HOST)]
        .into_iter()
        .chain(lines.iter().copied())
        .collect();
    head("GET", "/page?q=1", Version::HTTP_11, &lines)
}

#[test]
fn authorities() {
    use Version as V;
    let long = format!("/{}", "x".repeat(path::LONGEST));
    for (target, version, lines, expected) in [
        ("/", V::HTTP_11, vec![("host", HOST)], None),
        (
            "/",
            V::HTTP_11,
            vec![("host", "WIKI.sekisho.LOCALHOST:8443")],
            None,
        ),
        ("/", V::HTTP_10, vec![("host", HOST)], None),
        (
            "https://wiki.sekisho.localhost/",
            V::HTTP_11,
            vec![("host", HOST)],
            None,
        ),
        ("https://wiki.sekisho.localhost/", V::HTTP_2, vec![], None),
        (
            "https://wiki.sekisho.localhost/",
            V::HTTP_2,
            vec![("host", HOST)],
            None,
        ),
        ("/", V::HTTP_2, vec![("host", HOST)], None),
        ("/", V::HTTP_11, vec![], Some(Fault::NoHost)),
        ("/", V::HTTP_10, vec![], Some(Fault::NoHost)),
        ("/", V::HTTP_2, vec![], Some(Fault::NoHost)),
        (
            "/",
            V::HTTP_11,
            vec![("host", HOST), ("host", HOST)],
            Some(Fault::SeveralHosts),
        ),
        (
            "https://wiki.sekisho.localhost/",
            V::HTTP_2,
            vec![("host", "chat.sekisho.localhost")],
            Some(Fault::SeveralHosts),
        ),
        (
            "/",
            V::HTTP_11,
            vec![("host", "chat.sekisho.localhost")],
            Some(Fault::Misdirected),
        ),
        (
            "/",
            V::HTTP_11,
            vec![("host", "wiki.sekisho.localhost.")],
            Some(Fault::Misdirected),
        ),
        (
            "/",
            V::HTTP_11,
            vec![("host", "127.0.0.1:8443")],
            Some(Fault::Misdirected),
        ),
        (
            "https://chat.sekisho.localhost/",
            V::HTTP_2,
            vec![],
            Some(Fault::Misdirected),
        ),
        ("/", V::HTTP_11, vec![("host", "")], Some(Fault::BadHost)),
        (
            "/",
            V::HTTP_11,
            vec![("host", "wiki.sekisho.localhost:")],
            Some(Fault::BadHost),
        ),
        (
            "/",
            V::HTTP_11,
            vec![("host", "wiki.sekisho.localhost:x")],
            Some(Fault::BadHost),
        ),
        (
            "/",
            V::HTTP_11,
            vec![("host", "a@wiki.sekisho.localhost")],
            Some(Fault::BadHost),
        ),
        (
            "/",
            V::HTTP_11,
            vec![("host", "wiki.sekisho.localhost, x")],
            Some(Fault::BadHost),
        ),
        (
            "/",
            V::HTTP_11,
            vec![("host", "wiki.sekisho.localhost/x")],
            Some(Fault::BadHost),
        ),
        (
            "https://chat.sekisho.localhost/",
            V::HTTP_11,
            vec![("host", HOST)],
            Some(Fault::TargetMismatch),
        ),
        (
            "http://wiki.sekisho.localhost/",
            V::HTTP_11,
            vec![("host", HOST)],
            Some(Fault::TargetMismatch),
        ),
        (
            "https://wiki.sekisho.localhost:1/",
            V::HTTP_11,
            vec![("host", HOST)],
            Some(Fault::TargetMismatch),
        ),
        (
            "https://a@wiki.sekisho.localhost/",
            V::HTTP_11,
            vec![("host", HOST)],
            Some(Fault::TargetMismatch),
        ),
        (
            "*",
            V::HTTP_11,
            vec![("host", HOST)],
            Some(Fault::BadTarget),
        ),
        (
            "/a%2f..",
            V::HTTP_11,
            vec![("host", HOST)],
            Some(Fault::AmbiguousPath),
        ),
        (
            long.as_str(),
            V::HTTP_11,
            vec![("host", HOST)],
            Some(Fault::TargetTooLong),
        ),
    ] {
        let mut parts = head("GET", target, version, &lines);
        let got = normalise(&mut parts, HOST).err();
        assert_eq!(got, expected, "{target} {version:?} {lines:?}");
    }
}

#[test]
fn methods() {
    for (method, expected) in [
        ("GET", None),
        ("PROPFIND", None),
        ("TRACE", Some(Fault::Method)),
        ("TRACK", Some(Fault::Method)),
        ("CONNECT", Some(Fault::Method)),
    ] {
        let mut parts = head(method, "/", Version::HTTP_11, &[("host", HOST)]);
        assert_eq!(normalise(&mut parts, HOST).err(), expected, "{method}");
    }
}

#[test]
fn headers_that_would_be_taken_for_others_are_refused() {
    for name in [
        "sekisho_identity",
        "Sekisho_Identity",
        "x_sekisho_user",
        "x-sekisho_user",
        "x_forwarded_for",
        "transfer_encoding",
        "content_length",
        "host_",
        "cookie_",
        "connection_",
    ] {
        // A trailing `_` only aliases what is named exactly so.
        let expected = !name.ends_with('_');
        let mut parts = h1(&[(name, "x")]);
        assert_eq!(
            normalise(&mut parts, HOST) == Err(Fault::AliasedHeader),
            expected,
            "{name}"
        );
    }
    let mut parts = h1(&[("my_own_header", "x")]);
    assert!(normalise(&mut parts, HOST).is_ok());
    assert!(parts.headers.contains_key("my_own_header"));
}

#[test]
fn headers_that_say_who_somebody_is_are_taken_out() {
    let removed = [
        "Sekisho-Identity",
        "sekisho-anything",
        "X-Sekisho-User",
        "sekisho",
        "Forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Prefix",
        "X-Real-IP",
        "True-Client-IP",
        "Client-Cert",
        "Client-Cert-Chain",
        "X-SSL-Client-Verify",
        "SSL-Client-Cert",
        "Remote-User",
        "X-Original-URL",
        "X-Rewrite-URL",
        "Proxy",
        "Proxy-Authorization",
        "Proxy-Connection",
        "Keep-Alive",
        "TE",
        "Expect",
        "HTTP2-Settings",
        "Via",
    ];
    for name in removed {
        let value = if name == "Expect" {
            "100-continue"
        } else {
            "x"
        };
        let mut parts = h1(&[(name, value), (name, value), ("accept", "*/*")]);
        normalise(&mut parts, HOST).unwrap();
        assert!(!parts.headers.contains_key(name), "{name}");
        assert!(parts.headers.contains_key("accept"));
    }
}

#[test]
fn connection_options() {
    let mut parts = h1(&[
        ("connection", "close, X-Hop ,,keep-alive"),
        ("x-hop", "1"),
        ("x-stay", "1"),
    ]);
    normalise(&mut parts, HOST).unwrap();
    assert!(!parts.headers.contains_key("x-hop") && !parts.headers.contains_key("connection"));
    assert!(parts.headers.contains_key("x-stay"));
    for nominated in [
        "cookie",
        "Host",
        "authorization",
        "content-type",
        "sec-fetch-site",
        "a b",
        "é",
    ] {
        let mut parts = h1(&[]);
        parts.headers.insert(
            "connection",
            HeaderValue::from_bytes(nominated.as_bytes()).unwrap(),
        );
        assert_eq!(
            normalise(&mut parts, HOST),
            Err(Fault::Nomination),
            "{nominated}"
        );
    }
    let mut announced = h1(&[("trailer", "Sekisho-Identity")]);
    normalise(&mut announced, HOST).unwrap();
    // Trailers are not passed on, so they are not announced.
    assert!(!announced.headers.contains_key("trailer"));
    let mut parts = h1(&[("te", "gzip, Trailers")]);
    normalise(&mut parts, HOST).unwrap();
    assert_eq!(parts.headers.get("te").unwrap(), "trailers");
    assert_eq!(
        normalise(&mut h1(&[("expect", "200-maybe")]), HOST),
        Err(Fault::Expectation)
    );
}

#[test]
fn readers() {
    let page = "text/html,application/xhtml+xml,*/*;q=0.8";
    for (method, lines, expected) in [
        ("GET", vec![("sec-fetch-mode", "navigate")], Reader::Person),
        ("POST", vec![("sec-fetch-mode", "navigate")], Reader::Person),
        (
            "GET",
            vec![("sec-fetch-mode", "cors"), ("accept", page)],
            Reader::Program,
        ),
        (
            "GET",
            vec![("sec-fetch-mode", "websocket")],
            Reader::Program,
        ),
        ("GET", vec![("accept", page)], Reader::Person),
        ("POST", vec![("accept", page)], Reader::Program),
        ("GET", vec![("accept", "application/json")], Reader::Program),
        ("GET", vec![], Reader::Program),
    ] {
        let lines: Vec<_> = [("host", HOST)].into_iter().chain(lines).collect();
        let mut parts = head(method, "/", Version::HTTP_11, &lines);
        assert_eq!(
            normalise(&mut parts, HOST).unwrap().reader,
            expected,
            "{method} {lines:?}"
        );
    }
}

#[test]
fn websocket_handshakes() {
    let good = [
        ("upgrade", "WebSocket"),
        ("connection", "keep-alive, Upgrade"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    assert_eq!(
        normalise(&mut h1(&good), HOST).unwrap().kind,
        Kind::WebSocketUpgrade
    );
    for missing in 1..good.len() {
        let lines: Vec<_> = good
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != missing)
            .map(|(_, line)| *line)
            .collect();
        assert_eq!(
            normalise(&mut h1(&lines), HOST),
            Err(Fault::WebSocket),
            "without {:?}",
            good[missing]
        );
    }
    let mut other = h1(&[
        ("upgrade", "h2c"),
        ("connection", "upgrade, http2-settings"),
        ("http2-settings", "AAM"),
    ]);
    assert_eq!(normalise(&mut other, HOST).unwrap().kind, Kind::Exchange);
    assert!(
        !other.headers.contains_key("upgrade") && !other.headers.contains_key("http2-settings")
    );

    let mut connect = head(
        "CONNECT",
        "https://wiki.sekisho.localhost/chat",
        Version::HTTP_2,
        &[],
    );
    assert_eq!(normalise(&mut connect, HOST), Err(Fault::Method));
    connect
        .extensions
        .insert(Protocol::from_static("websocket"));
    assert_eq!(
        normalise(&mut connect, HOST).unwrap().kind,
        Kind::WebSocketConnect
    );
    connect
        .extensions
        .insert(Protocol::from_static("connect-udp"));
    assert_eq!(normalise(&mut connect, HOST), Err(Fault::Method));
}

proptest! {
    /// Whatever comes, what goes on holds nothing that could pass for ours or for another hop's.
    #[test]
    fn what_goes_on_is_clean(
        names in proptest::collection::vec("(x[-_])?(sekisho|forwarded|host|cookie|te|connection|upgrade|proxy|accept)([-_][a-z]{0,4})?", 0..8),
        values in proptest::collection::vec("[ -~]{0,20}", 8),
    ) {
        let mut parts = h1(&[]);
        for (name, value) in names.iter().zip(&values) {
            parts.headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        if normalise(&mut parts, HOST).is_ok() {
            for name in parts.headers.keys() {
                let alike = name.as_str().replace('_', "-");
                prop_assert!(!alike.starts_with("sekisho") && !alike.starts_with("x-sekisho"), "{name}");
                prop_assert!(!alike.starts_with("x-forwarded-") && alike != "forwarded", "{name}");
                prop_assert!(!["connection", "upgrade", "transfer-encoding", "proxy"].contains(&alike.as_str()), "{name}");
            }
        }
    }

    #[test]
    fn any_target_has_one_reading_or_none(target in "[ -~]{0,40}") {
        if let Ok(uri) = target.parse::<Uri>() {
            let mut parts = h1(&[]);
            parts.uri = uri;
            if normalise(&mut parts, HOST).is_ok() {
                let path = parts.uri.path();
                prop_assert!(path.starts_with('/') && !path.contains('\\') && !path.contains("/../"));
            }
        }
    }
}

#[test]
fn a_websocket_is_opened_by_pages_of_its_own_origin_alone() {
    let handshake = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let foreign = Err(Fault::ForeignOrigin);
    for (host, origins, expected) in [
        (HOST, &[][..], Ok(())),
        (HOST, &["https://wiki.sekisho.localhost"], Ok(())),
        (HOST, &["https://WIKI.sekisho.localhost"], Ok(())),
        (
            "wiki.sekisho.localhost:443",
            &["https://wiki.sekisho.localhost"],
            Ok(()),
        ),
        (
            "wiki.sekisho.localhost:8443",
            &["https://wiki.sekisho.localhost:8443"],
            Ok(()),
        ),
        (
            "wiki.sekisho.localhost:8443",
            &["https://wiki.sekisho.localhost"],
            foreign,
        ),
        (HOST, &["https://chat.sekisho.localhost"], foreign),
        (HOST, &["http://wiki.sekisho.localhost"], foreign),
        (HOST, &["null"], foreign),
        (HOST, &[""], foreign),
        (
            HOST,
            &["https://wiki.sekisho.localhost.evil.example"],
            foreign,
        ),
        (
            HOST,
            &["https://wiki.sekisho.localhost", "https://evil.example"],
            foreign,
        ),
    ] {
        let mut lines = vec![("host", host)];
        lines.extend(handshake);
        lines.extend(origins.iter().map(|origin| ("origin", *origin)));
        let mut upgrade = head("GET", "/", Version::HTTP_11, &lines);
        let arrived = normalise(&mut upgrade, HOST).map(drop);
        assert_eq!(arrived, expected, "{host} {origins:?}");

        let target = format!("https://{host}/");
        let lines: Vec<_> = origins.iter().map(|origin| ("origin", *origin)).collect();
        let mut connect = head("CONNECT", &target, Version::HTTP_2, &lines);
        connect
            .extensions
            .insert(Protocol::from_static("websocket"));
        let arrived = normalise(&mut connect, HOST).map(drop);
        assert_eq!(arrived, expected, "{host} {origins:?} over HTTP/2");
    }
    // Anything else is the application's own matter.
    let mut exchange = h1(&[("origin", "https://chat.sekisho.localhost")]);
    assert!(normalise(&mut exchange, HOST).is_ok());
}
