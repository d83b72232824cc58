use super::answered;
use crate::{Fact, FactKey, FactKind, Severity};
use zt_types::{ClearingStep, DeviceId, PersonId, SessionId, SourceId, Subject, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

fn fact(kind: FactKind, subject: Subject) -> Fact {
    let seen = Timestamp::from_seconds(1_789_000_000);
    Fact {
        key: FactKey {
            source: SourceId::new("leaks").unwrap(),
            uid: format!("{kind:?} {subject:?}"),
            subject,
        },
        kind,
        severity: Severity::High,
        title: "seen in a dump".to_owned(),
        observed_at: seen,
        last_word_at: seen,
        recorded_at: seen,
        cleared_at: None,
    }
}

#[test]
fn a_reset_ends_what_is_held_against_her_alone() {
    let (her, other) = (
        PersonId::from_random([1; 16]),
        PersonId::from_random([2; 16]),
    );
    let subjects = [
        Subject::Person(her),
        Subject::Person(other),
        Subject::Device(DeviceId::from_random([1; 16])),
        Subject::Session(SessionId::from_random([1; 16])),
    ];
    let mut facts: Vec<Fact> = FactKind::ALL
        .into_iter()
        .flat_map(|kind| subjects.map(|subject| fact(kind, subject)))
        .collect();
    let over = Fact {
        cleared_at: Some(Timestamp::from_seconds(1_789_500_000)),
        ..fact(FactKind::CredentialLeak, Subject::Person(her))
    };
    facts.push(over);
    let ended = answered(ClearingStep::PasswordReset, her, &facts, NOW, NOW);
    let expected: Vec<Fact> = FactKind::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, FactKind::Malware | FactKind::Compromise))
        .map(|kind| Fact {
            last_word_at: NOW,
            cleared_at: Some(NOW),
            ..fact(kind, Subject::Person(her))
        })
        .collect();
    assert_eq!(ended, expected);
}

#[test]
fn a_clock_that_went_back_makes_no_word_older() {
    let her = PersonId::from_random([1; 16]);
    let ahead = Fact {
        last_word_at: Timestamp::from_seconds(1_795_000_000),
        ..fact(FactKind::CredentialLeak, Subject::Person(her))
    };
    let ended = answered(ClearingStep::PasswordReset, her, [&ahead], NOW, NOW);
    assert_eq!(
        ended.first().map(|fact| fact.last_word_at),
        Some(ahead.last_word_at)
    );
}

#[test]
fn what_came_up_while_she_proved_herself_stays() {
    let her = PersonId::from_random([1; 16]);
    let begun = Timestamp::from_seconds(1_789_999_000);
    let recorded = |seconds: u64| Fact {
        recorded_at: begun + zt_types::Seconds(seconds),
        ..fact(FactKind::ImpossibleTravel, Subject::Person(her))
    };
    for step in [ClearingStep::PhishingResistant, ClearingStep::PasswordReset] {
        let facts = [recorded(0), recorded(1)];
        let ended = answered(step, her, &facts, begun, NOW);
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0].recorded_at, begun);
    }
}
