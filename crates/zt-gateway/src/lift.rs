//! What would lift a limit: found by deciding again with steps assumed, as a refusal's remedies are.

use zt_pages::refusal::Short;
use zt_policy::{Permit, PolicySet, Remedy, Request};
use zt_types::{Assurance, DeviceEvidence, DeviceId, Level, NoDevice, Timestamp, TrustReason};

/// The strongest that anybody can reach today.
const PROOFS: [Remedy; 3] = [
    Remedy::Reauthenticate,
    Remedy::StepUp {
        assurance: Assurance::Mfa,
    },
    Remedy::StepUp {
        assurance: Assurance::PhishingResistant,
    },
];

/// The fewest steps after which a permit would do; nothing if none of them help.
pub(crate) fn steps(
    policies: &PolicySet,
    permit: &Permit,
    would_do: impl Fn(&Permit) -> bool,
    now: Timestamp,
) -> Vec<Remedy> {
    let request = Request {
        now,
        ..permit.inputs().request.clone()
    };
    let helps = |plan: &Vec<Remedy>| {
        let assumed = plan.iter().fold(request.clone(), assume);
        policies.decide(&assumed).permit().is_some_and(&would_do)
    };
    plans(&request).into_iter().find(helps).unwrap_or_default()
}

/// Sets of steps in the order of the trouble they are.
fn plans(request: &Request) -> Vec<Vec<Remedy>> {
    let proofs: Vec<Remedy> = PROOFS
        .into_iter()
        .filter(|proof| match proof {
            Remedy::StepUp { assurance } => *assurance > request.session.assurance,
            _ => true,
        })
        .collect();
    let device = identity(request);
    let clean = (request.device.trust.level < Level::High).then_some(Remedy::WaitForDeviceClean);
    let person = (request.person.trust.level < Level::High).then_some(Remedy::AskAdministrator);
    let sets: [&[&Option<Remedy>]; 6] = [
        &[],
        &[&device],
        &[&clean],
        &[&device, &clean],
        &[&person],
        &[&device, &clean, &person],
    ];
    let mut plans: Vec<Vec<Remedy>> = Vec::new();
    for set in sets {
        let set: Vec<Remedy> = set.iter().flat_map(|step| step.iter()).cloned().collect();
        let proven = proofs
            .iter()
            .map(|proof| [std::slice::from_ref(proof), &set].concat());
        let all = std::iter::once(set.clone()).chain(proven);
        plans.extend(all.filter(|plan| !plan.is_empty()));
    }
    plans
}

/// How this connection can come to prove a device.
fn identity(request: &Request) -> Option<Remedy> {
    let why = match request.device.evidence {
        DeviceEvidence::Proven(_) => return None,
        DeviceEvidence::Absent(why) => why,
    };
    Some(match why {
        NoDevice::Mismatch => Remedy::SignInAgain,
        NoDevice::NotAsked | NoDevice::NoCertificate | NoDevice::Foreign | NoDevice::WrongUsage
            if request.person.enrolled_devices > 0 =>
        {
            Remedy::PresentCertificate
        }
        _ => Remedy::EnrolDevice,
    })
}

fn assume(mut request: Request, step: &Remedy) -> Request {
    match step {
        Remedy::Reauthenticate => request.session.authenticated_at = request.now,
        Remedy::StepUp { assurance } => {
            request.session.assurance = *assurance;
            request.session.authenticated_at = request.now;
        }
        Remedy::PresentCertificate | Remedy::EnrolDevice | Remedy::SignInAgain => {
            let device = &mut request.device;
            let proven = device.bound.unwrap_or(DeviceId::from_random([0; 16]));
            device.evidence = DeviceEvidence::Proven(proven);
            device.evidence_until = Timestamp::FAR_FUTURE;
            device
                .trust
                .reasons
                .retain(|reason| !matches!(reason, TrustReason::NoDeviceIdentity { .. }));
            if device.trust.reasons.is_empty() {
                device.trust.level = Level::High;
            }
        }
        Remedy::WaitForDeviceClean => {
            request.device.trust.reasons.clear();
            if request.device.evidence.device().is_some() {
                request.device.trust.level = Level::High;
            }
        }
        Remedy::AskAdministrator => {
            request.person.trust.level = Level::High;
            request.person.trust.reasons.clear();
        }
        // Whatever else there is to do does not make a permit carry more.
        _ => {}
    }
    request
}

/// What these steps say that full use is short of.
pub(crate) fn short_of(steps: &[Remedy]) -> Vec<Short> {
    let mut short: Vec<Short> = steps
        .iter()
        .map(|step| match step {
            Remedy::StepUp { .. } => Short::Assurance,
            Remedy::Reauthenticate => Short::Proof,
            Remedy::PresentCertificate | Remedy::EnrolDevice | Remedy::SignInAgain => Short::Device,
            Remedy::WaitForDeviceClean => Short::DeviceTrust,
            Remedy::AskAdministrator => Short::PersonTrust,
            _ => Short::Rule,
        })
        .collect();
    if short.is_empty() {
        short.push(Short::Rule);
    }
    short
}
