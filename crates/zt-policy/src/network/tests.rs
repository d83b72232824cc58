use super::*;
use proptest::prelude::*;

#[test]
fn ranges_hold_what_begins_alike() {
    for (range, inside, outside) in [
        ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
        ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
        ("192.0.2.0/24", "::ffff:192.0.2.1", "2001:db8::1"),
        ("0.0.0.0/0", "255.255.255.255", "::1"),
        ("::/0", "2001:db8::1", "10.0.0.1"),
        ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"),
        ("10.0.0.0/31", "10.0.0.1", "10.0.0.2"),
    ] {
        let range: AddressRange = range.parse().unwrap();
        assert!(range.contains(inside.parse().unwrap()), "{range} {inside}");
        assert!(
            !range.contains(outside.parse().unwrap()),
            "{range} {outside}"
        );
    }
}

#[test]
fn what_is_no_range_is_said() {
    for text in [
        "",
        "office",
        "192.0.2",
        "192.0.2.0/33",
        "192.0.2.0/",
        "192.0.2.0/+8",
        "192.0.2.0/08",
        "192.0.2.0/255.255.255.0",
        "::1/129",
        "::ffff:192.0.2.0/120",
        " 192.0.2.0/24",
    ] {
        let error = text.parse::<AddressRange>().unwrap_err();
        assert_eq!(error, RangeError::Unreadable(text.to_owned()));
    }
    assert_eq!(
        "192.0.2.7/24"
            .parse::<AddressRange>()
            .unwrap_err()
            .to_string(),
        "`192.0.2.7/24` begins in the middle of a range: write `192.0.2.0/24`"
    );
}

#[test]
fn an_address_is_in_several_networks() {
    let network = |id: &str, ranges: &[&str]| Network {
        id: NetworkId::new(id).unwrap(),
        name: Text {
            ja: id.to_owned(),
            en: id.to_owned(),
        },
        ranges: ranges.iter().map(|range| range.parse().unwrap()).collect(),
        managed_by: crate::ManagedBy::Files,
    };
    let networks = [
        network("office", &["192.0.2.0/24", "2001:db8:1::/48"]),
        network("factory", &["198.51.100.0/24"]),
        network("company", &["192.0.2.0/23", "198.51.100.0/24"]),
    ];
    for (address, names) in [
        ("192.0.2.9", &["office", "company"][..]),
        ("198.51.100.1", &["factory", "company"]),
        ("2001:db8:1::5", &["office"]),
        ("203.0.113.1", &[]),
    ] {
        let found = Network::of_address(&networks, address.parse().unwrap());
        let found: Vec<&str> = found.iter().map(NetworkId::as_str).collect();
        assert_eq!(found, names, "{address}");
    }
    let json = serde_json::to_string(&networks[0]).unwrap();
    assert_eq!(serde_json::from_str::<Network>(&json).unwrap(), networks[0]);
}

proptest! {
    #[test]
    fn ranges_are_read_as_they_are_written(address: IpAddr, bits in 0u8..=128) {
        let address = address.to_canonical();
        let bits = bits.min(width(address));
        let range = AddressRange { first: first_of(address, bits), bits };
        let is_mapped = range.first.to_canonical() != range.first;
        prop_assert_eq!(range.to_string().parse::<AddressRange>().ok(), (!is_mapped).then_some(range));
        prop_assert!(is_mapped || range.contains(address));
    }
}
