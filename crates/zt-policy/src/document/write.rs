//! A rule as Cedar text.
//!
//! One statement for each thing that is required or withheld, so that a refusal can name the one that is missing. A
//! statement that would be too much for the compiled form is written as several, each about a part of the people or
//! things it lists.

use super::condition::Condition;
use super::{Exclusion, Limit, Require, RuleEffect, RuleParts, Scope, Whom};
use crate::obliging::{Obliges, UNOBLIGED};
use crate::read;
use std::fmt::Write;
use zt_types::Capability;

mod line;

use line::{Factor, Joined, Line, any_of, factor, line};

/// How many conjunctions the compiled form of one statement can have.
const MAX_CONJUNCTIONS: usize = 64;
/// How many statements one rule may become.
const MAX_STATEMENTS: usize = 128;

/// How many operators the longest condition of one has, beside those that join it to the others.
const IN_A_CONDITION: usize = 12;

/// Whether the rule has no Cedar text that would be read.
pub(super) fn is_too_intricate(parts: &RuleParts) -> bool {
    let is_long = |statement: &Statement| {
        let text = statement.text();
        let joined = text.matches("&&").count() + text.matches("||").count();
        joined + IN_A_CONDITION > read::MAX_LEVELS
    };
    statements(parts).is_none_or(|all| all.iter().any(is_long))
        || read::too_large(&write(parts)).is_some()
}

pub(super) fn write(parts: &RuleParts) -> String {
    // INVARIANT: rules without statements are not made.
    let statements = statements(parts).unwrap_or_default();
    let texts: Vec<String> = statements.iter().map(Statement::text).collect();
    texts.join("\n\n") + "\n"
}

#[derive(Debug, Clone)]
struct Statement {
    comment: String,
    /// What it asks for.
    obliges: Option<Obliges>,
    effect: &'static str,
    action: String,
    who: Option<Factor>,
    what: Option<Factor>,
    when: Vec<Factor>,
    /// Any of these saves from it.
    unless: Vec<Line>,
}

fn statements(parts: &RuleParts) -> Option<Vec<Statement>> {
    let mut when: Vec<Factor> = parts.except.iter().map(left_out).collect();
    if let Some(least) = parts.what.sensitivity {
        let text = format!(
            "resource.sensitivity in Sensitivity::\"{}\"",
            least.as_str()
        );
        when.push(Factor::Line(Line::alone(text)));
    }
    for app in &parts.what.except_applications {
        let text = format!("resource != Application::\"{app}\"");
        when.push(Factor::Line(Line::alone(text)));
    }
    for group in &parts.what.except_app_groups {
        let text = format!("!(resource in AppGroup::\"{group}\")");
        when.push(Factor::Line(Line::alone(text)));
    }
    when.extend(parts.when.iter().map(factor));
    let plain = Statement {
        comment: String::new(),
        obliges: None,
        effect: "forbid",
        action: action(&parts.what.capabilities),
        who: who(parts),
        what: what(parts),
        when,
        unless: vec![],
    };
    let mut all = Vec::new();
    for statement in whole(parts, &plain) {
        split(statement, &mut all)?;
    }
    Some(all)
}

/// The statements before they are split.
fn whole(parts: &RuleParts, plain: &Statement) -> Vec<Statement> {
    let mut all = Vec::new();
    match (parts.effect, &parts.require) {
        (RuleEffect::Allow, require) => {
            let allow = |more: &[Condition]| {
                let mut when = plain.when.clone();
                when.extend(more.iter().map(factor));
                Statement {
                    comment: "Allowed.".to_owned(),
                    effect: "permit",
                    when,
                    ..plain.clone()
                }
            };
            match require {
                None => all.push(allow(&[])),
                Some(Require::All(conditions)) => all.push(allow(conditions)),
                Some(Require::Any(conditions)) => {
                    all.extend(
                        conditions
                            .iter()
                            .map(|one| allow(std::slice::from_ref(one))),
                    );
                }
            }
        }
        (RuleEffect::Refuse, _) => all.push(Statement {
            comment: "Refused.".to_owned(),
            ..plain.clone()
        }),
        (RuleEffect::Restrict, require) => {
            let restrict = |conditions: &[Condition]| {
                let names: Vec<String> = conditions.iter().map(name).collect();
                Statement {
                    comment: format!("Required: {}.", names.join(", or ")),
                    unless: conditions.iter().map(line).collect(),
                    ..plain.clone()
                }
            };
            match require {
                None => {}
                Some(Require::All(conditions)) => {
                    all.extend(
                        conditions
                            .iter()
                            .map(|one| restrict(std::slice::from_ref(one))),
                    );
                }
                Some(Require::Any(conditions)) => all.push(restrict(conditions)),
            }
        }
    }
    all.extend(parts.limits.iter().map(|limit| limited(limit, plain)));
    all
}

fn limited(limit: &Limit, plain: &Statement) -> Statement {
    match limit {
        Limit::Withhold(withheld) => Statement {
            comment: "Withheld.".to_owned(),
            action: action(withheld),
            ..plain.clone()
        },
        Limit::Record => Statement {
            comment: "Recorded.".to_owned(),
            action: action(&[Capability::Unrecorded]),
            ..plain.clone()
        },
        Limit::Watermark => obliging("Marked.", Obliges::Watermark, plain),
        Limit::Warn => obliging("Warned.", Obliges::Warn, plain),
        Limit::ReauthenticateAfter(most) => Statement {
            obliges: Some(Obliges::Reauthenticate),
            comment: "Signed in anew after a while.".to_owned(),
            action: action(&[]),
            unless: vec![line(&Condition::ProvenWithin(*most))],
            ..plain.clone()
        },
    }
}

fn obliging(comment: &str, obliges: Obliges, plain: &Statement) -> Statement {
    Statement {
        comment: comment.to_owned(),
        obliges: Some(obliges),
        action: format!("action == Action::\"{UNOBLIGED}\""),
        ..plain.clone()
    }
}

fn who(parts: &RuleParts) -> Option<Factor> {
    let items: Vec<String> = parts.who.iter().filter_map(whom).collect();
    (!items.is_empty()).then_some(Factor::Any {
        items,
        render: any_of,
    })
}

/// Nothing for everyone: nothing is asked then.
fn whom(whom: &Whom) -> Option<String> {
    Some(match whom {
        Whom::Everyone => return None,
        Whom::Guests => "principal.guest".to_owned(),
        Whom::Person(person) => format!("principal == Person::\"{person}\""),
        Whom::Group(group) => format!("principal in Group::\"{group}\""),
        Whom::Role(role) => format!("principal.role == Role::\"{}\"", role.as_str()),
    })
}

fn left_out(exclusion: &Exclusion) -> Factor {
    let who = whom(&exclusion.whom).unwrap_or_else(|| "true".to_owned());
    let note = format!(
        "left out until {} by {}: {}",
        exclusion.until, exclusion.owner, exclusion.reason
    );
    Factor::Line(Line {
        note: Some(one_line(&note)),
        ..Line::alone(format!("!({who})"))
    })
}

/// A comment ends with its line.
fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.replace(breaks, " ")
}

fn what(parts: &RuleParts) -> Option<Factor> {
    let apps = parts.what.applications.iter();
    let app_groups = parts.what.app_groups.iter();
    let mut items: Vec<String> = apps
        .map(|app| format!("resource == Application::\"{app}\""))
        .chain(app_groups.map(|group| format!("resource in AppGroup::\"{group}\"")))
        .collect();
    match &parts.scope {
        Scope::Global => {}
        Scope::AppGroup(group) => items.push(format!("resource in AppGroup::\"{group}\"")),
        Scope::Application(app) => items.push(format!("resource == Application::\"{app}\"")),
    }
    (!items.is_empty()).then_some(Factor::Any {
        items,
        render: any_of,
    })
}

fn action(capabilities: &[Capability]) -> String {
    let names: Vec<String> = capabilities
        .iter()
        .map(|capability| format!("Action::\"{}\"", capability.as_str()))
        .collect();
    match &names[..] {
        [] => "action".to_owned(),
        [one] => format!("action == {one}"),
        several => format!("action in [{}]", several.join(", ")),
    }
}

/// A condition for a comment: as files write it, without the marks between.
fn name(condition: &Condition) -> String {
    let words = condition
        .said()
        .replace(['{', '}', '[', ']', '"', ':'], " ");
    let words: Vec<&str> = words.split_whitespace().collect();
    words.join(" ")
}

/// Puts a statement into `all`, as several if it is too much at once; `None` if that does not help.
fn split(statement: Statement, all: &mut Vec<Statement>) -> Option<()> {
    let mut waiting = vec![statement];
    while let Some(mut statement) = waiting.pop() {
        if statement.conjunctions() <= MAX_CONJUNCTIONS {
            all.push(statement);
        } else {
            let (place, factor) = statement
                .factors_mut()
                .enumerate()
                .max_by_key(|(_, factor)| factor.divisible())?;
            if factor.divisible() == 0 {
                return None;
            }
            let second = factor.second_half()?;
            let mut other = statement.clone();
            *other.factors_mut().nth(place)? = second;
            waiting.push(other);
            waiting.push(statement);
        }
        if all.len() + waiting.len() > MAX_STATEMENTS {
            return None;
        }
    }
    Some(())
}

impl Statement {
    fn factors_mut(&mut self) -> impl Iterator<Item = &mut Factor> {
        self.who
            .iter_mut()
            .chain(&mut self.what)
            .chain(&mut self.when)
    }

    fn conjunctions(&self) -> usize {
        let holds = self
            .who
            .iter()
            .chain(&self.what)
            .chain(&self.when)
            .map(Factor::holds);
        let fails = self.unless.iter().map(|line| line.fails);
        holds.chain(fails).fold(1, usize::saturating_mul)
    }

    fn text(&self) -> String {
        let mut when = Vec::new();
        let mut head = |factor: &Option<Factor>, variable: &str| {
            let Some(line) = factor.as_ref().map(Factor::line) else {
                return variable.to_owned();
            };
            if line.joined == Joined::Alone && line.text.starts_with(&format!("{variable} ")) {
                return line.text;
            }
            when.push(line);
            variable.to_owned()
        };
        let (principal, resource) = (head(&self.who, "principal"), head(&self.what, "resource"));
        when.extend(self.when.iter().map(Factor::line));
        let obliges = self.obliges.map_or_else(String::new, |obliges| {
            format!("@obligation(\"{}\")\n", obliges.as_str())
        });
        let mut text = format!(
            "// {}\n{obliges}{} ({principal}, {}, {resource})",
            self.comment, self.effect, self.action
        );
        clause(&mut text, "when", &when, Joined::And);
        clause(&mut text, "unless", &self.unless, Joined::Or);
        text + ";"
    }
}

fn clause(text: &mut String, keyword: &str, lines: &[Line], by: Joined) {
    let operator = match by {
        Joined::Or => " ||",
        Joined::And | Joined::Alone => " &&",
    };
    let (needs_brackets, last) = (lines.len() > 1, lines.len().saturating_sub(1));
    // Writing to a text cannot fail.
    match lines {
        [] => {}
        [
            Line {
                text: one,
                note: None,
                ..
            },
        ] => {
            let _ = write!(text, "\n{keyword} {{ {one} }}");
        }
        _ => {
            let _ = write!(text, "\n{keyword} {{");
            for (place, line) in lines.iter().enumerate() {
                let is_whole = !needs_brackets || matches!(line.joined, Joined::Alone);
                let (open, close) = if is_whole { ("", "") } else { ("(", ")") };
                let operator = if place == last { "" } else { operator };
                let _ = write!(text, "\n    {open}{}{close}{operator}", line.text);
                if let Some(note) = &line.note {
                    let _ = write!(text, " // {note}");
                }
            }
            text.push_str("\n}");
        }
    }
}
