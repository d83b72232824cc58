//! Time-based one-time passwords: RFC 6238 with SHA-1, 6 digits and 30 seconds, which is what every authenticator app
//! takes.

use crate::hash::equal;
use aws_lc_rs::hmac;
use zeroize::Zeroizing;
use zt_types::{Secret, Timestamp};

/// Bytes of a seed: 160 bits (RFC 4226 §4 R6).
pub const SEED_BYTES: usize = 20;
/// Seconds of one time step.
pub const STEP_SECONDS: i64 = 30;
/// Steps that a code may be off, before and after: one, for slow typing and clocks (RFC 6238 §5.2).
const WINDOW: i64 = 1;
const DIGITS: u32 = 6;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The secret that a person's authenticator app and we share.
pub struct TotpSeed(Zeroizing<Vec<u8>>);

/// Bytes are not a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a one-time password seed has 20 bytes")]
pub struct NotASeed;

/// What a code was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotpVerdict {
    /// Right. Keep `step`: no code of this step or an earlier one counts again.
    Right {
        /// The time step it belongs to.
        step: u64,
    },
    /// It was right once and has been used, or is older than one that was.
    Used,
    /// Wrong, or not six digits.
    Wrong,
}

impl TotpSeed {
    /// Makes a seed of random bytes.
    #[must_use]
    pub fn from_random(random: [u8; SEED_BYTES]) -> Self {
        Self(Zeroizing::new(random.to_vec()))
    }

    /// Takes a seed out of storage.
    ///
    /// # Errors
    /// [`NotASeed`] unless there are 20 bytes.
    pub fn from_stored(bytes: &[u8]) -> Result<Self, NotASeed> {
        if bytes.len() == SEED_BYTES {
            Ok(Self(Zeroizing::new(bytes.to_vec())))
        } else {
            Err(NotASeed)
        }
    }

    /// The bytes, to be sealed.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The seed as a person types it into an app that cannot scan: base32 (RFC 4648 §6) in groups of four.
    #[must_use]
    pub fn typed_form(&self) -> Secret {
        let letters = self.base32();
        let mut text = String::with_capacity(letters.len() + letters.len() / 4);
        for (position, letter) in letters.chars().enumerate() {
            if position > 0 && position.is_multiple_of(4) {
                text.push(' ');
            }
            text.push(letter);
        }
        Secret::new(text)
    }

    /// The address an app scans (the Google Authenticator wiki's "Key URI Format"). `issuer` and `account` may be in any
    /// script; a colon in them becomes a space, because it separates the two.
    #[must_use]
    pub fn otpauth_url(&self, issuer: &str, account: &str) -> Secret {
        let issuer = percent(&issuer.replace(':', " "));
        let account = percent(&account.replace(':', " "));
        let seed = self.base32();
        Secret::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}",
            *seed
        ))
    }

    /// The code at a time step.
    #[must_use]
    pub fn code(&self, step: u64) -> Secret {
        // RFC 4226 §5.3.
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let digest = tag.as_ref();
        let offset = usize::from(digest.last().copied().unwrap_or(0) & 0x0f);
        let word = digest
            .iter()
            .skip(offset)
            .take(4)
            .fold(0u32, |word, byte| (word << 8) | u32::from(*byte));
        let width = DIGITS as usize;
        Secret::new(format!(
            "{:0width$}",
            (word & 0x7fff_ffff) % 10u32.pow(DIGITS)
        ))
    }

    /// Verifies what a person typed. `last_step` is the step of the last code that counted, 0 if none did.
    ///
    /// Spaces are ignored and full-width digits taken, as a Japanese input method leaves them.
    #[must_use]
    pub fn verify(&self, typed: &str, now: Timestamp, last_step: u64) -> TotpVerdict {
        let Some(typed) = digits(typed) else {
            return TotpVerdict::Wrong;
        };
        let current = now.as_seconds().div_euclid(STEP_SECONDS);
        let mut verdict = TotpVerdict::Wrong;
        // All of them, always: the time taken does not tell which one it was.
        for step in current.saturating_sub(WINDOW)..=current.saturating_add(WINDOW) {
            let Ok(step) = u64::try_from(step) else {
                continue;
            };
            if !equal(self.code(step).expose().as_bytes(), typed.as_bytes()) {
                continue;
            }
            verdict = match verdict {
                TotpVerdict::Right { .. } => verdict,
                _ if step > last_step => TotpVerdict::Right { step },
                _ => TotpVerdict::Used,
            };
        }
        verdict
    }

    fn base32(&self) -> Zeroizing<String> {
        // 20 bytes are 32 letters without a remainder.
        let mut text = String::with_capacity(32);
        let (mut bits, mut count) = (0u32, 0u32);
        for byte in self.0.iter() {
            bits = (bits << 8) | u32::from(*byte);
            count += 8;
            while count >= 5 {
                count -= 5;
                let letter = ALPHABET
                    .get(((bits >> count) & 31) as usize)
                    .copied()
                    .unwrap_or(b'A');
                text.push(char::from(letter));
            }
            bits &= (1 << count) - 1;
        }
        Zeroizing::new(text)
    }
}

impl std::fmt::Debug for TotpSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSeed(…)")
    }
}

fn digits(typed: &str) -> Option<String> {
    let mut text = String::with_capacity(DIGITS as usize);
    for character in typed
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{3000}' | '\u{a0}'))
    {
        let digit = match character {
            '0'..='9' => character,
            '\u{ff10}'..='\u{ff19}' => char::from_u32(character as u32 - 0xff10 + u32::from(b'0'))?,
            _ => return None,
        };
        if text.len() >= DIGITS as usize {
            return None;
        }
        text.push(digit);
    }
    (text.len() == DIGITS as usize).then_some(text)
}

/// RFC 3986 §2.3: everything but the unreserved characters. Form encoding would show `+` in some apps.
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests;
