//! What a person did about a fact, and whether its owner takes that for an answer.
//!
//! Only a fact's owner clears it. A source that is registered for a kind of fact says with it which steps it accepts as
//! the end of such a finding: that is the table of [`zt_types::FactKind::is_cleared_by`], the same for every source, and nothing
//! beside it clears anything.

use crate::Fact;
use zt_types::{ClearingStep, PersonId, Subject, Timestamp};

#[cfg(test)]
mod tests;

/// The facts about a person that an answer of hers ends, as they are after it. `begun` is when she began to prove herself: what
/// has come up since then is a doubt that her proof did not meet, and stays.
///
/// Whatever a source says later of a time before the answer is about what is no more: it opens nothing and becomes a task
/// for an operator, as every word older than a clearing.
#[must_use]
pub fn answered<'a>(
    step: ClearingStep,
    person: PersonId,
    facts: impl IntoIterator<Item = &'a Fact>,
    begun: Timestamp,
    now: Timestamp,
) -> Vec<Fact> {
    facts
        .into_iter()
        .filter(|fact| {
            fact.is_open()
                && fact.key.subject == Subject::Person(person)
                && fact.kind.is_cleared_by(step)
                && fact.recorded_at <= begun
        })
        .map(|fact| Fact {
            last_word_at: fact.last_word_at.max(now),
            cleared_at: Some(now),
            ..fact.clone()
        })
        .collect()
}
