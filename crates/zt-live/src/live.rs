//! The decision point itself.

use crate::beliefs::Beliefs;
use crate::client_keys::ClientKeys;
use crate::consult::Answers;
use crate::device_requests::DeviceRequests;
use crate::lapses::Lapses;
use crate::pace::Pace;
use crate::passage::Passage;
use crate::passages::Passages;
use crate::provider_metadata::ProviderMetadata;
use crate::pushed::Pushed;
use crate::shadow::Samples;
use crate::subjects::Names;
use crate::turns::Turns;
use crate::wheel::Wheel;
use parking_lot::RwLock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;
use zt_auth::GrantState;
use zt_events::{Actor, Body, Event, FORMAT};
use zt_net::{Clock, Entropy};
use zt_policy::{Decision, PolicyError, PolicySet};
use zt_store::{
    Change, Deciding, EventFilter, Forgotten, LoggedEvent, Plan, State, Store, StoreError,
};
use zt_trust::Places;
use zt_types::{
    AppId, ConnectionId, DecisionId, DeviceId, EventId, PersonId, SessionId, Timestamp,
};

/// So many sign-in flows are forgotten in one commit: others must not wait long for their turn.
const FORGOTTEN_AT_ONCE: usize = 1_000;

/// The decision point. Clones share it.
#[derive(Clone)]
pub struct Live {
    pub(crate) inner: Arc<Inner>,
}

/// What a decision point is made of.
pub struct Parts {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Clock,
    /// Where random bytes come from.
    pub entropy: Entropy,
    /// Where addresses are.
    pub places: Arc<Places>,
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) beliefs: RwLock<Beliefs>,
    pub(crate) passages: Passages,
    pub(crate) pace: Pace,
    /// How fast a session may be given codes.
    pub(crate) codes_pace: Pace,
    /// Requests of service providers to sign out.
    pub(crate) taken: crate::provider_messages::Taken,
    /// Sign-ins of theirs that had to be proven anew.
    pub(crate) answered: crate::provider_messages::Taken,
    pub(crate) sign_in_refusals: crate::Refusals,
    pub(crate) signed_refusals: crate::Refusals,
    pub(crate) pushed: Pushed,
    /// Counts the sets of policies that were in force: a passage that was decided under another is decided anew.
    pub(crate) policies_so_far: AtomicU64,
    pub(crate) samples: Samples,
    pub(crate) wheel: Arc<Wheel>,
    pub(crate) lapses: Arc<Lapses>,
    pub(crate) client_keys: ClientKeys,
    pub(crate) provider_keys: crate::provider_keys::ProviderKeys,
    pub(crate) provider_metadata: ProviderMetadata,
    pub(crate) answers: Answers,
    pub(crate) turns: Turns,
    pub(crate) devices: DeviceRequests,
    /// Changes of what decides are taken one after the other: each is compiled over the one before it.
    pub(crate) applying: tokio::sync::Mutex<()>,
    /// Changes that can shut out an account of last resort are judged one after the other, each by what the one before left.
    pub(crate) guarding: tokio::sync::Mutex<()>,
    /// Signals are taken one after the other: what one does depends on what the one before it did.
    pub(crate) ingesting: tokio::sync::Mutex<()>,
    /// Counts what pages that show live state want to know of.
    pub(crate) changed: watch::Sender<u64>,
    connection_prefix: [u8; 8],
    pub(crate) names: Names,
    connections: AtomicU64,
}

/// Why the decision point could not do it.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The store did not take it; nothing was changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The policies would not compile; nothing was changed.
    #[error("the policies do not compile: {}", first(.0))]
    Policies(Vec<PolicyError>),
    /// It would shut out an account of last resort, which must be there on the day on which nothing else is; nothing was
    /// changed.
    #[error("`{0}` is an account of last resort: it stays active and keeps its role")]
    LastResort(String),
    /// Clients could not be told of sessions.
    #[error(transparent)]
    NoAlias(#[from] zt_crypto::alias::NoAlias),
    /// The process is going down.
    #[error("the server is shutting down; whether this was kept is not known")]
    Interrupted,
}

fn first(errors: &[PolicyError]) -> String {
    errors.first().map(ToString::to_string).unwrap_or_default()
}

/// A connection that was told to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The connection.
    pub connection: ConnectionId,
    /// Whose.
    pub person: PersonId,
    /// Its session.
    pub session: SessionId,
    /// The application.
    pub app: AppId,
    /// The device it claims to be on, whether that counts any more or not.
    pub device: Option<DeviceId>,
    /// Why, as a slug.
    pub why: &'static str,
}

/// Compiles what decides. `before`: the policies in force, whose numbers are kept.
pub(crate) fn compile(
    deciding: &Deciding,
    before: Option<&PolicySet>,
    places: &Places,
) -> Result<Arc<PolicySet>, LiveError> {
    let (documents, register) = (
        deciding.documents(),
        deciding.register(&places.unreported()),
    );
    match before {
        Some(before) => before.compile_next(&documents, &register),
        None => PolicySet::compile(&documents, &register),
    }
    .map(Arc::new)
    .map_err(LiveError::Policies)
}

impl Live {
    /// Reads everything the store keeps and begins to decide. Spawns the task that re-decides by time.
    ///
    /// # Errors
    /// [`LiveError::Store`] if the records cannot be read, [`LiveError::Policies`] if what is kept does not compile.
    pub async fn open(parts: Parts) -> Result<Self, LiveError> {
        let Parts {
            store,
            clock,
            entropy,
            places,
        } = parts;
        let mut state = store.load().await?;
        let connection_prefix = entropy.bytes();
        let salt = crate::subjects::salt(&*store, &entropy, &mut state).await?;
        let names = Names::new(salt)?;
        let policies = compile(&Deciding::of(&state), None, &places)?;
        let (samples, taken) = Samples::new();
        let inner = Arc::new(Inner {
            connection_prefix,
            names,
            passages: Passages::new(Arc::clone(&policies)),
            pace: Pace::passages(),
            codes_pace: Pace::codes(),
            taken: Default::default(),
            answered: Default::default(),
            sign_in_refusals: Default::default(),
            signed_refusals: crate::Refusals::signed(),
            pushed: Pushed::default(),
            client_keys: ClientKeys::of(&state),
            provider_keys: Default::default(),
            provider_metadata: ProviderMetadata::default(),
            beliefs: RwLock::new(Beliefs::new(state, policies, places)),
            policies_so_far: AtomicU64::new(0),
            samples,
            wheel: Arc::default(),
            lapses: Arc::new(Lapses::new()),
            answers: Answers::default(),
            turns: Turns::default(),
            devices: DeviceRequests::default(),
            applying: tokio::sync::Mutex::new(()),
            guarding: tokio::sync::Mutex::new(()),
            ingesting: tokio::sync::Mutex::new(()),
            changed: watch::Sender::new(0),
            connections: AtomicU64::new(0),
            store,
            clock,
            entropy,
        });
        let live = Self { inner };
        let inner = &live.inner;
        tokio::spawn(crate::shadow::look(taken, Arc::downgrade(inner)));
        tokio::spawn(crate::wheel::turn(
            Arc::clone(&inner.wheel),
            inner.clock.clone(),
            Arc::downgrade(inner),
        ));
        tokio::spawn(crate::lapses::watch(
            Arc::clone(&inner.lapses),
            inner.clock.clone(),
            Arc::downgrade(inner),
        ));
        Ok(live)
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Where random bytes come from.
    #[must_use]
    pub fn entropy(&self) -> &Entropy {
        &self.inner.entropy
    }

    /// The store, for what is not a record: counting guesses, reading events.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// Looks at the records. `look` must be quick: nothing changes while it runs.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(self.inner.beliefs.read().state())
    }

    /// The policies in force.
    #[must_use]
    pub fn policies(&self) -> Arc<PolicySet> {
        Arc::clone(&self.inner.beliefs.read().policies)
    }

    /// What policies could read and nothing reports here, as [`zt_policy::Register::unreported`] has it.
    #[must_use]
    pub fn unreported(&self) -> Vec<&'static str> {
        self.inner.beliefs.read().places.unreported()
    }

    /// Events, newest first.
    ///
    /// # Errors
    /// As [`Store::events`].
    pub async fn events(&self, filter: EventFilter) -> Result<Vec<LoggedEvent>, LiveError> {
        Ok(self.inner.store.events(filter).await?)
    }

    /// Forgets what was over before `before`, on the disk and in memory: see [`Store::forget_before`]. Sign-in flows and codes
    /// that no client redeemed are forgotten as soon as they are over: each is soon begun, and nobody looks at an old one.
    ///
    /// # Errors
    /// As [`Store::forget_before`] and [`Live::commit`].
    pub async fn forget_before(&self, before: Timestamp) -> Result<Forgotten, LiveError> {
        let now = self.inner.clock.now();
        loop {
            let over: Vec<Change> = self.read(|state| {
                let flows = state.flows.values().filter(|flow| flow.expires_at <= now);
                let codes = state.grants.values().filter(
                    |grant| matches!(grant.state, GrantState::Code { until, .. } if until <= now),
                );
                flows
                    .map(|flow| Change::RemoveFlow(flow.id))
                    .chain(codes.map(|grant| Change::ForgetCode(grant.id)))
                    .take(FORGOTTEN_AT_ONCE)
                    .collect()
            });
            if over.is_empty() {
                break;
            }
            self.commit(Plan::new(over, Vec::new())).await?;
        }
        let forgotten = self.inner.store.forget_before(before).await?;
        // Between the two, memory knows more than the disk: of what is over, which lets nobody in.
        self.inner.beliefs.write().forget_before(before);
        Ok(forgotten)
    }

    /// An event that happens now.
    #[must_use]
    pub fn event(&self, actor: Actor, body: Body) -> Event {
        self.inner.event(actor, body)
    }

    /// Records a plain access event, soon.
    pub fn record(&self, actor: Actor, body: Body) {
        self.inner.store.record(self.inner.event(actor, body));
    }

    /// Records a decision that was made outside of a passage, soon, with everything that deciding it again needs.
    pub fn record_decision(&self, actor: Actor, decision: &Decision) -> DecisionId {
        self.inner.decided(actor, decision)
    }

    /// Whether what must be recorded can be: see [`Store::is_crowded`].
    #[must_use]
    pub fn can_record(&self) -> bool {
        !self.inner.store.is_crowded()
    }

    /// Counts up whenever something changed that a live page may show.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// A new connection's id.
    #[must_use]
    pub fn connection_id(&self) -> ConnectionId {
        let count = self.inner.connections.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0u8; 16];
        // Random per process, counted within: ids are drawn for every request and need not be unguessable.
        for (slot, byte) in bytes.iter_mut().zip(
            self.inner
                .connection_prefix
                .into_iter()
                .chain(count.to_be_bytes()),
        ) {
            *slot = byte;
        }
        ConnectionId::from_random(bytes)
    }
}

impl Inner {
    pub(crate) fn event(&self, actor: Actor, body: Body) -> Event {
        Event {
            v: FORMAT,
            id: EventId::from_random(self.entropy.bytes()),
            at: self.clock.now(),
            actor,
            body,
        }
    }

    /// Records that a connection was told to end.
    pub(crate) fn tell_cut(
        &self,
        passage: &Passage,
        device: Option<DeviceId>,
        connection: ConnectionId,
        why: &'static str,
    ) -> Cut {
        let cut = Cut {
            connection,
            person: passage.person,
            session: passage.session,
            app: passage.app.clone(),
            device,
            why,
        };
        self.store.record(self.event(
            Actor::System,
            Body::ConnectionCut {
                connection,
                person: cut.person,
                session: cut.session,
                device,
                app: cut.app.clone(),
                why: why.to_owned(),
            },
        ));
        cut
    }
}
