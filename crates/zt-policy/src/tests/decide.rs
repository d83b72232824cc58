use super::arbitrary::{carried, mixed, policy_sets, requests, roles};
use super::written::ceiling;
use super::*;
use proptest::prelude::*;

#[test]
fn what_comes_before_policy() {
    let policies = demo();
    let check =
        |request: Request, expected: &str| assert_eq!(line(&policies.decide(&request)), expected);
    check(
        request("gone"),
        "no: application-unregistered → nothing-helps",
    );
    let mut ended = request("wiki");
    ended.session.state = SessionState::Ended;
    check(ended, "no: session-ended → sign-in-again");
    let mut over = request("wiki");
    over.session.expires_at = now();
    check(over, "no: session-ended → sign-in-again");
    let mut disabled = request("wiki");
    disabled.person.state = PersonState::Disabled;
    check(disabled.clone(), "no: person-disabled → ask-administrator");
    disabled.person.role = Role::BreakGlass;
    check(
        Request {
            app: AppId::new("console").unwrap(),
            ..disabled
        },
        "no: person-disabled → ask-administrator",
    );
}

#[test]
fn who_is_not_entitled_is_told_whom_to_ask() {
    let policies = demo();
    let check =
        |request: &Request, expected: &str| assert_eq!(line(&policies.decide(request)), expected);
    let mut outsider = request("ledger");
    check(&outsider, "no: not-entitled → ask-owner");
    outsider.session.assurance = Assurance::Password;
    check(
        &outsider,
        "no: not-entitled, assurance-too-low (< mfa), policy internal-mfa → step-up mfa + ask-owner",
    );
    outsider
        .person
        .groups
        .push(GroupId::new("accounting").unwrap());
    check(
        &outsider,
        "no: assurance-too-low (< mfa), policy internal-mfa → step-up mfa",
    );
    let mut member = request("console");
    check(&member, "no: policy baseline-console → nothing-helps");
    member.session.assurance = Assurance::Password;
    check(
        &member,
        "no: assurance-too-low (< mfa), policy baseline-console, policy internal-mfa → nothing-helps",
    );
}

#[test]
fn a_device_without_a_name_is_told_how_to_get_one() {
    let policies = demo();
    for why in NoDevice::ALL {
        for (enrolled, expected) in [
            (
                0,
                if why == NoDevice::Mismatch {
                    "sign-in-again"
                } else {
                    "enrol-device"
                },
            ),
            (
                1,
                match why {
                    NoDevice::NotAsked
                    | NoDevice::NoCertificate
                    | NoDevice::Foreign
                    | NoDevice::WrongUsage => "present-certificate",
                    NoDevice::Mismatch => "sign-in-again",
                    _ => "enrol-device",
                },
            ),
        ] {
            let mut request = request("wiki");
            request.device = device(None);
            request.device.evidence = DeviceEvidence::Absent(why);
            request.person.enrolled_devices = enrolled;
            let expected = format!(
                "no: device-required ({}), policy wiki-trusted-device → {expected}",
                why.slug()
            );
            assert_eq!(line(&policies.decide(&request)), expected);
        }
    }
}

#[test]
fn a_certificate_counts_until_it_ends() {
    let policies = demo();
    let mut request = request("wiki");
    request.device.evidence_until = now() + Seconds(60);
    assert_eq!(policies.decide(&request).valid_until(), now() + Seconds(60));
    request.now = now() + Seconds(60);
    assert_eq!(
        line(&policies.decide(&request)),
        "no: device-required (expired), policy wiki-trusted-device → enrol-device"
    );
}

#[test]
fn leaving_out_the_certificate_of_an_infected_device_helps_nothing() {
    let policies = demo();
    let mut request = request("chat");
    request.device = device(None);
    request.device.bound = Some(device_id());
    request.device.trust.level = Level::Low;
    request.device.trust.reasons.insert(0, fact("malware"));
    assert_eq!(
        line(&policies.decide(&request)),
        "no: device-trust-too-low (low < medium) → wait-for-device-clean"
    );
    // Enrolling it anew does not launder it either.
    request.app = AppId::new("wiki").unwrap();
    assert_eq!(
        line(&policies.decide(&request)),
        "no: device-trust-too-low (low < high), device-required (no-certificate), policy wiki-trusted-device \
         → present-certificate + wait-for-device-clean"
    );
}

#[test]
fn age_is_counted_in_whole_seconds_and_told_ahead() {
    for (condition, last_good) in [("<= 600", 600), ("< 600", 599)] {
        let cedar = format!(
            "forbid (principal, action, resource) unless {{ context.session.age {condition} }};"
        );
        let policies = demo_with(&[document("age", &cedar)]);
        let mut request = request("news");
        let turns_at = request.session.authenticated_at + Seconds(last_good + 1);
        request.now = turns_at - Seconds(1);
        let decision = policies.decide(&request);
        assert_eq!(line(&decision), "all");
        assert!(decision.valid_until() <= turns_at);
        request.now = Timestamp::from_millis(turns_at.as_millis() - 1);
        assert_eq!(line(&policies.decide(&request)), "all");
        assert_eq!(policies.decide(&request).valid_until(), turns_at);
        request.now = turns_at;
        assert_eq!(
            line(&policies.decide(&request)),
            format!("no: reauthentication-needed (> {last_good} s) → reauthenticate"),
        );
    }
}

#[test]
fn an_access_can_be_limited() {
    let policies = demo_with(&[document(
        "view-only",
        r#"forbid (principal, action in [Action::"download", Action::"print", Action::"unrecorded"], resource)
           unless { context.session.assurance in Assurance::"phishing-resistant" };
           forbid (principal, action, resource) when { action == Action::"clipboard_out" };"#,
    )]);
    let decision = policies.decide(&request("wiki"));
    let permit = decision.permit().unwrap();
    let expected = [
        Capability::Download,
        Capability::Print,
        Capability::Unrecorded,
        Capability::ClipboardOut,
    ];
    assert_eq!(
        permit.capabilities(),
        expected
            .into_iter()
            .fold(CapabilitySet::ALL, CapabilitySet::without)
    );
    assert_eq!(permit.obligations(), [Obligation::Record]);
}

#[test]
fn a_policy_that_errs_refuses() {
    // Cedar by itself would skip this forbid and allow.
    let policies = demo_with(&[document(
        "sum",
        r#"forbid (principal, action, resource == Application::"news") when { 9223372036854775807 + 1 < 0 };"#,
    )]);
    assert_eq!(
        line(&policies.decide(&request("news"))),
        "no: evaluation-error sum → nothing-helps"
    );
    assert_eq!(line(&policies.decide(&request("chat"))), "all");
}

/// A policy that only Cedar can read ends a decision when the proof is as old as it says.
#[test]
fn what_cedar_reads_ends_a_decision_in_time_too() {
    for (condition, last_good) in [("<= 600", 600), ("< 600", 599)] {
        let cedar = format!(
            "forbid (principal, action, resource) unless {{ context.session.age {condition} && [1, 2].contains(1) }};"
        );
        let policies = demo_with(&[document("age", &cedar)]);
        assert_eq!(policies.compiled_share().1, 1);
        for age in [300, 599, 600] {
            let mut request = request("news");
            request.now = request.session.authenticated_at + Seconds(age);
            let decision = policies.decide(&request);
            let until = decision.valid_until();
            if age <= last_good {
                let turns_at = request.session.authenticated_at + Seconds(last_good + 1);
                assert!(decision.permit().is_some());
                assert!(until <= turns_at, "{condition} at {age}: {until}");
            } else {
                assert!(decision.permit().is_none());
            }
        }
    }
}

#[test]
fn of_two_ages_the_shorter_is_told() {
    let age = |id: &str, seconds: u64| {
        let cedar = format!(
            "forbid (principal, action, resource) unless {{ context.session.age <= {seconds} }};"
        );
        document(id, &cedar)
    };
    for (one, other) in [(60, 120), (120, 60)] {
        let policies = demo_with(&[age("a", one), age("b", other)]);
        assert_eq!(
            line(&policies.decide(&request("news"))),
            "no: reauthentication-needed (> 60 s) → reauthenticate",
        );
    }
}

/// A step ends the facts that it answers, for policies that name them as for trust.
#[test]
fn a_step_ends_the_facts_it_answers() {
    for (kind, told) in [
        (FactKind::UnusualTime, "step-up mfa"),
        (FactKind::UnfamiliarPlace, "step-up phishing-resistant"),
        (FactKind::CredentialLeak, "reset-password"),
        (FactKind::Malware, "ask-administrator"),
    ] {
        let cedar = format!(
            "forbid (principal, action, resource) when {{ principal.facts.contains(Fact::\"{}\") }};",
            kind.as_str()
        );
        let policies = demo_with(&[document("fact", &cedar)]);
        let mut request = request("news");
        request.session.assurance = Assurance::Password;
        request.person.facts = vec![OpenFact {
            kind,
            ceiling: Level::High,
        }];
        let decision = policies.decide(&request);
        let steps = decision.refusal().unwrap().remedies();
        assert_eq!(
            line(&decision).rsplit_once(" → ").unwrap().1,
            told,
            "{kind:?}"
        );
        assert_eq!(line(&policies.decide(&take(request, steps))), "all");
    }
}

/// What a report-only policy would permit is known, and binds nobody.
#[test]
fn a_permit_that_binds_nobody_gives_nothing_yet() {
    let mut planned = document(
        "planned",
        "permit (principal, action, resource == Application::\"console\");",
    );
    planned.state = PolicyState::ReportOnly;
    let policies = PolicySet::compile(&[planned], &register()).unwrap();
    let request = request("ledger");
    let told = |policies: &PolicySet| {
        let app = policies.app_number(&request.app).unwrap();
        policies.weigh(app, &policies.facts(&request), &policies.hours(request.now))
    };
    assert_eq!(told(&policies).hypothetical, CapabilitySet::NONE);
    let mut planned = document(
        "planned",
        "permit (principal, action, resource == Application::\"ledger\");",
    );
    planned.state = PolicyState::ReportOnly;
    let policies = PolicySet::compile(&[planned], &register()).unwrap();
    assert_eq!(told(&policies).capabilities, CapabilitySet::NONE);
    assert_eq!(told(&policies).hypothetical, CapabilitySet::ALL);
}

/// Facts in the numbers of one set are right for the next: names keep their numbers.
#[test]
fn the_next_set_reads_the_numbers_of_the_one_before() {
    let cedar = "forbid (principal, action, resource) unless { principal in Group::\"sales\" };";
    let first = demo_with(&[document("sales", cedar)]);
    let mut register = register();
    // Names that come before the others.
    for group in ["aardvarks", "bees"] {
        register.groups.insert(GroupId::new(group).unwrap(), vec![]);
    }
    let next = first.compile_next(&[document("sales", cedar)], &register);
    let next = next.unwrap();
    let mut request = request("wiki");
    for (group, is_in) in [("sales", true), ("guests", false)] {
        request.person.groups = vec![GroupId::new(group).unwrap()];
        let app = first.app_number(&request.app).unwrap();
        let before = next.weigh(app, &first.facts(&request), &next.hours(request.now));
        let anew = next.weigh(app, &next.facts(&request), &next.hours(request.now));
        assert_eq!(before, anew);
        assert_eq!(before.is_allowed(), is_in, "{group}");
    }
}

#[test]
fn report_only_binds_nobody_and_is_reported() {
    let mut planned = document(
        "planned",
        "forbid (principal, action, resource) unless { context.device.proven };",
    );
    planned.state = PolicyState::ReportOnly;
    let policies = demo_with(&[planned]);
    let mut request = request("chat");
    assert!(policies.decide(&request).would_refuse().is_empty());
    request.device = device(None);
    let decision = policies.decide(&request);
    assert_eq!(line(&decision), "all");
    assert_eq!(decision.would_refuse(), [PolicyId::new("planned").unwrap()]);
}

#[test]
fn stale_trust_is_medium_at_best() {
    let policies = demo();
    let mut request = request("wiki");
    request.device.trust.valid_until = now();
    assert_eq!(
        line(&policies.decide(&request)),
        "no: device-trust-too-low (medium < high), policy wiki-trusted-device → wait-for-device-clean"
    );
}

#[test]
fn every_reason_says_which_policies_refused() {
    let policies = demo();
    let mut request = request("wiki");
    request.device = device(Some(Level::Low));
    let decision = policies.decide(&request);
    let ids: Vec<&str> = decision
        .refusal()
        .unwrap()
        .policies()
        .iter()
        .map(PolicyId::as_str)
        .collect();
    assert_eq!(ids, ["baseline-distrusted-device", "wiki-trusted-device"]);
}

#[test]
fn the_account_of_last_resort() {
    let policies = demo();
    let mut request = request("console");
    request.person.role = Role::BreakGlass;
    request.session.assurance = Assurance::PhishingResistant;
    let decision = policies.decide(&request);
    assert_eq!(line(&decision), "all");
    assert_eq!(
        decision.permit().unwrap().obligations(),
        [Obligation::RaiseIncident]
    );
    assert_eq!(
        decision.valid_until(),
        request.session.authenticated_at + Seconds(3601)
    );

    let check =
        |request: Request, expected: &str| assert_eq!(line(&policies.decide(&request)), expected);
    check(
        Request {
            app: AppId::new("wiki").unwrap(),
            ..request.clone()
        },
        "no: not-entitled → nothing-helps",
    );
    let mut old = request.clone();
    old.session.authenticated_at = now() - Seconds(3601);
    check(
        old,
        "no: reauthentication-needed (> 3600 s) → reauthenticate",
    );
    request.session.assurance = Assurance::Mfa;
    check(
        request,
        "no: assurance-too-low (< phishing-resistant) → step-up phishing-resistant",
    );
}

/// Takes the facts away that a step answers; trust comes back as far as they held it down.
pub(super) fn clear(request: &mut Request, step: ClearingStep) {
    let person = &mut request.person;
    let by_facts = person.trust.level >= ceiling(&person.facts);
    person.facts.retain(|fact| !fact.kind.is_cleared_by(step));
    if by_facts {
        person.trust = trust(ceiling(&person.facts));
    }
}

/// The request after the steps were taken.
pub(super) fn take(mut request: Request, steps: &[Remedy]) -> Request {
    for step in steps {
        match step {
            Remedy::Reauthenticate => request.session.authenticated_at = request.now,
            Remedy::StepUp { assurance } => {
                request.session.assurance = request.session.assurance.max(*assurance);
                request.session.authenticated_at = request.now;
                if *assurance >= Assurance::Mfa {
                    clear(&mut request, ClearingStep::MultiFactor);
                }
                if *assurance >= Assurance::PhishingResistant {
                    clear(&mut request, ClearingStep::PhishingResistant);
                }
            }
            Remedy::ResetPassword => {
                request.person.password = PasswordState::Good;
                request.session.authenticated_at = request.now;
                clear(&mut request, ClearingStep::PasswordReset);
            }
            Remedy::AcceptTerms { terms } => request.person.terms.push(terms.clone()),
            Remedy::LeaveAnonymiser => request.circumstances.anonymiser = Answer::No,
            Remedy::UseCompanyDevice => {
                let newest = Version::from_integer(i64::MAX);
                let os = request.device.posture.os;
                request.device = device(Some(Level::High));
                request.device.posture = Posture {
                    os,
                    os_version: newest,
                    antivirus_version: newest,
                    items: PostureItem::ALL
                        .iter()
                        .map(|item| (*item, Answer::Yes))
                        .collect(),
                };
            }
            Remedy::FixPosture { item } => {
                request.device.posture.items.insert(*item, Answer::Yes);
            }
            Remedy::Update { software, to } => {
                let version = match software {
                    Software::OperatingSystem => &mut request.device.posture.os_version,
                    Software::Antivirus => &mut request.device.posture.antivirus_version,
                    Software::Client => &mut request.circumstances.client_version,
                };
                *version = (*version).max(Some(*to));
            }
            Remedy::ComeBack { at } => {
                request.now = *at;
                request.session.authenticated_at = *at;
                request.session.expires_at = *at + Seconds::hours(8);
            }
            Remedy::PresentCertificate | Remedy::EnrolDevice | Remedy::SignInAgain => {
                request.device.evidence = DeviceEvidence::Proven(device_id());
                request.device.evidence_until = now() + Seconds::days(30);
                let trust = &mut request.device.trust;
                trust
                    .reasons
                    .retain(|reason| !matches!(reason, TrustReason::NoDeviceIdentity { .. }));
                if trust.reasons.is_empty() {
                    trust.level = Level::High;
                }
            }
            Remedy::WaitForDeviceClean => {
                let posture = request.device.posture.clone();
                let ownership = request.device.ownership;
                request.device = device(request.device.evidence.device().map(|_| Level::High));
                request.device.posture = posture;
                request.device.ownership = ownership;
            }
            Remedy::AskOwner => request
                .person
                .groups
                .push(GroupId::new("accounting").unwrap()),
            Remedy::AskAdministrator => {
                request.person.trust = trust(Level::High);
                request.person.facts.clear();
            }
            Remedy::NothingHelps => {}
        }
    }
    request
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_recorded_decision_is_decided_the_same_again(policies in policy_sets(), requests in proptest::collection::vec(requests(roles()), 12)) {
        for request in requests {
            let decision = policies.decide(&request);
            let record = serde_json::to_string(decision.inputs()).unwrap();
            let inputs: DecisionInputs = serde_json::from_str(&record).unwrap();
            prop_assert_eq!(&inputs, decision.inputs());
            prop_assert_eq!(policies.replay(&inputs), Ok(decision));
        }
    }

    #[test]
    fn the_way_out_leads_out(policies in policy_sets(), requests in proptest::collection::vec(requests(roles()), 12)) {
        for request in requests {
            let decision = policies.decide(&request);
            let Some(refusal) = decision.refusal() else { continue };
            prop_assert!(!refusal.reasons().is_empty() && !refusal.remedies().is_empty());
            let gate = matches!(refusal.reasons()[0].slug(), "session-ended" | "person-disabled");
            if gate || refusal.remedies() == [Remedy::NothingHelps] {
                continue;
            }
            let after = policies.decide(&take(refusal.inputs().request.clone(), refusal.remedies()));
            prop_assert!(after.permit().is_some(), "{:?}\n{:?}", decision, after);
            for left_out in 0..refusal.remedies().len() {
                let mut fewer = refusal.remedies().to_vec();
                fewer.remove(left_out);
                let after = policies.decide(&take(refusal.inputs().request.clone(), &fewer));
                prop_assert!(after.permit().is_none(), "step {left_out} is not needed: {:?}", decision);
            }
        }
    }

    #[test]
    fn where_nothing_helps_nothing_helps(policies in policy_sets(), requests in proptest::collection::vec(requests(roles()), 12)) {
        let everything = [
            Remedy::StepUp { assurance: Assurance::PhishingResistant },
            Remedy::PresentCertificate,
            Remedy::WaitForDeviceClean,
            Remedy::AskOwner,
            Remedy::AskAdministrator,
        ];
        for request in requests {
            let decision = policies.decide(&request);
            if decision.refusal().is_some_and(|refusal| refusal.remedies() == [Remedy::NothingHelps]) {
                let after = policies.decide(&take(decision.inputs().request.clone(), &everything));
                prop_assert!(after.permit().is_none());
            }
        }
    }

    #[test]
    fn a_decision_holds_until_it_says(policies in policy_sets(), requests in proptest::collection::vec((requests(roles()), 0u64..4000), 12)) {
        for (request, later) in requests {
            let decision = policies.decide(&request);
            prop_assert!(decision.valid_until() > request.now);
            let then = request.now + Seconds(later);
            if then < decision.valid_until() {
                let after = policies.decide(&Request { now: then, ..request });
                prop_assert_eq!(line(&decision), line(&after));
            }
        }
    }

    #[test]
    fn no_policy_locks_out_the_accounts_of_last_resort(
        policies in policy_sets(),
        request in requests(Just(Role::BreakGlass)),
        cedar in proptest::sample::select(&[
            "forbid (principal, action, resource);",
            "forbid (principal, action, resource == Application::\"console\");",
            "forbid (principal, action, resource) when { principal.role == Role::\"break-glass\" };",
            "forbid (principal, action, resource) unless { 9223372036854775807 + 1 > 0 };",
        ]),
    ) {
        let mut request = request;
        request.app = AppId::new(CONSOLE).unwrap();
        request.session = super::request("wiki").session;
        request.session.assurance = Assurance::PhishingResistant;
        prop_assert_eq!(carried(&policies.decide(&request)), CapabilitySet::ALL);
        let hostile = demo_with(&[document("hostile", cedar)]);
        prop_assert_eq!(carried(&hostile.decide(&request)), CapabilitySet::ALL);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_was_asked_before_changes_no_answer(mix in 0usize..24, mut requests in proptest::collection::vec(requests(roles()), 12)) {
        let (one, other) = (mixed(mix), mixed(mix));
        let forwards: Vec<Decision> = requests.iter().map(|request| one.decide(request)).collect();
        requests.reverse();
        let mut backwards: Vec<Decision> = requests.iter().map(|request| other.decide(request)).collect();
        backwards.reverse();
        prop_assert_eq!(forwards, backwards);
    }
}
