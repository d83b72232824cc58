//! Version numbers of operating systems, browsers and anti-virus products.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One to four numbers between dots, such as `10.0.22631.4317`. Missing ones count as zero: `14` is `14.0`.
///
/// The first number is at most 32767, the others 65535, so that a version is one positive 64-bit integer, which policies
/// compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(u64);

/// A text is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version: write one to four numbers between dots, such as `10.0.22631`")]
pub struct VersionError(String);

impl Version {
    /// The version as one integer: the four numbers in 15, 16, 16 and 16 bits, the first one highest.
    #[must_use]
    pub fn as_integer(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// The version that [`Version::as_integer`] gave; `None` for a negative number.
    #[must_use]
    pub fn from_integer(number: i64) -> Option<Self> {
        u64::try_from(number).ok().map(Self)
    }
}

impl FromStr for Version {
    type Err = VersionError;
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let wrong = || VersionError(text.chars().take(80).collect());
        let mut packed = 0u64;
        let mut count = 0;
        for part in text.split('.') {
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let number: u16 = part.parse().ok().filter(|_| digits).ok_or_else(wrong)?;
            if count == 4 || (count == 0 && number > 0x7fff) {
                return Err(wrong());
            }
            packed = packed << 16 | u64::from(number);
            count += 1;
        }
        Ok(Self(packed << (16 * (4 - count))))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = [48, 32, 16, 0].map(|shift| self.0 >> shift & 0xffff);
        let used = numbers
            .iter()
            .rposition(|number| *number != 0)
            .map_or(1, |last| last + 1);
        for (place, number) in numbers.iter().take(used).enumerate() {
            if place > 0 {
                f.write_str(".")?;
            }
            write!(f, "{number}")?;
        }
        Ok(())
    }
}

impl Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
