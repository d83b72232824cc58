//! Policies that forbid nothing and ask for something: a watermark, a warning, a proof by a certain time.
//!
//! A policy says so with the annotation `@obligation`. For a watermark or a warning it forbids the action `unobliged`,
//! which grants nothing; for a proof it forbids by the age of the last one, and what it asks for is that the end be told
//! beforehand. They are evaluated literal by literal and only for a permit: what has no compiled form is not taken.

use crate::atom::Atom;
use crate::expression::{Conjunction, Literal, Question};
use crate::facts::Facts;
use crate::verdict::Asked;
use crate::{Application, Obligation};
use std::collections::BTreeSet;
use zt_types::{Seconds, Timestamp};

/// The action that grants nothing. To forbid it is to ask for something.
pub(crate) const UNOBLIGED: &str = "unobliged";

/// What a policy asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obliges {
    Watermark,
    Warn,
    Reauthenticate,
}

impl Obliges {
    pub(crate) const ALL: [Self; 3] = [Self::Watermark, Self::Warn, Self::Reauthenticate];

    /// As the annotation has it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Watermark => "watermark",
            Self::Warn => "warn",
            Self::Reauthenticate => "reauthenticate",
        }
    }
}

/// A policy in force that asks for something.
#[derive(Debug, Clone)]
pub(crate) struct Obliging {
    pub(crate) place: usize,
    pub(crate) obliges: Obliges,
    /// Any of these.
    pub(crate) when: Vec<Conjunction>,
}

impl Obliging {
    /// The same for an application of which `is` answers what is settled; `None` if it never applies there.
    pub(crate) fn settled(&self, is: impl Fn(Atom) -> Option<bool>) -> Option<Self> {
        let when: Vec<Conjunction> = self
            .when
            .iter()
            .filter_map(|conjunction| conjunction.settled(&is))
            .collect();
        (!when.is_empty()).then_some(Self { when, ..*self })
    }
}

/// What is settled of an atom by the application alone, given its number and its groups' numbers.
pub(crate) fn of_application(
    app: &Application,
    number: Option<u32>,
    groups: &[u32],
    atom: Atom,
) -> Option<bool> {
    Some(match atom {
        Atom::Sensitivity(least) => app.sensitivity >= least,
        Atom::App(other) => number == Some(other),
        Atom::AppGroup(group) => groups.contains(&group),
        Atom::Everyone => app.groups.is_empty(),
        _ => return None,
    })
}

impl Asked<'_> {
    /// What whoever honours a permit must do, beside recording; in the order of [`Obligation`], each once.
    pub(crate) fn obligations(&self, facts: &Facts) -> Vec<Obligation> {
        let cedars = self.slice.disbelief.is_there();
        let cedars = cedars.then(|| self.cedars_obligations(facts)).flatten();
        // Where Cedar cannot be asked for what it answers for, nothing is granted either.
        cedars.unwrap_or_else(|| self.compiled_obligations(facts))
    }

    /// The same as Cedar says it; `None` if it cannot be asked. It is asked about one moment at a time, so when a proof is due
    /// is found by asking about each age that a policy compares with.
    pub(crate) fn cedars_obligations(&self, facts: &Facts) -> Option<Vec<Obligation>> {
        let ask = |facts: &Facts| {
            self.policies
                .ask_cedar_for_obligations(self.slice, facts, self.hours)
        };
        let now = ask(facts)?;
        let mut obligations: Vec<Obligation> = now
            .into_iter()
            .filter_map(|(place, obliges)| self.obligation(place, obliges))
            .collect();
        let read = self.policies.policies.iter();
        let read = read.filter(|policy| policy.obliges == Some(Obliges::Reauthenticate));
        let ages: BTreeSet<u64> = read
            .flat_map(|policy| &policy.ages)
            .filter_map(|age| u64::try_from(age.saturating_add(1)).ok())
            .collect();
        for age in ages {
            let then = Facts {
                proven_at: facts.now - Seconds(age),
                ..facts.clone()
            };
            let is_due = |(_, obliges): &(usize, Obliges)| *obliges == Obliges::Reauthenticate;
            if ask(&then)?.iter().any(is_due) {
                let at = facts.proven_at + Seconds(age);
                obligations.push(Obligation::ReauthenticateAt { at });
                break;
            }
        }
        obligations.sort_unstable();
        obligations.dedup();
        Some(obligations)
    }

    pub(crate) fn compiled_obligations(&self, facts: &Facts) -> Vec<Obligation> {
        let mut obligations = Vec::new();
        let mut proof_by: Option<Timestamp> = None;
        for obliging in &self.slice.obliging {
            match obliging.obliges {
                Obliges::Reauthenticate => {
                    let ends = obliging.when.iter();
                    let ends = ends.filter_map(|when| self.proof_needed_by(when, facts));
                    proof_by = proof_by.into_iter().chain(ends).min();
                }
                Obliges::Watermark | Obliges::Warn => {
                    let mut literals = obliging.when.iter().map(|when| &when.0);
                    if literals.any(|all| all.iter().all(|literal| self.is_so(*literal, facts))) {
                        obligations.extend(self.obligation(obliging.place, obliging.obliges));
                    }
                }
            }
        }
        obligations.extend(proof_by.map(|at| Obligation::ReauthenticateAt { at }));
        obligations.sort_unstable();
        obligations.dedup();
        obligations
    }

    fn obligation(&self, place: usize, obliges: Obliges) -> Option<Obligation> {
        let document = self.policies.document_at(place)?;
        Some(match obliges {
            Obliges::Watermark => Obligation::Watermark,
            Obliges::Warn => Obligation::Warn {
                policy: document.id.clone(),
                message: document.message.clone(),
            },
            Obliges::Reauthenticate => return None,
        })
    }

    /// When a conjunction comes to hold by the age of the last proof alone, if it will.
    fn proof_needed_by(&self, when: &Conjunction, facts: &Facts) -> Option<Timestamp> {
        let mut by: Option<Timestamp> = None;
        for literal in &when.0 {
            match (literal.question, literal.holds) {
                (Question::Atom(Atom::Age(most)), false) => {
                    // Ages are whole seconds: at most so many is true until a second more has gone.
                    let after = u64::try_from(most.saturating_add(1)).unwrap_or_default();
                    by = by.max(Some(facts.proven_at + Seconds(after)));
                }
                _ if self.is_so(*literal, facts) => {}
                _ => return None,
            }
        }
        by
    }

    fn is_so(&self, literal: Literal, facts: &Facts) -> bool {
        let truth = match literal.question {
            Question::Member(number) => facts.members.contains(number),
            Question::Atom(atom) => match atom {
                Atom::Calendar(calendar) => self.hours.within.contains(&calendar),
                Atom::Entitled => {
                    let mut groups = self.slice.groups.iter();
                    groups.any(|group| facts.members.contains(*group))
                }
                // What is about the application is settled and left out.
                atom => atom.holds(facts).unwrap_or_default(),
            },
        };
        truth == literal.holds
    }
}
