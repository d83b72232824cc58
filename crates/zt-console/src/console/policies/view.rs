//! The pages of policies as values.

use super::form::{FormView, Keeping};
use super::list::{PackRow, PolicyRow, RevisionRow};
use askama::Template;
use zt_pages::{Page, Shell, Tone};

/// The policies in force and those that are not.
#[derive(Debug, Template)]
#[template(path = "console/policies.html")]
pub(crate) struct PoliciesView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) note: Option<&'static str>,
    /// What else there is to say.
    pub(crate) more: Vec<String>,
    /// Shortened.
    pub(crate) version: String,
    pub(crate) rows: Vec<PolicyRow>,
    pub(crate) packs: Vec<PackRow>,
    pub(crate) revisions: Vec<RevisionRow>,
}

/// How a policy stands, and what can be done about it.
#[derive(Debug, Clone)]
pub(crate) struct StatePanel {
    pub(crate) id: String,
    pub(crate) slug: &'static str,
    pub(crate) tone: Tone,
    pub(crate) icon: &'static str,
    pub(crate) state: &'static str,
    pub(crate) about: &'static str,
    pub(crate) managed: &'static str,
    pub(crate) is_ours: bool,
    pub(crate) overdue: Vec<String>,
    pub(crate) remove_question: String,
}

/// One policy, or a new one.
#[derive(Debug, Template)]
#[template(path = "console/policy.html")]
pub(crate) struct FormPage {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) note: Option<&'static str>,
    pub(crate) heading: String,
    pub(crate) panel: Option<StatePanel>,
    pub(crate) form: FormView,
}

/// The form alone.
#[derive(Debug, Template)]
#[template(path = "console/policy_part.html")]
pub(crate) struct FormPart {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) form: FormView,
}
