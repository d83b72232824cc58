//! Signing in on a device that has no browser, or no keyboard (RFC 8628).

use crate::{Client, Fault, Form, GrantType, Presented, Scope};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use zt_types::{Seconds, Secret, Timestamp};

/// The letters of a user code: no vowel, so that no word comes of them, and none that looks like another (RFC 8628 §6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// So many letters has a code: 20^8 of them, 34.5 bits.
const LENGTH: usize = 8;
/// A longer text is no code, in bytes: people may write blanks and dashes between the letters.
const LONGEST: usize = 96;

/// What a device asks for when it wants somebody to sign in (RFC 8628 §3.1).
#[derive(Debug)]
pub struct DeviceAuthorizationRequest {
    /// Who asks.
    pub presented: Presented,
    /// What for.
    pub scopes: BTreeSet<Scope>,
}

impl DeviceAuthorizationRequest {
    /// Reads the form and the header `Authorization`.
    ///
    /// # Errors
    /// What [`Presented::read`] says; `invalid_request`, `invalid_scope`.
    pub fn read(form: &Form, authorization: Option<&str>) -> Result<Self, Fault> {
        Ok(Self {
            presented: Presented::read(form, authorization)?,
            scopes: Scope::read(form.one("scope")?.unwrap_or_default())?,
        })
    }

    /// Whether `client` may ask so.
    ///
    /// # Errors
    /// `unauthorized_client`, `invalid_scope`.
    pub fn check(&self, client: &Client) -> Result<(), Fault> {
        client.check_grant(GrantType::DeviceCode)?;
        client.check_scopes(&self.scopes)
    }
}

/// What a device asked for, as it is kept with what it is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceAsked {
    /// What for.
    #[serde(rename = "device_scopes")]
    pub scopes: BTreeSet<Scope>,
}

/// What a person types on another device, to say which request is hers (RFC 8628 §6.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserCode([u8; LENGTH]);

impl UserCode {
    /// A code of 128 random bits, of which it takes the remainder: none is likelier than another by more than 2^-93.
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Self {
        let mut rest = u128::from_be_bytes(bytes);
        Self([(); LENGTH].map(|()| {
            let letter = usize::try_from(rest % 20).unwrap_or_default();
            rest /= 20;
            LETTERS.get(letter).copied().unwrap_or(b'B')
        }))
    }

    /// Reads what somebody typed: small or capital letters, also the wide ones of Japanese keyboards, with anything between them
    /// that is neither letter nor digit. `None` if it is no code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        // What a Japanese keyboard makes of a dash counts as a letter elsewhere.
        let is_letter = |one: &char| one.is_alphanumeric() && *one != 'ー';
        let mut letters = text.chars().map(narrow).filter(is_letter);
        let mut code = [0; LENGTH];
        for place in &mut code {
            let letter = u8::try_from(letters.next()?.to_ascii_uppercase()).ok()?;
            *place = LETTERS.contains(&letter).then_some(letter)?;
        }
        letters.next().is_none().then_some(Self(code))
    }
}

/// The ASCII form of a wide character (Unicode FF01 to FF5E); every other as it is.
fn narrow(wide: char) -> char {
    let number = u32::from(wide);
    let is_wide = (0xff01..=0xff5e).contains(&number);
    let ascii = is_wide.then(|| number - 0xfee0).and_then(char::from_u32);
    ascii.unwrap_or(wide)
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, letter) in self.0.iter().enumerate() {
            if place == LENGTH / 2 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*letter))?;
        }
        Ok(())
    }
}

/// Whoever reads a code can answer the request.
impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(…)")
    }
}

/// What a device is told (RFC 8628 §3.2).
#[derive(Serialize)]
pub struct DeviceAuthorization {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: i64,
    interval: u64,
}

impl DeviceAuthorization {
    /// The answer at `now`: people go to `page` with `user_code`, the device asks with `device_code` every `interval`, until
    /// `until`.
    #[must_use]
    pub fn new(
        device_code: &Secret,
        user_code: UserCode,
        page: String,
        (now, until): (Timestamp, Timestamp),
        interval: Seconds,
    ) -> Self {
        Self {
            device_code: device_code.expose().to_owned(),
            user_code: user_code.to_string(),
            verification_uri_complete: format!("{page}?user_code={user_code}"),
            verification_uri: page,
            expires_in: until.as_seconds().saturating_sub(now.as_seconds()),
            interval: interval.0,
        }
    }
}

#[cfg(test)]
mod tests;
