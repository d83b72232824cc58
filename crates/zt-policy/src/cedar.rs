//! Cedar itself, asked: the meaning of every policy. It answers for what has no compiled form, and it is what the compiled
//! form is checked against.

use crate::compile::{PolicySet, Slice};
use crate::facts::Facts;
use crate::hours::Hours;
use crate::masks::{Effect, Sum};
use crate::obliging::Obliges;
use cedar_policy::{
    Authorizer, Context, Decision as CedarDecision, Entities, Entity, EntityUid,
    PolicySet as CedarSet, Request as CedarRequest,
};
use zt_types::{Capability, CapabilitySet};

/// What Cedar says of one access.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Oracle {
    /// What the policies add up to.
    pub(crate) sum: Sum,
    /// The policies in force that forbid `connect`, by place, ascending.
    pub(crate) violated: Vec<usize>,
    /// The policies in force that could not be evaluated, by place, ascending.
    pub(crate) erring: Vec<usize>,
}

/// What of a slice Cedar needs.
#[derive(Debug)]
pub(crate) struct CedarSlice {
    resource: EntityUid,
    /// The ladders and the application. The person is added for each question.
    entities: Entities,
}

/// A question put to Cedar: one person, one application, one moment; many policies.
struct Asked<'a> {
    policies: &'a PolicySet,
    slice: &'a CedarSlice,
    principal: EntityUid,
    context: Context,
    entities: Entities,
}

/// What one policy says.
enum Said {
    Applies,
    DoesNot,
    Errs,
}

impl PolicySet {
    /// Asks Cedar about every policy of the application by itself and puts the answers together: what the compiled form
    /// must say too. `None` if the application is not registered or the question cannot be put.
    pub(crate) fn ask_cedar(&self, slice: &Slice, facts: &Facts, hours: &Hours) -> Option<Oracle> {
        self.ask_cedar_about(slice, self.concerning(slice), facts, hours)
    }

    pub(crate) fn ask_cedar_about(
        &self,
        slice: &Slice,
        places: impl Iterator<Item = usize>,
        facts: &Facts,
        hours: &Hours,
    ) -> Option<Oracle> {
        let asked = self.asked(slice, facts, hours)?;
        let mut oracle = Oracle::default();
        for place in places {
            let policy = self.policies.get(place)?;
            let Some(effect) = self.effect(place) else {
                continue;
            };
            for capability in Capability::ALL {
                let action = self.vocabulary.action(capability);
                if !policy.concerns_action(&action) {
                    continue;
                }
                match asked.about(place, action)? {
                    Said::DoesNot => {}
                    Said::Applies => {
                        oracle.sum.add(effect, CapabilitySet::NONE.with(capability));
                        if effect == Effect::Forbid && capability == Capability::Connect {
                            oracle.violated.push(place);
                        }
                    }
                    Said::Errs => match effect {
                        Effect::Permit | Effect::Forbid => {
                            oracle.erring.push(place);
                            oracle.sum.add(Effect::Forbid, CapabilitySet::ALL);
                        }
                        // Of a policy that binds nobody yet, an error is a refusal that binds nobody yet.
                        Effect::WouldPermit | Effect::WouldForbid => {
                            oracle.sum.add(Effect::WouldForbid, CapabilitySet::ALL);
                        }
                    },
                }
            }
        }
        oracle.violated.sort_unstable();
        oracle.erring.sort_unstable();
        oracle.erring.dedup();
        Some(oracle)
    }

    /// Whether the policy at `place` applies to `connect`; an error counts.
    pub(crate) fn cedar_applies(
        &self,
        slice: &Slice,
        place: usize,
        facts: &Facts,
        hours: &Hours,
    ) -> Option<bool> {
        let said = self
            .asked(slice, facts, hours)?
            .about(place, self.vocabulary.action(Capability::Connect))?;
        Some(!matches!(said, Said::DoesNot))
    }

    /// The policies in force that ask for something and of which Cedar says that they apply, by place.
    pub(crate) fn ask_cedar_for_obligations(
        &self,
        slice: &Slice,
        facts: &Facts,
        hours: &Hours,
    ) -> Option<Vec<(usize, Obliges)>> {
        let asked = self.asked(slice, facts, hours)?;
        let mut obliging = Vec::new();
        for (place, policy) in self.policies.iter().enumerate() {
            let (Some(obliges), Some(Effect::Forbid)) = (policy.obliges, self.effect(place)) else {
                continue;
            };
            let action = match obliges {
                Obliges::Reauthenticate => self.vocabulary.action(Capability::Connect),
                Obliges::Watermark | Obliges::Warn => self.vocabulary.unobliged(),
            };
            match asked.about(place, action)? {
                Said::Applies => obliging.push((place, obliges)),
                Said::DoesNot => {}
                Said::Errs => return None,
            }
        }
        Some(obliging)
    }

    fn asked<'a>(&'a self, slice: &'a Slice, facts: &Facts, hours: &Hours) -> Option<Asked<'a>> {
        let cedar = slice.cedar(self)?;
        let (person, ancestors) = self.vocabulary.person_entities(facts, &self.numbering)?;
        let principal = person.uid();
        let context = self.vocabulary.context(facts, hours, &self.numbering)?;
        let mut more: Vec<Entity> = ancestors;
        more.push(person);
        let entities = cedar.entities.clone().add_entities(more, None).ok()?;
        Some(Asked {
            policies: self,
            slice: cedar,
            principal,
            context,
            entities,
        })
    }
}

impl Asked<'_> {
    fn about(&self, place: usize, action: EntityUid) -> Option<Said> {
        let policy = self.policies.policies.get(place)?;
        let question = CedarRequest::new(
            self.principal.clone(),
            action,
            self.slice.resource.clone(),
            self.context.clone(),
            None,
        )
        .ok()?;
        let alone = CedarSet::from_policies([policy.policy.clone()]).ok()?;
        let response = Authorizer::new().is_authorized(&question, &alone, &self.entities);
        let diagnostics = response.diagnostics();
        Some(if diagnostics.errors().next().is_some() {
            // Cedar skips a policy that errs, even a forbid; here an error is a refusal.
            Said::Errs
        } else if diagnostics.reason().next().is_some() {
            Said::Applies
        } else {
            debug_assert_eq!(response.decision(), CedarDecision::Deny);
            Said::DoesNot
        })
    }
}

impl CedarSlice {
    pub(crate) fn new(policies: &PolicySet, slice: &Slice) -> Option<Self> {
        let vocabulary = &policies.vocabulary;
        let mut entities = vocabulary.ladder_entities();
        entities.extend(vocabulary.application_entities(slice.application()).ok()?);
        Some(Self {
            resource: vocabulary.application(slice.application().id.as_str()),
            entities: Entities::from_entities(entities, Some(&vocabulary.schema)).ok()?,
        })
    }
}
