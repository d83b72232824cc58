//! Keeps a flood of refusals, which anybody can cause, from flooding the event log.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use zt_types::Timestamp;

/// Events of refusals that are recorded in one minute.
const MOST_PER_MINUTE: u32 = 600;

/// Counts refusals by the minute.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    minute: AtomicI64,
    count: AtomicU32,
}

impl Throttle {
    /// Whether one more may be recorded now. Two callers at the turn of a minute may both count anew: a bound is kept,
    /// not a figure.
    pub(crate) fn admits(&self, now: Timestamp) -> bool {
        let minute = now.as_seconds().div_euclid(60);
        if self.minute.swap(minute, Ordering::Relaxed) != minute {
            self.count.store(0, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed) < MOST_PER_MINUTE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_its_bound() {
        let throttle = Throttle::default();
        let now = Timestamp::from_seconds(1_000_020);
        let admitted = (0..2000).filter(|_| throttle.admits(now)).count();
        assert_eq!(admitted, MOST_PER_MINUTE as usize);
        assert!(throttle.admits(Timestamp::from_seconds(1_000_080)));
    }
}
