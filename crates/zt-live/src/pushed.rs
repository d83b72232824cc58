//! Requests that clients pushed, until a browser comes with the reference to one (RFC 9126).
//!
//! In memory: a request waits for a minute, and whoever signs in for it while the process ends begins again at the client.

use crate::live::Live;
use crate::origin::Origin;
use parking_lot::Mutex;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use zt_crypto::hash::{mint_token, token_hash};
use zt_federation::{Authentication, AuthorizationRequest, Client, RequestReference};
use zt_types::{ClientId, Seconds, Timestamp, TokenHash};

/// How long a browser has to come with a reference: one redirect (RFC 9126 §2.2).
pub const PUSHED_LIFETIME: Seconds = Seconds(60);
/// How long a person has to sign in, once the browser came.
const BEGUN_LIFETIME: Seconds = Seconds::hours(1);
/// More are not kept at a time of clients that prove who they are.
const MOST: usize = 7_000;
/// More are not kept of one of them.
const MOST_OF_CLIENT: usize = 2_000;
/// More are not kept at a time of clients that anybody can call himself: they have their own share, or nobody would be left any.
const MOST_OF_ANYBODY: usize = 3_000;
/// More are not kept of one of those …
const MOST_OF_PUBLIC_CLIENT: usize = 1_000;
/// … from one site for it …
const MOST_OF_SITE: usize = 200;
/// … and from one address.
const MOST_OF_NETWORK: usize = 50;
/// A larger request is not kept, in bytes.
const LARGEST: usize = 8 * 1024;
/// How often those that are over are looked for.
const SWEEP: Seconds = Seconds(10);

/// Why a request is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPushed {
    /// It is larger than what is kept.
    #[error("the request is too large")]
    TooLarge,
    /// Too many wait.
    #[error("too many requests wait for their browsers")]
    TooMany,
}

#[derive(Default)]
pub(crate) struct Pushed(Mutex<Waiting>);

impl Pushed {
    /// Drops what a client pushed.
    pub(crate) fn forget(&self, client: &ClientId) {
        self.0.lock().of.remove(client);
    }
}

#[derive(Default)]
struct Waiting {
    of: HashMap<ClientId, HashMap<TokenHash, Entry>>,
    /// Those of them that anybody can call himself.
    anybodys: BTreeSet<ClientId>,
    swept_at: Option<Timestamp>,
}

struct Entry {
    request: AuthorizationRequest,
    origin: Origin,
    at: Timestamp,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No browser came.
    Waits,
    /// A browser came with it.
    Begun,
}

impl Entry {
    fn is_over(&self, now: Timestamp) -> bool {
        now >= match self.stage {
            Stage::Waits => self.at + PUSHED_LIFETIME,
            Stage::Begun => self.at + BEGUN_LIFETIME,
        }
    }
}

impl Waiting {
    fn sweep(&mut self, now: Timestamp) {
        for entries in self.of.values_mut() {
            entries.retain(|_, entry| !entry.is_over(now));
        }
        self.of.retain(|_, entries| !entries.is_empty());
        self.anybodys.retain(|id| self.of.contains_key(id));
        self.swept_at = Some(now);
    }

    /// Makes place for one more: sign-ins that were begun and left longest ago go first, requests that wait never. Where anybody
    /// can send them, those go first that came from where most of them came from.
    fn make_place(&mut self, client: &Client, origin: &Origin) -> Result<(), NotPushed> {
        let is_anybody = client.authentication == Authentication::None;
        if is_anybody {
            self.anybodys.insert(client.id.clone());
        } else {
            self.anybodys.remove(&client.id);
        }
        let (most, most_of_client) = if is_anybody {
            (MOST_OF_ANYBODY, MOST_OF_PUBLIC_CLIENT)
        } else {
            (MOST, MOST_OF_CLIENT)
        };
        let alike = self
            .of
            .iter()
            .filter(|(id, _)| self.anybodys.contains(*id) == is_anybody);
        let has_place = alike.map(|(_, entries)| entries.len()).sum::<usize>() < most;
        let Some(own) = self.of.get_mut(&client.id) else {
            return if has_place {
                Ok(())
            } else {
                Err(NotPushed::TooMany)
            };
        };
        if is_anybody {
            let near = own
                .values()
                .filter(|entry| entry.origin.site == origin.site);
            let (mut of_site, mut of_network) = (0, 0);
            for entry in near {
                of_site += 1;
                of_network += usize::from(entry.origin.network == origin.network);
            }
            if of_site >= MOST_OF_SITE || of_network >= MOST_OF_NETWORK {
                return Err(NotPushed::TooMany);
            }
        }
        if has_place && own.len() < most_of_client {
            return Ok(());
        }
        let mut of_sites: HashMap<IpAddr, usize> = HashMap::new();
        if is_anybody {
            for entry in own.values() {
                *of_sites.entry(entry.origin.site).or_default() += 1;
            }
        }
        let begun = own.iter().filter(|(_, entry)| entry.stage == Stage::Begun);
        let rank = |entry: &Entry| {
            let of_site = of_sites.get(&entry.origin.site).copied();
            (Reverse(of_site), entry.at)
        };
        let first = begun.min_by_key(|(_, entry)| rank(entry));
        let first = first.map(|(key, _)| *key);
        own.remove(&first.ok_or(NotPushed::TooMany)?);
        Ok(())
    }
}

impl Live {
    /// Keeps a request of `client`, which came from `address`, and gives the reference to it.
    ///
    /// # Errors
    /// [`NotPushed`].
    pub fn push_request(
        &self,
        client: &Client,
        request: AuthorizationRequest,
        address: IpAddr,
    ) -> Result<RequestReference, NotPushed> {
        let size = serde_json::to_string(&request).map_or(usize::MAX, |text| text.len());
        if size > LARGEST {
            return Err(NotPushed::TooLarge);
        }
        let now = self.clock().now();
        let secret = mint_token(self.entropy().bytes());
        let mut waiting = self.inner.pushed.0.lock();
        let is_due = |at: Timestamp| now >= at + SWEEP;
        if waiting.swept_at.is_none_or(is_due) {
            waiting.sweep(now);
        }
        let origin = Origin::of(address);
        waiting.make_place(client, &origin)?;
        let entry = Entry {
            request,
            origin,
            at: now,
            stage: Stage::Waits,
        };
        let own = waiting.of.entry(client.id.clone()).or_default();
        own.insert(token_hash(&secret), entry);
        Ok(RequestReference::new(secret))
    }

    /// The request that `client` pushed, for a browser that came first at `since`: from then on it waits for the person. None if
    /// there is none, if it was answered, if the browser came too late, or if the client may not ask for it any more.
    #[must_use]
    pub fn begin_pushed(
        &self,
        client: &Client,
        reference: &RequestReference,
        since: Timestamp,
    ) -> Option<AuthorizationRequest> {
        let now = self.clock().now();
        let mut waiting = self.inner.pushed.0.lock();
        let own = waiting.of.get_mut(&client.id)?;
        let entry = own.get_mut(&token_hash(reference.secret()))?;
        let begins_in_time = since < entry.at + PUSHED_LIFETIME;
        let goes_on = now < entry.at + BEGUN_LIFETIME;
        let asked = entry.request.back.uri.as_str();
        let may = client.redirect_uri(asked).is_some()
            && client.check_scopes(&entry.request.scopes).is_ok();
        if !begins_in_time || !goes_on || !may {
            return None;
        }
        entry.stage = Stage::Begun;
        Some(entry.request.clone())
    }

    /// Uses a request up: it is answered now. Whether it was there is said once.
    #[must_use]
    pub fn take_pushed(&self, client: &ClientId, reference: &RequestReference) -> bool {
        let mut waiting = self.inner.pushed.0.lock();
        let own = waiting.of.get_mut(client);
        own.is_some_and(|own| own.remove(&token_hash(reference.secret())).is_some())
    }
}
