//! Keys of clients that publish them at an address of their own (RFC 7591 §2, `jwks_uri`): which count, and when they are fetched
//! again. Whoever fetches them is not here: nothing here opens a socket, and nobody holds a lock while somebody does.
//!
//! What was fetched is kept with the settings, so that a restart while the address is down shuts nobody out. It counts for a day
//! after it was fetched last, and not after the client names another address.

use crate::live::{Live, LiveError};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use zt_federation::{Client, RedirectUri};
use zt_store::{Change, Plan, State};
use zt_types::{ClientId, Seconds, Timestamp};

/// So long keys count that cannot be fetched any more.
pub const KEYS_COUNT_FOR: Seconds = Seconds::hours(24);
/// How long what was fetched is fresh, whatever its server says: a key that is taken out is gone after so long.
const SHORTEST: Seconds = Seconds::minutes(5);
const LONGEST: Seconds = Seconds::hours(6);
/// If its server says nothing.
const USUAL: Seconds = Seconds::hours(1);
/// How long to wait after the first tries that failed, and after each further one.
const WAITS: [Seconds; 3] = [
    Seconds::minutes(1),
    Seconds::minutes(5),
    Seconds::minutes(15),
];
/// A key that nobody knows makes us look no sooner after the last look: anybody can name one.
const LOOKED_LATELY: Seconds = Seconds::minutes(1);
/// How long a request of the client's waits for its own keys.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known of the keys of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchedKeys {
    /// From where.
    pub from: RedirectUri,
    /// The last key set that could be read, as text, and when it was fetched.
    pub last: Option<(String, Timestamp)>,
    /// When it was tried last.
    pub tried_at: Timestamp,
    /// When it is tried again.
    pub next_at: Timestamp,
    /// What went wrong the last time, as a slug.
    pub failed: Option<String>,
    /// How often in a row.
    pub failures: u32,
}

/// What an address of a client's answered.
#[derive(Debug, Clone)]
pub struct Published {
    /// A key set, which was read.
    pub keys: String,
    /// How long its server says that it stays so.
    pub fresh_for: Option<Seconds>,
}

/// Who waits for keys.
#[derive(Debug)]
pub(crate) struct ClientKeys {
    wanted: Mutex<BTreeSet<ClientId>>,
    wake: Notify,
    fetched: watch::Sender<u64>,
}

impl ClientKeys {
    pub(crate) fn new() -> Self {
        Self {
            wanted: Mutex::default(),
            wake: Notify::new(),
            fetched: watch::Sender::new(0),
        }
    }

    /// Looks again at when keys are due, if clients were written.
    pub(crate) fn note_changes(&self, changes: &[Change]) {
        let is_about = |change: &Change| matches!(change, Change::PutClient(_));
        if changes.iter().any(is_about) {
            self.wake.notify_one();
        }
    }
}

fn setting(client: &ClientId) -> String {
    format!("keys/{client}")
}

/// What is known of the keys at the address that the client names today.
fn known(state: &State, client: &Client) -> Option<FetchedKeys> {
    let from = client.jwks_uri.as_ref()?;
    let kept = state.settings.get(&setting(&client.id))?;
    let known: FetchedKeys = serde_json::from_slice(kept).ok()?;
    (known.from == *from).then_some(known)
}

impl Live {
    /// The key set of a client, as text: the one it is registered with, or the one at its address while that counts.
    #[must_use]
    pub fn keys_of(&self, client: &Client) -> Option<String> {
        if client.jwks_uri.is_none() {
            return client.keys.clone();
        }
        let now = self.clock().now();
        let (keys, fetched_at) = self.read(|state| known(state, client))?.last?;
        (now < fetched_at + KEYS_COUNT_FOR).then_some(keys)
    }

    /// What is known of the keys at the address of a client, if it has one.
    #[must_use]
    pub fn fetched_keys(&self, client: &Client) -> Option<FetchedKeys> {
        self.read(|state| known(state, client))
    }

    /// Whether other keys of the client count than those of `before`, which did not fit: asks for them, if nobody did lately, and
    /// waits for them a little. Only the request that wants to know waits.
    pub async fn has_other_keys(&self, client: &Client, before: Option<&str>) -> bool {
        if client.jwks_uri.is_none() {
            return false;
        }
        let mut fetched = self.inner.client_keys.fetched.subscribe();
        if self.want_keys(client) {
            let is_wanted = || self.inner.client_keys.wanted.lock().contains(&client.id);
            let come = async { while is_wanted() && fetched.changed().await.is_ok() {} };
            // Who comes too late has the keys of before.
            let _ = tokio::time::timeout(PATIENCE, come).await;
        }
        let after = self.keys_of(client);
        after.is_some() && after.as_deref() != before
    }

    /// Asks for the keys of a client, unless they were looked at lately.
    fn want_keys(&self, client: &Client) -> bool {
        let now = self.clock().now();
        let known = self.fetched_keys(client);
        if known.is_some_and(|known| now < known.tried_at + LOOKED_LATELY) {
            return false;
        }
        self.inner
            .client_keys
            .wanted
            .lock()
            .insert(client.id.clone());
        self.inner.client_keys.wake.notify_one();
        true
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
        let wanted = self.inner.client_keys.wanted.lock().clone();
        let mut due = Vec::new();
        let mut later: Option<Timestamp> = None;
        self.read(|state| {
            let clients = state.clients.values();
            for client in clients.filter(|client| !under_way.contains(&client.id)) {
                let Some(from) = &client.jwks_uri else {
                    continue;
                };
                let next = known(state, client).map_or(now, |known| known.next_at);
                if next <= now || wanted.contains(&client.id) {
                    due.push((client.id.clone(), from.clone()));
                } else {
                    later = Some(later.map_or(next, |later| later.min(next)));
                }
            }
        });
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
        let before = self.read(|state| {
            let client = state.clients.get(id)?;
            let is_there = client.jwks_uri.as_ref() == Some(from);
            is_there.then(|| known(state, client))
        });
        // The client is gone, or has its keys elsewhere meanwhile.
        let Some(before) = before else {
            return Ok(());
        };
        let failures = before.as_ref().map_or(0, |known| known.failures);
        let last = before.and_then(|known| known.last);
        let kept = match got {
            Ok(published) => FetchedKeys {
                from: from.clone(),
                last: Some((published.keys, now)),
                tried_at: now,
                next_at: now + fresh(published.fresh_for),
                failed: None,
                failures: 0,
            },
            Err(why) => {
                let wait = WAITS.get(usize::try_from(failures).unwrap_or(usize::MAX));
                let longest = WAITS.last().copied().unwrap_or(USUAL);
                FetchedKeys {
                    from: from.clone(),
                    last,
                    tried_at: now,
                    next_at: now + wait.copied().unwrap_or(longest),
                    failed: Some(why.to_owned()),
                    failures: failures.saturating_add(1),
                }
            }
        };
        let Ok(value) = serde_json::to_vec(&kept) else {
            return Ok(());
        };
        let change = Change::PutSetting {
            name: setting(id),
            value,
        };
        self.commit(Plan::new(vec![change], Vec::new())).await?;
        Ok(())
    }
}

fn fresh(said: Option<Seconds>) -> Seconds {
    said.unwrap_or(USUAL).max(SHORTEST).min(LONGEST)
}
