//! Calendars: hours of the week in a time zone, and days off. Policies read whether it is within one.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zt_types::{CalendarId, Text, Timestamp};

#[cfg(test)]
mod tests;

const MINUTES_PER_DAY: u16 = 24 * 60;

/// A calendar as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Its slug.
    pub id: CalendarId,
    /// Its name.
    pub name: Text,
    /// A time zone of the IANA database, such as `Asia/Tokyo`.
    pub time_zone: String,
    /// The hours of the week that are within it.
    pub hours: Vec<Hours>,
    /// Days off, `YYYY-MM-DD` each, with what they are: no hours begin on them.
    pub days_off: BTreeMap<String, Text>,
    /// Who writes this record.
    pub managed_by: crate::ManagedBy,
}

/// Hours on some days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// On which days they begin.
    pub days: Vec<Day>,
    /// From which minute after midnight, 0 to 1439.
    pub from: u16,
    /// Up to which minute, which is no longer within, 1 to 1440. Not after `from`: up to that minute of the next day.
    pub to: u16,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Day {
    /// All, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Mon,
        Self::Tue,
        Self::Wed,
        Self::Thu,
        Self::Fri,
        Self::Sat,
        Self::Sun,
    ];

    /// `mon` to `sun`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        }
    }

    const fn of(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Mon,
            Weekday::Tuesday => Self::Tue,
            Weekday::Wednesday => Self::Wed,
            Weekday::Thursday => Self::Thu,
            Weekday::Friday => Self::Fri,
            Weekday::Saturday => Self::Sat,
            Weekday::Sunday => Self::Sun,
        }
    }
}

/// A calendar, read and ready to be asked.
#[derive(Debug, Clone)]
pub(crate) struct ReadCalendar {
    zone: TimeZone,
    hours: Vec<Hours>,
    days_off: Vec<Date>,
}

/// Whether an instant is within a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    Yes,
    No,
}

impl Calendar {
    /// Its hours, such as `mon tue 09:00–17:30, sat 10:00–12:00`.
    #[must_use]
    pub fn hours_in_words(&self) -> String {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let told = self.hours.iter().map(|hours| {
            let days: Vec<&str> = hours.days.iter().map(|day| day.as_str()).collect();
            format!(
                "{} {}–{}",
                days.join(" "),
                clock(hours.from),
                clock(hours.to)
            )
        });
        told.collect::<Vec<_>>().join(", ")
    }

    /// Reads it.
    ///
    /// # Errors
    /// What is wrong, and what to write instead.
    pub(crate) fn read(&self) -> Result<ReadCalendar, String> {
        let zone = TimeZone::get(&self.time_zone).map_err(|_| {
            format!(
                "there is no time zone `{}`: write one such as `Asia/Tokyo`",
                self.time_zone
            )
        })?;
        for hours in &self.hours {
            if hours.from >= MINUTES_PER_DAY || hours.to > MINUTES_PER_DAY || hours.to == 0 {
                return Err("hours are from 00:00 to 24:00".to_owned());
            }
            if hours.days.is_empty() {
                return Err("hours name no day: write for example `[\"mon\", \"tue\"]`".to_owned());
            }
        }
        let mut days_off = self
            .days_off
            .keys()
            .map(|day| {
                day.parse()
                    .map_err(|_| format!("`{day}` is not a day: write it as `2027-01-01`"))
            })
            .collect::<Result<Vec<Date>, String>>()?;
        days_off.sort_unstable();
        Ok(ReadCalendar {
            zone,
            hours: self.hours.clone(),
            days_off,
        })
    }
}

impl ReadCalendar {
    /// Whether `at` is within it, and the earliest instant after `at` at which that can change.
    pub(crate) fn at(&self, at: Timestamp) -> (Within, Timestamp) {
        // Outside the years that the calendar library knows it is never within: the safe side.
        let Ok(instant) = jiff::Timestamp::from_millisecond(at.as_millis()) else {
            return (Within::No, Timestamp::FAR_FUTURE);
        };
        let local = instant.to_zoned(self.zone.clone());
        let today = local.date();
        let yesterday = today.yesterday().ok();
        let minute = minute_of_day(&local);
        let mut within = Within::No;
        let mut next = MINUTES_PER_DAY;
        let mut note = |from: u16, to: u16| {
            if (from..to).contains(&minute) {
                within = Within::Yes;
            }
            for edge in [from, to] {
                if edge > minute {
                    next = next.min(edge);
                }
            }
        };
        for hours in &self.hours {
            let wraps = hours.to <= hours.from;
            if self.begins_on(hours, today) {
                note(hours.from, if wraps { MINUTES_PER_DAY } else { hours.to });
            }
            if wraps && yesterday.is_some_and(|day| self.begins_on(hours, day)) {
                note(0, hours.to);
            }
        }
        (within, self.instant_of(today, next, at))
    }

    fn begins_on(&self, hours: &Hours, day: Date) -> bool {
        hours.days.contains(&Day::of(day.weekday())) && self.days_off.binary_search(&day).is_err()
    }

    /// When the clocks on the wall show that minute; a minute from now if they never do, as when they are put forward.
    fn instant_of(&self, day: Date, minute: u16, now: Timestamp) -> Timestamp {
        let soon = Timestamp::from_millis(now.as_millis().saturating_add(60_000));
        let (day, minute) = if minute >= MINUTES_PER_DAY {
            let Ok(tomorrow) = day.tomorrow() else {
                return soon;
            };
            (tomorrow, 0)
        } else {
            (day, minute)
        };
        let (Ok(hour), Ok(rest)) = (i8::try_from(minute / 60), i8::try_from(minute % 60)) else {
            return soon;
        };
        let instant = day
            .at(hour, rest, 0, 0)
            .to_zoned(self.zone.clone())
            .map(|zoned| Timestamp::from_millis(zoned.timestamp().as_millisecond()));
        match instant {
            // Where clocks are put back, an hour comes twice: look again soon rather than late.
            Ok(instant) if instant > now => instant.min(self.next_change_of_clocks(now)),
            _ => soon,
        }
    }

    fn next_change_of_clocks(&self, now: Timestamp) -> Timestamp {
        let Ok(now) = jiff::Timestamp::from_millisecond(now.as_millis()) else {
            return Timestamp::FAR_FUTURE;
        };
        self.zone
            .following(now)
            .next()
            .map_or(Timestamp::FAR_FUTURE, |change| {
                Timestamp::from_millis(change.timestamp().as_millisecond())
            })
    }
}

fn minute_of_day(local: &jiff::Zoned) -> u16 {
    u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or_default()
}
