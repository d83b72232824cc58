use super::*;

#[test]
fn a_party_has_a_name_that_is_one_text() {
    let long = "a".repeat(1024);
    for name in [
        "https://wiki.example/saml/metadata",
        "urn:amazon:webservices",
        "spn:6f9619ff-8b86-4011-b42d-00c04fc964ff",
        "wiki",
        "https://sp.example/{tenant}?a=b&c=d#e",
        &long,
    ] {
        assert_eq!(
            EntityId::parse(name).map(|read| read.to_string()),
            Ok(name.to_owned())
        );
    }
    let longer = "a".repeat(1025);
    for name in [
        "",
        " ",
        "https://wiki.example/ saml",
        "https://wiki.example/\n",
        "https://wiki.example/<b>",
        "https://wiki.example/\"",
        "https://wíki.example/",
        "a\u{202e}b",
        "a\0",
        &longer,
    ] {
        assert_eq!(EntityId::parse(name), Err(EntityIdError), "{name}");
    }
    assert!(serde_json::from_str::<EntityId>("\"a b\"").is_err());
}
