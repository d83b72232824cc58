//! What sign-ins give to clients: decided when it is given, at each refresh, and whenever somebody asks.

use crate::Whence;
use crate::live::{Live, LiveError};
use zt_auth::{
    CodeWay, Consent, Entry, Grant, GrantEnd, GrantState, IssueRefused, Issued, Session,
};
use zt_device::Presentation;
use zt_events::Actor;
use zt_federation::Client;
use zt_policy::{Decision, Permit, Refusal};
use zt_store::{Change, Conflict, Plan, StoreError};
use zt_types::{AppId, ClientId, DecisionId, GrantId, PersonState, Seconds, TokenHash};

/// What a client wants of a person who is signed in.
#[derive(Debug)]
pub struct Wish<'a> {
    /// The client.
    pub client: &'a ClientId,
    /// Its application.
    pub app: &'a AppId,
    /// What it asked for; kept with the grant.
    pub asked: String,
    /// What her connection proves of the device.
    pub presented: Presentation,
    /// Where she is.
    pub whence: Whence,
    /// What her browser calls itself.
    pub user_agent: &'a str,
    /// What she agrees to in the same breath, kept in the same commit.
    pub agreed: Option<Consent>,
}

/// What a client brought.
enum Brought {
    Code {
        code: TokenHash,
        refresh: Option<TokenHash>,
        holder: Option<String>,
    },
    Refresh {
        from: TokenHash,
        to: TokenHash,
    },
}

impl Brought {
    /// Whether it was used before, or never was one of a grant that stands like this.
    fn is_replay(&self, stands: GrantState) -> bool {
        match (self, stands) {
            (_, GrantState::Asserted | GrantState::Ended { .. }) => false,
            (Self::Code { code, .. }, GrantState::Code { code: kept, .. }) => *code != kept,
            (Self::Refresh { from, .. }, GrantState::Tokens { refresh, .. }) => {
                refresh != Some(*from)
            }
            (Self::Code { .. }, GrantState::Tokens { .. })
            | (Self::Refresh { .. }, GrantState::Code { .. }) => true,
        }
    }
}

/// Why a client gets nothing.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// There is no such grant.
    #[error("there is no such grant")]
    Unknown,
    /// It must not be issued.
    #[error(transparent)]
    Refused(#[from] IssueRefused),
    /// The policies refuse.
    #[error("the policies refuse")]
    NotPermitted(Box<Refusal>, DecisionId),
    /// Her session was given codes too fast.
    #[error("too many codes in too short a time; wait {} seconds", .0.0)]
    TooFast(Seconds),
    /// Nothing was changed, and whoever asks may ask again.
    #[error(transparent)]
    Live(#[from] LiveError),
}

impl Live {
    /// Decides about the application of a client, and gives a code for it, which her browser brings there.
    ///
    /// # Errors
    /// [`GrantError`]. A refusal has been recorded.
    pub async fn give_code(
        &self,
        session: &Session,
        wish: Wish<'_>,
        id: GrantId,
        code: TokenHash,
    ) -> Result<Grant, GrantError> {
        self.begin_grant(session, wish, id, code, CodeWay::Browser)
            .await
    }

    /// Decides about the application of a client, and gives a code for it.
    pub(crate) async fn begin_grant(
        &self,
        session: &Session,
        wish: Wish<'_>,
        id: GrantId,
        code: TokenHash,
        way: CodeWay,
    ) -> Result<Grant, GrantError> {
        let paced = self.inner.codes_pace.step(session.id, self.clock().now());
        paced.map_err(GrantError::TooFast)?;
        let decision = self.preview(session, wish.app, wish.presented, wish.whence);
        let actor = Actor::Person(session.person);
        let permit = self.permitted_at(wish.client, decision, actor.clone(), wish.whence)?;
        let address = wish.whence.address;
        let entry = Entry::Grant {
            permit: &permit,
            session,
            client: wish.client,
            id,
            code,
            way,
            asked: wish.asked,
            address: address
                .map(|address| address.to_string())
                .unwrap_or_default(),
            user_agent: wish.user_agent.to_owned(),
        };
        self.give(session, entry, actor, |grant| {
            let consent = wish.agreed.map(Change::PutConsent);
            let grant = Change::PutGrant(grant.clone());
            consent.into_iter().chain([grant]).collect()
        })
        .await
    }

    /// Gives the first tokens of a grant for its code, to a client that holds `holder`. A code that comes a second time ends the grant.
    ///
    /// # Errors
    /// [`GrantError`].
    pub async fn redeem_grant(
        &self,
        id: GrantId,
        client: &ClientId,
        code: TokenHash,
        refresh: Option<TokenHash>,
        holder: Option<String>,
    ) -> Result<Grant, GrantError> {
        let brought = Brought::Code {
            code,
            refresh,
            holder,
        };
        self.turn(id, client, brought).await
    }

    /// Gives the next tokens of a grant for its refresh token, which may be the next one too. One that comes a second time ends the grant.
    ///
    /// # Errors
    /// [`GrantError`].
    pub async fn refresh_grant(
        &self,
        id: GrantId,
        client: &ClientId,
        from: TokenHash,
        to: TokenHash,
    ) -> Result<Grant, GrantError> {
        self.turn(id, client, Brought::Refresh { from, to }).await
    }

    /// Ends a grant, if there is one and it goes on.
    ///
    /// # Errors
    /// As [`Live::commit`].
    pub async fn end_grant(
        &self,
        id: GrantId,
        why: GrantEnd,
        actor: Actor,
    ) -> Result<(), LiveError> {
        let at = self.clock().now();
        let Some(grant) = self.read(|state| state.grants.get(&id).cloned()) else {
            return Ok(());
        };
        if grant.is_over(at) {
            return Ok(());
        }
        let told = zt_events::Body::GrantEnded {
            person: grant.person,
            session: grant.session,
            app: grant.app,
            client: grant.client,
            why: why.as_str().to_owned(),
        };
        let change = Change::EndGrant { grant: id, at, why };
        let event = self.event(actor, told);
        self.commit(Plan::new(vec![change], vec![event])).await?;
        Ok(())
    }

    /// A grant as it is kept now, if it is one of `client` as that is registered now: one that was moved to another
    /// application has to ask anew.
    ///
    /// # Errors
    /// [`GrantError::Unknown`], [`IssueRefused::ForeignClient`].
    pub fn grant_of(&self, client: &Client, id: GrantId) -> Result<Grant, GrantError> {
        let kept = self.read(|state| state.grants.get(&id).cloned());
        let grant = kept.ok_or(GrantError::Unknown)?;
        if grant.client != client.id {
            return Err(IssueRefused::ForeignClient.into());
        }
        if grant.app != client.app {
            return Err(GrantError::Unknown);
        }
        Ok(grant)
    }

    /// Whether what a grant gave is still good: it goes on, its client is there, and the policies would give it again.
    #[must_use]
    pub fn grant_holds(&self, grant: &Grant) -> bool {
        self.goes_on(grant)
            && !grant.is_over(self.clock().now())
            && self
                .decide_about(grant, &grant.app)
                .is_some_and(|(_, decision)| decision.permit().is_some())
    }

    /// Whether a grant has tokens still, and its client is there.
    fn goes_on(&self, grant: &Grant) -> bool {
        self.read(|state| {
            let kept = state.grants.get(&grant.id);
            let has_tokens =
                kept.is_some_and(|kept| matches!(kept.state, GrantState::Tokens { .. }));
            has_tokens && state.clients.contains_key(&grant.client)
        })
    }

    /// Takes a grant on by one step: decides, issues, commits, and decides once more, so that nothing is handed out after a
    /// revocation that was acknowledged meanwhile.
    async fn turn(
        &self,
        id: GrantId,
        client: &ClientId,
        brought: Brought,
    ) -> Result<Grant, GrantError> {
        let grant = self.read(|state| state.grants.get(&id).cloned());
        let grant = grant.ok_or(GrantError::Unknown)?;
        if grant.client != *client {
            return Err(IssueRefused::ForeignClient.into());
        }
        let decided = self.decide_about(&grant, &grant.app);
        let (session, decision) = decided.ok_or(IssueRefused::SessionEnded)?;
        let actor = Actor::Client(client.clone());
        let permit = match self.permitted(actor.clone(), decision) {
            Ok(permit) => permit,
            // What was stolen shows itself also while nobody would get anything for it.
            Err(_) if brought.is_replay(grant.state) => {
                self.end_grant(id, GrantEnd::Replayed, actor).await?;
                return Err(IssueRefused::Replayed.into());
            }
            Err(refused) => return Err(refused),
        };
        let from = grant.state;
        // A refresh token that stays the same leaves the grant as it is.
        let stays = matches!(&brought, Brought::Refresh { from, to } if from == to);
        let (permit, session, grant) = (&permit, &session, &grant);
        let entry = match brought {
            Brought::Code {
                code,
                refresh,
                holder,
            } => Entry::Tokens {
                permit,
                session,
                grant,
                client,
                code,
                refresh,
                holder,
            },
            Brought::Refresh { from, to } => Entry::Refresh {
                permit,
                session,
                grant,
                client,
                from,
                to,
            },
        };
        let given = self
            .give(session, entry, actor.clone(), |to| {
                let to = to.clone();
                match (stays, to.lapse) {
                    (false, _) => vec![Change::MoveGrant { to, from }],
                    (true, None) => Vec::new(),
                    // It has something again, whatever it was told before.
                    (true, Some(_)) => vec![Change::GrantGiven(to.id)],
                }
            })
            .await;
        match given {
            Err(GrantError::Refused(IssueRefused::Replayed)) => {
                self.end_grant(id, GrantEnd::Replayed, actor).await?;
                Err(IssueRefused::Replayed.into())
            }
            // Also what leaves the grant as it is (a refresh token that stays) is given only while it goes on.
            Ok(grant) if !self.goes_on(&grant) => Err(IssueRefused::GrantEnded.into()),
            Ok(grant) => match self.decide_about(&grant, &grant.app) {
                Some((_, Decision::Allow(_))) => Ok(grant),
                Some((_, Decision::Refuse(refusal))) => {
                    let id = self.record_decision(actor, &Decision::Refuse(refusal.clone()));
                    Err(GrantError::NotPermitted(Box::new(refusal), id))
                }
                None => Err(IssueRefused::SessionEnded.into()),
            },
            other => other,
        }
    }

    /// The permit of a decision, which is recorded.
    pub(crate) fn permitted(&self, actor: Actor, decision: Decision) -> Result<Permit, GrantError> {
        let id = self.record_decision(actor, &decision);
        match decision {
            Decision::Allow(permit) => Ok(permit),
            Decision::Refuse(refusal) => Err(GrantError::NotPermitted(Box::new(refusal), id)),
        }
    }

    pub(crate) async fn give(
        &self,
        session: &Session,
        entry: Entry<'_>,
        actor: Actor,
        changes: impl FnOnce(&Grant) -> Vec<Change>,
    ) -> Result<Grant, GrantError> {
        let standing = self
            .read(|state| {
                let person = state.people.get(&session.person);
                person.map(|person| person.state)
            })
            .unwrap_or(PersonState::Disabled);
        let (issued, tells) = zt_auth::issue(standing, entry, self.clock().now())?.into_parts();
        let Issued::Grant(grant) = issued else {
            return Err(GrantError::Unknown);
        };
        let events = tells
            .into_iter()
            .map(|body| self.event(actor.clone(), body));
        let plan = Plan::new(changes(&grant), events.collect());
        match self.commit(plan).await {
            Ok(_) => Ok(grant),
            // Somebody else came with the same code or token at the same time.
            Err(LiveError::Store(StoreError::Conflict(Conflict::GrantMoved))) => {
                Err(IssueRefused::Replayed.into())
            }
            Err(LiveError::Store(StoreError::Conflict(Conflict::SessionEnded))) => {
                Err(IssueRefused::SessionEnded.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Decides about an application for a grant's session, as of where she was when it was given; `None` if its session is gone.
    pub(crate) fn decide_about(&self, grant: &Grant, app: &AppId) -> Option<(Session, Decision)> {
        let session = self.read(|state| state.sessions.get(&grant.session).cloned())?;
        let whence = Whence::new(grant.address.parse().ok(), &grant.user_agent);
        // What the client's own connection proves is nothing about her device: what the session is bound to counts.
        let decision = self.preview(&session, app, Presentation::NotAsked, whence);
        Some((session, decision))
    }
}
