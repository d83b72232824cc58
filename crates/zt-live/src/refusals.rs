//! How many refusals are written down, or signed: what anybody can cause must not fill the disk, hide what somebody else causes, or
//! keep the processor busy.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use zt_auth::GuessScope;
use zt_types::{ClientId, PersonId, Timestamp};

/// How many in one minute.
#[derive(Debug, Clone, Copy)]
struct Most {
    /// Of one client that proved to be it.
    client: u32,
    /// Of one person who is signed in.
    person: u32,
    /// Of whoever is behind one address (IPv6: a /64) and proved nothing.
    address: u32,
    /// Of all of those together.
    strangers: u32,
}

/// How many refusals are written down.
const WRITTEN_DOWN: Most = Most {
    client: 600,
    person: 120,
    address: 60,
    strangers: 600,
};
/// How many are signed: that costs more than to ask. A company may be behind one address, whose browsers are all asked quietly
/// whether somebody is signed in.
const SIGNED: Most = Most {
    address: 1_200,
    strangers: 60_000,
    ..WRITTEN_DOWN
};

/// Whose request was refused.
#[derive(Debug)]
pub enum Whose<'a> {
    /// A client's, which proved to be it.
    Client(&'a ClientId),
    /// A person's, who is signed in.
    Person(PersonId),
    /// Anybody's who comes from there.
    Stranger(IpAddr),
}

/// Counts refusals by the minute.
#[derive(Debug)]
pub struct Refusals {
    most: Most,
    minute: Mutex<Minute>,
}

impl Default for Refusals {
    /// Those that are written down.
    fn default() -> Self {
        Self {
            most: WRITTEN_DOWN,
            minute: Mutex::default(),
        }
    }
}

#[derive(Debug, Default)]
struct Minute {
    /// Since the epoch.
    number: i64,
    clients: HashMap<ClientId, u32>,
    people: HashMap<PersonId, u32>,
    /// Only whoever is admitted has a place here: there are no more than of strangers together.
    addresses: HashMap<GuessScope, u32>,
    strangers: u32,
}

impl Refusals {
    /// Those that are signed.
    #[must_use]
    pub fn signed() -> Self {
        Self {
            most: SIGNED,
            minute: Mutex::default(),
        }
    }

    /// Whether there may be one more now.
    #[must_use]
    pub fn admits(&self, whose: Whose<'_>, now: Timestamp) -> bool {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
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
                *count <= self.most.client
            }
            Whose::Person(person) => {
                let count = minute.people.entry(person).or_default();
                *count = count.saturating_add(1);
                *count <= self.most.person
            }
            Whose::Stranger(_) if minute.strangers >= self.most.strangers => false,
            Whose::Stranger(address) => {
                let from = GuessScope::from_address(&address.to_string());
                let count = minute.addresses.entry(from).or_default();
                if *count >= self.most.address {
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
        assert_eq!(count("2001:db8:1:1::1"), WRITTEN_DOWN.address as usize);
        assert_eq!(count("2001:db8:1:1::2"), 0, "the same network");
        assert_eq!(count("192.0.2.1"), WRITTEN_DOWN.address as usize);
        for network in 2..10 {
            count(&format!("2001:db8:1:{network}::1"));
        }
        assert_eq!(count("192.0.2.2"), 0, "together they have a bound");
        let of_one = |_: &u32| refusals.admits(Whose::Client(&one), now);
        assert_eq!(
            (0..2_000).filter(of_one).count(),
            WRITTEN_DOWN.client as usize
        );
        assert!(refusals.admits(Whose::Client(&other), now));
        let [she, he] = [1, 2].map(|byte| PersonId::from_random([byte; 16]));
        let of_her = |_: &u32| refusals.admits(Whose::Person(she), now);
        assert_eq!(
            (0..2_000).filter(of_her).count(),
            WRITTEN_DOWN.person as usize
        );
        assert!(refusals.admits(Whose::Person(he), now));
        let signed = Refusals::signed();
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        let many = |_: &u32| signed.admits(Whose::Stranger(address), now);
        assert_eq!((0..2_000).filter(many).count(), SIGNED.address as usize);
        let later = Timestamp::from_seconds(1_000_080);
        let stranger = Whose::Stranger("192.0.2.2".parse().unwrap());
        assert!(refusals.admits(stranger, later));
        assert!(refusals.admits(Whose::Client(&one), later));
    }
}
