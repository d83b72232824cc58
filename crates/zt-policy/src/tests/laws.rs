//! What holds of every decision, whatever the policies: more risk never gives more, a refusal wins, what is report-only
//! alters nothing, a decision is a function of what it is asked, and it holds for as long as it says.

use super::arbitrary::carried;
use super::torture::{Round, Torture};
use super::written::{Ballot, ceiling};
use super::*;

/// The request, made worse in one way.
fn worsen(ballot: &mut Ballot, mut request: Request) -> (Request, &'static str) {
    let level = *ballot.one(&Level::ALL);
    let opened = OpenFact {
        kind: *ballot.one(&FactKind::ALL),
        ceiling: level,
    };
    let person = &mut request.person;
    let held = &mut request.device;
    let older = |ballot: &mut Ballot, version: Option<Version>| {
        let lowest = version.map(|_| *ballot.one(&super::written::VERSIONS));
        version.min(lowest.map(|lowest| lowest.parse().unwrap()))
    };
    let how = match ballot.below(15) {
        0 => {
            person.trust = trust(person.trust.level.min(level));
            "worse: person trusted less"
        }
        1 => {
            person.facts.push(opened);
            person.trust = trust(person.trust.level.min(ceiling(&person.facts)));
            "worse: a fact about the person"
        }
        2 => {
            for fact in &mut person.facts {
                fact.ceiling = fact.ceiling.min(level);
            }
            person.trust = trust(person.trust.level.min(ceiling(&person.facts)));
            "worse: stronger facts about the person"
        }
        3 => {
            person.password = PasswordState::ResetDue;
            "worse: a reset is due"
        }
        4 => {
            person.terms.clear();
            "worse: terms not accepted"
        }
        5 => {
            held.trust.level = held.trust.level.min(level);
            held.trust.reasons.push(fact("compromise"));
            "worse: device trusted less"
        }
        6 => {
            held.facts.push(opened);
            held.trust.level = held.trust.level.min(ceiling(&held.facts));
            held.trust.reasons.push(fact("malware"));
            "worse: a fact about the device"
        }
        7 => {
            let why = *ballot.one(&NoDevice::ALL);
            held.trust.level = held.trust.level.min(Level::Medium);
            held.trust.reasons.push(TrustReason::NoDeviceIdentity {
                why: why.slug().to_owned(),
            });
            held.evidence = DeviceEvidence::Absent(why);
            held.bound = None;
            "worse: no device"
        }
        8 => {
            held.ownership = *ballot.one(&[Ownership::Personal, Ownership::Unknown]);
            "worse: not the company's device"
        }
        9 => {
            let item = *ballot.one(PostureItem::ALL);
            let answer = *ballot.one(&[Answer::No, Answer::Unknown]);
            let answer = held.posture.item(item).min(answer);
            held.posture.items.insert(item, answer);
            "worse: posture missing or wrong"
        }
        10 => {
            held.posture.os_version = older(ballot, held.posture.os_version);
            held.posture.antivirus_version = None;
            "worse: older software, or not known"
        }
        11 => {
            let client = &mut request.circumstances.client_version;
            *client = older(ballot, *client);
            "worse: older client"
        }
        12 => {
            let assurance = *ballot.one(&Assurance::ALL);
            request.session.assurance = request.session.assurance.min(assurance);
            "worse: weaker sign-in"
        }
        13 => {
            let age = Seconds(u64::try_from(ballot.below(40_000)).unwrap());
            request.session.authenticated_at = request.session.authenticated_at - age;
            "worse: older proof"
        }
        _ => {
            request.circumstances.anonymiser = Answer::Yes;
            "worse: anonymised"
        }
    };
    (request, how)
}

#[test]
fn more_risk_never_gives_more() {
    let counts = Torture::of(500).run("more risk", |round, counts| {
        while let Some(mut request) = round.next() {
            let mut before = round.policies.decide(&request);
            for _ in 0..4 {
                let (worse, how) = worsen(&mut round.ballot, request);
                let after = round.policies.decide(&worse);
                assert!(
                    carried(&after).is_subset(carried(&before)),
                    "{}\n{how}\n{before:?}\n{after:?}",
                    round.again
                );
                counts.add(how, 1);
                counts.add("steps down", 1);
                let refused = before.permit().is_some() && after.permit().is_none();
                counts.add(
                    "steps down that turned an allow into a refusal",
                    usize::from(refused),
                );
                (request, before) = (worse, after);
            }
        }
    });
    assert_eq!(counts.kinds("worse: "), 15);
    counts.assert_share(
        "steps down that turned an allow into a refusal",
        "steps down",
        1..=50,
    );
}

/// The world's policies, and these as well.
fn compiled(round: &Round, more: &[PolicyDocument]) -> PolicySet {
    let documents = [&round.world.documents[..], more].concat();
    PolicySet::compile(&documents, &round.world.register).unwrap()
}

#[test]
fn a_refusal_wins() {
    let prints = "forbid (principal, action == Action::\"print\", resource);";
    let everything = "forbid (principal, action, resource);";
    Torture::of(600).run("a refusal wins", |round, counts| {
        let without_print = compiled(round, &[document("more", prints)]);
        let nothing = compiled(round, &[document("more", everything)]);
        while let Some(request) = round.next() {
            let before = carried(&round.policies.decide(&request));
            let after = carried(&without_print.decide(&request));
            let print = CapabilitySet::NONE.with(Capability::Print);
            assert_eq!(after, before.difference(print), "{}", round.again);
            assert!(
                nothing.decide(&request).permit().is_none(),
                "{}",
                round.again
            );
            counts.add("cases", 1);
            counts.add("cases allowed", usize::from(before != CapabilitySet::NONE));
        }
    });
}

/// What a decision says and does, but for what would be.
fn outcome(decision: &Decision) -> String {
    let obligations = decision.permit().map(Permit::obligations);
    let policies = decision.permit().map(Permit::policies);
    let refused = decision
        .refusal()
        .map(|refusal| (refusal.policies(), refusal.alternative()));
    format!(
        "{} {obligations:?} {policies:?} {refused:?}",
        line(decision)
    )
}

#[test]
fn what_is_report_only_alters_nothing() {
    let counts = Torture::of(600).run("report-only", |round, counts| {
        let mut in_force = round.world.documents.clone();
        in_force.retain(|document| document.state == PolicyState::On);
        let without = PolicySet::compile(&in_force, &round.world.register).unwrap();
        while let Some(request) = round.next() {
            let (with, without) = (round.policies.decide(&request), without.decide(&request));
            assert_eq!(
                outcome(&with),
                outcome(&without),
                "{}\n{request:?}",
                round.again
            );
            assert!(without.would_refuse().is_empty());
            counts.add("cases", 1);
            counts.add(
                "cases that would be refused",
                usize::from(!with.would_refuse().is_empty()),
            );
        }
    });
    counts.assert_share("cases that would be refused", "cases", 1..=90);
}

#[test]
fn a_decision_is_a_function_of_what_is_asked() {
    Torture::of(600).run("pure", |round, counts| {
        let again = compiled(round, &[]);
        assert_eq!(again.version(), round.policies.version());
        let requests: Vec<Request> = std::iter::from_fn(|| round.next()).collect();
        let decisions: Vec<Decision> = requests.iter().map(|r| round.policies.decide(r)).collect();
        for (request, decision) in requests.iter().zip(&decisions).rev() {
            assert_eq!(&again.decide(request), decision, "{}", round.again);
            let record = serde_json::to_string(decision.inputs()).unwrap();
            let inputs: DecisionInputs = serde_json::from_str(&record).unwrap();
            assert_eq!(
                again.replay(&inputs).as_ref(),
                Ok(decision),
                "{}",
                round.again
            );
            counts.add("cases", 1);
        }
    });
}

#[test]
fn a_decision_holds_until_it_says_in_every_world() {
    Torture::of(1_000).run("until", |round, counts| {
        while let Some(request) = round.next() {
            let decision = round.policies.decide(&request);
            assert!(decision.valid_until() > request.now, "{}", round.again);
            let longest = decision
                .valid_until()
                .since(request.now)
                .0
                .min(60 * 24 * 3600);
            let later = usize::try_from(longest).unwrap().max(1);
            let later = Seconds(u64::try_from(round.ballot.below(later)).unwrap());
            let then = Request {
                now: request.now + later,
                ..request.clone()
            };
            let after = round.policies.decide(&then);
            assert_eq!(
                line_but_times(&decision),
                line_but_times(&after),
                "{}\n{request:?}",
                round.again
            );
            counts.add("cases", 1);
        }
    });
}

/// When to come back is told anew each time.
fn line_but_times(decision: &Decision) -> String {
    line(decision).split(" → ").next().unwrap().to_owned()
}

/// Before she has proved who she is, nothing is told: not what policies want, nor what she could do about it.
#[test]
fn a_session_that_is_over_is_told_nothing() {
    Torture::of(600).run("no session", |round, counts| {
        while let Some(mut request) = round.next() {
            if counts.of("cases") % 2 == 0 {
                request.session.state = SessionState::Ended;
            } else {
                request.session.expires_at = request.now;
            }
            let decision = round.policies.decide(&request);
            let refusal = decision.refusal().unwrap();
            assert_eq!(refusal.reasons(), [Reason::SessionEnded], "{}", round.again);
            assert_eq!(refusal.remedies(), [Remedy::SignInAgain], "{}", round.again);
            assert!(refusal.alternative().is_empty() && refusal.policies().is_empty());
            assert!(decision.would_refuse().is_empty());
            counts.add("cases", 1);
        }
    });
}
