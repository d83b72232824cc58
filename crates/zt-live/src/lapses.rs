//! Grants that lapse: policies would not give them any more, and their session goes on. A client that can be told is told,
//! once for each time (`tellings`); what it has counts again as soon as they would.
//!
//! Nobody waits for this: whoever changes something notes whom it may concern, and goes on. What is looked at are the grants
//! of clients that have an address to be told at, when something that decides about them changed, and when time may turn
//! what was decided.

use crate::Whence;
use crate::ahead::Answered;
use crate::beliefs::{Affected, Everybody};
use crate::live::{Inner, Live, LiveError};
use crate::programs::{soap, told_at};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use tokio::sync::Notify;
use zt_auth::{EndReason, Grant, Session};
use zt_device::Presentation;
use zt_events::Actor;
use zt_net::Clock;
use zt_policy::Decision;
use zt_store::{Change, Conflict, Plan, State, StoreError};
use zt_types::{GrantId, Seconds, SessionId, Timestamp};

/// So many are looked at before others get a turn.
const IN_A_ROW: usize = 16;
/// When what could not be settled or kept is tried again.
const AGAIN: Seconds = Seconds(5);

/// Whose grants are to be looked at.
#[derive(Debug)]
pub(crate) struct Lapses {
    noted: Mutex<Noted>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Noted {
    affected: Affected,
    grants: BTreeSet<GrantId>,
}

impl Lapses {
    /// With everybody's to look at: the process before may have ended in between.
    pub(crate) fn new() -> Self {
        let everybody = Affected {
            everybody: Everybody::Yes,
            ..Affected::default()
        };
        let noted = Noted {
            affected: everybody,
            grants: BTreeSet::new(),
        };
        let lapses = Self {
            noted: Mutex::new(noted),
            wake: Notify::new(),
        };
        lapses.wake();
        lapses
    }

    /// Notes whose decisions a change may have turned.
    pub(crate) fn note(&self, affected: &Affected) {
        if *affected == Affected::default() {
            return;
        }
        let mut noted = self.noted.lock();
        match affected.everybody {
            Everybody::No => {
                noted.affected.people.extend(&affected.people);
                noted.affected.devices.extend(&affected.devices);
                noted.affected.sessions.extend(&affected.sessions);
            }
            Everybody::Yes | Everybody::IfPoliciesTurn => noted.affected.everybody = Everybody::Yes,
        }
        drop(noted);
        self.wake();
    }

    /// Notes what changes begin, and whom they make somebody who can be told.
    pub(crate) fn note_changes(&self, changes: &[Change]) {
        let is_about = |change: &Change| {
            matches!(
                change,
                Change::PutGrant(_)
                    | Change::MoveGrant { .. }
                    | Change::PutClient(_)
                    | Change::PutServiceProvider(_)
            )
        };
        if !changes.iter().any(is_about) {
            return;
        }
        let mut noted = self.noted.lock();
        for change in changes {
            match change {
                Change::MoveGrant { to, .. } => {
                    noted.grants.insert(to.id);
                }
                // An assertion is all that it comes to; whatever has a code gets on by moving.
                Change::PutGrant(grant) if grant.is_given() => {
                    noted.grants.insert(grant.id);
                }
                Change::PutServiceProvider(provider) if soap(provider).is_some() => {
                    noted.affected.everybody = Everybody::Yes;
                }
                Change::PutClient(client) if client.backchannel_logout.is_some() => {
                    noted.affected.everybody = Everybody::Yes;
                }
                _ => {}
            }
        }
        drop(noted);
        self.wake();
    }

    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    fn take(&self) -> Noted {
        std::mem::take(&mut self.noted.lock())
    }
}

/// Which grant is to be looked at when.
#[derive(Debug, Default)]
struct Due {
    by_time: BTreeSet<(Timestamp, GrantId)>,
    by_grant: BTreeMap<GrantId, Timestamp>,
}

impl Due {
    fn put(&mut self, grant: GrantId, at: Option<Timestamp>) {
        if let Some(before) = self.by_grant.remove(&grant) {
            self.by_time.remove(&(before, grant));
        }
        if let Some(at) = at {
            self.by_grant.insert(grant, at);
            self.by_time.insert((at, grant));
        }
    }

    fn next(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }

    fn by(&self, now: Timestamp) -> impl Iterator<Item = GrantId> {
        let due = self.by_time.iter().take_while(move |(at, _)| *at <= now);
        due.map(|(_, grant)| *grant)
    }
}

/// Looks at grants for as long as the decision point lives. It is not kept alive by this.
pub(crate) async fn watch(lapses: Arc<Lapses>, clock: Clock, inner: Weak<Inner>) {
    let mut due = Due::default();
    loop {
        let woken = lapses.wake.notified();
        match due.next() {
            None => woken.await,
            Some(at) => {
                tokio::select! {
                    () = woken => {}
                    () = clock.sleep_until(at) => {}
                }
            }
        }
        let Some(inner) = inner.upgrade() else {
            return;
        };
        let live = Live { inner };
        let mut grants = live.concerned(&lapses.take());
        grants.extend(due.by(clock.now()));
        for (n, grant) in grants.into_iter().enumerate() {
            let next = live.look_at(grant).await;
            due.put(grant, next);
            if n % IN_A_ROW == IN_A_ROW - 1 {
                tokio::task::yield_now().await;
            }
        }
    }
}

/// A grant with tokens of a client that can be told, and its session.
fn watched(state: &State, grant: GrantId) -> Option<(&Grant, &Session)> {
    let grant = state.grants.get(&grant)?;
    told_at(state, &grant.client)?;
    let session = state.sessions.get(&grant.session)?;
    grant.is_given().then_some((grant, session))
}

impl Live {
    /// The grants that this may concern, of clients that can be told.
    fn concerned(&self, noted: &Noted) -> BTreeSet<GrantId> {
        let beliefs = self.inner.beliefs.read();
        let state = beliefs.state();
        let mut grants = noted.grants.clone();
        if noted.affected.everybody == Everybody::Yes {
            grants.extend(state.grants.keys());
        } else {
            // What is known of a device bears on the sessions bound to it, and those are its owner's.
            let devices = noted.affected.devices.iter();
            let owners = devices.filter_map(|id| beliefs.device(*id).map(|device| device.owner));
            let people: BTreeSet<_> = owners
                .chain(noted.affected.people.iter().copied())
                .collect();
            let theirs = people.into_iter();
            let theirs = theirs.flat_map(|person| beliefs.sessions_of(person));
            let sessions: BTreeSet<SessionId> = theirs
                .map(|session| session.id)
                .chain(noted.affected.sessions.iter().copied())
                .collect();
            let of = sessions.into_iter();
            grants.extend(of.flat_map(|session| state.grants_of(session).map(|grant| grant.id)));
        }
        grants.retain(|grant| watched(state, *grant).is_some());
        grants
    }

    /// Notes whether a grant has lapsed or is good again, and says when to look again.
    async fn look_at(&self, id: GrantId) -> Option<Timestamp> {
        let now = self.inner.clock.now();
        let kept = self.read(|state| {
            let (grant, session) = watched(state, id)?;
            Some((grant.clone(), session.clone()))
        });
        let (grant, session) = kept?;
        if now >= session.expires_at {
            let ended = self.end_session(session.id, EndReason::Expired, Actor::System);
            return unless_kept(ended.await.map(drop), now);
        }
        let whence = Whence::new(grant.address.parse().ok(), &grant.user_agent);
        let answered = self.inner.decide(|beliefs, now| {
            let presented = Presentation::NotAsked;
            let (session, app) = (&session, &grant.app);
            crate::judge::request(beliefs, session, app, presented, Some(whence), now)
        });
        let Answered::Decided(decision) = answered else {
            return Some(now + AGAIN);
        };
        let until = decision.valid_until().min(session.expires_at);
        let since = match *decision {
            Decision::Allow(_) => None,
            Decision::Refuse(_) => Some(now),
        };
        if grant.lapse.is_some() == since.is_some() {
            return Some(until);
        }
        if since.is_some() {
            self.record_decision(Actor::System, &decision);
        }
        let change = Change::GrantLapse { grant: id, since };
        let kept = self.commit(Plan::new(vec![change], Vec::new())).await;
        unless_kept(kept.map(drop), now).or(Some(until))
    }
}

/// When to try again what could not be kept.
fn unless_kept(kept: Result<(), LiveError>, now: Timestamp) -> Option<Timestamp> {
    match kept {
        Ok(())
        | Err(LiveError::Store(StoreError::Conflict(
            Conflict::SessionEnded | Conflict::Missing(_),
        ))) => None,
        Err(error) => {
            tracing::error!(%error, "what became of a grant could not be kept");
            Some(now + AGAIN)
        }
    }
}
