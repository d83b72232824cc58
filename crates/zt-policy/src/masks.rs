//! The compiled form: what the policies say, as bits.
//!
//! Every atom that policies ask for has a bit. A request's facts become one vector of bits; a conjunction is two masks over
//! it; which of the conjunctions hold is looked up four bits at a time. What a person is a member of is no bit: she is in
//! a few of very many groups, so the rules of a group are looked at only for those who are in it.
//!
//! Two levels: the *shared* rules are those of policies for no application in particular, the rules of a *slice* those of
//! one application. Both read the same vector: its first half has the bits that everybody shares, its second half those
//! that only this application's policies ask for.

use crate::expression::{Conjunction, Question};
use crate::facts::Facts;
use std::collections::HashMap;
use zt_types::CapabilitySet;

mod conditions;
mod vector;

pub(crate) use conditions::Conditions;
pub(crate) use vector::{Bits, Vector};

/// How many different outcomes the rules of one level can have. Policies beyond that are left to Cedar.
const MAX_OUTCOMES: usize = 256;
/// How many different conditions one level can have.
pub(crate) const MAX_CONDITIONS: usize = 8_192;

/// What a rule does when it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Effect {
    Permit,
    Forbid,
    /// As the first two, of a policy that binds nobody yet.
    WouldPermit,
    WouldForbid,
}

/// What the rules that hold add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sum {
    permitted: [CapabilitySet; 4],
}

impl Sum {
    pub(crate) fn add(&mut self, effect: Effect, capabilities: CapabilitySet) {
        if let Some(sum) = self.permitted.get_mut(effect as usize) {
            *sum = sum.union(capabilities);
        }
    }

    fn of(self, effect: Effect) -> CapabilitySet {
        self.permitted
            .get(effect as usize)
            .copied()
            .unwrap_or_default()
    }

    /// What is permitted, whatever forbids it.
    pub(crate) fn permitted(self) -> CapabilitySet {
        self.of(Effect::Permit)
    }

    /// What is forbidden, whatever permits it.
    pub(crate) fn forbidden(self) -> CapabilitySet {
        self.of(Effect::Forbid)
    }

    /// What is granted: permitted and not forbidden.
    pub(crate) fn granted(self) -> CapabilitySet {
        self.of(Effect::Permit).difference(self.of(Effect::Forbid))
    }

    /// What would be granted if the policies that bind nobody yet did.
    pub(crate) fn would_be_granted(self) -> CapabilitySet {
        self.of(Effect::Permit)
            .union(self.of(Effect::WouldPermit))
            .difference(self.of(Effect::Forbid).union(self.of(Effect::WouldForbid)))
    }

    pub(crate) fn and(self, other: Self) -> Self {
        let mut sum = self;
        for effect in [
            Effect::Permit,
            Effect::Forbid,
            Effect::WouldPermit,
            Effect::WouldForbid,
        ] {
            sum.add(effect, other.of(effect));
        }
        sum
    }
}

/// A rule: when all of this holds, that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) when: Conjunction,
    pub(crate) effect: Effect,
    pub(crate) capabilities: CapabilitySet,
}

/// What a rule adds, and which memberships it asks for beside the one it is filed under.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Outcome {
    effect: Effect,
    capabilities: CapabilitySet,
    of: Vec<u32>,
    not_of: Vec<u32>,
}

/// The rules of one level.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    conditions: Conditions,
    outcomes: Vec<Outcome>,
    /// For everybody: which conditions lead to which outcome.
    general: Vec<(u16, Vec<u64>)>,
    /// For the members of a group, by its number: where in `filed` they are.
    members: Vec<(u32, u32)>,
    filed: Vec<(u32, u16)>,
}

/// Which rules could not be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// Puts rules together.
#[derive(Debug, Default)]
pub(crate) struct RulesBuilder {
    // What must hold and what must not.
    conditions: HashMap<(Bits, Bits), u32>,
    order: Vec<(Bits, Bits)>,
    outcomes: HashMap<Outcome, u16>,
    kinds: Vec<Outcome>,
    rules: Vec<(Option<u32>, u32, u16)>,
}

impl RulesBuilder {
    /// Takes a rule in.
    ///
    /// # Errors
    /// [`Full`], and nothing is changed.
    pub(crate) fn add(
        &mut self,
        rule: &Rule,
        vector: &Vector,
        own: Option<&Vector>,
    ) -> Result<(), Full> {
        let mut masks: (Bits, Bits) = Default::default();
        let (mut of, mut not_of) = (Vec::new(), Vec::new());
        for literal in &rule.when.0 {
            match (literal.question, literal.holds) {
                (Question::Member(number), true) => of.push(number),
                (Question::Member(number), false) => not_of.push(number),
                (Question::Atom(atom), holds) => {
                    let bit = vector
                        .bit(atom)
                        .or_else(|| own.and_then(|own| own.bit(atom)))
                        .ok_or(Full)?;
                    if holds {
                        masks.0.set(bit);
                    } else {
                        masks.1.set(bit);
                    }
                }
            }
        }
        let filed_under = of.pop();
        let outcome = Outcome {
            effect: rule.effect,
            capabilities: rule.capabilities,
            of,
            not_of,
        };
        let is_new = |known: bool, count: usize, most: usize| known || count < most;
        if !is_new(
            self.conditions.contains_key(&masks),
            self.order.len(),
            MAX_CONDITIONS,
        ) || !is_new(
            self.outcomes.contains_key(&outcome),
            self.kinds.len(),
            MAX_OUTCOMES,
        ) {
            return Err(Full);
        }
        let condition = *self.conditions.entry(masks).or_insert_with(|| {
            self.order.push(masks);
            u32::try_from(self.order.len() - 1).unwrap_or(u32::MAX)
        });
        let outcome = *self.outcomes.entry(outcome.clone()).or_insert_with(|| {
            self.kinds.push(outcome);
            u16::try_from(self.kinds.len() - 1).unwrap_or(u16::MAX)
        });
        self.rules.push((filed_under, condition, outcome));
        Ok(())
    }

    pub(crate) fn build(mut self) -> Rules {
        self.rules.sort_unstable();
        self.rules.dedup();
        let words = self.order.len().div_ceil(64);
        let mut general: Vec<(u16, Vec<u64>)> = Vec::new();
        let mut members: Vec<(u32, u32)> = Vec::new();
        let mut filed: Vec<(u32, u16)> = Vec::new();
        for (filed_under, condition, outcome) in self.rules {
            match filed_under {
                None => {
                    let at = general.iter().position(|(known, _)| *known == outcome);
                    let at = at.unwrap_or_else(|| {
                        general.push((outcome, vec![0; words]));
                        general.len() - 1
                    });
                    if let Some((_, set)) = general.get_mut(at)
                        && let Some(word) = set.get_mut(condition as usize / 64)
                    {
                        *word |= 1 << (condition % 64);
                    }
                }
                Some(member) => {
                    let start = u32::try_from(filed.len()).unwrap_or(u32::MAX);
                    if members.len() <= member as usize {
                        members.resize(member as usize + 1, (0, 0));
                    }
                    filed.push((condition, outcome));
                    if let Some(range) = members.get_mut(member as usize) {
                        if range.1 == 0 {
                            range.0 = start;
                        }
                        range.1 = start + 1;
                    }
                }
            }
        }
        Rules {
            conditions: Conditions::new(&self.order),
            outcomes: self.kinds,
            general,
            members,
            filed,
        }
    }
}

impl Rules {
    /// What the rules that hold add up to.
    pub(crate) fn evaluate(&self, bits: &Bits, facts: &Facts, sum: &mut Sum) {
        if self.outcomes.is_empty() {
            return;
        }
        let mut store = [0u64; MAX_CONDITIONS / 64];
        let holding = self.conditions.holding(bits, &mut store);
        let mut reached = [0u64; MAX_OUTCOMES / 64];
        for (outcome, conditions) in &self.general {
            let hit = conditions
                .iter()
                .zip(holding)
                .fold(0, |any, (wanted, holds)| any | wanted & holds);
            if hit != 0 {
                reach(&mut reached, *outcome);
            }
        }
        for number in facts.members.numbers.iter() {
            let Some((from, to)) = self.members.get(*number as usize) else {
                break;
            };
            let rules = self
                .filed
                .get(*from as usize..*to as usize)
                .unwrap_or_default();
            for (condition, outcome) in rules {
                let word = holding
                    .get(*condition as usize / 64)
                    .copied()
                    .unwrap_or_default();
                if word >> (condition % 64) & 1 == 1 {
                    reach(&mut reached, *outcome);
                }
            }
        }
        for (word, mut left) in reached.into_iter().enumerate() {
            while left != 0 {
                let at = word * 64 + left.trailing_zeros() as usize;
                left &= left - 1;
                if let Some(outcome) = self.outcomes.get(at)
                    && outcome
                        .of
                        .iter()
                        .all(|number| facts.members.contains(*number))
                    && !outcome
                        .not_of
                        .iter()
                        .any(|number| facts.members.contains(*number))
                {
                    sum.add(outcome.effect, outcome.capabilities);
                }
            }
        }
    }
}

fn reach(reached: &mut [u64; MAX_OUTCOMES / 64], outcome: u16) {
    if let Some(word) = reached.get_mut(usize::from(outcome) / 64) {
        *word |= 1 << (outcome % 64);
    }
}
