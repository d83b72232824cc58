//! The decision.

use crate::baseline::{CONSOLE, PORTAL};
use crate::compile::{PolicySet, Slice};
use crate::decision::{Permitted, Refused};
use crate::situation::Situation;
use crate::{
    Decision, DecisionInputs, Obligation, Permit, Reason, Refusal, Remedy, Request, SessionState,
};
use std::sync::Arc;
use zt_types::{
    Assurance, Capability, CapabilitySet, PersonState, PolicyId, Role, Seconds, Timestamp,
};

/// How old the last proof of an account of last resort may be.
const BREAK_GLASS_MAX_AGE: Seconds = Seconds::hours(1);

impl PolicySet {
    /// Decides. Pure: the same set and the same request give the same decision, always.
    #[must_use]
    pub fn decide(&self, request: &Request) -> Decision {
        let request = Request {
            device: request.device.at(request.now),
            person: request.person.at(request.now),
            ..request.clone()
        };
        let case = Case {
            policies: self,
            ages: Vec::new(),
            request,
        };
        let Some(slice) = self.slices.get(&case.request.app) else {
            return case.refuse(
                vec![Reason::ApplicationUnregistered],
                vec![Remedy::NothingHelps],
                vec![],
                vec![],
            );
        };
        if case.request.session.state == SessionState::Ended
            || case.request.now >= case.request.session.expires_at
        {
            return case.refuse(
                vec![Reason::SessionEnded],
                vec![Remedy::SignInAgain],
                vec![],
                vec![],
            );
        }
        if case.request.person.state == PersonState::Disabled {
            return case.refuse(
                vec![Reason::PersonDisabled],
                vec![Remedy::AskAdministrator],
                vec![],
                vec![],
            );
        }
        if case.request.person.role == Role::BreakGlass {
            return case.break_glass();
        }
        case.by_policy(slice)
    }

    /// Decides once more what was decided before. The set must be the one that decided.
    ///
    /// # Errors
    /// [`OtherPolicies`] if this is another set.
    pub fn replay(&self, inputs: &DecisionInputs) -> Result<Decision, OtherPolicies> {
        if inputs.policy == self.version() {
            Ok(self.decide(&inputs.request))
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
    /// Ages of the last proof at which the answer can turn, in seconds.
    ages: Vec<i64>,
    request: Request,
}

impl Case<'_> {
    /// Accounts of last resort are there for the day on which policies, sources or the directory are wrong. So no policy
    /// and no fact is asked; in exchange they reach nothing but Sekisho itself, with a fresh phishing-resistant proof, and
    /// every use is an incident.
    fn break_glass(mut self) -> Decision {
        self.ages = vec![i64::try_from(BREAK_GLASS_MAX_AGE.0).unwrap_or(i64::MAX)];
        if !matches!(self.request.app.as_str(), CONSOLE | PORTAL) {
            return self.refuse(
                vec![Reason::NotEntitled],
                vec![Remedy::NothingHelps],
                vec![],
                vec![],
            );
        }
        let session = &self.request.session;
        if session.assurance < Assurance::PhishingResistant {
            let assurance = Assurance::PhishingResistant;
            let reason = Reason::AssuranceTooLow { needed: assurance };
            return self.refuse(
                vec![reason],
                vec![Remedy::StepUp { assurance }],
                vec![],
                vec![],
            );
        }
        if self.request.now.since(session.authenticated_at) > BREAK_GLASS_MAX_AGE {
            let reason = Reason::ReauthenticationNeeded {
                max_age: BREAK_GLASS_MAX_AGE,
            };
            return self.refuse(vec![reason], vec![Remedy::Reauthenticate], vec![], vec![]);
        }
        self.allow(
            CapabilitySet::ALL,
            vec![Obligation::RaiseIncident],
            vec![],
            vec![],
        )
    }

    fn by_policy(mut self, slice: &Slice) -> Decision {
        self.ages.clone_from(&slice.ages);
        let situation = Situation::of(&self.request);
        let classes = slice.classes();
        let Some(answers) = self.policies.answer(slice, &situation, classes) else {
            return self.refuse_unanswered();
        };
        let would_refuse = match slice.report_only() {
            Some(class) => match self.policies.answer(slice, &situation, [class]) {
                Some(answers) => {
                    let places: Vec<usize> = answers
                        .iter()
                        .filter(|answer| !answer.allowed)
                        .flat_map(|answer| answer.decisive.iter().chain(&answer.erring).copied())
                        .collect();
                    self.policies.documents_at(&places)
                }
                None => return self.refuse_unanswered(),
            },
            None => Vec::new(),
        };

        let mut capabilities = CapabilitySet::NONE;
        for (class, answer) in classes.iter().zip(&answers) {
            if answer.allowed {
                capabilities = class
                    .capabilities
                    .iter()
                    .fold(capabilities, CapabilitySet::with);
            }
        }
        let connect = classes
            .iter()
            .zip(&answers)
            .find(|(class, _)| class.capabilities.contains(Capability::Connect));
        let Some((_, connect)) = connect else {
            return self.refuse_unanswered();
        };
        if !connect.allowed {
            let refused = self
                .policies
                .explain(slice, &self.request, &situation, connect);
            let Some((reasons, places)) = refused else {
                return self.refuse_unanswered();
            };
            let remedies = self.policies.remedies(slice, &self.request, &situation);
            let policies = self.policies.documents_at(&places);
            return self.refuse(reasons, remedies, policies, would_refuse);
        }
        let obligations = if capabilities.contains(Capability::Unrecorded) {
            vec![]
        } else {
            vec![Obligation::Record]
        };
        let policies = self.policies.documents_at(&connect.decisive);
        self.allow(capabilities, obligations, policies, would_refuse)
    }

    /// Cedar could not even be asked. That is a fault of ours, and a refusal.
    fn refuse_unanswered(self) -> Decision {
        let reasons = self
            .policies
            .document_at(0)
            .map(|id| Reason::EvaluationError { id: id.clone() })
            .into_iter()
            .collect::<Vec<_>>();
        self.refuse(reasons, vec![Remedy::NothingHelps], vec![], vec![])
    }

    fn allow(
        self,
        capabilities: CapabilitySet,
        obligations: Vec<Obligation>,
        policies: Vec<PolicyId>,
        would_refuse: Vec<PolicyId>,
    ) -> Decision {
        Decision::Allow(Permit(Arc::new(Permitted {
            capabilities,
            obligations,
            policies,
            would_refuse,
            valid_until: self.valid_until(),
            inputs: self.inputs(),
        })))
    }

    fn refuse(
        self,
        reasons: Vec<Reason>,
        remedies: Vec<Remedy>,
        policies: Vec<PolicyId>,
        would_refuse: Vec<PolicyId>,
    ) -> Decision {
        Decision::Refuse(Refusal(Arc::new(Refused {
            reasons,
            remedies,
            policies,
            would_refuse,
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
        ];
        // An age counts whole seconds: `age <= 60` is true until 61 seconds have gone, `age < 60` until 60 have.
        let turns = self.ages.iter().flat_map(|age| {
            let age = u64::try_from(*age).unwrap_or(0);
            [age, age.saturating_add(1)].map(|age| session.authenticated_at + Seconds(age))
        });
        ends.into_iter()
            .chain(turns)
            .filter(|at| at > now)
            .min()
            .unwrap_or(Timestamp::FAR_FUTURE)
    }
}
