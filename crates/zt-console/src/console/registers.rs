//! The registers: applications, policies, sources, tasks, and the system itself.

use super::view::{
    ApplicationRow, ApplicationsView, EnforcementPointRow, SourceRow, SourcesView, SystemView,
    TaskRow, TasksView,
};
use crate::view::Link;
use crate::words::{Names, Reader, managed, managed_resource};
use zt_events::{Task, TaskKind};
use zt_pages::{Page, Shell};
use zt_policy::{Application, CertificateDemand};
use zt_store::State;
use zt_trust::ManagedByFiles;

/// `authority` makes the host (with its port) of an application.
pub(crate) fn applications(
    page: Page,
    shell: Shell,
    state: &State,
    authority: impl Fn(&zt_types::AppId) -> String,
) -> ApplicationsView {
    let names = Names {
        page: &page,
        state,
        reader: Reader::Administrator,
    };
    let rows = state
        .applications
        .values()
        .map(|app| ApplicationRow {
            href: format!("/console/applications/{}", app.id),
            name: page.text(&app.name).to_owned(),
            host: app.upstream.as_ref().map(|_| authority(&app.id)),
            sensitivity: app.sensitivity,
            owner: owner(&names, app),
            groups: groups(&names, app),
            upstream: app.upstream.clone(),
            certificate: certificate(&page, app),
            review: app.review_by.clone().unwrap_or_else(|| "—".to_owned()),
            managed: managed(&page, managed_resource(app.managed_by)),
        })
        .collect();
    ApplicationsView { rows, page, shell }
}

/// Who answers for an application.
pub(super) fn owner(names: &Names<'_>, app: &Application) -> Link {
    let known = names.state.logins.get(&app.owner);
    known.map_or_else(
        || Link::word(app.owner.clone()),
        |person| names.person(*person),
    )
}

/// Who may use it.
pub(super) fn groups(names: &Names<'_>, app: &Application) -> String {
    if app.groups.is_empty() {
        names.page.t("application-everyone").to_owned()
    } else {
        names.groups(&app.groups)
    }
}

/// Whether its host asks for a device certificate.
pub(super) fn certificate(page: &Page, app: &Application) -> &'static str {
    match app.certificate {
        CertificateDemand::Ask => page.t("application-asks"),
        CertificateDemand::DoNotAsk => page.t("application-does-not-ask"),
    }
}

pub(crate) fn sources(page: Page, shell: Shell, state: &State) -> SourcesView {
    let names = Names {
        page: &page,
        state,
        reader: Reader::Administrator,
    };
    let rows = state
        .sources
        .values()
        .map(|source| {
            let facts = || {
                state
                    .facts
                    .values()
                    .filter(|fact| fact.key.source == source.id)
            };
            let kinds: Vec<&str> = source
                .kinds
                .iter()
                .map(|kind| page.member("fact-kind", kind.as_str()))
                .collect();
            SourceRow {
                id: source.id.to_string(),
                name: page.text(&source.name).to_owned(),
                kinds: if source.states_hold.is_some() {
                    let states = [page.member("fact-kind", "device-state")];
                    let all: Vec<&str> = kinds.into_iter().chain(states).collect();
                    all.join(names.separator())
                } else {
                    kinds.join(names.separator())
                },
                open: facts().filter(|fact| fact.cleared_at.is_none()).count(),
                last: facts().map(|fact| fact.recorded_at).max(),
                managed: managed(
                    &page,
                    match source.managed_by_files {
                        ManagedByFiles::Yes => "files",
                        ManagedByFiles::No => "console",
                    },
                ),
            }
        })
        .collect();
    let points = state
        .enforcement_points
        .values()
        .map(|point| {
            let apps: Vec<&str> = point.applications.iter().map(|app| app.as_str()).collect();
            let obligations: Vec<&str> = point
                .obligations
                .iter()
                .map(|obligation| page.member("obligation", obligation))
                .collect();
            EnforcementPointRow {
                id: point.id.to_string(),
                name: page.text(&point.name).to_owned(),
                applications: apps.join(names.separator()),
                obligations: obligations.join(names.separator()),
                managed: managed(&page, managed_resource(point.managed_by)),
            }
        })
        .collect();
    SourcesView {
        rows,
        points,
        page,
        shell,
    }
}

pub(crate) fn tasks(
    page: Page,
    shell: Shell,
    state: &State,
    note: Option<&'static str>,
) -> TasksView {
    let names = Names {
        page: &page,
        state,
        reader: Reader::Administrator,
    };
    let mut tasks: Vec<&Task> = state.tasks.values().collect();
    tasks.sort_by_key(|task| (task.closed_at.is_some(), std::cmp::Reverse(task.opened_at)));
    let rows = tasks
        .into_iter()
        .take(200)
        .map(|task| task_row(&names, task))
        .collect();
    TasksView {
        rows,
        note,
        page,
        shell,
    }
}

fn task_row(names: &Names<'_>, task: &Task) -> TaskRow {
    let page = names.page;
    let slug = task.kind.as_str();
    let (source, finding, claimed, candidates) = match &task.kind {
        TaskKind::UnknownDevice {
            source,
            finding,
            claimed,
        } => (source, finding, claimed, Vec::new()),
        TaskKind::AmbiguousDevice {
            source,
            finding,
            claimed,
            candidates,
        } => (
            source,
            finding,
            claimed,
            candidates.iter().map(|id| names.device(*id)).collect(),
        ),
        TaskKind::AlertAfterClear {
            source,
            finding,
            claimed,
            device,
        } => (source, finding, claimed, vec![names.device(*device)]),
        TaskKind::UnknownPerson {
            source,
            finding,
            claimed,
        } => (source, finding, claimed, Vec::new()),
        TaskKind::AmbiguousPerson {
            source,
            finding,
            claimed,
            candidates,
        } => (
            source,
            finding,
            claimed,
            candidates.iter().map(|id| names.person(*id)).collect(),
        ),
        TaskKind::WarningAfterEnd {
            source,
            finding,
            claimed,
            person,
        } => (source, finding, claimed, vec![names.person(*person)]),
    };
    TaskRow {
        id: task.id.to_string(),
        title: page.member("task-title", slug),
        text: page.member("task-text", slug),
        facts: vec![
            (page.t("task-source"), names.source(source)),
            (page.t("task-finding"), finding.clone()),
            (page.t("task-claimed"), claimed.clone()),
        ],
        candidates,
        is_open: task.closed_at.is_none(),
        opened: task.opened_at,
        close: format!("/console/tasks/{}/close", task.id),
    }
}

/// `audit` is what is known of the log: label and value.
pub(crate) fn system(
    page: Page,
    shell: Shell,
    state: &State,
    audit: Vec<(&'static str, String)>,
) -> SystemView {
    let count = |count: usize| count.to_string();
    let records = vec![
        (page.t("console-people"), count(state.people.len())),
        (page.t("console-devices"), count(state.devices.len())),
        (
            page.t("device-certificates"),
            count(state.certificates.len()),
        ),
        (
            page.t("portal-sessions"),
            count(
                state
                    .sessions
                    .values()
                    .filter(|s| s.ended.is_none())
                    .count(),
            ),
        ),
        (
            page.t("console-applications"),
            count(state.applications.len()),
        ),
        (page.t("console-policies"), count(state.policies.len())),
        (page.t("console-sources"), count(state.sources.len())),
        (page.t("console-tasks"), count(state.tasks.len())),
    ];
    SystemView {
        audit,
        records,
        page,
        shell,
    }
}
