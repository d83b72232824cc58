//! How many refusals are written down: what anybody can cause must not fill the disk, nor hide what somebody else causes.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use zt_auth::GuessScope;
use zt_types::{ClientId, Timestamp};

/// Refusals in one minute of one client that proved to be it.
const MOST_OF_CLIENT: u32 = 600;
/// Of whoever is behind one address (IPv6: a /64) and proved nothing.
const MOST_OF_ADDRESS: u32 = 60;
/// Of all of those together.
const MOST_OF_STRANGERS: u32 = 600;

/// Whose request was refused.
#[derive(Debug)]
pub enum Whose<'a> {
    /// A client's, which proved to be it.
    Client(&'a ClientId),
    /// Anybody's who comes from there.
    Stranger(IpAddr),
}

/// Counts refusals by the minute.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<Minute>);

#[derive(Debug, Default)]
struct Minute {
    /// Since the epoch.
    number: i64,
    clients: HashMap<ClientId, u32>,
    /// Only whoever is written down has a place here: there are no more than [`MOST_OF_STRANGERS`].
    addresses: HashMap<GuessScope, u32>,
    strangers: u32,
}

impl Refusals {
    /// Whether one more is written down now.
    #[must_use]
    pub fn admits(&self, whose: Whose<'_>, now: Timestamp) -> bool {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.as_seconds().div_euclid(60);
        if minute.number != number {
            *minute = Minute {
                number,
                ..Minute::default()
            };
        }
        match whose {
            Whose::Client(client) => {
                let count = minute.clients.entry(client.clone()).or_default();
                *count = count.saturating_add(1);
                *count <= MOST_OF_CLIENT
            }
            Whose::Stranger(_) if minute.strangers >= MOST_OF_STRANGERS => false,
            Whose::Stranger(address) => {
                let from = GuessScope::from_address(&address.to_string());
                let count = minute.addresses.entry(from).or_default();
                if *count >= MOST_OF_ADDRESS {
                    return false;
                }
                *count += 1;
                minute.strangers += 1;
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_uses_up_what_is_anothers() {
        let refusals = Refusals::default();
        let now = Timestamp::from_seconds(1_000_020);
        let [one, other] = ["one", "other"].map(|id| ClientId::new(id).unwrap());
        let count = |from: &str| {
            let address: IpAddr = from.parse().unwrap();
            let admits = |_: &u32| refusals.admits(Whose::Stranger(address), now);
            (0..2_000).filter(admits).count()
        };
        assert_eq!(count("2001:db8:1:1::1"), MOST_OF_ADDRESS as usize);
        assert_eq!(count("2001:db8:1:1::2"), 0, "the same network");
        assert_eq!(count("192.0.2.1"), MOST_OF_ADDRESS as usize);
        for network in 2..10 {
            count(&format!("2001:db8:1:{network}::1"));
        }
        assert_eq!(count("192.0.2.2"), 0, "together they have a bound");
        let of_one = |_: &u32| refusals.admits(Whose::Client(&one), now);
        assert_eq!((0..2_000).filter(of_one).count(), MOST_OF_CLIENT as usize);
        assert!(refusals.admits(Whose::Client(&other), now));
        let later = Timestamp::from_seconds(1_000_080);
        let stranger = Whose::Stranger("192.0.2.2".parse().unwrap());
        assert!(refusals.admits(stranger, later));
        assert!(refusals.admits(Whose::Client(&one), later));
    }
}
