//! What a policy may do with the signs of risk, and when time can change its answer.
//!
//! Some of what a policy reads says how risky an access is: trust, assurance, posture and versions, of which more is safer;
//! age, open facts, a reset that is due, an anonymiser, of which less is. This pass demands that a policy
//! reads them only as *at least* (or, for age, *at most*), and only where being safer can help: then more risk never
//! turns a refusal into an allow, whatever else the policy says. It is a proof by construction over every policy that
//! compiles; the property test beside it is the second opinion.
//!
//! It also collects the ages that a policy compares with: between two of them, time alone changes nothing.

use crate::expression::{long, path, single};
use serde_json::Value;

#[cfg(test)]
mod tests;

/// What was found in one policy.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The ages it compares with, in seconds.
    pub(crate) ages: Vec<i64>,
    /// The versions it compares with.
    pub(crate) versions: Vec<i64>,
    /// Whether its conditions look at the action.
    pub(crate) reads_action: ReadsAction,
}

/// Whether a policy's conditions look at the action.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadsAction {
    /// They do: its answer for one action says nothing of another.
    Yes,
    /// They do not.
    #[default]
    No,
}

/// What a policy does that it may not. `near` is text to look for in its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misshape {
    pub(crate) near: &'static str,
    pub(crate) problem: &'static str,
    pub(crate) instead: &'static str,
}

/// Where in a policy an expression stands: whether its being true can only help the person, only harm her, or either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Helps,
    Harms,
    Either,
}

impl Side {
    const fn flipped(self) -> Self {
        match self {
            Self::Helps => Self::Harms,
            Self::Harms => Self::Helps,
            Self::Either => Self::Either,
        }
    }
}

/// A sign of risk that a policy can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    PersonTrust,
    DeviceTrust,
    Assurance,
    Posture(&'static str),
    /// True is safer.
    Safe(&'static str),
    /// True is riskier.
    Risk(&'static str),
    Age,
    /// A number of which more is safer.
    Version(&'static str),
    /// A set that holds risks.
    Facts(&'static str),
    /// A set of which more is safer.
    Terms,
    /// A record that holds some of them.
    Whole,
}

impl Sign {
    fn of(path: &[&str]) -> Option<Self> {
        match path {
            ["principal", "trust"] => Some(Self::PersonTrust),
            ["context", "device", "trust"] => Some(Self::DeviceTrust),
            ["context", "session", "assurance"] => Some(Self::Assurance),
            ["context", "session", "age"] => Some(Self::Age),
            ["principal", "facts"] => Some(Self::Facts("principal.facts")),
            ["principal", "reset_due"] => Some(Self::Risk("principal.reset_due")),
            ["principal", "terms"] => Some(Self::Terms),
            ["context", "device", "proven"] => Some(Self::Safe("context.device.proven")),
            ["context", "device", "enrolled"] => Some(Self::Safe("context.device.enrolled")),
            ["context", "device", "company_owned"] => {
                Some(Self::Safe("context.device.company_owned"))
            }
            ["context", "device", "facts"] => Some(Self::Facts("context.device.facts")),
            ["context", "device", "os_version"] => Some(Self::Version("context.device.os_version")),
            ["context", "device", "antivirus_version"] => {
                Some(Self::Version("context.device.antivirus_version"))
            }
            ["context", "client", "version"] => Some(Self::Version("context.client.version")),
            ["context", "device", item] => POSTURE
                .iter()
                .find(|(name, _)| name == item)
                .map(|(_, path)| Self::Posture(path)),
            ["context", "network", "anonymiser"] => Some(Self::Risk("context.network.anonymiser")),
            ["context"] | ["context", "device" | "session" | "client" | "network"] => {
                Some(Self::Whole)
            }
            _ => None,
        }
    }

    const fn misread(self) -> Misshape {
        let (near, instead) = match self {
            Self::PersonTrust => (
                "principal.trust",
                "write `principal.trust in TrustLevel::\"medium\"`, which reads: at least medium",
            ),
            Self::DeviceTrust => (
                "context.device.trust",
                "write `context.device.trust in TrustLevel::\"high\"`, which reads: at least high",
            ),
            Self::Assurance => (
                "context.session.assurance",
                "write `context.session.assurance in Assurance::\"mfa\"`, which reads: at least mfa",
            ),
            Self::Posture(path) => (
                path,
                "write for example `context.device.firewall in Answer::\"yes\"`, which reads: known to be so",
            ),
            Self::Safe(path) | Self::Risk(path) => {
                (path, "write it by itself, or negated with `!`")
            }
            Self::Version(path) => (
                path,
                "compare it with a number, as in `context.device.os_version >= 2814749767106560`",
            ),
            Self::Facts(path) => (
                path,
                "write for example `principal.facts.contains(Fact::\"impossible-travel\")`",
            ),
            Self::Terms => (
                "principal.terms",
                "write for example `principal.terms.contains(Terms::\"acceptable-use\")`",
            ),
            Self::Age => (
                "context.session.age",
                "write `context.session.age <= 3600` with a number of seconds",
            ),
            Self::Whole => ("context", "name one member, such as `context.device.trust`"),
        };
        Misshape {
            near,
            problem: "this can be read in one form only",
            instead,
        }
    }

    const fn rewards_risk(self) -> Misshape {
        Misshape {
            near: self.misread().near,
            problem: "here more risk would give more access",
            instead: "turn the condition around: `permit … when` and `forbid … unless` ask for safety",
        }
    }
}

/// Looks through one policy in Cedar's JSON form.
pub(crate) fn inspect(policy: &Value) -> Result<Shape, Misshape> {
    let mut shape = Shape::default();
    let permits = policy.get("effect").and_then(Value::as_str) == Some("permit");
    let conditions = policy.get("conditions").and_then(Value::as_array);
    for condition in conditions.into_iter().flatten() {
        let when = condition.get("kind").and_then(Value::as_str) == Some("when");
        // `permit when` and `forbid unless` help when true; the other two harm.
        let side = if permits == when {
            Side::Helps
        } else {
            Side::Harms
        };
        if let Some(body) = condition.get("body") {
            walk(body, side, &mut shape)?;
        }
    }
    shape.ages.sort_unstable();
    shape.ages.dedup();
    Ok(shape)
}

fn walk(expression: &Value, side: Side, shape: &mut Shape) -> Result<(), Misshape> {
    let Some((operator, arguments)) = single(expression) else {
        return walk_inside(expression, shape);
    };
    let argument = |name: &str| arguments.get(name).unwrap_or(&Value::Null);
    match operator {
        "Value" => Ok(()),
        "Var" | "." => walk_path(expression, side, shape),
        "&&" | "||" => {
            walk(argument("left"), side, shape)?;
            walk(argument("right"), side, shape)
        }
        "!" => walk(argument("arg"), side.flipped(), shape),
        "if-then-else" => {
            walk(argument("if"), Side::Either, shape)?;
            walk(argument("then"), side, shape)?;
            walk(argument("else"), side, shape)
        }
        "in" => match sign(argument("left")) {
            Some(
                sign @ (Sign::PersonTrust | Sign::DeviceTrust | Sign::Assurance | Sign::Posture(_)),
            ) if is_entity(argument("right")) => demand(sign, side, Side::Helps),
            _ => walk_inside(arguments, shape),
        },
        "contains" | "containsAny" | "containsAll" => match sign(argument("left")) {
            Some(sign @ Sign::Facts(_)) if is_constant(argument("right")) => {
                demand(sign, side, Side::Harms)
            }
            Some(sign @ Sign::Terms) if is_constant(argument("right")) => {
                demand(sign, side, Side::Helps)
            }
            _ => walk_inside(arguments, shape),
        },
        "<" | "<=" | ">" | ">=" => walk_comparison(operator, arguments, side, shape),
        _ => walk_inside(arguments, shape),
    }
}

/// Everything below may be used either way.
fn walk_inside(value: &Value, shape: &mut Shape) -> Result<(), Misshape> {
    match value {
        Value::Array(items) => items
            .iter()
            .try_for_each(|item| walk(item, Side::Either, shape)),
        Value::Object(members) => members
            .values()
            .try_for_each(|item| walk(item, Side::Either, shape)),
        _ => Ok(()),
    }
}

fn walk_path(expression: &Value, side: Side, shape: &mut Shape) -> Result<(), Misshape> {
    let Some(path) = path(expression) else {
        return Err(Misshape {
            near: ".",
            problem: "members can be read of `principal`, `resource` and `context` only",
            instead: "begin with one of these three names",
        });
    };
    if path.first() == Some(&"action") {
        shape.reads_action = ReadsAction::Yes;
    }
    match Sign::of(&path) {
        None => Ok(()),
        Some(sign @ Sign::Safe(_)) => demand(sign, side, Side::Helps),
        Some(sign @ Sign::Risk(_)) => demand(sign, side, Side::Harms),
        Some(sign) => Err(sign.misread()),
    }
}

fn walk_comparison(
    operator: &str,
    arguments: &Value,
    side: Side,
    shape: &mut Shape,
) -> Result<(), Misshape> {
    let (left, right) = (
        arguments.get("left").unwrap_or(&Value::Null),
        arguments.get("right").unwrap_or(&Value::Null),
    );
    let at_most = operator.starts_with('<');
    let (sign, bound, at_most) = match (sign(left), sign(right)) {
        (Some(sign @ (Sign::Age | Sign::Version(_))), _) => (sign, long(right), at_most),
        (_, Some(sign @ (Sign::Age | Sign::Version(_)))) => (sign, long(left), !at_most),
        _ => return walk_inside(arguments, shape),
    };
    let Some(bound) = bound else {
        return Err(sign.misread());
    };
    // Of the age, little is safe; of a version, much.
    let is_safe = match sign {
        Sign::Age => {
            shape.ages.push(bound);
            at_most
        }
        _ => {
            shape.versions.push(bound);
            !at_most
        }
    };
    demand(sign, side, if is_safe { Side::Helps } else { Side::Harms })
}

fn demand(sign: Sign, side: Side, needed: Side) -> Result<(), Misshape> {
    if side == needed {
        Ok(())
    } else if side == Side::Either {
        Err(sign.misread())
    } else {
        Err(sign.rewards_risk())
    }
}

fn sign(expression: &Value) -> Option<Sign> {
    path(expression).and_then(|path| Sign::of(&path))
}

fn is_entity(expression: &Value) -> bool {
    single(expression)
        .is_some_and(|(operator, value)| operator == "Value" && value.get("__entity").is_some())
}

/// An entity, or a list of them that is written out.
fn is_constant(expression: &Value) -> bool {
    is_entity(expression)
        || match single(expression) {
            Some(("Set", list)) => list
                .as_array()
                .is_some_and(|items| items.iter().all(is_entity)),
            Some(("Value", value)) => value.is_array(),
            _ => false,
        }
}

/// The posture items, as policies write them.
const POSTURE: [(&str, &str); 7] = [
    ("disk_encryption", "context.device.disk_encryption"),
    ("firewall", "context.device.firewall"),
    ("screen_lock", "context.device.screen_lock"),
    ("antivirus", "context.device.antivirus"),
    ("antivirus_current", "context.device.antivirus_current"),
    ("updated", "context.device.updated"),
    ("integrity", "context.device.integrity"),
];
