//! Documents as records of the other crates.

use zt_identity::difference::Shape;
use zt_identity::problem::{Place, Problems, Wrong};
use zt_identity::{
    ApplicationDocument, EnforcementPointDocument, Organisation, PolicyEntry, SourceDocument,
    Terms, TermsDocument, both,
};
use zt_policy::{
    Application, CertificateDemand, EnforcementPoint, PolicyDocument, PolicyError, PolicySet,
    PolicyState, Register,
};
use zt_trust::{FactKind, ManagedByFiles, Source};
use zt_types::{AppId, EnforcementPointId, PolicyId, SourceId, TermsId, Text, Timestamp};

/// The records that the files want.
pub(super) struct Wanted {
    pub(super) applications: Vec<(AppId, Application)>,
    pub(super) sources: Vec<(SourceId, Source)>,
    pub(super) enforcement_points: Vec<(EnforcementPointId, EnforcementPoint)>,
    pub(super) policies: Vec<(PolicyId, PolicyDocument)>,
    pub(super) terms: Vec<(TermsId, Terms)>,
}

pub(super) fn wanted(organisation: &Organisation, now: Timestamp) -> Wanted {
    Wanted {
        applications: organisation
            .applications
            .iter()
            .map(|document| (document.id.clone(), application(document)))
            .collect(),
        sources: organisation
            .sources
            .iter()
            .map(|document| (document.id.clone(), source(document)))
            .collect(),
        enforcement_points: organisation
            .enforcement_points
            .iter()
            .map(|document| (document.id.clone(), enforcement_point(document)))
            .collect(),
        policies: organisation
            .policies
            .iter()
            .map(|document| (document.id.clone(), policy(document, now)))
            .collect(),
        terms: organisation
            .terms
            .iter()
            .map(|document| (document.id.clone(), terms(document, now)))
            .collect(),
    }
}

fn application(document: &ApplicationDocument) -> Application {
    Application {
        id: document.id.clone(),
        name: document.name.clone(),
        description: document.description.clone(),
        owner: document.owner.clone(),
        sensitivity: document.sensitivity,
        upstream: document.upstream.clone(),
        groups: document.groups.clone(),
        app_groups: Vec::new(),
        certificate: match document.certificate.as_str() {
            "ask" => CertificateDemand::Ask,
            _ => CertificateDemand::DoNotAsk,
        },
        review_by: document.review_by.clone(),
        managed_by: zt_policy::ManagedBy::Files,
    }
}

fn source(document: &SourceDocument) -> Source {
    Source {
        id: document.id.clone(),
        name: document.name.clone(),
        kinds: FactKind::ALL
            .into_iter()
            .filter(|kind| document.kinds.iter().any(|slug| slug == kind.as_str()))
            .collect(),
        token: document.token.hash(),
        managed_by_files: ManagedByFiles::Yes,
    }
}

fn enforcement_point(document: &EnforcementPointDocument) -> EnforcementPoint {
    EnforcementPoint {
        id: document.id.clone(),
        name: document.name.clone(),
        applications: document.applications.iter().cloned().collect(),
        obligations: document.obligations.iter().cloned().collect(),
        token: document.token.hash(),
        managed_by: zt_policy::ManagedBy::Files,
    }
}

pub(super) fn policy(document: &PolicyEntry, now: Timestamp) -> PolicyDocument {
    PolicyDocument {
        id: document.id.clone(),
        title: document.title.clone(),
        cedar: document.cedar.clone(),
        source: zt_policy::Written::ByHand,
        state: match document.state.as_str() {
            "off" => PolicyState::Off,
            "report-only" => PolicyState::ReportOnly,
            _ => PolicyState::On,
        },
        message: document.message.clone(),
        managed_by: zt_policy::ManagedBy::Files,
        changed_at: now,
    }
}

fn terms(document: &TermsDocument, now: Timestamp) -> Terms {
    Terms::new(
        document.id.clone(),
        document.title.clone(),
        document.text.clone(),
        zt_identity::ManagedBy::Files,
        now,
    )
}

const fn managed(by: zt_policy::ManagedBy) -> zt_identity::ManagedBy {
    match by {
        zt_policy::ManagedBy::Files => zt_identity::ManagedBy::Files,
        zt_policy::ManagedBy::Console => zt_identity::ManagedBy::Console,
        zt_policy::ManagedBy::System => zt_identity::ManagedBy::System,
    }
}

pub(super) const fn application_shape() -> Shape<Application> {
    Shape {
        what: "application",
        managed_by: |application| managed(application.managed_by),
        members: |application| {
            vec![
                ("name", both(&application.name)),
                ("description", both(&application.description)),
                ("owner", application.owner.clone()),
                ("sensitivity", application.sensitivity.as_str().to_owned()),
                ("upstream", application.upstream.clone()),
                (
                    "groups",
                    joined(application.groups.iter().map(|g| g.as_str())),
                ),
                (
                    "certificate",
                    match application.certificate {
                        CertificateDemand::Ask => "ask",
                        CertificateDemand::DoNotAsk => "do-not-ask",
                    }
                    .to_owned(),
                ),
                (
                    "review_by",
                    application.review_by.clone().unwrap_or_default(),
                ),
            ]
        },
    }
}

pub(super) const fn source_shape() -> Shape<Source> {
    Shape {
        what: "source",
        managed_by: |source| match source.managed_by_files {
            ManagedByFiles::Yes => zt_identity::ManagedBy::Files,
            ManagedByFiles::No => zt_identity::ManagedBy::Console,
        },
        members: |source| {
            vec![
                ("name", both(&source.name)),
                ("kinds", joined(source.kinds.iter().map(|k| k.as_str()))),
                ("token_sha256", source.token.to_string()),
            ]
        },
    }
}

pub(super) const fn enforcement_point_shape() -> Shape<EnforcementPoint> {
    Shape {
        what: "enforcement point",
        managed_by: |point| managed(point.managed_by),
        members: |point| {
            vec![
                ("name", both(&point.name)),
                (
                    "applications",
                    joined(point.applications.iter().map(|app| app.as_str())),
                ),
                (
                    "obligations",
                    joined(point.obligations.iter().map(String::as_str)),
                ),
                ("token_sha256", point.token.to_string()),
            ]
        },
    }
}

pub(super) const fn policy_shape() -> Shape<PolicyDocument> {
    Shape {
        what: "policy",
        managed_by: |policy| managed(policy.managed_by),
        members: |policy| {
            vec![
                ("title", both(&policy.title)),
                (
                    "state",
                    match policy.state {
                        PolicyState::Off => "off",
                        PolicyState::ReportOnly => "report-only",
                        PolicyState::On => "on",
                    }
                    .to_owned(),
                ),
                (
                    "message",
                    policy
                        .message
                        .as_ref()
                        .map_or_else(String::new, |message: &Text| both(message)),
                ),
                ("cedar", policy.cedar.clone()),
            ]
        },
    }
}

pub(super) const fn terms_shape() -> Shape<Terms> {
    Shape {
        what: "terms",
        managed_by: |terms| terms.managed_by,
        members: |terms| {
            vec![
                ("title", both(&terms.title)),
                ("text ja", terms.text().ja.clone()),
                ("text en", terms.text().en.clone()),
            ]
        },
    }
}

fn joined<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// Compiles the policies together with the register, as they would decide.
pub(super) fn check_policies(organisation: &Organisation, problems: &mut Problems) {
    let Wanted {
        applications,
        policies,
        ..
    } = wanted(organisation, Timestamp::default());
    let documents: Vec<PolicyDocument> = policies.into_iter().map(|(_, policy)| policy).collect();
    let register = Register {
        applications: applications.into_iter().map(|(_, app)| app).collect(),
        groups: organisation
            .groups
            .iter()
            .map(|group| (group.id.clone(), Vec::new()))
            .collect(),
        unreported: zt_store::UNREPORTED.into(),
        ..Register::default()
    };
    let Err(errors) = PolicySet::compile(&documents, &register) else {
        return;
    };
    for error in errors {
        let entry = organisation
            .policies
            .iter()
            .find(|entry| error.policy() == Some(&entry.id));
        let place = match entry {
            Some(entry) => entry.place(
                error
                    .position()
                    .and_then(|(line, column)| span(&entry.cedar, line, column)),
            ),
            None => Place::whole("."),
        };
        let (message, help) = match error {
            PolicyError::At {
                problem, instead, ..
            } => (problem, instead),
            other => (other.to_string(), None),
        };
        problems.add(place, Wrong::Cedar { message, help });
    }
}

/// The bytes of the word at a line and column (in characters, both from 1).
fn span(text: &str, line: usize, column: usize) -> Option<std::ops::Range<usize>> {
    let lines = text.split_inclusive('\n').take(line.checked_sub(1)?);
    let line_start: usize = lines.map(str::len).sum();
    let rest = text.get(line_start..)?;
    let within: usize = rest
        .chars()
        .take(column.checked_sub(1)?)
        .map(char::len_utf8)
        .sum();
    let start = line_start + within;
    let word: usize = text
        .get(start..)?
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .map(char::len_utf8)
        .sum();
    Some(start..start + word.max(1))
}
