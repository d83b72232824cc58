//! A decision taken apart: which policies it rests on, which of their conditions hold, and what was seen of each. For
//! administrators: the person herself is told reasons and steps, never this.

use crate::compile::{Compiled, PolicySet};
use crate::expression::Conjunction;
use crate::facts::Facts;
use crate::masks::{Bits, Effect};
use crate::verdict::Asked;
use crate::{Decision, PolicyState, Request};
use zt_types::{CapabilitySet, PolicyId};

/// What a policy does when it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// It forbids.
    Forbid,
    /// It permits.
    Permit,
}

impl Says {
    /// `forbid` or `permit`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forbid => "forbid",
            Self::Permit => "permit",
        }
    }
}

/// One condition of a statement, and what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenCondition {
    /// As Cedar has it.
    pub condition: String,
    /// What there is of what it asks about: a slug, a number, `yes` or `no`.
    pub seen: String,
    /// Whether it is met.
    pub met: bool,
}

/// One way in which a statement of a policy can apply: all of its conditions must be met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// The conditions; none if it applies always.
    pub conditions: Vec<SeenCondition>,
    /// What it permits or forbids.
    pub capabilities: CapabilitySet,
}

impl Alternative {
    /// Whether all conditions are met.
    #[must_use]
    pub fn applies(&self) -> bool {
        self.conditions.iter().all(|condition| condition.met)
    }
}

/// A statement that is about this application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The document it stands in.
    pub policy: PolicyId,
    /// What it does.
    pub says: Says,
    /// Whether it binds.
    pub state: PolicyState,
    /// Whether it applies to this access.
    pub applies: bool,
    /// The ways in which it can; those that do come first, then those that fail by fewest conditions. Empty if it has no
    /// compiled form: Cedar answers for it and tells only whether it applies to `connect`.
    pub alternatives: Vec<Alternative>,
}

/// A decision taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The decision.
    pub decision: Decision,
    /// The statements that are about this application: those that apply first, `forbid` before `permit`.
    pub statements: Vec<Statement>,
}

impl PolicySet {
    /// Decides, and tells how it came to that.
    #[must_use]
    pub fn examine(&self, request: &Request) -> Examined {
        let decision = self.decide(request);
        // As they were decided on, at that moment.
        let request = &decision.inputs().request;
        let mut statements = Vec::new();
        if let Some(slice) = self.slice(&request.app) {
            let facts = Facts::of(request, &self.numbering);
            let hours = self.hours(request.now);
            let asked = Asked {
                policies: self,
                slice,
                hours: &hours,
            };
            let bits = asked.bits(&facts);
            let about = self.concerning(slice);
            statements.extend(about.filter_map(|place| asked.statement(place, &facts, &bits)));
        }
        statements.sort_by_cached_key(|statement| {
            let does_not = !statement.applies;
            (does_not, statement.says, statement.policy.clone())
        });
        Examined {
            decision,
            statements,
        }
    }
}

impl Asked<'_> {
    fn statement(&self, place: usize, facts: &Facts, bits: &Bits) -> Option<Statement> {
        let document = self.policies.document_at(place)?;
        let says = match self.policies.effect(place)? {
            Effect::Permit | Effect::WouldPermit => Says::Permit,
            Effect::Forbid | Effect::WouldForbid => Says::Forbid,
        };
        let mut alternatives = match self.policies.compiled.get(place)? {
            Compiled::Off => return None,
            Compiled::LeftToCedar => Vec::new(),
            Compiled::Rules(rules, _) => rules
                .iter()
                .map(|rule| Alternative {
                    conditions: self.conditions(&rule.when, facts, bits),
                    capabilities: rule.capabilities,
                })
                .collect(),
        };
        // A rule that asks for an obligation forbids no capability, and is told of by the obligation.
        alternatives.retain(|alternative| !alternative.capabilities.is_empty());
        alternatives.sort_by_key(|alternative| {
            let unmet = alternative.conditions.iter().filter(|c| !c.met);
            unmet.count()
        });
        let applies = if alternatives.is_empty() {
            self.applies(place, facts, bits)
        } else {
            alternatives.iter().any(Alternative::applies)
        };
        Some(Statement {
            policy: document.id.clone(),
            says,
            state: document.state,
            applies,
            alternatives,
        })
    }

    fn conditions(&self, when: &Conjunction, facts: &Facts, bits: &Bits) -> Vec<SeenCondition> {
        let literals = when.0.iter();
        literals
            .map(|literal| {
                let holds = self.holds(literal.question, facts, bits);
                let met = holds == literal.holds;
                SeenCondition {
                    condition: self.policies.written(*literal),
                    seen: self.policies.seen(literal.question, facts, holds),
                    met,
                }
            })
            .collect()
    }
}
