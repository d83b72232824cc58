//! What steps are about.

use crate::atom::Atom;
use crate::compile::{Compiled, PolicySet};
use crate::expression::Question;

/// Kinds of steps that are about one thing: of each, one set is taken or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Matter {
    Session,
    Password,
    Device,
    Ownership,
    Person,
    Terms,
    Posture,
    Versions,
    Anonymiser,
    Hours,
    Entitlement,
}

/// Which matters the policies that refuse look at: a step about another one changes nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Matters(u16);

impl Matters {
    pub(super) const ALL: Self = Self(u16::MAX);

    /// What a policy looks at; one that is left to Cedar may look at anything.
    pub(crate) fn of_policy(compiled: &Compiled) -> Self {
        match compiled {
            Compiled::Off => Self::default(),
            Compiled::LeftToCedar => Self::ALL,
            Compiled::Rules(rules, _) => {
                let literals = rules.iter().flat_map(|rule| &rule.when.0);
                literals
                    .map(|literal| Self::of(literal.question))
                    .fold(Self::default(), Self::and)
            }
        }
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn with(self, matter: Matter) -> Self {
        Self(self.0 | 1 << matter as u16)
    }

    pub(super) const fn contains(self, matter: Matter) -> bool {
        self.0 >> matter as u16 & 1 == 1
    }

    /// What can turn the answer to a question.
    fn of(question: Question) -> Self {
        let none = Self::default();
        match question {
            Question::Member(_) | Question::Atom(Atom::Entitled) => none.with(Matter::Entitlement),
            Question::Atom(atom) => match atom {
                // Some steps clear facts, and trust comes back with them.
                Atom::PersonTrust(_) | Atom::PersonFact(_) => none
                    .with(Matter::Person)
                    .with(Matter::Session)
                    .with(Matter::Password),
                Atom::ResetDue => none.with(Matter::Password),
                Atom::Terms(_) => none.with(Matter::Terms),
                Atom::Enrolled
                | Atom::Proven
                | Atom::DeviceTrust(_)
                | Atom::DeviceFact(_)
                | Atom::Os(_) => none.with(Matter::Device).with(Matter::Ownership),
                Atom::CompanyOwned => none.with(Matter::Ownership),
                Atom::OsVersion(_) | Atom::AntivirusVersion(_) | Atom::ClientVersion(_) => {
                    none.with(Matter::Versions).with(Matter::Ownership)
                }
                Atom::Posture(..) => none.with(Matter::Posture).with(Matter::Ownership),
                Atom::Assurance(_) | Atom::Age(_) => {
                    none.with(Matter::Session).with(Matter::Password)
                }
                Atom::Anonymiser => none.with(Matter::Anonymiser),
                Atom::Calendar(_) => none.with(Matter::Hours),
                _ => none,
            },
        }
    }
}

impl PolicySet {
    /// What the policies at these places look at together.
    pub(super) fn matters(&self, places: &[usize]) -> Matters {
        let matters = places.iter().filter_map(|place| self.matters.get(*place));
        matters.copied().fold(Matters::default(), Matters::and)
    }
}
