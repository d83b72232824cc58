//! A person did something that ends facts about her.

use crate::live::{Cut, Live, LiveError};
use std::collections::BTreeSet;
use zt_auth::EndReason;
use zt_events::{Actor, Body};
use zt_store::{Change, Plan};
use zt_trust::{Fact, FactChange};
use zt_types::{ClearingStep, FactKind, PersonId, SessionId, Subject, Timestamp};

impl Live {
    /// Commits a plan in which `person` takes a step, and with it the end of every fact that it is the answer to. No signal
    /// comes in between: what a source says is weighed either before the answer or after it. What has come up since she
    /// began to prove herself, at `begun`, stays.
    ///
    /// # Errors
    /// As [`Live::commit`].
    pub async fn commit_answer(
        &self,
        mut plan: Plan,
        person: PersonId,
        step: ClearingStep,
        begun: Timestamp,
    ) -> Result<Vec<Cut>, LiveError> {
        let _one_at_a_time = self.inner.ingesting.lock().await;
        let now = self.inner.clock.now();
        let ended = {
            let beliefs = self.inner.beliefs.read();
            zt_trust::answered(
                step,
                person,
                beliefs.open_facts(Subject::Person(person)),
                begun,
                now,
            )
        };
        for session in self.disowned(&plan, step, &ended) {
            let why = EndReason::Doubted;
            let body = Body::SessionEnded {
                person,
                session,
                why: why.as_str().to_owned(),
            };
            plan.events.push(self.event(Actor::Person(person), body));
            let at = now;
            plan.changes.push(Change::EndSession { session, at, why });
        }
        for fact in ended {
            let change = FactChange::Clear(fact);
            plan.events
                .push(self.fact_event(&change, Actor::Person(person)));
            plan.changes.push(Change::PutFact(change.fact().clone()));
        }
        self.commit(plan).await
    }

    /// The sessions that go on no more once these doubts are answered: somebody signed in unlike her, and she proved herself
    /// elsewhere. Only a proof that cannot be relayed says so; whoever asked her for a one-time code must not end hers.
    fn disowned(&self, plan: &Plan, step: ClearingStep, answered: &[Fact]) -> BTreeSet<SessionId> {
        if step == ClearingStep::MultiFactor {
            return BTreeSet::new();
        }
        let is_in_plan = |session: SessionId| {
            plan.changes.iter().any(|change| match change {
                Change::PutSession(of) => of.id == session,
                Change::EndSession { session: of, .. } => *of == session,
                _ => false,
            })
        };
        let beliefs = self.inner.beliefs.read();
        let goes_on = |session: &SessionId| {
            let session = beliefs.state().sessions.get(session);
            session.is_some_and(|session| session.ended.is_none())
        };
        answered
            .iter()
            .filter_map(zt_trust::doubted_session)
            .filter(|session| goes_on(session) && !is_in_plan(*session))
            .collect()
    }

    /// Since when a person's password is thought to be known to others, or has to be replaced: the earliest of a reset
    /// that is due and of the open facts that say so.
    #[must_use]
    pub fn password_suspected_since(&self, person: PersonId) -> Option<Timestamp> {
        let beliefs = self.inner.beliefs.read();
        let due = beliefs.state().resets_due.get(&person).map(|due| due.since);
        beliefs
            .open_facts(Subject::Person(person))
            .filter(|fact| fact.kind == FactKind::CredentialLeak)
            .map(|fact| fact.observed_at)
            .chain(due)
            .min()
    }
}
