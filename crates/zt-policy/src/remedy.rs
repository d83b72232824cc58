//! The way out: the cheapest set of steps that would turn a refusal into an allow, found by deciding again with those
//! steps assumed.

use crate::Remedy;
use crate::compile::{PolicySet, Slice};
use crate::situation::{HasEnrolled, Situation};
use zt_types::{Assurance, Level, NoDevice};

/// The strongest that anybody can reach today: hardware attestation is not checked yet.
const STRONGEST: Assurance = Assurance::PhishingResistant;

impl Remedy {
    /// What a step costs the person, in arbitrary units of trouble.
    const fn cost(self) -> u32 {
        match self {
            Self::Reauthenticate => 1,
            Self::PresentCertificate => 2,
            Self::SignInAgain => 3,
            Self::StepUp { assurance } => match assurance {
                Assurance::Password => 1,
                Assurance::Mfa => 2,
                Assurance::PhishingResistant => 4,
                Assurance::Hardware => 8,
            },
            Self::EnrolDevice => 10,
            Self::WaitForDeviceClean => 30,
            Self::AskOwner => 50,
            Self::AskAdministrator => 60,
            Self::NothingHelps => u32::MAX,
        }
    }
}

impl PolicySet {
    /// The steps; [`Remedy::NothingHelps`] alone if even all of them together would not do.
    pub(crate) fn remedies(&self, slice: &Slice, situation: &Situation<'_>) -> Vec<Remedy> {
        let Some(connect) = slice.connect() else {
            return vec![Remedy::NothingHelps];
        };
        let would_do = |steps: &[Remedy]| {
            let assumed = steps
                .iter()
                .fold(*situation, |assumed, step| assume(*step, assumed, slice));
            self.answer(slice, &assumed, [connect])
                .is_some_and(|answers| answers.iter().all(|answer| answer.allowed))
        };
        let choices = choices(slice, situation);
        // More safety never takes access away, so the last of each choice together is the most that can be done.
        let everything: Vec<Remedy> = choices
            .iter()
            .filter_map(|choice| choice.last())
            .flatten()
            .copied()
            .collect();
        if !would_do(&everything) {
            return vec![Remedy::NothingHelps];
        }
        let mut plans = combine(&choices);
        plans.sort_by_key(|plan| plan.iter().map(|step| step.cost()).sum::<u32>());
        let mut plan = plans
            .into_iter()
            .find(|plan| would_do(plan))
            .unwrap_or(everything);
        plan.sort_unstable();
        plan
    }
}

/// What can be done about each kind of risk, least first; each is a set of steps. The last one is the most.
fn choices(slice: &Slice, situation: &Situation<'_>) -> Vec<Vec<Vec<Remedy>>> {
    let mut session = vec![vec![], vec![Remedy::Reauthenticate]];
    session.extend(
        Assurance::ALL
            .into_iter()
            .filter(|assurance| *assurance > situation.assurance && *assurance <= STRONGEST)
            .map(|assurance| vec![Remedy::StepUp { assurance }]),
    );

    let mut device = vec![vec![]];
    let identity = identity_step(situation);
    device.extend(identity.map(|step| vec![step]));
    if situation.atoms.device_trust_with_identity < Level::High {
        device.push(vec![Remedy::WaitForDeviceClean]);
        device.extend(identity.map(|step| vec![step, Remedy::WaitForDeviceClean]));
    }

    let mut person = vec![vec![]];
    if situation.person_trust < Level::High {
        person.push(vec![Remedy::AskAdministrator]);
    }

    let mut entitlement = vec![vec![]];
    let is_for_her = slice.groups.is_empty()
        || slice
            .groups
            .iter()
            .any(|group| situation.atoms.groups.contains(group));
    if !is_for_her {
        entitlement.push(vec![Remedy::AskOwner]);
    }
    vec![session, device, person, entitlement]
}

/// How this connection can come to prove a device.
const fn identity_step(situation: &Situation<'_>) -> Option<Remedy> {
    match (situation.atoms.nameless, situation.atoms.has_enrolled) {
        (None, _) => None,
        (Some(NoDevice::Mismatch), _) => Some(Remedy::SignInAgain),
        (
            Some(
                NoDevice::NotAsked
                | NoDevice::NoCertificate
                | NoDevice::Foreign
                | NoDevice::WrongUsage,
            ),
            HasEnrolled::Yes,
        ) => Some(Remedy::PresentCertificate),
        (Some(_), _) => Some(Remedy::EnrolDevice),
    }
}

/// The situation after a step.
fn assume<'a>(step: Remedy, situation: Situation<'a>, slice: &'a Slice) -> Situation<'a> {
    match step {
        Remedy::Reauthenticate => Situation {
            age: 0,
            ..situation
        },
        Remedy::StepUp { assurance } => Situation {
            assurance,
            age: 0,
            ..situation
        },
        Remedy::PresentCertificate | Remedy::EnrolDevice | Remedy::SignInAgain => Situation {
            proven: true,
            device_trust: situation.atoms.device_trust_with_identity,
            ..situation
        },
        Remedy::WaitForDeviceClean => Situation {
            device_trust: if situation.proven {
                Level::High
            } else {
                Level::Medium
            },
            ..situation
        },
        Remedy::AskAdministrator => Situation {
            person_trust: Level::High,
            ..situation
        },
        Remedy::AskOwner => Situation {
            joined: slice.groups.first(),
            ..situation
        },
        Remedy::NothingHelps => situation,
    }
}

/// Every way to pick one of each choice.
fn combine(choices: &[Vec<Vec<Remedy>>]) -> Vec<Vec<Remedy>> {
    choices.iter().fold(vec![Vec::new()], |plans, choice| {
        plans
            .iter()
            .flat_map(|plan| {
                choice
                    .iter()
                    .map(move |steps| [plan.as_slice(), steps].concat())
            })
            .collect()
    })
}
