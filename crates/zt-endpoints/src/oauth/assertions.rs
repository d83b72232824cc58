//! The assertions and proofs that clients used up (RFC 7523 §3, RFC 9449 §11.1: a `jti` counts once).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use zt_crypto::hash::sha256;
use zt_federation::OneTime;
use zt_store::{Change, Plan};
use zt_types::{ClientId, Seconds, Timestamp};

use super::refused::Refused;
use crate::Endpoints;

/// More assertions of one client are not kept: 150 a second, all the time. Whoever comes then has to wait until some of them are
/// over; other clients have their own.
const MOST_OF_CLIENT: usize = 100_000;
/// More proofs are not kept, by whatever keys: a key is made in no time.
const MOST_PROOFS: usize = 500_000;
/// How often those that are over are looked for.
const SWEEP: Seconds = Seconds(60);
/// The same while there is no place.
const SWEEP_FULL: Seconds = Seconds(1);
/// The setting that says, in seconds since the epoch, up to when assertions may have been made that were taken before their time.
/// While there is none, nothing was ever taken.
const AHEAD: &str = "assertions-ahead";
/// So much more is written down, so that a client whose clock is ahead has it written down only so often.
const STRIDE: Seconds = Seconds(5);

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

/// What was used, as long as it would count.
#[derive(Debug, Default)]
struct Used {
    until: HashMap<[u8; 32], Timestamp>,
    swept_at: Option<Timestamp>,
}

impl Used {
    fn sweep(&mut self, every: Seconds, now: Timestamp) {
        if self.swept_at.is_none_or(|at| now >= at + every) {
            self.until.retain(|_, until| *until > now);
            self.swept_at = Some(now);
        }
    }

    fn take(
        &mut self,
        (name, until): ([u8; 32], Timestamp),
        most: usize,
        now: Timestamp,
    ) -> Result<(), NotTaken> {
        let is_full = self.until.len() >= most;
        self.sweep(if is_full { SWEEP_FULL } else { SWEEP }, now);
        if self.until.contains_key(&name) {
            return Err(NotTaken::Used);
        }
        if self.until.len() >= most {
            return Err(NotTaken::Full);
        }
        self.until.insert(name, until);
        Ok(())
    }
}

/// Remembers which assertions of clients were used. In memory: one that was made before this process began is refused, since the
/// process before may have seen it, if it saw any.
#[derive(Debug)]
pub(crate) struct Assertions {
    since: Option<Timestamp>,
    of: Mutex<HashMap<ClientId, Used>>,
    /// Up to when assertions may have been made that a process after this one refuses; nothing before the first is taken.
    ahead: Mutex<Option<Timestamp>>,
}

impl Assertions {
    /// For a process that begins now; `ahead` is the setting of that name.
    pub(crate) fn new(now: Timestamp, ahead: Option<&[u8]>) -> Self {
        let ahead = ahead.map(|kept| kept.try_into().map_or(i64::MIN, i64::from_be_bytes));
        let ahead = ahead.map(Timestamp::from_seconds);
        Self {
            since: ahead.map(|ahead| now.max(ahead)),
            of: Mutex::default(),
            ahead: Mutex::new(ahead),
        }
    }

    /// Uses one of `client` up.
    pub(super) fn take(
        &self,
        client: &ClientId,
        once: &OneTime,
        now: Timestamp,
    ) -> Result<(), NotTaken> {
        // Assertions say whole seconds: one of the second in which this process began may have been used before.
        let issued_at = once.issued_at.as_seconds();
        if self
            .since
            .is_some_and(|since| issued_at <= since.as_seconds())
        {
            return Err(NotTaken::TooEarly);
        }
        let name = sha256(once.jti.as_bytes());
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let used = of.entry(client.clone()).or_default();
        used.take((name, once.until), MOST_OF_CLIENT, now)
    }

    /// What the setting has to say before this one counts, if it is the first of all or made by a clock ahead of ours: a process
    /// that begins before its time would not know that it was used.
    fn to_write(&self, once: &OneTime, now: Timestamp) -> Option<Timestamp> {
        let ahead = *self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        if once.issued_at <= now {
            return ahead.is_none().then_some(once.issued_at);
        }
        let is_ahead = ahead.is_none_or(|ahead| once.issued_at > ahead);
        is_ahead.then(|| once.issued_at + STRIDE)
    }
}

impl Endpoints {
    /// Writes down that an assertion is taken, the first or one of a time to come, if that is not said yet.
    pub(super) async fn note_ahead(&self, once: &OneTime, now: Timestamp) -> Result<(), Refused> {
        let assertions = &self.inner.assertions;
        let Some(until) = assertions.to_write(once, now) else {
            return Ok(());
        };
        let change = Change::PutSetting {
            name: AHEAD.to_owned(),
            value: until.as_seconds().to_be_bytes().to_vec(),
        };
        let plan = Plan::new(vec![change], Vec::new());
        self.live().commit(plan).await?;
        let mut ahead = assertions
            .ahead
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *ahead = (*ahead).max(Some(until));
        Ok(())
    }
}

/// What the processes before this one wrote down of the assertions that they took.
pub(crate) fn ahead(live: &zt_live::Live) -> Option<Vec<u8>> {
    live.read(|state| state.settings.get(AHEAD).cloned())
}

/// Remembers which proofs were used. One that was made for the process before this one does not repeat what this one gave.
#[derive(Debug, Default)]
pub(crate) struct Proofs(Mutex<Used>);

impl Proofs {
    /// Uses one up that was made with this key.
    pub(super) fn take(&self, key: &str, once: &OneTime, now: Timestamp) -> Result<(), NotTaken> {
        // A key's thumbprint has no line feed in it.
        let name = sha256(format!("{key}\n{}", once.jti).as_bytes());
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.take((name, once.until), MOST_PROOFS, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn once(jti: &str, issued_at: i64) -> OneTime {
        OneTime {
            jti: jti.to_owned(),
            until: at(issued_at + 100),
            issued_at: at(issued_at),
        }
    }

    #[test]
    fn one_counts_once_and_is_forgotten_when_it_is_over() {
        let assertions = Assertions::new(at(1_000), Some(&0_i64.to_be_bytes()));
        let [one, other] = ["one", "other"].map(|id| ClientId::new(id).unwrap());
        let take =
            |client, jti, issued_at, now| assertions.take(client, &once(jti, issued_at), at(now));
        assert_eq!(take(&one, "a", 999, 1_000), Err(NotTaken::TooEarly));
        assert_eq!(take(&one, "a", 1_000, 1_000), Err(NotTaken::TooEarly));
        assert_eq!(take(&one, "a", 1_001, 1_000), Ok(()));
        assert_eq!(take(&one, "a", 1_001, 1_099), Err(NotTaken::Used));
        assert_eq!(take(&other, "a", 1_001, 1_099), Ok(()));
        assert_eq!(take(&one, "b", 1_001, 1_099), Ok(()));
        assert_eq!(take(&one, "c", 1_200, 1_200), Ok(()));
        assert_eq!(assertions.of.lock().unwrap()[&one].until.len(), 1);
    }

    /// Where no process took one before, one of the second of the start counts as any other does: once.
    #[test]
    fn the_first_process_of_all_takes_one_of_its_first_second() {
        let client = ClientId::new("one").unwrap();
        let assertions = Assertions::new(at(1_000), None);
        let one = once("a", 1_000);
        assert_eq!(assertions.take(&client, &one, at(1_000)), Ok(()));
        assert_eq!(assertions.to_write(&one, at(1_000)), Some(at(1_000)));
        let again = assertions.take(&client, &one, at(1_000));
        assert_eq!(again, Err(NotTaken::Used));
    }

    #[test]
    fn a_client_that_uses_many_up_leaves_the_others_theirs() {
        let assertions = Assertions::new(at(1_000), None);
        let [greedy, other] = ["greedy", "other"].map(|id| ClientId::new(id).unwrap());
        let take =
            |client, jti: &str, made: i64| assertions.take(client, &once(jti, made), at(made));
        for n in 0..MOST_OF_CLIENT {
            assert_eq!(take(&greedy, &n.to_string(), 1_001), Ok(()));
        }
        assert_eq!(take(&greedy, "more", 1_001), Err(NotTaken::Full));
        assert_eq!(take(&other, "1", 1_001), Ok(()));
        // It waits until some are over.
        assert_eq!(take(&greedy, "more", 1_100), Err(NotTaken::Full));
        assert_eq!(take(&greedy, "more", 1_101), Ok(()));
    }
}
