use super::*;
use http::HeaderValue;

#[test]
fn only_our_own_pages_send_forms() {
    let own = "https://id.example.jp:8443";
    for (site, origin, expected) in [
        (Some("same-origin"), Some(own), true),
        (Some("same-origin"), None, true),
        (Some("same-site"), Some(own), false),
        (Some("cross-site"), Some(own), false),
        (Some("none"), None, false),
        (Some(""), None, false),
        (None, Some(own), true),
        (None, Some("https://wiki.example.jp:8443"), false),
        (None, Some("https://id.example.jp"), false),
        (None, Some("null"), false),
        (None, None, true),
    ] {
        let mut headers = HeaderMap::new();
        if let Some(site) = site {
            headers.insert("sec-fetch-site", HeaderValue::from_static(site));
        }
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        assert_eq!(is_own(&headers, own), expected, "{site:?} {origin:?}");
    }
}
