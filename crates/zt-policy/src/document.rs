//! Policies as people fill them in: who, what, under which conditions, what is required, what is withheld.
//!
//! A [`Rule`] is a form whose fields fit together; [`Rule::to_cedar`] writes it as Cedar text. The text is what decides,
//! is shown, hashed and compared; the rule is kept beside it so that a form can be opened again.
//!
//! Conditions have a leaning: some say that an access is safe, some that it is risky, most neither. A rule that refuses or
//! restricts can single out the risky, a rule that allows can single out the safe, and a requirement is never that
//! something be risky. So nothing that a rule says can make more risk open a door.

use serde::{Deserialize, Serialize};
use zt_types::{
    AppGroupId, AppId, Capability, GroupId, PersonId, Role, Seconds, Sensitivity, Timestamp,
};

mod condition;
mod error;
mod last_day;
mod write;

#[cfg(test)]
pub(crate) use condition::Leaning;
pub use condition::{Bound, Condition, DeviceProperty, Place};
pub use error::RuleError;
pub use last_day::LastDay;

/// A rule whose parts fit together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RuleParts", into = "RuleParts")]
pub struct Rule(RuleParts);

/// The parts of a rule, as a form or a file has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuleParts {
    /// What it does.
    pub effect: RuleEffect,
    /// What it is about at most.
    #[serde(default)]
    pub scope: Scope,
    /// Whom it is about: any of these.
    pub who: Vec<Whom>,
    /// Whom it leaves out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Exclusion>,
    /// What it is about within its scope.
    #[serde(default)]
    pub what: What,
    /// When it applies: all of these hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// What it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require: Option<Require>,
    /// How an access that it lets through is less than a whole one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limit>,
}

/// What a rule does when it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleEffect {
    /// It lets in whom the application is not for, if what it requires is so.
    Allow,
    /// It refuses, whatever is proved.
    Refuse,
    /// It refuses unless what it requires is so, and limits what remains.
    Restrict,
}

/// What a rule is about at most.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Everything.
    #[default]
    Global,
    /// One group of applications.
    AppGroup(AppGroupId),
    /// One application.
    Application(AppId),
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whom {
    /// All people.
    Everyone,
    /// All people from elsewhere.
    Guests,
    /// One person.
    Person(PersonId),
    /// Everybody in a group.
    Group(GroupId),
    /// Everybody with a role in Sekisho itself.
    Role(Role),
}

/// Somebody whom a rule leaves out, for a reason and not for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Who.
    pub whom: Whom,
    /// Who answers for it: a person's login.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day on which it may stand.
    pub until: LastDay,
}

/// What a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct What {
    /// These applications and the ones in these groups; all of the scope if both are empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<AppId>,
    /// See [`What::applications`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub app_groups: Vec<AppGroupId>,
    /// Not these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except_applications: Vec<AppId>,
    /// Not the ones in these groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except_app_groups: Vec<AppGroupId>,
    /// Only applications that are at least as sensitive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<Sensitivity>,
    /// What it allows, refuses or asks something for; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<Capability>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Require {
    /// All of these.
    All(Vec<Condition>),
    /// One of these.
    Any(Vec<Condition>),
}

impl Require {
    /// The conditions, whichever of them are needed.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        match self {
            Self::All(conditions) | Self::Any(conditions) => conditions,
        }
    }
}

/// How an access is less than a whole one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Without these.
    Withhold(Vec<Capability>),
    /// Only while it is recorded.
    Record,
    /// Only under a watermark that says who looks.
    Watermark,
    /// Only under the policy's message.
    Warn,
    /// Only so long after the last proof, and the end of that is told beforehand.
    ReauthenticateAfter(Seconds),
}

impl Rule {
    /// A rule of these parts.
    ///
    /// # Errors
    /// Everything that does not fit together.
    pub fn new(parts: RuleParts) -> Result<Self, Vec<RuleError>> {
        let mut errors = parts.wrong();
        if errors.is_empty() && write::is_too_intricate(&parts) {
            errors.push(RuleError::TooIntricate);
        }
        if errors.is_empty() {
            Ok(Self(parts))
        } else {
            Err(errors)
        }
    }

    /// Its parts.
    #[must_use]
    pub const fn parts(&self) -> &RuleParts {
        &self.0
    }

    /// The rule as Cedar text: always the same for the same rule.
    #[must_use]
    pub fn to_cedar(&self) -> String {
        write::write(&self.0)
    }

    /// Who is left out for longer than was agreed.
    pub fn overdue(&self, now: Timestamp) -> impl Iterator<Item = &Exclusion> {
        self.0
            .except
            .iter()
            .filter(move |out| out.until.is_over(now))
    }
}

impl Rule {
    /// The rule with nobody left out for longer than was agreed.
    #[must_use]
    pub fn settled(&self, now: Timestamp) -> Self {
        let mut parts = self.0.clone();
        parts.except.retain(|out| !out.until.is_over(now));
        // INVARIANT: leaving out fewer makes no rule wrong that was right.
        Self(parts)
    }
}

impl TryFrom<RuleParts> for Rule {
    type Error = RuleError;
    fn try_from(parts: RuleParts) -> Result<Self, RuleError> {
        Self::new(parts).map_err(RuleError::several)
    }
}

impl From<Rule> for RuleParts {
    fn from(rule: Rule) -> Self {
        rule.0
    }
}

impl std::fmt::Display for Whom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::Guests => f.write_str("guests"),
            Self::Person(person) => write!(f, "person {person}"),
            Self::Group(group) => write!(f, "group {group}"),
            Self::Role(role) => write!(f, "role {}", role.as_str()),
        }
    }
}

impl RuleParts {
    fn wrong(&self) -> Vec<RuleError> {
        let mut errors = Vec::new();
        self.check_who(&mut errors);
        if self.scope != Scope::Global
            && !(self.what.applications.is_empty() && self.what.app_groups.is_empty())
        {
            errors.push(RuleError::ScopeAndApplications);
        }
        let apps = self.what.except_applications.iter();
        let apps = apps.filter(|app| match &self.scope {
            Scope::Application(only) => only == *app,
            Scope::Global | Scope::AppGroup(_) => self.what.applications.contains(app),
        });
        let groups = self.what.except_app_groups.iter();
        let groups = groups.filter(|group| match &self.scope {
            Scope::AppGroup(only) => only == *group,
            Scope::Global | Scope::Application(_) => self.what.app_groups.contains(group),
        });
        let both = apps
            .map(ToString::to_string)
            .chain(groups.map(ToString::to_string));
        errors.extend(both.map(RuleError::ApplicationNamedAndLeftOut));
        let required = self.require.as_ref().map(Require::conditions);
        for condition in self.when.iter().chain(required.unwrap_or_default()) {
            errors.extend(condition.wrong());
        }
        let unfit = |condition: &Condition, leaning| condition.leaning() == leaning;
        for condition in &self.when {
            let (leaning, error): (_, fn(String) -> RuleError) = match self.effect {
                RuleEffect::Allow => (condition::Leaning::Risky, RuleError::AllowsTheRisky),
                RuleEffect::Refuse | RuleEffect::Restrict => {
                    (condition::Leaning::Safe, RuleError::RefusesTheSafe)
                }
            };
            if unfit(condition, leaning) {
                errors.push(error(condition.said()));
            }
        }
        for condition in required.unwrap_or_default() {
            if unfit(condition, condition::Leaning::Risky) {
                errors.push(RuleError::RequiresRisk(condition.said()));
            }
        }
        if required.is_some_and(<[_]>::is_empty) {
            errors.push(RuleError::Empty("require"));
        }
        match self.effect {
            RuleEffect::Allow if !self.limits.is_empty() => errors.push(RuleError::LimitsInAllow),
            RuleEffect::Refuse if self.require.is_some() || !self.limits.is_empty() => {
                errors.push(RuleError::NothingBesideRefusal);
            }
            RuleEffect::Restrict if self.require.is_none() && self.limits.is_empty() => {
                errors.push(RuleError::RestrictsNothing);
            }
            _ => {}
        }
        for limit in &self.limits {
            match limit {
                Limit::Withhold(withheld) if withheld.is_empty() => {
                    errors.push(RuleError::Empty("withhold"));
                }
                Limit::Withhold(withheld) if withheld.contains(&Capability::Connect) => {
                    errors.push(RuleError::ConnectWithheld);
                }
                _ => {}
            }
        }
        errors
    }

    fn check_who(&self, errors: &mut Vec<RuleError>) {
        if self.who.is_empty() {
            errors.push(RuleError::Empty("who"));
        }
        if self.who.contains(&Whom::Everyone) && self.who.len() > 1 {
            errors.push(RuleError::EveryoneAndOthers);
        }
        let mut seen = Vec::new();
        let named = self
            .who
            .iter()
            .chain(self.except.iter().map(|out| &out.whom));
        for whom in named {
            if seen.contains(&whom) {
                errors.push(match self.except.iter().find(|out| out.whom == *whom) {
                    Some(out) => RuleError::NamedAndLeftOut {
                        whom: whom.to_string(),
                        owner: out.owner.clone(),
                    },
                    None => RuleError::NamedTwice(whom.to_string()),
                });
            }
            seen.push(whom);
        }
        for out in &self.except {
            if out.whom == Whom::Everyone {
                errors.push(RuleError::LeavesOutEveryone);
            }
            if out.owner.trim().is_empty() || out.reason.trim().is_empty() {
                errors.push(RuleError::NoOwnerOrReason(out.whom.to_string()));
            }
        }
    }
}
