//! Which calendars it is within, worked out once for an instant and good until the first of them turns.

use crate::atom::Atom;
use crate::calendar::{ReadCalendar, Within};
use crate::compile::{Compiled, PolicySet};
use crate::expression::{Conjunction, Question, names};
use crate::read::ReadPolicy;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zt_types::{Seconds, Timestamp};

/// How far ahead other hours are looked for: longer than any week with days off around it.
const AHEAD: Seconds = Seconds::days(62);

/// More ways in which calendars can stand than this are not looked for: a refusal must not take longer than anybody has.
const MOST_AHEAD: usize = 32;

/// Which calendars it is within.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// The numbers of those it is within.
    pub(crate) within: Vec<u32>,
    pub(crate) from: Timestamp,
    /// When each calendar turns next, by number.
    turns: Vec<(u32, Timestamp)>,
    ahead: Ahead,
}

/// The hours ahead, by the calendars that somebody asked for: whoever is refused for the hour asks for the same.
#[derive(Debug, Clone, Default)]
struct Ahead(Arc<Mutex<ByCalendars>>);

#[derive(Debug, Default)]
struct ByCalendars(HashMap<Vec<u32>, Arc<[Hours]>>);

/// What was worked out makes no difference.
impl PartialEq for Ahead {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Ahead {}

/// The hours that were asked for last: most questions are about now.
#[derive(Debug, Default)]
pub(crate) struct LastHours(Mutex<Option<Arc<Hours>>>);

impl Hours {
    fn of<'a>(calendars: impl Iterator<Item = &'a (u32, ReadCalendar)>, now: Timestamp) -> Self {
        let mut hours = Self {
            within: Vec::new(),
            from: now,
            turns: Vec::new(),
            ahead: Ahead::default(),
        };
        for (number, calendar) in calendars {
            let (within, until) = calendar.at(now);
            if within == Within::Yes {
                hours.within.push(*number);
            }
            hours.turns.push((*number, until));
        }
        hours
    }

    /// Whether this is so at `now`.
    #[must_use]
    pub fn covers(&self, now: Timestamp) -> bool {
        self.from <= now && self.turns.iter().all(|(_, until)| now < *until)
    }

    /// The earliest instant at which any calendar turns.
    pub(crate) fn turn_of_any(&self) -> Timestamp {
        let turns = self.turns.iter().map(|(_, until)| *until);
        turns.min().unwrap_or(Timestamp::FAR_FUTURE)
    }

    /// The earliest instant at which one of these calendars turns.
    pub(crate) fn turn_of(&self, calendars: &[u32]) -> Timestamp {
        let turns = self.turns.iter();
        turns
            .filter(|(number, _)| calendars.contains(number))
            .map(|(_, until)| *until)
            .min()
            .unwrap_or(Timestamp::FAR_FUTURE)
    }

    /// The same, but for one calendar.
    pub(crate) fn toggled(&self, calendar: u32) -> Self {
        let mut within = self.within.clone();
        match within.iter().position(|number| *number == calendar) {
            Some(at) => {
                within.swap_remove(at);
            }
            None => within.push(calendar),
        }
        Self {
            within,
            from: self.from,
            turns: self.turns.clone(),
            ahead: Ahead::default(),
        }
    }

    /// Of these calendars, those it is within.
    fn among(&self, calendars: &[u32]) -> Vec<u32> {
        let mut among = self.within.clone();
        among.retain(|number| calendars.contains(number));
        among
    }
}

impl PolicySet {
    /// Which of the registered calendars it is within at `now`.
    #[must_use]
    pub fn hours(&self, now: Timestamp) -> Arc<Hours> {
        let mut last = lock(&self.last_hours.0);
        if let Some(last) = last.as_ref().filter(|last| last.covers(now)) {
            return Arc::clone(last);
        }
        let hours = Arc::new(Hours::of(self.calendars.iter(), now));
        *last = Some(Arc::clone(&hours));
        hours
    }

    /// The hours ahead in which these calendars stand in other ways than `now`: each way once, as soon as it comes.
    pub(crate) fn hours_ahead(&self, calendars: &[u32], now: &Hours) -> Arc<[Hours]> {
        if let Some(ahead) = lock(&now.ahead.0).0.get(calendars) {
            return Arc::clone(ahead);
        }
        let ahead: Arc<[Hours]> = self.look_ahead(calendars, now).into();
        lock(&now.ahead.0)
            .0
            .insert(calendars.to_vec(), Arc::clone(&ahead));
        ahead
    }

    fn look_ahead(&self, calendars: &[u32], now: &Hours) -> Vec<Hours> {
        let most = 1usize.checked_shl(u32::try_from(calendars.len()).unwrap_or(u32::MAX));
        let mut known = BTreeSet::from([now.among(calendars)]);
        let mut ahead = Vec::new();
        let mut at = now.turn_of(calendars);
        // From the first turn on: the same for every moment before it.
        let end = at + AHEAD;
        while ahead.len() < MOST_AHEAD
            && at < end
            && at != Timestamp::FAR_FUTURE
            && Some(known.len()) != most
        {
            let these = self.calendars.iter();
            let then = Hours::of(these.filter(|(number, _)| calendars.contains(number)), at);
            at = then.turn_of(calendars).max(at + Seconds(1));
            if known.insert(then.within.clone()) {
                ahead.push(Hours::of(self.calendars.iter(), then.from));
            }
        }
        ahead
    }
}

/// What is kept is worth as much after a panic as before.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The numbers of the calendars that any of the policies at `places` reads, of `all` that there are.
pub(crate) fn read_by(
    places: &[usize],
    compiled: &[Compiled],
    policies: &[ReadPolicy],
    all: &[u32],
) -> BTreeSet<u32> {
    let mut read = BTreeSet::new();
    for place in places {
        match compiled.get(*place) {
            Some(Compiled::Rules(rules, _)) => {
                read.extend(rules.iter().flat_map(|rule| calendars(&rule.when)));
            }
            Some(Compiled::LeftToCedar)
                if policies
                    .get(*place)
                    .is_some_and(|policy| names(&policy.json, "calendars")) =>
            {
                read.extend(all);
            }
            _ => {}
        }
    }
    read
}

/// The numbers of the calendars that a conjunction asks for.
pub(crate) fn calendars(when: &Conjunction) -> impl Iterator<Item = u32> + '_ {
    when.0.iter().filter_map(|literal| match literal.question {
        Question::Atom(Atom::Calendar(number)) => Some(number),
        _ => None,
    })
}
