//! Addresses of an attacker, each dressed up as a registered one for programs that read or compare in another way than browsers.

use super::uri;
use crate::RedirectUri;

#[test]
fn what_an_attacker_asks_for_is_nobodys_address() {
    for (registered, asked) in [
        // Read up to the first `@`, or the middle of many (Keycloak's CVE-2026-7504), or, with a backslash, after it.
        ("https://a.example/cb", "https://a.example@evil.example/cb"),
        (
            "https://a.example/cb",
            "https://a.example:443@evil.example/cb",
        ),
        (
            "https://a.example/cb",
            "https://x@a.example@evil.example/cb",
        ),
        (
            "https://a.example/cb",
            "https://evil.example\\@a.example/cb",
        ),
        (
            "https://a.example/cb",
            "https://evil.example%5c@a.example/cb",
        ),
        // A letter that is two letters to one reader, and another name to the next (IDNA 2003 and 2008).
        ("https://strasse.example/cb", "https://straße.example/cb"),
        ("https://a.example/cb", "https://ａ.example/cb"),
        ("https://a.example/cb", "https://a。example/cb"),
        // What begins like a registered one (Keycloak's CVE-2023-6291), and what its dots lead out of (CVE-2024-1132).
        ("https://a.example", "https://a.example.evil.example/"),
        ("https://a.example/cb", "https://a.example/cb-of-others"),
        (
            "https://a.example/cb",
            "https://a.example/cb/../forward?to=evil.example",
        ),
        (
            "https://a.example/cb",
            "https://a.example/cb/%2e%2e/forward?to=evil.example",
        ),
        // CVE-2026-3872.
        (
            "https://a.example/cb",
            "https://a.example/cb/..;/forward?to=evil.example",
        ),
        // Compared without regard to capitals (Ory Fosite's CVE-2020-15234).
        ("https://a.example/cb", "https://a.example/CB"),
        // Compared as a pattern (authentik's CVE-2024-52289).
        ("https://a.example/cb", "https://aXexample/cb"),
        ("https://a.example/cb", "https://a-example/cb"),
        // Whatever is on this machine, or begins like it, if something there is registered (Ory Fosite's CVE-2020-15233, Keycloak's
        // CVE-2024-8883 and CVE-2026-18211).
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/elsewhere"),
        ("http://127.0.0.1/cb", "https://evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb"),
        ("http://127.0.0.1/cb", "http://localhost.evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.2:49152/cb"),
        ("https://a.example/cb", "http://127.0.0.1:49152/cb"),
    ] {
        assert!(
            !uri(registered).matches(asked),
            "`{asked}` for `{registered}`"
        );
    }
    // A wildcard stands for more than whoever wrote it meant: nobody is registered with one.
    for (pattern, asked) in [
        (
            "https://*.a.example/cb",
            "https://evil.example/x.a.example/cb",
        ),
        ("https://a.example/*", "https://a.example/../evil"),
        ("https://*/cb", "https://evil.example/cb"),
    ] {
        if let Ok(registered) = RedirectUri::parse(pattern) {
            assert!(!registered.matches(asked), "`{asked}` for `{pattern}`");
        }
    }
}
