//! The way out: the cheapest set of steps that would turn a refusal into an allow, found by deciding again with those
//! steps assumed; and the next cheapest one that does without all of those.

use crate::Remedy;
use crate::atom::Atom;
use crate::compile::Compiled;
use crate::decision::Software;
use crate::expression::Question;
use crate::facts::{Facts, Open};
use crate::masks::Effect;
use crate::verdict::Asked;
use zt_types::{
    Answer, Assurance, ClearingStep, Country, Level, NoDevice, Ownership, PasswordState,
    PostureItem, Timestamp, Version,
};

/// The strongest that anybody can reach today: hardware attestation is not checked yet.
const STRONGEST: Assurance = Assurance::PhishingResistant;
/// So many turns of the calendars ahead are looked at for hours to come back in: two weeks have at most so many.
const TURNS_AHEAD: usize = 64;

/// More plans than this are not looked at one by one: a refusal must not take longer than anybody has.
const MAX_PLANS: usize = 1_024;

/// What can be done.
pub(crate) struct WayOut {
    /// In the order in which they are taken; [`Remedy::NothingHelps`] alone if even all of them together would not do.
    pub(crate) steps: Vec<Remedy>,
    /// Other steps that would do; nothing if there are none.
    pub(crate) alternative: Vec<Remedy>,
}

impl Remedy {
    /// What a step costs the person, in arbitrary units of trouble.
    const fn cost(&self) -> u32 {
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

/// Kinds of steps that are about one thing: of each, one set is taken or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Matter {
    Session,
    Password,
    Device,
    Ownership,
    Person,
    Terms,
    Posture,
    Versions,
    Anonymiser,
    Hours,
    Entitlement,
}

/// Which matters the policies that refuse look at: a step about another one changes nothing.
#[derive(Debug, Clone, Copy, Default)]
struct Matters(u16);

impl Matters {
    const ALL: Self = Self(u16::MAX);

    const fn with(self, matter: Matter) -> Self {
        Self(self.0 | 1 << matter as u16)
    }

    const fn contains(self, matter: Matter) -> bool {
        self.0 >> matter as u16 & 1 == 1
    }

    /// What can turn the answer to a question.
    fn of(question: Question) -> Self {
        let none = Self::default();
        match question {
            Question::Member(_) | Question::Atom(Atom::Entitled) => none.with(Matter::Entitlement),
            Question::Atom(atom) => match atom {
                // Some steps clear facts, and trust comes back with them.
                Atom::PersonTrust(_) | Atom::PersonFact(_) => none
                    .with(Matter::Person)
                    .with(Matter::Session)
                    .with(Matter::Password),
                Atom::ResetDue => none.with(Matter::Password),
                Atom::Terms(_) => none.with(Matter::Terms),
                Atom::Enrolled
                | Atom::Proven
                | Atom::DeviceTrust(_)
                | Atom::DeviceFact(_)
                | Atom::Os(_) => none.with(Matter::Device),
                Atom::CompanyOwned => none.with(Matter::Ownership),
                Atom::OsVersion(_) | Atom::AntivirusVersion(_) | Atom::ClientVersion(_) => {
                    none.with(Matter::Versions)
                }
                Atom::Posture(..) => none.with(Matter::Posture),
                Atom::Assurance(_) | Atom::Age(_) => {
                    none.with(Matter::Session).with(Matter::Password)
                }
                Atom::Anonymiser => none.with(Matter::Anonymiser),
                Atom::Calendar(_) => none.with(Matter::Hours),
                _ => none,
            },
        }
    }
}

impl Asked<'_> {
    /// The way out of a refusal by the policies at `forbids`, or by the silence of all permits.
    pub(crate) fn way_out(&self, facts: &Facts, forbids: &[usize]) -> WayOut {
        let choices = self.choices(facts, self.matters(facts, forbids));
        let would_do = |steps: &[&[Remedy]]| {
            let mut assumed = facts.clone();
            let mut hours = None;
            for step in steps.iter().copied().flatten() {
                if let Remedy::ComeBack { at } = step {
                    hours = Some(self.policies.hours(*at));
                }
                self.assume(step, &mut assumed);
            }
            let then = Asked {
                hours: hours.as_ref().unwrap_or(self.hours),
                ..*self
            };
            then.allows(&assumed)
        };
        // More safety never takes access away, so the last of each choice together is the most that can be done; only of
        // the hours to come back in, later ones are no better than earlier ones.
        let times = choices
            .iter()
            .flatten()
            .filter(|steps| matches!(&steps[..], [Remedy::ComeBack { .. }]))
            .cloned()
            .collect::<Vec<_>>();
        let everything: Vec<&[Remedy]> = choices
            .iter()
            .filter_map(|choice| choice.last())
            .map(Vec::as_slice)
            .filter(|steps| !matches!(steps, [Remedy::ComeBack { .. }]))
            .collect();
        let helps = times
            .iter()
            .map(Vec::as_slice)
            .chain([&[][..]])
            .any(|time| would_do(&[&everything[..], &[time]].concat()));
        if !helps {
            return WayOut {
                steps: vec![Remedy::NothingHelps],
                alternative: Vec::new(),
            };
        }
        let count = choices
            .iter()
            .fold(1usize, |count, choice| count.saturating_mul(choice.len()));
        if count > MAX_PLANS {
            return WayOut {
                steps: in_order(&narrowed(&choices, &would_do)),
                alternative: Vec::new(),
            };
        }
        let mut plans = combine(&choices);
        plans.sort_by_key(|(cost, _)| *cost);
        let mut plans = plans.into_iter().map(|(_, plan)| plan);
        let steps = plans.find(|plan| would_do(plan)).unwrap_or(everything);
        let steps = in_order(&steps);
        let alternative = plans
            .map(|plan| (in_order(&plan), plan))
            .find(|(other, plan)| !steps.iter().all(|step| other.contains(step)) && would_do(plan))
            .map(|(other, _)| other)
            .unwrap_or_default();
        WayOut { steps, alternative }
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
                Some(Compiled::Rules(rules)) => {
                    let literals = rules.iter().flat_map(|rule| &rule.when.0);
                    for literal in literals {
                        matters.0 |= Matters::of(literal.question).0;
                    }
                }
                Some(Compiled::LeftToCedar) => return Matters::ALL,
                Some(Compiled::Off) | None => {}
            }
        }
        matters
    }

    /// What can be done about each matter, least first; each is a set of steps. The last one is the most.
    fn choices(&self, facts: &Facts, matters: Matters) -> Vec<Vec<Vec<Remedy>>> {
        let mut choices = Vec::new();
        let mut offer = |matter: Matter, offers: Vec<Vec<Remedy>>| {
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
        let foreign = facts.ownership != Ownership::Company;
        offer(
            Matter::Ownership,
            only_if(foreign, Remedy::UseCompanyDevice),
        );
        let doubted = facts.person_trust < Level::High || facts.person_facts.kinds != 0;
        offer(Matter::Person, only_if(doubted, Remedy::AskAdministrator));
        offer(Matter::Terms, self.missing_terms(facts));
        let wrong: Vec<Remedy> = PostureItem::ALL
            .iter()
            .filter(|item| facts.posture.item(**item) < Answer::Yes && self.asks_for(**item))
            .map(|item| Remedy::FixPosture { item: *item })
            .collect();
        offer(Matter::Posture, subsets(wrong));
        for software in Software::ALL {
            offer(Matter::Versions, self.updates(facts, software));
        }
        let hidden = facts.anonymiser == Answer::Yes;
        offer(Matter::Anonymiser, only_if(hidden, Remedy::LeaveAnonymiser));
        if matters.contains(Matter::Hours) {
            offer(Matter::Hours, self.times_to_come_back(facts));
        }
        let is_for_her = self.slice.groups.is_empty()
            || self
                .slice
                .groups
                .iter()
                .any(|group| facts.members.contains(*group));
        offer(Matter::Entitlement, only_if(!is_for_her, Remedy::AskOwner));
        choices
    }

    /// Terms are accepted all at once: a person who accepts one reads the others too.
    fn missing_terms(&self, facts: &Facts) -> Vec<Vec<Remedy>> {
        let missing: Vec<Remedy> = self
            .policies
            .numbering
            .terms
            .iter()
            .filter(|(number, _)| !facts.terms.contains(number))
            .filter(|(number, _)| self.reads(Atom::Terms(*number)))
            .map(|(_, terms)| Remedy::AcceptTerms {
                terms: terms.clone(),
            })
            .collect();
        subsets(missing)
    }

    fn asks_for(&self, item: PostureItem) -> bool {
        !self.slice.left_to_cedar.is_empty()
            || Answer::ALL
                .into_iter()
                .any(|answer| self.reads(Atom::Posture(item, answer)))
    }

    /// Updates of a program that is older than a policy wants it, to each version they name.
    fn updates(&self, facts: &Facts, software: Software) -> Vec<Vec<Remedy>> {
        self.versions()
            .into_iter()
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

    /// When it is next within each calendar that it is not within now.
    fn times_to_come_back(&self, facts: &Facts) -> Vec<Vec<Remedy>> {
        let mut times: Vec<Timestamp> = Vec::new();
        let mut known = self.hours.within.clone();
        let mut at = self.hours.until;
        for _ in 0..TURNS_AHEAD {
            if at == Timestamp::FAR_FUTURE || at <= facts.now {
                break;
            }
            let hours = self.policies.hours(at);
            if hours
                .within
                .iter()
                .any(|calendar| !known.contains(calendar))
            {
                times.push(at);
                known.extend(&hours.within);
            }
            at = hours.until;
        }
        times
            .into_iter()
            .map(|at| vec![Remedy::ComeBack { at }])
            .collect()
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
                    facts.terms = facts.terms.iter().copied().chain([number]).collect();
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
            Remedy::Update { software, to } => software.set(facts, to.as_integer()),
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

    /// The ages that a policy of this application compares with, in seconds, the oldest first. `age < N` holds up to N − 1.
    pub(crate) fn ages(&self) -> Vec<u64> {
        let mut ages: Vec<u64> = self
            .read()
            .flat_map(|policy| &policy.ages)
            .flat_map(|age| [*age, age.saturating_sub(1)])
            .filter_map(|age| u64::try_from(age).ok())
            .collect();
        ages.sort_unstable_by(|a, b| b.cmp(a));
        ages.dedup();
        ages
    }

    /// The versions that a policy of this application compares with, the oldest first.
    pub(crate) fn versions(&self) -> Vec<i64> {
        let mut versions: Vec<i64> = self
            .read()
            .flat_map(|policy| &policy.versions)
            .flat_map(|version| [*version, version.saturating_add(1)])
            .collect();
        versions.sort_unstable();
        versions.dedup();
        versions
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
        facts.person_trust = facts.person_facts.ceiling();
    }
}

fn only_if(can: bool, step: Remedy) -> Vec<Vec<Remedy>> {
    if can { vec![vec![step]] } else { Vec::new() }
}

/// Every set of these but the empty one, all of them last. Of many, only each alone and all together.
fn subsets(steps: Vec<Remedy>) -> Vec<Vec<Remedy>> {
    if steps.len() > 4 {
        let mut sets: Vec<Vec<Remedy>> = steps.iter().cloned().map(|step| vec![step]).collect();
        sets.push(steps);
        return sets;
    }
    (1u32..1 << steps.len())
        .map(|set| {
            let chosen = steps.iter().enumerate();
            chosen
                .filter(|(at, _)| set >> at & 1 == 1)
                .map(|(_, step)| step.clone())
                .collect()
        })
        .collect()
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

/// Of each choice the least that will do while the most is done about all the others that are still open: no step of it can
/// be left out. For when there are too many plans to look at each.
fn narrowed<'a>(
    choices: &'a [Vec<Vec<Remedy>>],
    would_do: &dyn Fn(&[&[Remedy]]) -> bool,
) -> Vec<&'a [Remedy]> {
    let mut plan: Vec<&[Remedy]> = choices
        .iter()
        .map(|choice| choice.last().map(Vec::as_slice).unwrap_or_default())
        .collect();
    for (at, choice) in choices.iter().enumerate() {
        let mut options: Vec<&[Remedy]> = choice.iter().map(Vec::as_slice).collect();
        options.sort_by_key(|steps| steps.iter().map(Remedy::cost).sum::<u32>());
        for option in options {
            let mut tried = plan.clone();
            if let Some(place) = tried.get_mut(at) {
                *place = option;
            }
            if would_do(&tried) {
                plan = tried;
                break;
            }
        }
    }
    plan
}

/// Every way to pick one of each choice, with what it costs.
fn combine(choices: &[Vec<Vec<Remedy>>]) -> Vec<(u32, Vec<&[Remedy]>)> {
    choices.iter().fold(vec![(0, Vec::new())], |plans, choice| {
        let mut longer = Vec::with_capacity(plans.len() * choice.len());
        for (cost, plan) in &plans {
            for steps in choice {
                let mut plan: Vec<&[Remedy]> = plan.clone();
                plan.push(steps);
                longer.push((cost + steps.iter().map(Remedy::cost).sum::<u32>(), plan));
            }
        }
        longer
    })
}

fn in_order(plan: &[&[Remedy]]) -> Vec<Remedy> {
    let mut steps = plan.concat();
    steps.sort_unstable();
    steps
}
