//! How many sign-ins may be under way: each is a record, and anybody can begin one.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;
use zt_types::{Seconds, Timestamp};

/// So many one address may begin within [`WINDOW`]: a whole office is behind one address.
const PER_ADDRESS: u32 = 300;
/// So many may be under way at all.
const MOST: usize = 20_000;
/// How long a beginning is remembered.
const WINDOW: Seconds = zt_auth::FLOW_LIFETIME;

/// Counts beginnings, per address, in windows.
#[derive(Default)]
pub(crate) struct Gate(Mutex<HashMap<IpAddr, Window>>);

struct Window {
    since: Timestamp,
    begun: u32,
}

/// Whether another sign-in may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// It may.
    Open,
    /// This address began too many.
    TooMany,
    /// There are too many in all.
    Full,
}

impl Gate {
    /// Counts one more beginning from `address` while `under_way` are under way.
    pub(crate) fn pass(&self, address: IpAddr, under_way: usize, now: Timestamp) -> Entrance {
        if under_way >= MOST {
            return Entrance::Full;
        }
        let mut windows = self.0.lock();
        if windows.len() >= MOST {
            windows.retain(|_, window| now >= window.since && now < window.since + WINDOW);
        }
        if windows.len() >= MOST && !windows.contains_key(&address) {
            return Entrance::Full;
        }
        let window = windows.entry(address).or_insert(Window {
            since: now,
            begun: 0,
        });
        // A clock that jumped back begins a window anew rather than never to end it.
        if now >= window.since + WINDOW || now < window.since {
            *window = Window {
                since: now,
                begun: 0,
            };
        }
        if window.begun >= PER_ADDRESS {
            return Entrance::TooMany;
        }
        window.begun += 1;
        Entrance::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_775_000_000);

    #[test]
    fn an_address_begins_so_many_and_no_more() {
        let gate = Gate::default();
        let [one, two] = [IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2])];
        for _ in 0..PER_ADDRESS {
            assert_eq!(gate.pass(one, 0, START), Entrance::Open);
        }
        assert_eq!(gate.pass(one, 0, START), Entrance::TooMany);
        assert_eq!(gate.pass(two, 0, START), Entrance::Open);
        assert_eq!(gate.pass(one, 0, START + WINDOW), Entrance::Open);
        assert_eq!(gate.pass(one, 0, START - Seconds(1)), Entrance::Open);
        assert_eq!(gate.pass(two, MOST, START), Entrance::Full);
    }
}
