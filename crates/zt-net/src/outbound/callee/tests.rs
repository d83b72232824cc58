//! How addresses are written.

use super::Target;

fn read(text: &str) -> Option<String> {
    let uri = text.parse().ok()?;
    let target = Target::of(&uri).ok()?;
    Some(format!("{target} {}", target.address.is_some()))
}

#[test]
fn an_address_has_one_reading_or_is_not_called() {
    let cases = [
        ("https://rp.example/logout", "rp.example:443 false"),
        ("https://RP.Example:8443/logout", "rp.example:8443 false"),
        ("https://rp.example:1024/", "rp.example:1024 false"),
        ("https://192.0.2.7/", "192.0.2.7:443 true"),
        ("https://[2001:db8::7]:9443/", "2001:db8::7:9443 true"),
        ("http://127.0.0.1:8080/", "127.0.0.1:8080 true"),
        ("http://127.0.0.1/", "127.0.0.1:80 true"),
        ("http://rp.localhost:3000/", "rp.localhost:3000 false"),
    ];
    for (address, meant) in cases {
        assert_eq!(read(address).as_deref(), Some(meant), "{address}");
    }
    for address in [
        "/logout",
        "rp.example",
        "ftp://rp.example/",
        "gopher://rp.example/",
        "file:///etc/passwd",
        "https://user@rp.example/",
        "https://user:word@rp.example/",
        "https://rp.example@127.0.0.1/",
        "https://rp.example%40127.0.0.1/",
        "https://rp.example\\@127.0.0.1/",
        "https://rp.example:22/",
        "https://rp.example:25/",
        "https://rp.example:80/",
        "https://rp.example:0/",
        "http://127.0.0.1:443/",
        "http://127.0.0.1:22/",
        "https://rp.example:99999/",
        // Numbers that some programs take for addresses.
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.01/",
        "https://127.0.0.1./",
        "https://[::1%25eth0]/",
        // Names that mean something here alone.
        "https://intranet/",
        "https://rp.example./",
        "https://.rp.example/",
        "https://rp..example/",
    ] {
        assert_eq!(read(address), None, "{address}");
    }
}
