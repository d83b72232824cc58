//! How many decisions an enforcement point may ask for: a bucket for each, that fills by time.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use zt_types::{EnforcementPointId, Timestamp};

/// Decisions that may be asked for at once.
const MOST_AT_ONCE: i64 = 20_000;
/// Decisions that come back each second.
const PER_SECOND: i64 = 2_000;

/// Counts the decisions of each enforcement point.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<BTreeMap<EnforcementPointId, Bucket>>);

#[derive(Debug)]
struct Bucket {
    /// Decisions that are left; below zero if the last request took more than there were.
    left: i64,
    at: Timestamp,
}

impl Meter {
    /// Takes `decisions` off. A request that finds the bucket not empty is served whole.
    ///
    /// # Errors
    /// The seconds after which there is something in it again.
    pub(crate) fn charge(
        &self,
        point: &EnforcementPointId,
        decisions: usize,
        now: Timestamp,
    ) -> Result<(), i64> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(point.clone()).or_insert(Bucket {
            left: MOST_AT_ONCE,
            at: now,
        });
        // A clock that was set back fills nothing.
        let passed = (now.as_seconds() - bucket.at.as_seconds()).clamp(0, MOST_AT_ONCE);
        if passed > 0 {
            bucket.left = MOST_AT_ONCE.min(bucket.left + passed * PER_SECOND);
            bucket.at = now;
        }
        if bucket.left <= 0 {
            return Err(1 + (-bucket.left).div_euclid(PER_SECOND));
        }
        bucket.left -= i64::try_from(decisions).unwrap_or(MOST_AT_ONCE);
        Ok(())
    }
}

impl Meter {
    /// Takes off what was used already.
    pub(crate) fn owe(&self, point: &EnforcementPointId, decisions: usize) {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(point) {
            let decisions = i64::try_from(decisions).unwrap_or(MOST_AT_ONCE);
            bucket.left = bucket.left.saturating_sub(decisions);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_own_and_it_fills_again() {
        let meter = Meter::default();
        let [vpn, door] = ["vpn", "door"].map(|id| EnforcementPointId::new(id).unwrap());
        let at = |seconds: i64| Timestamp::from_seconds(1_000 + seconds);
        for _ in 0..100 {
            assert_eq!(meter.charge(&vpn, 200, at(0)), Ok(()));
        }
        assert_eq!(meter.charge(&vpn, 1, at(0)), Err(1));
        assert_eq!(meter.charge(&door, 1, at(0)), Ok(()));
        assert_eq!(meter.charge(&vpn, 3_000, at(1)), Ok(()), "served whole");
        assert_eq!(meter.charge(&vpn, 1, at(1)), Err(1));
        assert_eq!(meter.charge(&vpn, 1, at(-100)), Err(1), "set back");
        assert_eq!(meter.charge(&vpn, 1, at(2)), Ok(()));
        meter.owe(&vpn, 6_000);
        let wait = meter.charge(&vpn, 1, at(2)).unwrap_err();
        assert!((3..5).contains(&wait), "{wait}");
        assert_eq!(meter.charge(&vpn, 1, at(2 + wait)), Ok(()));
    }
}
