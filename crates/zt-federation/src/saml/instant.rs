//! Points in time and spans, as XML Schema writes them.

use zt_types::{Seconds, Timestamp};

/// Reads an `xs:dateTime` in UTC (Core §1.3.3): `2026-04-01T00:30:00Z`, with or without a fraction. What is finer than a
/// millisecond is cut off. Another zone, or none, is refused: what time it names depends on who reads it.
pub(crate) fn read_instant(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z')?;
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some((whole, fraction)) => (whole, fraction),
        None => (text, "0"),
    };
    let has_shape = whole.len() == 19
        && whole
            .bytes()
            .zip("dddd-dd-ddTdd:dd:dd".bytes())
            .all(|(byte, shape)| {
                if shape == b'd' {
                    byte.is_ascii_digit()
                } else {
                    byte == shape
                }
            });
    if !has_shape || fraction.len() > 32 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A leap second is none of UTC as SAML knows it (Core §1.3.3).
    if whole.ends_with("60") {
        return None;
    }
    let millis: String = fraction.chars().chain("000".chars()).take(3).collect();
    Timestamp::parse_rfc3339(&format!("{whole}.{millis}Z"))
}

/// Writes one, in whole seconds: some readers stumble over fractions.
pub(crate) fn write_instant(at: Timestamp) -> String {
    let text = Timestamp::from_seconds(at.as_seconds()).to_rfc3339();
    match text.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => text,
    }
}

/// Reads an `xs:duration` that is not negative. A month has 30 days and a year 365: how long a copy is kept is no calendar.
pub(crate) fn read_duration(text: &str) -> Option<Seconds> {
    let text = text.strip_prefix('P')?;
    let (date, time) = match text.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None if text.is_empty() => return None,
        None => (text, ""),
    };
    let days = sum(
        date,
        &[('Y', 365 * 86_400), ('M', 30 * 86_400), ('D', 86_400)],
    )?;
    let seconds = sum(time, &[('H', 3600), ('M', 60), ('S', 1)])?;
    days.checked_add(seconds).map(Seconds)
}

fn sum(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut sum = 0_u64;
    for (unit, worth) in units {
        let Some((number, rest)) = text.split_once(*unit) else {
            continue;
        };
        // Only seconds have a fraction, which is cut off.
        let number = match number.split_once('.') {
            Some((whole, fraction)) if *unit == 'S' && !fraction.is_empty() => whole,
            Some(_) => return None,
            None => number,
        };
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: u64 = number.parse().ok()?;
        sum = sum.checked_add(number.checked_mul(*worth)?)?;
        text = rest;
    }
    text.is_empty().then_some(sum)
}

#[cfg(test)]
mod tests;
