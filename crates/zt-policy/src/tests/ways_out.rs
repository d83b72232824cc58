//! The way out, held against everything a person could do: every set of steps that is cheaper, tried one by one on the
//! request itself.

use super::decide::take;
use super::torture::{Counts, Round, Torture};
use super::*;
use crate::facts::Facts;
use crate::verdict::Asked;

/// Everything that this person could do about what the policies' texts name, the times to come back at apart.
fn everything(round: &Round, request: &Request) -> Vec<Remedy> {
    let documents = round.policies.documents();
    let texts: String = documents.map(|document| document.cedar.as_str()).collect();
    let facts = &request.person.facts;
    let doubted = !facts.is_empty();
    let mut steps = vec![Remedy::Reauthenticate];
    let strengths = [Assurance::Mfa, Assurance::PhishingResistant].into_iter();
    // A weaker proof than the one there is would take strength away.
    let strengths = strengths.filter(|assurance| *assurance >= request.session.assurance);
    steps.extend(strengths.map(|assurance| Remedy::StepUp { assurance }));
    let mut after = request.clone();
    super::decide::clear(&mut after, ClearingStep::PasswordReset);
    if request.person.password == PasswordState::ResetDue || after.person.facts != *facts {
        steps.push(Remedy::ResetPassword);
    }
    if doubted || request.person.trust.level < Level::High {
        steps.push(Remedy::AskAdministrator);
    }
    let terms = round.world.register.terms.iter();
    let missing = terms.filter(|terms| !request.person.terms.contains(terms));
    steps.extend(missing.map(|terms| Remedy::AcceptTerms {
        terms: terms.clone(),
    }));
    if request.circumstances.anonymiser != Answer::No {
        steps.push(Remedy::LeaveAnonymiser);
    }
    let hours = round.policies.hours(request.now);
    let asked = Asked {
        policies: &round.policies,
        slice: round.policies.slice(&request.app).unwrap(),
        hours: &hours,
    };
    // Nobody is sent for a device of the company where no policy asks for one.
    if request.device.ownership != Ownership::Company && asked.looked_at().ownership {
        steps.push(Remedy::UseCompanyDevice);
    }
    if let DeviceEvidence::Absent(why) = request.device.evidence {
        steps.push(match why {
            NoDevice::Mismatch => Remedy::SignInAgain,
            NoDevice::NoCertificate if request.person.enrolled_devices > 0 => {
                Remedy::PresentCertificate
            }
            _ => Remedy::EnrolDevice,
        });
    }
    let of_device = request.device.trust.reasons.iter();
    let mut of_device = of_device.filter(|r| !matches!(r, TrustReason::NoDeviceIdentity { .. }));
    if of_device.next().is_some() || !request.device.facts.is_empty() {
        steps.push(Remedy::WaitForDeviceClean);
    }
    let items = PostureItem::ALL.iter().copied();
    let wrong = items.filter(|item| request.device.posture.item(*item) < Answer::Yes);
    let named = wrong.filter(|item| texts.contains(&item.as_str().replace('-', "_")));
    steps.extend(named.map(|item| Remedy::FixPosture { item }));
    for (software, path, is) in [
        (
            Software::OperatingSystem,
            "device.os_version",
            request.device.posture.os_version,
        ),
        (
            Software::Antivirus,
            "device.antivirus_version",
            request.device.posture.antivirus_version,
        ),
        (
            Software::Client,
            "client.version",
            request.circumstances.client_version,
        ),
    ] {
        let versions = super::written::VERSIONS.into_iter().flat_map(|version| {
            let version: Version = version.parse().unwrap();
            let next = Version::from_integer(version.as_integer() + 1);
            [version, next.unwrap()]
        });
        for to in versions {
            let number = to.as_integer();
            let names = [
                format!("{path} >= {number}"),
                format!("{path} > {}", number - 1),
            ];
            if is < Some(to) && names.iter().any(|name| texts.contains(name)) {
                steps.push(Remedy::Update { software, to });
            }
        }
    }
    let app = round
        .world
        .register
        .applications
        .iter()
        .find(|app| app.id == request.app);
    let groups = app.map(|app| &app.groups[..]).unwrap_or_default();
    if !groups.is_empty()
        && !groups
            .iter()
            .any(|group| request.person.groups.contains(group))
    {
        steps.push(Remedy::AskOwner);
    }
    steps
}

/// Each quarter of an hour of a week at which the calendars stand as they never stood before.
fn other_times(policies: &PolicySet, request: &Request) -> Vec<Remedy> {
    let mut known = vec![policies.hours(request.now).within.clone()];
    let mut times = Vec::new();
    for quarter in 1..7 * 24 * 4 {
        let at = Timestamp::from_seconds((request.now.as_millis() / 1000 / 900 + quarter) * 900);
        let within = policies.hours(at).within.clone();
        if !known.contains(&within) {
            known.push(within);
            times.push(Remedy::ComeBack { at });
        }
    }
    times
}

fn cost(steps: &[Remedy]) -> u32 {
    steps.iter().map(Remedy::cost).sum()
}

fn allows(policies: &PolicySet, request: &Request) -> bool {
    let facts = Facts::of(request, &policies.numbering);
    let hours = policies.hours(request.now);
    let asked = Asked {
        policies,
        slice: policies.slice(&request.app).unwrap(),
        hours: &hours,
    };
    asked.allows(&facts)
}

/// All sets of `steps` on top of `taken` that cost less than `below`, until one would do.
fn cheaper(
    policies: &PolicySet,
    request: &Request,
    steps: &[Remedy],
    taken: &mut Vec<Remedy>,
    below: u32,
    tried: &mut usize,
) -> Option<Vec<Remedy>> {
    *tried += 1;
    let mut ordered = taken.clone();
    ordered.sort_unstable();
    if allows(policies, &take(request.clone(), &ordered)) {
        return Some(ordered);
    }
    for (at, step) in steps.iter().enumerate() {
        if cost(taken) + step.cost() >= below {
            continue;
        }
        taken.push(step.clone());
        let found = cheaper(policies, request, &steps[at + 1..], taken, below, tried);
        taken.pop();
        if found.is_some() {
            return found;
        }
    }
    None
}

fn look(round: &Round, refusal: &Refusal, counts: &mut Counts) {
    let policies = &round.policies;
    let request = &refusal.inputs().request.clone();
    let told = || {
        let documents = round.world.documents.iter();
        let policies: Vec<String> = documents
            .map(|document| format!("{:?} {}", document.state, document.cedar))
            .collect();
        let decision = line(&Decision::Refuse(refusal.clone()));
        let policies = policies.join("\n");
        format!("{}\n{decision}\n{request:?}\n{policies}", round.again)
    };
    let steps = refusal.remedies();
    let nothing = steps == [Remedy::NothingHelps];
    counts.add("refusals", 1);
    counts.add("refusals where nothing helps", usize::from(nothing));
    for way in [steps, refusal.alternative()] {
        if !nothing && !way.is_empty() {
            let after = policies.decide(&take(request.clone(), way));
            assert!(
                after.permit().is_some(),
                "{way:?} does not lead out\n{}",
                told()
            );
        }
    }
    counts.add(
        "refusals with another way out",
        usize::from(!refusal.alternative().is_empty()),
    );
    counts.add("steps", steps.len());
    // Cedar alone would need hours for all sets; the rest is more than enough.
    if !policies
        .slice(&request.app)
        .unwrap()
        .left_to_cedar
        .is_empty()
    {
        return;
    }
    let below = if nothing { u32::MAX } else { cost(steps) };
    let mut universe = everything(round, request);
    universe.sort_by_key(Remedy::cost);
    let times = other_times(policies, request);
    let mut tried = 0;
    for time in [None].into_iter().chain(times.into_iter().map(Some)) {
        let mut taken: Vec<Remedy> = time.into_iter().collect();
        if cost(&taken) < below {
            let found = cheaper(policies, request, &universe, &mut taken, below, &mut tried);
            assert_eq!(found, None, "cheaper than {steps:?}\n{}", told());
        }
    }
    counts.add("refusals with every cheaper set tried", 1);
    counts.add("sets of steps tried", tried);
}

#[test]
fn no_way_out_is_cheaper() {
    let counts = Torture::of(600).run("ways out", |round, counts| {
        while let Some(request) = round.next() {
            counts.add("cases", 1);
            if let Decision::Refuse(refusal) = round.policies.decide(&request) {
                look(round, &refusal, counts);
            }
        }
    });
    counts.assert_share("refusals where nothing helps", "refusals", 1..=90);
    counts.assert_share(
        "refusals with every cheaper set tried",
        "refusals",
        60..=100,
    );
}
