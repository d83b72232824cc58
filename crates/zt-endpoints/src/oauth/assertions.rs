//! The assertions and proofs that clients used up (RFC 7523 §3, RFC 9449 §11.1: a `jti` counts once).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use zt_crypto::hash::sha256;
use zt_federation::OneTime;
use zt_types::{Seconds, Timestamp};

/// More are not kept: whoever comes then has to wait until some of them are over.
const MOST: usize = 500_000;
/// How often those that are over are looked for.
const SWEEP: Seconds = Seconds(60);

/// Remembers which assertions were used, as long as they would count. In memory: one that was made before this process began
/// is refused, since the process before may have seen it.
#[derive(Debug)]
pub(crate) struct Assertions {
    since: Timestamp,
    used: Mutex<Used>,
}

#[derive(Debug)]
struct Used {
    until: HashMap<[u8; 32], Timestamp>,
    swept_at: Timestamp,
}

/// Why an assertion is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// It was used.
    Used,
    /// It may have been used at the process before this one.
    TooEarly,
    /// Too many are remembered.
    Full,
}

impl Assertions {
    pub(crate) fn new(since: Timestamp) -> Self {
        let used = Used {
            until: HashMap::new(),
            swept_at: since,
        };
        Self {
            since,
            used: Mutex::new(used),
        }
    }

    /// Uses one up; `whose` is the client that made it, or the key.
    pub(super) fn take(&self, whose: &str, once: &OneTime, now: Timestamp) -> Result<(), NotTaken> {
        // Assertions say whole seconds.
        if once.issued_at.as_seconds() < self.since.as_seconds() {
            return Err(NotTaken::TooEarly);
        }
        // Neither a client's name nor a key's thumbprint has a line feed in it.
        let name = sha256(format!("{whose}\n{}", once.jti).as_bytes());
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if now >= used.swept_at + SWEEP || used.until.len() >= MOST {
            used.until.retain(|_, until| *until > now);
            used.swept_at = now;
        }
        if used.until.contains_key(&name) {
            return Err(NotTaken::Used);
        }
        if used.until.len() >= MOST {
            return Err(NotTaken::Full);
        }
        used.until.insert(name, once.until);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_counts_once_and_is_forgotten_when_it_is_over() {
        let at = Timestamp::from_seconds;
        let assertions = Assertions::new(at(1_000));
        let [one, other] = ["one", "other"];
        let once = |jti: &str, issued_at| OneTime {
            jti: jti.to_owned(),
            until: at(issued_at + 100),
            issued_at: at(issued_at),
        };
        let take =
            |client, jti, issued_at, now| assertions.take(client, &once(jti, issued_at), at(now));
        assert_eq!(take(one, "a", 999, 1_000), Err(NotTaken::TooEarly));
        assert_eq!(take(one, "a", 1_000, 1_000), Ok(()));
        assert_eq!(take(one, "a", 1_000, 1_099), Err(NotTaken::Used));
        assert_eq!(take(other, "a", 1_000, 1_099), Ok(()));
        assert_eq!(take(one, "b", 1_000, 1_099), Ok(()));
        assert_eq!(take(one, "c", 1_200, 1_200), Ok(()));
        assert_eq!(assertions.used.lock().unwrap().until.len(), 1);
    }
}
