//! What is said about changing policies: planning, testing, replaying, explaining, going back.

use super::OrganisationRequest;
use serde::{Deserialize, Serialize};
use zt_identity::Files;
use zt_identity::difference::Line;
use zt_types::{DecisionId, Text};

/// Which recorded accesses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpanRequest {
    /// That were decided then or later, RFC 3339; from the beginning if nothing is said.
    #[serde(default)]
    pub since: Option<String>,
    /// That were decided before then, RFC 3339; to the end if nothing is said.
    #[serde(default)]
    pub until: Option<String>,
    /// Of this person only, by login.
    #[serde(default)]
    pub login: Option<String>,
    /// At this application only.
    #[serde(default)]
    pub app: Option<String>,
}

/// Files whose policies are to be looked at before they are applied.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    /// The files, and what to do about records that the console made.
    pub organisation: OrganisationRequest,
    /// The recorded accesses that are decided once more.
    #[serde(default)]
    pub span: SpanRequest,
}

/// What applying the files would do to policies and people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanAnswer {
    /// One for each record that differs or is left alone.
    pub lines: Vec<Line>,
    /// The policies that would be new, other and gone.
    pub policies: ChangedPolicies,
    /// What can be said of the policies as they would be, without any access.
    pub findings: FindingsView,
    /// Whether the accounts of last resort reach console and portal.
    pub last_resort: LastResortView,
    /// What would become of recorded accesses.
    pub accesses: ComparisonView,
    /// Made-up accesses that show where the two sets grant different things.
    pub examples: Vec<ExampleView>,
    /// Applications for which they cannot grant different things.
    pub same: Vec<String>,
    /// Applications for which that is not known.
    pub undecided: Vec<String>,
}

/// Policies by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedPolicies {
    /// New.
    pub added: Vec<String>,
    /// Other than they were.
    pub changed: Vec<String>,
    /// Gone.
    pub removed: Vec<String>,
}

/// What can be said of policies without any access.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingsView {
    /// Policies that can never apply.
    pub dead: Vec<String>,
    /// Policies that never alter an outcome.
    pub shadowed: Vec<ShadowedView>,
    /// Policies of which nothing is said.
    pub undecided: Vec<String>,
}

/// A policy that never alters an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShadowedView {
    /// Which.
    pub policy: String,
    /// The policies that say the same.
    pub by: Vec<String>,
}

/// Whether the accounts of last resort get in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastResortView {
    /// The accounts.
    pub accounts: Vec<String>,
    /// Whether each of them reaches console and portal.
    pub safe: bool,
}

/// What would become of recorded accesses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparisonView {
    /// How many were decided once more.
    pub accesses: u64,
    /// How many of them are samples, which nobody asked for.
    pub samples: u64,
    /// How many could not be read.
    pub unreadable: u64,
    /// How many come out as before.
    pub unchanged: u64,
    /// The others, by what changes, person and application.
    pub differences: Vec<DifferenceView>,
    /// Accesses that come out otherwise and are not among them: there are too many.
    pub left_out: u64,
    /// What report-only policies would refuse if they bound.
    pub report_only: Vec<HypotheticalView>,
}

/// What changes for one person at one application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceView {
    /// `refused`, `prompted`, `limited`, `allowed` or `widened`.
    pub effect: String,
    /// Her login.
    pub login: String,
    /// Her name.
    pub name: Text,
    /// The application.
    pub app: String,
    /// How many accesses.
    pub accesses: u64,
    /// When the first of them was, RFC 3339.
    pub first: String,
    /// When the last of them was, RFC 3339.
    pub last: String,
    /// The policies that make the difference.
    pub policies: Vec<String>,
    /// Why the last of them would be refused.
    pub reasons: Vec<String>,
    /// What would let it go on.
    pub steps: Vec<String>,
    /// What they could do no more.
    pub lost: Vec<String>,
    /// What they could do more.
    pub gained: Vec<String>,
    /// What would be asked of whoever lets them through.
    pub obligations: Vec<String>,
}

/// What a report-only policy would refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HypotheticalView {
    /// The policy.
    pub policy: String,
    /// Whom, by login.
    pub login: String,
    /// Her name.
    pub name: Text,
    /// Where.
    pub app: String,
    /// How many accesses.
    pub accesses: u64,
}

/// A made-up access on which two sets differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExampleView {
    /// The application.
    pub app: String,
    /// `more` if it may do more than today, `less` if it may do less.
    pub than_today: String,
    /// Something that it may do under one of the two only.
    pub capability: String,
    /// What of it matters, in the words of the policies' language.
    pub because: Vec<String>,
    /// What is said today.
    pub today: String,
    /// What would be said.
    pub then: String,
}

/// Files whose tests are run against the policies in force.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestRequest {
    /// The files.
    pub files: Files,
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedView {
    /// What was tested.
    pub name: String,
    /// Where it stands.
    pub place: String,
    /// Whether it passed.
    pub passed: bool,
    /// What came of the access.
    pub got: String,
    /// What is otherwise than it must be.
    pub wrong: Vec<String>,
}

/// What came of deciding recorded accesses again under the policies that decided them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayAnswer {
    /// The version in force.
    pub version: String,
    /// How many recorded decisions there are in the span.
    pub accesses: u64,
    /// How many of them are samples.
    pub samples: u64,
    /// How many could not be read.
    pub unreadable: u64,
    /// How many came out the same, bit for bit.
    pub same: u64,
    /// Of those, how many were recorded without a fingerprint, so that only outcome, capabilities and reasons are known
    /// to be the same.
    pub without_fingerprint: u64,
    /// How many did not come out the same.
    pub differing: u64,
    /// The first of them.
    pub unlike: Vec<UnlikeView>,
    /// How many were made by other policies than those in force, by version.
    pub by_others: std::collections::BTreeMap<String, u64>,
}

/// A decision that did not come out the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnlikeView {
    /// Which.
    pub decision: DecisionId,
    /// About whom, by login.
    pub login: String,
    /// About which application.
    pub app: String,
    /// When, RFC 3339.
    pub at: String,
}

/// Asks why something was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum ExplainRequest {
    /// This recorded decision.
    Decision(DecisionId),
    /// The newest recorded decision about a person, at an application if one is named.
    Newest {
        /// Her login.
        login: String,
        /// The application.
        app: Option<String>,
    },
}

/// Why it was decided so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainAnswer {
    /// The decision.
    pub decision: DecisionId,
    /// Whether it is a sample, which nobody asked for.
    pub sample: bool,
    /// About whom, by login.
    pub login: String,
    /// Her name.
    pub name: Text,
    /// About which application.
    pub app: String,
    /// When, RFC 3339.
    pub at: String,
    /// Whether the policies that are in force now decided it. If not, this is what they would say.
    pub present: bool,
    /// `allowed`, `prompted` or `refused`.
    pub outcome: String,
    /// What it may do.
    pub capabilities: Vec<String>,
    /// What whoever lets it through must do.
    pub obligations: Vec<String>,
    /// Why it is refused, as slugs.
    pub reasons: Vec<String>,
    /// The same as the person reads it.
    pub said: Vec<Text>,
    /// What would let it go on.
    pub steps: Vec<StepView>,
    /// The policies about this application: those that apply first.
    pub statements: Vec<StatementView>,
}

/// A step on the way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// Tells it apart.
    pub slug: String,
    /// As the person reads it.
    pub said: Text,
}

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementView {
    /// The policy.
    pub policy: String,
    /// `forbid` or `permit`.
    pub says: String,
    /// `report-only` or `on`.
    pub state: String,
    /// Whether it applies.
    pub applies: bool,
    /// The ways in which it can: all conditions of one must be met. None if it has no compiled form.
    pub ways: Vec<Vec<ConditionView>>,
}

/// One condition of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionView {
    /// As Cedar has it.
    pub condition: String,
    /// What there is of it.
    pub seen: String,
    /// Whether it is met.
    pub met: bool,
}

/// A change of the policies that was put in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionView {
    /// Its number.
    pub number: u64,
    /// What decides since then.
    pub version: String,
    /// When, RFC 3339.
    pub at: String,
    /// By whom.
    pub by: String,
    /// Why, in their words.
    pub why: Option<String>,
    /// The policies that changed.
    pub policies: Vec<String>,
}

/// Puts earlier policies back in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackRequest {
    /// As they were at this revision; 0 is before the first one.
    pub to: u64,
    /// Why; it is recorded.
    pub why: String,
}

/// What going back changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackAnswer {
    /// The policies that changed; none if they were as they are.
    pub policies: Vec<String>,
    /// How many live connections were cut by it.
    pub cut: usize,
    /// Policies that differ and were left as they are, because files manage them, or did then: they are taken back in the
    /// files, by `apply`.
    pub managed_by_files: Vec<String>,
    /// Exclusions that did not come back, because their last day has passed: policy, who, and who answers for it.
    pub dropped_exclusions: Vec<String>,
}

impl From<crate::organisation::Tested> for TestedView {
    fn from(tested: crate::organisation::Tested) -> Self {
        Self {
            passed: tested.wrong.is_empty(),
            name: tested.name,
            place: tested.place,
            got: tested.got,
            wrong: tested.wrong,
        }
    }
}
