use super::*;
use RedirectUriError::{
    Authority, Characters, Escape, Fragment, Host, Path, Port, Scheme, Wildcard,
};
use proptest::prelude::*;

mod attacks;

#[test]
fn addresses_that_can_be_registered() {
    let cases = [
        ("https://a.example", "https://a.example"),
        ("https://a.example/", "https://a.example"),
        ("https://a.example/cb", "https://a.example"),
        (
            "https://a.example:8443/cb?x=1&y=%2F",
            "https://a.example:8443",
        ),
        ("https://wiki/cb", "https://wiki"),
        (
            "https://xn--wgv71a119e.example/cb",
            "https://xn--wgv71a119e.example",
        ),
        ("https://192.0.2.7/cb", "https://192.0.2.7"),
        (
            "https://[2001:db8::7]:8443/cb",
            "https://[2001:db8::7]:8443",
        ),
        ("https://a.example/@b/c:d;e=f", "https://a.example"),
        ("https://a.example/%E6%97%A5%E6%9C%AC", "https://a.example"),
        (
            "https://a.example/.well-known/a..b/...",
            "https://a.example",
        ),
        ("http://127.0.0.1/cb", "http://127.0.0.1"),
        ("http://127.0.0.1:49152/cb", "http://127.0.0.1:49152"),
        ("http://[::1]/", "http://[::1]"),
        ("com.example.app:/cb", "com.example.app:"),
        ("com.example.app:/cb?x=1", "com.example.app:"),
    ];
    for (text, origin) in cases {
        match RedirectUri::parse(text) {
            Ok(uri) => assert_eq!((uri.as_str(), uri.origin()), (text, origin)),
            Err(error) => panic!("`{text}`: {error}"),
        }
    }
}

/// What one program takes for our client's address and another for the attacker's.
const DIFFERENTIALS: [(&str, RedirectUriError); 80] = [
    // User names, and one `@` more than somebody looks for.
    ("https://a.example@b.example/", Authority),
    ("https://a.example:443@b.example/", Authority),
    ("https://a.example@b.example@c.example/", Authority),
    ("https://@b.example/", Authority),
    ("https://a.example%40b.example/", Host),
    // Backslashes, in the open and in disguise.
    ("https://a.example\\@b.example/", Characters),
    ("https:\\\\b.example/", Characters),
    ("https:/\\b.example/", Characters),
    ("\\\\b.example/", Characters),
    ("https://a.example/\\b.example", Characters),
    ("https://a.example%5c@b.example/", Authority),
    ("https://a.example/%5cb.example", Path),
    ("https://a.example/%5C..%5Cb", Path),
    // Slashes, too many, too few and in disguise.
    ("//b.example/", Scheme),
    ("///b.example/", Scheme),
    ("/cb", Scheme),
    ("cb", Scheme),
    ("", Scheme),
    ("https:b.example/", Scheme),
    ("https:/b.example/", Scheme),
    ("https:///b.example/", Authority),
    ("https://", Authority),
    ("https://a.example%2fb.example/", Host),
    ("https://a.example/%2f%2fb.example", Path),
    ("https://a.example/%2Fb.example", Path),
    // A query or a fragment right after the host.
    ("https://b.example?a.example/", Path),
    ("https://b.example#a.example/", Fragment),
    ("https://b.example#@a.example/", Fragment),
    ("https://a.example/cb#", Fragment),
    ("https://a.example/cb#fragment", Fragment),
    // Dots that some programs take away.
    ("https://a.example/cb/../evil", Path),
    ("https://a.example/./cb", Path),
    ("https://a.example/cb/..", Path),
    ("https://a.example/cb/.", Path),
    ("https://a.example/cb/%2e%2e/evil", Path),
    ("https://a.example/cb/.%2E/evil", Path),
    ("com.example.app:/../cb", Path),
    // What is left out before reading on.
    ("https://a.example/cb\t", Characters),
    ("https://a.exa\nmple/cb", Characters),
    (
        "https://a.example/cb\r\nLocation: https://b.example",
        Characters,
    ),
    (" https://a.example/cb", Characters),
    ("https://a.example/c b", Characters),
    ("https://a.example/cb\0", Characters),
    ("java\tscript:alert(1)", Characters),
    // Escapes that are none, and control characters.
    ("https://a.example/%", Escape),
    ("https://a.example/%4", Escape),
    ("https://a.example/%zz", Escape),
    ("https://a.example/%+1", Escape),
    ("https://a.example/%00", Escape),
    ("https://a.example/cb?x=%0d%0aLocation:b", Escape),
    ("https://a.example/%7f", Escape),
    // Letters that look like others or become them.
    ("https://ａ.example/cb", Characters),
    ("https://a。example/cb", Characters),
    ("https://a.example／@b.example/", Characters),
    ("https://ａ.example", Characters),
    ("https://A.example/cb", Host),
    // Names that are not names.
    ("https://a.example./cb", Host),
    ("https://.a.example/cb", Host),
    ("https://a..example/cb", Host),
    ("https://a_b.example/cb", Host),
    ("https://-a.example/cb", Host),
    ("https://a-.example/cb", Host),
    ("https://a.example,b.example/cb", Host),
    ("https://a.example;b.example/cb", Host),
    // Numbers that browsers read as addresses.
    ("https://127.1/cb", Host),
    ("https://0x7f000001/cb", Host),
    ("https://2130706433/cb", Host),
    ("https://0177.0.0.1/cb", Host),
    ("https://[::1/cb", Host),
    ("https://[0:0::1]/cb", Host),
    ("https://[fe80::1%25eth0]/cb", Host),
    // Ports.
    ("https://a.example:/cb", Port),
    ("https://a.example:0/cb", Port),
    ("https://a.example:65536/cb", Port),
    ("https://a.example:0443/cb", Port),
    ("https://a.example:443:443/cb", Port),
    ("https://[::1]b.example/cb", Port),
    // Wildcards.
    ("https://*.a.example/cb", Wildcard),
    ("https://a.example/*", Wildcard),
    ("https://a.example/cb?x=[1]", Characters),
];

#[test]
fn what_programs_read_differently_is_not_an_address() {
    for (text, expected) in DIFFERENTIALS {
        assert_eq!(RedirectUri::parse(text), Err(expected), "`{text}`");
        let json = serde_json::Value::from(text);
        assert!(serde_json::from_value::<RedirectUri>(json).is_err());
        // Whoever is registered with the address that each is dressed up as.
        for registered in [
            "https://a.example/cb",
            "https://a.example/",
            "http://127.0.0.1/cb",
        ] {
            assert!(
                !uri(registered).matches(text),
                "`{text}` for `{registered}`"
            );
        }
    }
}

#[test]
fn schemes_that_run_or_read_something() {
    let cases = [
        "javascript:alert(1)",
        "javascript://a.example/%0aalert(1)",
        // Keycloak's CVE-2026-9086.
        "JavaScript:alert(1)",
        "JAVASCRIPT://a.example/",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://a.example/x",
        "about:blank",
        "ftp://a.example/cb",
        "HTTPS://a.example/cb",
        "Https://a.example/cb",
        "myapp:/cb",
        "Com.example.app:/cb",
        "com..app:/cb",
        ".com:/cb",
        "com.:/cb",
        "com.ex+ample:/cb",
        "http://a.example/cb",
        "http://localhost/cb",
        "http://127.0.0.2/cb",
        "http://127.0.0.1.a.example/cb",
        "http://[::ffff:127.0.0.1]/cb",
    ];
    for text in cases {
        assert_eq!(RedirectUri::parse(text), Err(Scheme), "`{text}`");
    }
    for text in [
        "com.example.app:cb",
        "com.example.app://cb",
        "com.example.app:",
    ] {
        assert_eq!(RedirectUri::parse(text), Err(Authority), "`{text}`");
    }
    let long = format!("https://a.example/{}", "a".repeat(2048));
    assert_eq!(RedirectUri::parse(&long), Err(Characters));
    let label = format!("https://{}.example/", "a".repeat(64));
    assert_eq!(RedirectUri::parse(&label), Err(Host));
}

#[test]
fn a_request_names_the_address_as_it_is_registered() {
    let cases = [
        ("https://a.example/cb", "https://a.example/cb", true),
        ("https://a.example/cb", "https://a.example/cb/", false),
        ("https://a.example/cb", "https://a.example/cb?", false),
        ("https://a.example/cb", "https://a.example/cb?x=1", false),
        ("https://a.example/cb", "https://a.example/CB", false),
        ("https://a.example/cb", "https://a.example/c%62", false),
        ("https://a.example/cb", "https://a.example:443/cb", false),
        (
            "https://a.example/cb",
            "https://a.example.b.example/cb",
            false,
        ),
        ("https://a.example/cb", "https://sub.a.example/cb", false),
        ("https://a.example/cb", "https://a.example", false),
        ("https://a.example", "https://a.example/", false),
        ("https://a.example/cb?x=1", "https://a.example/cb?x=1", true),
        (
            "https://a.example/cb?x=1",
            "https://a.example/cb?x=2",
            false,
        ),
        ("com.example.app:/cb", "com.example.app:/cb", true),
        ("com.example.app:/cb", "com.example.app:/cb2", false),
        // RFC 8252 §7.3.
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", true),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb", true),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1/cb", true),
        ("http://[::1]/cb", "http://[::1]:49152/cb", true),
        ("http://127.0.0.1/cb", "http://[::1]:49152/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb2", false),
        (
            "http://127.0.0.1/cb",
            "http://127.0.0.1:49152/cb?x=1",
            false,
        ),
        ("http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false),
        (
            "http://127.0.0.1/cb",
            "http://127.0.0.1:49152@b.example/cb",
            false,
        ),
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152", false),
        ("http://127.0.0.1/cb", "http://localhost:49152/cb", false),
        ("http://127.0.0.1/cb", "https://127.0.0.1:49152/cb", false),
        // Only where `http` says that it is this machine.
        ("https://127.0.0.1/cb", "https://127.0.0.1:49152/cb", false),
        ("https://[::1]/cb", "https://[::1]:49152/cb", false),
    ];
    for (registered, asked, expected) in cases {
        let registered = uri(registered);
        assert_eq!(
            registered.matches(asked),
            expected,
            "{registered:?} `{asked}`"
        );
    }
}

#[test]
fn parameters_come_after_those_that_are_there() {
    let pairs = [("code", "a b&c=d+e"), ("state", "日本\r\n#")];
    let added = "code=a+b%26c%3Dd%2Be&state=%E6%97%A5%E6%9C%AC%0D%0A%23";
    let cases = [
        ("https://a.example", "https://a.example?"),
        ("https://a.example/cb", "https://a.example/cb?"),
        ("https://a.example/cb?", "https://a.example/cb?"),
        ("https://a.example/cb?x=1", "https://a.example/cb?x=1&"),
        ("https://a.example/cb?x=1&", "https://a.example/cb?x=1&"),
        ("com.example.app:/cb", "com.example.app:/cb?"),
    ];
    for (address, before) in cases {
        assert_eq!(uri(address).with_query(&pairs), format!("{before}{added}"));
        assert_eq!(uri(address).with_query(&[]), address);
    }
}

fn uri(text: &str) -> RedirectUri {
    RedirectUri::parse(text).unwrap()
}

proptest! {
    /// Nothing that is put into the query gets out of it.
    #[test]
    fn parameters_stay_in_the_query(pairs in proptest::collection::vec((".*", ".*"), 1..5)) {
        let address = uri("https://a.example/cb?x=1");
        let borrowed: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        let built = address.with_query(&borrowed);
        let query = built.strip_prefix("https://a.example/cb?x=1&").unwrap();
        prop_assert!(query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#'));
        let read: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        prop_assert_eq!(read, pairs);
    }

    /// What is read is the same text, and means nothing but itself.
    #[test]
    fn an_address_matches_itself(text in "(https|http|com\\.a)://?[a-z0-9.:@%\\[\\]/\\\\?#-]{0,24}", other in ".{0,24}") {
        if let Ok(address) = RedirectUri::parse(&text) {
            prop_assert_eq!(address.as_str(), &text);
            prop_assert!(address.matches(&text));
            prop_assert!(text.starts_with(address.origin()));
            if address.matches(&other) {
                prop_assert!(RedirectUri::parse(&other).is_ok());
            }
        }
    }
}
