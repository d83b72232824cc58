//! What a finished flow is worth.

use super::{Flow, FlowState, Goal};
use crate::account::{AccountKind, Proof, assurance_of};
use zt_types::{Assurance, ClearingStep, PersonId, PersonState, Timestamp};

/// That a person proved, just now, what was demanded. Only [`Flow::finish`] makes one, and [`crate::issue`] uses it up.
#[derive(Debug)]
pub struct SignInPermit {
    pub(crate) person: PersonId,
    pub(crate) kind: AccountKind,
    pub(crate) goal: Goal,
    pub(crate) proofs: Vec<Proof>,
    pub(crate) assurance: Assurance,
    pub(crate) address: String,
    pub(crate) user_agent: String,
}

impl SignInPermit {
    /// Who.
    #[must_use]
    pub const fn person(&self) -> PersonId {
        self.person
    }
    /// What her proofs amount to.
    #[must_use]
    pub const fn assurance(&self) -> Assurance {
        self.assurance
    }
}

/// Why a flow is worth nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfinished {
    /// It is not at its end.
    #[error("the sign-in is not finished")]
    NotDone,
    /// It took too long.
    #[error("the sign-in has expired")]
    Expired,
    /// What was proven is not what was demanded.
    #[error("less was proven than was demanded")]
    TooWeak,
    /// The account may not sign in.
    #[error("the account is disabled")]
    Disabled,
}

impl Flow {
    /// Which doubts about her its proofs can dispel, if it is at its end. The proofs of this flow count, not what her session
    /// was worth before.
    ///
    /// While she has a factor that somebody with her password may have planted, no proof of hers dispels anything: it may be
    /// that somebody's. A reset looks at the very factor that was used, and clears by itself.
    #[must_use]
    pub fn answers(&self, now: Timestamp) -> Option<(PersonId, ClearingStep)> {
        if self.state != FlowState::Done || self.is_reset() {
            return None;
        }
        let account = self.account.as_ref()?;
        if account.unsettled(now).next().is_some() {
            return None;
        }
        let step = match assurance_of(&self.proofs)? {
            Assurance::Hardware | Assurance::PhishingResistant => ClearingStep::PhishingResistant,
            Assurance::Mfa => ClearingStep::MultiFactor,
            Assurance::Password => return None,
        };
        Some((account.person, step))
    }

    /// What the flow is worth. Everything is checked once more, by itself, and not by the way the flow took.
    ///
    /// # Errors
    /// [`Unfinished`] says what is missing.
    pub fn finish(
        &self,
        standing: PersonState,
        now: Timestamp,
    ) -> Result<SignInPermit, Unfinished> {
        if self.state != FlowState::Done {
            return Err(Unfinished::NotDone);
        }
        if self.is_reset() && self.password_changed_at.is_none() {
            return Err(Unfinished::NotDone);
        }
        if now >= self.expires_at {
            return Err(Unfinished::Expired);
        }
        let account = self.account.as_ref().ok_or(Unfinished::NotDone)?;
        if standing == PersonState::Disabled || account.standing == PersonState::Disabled {
            return Err(Unfinished::Disabled);
        }
        let assurance = assurance_of(&self.proofs)
            .filter(|reached| *reached >= self.demanded())
            .ok_or(Unfinished::TooWeak)?;
        Ok(SignInPermit {
            person: account.person,
            kind: account.kind,
            goal: self.purpose.goal.clone(),
            proofs: self.proofs.clone(),
            assurance,
            address: self.address.clone(),
            user_agent: self.user_agent.clone(),
        })
    }
}
