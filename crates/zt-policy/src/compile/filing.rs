//! Giving rules their bits, and filing them by what holds most seldom.

use super::Compiled;
use crate::atom::Atom;
use crate::masks::{Key, Rules};
use crate::read::ReadPolicy;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The rules of the policies at `places`, by what holds most seldom.
pub(super) fn file(
    places: &[usize],
    compiled: &[Compiled],
    bit: impl Fn(Atom) -> Option<u8>,
) -> Rules {
    let mut rules = Vec::new();
    for place in places {
        if let Some(Compiled::Rules(_, masked)) = compiled.get(*place) {
            rules.extend(masked.iter().map(|rule| (rule.clone(), *place)));
        }
    }
    let asked: BTreeSet<Atom> = atoms(places, compiled).collect();
    let ranks: HashMap<u8, Atom> = asked
        .into_iter()
        .filter_map(|atom| Some((bit(atom)?, atom)))
        .collect();
    Rules::new(&rules, |key| {
        let (bit, holds) = match key {
            Key::Set(bit) => (bit, true),
            Key::Unset(bit) => (bit, false),
        };
        ranks.get(&bit).map_or(0, |atom| atom.rank(holds))
    })
}

/// Gives the rules of the policies at `places` their bits. A policy of which one atom has none is left to Cedar.
pub(super) fn mask(places: &[usize], compiled: &mut [Compiled], bit: impl Fn(Atom) -> Option<u8>) {
    for place in places {
        let Some(this) = compiled.get_mut(*place) else {
            continue;
        };
        if let Compiled::Rules(rules, masked) = this {
            match rules.iter().map(|rule| rule.masked(&bit)).collect() {
                Some(all) => *masked = all,
                None => *this = Compiled::LeftToCedar,
            }
        }
    }
}

/// `age < N` holds up to N − 1.
pub(super) fn ages<'a>(
    places: impl Iterator<Item = &'a usize>,
    policies: &[ReadPolicy],
) -> Arc<[u64]> {
    let ages: BTreeSet<u64> = places
        .filter_map(|place| policies.get(*place))
        .flat_map(|policy| &policy.ages)
        .flat_map(|age| [*age, age.saturating_sub(1)])
        .filter_map(|age| u64::try_from(age).ok())
        .collect();
    ages.into_iter().rev().collect()
}

pub(super) fn versions<'a>(
    places: impl Iterator<Item = &'a usize>,
    policies: &[ReadPolicy],
) -> Arc<[i64]> {
    let versions: BTreeSet<i64> = places
        .filter_map(|place| policies.get(*place))
        .flat_map(|policy| &policy.versions)
        .flat_map(|version| [*version, version.saturating_add(1)])
        .collect();
    versions.into_iter().collect()
}

pub(super) fn atoms<'a>(
    places: &'a [usize],
    compiled: &'a [Compiled],
) -> impl Iterator<Item = Atom> + 'a {
    places
        .iter()
        .filter_map(|place| match compiled.get(*place)? {
            Compiled::Rules(rules, _) => Some(rules),
            Compiled::Off | Compiled::LeftToCedar => None,
        })
        .flatten()
        .flat_map(|rule| &rule.when.0)
        .filter_map(|literal| match literal.question {
            crate::expression::Question::Atom(atom) => Some(atom),
            crate::expression::Question::Member(_) => None,
        })
}

pub(super) fn left_to_cedar(places: &[usize], compiled: &[Compiled]) -> Vec<usize> {
    places
        .iter()
        .copied()
        .filter(|place| matches!(compiled.get(*place), Some(Compiled::LeftToCedar)))
        .collect()
}
