//! Shadow evaluation: some decisions of a running system are decided by Cedar as well: what is granted, what refuses, what is
//! asked for beside it; and whether at the last instant for which the decision claims to hold Cedar still says the same. Where
//! the two differ, a compiled form is wrong, and from then on Cedar alone decides for that application.

use crate::cedar::Oracle;
use crate::compile::{PolicySet, Slice};
use crate::facts::{Facts, Usable};
use crate::masks::Effect;
use crate::verdict::Asked;
use crate::{DecisionInputs, Obligation, OtherPolicies, Request};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use zt_types::{AppId, Capability, CapabilitySet, PersonId, PolicyId, Role, Seconds, Timestamp};

/// Whether an application's compiled form is believed. A set is made believing it; that it no longer does is the one thing
/// about a set that ever changes.
#[derive(Debug, Default)]
pub(crate) struct Disbelief(AtomicBool);

impl Disbelief {
    pub(crate) fn is_there(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What came of asking Cedar as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shadow {
    /// The same.
    Same,
    /// It is not decided by policy, or Cedar decides it anyway.
    NotCompared,
    /// Something else. Cedar decides for this application from now on.
    Differs(Box<Dispute>),
}

/// A decision on which the compiled form and Cedar differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// For whom.
    pub person: PersonId,
    /// At which application.
    pub app: AppId,
    /// What the compiled form grants.
    pub compiled: CapabilitySet,
    /// What Cedar grants.
    pub cedar: CapabilitySet,
    /// The policies that apply by the one and not by the other, if they differ in what refuses; those that ask for
    /// something, if they differ in what is asked for.
    pub policies: Vec<PolicyId>,
    /// What it is about.
    pub about: Disputed,
}

/// On what the compiled form and Cedar differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disputed {
    /// What is granted, or what refuses.
    Granted,
    /// What is asked for beside it.
    Obligations,
    /// Until when it holds: Cedar says something else before that, though only the time has gone on.
    ValidUntil,
}

/// So far ahead a decision that holds longer is looked at.
const AHEAD: Seconds = Seconds::days(62);

/// What Cedar says at one moment.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    oracle: Oracle,
    /// Nothing if a policy that asks for something cannot be evaluated.
    obligations: Option<Vec<Obligation>>,
}

impl PolicySet {
    /// Asks Cedar what was decided before. The set must be the one that decided.
    ///
    /// # Errors
    /// [`OtherPolicies`] if this is another set.
    pub fn shadow(&self, inputs: &DecisionInputs) -> Result<Shadow, OtherPolicies> {
        self.is_of(inputs)?;
        let request = inputs.request.as_of_now();
        let Some(slice) = self.slice(&request.app) else {
            return Ok(Shadow::NotCompared);
        };
        if slice.disbelief.is_there() || request.person.role == Role::BreakGlass {
            return Ok(Shadow::NotCompared);
        }
        let Some(dispute) = self.dispute(slice, &request) else {
            return Ok(Shadow::Same);
        };
        self.disbelieve(&request.app);
        Ok(Shadow::Differs(Box::new(dispute)))
    }

    /// Lets Cedar alone decide for an application, in this set and in those compiled after it.
    pub fn disbelieve(&self, app: &AppId) {
        if let Some(slice) = self.slice(app) {
            slice.disbelief.0.store(true, Ordering::Relaxed);
        }
    }

    /// The applications that Cedar alone decides for.
    pub(crate) fn disbelieved(&self) -> BTreeSet<AppId> {
        let slices = self.slices();
        slices
            .filter(|slice| slice.disbelief.is_there())
            .map(|slice| slice.application().id.clone())
            .collect()
    }

    fn dispute(&self, slice: &Slice, request: &Request) -> Option<Dispute> {
        let facts = Facts::of(request, &self.numbering);
        let hours = self.hours(facts.now);
        let asked = Asked {
            policies: self,
            slice,
            hours: &hours,
        };
        let (sum, erring) = asked.sum(&facts);
        let forbids = asked.applying(Effect::Forbid, &facts).into_iter();
        let forbids: BTreeSet<usize> = forbids.filter(|place| !erring.contains(place)).collect();
        // That Cedar could not be asked is no difference; whoever needs its answer is refused.
        let said = self.cedar_says(slice, &facts)?;
        let cedar = &said.oracle;
        let violated: BTreeSet<usize> = cedar.violated.iter().copied().collect();
        let dispute = |about, places: &[usize]| Dispute {
            person: facts.person,
            app: slice.application().id.clone(),
            compiled: sum.granted(),
            cedar: cedar.sum.granted(),
            policies: self.documents_at(places),
            about,
        };
        let is_same = sum.granted() == cedar.sum.granted()
            && sum.would_be_granted() == cedar.sum.would_be_granted()
            && forbids == violated;
        if !is_same {
            let differ: Vec<usize> = forbids.symmetric_difference(&violated).copied().collect();
            return Some(dispute(Disputed::Granted, &differ));
        }
        // What is asked for goes with a permit only.
        let is_allowed = sum.granted().contains(Capability::Connect);
        let asked_for = said.obligations.as_ref();
        let is_other = |cedars: &Vec<Obligation>| asked.compiled_obligations(&facts) != *cedars;
        if is_allowed && asked_for.is_some_and(is_other) {
            let asking = slice.obliging.iter().map(|obliging| obliging.place);
            return Some(dispute(Disputed::Obligations, &asking.collect::<Vec<_>>()));
        }
        // Where no policy was asked, none says until when it holds.
        if facts.usable == Usable::No || facts.now >= facts.expires_at {
            return None;
        }
        for then in self.while_it_holds(request) {
            let later = self.cedar_says(slice, &then)?;
            let (is, was) = (&later.oracle, &said.oracle);
            let holds = is.violated == was.violated
                && is.sum.granted() == was.sum.granted()
                && is.sum.would_be_granted() == was.sum.would_be_granted()
                && (!is_allowed || later.obligations == said.obligations);
            if !holds {
                let then: BTreeSet<usize> = is.violated.iter().copied().collect();
                let differ: Vec<usize> = then.symmetric_difference(&violated).copied().collect();
                return Some(dispute(Disputed::ValidUntil, &differ));
            }
        }
        None
    }

    fn cedar_says(&self, slice: &Slice, facts: &Facts) -> Option<Said> {
        let hours = self.hours(facts.now);
        let asked = Asked {
            policies: self,
            slice,
            hours: &hours,
        };
        Some(Said {
            oracle: self.ask_cedar(slice, facts, &hours)?,
            obligations: asked.cedars_obligations(facts),
        })
    }

    /// The same access at the last instant for which its decision claims to hold, or as far ahead as is looked; and at one in
    /// between, another one for each decision.
    fn while_it_holds(&self, request: &Request) -> Vec<Facts> {
        let until = self.decide(request).valid_until();
        let last = Timestamp::from_millis(until.as_millis().saturating_sub(1));
        let (now, last) = (request.now.as_millis(), last.min(request.now + AHEAD));
        let span = last.as_millis().saturating_sub(now);
        // Any point will do, as long as it is not always the same one.
        let between = now.wrapping_mul(0x9e37_79b9).checked_rem_euclid(span);
        let between = between.map(|between| Timestamp::from_millis(now.saturating_add(between)));
        let points = [Some(last), between].into_iter().flatten();
        points
            .filter(|point| *point > request.now)
            .map(|now| {
                let then = Request {
                    now,
                    ..request.clone()
                };
                Facts::of(&then.as_of_now(), &self.numbering)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::masks::Rules;
    use crate::tests::written::{Ballot, written};
    use crate::{Disputed, PolicySet, Shadow};

    /// A compiled form that is right is never disputed; one that lost its rules is, and Cedar's answer takes its place.
    #[test]
    fn a_wrong_compiled_form_is_found_and_left() {
        let mut ballot = Ballot::new(0x5aad_0e55);
        let (mut same, mut differing) = (0, 0);
        for _ in 0..10 {
            let world = written(&mut ballot);
            let compile = || PolicySet::compile(&world.documents, &world.register).unwrap();
            let right = compile();
            let mut wrong = compile();
            wrong.shared = Rules::default();
            for _ in 0..20 {
                let request = world.request(&mut ballot);
                let decision = right.decide(&request);
                let inputs = decision.inputs();
                assert_eq!(right.shadow(inputs), Ok(Shadow::Same));
                same += 1;
                match wrong.shadow(inputs).unwrap() {
                    Shadow::Same => {}
                    Shadow::NotCompared => {
                        let now = wrong.decide(&request);
                        assert_eq!(
                            now.permit().map(crate::Permit::capabilities),
                            decision.permit().map(crate::Permit::capabilities)
                        );
                    }
                    Shadow::Differs(dispute) => {
                        assert_eq!(dispute.app, request.app);
                        let next = wrong.compile_next(&world.documents, &world.register);
                        assert_eq!(next.unwrap().shadow(inputs), Ok(Shadow::NotCompared));
                        differing += 1;
                    }
                }
            }
        }
        assert!(same > 0 && differing > 0, "{same} {differing}");
    }

    /// A session that is over is refused whatever the policies say at another time.
    #[test]
    fn what_no_policy_decided_is_no_difference() {
        let fresh = "forbid (principal, action, resource) unless { context.session.age <= 600 };";
        let document = crate::tests::document("fresh", fresh);
        let policies = PolicySet::compile(&[document], &crate::tests::register()).unwrap();
        let mut request = crate::tests::request("news");
        for state in [crate::SessionState::Live, crate::SessionState::Ended] {
            request.session.state = state;
            let decision = policies.decide(&request);
            assert_eq!(
                policies.shadow(decision.inputs()),
                Ok(Shadow::Same),
                "{state:?}"
            );
        }
    }

    /// What is asked for is compared as well, and after a dispute it is what Cedar says.
    #[test]
    fn wrong_obligations_are_found_and_put_right() {
        let mut ballot = Ballot::new(0x0b11_6a7e);
        let mut found = 0;
        for _ in 0..10 {
            let world = written(&mut ballot);
            let compile = || PolicySet::compile(&world.documents, &world.register).unwrap();
            let asks_nothing = || {
                let mut wrong = compile();
                for slice in wrong.slices.iter_mut().flatten() {
                    slice.obliging.clear();
                }
                wrong
            };
            let (right, mut wrong) = (compile(), asks_nothing());
            for _ in 0..20 {
                let request = world.request(&mut ballot);
                let decision = right.decide(&request);
                let Shadow::Differs(dispute) = wrong.shadow(decision.inputs()).unwrap() else {
                    continue;
                };
                assert_eq!(dispute.about, Disputed::Obligations);
                found += 1;
                let now = wrong.decide(&request);
                assert_eq!(
                    now.permit().map(crate::Permit::obligations),
                    decision.permit().map(crate::Permit::obligations),
                    "{dispute:?}"
                );
                wrong = asks_nothing();
            }
        }
        assert!(found > 0);
    }
}
