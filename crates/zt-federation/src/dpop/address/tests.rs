use super::*;
use proptest::prelude::*;

const TOKEN: &str = "https://id.example/oauth2/token";

#[test]
fn the_same_address_written_otherwise() {
    let is = Target::read(TOKEN).unwrap();
    for same in [
        "HTTPS://ID.EXAMPLE/oauth2/token",
        "https://id.example:443/oauth2/token",
        "https://id.example:/oauth2/token",
        "https://id.example/oauth2/token?a=b",
        "https://id.example/oauth2/token#part",
        "https://id.example/oauth2/%74oken",
        "https://id.example/a/../oauth2/./token",
        "https://id.example/a/%2e%2E/oauth2/token",
    ] {
        assert_eq!(Target::read(same).as_ref(), Some(&is), "{same}");
    }
    assert_eq!(Target::read("https://a"), Target::read("https://a/"));
    assert_eq!(Target::read("https://a/b/."), Target::read("https://a/b/"));
    assert_eq!(Target::read("https://a/b/.."), Target::read("https://a/"));
    assert_eq!(Target::read("https://a/../b"), Target::read("https://a/b"));
    assert_eq!(
        Target::read("https://[::1]:443/"),
        Target::read("https://[::1]/")
    );
    assert_ne!(
        Target::read("https://[::1]:8443/"),
        Target::read("https://[::1]/")
    );
}

#[test]
fn another_address() {
    let is = Target::read(TOKEN);
    for other in [
        "http://id.example/oauth2/token",
        "https://id.example/oauth2/token/",
        "https://id.example/oauth2//token",
        "https://id.example//oauth2/token",
        "https://id.example/OAUTH2/token",
        "https://id.example/oauth2%2Ftoken",
        "https://id.example/oauth2/token%00",
        "https://id.example/oauth2/token%",
        "https://id.example/oauth2/token%7",
        "https://id.example/oauth2/token%+7",
        "https://id.example/oauth2/token;a=b",
        "https://id.example/oauth2/userinfo",
        "https://id.example/oauth2/token/..",
        "https://id.example./oauth2/token",
        "https://id.example:8443/oauth2/token",
        "https://id.example:+443/oauth2/token",
        "https://id.example:443:443/oauth2/token",
        "https://user@id.example/oauth2/token",
        "https://id.example@evil.example/oauth2/token",
        "https://evil.example/oauth2/token#https://id.example/oauth2/token",
        "https://evil.example/?https://id.example/oauth2/token",
        "https:\\\\id.example\\oauth2\\token",
        "https://id.example\\@evil.example/oauth2/token",
        "https:id.example/oauth2/token",
        "https:///oauth2/token",
        "https://id.example/oauth2/token ",
        "/oauth2/token",
        "id.example/oauth2/token",
        "",
    ] {
        let read = Target::read(other);
        assert!(read.is_none() || read != is, "{other}");
    }
}

proptest! {
    /// What was normalised stays as it is.
    #[test]
    fn once_is_enough(path in "(/[a-zA-Z0-9.~%_-]{0,6}){0,6}") {
        if let Some(read) = Target::read(&format!("https://id.example{path}")) {
            let again = Target::read(&format!("https://id.example{}", read.path));
            prop_assert_eq!(again, Some(read));
        }
    }
}
