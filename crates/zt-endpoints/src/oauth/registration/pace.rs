//! How often programs that have a token may make us work.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::{Semaphore, SemaphorePermit};
use zt_types::{ClientId, InitialTokenId, Timestamp};

/// Within a minute: changes of one client, and fetches for whoever came with one initial access token.
const MOST: u32 = 10;
/// Fetches at a time: those who sign people out at clients wait for the same turns, and have more of them.
const AT_ONCE: usize = 2;

/// How many seconds to wait.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooOften(pub(super) i64);

/// Counts by the minute. Whoever is counted has shown a token: there are no more of them than an administrator allowed.
#[derive(Debug)]
pub(crate) struct Pace {
    minute: Mutex<Minute>,
    turns: Semaphore,
}

#[derive(Debug, Default)]
struct Minute {
    /// Since the epoch.
    number: i64,
    changes: BTreeMap<ClientId, u32>,
    fetches: BTreeMap<InitialTokenId, u32>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            minute: Mutex::default(),
            turns: Semaphore::new(AT_ONCE),
        }
    }
}

impl Pace {
    /// One more change of `client`.
    pub(super) fn change(&self, client: &ClientId, now: Timestamp) -> Result<(), TooOften> {
        self.count(now, |minute| {
            minute.changes.entry(client.clone()).or_default()
        })
    }

    /// One more address that we call because it was named, at whatever time.
    pub(super) fn call(&self, token: InitialTokenId, now: Timestamp) -> Result<(), TooOften> {
        self.count(now, |minute| minute.fetches.entry(token).or_default())
    }

    /// One more fetch, counted before it begins, and the turn that it has until it ends.
    pub(super) fn fetch(
        &self,
        token: InitialTokenId,
        now: Timestamp,
    ) -> Result<SemaphorePermit<'_>, TooOften> {
        self.call(token, now)?;
        self.turns.try_acquire().map_err(|_| TooOften(1))
    }

    fn count(
        &self,
        now: Timestamp,
        of: impl FnOnce(&mut Minute) -> &mut u32,
    ) -> Result<(), TooOften> {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = now.as_seconds();
        let number = seconds.div_euclid(60);
        if minute.number != number {
            *minute = Minute {
                number,
                ..Minute::default()
            };
        }
        let count = of(&mut minute);
        if *count >= MOST {
            return Err(TooOften(60 - seconds.rem_euclid(60)));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_so_many_within_a_minute() {
        let pace = Pace::default();
        let at = Timestamp::from_seconds;
        let [one, other] = ["one", "other"].map(|id| ClientId::new(id).unwrap());
        for _ in 0..MOST {
            assert_eq!(pace.change(&one, at(600)), Ok(()));
        }
        assert_eq!(pace.change(&one, at(610)), Err(TooOften(50)));
        assert_eq!(pace.change(&other, at(610)), Ok(()));
        assert_eq!(pace.change(&one, at(660)), Ok(()));
        let token = |n| InitialTokenId::from_random([n; 16]);
        let turns = [1, 2].map(|n| pace.fetch(token(n), at(660)).unwrap());
        let third = pace.fetch(token(3), at(660)).map(drop);
        assert_eq!(third, Err(TooOften(1)), "two at a time");
        drop(turns);
        for _ in 1..MOST {
            assert!(pace.fetch(token(3), at(661)).is_ok());
        }
        let more = pace.fetch(token(3), at(661)).map(drop);
        assert_eq!(more, Err(TooOften(59)), "those without a turn count too");
        assert_eq!(pace.call(token(3), at(661)), Err(TooOften(59)));
    }
}
