use super::torture::Torture;
use super::*;

fn inputs(set: &PolicySet, request: &Request) -> DecisionInputs {
    set.decide(request).inputs().clone()
}

/// What changes for the accesses, one a line.
fn compared(proposed: &PolicySet, accesses: &[Request]) -> Comparison {
    let in_force = demo();
    let mut what_if = WhatIf::new(&in_force, proposed);
    for request in accesses {
        what_if.consider(&inputs(&in_force, request));
    }
    what_if.finish()
}

fn told(comparison: &Comparison) -> Vec<String> {
    let line = |d: &Difference| {
        let policies: Vec<&str> = d.policies.iter().map(PolicyId::as_str).collect();
        let reasons: Vec<&str> = d.reasons.iter().map(Reason::slug).collect();
        let steps: Vec<&str> = d.remedies.iter().map(Remedy::slug).collect();
        format!(
            "{} {} ×{} by {policies:?} {reasons:?} {steps:?} -{:?} +{:?} {:?}",
            d.effect.as_str(),
            d.app,
            d.accesses,
            d.lost,
            d.gained,
            d.obligations
        )
    };
    comparison.differences.iter().map(line).collect()
}

#[test]
fn every_way_of_coming_out_otherwise_has_its_policies() {
    let proposed = demo_with(&[
        document(
            "no-chat",
            r#"forbid (principal, action, resource == Application::"chat");"#,
        ),
        document(
            "news-needs-a-key",
            r#"forbid (principal, action, resource == Application::"news") unless { context.session.assurance in Assurance::"phishing-resistant" };"#,
        ),
        document(
            "wiki-stays",
            r#"forbid (principal, action in [Action::"download", Action::"print"], resource == Application::"wiki");"#,
        ),
    ]);
    let later = Request {
        now: now() + Seconds(60),
        ..request("chat")
    };
    let strong = |app| {
        let mut strong = request(app);
        strong.session.assurance = Assurance::PhishingResistant;
        strong
    };
    let accesses = [
        request("chat"),
        later,
        request("news"),
        strong("news"),
        request("wiki"),
        request("portal"),
    ];
    let found = compared(&proposed, &accesses);
    assert_eq!((found.accesses, found.unchanged, found.left_out), (6, 2, 0));
    assert_eq!(found.accesses_with(Effect::Refused), 2);
    assert_eq!(found.people_with(Effect::Refused), 1);
    insta::assert_debug_snapshot!(told(&found));
    assert_eq!(found.differences[0].last, now() + Seconds(60));

    // The other way round, the same things are given back.
    let present = demo();
    let mut back = WhatIf::new(&proposed, &present);
    for request in &accesses {
        back.consider(&inputs(&proposed, request));
    }
    insta::assert_debug_snapshot!(told(&back.finish()));
}

#[test]
fn who_was_prompted_and_is_refused_is_newly_refused() {
    let proposed = demo_with(&[document(
        "no-ledger",
        r#"forbid (principal, action, resource == Application::"ledger");"#,
    )]);
    let mut weak = request("ledger");
    weak.person.groups = vec![GroupId::new("accounting").unwrap()];
    weak.session.assurance = Assurance::Password;
    let found = compared(&proposed, &[weak.clone()]);
    assert_eq!(found.differences[0].effect, Effect::Refused);
    // Nobody is newly refused who was refused all the same.
    weak.person.trust = trust(Level::Low);
    assert_eq!(compared(&proposed, &[weak]).unchanged, 1);
}

#[test]
fn report_only_is_told_apart_and_changes_nothing() {
    let mut wary = document(
        "wary",
        r#"forbid (principal, action, resource == Application::"chat");"#,
    );
    wary.state = PolicyState::ReportOnly;
    let found = compared(
        &demo_with(&[wary]),
        &[request("chat"), request("news"), request("chat")],
    );
    assert_eq!((found.accesses, found.unchanged), (3, 3));
    assert_eq!(found.report_only.len(), 1);
    assert_eq!(found.report_only[0].accesses, 2);
}

#[test]
fn a_decision_replays_bit_for_bit() {
    let set = demo();
    let mut replay = Replay::new(&set);
    let mut refused = request("wiki");
    refused.session.assurance = Assurance::Password;
    let record = |request: &Request| {
        let decision = set.decide(request);
        let refusal = decision.refusal().map(Refusal::reasons).unwrap_or_default();
        let text = serde_json::to_string(decision.inputs()).unwrap();
        Recorded {
            decision: DecisionId::from_random([9; 16]),
            inputs: serde_json::from_str(&text).unwrap(),
            capabilities: decision
                .permit()
                .map(Permit::capabilities)
                .unwrap_or_default(),
            reasons: refusal.iter().map(|r| r.slug().to_owned()).collect(),
            fingerprint: Some(decision.fingerprint()),
        }
    };
    replay.consider(&record(&request("wiki")));
    replay.consider(&record(&refused));
    replay.consider(&Recorded {
        fingerprint: None,
        ..record(&refused)
    });
    // Somebody wrote something else into the record.
    replay.consider(&Recorded {
        fingerprint: Some("0".repeat(64)),
        ..record(&refused)
    });
    replay.consider(&Recorded {
        capabilities: CapabilitySet::NONE.with(Capability::Connect),
        ..record(&refused)
    });
    let other = demo_with(&[document("none", "forbid (principal, action, resource);")]);
    let by_other = other.decide(&refused);
    replay.consider(&Recorded {
        inputs: by_other.inputs().clone(),
        ..record(&refused)
    });
    let found = replay.finish();
    assert_eq!(
        (found.accesses, found.same, found.without_fingerprint),
        (6, 3, 1)
    );
    assert_eq!((found.differing, found.unlike.len()), (2, 2));
    assert_eq!(found.by_others, [(other.version(), 1)].into());
}

/// A set that followed another has other numbers for the same names than one compiled at the start: what it says is the
/// same.
#[test]
fn a_decision_replays_after_a_restart() {
    let mut later = register();
    later.terms.insert(TermsId::new("a-newer-one").unwrap());
    let night = Calendar {
        id: CalendarId::new("a-night-shift").unwrap(),
        hours: vec![],
        ..office_hours()
    };
    later.calendars.insert(0, night);
    let asks = document(
        "asks",
        r#"forbid (principal, action, resource == Application::"chat")
           unless { principal.terms.contains(Terms::"acceptable-use") && principal.terms.contains(Terms::"a-newer-one") };
           forbid (principal, action, resource == Application::"news")
           unless { context.calendars.contains(Calendar::"office-hours") || context.calendars.contains(Calendar::"a-night-shift") };"#,
    );
    let followed = demo()
        .compile_next(std::slice::from_ref(&asks), &later)
        .unwrap();
    let started = PolicySet::compile(&[asks], &later).unwrap();
    assert_eq!(followed.version(), started.version());
    for app in ["chat", "news"] {
        let mut request = request(app);
        request.now = request.now + Seconds::hours(12);
        request.session.expires_at = request.now + Seconds::hours(1);
        let decision = followed.decide(&request);
        assert!(
            decision.refusal().unwrap().reasons().len() >= 2,
            "{decision:?}"
        );
        assert_eq!(
            decision.fingerprint(),
            started.decide(&request).fingerprint()
        );
    }
}

/// Most accesses are compared in short: what comes of it is what comes of deciding each of them in full.
#[test]
fn what_is_compared_in_short_is_as_in_full() {
    let counts = Torture::of(1_500).run("what if", |round, counts| {
        let mut documents = round.world.documents.clone();
        let last = documents.len().saturating_sub(1);
        match round.ballot.below(4) {
            0 => documents.clear(),
            1 => documents.truncate(last),
            2 => documents[0].state = PolicyState::ReportOnly,
            _ => documents[last].state = PolicyState::Off,
        }
        let register = &round.world.register;
        let proposed = if round.ballot.below(2) == 0 {
            round.policies.compile_next(&documents, register)
        } else {
            PolicySet::compile(&documents, register)
        };
        let proposed = proposed.unwrap();
        let in_force = PolicySet::compile(&round.world.documents, register).unwrap();
        let mut in_short = WhatIf::new(&in_force, &proposed);
        let mut in_full = WhatIf::new(&in_force, &proposed);
        while let Some(request) = round.next() {
            let access = inputs(&in_force, &request);
            in_short.consider(&access);
            in_full.consider_in_full(&access.request);
            counts.add("accesses", 1);
        }
        let (in_short, in_full) = (in_short.finish(), in_full.finish());
        counts.add("unchanged", usize::try_from(in_full.unchanged).unwrap());
        assert_eq!(in_short, in_full, "{}", round.again);
    });
    counts.assert_share("unchanged", "accesses", 20..=95);
}
