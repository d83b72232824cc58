//! A person did something that ends facts about her.

use crate::live::{Cut, Live, LiveError};
use zt_events::Actor;
use zt_store::{Change, Plan};
use zt_trust::FactChange;
use zt_types::{ClearingStep, FactKind, PersonId, Subject, Timestamp};

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
        for fact in ended {
            let change = FactChange::Clear(fact);
            plan.events
                .push(self.fact_event(&change, Actor::Person(person)));
            plan.changes.push(Change::PutFact(change.fact().clone()));
        }
        self.commit(plan).await
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
