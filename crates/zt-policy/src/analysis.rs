//! What can be said of policies without any access at hand: which can never apply, which never alter an outcome, and
//! whether two sets can differ at all, with an access for which they do.
//!
//! This reads the compiled form: conjunctions over atoms, as boxes (see [`region`]). Within it nothing is left out: no
//! difference found means that there is none, up to what is said to be undecided. What it takes on trust: calendars
//! mean the same in both sets, and every combination of groups, hours and signs can occur. Policies without a compiled
//! form are not looked at, and named. A difference that is told has been decided by both sets.

mod region;
mod witness;

use crate::compile::{Compiled, PolicySet, Slice};
use crate::masks::Effect;
use crate::verdict::Asked;
use crate::{Decision, ManagedBy, PolicyState, Request};
use region::{Domains, Region, TooMany};
use std::collections::{BTreeMap, BTreeSet};
use zt_types::{AppId, Capability, CapabilitySet, PolicyId, Timestamp};

/// So many boxes are cut in search of one difference; then it is undecided.
const BUDGET: u32 = 20_000;
/// More ways in which the policies of one application can apply than this are not compared with each other.
const MOST_WAYS: usize = 4_000;

/// What can be said of a set by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Policies in force that can never apply, whoever comes.
    pub dead: Vec<PolicyId>,
    /// Policies in force that never alter an outcome: whenever they apply, another one says the same already.
    pub shadowed: Vec<Shadowed>,
    /// Policies in force that have no compiled form, or of which there is too much to compare: nothing is said of them.
    pub undecided: Vec<PolicyId>,
}

/// A policy that never alters an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadowed {
    /// Which.
    pub policy: PolicyId,
    /// The policies that say the same.
    pub by: Vec<PolicyId>,
}

/// How two sets can differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Divergence {
    /// For each application for which they can: an access that gets more, and one that gets less.
    pub examples: Vec<Counterexample>,
    /// Applications for which they cannot differ in what is granted.
    pub same: Vec<AppId>,
    /// Applications for which it is not known.
    pub undecided: Vec<AppId>,
}

/// An access on which two sets differ. Both were asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterexample {
    /// Under which of the two it may do more.
    pub more: More,
    /// Something that it may do under that one only.
    pub capability: Capability,
    /// The access, made up.
    pub request: Request,
    /// What of it matters, in the words of the policies' language.
    pub because: Vec<String>,
    /// What the set in force says.
    pub in_force: Decision,
    /// What the proposed set says.
    pub proposed: Decision,
}

/// Under which of two sets an access may do more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum More {
    /// Under the proposed one: it opens something.
    Proposed,
    /// Under the one in force: it closes something.
    InForce,
}

/// One way in which a policy that binds can apply to an application.
struct Way<'a> {
    policy: &'a PolicyId,
    is_ours: bool,
    effect: Effect,
    capabilities: CapabilitySet,
    region: Region,
}

impl PolicySet {
    /// Which policies can never apply, and which never alter an outcome.
    #[must_use]
    pub fn findings(&self) -> Findings {
        let bound = self.documents().filter(|d| d.state == PolicyState::On);
        let of_others = bound.filter(|d| d.managed_by != ManagedBy::System);
        let all: BTreeSet<&PolicyId> = of_others.map(|document| &document.id).collect();
        let mut undecided: BTreeSet<&PolicyId> = self.left_out();
        let mut living: BTreeSet<&PolicyId> = BTreeSet::new();
        let mut altering: BTreeSet<&PolicyId> = BTreeSet::new();
        let mut by: BTreeMap<&PolicyId, BTreeSet<&PolicyId>> = BTreeMap::new();
        let Ok(domains) = Domains::of(&[self]) else {
            return Findings {
                undecided: all.into_iter().cloned().collect(),
                ..Findings::default()
            };
        };
        for slice in self.slices() {
            let ways = self.ways(slice, &domains);
            let Some(ways) = ways.ok().filter(|ways| ways.len() <= MOST_WAYS) else {
                undecided.extend(all.iter().filter(|id| self.concerns(slice, id)));
                continue;
            };
            for way in &ways {
                living.insert(way.policy);
                let shadow = ways.iter().find(|other| other.shadows(way));
                match shadow {
                    Some(other) => {
                        by.entry(way.policy).or_default().insert(other.policy);
                    }
                    None => {
                        altering.insert(way.policy);
                    }
                }
            }
        }
        let known = || all.iter().filter(|id| !undecided.contains(**id));
        let names = |ids: &BTreeSet<&PolicyId>| ids.iter().map(|id| (*id).clone()).collect();
        let shadowed = known().filter(|id| living.contains(**id) && !altering.contains(**id));
        Findings {
            dead: known()
                .filter(|id| !living.contains(**id))
                .map(|id| (*id).clone())
                .collect(),
            shadowed: shadowed
                .map(|id| Shadowed {
                    policy: (*id).clone(),
                    by: by.get(*id).map(names).unwrap_or_default(),
                })
                .collect(),
            undecided: all
                .intersection(&undecided)
                .map(|id| (*id).clone())
                .collect(),
        }
    }

    /// Whether `proposed` can grant anything else than this set, for any access at or near `now`.
    #[must_use]
    pub fn divergence(&self, proposed: &Self, now: Timestamp) -> Divergence {
        let mut found = Divergence::default();
        let mut apps: Vec<&AppId> = self.slices().map(|slice| &slice.application().id).collect();
        apps.retain(|app| proposed.slice(app).is_some());
        apps.sort_unstable();
        let domains = Domains::of(&[self, proposed]);
        for app in apps {
            let searched = domains
                .as_ref()
                .map_err(|too_many| *too_many)
                .and_then(|domains| {
                    let search = Search {
                        in_force: self,
                        proposed,
                        app,
                        domains,
                        now,
                    };
                    search.run()
                });
            match searched {
                Ok(examples) if examples.is_empty() => found.same.push(app.clone()),
                Ok(examples) => found.examples.extend(examples),
                Err(TooMany) => found.undecided.push(app.clone()),
            }
        }
        found
    }

    fn ways<'a>(&'a self, slice: &Slice, domains: &Domains) -> Result<Vec<Way<'a>>, TooMany> {
        let mut ways = Vec::new();
        for place in self.concerning(slice) {
            let (Some(effect), Some(document)) = (self.effect(place), self.document_at(place))
            else {
                continue;
            };
            let Some(Compiled::Rules(rules, _)) = self.compiled.get(place) else {
                continue;
            };
            if document.state != PolicyState::On {
                continue;
            }
            for rule in rules.iter().filter(|rule| !rule.capabilities.is_empty()) {
                for region in self.regions(slice, &rule.when, domains)? {
                    ways.push(Way {
                        policy: &document.id,
                        is_ours: document.managed_by == ManagedBy::System,
                        effect,
                        capabilities: rule.capabilities,
                        region,
                    });
                }
            }
            if ways.len() > 4 * MOST_WAYS {
                return Err(TooMany);
            }
        }
        Ok(ways)
    }

    /// The policies in force of which the compiled form does not tell everything.
    fn left_out(&self) -> BTreeSet<&PolicyId> {
        let places = self.policies.iter().zip(&self.compiled);
        places
            .filter(|(policy, compiled)| {
                policy.obliges.is_some() || matches!(compiled, Compiled::LeftToCedar)
            })
            .map(|(policy, _)| &policy.document)
            .collect()
    }

    fn concerns(&self, slice: &Slice, id: &PolicyId) -> bool {
        let mut places = self.concerning(slice);
        places.any(|place| self.document_at(place).is_some_and(|d| d.id == *id))
    }

    /// The atoms of all compiled policies.
    fn atoms(&self) -> impl Iterator<Item = crate::atom::Atom> + '_ {
        let rules = self.compiled.iter().filter_map(|compiled| match compiled {
            Compiled::Rules(rules, _) => Some(rules),
            Compiled::Off | Compiled::LeftToCedar => None,
        });
        let literals = rules.flatten().flat_map(|rule| &rule.when.0);
        literals.filter_map(|literal| match literal.question {
            crate::expression::Question::Atom(atom) => Some(atom),
            crate::expression::Question::Member(_) => None,
        })
    }

    /// What is settled by the application alone.
    fn is_so_of(&self, slice: &Slice, atom: crate::atom::Atom) -> bool {
        let hours = self.hours(Timestamp::default());
        let asked = Asked {
            policies: self,
            slice,
            hours: &hours,
        };
        let bit = asked.bit(atom);
        bit.is_some_and(|bit| slice.resource.get(bit))
    }
}

impl Way<'_> {
    /// Whether `other` alters nothing because of this: both say the same, or what it permits this forbids. Of two that say
    /// the same of the same accesses, the one whose id comes first counts.
    fn shadows(&self, other: &Self) -> bool {
        let stronger = self.effect == other.effect || self.effect == Effect::Forbid;
        if self.policy == other.policy
            || !stronger
            || !other.capabilities.is_subset(self.capabilities)
            || !other.region.is_within(&self.region)
        {
            return false;
        }
        let is_twin = self.effect == other.effect
            && self.capabilities == other.capabilities
            && self.region.is_within(&other.region);
        !is_twin || self.is_ours || (!other.is_ours && self.policy < other.policy)
    }
}

/// Looking for accesses to one application on which two sets differ.
struct Search<'a> {
    in_force: &'a PolicySet,
    proposed: &'a PolicySet,
    app: &'a AppId,
    domains: &'a Domains,
    now: Timestamp,
}

/// What one set says of one capability.
struct Side {
    permits: Vec<Region>,
    forbids: Vec<Region>,
}

impl Side {
    fn new(ways: &[Way<'_>], capability: Capability) -> Self {
        let with = |effect: Effect| {
            let of = ways
                .iter()
                .filter(move |way| way.effect == effect && way.capabilities.contains(capability));
            of.map(|way| way.region.clone()).collect()
        };
        Self {
            permits: with(Effect::Permit),
            forbids: with(Effect::Forbid),
        }
    }
}

impl Search<'_> {
    fn run(&self) -> Result<Vec<Counterexample>, TooMany> {
        let sides = [self.in_force, self.proposed].map(|set| {
            let slice = set.slice(self.app).ok_or(TooMany)?;
            if !slice.left_to_cedar.is_empty() {
                return Err(TooMany);
            }
            set.ways(slice, self.domains)
        });
        let [in_force, proposed] = sides;
        let (in_force, proposed) = (in_force?, proposed?);
        let mut examples = Vec::new();
        for (more, with, without) in [
            (More::InForce, &in_force, &proposed),
            (More::Proposed, &proposed, &in_force),
        ] {
            let mut budget = BUDGET;
            for capability in Capability::ALL {
                let (with, without) = (Side::new(with, capability), Side::new(without, capability));
                let found = self.between(&with, &without, more, capability, &mut budget)?;
                if let Some(example) = found {
                    examples.push(example);
                    break;
                }
            }
        }
        Ok(examples)
    }

    /// An access that may do it under the one set and not under the other.
    fn between(
        &self,
        with: &Side,
        without: &Side,
        more: More,
        capability: Capability,
        budget: &mut u32,
    ) -> Result<Option<Counterexample>, TooMany> {
        let within_any =
            |region: &Region, all: &[Region]| all.iter().any(|other| region.is_within(other));
        let mut unsure = false;
        for permit in &with.permits {
            // What the other forbids and this does not.
            for forbid in &without.forbids {
                let Some(both) = permit.and(forbid) else {
                    continue;
                };
                if within_any(&both, &with.forbids) {
                    continue;
                }
                if let Some(region) = both.outside(&with.forbids, self.domains, budget)? {
                    match self.example(&region, more, capability) {
                        Some(example) => return Ok(Some(example)),
                        None => unsure = true,
                    }
                }
            }
            // What the other does not permit.
            if within_any(permit, &without.permits) {
                continue;
            }
            let avoid: Vec<Region> = [&with.forbids[..], &without.permits[..]].concat();
            if let Some(region) = permit.outside(&avoid, self.domains, budget)? {
                match self.example(&region, more, capability) {
                    Some(example) => return Ok(Some(example)),
                    None => unsure = true,
                }
            }
        }
        // There is a box, and no access was found in it that both sets tell apart.
        if unsure { Err(TooMany) } else { Ok(None) }
    }

    fn example(
        &self,
        region: &Region,
        more: More,
        capability: Capability,
    ) -> Option<Counterexample> {
        let request = witness::request(self, region)?;
        let (in_force, proposed) = (
            self.in_force.decide(&request),
            self.proposed.decide(&request),
        );
        let may = |decision: &Decision| {
            let permit = decision.permit();
            permit.is_some_and(|permit| permit.capabilities().contains(capability))
        };
        let (with, without) = match more {
            More::InForce => (&in_force, &proposed),
            More::Proposed => (&proposed, &in_force),
        };
        (may(with) && !may(without)).then(|| Counterexample {
            more,
            capability,
            because: witness::because(region, self.domains),
            request,
            in_force,
            proposed,
        })
    }
}
