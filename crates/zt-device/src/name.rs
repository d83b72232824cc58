//! What devices may be called, and what is kept of the texts they report.

use zt_types::names::is_hidden;

/// Longest name of a device, in characters.
pub const LONGEST_NAME: usize = 48;

/// Why a text cannot be a device's name. It names no input: the page shows what was typed beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameRefusal {
    /// Nothing in it that can be seen.
    #[error("the device needs a name")]
    Empty,
    /// More than [`LONGEST_NAME`] characters.
    #[error("the device's name is longer than 48 characters")]
    TooLong,
    /// Characters that are not seen, or turn the writing direction around, and make a name look like another.
    #[error("the device's name has characters that cannot be shown")]
    NotShowable,
}

impl NameRefusal {
    /// The slug used in answers and message keys.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Empty => "name-empty",
            Self::TooLong => "name-too-long",
            Self::NotShowable => "name-not-showable",
        }
    }
}

/// The name as it is kept: trimmed, runs of white space made one space.
///
/// # Errors
/// [`NameRefusal`].
pub fn clean_name(typed: &str) -> Result<String, NameRefusal> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        Err(NameRefusal::Empty)
    } else if name.chars().any(is_hidden) {
        Err(NameRefusal::NotShowable)
    } else if name.chars().count() > LONGEST_NAME {
        Err(NameRefusal::TooLong)
    } else {
        Ok(name)
    }
}

/// `wanted`, or `wanted (2)`, `wanted (3)`, … so that one person's devices can be told apart.
#[must_use]
pub fn distinct_name<'a>(wanted: &str, taken: impl Iterator<Item = &'a str> + Clone) -> String {
    let is_free = |name: &str| taken.clone().all(|other| other != name);
    if is_free(wanted) {
        return wanted.to_owned();
    }
    let mut number = 2u32;
    loop {
        let suffix = format!(" ({number})");
        let room = LONGEST_NAME.saturating_sub(suffix.chars().count());
        let name = format!(
            "{}{suffix}",
            wanted.chars().take(room).collect::<String>().trim_end()
        );
        // Ends: `taken` is finite and the numbers are not.
        if is_free(&name) {
            return name;
        }
        number = number.saturating_add(1);
    }
}

/// A text that a device reported about itself, as it is kept and shown: what cannot be shown is left out, and it ends
/// after `longest` characters. May be empty.
#[must_use]
pub fn shown_text(reported: &str, longest: usize) -> String {
    let shown: String = reported
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_hidden(*c))
        .collect();
    shown
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(longest)
        .collect()
}

#[cfg(test)]
mod tests;
