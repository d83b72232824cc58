//! What the policies of an application say to the facts of one access.

use crate::atom::Atom;
use crate::compile::{Compiled, PolicySet, Slice};
use crate::expression::Question;
use crate::facts::{Facts, Members};
use crate::hours::Hours;
use crate::masks::{Bits, Effect, Rules, Sum, Vector};
use crate::remedy::Looks;
use crate::{Obligation, Reason, Remedy};
use std::borrow::Cow;
use zt_types::{Capability, CapabilitySet, PolicyId, Seconds, Timestamp};

/// What has to be granted for an access to be one at all.
const CONNECT: CapabilitySet = CapabilitySet::NONE.with(Capability::Connect);

/// What policy says, before times and names are filled in.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// What is granted; nothing if refused.
    pub(crate) capabilities: CapabilitySet,
    /// What whoever honours the permit must do, beside recording.
    pub(crate) obligations: Vec<Obligation>,
    /// The policies that decided.
    pub(crate) policies: Vec<PolicyId>,
    /// Report-only policies that would have refused.
    pub(crate) would_refuse: Vec<PolicyId>,
    /// Why refused; trust reasons are left empty here, they are the request's.
    pub(crate) reasons: Vec<Reason>,
    /// The way out.
    pub(crate) remedies: Vec<Remedy>,
    /// Another one.
    pub(crate) alternative: Vec<Remedy>,
}

/// An application asked for at a time: the facts may vary.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) policies: &'a PolicySet,
    pub(crate) slice: &'a Slice,
    pub(crate) hours: &'a Hours,
}

impl<'a> Asked<'a> {
    /// What the policies add up to, and those that could not be evaluated.
    pub(crate) fn sum(&self, facts: &Facts) -> (Sum, Vec<usize>) {
        let bits = self.bits(facts);
        let mut sum = Sum::default();
        for rules in self.rules() {
            rules.evaluate(&bits, &facts.members, &mut sum);
        }
        let left = self.left_to_cedar();
        if left.is_empty() {
            return (sum, Vec::new());
        }
        let places = left.iter().copied();
        match self
            .policies
            .ask_cedar_about(self.slice, places, facts, self.hours)
        {
            Some(oracle) => (sum.and(oracle.sum), oracle.erring),
            // Cedar could not even be asked. That is a fault of ours, and a refusal.
            None => {
                sum.add(Effect::Forbid, CapabilitySet::ALL);
                (sum, left.into_owned())
            }
        }
    }

    pub(crate) fn allows(&self, facts: &Facts) -> bool {
        self.sum(facts).0.granted().contains(Capability::Connect)
    }

    /// Whether any policy permits `connect`, whatever forbids it.
    pub(crate) fn is_permitted(&self, facts: &Facts, bits: &Bits) -> bool {
        let left = self.left_to_cedar();
        let mut left = left
            .iter()
            .filter(|place| self.policies.effect(**place) == Some(Effect::Permit));
        self.rules_permit(bits, &facts.members) || left.any(|place| self.permits(*place, facts))
    }

    /// Whether any rule permits `connect`, whatever forbids it.
    pub(crate) fn rules_permit(&self, bits: &Bits, members: &Members) -> bool {
        let mut sum = Sum::default();
        for rules in self.rules() {
            rules.evaluate_only(Effect::Permit, (bits, members), &mut sum);
        }
        sum.permitted().contains(Capability::Connect)
    }

    /// Whether Cedar answers for any of the policies.
    pub(crate) fn asks_cedar(&self) -> bool {
        self.slice.disbelief.is_there() || !self.slice.left_to_cedar.is_empty()
    }

    /// Whether Cedar allows `connect`, given whether something else permits it.
    pub(crate) fn cedar_allows(&self, permits: bool, facts: &Facts) -> bool {
        let left = self.left_to_cedar();
        let places = left.iter().copied();
        let said = self
            .policies
            .ask_cedar_about(self.slice, places, facts, self.hours);
        said.is_some_and(|oracle| {
            let permits = permits || oracle.sum.permitted().contains(Capability::Connect);
            permits && !oracle.sum.forbidden().contains(Capability::Connect)
        })
    }

    /// Whether the policy at `place`, which is left to Cedar, permits `connect`; one that cannot be evaluated does not.
    fn permits(&self, place: usize, facts: &Facts) -> bool {
        let places = std::iter::once(place);
        self.policies
            .ask_cedar_about(self.slice, places, facts, self.hours)
            .is_some_and(|oracle| oracle.sum.permitted().contains(Capability::Connect))
    }

    /// The rules that are believed.
    fn rules(&self) -> impl Iterator<Item = &'a Rules> {
        let all = [&self.policies.shared, &self.slice.rules];
        let believed = !self.slice.disbelief.is_there();
        all.into_iter().take(if believed { all.len() } else { 0 })
    }

    /// The places of the policies that Cedar answers for.
    fn left_to_cedar(&self) -> Cow<'a, [usize]> {
        if self.slice.disbelief.is_there() {
            Cow::Owned(self.policies.concerning(self.slice).collect())
        } else {
            Cow::Borrowed(&self.slice.left_to_cedar)
        }
    }

    /// Whether the policy at `place` applies to `connect`; one that cannot be evaluated counts.
    pub(crate) fn applies(&self, place: usize, facts: &Facts, bits: &Bits) -> bool {
        match self.policies.compiled.get(place) {
            Some(Compiled::Rules(_, rules)) if !self.slice.disbelief.is_there() => rules
                .iter()
                .filter(|rule| rule.capabilities.contains(Capability::Connect))
                .any(|rule| rule.holds(bits, &facts.members)),
            Some(Compiled::Rules(..) | Compiled::LeftToCedar) => self
                .policies
                .cedar_applies(self.slice, place, facts, self.hours)
                .unwrap_or(true),
            Some(Compiled::Off) | None => false,
        }
    }

    /// Whether the answer to a question is yes.
    pub(crate) fn holds(&self, question: Question, facts: &Facts, bits: &Bits) -> bool {
        match question {
            Question::Member(number) => facts.members.contains(number),
            Question::Atom(atom) => self.bit(atom).is_some_and(|bit| bits.get(bit)),
        }
    }

    pub(crate) fn vectors(&self) -> impl Iterator<Item = &'a Vector> {
        [Some(&self.policies.vector), self.slice.vector.as_deref()]
            .into_iter()
            .flatten()
    }

    /// Whether a policy of this application that has a compiled form asks for an atom.
    pub(crate) fn reads(&self, atom: Atom) -> bool {
        self.bit(atom).is_some()
    }

    pub(crate) fn bit(&self, atom: Atom) -> Option<u8> {
        self.vectors().find_map(|vector| vector.bit(atom))
    }

    pub(crate) fn bits(&self, facts: &Facts) -> Bits {
        let groups = &self.slice.groups;
        let shared = self.policies.vector.bits(facts, self.hours, groups);
        let own = self.slice.vector.as_ref();
        let own = own.map(|own| own.bits(facts, self.hours, groups));
        Bits::new(shared, own.unwrap_or_default()).or(self.slice.resource)
    }

    /// The earliest instant at which an age of the last proof or a calendar turns. The policies that are not
    /// in the vectors, Cedar's and those that ask for something, say which ages they compare with as well.
    pub(crate) fn turns_at(&self, facts: &Facts) -> Timestamp {
        let of_vectors = self.vectors().map(|vector| vector.next_age(facts));
        let left = self.left_to_cedar();
        let left = left.iter();
        let obliging = self.slice.obliging.iter().map(|obliging| &obliging.place);
        let of_cedar = left
            .chain(obliging)
            .filter_map(|place| self.policies.policies.get(*place))
            .flat_map(|policy| &policy.ages)
            .filter_map(|age| u64::try_from(*age).ok())
            .flat_map(|age| [age, age.saturating_add(1)])
            .map(|age| facts.proven_at + Seconds(age))
            .filter(|at| *at > facts.now);
        of_vectors
            .chain(of_cedar)
            .chain([self.calendars_turn_at()])
            .min()
            .unwrap_or(Timestamp::FAR_FUTURE)
    }

    fn calendars_turn_at(&self) -> Timestamp {
        if self.slice.disbelief.is_there() {
            self.hours.turn_of_any()
        } else {
            self.hours.turn_of(&self.slice.calendars)
        }
    }

    /// The places of the policies with this effect, ascending, that apply to `connect`.
    pub(crate) fn applying(&self, effect: Effect, facts: &Facts) -> Vec<usize> {
        self.applying_with(effect, (facts, &self.bits(facts)), |_| {})
    }

    /// The same; `look` is given what each of their rules that holds looks at.
    fn applying_with(
        &self,
        effect: Effect,
        (facts, bits): (&Facts, &Bits),
        mut look: impl FnMut(Bits),
    ) -> Vec<usize> {
        let mut applying = Vec::new();
        self.holding(effect, (bits, &facts.members), |looks_at, policies| {
            look(looks_at);
            for (group, place) in policies {
                if group.is_none_or(|group| facts.members.contains(group)) {
                    applying.push(*place);
                }
            }
        });
        let left = self.left_to_cedar();
        applying.extend(
            left.iter()
                .copied()
                .filter(|place| self.policies.effect(*place) == Some(effect))
                .filter(|place| self.applies(*place, facts, bits)),
        );
        applying.sort_unstable();
        applying.dedup();
        applying
    }

    /// Goes through the rules with this effect on `connect` that hold.
    pub(crate) fn holding(
        &self,
        effect: Effect,
        (bits, members): (&Bits, &Members),
        mut look: impl FnMut(Bits, &[(Option<u32>, usize)]),
    ) {
        for rules in self.rules() {
            rules.holding(effect, CONNECT, (bits, members), &mut look);
        }
    }

    /// For each rule that permits `connect` to such a person, the bits that would have to be otherwise for it to hold.
    pub(crate) fn missing(&self, bits: &Bits, members: &Members) -> impl Iterator<Item = Bits> {
        let rules = self.rules();
        rules.flat_map(|rules| rules.missing(Effect::Permit, CONNECT, (bits, members)))
    }

    /// The places of the report-only policies that would refuse, ascending.
    pub(crate) fn would_refuse(&self, facts: &Facts, sum: Sum) -> Vec<usize> {
        if sum.would_be_granted().contains(Capability::Connect) {
            Vec::new()
        } else {
            self.applying(Effect::WouldForbid, facts)
        }
    }

    /// The places of the policies that refuse, ascending, but for those that err; and what their rules look at.
    pub(crate) fn refusing(&self, facts: &Facts, erring: &[usize]) -> (Vec<usize>, Looks) {
        let (mut looks, bits) = (Looks::default(), self.bits(facts));
        let mut places = self.applying_with(Effect::Forbid, (facts, &bits), |looks_at| {
            looks.add(looks_at);
        });
        places.retain(|place| !erring.contains(place));
        (places, looks)
    }

    pub(crate) fn verdict(&self, facts: &Facts) -> Verdict {
        let (sum, erring) = self.sum(facts);
        let capabilities = sum.granted();
        let would_refuse = self.would_refuse(facts, sum);
        let would_refuse = self.policies.documents_at(&would_refuse);
        if capabilities.contains(Capability::Connect) {
            let permits = self.applying(Effect::Permit, facts);
            return Verdict {
                capabilities,
                obligations: self.obligations(facts),
                policies: self.policies.documents_at(&permits),
                would_refuse,
                reasons: Vec::new(),
                remedies: Vec::new(),
                alternative: Vec::new(),
            };
        }
        let (forbids, looks) = self.refusing(facts, &erring);
        let way_out = self.way_out(facts, &forbids, &looks);
        Verdict {
            capabilities: CapabilitySet::NONE,
            obligations: Vec::new(),
            policies: self.policies.documents_at(&forbids),
            would_refuse,
            reasons: self.explain(facts, &forbids, &erring),
            remedies: way_out.steps,
            alternative: way_out.alternative,
        }
    }
}
