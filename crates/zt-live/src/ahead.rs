//! Decisions made ahead: where Cedar itself has to be asked, deciding can take long, and whoever holds the beliefs while it
//! does holds up every revocation. So it is asked about a copy, beside all locks, and its answer counts only if, with the
//! beliefs held, the same policies would be asked the same. So no answer is older than a change that is believed.
//!
//! Whoever changes all the time what is asked is refused for a moment: there is an end to asking again.

use crate::beliefs::Beliefs;
use crate::live::Inner;
use std::sync::Arc;
use zt_policy::{Decision, PolicySet, Request};
use zt_types::{DecisionId, Timestamp};

/// So often Cedar is asked about one access in a row.
const TRIES: u32 = 8;

/// What was decided ahead of being asked for.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    tries: u32,
    answer: Option<(Question, Decision)>,
}

/// A question to Cedar, with everything that it takes to answer it.
#[derive(Debug)]
pub(crate) struct Question {
    policies: Arc<PolicySet>,
    request: Request,
}

/// What the policies say about a question.
#[derive(Debug)]
pub(crate) enum Answered {
    /// This.
    Decided(Box<Decision>),
    /// Nothing in time: a refusal for a moment.
    Unsettled(Box<Decision>),
}

impl Answered {
    /// The permit or the refusal.
    pub(crate) const fn decision(&self) -> &Decision {
        let (Self::Decided(decision) | Self::Unsettled(decision)) = self;
        decision
    }

    /// The same.
    pub(crate) fn into_decision(self) -> Decision {
        let (Self::Decided(decision) | Self::Unsettled(decision)) = self;
        *decision
    }
}

impl Question {
    /// Whether it is what would be asked now; only the time has gone on.
    fn is(&self, policies: &Arc<PolicySet>, request: &Request) -> bool {
        let now = Request {
            now: self.request.now,
            facts_version: self.request.facts_version,
            ..request.clone()
        };
        Arc::ptr_eq(&self.policies, policies) && self.request == now
    }
}

impl Ahead {
    /// Answers under these beliefs: at once where no Cedar is asked, and else if its answer is there and fits.
    ///
    /// # Errors
    /// Let go of the beliefs, and give what comes back to [`Ahead::ask`].
    pub(crate) fn answer(
        &mut self,
        beliefs: &Beliefs,
        request: Request,
        now: Timestamp,
    ) -> Result<Answered, Box<Question>> {
        let policies = &beliefs.policies;
        if !policies.asks_cedar(&request.app) {
            return Ok(Answered::Decided(Box::new(policies.decide(&request))));
        }
        if let Some((question, decision)) = self.answer.take()
            && question.is(policies, &request)
            && now < decision.valid_until()
        {
            return Ok(Answered::Decided(Box::new(decision)));
        }
        if self.tries == TRIES {
            let refusal = policies.unanswered(&request);
            return Ok(Answered::Unsettled(Box::new(refusal)));
        }
        self.tries += 1;
        Err(Box::new(Question {
            policies: Arc::clone(policies),
            request,
        }))
    }

    /// Asks Cedar. No lock may be held.
    pub(crate) fn ask(&mut self, question: Box<Question>) {
        let decision = question.policies.decide(&question.request);
        self.answer = Some((*question, decision));
    }
}

impl Inner {
    /// Decides once, about what `asking` says under the beliefs of that moment.
    pub(crate) fn decide(&self, asking: impl Fn(&Beliefs, Timestamp) -> Request) -> Answered {
        let mut ahead = Ahead::default();
        loop {
            let question = {
                let beliefs = self.beliefs.read();
                let now = self.clock.now();
                match ahead.answer(&beliefs, asking(&beliefs, now), now) {
                    Ok(answered) => return answered,
                    Err(question) => question,
                }
            };
            ahead.ask(question);
        }
    }

    /// A number for what was refused without being decided. It is not in the log: no policies would decide so again.
    pub(crate) fn undecided(&self) -> DecisionId {
        let id = DecisionId::from_random(self.entropy.bytes());
        tracing::warn!(decision = %id, "refused for a moment: what is asked changes faster than Cedar answers");
        id
    }
}
