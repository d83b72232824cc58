//! Paths that every server reads alike.
//!
//! A proxy that decides on `/public/..%2fadmin` while the application serves `/admin` has decided about nothing. So
//! whatever could be read in two ways is refused rather than repaired.

use crate::fault::Fault;

/// The longest path with query that is passed on, in bytes.
pub(crate) const LONGEST: usize = 8 * 1024;

/// How often a `%25` is looked through: nobody decodes more often by accident.
const DEPTH: usize = 4;

/// Checks a path and query in origin form.
pub(crate) fn check(path: &str, query: Option<&str>) -> Result<(), Fault> {
    if path.len() + query.map_or(0, |query| query.len() + 1) > LONGEST {
        return Err(Fault::TargetTooLong);
    }
    let bytes = path.as_bytes();
    if bytes.first() != Some(&b'/') {
        return Err(Fault::BadTarget);
    }
    let mut before = 0u8;
    let mut suspicious = Suspicion::None;
    for byte in bytes {
        match byte {
            // RFC 3986 §3.3 has no place for these; Windows servers read a backslash as a slash.
            0..=b' ' | 0x7f.. | b'\\' => return Err(Fault::AmbiguousPath),
            b'%' => suspicious = Suspicion::Some,
            b'.' if before == b'/' => suspicious = Suspicion::Some,
            _ => {}
        }
        before = *byte;
    }
    // RFC 9110 §5.5 does not know these in a field value, and a query ends up in logs.
    if query.is_some_and(|query| query.bytes().any(|byte| byte < b' ' || byte == 0x7f)) {
        return Err(Fault::AmbiguousPath);
    }
    match suspicious {
        Suspicion::None => Ok(()),
        Suspicion::Some => look_closely(path),
    }
}

#[derive(Clone, Copy)]
enum Suspicion {
    None,
    Some,
}

fn look_closely(path: &str) -> Result<(), Fault> {
    let mut read = path.as_bytes().to_vec();
    let mut form = Form::Sent;
    for _ in 0..DEPTH {
        dot_segments(&read)?;
        let Some(decoded) = decode(&read, form)? else {
            return Ok(());
        };
        overlong(&decoded)?;
        (read, form) = (decoded, Form::Decoded);
    }
    // Still encoded: somebody takes pains to hide something.
    Err(Fault::AmbiguousPath)
}

#[derive(Clone, Copy)]
enum Form {
    Sent,
    Decoded,
}

/// RFC 3629 §10: `.`, `/`, `\` and NUL in two or three bytes, which careless decoders take for the real ones.
fn overlong(decoded: &[u8]) -> Result<(), Fault> {
    const HIDDEN: [&[u8]; 7] = [
        &[0xc0, 0xae],
        &[0xc0, 0xaf],
        &[0xc1, 0x9c],
        &[0xc0, 0x80],
        &[0xe0, 0x80, 0xae],
        &[0xe0, 0x80, 0xaf],
        &[0xe0, 0x81, 0x9c],
    ];
    if HIDDEN.iter().any(|hidden| {
        decoded
            .windows(hidden.len())
            .any(|window| window == *hidden)
    }) {
        return Err(Fault::AmbiguousPath);
    }
    Ok(())
}

/// RFC 3986 §5.2.4: a segment `.` or `..`; also with path parameters, which some servers cut off first (`..;x`).
fn dot_segments(path: &[u8]) -> Result<(), Fault> {
    let is_dots = |segment: &[u8]| {
        let name = segment
            .split(|byte| *byte == b';')
            .next()
            .unwrap_or_default();
        name == b"." || name == b".."
    };
    if path.split(|byte| *byte == b'/').any(is_dots) {
        Err(Fault::AmbiguousPath)
    } else {
        Ok(())
    }
}

/// Decodes once; `None` if there was nothing to decode. What must not appear encoded is refused.
fn decode(path: &[u8], form: Form) -> Result<Option<Vec<u8>>, Fault> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    let mut found = Suspicion::None;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            decoded.push(*byte);
            continue;
        }
        match after
            .split_at_checked(2)
            .and_then(|(digits, after)| Some((hex(digits)?, after)))
        {
            // An encoded slash is not a separator to some, and one to others.
            Some((b'/' | b'\\' | 0..=0x1f | 0x7f, _)) => return Err(Fault::AmbiguousPath),
            Some((value, after)) => {
                decoded.push(value);
                rest = after;
                found = Suspicion::Some;
            }
            None => match form {
                // RFC 3986 §2.1.
                Form::Sent => return Err(Fault::AmbiguousPath),
                // What came out of a decoding may hold a plain `%`.
                Form::Decoded => decoded.push(b'%'),
            },
        }
    }
    Ok(match found {
        Suspicion::None => None,
        Suspicion::Some => Some(decoded),
    })
}

fn hex(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests;
