//! What an administrator does about a person's password, and what a person accepts.

use crate::live::{Live, LiveError};
use zt_auth::reset::{self, PassFault};
use zt_auth::{GuessScope, PassScope, ResetDue, ResetPass};
use zt_events::{Actor, Body};
use zt_identity::{TermsAcceptance, TermsVersion};
use zt_store::{Change, Conflict, Plan, StoreError};
use zt_types::{FactorKind, PersonId, PersonState, Role, Seconds, SessionId, TermsId, TokenHash};

/// Why no pass was made, or no reset demanded. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// There is nobody of this id, or she may not sign in.
    #[error("there is no such active person")]
    Nobody,
    /// The account has no password: it signs in with a passkey and nothing else.
    #[error("a break-glass account has no password to reset")]
    BreakGlass,
    /// The reason or the lifetime does not do.
    #[error(transparent)]
    Fault(#[from] PassFault),
    /// It could not be kept.
    #[error(transparent)]
    Live(#[from] LiveError),
}

impl Live {
    /// Makes a pass with which `person` can set a new password, in place of the one she has. `hash` is of the pass, which
    /// the caller drew (≥ 120 random bits), shows once and forgets.
    ///
    /// # Errors
    /// [`ResetError`].
    pub async fn issue_reset_pass(
        &self,
        person: PersonId,
        hash: TokenHash,
        scope: PassScope,
        (reason, lifetime): (&str, Seconds),
        actor: Actor,
    ) -> Result<ResetPass, ResetError> {
        self.may_reset(person)?;
        let now = self.clock().now();
        let pass = ResetPass::issue(person, hash, scope, (reason, lifetime), actor.clone(), now)?;
        let told = Body::ResetPassIssued {
            person,
            why: pass.reason.clone(),
            scope: scope.as_str().to_owned(),
            expires_at: pass.expires_at,
        };
        // Guesses at the pass before say nothing about this one, and must not keep its bearer waiting.
        let guesses = GuessScope::Person {
            person,
            factor: FactorKind::ResetPass,
        };
        let changes = vec![
            Change::PutResetPass(pass.clone()),
            Change::ResetGuesses(vec![guesses]),
        ];
        self.commit(Plan::new(changes, vec![self.event(actor, told)]))
            .await?;
        Ok(pass)
    }

    /// Takes a person's pass back.
    ///
    /// # Errors
    /// [`Conflict::Missing`] if she has none, or used it; else as [`Live::commit`].
    pub async fn revoke_reset_pass(&self, person: PersonId, actor: Actor) -> Result<(), LiveError> {
        let event = self.event(actor, Body::ResetPassRevoked { person });
        let plan = Plan::new(vec![Change::RemoveResetPass(person)], vec![event]);
        self.commit(plan).await.map(drop)
    }

    /// Says that a person must set a new password. Only a reset ends that. Said again, it keeps the earlier date: what
    /// was doubtful then is doubtful still.
    ///
    /// # Errors
    /// [`ResetError`].
    pub async fn require_reset(
        &self,
        person: PersonId,
        reason: &str,
        actor: Actor,
    ) -> Result<(), ResetError> {
        self.may_reset(person)?;
        let why = reset::reason(reason)?;
        let before = self.read(|state| state.resets_due.get(&person).map(|due| due.since));
        let now = self.clock().now();
        let due = ResetDue {
            person,
            since: before.unwrap_or(now).min(now),
            why: why.clone(),
            by: actor.clone(),
        };
        let event = self.event(actor, Body::PasswordResetDue { person, why });
        let plan = Plan::new(vec![Change::PutResetDue(due)], vec![event]);
        self.commit(plan).await?;
        Ok(())
    }

    /// Keeps that the person of a session accepted terms in this text.
    ///
    /// # Errors
    /// [`Conflict::Missing`] if they have another text by now, or are no more, [`Conflict::SessionEnded`] if the session
    /// is over; else as [`Live::commit`].
    pub async fn accept_terms(
        &self,
        session: SessionId,
        terms: &TermsId,
        version: TermsVersion,
    ) -> Result<(), LiveError> {
        let person = self.person_of(session)?;
        let told = Body::TermsAccepted {
            person,
            terms: terms.clone(),
            version: version.to_string(),
            session,
        };
        let acceptance = TermsAcceptance {
            person,
            terms: terms.clone(),
            version,
            at: self.clock().now(),
            session,
        };
        let event = self.event(Actor::Person(person), told);
        let plan = Plan::new(vec![Change::PutTermsAcceptance(acceptance)], vec![event]);
        self.commit(plan).await.map(drop)
    }

    /// Keeps that the person of a session saw terms and did not accept them. What she accepted of them before stands.
    ///
    /// # Errors
    /// [`Conflict::SessionEnded`] if the session is over; else as [`Live::commit`].
    pub async fn decline_terms(
        &self,
        session: SessionId,
        terms: &TermsId,
        version: TermsVersion,
    ) -> Result<(), LiveError> {
        let person = self.person_of(session)?;
        let told = Body::TermsDeclined {
            person,
            terms: terms.clone(),
            version: version.to_string(),
            session,
        };
        let event = self.event(Actor::Person(person), told);
        self.commit(Plan::new(Vec::new(), vec![event]))
            .await
            .map(drop)
    }

    fn person_of(&self, session: SessionId) -> Result<PersonId, LiveError> {
        self.read(|state| {
            let session = state.sessions.get(&session)?;
            session.ended.is_none().then_some(session.person)
        })
        .ok_or(LiveError::Store(StoreError::Conflict(
            Conflict::SessionEnded,
        )))
    }

    fn may_reset(&self, person: PersonId) -> Result<(), ResetError> {
        let role = self.read(|state| {
            let person = state.people.get(&person)?;
            (person.state == PersonState::Active).then_some(person.role)
        });
        match role {
            None => Err(ResetError::Nobody),
            Some(Role::BreakGlass) => Err(ResetError::BreakGlass),
            Some(Role::Member | Role::Administrator) => Ok(()),
        }
    }
}
