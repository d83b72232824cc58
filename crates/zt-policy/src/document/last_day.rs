//! Until when something was agreed.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use zt_types::Timestamp;

/// The last day of something, `YYYY-MM-DD`. It is over when that day has passed everywhere, at noon of the next one in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LastDay(Date);

/// A text is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a day: write it as `2027-01-31`")]
pub struct DayError(String);

impl LastDay {
    /// Whether it has passed.
    #[must_use]
    pub fn is_over(self, now: Timestamp) -> bool {
        let noon = self
            .0
            .tomorrow()
            .map(|day| day.at(12, 0, 0, 0))
            .and_then(|noon| noon.in_tz("UTC"));
        noon.is_ok_and(|noon| now.as_millis() >= noon.timestamp().as_millisecond())
    }
}

impl FromStr for LastDay {
    type Err = DayError;
    fn from_str(text: &str) -> Result<Self, DayError> {
        let wrong = || DayError(text.chars().take(80).collect());
        let day: Date = text.parse().map_err(|_| wrong())?;
        // The library reads more forms than this one.
        if day.to_string() == text {
            Ok(Self(day))
        } else {
            Err(wrong())
        }
    }
}

impl fmt::Display for LastDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for LastDay {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LastDay {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
