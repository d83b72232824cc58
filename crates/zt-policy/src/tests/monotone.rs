//! More risk never turns a refusal into an allow, and never a small allow into a larger one.

use super::arbitrary::{carried, levels, policy_sets, requests, roles};
use super::*;
use proptest::prelude::*;

/// One way in which things get worse.
#[derive(Debug, Clone)]
enum Worse {
    PersonTrust(Level),
    DeviceTrust(Level),
    NoDevice(NoDevice),
    Assurance(Assurance),
    Older(u64),
}

fn worse() -> impl Strategy<Value = Worse> {
    prop_oneof![
        levels().prop_map(Worse::PersonTrust),
        levels().prop_map(Worse::DeviceTrust),
        proptest::sample::select(&NoDevice::ALL).prop_map(Worse::NoDevice),
        proptest::sample::select(&Assurance::ALL).prop_map(Worse::Assurance),
        (0u64..5000).prop_map(Worse::Older),
    ]
}

fn worsen(mut request: Request, worse: &Worse) -> Request {
    match worse {
        Worse::PersonTrust(level) => {
            request.person.trust = trust(request.person.trust.level.min(*level));
        }
        Worse::DeviceTrust(level) => {
            let trust = &mut request.device.trust;
            trust.level = trust.level.min(*level);
            trust.reasons.push(fact("compromise"));
        }
        Worse::NoDevice(why) => {
            let trust = &mut request.device.trust;
            trust.level = trust.level.min(Level::Medium);
            trust.reasons.push(TrustReason::NoDeviceIdentity {
                why: why.slug().to_owned(),
            });
            request.device.evidence = DeviceEvidence::Absent(*why);
            request.device.evidence_until = Timestamp::FAR_FUTURE;
        }
        Worse::Assurance(assurance) => {
            request.session.assurance = request.session.assurance.min(*assurance);
        }
        Worse::Older(seconds) => {
            request.session.authenticated_at = request.session.authenticated_at - Seconds(*seconds);
        }
    }
    request
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn more_risk_never_gives_more(policies in policy_sets(), cases in proptest::collection::vec((requests(roles()), proptest::collection::vec(worse(), 1..4)), 12)) {
        for (request, worsenings) in cases {
            let before = policies.decide(&request);
            let worse = worsenings.iter().fold(request.clone(), worsen);
            let after = policies.decide(&worse);
            prop_assert!(carried(&after).is_subset(carried(&before)), "{before:?}\n{after:?}");
        }
    }

    #[test]
    fn time_alone_never_gives_more(policies in policy_sets(), requests in proptest::collection::vec((requests(roles()), 0u64..20_000), 12)) {
        for (request, later) in requests {
            let before = policies.decide(&request);
            let after = policies.decide(&Request { now: request.now + Seconds(later), ..request });
            prop_assert!(carried(&after).is_subset(carried(&before)));
        }
    }
}
