//! The search for the cheapest plan among what can be done.
//!
//! What stands in the way is known as bits: of each rule that refuses, one that it looks at must turn. So nothing is decided
//! anew for a plan; whether it is enough is seen from the bits that its steps turn. Only Cedar, where it answers for a
//! policy, is asked about every one.

use super::Remedy;
use crate::facts::Facts;
use crate::masks::{Bits, Effect};
use crate::verdict::Asked;
use std::cell::Cell;

/// More questions than this are not asked for one way out: a refusal must not take longer than anybody has. What is found
/// by then leads out, and no step of it can be left out; only that it is the cheapest is no longer known.
const MAX_QUESTIONS: u32 = 4_096;

/// Steps that belong together.
#[derive(Default)]
pub(super) struct Course {
    pub(super) steps: Vec<Remedy>,
    pub(super) cost: u32,
    /// The bits that they turn, of those that are not as they should be.
    pub(super) turns: Bits,
}

impl Course {
    fn has(&self, step: &Remedy) -> bool {
        self.steps.iter().any(|own| own.is_like(step))
    }
}

/// What can be done about one thing: nothing first, everything last. Courses of two choices together turn what each of them
/// turns, and nothing else.
pub(super) struct Choice(Vec<Course>);

impl Choice {
    pub(super) fn new(courses: impl Iterator<Item = Course>) -> Self {
        let nothing = std::iter::once(Course::default());
        Self(nothing.chain(courses).collect())
    }

    pub(super) fn most(&self) -> Option<&Course> {
        self.0.last()
    }

    /// What these choices turn together.
    fn all(choices: &[Self]) -> Bits {
        most(choices.iter().flat_map(|Self(courses)| courses))
    }
}

/// Which questions were asked for one way out so far.
#[derive(Default)]
pub(super) struct Questions(Cell<u32>);

impl Questions {
    pub(super) fn are_enough(&self) -> bool {
        self.0.get() > MAX_QUESTIONS
    }

    fn ask(&self) {
        self.0.set(self.0.get().saturating_add(1));
    }
}

/// What stands in the way of an access. More safety never takes access away: whatever refuses after some of the steps
/// refuses before them.
pub(super) struct Obstacles {
    /// Each of these bits must turn.
    each: Bits,
    /// Of each of these one bit at least.
    any: Vec<Bits>,
    /// All bits of one of these, unless something permits the access already.
    permits: Option<Vec<Bits>>,
}

/// What the rules that refuse look at, each by itself.
#[derive(Clone, Default)]
pub(crate) struct Looks(Vec<Bits>);

impl Looks {
    pub(crate) fn add(&mut self, looks_at: Bits) {
        self.0.push(looks_at);
    }

    /// Of those that refuse these facts.
    pub(super) fn of(asked: &Asked<'_>, facts: &Facts, bits: &Bits) -> Self {
        let mut looks = Self::default();
        asked.holding(Effect::Forbid, (bits, &facts.members), |looks_at, _| {
            looks.add(looks_at);
        });
        looks
    }

    /// Of those that look at none of these: they refuse whatever becomes of them.
    pub(super) fn without(&self, others: &Bits) -> Self {
        let looks = self.0.iter().copied();
        Self(looks.filter(|bits| bits.has_none(others)).collect())
    }

    /// What they put in the way; nothing if not even all choices together would help.
    pub(super) fn obstacles(&self, choices: &[Choice]) -> Option<Obstacles> {
        let turnable = Choice::all(choices);
        let mut obstacles = Obstacles {
            each: Bits::default(),
            any: Vec::new(),
            permits: None,
        };
        let Obstacles { each, any, .. } = &mut obstacles;
        for looks_at in &self.0 {
            let needs = looks_at.and(turnable);
            if needs.is_empty() {
                return None;
            }
            if needs.is_single() {
                *each = each.or(needs);
            } else if needs.has_none(each) {
                keep_least(any, needs);
            }
        }
        any.retain(|needs| needs.has_none(each));
        Some(obstacles)
    }
}

impl Obstacles {
    /// The same, and that something has to permit the access; nothing if not even all choices together would help.
    pub(super) fn and_silence(
        mut self,
        asked: &Asked<'_>,
        (facts, bits): (&Facts, &Bits),
        choices: &[Choice],
    ) -> Option<Self> {
        if asked.rules_permit(bits, &facts.members) {
            return Some(self);
        }
        let turnable = Choice::all(choices);
        let mut permits = Vec::new();
        for missing in asked.missing(bits, &facts.members) {
            if turnable.has_all(&missing) {
                keep_least(&mut permits, missing);
            }
        }
        let is_hopeless = permits.is_empty() && !asked.asks_cedar();
        self.permits = Some(permits);
        (!is_hopeless).then_some(self)
    }

    fn refuse(&self, turned: &Bits) -> bool {
        !turned.has_all(&self.each) || self.any.iter().any(|needs| turned.has_none(needs))
    }

    fn permit(&self, turned: &Bits) -> bool {
        let permits = self.permits.as_ref();
        permits.is_none_or(|permits| permits.iter().any(|missing| turned.has_all(missing)))
    }

    /// All that it can matter to turn after `turned`.
    fn left(&self, turned: &Bits) -> Bits {
        let any = self.any.iter().filter(|needs| turned.has_none(needs));
        let all = any.chain(self.permits.iter().flatten());
        all.fold(self.each, |all, needs| all.or(*needs))
            .without(*turned)
    }
}

/// Adds a set of bits, unless one of those there asks for less.
fn keep_least(sets: &mut Vec<Bits>, new: Bits) {
    if !sets.iter().any(|set| new.has_all(set)) {
        sets.retain(|set| !set.has_all(&new));
        sets.push(new);
    }
}

/// A choice between several courses that are still open.
struct Open<'a> {
    /// Which of all choices.
    place: usize,
    courses: Vec<&'a Course>,
    /// What the choices after this one can turn.
    rest: Bits,
}

/// The plan that is followed, one course of each choice; where nothing is chosen yet, the most.
struct Plan<'a> {
    courses: Vec<&'a Course>,
    /// Nothing that costs as much as this is followed.
    below: u32,
    found: Option<Vec<&'a Course>>,
}

/// What a plan has to get by.
pub(super) struct Search<'a> {
    pub(super) asked: &'a Asked<'a>,
    pub(super) facts: &'a Facts,
    pub(super) obstacles: &'a Obstacles,
    pub(super) questions: &'a Questions,
}

impl Search<'_> {
    /// The cheapest plan without a step and its like that costs less than `below` together with what is spent already, and
    /// what that is.
    pub(super) fn cheapest<'c>(
        &self,
        choices: &'c [Choice],
        without: Option<&Remedy>,
        (spent, below): (u32, u32),
    ) -> Option<(u32, Vec<&'c Course>)> {
        let courses = choices.iter().map(|Choice(courses)| {
            let courses = courses.iter();
            courses
                .filter(|course| without.is_none_or(|step| !course.has(step)))
                .collect::<Vec<&Course>>()
        });
        let courses: Vec<_> = courses.collect();
        let mut plan = Plan {
            courses: courses
                .iter()
                .filter_map(|all| all.last().copied())
                .collect(),
            below,
            found: None,
        };
        let (open, turned, cost) = self.narrow(courses, &mut plan)?;
        self.follow(&open, (turned, spent.saturating_add(cost)), &mut plan);
        Some((plan.below, plan.found?))
    }

    /// Leaves out the courses that will not do even with the most done about everything else, and those beside which
    /// another one does as much for less. Gives what is open then, and of what is not what it turns and costs; `None` if
    /// the most will not do.
    fn narrow<'c>(
        &self,
        choices: Vec<Vec<&'c Course>>,
        plan: &mut Plan<'c>,
    ) -> Option<(Vec<Open<'c>>, Bits, u32)> {
        let mut rest: Vec<Bits> = choices
            .iter()
            .map(|courses| most(courses.iter().copied()))
            .collect();
        let mut all = Bits::default();
        for turns in rest.iter_mut().rev() {
            (*turns, all) = (all, all.or(*turns));
        }
        if !self.would_do(plan, &all) {
            return None;
        }
        let mut open = Vec::new();
        let (mut before, mut turned, mut cost) = (Bits::default(), Bits::default(), 0u32);
        for (place, (mut courses, rest)) in choices.into_iter().zip(rest).enumerate() {
            let others = before.or(rest);
            before = before.or(most(courses.iter().copied()));
            let last = courses.len().saturating_sub(1);
            let mut number = 0..;
            courses.retain(|course| {
                plan.choose(place, course);
                // That the most will do is known already; and it stays in the plan.
                number.next() == Some(last) || self.would_do(plan, &others.or(course.turns))
            });
            if let [course] = courses[..] {
                turned = turned.or(course.turns);
                cost = cost.saturating_add(course.cost);
            } else {
                open.push(Open {
                    place,
                    courses,
                    rest: Bits::default(),
                });
            }
        }
        if !self.asked.asks_cedar() {
            let left = self.obstacles.left(&turned);
            open.iter_mut().for_each(|open| open.leave_out(&left));
        }
        let mut rest = Bits::default();
        for open in open.iter_mut().rev() {
            open.rest = rest;
            rest = rest.or(most(open.courses.iter().copied()));
        }
        Some((open, turned, cost))
    }

    /// Follows every plan that begins like this and can still be the cheapest.
    fn follow<'c>(
        &self,
        open: &[Open<'c>],
        (turned, cost_so_far): (Bits, u32),
        plan: &mut Plan<'c>,
    ) {
        let rest = open.iter().map(Open::cheapest);
        if rest.fold(cost_so_far, u32::saturating_add) >= plan.below {
            return;
        }
        let Some((choice, rest)) = open.split_first() else {
            plan.below = cost_so_far;
            plan.found = Some(plan.courses.clone());
            return;
        };
        for course in &choice.courses {
            if plan.below < u32::MAX && self.questions.are_enough() {
                break;
            }
            plan.choose(choice.place, course);
            let turned = turned.or(course.turns);
            if self.would_do(plan, &turned.or(choice.rest)) {
                let cost = cost_so_far.saturating_add(course.cost);
                self.follow(rest, (turned, cost), plan);
            }
        }
        if let Some(most) = choice.courses.last() {
            plan.choose(choice.place, most);
        }
    }

    /// Whether the plan, which turns this, would do.
    fn would_do(&self, plan: &Plan<'_>, turned: &Bits) -> bool {
        self.questions.ask();
        if self.obstacles.refuse(turned) {
            return false;
        }
        let permits = self.obstacles.permit(turned);
        if !self.asked.asks_cedar() {
            return permits;
        }
        let mut assumed = self.facts.clone();
        for course in &plan.courses {
            self.asked.assume_all(&course.steps, &mut assumed);
        }
        self.asked.cedar_allows(permits, &assumed)
    }
}

impl<'a> Plan<'a> {
    fn choose(&mut self, place: usize, course: &'a Course) {
        if let Some(chosen) = self.courses.get_mut(place) {
            *chosen = course;
        }
    }
}

impl Open<'_> {
    fn cheapest(&self) -> u32 {
        let costs = self.courses.iter().map(|course| course.cost);
        costs.min().unwrap_or(u32::MAX)
    }

    /// Leaves out every course beside which another one turns as much of what is `left` for less; or for the same, and
    /// comes first.
    fn leave_out(&mut self, left: &Bits) {
        let all = std::mem::take(&mut self.courses);
        let is_needless = |place: usize, course: &Course| {
            let turns = course.turns.and(*left);
            all.iter().enumerate().any(|(at, other)| {
                (other.cost, at) < (course.cost, place) && other.turns.has_all(&turns)
            })
        };
        let needed = all.iter().enumerate();
        let needed = needed.filter(|(place, course)| !is_needless(*place, course));
        self.courses = needed.map(|(_, course)| *course).collect();
    }
}

/// What these courses turn together.
fn most<'a>(courses: impl IntoIterator<Item = &'a Course>) -> Bits {
    let turns = courses.into_iter().map(|course| course.turns);
    turns.fold(Bits::default(), Bits::or)
}
