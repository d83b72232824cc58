use super::*;
use proptest::prelude::*;

const TABLE: &str = "range,country,latitude,longitude,anonymiser
# everything that no other line speaks of
0.0.0.0/0,,,,no
::/0,,,,no

192.0.2.0/24,JP,35.68,139.69,
192.0.2.128/25,,34.69,135.50,
198.51.100.0-198.51.100.99,DE,52.52,13.40,
198.51.100.7,,,,yes
2001:db8::/32,US,,,
";

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn the_innermost_range_decides() {
    let places = Places::parse(TABLE).unwrap();
    for (address, country, coordinates, anonymiser) in [
        ("192.0.2.1", Some("JP"), Some("35.7,139.7"), Answer::No),
        ("192.0.2.200", Some("JP"), Some("34.7,135.5"), Answer::No),
        (
            "::ffff:192.0.2.200",
            Some("JP"),
            Some("34.7,135.5"),
            Answer::No,
        ),
        ("198.51.100.6", Some("DE"), Some("52.5,13.4"), Answer::No),
        ("198.51.100.7", Some("DE"), Some("52.5,13.4"), Answer::Yes),
        ("198.51.100.8", Some("DE"), Some("52.5,13.4"), Answer::No),
        ("198.51.100.99", Some("DE"), Some("52.5,13.4"), Answer::No),
        ("198.51.100.100", None, None, Answer::No),
        ("255.255.255.255", None, None, Answer::No),
        ("2001:db8::1", Some("US"), None, Answer::No),
        ("::1", None, None, Answer::No),
    ] {
        let place = places.at(ip(address));
        let said = place.coordinates.map(|point| point.to_string());
        assert_eq!(
            place.country,
            country.map(|code| code.parse().unwrap()),
            "{address}"
        );
        assert_eq!(
            (said.as_deref(), place.anonymiser),
            (coordinates, anonymiser),
            "{address}"
        );
    }
    assert!(places.unreported().is_empty());
    let none = Places::default();
    assert_eq!(none.at(ip("192.0.2.1")), Place::default());
    assert_eq!(none.unreported().len(), 2);
}

#[test]
fn what_is_wrong_is_named() {
    let line = |line: &str| format!("{HEADER}\n{line}\n");
    let cases = [
        ("empty", String::new()),
        ("no header", "192.0.2.0/24,JP,,,\n".to_owned()),
        ("another header", "range,country\n".to_owned()),
        ("too few", line("192.0.2.0/24,JP")),
        ("too many", line("192.0.2.0/24,JP,,,,")),
        ("no range", line(",JP,,,")),
        ("a name", line("example.jp,JP,,,")),
        ("in the middle", line("192.0.2.1/24,JP,,,")),
        ("too long a prefix", line("192.0.2.0/33,JP,,,")),
        ("a signed prefix", line("192.0.2.0/+24,JP,,,")),
        ("backwards", line("192.0.2.9-192.0.2.1,JP,,,")),
        ("both kinds", line("192.0.2.9-2001:db8::1,JP,,,")),
        ("no country", line("192.0.2.0/24,jp,,,")),
        ("half a point", line("192.0.2.0/24,JP,35.6,,")),
        ("beyond the pole", line("192.0.2.0/24,JP,90.1,0,")),
        ("no number", line("192.0.2.0/24,JP,NaN,0,")),
        ("no answer", line("192.0.2.0/24,JP,,,maybe")),
        (
            "twice",
            line("192.0.2.0/24,JP,,,\n192.0.2.0-192.0.2.255,DE,,,"),
        ),
        (
            "overlapping",
            line("192.0.2.0-192.0.2.9,JP,,,\n192.0.2.5-192.0.2.20,JP,,,"),
        ),
    ];
    let errors: Vec<String> = cases
        .into_iter()
        .map(|(name, text)| format!("{name}: {}", Places::parse(&text).unwrap_err()))
        .collect();
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn distances() {
    let point = |latitude, longitude| Coordinates::new(latitude, longitude).unwrap();
    let (tokyo, osaka, berlin) = (
        point(35.68, 139.69),
        point(34.69, 135.5),
        point(52.52, 13.4),
    );
    for (from, to, kilometres) in [
        (tokyo, tokyo, 0.0),
        (tokyo, osaka, 396.0),
        (tokyo, berlin, 8918.0),
        (point(0.0, 179.5), point(0.0, -179.5), 111.0),
        (point(90.0, 0.0), point(-90.0, 0.0), 20_015.0),
    ] {
        let off = from.kilometres_to(to) - kilometres;
        assert!(off.abs() < 2.0, "{from} to {to}: {off}");
    }
}

proptest! {
    /// Any ranges within each other are found as a look at every line finds them.
    #[test]
    fn nested_ranges_are_found(prefixes in proptest::collection::btree_set((0u8..=8, any::<u8>()), 0..12), asked: u8) {
        let mut text = format!("{HEADER}\n");
        let mut expected: Option<(u8, usize)> = None;
        let ranges: std::collections::BTreeSet<(u8, u8)> = prefixes
            .into_iter()
            .map(|(length, value)| (length, value & (u16::MAX << (8 - length)) as u8))
            .collect();
        for (number, (length, first)) in ranges.iter().enumerate() {
            text.push_str(&format!("192.0.2.{first}/{},,{number},0,\n", 24 + length));
            if u16::from(asked ^ first) >> (8 - length) == 0 && expected.is_none_or(|(other, _)| other < *length) {
                expected = Some((*length, number));
            }
        }
        let place = Places::parse(&text).unwrap().at(ip(&format!("192.0.2.{asked}")));
        let said = place.coordinates.map(|point| point.latitude as usize);
        prop_assert_eq!(said, expected.map(|(_, number)| number));
    }

    #[test]
    fn no_text_brings_the_reader_down(text in "[0-9a-f:./,\\-JPyesno\n]{0,80}") {
        let _ = Places::parse(&format!("{HEADER}\n{text}"));
    }
}
