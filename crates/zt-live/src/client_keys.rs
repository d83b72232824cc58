//! Keys of clients that publish them at an address of their own (RFC 7591 §2, `jwks_uri`): which count, and when they are fetched
//! again. Whoever fetches them is not here: nothing here opens a socket, and nobody holds a lock while somebody does.
//!
//! What was fetched is kept in the store, so that a restart while the address is down shuts nobody out. It counts for a day
//! after it was fetched last, and not after the client names another address. In memory it is kept as it was read, so that no
//! request reads it again.

use crate::live::{Live, LiveError};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use zt_crypto::jose::foreign::{KeySet, KeySetError};
use zt_federation::{Client, RedirectUri};
use zt_store::{Change, ClientNote, Plan, State};
use zt_types::{ClientId, Seconds, Timestamp};

/// So long keys count that cannot be fetched any more.
pub const KEYS_COUNT_FOR: Seconds = Seconds::hours(24);
/// How long what was fetched is fresh, whatever its server says: a key that is taken out is gone after so long.
const SHORTEST: Seconds = Seconds::minutes(5);
const LONGEST: Seconds = Seconds::hours(1);
/// How long to wait after the first tries that failed, and after each further one.
const WAITS: [Seconds; 2] = [Seconds::minutes(1), Seconds::minutes(5)];
const LONGEST_WAIT: Seconds = Seconds::minutes(15);
/// A key that nobody knows makes us look no sooner after the last look: anybody can name one.
const LOOKED_LATELY: Seconds = Seconds::minutes(1);
/// That the same keys were fetched again is written this often: after a restart they count so much shorter at most.
const WRITTEN_AGAIN: Seconds = Seconds::hours(6);
/// How long a request of the client's waits for its own keys.
const PATIENCE: Duration = Duration::from_secs(5);

/// A key set of a client, as it was written and as it was read.
#[derive(Debug)]
pub struct ClientKeySet {
    text: String,
    set: Option<KeySet>,
}

impl ClientKeySet {
    /// Reads one.
    ///
    /// # Errors
    /// As [`KeySet::parse`].
    pub fn parse(text: &str) -> Result<Self, KeySetError> {
        let set = Some(KeySet::parse(text)?);
        let text = text.to_owned();
        Ok(Self { text, set })
    }

    /// One that was read before it was written down: of a client that shows a certificate, it may be that alone and no key.
    fn registered(text: &str) -> Self {
        let set = KeySet::parse(text).ok();
        let text = text.to_owned();
        Self { text, set }
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its keys, if something can be verified with them.
    #[must_use]
    pub const fn set(&self) -> Option<&KeySet> {
        self.set.as_ref()
    }
}

/// What is known of the keys of a client.
#[derive(Debug, Clone)]
pub struct FetchedKeys {
    /// From where.
    pub from: RedirectUri,
    /// The last key set that could be read, and when it was fetched.
    pub last: Option<(Arc<ClientKeySet>, Timestamp)>,
    /// When it was tried last.
    pub tried_at: Timestamp,
    /// When it is tried again.
    pub next_at: Timestamp,
    /// What went wrong the last time, as a slug.
    pub failed: Option<String>,
    /// How often in a row.
    pub failures: u32,
    /// When it was written last.
    written_at: Timestamp,
}

/// The same in the store.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    from: RedirectUri,
    last: Option<(String, Timestamp)>,
    tried_at: Timestamp,
    next_at: Timestamp,
    failed: Option<String>,
    failures: u32,
}

impl FetchedKeys {
    fn read(written: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(written).ok()?;
        let last = written.last.and_then(|(text, at)| {
            let keys = ClientKeySet::parse(&text).ok()?;
            Some((Arc::new(keys), at))
        });
        Some(Self {
            from: written.from,
            last,
            tried_at: written.tried_at,
            next_at: written.next_at,
            failed: written.failed,
            failures: written.failures,
            written_at: written.tried_at,
        })
    }

    fn written(&self) -> Written {
        let last = self.last.as_ref();
        Written {
            from: self.from.clone(),
            last: last.map(|(keys, at)| (keys.text.clone(), *at)),
            tried_at: self.tried_at,
            next_at: self.next_at,
            failed: self.failed.clone(),
            failures: self.failures,
        }
    }

    fn text(&self) -> Option<&str> {
        self.last.as_ref().map(|(keys, _)| keys.text())
    }

    /// Whether it says more than that time went by since it was written, or that was long ago. Anybody can make us look: the disk
    /// is not to be had for that.
    fn is_news_after(&self, before: Option<&Self>) -> bool {
        let Some(before) = before else {
            return true;
        };
        let is_old = self.failed.is_none() && self.tried_at >= before.written_at + WRITTEN_AGAIN;
        is_old || self.text() != before.text() || self.failed != before.failed
    }

    /// Whether nobody is to look again by now: it was looked at lately, or does not answer and has its time to come back.
    fn is_left_alone(&self, now: Timestamp) -> bool {
        now < self.tried_at + LOOKED_LATELY || (self.failures > 0 && now < self.next_at)
    }
}

/// What an address of a client's answered.
#[derive(Debug)]
pub struct Published {
    /// A key set.
    pub keys: ClientKeySet,
    /// How long its server says that it stays so.
    pub fresh_for: Option<Seconds>,
}

/// Keys that were fetched, and who waits for some.
#[derive(Debug)]
pub(crate) struct ClientKeys {
    /// Whoever holds it may look at the records; nobody who looks at the records takes it.
    known: Mutex<BTreeMap<ClientId, Arc<FetchedKeys>>>,
    wanted: Mutex<BTreeSet<ClientId>>,
    wake: Notify,
    fetched: watch::Sender<u64>,
}

impl ClientKeys {
    /// With what was written.
    pub(crate) fn of(state: &State) -> Self {
        let clients = state.clients.values();
        let with_address = clients.filter(|client| client.jwks_uri.is_some());
        let known = with_address.filter_map(|client| {
            let written = state.client_note(&client.id, ClientNote::Keys)?;
            Some((client.id.clone(), Arc::new(FetchedKeys::read(written)?)))
        });
        Self {
            known: Mutex::new(known.collect()),
            wanted: Mutex::default(),
            wake: Notify::new(),
            fetched: watch::Sender::new(0),
        }
    }

    /// Forgets the keys of clients that are gone, or have them elsewhere, and looks again at when keys are due.
    pub(crate) fn note_changes(&self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::PutClient(client) => {
                    let mut known = self.known.lock();
                    let kept = known.get(&client.id).map(|kept| &kept.from);
                    if kept.is_some() && kept != client.jwks_uri.as_ref() {
                        known.remove(&client.id);
                    }
                    self.wake.notify_one();
                }
                Change::RemoveClient(id) => {
                    self.known.lock().remove(id);
                }
                _ => {}
            }
        }
    }

    /// What is known of the keys at the address that the client names today.
    fn known(&self, client: &Client) -> Option<Arc<FetchedKeys>> {
        let from = client.jwks_uri.as_ref()?;
        let known = self.known.lock().get(&client.id).cloned()?;
        (known.from == *from).then_some(known)
    }

    fn want(&self, client: &Client) {
        if self.wanted.lock().insert(client.id.clone()) {
            self.wake.notify_one();
        }
    }
}

impl Live {
    /// The key set of a client: the one it is registered with, or the one at its address while that counts.
    #[must_use]
    pub fn keys_of(&self, client: &Client) -> Option<Arc<ClientKeySet>> {
        if client.jwks_uri.is_none() {
            let keys = client.keys.as_deref()?;
            return Some(Arc::new(ClientKeySet::registered(keys)));
        }
        let now = self.clock().now();
        let known = self.inner.client_keys.known(client)?;
        let (keys, fetched_at) = known.last.as_ref()?;
        (now < *fetched_at + KEYS_COUNT_FOR).then(|| Arc::clone(keys))
    }

    /// What is known of the keys at the address of a client, if it has one.
    #[must_use]
    pub fn fetched_keys(&self, client: &Client) -> Option<Arc<FetchedKeys>> {
        self.inner.client_keys.known(client)
    }

    /// Whether other keys of the client count than those of `before`, which did not fit: asks for them, if nobody did lately, and
    /// waits for them a little. Only the request that wants to know waits.
    pub async fn has_other_keys(&self, client: &Client, before: Option<&ClientKeySet>) -> bool {
        if client.jwks_uri.is_none() {
            return false;
        }
        let now = self.clock().now();
        let known = self.inner.client_keys.known(client);
        if !known.is_some_and(|known| known.is_left_alone(now)) {
            self.fetch_keys(client).await;
        }
        let after = self.keys_of(client);
        let after = after.as_deref().map(ClientKeySet::text);
        after.is_some() && after != before.map(ClientKeySet::text)
    }

    /// Has the keys of a client fetched, and waits for them a little: who comes too late has the keys of before.
    pub async fn fetch_keys(&self, client: &Client) {
        let keys = &self.inner.client_keys;
        let mut fetched = keys.fetched.subscribe();
        keys.want(client);
        let is_wanted = || keys.wanted.lock().contains(&client.id);
        let come = async { while is_wanted() && fetched.changed().await.is_ok() {} };
        let _ = tokio::time::timeout(PATIENCE, come).await;
    }

    /// Waits until somebody wants keys, or clients were written.
    pub async fn keys_wanted(&self) {
        self.inner.client_keys.wake.notified().await;
    }

    /// The clients whose keys are to be fetched now, and from where, without those that `under_way`; and when there are more.
    #[must_use]
    pub fn keys_to_fetch(
        &self,
        under_way: &BTreeSet<ClientId>,
    ) -> (Vec<(ClientId, RedirectUri)>, Option<Timestamp>) {
        let now = self.clock().now();
        let addresses: Vec<(ClientId, RedirectUri)> = self.read(|state| {
            let clients = state.clients.values();
            let others = clients.filter(|client| !under_way.contains(&client.id));
            let with_address = others.filter_map(|client| {
                let from = client.jwks_uri.clone()?;
                Some((client.id.clone(), from))
            });
            with_address.collect()
        });
        let keys = &self.inner.client_keys;
        let (known, wanted) = (keys.known.lock(), keys.wanted.lock());
        let mut later: Option<Timestamp> = None;
        let is_due = |(id, from): &(ClientId, RedirectUri)| {
            let known = known.get(id).filter(|known| known.from == *from);
            let next = known.map_or(now, |known| known.next_at);
            let is_due = next <= now || wanted.contains(id);
            if !is_due {
                later = Some(later.map_or(next, |later| later.min(next)));
            }
            is_due
        };
        let due = addresses.into_iter().filter(is_due).collect();
        (due, later)
    }

    /// Notes what came of fetching the keys of a client. What fails leaves the keys as they are.
    ///
    /// # Errors
    /// As [`Live::commit`].
    pub async fn note_keys(
        &self,
        id: &ClientId,
        from: &RedirectUri,
        got: Result<Published, &'static str>,
    ) -> Result<(), LiveError> {
        let done = self.keep_keys(id, from, got).await;
        self.inner.client_keys.wanted.lock().remove(id);
        self.inner
            .client_keys
            .fetched
            .send_modify(|count| *count += 1);
        done
    }

    async fn keep_keys(
        &self,
        id: &ClientId,
        from: &RedirectUri,
        got: Result<Published, &'static str>,
    ) -> Result<(), LiveError> {
        let now = self.clock().now();
        let keys = &self.inner.client_keys;
        let is_there = || {
            self.read(|state| {
                let client = state.clients.get(id);
                client.is_some_and(|client| client.jwks_uri.as_ref() == Some(from))
            })
        };
        // The client is gone, or has its keys elsewhere meanwhile.
        if !is_there() {
            return Ok(());
        }
        let before = keys.known.lock().get(id).cloned();
        let before = before.filter(|before| before.from == *from);
        let mut known = after(before.as_deref(), from, got, now);
        if known.is_news_after(before.as_deref()) {
            let Ok(value) = serde_json::to_vec(&known.written()) else {
                return Ok(());
            };
            let change = Change::NoteOfClient {
                client: id.clone(),
                note: ClientNote::Keys,
                value,
            };
            self.commit(Plan::new(vec![change], Vec::new())).await?;
        } else if let Some(before) = &before {
            known.written_at = before.written_at;
        }
        let mut all = keys.known.lock();
        // Whoever removes the client forgets its keys after that.
        if is_there() {
            all.insert(id.clone(), Arc::new(known));
        }
        Ok(())
    }
}

/// What is known after a try.
fn after(
    before: Option<&FetchedKeys>,
    from: &RedirectUri,
    got: Result<Published, &'static str>,
    now: Timestamp,
) -> FetchedKeys {
    let failures = before.map_or(0, |known| known.failures);
    let last = before.and_then(|known| known.last.clone());
    let (last, wait, failed, failures) = match got {
        Ok(Published { keys, fresh_for }) => {
            let fresh = fresh_for.unwrap_or(LONGEST).max(SHORTEST).min(LONGEST);
            (Some((Arc::new(keys), now)), fresh, None, 0)
        }
        Err(why) => {
            let wait = WAITS.get(usize::try_from(failures).unwrap_or(usize::MAX));
            let wait = wait.copied().unwrap_or(LONGEST_WAIT);
            (last, wait, Some(why.to_owned()), failures.saturating_add(1))
        }
    };
    FetchedKeys {
        from: from.clone(),
        last,
        tried_at: now,
        next_at: now + wait,
        failed,
        failures,
        written_at: now,
    }
}
