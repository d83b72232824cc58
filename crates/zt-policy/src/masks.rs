//! The compiled form: what the policies say, as bits.
//!
//! Every atom that policies ask for has a bit. A request's facts become one vector of bits; a conjunction is two masks over
//! it; those that can hold are found by the bit that is set most seldom. What a person is a member of is no bit: she is in
//! a few of very many groups, so the groups of a rule are looked at only once the rest of it holds.
//!
//! Two levels: the *shared* rules are those of policies for no application in particular, the rules of a *slice* those of
//! one application. Both read the same vector: its first half has the bits that everybody shares, its second half those
//! that only this application's policies ask for.

use crate::atom::Atom;
use crate::expression::{Conjunction, Question};
use zt_types::CapabilitySet;

mod bits;
mod rules;
mod vector;

pub(crate) use bits::{Bits, Half};
use rules::Membership;
pub(crate) use rules::{Key, MaskedRule, Masks, Rules};
pub(crate) use vector::{Vector, WhichHalf};

/// What a rule does when it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Effect {
    Permit,
    Forbid,
    /// As the first two, of a policy that binds nobody yet.
    WouldPermit,
    WouldForbid,
}

impl Effect {
    pub(crate) const ALL: [Self; 4] = [
        Self::Permit,
        Self::Forbid,
        Self::WouldPermit,
        Self::WouldForbid,
    ];
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

    pub(crate) fn has(&self, effect: Effect, capabilities: CapabilitySet) -> bool {
        capabilities.is_subset(self.of(effect))
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
        for effect in Effect::ALL {
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

impl Rule {
    /// The same with bits for its atoms; `None` if one has no bit.
    pub(crate) fn masked(&self, bit: impl Fn(Atom) -> Option<u8>) -> Option<MaskedRule> {
        let mut masks = Masks::default();
        let (mut of, mut not_of) = (Vec::new(), Vec::new());
        for literal in &self.when.0 {
            match (literal.question, literal.holds) {
                (Question::Member(number), true) => of.push(number),
                (Question::Member(number), false) => not_of.push(number),
                (Question::Atom(atom), true) => masks.must.set(bit(atom)?),
                (Question::Atom(atom), false) => masks.must_not.set(bit(atom)?),
            }
        }
        Some(MaskedRule {
            masks,
            membership: Membership {
                of: of.into(),
                not_of: not_of.into(),
            },
            effect: self.effect,
            capabilities: self.capabilities,
        })
    }
}
