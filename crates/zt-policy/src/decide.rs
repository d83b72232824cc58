//! The decision: what comes before policy, what policy says, and until when it can hold.

use crate::baseline::{CONSOLE, PORTAL};
use crate::compile::{PolicySet, Slice};
use crate::decision::{Permitted, Refused};
use crate::facts::Facts;
use crate::verdict::Asked;
use crate::{
    Decision, DecisionInputs, Obligation, Permit, Reason, Refusal, Remedy, Request, SessionState,
};
use std::sync::Arc;
use zt_types::{
    Assurance, Capability, CapabilitySet, PersonState, PolicyId, Role, Seconds, Timestamp,
    TrustReason,
};

/// How old the last proof of an account of last resort may be.
pub(crate) const BREAK_GLASS_MAX_AGE: Seconds = Seconds::hours(1);

impl PolicySet {
    /// Decides. Pure: the same set and the same request give the same decision, always.
    #[must_use]
    pub fn decide(&self, request: &Request) -> Decision {
        let request = request.as_of_now();
        let case = Case {
            policies: self,
            turns_at: Timestamp::FAR_FUTURE,
            request,
        };
        let Request {
            person,
            session,
            app,
            now,
            ..
        } = &case.request;
        let Some(slice) = self.slice(app) else {
            return case.refuse(Reason::ApplicationUnregistered, Remedy::NothingHelps);
        };
        if session.state == SessionState::Ended || *now >= session.expires_at {
            return case.refuse(Reason::SessionEnded, Remedy::SignInAgain);
        }
        if person.state == PersonState::Disabled {
            return case.refuse(Reason::PersonDisabled, Remedy::AskAdministrator);
        }
        match person.role {
            Role::BreakGlass => case.break_glass(),
            Role::Member | Role::Administrator => case.by_policy(slice),
        }
    }

    /// The refusal for when nothing could be decided in time: it holds for a second, and is no decision of these policies.
    #[must_use]
    pub fn unanswered(&self, request: &Request) -> Decision {
        let request = request.as_of_now();
        let slice = self.slice(&request.app);
        let left = slice.map(|slice| match slice.left_to_cedar.as_slice() {
            [] => self.documents_at(&self.concerning(slice).collect::<Vec<usize>>()),
            left => self.documents_at(left),
        });
        let first = left.and_then(|left| left.into_iter().next());
        let reason = first.map_or(Reason::NotEntitled, |id| Reason::EvaluationError { id });
        let turns_at = request.now + Seconds(1);
        let case = Case {
            policies: self,
            turns_at,
            request,
        };
        case.refuse(reason, Remedy::AskAdministrator)
    }

    /// Decides once more what was decided before. The set must be the one that decided.
    ///
    /// # Errors
    /// [`OtherPolicies`] if this is another set.
    pub fn replay(&self, inputs: &DecisionInputs) -> Result<Decision, OtherPolicies> {
        self.is_of(inputs)?;
        Ok(self.decide(&inputs.request))
    }

    /// Whether this set decided that.
    pub(crate) fn is_of(&self, inputs: &DecisionInputs) -> Result<(), OtherPolicies> {
        if inputs.policy == self.version() {
            Ok(())
        } else {
            Err(OtherPolicies {
                recorded: inputs.policy.to_string(),
                present: self.version().to_string(),
            })
        }
    }
}

/// The decision was made by other policies than these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the decision was made by policy version `{recorded}`, and this is `{present}`")]
pub struct OtherPolicies {
    /// The version in the record.
    pub recorded: String,
    /// The version at hand.
    pub present: String,
}

/// One request on its way through.
struct Case<'a> {
    policies: &'a PolicySet,
    /// The earliest instant at which an age or a calendar turns.
    turns_at: Timestamp,
    request: Request,
}

impl<'a> Case<'a> {
    /// Accounts of last resort are there for the day on which policies, sources or the directory are wrong. So no policy
    /// and no fact is asked; in exchange they reach nothing but Sekisho itself, with a fresh phishing-resistant proof, and
    /// every use is an incident.
    fn break_glass(mut self) -> Decision {
        // Ages are whole seconds: at most an hour is true until a second more has gone.
        let over = BREAK_GLASS_MAX_AGE.0.saturating_add(1);
        self.turns_at = self.request.session.authenticated_at + Seconds(over);
        if !matches!(self.request.app.as_str(), CONSOLE | PORTAL) {
            return self.refuse(Reason::NotEntitled, Remedy::NothingHelps);
        }
        let session = &self.request.session;
        if session.assurance < Assurance::PhishingResistant {
            let assurance = Assurance::PhishingResistant;
            let reason = Reason::AssuranceTooLow { needed: assurance };
            return self.refuse(reason, Remedy::StepUp { assurance });
        }
        if self.request.now.since(session.authenticated_at) > BREAK_GLASS_MAX_AGE {
            let reason = Reason::ReauthenticationNeeded {
                max_age: BREAK_GLASS_MAX_AGE,
            };
            return self.refuse(reason, Remedy::Reauthenticate);
        }
        self.allow(Allowed {
            capabilities: CapabilitySet::ALL,
            obligations: vec![Obligation::RaiseIncident],
            policies: vec![],
            would_refuse: vec![],
        })
    }

    fn by_policy(mut self, slice: &'a Slice) -> Decision {
        let facts = Facts::of(&self.request, &self.policies.numbering);
        let hours = self.policies.hours(self.request.now);
        let asked = Asked {
            policies: self.policies,
            slice,
            hours: &hours,
        };
        let verdict = asked.verdict(&facts);
        self.turns_at = asked.turns_at(&facts);
        let policies = verdict.policies.clone();
        let would_refuse = verdict.would_refuse.clone();
        if verdict.capabilities.contains(Capability::Connect) {
            let record = !verdict.capabilities.contains(Capability::Unrecorded);
            let record = record.then_some(Obligation::Record);
            let obligations = record.into_iter().chain(verdict.obligations).collect();
            return self.allow(Allowed {
                capabilities: verdict.capabilities,
                obligations,
                policies,
                would_refuse,
            });
        }
        let reasons = verdict.reasons.iter().map(|reason| self.fill(reason));
        Decision::Refuse(Refusal(Arc::new(Refused {
            reasons: reasons.collect(),
            remedies: verdict.remedies.clone(),
            alternative: verdict.alternative.clone(),
            policies,
            would_refuse,
            valid_until: self.valid_until(),
            inputs: self.inputs(),
        })))
    }

    /// Puts what stands against the person or the device into a reason.
    fn fill(&self, reason: &Reason) -> Reason {
        let mut reason = reason.clone();
        match &mut reason {
            Reason::PersonTrustTooLow { reasons, .. } => {
                reasons.clone_from(&self.request.person.trust.reasons);
            }
            Reason::DeviceTrustTooLow { reasons, .. } => {
                let all = self.request.device.trust.reasons.iter();
                // That it has no name is a reason of its own.
                *reasons = all
                    .filter(|reason| !matches!(reason, TrustReason::NoDeviceIdentity { .. }))
                    .cloned()
                    .collect();
            }
            _ => {}
        }
        reason
    }

    fn allow(self, allowed: Allowed) -> Decision {
        Decision::Allow(Permit(Arc::new(Permitted {
            capabilities: allowed.capabilities,
            obligations: allowed.obligations,
            policies: allowed.policies,
            would_refuse: allowed.would_refuse,
            valid_until: self.valid_until(),
            inputs: self.inputs(),
        })))
    }

    fn refuse(self, reason: Reason, remedy: Remedy) -> Decision {
        Decision::Refuse(Refusal(Arc::new(Refused {
            reasons: vec![reason],
            remedies: vec![remedy],
            alternative: vec![],
            policies: vec![],
            would_refuse: vec![],
            valid_until: self.valid_until(),
            inputs: self.inputs(),
        })))
    }

    fn inputs(self) -> DecisionInputs {
        DecisionInputs {
            policy: self.policies.version(),
            request: self.request,
        }
    }

    /// The earliest instant after now at which some atom turns by time alone.
    fn valid_until(&self) -> Timestamp {
        let Request {
            person,
            device,
            session,
            now,
            ..
        } = &self.request;
        let ends = [
            session.expires_at,
            person.trust.valid_until,
            device.trust.valid_until,
            device.evidence_until,
            device.posture_until,
        ];
        ends.into_iter()
            .chain([self.turns_at])
            .filter(|at| at > now)
            .min()
            .unwrap_or(Timestamp::FAR_FUTURE)
    }
}

/// What a permit is made of, besides the request.
struct Allowed {
    capabilities: CapabilitySet,
    obligations: Vec<Obligation>,
    policies: Vec<PolicyId>,
    would_refuse: Vec<PolicyId>,
}
