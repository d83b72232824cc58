use super::*;
use proptest::prelude::*;
use zt_types::{FactorKind, PersonId, TokenHash};

const START: Timestamp = Timestamp::from_seconds(1_775_000_000);

fn scopes() -> [GuessScope; 3] {
    [
        GuessScope::Person {
            person: PersonId::from_random([1; 16]),
            factor: FactorKind::Password,
        },
        GuessScope::UnknownLogin {
            login: TokenHash([2; 32]),
        },
        GuessScope::Address {
            address: "192.0.2.7".to_owned(),
        },
    ]
}

/// Guesses as fast as is let, and returns how many pass within `span`.
fn passing(scope: &GuessScope, span: Seconds, most: u32) -> u32 {
    let (mut kept, mut now, mut passed) = (None, START, 0);
    while now < START + span && passed < most {
        let counter = GuessCounter::count(kept.as_ref(), scope, now);
        match counter.latest {
            Verdict::Proceed => passed += 1,
            Verdict::Wait { until } => now = until,
        }
        kept = Some(counter);
    }
    passed
}

#[test]
fn two_hundred_guesses_at_once_are_the_configured_few() {
    for (scope, few) in scopes().iter().zip([5, 5, 50]) {
        let mut kept = None;
        let passed = (0..200)
            .filter(|_| {
                let counter = GuessCounter::count(kept.as_ref(), scope, START);
                let passed = counter.latest == Verdict::Proceed;
                kept = Some(counter);
                passed
            })
            .count();
        assert_eq!(passed, few, "{scope:?}");
    }
}

#[test]
fn waits_grow_and_end() {
    let person = Lockout::PERSON;
    for (failures, wait) in [
        (0, Some(0)),
        (4, Some(0)),
        (5, Some(30)),
        (6, Some(60)),
        (7, Some(120)),
        (11, Some(1920)),
        (12, Some(3600)),
        (99, Some(3600)),
        (100, None),
        (u32::MAX, None),
    ] {
        let expected = wait.map_or(Timestamp::FAR_FUTURE, |wait| START + Seconds(wait));
        assert_eq!(person.opens_at(failures, START), expected, "{failures}");
    }
    assert_eq!(
        Lockout::ADDRESS.opens_at(u32::MAX, START),
        START + Seconds::minutes(5)
    );
}

#[test]
fn nobody_guesses_more_than_a_hundred_times_in_a_row() {
    for scope in &scopes()[..2] {
        assert_eq!(passing(scope, Seconds::days(3650), 1000), 100);
    }
    // An address waits, but never for good.
    assert_eq!(passing(&scopes()[2], Seconds::days(3650), 1000), 1000);
}

#[test]
fn guessing_on_while_waiting_lengthens_nothing() {
    let [scope, ..] = scopes();
    let mut kept = None;
    for _ in 0..5 {
        kept = Some(GuessCounter::count(kept.as_ref(), &scope, START));
    }
    for second in 0..30 {
        let now = START + Seconds(second);
        kept = Some(GuessCounter::count(kept.as_ref(), &scope, now));
        let until = START + Seconds(30);
        assert_eq!(kept.as_ref().unwrap().latest, Verdict::Wait { until });
    }
    let counter = GuessCounter::count(kept.as_ref(), &scope, START + Seconds(30));
    assert_eq!((counter.latest, counter.failures), (Verdict::Proceed, 6));
}

#[test]
fn an_office_that_types_rightly_never_waits() {
    let [.., address] = scopes();
    let mut kept: Option<GuessCounter> = None;
    for _ in 0..1000 {
        let counter = GuessCounter::count(kept.as_ref(), &address, START);
        assert_eq!(counter.latest, Verdict::Proceed);
        kept = Some(counter.forgiven());
    }
}

#[test]
fn the_strictest_verdict_counts() {
    let at = |verdict| GuessCounter {
        scope: scopes()[0].clone(),
        failures: 1,
        last_at: START,
        latest: verdict,
    };
    let soon = Verdict::Wait { until: START };
    let late = Verdict::Wait {
        until: Timestamp::FAR_FUTURE,
    };
    let counters = [at(Verdict::Proceed), at(late), at(soon)];
    assert_eq!(Verdict::strictest(&counters), late);
    assert_eq!(Verdict::strictest(&counters[..1]), Verdict::Proceed);
    assert_eq!(Verdict::strictest([]), Verdict::Proceed);
}

proptest! {
    /// However the clock jumps, a wait is never longer than the longest one, and the count never falls.
    #[test]
    fn clock_jumps(jumps in proptest::collection::vec(-100_000i64..100_000, 1..99)) {
        let [scope, ..] = scopes();
        let (mut kept, mut now) = (None::<GuessCounter>, START);
        for jump in jumps {
            now = Timestamp::from_millis(now.as_millis() + jump * 1000);
            let counter = GuessCounter::count(kept.as_ref(), &scope, now);
            if let Verdict::Wait { until } = counter.latest {
                prop_assert!(until <= now + Lockout::PERSON.longest_wait);
            }
            prop_assert!(kept.is_none_or(|kept| kept.failures <= counter.failures));
            kept = Some(counter);
        }
    }
}
