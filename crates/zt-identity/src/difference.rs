//! What differs between the records that are and the records that files want: printable, without acting on it.

use crate::person::ManagedBy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// One record that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What would happen to it.
    pub sign: Sign,
    /// What it is, such as `person`.
    pub what: String,
    /// Its id.
    pub id: String,
    /// Which of its members differ; why it is left alone.
    pub details: Vec<Detail>,
}

/// What would happen to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// It is made.
    Add,
    /// It is changed.
    Change,
    /// It is taken away (a person: disabled).
    Remove,
    /// The files want something of it, but do not manage it. Nothing happens.
    LeaveAlone,
}

impl Sign {
    /// `+`, `~`, `-`, `!`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Change => "~",
            Self::Remove => "-",
            Self::LeaveAlone => "!",
        }
    }
}

/// One member that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The member.
    pub name: String,
    /// What it is; empty if nothing.
    pub before: String,
    /// What it would be; empty if nothing.
    pub after: String,
}

impl Line {
    /// The line without its details, such as `+ person sato.hanako`.
    #[must_use]
    pub fn head(&self) -> String {
        format!("{} {} {}", self.sign.as_str(), self.what, self.id)
    }

    /// A record that is left alone, and why.
    #[must_use]
    pub fn left_alone(what: &str, id: &str, why: &str) -> Self {
        Self {
            sign: Sign::LeaveAlone,
            what: what.to_owned(),
            id: id.to_owned(),
            details: vec![Detail {
                name: "left alone".to_owned(),
                before: String::new(),
                after: why.to_owned(),
            }],
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.head())?;
        for detail in &self.details {
            write!(f, "\n    {}: ", detail.name)?;
            match told(&detail.before, &detail.after) {
                (before, after) if before.is_empty() => f.write_str(&after)?,
                (before, after) if after.is_empty() => write!(f, "{before} → nothing")?,
                (before, after) => write!(f, "{before} → {after}")?,
            }
        }
        Ok(())
    }
}

/// A text of several lines is told by the first line in which the two differ; the whole stands in the JSON form.
fn told(before: &str, after: &str) -> (String, String) {
    let (mut old, mut new) = (before.lines(), after.lines());
    loop {
        match (old.next(), new.next()) {
            (None, None) => return (before.to_owned(), after.to_owned()),
            (was, is) if was == is => {}
            (was, is) => {
                let short = |line: Option<&str>, rest: usize| match (line, rest) {
                    (None, _) => String::new(),
                    (Some(line), 0) => line.trim().to_owned(),
                    (Some(line), more) => format!("{} … ({more} more lines)", line.trim()),
                };
                return (short(was, old.count()), short(is, new.count()));
            }
        }
    }
}

/// How records of one kind are told apart and told about.
#[derive(Debug)]
pub struct Shape<R> {
    /// What they are called, such as `group`.
    pub what: &'static str,
    /// Who writes a record.
    pub managed_by: fn(&R) -> ManagedBy,
    /// What a record says, member by member, in the order in which it is shown.
    pub members: fn(&R) -> Vec<(&'static str, String)>,
}

/// Whether records that the console made come under the files' hand when the files name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Adopt {
    /// They do not: they are left alone, and it is said.
    #[default]
    Nothing,
    /// They do.
    Everything,
}

/// What is to be done so that the records are as the files want them.
#[derive(Debug)]
pub struct Difference<K, R> {
    /// For people to read, by id.
    pub lines: Vec<Line>,
    /// Records to write.
    pub write: Vec<R>,
    /// Records to take away.
    pub remove: Vec<K>,
}

/// Compares the records that are with those that the files want. What files do not manage is left alone.
#[must_use]
pub fn compare<K: Ord + Clone + fmt::Display, R>(
    shape: &Shape<R>,
    current: &BTreeMap<K, R>,
    wanted: Vec<(K, R)>,
    adopt: Adopt,
) -> Difference<K, R> {
    let mut difference = Difference {
        lines: Vec::new(),
        write: Vec::new(),
        remove: Vec::new(),
    };
    let named: std::collections::BTreeSet<K> = wanted.iter().map(|(key, _)| key.clone()).collect();
    for (key, record) in wanted {
        let line = match current.get(&key) {
            None => Some(Line {
                sign: Sign::Add,
                what: shape.what.to_owned(),
                id: key.to_string(),
                details: details(&[], &(shape.members)(&record)),
            }),
            Some(before) => match (hand((shape.managed_by)(before), adopt), before) {
                (Hand::Off(why), _) => {
                    let line = Line::left_alone(shape.what, &key.to_string(), why);
                    difference.lines.push(line);
                    continue;
                }
                (Hand::On(adopted), before) => {
                    let mut details = details(&(shape.members)(before), &(shape.members)(&record));
                    details.extend(adopted);
                    change(shape.what, &key.to_string(), details)
                }
            },
        };
        if let Some(line) = line {
            difference.lines.push(line);
            difference.write.push(record);
        }
    }
    for (key, record) in current {
        if (shape.managed_by)(record) == ManagedBy::Files && !named.contains(key) {
            difference.lines.push(Line {
                sign: Sign::Remove,
                what: shape.what.to_owned(),
                id: key.to_string(),
                details: Vec::new(),
            });
            difference.remove.push(key.clone());
        }
    }
    difference.lines.sort_by(|a, b| a.id.cmp(&b.id));
    difference
}

/// Whether files may write a record that is there.
pub(crate) enum Hand {
    /// They may; if that is new, what to say of it.
    On(Option<Detail>),
    /// They may not, because.
    Off(&'static str),
}

pub(crate) fn hand(managed_by: ManagedBy, adopt: Adopt) -> Hand {
    match (managed_by, adopt) {
        (ManagedBy::Files, _) => Hand::On(None),
        (ManagedBy::Console, Adopt::Everything) => Hand::On(Some(Detail {
            name: "managed by".to_owned(),
            before: "console".to_owned(),
            after: "files".to_owned(),
        })),
        (ManagedBy::Console, Adopt::Nothing) => {
            Hand::Off("the console made it; `--adopt` puts it under the files' hand")
        }
        (ManagedBy::Registration, _) => {
            Hand::Off("the program registered itself; remove it in the console first")
        }
        (ManagedBy::System, _) => Hand::Off("it belongs to Sekisho itself"),
    }
}

pub(crate) fn change(what: &str, id: &str, details: Vec<Detail>) -> Option<Line> {
    (!details.is_empty()).then(|| Line {
        sign: Sign::Change,
        what: what.to_owned(),
        id: id.to_owned(),
        details,
    })
}

/// The members that differ. Members are paired by name.
pub(crate) fn details(
    before: &[(&'static str, String)],
    after: &[(&'static str, String)],
) -> Vec<Detail> {
    after
        .iter()
        .filter_map(|(name, after)| {
            let before = before
                .iter()
                .find(|(other, _)| other == name)
                .map_or("", |(_, before)| before.as_str());
            (before != after).then(|| Detail {
                name: (*name).to_owned(),
                before: before.to_owned(),
                after: after.clone(),
            })
        })
        .collect()
}
