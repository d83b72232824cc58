//! Shadow evaluation: some decisions of a running system are decided by Cedar as well. Where the two differ, a compiled form
//! is wrong, and from then on Cedar alone decides for that application.

use crate::compile::{PolicySet, Slice};
use crate::facts::Facts;
use crate::masks::Effect;
use crate::verdict::Asked;
use crate::{DecisionInputs, OtherPolicies};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use zt_types::{AppId, CapabilitySet, PersonId, PolicyId, Role};

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
    /// The policies that apply by the one and not by the other, if they differ in what refuses.
    pub policies: Vec<PolicyId>,
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
        let facts = Facts::of(&request, &self.numbering);
        let Some(dispute) = self.dispute(slice, &facts) else {
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

    fn dispute(&self, slice: &Slice, facts: &Facts) -> Option<Dispute> {
        let hours = self.hours(facts.now);
        let asked = Asked {
            policies: self,
            slice,
            hours: &hours,
        };
        let (sum, erring) = asked.sum(facts);
        let forbids = asked.applying(Effect::Forbid, facts).into_iter();
        let forbids: BTreeSet<usize> = forbids.filter(|place| !erring.contains(place)).collect();
        // That Cedar could not be asked is no difference; whoever needs its answer is refused.
        let cedar = self.ask_cedar(slice, facts, &hours)?;
        let violated: BTreeSet<usize> = cedar.violated.iter().copied().collect();
        let is_same = sum.granted() == cedar.sum.granted()
            && sum.would_be_granted() == cedar.sum.would_be_granted()
            && forbids == violated;
        (!is_same).then(|| {
            let differ: Vec<usize> = forbids.symmetric_difference(&violated).copied().collect();
            Dispute {
                person: facts.person,
                app: slice.application().id.clone(),
                compiled: sum.granted(),
                cedar: cedar.sum.granted(),
                policies: self.documents_at(&differ),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::masks::Rules;
    use crate::tests::written::{Ballot, written};
    use crate::{PolicySet, Shadow};

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
}
