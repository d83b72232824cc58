//! Parameters as they come: a query or a form (RFC 6749 appendix B), read in the one way that leaves no doubt.

use crate::Fault;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// Longer than this is not looked at, in bytes.
const LONGEST: usize = 32 * 1024;
/// More parameters than this are not looked at.
const MOST: usize = 100;

/// The parameters of a request. `Debug` shows their names alone: among the values are secrets.
pub struct Form(BTreeMap<String, Values>);

enum Values {
    One(String),
    Several,
}

impl Form {
    /// Reads `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// `invalid_request`: longer than 32 KiB, more than 100 parameters, a `%` without two hexadecimal digits, or not UTF-8.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() > LONGEST {
            return Err(Fault::request("the request is longer than 32 KiB"));
        }
        let mut fields = BTreeMap::new();
        let pairs = bytes.split(|byte| *byte == b'&');
        for (count, pair) in pairs.filter(|pair| !pair.is_empty()).enumerate() {
            if count >= MOST {
                return Err(Fault::request("the request has more than 100 parameters"));
            }
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            fields
                .entry(name)
                .and_modify(|values| *values = Values::Several)
                .or_insert(Values::One(value));
        }
        Ok(Self(fields))
    }

    /// The claims of a signed request as parameters (RFC 9101 §4): numbers as they are written, objects as JSON. A list is several
    /// values, which no parameter here has.
    pub(crate) fn of_claims(claims: &serde_json::Map<String, Value>) -> Self {
        let read = |value: &Value| match value {
            Value::Null => None,
            Value::String(text) => Some(Values::One(text.clone())),
            Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                Some(Values::One(value.to_string()))
            }
            Value::Array(_) => Some(Values::Several),
        };
        let fields = claims.iter();
        Self(
            fields
                .filter_map(|(name, value)| Some((name.clone(), read(value)?)))
                .collect(),
        )
    }

    /// The value of a parameter; none if it is absent or empty, which is the same (RFC 6749 §3.1).
    ///
    /// # Errors
    /// `invalid_request` if it is there twice (RFC 6749 §3.1). Parameters that nobody asks for may be.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Fault> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Values::One(value)) => Ok(Some(value.as_str()).filter(|value| !value.is_empty())),
            Some(Values::Several) => Err(Fault::request("a parameter is there more than once")),
        }
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What was encoded (WHATWG URL §5.1, but for what is no encoding at all: that is refused and not guessed at).
pub(crate) fn decode(bytes: &[u8]) -> Result<String, Fault> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || {
                    let digit = rest.next().and_then(|byte| char::from(*byte).to_digit(16));
                    digit.and_then(|digit| u8::try_from(digit).ok())
                };
                match (digit(), digit()) {
                    (Some(high), Some(low)) => high << 4 | low,
                    _ => return Err(Fault::request("after % come two hexadecimal digits")),
                }
            }
            byte => *byte,
        });
    }
    String::from_utf8(decoded).map_err(|_| Fault::request("a parameter is not UTF-8"))
}

#[cfg(test)]
mod tests;
