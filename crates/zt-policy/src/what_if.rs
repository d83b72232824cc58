//! Recorded accesses, decided once more: what other policies would have said to them ([`WhatIf`]), and whether the same
//! policies say the same again ([`Replay`]).
//!
//! Both are fed one access at a time and keep what differs, never the accesses: a log of any length fits.

use crate::compile::{Compiled, PolicySet, Slice};
use crate::facts::{Facts, Usable};
use crate::masks::Effect as RuleEffect;
use crate::verdict::Asked;
use crate::{Decision, DecisionInputs, Obligation, Permit, Reason, Remedy, Request};
use std::collections::{BTreeSet, HashMap};
use zt_types::{AppId, Capability, CapabilitySet, PersonId, PolicyId, Role, Timestamp};

mod replay;

pub use replay::{Recorded, Replay, Replayed, Unlike};

/// So many differences are kept; what comes after is counted only.
const MOST: usize = 20_000;

/// What a change of policies does to a person at an application. Ordered as a reviewer reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Refused, with nothing that she could do where she is; before, she got in or could have.
    Refused,
    /// Refused at first, and steps that she takes where she is let her go on; before, it took fewer or none.
    Prompted,
    /// Let in, to do less or with more conditions.
    Limited,
    /// Let in, where she was not.
    Allowed,
    /// Let in as before, to do more or with fewer conditions.
    Widened,
}

impl Effect {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [
        Self::Refused,
        Self::Prompted,
        Self::Limited,
        Self::Allowed,
        Self::Widened,
    ];

    /// The slug used in answers and message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Prompted => "prompted",
            Self::Limited => "limited",
            Self::Allowed => "allowed",
            Self::Widened => "widened",
        }
    }
}

/// What changes for one person at one application, over all recorded accesses that it changes in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// In which way.
    pub effect: Effect,
    /// For whom.
    pub person: PersonId,
    /// Where.
    pub app: AppId,
    /// How many accesses.
    pub accesses: u64,
    /// When the first of them was.
    pub first: Timestamp,
    /// When the last of them was.
    pub last: Timestamp,
    /// The policies that make the difference: those that refuse or withhold under the new set, or no longer do; in the
    /// order of their ids.
    pub policies: Vec<PolicyId>,
    /// Why the last of them would be refused; empty if none is.
    pub reasons: Vec<Reason>,
    /// What would let the last of them go on; empty if none is refused.
    pub remedies: Vec<Remedy>,
    /// What none of them could do any more, although let in.
    pub lost: CapabilitySet,
    /// What they could do more.
    pub gained: CapabilitySet,
    /// What would be asked of whoever lets them through, and is not today.
    pub obligations: Vec<Obligation>,
}

/// What report-only policies would refuse, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hypothetical {
    /// The policy.
    pub policy: PolicyId,
    /// Whom.
    pub person: PersonId,
    /// Where.
    pub app: AppId,
    /// How many accesses.
    pub accesses: u64,
    /// When the last of them was.
    pub last: Timestamp,
}

/// What came of comparing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// How many accesses were compared.
    pub accesses: u64,
    /// How many of them come out as before.
    pub unchanged: u64,
    /// The others: by effect, then those that concern most accesses first.
    pub differences: Vec<Difference>,
    /// Accesses that come out otherwise and found no room among the differences.
    pub left_out: u64,
    /// What the new set's report-only policies would refuse if they bound; most accesses first.
    pub report_only: Vec<Hypothetical>,
}

impl Comparison {
    /// How many accesses come out otherwise in this way, of those that found room.
    #[must_use]
    pub fn accesses_with(&self, effect: Effect) -> u64 {
        self.with(effect)
            .map(|difference| difference.accesses)
            .sum()
    }

    /// How many people are concerned in this way.
    #[must_use]
    pub fn people_with(&self, effect: Effect) -> usize {
        let people: BTreeSet<PersonId> = self.with(effect).map(|d| d.person).collect();
        people.len()
    }

    fn with(&self, effect: Effect) -> impl Iterator<Item = &Difference> {
        let all = self.differences.iter();
        all.filter(move |difference| difference.effect == effect)
    }
}

/// Two sets of policies, and what they say differently to accesses that happened.
#[derive(Debug)]
pub struct WhatIf<'a> {
    in_force: &'a PolicySet,
    proposed: &'a PolicySet,
    found: Comparison,
    places: HashMap<(PersonId, AppId, Effect), usize>,
    report_only: HashMap<(PolicyId, PersonId, AppId), usize>,
    /// Whether what has a number in both sets has the same one: then facts in the numbers of the proposed one are good for
    /// both.
    share_numbers: bool,
}

/// What policies say to an access, without reasons.
enum InShort {
    /// What is granted, and what is asked for beside what follows from that.
    LetThrough(CapabilitySet, Vec<Obligation>),
    /// What would help.
    Refused(Vec<Remedy>),
}

/// What is different about one access.
struct Turn {
    effect: Effect,
    lost: CapabilitySet,
    gained: CapabilitySet,
    obligations: Vec<Obligation>,
}

impl<'a> WhatIf<'a> {
    /// `proposed` beside what is in force.
    #[must_use]
    pub fn new(in_force: &'a PolicySet, proposed: &'a PolicySet) -> Self {
        Self {
            in_force,
            proposed,
            found: Comparison::default(),
            places: HashMap::new(),
            report_only: HashMap::new(),
            share_numbers: in_force.numbering.begins(&proposed.numbering),
        }
    }

    /// Takes an access into account. What was decided at the time does not matter, only from what: both sets are asked
    /// about the same request.
    pub fn consider(&mut self, access: &DecisionInputs) {
        if self.is_as_before(&access.request) {
            self.found.accesses += 1;
            self.found.unchanged += 1;
        } else {
            self.consider_in_full(&access.request);
        }
    }

    pub(crate) fn consider_in_full(&mut self, request: &Request) {
        self.found.accesses += 1;
        let now = self.proposed.decide(request);
        for policy in now.would_refuse() {
            self.would_refuse(policy, request);
        }
        let was = self.in_force.decide(request);
        match turn(&was, &now) {
            None => self.found.unchanged += 1,
            Some(turn) => self.note(request, turn, &was, &now),
        }
    }

    /// Whether both sets say the same, and no report-only policy of the new one would refuse it: so it is with most accesses,
    /// and none of their reasons is wanted.
    fn is_as_before(&self, request: &Request) -> bool {
        let request = request.as_of_now();
        let facts = Facts::of(&request, &self.proposed.numbering);
        let Some(now) = self.proposed.in_short(&request.app, &facts) else {
            return false;
        };
        let was = if self.share_numbers {
            self.in_force.in_short(&request.app, &facts)
        } else {
            let facts = Facts::of(&request, &self.in_force.numbering);
            self.in_force.in_short(&request.app, &facts)
        };
        match (was, now) {
            (Some(InShort::LetThrough(was, asked)), InShort::LetThrough(now, asks)) => {
                let more = more_of(&asked, &asks).next();
                was == now && more.or(more_of(&asks, &asked).next()).is_none()
            }
            (Some(InShort::Refused(was)), InShort::Refused(now)) => {
                between_refusals(&was, &now).is_none()
            }
            _ => false,
        }
    }

    /// What came of it.
    #[must_use]
    pub fn finish(mut self) -> Comparison {
        let order = |difference: &Difference| {
            let Difference {
                effect,
                accesses,
                person,
                ..
            } = difference;
            let most_first = std::cmp::Reverse(*accesses);
            (*effect, most_first, *person, difference.app.clone())
        };
        self.found.differences.sort_by_cached_key(order);
        self.found.report_only.sort_by_cached_key(|found| {
            let most_first = std::cmp::Reverse(found.accesses);
            (
                most_first,
                found.policy.clone(),
                found.person,
                found.app.clone(),
            )
        });
        self.found
    }

    fn note(&mut self, request: &Request, turn: Turn, was: &Decision, now: &Decision) {
        let key = (request.person.id, request.app.clone(), turn.effect);
        let policies = self.behind(request, &turn, was, now);
        let Some(place) = self.places.get(&key) else {
            if self.found.differences.len() >= MOST {
                self.found.left_out += 1;
                return;
            }
            self.places.insert(key, self.found.differences.len());
            self.found.differences.push(Difference {
                effect: turn.effect,
                person: request.person.id,
                app: request.app.clone(),
                accesses: 1,
                first: request.now,
                last: request.now,
                policies: policies.into_iter().collect(),
                reasons: reasons(now),
                remedies: remedies(now),
                lost: turn.lost,
                gained: turn.gained,
                obligations: turn.obligations,
            });
            return;
        };
        let Some(known) = self.found.differences.get_mut(*place) else {
            return;
        };
        known.accesses += 1;
        known.first = known.first.min(request.now);
        if request.now > known.last {
            known.last = request.now;
            known.reasons = reasons(now);
            known.remedies = remedies(now);
        }
        for policy in policies {
            if let Err(at) = known.policies.binary_search(&policy) {
                known.policies.insert(at, policy);
            }
        }
        known.lost = known.lost.union(turn.lost);
        known.gained = known.gained.union(turn.gained);
        for obligation in turn.obligations {
            let is_known = |other: &Obligation| is_same_kind(other, &obligation);
            if !known.obligations.iter().any(is_known) {
                known.obligations.push(obligation);
            }
        }
    }

    fn would_refuse(&mut self, policy: &PolicyId, request: &Request) {
        let key = (policy.clone(), request.person.id, request.app.clone());
        let list = &mut self.found.report_only;
        let Some(place) = self.report_only.get(&key) else {
            if list.len() < MOST {
                self.report_only.insert(key, list.len());
                list.push(Hypothetical {
                    policy: policy.clone(),
                    person: request.person.id,
                    app: request.app.clone(),
                    accesses: 1,
                    last: request.now,
                });
            }
            return;
        };
        if let Some(known) = list.get_mut(*place) {
            known.accesses += 1;
            known.last = known.last.max(request.now);
        }
    }

    /// The policies that make the difference.
    fn behind(
        &self,
        request: &Request,
        turn: &Turn,
        was: &Decision,
        now: &Decision,
    ) -> BTreeSet<PolicyId> {
        let (refused, permitted, narrowed) = match turn.effect {
            Effect::Refused | Effect::Prompted => (Some(now), was, None),
            Effect::Allowed => (Some(was), now, None),
            Effect::Limited => (None, now, Some((self.proposed, turn.lost))),
            Effect::Widened => (None, now, Some((self.in_force, turn.gained))),
        };
        let mut behind: BTreeSet<PolicyId> = refused
            .into_iter()
            .flat_map(Decision::policies)
            .cloned()
            .collect();
        if let Some((set, capabilities)) = narrowed {
            behind.extend(set.withholding(request, capabilities));
            let asking = turn.obligations.iter().filter_map(|ask| match ask {
                Obligation::Warn { policy, .. } => Some(policy.clone()),
                _ => None,
            });
            behind.extend(asking);
        }
        // Nothing forbids or forbade it: it is for what permits, or does so no more.
        if behind.is_empty() {
            behind.extend(permitted.policies().iter().cloned());
        }
        behind
    }
}

/// In which way an access comes out otherwise, if it does.
fn turn(was: &Decision, now: &Decision) -> Option<Turn> {
    let plain = |effect| {
        Some(Turn {
            effect,
            lost: CapabilitySet::NONE,
            gained: CapabilitySet::NONE,
            obligations: Vec::new(),
        })
    };
    match (was, now) {
        (Decision::Allow(_), Decision::Refuse(refusal)) => plain(of_refusal(refusal.remedies())),
        (Decision::Refuse(_), Decision::Allow(_)) => plain(Effect::Allowed),
        (Decision::Refuse(was), Decision::Refuse(now)) => {
            between_refusals(was.remedies(), now.remedies()).and_then(plain)
        }
        (Decision::Allow(was), Decision::Allow(now)) => {
            let lost = was.capabilities().difference(now.capabilities());
            let gained = now.capabilities().difference(was.capabilities());
            let obligations = asked_more(was, now);
            let fewer = !asked_more(now, was).is_empty();
            let effect = if lost != CapabilitySet::NONE || !obligations.is_empty() {
                Effect::Limited
            } else if gained != CapabilitySet::NONE || fewer {
                Effect::Widened
            } else {
                return None;
            };
            Some(Turn {
                effect,
                lost,
                gained,
                obligations,
            })
        }
    }
}

/// In which way a refusal comes out otherwise, if it does, by the steps that would help then and now.
fn between_refusals(was: &[Remedy], now: &[Remedy]) -> Option<Effect> {
    match (of_refusal(was), of_refusal(now)) {
        (Effect::Prompted, Effect::Refused) => Some(Effect::Refused),
        (Effect::Refused, Effect::Prompted) => Some(Effect::Prompted),
        (Effect::Prompted, Effect::Prompted) => {
            let more = now.iter().any(|step| asks_more(step, was));
            more.then_some(Effect::Prompted)
        }
        _ => None,
    }
}

/// Whether she can go on by herself.
fn of_refusal(steps: &[Remedy]) -> Effect {
    if steps.iter().all(Remedy::is_at_hand) {
        Effect::Prompted
    } else {
        Effect::Refused
    }
}

/// Whether a step asks for what no step of the earlier refusal asked for.
fn asks_more(step: &Remedy, was: &[Remedy]) -> bool {
    !was.iter().any(|known| match (known, step) {
        (Remedy::StepUp { assurance: known }, Remedy::StepUp { assurance: now }) => known >= now,
        (Remedy::StepUp { .. } | Remedy::SignInAgain, Remedy::Reauthenticate) => true,
        (known, now) => known == now,
    })
}

fn asked_more(was: &Permit, now: &Permit) -> Vec<Obligation> {
    more_of(was.obligations(), now.obligations())
        .cloned()
        .collect()
}

/// What is asked for now and was not.
fn more_of<'a>(
    was: &'a [Obligation],
    now: &'a [Obligation],
) -> impl Iterator<Item = &'a Obligation> {
    now.iter()
        .filter(|new| !was.iter().any(|old| is_same_kind(old, new)))
}

/// Of deadlines only that there is one counts: what they are follows from when the access was.
fn is_same_kind(one: &Obligation, other: &Obligation) -> bool {
    match (one, other) {
        (Obligation::Warn { policy: one, .. }, Obligation::Warn { policy: other, .. }) => {
            one == other
        }
        (one, other) => one.as_str() == other.as_str(),
    }
}

fn reasons(decision: &Decision) -> Vec<Reason> {
    let refusal = decision.refusal();
    refusal
        .map(|refusal| refusal.reasons().to_vec())
        .unwrap_or_default()
}

fn remedies(decision: &Decision) -> Vec<Remedy> {
    let refusal = decision.refusal();
    refusal
        .map(|refusal| refusal.remedies().to_vec())
        .unwrap_or_default()
}

impl Remedy {
    /// Whether it lets this very access go on: a step that the person takes herself, where she is and at once or after
    /// looking after her device. Coming back later, elsewhere or with another device, or asking somebody, is none.
    #[must_use]
    pub const fn is_at_hand(&self) -> bool {
        match self {
            Self::SignInAgain
            | Self::Reauthenticate
            | Self::StepUp { .. }
            | Self::ResetPassword
            | Self::AcceptTerms { .. }
            | Self::LeaveAnonymiser
            | Self::PresentCertificate
            | Self::EnrolDevice
            | Self::FixPosture { .. }
            | Self::Update { .. } => true,
            Self::UseCompanyDevice
            | Self::ComeBack { .. }
            | Self::WaitForDeviceClean
            | Self::AskOwner
            | Self::AskAdministrator
            | Self::NothingHelps => false,
        }
    }
}

impl PolicySet {
    /// What policies say to an access; nothing if they are not asked about it, or a report-only one would refuse it.
    fn in_short(&self, app: &AppId, facts: &Facts) -> Option<InShort> {
        let is_over = facts.usable == Usable::No || facts.now >= facts.expires_at;
        if is_over || facts.role == Role::BreakGlass {
            return None;
        }
        let (slice, hours) = (self.slice(app)?, self.hours(facts.now));
        let asked = Asked {
            policies: self,
            slice,
            hours: &hours,
        };
        let (sum, erring) = asked.sum(facts);
        if !asked.would_refuse(facts, sum).is_empty() {
            return None;
        }
        let capabilities = sum.granted();
        Some(if capabilities.contains(Capability::Connect) {
            InShort::LetThrough(capabilities, asked.obligations(facts))
        } else {
            let (forbids, looks) = asked.refusing(facts, &erring);
            InShort::Refused(asked.way_out(facts, &forbids, &looks).steps)
        })
    }

    /// The policies in force that withhold any of `capabilities` from this access, in the order of their ids.
    fn withholding(&self, request: &Request, capabilities: CapabilitySet) -> Vec<PolicyId> {
        let Some(slice) = self.slice(&request.app) else {
            return Vec::new();
        };
        let facts = Facts::of(request, &self.numbering);
        let hours = self.hours(request.now);
        let asked = Asked {
            policies: self,
            slice,
            hours: &hours,
        };
        let mut places: Vec<usize> = self
            .concerning(slice)
            .filter(|place| self.effect(*place) == Some(RuleEffect::Forbid))
            .filter(|place| asked.withholds(slice, *place, capabilities, &facts))
            .collect();
        places.sort_unstable();
        self.documents_at(&places)
    }
}

impl Asked<'_> {
    fn withholds(
        &self,
        slice: &Slice,
        place: usize,
        capabilities: CapabilitySet,
        facts: &Facts,
    ) -> bool {
        let bits = self.bits(facts);
        match self.policies.compiled.get(place) {
            Some(Compiled::Rules(_, rules)) => rules.iter().any(|rule| {
                overlap(rule.capabilities, capabilities) && rule.holds(&bits, &facts.members)
            }),
            Some(Compiled::LeftToCedar) => {
                let said =
                    self.policies
                        .ask_cedar_about(slice, [place].into_iter(), facts, self.hours);
                said.is_none_or(|oracle| overlap(oracle.sum.forbidden(), capabilities))
            }
            Some(Compiled::Off) | None => false,
        }
    }
}

fn overlap(some: CapabilitySet, others: CapabilitySet) -> bool {
    some.difference(others) != some
}
