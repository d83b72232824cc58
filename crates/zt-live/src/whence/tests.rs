use super::*;

#[test]
fn what_programs_call_themselves() {
    use ClientKind::{Browser, Native};
    for (user_agent, client, version) in [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.7339.1 Safari/537.36",
            Browser,
            Some("156.0.7339.1"),
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/149.0.1",
            Browser,
            Some("149.0.1"),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
            Browser,
            Some("18.1"),
        ),
        (
            "Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.0",
            Browser,
            Some("140"),
        ),
        ("Mozilla/5.0 (compatible)", Browser, None),
        ("Mozilla/5.0 Chrome/", Browser, None),
        ("Mozilla/5.0 Chrome/1.2.3.4.5", Browser, None),
        ("Mozilla/5.0 Chrome/99999.1", Browser, None),
        ("curl/8.5.0", Native, Some("8.5")),
        ("Sekisho test", Native, None),
        ("", Native, None),
        ("x/é", Native, None),
    ] {
        let whence = Whence::new(None, user_agent);
        let expected = version.map(|text| text.parse().unwrap());
        assert_eq!(
            (whence.client, whence.version),
            (client, expected),
            "{user_agent}"
        );
    }
}

#[test]
fn only_a_known_proxy_is_believed() {
    let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()]);
    for (peer, lines, expected) in [
        ("192.0.2.1", &[][..], Some("192.0.2.1")),
        // Nobody else may say where he comes from.
        ("192.0.2.1", &["198.51.100.7"], Some("192.0.2.1")),
        // A proxy that names nobody, or proxies only, may stand for anybody.
        ("10.0.0.1", &[], None),
        ("10.0.0.1", &["198.51.100.7"], Some("198.51.100.7")),
        ("::ffff:10.0.0.1", &["198.51.100.7"], Some("198.51.100.7")),
        ("::1", &["2001:db8::1"], Some("2001:db8::1")),
        // What stands before the last address was sent along.
        (
            "10.0.0.1",
            &["203.0.113.9, 198.51.100.7"],
            Some("198.51.100.7"),
        ),
        (
            "10.0.0.1",
            &["203.0.113.9", "198.51.100.7"],
            Some("198.51.100.7"),
        ),
        (
            "10.0.0.1",
            &["198.51.100.7, 10.0.0.2"],
            Some("198.51.100.7"),
        ),
        (
            "10.0.0.1",
            &["198.51.100.7", "10.0.0.2"],
            Some("198.51.100.7"),
        ),
        ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], None),
        // What cannot be read says nothing.
        ("10.0.0.1", &["198.51.100.7, unknown"], None),
        ("10.0.0.1", &[""], None),
        ("10.0.0.1", &["198.51.100.7:443"], None),
    ] {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let origin = proxies.origin(peer.parse().unwrap(), lines.iter().copied());
        assert_eq!(
            origin,
            expected.map(|text| text.parse().unwrap()),
            "{peer} {lines:?}"
        );
    }
    let garbage: [&[u8]; 1] = [b"\xff"];
    assert_eq!(
        proxies.origin("10.0.0.1".parse().unwrap(), garbage.into_iter()),
        None
    );
    let none = Proxies::default();
    let line: [&[u8]; 1] = [b"198.51.100.7"];
    let peer: IpAddr = "10.0.0.1".parse().unwrap();
    assert_eq!(none.origin(peer, line.into_iter()), Some(peer));
}
