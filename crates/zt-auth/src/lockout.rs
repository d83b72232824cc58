//! How often somebody may guess.
//!
//! A guess is counted, durably, before it is verified: two hundred guesses at once are the configured few that pass and a
//! remainder that waits. A guess that has to wait is not verified and does not lengthen the wait, so that nobody can keep
//! another person out longer by going on.

use crate::credential::{GuessCounter, GuessScope, Verdict};
use std::net::{IpAddr, Ipv6Addr};
use zt_types::{Seconds, Timestamp};

/// The bounds on guessing within one scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lockout {
    /// So many guesses pass without waiting.
    pub free: u32,
    /// The wait after the first guess beyond; doubled by each further one.
    pub first_wait: Seconds,
    /// No wait is longer.
    pub longest_wait: Seconds,
    /// After so many there is no next one: another factor or an administrator starts the count again.
    pub hard: Option<u32>,
    /// Without a guess for so long, the count starts again.
    pub forgotten_after: Option<Seconds>,
}

impl Lockout {
    /// One factor of one person. NIST SP 800-63B-4 §3.2.2: at most 100 failures in a row. Time alone forgets nothing.
    pub const PERSON: Self = Self {
        free: 5,
        first_wait: Seconds(30),
        longest_wait: Seconds::hours(1),
        hard: Some(100),
        forgotten_after: None,
    };
    /// One address: there may be a whole office behind it, so it waits late, shortly, and never for good.
    pub const ADDRESS: Self = Self {
        free: 50,
        first_wait: Seconds(5),
        longest_wait: Seconds::minutes(5),
        hard: None,
        forgotten_after: Some(Seconds::minutes(15)),
    };

    /// The bounds of a scope. A name that nobody has behaves like one that somebody has.
    #[must_use]
    pub const fn of(scope: &GuessScope) -> Self {
        match scope {
            GuessScope::Person { .. } | GuessScope::UnknownLogin { .. } => Self::PERSON,
            GuessScope::Address { .. } => Self::ADDRESS,
        }
    }

    /// From when on the next guess passes, after `failures` guesses the last of which was at `last_at`.
    #[must_use]
    pub fn opens_at(self, failures: u32, last_at: Timestamp) -> Timestamp {
        if self.hard.is_some_and(|hard| failures >= hard) {
            return Timestamp::FAR_FUTURE;
        }
        let Some(beyond) = failures.checked_sub(self.free) else {
            return last_at;
        };
        let factor = 1u64.checked_shl(beyond).unwrap_or(u64::MAX);
        let wait = self.first_wait.0.saturating_mul(factor);
        last_at + Seconds(wait.min(self.longest_wait.0))
    }
}

impl GuessScope {
    /// The scope of guesses from `address`, in text form: of IPv6 its /64, which is what one subscriber has at the least
    /// (RFC 6177 §2).
    #[must_use]
    pub fn from_address(address: &str) -> Self {
        let address = match address.parse::<IpAddr>() {
            Ok(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
                Some(mapped) => mapped.to_string(),
                None => {
                    let network = u128::from(address) & (u128::MAX << 64);
                    format!("{}/64", Ipv6Addr::from(network))
                }
            },
            Ok(IpAddr::V4(_)) | Err(_) => address.to_owned(),
        };
        Self::Address { address }
    }
}

impl GuessCounter {
    /// Counts one guess. The store calls it inside its transaction, with the counter it has kept.
    ///
    /// [`GuessCounter::latest`] of the result says whether the guess may be verified.
    #[must_use]
    pub fn count(kept: Option<&Self>, scope: &GuessScope, now: Timestamp) -> Self {
        let lockout = Lockout::of(scope);
        let forgotten = |counter: &&Self| {
            lockout
                .forgotten_after
                .is_some_and(|after| now >= counter.last_at + after)
        };
        let Some(kept) = kept.filter(|counter| !forgotten(counter)) else {
            return Self {
                scope: scope.clone(),
                failures: 1,
                last_at: now,
                latest: Verdict::Proceed,
            };
        };
        let opens_at = lockout
            .opens_at(kept.failures, kept.last_at)
            // A clock that jumped back must not make a wait longer than it is.
            .min(lockout.opens_at(kept.failures, now));
        if now < opens_at {
            return Self {
                latest: Verdict::Wait { until: opens_at },
                ..kept.clone()
            };
        }
        Self {
            scope: scope.clone(),
            failures: kept.failures.saturating_add(1),
            last_at: now,
            latest: Verdict::Proceed,
        }
    }

    /// The counter after its latest guess turned out right: that one is taken back, the ones before stay.
    #[must_use]
    pub fn forgiven(&self) -> Self {
        Self {
            failures: self.failures.saturating_sub(1),
            ..self.clone()
        }
    }
}

impl Verdict {
    /// The strictest of several counters' verdicts.
    #[must_use]
    pub fn strictest<'a>(counters: impl IntoIterator<Item = &'a GuessCounter>) -> Self {
        counters
            .into_iter()
            .map(|counter| counter.latest)
            .max()
            .unwrap_or(Self::Proceed)
    }
}

#[cfg(test)]
mod tests;
