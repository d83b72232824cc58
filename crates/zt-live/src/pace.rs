//! How fast a session may come anew: each new passage is a decision, and each decision is written down. Whoever drops what
//! marks a passage (the address, the program, the certificate) and comes again in a loop must not write the log full. Nor must
//! whoever has one code after the other given to a client.

use parking_lot::Mutex;
use std::collections::HashMap;
use zt_types::{Seconds, SessionId, Timestamp};

/// So many passages at once: a portal of which everything is opened in one go, each application with several requests at a time.
const PASSAGES_AT_ONCE: i64 = 240;
/// So many codes at once. A person needs one for each client; a program that signs in anew at each of its requests needs more, and
/// what they leave behind is a few megabytes.
const CODES_AT_ONCE: i64 = 3_000;
/// One more in this time.
const EVERY: Seconds = Seconds(1);
/// So many sessions are remembered before those that rested are forgotten.
const REMEMBERED: usize = 4_096;

/// The new passages of each session, or its codes.
#[derive(Debug)]
pub(crate) struct Pace {
    at_once: i64,
    sessions: Mutex<Sessions>,
}

#[derive(Debug, Default)]
struct Sessions {
    /// When the allowance of each will be whole again.
    whole_at: HashMap<SessionId, Timestamp>,
    /// When there are so many, those that rested are forgotten.
    look_at: usize,
}

impl Pace {
    pub(crate) fn passages() -> Self {
        Self::of(PASSAGES_AT_ONCE)
    }

    pub(crate) fn codes() -> Self {
        Self::of(CODES_AT_ONCE)
    }

    fn of(at_once: i64) -> Self {
        Self {
            at_once,
            sessions: Mutex::default(),
        }
    }

    /// Counts one more of a session.
    ///
    /// # Errors
    /// How long to wait if there were too many: a second at least.
    pub(crate) fn step(&self, session: SessionId, now: Timestamp) -> Result<(), Seconds> {
        let mut sessions = self.sessions.lock();
        if sessions.whole_at.len() >= sessions.look_at.max(REMEMBERED) {
            sessions.whole_at.retain(|_, whole_at| *whole_at > now);
            // As long as so many do not rest, looking again at once would find as little.
            sessions.look_at = sessions.whole_at.len().saturating_mul(2);
        }
        let whole_at = sessions.whole_at.entry(session).or_insert(now);
        let every = millis(EVERY);
        let used = whole_at.as_millis().saturating_sub(now.as_millis()).max(0);
        let surplus = used + every - self.at_once * every;
        if surplus > 0 {
            let wait = u64::try_from(surplus.saturating_add(999) / 1_000);
            return Err(Seconds(wait.unwrap_or(u64::MAX)));
        }
        *whole_at = Timestamp::from_millis(now.as_millis() + used + every);
        Ok(())
    }
}

fn millis(seconds: Seconds) -> i64 {
    i64::try_from(seconds.0.saturating_mul(1_000)).unwrap_or(i64::MAX)
}
