//! Fetching the keys of clients that publish them at an address of their own. What counts of them, and when they are fetched again, is
//! kept by [`zt_live::Live`].
//!
//! Nobody's request is held up by somebody else's keys: they are fetched by a task of their own, and a request that wants new ones
//! waits for those of its own client, a little.

use crate::Endpoints;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::{Id, JoinSet};
use zt_crypto::jose::foreign::KeySetError;
use zt_federation::RedirectUri;
use zt_live::{ClientKeySet, Published};
use zt_types::{ClientId, ManagedBy, Seconds};

/// So many key sets are fetched at once: clients that are to be told of ends have the other places.
const AT_ONCE: usize = 8;
/// So many of them of programs that registered themselves: one that answers slowly, under many names, holds up only its like.
const OF_STRANGERS: usize = 4;
/// When what could not be kept is tried again.
const AGAIN: Seconds = Seconds(5);

impl Endpoints {
    /// Fetches keys of clients, for as long as the task lives.
    pub async fn fetch_client_keys(self) {
        let mut fetching = JoinSet::new();
        let mut under_way: BTreeMap<Id, ClientId> = BTreeMap::new();
        loop {
            let busy: BTreeSet<ClientId> = under_way.values().cloned().collect();
            let (due, later) = self.live().keys_to_fetch(&busy);
            let mut strangers = busy.iter().filter(|id| self.is_stranger(id)).count();
            for (client, from) in due {
                if fetching.len() >= AT_ONCE {
                    break;
                }
                if self.is_stranger(&client) {
                    if strangers >= OF_STRANGERS {
                        continue;
                    }
                    strangers += 1;
                }
                let (endpoints, name) = (self.clone(), client.clone());
                let begun = fetching.spawn(async move {
                    endpoints.fetch_keys(&client, &from).await;
                });
                under_way.insert(begun.id(), name);
            }
            let later = async {
                match later {
                    Some(at) => self.live().clock().sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.live().keys_wanted() => {}
                // One that did not come to its end is over too, and its client's keys are due again.
                Some(fetched) = fetching.join_next_with_id() => {
                    let id = fetched.map_or_else(|error| error.id(), |(id, ())| id);
                    under_way.remove(&id);
                }
                () = later => {}
            }
        }
    }

    /// Whether it registered itself.
    fn is_stranger(&self, client: &ClientId) -> bool {
        let client = self.client_of(client);
        client.is_some_and(|client| client.managed_by == ManagedBy::Registration)
    }

    async fn fetch_keys(&self, client: &ClientId, from: &RedirectUri) {
        let got = self.published(from).await;
        if let Err(why) = &got {
            tracing::info!(%client, why, "the keys of a client could not be fetched");
        }
        if let Err(error) = self.live().note_keys(client, from, got).await {
            tracing::error!(%client, %error, "the keys of a client could not be kept");
            let clock = self.live().clock();
            clock.sleep_until(clock.now() + AGAIN).await;
        }
    }

    async fn published(&self, from: &RedirectUri) -> Result<Published, &'static str> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = from.as_str().parse().map_err(|_| "address")?;
        let accepted = HeaderValue::from_static("application/jwk-set+json, application/json");
        request.headers_mut().insert(header::ACCEPT, accepted);
        let answered = self.inner.parts.outbound.send(request).await;
        read(&answered.map_err(|error| error.as_str())?)
    }
}

/// The key set of an answer.
fn read(answer: &Response<Bytes>) -> Result<Published, &'static str> {
    match answer.status() {
        StatusCode::OK => {}
        status if status.is_redirection() => return Err("redirect"),
        _ => return Err("status"),
    }
    if !is_json(answer.headers()) {
        return Err("not-json");
    }
    let keys = std::str::from_utf8(answer.body()).map_err(|_| "no-key-set")?;
    let keys = ClientKeySet::parse(keys).map_err(|error| match error {
        KeySetError::Malformed => "no-key-set",
        KeySetError::Private => "private-keys",
        KeySetError::NoKey => "no-key",
    })?;
    Ok(Published {
        keys,
        fresh_for: fresh_for(answer.headers()),
    })
}

/// What is served as something else may be what somebody put there who is not the client.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// RFC 9111 §5.2.2.
fn fresh_for(headers: &HeaderMap) -> Option<Seconds> {
    let control = headers.get(header::CACHE_CONTROL)?.to_str().ok()?;
    let directives = control.split(',').map(str::trim);
    let mut longest = None;
    for directive in directives.map(str::to_ascii_lowercase) {
        match directive.split_once('=') {
            None if directive == "no-store" || directive == "no-cache" => return Some(Seconds(0)),
            Some(("max-age", age)) => longest = age.trim_matches('"').parse().ok().map(Seconds),
            _ => {}
        }
    }
    longest
}
