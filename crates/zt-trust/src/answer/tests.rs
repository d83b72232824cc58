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
    let ended = answered(ClearingStep::PasswordReset, her, &facts, NOW);
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
    let ended = answered(ClearingStep::PasswordReset, her, [&ahead], NOW);
    assert_eq!(
        ended.first().map(|fact| fact.last_word_at),
        Some(ahead.last_word_at)
    );
}
