//! What a password must be (NIST SP 800-63B-4 §3.1.1).
//!
//! Here a password is never the only factor, so eight characters are the least; no rules of composition, no periodic
//! change, all of Unicode, 256 characters at most. It is refused when it is among the passwords everybody tries first, a
//! run of neighbouring keys or repetitions, or a word about its owner.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zt_types::Secret;
use zxcvbn::matching::patterns::MatchPattern;

/// The least number of characters (code points after normalisation).
pub const SHORTEST: usize = 8;
/// The most.
pub const LONGEST: usize = 256;
/// Fewer guesses than this by `zxcvbn`'s estimate and a password is common: the limits on guessing let nobody try more
/// than 100 in a row, but many people's passwords can be tried with the same few.
const EASY_GUESSES: u64 = 1_000_000;

/// Why a password does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "fault")]
pub enum PasswordFault {
    /// Too few characters.
    #[error("shorter than {SHORTEST} characters")]
    TooShort,
    /// Too many.
    #[error("longer than {LONGEST} characters")]
    TooLong,
    /// Control characters can be typed into some forms and not into others.
    #[error("holds control characters")]
    ControlCharacters,
    /// One of the passwords that are tried first.
    #[error("one of the most common passwords")]
    Common,
    /// A run of neighbouring keys, of letters or numbers, or a repetition.
    #[error("a simple pattern")]
    Pattern,
    /// The password that it is to take the place of.
    #[error("the same as the password before")]
    Reused,
    /// Made of the owner's name, login or organisation.
    #[error("made of words about its owner")]
    AboutOwner,
}

impl PasswordFault {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::TooShort,
        Self::TooLong,
        Self::ControlCharacters,
        Self::Common,
        Self::Pattern,
        Self::AboutOwner,
        Self::Reused,
    ];

    /// The message key's last part.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::TooShort => "password-too-short",
            Self::TooLong => "password-too-long",
            Self::ControlCharacters => "password-control-characters",
            Self::Common => "password-common",
            Self::Pattern => "password-pattern",
            Self::AboutOwner => "password-about-owner",
            Self::Reused => "password-reused",
        }
    }
}

/// The form in which a password is hashed and verified: NFKC, so that the same keys give the same password on every
/// keyboard and input method, full width or half (NIST SP 800-63B-4 §3.1.1.2; Unicode UAX #15).
///
/// # Errors
/// [`PasswordFault::TooLong`] for what can be nobody's password: it is not worth hashing.
pub fn normalise(typed: &Secret) -> Result<Secret, PasswordFault> {
    // Bounded before it is normalised: NFKC can lengthen a text eighteenfold.
    if typed.expose().len() > LONGEST * 4 {
        return Err(PasswordFault::TooLong);
    }
    let folded: String = typed.expose().nfkc().collect();
    if folded.chars().count() > LONGEST {
        return Err(PasswordFault::TooLong);
    }
    Ok(Secret::new(folded))
}

/// Judges a new password. `words` are about its owner: login, names, e-mail, organisation.
///
/// # Errors
/// The first [`PasswordFault`] it has.
pub fn judge(password: &Secret, words: &[&str]) -> Result<(), PasswordFault> {
    let password = normalise(password)?;
    let text = password.expose();
    let length = text.chars().count();
    if length < SHORTEST {
        return Err(PasswordFault::TooShort);
    }
    if text.chars().any(char::is_control) {
        return Err(PasswordFault::ControlCharacters);
    }
    // Parts of a word count too: `sato` of `sato.hanako`, `example` of an address.
    let words: Vec<String> = words
        .iter()
        .flat_map(|word| {
            let folded: String = word.nfkc().flat_map(char::to_lowercase).collect();
            let mut parts: Vec<String> = folded
                .split(|c: char| !c.is_alphanumeric())
                .filter(|part| part.chars().count() >= 3)
                .map(str::to_owned)
                .collect();
            parts.push(folded);
            parts
        })
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let estimate = zxcvbn::zxcvbn(text, &words);
    if estimate.guesses() >= EASY_GUESSES {
        return Ok(());
    }
    // Which pattern explains most of it decides what its owner is told.
    let weightiest = estimate
        .sequence()
        .iter()
        .max_by_key(|part| part.j.saturating_sub(part.i));
    Err(match weightiest.map(|part| &part.pattern) {
        Some(MatchPattern::Dictionary(found)) => {
            let own = words.contains(&found.matched_word.as_str());
            if own {
                PasswordFault::AboutOwner
            } else {
                PasswordFault::Common
            }
        }
        Some(
            MatchPattern::Spatial(_)
            | MatchPattern::Repeat(_)
            | MatchPattern::Sequence(_)
            | MatchPattern::Regex(_)
            | MatchPattern::Date(_),
        ) => PasswordFault::Pattern,
        Some(MatchPattern::BruteForce) | None => PasswordFault::Common,
    })
}

#[cfg(test)]
mod tests;
