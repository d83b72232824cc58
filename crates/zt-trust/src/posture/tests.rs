use super::*;
use crate::{DeviceHint, ManagedByFiles};
use proptest::prelude::*;
use std::collections::BTreeMap;
use zt_types::{Seconds, Text, TokenHash};

const HOUR: i64 = 3600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds)
}

fn pc() -> DeviceId {
    DeviceId::from_random([1; 16])
}

fn source(name: &str) -> Source {
    Source {
        id: SourceId::new(name).unwrap(),
        name: Text {
            ja: name.to_owned(),
            en: name.to_owned(),
        },
        kinds: Vec::new(),
        states_hold: Some(Seconds(3600)),
        token: TokenHash([0; 32]),
        managed_by_files: ManagedByFiles::Yes,
    }
}

fn nothing() -> DeviceState {
    DeviceState {
        os: Os::Unknown,
        os_version: None,
        antivirus_version: None,
        ownership: Ownership::Unknown,
        virtual_desktop: Answer::Unknown,
        items: BTreeMap::new(),
    }
}

fn with(items: &[(PostureItem, Answer)]) -> DeviceState {
    DeviceState {
        items: items.iter().copied().collect(),
        ..nothing()
    }
}

fn report(seconds: i64, said: DeviceState) -> StateReport {
    StateReport {
        device: DeviceHint {
            uid: None,
            serial: None,
            hostname: Some("pc".to_owned()),
        },
        time: at(seconds),
        said,
    }
}

/// What is kept, as the store does.
#[derive(Default)]
struct Kept(BTreeMap<SourceId, PostureRecord>);

impl Kept {
    fn hear(&mut self, source: &Source, report: &StateReport, now: i64) -> SignalOutcome {
        let devices = [KnownDevice {
            id: pc(),
            source_id: None,
            serial: None,
            hostname: "PC",
        }];
        let kept = |_| self.0.get(&source.id);
        let plan = resolve_report(report, source, devices.into_iter(), kept, at(now));
        if let Some(record) = plan.record {
            self.0.insert(source.id.clone(), record);
        }
        plan.outcome
    }

    fn believed(&self, now: i64) -> BelievedState {
        believed(self.0.values(), Ownership::Unknown, "", at(now))
    }

    fn firewall(&self, now: i64) -> Answer {
        self.believed(now).posture.item(PostureItem::Firewall)
    }
}

const ON: [(PostureItem, Answer); 1] = [(PostureItem::Firewall, Answer::Yes)];
const OFF: [(PostureItem, Answer); 1] = [(PostureItem::Firewall, Answer::No)];

#[test]
fn what_is_in_order_ends_and_what_is_amiss_stays() {
    for (said, within, after) in [
        (with(&ON), Answer::Yes, Answer::Unknown),
        (with(&OFF), Answer::No, Answer::No),
        (nothing(), Answer::Unknown, Answer::Unknown),
    ] {
        let mut kept = Kept::default();
        kept.hear(&source("mdm"), &report(0, said), 0);
        assert_eq!(kept.believed(0).valid_until, at(HOUR));
        assert_eq!(kept.firewall(HOUR - 1), within);
        assert_eq!(kept.firewall(HOUR), after);
        assert_eq!(kept.believed(HOUR).valid_until, Timestamp::FAR_FUTURE);
    }
}

#[test]
fn the_order_is_by_the_sources_time() {
    let mdm = source("mdm");
    let mut kept = Kept::default();
    for (said_at, said, now, outcome, firewall) in [
        (10, with(&ON), 11, "opened", Answer::Yes),
        (10, with(&ON), 12, "repeated", Answer::Yes),
        (20, with(&ON), 21, "updated", Answer::Yes),
        (15, with(&OFF), 22, "outdated", Answer::Yes),
        (30, with(&OFF), 31, "updated", Answer::No),
        // It passes over what was amiss: that is no word that it is in order.
        (40, nothing(), 41, "updated", Answer::No),
        (50, with(&ON), 51, "updated", Answer::Yes),
        (60, nothing(), 61, "updated", Answer::Unknown),
        // A clock that runs ahead does not silence it.
        (9_999, with(&ON), 70, "updated", Answer::Yes),
        (80, with(&OFF), 81, "updated", Answer::No),
    ] {
        let heard = kept.hear(&mdm, &report(said_at, said), now);
        assert_eq!(heard.as_str(), outcome, "at {now}");
        assert_eq!(kept.firewall(now), firewall, "at {now}");
    }
}

#[test]
fn who_is_not_registered_for_it_says_nothing() {
    let mut edr = source("edr");
    edr.states_hold = None;
    let mut kept = Kept::default();
    let outcome = kept.hear(&edr, &report(0, with(&ON)), 1);
    assert_eq!(outcome, SignalOutcome::StatesNotOwned);
    assert_eq!(kept.firewall(1), Answer::Unknown);
}

#[test]
fn of_two_sources_the_worse_counts() {
    let (mdm, edr) = (source("mdm"), source("edr"));
    let version = |text: &str| DeviceState {
        os_version: text.parse().ok(),
        ..with(&ON)
    };
    let mut kept = Kept::default();
    kept.hear(&mdm, &report(0, version("10.0.5")), 0);
    kept.hear(&edr, &report(600, version("10.0.4")), 600);
    let believed = kept.believed(600);
    assert_eq!(believed.posture.os_version, "10.0.4".parse().ok());
    assert_eq!(believed.valid_until, at(HOUR));
    assert_eq!(kept.believed(HOUR).valid_until, at(HOUR + 600));
    kept.hear(&edr, &report(700, with(&OFF)), 700);
    assert_eq!(kept.firewall(700), Answer::No);
}

#[test]
fn whose_a_device_is() {
    let says = |ownership| DeviceState {
        ownership,
        ..nothing()
    };
    use Ownership::{Company, Personal, Unknown};
    for (enrolled_as, said, within, after) in [
        (Company, Unknown, Company, Company),
        (Company, Personal, Personal, Personal),
        (Personal, Company, Company, Personal),
        (Personal, Unknown, Personal, Personal),
        (Unknown, Company, Company, Unknown),
    ] {
        let mut kept = Kept::default();
        kept.hear(&source("mdm"), &report(0, says(said)), 0);
        let is = |now| believed(kept.0.values(), enrolled_as, "", at(now)).ownership;
        assert_eq!(
            (is(1), is(HOUR)),
            (within, after),
            "{enrolled_as:?} {said:?}"
        );
    }
}

#[test]
fn an_operating_system_does_not_change_by_silence() {
    let windows = DeviceState {
        os: Os::Windows,
        os_version: "10.0".parse().ok(),
        ..nothing()
    };
    let mut kept = Kept::default();
    kept.hear(&source("mdm"), &report(0, windows), 0);
    let posture = kept.believed(HOUR).posture;
    assert_eq!((posture.os, posture.os_version), (Os::Windows, None));
    for (name, os) in [
        ("Debian GNU/Linux 12 (bookworm)", Os::Linux),
        ("Windows 11 Pro", Os::Windows),
        ("macOS 15", Os::Macos),
        ("iPadOS 18", Os::Ios),
        ("Haiku", Os::Unknown),
    ] {
        let believed = believed(std::iter::empty(), Ownership::Unknown, name, at(0));
        assert_eq!(believed.posture.os, os, "{name}");
    }
}

fn states() -> impl Strategy<Value = DeviceState> {
    let answer = prop_oneof![Just(None), Just(Some(Answer::Yes)), Just(Some(Answer::No))];
    let ownership = prop_oneof![
        Just(Ownership::Unknown),
        Just(Ownership::Personal),
        Just(Ownership::Company)
    ];
    let answers = proptest::collection::vec(answer, PostureItem::ALL.len());
    (answers, ownership, 0u64..4).prop_map(|(answers, ownership, version)| DeviceState {
        ownership,
        antivirus_version: format!("{version}.0").parse().ok().filter(|_| version > 0),
        items: PostureItem::ALL
            .iter()
            .zip(answers)
            .filter_map(|(item, answer)| Some((*item, answer?)))
            .collect(),
        ..nothing()
    })
}

proptest! {
    /// Neither age nor a word that says nothing makes anything better.
    #[test]
    fn silence_never_raises_trust(
        said in proptest::collection::vec((0i64..200, states(), any::<bool>()), 0..8),
        sooner in 200i64..9_000,
        later in 0i64..9_000,
        is_said in any::<bool>(),
    ) {
        let (mdm, edr) = (source("mdm"), source("edr"));
        let mut kept = Kept::default();
        for (seconds, state, is_mdm) in said {
            kept.hear(if is_mdm { &mdm } else { &edr }, &report(seconds, state), seconds);
        }
        let before = kept.believed(sooner);
        if is_said {
            kept.hear(&mdm, &report(sooner, nothing()), sooner);
        }
        let after = kept.believed(sooner + later);
        for item in PostureItem::ALL {
            prop_assert!(after.posture.item(*item) <= before.posture.item(*item));
        }
        // A newer word that passes a version over leaves it to the others.
        let antivirus = |state: &BelievedState| state.posture.antivirus_version;
        prop_assert!(is_said || antivirus(&after) <= antivirus(&before));
        let company = |state: &BelievedState| state.ownership == Ownership::Company;
        prop_assert!(company(&before) || !company(&after));
    }
}
