use super::*;
use zt_types::Seconds;

/// Friday, 09:00 UTC.
fn friday() -> Timestamp {
    Timestamp::from_seconds(1_800_003_600 - 1_800_003_600 % DAY + 9 * 3600)
}

fn seen(at: Timestamp, country: &str, point: Option<(f64, f64)>) -> SignInSeen {
    SignInSeen {
        at,
        country: country.parse().ok(),
        reach: Reach::Outside,
        coordinates: point.and_then(|(north, east)| Coordinates::new(north, east)),
    }
}

const TOKYO: Option<(f64, f64)> = Some((35.68, 139.69));
const OSAKA: Option<(f64, f64)> = Some((34.69, 135.5));
const BERLIN: Option<(f64, f64)> = Some((52.52, 13.4));

/// Two sign-ins a day, at nine and at thirteen, on the `days` days before.
fn working(days: u64) -> Habits {
    (1..=days)
        .rev()
        .flat_map(|day| {
            let nine = friday() - Seconds::days(day);
            [nine, nine + Seconds::hours(4)]
        })
        .map(|at| seen(at, "JP", TOKYO))
        .fold(Habits::default(), |habits, seen| habits.after(&seen))
}

#[test]
fn what_is_unlike_her() {
    let morning = working(7).after(&seen(friday(), "JP", TOKYO));
    let new = Habits::default();
    let few = working(4).after(&seen(friday(), "JP", TOKYO));
    let later = |minutes: u64| friday() + Seconds(minutes * 60);
    let midnight = friday() + Seconds::hours(15);
    let strong = Some(ClearingStep::PhishingResistant);
    for (what, habits, sign_in, proof, expected) in [
        (
            "ten minutes later at home",
            &morning,
            seen(later(10), "JP", TOKYO),
            None,
            "",
        ),
        (
            "ten minutes later far away",
            &morning,
            seen(later(10), "DE", BERLIN),
            None,
            "impossible-travel unfamiliar-place",
        ),
        (
            "with a passkey",
            &morning,
            seen(later(10), "DE", BERLIN),
            strong,
            "",
        ),
        (
            "with a code",
            &morning,
            seen(later(10), "DE", BERLIN),
            Some(ClearingStep::MultiFactor),
            "impossible-travel unfamiliar-place",
        ),
        (
            "after a flight",
            &morning,
            seen(later(14 * 60), "DE", BERLIN),
            None,
            "unfamiliar-place unusual-time",
        ),
        (
            "within what tables may be wrong by",
            &morning,
            seen(later(1), "JP", OSAKA),
            None,
            "",
        ),
        (
            "from nowhere that is known",
            &morning,
            seen(later(10), "", None),
            None,
            "unfamiliar-place",
        ),
        (
            "at midnight",
            &morning,
            seen(midnight, "JP", TOKYO),
            None,
            "unusual-time",
        ),
        (
            "at midnight with a passkey",
            &morning,
            seen(midnight, "JP", TOKYO),
            strong,
            "",
        ),
        (
            "two hours early",
            &morning,
            seen(friday() + Seconds::hours(22), "JP", TOKYO),
            None,
            "",
        ),
        (
            "for the first time",
            &new,
            seen(midnight, "DE", BERLIN),
            None,
            "",
        ),
        (
            "at midnight, hardly known",
            &few,
            seen(midnight, "JP", TOKYO),
            None,
            "",
        ),
    ] {
        let kinds: Vec<&str> = habits
            .doubts(&sign_in, proof)
            .iter()
            .map(|doubt| doubt.kind.as_str())
            .collect();
        assert_eq!(kinds.join(" "), expected, "{what}");
    }
}

#[test]
fn the_evidence_is_in_figures() {
    let habits = working(7).after(&seen(friday(), "JP", TOKYO));
    let far = habits.doubts(&seen(friday() + Seconds(600), "DE", BERLIN), None);
    let evidence: Vec<&str> = far.iter().map(|doubt| doubt.evidence.as_str()).collect();
    let expected = [
        "JP (35.7,139.7) → DE (52.5,13.4): 8917 km, 10 min",
        "DE; JP: 15",
    ];
    assert_eq!(evidence, expected);
    let late = habits.doubts(&seen(friday() + Seconds::hours(15), "JP", TOKYO), None);
    assert_eq!(late[0].evidence, "00h UTC; 09 13: 15");
    assert_eq!(late[0].severity, Severity::Low);
    let fact = far[0]
        .fact(
            PersonId::from_random([1; 16]),
            SessionId::from_random([2; 16]),
            friday(),
        )
        .unwrap();
    let session = SessionId::from_random([2; 16]);
    assert_eq!(doubted_session(&fact), Some(session));
    let mut of_a_source = fact.clone();
    of_a_source.key.source = SourceId::new("edr").unwrap();
    assert_eq!(doubted_session(&of_a_source), None);
    assert_eq!(
        (fact.key.source.as_str(), fact.is_open()),
        (OWN_SOURCE, true)
    );
}

#[test]
fn a_habit_that_was_new_is_none_the_next_time() {
    let habits = working(7).after(&seen(friday(), "DE", BERLIN));
    let again = seen(friday() + Seconds::hours(1), "DE", BERLIN);
    assert!(habits.doubts(&again, None).is_empty());
}

#[test]
fn a_country_that_no_table_knows_is_not_familiar() {
    let nowhere = |reach| SignInSeen {
        reach,
        ..seen(friday(), "", None)
    };
    let kinds = |habits: &Habits, seen: &SignInSeen| -> Vec<FactKind> {
        let doubts = habits.doubts(seen, None);
        doubts.iter().map(|doubt| doubt.kind).collect()
    };
    let habits = working(10);
    let outside = nowhere(Reach::Outside);
    assert_eq!(kinds(&habits, &outside), [FactKind::UnfamiliarPlace]);
    assert_eq!(habits.doubts(&outside, None)[0].evidence, "?; JP: 20");
    assert_eq!(kinds(&habits, &nowhere(Reach::Inside)), []);
    // She came like that before; and of whoever always does nothing is known.
    assert_eq!(kinds(&habits.clone().after(&outside), &outside), []);
    let never = (0..10).fold(Habits::default(), |habits, _| habits.after(&outside));
    assert_eq!(kinds(&never, &outside), []);
}

#[test]
fn which_addresses_are_inside() {
    for (address, reach) in [
        ("127.0.0.1", Reach::Inside),
        ("10.1.2.3", Reach::Inside),
        ("172.31.0.1", Reach::Inside),
        ("172.32.0.1", Reach::Outside),
        ("100.64.0.1", Reach::Inside),
        ("100.128.0.1", Reach::Outside),
        ("169.254.1.1", Reach::Inside),
        ("::ffff:192.168.0.1", Reach::Inside),
        ("fd00::1", Reach::Inside),
        ("fe80::1", Reach::Inside),
        ("2001:db8::1", Reach::Outside),
        ("203.0.113.9", Reach::Outside),
    ] {
        assert_eq!(Reach::of(address.parse().unwrap()), reach, "{address}");
    }
}
