//! The compiled form says what Cedar says.

use super::arbitrary::{mixed, requests, roles};
use super::torture::Torture;
use super::written::{Ballot, written};
use super::*;
use crate::atom::Atom;
use crate::facts::Facts;
use crate::obliging::Obliges;
use crate::verdict::Asked;
use proptest::prelude::*;

/// Both answers to a request, as text: granted, would be granted, which policies forbid, which err.
fn both(policies: &PolicySet, request: &Request) -> Option<(String, String)> {
    let slice = policies.slice(&request.app)?;
    let facts = Facts::of(request, &policies.numbering);
    let hours = policies.hours(request.now);
    let asked = Asked {
        policies,
        slice,
        hours: &hours,
    };
    let (sum, erring) = asked.sum(&facts);
    let violated = asked.applying(crate::masks::Effect::Forbid, &facts);
    let violated: Vec<usize> = violated
        .into_iter()
        .filter(|place| !erring.contains(place))
        .collect();
    let oracle = policies.ask_cedar(slice, &facts, &hours)?;
    let told = |sum: crate::masks::Sum, mut violated: Vec<usize>, erring: &[usize]| {
        violated.sort_unstable();
        format!(
            "{:?} {:?} {violated:?} {erring:?}",
            sum.granted(),
            sum.would_be_granted()
        )
    };
    Some((
        told(sum, violated, &erring),
        told(oracle.sum, oracle.violated, &oracle.erring),
    ))
}

/// Both answers to what a request obliges to, as text; when a proof is due, as seconds since the last one.
fn both_obligations(policies: &PolicySet, request: &Request) -> Option<(String, String)> {
    let slice = policies.slice(&request.app)?;
    let facts = Facts::of(request, &policies.numbering);
    let hours = policies.hours(request.now);
    let asked = Asked {
        policies,
        slice,
        hours: &hours,
    };
    let mut ours = Vec::new();
    let mut due = None;
    for obligation in asked.obligations(&facts) {
        match obligation {
            Obligation::ReauthenticateAt { at } => due = Some(at.since(facts.proven_at).0),
            Obligation::Warn { policy, .. } => ours.push(format!("warn {policy}")),
            other => ours.push(other.as_str().to_owned()),
        }
    }
    // Cedar is asked about one moment at a time.
    let at_age = |age: u64| {
        let facts = Facts {
            proven_at: facts.now - Seconds(age),
            ..facts.clone()
        };
        policies.ask_cedar_for_obligations(slice, &facts, &hours)
    };
    let is_due = |age: u64| {
        let obliging = at_age(age)?;
        Some(obliging.iter().any(|(_, o)| *o == Obliges::Reauthenticate))
    };
    let mut cedars: Vec<String> = policies
        .ask_cedar_for_obligations(slice, &facts, &hours)?
        .into_iter()
        .filter_map(|(place, obliges)| match obliges {
            Obliges::Reauthenticate => None,
            Obliges::Warn => Some(format!("warn {}", policies.document_at(place)?.id)),
            Obliges::Watermark => Some("watermark".to_owned()),
        })
        .collect();
    cedars.sort();
    cedars.dedup();
    ours.sort();
    let turns = match due {
        None => !is_due(10_000_000)?,
        Some(due) => is_due(due)? && !is_due(due - 1)?,
    };
    Some((
        format!("{ours:?} {due:?} true"),
        format!("{cedars:?} {due:?} {turns}"),
    ))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn as_cedar_for_the_menu(mix in 0usize..24, request in requests(roles())) {
        if let Some((compiled, cedar)) = both(&mixed(mix), &request) {
            prop_assert_eq!(compiled, cedar);
        }
    }
}

/// Policies written at random over everything that a policy can read, and requests of every kind.
#[test]
fn as_cedar_for_whatever_is_written() {
    let counts = Torture::of(1_200).run("compiled as Cedar", |round, counts| {
        let (compiled, left) = round.policies.compiled_share();
        counts.add("policies compiled", compiled);
        counts.add("policies", compiled + left);
        for vector in round
            .policies
            .slices()
            .filter_map(|slice| slice.vector.as_deref())
            .chain([&round.policies.vector])
        {
            for atom in vector.atoms() {
                counts.add(kind(atom), 1);
            }
        }
        while let Some(request) = round.next() {
            let policies = &round.policies;
            let (ours, cedars) = both(policies, &request).unwrap();
            assert_eq!(
                ours, cedars,
                "{}\n{request:#?}\n{:#?}",
                round.again, round.world.documents
            );
            let (ours, cedars) = both_obligations(policies, &request).unwrap();
            assert_eq!(
                ours, cedars,
                "{}\n{request:#?}\n{:#?}",
                round.again, round.world.documents
            );
            counts.add("cases", 1);
            let by_masks = policies
                .slice(&request.app)
                .unwrap()
                .left_to_cedar
                .is_empty();
            counts.add("cases on the compiled path", usize::from(by_masks));
            let decision = policies.decide(&request);
            let weighed = policies.weigh(
                policies.app_number(&request.app).unwrap(),
                &policies.facts(&request),
                &policies.hours(request.now),
            );
            let granted = decision.permit().map(Permit::capabilities);
            assert_eq!(weighed.capabilities, granted.unwrap_or_default());
            counts.add("cases allowed", usize::from(decision.permit().is_some()));
            counts.add(
                "cases that a report-only policy would refuse",
                usize::from(!decision.would_refuse().is_empty()),
            );
            for obligation in decision.permit().into_iter().flat_map(Permit::obligations) {
                counts.add(obliged(obligation), 1);
                if let Obligation::ReauthenticateAt { at } = obligation {
                    assert!(decision.valid_until() <= *at);
                }
            }
        }
    });
    // The cases are worth something: most run compiled, both answers come up, everything that can be read is read.
    counts.assert_share("policies compiled", "policies", 70..=100);
    counts.assert_share("cases on the compiled path", "cases", 70..=99);
    counts.assert_share("cases allowed", "cases", 20..=80);
    counts.assert_share(
        "cases that a report-only policy would refuse",
        "cases",
        1..=80,
    );
    assert_eq!(counts.kinds("atom "), 28);
    assert_eq!(counts.kinds("obligation "), 4);
}

fn obliged(obligation: &Obligation) -> &'static str {
    match obligation {
        Obligation::Record => "obligation record",
        Obligation::RaiseIncident => "obligation raise-incident",
        Obligation::Watermark => "obligation watermark",
        Obligation::Warn { .. } => "obligation warn",
        Obligation::ReauthenticateAt { .. } => "obligation reauthenticate-at",
    }
}

fn kind(atom: Atom) -> &'static str {
    match atom {
        Atom::Role(..) => "atom role",
        Atom::Guest => "atom guest",
        Atom::PersonTrust(..) => "atom person trust",
        Atom::PersonFact(..) => "atom person fact",
        Atom::ResetDue => "atom reset due",
        Atom::Terms(..) => "atom terms",
        Atom::Enrolled => "atom enrolled",
        Atom::Proven => "atom proven",
        Atom::CompanyOwned => "atom company owned",
        Atom::DeviceTrust(..) => "atom device trust",
        Atom::DeviceFact(..) => "atom device fact",
        Atom::Os(..) => "atom os",
        Atom::OsVersion(..) => "atom os version",
        Atom::AntivirusVersion(..) => "atom antivirus version",
        Atom::Posture(..) => "atom posture",
        Atom::Assurance(..) => "atom assurance",
        Atom::Age(..) => "atom age",
        Atom::Client(..) => "atom client",
        Atom::ClientVersion(..) => "atom client version",
        Atom::Network(..) => "atom network",
        Atom::Country(..) => "atom country",
        Atom::Anonymiser => "atom anonymiser",
        Atom::Calendar(..) => "atom calendar",
        Atom::Sensitivity(..) => "atom sensitivity",
        Atom::App(..) => "atom app",
        Atom::AppGroup(..) => "atom app group",
        Atom::Everyone => "atom everyone",
        Atom::Entitled => "atom entitled",
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// The tables say what the atoms say one by one.
    #[test]
    fn the_vector_is_the_atoms(seed: u64) {
        let mut ballot = Ballot::new(seed);
        let world = written(&mut ballot);
        let policies = PolicySet::compile(&world.documents, &world.register).unwrap();
        let facts = Facts::of(&world.request(&mut ballot), &policies.numbering);
        let hours = policies.hours(facts.now);
        let half = policies.vector.bits(&facts, &hours, &[]);
        let bits = crate::masks::Bits::new(half, crate::masks::Half::default());
        for atom in policies.vector.atoms() {
            if let Some(holds) = atom.holds(&facts) {
                prop_assert_eq!(bits.get(policies.vector.bit(atom).unwrap()), holds, "{:?}", atom);
            }
        }
    }
}

/// An `if` in the condition of an `if` is written down twice by each level.
#[test]
fn conditions_that_would_double_without_end_are_left_to_cedar() {
    let nested = (0..40).fold("principal.guest".to_owned(), |inner, _| {
        format!("if {inner} then principal.guest else resource.everyone")
    });
    let text = format!("permit (principal, action, resource) when {{ {nested} }};");
    let policies = PolicySet::compile(&[document("p", &text)], &register()).unwrap();
    assert_eq!(policies.compiled_share().1, 1);
    let deeper = (0..60).fold("principal.guest".to_owned(), |inner, _| {
        format!("if {inner} then principal.guest else resource.everyone")
    });
    let text = format!("permit (principal, action, resource) when {{ {deeper} }};");
    assert!(PolicySet::compile(&[document("p", &text)], &register()).is_err());
}

#[test]
fn what_nothing_reports_cannot_be_asked_for() {
    let mut register = register();
    register.unreported = ["principal.guest"].into();
    let text = "forbid (principal, action, resource)\nwhen { principal.guest };";
    let errors = PolicySet::compile(&[document("p", text)], &register).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "policy `p`, line 2, column 8: nothing reports `principal.guest` yet; leave this condition out for now"
    );
}

/// More plans than can be looked at one by one: the way out leads out all the same, and no step of it can be left out.
#[test]
fn a_way_out_among_very_many() {
    let versions = ["10.0.19045", "10.0.22631", "11", "12", "13", "14.2"];
    let any = |path: &str| {
        let wanted = versions.map(|text| text.parse::<Version>().unwrap().as_integer());
        wanted
            .map(|version| format!("context.{path} >= {version}"))
            .join(" && ")
    };
    let text = format!(
        "forbid (principal, action, resource) unless {{ {} && {} && {} && context.device.firewall in Answer::\"yes\"
         && context.device.updated in Answer::\"yes\" && context.device.integrity in Answer::\"yes\"
         && context.session.assurance in Assurance::\"phishing-resistant\" && context.device.company_owned
         && principal.terms.contains(Terms::\"acceptable-use\") }};",
        any("device.os_version"),
        any("device.antivirus_version"),
        any("client.version")
    );
    let policies = PolicySet::compile(&[document("p", &text)], &register()).unwrap();
    let mut request = request("news");
    request.device.ownership = Ownership::Personal;
    let decision = policies.decide(&request);
    let refusal = decision.refusal().unwrap();
    let steps = refusal.remedies().to_vec();
    assert_ne!(steps, [Remedy::NothingHelps]);
    let after = |steps: &[Remedy]| policies.decide(&super::decide::take(request.clone(), steps));
    assert!(after(&steps).permit().is_some(), "{steps:?}");
    for at in 0..steps.len() {
        let mut fewer = steps.clone();
        fewer.remove(at);
        assert!(
            after(&fewer).permit().is_none(),
            "{:?} is not needed",
            steps[at]
        );
    }
}
