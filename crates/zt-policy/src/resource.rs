//! The register of applications, and policies as they are kept.

use crate::{PolicyError, Rule};
use serde::{Deserialize, Serialize};
use zt_types::{AppGroupId, AppId, GroupId, ManagedBy, PolicyId, Sensitivity, Text, Timestamp};

/// An application in the register. What is not registered is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its slug, and the first label of its host name `<id>.<domain>` if it is behind the gateway.
    pub id: AppId,
    /// Its name.
    pub name: Text,
    /// What it is for, one sentence.
    pub description: Text,
    /// Who answers for it: a person's login.
    pub owner: String,
    /// How much harm a leak does.
    pub sensitivity: Sensitivity,
    /// Where it really is, behind the gateway: `http://` or `https://` origin without a path. `None`: it has no host here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// Groups that may use it; everyone if empty.
    pub groups: Vec<GroupId>,
    /// The groups of applications it is in: policies can be about all of a group.
    #[serde(default)]
    pub app_groups: Vec<AppGroupId>,
    /// Whether its host asks for a device certificate.
    pub certificate: CertificateDemand,
    /// The day by which its entry must be looked at again, `YYYY-MM-DD`.
    pub review_by: Option<String>,
    /// Who writes this record.
    pub managed_by: ManagedBy,
}

/// Whether an application's host asks the browser for a device certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateDemand {
    /// It asks; policy says what follows when none comes.
    Ask,
    /// It does not ask: what the session proved at sign-in counts.
    DoNotAsk,
}

/// A policy as it is kept: Cedar text under our schema, with what people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDocument {
    /// Its slug.
    pub id: PolicyId,
    /// Its title.
    pub title: Text,
    /// Cedar source: one or more policies. This is what decides, whoever wrote it.
    pub cedar: String,
    /// How it was written.
    #[serde(default, skip_serializing_if = "Written::is_by_hand")]
    pub source: Written,
    /// Whether it binds.
    pub state: PolicyState,
    /// What a person whom it refuses is told.
    pub message: Option<Text>,
    /// Who writes this record.
    pub managed_by: ManagedBy,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

/// How a policy was written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Written {
    /// As Cedar, by hand.
    #[default]
    ByHand,
    /// As a rule, which wrote the Cedar: a form can open it again.
    Rule(Box<Rule>),
}

impl Written {
    const fn is_by_hand(&self) -> bool {
        matches!(self, Self::ByHand)
    }

    /// The rule, if it was written as one.
    #[must_use]
    pub fn rule(&self) -> Option<&Rule> {
        match self {
            Self::ByHand => None,
            Self::Rule(rule) => Some(rule),
        }
    }
}

impl PolicyDocument {
    /// What of its rule has run out. [`crate::PolicySet::compile`] knows no dates, so that what was in force yesterday can
    /// be put in force after a restart; whoever brings a new or a changed document refuses one of which this says something.
    #[must_use]
    pub fn overdue(&self, now: Timestamp) -> Vec<PolicyError> {
        let rule = self.source.rule().into_iter();
        rule.flat_map(|rule| rule.overdue(now))
            .map(|out| PolicyError::ExclusionOver {
                policy: self.id.clone(),
                whom: out.whom.to_string(),
                owner: out.owner.clone(),
                until: out.until,
            })
            .collect()
    }

    /// The same document, written by this rule.
    #[must_use]
    pub fn written_by(self, rule: Rule) -> Self {
        Self {
            cedar: rule.to_cedar(),
            source: Written::Rule(Box::new(rule)),
            ..self
        }
    }
}

/// Whether a policy binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyState {
    /// Not looked at.
    Off,
    /// Evaluated and recorded, not enforced.
    ReportOnly,
    /// Enforced.
    On,
}
