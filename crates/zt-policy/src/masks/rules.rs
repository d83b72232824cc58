//! The rules of one level, found by what holds most seldom.
//!
//! Each rule is filed under the one of its literals that holds most seldom. To decide, only the files of literals that do
//! hold are opened, and of those only the ones that could still add something: whoever is in the office with her own
//! notebook opens few of those that forbid something, however many there are.

use super::bits::{Bits, Half};
use super::{Effect, Sum};
use crate::facts::Members;
use std::collections::{BTreeMap, BTreeSet};
use zt_types::CapabilitySet;

/// Fewer rules than this are looked at one after the other.
const FEW_RULES: usize = 24;

/// What must hold, and what must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub(crate) struct Masks {
    pub(crate) must: Bits,
    pub(crate) must_not: Bits,
}

impl Masks {
    pub(crate) fn hold(&self, bits: &Bits) -> bool {
        bits.has_all(&self.must) && bits.has_none(&self.must_not)
    }

    fn count(&self) -> usize {
        self.must.iter().chain(self.must_not.iter()).count()
    }

    /// The literal that holds most seldom; of those that do so alike, always the same. `None` if this holds always.
    fn most_seldom(&self, rank: impl Fn(Key) -> u32) -> Option<Key> {
        let set = self.must.iter().map(Key::Set);
        let unset = self.must_not.iter().map(Key::Unset);
        set.chain(unset).min_by_key(|key| (rank(*key), *key))
    }
}

/// A bit that is set, or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    Set(u8),
    Unset(u8),
}

/// What a person must be a member of, and what she must not be, by number.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub(crate) struct Membership {
    pub(crate) of: Box<[u32]>,
    pub(crate) not_of: Box<[u32]>,
}

impl Membership {
    fn holds(&self, members: &Members) -> bool {
        self.of.iter().all(|number| members.contains(*number))
            && !self.not_of.iter().any(|number| members.contains(*number))
    }
}

/// A rule whose questions have become bits: when all of this holds, that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MaskedRule {
    pub(crate) masks: Masks,
    pub(crate) membership: Membership,
    pub(crate) effect: Effect,
    pub(crate) capabilities: CapabilitySet,
}

impl MaskedRule {
    pub(crate) fn holds(&self, bits: &Bits, members: &Members) -> bool {
        self.masks.hold(bits) && self.membership.holds(members)
    }

    /// What else must hold for such a person; nothing if it is not for her.
    pub(crate) fn masks_for(&self, members: &Members) -> Option<Masks> {
        self.membership.holds(members).then_some(self.masks)
    }

    pub(crate) fn looks_at(&self) -> Bits {
        self.masks.must.or(self.masks.must_not)
    }
}

/// The rules of one level, by what they do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules([Cabinet; 4]);

/// The rules with one effect.
#[derive(Debug, Clone, Default)]
struct Cabinet {
    /// All that they add together.
    capabilities: CapabilitySet,
    /// The rules that are filed under nothing.
    open: Range,
    files: Option<Box<Files>>,
    /// What each rule asks of the shared half of the vector; the broadest of a file come first.
    masks: Vec<SharedMasks>,
    /// The rest of each rule.
    rules: Vec<Filed>,
}

/// Where the rules are that are filed under a bit.
#[derive(Debug, Clone)]
struct Files {
    /// The bits under which there are any.
    set: Bits,
    unset: Bits,
    if_set: [Range; 256],
    if_unset: [Range; 256],
}

/// From here to there.
#[derive(Debug, Clone, Copy, Default)]
struct Range {
    from: u32,
    to: u32,
}

/// Apart from the rest of a rule, so that many of them are near each other: most rules are done with after these.
#[derive(Debug, Clone, Copy)]
struct SharedMasks {
    must: Half,
    must_not: Half,
}

/// What there is to a rule beside its masks over the shared half of the vector; few have any over the other half.
#[derive(Debug, Clone)]
struct Filed {
    own: Option<Box<(Half, Half)>>,
    whom: Whom,
    capabilities: CapabilitySet,
    /// The policies it is of, with the group that the person has to be in for each.
    policies: Box<[(Option<u32>, usize)]>,
}

#[derive(Debug, Clone)]
enum Whom {
    Everybody,
    MemberOf(u32),
    /// A member of any of these: one bit for each number.
    MemberOfAny(Box<[u64]>),
    Exactly(Box<Membership>),
}

/// Rules that differ at most in the one group that each is for; in the order in which they are filed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    key: Option<Key>,
    is_for_some: bool,
    literals: usize,
    masks: Masks,
    capabilities: CapabilitySet,
    exactly: Option<Membership>,
}

impl Rules {
    /// From each rule with the place of the policy it is of. `rank` says how seldom a literal holds; smaller is more seldom.
    pub(crate) fn new(rules: &[(MaskedRule, usize)], rank: impl Fn(Key) -> u32) -> Self {
        Self(Effect::ALL.map(|effect| {
            let with_it = rules.iter().filter(|(rule, _)| rule.effect == effect);
            Cabinet::new(with_it, &rank)
        }))
    }

    /// What the rules that hold add up to. Once nothing is left that could be granted, nothing more is looked at.
    pub(crate) fn evaluate(&self, bits: &Bits, members: &Members, sum: &mut Sum) {
        for effect in Effect::ALL {
            if sum.has(Effect::Forbid, CapabilitySet::ALL) {
                break;
            }
            self.evaluate_only(effect, (bits, members), sum);
        }
    }

    /// The same for the rules with one effect.
    pub(crate) fn evaluate_only(
        &self,
        effect: Effect,
        (bits, members): (&Bits, &Members),
        sum: &mut Sum,
    ) {
        let Some(cabinet) = self.0.get(effect as usize) else {
            return;
        };
        // What is reached already cannot be reached once more.
        if sum.has(effect, cabinet.capabilities) {
            return;
        }
        cabinet.open_files(bits, |range| {
            for (_, rule) in cabinet.standing(range, bits) {
                if !sum.has(effect, rule.capabilities) && rule.holds(bits, members) {
                    sum.add(effect, rule.capabilities);
                    if sum.has(effect, cabinet.capabilities) {
                        return false;
                    }
                }
            }
            true
        });
    }

    /// Goes through the rules with this effect on any of `capabilities` that hold: the bits that each looks at, and the
    /// policies it is of, with the group that the person has to be in for each.
    pub(crate) fn holding(
        &self,
        effect: Effect,
        capabilities: CapabilitySet,
        (bits, members): (&Bits, &Members),
        mut look: impl FnMut(Bits, &[(Option<u32>, usize)]),
    ) {
        let Some(cabinet) = self.0.get(effect as usize) else {
            return;
        };
        cabinet.open_files(bits, |range| {
            for (masks, rule) in cabinet.standing(range, bits) {
                let concerns = !rule.capabilities.intersection(capabilities).is_empty();
                if concerns && rule.holds(bits, members) {
                    let (must, must_not) = rule.masks(masks);
                    look(must.or(must_not), &rule.policies);
                }
            }
            true
        });
    }

    /// For each rule with this effect on any of `capabilities` that is for such a person: the bits that would have to be
    /// otherwise for it to hold.
    pub(crate) fn missing(
        &self,
        effect: Effect,
        capabilities: CapabilitySet,
        (bits, members): (&Bits, &Members),
    ) -> impl Iterator<Item = Bits> {
        let cabinet = self.0.get(effect as usize).into_iter();
        let rules = cabinet.flat_map(|cabinet| cabinet.masks.iter().zip(&cabinet.rules));
        rules
            .filter(move |(_, rule)| {
                !rule.capabilities.intersection(capabilities).is_empty() && rule.whom.is(members)
            })
            .map(|(masks, rule)| {
                let (must, must_not) = rule.masks(masks);
                must.without(*bits).or(must_not.and(*bits))
            })
    }
}

impl Cabinet {
    fn new<'a>(
        rules: impl Iterator<Item = &'a (MaskedRule, usize)>,
        rank: impl Fn(Key) -> u32,
    ) -> Self {
        let rules: Vec<&(MaskedRule, usize)> = rules.collect();
        let files_any = rules.len() > FEW_RULES;
        // What asks one thing of everybody is looked at first: often nothing more is needed.
        let mut broad = FEW_RULES;
        let mut is_broad = |rule: &MaskedRule| {
            let is_broad = rule.capabilities == CapabilitySet::ALL
                && rule.membership == Membership::default()
                && rule.masks.count() <= 1
                && broad > 0;
            broad -= usize::from(is_broad);
            is_broad
        };
        // Rules that are alike but for the one group that each is for are one that looks at all of these groups.
        let mut alike: BTreeMap<Alike, BTreeSet<(Option<u32>, usize)>> = BTreeMap::new();
        let mut cabinet = Self::default();
        for (rule, place) in rules {
            cabinet.capabilities = cabinet.capabilities.union(rule.capabilities);
            let is_filed = files_any && !is_broad(rule);
            let (exactly, group) = match (&*rule.membership.of, &*rule.membership.not_of) {
                ([group], []) => (None, Some(*group)),
                _ => (Some(rule.membership.clone()), None),
            };
            let policies = alike.entry(Alike {
                key: rule.masks.most_seldom(&rank).filter(|_| is_filed),
                is_for_some: rule.membership != Membership::default(),
                literals: rule.masks.count(),
                masks: rule.masks,
                capabilities: rule.capabilities,
                exactly,
            });
            policies.or_default().insert((group, *place));
        }
        let alike: Vec<_> = alike.into_iter().collect();
        for of_one in alike.chunk_by(|(a, _), (b, _)| a.key == b.key) {
            let from = length(&cabinet.rules);
            for (alike, policies) in of_one {
                cabinet.put(alike, policies);
            }
            let to = length(&cabinet.rules);
            match of_one.first().and_then(|(alike, _)| alike.key) {
                Some(key) => cabinet
                    .files
                    .get_or_insert_with(Box::default)
                    .put(key, Range { from, to }),
                None => cabinet.open = Range { from, to },
            }
        }
        cabinet
    }

    fn put(&mut self, alike: &Alike, policies: &BTreeSet<(Option<u32>, usize)>) {
        let groups = policies.iter().filter_map(|(group, _)| *group).collect();
        let (must, must_not) = (alike.masks.must.halves(), alike.masks.must_not.halves());
        let own = (must.1, must_not.1);
        self.masks.push(SharedMasks {
            must: must.0,
            must_not: must_not.0,
        });
        self.rules.push(Filed {
            own: (own != Default::default()).then(|| Box::new(own)),
            whom: Whom::new(alike.exactly.as_ref(), &groups),
            capabilities: alike.capabilities,
            policies: policies.iter().copied().collect(),
        });
    }

    /// The rules in a range of which everything over the shared half holds.
    #[inline]
    fn standing(&self, range: Range, bits: &Bits) -> impl Iterator<Item = (&SharedMasks, &Filed)> {
        let (shared, _) = bits.halves();
        let rules = range.of(&self.rules);
        let masks = range.of(&self.masks).iter().zip(rules);
        masks.filter(move |(masks, _)| shared.has_all(masks.must) & shared.has_none(masks.must_not))
    }

    /// Goes through the rules that may hold, for as long as `look` wants more.
    #[inline]
    fn open_files(&self, bits: &Bits, mut look: impl FnMut(Range) -> bool) {
        if self.rules.is_empty() || !look(self.open) {
            return;
        }
        let Some(files) = &self.files else {
            return;
        };
        let ways = [
            (files.set.and(*bits), &files.if_set),
            (files.unset.without(*bits), &files.if_unset),
        ];
        for (open, ranges) in ways {
            for (word, ranges) in open.words().into_iter().zip(ranges.as_chunks::<64>().0) {
                let mut left = word;
                while left != 0 {
                    let bit = left.trailing_zeros() as usize % 64;
                    left &= left - 1;
                    if let Some(range) = ranges.get(bit)
                        && !look(*range)
                    {
                        return;
                    }
                }
            }
        }
    }
}

impl Default for Files {
    fn default() -> Self {
        Self {
            set: Bits::default(),
            unset: Bits::default(),
            if_set: [Range::default(); 256],
            if_unset: [Range::default(); 256],
        }
    }
}

impl Files {
    fn put(&mut self, key: Key, range: Range) {
        let (ranges, bits, bit) = match key {
            Key::Set(bit) => (&mut self.if_set, &mut self.set, bit),
            Key::Unset(bit) => (&mut self.if_unset, &mut self.unset, bit),
        };
        bits.set(bit);
        if let Some(place) = ranges.get_mut(usize::from(bit)) {
            *place = range;
        }
    }
}

impl Range {
    fn of<T>(self, all: &[T]) -> &[T] {
        all.get(self.from as usize..self.to as usize)
            .unwrap_or_default()
    }
}

impl Filed {
    /// What must be set and what must not, over both halves.
    fn masks(&self, shared: &SharedMasks) -> (Bits, Bits) {
        let (must, must_not) = self.own.as_deref().copied().unwrap_or_default();
        (
            Bits::new(shared.must, must),
            Bits::new(shared.must_not, must_not),
        )
    }

    /// Whether the rest of it holds too.
    fn holds(&self, bits: &Bits, members: &Members) -> bool {
        let (_, own) = bits.halves();
        let stands = |masks: &(Half, Half)| own.has_all(masks.0) && own.has_none(masks.1);
        self.own.as_deref().is_none_or(stands) && self.whom.is(members)
    }
}

impl Whom {
    fn new(exactly: Option<&Membership>, groups: &BTreeSet<u32>) -> Self {
        match exactly {
            Some(membership) if *membership == Membership::default() => Self::Everybody,
            Some(membership) => Self::Exactly(Box::new(membership.clone())),
            None => match groups.first() {
                Some(group) if groups.len() == 1 => Self::MemberOf(*group),
                _ => Self::MemberOfAny(bits_of(groups)),
            },
        }
    }

    fn is(&self, members: &Members) -> bool {
        match self {
            Self::Everybody => true,
            Self::MemberOf(number) => members.contains(*number),
            Self::MemberOfAny(numbers) => members.contains_any(numbers),
            Self::Exactly(membership) => membership.holds(members),
        }
    }
}

fn length<T>(of: &[T]) -> u32 {
    u32::try_from(of.len()).unwrap_or(u32::MAX)
}

fn bits_of(numbers: &BTreeSet<u32>) -> Box<[u64]> {
    let words = numbers.last().map_or(0, |last| *last as usize / 64 + 1);
    let mut bits = vec![0u64; words];
    for number in numbers {
        if let Some(word) = bits.get_mut(*number as usize / 64) {
            *word |= 1 << (number % 64);
        }
    }
    bits.into()
}
