use super::*;
use crate::{DeviceHint, ManagedByFiles, Severity, Status};
use proptest::prelude::*;
use zt_types::{Text, TokenHash};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds)
}

fn id(byte: u8) -> DeviceId {
    DeviceId::from_random([byte; 16])
}

fn source(name: &str) -> Source {
    Source {
        id: SourceId::new(name).unwrap(),
        name: Text {
            ja: name.to_owned(),
            en: name.to_owned(),
        },
        kinds: vec![FactKind::Malware, FactKind::Compromise],
        states_hold: None,
        token: TokenHash([0; 32]),
        managed_by_files: ManagedByFiles::Yes,
    }
}

fn alert(seconds: i64) -> Signal {
    Signal {
        activity: Activity::Create,
        status: Status::New,
        severity: Severity::Critical,
        uid: "alert-1".to_owned(),
        title: "EICAR-Test-File".to_owned(),
        kind: Some(FactKind::Malware),
        device: Some(DeviceHint {
            uid: Some("agent-1".to_owned()),
            serial: None,
            hostname: None,
        }),
        person: None,
        time: at(seconds),
    }
}

fn update(seconds: i64) -> Signal {
    Signal {
        activity: Activity::Update,
        status: Status::InProgress,
        ..alert(seconds)
    }
}

fn close(seconds: i64) -> Signal {
    Signal {
        activity: Activity::Close,
        status: Status::Resolved,
        kind: None,
        ..alert(seconds)
    }
}

const DEVICES: [(u8, Option<&str>, Option<&str>, &str); 5] = [
    (1, Some("agent-1"), Some("SER-1"), "pc-sato"),
    (2, Some("agent-2"), Some("SER-2"), "pc-sato"),
    (3, None, Some("SER-3"), "pc-suzuki"),
    (4, None, Some("Default string"), "build"),
    (5, None, Some("Default string"), ""),
];

fn devices() -> impl Iterator<Item = KnownDevice<'static>> {
    DEVICES
        .into_iter()
        .map(|(byte, source_id, serial, hostname)| KnownDevice {
            id: id(byte),
            source_id,
            serial,
            hostname,
        })
}

const PEOPLE: [(u8, &str, Option<&str>); 4] = [
    (1, "sato.hanako", Some("sato@example.jp")),
    (2, "suzuki", Some("desk@example.jp")),
    (3, "tanaka", Some("desk@example.jp")),
    (4, "yamada@example.jp", None),
];

fn people() -> impl Iterator<Item = KnownPerson<'static>> {
    PEOPLE.into_iter().map(|(byte, login, email)| KnownPerson {
        id: PersonId::from_random([byte; 16]),
        login,
        email,
    })
}

/// A ledger that keeps what plans say, as the store does.
#[derive(Default)]
struct Ledger(Vec<Fact>);

impl Ledger {
    fn hear(&mut self, signal: &Signal, source: &Source, now: i64) -> SignalPlan {
        let plan = resolve(signal, source, devices(), people(), self.0.iter(), at(now));
        if let Some(change) = &plan.change {
            self.0.retain(|fact| fact.key != change.fact().key);
            self.0.push(change.fact().clone());
        }
        plan
    }
    fn open(&self) -> usize {
        self.0.iter().filter(|fact| fact.is_open()).count()
    }
}

#[test]
fn the_device_is_found_by_the_surest_name() {
    for (uid, serial, hostname, expected) in [
        (Some("agent-1"), None, None, "opened 1"),
        (
            Some("agent-1"),
            Some("SER-2"),
            Some("pc-suzuki"),
            "opened 1",
        ),
        (
            Some("agent-9"),
            Some("ser-2"),
            Some("pc-suzuki"),
            "opened 2",
        ),
        (
            Some("agent-9"),
            Some("SER-9"),
            Some("PC-Suzuki"),
            "opened 3",
        ),
        (None, None, Some("pc-suzuki"), "opened 3"),
        (None, None, Some("pc-sato"), "ambiguous-device"),
        (
            None,
            Some("Default string"),
            Some("build"),
            "ambiguous-device",
        ),
        (None, Some("SER-9"), Some("nowhere"), "unknown-device"),
        (Some("AGENT-1"), None, None, "unknown-device"),
    ] {
        let signal = Signal {
            device: Some(DeviceHint {
                uid: uid.map(str::to_owned),
                serial: serial.map(str::to_owned),
                hostname: hostname.map(str::to_owned),
            }),
            ..alert(0)
        };
        let plan = resolve(
            &signal,
            &source("edr"),
            devices(),
            people(),
            std::iter::empty(),
            at(1),
        );
        let found = (1..6).find(|byte| plan.outcome.device() == Some(id(*byte)));
        let said = found.map_or_else(
            || plan.outcome.as_str().to_owned(),
            |byte| format!("{} {byte}", plan.outcome.as_str()),
        );
        assert_eq!(said, expected, "{uid:?} {serial:?} {hostname:?}");
        assert_eq!(plan.change.is_some(), found.is_some());
        assert_eq!(plan.task.is_some(), found.is_none());
    }
}

#[test]
fn the_person_is_found_by_the_surest_name() {
    let hers = PersonId::from_random([3; 16]).to_string();
    for (uid, email, name, expected) in [
        (
            Some(hers.as_str()),
            Some("sato@example.jp"),
            None,
            "opened 3",
        ),
        (Some("SUZUKI"), None, None, "opened 2"),
        (None, Some("Sato@Example.jp"), Some("tanaka"), "opened 1"),
        (None, Some("yamada@example.jp"), None, "opened 4"),
        (
            None,
            Some("desk@example.jp"),
            Some("tanaka"),
            "ambiguous-person",
        ),
        (
            Some("S-1-5-21"),
            Some("x@example.jp"),
            Some("tanaka"),
            "opened 3",
        ),
        (None, None, Some("nobody"), "unknown-person"),
    ] {
        let signal = Signal {
            kind: Some(FactKind::Compromise),
            device: None,
            person: Some(PersonHint {
                uid: uid.map(str::to_owned),
                email: email.map(str::to_owned),
                name: name.map(str::to_owned),
            }),
            ..alert(0)
        };
        let none = std::iter::empty();
        let plan = resolve(&signal, &source("idp"), devices(), people(), none, at(1));
        let is = |byte: u8| plan.outcome.person() == Some(PersonId::from_random([byte; 16]));
        let said = (1..5).find(|byte| is(*byte)).map_or_else(
            || plan.outcome.as_str().to_owned(),
            |byte| format!("{} {byte}", plan.outcome.as_str()),
        );
        assert_eq!(said, expected, "{uid:?} {email:?} {name:?}");
        assert_eq!(plan.task.is_some(), plan.change.is_none());
    }
}

#[test]
fn where_both_are_named_the_kind_says_whom_it_is_about() {
    let mut both = source("both");
    both.kinds = FactKind::ALL.to_vec();
    let person = Some(PersonHint {
        uid: None,
        email: Some("sato@example.jp".to_owned()),
        name: None,
    });
    for kind in FactKind::ALL {
        let mut ledger = Ledger::default();
        let signal = Signal {
            kind: Some(kind),
            person: person.clone(),
            ..alert(0)
        };
        let plan = ledger.hear(&signal, &both, 1);
        assert_eq!(plan.outcome.person().is_some(), kind.is_about_people());
        assert_eq!(plan.outcome.device().is_some(), !kind.is_about_people());
        // The source does not repeat the kind when it closes: it is about whom it was about.
        let closing = Signal {
            person: person.clone(),
            ..close(5)
        };
        let closed = ledger.hear(&closing, &both, 6);
        assert_eq!(closed.outcome.as_str(), "cleared", "{kind:?}");
        assert_eq!(closed.outcome.subject(), plan.outcome.subject());
    }
}

#[test]
fn the_life_of_a_finding() {
    let edr = source("edr");
    let mut ledger = Ledger::default();
    for (signal, now, outcome, open, task) in [
        (close(0), 1, "nothing-to-clear", 0, false),
        (alert(10), 11, "opened", 1, false),
        (alert(10), 12, "repeated", 1, false),
        (update(20), 21, "updated", 1, false),
        (update(15), 22, "outdated", 1, false),
        (close(19), 23, "outdated", 1, false),
        (close(30), 31, "cleared", 0, false),
        (close(30), 32, "nothing-to-clear", 0, false),
        (alert(10), 33, "outdated", 0, true),
        (update(29), 34, "outdated", 0, true),
        (alert(30), 35, "outdated", 0, true),
        (update(40), 41, "opened", 1, false),
        (close(40), 42, "cleared", 0, false),
    ] {
        let plan = ledger.hear(&signal, &edr, now);
        assert_eq!(plan.outcome.as_str(), outcome, "at {now}: {signal:?}");
        assert_eq!(ledger.open(), open, "at {now}");
        assert_eq!(plan.task.is_some(), task, "at {now}");
    }
}

#[test]
fn a_clock_that_runs_ahead_does_not_silence_the_source() {
    let edr = source("edr");
    let mut ledger = Ledger::default();
    ledger.hear(&alert(0), &edr, 1);
    ledger.hear(&close(1_000_000), &edr, 2);
    assert_eq!(ledger.open(), 0);
    let plan = ledger.hear(&update(10), &edr, 11);
    assert_eq!(plan.outcome, SignalOutcome::Opened(Subject::Device(id(1))));
}

#[test]
fn a_kind_of_somebody_else_is_refused() {
    let edr = source("edr");
    let mut ledger = Ledger::default();
    let foreign = Signal {
        kind: Some(FactKind::CredentialLeak),
        ..alert(0)
    };
    let plan = ledger.hear(&foreign, &edr, 1);
    assert_eq!(
        plan.outcome,
        SignalOutcome::KindNotOwned(FactKind::CredentialLeak)
    );
    assert_eq!((plan.change, plan.task), (None, None));
}

#[test]
fn an_update_that_does_not_say_the_kind_keeps_it() {
    let edr = source("edr");
    let mut ledger = Ledger::default();
    ledger.hear(&alert(0), &edr, 1);
    let silent = Signal {
        kind: None,
        severity: Severity::Fatal,
        ..update(5)
    };
    let plan = ledger.hear(&silent, &edr, 6);
    let fact = plan.change.unwrap().fact().clone();
    assert_eq!(
        (fact.kind, fact.severity),
        (FactKind::Malware, Severity::Fatal)
    );
    assert_eq!((fact.observed_at, fact.last_word_at), (at(0), at(5)));
}

fn signals() -> impl Strategy<Value = Signal> {
    (0i64..50, 0usize..3, 1u8..4, 0usize..6).prop_map(|(seconds, what, finding, severity)| {
        let make = [alert, update, close][what];
        Signal {
            uid: format!("alert-{finding}"),
            severity: Severity::ALL[severity],
            ..make(seconds)
        }
    })
}

proptest! {
    #[test]
    fn nobody_clears_what_another_source_wrote(ours in proptest::collection::vec(signals(), 0..12), theirs in proptest::collection::vec(signals(), 0..12)) {
        let (edr, other) = (source("edr"), source("other"));
        let mut ledger = Ledger::default();
        for signal in &ours {
            ledger.hear(signal, &edr, 100);
        }
        let before: Vec<Fact> = ledger.0.iter().filter(|fact| fact.key.source == edr.id).cloned().collect();
        for signal in &theirs {
            ledger.hear(signal, &other, 101);
        }
        let after: Vec<Fact> = ledger.0.iter().filter(|fact| fact.key.source == edr.id).cloned().collect();
        prop_assert_eq!(before, after);
    }

    #[test]
    fn a_clearing_touches_its_own_finding_only(said in proptest::collection::vec(signals(), 0..12), last in signals()) {
        let edr = source("edr");
        let mut ledger = Ledger::default();
        for signal in &said {
            ledger.hear(signal, &edr, 100);
        }
        let others = |ledger: &Ledger| ledger.0.iter().filter(|fact| fact.key.uid != last.uid).cloned().collect::<Vec<_>>();
        let before = others(&ledger);
        ledger.hear(&last, &edr, 101);
        prop_assert_eq!(before, others(&ledger));
    }

    #[test]
    fn the_same_word_twice_changes_nothing(said in proptest::collection::vec(signals(), 1..12)) {
        let edr = source("edr");
        let mut ledger = Ledger::default();
        for signal in &said {
            ledger.hear(signal, &edr, 100);
        }
        let last = said.last().unwrap();
        // An alert that equals the clearing's instant is heard as an update once; from then on nothing changes.
        ledger.hear(last, &edr, 101);
        let before = ledger.0.clone();
        ledger.hear(last, &edr, 102);
        prop_assert_eq!(before, ledger.0);
    }

    #[test]
    fn an_older_word_clears_nothing(said in proptest::collection::vec(signals(), 1..12), old in 0i64..50) {
        let edr = source("edr");
        let mut ledger = Ledger::default();
        for signal in &said {
            ledger.hear(signal, &edr, 100);
        }
        let open: Vec<Fact> = ledger.0.iter().filter(|fact| fact.is_open() && fact.last_word_at > at(old)).cloned().collect();
        for fact in &open {
            ledger.hear(&Signal { uid: fact.key.uid.clone(), ..close(old) }, &edr, 101);
        }
        for fact in &open {
            prop_assert!(ledger.0.contains(fact));
        }
    }
}
