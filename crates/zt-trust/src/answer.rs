//! What a person did about a fact, and whether its owner takes that for an answer.
//!
//! Only a fact's owner clears it. A source that is registered for a kind of fact says with it which steps it accepts as
//! the end of such a finding: that is this table, the same for every source, and nothing beside it clears anything.

use crate::{Fact, FactKind};
use zt_types::{PersonId, Subject, Timestamp};

#[cfg(test)]
mod tests;

/// A step that can be the answer to a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A new password was set on the strength of something that whoever knew the old one does not have: a passkey, or an
    /// administrator's pass.
    PasswordReset,
}

impl Answer {
    /// Whether the owner of a fact of this kind takes it for the end of the matter.
    ///
    /// A leaked password is worth nothing once there is another one. Malware, a foreign hand on a device and odd
    /// behaviour are not ended by a password.
    #[must_use]
    pub const fn ends(self, kind: FactKind) -> bool {
        match (self, kind) {
            (Self::PasswordReset, FactKind::CredentialLeak) => true,
            (
                Self::PasswordReset,
                FactKind::Malware | FactKind::Compromise | FactKind::UnusualBehaviour,
            ) => false,
        }
    }
}

/// The facts about a person that an answer of hers ends, as they are after it.
///
/// Whatever a source says later of a time before the answer is about what is no more: it opens nothing and becomes a task
/// for an operator, as every word older than a clearing.
#[must_use]
pub fn answered<'a>(
    answer: Answer,
    person: PersonId,
    facts: impl IntoIterator<Item = &'a Fact>,
    now: Timestamp,
) -> Vec<Fact> {
    facts
        .into_iter()
        .filter(|fact| {
            fact.is_open() && fact.key.subject == Subject::Person(person) && answer.ends(fact.kind)
        })
        .map(|fact| Fact {
            last_word_at: fact.last_word_at.max(now),
            cleared_at: Some(now),
            ..fact.clone()
        })
        .collect()
}
