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
        let subscriber = subscriber(address);
        if windows.len() >= MOST && !windows.contains_key(&subscriber) {
            return Entrance::Full;
        }
        let window = windows.entry(subscriber).or_insert(Window {
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

/// Whose beginnings are counted together: of IPv6 the /64, which is what one subscriber has at the least (RFC 6177 §2).
fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) & (u128::MAX << 64)).into()),
        v4 @ IpAddr::V4(_) => v4,
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

    #[test]
    fn a_subscriber_is_one_however_many_addresses_there_are() {
        let gate = Gate::default();
        let of = |network: u128, host: u128| IpAddr::V6((network << 64 | host).into());
        for host in 0..u128::from(PER_ADDRESS) {
            assert_eq!(gate.pass(of(1, host), 0, START), Entrance::Open);
        }
        assert_eq!(gate.pass(of(1, 1 << 40), 0, START), Entrance::TooMany);
        assert_eq!(gate.pass(of(2, 0), 0, START), Entrance::Open);
    }
}
