//! Metadata of service providers that publish it at an address (SAML metadata §2.3.2): what is read of it, and when it is fetched
//! again. Whoever fetches it is not here: nothing here opens a socket.
//!
//! What was read is in the record of the service provider, so that a restart while the address is down shuts nobody out; it counts
//! until its `validUntil`. How fetching goes is known in memory only: after a restart everything is fetched once. A document that is
//! wrong changes nothing.

use crate::live::{Live, LiveError};
use crate::provider_messages::shown;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use zt_crypto::xml::{EncryptionKey, PublicKey, verified};
use zt_events::{Actor, Body};
use zt_federation::RedirectUri;
use zt_federation::saml::{
    FetchedMetadata, KeyText, MetadataError, MetadataSource, ServiceProvider, SpMetadata,
};
use zt_federation::xml::{Content, Document};
use zt_store::{Change, Conflict, Plan, StoreError};
use zt_types::{ClientId, Seconds, Timestamp};

/// What was read is read again after so long, whatever it says of itself.
const SHORTEST: Seconds = Seconds::hours(1);
const LONGEST: Seconds = Seconds::hours(24);
/// How long to wait after the first tries that failed, and after each further one.
const WAITS: [Seconds; 3] = [
    Seconds::minutes(1),
    Seconds::minutes(5),
    Seconds::minutes(15),
];
const LONGEST_WAIT: Seconds = Seconds::hours(1);
/// How long somebody who asks for it waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// How fetching the metadata of a service provider goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataFetching {
    /// From where.
    pub from: RedirectUri,
    /// When it was last fetched and found right.
    pub fetched_at: Option<Timestamp>,
    /// When it was tried last.
    pub tried_at: Timestamp,
    /// When it is tried again.
    pub next_at: Timestamp,
    /// What went wrong the last time: a slug of the message family `telling-failure`, and a sentence in English.
    pub failed: Option<NotRead>,
    /// How often in a row.
    pub failures: u32,
}

/// Why metadata that was fetched, or was to be, counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct NotRead {
    /// The slug.
    pub slug: &'static str,
    /// The sentence, in English.
    pub detail: String,
}

impl NotRead {
    /// For this reason.
    #[must_use]
    pub fn new(slug: &'static str, detail: impl ToString) -> Self {
        Self {
            slug,
            detail: shown(&detail.to_string()),
        }
    }
}

/// Who is to be fetched from, and how it goes.
#[derive(Debug)]
pub(crate) struct ProviderMetadata {
    known: Mutex<BTreeMap<ClientId, MetadataFetching>>,
    wanted: Mutex<BTreeSet<ClientId>>,
    wake: Notify,
    fetched: watch::Sender<u64>,
}

impl Default for ProviderMetadata {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            wanted: Mutex::default(),
            wake: Notify::new(),
            fetched: watch::Sender::new(0),
        }
    }
}

impl ProviderMetadata {
    /// Forgets how it goes with service providers that are gone, and looks again at what is due.
    pub(crate) fn note_changes(&self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::PutServiceProvider(provider) => {
                    // Something else is demanded of it, or it is elsewhere: what went wrong before says nothing of that.
                    if source(provider).is_none_or(|from| from.read.is_none()) {
                        self.known.lock().remove(&provider.id);
                    }
                    self.wake.notify_one();
                }
                Change::RemoveServiceProvider(id) => {
                    self.known.lock().remove(id);
                }
                _ => {}
            }
        }
    }
}

/// The address it is fetched from, with what is demanded of it.
const fn source(provider: &ServiceProvider) -> Option<&FetchedMetadata> {
    match &provider.source {
        MetadataSource::Fetched(from) => Some(from),
        MetadataSource::Written | MetadataSource::Uploaded { .. } => None,
    }
}

impl Live {
    /// How fetching the metadata of a service provider goes, if it is fetched and was tried since this server began.
    #[must_use]
    pub fn metadata_fetching(&self, provider: &ServiceProvider) -> Option<MetadataFetching> {
        let from = &source(provider)?.url;
        let known = self.inner.provider_metadata.known.lock();
        let known = known.get(&provider.id).filter(|known| known.from == *from);
        known.cloned()
    }

    /// Has the metadata of a service provider fetched, and waits for it a little.
    pub async fn fetch_metadata(&self, provider: &ClientId) {
        let of = &self.inner.provider_metadata;
        let mut fetched = of.fetched.subscribe();
        of.wanted.lock().insert(provider.clone());
        of.wake.notify_one();
        let is_wanted = || of.wanted.lock().contains(provider);
        let come = async { while is_wanted() && fetched.changed().await.is_ok() {} };
        let _ = tokio::time::timeout(PATIENCE, come).await;
        of.wanted.lock().remove(provider);
    }

    /// Waits until somebody wants metadata, or service providers were written.
    pub async fn metadata_wanted(&self) {
        self.inner.provider_metadata.wake.notified().await;
    }

    /// The service providers whose metadata is to be fetched now, without those that are `under_way`; and when there are more.
    #[must_use]
    pub fn metadata_to_fetch(
        &self,
        under_way: &BTreeSet<ClientId>,
    ) -> (Vec<ServiceProvider>, Option<Timestamp>) {
        let now = self.clock().now();
        let fetched: Vec<ServiceProvider> = self.read(|state| {
            let providers = state.service_providers.values();
            let fetched = providers.filter(|provider| source(provider).is_some());
            let others = fetched.filter(|provider| !under_way.contains(&provider.id));
            others.cloned().collect()
        });
        let of = &self.inner.provider_metadata;
        let (known, wanted) = (of.known.lock(), of.wanted.lock());
        let mut later: Option<Timestamp> = None;
        let is_due = |provider: &ServiceProvider| {
            let from = source(provider).map(|from| &from.url);
            let known = known.get(&provider.id);
            let known = known.filter(|known| Some(&known.from) == from);
            let next = known.map_or(now, |known| known.next_at);
            let is_due = next <= now || wanted.contains(&provider.id);
            if !is_due {
                later = Some(later.map_or(next, |later| later.min(next)));
            }
            is_due
        };
        let due = fetched.into_iter().filter(is_due).collect();
        (due, later)
    }

    /// Notes what came of fetching the metadata of a service provider, `asked` being its record when that began. What fails leaves
    /// everything as it is.
    ///
    /// # Errors
    /// As [`Live::commit`].
    pub async fn note_metadata(
        &self,
        asked: &ServiceProvider,
        got: Result<String, NotRead>,
    ) -> Result<(), LiveError> {
        let mut done = Ok(Kept::No);
        // Whoever wrote the record meanwhile did not know what was fetched.
        while matches!(done, Ok(Kept::No)) {
            done = self.keep_metadata(asked, &got).await;
        }
        let of = &self.inner.provider_metadata;
        of.wanted.lock().remove(&asked.id);
        of.fetched.send_modify(|count| *count += 1);
        done.map(|_| ())
    }

    async fn keep_metadata(
        &self,
        asked: &ServiceProvider,
        got: &Result<String, NotRead>,
    ) -> Result<Kept, LiveError> {
        let now = self.clock().now();
        let kept = self.read(|state| state.service_providers.get(&asked.id).cloned());
        let Some((kept, from)) = kept.and_then(|kept| {
            let from = source(&kept)?.url.clone();
            // It is gone, or is published elsewhere meanwhile.
            (source(asked).map(|from| &from.url) == Some(&from)).then_some((kept, from))
        }) else {
            return Ok(Kept::Yes);
        };
        let read = match got {
            Ok(text) => renewed(&kept, text, now),
            Err(why) => Err(why.clone()),
        };
        let of = &self.inner.provider_metadata;
        let before = of.known.lock().get(&kept.id).cloned();
        let before = before.filter(|before| before.from == from);
        let known = after(before.as_ref(), from, read.as_ref(), now);
        let (app, client) = (kept.app.clone(), kept.id.clone());
        match read {
            Ok(new) => {
                let changed = differences(&kept, &new);
                if let Some(new) = (!is_the_same(&kept, &new)).then_some(new) {
                    let body = Body::MetadataRead {
                        app,
                        client,
                        changed: changed.iter().map(|slug| (*slug).to_owned()).collect(),
                    };
                    let event = self.event(Actor::System, body);
                    let events = if changed.is_empty() {
                        vec![]
                    } else {
                        vec![event]
                    };
                    let changes = vec![
                        Change::SameServiceProvider(Box::new(kept.clone())),
                        Change::PutServiceProvider(new),
                    ];
                    match self.commit(Plan::new(changes, events)).await {
                        Err(LiveError::Store(StoreError::Conflict(Conflict::ProviderMoved(_)))) => {
                            return Ok(Kept::No);
                        }
                        done => done?,
                    };
                }
            }
            Err(why) => {
                tracing::warn!(provider = %kept.id, why = why.slug, detail = why.detail, "the metadata of a service provider was not read");
                // That it fails again and again in the same way is told once.
                let told = before.and_then(|before| before.failed);
                if told.is_none_or(|told| told.slug != why.slug) {
                    let why = why.slug.to_owned();
                    let body = Body::MetadataNotRead { app, client, why };
                    self.record(Actor::System, body);
                }
            }
        }
        let is_there = self.read(|state| state.service_providers.contains_key(&kept.id));
        if is_there {
            of.known.lock().insert(kept.id, known);
        }
        Ok(Kept::Yes)
    }
}

/// Whether what was fetched is kept, or the record was written by somebody else first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Yes,
    No,
}

/// The record with what was fetched: from what was signed alone, where it must be signed.
fn renewed(kept: &ServiceProvider, text: &str, now: Timestamp) -> Result<ServiceProvider, NotRead> {
    let unreadable = |error: &dyn std::fmt::Display| NotRead::new("unreadable", error);
    let signers = source(kept).map_or(&[][..], |from| &from.signed_by);
    let document = Document::parse(text, Content::Metadata).map_err(|error| unreadable(&error))?;
    let said = if signers.is_empty() {
        SpMetadata::read(&document, now)
    } else {
        let keys: Vec<PublicKey> = usable(signers)?;
        let signed = verified(&document, &keys).map_err(|why| NotRead::new("signature", why))?;
        let signed = Document::parse(signed.text(), Content::Metadata);
        SpMetadata::read(&signed.map_err(|error| unreadable(&error))?, now)
    };
    let said = said.map_err(|why| not_read(&why))?;
    let new = said.renewed(kept, now).map_err(|why| not_read(&why))?;
    // Said now, and not when somebody's sign-in fails.
    let _: Vec<PublicKey> = usable(&new.signing)?;
    if let Some(Err(why)) = new.encryption.as_ref().map(EncryptionKey::of) {
        return Err(NotRead::new("keys", why));
    }
    match new.contradictions().first() {
        Some(contradiction) => Err(NotRead::new("contradiction", contradiction)),
        None => Ok(new),
    }
}

fn usable(keys: &[KeyText]) -> Result<Vec<PublicKey>, NotRead> {
    let keys = keys.iter().map(PublicKey::of_text);
    keys.collect::<Result<_, _>>()
        .map_err(|why| NotRead::new("keys", why))
}

fn not_read(why: &MetadataError) -> NotRead {
    let slug = match why {
        MetadataError::OtherEntity(_) => "other-entity",
        MetadataError::Expired(_) => "over",
        MetadataError::NoConsumer(_) => "no-consumer",
        MetadataError::NoEncryption => "no-encryption",
        _ => "unreadable",
    };
    NotRead::new(slug, why)
}

/// What of it is otherwise, as slugs: members of the record that its metadata says.
fn differences(before: &ServiceProvider, after: &ServiceProvider) -> Vec<&'static str> {
    let found = [
        ("consumers", before.consumers != after.consumers),
        ("logout", before.logout != after.logout),
        ("signing", before.signing != after.signing),
        ("encryption", before.encryption != after.encryption),
        ("requests", before.requests != after.requests),
    ];
    let found = found.into_iter().filter(|(_, is_so)| *is_so);
    found.map(|(slug, _)| slug).collect()
}

/// Whether nothing but the time went by since.
fn is_the_same(before: &ServiceProvider, after: &ServiceProvider) -> bool {
    let timeless = |of: &ServiceProvider| {
        let mut of = of.clone();
        if let MetadataSource::Fetched(FetchedMetadata {
            read: Some(read), ..
        }) = &mut of.source
        {
            // Since when it is known, once it is.
            read.at = read.at.map(|_| Timestamp::from_millis(0));
        }
        of
    };
    timeless(before) == timeless(after)
}

/// How it goes after a try.
fn after(
    before: Option<&MetadataFetching>,
    from: RedirectUri,
    read: Result<&ServiceProvider, &NotRead>,
    now: Timestamp,
) -> MetadataFetching {
    let failures = before.map_or(0, |known| known.failures);
    match read {
        Ok(new) => MetadataFetching {
            from,
            fetched_at: Some(now),
            tried_at: now,
            next_at: now + fresh_for(new, now),
            failed: None,
            failures: 0,
        },
        Err(why) => {
            let wait = WAITS.get(usize::try_from(failures).unwrap_or(usize::MAX));
            MetadataFetching {
                from,
                fetched_at: before.and_then(|known| known.fetched_at),
                tried_at: now,
                next_at: now + wait.copied().unwrap_or(LONGEST_WAIT),
                failed: Some(why.clone()),
                failures: failures.saturating_add(1),
            }
        }
    }
}

/// How long what was read is not read again: as it says, and no longer than half of what it counts, so that there is time where
/// its server is down just then.
fn fresh_for(provider: &ServiceProvider, now: Timestamp) -> Seconds {
    let read = source(provider).and_then(|from| from.read.as_ref());
    let said = read.and_then(|read| read.cache).unwrap_or(LONGEST);
    let until = read.and_then(|read| read.valid_until);
    let half = until.map_or(LONGEST, |until| Seconds(until.since(now).0 / 2));
    said.min(half).min(LONGEST).max(SHORTEST)
}
