//! Service providers that a browser is led to when somebody signs out: whom it was led to, and who confirmed.
//!
//! Invariants: each is asked once, one at a time; an answer counts for the one request that is outstanding, once. Nothing here
//! decides where a browser goes: that is read from the registration when it goes.

use super::carried::Leave;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use zt_federation::saml::{MessageId, NameId};
use zt_types::{AppId, ClientId, PersonId, Seconds, SessionId, Text, Timestamp, TokenHash};

/// So many are asked at most: somebody waits for it.
pub(super) const MOST: usize = 16;
/// How long it goes on.
const COUNTS_FOR: Seconds = Seconds::minutes(10);
/// So many browsers are led at once; of more, the oldest is forgotten.
const MOST_CHAINS: usize = 20_000;

/// A service provider that has something of the session that ended.
#[derive(Debug, Clone)]
pub(super) struct Stop {
    pub(super) provider: ClientId,
    pub(super) name: Text,
    pub(super) app: AppId,
    pub(super) person: PersonId,
    pub(super) session: SessionId,
    /// What the person was called there.
    pub(super) name_id: NameId,
    /// What the session was called there.
    pub(super) index: String,
}

/// How it stands with one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// It was not asked yet.
    NotYet,
    /// The browser is there with this request.
    Asked(MessageId),
    /// It says that its session is over.
    Confirmed,
    /// It said something else, or nothing that counts.
    NotConfirmed,
    /// There is no way to ask it.
    Unreachable,
}

/// What comes when all were asked.
#[derive(Debug, Clone)]
pub(super) enum Then {
    /// A page of ours.
    Here,
    /// An address that a client registered.
    Client(String),
    /// The answer to the service provider that asked first; and whether all others were told.
    Provider(Box<Leave>, Others),
}

/// Whether those were told that no browser is led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// All of them.
    Told,
    /// Not all.
    NotAllTold,
}

/// One sign-out in one browser.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    pub(super) begun: Timestamp,
    pub(super) stops: Vec<(Stop, Heard)>,
    pub(super) then: Then,
}

impl Chain {
    /// Whether nobody is to be asked or waited for any more.
    pub(super) fn is_done(&self) -> bool {
        let open = |heard: &Heard| matches!(heard, Heard::NotYet | Heard::Asked(_));
        !self.stops.iter().any(|(_, heard)| open(heard))
    }

    /// Whether nobody was asked yet.
    pub(super) fn is_new(&self) -> bool {
        let is_new = |heard: &Heard| matches!(heard, Heard::NotYet | Heard::Unreachable);
        self.stops.iter().all(|(_, heard)| is_new(heard))
    }

    /// Whether everybody confirmed, and nobody was left out.
    pub(super) fn is_whole(&self) -> bool {
        let all = self
            .stops
            .iter()
            .all(|(_, heard)| *heard == Heard::Confirmed);
        all && !matches!(self.then, Then::Provider(_, Others::NotAllTold))
    }

    /// The next one, which is asked under this id now.
    pub(super) fn ask(&mut self, id: MessageId) -> Option<Stop> {
        let next = self.stops.iter_mut();
        let (stop, heard) = next
            .into_iter()
            .find(|(_, heard)| *heard == Heard::NotYet)?;
        *heard = Heard::Asked(id);
        Some(stop.clone())
    }

    /// Settles the one that is outstanding as not confirmed.
    pub(super) fn give_up(&mut self) -> Option<Stop> {
        let mut stops = self.stops.iter_mut();
        let (stop, heard) = stops.find(|(_, heard)| matches!(heard, Heard::Asked(_)))?;
        *heard = Heard::NotConfirmed;
        Some(stop.clone())
    }

    /// Settles the one that answers this request, if that is outstanding.
    pub(super) fn settle(
        &mut self,
        provider: &ClientId,
        request: &MessageId,
        as_what: Heard,
    ) -> Option<Stop> {
        let is_it = |(stop, heard): &&mut (Stop, Heard)| {
            stop.provider == *provider && *heard == Heard::Asked(request.clone())
        };
        let (stop, heard) = self.stops.iter_mut().find(is_it)?;
        *heard = as_what;
        Some(stop.clone())
    }
}

/// All of this process, by the hash of the browser's cookie. They are not kept longer than it runs: a chain that is cut off tells
/// nobody that anything is over which is not.
#[derive(Debug, Default)]
pub(crate) struct Chains(Mutex<BTreeMap<TokenHash, Chain>>);

impl Chains {
    /// Begins one, and gives those of forgotten ones that never answered.
    pub(super) fn begin(&self, token: TokenHash, chain: Chain) -> Vec<Stop> {
        let now = chain.begun;
        let mut chains = self.0.lock();
        let mut forgotten = Vec::new();
        chains.retain(|_, chain| {
            let is_kept = !is_over(chain, now);
            if !is_kept {
                forgotten.append(&mut chain.stops);
            }
            is_kept
        });
        if chains.len() >= MOST_CHAINS {
            let oldest = chains.iter().min_by_key(|(_, chain)| chain.begun);
            if let Some(token) = oldest.map(|(token, _)| *token)
                && let Some(chain) = chains.remove(&token)
            {
                forgotten.extend(chain.stops);
            }
        }
        chains.insert(token, chain);
        let open = |heard: &Heard| matches!(heard, Heard::NotYet | Heard::Asked(_));
        let silent = forgotten.into_iter().filter(|(_, heard)| open(heard));
        silent.map(|(stop, _)| stop).collect()
    }

    /// Does something with the one of a browser; `None` if there is none, or no more.
    pub(super) fn with<T>(
        &self,
        token: &TokenHash,
        now: Timestamp,
        act: impl FnOnce(&mut Chain) -> T,
    ) -> Option<T> {
        let mut chains = self.0.lock();
        let chain = chains.get_mut(token)?;
        (!is_over(chain, now)).then(|| act(chain))
    }

    /// Ends it.
    pub(super) fn forget(&self, token: &TokenHash) {
        self.0.lock().remove(token);
    }

    /// Whether any browser is at this service provider with this request.
    pub(super) fn awaits(&self, provider: &ClientId, request: &MessageId, now: Timestamp) -> bool {
        let chains = self.0.lock();
        let mut all = chains.values().filter(|chain| !is_over(chain, now));
        all.any(|chain| {
            let mut stops = chain.stops.iter();
            stops.any(|(stop, heard)| {
                stop.provider == *provider && *heard == Heard::Asked(request.clone())
            })
        })
    }
}

fn is_over(chain: &Chain, now: Timestamp) -> bool {
    now.since(chain.begun) > COUNTS_FOR
}
