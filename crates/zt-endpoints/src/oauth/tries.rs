//! How often somebody at one address may come as a client without proving to be it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use zt_auth::{GuessCounter, GuessScope, Lockout, Verdict};
use zt_types::{ClientId, Timestamp};

/// More counters than this are not kept: the ones of whoever tried least lately are forgotten.
const MOST: usize = 10_000;

/// Counts wrong tries by the client they name, or by none if nobody is registered so, and the address they come from, with the
/// bounds on guesses from one address ([`Lockout::ADDRESS`]). In memory: a client's secret is too long to be guessed, and what
/// is bounded is the work.
#[derive(Debug, Default)]
pub(crate) struct Tries(Mutex<BTreeMap<Key, GuessCounter>>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    client: Option<ClientId>,
    scope: String,
}

/// How many seconds to wait.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wait(pub(super) i64);

fn key(client: Option<&ClientId>, address: IpAddr) -> (Key, GuessScope) {
    let scope = GuessScope::from_address(&address.to_string());
    let name = match &scope {
        GuessScope::Address { address } => address.clone(),
        GuessScope::Person { .. } | GuessScope::UnknownLogin { .. } => String::new(),
    };
    let client = client.cloned();
    (
        Key {
            client,
            scope: name,
        },
        scope,
    )
}

impl Tries {
    /// Whether one more try may be looked at.
    pub(super) fn admit(
        &self,
        client: Option<&ClientId>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), Wait> {
        let tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.is_empty() {
            return Ok(());
        }
        let (key, scope) = key(client, address);
        let Some(counter) = tries.get(&key) else {
            return Ok(());
        };
        match GuessCounter::count(Some(counter), &scope, now).latest {
            Verdict::Proceed => Ok(()),
            Verdict::Wait { until } => {
                Err(Wait(i64::try_from(until.since(now).0).unwrap_or(1).max(1)))
            }
        }
    }

    /// Forgets what was wrong before: the client is there, and makes a mistake now and then.
    pub(super) fn right(&self, client: Option<&ClientId>, address: IpAddr) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !tries.is_empty() {
            tries.remove(&key(client, address).0);
        }
    }

    /// Counts a try that was wrong.
    pub(super) fn wrong(&self, client: Option<&ClientId>, address: IpAddr, now: Timestamp) {
        let (key, scope) = key(client, address);
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= MOST && !tries.contains_key(&key) {
            let forgotten = Lockout::ADDRESS.forgotten_after.unwrap_or_default();
            tries.retain(|_, counter| now < counter.last_at + forgotten);
            if tries.len() >= MOST {
                let oldest = tries.iter().min_by_key(|(_, counter)| counter.last_at);
                let oldest = oldest.map(|(key, _)| key.clone());
                oldest.map(|key| tries.remove(&key));
            }
        }
        let counted = GuessCounter::count(tries.get(&key), &scope, now);
        tries.insert(key, counted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn each_client_and_address_has_its_own() {
        let tries = Tries::default();
        let client = ClientId::new("wiki-web").unwrap();
        let [here, there] = [7, 8].map(|last| IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)));
        let at = Timestamp::from_seconds;
        let mut looked_at = 0;
        for _ in 0..200 {
            if tries.admit(Some(&client), here, at(0)).is_ok() {
                looked_at += 1;
                tries.wrong(Some(&client), here, at(0));
            }
        }
        assert_eq!(looked_at, Lockout::ADDRESS.free);
        assert_eq!(tries.admit(Some(&client), here, at(0)), Err(Wait(5)));
        assert_eq!(tries.admit(Some(&client), there, at(0)), Ok(()));
        assert_eq!(tries.admit(None, here, at(0)), Ok(()));
        assert_eq!(tries.admit(Some(&client), here, at(5)), Ok(()));
        assert_eq!(tries.admit(Some(&client), here, at(3600)), Ok(()));
        tries.right(Some(&client), there);
        assert_eq!(tries.admit(Some(&client), here, at(0)), Err(Wait(5)));
        tries.right(Some(&client), here);
        assert_eq!(tries.admit(Some(&client), here, at(0)), Ok(()));
    }

    #[test]
    fn there_are_only_so_many() {
        let tries = Tries::default();
        for n in 0..(MOST as u32 + 50) {
            let at = Timestamp::from_seconds(i64::from(n) / 100);
            tries.wrong(None, IpAddr::V4(Ipv4Addr::from(n)), at);
        }
        assert_eq!(tries.0.lock().unwrap().len(), MOST);
    }
}
