//! Names that somebody chose for others to read: what in them is not seen, and which look the same.

use unicode_normalization::UnicodeNormalization;

/// Whether nothing is seen of a character, or it turns around how others are read: control characters, what Unicode lets a font leave
/// out (`Default_Ignorable_Code_Point`), separators of lines, annotations, and the empty pattern of Braille. Selectors of variants
/// are not among them: see [`is_variant`].
#[must_use]
pub const fn is_hidden(character: char) -> bool {
    if is_variant(character) {
        return false;
    }
    matches!(
        character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
            | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a character only says which variant of the one before it is meant: of a kanji or an emoji, as keyboards write them.
#[must_use]
pub const fn is_variant(character: char) -> bool {
    matches!(
        character,
        '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}'
    )
}

/// What names have in common that differ in width, in case, in spaces and in what is not seen alone. To compare, not to show.
#[must_use]
pub fn likeness(name: &str) -> String {
    let seen = name.chars().filter(|c| !is_hidden(*c) && !is_variant(*c));
    let one_width: String = seen.nfkc().collect();
    let one_case: String = one_width.chars().flat_map(char::to_lowercase).collect();
    // Only now: what stood alone beside a space may be a mark of the letter before it.
    let one_case = one_case
        .nfkc()
        .filter(|c| !c.is_whitespace() && !is_hidden(*c));
    one_case.nfkc().collect()
}

#[cfg(test)]
mod tests;
