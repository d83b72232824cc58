//! The way out: the cheapest set of steps that would turn a refusal into an allow, found by deciding again with those
//! steps assumed; and the next cheapest one that does without all of those.

use crate::facts::Facts;
use crate::verdict::Asked;
use crate::{Hours, Remedy};
use std::cell::OnceCell;
use std::sync::Arc;
use zt_types::Assurance;

mod looked_at;
mod matters;
mod search;
mod steps;

pub(crate) use looked_at::LookedAt;
use matters::Matter;
pub(crate) use matters::Matters;
pub(crate) use search::Looks;
use search::{Choice, Obstacles, Questions, Search};

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

fn cost(steps: &[Remedy]) -> u32 {
    steps
        .iter()
        .fold(0, |sum, step| sum.saturating_add(step.cost()))
}

/// What ways out are looked for by.
#[derive(Clone, Copy)]
struct Given<'a> {
    facts: &'a Facts,
    /// What the rules look at that refuse these.
    looks: &'a Looks,
    matters: Matters,
    choices: &'a [Choice],
    /// The hours ahead, found out when they are wanted.
    ahead: &'a OnceCell<Arc<[Hours]>>,
    questions: &'a Questions,
}

/// An access as it would be asked for at a time, from within the groups or not: at another hour and in another group other
/// policies refuse, so these two steps are no safety that could be taken for granted.
struct Standing<'a> {
    asked: Asked<'a>,
    /// The steps that lead there.
    first: Vec<Remedy>,
    begun: OnceCell<Begun>,
}

/// Where a standing begins.
struct Begun {
    facts: Facts,
    refusing: Looks,
    /// What is in the way; nothing if no other steps help.
    obstacles: Option<Obstacles>,
}

impl<'a> Standing<'a> {
    const fn new(asked: Asked<'a>, first: Vec<Remedy>) -> Self {
        Self {
            asked,
            first,
            begun: OnceCell::new(),
        }
    }

    fn facts(&self, given: Given<'_>) -> Facts {
        let mut facts = given.facts.clone();
        self.asked.assume_all(&self.first, &mut facts);
        facts
    }

    fn begun(&self, given: Given<'_>) -> &Begun {
        self.begun.get_or_init(|| {
            let facts = self.facts(given);
            let bits = self.asked.bits(&facts);
            let refusing = if self.first.is_empty() {
                given.looks.clone()
            } else {
                Looks::of(&self.asked, &facts, &bits)
            };
            let obstacles = refusing.obstacles(given.choices).and_then(|obstacles| {
                obstacles.and_silence(&self.asked, (&facts, &bits), given.choices)
            });
            Begun {
                facts,
                refusing,
                obstacles,
            }
        })
    }

    /// Whether it leads anywhere with the most done about everything else.
    fn would_do(&self, given: Given<'_>) -> bool {
        let mut most = self.facts(given);
        for course in given.choices.iter().filter_map(Choice::most) {
            self.asked.assume_all(&course.steps, &mut most);
        }
        self.asked.allows(&most)
    }

    /// The cheapest plan that begins with this, does without one step, and costs less than `below`.
    fn cheapest(
        &self,
        given: Given<'_>,
        without: Option<&Remedy>,
        below: u32,
    ) -> Option<(u32, Vec<Remedy>)> {
        let costs = cost(&self.first);
        if costs >= below {
            return None;
        }
        let begun = self.begun(given);
        let search = Search {
            asked: &self.asked,
            facts: &begun.facts,
            obstacles: begun.obstacles.as_ref()?,
            questions: given.questions,
        };
        let (cost, courses) = search.cheapest(given.choices, without, (costs, below))?;
        let others = courses.into_iter().flat_map(|course| &course.steps);
        let steps = self.first.iter().chain(others).cloned().collect();
        Some((cost, steps))
    }
}

/// The same access now and at other hours.
struct Hourly<'a> {
    now: Standing<'a>,
    /// What is in the way at any hour; nothing if nobody gets by that.
    lasting: OnceCell<Option<Obstacles>>,
    /// At the hours that lead anywhere.
    later: OnceCell<Vec<Standing<'a>>>,
}

impl<'a> Hourly<'a> {
    const fn new(now: Standing<'a>) -> Self {
        Self {
            now,
            lasting: OnceCell::new(),
            later: OnceCell::new(),
        }
    }

    fn cheapest(
        &self,
        given: Given<'a>,
        without: Option<&Remedy>,
        below: u32,
    ) -> Option<(u32, Vec<Remedy>)> {
        if without.is_some_and(|step| self.now.first.contains(step)) {
            return None;
        }
        let below = |best: &Option<(u32, _)>| best.as_ref().map_or(below, |(cost, _)| *cost);
        let mut best = self.now.cheapest(given, without, below(&None));
        if self.is_worth_waiting(given, without, below(&best)) {
            let later = self.later.get_or_init(|| self.later(given));
            for standing in later.iter().take_while(|_| !given.questions.are_enough()) {
                let found = standing.cheapest(given, without, below(&best));
                best = found.or(best);
            }
        }
        best
    }

    /// Whether coming back can cost less than `below`.
    fn is_worth_waiting(&self, given: Given<'_>, without: Option<&Remedy>, below: u32) -> bool {
        let soonest = Remedy::ComeBack {
            at: given.facts.now,
        };
        let costs = cost(&self.now.first).saturating_add(soonest.cost());
        let is_left_out = without.is_some_and(|step| soonest.is_like(step));
        if !given.matters.contains(Matter::Hours) || is_left_out || costs >= below {
            return false;
        }
        if self.now.asked.asks_cedar() {
            return true;
        }
        let begun = self.now.begun(given);
        let lasting = self.lasting.get_or_init(|| {
            let timely = &self.now.asked.looked_at().timely;
            begun.refusing.without(timely).obstacles(given.choices)
        });
        let search = lasting.as_ref().map(|obstacles| Search {
            asked: &self.now.asked,
            facts: &begun.facts,
            obstacles,
            questions: given.questions,
        });
        let least =
            search.and_then(|search| search.cheapest(given.choices, without, (costs, below)));
        least.is_some()
    }

    fn later(&self, given: Given<'a>) -> Vec<Standing<'a>> {
        let asked = self.now.asked;
        let ahead = given.ahead.get_or_init(|| {
            let calendars = &asked.looked_at().calendars;
            asked.policies.hours_ahead(calendars, asked.hours)
        });
        let standing = |hours: &'a Hours| {
            let come_back = Remedy::ComeBack { at: hours.from };
            let first = [&self.now.first[..], &[come_back]].concat();
            Standing::new(Asked { hours, ..asked }, first)
        };
        let mut standings: Vec<Standing<'a>> = ahead.iter().map(standing).collect();
        standings.retain(|standing| standing.would_do(given));
        standings
    }
}

impl Asked<'_> {
    /// The way out of a refusal by the policies at `forbids`, of which the rules look at this, or by the silence of all
    /// permits.
    pub(crate) fn way_out(&self, facts: &Facts, forbids: &[usize], looks: &Looks) -> WayOut {
        if self.slice.disbelief.is_there() {
            // Something is wrong with us, and asking Cedar about every plan would take longer than anybody has.
            return WayOut {
                steps: vec![Remedy::AskAdministrator],
                alternative: Vec::new(),
            };
        }
        let matters = self.matters_of(facts, forbids);
        let choices = self.choices(facts, matters);
        let (ahead, questions) = (OnceCell::new(), Questions::default());
        let given = Given {
            facts,
            looks,
            matters,
            choices: &choices,
            ahead: &ahead,
            questions: &questions,
        };
        let hourly = |first| Hourly::new(Standing::new(*self, first));
        let asks_owner = matters.contains(Matter::Entitlement) && !self.is_for_her(facts);
        let let_in = asks_owner.then(|| hourly(vec![Remedy::AskOwner]));
        let ways: Vec<Hourly<'_>> = [hourly(Vec::new())].into_iter().chain(let_in).collect();
        let cheapest = |without: Option<&Remedy>, below: u32| {
            ways.iter()
                .fold(None, |best: Option<(u32, Vec<Remedy>)>, way| {
                    let below = best.as_ref().map_or(below, |(cost, _)| *cost);
                    way.cheapest(given, without, below).or(best)
                })
        };
        let Some((_, steps)) = cheapest(None, u32::MAX) else {
            return WayOut {
                steps: vec![Remedy::NothingHelps],
                alternative: Vec::new(),
            };
        };
        // Another plan does without one step of these at least.
        let mut alternative: Option<(u32, Vec<Remedy>)> = None;
        for step in steps.iter().take_while(|_| !questions.are_enough()) {
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

    fn matters_of(&self, facts: &Facts, forbids: &[usize]) -> Matters {
        let mut matters = self.policies.matters(forbids);
        if !self.is_permitted(facts, &self.bits(facts)) {
            matters = matters.and(self.looked_at().permits);
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
}

fn in_order(mut steps: Vec<Remedy>) -> Vec<Remedy> {
    steps.sort_unstable();
    steps
}
