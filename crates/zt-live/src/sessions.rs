//! Sessions: from the one-time code to the passage, and to the end.

use crate::Whence;
use crate::ahead::Ahead;
use crate::judge::Judgement;
use crate::live::{Cut, Inner, Live, LiveError};
use crate::passage::{Passage, PresentedKey};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use zt_auth::{AppSession, EndReason, Entry, Issued, Session};
use zt_device::Presentation;
use zt_events::{Actor, Body};
use zt_store::{Change, Conflict, Plan, StoreError};
use zt_types::{AppId, DeviceEvidence, PersonId, Seconds, SessionId, TokenHash};

/// What an application's cookie leads to.
#[derive(Debug)]
pub enum Admission {
    /// Nowhere: no session, or it is over. The person signs in.
    NoSession,
    /// To a passage; look at its standing.
    Passage(Arc<Passage>),
    /// Nowhere for now: this session comes anew too fast, and nothing was decided. It may try again after so long.
    TooFast(Seconds),
}

/// A session arrived at an application's host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redeemed {
    /// The session.
    pub session: SessionId,
    /// The path to go on to.
    pub return_to: String,
}

impl Live {
    /// The passage of a cookie, a device evidence and an origin, if there is one already and the policies are those that it
    /// was decided under: the fast path of every request.
    #[must_use]
    pub fn passage(
        &self,
        cookie: &TokenHash,
        presented: &Presentation,
        whence: Whence,
    ) -> Option<Arc<Passage>> {
        let found = self
            .inner
            .passages
            .find(cookie, PresentedKey::of(presented), whence);
        let policies = self.inner.policies_so_far.load(Ordering::Acquire);
        found.filter(|passage| passage.is_decided_under(policies))
    }

    /// Finds or makes the passage of a cookie at `app`: one that comes from another address than before is decided anew. The first device that a session proves is bound to it, durably.
    ///
    /// # Errors
    /// As [`Live::commit`].
    pub async fn admit(
        &self,
        app: &AppId,
        cookie: &TokenHash,
        presented: Presentation,
        whence: Whence,
    ) -> Result<Admission, LiveError> {
        let key = PresentedKey::of(&presented);
        if let Some(passage) = self.inner.passages.find(cookie, key, whence) {
            if passage.app() != app {
                return Ok(Admission::NoSession);
            }
            let policies = self.inner.policies_so_far.load(Ordering::Acquire);
            if self.inner.clock.now() >= passage.standing().valid_until()
                || !passage.is_decided_under(policies)
            {
                self.inner.turn_decision(&passage);
            }
            return Ok(Admission::Passage(passage));
        }
        let session = self
            .inner
            .beliefs
            .read()
            .state()
            .app_sessions
            .get(cookie)
            .filter(|s| s.app == *app)
            .cloned();
        let Some(AppSession { session, .. }) = session else {
            return Ok(Admission::NoSession);
        };
        if let Err(wait) = self.inner.pace.step(session, self.inner.clock.now()) {
            return Ok(Admission::TooFast(wait));
        }
        self.bind(session, presented).await?;
        self.inner.passages.make_room(session);
        let person = self.read(|state| state.sessions.get(&session).map(|s| s.person));
        let Some(person) = person else {
            return Ok(Admission::NoSession);
        };
        let draft = Passage::new(
            *cookie,
            (session, person),
            app.clone(),
            (presented, whence),
            crate::Standing::Over(EndReason::Expired),
        );
        let Some(passage) = self.inner.enter(draft) else {
            return Ok(Admission::NoSession);
        };
        self.inner.changed.send_modify(|count| *count += 1);
        Ok(Admission::Passage(passage))
    }

    /// Binds a session to the device it proves here first. A session that is bound already stays as it is.
    ///
    /// # Errors
    /// As [`Live::commit`].
    pub async fn bind(&self, id: SessionId, presented: Presentation) -> Result<(), LiveError> {
        let Presentation::Certificate(certificate) = presented else {
            return Ok(());
        };
        let device = {
            let beliefs = self.inner.beliefs.read();
            let Some(session) = beliefs.state().sessions.get(&id) else {
                return Ok(());
            };
            if session.device.is_some() {
                return Ok(());
            }
            let judged = crate::judge::session_evidence(
                &beliefs,
                session,
                presented,
                self.inner.clock.now(),
            );
            let DeviceEvidence::Proven(device) = judged.evidence else {
                return Ok(());
            };
            device
        };
        let change = Change::BindSession {
            session: id,
            device,
            certificate: certificate.serial,
        };
        match self.commit(Plan::new(vec![change], Vec::new())).await {
            // It ended meanwhile: the caller sees that when it decides.
            Ok(_) | Err(LiveError::Store(StoreError::Conflict(Conflict::SessionEnded))) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Redeems a one-time code at `app`'s host for a cookie there. The code is used up whatever comes of it, so that a
    /// wrong try by somebody else leaves nothing to try again.
    ///
    /// # Errors
    /// [`Conflict::NotUsable`] if the code is unknown, used, over, for another application or for another browser.
    pub async fn redeem(
        &self,
        app: &AppId,
        code: TokenHash,
        binding: TokenHash,
        cookie: TokenHash,
    ) -> Result<Redeemed, LiveError> {
        let now = self.inner.clock.now();
        let not_usable = || LiveError::Store(StoreError::Conflict(Conflict::NotUsable));
        let record = self
            .read(|state| state.redeem_codes.get(&code).cloned())
            .ok_or_else(not_usable)?;
        let issued = self.read(|state| {
            let session = state.sessions.get(&record.session)?;
            let person = state.people.get(&session.person)?;
            let entry = Entry::Redeem {
                code: &record,
                session,
                app,
                binding,
                token: cookie,
            };
            zt_auth::issue(person.state, entry, now).ok()
        });
        let mut changes = vec![Change::UseRedeemCode { hash: code, now }];
        let issued = issued.map(|plan| plan.into_parts().0);
        if let Some(Issued::AppSession(app_session)) = &issued {
            changes.push(Change::PutAppSession(app_session.clone()));
        }
        self.commit(Plan::new(changes, Vec::new())).await?;
        if issued.is_none() {
            return Err(not_usable());
        }
        Ok(Redeemed {
            session: record.session,
            return_to: record.return_to,
        })
    }

    /// The live session of a cookie at `id.<domain>`.
    #[must_use]
    pub fn session_of(&self, token: &TokenHash) -> Option<Session> {
        let now = self.inner.clock.now();
        self.inner
            .beliefs
            .read()
            .session_of_token(token)
            .filter(|session| now < session.expires_at)
            .cloned()
    }

    /// A person's live sessions, oldest first.
    #[must_use]
    pub fn sessions_of(&self, person: PersonId) -> Vec<Session> {
        let now = self.inner.clock.now();
        let beliefs = self.inner.beliefs.read();
        let mut sessions: Vec<Session> = beliefs
            .sessions_of(person)
            .filter(|s| now < s.expires_at)
            .cloned()
            .collect();
        sessions.sort_by_key(|session| session.created_at);
        sessions
    }

    /// Ends a session: its cookies, its codes, its live connections.
    ///
    /// # Errors
    /// [`Conflict::SessionEnded`] if it has ended already; else as [`Live::commit`].
    pub async fn end_session(
        &self,
        session: SessionId,
        why: EndReason,
        actor: Actor,
    ) -> Result<Vec<Cut>, LiveError> {
        let person = self.read(|state| state.sessions.get(&session).map(|s| s.person));
        let person = person.ok_or(LiveError::Store(StoreError::Conflict(
            Conflict::SessionEnded,
        )))?;
        let at = self.inner.clock.now();
        let event = self.event(
            actor,
            Body::SessionEnded {
                person,
                session,
                why: why.as_str().to_owned(),
            },
        );
        self.commit(Plan::new(
            vec![Change::EndSession { session, at, why }],
            vec![event],
        ))
        .await
    }

    /// Ends every session of a person.
    ///
    /// # Errors
    /// As [`Live::commit`]. A session that ended meanwhile is no error.
    pub async fn end_sessions_of(
        &self,
        person: PersonId,
        why: EndReason,
        actor: &Actor,
    ) -> Result<Vec<Cut>, LiveError> {
        let mut cuts = Vec::new();
        for session in self.sessions_of(person) {
            match self.end_session(session.id, why, actor.clone()).await {
                Ok(cut) => cuts.extend(cut),
                Err(LiveError::Store(StoreError::Conflict(Conflict::SessionEnded))) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(cuts)
    }

    /// What `session` would be told at `app` right now, from what `presented` proves and from `whence`. Makes no passage.
    #[must_use]
    pub fn preview(
        &self,
        session: &Session,
        app: &AppId,
        presented: Presentation,
        whence: Whence,
    ) -> zt_policy::Decision {
        let answered = self.inner.decide(|beliefs, now| {
            crate::judge::request(beliefs, session, app, presented, Some(whence), now)
        });
        answered.into_decision()
    }
}

impl Inner {
    /// Decides about a passage and puts it in, or finds the one that another request put in first. `None` if its session is
    /// over: it may have ended in between.
    fn enter(&self, draft: Passage) -> Option<Arc<Passage>> {
        let mut ahead = Ahead::default();
        loop {
            let question = {
                let beliefs = self.beliefs.read();
                let now = self.clock.now();
                let request = crate::judge::asking(&beliefs, &draft, now).ok()?;
                match ahead.answer(&beliefs, request, now) {
                    Err(question) => question,
                    Ok(answered) => {
                        let request = answered.decision().inputs().request.clone();
                        let view = crate::judge::evidence(&beliefs, &draft, now);
                        draft.decided_under(self.policies_so_far.load(Ordering::Acquire));
                        let standing = self.stand(Judgement::Answered(answered));
                        let valid_until = standing.valid_until();
                        draft.stand(standing);
                        let passages = &self.passages;
                        let passage = passages.insert(Arc::new(draft), &request, &view.concerns);
                        self.wheel.watch(valid_until, &passage);
                        return Some(passage);
                    }
                }
            };
            ahead.ask(question);
        }
    }
}
