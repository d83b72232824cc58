use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn ids_round_trip(bytes: [u8; 16]) {
        let id = PersonId::from_random(bytes);
        prop_assert_eq!(id.to_string().parse::<PersonId>(), Ok(id));
        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(serde_json::from_str::<PersonId>(&json).unwrap(), id);
    }

    #[test]
    fn serials_round_trip_and_are_positive(bytes: [u8; 16]) {
        let serial = CertificateSerial::from_random(bytes);
        prop_assert!(serial.as_bytes()[0] < 0x80 && serial.as_bytes()[0] != 0);
        prop_assert_eq!(serial.to_string().parse::<CertificateSerial>(), Ok(serial));
    }

    #[test]
    fn time_round_trips(millis in -60_000_000_000_000i64..200_000_000_000_000) {
        let at = Timestamp::from_millis(millis);
        prop_assert_eq!(Timestamp::parse_rfc3339(&at.to_rfc3339()), Some(at));
    }

    #[test]
    fn ids_never_panic_on_garbage(text in ".*") {
        let _ = text.parse::<PersonId>();
        let _ = AppId::new(&text);
        let _ = Language::from_accept_language(&text);
        let _ = Timestamp::parse_rfc3339(&text);
    }

    #[test]
    fn capability_sets_behave_as_sets(picks in proptest::collection::vec(0usize..9, 0..20)) {
        let set: CapabilitySet = picks.iter().map(|p| Capability::ALL[*p]).collect();
        for (position, capability) in Capability::ALL.into_iter().enumerate() {
            prop_assert_eq!(set.contains(capability), picks.contains(&position));
            prop_assert!(!set.without(capability).contains(capability));
        }
        prop_assert!(set.is_subset(CapabilitySet::ALL));
    }
}

#[test]
fn slugs() {
    for good in ["wiki", "a", "0-1", "edr-1"] {
        assert!(AppId::new(good).is_ok(), "{good}");
    }
    for bad in ["", "-a", "Wiki", "a_b", "a.b", "日本", &"a".repeat(64)] {
        assert!(AppId::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn language_follows_the_weights() {
    for (header, expected) in [
        ("ja,en-US;q=0.9,en;q=0.8", Language::Ja),
        ("en-US,en;q=0.9,ja;q=0.8", Language::En),
        ("fr,ja;q=0.4,en;q=0.7", Language::En),
        ("ja;q=0,en;q=0.1", Language::En),
        ("", Language::En),
        ("fr", Language::En),
        ("ja;q=nonsense,en;q=0.2", Language::En),
    ] {
        assert_eq!(Language::from_accept_language(header), expected, "{header}");
    }
}

#[test]
fn a_clock_that_jumped_back_makes_nothing_older() {
    let later = Timestamp::from_seconds(100);
    assert_eq!(Timestamp::from_seconds(90).since(later), Seconds(0));
    assert_eq!(later.since(Timestamp::from_seconds(90)), Seconds(10));
}

#[test]
fn a_secret_does_not_print() {
    let secret = Secret::new("hunter2".to_owned());
    assert_eq!(format!("{secret:?}"), "Secret(…)");
}

#[test]
fn versions_are_read_compared_and_printed() {
    for (text, printed) in [
        ("14", "14.0"),
        ("14.0", "14.0"),
        ("10.0.22631.4317", "10.0.22631.4317"),
        ("131.0.6778", "131.0.6778"),
        ("1.0.0.2", "1.0.0.2"),
        ("0", "0"),
        ("32767.65535.65535.65535", "32767.65535.65535.65535"),
    ] {
        let version: Version = text.parse().unwrap();
        let printed = printed.strip_suffix(".0").unwrap_or(printed);
        assert_eq!(version.to_string(), printed);
        assert_eq!(Version::from_integer(version.as_integer()), Some(version));
    }
    for text in [
        "",
        ".",
        "1.",
        ".1",
        "a",
        "1.2.3.4.5",
        "65536",
        "32768",
        "+1",
        "-1",
        "1,2",
        "1 ",
        "1.99999",
    ] {
        assert!(text.parse::<Version>().is_err(), "{text}");
    }
    let ascending = ["9.9", "10.0.19045", "10.0.22631", "10.1", "11"]
        .map(|text| text.parse::<Version>().unwrap());
    assert!(ascending.is_sorted());
    assert!(ascending.map(Version::as_integer).is_sorted());
}

#[test]
fn countries_are_two_capitals() {
    assert_eq!("JP".parse::<Country>().unwrap().to_string(), "JP");
    for text in ["jp", "J", "JPN", "", "日本", "J1"] {
        assert!(text.parse::<Country>().is_err(), "{text}");
    }
}

#[test]
fn no_step_clears_what_only_others_can() {
    use ClearingStep::{MultiFactor, PasswordReset, PhishingResistant};
    for kind in FactKind::ALL {
        // What a weaker step clears, every stronger one clears as well.
        assert!(!kind.is_cleared_by(MultiFactor) || kind.is_cleared_by(PhishingResistant));
        assert!(!kind.is_cleared_by(PhishingResistant) || kind.is_cleared_by(PasswordReset));
    }
    for kind in [FactKind::Malware, FactKind::Compromise] {
        assert!(!kind.is_cleared_by(PasswordReset));
    }
    assert!(!FactKind::CredentialLeak.is_cleared_by(PhishingResistant));
}
