use super::*;
use crate::tests::{client, uris};
use std::collections::BTreeSet;

fn front(text: &str, redirect_uris: &[&str]) -> Result<FrontChannel, FrontChannelError> {
    let known: BTreeSet<RedirectUri> = uris(redirect_uris);
    let uri = RedirectUri::parse(text).unwrap();
    FrontChannel::new(uri, SessionNaming::Named, &known)
}

#[test]
fn a_frame_leads_only_where_codes_are_sent() {
    let known = [
        "https://wiki.example/cb",
        "https://wiki.example:8443/cb",
        "http://127.0.0.1:9000/cb",
        "com.example.wiki:/cb",
        "https://[2001:db8::1]/cb",
    ];
    for (text, is) in [
        ("https://wiki.example/out", Ok(())),
        ("https://wiki.example", Ok(())),
        ("https://wiki.example:443/out?a=b", Ok(())),
        ("https://wiki.example:8443/out", Ok(())),
        ("http://127.0.0.1:9000/out", Ok(())),
        // Another host, port or scheme is somebody else's.
        (
            "https://evil.example/out",
            Err(FrontChannelError::Elsewhere),
        ),
        (
            "https://wiki.example.evil.example/out",
            Err(FrontChannelError::Elsewhere),
        ),
        (
            "https://sub.wiki.example/out",
            Err(FrontChannelError::Elsewhere),
        ),
        (
            "https://wiki.example:9443/out",
            Err(FrontChannelError::Elsewhere),
        ),
        (
            "http://127.0.0.1:9001/out",
            Err(FrontChannelError::Elsewhere),
        ),
        ("http://127.0.0.1/out", Err(FrontChannelError::Elsewhere)),
        ("com.example.wiki:/out", Err(FrontChannelError::Framed)),
        ("https://[2001:db8::1]/out", Err(FrontChannelError::Framed)),
    ] {
        assert_eq!(front(text, &known).map(drop), is, "{text}");
    }
}

#[test]
fn a_frame_names_issuer_and_session_or_neither() {
    let known = ["https://wiki.example/cb"];
    let named = front("https://wiki.example/out?logout=get", &known).unwrap();
    assert_eq!(
        named.address("https://id.example:8443", "a+b"),
        "https://wiki.example/out?logout=get&iss=https%3A%2F%2Fid.example%3A8443&sid=a%2Bb"
    );
    assert_eq!(named.origin(), "https://wiki.example");
    let unnamed = FrontChannel {
        session: SessionNaming::Unnamed,
        ..named
    };
    assert_eq!(
        unnamed.address("https://id.example", "a"),
        "https://wiki.example/out?logout=get"
    );
}

#[test]
fn an_address_that_codes_are_not_sent_to_any_more_is_not_opened() {
    let mut client = client();
    client.frontchannel_logout =
        front("https://wiki.example/out", &["https://wiki.example/cb"]).ok();
    assert!(client.front_channel().is_some());
    client.redirect_uris = uris(&["https://other.example/cb"]);
    assert_eq!(client.front_channel(), None);
}

#[test]
fn clients_of_before_are_read() {
    let mut kept = serde_json::to_value(client()).unwrap();
    assert!(kept.get("frontchannel_logout").is_none());
    kept["frontchannel_logout"] =
        serde_json::json!({ "uri": "https://wiki.example/out", "session": "unnamed" });
    let read: Client = serde_json::from_value(kept).unwrap();
    let front = read.frontchannel_logout.unwrap();
    assert_eq!(front.session, SessionNaming::Unnamed);
}
