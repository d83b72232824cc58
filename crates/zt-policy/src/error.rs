//! Why policies do not compile.

use crate::LastDay;
use zt_types::{AppId, CalendarId, GroupId, PolicyId};

/// One thing that is wrong with a policy or with the register. All of them are found in one go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Something is wrong at one place of a policy's text.
    #[error("policy `{policy}`, line {line}, column {column}: {problem}{}", tail(.instead))]
    At {
        /// The policy document.
        policy: PolicyId,
        /// Line of its text, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
        /// What to write instead, if that can be said.
        instead: Option<String>,
    },
    /// Two documents have the same id.
    #[error("policy `{policy}` is there twice: give one of them another id")]
    Repeated {
        /// The id.
        policy: PolicyId,
    },
    /// A document has no policy in it.
    #[error("policy `{policy}` is empty: write a `permit` or a `forbid`, or turn it off")]
    Empty {
        /// The policy document.
        policy: PolicyId,
    },
    /// A document was written as a rule, and its text is another one.
    #[error(
        "policy `{policy}` was written as a rule, and its text is not what the rule says: keep the text without the rule, or the rule with its own text"
    )]
    NotItsRule {
        /// The policy document.
        policy: PolicyId,
    },
    /// Somebody was left out of a rule for longer than was agreed.
    #[error(
        "policy `{policy}`: {whom} was left out until {until}, which has passed: `{owner}` answers for it, ask whether to renew or to remove it"
    )]
    ExclusionOver {
        /// The policy document.
        policy: PolicyId,
        /// Who is left out.
        whom: String,
        /// Who answers for it.
        owner: String,
        /// The last day.
        until: LastDay,
    },
    /// A policy asks for something under conditions that have no compiled form.
    #[error(
        "policy `{policy}` asks for an obligation under too intricate conditions: use plain comparisons, `in` and `contains`, or split it into several policies"
    )]
    ObligationTooIntricate {
        /// The policy document.
        policy: PolicyId,
    },
    /// A document is too long or too intricate.
    #[error("policy `{policy}` is too large: at most {max} {what}; split it into several policies")]
    TooLarge {
        /// The policy document.
        policy: PolicyId,
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        max: usize,
    },
    /// An application takes a name that Sekisho's own pages have.
    #[error("application `{app}` cannot have this id: it is the name of a part of Sekisho itself")]
    ReservedApplication {
        /// The id.
        app: AppId,
    },
    /// An application is registered twice.
    #[error("application `{app}` is registered twice")]
    RepeatedApplication {
        /// The id.
        app: AppId,
    },
    /// Groups are part of each other.
    #[error("these groups are part of each other in a circle: {}; take one out of the next", names(.circle))]
    CircleOfGroups {
        /// Each is part of the next, and the last of the first.
        circle: Vec<GroupId>,
    },
    /// A calendar cannot be read.
    #[error("calendar `{calendar}`: {problem}")]
    Calendar {
        /// Its id.
        calendar: CalendarId,
        /// What is wrong, and what to write instead.
        problem: String,
    },
    /// There are more policies than can be decided on.
    #[error(
        "there are more than {max} single policies: put conditions together, or groups in place of people"
    )]
    TooMany {
        /// How many are allowed.
        max: usize,
    },
    /// There is no memory to read policies in.
    #[error("policies cannot be read now: {0}; try again when the machine has memory to spare")]
    NoRoom(String),
    /// The built-in schema cannot be used. Held impossible by a test.
    #[error("the policy schema cannot be used: {0}")]
    Schema(String),
}

fn names(groups: &[GroupId]) -> String {
    let names: Vec<String> = groups.iter().map(|group| format!("`{group}`")).collect();
    names.join(", ")
}

fn tail(instead: &Option<String>) -> String {
    instead
        .as_ref()
        .map(|text| format!("; {text}"))
        .unwrap_or_default()
}

impl PolicyError {
    /// The policy document it is about, if it is about one.
    #[must_use]
    pub const fn policy(&self) -> Option<&PolicyId> {
        match self {
            Self::At { policy, .. }
            | Self::Repeated { policy }
            | Self::Empty { policy }
            | Self::NotItsRule { policy }
            | Self::ExclusionOver { policy, .. }
            | Self::ObligationTooIntricate { policy }
            | Self::TooLarge { policy, .. } => Some(policy),
            Self::ReservedApplication { .. }
            | Self::RepeatedApplication { .. }
            | Self::CircleOfGroups { .. }
            | Self::Calendar { .. }
            | Self::TooMany { .. }
            | Self::NoRoom(_)
            | Self::Schema(_) => None,
        }
    }

    /// Line and column in that document's text, both from 1.
    #[must_use]
    pub const fn position(&self) -> Option<(usize, usize)> {
        match self {
            Self::At { line, column, .. } => Some((*line, *column)),
            _ => None,
        }
    }
}
