//! One round: what the person did, what the flow asks about it, and the one commit at the end.

use super::form::Typed;
use super::{SignIn, onward};
use crate::Visitor;
use http::HeaderMap;
use std::collections::VecDeque;
use zt_auth::{Account, Effect, EndReason, Flow, FlowState, GuessScope, Input, Nonce, Session};
use zt_events::{Actor, Body, Event};
use zt_live::LiveError;
use zt_store::{Change, Conflict, FlowRecord, Plan, StoreError};
use zt_types::{ClearingStep, PersonId, SessionId, Subject, Timestamp, TokenHash};

/// Who is at the browser, as far as the request says.
pub(crate) struct Browser<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) visitor: Visitor,
}

/// What a round came to.
pub(crate) enum Outcome {
    /// The flow stands here now; show its page.
    Standing(Box<Flow>),
    /// It is done: these cookies, and on.
    Done(Box<onward::Arrival>),
    /// Somebody else took this step first: show where the flow stands.
    Moved,
}

/// Why a round came to nothing. Nothing was changed, except that a guess stays counted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RoundError {
    /// Too many passwords are being checked.
    #[error("too many passwords are being checked at once")]
    Busy,
    /// The store did not take it.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// What was proven is worth nothing any more: the account or the session ended meanwhile.
    #[error("the account or the session ended meanwhile")]
    Ended,
    /// Something sealed does not open, or a record cannot be read: a defect of ours, or another master key.
    #[error("the sign-in cannot go on: {0}")]
    Broken(&'static str),
}

impl From<StoreError> for RoundError {
    fn from(error: StoreError) -> Self {
        Self::Live(error.into())
    }
}

/// What a round has gathered for its commit.
#[derive(Default, Clone)]
pub(crate) struct Gathered {
    pub(crate) changes: Vec<Change>,
    pub(crate) events: Vec<Event>,
    /// Whose other sessions end, and which one stays.
    pub(crate) others: Option<(PersonId, Option<SessionId>)>,
    /// Whose password was reset.
    pub(crate) reset: Option<PersonId>,
}

/// The last point at which a result was taken, to take another one there if the commit says that it was used already.
struct Turning {
    flow: Flow,
    gathered: Gathered,
}

/// Whether a flow is kept for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is new.
    Never,
    /// It was kept before: its next page follows.
    Before,
}

impl SignIn {
    /// Reads a flow as it is kept.
    pub(crate) fn flow(&self, id: zt_types::FlowId) -> Option<Flow> {
        let body = self
            .inner
            .live
            .read(|state| state.flows.get(&id).map(|record| record.body.clone()))?;
        serde_json::from_str(&body)
            .inspect_err(|error| tracing::error!(%error, "a kept sign-in flow cannot be read"))
            .ok()
    }

    /// The account of a person as it is now.
    pub(crate) fn account(&self, person: PersonId) -> Option<Account> {
        let suspected_since = self.inner.live.password_suspected_since(person);
        let account = self.inner.live.read(|state| {
            let record = state.people.get(&person)?;
            Some(Account::of(
                person,
                record.state,
                record.role,
                state.credentials_of(person),
            ))
        })?;
        Some(Account {
            suspected_since,
            ..account
        })
    }

    pub(crate) fn nonce(&self) -> Nonce {
        Nonce::from_random(self.inner.live.entropy().bytes())
    }

    /// Carries a flow through one round and keeps what comes of it.
    ///
    /// # Errors
    /// [`RoundError`]; nothing was kept then.
    pub(crate) async fn round(
        &self,
        (flow, effects): (Flow, Vec<Effect>),
        kept: Kept,
        typed: Typed,
        browser: &Browser<'_>,
    ) -> Result<Outcome, RoundError> {
        let now = self.inner.live.clock().now();
        let (flow, gathered, turning) = self
            .carry_out(flow, effects, Gathered::default(), &typed, now)
            .await?;
        match self.keep(flow, gathered, kept, browser, now).await {
            Err(RoundError::Live(LiveError::Store(StoreError::Conflict(conflict)))) => {
                self.after_conflict(conflict, turning, kept, &typed, browser, now)
                    .await
            }
            other => other,
        }
    }

    /// A code that was right a moment ago has been used by somebody faster: then it is wrong.
    async fn after_conflict(
        &self,
        conflict: Conflict,
        turning: Option<Turning>,
        kept: Kept,
        typed: &Typed,
        browser: &Browser<'_>,
        now: Timestamp,
    ) -> Result<Outcome, RoundError> {
        let instead = match conflict {
            Conflict::FlowMoved => return Ok(Outcome::Moved),
            Conflict::Replayed => Input::TotpReplayed,
            Conflict::NotUsable => match &turning {
                Some(turning) if *turning.flow.state() == FlowState::ResetPass => {
                    Input::ResetPassFailed
                }
                _ => Input::RecoveryCodeFailed,
            },
            other => return Err(RoundError::Live(StoreError::Conflict(other).into())),
        };
        let Some(Turning { flow, gathered }) = turning else {
            return Ok(Outcome::Moved);
        };
        let (flow, effects) = flow.step(instead, now);
        let (flow, gathered, _) = self.carry_out(flow, effects, gathered, typed, now).await?;
        match self.keep(flow, gathered, kept, browser, now).await {
            Err(RoundError::Live(LiveError::Store(StoreError::Conflict(_)))) => Ok(Outcome::Moved),
            other => other,
        }
    }

    /// Carries out effects until none asks any more.
    async fn carry_out(
        &self,
        mut flow: Flow,
        effects: Vec<Effect>,
        mut gathered: Gathered,
        typed: &Typed,
        now: Timestamp,
    ) -> Result<(Flow, Gathered, Option<Turning>), RoundError> {
        let mut queue = VecDeque::from(effects);
        let mut turning = None;
        let mut counted: Vec<GuessScope> = Vec::new();
        while let Some(effect) = queue.pop_front() {
            if let Effect::CountGuess { scopes } = &effect {
                counted.clone_from(scopes);
            }
            let Some(effect) = self.gather(effect, &mut gathered, &flow, now) else {
                continue;
            };
            let answer = match self.ask(&effect, &flow, typed, &gathered, now).await {
                Err(RoundError::Busy) => {
                    self.forgive(counted).await;
                    return Err(RoundError::Busy);
                }
                other => other?,
            };
            let Some(input) = answer else { continue };
            if matches!(input, Input::MustWait { .. }) {
                // What was to be verified is not.
                queue.clear();
            }
            if matches!(
                input,
                Input::TotpMatched { .. }
                    | Input::RecoveryCodeMatched { .. }
                    | Input::ResetPassMatched { .. }
            ) {
                turning = Some(Turning {
                    flow: flow.clone(),
                    gathered: gathered.clone(),
                });
            }
            let (next, effects) = flow.step(input, now);
            flow = next;
            for effect in effects.into_iter().rev() {
                queue.push_front(effect);
            }
        }
        Ok((flow, gathered, turning))
    }

    /// Takes a change; gives back what asks.
    fn gather(
        &self,
        effect: Effect,
        gathered: &mut Gathered,
        flow: &Flow,
        now: Timestamp,
    ) -> Option<Effect> {
        let change = match effect {
            Effect::StoreCredential(credential) => Change::PutCredential(*credential),
            Effect::AdvanceTotp { credential, step } => Change::AdvanceTotp {
                credential,
                step,
                now,
            },
            Effect::UseRecoveryCode { credential, hash } => Change::UseRecoveryCode {
                credential,
                hash,
                now,
            },
            Effect::UpdatePasskey { credential, record } => {
                self.passkey_with(credential, record, now)?
            }
            Effect::UseResetPass { person, hash } => Change::UseResetPass { person, hash, now },
            Effect::RemoveCredential { credential } => Change::RemoveCredential(credential),
            Effect::EndOtherFlows { person } => Change::RemoveFlowsOf {
                person,
                keep: flow.id(),
            },
            Effect::PasswordIsReset { person } => {
                gathered.reset = Some(person);
                Change::RemoveResetDue(person)
            }
            Effect::UseLink { link } => Change::UseSignInLink { hash: link, now },
            Effect::ResetGuesses(scopes) => Change::ResetGuesses(scopes),
            Effect::ForgiveGuess(scopes) => Change::ForgiveGuess(scopes),
            Effect::EndSessions { person, keep } => {
                gathered.others = Some((person, keep));
                return None;
            }
            Effect::Tell(body) => {
                let event = self.inner.live.event(actor(flow), body);
                gathered.events.push(event);
                return None;
            }
            // Done is a state: `keep` sees it.
            Effect::Issue => return None,
            asking => return Some(asking),
        };
        gathered.changes.push(change);
        None
    }

    /// Takes back guesses that were counted and then not looked at.
    async fn forgive(&self, scopes: Vec<GuessScope>) {
        let plan = Plan::new(vec![Change::ForgiveGuess(scopes)], Vec::new());
        if let Err(error) = self.inner.live.commit(plan).await {
            tracing::warn!(%error, "a guess that was not looked at stays counted");
        }
    }

    /// The one commit of a round.
    async fn keep(
        &self,
        flow: Flow,
        gathered: Gathered,
        kept: Kept,
        browser: &Browser<'_>,
        now: Timestamp,
    ) -> Result<Outcome, RoundError> {
        let flow = match kept {
            Kept::Never => flow,
            Kept::Before => flow.next_page(self.nonce()),
        };
        let mut tries = 0;
        loop {
            let mut plan = gathered.clone();
            let arrival = match flow.state() {
                FlowState::Done => Some(self.arrive(&flow, &mut plan, browser, now)?),
                _ => None,
            };
            if let Some((person, keep)) = plan.others {
                self.end_others(person, keep, &mut plan, now);
            }
            plan.changes.push(Change::PutFlow(record(&flow)?));
            let step = plan
                .reset
                .map(|person| (person, ClearingStep::PasswordReset))
                .or_else(|| {
                    let holds = |person| {
                        !self
                            .inner
                            .live
                            .open_facts(Subject::Person(person))
                            .is_empty()
                    };
                    flow.answers(now).filter(|(person, _)| holds(*person))
                });
            let plan = Plan::new(plan.changes, plan.events);
            let live = &self.inner.live;
            let kept = match step {
                Some((person, step)) => {
                    live.commit_answer(plan, person, step, flow.begun_at())
                        .await
                }
                None => live.commit(plan).await,
            };
            match kept {
                Ok(_) => {
                    if let Some((person, session)) = arrival.as_ref().and_then(|done| done.began) {
                        let proof = flow.answers(now).map(|(_, step)| step);
                        live.weigh_sign_in(person, session, proof).await?;
                    }
                    return Ok(match arrival {
                        Some(arrival) => Outcome::Done(Box::new(arrival)),
                        None => Outcome::Standing(Box::new(flow)),
                    });
                }
                // A session that was to be ended here has ended by itself, or there is another one: look again, a few times.
                Err(LiveError::Store(StoreError::Conflict(
                    Conflict::SessionEnded | Conflict::SessionsMoved,
                ))) if tries < 3 => {
                    tries += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn end_others(
        &self,
        person: PersonId,
        keep: Option<SessionId>,
        plan: &mut Gathered,
        now: Timestamp,
    ) {
        let kept: Vec<Session> = self.inner.live.read(|state| {
            let sessions = state.sessions.values();
            sessions
                .filter(|session| session.person == person && session.ended.is_none())
                .cloned()
                .collect()
        });
        // First of all: a session that comes of this very plan is none of those that are known here.
        let only = Change::OnlySessionsOf {
            person,
            sessions: kept.iter().map(|session| session.id).collect(),
        };
        plan.changes.insert(0, only);
        for session in kept {
            if Some(session.id) != keep && now < session.expires_at {
                self.end_session(&session, EndReason::CredentialReset, plan, now);
            }
        }
    }

    pub(crate) fn end_session(
        &self,
        session: &zt_auth::Session,
        why: EndReason,
        plan: &mut Gathered,
        now: Timestamp,
    ) {
        let already = plan.changes.iter().any(
            |change| matches!(change, Change::EndSession { session: id, .. } if *id == session.id),
        );
        if already {
            return;
        }
        plan.changes.push(Change::EndSession {
            session: session.id,
            at: now,
            why,
        });
        plan.events.push(self.inner.live.event(
            Actor::Person(session.person),
            Body::SessionEnded {
                person: session.person,
                session: session.id,
                why: why.as_str().to_owned(),
            },
        ));
    }
}

/// Who acts: somebody is a person only after having proven something.
fn actor(flow: &Flow) -> Actor {
    match flow.account() {
        Some(account) if !flow.proofs().is_empty() => Actor::Person(account.person),
        _ => Actor::Nobody,
    }
}

fn record(flow: &Flow) -> Result<FlowRecord, RoundError> {
    Ok(FlowRecord {
        id: flow.id(),
        version: flow.version(),
        expires_at: flow.expires_at(),
        person: flow.account().map(|account| account.person),
        body: serde_json::to_string(flow).map_err(|_| RoundError::Broken("flow"))?,
    })
}

/// The hash of the flow cookie of a request.
pub(crate) fn browser_hash(headers: &HeaderMap) -> Option<TokenHash> {
    super::cookie::token(headers, super::cookie::FLOW)
}
