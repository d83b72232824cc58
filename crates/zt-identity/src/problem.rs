//! What is wrong with a document, where, and what to write instead.

use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The file's name as it was handed in; the variable's name for what came out of the environment.
    pub file: String,
    /// The line, from 1; 0 where there are no lines.
    pub line: usize,
    /// The column in characters, from 1; 0 where there are no lines.
    pub column: usize,
    /// The line itself.
    pub excerpt: String,
    /// How many characters of it are meant; at least 1.
    pub width: usize,
}

impl Place {
    /// The place of the bytes `span` of `text`.
    #[must_use]
    pub fn new(file: &str, text: &str, span: Range<usize>) -> Self {
        let start = floor_boundary(text, span.start);
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let rest = text.get(line_start..).unwrap_or_default();
        let excerpt = rest.lines().next().unwrap_or_default();
        let column = text
            .get(line_start..start)
            .unwrap_or_default()
            .chars()
            .count();
        let meant = text
            .get(start..floor_boundary(text, span.end))
            .and_then(|meant| meant.lines().next())
            .map_or(0, |meant| meant.chars().count());
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: column + 1,
            excerpt: excerpt.to_owned(),
            width: meant.max(1),
        }
    }

    /// A file as a whole, or an environment variable.
    #[must_use]
    pub fn whole(name: &str) -> Self {
        Self {
            file: name.to_owned(),
            line: 0,
            column: 0,
            excerpt: String::new(),
            width: 1,
        }
    }

    /// The line with a mark under what is meant; empty where there are no lines.
    #[must_use]
    pub fn drawing(&self) -> String {
        if self.line == 0 {
            return String::new();
        }
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        let column = self.column.saturating_sub(1);
        let indent: usize = self.excerpt.chars().take(column).map(cells).sum();
        let marks: usize = self
            .excerpt
            .chars()
            .skip(column)
            .take(self.width)
            .map(cells)
            .sum();
        format!(
            "{gutter} |\n{number} | {}\n{gutter} | {}{}",
            self.excerpt.replace('\t', " "),
            " ".repeat(indent),
            "^".repeat(marks.max(1))
        )
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        Ok(())
    }
}

/// One thing that is wrong, and where. Ordered by place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What.
    pub wrong: Wrong,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.wrong)?;
        if let Some(instead) = self.wrong.instead() {
            write!(f, "; {instead}")?;
        }
        Ok(())
    }
}

/// The ways in which a document can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Wrong {
    /// Not TOML.
    #[error("this is not TOML: {0}")]
    Syntax(String),
    /// A key that nothing reads.
    #[error("there is no key `{key}` in {within}")]
    UnknownKey {
        /// The key.
        key: String,
        /// In what.
        within: String,
        /// The known key that looks most like it.
        nearest: Option<String>,
        /// The known keys.
        known: Vec<&'static str>,
    },
    /// A key that must be there is not.
    #[error("{within} has no `{key}`")]
    MissingKey {
        /// The key.
        key: String,
        /// In what.
        within: String,
        /// A value it could have, as TOML.
        example: String,
    },
    /// Exactly one of several keys must be there.
    #[error("{within} has {found} of {}", quoted(.keys))]
    OneOfKeys {
        /// The keys.
        keys: Vec<&'static str>,
        /// In what.
        within: String,
        /// `none` or `more than one`.
        found: &'static str,
    },
    /// A value of another kind.
    #[error("`{key}` is {got}")]
    WrongType {
        /// The key.
        key: String,
        /// What it is.
        got: String,
        /// What it should be.
        wanted: String,
    },
    /// A value of the right kind that does not say anything.
    #[error("`{key}` is `{value}`")]
    BadValue {
        /// The key.
        key: String,
        /// The value, shortened.
        value: String,
        /// What it should be.
        wanted: String,
        /// The allowed value that looks most like it.
        nearest: Option<String>,
    },
    /// A value that another part reads and cannot.
    #[error("`{key}` cannot be read: {why}")]
    Unreadable {
        /// The key.
        key: String,
        /// What its reader says.
        why: String,
    },
    /// A rule whose parts do not fit together; says what to do.
    #[error("this rule does not hold together: {0}")]
    Rule(String),
    /// A client whose keys do not fit together.
    #[error("this client does not hold together: {why}")]
    Client {
        /// What does not fit.
        why: String,
        /// What to write.
        instead: String,
    },
    /// A service provider whose keys do not fit together.
    #[error("this service provider does not hold together: {why}")]
    ServiceProvider {
        /// What does not fit.
        why: String,
        /// What to write.
        instead: String,
    },
    /// An address that its reader does not take.
    #[error("`{key}` has `{value}`, which is not taken: {why}")]
    Address {
        /// The key.
        key: String,
        /// The address.
        value: String,
        /// What its reader says, which is also what to write.
        why: String,
    },
    /// Somebody was left out of a rule for longer than was agreed.
    #[error("{whom} was left out until {until}, which has passed")]
    ExclusionOver {
        /// Who is left out.
        whom: String,
        /// Who answers for it.
        owner: String,
        /// The last day.
        until: String,
    },
    /// A pack whose policies name what is not there.
    #[error("the pack `{pack}` needs {what}")]
    PackNeeds {
        /// The pack.
        pack: String,
        /// What it needs.
        what: String,
    },
    /// Groups that are part of each other; says which, and what to do.
    #[error("{0}")]
    Circle(String),
    /// The same id twice.
    #[error("there is a second {what} `{id}`; the first is at {first}")]
    Duplicate {
        /// Of what.
        what: &'static str,
        /// The id.
        id: String,
        /// Where the first one is.
        first: String,
    },
    /// A reference to what is not there.
    #[error("there is no {what} `{id}` in these files")]
    UnknownReference {
        /// Of what.
        what: &'static str,
        /// The id.
        id: String,
        /// The known id that looks most like it.
        nearest: Option<String>,
    },
    /// A file that is named and was not found.
    #[error("the file `{0}` cannot be read")]
    MissingFile(String),
    /// A secret file that holds no secret.
    #[error("the file `{0}` does not hold a token")]
    WeakToken(String),
    /// A policy that is not valid Cedar under the schema.
    #[error("this policy is not valid: {message}")]
    Cedar {
        /// What the policy engine says.
        message: String,
        /// What it advises.
        help: Option<String>,
    },
    /// Nothing to read at all.
    #[error("there is no *.toml file here")]
    Empty,
}

impl Wrong {
    /// What to write instead, if it can be said.
    #[must_use]
    pub fn instead(&self) -> Option<String> {
        match self {
            Self::Syntax(_) | Self::Rule(_) | Self::Circle(_) | Self::Address { .. } => None,
            Self::Client { instead, .. } | Self::ServiceProvider { instead, .. } => {
                Some(instead.clone())
            }
            // Most readers say themselves what to write.
            Self::Unreadable { why, .. } if why.contains("write ") => None,
            Self::Unreadable { .. } => Some("see `docs/policies.md` for how it is written".to_owned()),
            Self::ExclusionOver { owner, .. } => Some(format!(
                "ask `{owner}`, who answers for it: write a later day, or take the exclusion out"
            )),
            Self::PackNeeds { .. } => Some("add it to these files, or take the pack out".to_owned()),
            Self::UnknownKey {
                nearest: Some(nearest),
                ..
            } => Some(format!("write `{nearest}`")),
            Self::UnknownKey { known, .. } => Some(format!("known here: {}", quoted(known))),
            Self::MissingKey { key, example, .. } => Some(format!("write `{key} = {example}`")),
            Self::OneOfKeys { keys, .. } => Some(format!("write exactly one of {}", quoted(keys))),
            Self::WrongType { wanted, .. } => Some(format!("write {wanted}")),
            Self::BadValue {
                nearest: Some(nearest),
                ..
            } => Some(format!("write `{nearest}`")),
            Self::BadValue { wanted, .. } => Some(format!("write {wanted}")),
            Self::Duplicate { what, .. } => {
                Some(format!("give each {what} an id of its own, or remove one"))
            }
            Self::UnknownReference {
                what,
                nearest: Some(nearest),
                ..
            } => Some(format!("write the {what} `{nearest}`, or add it")),
            Self::UnknownReference { what, .. } => Some(format!("add the {what} to these files")),
            Self::MissingFile(_) => {
                Some("paths are relative to the file that names them; check that it is there and readable".to_owned())
            }
            Self::WeakToken(_) => Some(
                "put at least 32 characters without spaces into it, for example by `openssl rand -hex 32`"
                    .to_owned(),
            ),
            Self::Cedar { help, .. } => help.clone(),
            Self::Empty => Some("name the directory that holds the organisation's files".to_owned()),
        }
    }
}

/// Everything that is wrong, in the order of the files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one.
    pub fn add(&mut self, place: Place, wrong: Wrong) {
        self.0.push(Problem { place, wrong });
    }
    /// Adds those of `other`.
    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }
    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Keeps those of which `keep` holds.
    pub fn retain(&mut self, keep: impl FnMut(&Problem) -> bool) {
        self.0.retain(keep);
    }
    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.0.len()
    }
    /// All, by place, each once.
    #[must_use]
    pub fn sorted(mut self) -> Vec<Problem> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}

/// The candidate that looks most like `text`, if any is near enough to be meant.
#[must_use]
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let text: Vec<char> = text.chars().take(64).collect();
    let most = (text.len() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&text, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

/// How many insertions, removals, replacements and swaps of neighbours turn one into the other (optimal string
/// alignment).
fn distance(text: &[char], candidate: &str) -> usize {
    let candidate: Vec<char> = candidate.chars().collect();
    let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=candidate.len()).collect();
    for (row, letter) in text.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, other) in candidate.iter().enumerate() {
            let replaced = at(&last, column) + usize::from(letter != other);
            let mut least = replaced
                .min(at(&next, column) + 1)
                .min(at(&last, column + 1) + 1);
            let neighbours = (
                row.checked_sub(1).and_then(|row| text.get(row)),
                column
                    .checked_sub(1)
                    .and_then(|column| candidate.get(column)),
            );
            if neighbours == (Some(other), Some(letter)) {
                least = least.min(at(&before_last, column.saturating_sub(1)) + 1);
            }
            next.push(least);
        }
        before_last = std::mem::replace(&mut last, next);
    }
    at(&last, candidate.len())
}

fn quoted<S: AsRef<str>>(names: &[S]) -> String {
    names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// How many cells a terminal gives a character: two for the wide ones of East Asia (Unicode UAX #11, the blocks that
/// matter here).
const fn cells(letter: char) -> usize {
    match letter as u32 {
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff => 2,
        0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x2_0000..=0x3_fffd => 2,
        _ => 1,
    }
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
