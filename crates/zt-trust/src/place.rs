//! Where addresses are, as a table that the operator configures says.
//!
//! One line per range of addresses, after the line `range,country,latitude,longitude,anonymiser`:
//!
//! ```text
//! range,country,latitude,longitude,anonymiser
//! 0.0.0.0/0,,,,no
//! 192.0.2.0/24,JP,35.68,139.69,
//! 198.51.100.7-198.51.100.9,,,,yes
//! ```
//!
//! A range is `first-last`, a prefix or one address. Ranges may lie within others: the innermost decides, and what its line
//! leaves open it has from the one around it. What no line says is not known. Lines that begin with `#` are passed over.

use std::net::IpAddr;
use zt_types::{Answer, Country};

#[cfg(test)]
mod tests;

/// The first line.
const HEADER: &str = "range,country,latitude,longitude,anonymiser";
/// So many ranges are taken; whole-world tables by country have some hundred thousand.
const MOST_RANGES: usize = 4_000_000;
/// The mean radius of the earth in kilometres.
const EARTH: f64 = 6371.0;

/// Where an address is, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Place {
    /// The country.
    pub country: Option<Country>,
    /// Where about on the earth.
    pub coordinates: Option<Coordinates>,
    /// Whether the address belongs to a service that hides where people are.
    pub anonymiser: Answer,
}

/// A point on the earth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coordinates {
    /// Degrees north, −90 to 90.
    latitude: f64,
    /// Degrees east, −180 to 180.
    longitude: f64,
}

/// Where addresses are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Places {
    v4: Vec<Row>,
    v6: Vec<Row>,
}

/// INVARIANT: rows are sorted by their first address; two of them lie apart or one within the other; `around` is the
/// innermost one around this one, and `place` holds what this one has from it.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    first: u128,
    last: u128,
    around: Option<usize>,
    place: Place,
}

/// A table cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlacesError {
    /// It begins with something else.
    #[error("line 1 must read `{HEADER}`")]
    Header,
    /// It is too long.
    #[error("it holds more than {MOST_RANGES} ranges")]
    TooLong,
    /// A line is wrong.
    #[error("line {line}: {why}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// What is wrong with it.
        why: Wrong,
    },
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// It has other columns.
    #[error("it holds {0} values instead of 5")]
    Columns(usize),
    /// No range.
    #[error("`{0}` is no range: write `192.0.2.0/24`, `192.0.2.1-192.0.2.9` or `192.0.2.7`")]
    Range(String),
    /// No country.
    #[error("`{0}` is no country: write two capital letters such as `JP`, or nothing")]
    Country(String),
    /// No point on the earth.
    #[error("latitude and longitude are degrees such as `35.68` and `139.69`, both or neither")]
    Coordinates,
    /// Neither yes nor no.
    #[error("`{0}` is no answer: write `yes`, `no` or nothing")]
    Answer(String),
    /// The same range as another line's.
    #[error("line {0} is about the same range")]
    Twice(usize),
    /// It overlaps another line's.
    #[error("the range overlaps that of line {0}, and neither lies within the other")]
    Overlaps(usize),
}

impl Coordinates {
    /// A point, if it is one on the earth.
    #[must_use]
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let is_on_earth =
            (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        is_on_earth.then_some(Self {
            latitude,
            longitude,
        })
    }

    /// Kilometres along the great circle (haversine formula).
    #[must_use]
    pub fn kilometres_to(self, other: Self) -> f64 {
        let (from, to) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half_north = ((to - from) / 2.0).sin();
        let half_east = ((other.longitude - self.longitude).to_radians() / 2.0).sin();
        let chord = half_north * half_north + from.cos() * to.cos() * half_east * half_east;
        2.0 * EARTH * chord.sqrt().min(1.0).asin()
    }
}

impl std::fmt::Display for Coordinates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1},{:.1}", self.latitude, self.longitude)
    }
}

impl Places {
    /// Reads a table.
    ///
    /// # Errors
    /// [`PlacesError`]: the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, PlacesError> {
        let mut lines = text.lines();
        if lines.next().map(str::trim_end) != Some(HEADER) {
            return Err(PlacesError::Header);
        }
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (number, line) in lines.enumerate() {
            let (number, line) = (number + 2, line.trim());
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if v4.len() + v6.len() >= MOST_RANGES {
                return Err(PlacesError::TooLong);
            }
            let read = read(line).map_err(|why| PlacesError::Line { line: number, why })?;
            let (first, last, place) = read;
            let row = Row {
                first: bits(first),
                last: bits(last),
                around: None,
                place,
            };
            if first.is_ipv4() {
                v4.push((row, number));
            } else {
                v6.push((row, number));
            }
        }
        Ok(Self {
            v4: nested(v4)?,
            v6: nested(v6)?,
        })
    }

    /// Where an address is.
    #[must_use]
    pub fn at(&self, address: IpAddr) -> Place {
        let address = address.to_canonical();
        let rows = if address.is_ipv4() {
            &self.v4
        } else {
            &self.v6
        };
        let bits = bits(address);
        let mut next = rows.partition_point(|row| row.first <= bits).checked_sub(1);
        while let Some(row) = next.and_then(|at| rows.get(at)) {
            if bits <= row.last {
                return row.place;
            }
            next = row.around;
        }
        Place::default()
    }

    /// What policies could read and this table never says, as they write it: one that asks for it would let everybody
    /// through, or nobody.
    #[must_use]
    pub fn unreported(&self) -> Vec<&'static str> {
        let says =
            |is: fn(&Place) -> bool| self.v4.iter().chain(&self.v6).any(|row| is(&row.place));
        let mut unreported = Vec::new();
        if !says(|place| place.country.is_some()) {
            unreported.push("context.network.country");
        }
        if !says(|place| place.anonymiser != Answer::Unknown) {
            unreported.push("context.network.anonymiser");
        }
        unreported
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// Sorts rows, and lets each know the one around it.
fn nested(mut rows: Vec<(Row, usize)>) -> Result<Vec<Row>, PlacesError> {
    rows.sort_by(|(a, _), (b, _)| a.first.cmp(&b.first).then(b.last.cmp(&a.last)));
    let mut done: Vec<Row> = Vec::with_capacity(rows.len());
    // The rows around the present one, the innermost last: where it is, and its line.
    let mut around: Vec<(usize, usize)> = Vec::new();
    for (mut row, line) in rows {
        while let Some((at, other)) = around.last().copied() {
            let Some(outer) = done.get(at) else { break };
            if outer.last < row.first {
                around.pop();
                continue;
            }
            let why = if outer.first == row.first && outer.last == row.last {
                Some(Wrong::Twice(other))
            } else if outer.last < row.last {
                Some(Wrong::Overlaps(other))
            } else {
                None
            };
            if let Some(why) = why {
                return Err(PlacesError::Line { line, why });
            }
            let Place {
                country,
                coordinates,
                anonymiser,
            } = &mut row.place;
            *country = country.or(outer.place.country);
            *coordinates = coordinates.or(outer.place.coordinates);
            if *anonymiser == Answer::Unknown {
                *anonymiser = outer.place.anonymiser;
            }
            row.around = Some(at);
            break;
        }
        around.push((done.len(), line));
        done.push(row);
    }
    Ok(done)
}

fn read(line: &str) -> Result<(IpAddr, IpAddr, Place), Wrong> {
    let columns: Vec<&str> = line.split(',').map(str::trim).collect();
    let [written, country, latitude, longitude, anonymiser] = columns.as_slice() else {
        return Err(Wrong::Columns(columns.len()));
    };
    let shown = |text: &str| text.chars().take(80).collect::<String>();
    let (first, last) = range(written).ok_or_else(|| Wrong::Range(shown(written)))?;
    let coordinates = match (*latitude, *longitude) {
        ("", "") => None,
        (latitude, longitude) => {
            let degrees = |text: &str| text.parse().ok();
            let point = degrees(latitude)
                .zip(degrees(longitude))
                .and_then(|(latitude, longitude)| Coordinates::new(latitude, longitude));
            Some(point.ok_or(Wrong::Coordinates)?)
        }
    };
    let place = Place {
        country: match *country {
            "" => None,
            code => Some(code.parse().map_err(|_| Wrong::Country(shown(code)))?),
        },
        coordinates,
        anonymiser: match *anonymiser {
            "" => Answer::Unknown,
            "yes" => Answer::Yes,
            "no" => Answer::No,
            other => return Err(Wrong::Answer(shown(other))),
        },
    };
    Ok((first, last, place))
}

/// The first and the last address of a range.
fn range(text: &str) -> Option<(IpAddr, IpAddr)> {
    if let Some((first, last)) = text.split_once('-') {
        let (first, last): (IpAddr, IpAddr) = (first.parse().ok()?, last.parse().ok()?);
        return (first.is_ipv4() == last.is_ipv4() && first <= last).then_some((first, last));
    }
    let Some((first, length)) = text.split_once('/') else {
        let address = text.parse().ok()?;
        return Some((address, address));
    };
    let first: IpAddr = first.parse().ok()?;
    let width: u8 = if first.is_ipv4() { 32 } else { 128 };
    // The library takes a sign and leading zeros.
    let length: u8 = length
        .parse()
        .ok()
        .filter(|n: &u8| n.to_string() == length)?;
    let off = u32::from(width.checked_sub(length)?);
    let rest = 1_u128.checked_shl(off).map_or(u128::MAX, |size| size - 1);
    if bits(first) & rest != 0 {
        return None;
    }
    let last = bits(first) | rest;
    let last = match first {
        IpAddr::V4(_) => IpAddr::V4(u32::try_from(last).ok()?.into()),
        IpAddr::V6(_) => IpAddr::V6(last.into()),
    };
    Some((first, last))
}
