use super::*;
use crate::{Fact, FactKey, FactKind, Severity};
use proptest::prelude::*;
use zt_types::{DeviceId, NoDevice, SourceId, Subject};

fn device() -> DeviceId {
    DeviceId::from_random([7; 16])
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

fn fact(uid: &str, severity: Severity) -> Fact {
    Fact {
        key: FactKey {
            source: SourceId::new("edr").unwrap(),
            uid: uid.to_owned(),
            subject: Subject::Device(device()),
        },
        kind: FactKind::Malware,
        severity,
        title: format!("finding {uid}"),
        observed_at: Timestamp::from_seconds(1_700_000_000),
        last_word_at: Timestamp::from_seconds(1_700_000_000),
        recorded_at: Timestamp::from_seconds(1_700_000_001),
        cleared_at: None,
    }
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    proptest::collection::vec(
        (0u8..20, 0usize..6, any::<bool>(), 0i64..100_000).prop_map(
            |(uid, severity, cleared, age)| Fact {
                cleared_at: cleared.then(now),
                observed_at: now() - zt_types::Seconds(age.unsigned_abs()),
                ..fact(&uid.to_string(), Severity::ALL[severity])
            },
        ),
        0..8,
    )
}

#[test]
fn levels_and_reasons() {
    let proven = DeviceEvidence::Proven(device());
    for (severity, level) in [
        (Severity::Informational, Level::High),
        (Severity::Low, Level::High),
        (Severity::Medium, Level::Medium),
        (Severity::High, Level::Low),
        (Severity::Critical, Level::Low),
        (Severity::Fatal, Level::Low),
    ] {
        let open = [fact("1", severity)];
        let trust = trust_of_device(open.iter(), proven, now());
        assert_eq!(trust.level, level, "{severity:?}");
        assert_eq!(trust.reasons.is_empty(), level == Level::High);
        assert_eq!(trust, trust_of_person(open.iter(), now()));
    }
}

#[test]
fn no_identity_is_medium_at_best_and_says_why() {
    for why in NoDevice::ALL {
        let trust = trust_of_device(std::iter::empty(), DeviceEvidence::Absent(why), now());
        assert_eq!(trust.level, Level::Medium);
        assert_eq!(
            trust.reasons,
            [TrustReason::NoDeviceIdentity {
                why: why.slug().to_owned()
            }]
        );
    }
}

#[test]
fn leaving_out_the_certificate_shakes_off_nothing() {
    let open = [fact("1", Severity::Critical)];
    let trust = trust_of_device(
        open.iter(),
        DeviceEvidence::Absent(NoDevice::NoCertificate),
        now(),
    );
    assert_eq!(trust.level, Level::Low);
    assert_eq!(trust.reasons.len(), 2);
}

proptest! {
    #[test]
    fn more_open_facts_never_raise_trust(facts in facts(), more in facts(), proven: bool) {
        let evidence = if proven { DeviceEvidence::Proven(device()) } else { DeviceEvidence::Absent(NoDevice::NotAsked) };
        let before = trust_of_device(facts.iter(), evidence, now());
        let after = trust_of_device(facts.iter().chain(&more), evidence, now());
        prop_assert!(after.level <= before.level);
    }

    #[test]
    fn losing_the_identity_never_raises_trust(facts in facts(), why in 0usize..9) {
        let with = trust_of_device(facts.iter(), DeviceEvidence::Proven(device()), now());
        let without = trust_of_device(facts.iter(), DeviceEvidence::Absent(NoDevice::ALL[why]), now());
        prop_assert!(without.level <= with.level);
    }

    #[test]
    fn age_never_raises_trust(facts in facts(), years in 0u64..50) {
        let evidence = DeviceEvidence::Proven(device());
        let later = now() + zt_types::Seconds::days(years * 365);
        prop_assert_eq!(trust_of_device(facts.iter(), evidence, now()), trust_of_device(facts.iter(), evidence, later));
    }

    #[test]
    fn reasons_do_not_depend_on_the_order_of_facts(mut facts in facts()) {
        facts.sort_by(|a, b| a.key.cmp(&b.key));
        facts.dedup_by(|a, b| a.key == b.key);
        let forwards = trust_of_person(facts.iter(), now());
        let backwards = trust_of_person(facts.iter().rev(), now());
        prop_assert_eq!(&forwards, &backwards);
        prop_assert_eq!(forwards.reasons.is_empty(), forwards.level == Level::High);
    }
}
