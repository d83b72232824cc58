//! Whether recorded decisions come out the same again.

use crate::{Decision, DecisionInputs, PolicySet, PolicyVersion};
use std::collections::BTreeMap;
use zt_types::{AppId, CapabilitySet, DecisionId, PersonId, Timestamp};

/// So many decisions that come out otherwise are kept; the others are counted.
const MOST: usize = 1_000;

/// A decision as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its id.
    pub decision: DecisionId,
    /// What it was decided from.
    pub inputs: DecisionInputs,
    /// What it granted; nothing if it refused.
    pub capabilities: CapabilitySet,
    /// Why it refused, as slugs.
    pub reasons: Vec<String>,
    /// [`Decision::fingerprint`], if it was recorded.
    pub fingerprint: Option<String>,
}

/// A decision that comes out otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlike {
    /// Which.
    pub decision: DecisionId,
    /// About whom.
    pub person: PersonId,
    /// About which application.
    pub app: AppId,
    /// When it was made.
    pub at: Timestamp,
}

/// What came of replaying.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// How many recorded decisions were looked at.
    pub accesses: u64,
    /// How many came out the same, bit for bit.
    pub same: u64,
    /// Of those, how many were recorded without a fingerprint: outcome, capabilities and reasons are the same, the rest
    /// is not known.
    pub without_fingerprint: u64,
    /// How many did not come out the same.
    pub differing: u64,
    /// The first of them.
    pub unlike: Vec<Unlike>,
    /// How many were made by other policies, by their version.
    pub by_others: BTreeMap<PolicyVersion, u64>,
}

/// Decides recorded accesses again under the policies that decided them.
#[derive(Debug)]
pub struct Replay<'a> {
    policies: &'a PolicySet,
    found: Replayed,
}

impl<'a> Replay<'a> {
    /// Under these policies.
    #[must_use]
    pub fn new(policies: &'a PolicySet) -> Self {
        Self {
            policies,
            found: Replayed::default(),
        }
    }

    /// Takes a recorded decision into account.
    pub fn consider(&mut self, recorded: &Recorded) {
        self.found.accesses += 1;
        let inputs = &recorded.inputs;
        let Ok(decision) = self.policies.replay(inputs) else {
            *self.found.by_others.entry(inputs.policy).or_default() += 1;
            return;
        };
        if recorded.is(&decision) {
            self.found.same += 1;
            self.found.without_fingerprint += u64::from(recorded.fingerprint.is_none());
            return;
        }
        self.found.differing += 1;
        if self.found.unlike.len() < MOST {
            self.found.unlike.push(Unlike {
                decision: recorded.decision,
                person: inputs.request.person.id,
                app: inputs.request.app.clone(),
                at: inputs.request.now,
            });
        }
    }

    /// What came of it.
    #[must_use]
    pub fn finish(self) -> Replayed {
        self.found
    }
}

impl Recorded {
    fn is(&self, decision: &Decision) -> bool {
        let permit = decision.permit();
        let capabilities = permit.map(crate::Permit::capabilities).unwrap_or_default();
        let refusal = decision.refusal();
        let reasons = refusal.map(crate::Refusal::reasons).unwrap_or_default();
        let slugs = reasons.iter().map(crate::Reason::slug);
        let same_words = self.capabilities == capabilities && slugs.eq(&self.reasons);
        let print = self.fingerprint.as_ref();
        same_words && print.is_none_or(|print| *print == decision.fingerprint())
    }
}
