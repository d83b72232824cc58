//! The way out: the cheapest set of steps that would turn a refusal into an allow, found by deciding again with those
//! steps assumed; and the next cheapest one that does without all of those.

use crate::Remedy;
use crate::atom::Atom;
use crate::compile::Compiled;
use crate::decision::Software;
use crate::expression::{Question, names};
use crate::facts::{Facts, Open};
use crate::masks::Effect;
use crate::verdict::Asked;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use zt_types::{
    Answer, Assurance, ClearingStep, Country, Level, NoDevice, Ownership, PasswordState,
    PostureItem, Version,
};

mod matters;

use matters::{Matter, Matters};

/// The strongest that anybody can reach today: hardware attestation is not checked yet.
const STRONGEST: Assurance = Assurance::PhishingResistant;

/// More questions than this are not asked for one way out: a refusal must not take longer than anybody has. What is found
/// by then leads out, and no step of it can be left out; only that it is the cheapest is no longer known.
const MAX_QUESTIONS: u32 = 4_096;

/// What the policies in force of one application look at, as far as ways out hang on it.
#[derive(Debug)]
pub(crate) struct LookedAt {
    /// Whether at whose device it is.
    pub(crate) ownership: bool,
    /// The calendars, by number.
    pub(crate) calendars: Vec<u32>,
}

/// What can be done.
pub(crate) struct WayOut {
    /// In the order in which they are taken; [`Remedy::NothingHelps`] alone if even all of them together would not do.
    pub(crate) steps: Vec<Remedy>,
    /// Other steps that would do; nothing if there are none.
    pub(crate) alternative: Vec<Remedy>,
}

impl Remedy {
    /// What a step costs the person, in arbitrary units of trouble.
    pub(crate) const fn cost(&self) -> u32 {
        match self {
            Self::Reauthenticate => 1,
            Self::PresentCertificate | Self::AcceptTerms { .. } => 2,
            Self::SignInAgain => 3,
            Self::StepUp { assurance } => match assurance {
                Assurance::Password => 1,
                Assurance::Mfa => 2,
                Assurance::PhishingResistant => 4,
                Assurance::Hardware => 8,
            },
            Self::LeaveAnonymiser => 5,
            Self::FixPosture { .. } => 6,
            Self::Update { .. } => 8,
            Self::ResetPassword => 9,
            Self::EnrolDevice => 10,
            Self::UseCompanyDevice => 20,
            Self::ComeBack { .. } => 25,
            Self::WaitForDeviceClean => 30,
            Self::AskOwner => 50,
            Self::AskAdministrator => 60,
            Self::NothingHelps => u32::MAX,
        }
    }
}

impl Remedy {
    /// Whether it is the same step, or one that only goes further the same way.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Update { software, .. }, Self::Update { software: of, .. }) => software == of,
            (Self::ComeBack { .. }, Self::ComeBack { .. }) => true,
            _ => self == other,
        }
    }
}

/// A step of each kind, and of each strength.
pub(crate) fn every_kind() -> Vec<Remedy> {
    let step_ups = Assurance::ALL.map(|assurance| Remedy::StepUp { assurance });
    let others = [
        Remedy::SignInAgain,
        Remedy::Reauthenticate,
        Remedy::ResetPassword,
        Remedy::LeaveAnonymiser,
        Remedy::PresentCertificate,
        Remedy::EnrolDevice,
        Remedy::UseCompanyDevice,
        Remedy::WaitForDeviceClean,
        Remedy::AskOwner,
        Remedy::AskAdministrator,
    ];
    step_ups.into_iter().chain(others).collect()
}

/// What can be done about one thing: nothing first, everything last, and what costs less before what costs more.
struct Choice {
    options: Vec<Vec<Remedy>>,
}

impl Choice {
    fn cheapest(&self) -> u32 {
        self.options.first().map_or(u32::MAX, |steps| cost(steps))
    }
}

/// The search for the cheapest plan: one option of each choice. More safety never takes access away, so a plan that is not
/// enough with everything done about all that is still open cannot be made enough, and is not followed.
struct Search<'a> {
    asked: &'a Asked<'a>,
    choices: Rc<Vec<Choice>>,
    /// How many were asked for this way out so far.
    questions: &'a Cell<u32>,
    /// Nothing that costs as much as this is followed.
    below: u32,
    found: Option<Vec<Remedy>>,
}

impl Search<'_> {
    fn ask(&self, questions: usize) {
        let more = u32::try_from(questions).unwrap_or(u32::MAX);
        self.questions
            .set(self.questions.get().saturating_add(more));
    }

    /// Whether the facts, with the most done about all choices from `at` on, would do.
    fn would_do(&mut self, facts: &Facts, at: usize) -> bool {
        self.ask(1);
        let mut assumed = facts.clone();
        for choice in self.choices.get(at..).unwrap_or_default() {
            let most = choice.options.last().map(Vec::as_slice);
            self.asked
                .assume_all(most.unwrap_or_default(), &mut assumed);
        }
        self.asked.allows(&assumed)
    }

    /// Leaves out the options that will not do even with the most done about everything else; `false` if none is left.
    fn narrow(&mut self, facts: &Facts) -> bool {
        if !self.would_do(facts, 0) {
            return false;
        }
        for at in 0..self.choices.len() {
            let options = self.choices.get(at).map(|choice| choice.options.as_slice());
            let options = options.unwrap_or_default();
            self.ask(options.len());
            let last = options.len().saturating_sub(1);
            // That the most will do is known already.
            let would_do = options
                .iter()
                .enumerate()
                .map(|(number, option)| number == last || self.is_enough(facts, at, option));
            let mut would_do = would_do.collect::<Vec<bool>>().into_iter();
            // Nobody else has them while they are narrowed.
            let choices = Rc::get_mut(&mut self.choices);
            if let Some(choice) = choices.and_then(|choices| choices.get_mut(at)) {
                choice.options.retain(|_| would_do.next() == Some(true));
            }
        }
        true
    }

    /// Whether an option of one choice is enough with the most done about all others.
    fn is_enough(&self, facts: &Facts, at: usize, option: &[Remedy]) -> bool {
        let mut assumed = facts.clone();
        for (place, choice) in self.choices.iter().enumerate() {
            let most = || choice.options.last().map(Vec::as_slice).unwrap_or_default();
            let steps = if place == at { option } else { most() };
            self.asked.assume_all(steps, &mut assumed);
        }
        self.asked.allows(&assumed)
    }

    /// Follows every plan that begins like this and can still be the cheapest.
    fn follow(&mut self, at: usize, facts: &Facts, cost_so_far: u32, plan: &mut Vec<Remedy>) {
        let rest: u32 = self
            .choices
            .get(at..)
            .unwrap_or_default()
            .iter()
            .fold(0, |sum, choice| sum.saturating_add(choice.cheapest()));
        if cost_so_far.saturating_add(rest) >= self.below {
            return;
        }
        let choices = Rc::clone(&self.choices);
        let Some(choice) = choices.get(at) else {
            self.below = cost_so_far;
            self.found = Some(plan.clone());
            return;
        };
        let last = choice.options.len().saturating_sub(1);
        for (number, option) in choice.options.iter().enumerate() {
            if self.below < u32::MAX && self.questions.get() > MAX_QUESTIONS {
                return;
            }
            let mut assumed = facts.clone();
            self.asked.assume_all(option, &mut assumed);
            // The last option is the most, and that the most will do is known already.
            if number == last || self.would_do(&assumed, at + 1) {
                let before = plan.len();
                plan.extend(option.iter().cloned());
                self.follow(
                    at + 1,
                    &assumed,
                    cost_so_far.saturating_add(cost(option)),
                    plan,
                );
                plan.truncate(before);
            }
        }
    }
}

fn cost(steps: &[Remedy]) -> u32 {
    steps
        .iter()
        .fold(0, |sum, step| sum.saturating_add(step.cost()))
}

impl Asked<'_> {
    /// The way out of a refusal by the policies at `forbids`, or by the silence of all permits.
    pub(crate) fn way_out(&self, facts: &Facts, forbids: &[usize]) -> WayOut {
        if self.slice.disbelief.is_there() {
            // Something is wrong with us, and asking Cedar about every plan would take longer than anybody has.
            return WayOut {
                steps: vec![Remedy::AskAdministrator],
                alternative: Vec::new(),
            };
        }
        let matters = self.matters(facts, forbids);
        let ahead = OnceCell::new();
        let hours_ahead = || {
            let calendars = &self.looked_at().calendars;
            ahead.get_or_init(|| self.policies.hours_ahead(calendars, self.hours))
        };
        let asks_owner = matters.contains(Matter::Entitlement) && !self.is_for_her(facts);
        let questions = Cell::new(0);
        let is_enough = || questions.get() > MAX_QUESTIONS;
        let cheapest = |without: Option<&Remedy>, below: u32| {
            let choices = self.choices(facts, matters, without);
            let mut best: Option<(u32, Vec<Remedy>)> = None;
            // At another hour and in another group other policies refuse, so these two steps are no safety that could be
            // taken for granted: each standing is searched by itself.
            for among in [None, Some(Remedy::AskOwner)] {
                if among.is_some() && !asks_owner || among.is_some() && among.as_ref() == without {
                    continue;
                }
                let mut found = |asked: &Asked<'_>, first: Vec<Remedy>| {
                    let below = best.as_ref().map_or(below, |(cost, _)| *cost);
                    if cost(&first) < below
                        && let Some(found) =
                            asked.cheapest(facts, &choices, first, (below, &questions))
                    {
                        best = Some(found);
                    }
                    best.as_ref().map_or(below, |(cost, _)| *cost)
                };
                let first: Vec<Remedy> = among.into_iter().collect();
                let below = found(self, first.clone());
                let soonest = Remedy::ComeBack { at: facts.now };
                let is_left_out = without.is_some_and(|step| soonest.is_like(step));
                let costs = cost(&first) + soonest.cost();
                if !matters.contains(Matter::Hours) || is_left_out || costs >= below {
                    continue;
                }
                for hours in hours_ahead().iter() {
                    if is_enough() {
                        break;
                    }
                    let come_back = Remedy::ComeBack { at: hours.from };
                    let then = Asked { hours, ..*self };
                    found(&then, [&first[..], &[come_back]].concat());
                }
            }
            best
        };
        let Some((_, steps)) = cheapest(None, u32::MAX) else {
            return WayOut {
                steps: vec![Remedy::NothingHelps],
                alternative: Vec::new(),
            };
        };
        // Another plan does without one step of these at least.
        let mut alternative: Option<(u32, Vec<Remedy>)> = None;
        for step in steps.iter().take_while(|_| !is_enough()) {
            let below = alternative.as_ref().map_or(u32::MAX, |(cost, _)| *cost);
            alternative = cheapest(Some(step), below).or(alternative);
        }
        WayOut {
            steps: in_order(steps),
            alternative: alternative
                .map(|(_, steps)| in_order(steps))
                .unwrap_or_default(),
        }
    }

    /// The cheapest plan, `first` and one option of each choice, that would do and costs less than `below`.
    fn cheapest(
        &self,
        facts: &Facts,
        choices: &[Vec<Vec<Remedy>>],
        first: Vec<Remedy>,
        (below, questions): (u32, &Cell<u32>),
    ) -> Option<(u32, Vec<Remedy>)> {
        let mut begun = facts.clone();
        self.assume_all(&first, &mut begun);
        let choices = choices
            .iter()
            .cloned()
            .map(|options| Choice { options })
            .collect::<Vec<Choice>>()
            .into();
        let mut search = Search {
            asked: self,
            choices,
            questions,
            below,
            found: None,
        };
        if !search.narrow(&begun) {
            return None;
        }
        let mut plan = first;
        search.follow(0, &begun, cost(&plan), &mut plan);
        Some((search.below, search.found?))
    }

    fn assume_all(&self, steps: &[Remedy], facts: &mut Facts) {
        for step in steps {
            self.assume(step, facts);
        }
    }

    fn matters(&self, facts: &Facts, forbids: &[usize]) -> Matters {
        let mut matters = Matters::default();
        let silent = !self.is_permitted(facts);
        let permits = self
            .policies
            .concerning(self.slice)
            .filter(|place| silent && self.policies.effect(*place) == Some(Effect::Permit));
        for place in forbids.iter().copied().chain(permits) {
            match self.policies.compiled.get(place) {
                Some(Compiled::Rules(rules, _)) => {
                    let literals = rules.iter().flat_map(|rule| &rule.when.0);
                    for literal in literals {
                        matters.0 |= Matters::of(literal.question).0;
                    }
                }
                Some(Compiled::LeftToCedar) => return Matters::ALL,
                Some(Compiled::Off) | None => {}
            }
        }
        // At another hour and in another group other policies refuse, and they look at other matters.
        let is_elsewhere = matters.contains(Matter::Hours)
            || matters.contains(Matter::Entitlement) && !self.is_for_her(facts);
        if is_elsewhere { Matters::ALL } else { matters }
    }

    fn is_for_her(&self, facts: &Facts) -> bool {
        let mut groups = self.slice.groups.iter();
        self.slice.groups.is_empty() || groups.any(|group| facts.members.contains(*group))
    }

    /// What can be done about each matter but the hours and the groups, and `without` one step and its like; each option is a set of steps, and in each
    /// choice the first is nothing, the last the most, and none costs less than the one before.
    fn choices(
        &self,
        facts: &Facts,
        matters: Matters,
        without: Option<&Remedy>,
    ) -> Vec<Vec<Vec<Remedy>>> {
        let mut choices = Vec::new();
        let mut offer = |matter: Matter, mut offers: Vec<Vec<Remedy>>| {
            let is_left_out = |step: &Remedy| without.is_some_and(|other| step.is_like(other));
            offers.retain(|steps| !steps.iter().any(is_left_out));
            if matters.contains(matter) && !offers.is_empty() {
                choices.push([vec![vec![]], offers].concat());
            }
        };
        let mut session = vec![vec![Remedy::Reauthenticate]];
        session.extend(
            Assurance::ALL
                .into_iter()
                .filter(|assurance| {
                    // A weaker proof would take strength away.
                    let clears = facts.person_facts.kinds != 0
                        && *assurance >= facts.assurance.max(Assurance::Mfa);
                    (*assurance > facts.assurance || clears) && *assurance <= STRONGEST
                })
                .map(|assurance| vec![Remedy::StepUp { assurance }]),
        );
        offer(Matter::Session, session);
        let resets = facts.password == PasswordState::ResetDue
            || facts.person_facts.after(ClearingStep::PasswordReset) != facts.person_facts;
        offer(Matter::Password, only_if(resets, Remedy::ResetPassword));
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
        for step in self.missing_terms(facts).into_iter().rev() {
            offer(Matter::Terms, vec![vec![step]]);
        }
        for item in PostureItem::ALL.iter().rev() {
            let is_wrong = facts.posture.item(*item) < Answer::Yes && self.asks_for(*item);
            let step = Remedy::FixPosture { item: *item };
            offer(Matter::Posture, only_if(is_wrong, step));
        }
        for software in Software::ALL {
            offer(Matter::Versions, self.updates(facts, software));
        }
        let hidden = facts.anonymiser == Answer::Yes;
        offer(Matter::Anonymiser, only_if(hidden, Remedy::LeaveAnonymiser));
        choices
    }

    fn missing_terms(&self, facts: &Facts) -> Vec<Remedy> {
        self.policies
            .numbering
            .terms
            .iter()
            .filter(|(number, _)| !facts.terms.contains(*number))
            .filter(|(number, _)| {
                !self.slice.left_to_cedar.is_empty() || self.reads(Atom::Terms(*number))
            })
            .map(|(_, terms)| Remedy::AcceptTerms {
                terms: terms.clone(),
            })
            .collect()
    }

    /// What the policies in force of this application look at: those that bind nobody yet must change no way out.
    pub(crate) fn looked_at(&self) -> &LookedAt {
        self.slice.looked_at.get_or_init(|| {
            let binds = |place: &usize| {
                let effect = self.policies.effect(*place);
                matches!(effect, Some(Effect::Permit | Effect::Forbid))
            };
            let concerning = self.policies.concerning(self.slice);
            let places: Vec<usize> = concerning.filter(binds).collect();
            let (compiled, policies) = (&self.policies.compiled, &self.policies.policies);
            let all: Vec<u32> = self.slice.calendars.clone();
            let calendars = crate::hours::read_by(&places, compiled, policies, &all);
            LookedAt {
                ownership: places.iter().any(|place| self.looks_at_ownership(*place)),
                calendars: calendars.into_iter().collect(),
            }
        })
    }

    fn looks_at_ownership(&self, place: usize) -> bool {
        match self.policies.compiled.get(place) {
            Some(Compiled::Rules(rules, _)) => {
                let mut literals = rules.iter().flat_map(|rule| &rule.when.0);
                literals.any(|literal| literal.question == Question::Atom(Atom::CompanyOwned))
            }
            Some(Compiled::LeftToCedar) => {
                let policy = self.policies.policies.get(place);
                policy.is_some_and(|policy| names(&policy.json, "company_owned"))
            }
            Some(Compiled::Off) | None => false,
        }
    }

    fn asks_for(&self, item: PostureItem) -> bool {
        !self.slice.left_to_cedar.is_empty()
            || Answer::ALL
                .into_iter()
                .any(|answer| self.reads(Atom::Posture(item, answer)))
    }

    /// Updates of a program that is older than a policy wants it, to each version they name.
    fn updates(&self, facts: &Facts, software: Software) -> Vec<Vec<Remedy>> {
        self.slice
            .versions
            .iter()
            .copied()
            .filter(|version| *version > software.version_in(facts))
            .filter(|version| self.asks_for_version(software, *version))
            .filter_map(Version::from_integer)
            .map(|to| vec![Remedy::Update { software, to }])
            .collect()
    }

    fn asks_for_version(&self, software: Software, version: i64) -> bool {
        !self.slice.left_to_cedar.is_empty()
            || self.reads(match software {
                Software::OperatingSystem => Atom::OsVersion(version),
                Software::Antivirus => Atom::AntivirusVersion(version),
                Software::Client => Atom::ClientVersion(version),
            })
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
                    facts.terms = facts.terms.iter().chain([number]).collect();
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

    /// The countries that policies of this application name, and one that none does.
    pub(crate) fn countries(&self) -> Vec<Option<Country>> {
        let mut countries: Vec<Option<Country>> = self
            .read()
            .flat_map(|policy| policy.policy.entity_literals())
            .filter(|literal| literal.type_name().to_string() == "Country")
            .map(|literal| literal.id().unescaped().parse().ok())
            .collect();
        // User-assigned (ISO 3166-1): no country has it, so no policy names it in earnest.
        countries.push("ZZ".parse().ok());
        countries
    }

    fn read(&self) -> impl Iterator<Item = &crate::read::ReadPolicy> {
        self.policies
            .concerning(self.slice)
            .filter_map(|place| self.policies.policies.get(place))
    }
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

fn in_order(mut steps: Vec<Remedy>) -> Vec<Remedy> {
    steps.sort_unstable();
    steps
}
