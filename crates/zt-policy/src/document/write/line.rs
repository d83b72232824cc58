//! Conditions as Cedar expressions, each with the number of ways in which it can hold and fail.

use crate::document::condition::{Bound, Condition, DeviceProperty};
use zt_types::{Assurance, FactKind, Level, PostureItem, Version};

/// How a text is put together at its outermost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joined {
    Alone,
    And,
    Or,
}

/// Something that holds or does not.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) joined: Joined,
    pub(super) note: Option<String>,
    /// In how many ways it can hold.
    pub(super) holds: usize,
    /// In how many ways it can fail.
    pub(super) fails: usize,
}

/// One thing of which a statement says that it holds.
#[derive(Debug, Clone)]
pub(super) enum Factor {
    Line(Line),
    /// Any of these, which can be put into statements of their own.
    Any {
        items: Vec<String>,
        render: fn(&[String]) -> Line,
    },
}

pub(super) fn any_of(items: &[String]) -> Line {
    Line {
        joined: if items.len() > 1 {
            Joined::Or
        } else {
            Joined::Alone
        },
        holds: items.len(),
        ..Line::alone(items.join(" || "))
    }
}

pub(super) fn factor(condition: &Condition) -> Factor {
    let any = |items: Vec<String>, render| Factor::Any { items, render };
    match condition {
        Condition::Os(list) => any(
            list.iter()
                .map(|os| format!("Os::\"{}\"", os.as_str()))
                .collect(),
            |items| one_of(items, "context.device.os"),
        ),
        Condition::Client(list) => any(
            list.iter()
                .map(|client| format!("Client::\"{}\"", client.as_str()))
                .collect(),
            |items| one_of(items, "context.client.kind"),
        ),
        Condition::FromCountries(list) => any(
            list.iter()
                .map(|place| format!("Country::\"{}\"", place.as_str()))
                .collect(),
            |items| one_of(items, "context.network.country"),
        ),
        Condition::FromNetworks(list) => any(
            list.iter()
                .map(|network| format!("Network::\"{network}\""))
                .collect(),
            |items| holds_one_of(items, "context.network.names"),
        ),
        Condition::PersonFacts(list) => {
            any(facts(list), |items| holds_one_of(items, "principal.facts"))
        }
        Condition::DeviceFacts(list) => any(facts(list), |items| {
            holds_one_of(items, "context.device.facts")
        }),
        _ => Factor::Line(line(condition)),
    }
}

fn facts(list: &[FactKind]) -> Vec<String> {
    list.iter()
        .map(|kind| format!("Fact::\"{}\"", kind.as_str()))
        .collect()
}

/// The value at `path` is one of the items.
fn one_of(items: &[String], path: &str) -> Line {
    let text = match items {
        [one] => format!("{path} == {one}"),
        several => format!("[{}].contains({path})", several.join(", ")),
    };
    Line {
        holds: items.len(),
        ..Line::alone(text)
    }
}

/// The set at `path` holds one of the items.
fn holds_one_of(items: &[String], path: &str) -> Line {
    let text = match items {
        [one] => format!("{path}.contains({one})"),
        several => format!("{path}.containsAny([{}])", several.join(", ")),
    };
    Line {
        holds: items.len(),
        ..Line::alone(text)
    }
}

pub(super) fn line(condition: &Condition) -> Line {
    match condition {
        Condition::PersonTrust(bound) => {
            rung("principal.trust", "TrustLevel", bound, Level::as_str)
        }
        Condition::DeviceTrust(bound) => {
            rung("context.device.trust", "TrustLevel", bound, Level::as_str)
        }
        Condition::Assurance(bound) => rung(
            "context.session.assurance",
            "Assurance",
            bound,
            Assurance::as_str,
        ),
        Condition::ProvenWithin(most) => {
            let seconds = i64::try_from(most.0).unwrap_or(i64::MAX);
            Line::alone(format!("context.session.age <= {seconds}"))
        }
        Condition::CompliantDevice => Line::both(
            "context.device.proven",
            "context.device.trust in TrustLevel::\"high\"",
        ),
        Condition::CompanyDevice => {
            Line::both("context.device.proven", "context.device.company_owned")
        }
        Condition::DeviceIs(property) => Line::alone(device(*property).to_owned()),
        Condition::DeviceIsNot(property) => Line::alone(format!("!{}", device(*property))),
        Condition::PostureGood(item) => posture(*item, "yes"),
        Condition::PostureNotGood(item) => posture(*item, "yes").not(),
        Condition::PostureBad(item) => posture(*item, "unknown").not(),
        Condition::OsVersion { os, version } => {
            let is_it = format!("context.device.os == Os::\"{}\"", os.as_str());
            let version = at_version("context.device.os_version", version);
            Line {
                note: version.note,
                ..Line::both(&is_it, &version.text)
            }
        }
        Condition::BrowserVersion(version) => {
            let version = at_version("context.client.version", version);
            Line {
                note: version.note,
                ..Line::both("context.client.kind == Client::\"browser\"", &version.text)
            }
        }
        Condition::AntivirusVersion(version) => {
            at_version("context.device.antivirus_version", version)
        }
        Condition::NotFromNetworks(list) => lines(&Condition::FromNetworks(list.clone())).not(),
        Condition::NotFromCountries(list) => lines(&Condition::FromCountries(list.clone())).not(),
        Condition::NoPersonFacts(list) => lines(&Condition::PersonFacts(list.clone())).not(),
        Condition::NoDeviceFacts(list) => lines(&Condition::DeviceFacts(list.clone())).not(),
        Condition::ThroughAnonymiser => Line::alone("context.network.anonymiser".to_owned()),
        Condition::NotThroughAnonymiser => Line::alone("!context.network.anonymiser".to_owned()),
        Condition::Within(calendar) => Line::alone(format!(
            "context.calendars.contains(Calendar::\"{calendar}\")"
        )),
        Condition::Outside(calendar) => Line::alone(format!(
            "context.calendars.contains(Calendar::\"{calendar}\")"
        ))
        .not(),
        Condition::PasswordGood => Line::alone("!principal.reset_due".to_owned()),
        Condition::PasswordResetDue => Line::alone("principal.reset_due".to_owned()),
        Condition::TermsAccepted(terms) => {
            Line::alone(format!("principal.terms.contains(Terms::\"{terms}\")"))
        }
        Condition::Os(_)
        | Condition::Client(_)
        | Condition::FromCountries(_)
        | Condition::FromNetworks(_)
        | Condition::PersonFacts(_)
        | Condition::DeviceFacts(_) => lines(condition),
    }
}

/// A condition with a list, whole.
fn lines(condition: &Condition) -> Line {
    match factor(condition) {
        Factor::Line(line) => line,
        Factor::Any { items, render } => render(&items),
    }
}

fn rung<T: Copy>(path: &str, ladder: &str, bound: &Bound<T>, name: fn(T) -> &'static str) -> Line {
    let at_least = |rung: &T| Line::alone(format!("{path} in {ladder}::\"{}\"", name(*rung)));
    match bound {
        Bound::AtLeast(rung) => at_least(rung),
        Bound::Below(rung) => at_least(rung).not(),
    }
}

fn at_version(path: &str, bound: &Bound<Version>) -> Line {
    let (operator, version) = match bound {
        Bound::AtLeast(version) => (">=", version),
        Bound::Below(version) => ("<", version),
    };
    Line {
        note: Some(version.to_string()),
        ..Line::alone(format!("{path} {operator} {}", version.as_integer()))
    }
}

fn posture(item: PostureItem, answer: &str) -> Line {
    let item = item.as_str().replace('-', "_");
    Line::alone(format!("context.device.{item} in Answer::\"{answer}\""))
}

const fn device(property: DeviceProperty) -> &'static str {
    match property {
        DeviceProperty::CompanyOwned => "context.device.company_owned",
        DeviceProperty::Enrolled => "context.device.enrolled",
        DeviceProperty::Certificate => "context.device.proven",
    }
}

impl Line {
    pub(super) const fn alone(text: String) -> Self {
        Self {
            text,
            joined: Joined::Alone,
            note: None,
            holds: 1,
            fails: 1,
        }
    }

    pub(super) fn both(left: &str, right: &str) -> Self {
        Self {
            joined: Joined::And,
            fails: 2,
            ..Self::alone(format!("{left} && {right}"))
        }
    }

    pub(super) fn not(self) -> Self {
        Self {
            text: format!("!({})", self.text),
            joined: Joined::Alone,
            note: self.note,
            holds: self.fails,
            fails: self.holds,
        }
    }
}

impl Factor {
    pub(super) const fn holds(&self) -> usize {
        match self {
            Self::Line(line) => line.holds,
            Self::Any { items, .. } => items.len(),
        }
    }

    pub(super) const fn divisible(&self) -> usize {
        match self {
            Self::Any { items, .. } if items.len() > 1 => items.len(),
            _ => 0,
        }
    }

    pub(super) fn line(&self) -> Line {
        match self {
            Self::Line(line) => line.clone(),
            Self::Any { items, render } => render(items),
        }
    }

    /// Takes the second half of a list out of it.
    pub(super) fn second_half(&mut self) -> Option<Self> {
        match self {
            Self::Line(_) => None,
            Self::Any { items, render } => Some(Self::Any {
                items: items.split_off(items.len() / 2),
                render: *render,
            }),
        }
    }
}
