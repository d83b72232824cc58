//! What can be done, and what comes of it.

use super::matters::{Matter, Matters};
use super::search::{Choice, Course};
use super::{Remedy, cost};
use crate::decision::Software;
use crate::facts::{Facts, Open};
use crate::verdict::Asked;
use zt_types::{
    Answer, Assurance, ClearingStep, Level, NoDevice, Ownership, PasswordState, Version,
};

/// The strongest that anybody can reach today: hardware attestation is not checked yet.
const STRONGEST: Assurance = Assurance::PhishingResistant;

impl Asked<'_> {
    pub(super) fn assume_all(&self, steps: &[Remedy], facts: &mut Facts) {
        for step in steps {
            self.assume(step, facts);
        }
    }

    /// What can be done about each of these matters, but for the hours and the groups.
    pub(super) fn choices(&self, facts: &Facts, matters: Matters) -> Vec<Choice> {
        let present = self.bits(facts);
        let course = |steps: Vec<Remedy>| {
            let mut after = facts.clone();
            self.assume_all(&steps, &mut after);
            Course {
                cost: cost(&steps),
                turns: self.bits(&after).unlike(present),
                steps,
            }
        };
        let mut choices = vec![Choice::new(proofs(facts, matters).into_iter().map(course))];
        let mut offer = |matter: Matter, offers: Vec<Vec<Remedy>>| {
            if matters.contains(matter) && !offers.is_empty() {
                choices.push(Choice::new(offers.into_iter().map(course)));
            }
        };
        offer(Matter::Device, device_choices(facts));
        // Another device would have none of the faults of this one. But that she has one of the company's to turn to is
        // taken for granted only where policies ask for one.
        let foreign = facts.ownership != Ownership::Company && self.looked_at().ownership;
        offer(
            Matter::Ownership,
            only_if(foreign, Remedy::UseCompanyDevice),
        );
        let doubted = facts.person_trust < Level::High || facts.person_facts.kinds != 0;
        offer(Matter::Person, only_if(doubted, Remedy::AskAdministrator));
        // Of two that cost the same the first one is found last, and so kept.
        let terms = self.looked_at().terms.iter().rev();
        for (_, terms) in terms.filter(|(number, _)| !facts.terms.contains(*number)) {
            let terms = terms.clone();
            offer(Matter::Terms, vec![vec![Remedy::AcceptTerms { terms }]]);
        }
        let items = self.looked_at().items.iter().rev().copied();
        for item in items.filter(|item| facts.posture.item(*item) < Answer::Yes) {
            offer(Matter::Posture, vec![vec![Remedy::FixPosture { item }]]);
        }
        for software in Software::ALL {
            let is = software.version_in(facts);
            let versions = self.looked_at().versions_of(software).iter();
            let newer = versions.filter(|version| **version > is);
            let updates = newer
                .filter_map(|version| Version::from_integer(*version))
                .map(|to| vec![Remedy::Update { software, to }]);
            offer(Matter::Versions, updates.collect());
        }
        let hidden = facts.anonymiser == Answer::Yes;
        offer(Matter::Anonymiser, only_if(hidden, Remedy::LeaveAnonymiser));
        choices
    }

    /// The facts after a step.
    fn assume(&self, step: &Remedy, facts: &mut Facts) {
        match step {
            Remedy::Reauthenticate => facts.proven_at = facts.now,
            Remedy::StepUp { assurance } => {
                facts.assurance = facts.assurance.max(*assurance);
                facts.proven_at = facts.now;
                if *assurance >= Assurance::Mfa {
                    clear(facts, ClearingStep::MultiFactor);
                }
                if *assurance >= Assurance::PhishingResistant {
                    clear(facts, ClearingStep::PhishingResistant);
                }
            }
            Remedy::ResetPassword => {
                facts.password = PasswordState::Good;
                facts.proven_at = facts.now;
                clear(facts, ClearingStep::PasswordReset);
            }
            Remedy::AcceptTerms { terms } => {
                if let Some(number) = self.policies.numbering.terms.number(terms) {
                    facts.terms = facts.terms.with(number);
                }
            }
            Remedy::LeaveAnonymiser => facts.anonymiser = Answer::No,
            Remedy::PresentCertificate | Remedy::EnrolDevice | Remedy::SignInAgain => {
                facts.proven = true;
                facts.enrolled = true;
                facts.device_trust = facts.device_trust_with_identity;
            }
            Remedy::UseCompanyDevice => {
                // Another device: nothing is known of it but that it is the company's and in order.
                let best = facts.at_best();
                facts.ownership = Ownership::Company;
                facts.proven = true;
                facts.enrolled = true;
                facts.device_trust = Level::High;
                facts.device_facts = Open::default();
                facts.posture = best.posture;
                facts.os_version = best.os_version;
                facts.antivirus_version = best.antivirus_version;
            }
            Remedy::FixPosture { item } => facts.posture = facts.posture.with(*item, Answer::Yes),
            Remedy::Update { software, to } => {
                let newer = software.version_in(facts).max(to.as_integer());
                software.set(facts, newer);
            }
            Remedy::WaitForDeviceClean => {
                facts.device_facts = Open::default();
                facts.device_trust = if facts.proven {
                    Level::High
                } else {
                    Level::Medium
                };
            }
            Remedy::AskAdministrator => {
                facts.person_trust = Level::High;
                facts.person_facts = Open::default();
            }
            Remedy::AskOwner => {
                if let Some(group) = self.slice.groups.first() {
                    facts.members = facts.members.with(*group);
                }
            }
            Remedy::ComeBack { at } => {
                // Whoever comes back proves herself anew.
                facts.proven_at = *at;
                facts.now = *at;
            }
            Remedy::NothingHelps => {}
        }
    }
}

/// The proofs that she can give, each with and without a reset of the password: trust that several facts keep down comes
/// back only with the step that ends the last of them, so they are one choice.
fn proofs(facts: &Facts, matters: Matters) -> Vec<Vec<Remedy>> {
    let mut proofs = vec![vec![]];
    if matters.contains(Matter::Session) {
        proofs.push(vec![Remedy::Reauthenticate]);
        let stronger = Assurance::ALL.into_iter().filter(|assurance| {
            // A weaker proof would take strength away.
            let clears =
                facts.person_facts.kinds != 0 && *assurance >= facts.assurance.max(Assurance::Mfa);
            (*assurance > facts.assurance || clears) && *assurance <= STRONGEST
        });
        proofs.extend(stronger.map(|assurance| vec![Remedy::StepUp { assurance }]));
    }
    let resets = facts.password == PasswordState::ResetDue
        || facts.person_facts.after(ClearingStep::PasswordReset) != facts.person_facts;
    if resets && matters.contains(Matter::Password) {
        let with_reset = |proof: Vec<Remedy>| {
            let both = [&proof[..], &[Remedy::ResetPassword]].concat();
            [proof, both]
        };
        proofs = proofs.into_iter().flat_map(with_reset).collect();
    }
    // Nothing is a choice anyway.
    proofs.remove(0);
    proofs
}

/// What is left of the facts about her after a step, and the trust that comes back with it.
fn clear(facts: &mut Facts, step: ClearingStep) {
    // What keeps her trust down beside the facts that are known here stays where it is.
    let by_facts = facts.person_trust >= facts.person_facts.ceiling();
    facts.person_facts = facts.person_facts.after(step);
    if by_facts {
        facts.person_trust = facts.person_trust.max(facts.person_facts.ceiling());
    }
}

fn only_if(can: bool, step: Remedy) -> Vec<Vec<Remedy>> {
    if can { vec![vec![step]] } else { Vec::new() }
}

fn device_choices(facts: &Facts) -> Vec<Vec<Remedy>> {
    let identity = identity_step(facts);
    let mut choices: Vec<Vec<Remedy>> = identity.iter().cloned().map(|step| vec![step]).collect();
    if facts.device_trust_with_identity < Level::High || facts.device_facts.kinds != 0 {
        choices.push(vec![Remedy::WaitForDeviceClean]);
        choices.extend(identity.map(|step| vec![step, Remedy::WaitForDeviceClean]));
    }
    choices
}

/// How this connection can come to prove a device.
fn identity_step(facts: &Facts) -> Option<Remedy> {
    match (facts.nameless, facts.has_enrolled) {
        (None, _) => None,
        (Some(NoDevice::Mismatch), _) => Some(Remedy::SignInAgain),
        (
            Some(
                NoDevice::NotAsked
                | NoDevice::NoCertificate
                | NoDevice::Foreign
                | NoDevice::WrongUsage,
            ),
            true,
        ) => Some(Remedy::PresentCertificate),
        (Some(_), _) => Some(Remedy::EnrolDevice),
    }
}
