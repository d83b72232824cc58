//! A passage: one session at one application from one device evidence, with the standing it has right now.

use crate::Whence;
use arc_swap::ArcSwapOption;
use parking_lot::{Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::watch;
use zt_auth::EndReason;
use zt_device::Presentation;
use zt_policy::{Permit, Refusal, Row};
use zt_types::{
    AppId, CapabilitySet, CertificateSerial, ConnectionId, DecisionId, NoDevice, PersonId,
    SessionId, Timestamp, TokenHash,
};

/// What tells the passages of one application cookie apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum PresentedKey {
    NotAsked,
    Nothing,
    Refused(NoDevice),
    // With the fingerprint: a serial number alone is not a certificate.
    Certificate(CertificateSerial, TokenHash),
}

impl PresentedKey {
    pub(crate) const fn of(presented: &Presentation) -> Self {
        match presented {
            Presentation::NotAsked => Self::NotAsked,
            Presentation::Nothing => Self::Nothing,
            Presentation::Refused(why) => Self::Refused(*why),
            Presentation::Certificate(certificate) => {
                Self::Certificate(certificate.serial, certificate.fingerprint)
            }
        }
    }
}

/// How a passage stands right now.
#[derive(Debug)]
pub enum Standing {
    /// It may go on.
    Permitted(Grant),
    /// It may not, for now.
    Refused {
        /// Why, and the way out.
        refusal: Refusal,
        /// The decision, as recorded.
        decision: DecisionId,
    },
    /// Its session is over.
    Over(EndReason),
}

impl Standing {
    /// The grant, if it may go on at `now`.
    #[must_use]
    pub fn grant(&self, now: Timestamp) -> Option<&Grant> {
        match self {
            Self::Permitted(grant) if now < grant.permit.valid_until() => Some(grant),
            _ => None,
        }
    }

    /// Until when this standing can possibly hold.
    pub(crate) fn valid_until(&self) -> Timestamp {
        match self {
            Self::Permitted(grant) => grant.permit.valid_until(),
            Self::Refused { refusal, .. } => refusal.valid_until(),
            Self::Over(_) => Timestamp::FAR_FUTURE,
        }
    }

    /// Whether a connection that needs `needs` may go on.
    fn carries(&self, needs: CapabilitySet) -> bool {
        matches!(self, Self::Permitted(grant) if needs.is_subset(grant.permit.capabilities()))
    }

    /// The slug a cut connection is told.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Permitted(_) => "limited",
            Self::Refused { refusal, .. } => refusal
                .reasons()
                .first()
                .map_or("refused", zt_policy::Reason::slug),
            Self::Over(_) => "session-ended",
        }
    }
}

/// A permit with what is made from it once.
#[derive(Debug)]
pub struct Grant {
    /// The permit.
    pub permit: Permit,
    /// The decision, as recorded.
    pub decision: DecisionId,
    /// The identity token made from this permit; it dies with it.
    identity: ArcSwapOption<Identity>,
    /// Counts how often something about the person or the session changed that left the permit as it was, such as her name.
    told: AtomicU64,
}

impl Grant {
    pub(crate) fn new(permit: Permit, decision: DecisionId) -> Self {
        Self {
            permit,
            decision,
            identity: ArcSwapOption::empty(),
            told: AtomicU64::new(0),
        }
    }

    /// What an identity token is made of is read after this: it belongs into [`Identity::told`].
    #[must_use]
    pub fn told(&self) -> u64 {
        self.told.load(Ordering::Acquire)
    }

    /// The identity token made last, if it still says what is so and no new one is due.
    #[must_use]
    pub fn identity(&self, now: Timestamp) -> Option<Arc<Identity>> {
        let identity = self.identity.load_full()?;
        (now < identity.refresh_at && identity.told == self.told()).then_some(identity)
    }

    /// Keeps the identity token made last.
    pub fn keep(&self, identity: Arc<Identity>) {
        self.identity.store(Some(identity));
    }

    /// What identity tokens say may be something else from now on.
    pub(crate) fn tell_anew(&self) {
        self.told.fetch_add(1, Ordering::AcqRel);
    }
}

/// A signed identity token, ready to be sent.
#[derive(Debug)]
pub struct Identity {
    /// The compact JWS, as header value bytes.
    pub token: bytes::Bytes,
    /// When a new one is due.
    pub refresh_at: Timestamp,
    /// [`Grant::told`] before what it says was read.
    pub told: u64,
}

/// One session at one application, from one device evidence, one address and one program.
#[derive(Debug)]
pub struct Passage {
    pub(crate) cookie: TokenHash,
    pub(crate) session: SessionId,
    pub(crate) person: PersonId,
    pub(crate) app: AppId,
    pub(crate) presented: Presentation,
    pub(crate) whence: Whence,
    standing: watch::Sender<Arc<Standing>>,
    connections: Mutex<BTreeMap<ConnectionId, ConnectionRecord>>,
    deciding: Mutex<()>,
    retired: AtomicBool,
    requests: AtomicU64,
    last_used: AtomicI64,
    row: OnceLock<Row>,
    /// Under which policies it was decided, counted.
    policies: AtomicU64,
}

/// What a live connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConnectionKind {
    /// A request and its answer.
    Exchange,
    /// A WebSocket.
    WebSocket,
    /// An answer without an end, such as server-sent events.
    Stream,
}

impl ConnectionKind {
    /// The slug for message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::WebSocket => "websocket",
            Self::Stream => "stream",
        }
    }
}

/// A live connection, as the console shows it.
#[derive(Debug, Clone)]
pub struct ConnectionRecord {
    /// What it is.
    pub kind: ConnectionKind,
    /// Since when.
    pub since: Timestamp,
    /// What it needs to go on.
    pub needs: CapabilitySet,
}

impl Passage {
    pub(crate) fn new(
        cookie: TokenHash,
        (session, person): (SessionId, PersonId),
        app: AppId,
        (presented, whence): (Presentation, Whence),
        standing: Standing,
    ) -> Self {
        Self {
            cookie,
            session,
            person,
            app,
            presented,
            whence,
            standing: watch::Sender::new(Arc::new(standing)),
            connections: Mutex::new(BTreeMap::new()),
            deciding: Mutex::new(()),
            retired: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            last_used: AtomicI64::new(0),
            row: OnceLock::new(),
            policies: AtomicU64::new(0),
        }
    }

    /// How it stands right now.
    #[must_use]
    pub fn standing(&self) -> Arc<Standing> {
        Arc::clone(&self.standing.borrow())
    }

    /// The session.
    #[must_use]
    pub const fn session(&self) -> SessionId {
        self.session
    }

    /// The person.
    #[must_use]
    pub const fn person(&self) -> PersonId {
        self.person
    }

    /// The application.
    #[must_use]
    pub const fn app(&self) -> &AppId {
        &self.app
    }

    /// Requests so far.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// When it was last used.
    #[must_use]
    pub fn last_used(&self) -> Timestamp {
        Timestamp::from_millis(self.last_used.load(Ordering::Relaxed))
    }

    /// The live connections on it.
    #[must_use]
    pub fn connections(&self) -> Vec<ConnectionRecord> {
        self.connections.lock().values().cloned().collect()
    }

    /// Its row among the live accesses; nothing before it is among them.
    pub(crate) fn row(&self) -> Option<Row> {
        self.row.get().copied()
    }

    pub(crate) fn is_at(&self, row: Row) {
        // It is put in once.
        let _ = self.row.set(row);
    }

    /// Whether it was decided under these policies.
    pub(crate) fn is_decided_under(&self, policies: u64) -> bool {
        self.policies.load(Ordering::Acquire) == policies
    }

    pub(crate) fn decided_under(&self, policies: u64) {
        self.policies.store(policies, Ordering::Release);
    }

    /// Held while this passage is decided anew: two decisions are put in place in the order in which they were made.
    pub(crate) fn deciding(&self) -> MutexGuard<'_, ()> {
        self.deciding.lock()
    }

    /// Changes the standing and wakes every connection. Returns those that cannot go on.
    pub(crate) fn stand(&self, standing: Standing) -> Vec<ConnectionId> {
        let standing = Arc::new(standing);
        // Nobody enters or leaves in between: one that enters afterwards sees the new standing, and one that is cut is
        // counted even if it is gone a moment later.
        let connections = self.connections.lock();
        if self.retired.load(Ordering::Relaxed) {
            return Vec::new();
        }
        self.standing.send_replace(Arc::clone(&standing));
        connections
            .iter()
            .filter(|(_, record)| !standing.carries(record.needs))
            .map(|(id, _)| *id)
            .collect()
    }

    /// Ends it for whoever still holds it, if no connection is on it: it is about to be forgotten, and what is forgotten is
    /// not decided again. Gives whether it did.
    pub(crate) fn retire_if_idle(&self) -> bool {
        let connections = self.connections.lock();
        if !connections.is_empty() {
            return false;
        }
        // Both under the lock: nobody puts another standing in place afterwards.
        self.retired.store(true, Ordering::Relaxed);
        let over = Standing::Over(EndReason::Expired);
        self.standing.send_replace(Arc::new(over));
        true
    }

    /// Enters a connection. From now on it is cut when the passage can no longer carry `needs`.
    ///
    /// The caller looks at [`LiveConnection::is_cut`] or awaits [`LiveConnection::cut`] from here on: a standing that
    /// changed between its own check and this call is seen there at once.
    #[must_use]
    pub fn enter(
        self: &Arc<Self>,
        id: ConnectionId,
        kind: ConnectionKind,
        needs: CapabilitySet,
        now: Timestamp,
    ) -> LiveConnection {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.last_used.store(now.as_millis(), Ordering::Relaxed);
        self.connections.lock().insert(
            id,
            ConnectionRecord {
                kind,
                since: now,
                needs,
            },
        );
        LiveConnection {
            id,
            needs,
            standing: self.standing.subscribe(),
            passage: Arc::clone(self),
        }
    }
}

/// A connection in the registry. Dropping it takes it out.
#[derive(Debug)]
pub struct LiveConnection {
    id: ConnectionId,
    needs: CapabilitySet,
    standing: watch::Receiver<Arc<Standing>>,
    passage: Arc<Passage>,
}

impl LiveConnection {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> ConnectionId {
        self.id
    }

    /// The passage it is on.
    #[must_use]
    pub const fn passage(&self) -> &Arc<Passage> {
        &self.passage
    }

    /// Says what the connection turned out to be.
    pub fn becomes(&self, kind: ConnectionKind) {
        if let Some(record) = self.passage.connections.lock().get_mut(&self.id) {
            record.kind = kind;
        }
    }

    /// Says that the connection turned out to need `more`, too. From now on it is cut without that; the caller looks at
    /// [`LiveConnection::is_cut`] once more.
    pub fn needs_also(&mut self, more: CapabilitySet) {
        self.needs = self.needs.union(more);
        if let Some(record) = self.passage.connections.lock().get_mut(&self.id) {
            record.needs = self.needs;
        }
    }

    /// Whether it must end now.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        !self.standing.borrow().carries(self.needs)
    }

    /// Waits until it must end, and says how the passage stands then.
    pub async fn cut(&mut self) -> Arc<Standing> {
        let needs = self.needs;
        match self
            .standing
            .wait_for(|standing| !standing.carries(needs))
            .await
        {
            Ok(standing) => Arc::clone(&standing),
            // The sender lives in the passage we hold; without it there is nobody left to permit anything.
            Err(_) => Arc::new(Standing::Over(EndReason::Expired)),
        }
    }
}

impl Drop for LiveConnection {
    fn drop(&mut self) {
        self.passage.connections.lock().remove(&self.id);
    }
}
