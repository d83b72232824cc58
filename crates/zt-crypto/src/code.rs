//! Secrets that a person types or reads aloud: Crockford base32 in groups of four.
//!
//! 20 random bytes make `7Q4K-…` of eight groups (an enrolment code, 160 bits: its plain hash may be kept); 10 bytes make
//! four groups (a recovery code, 80 bits: keep [`crate::hash::MacKey::short_secret_hash`] of it). Reading forgives what
//! eyes and keyboards confuse: case, `O`/`0`, `I`/`L`/`1`, hyphens, spaces and full-width characters.

use zt_types::Secret;

const ALPHABET: [u8; 32] = *b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUP: usize = 4;

/// Writes `random` in groups of four characters joined by `-`. Hash the [`canonical`] form, never this one.
///
/// Each 5 bytes make 8 characters; a remainder is padded with zero bits.
#[must_use]
pub fn readable(random: &[u8]) -> Secret {
    let mut text = String::with_capacity(random.len() * 2);
    let (mut bits, mut count, mut written) = (0u32, 0u32, 0usize);
    let mut push = |value: u32, text: &mut String| {
        if written > 0 && written.is_multiple_of(GROUP) {
            text.push('-');
        }
        written += 1;
        // A value of five bits is always in the alphabet.
        let letter = ALPHABET.get((value & 31) as usize).copied().unwrap_or(b'0');
        text.push(char::from(letter));
    };
    for byte in random {
        bits = (bits << 8) | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            push(bits >> count, &mut text);
        }
        bits &= (1 << count) - 1;
    }
    if count > 0 {
        push(bits << (5 - count), &mut text);
    }
    Secret::new(text)
}

/// The one form of a code however it was typed: upper case, without separators; `None` if it holds a character that no
/// code holds, or is longer than 64 characters.
#[must_use]
pub fn canonical(typed: &str) -> Option<Secret> {
    let mut text = String::new();
    for character in typed.chars() {
        let character = match character {
            // Full-width forms, as a Japanese input method leaves them.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0)?,
            other => other,
        };
        let letter = match character.to_ascii_uppercase() {
            '-' | ' ' | '\u{3000}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' => continue,
            'O' => '0',
            'I' | 'L' => '1',
            letter => letter,
        };
        if !letter.is_ascii() || !ALPHABET.contains(&(letter as u8)) || text.len() >= 64 {
            return None;
        }
        text.push(letter);
    }
    (!text.is_empty()).then(|| Secret::new(text))
}

#[cfg(test)]
mod tests;
