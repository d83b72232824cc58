//! Which calendars it is within, worked out once for an instant and good until the first of them turns.

use crate::calendar::Within;
use crate::compile::PolicySet;
use zt_types::Timestamp;

/// Which calendars it is within.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// The numbers of those it is within.
    pub(crate) within: Vec<u32>,
    from: Timestamp,
    /// The earliest instant at which one turns.
    pub(crate) until: Timestamp,
}

impl Hours {
    /// Whether this is so at `now`.
    #[must_use]
    pub fn covers(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

impl PolicySet {
    /// Which of the registered calendars it is within at `now`.
    #[must_use]
    pub fn hours(&self, now: Timestamp) -> Hours {
        let mut hours = Hours {
            within: Vec::new(),
            from: now,
            until: Timestamp::FAR_FUTURE,
        };
        for (number, calendar) in &self.calendars {
            let (within, until) = calendar.at(now);
            if within == Within::Yes {
                hours.within.push(*number);
            }
            hours.until = hours.until.min(until);
        }
        hours
    }
}
