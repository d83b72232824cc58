//! Sets of accesses as boxes: for each thing that policies can ask about, which of its values are in.
//!
//! Every literal restricts one thing, so a conjunction is a box, one box within another is implication, and a point outside
//! of many boxes is found by cutting them off one after the other.

use crate::atom::Atom;
use crate::compile::{PolicySet, Slice};
use crate::expression::{Conjunction, Literal, Question};
use crate::numbering::Member;
use std::collections::{BTreeMap, BTreeSet};
use zt_types::{
    Answer, Assurance, CalendarId, ClientKind, Country, FactKind, Level, NetworkId, Os,
    PostureItem, Role, TermsId,
};

/// One thing that policies ask about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Thing {
    Role,
    Guest,
    PersonTrust,
    PersonFact(FactKind),
    ResetDue,
    Terms(TermsId),
    /// Whether she is in the group, or is that person.
    Member(Member),
    Enrolled,
    Proven,
    CompanyOwned,
    DeviceTrust,
    DeviceFact(FactKind),
    Os,
    OsVersion,
    AntivirusVersion,
    ClientVersion,
    Posture(PostureItem),
    Assurance,
    Age,
    Client,
    Network(NetworkId),
    Country,
    Anonymiser,
    Calendar(CalendarId),
}

/// A box: of each thing in it some of its at most 64 values, one bit each, riskiest or smallest first. Things that are not in
/// it may have any value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Region(pub(super) BTreeMap<Thing, u64>);

/// What cannot be put into boxes: there are too many values, or too many ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany;

/// The values that numbers and countries are told apart by: what the policies compare with.
#[derive(Debug, Clone, Default)]
pub(super) struct Domains {
    /// Ages: at most so many seconds. Versions: at least.
    pub(super) numbers: BTreeMap<Thing, Vec<i64>>,
    /// Countries; `None` is that it is not known. One more value stands for all others.
    pub(super) countries: Vec<Option<Country>>,
}

impl Domains {
    /// What the compiled policies of these sets compare with.
    pub(super) fn of(sets: &[&PolicySet]) -> Result<Self, TooMany> {
        let mut numbers: BTreeMap<Thing, BTreeSet<i64>> = BTreeMap::new();
        let mut countries = BTreeSet::new();
        for atom in sets.iter().flat_map(|set| set.atoms()) {
            match atom {
                Atom::Country(country) => {
                    countries.insert(country);
                }
                atom => {
                    if let Some((thing, number)) = compared(atom) {
                        numbers.entry(thing).or_default().insert(number);
                    }
                }
            }
        }
        let most = numbers.values().map(BTreeSet::len).max().unwrap_or(0);
        if most.max(countries.len()) > 62 {
            return Err(TooMany);
        }
        Ok(Self {
            numbers: numbers
                .into_iter()
                .map(|(thing, numbers)| (thing, numbers.into_iter().collect()))
                .collect(),
            countries: countries.into_iter().collect(),
        })
    }

    /// All values of a thing.
    pub(super) fn all(&self, thing: &Thing) -> u64 {
        let count = match thing {
            Thing::PersonTrust | Thing::DeviceTrust | Thing::Posture(_) => 3,
            Thing::Assurance => Assurance::ALL.len(),
            Thing::Os => Os::ALL.len(),
            Thing::Client => ClientKind::ALL.len(),
            Thing::Country => self.countries.len() + 1,
            Thing::OsVersion | Thing::AntivirusVersion | Thing::ClientVersion | Thing::Age => {
                self.numbers.get(thing).map_or(0, Vec::len) + 1
            }
            _ => 2,
        };
        first(count)
    }

    /// The values for which a literal holds.
    fn values(&self, thing: &Thing, atom: Atom) -> u64 {
        let at_least = |rank: usize| self.all(thing) & !first(rank);
        let place = |at: Option<usize>| at.map_or(0, |at| 1 << at);
        match atom {
            // Accounts of last resort are decided before any policy, so a policy never sees that role.
            Atom::Role(role) => match role {
                Role::Member => 1,
                Role::Administrator => 2,
                Role::BreakGlass => 0,
            },
            Atom::PersonTrust(level) | Atom::DeviceTrust(level) => {
                at_least(Level::ALL.iter().position(|l| *l == level).unwrap_or(0))
            }
            Atom::Posture(_, answer) => {
                at_least(Answer::ALL.iter().position(|a| *a == answer).unwrap_or(0))
            }
            Atom::Assurance(least) => {
                at_least(Assurance::ALL.iter().position(|a| *a == least).unwrap_or(0))
            }
            Atom::Os(os) => place(Os::ALL.iter().position(|other| *other == os)),
            Atom::Client(kind) => place(ClientKind::ALL.iter().position(|other| *other == kind)),
            Atom::Country(country) => place(self.countries.iter().position(|c| *c == country)),
            Atom::Age(most) => {
                let at = self.number(thing, most);
                if most < 0 { 0 } else { first(at + 1) }
            }
            Atom::OsVersion(least) | Atom::AntivirusVersion(least) | Atom::ClientVersion(least) => {
                if least <= 0 {
                    self.all(thing)
                } else {
                    at_least(self.number(thing, least) + 1)
                }
            }
            _ => 2,
        }
    }

    fn number(&self, thing: &Thing, number: i64) -> usize {
        let known = self.numbers.get(thing);
        known
            .and_then(|known| known.binary_search(&number).ok())
            .unwrap_or(0)
    }
}

/// The `count` first values.
const fn first(count: usize) -> u64 {
    if count >= 64 {
        u64::MAX
    } else {
        (1 << count) - 1
    }
}

fn compared(atom: Atom) -> Option<(Thing, i64)> {
    match atom {
        Atom::Age(most) => Some((Thing::Age, most)),
        Atom::OsVersion(least) => Some((Thing::OsVersion, least)),
        Atom::AntivirusVersion(least) => Some((Thing::AntivirusVersion, least)),
        Atom::ClientVersion(least) => Some((Thing::ClientVersion, least)),
        _ => None,
    }
}

impl Region {
    /// Both at once; `None` if nothing is in both.
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        let mut both = self.clone();
        for (thing, values) in &other.0 {
            let kept = both.0.entry(thing.clone()).or_insert(u64::MAX);
            *kept &= values;
            if *kept == 0 {
                return None;
            }
        }
        both.is_possible().then_some(both)
    }

    /// Whether everything in this is in the other.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        other.0.iter().all(|(thing, values)| {
            let own = self.0.get(thing).copied();
            own.is_some_and(|own| own & !values == 0)
        })
    }

    fn with(&self, thing: &Thing, values: u64) -> Option<Self> {
        let mut with = self.clone();
        with.0.insert(thing.clone(), values);
        (values != 0 && with.is_possible()).then_some(with)
    }

    /// Whether any access can be in it: an unproven device is no more than half believed, and a proven one is enrolled.
    fn is_possible(&self) -> bool {
        let only = |thing: &Thing, values: u64| {
            let own = self.0.get(thing).copied();
            own.is_some_and(|own| own & !values == 0)
        };
        let (no, yes, high) = (1, 2, 4);
        !(only(&Thing::Proven, no) && only(&Thing::DeviceTrust, high)
            || only(&Thing::Proven, yes) && only(&Thing::Enrolled, no)
            || only(&Thing::DeviceTrust, high) && only(&Thing::Enrolled, no))
    }

    /// A box within this one that touches none of `avoid`; `Ok(None)` if there is none.
    pub(super) fn outside(
        &self,
        avoid: &[Self],
        domains: &Domains,
        budget: &mut u32,
    ) -> Result<Option<Self>, TooMany> {
        *budget = budget.checked_sub(1).ok_or(TooMany)?;
        let mut touching = avoid.iter().enumerate();
        let Some((at, next)) = touching.find(|(_, other)| self.and(other).is_some()) else {
            return Ok(Some(self.clone()));
        };
        let rest = avoid.get(at + 1..).unwrap_or_default();
        let mut slab = self.clone();
        for (thing, values) in &next.0 {
            let own = slab.0.get(thing).copied();
            let own = own.unwrap_or_else(|| domains.all(thing)) & domains.all(thing);
            if let Some(cut) = slab.with(thing, own & !values)
                && let Some(found) = cut.outside(rest, domains, budget)?
            {
                return Ok(Some(found));
            }
            slab = match slab.with(thing, own & values) {
                Some(slab) => slab,
                None => return Ok(None),
            };
        }
        Ok(None)
    }
}

impl PolicySet {
    /// The accesses of one application for which a conjunction holds: any of these boxes.
    pub(super) fn regions(
        &self,
        slice: &Slice,
        when: &Conjunction,
        domains: &Domains,
    ) -> Result<Vec<Region>, TooMany> {
        let mut regions = vec![Region::default()];
        for literal in &when.0 {
            let choices = self.choices(slice, *literal, domains)?;
            let mut narrowed = Vec::new();
            for region in &regions {
                narrowed.extend(choices.iter().filter_map(|choice| region.and(choice)));
            }
            if narrowed.len() > 4_096 {
                return Err(TooMany);
            }
            regions = narrowed;
        }
        Ok(regions)
    }

    /// Where a literal holds: any of these boxes.
    fn choices(
        &self,
        slice: &Slice,
        literal: Literal,
        domains: &Domains,
    ) -> Result<Vec<Region>, TooMany> {
        let one = |thing: Thing, values: u64| {
            let values = if literal.holds {
                values
            } else {
                domains.all(&thing) & !values
            };
            let region = Region([(thing, values)].into());
            if values == 0 { vec![] } else { vec![region] }
        };
        let member = |number: u32| {
            let member = self.numbering.members.name(number);
            member.cloned().map(Thing::Member).ok_or(TooMany)
        };
        Ok(match literal.question {
            Question::Member(number) => one(member(number)?, 2),
            Question::Atom(Atom::Entitled) => {
                let groups: Result<Vec<Thing>, TooMany> =
                    slice.groups.iter().map(|group| member(*group)).collect();
                if literal.holds {
                    let any = groups?.into_iter();
                    any.map(|group| Region([(group, 2)].into())).collect()
                } else {
                    vec![Region(
                        groups?.into_iter().map(|group| (group, 1)).collect(),
                    )]
                }
            }
            Question::Atom(atom) if atom.is_of_resource() => {
                if self.is_so_of(slice, atom) == literal.holds {
                    vec![Region::default()]
                } else {
                    vec![]
                }
            }
            Question::Atom(atom) => {
                let thing = self.thing(atom).ok_or(TooMany)?;
                let values = domains.values(&thing, atom);
                one(thing, values)
            }
        })
    }

    fn thing(&self, atom: Atom) -> Option<Thing> {
        let names = &self.numbering;
        Some(match atom {
            Atom::Role(_) => Thing::Role,
            Atom::Guest => Thing::Guest,
            Atom::PersonTrust(_) => Thing::PersonTrust,
            Atom::PersonFact(kind) => Thing::PersonFact(kind),
            Atom::ResetDue => Thing::ResetDue,
            Atom::Terms(number) => Thing::Terms(names.terms.name(number)?.clone()),
            Atom::Enrolled => Thing::Enrolled,
            Atom::Proven => Thing::Proven,
            Atom::CompanyOwned => Thing::CompanyOwned,
            Atom::DeviceTrust(_) => Thing::DeviceTrust,
            Atom::DeviceFact(kind) => Thing::DeviceFact(kind),
            Atom::Os(_) => Thing::Os,
            Atom::OsVersion(_) => Thing::OsVersion,
            Atom::AntivirusVersion(_) => Thing::AntivirusVersion,
            Atom::ClientVersion(_) => Thing::ClientVersion,
            Atom::Posture(item, _) => Thing::Posture(item),
            Atom::Assurance(_) => Thing::Assurance,
            Atom::Age(_) => Thing::Age,
            Atom::Client(_) => Thing::Client,
            Atom::Network(number) => Thing::Network(names.networks.name(number)?.clone()),
            Atom::Country(_) => Thing::Country,
            Atom::Anonymiser => Thing::Anonymiser,
            Atom::Calendar(number) => Thing::Calendar(names.calendars.name(number)?.clone()),
            Atom::Sensitivity(_)
            | Atom::App(_)
            | Atom::AppGroup(_)
            | Atom::Everyone
            | Atom::Entitled => return None,
        })
    }
}
