//! The policies in a list, and the packs to begin with.

use super::as_file::state_slug;
use super::said::Said;
use crate::console::handlers::Told;
use crate::words::{Names, managed, managed_resource};
use std::collections::BTreeMap;
use zt_events::Actor;
use zt_pages::{Page, Tone};
use zt_policy::{ManagedBy, Pack, PolicyDocument, PolicyState};
use zt_store::State;
use zt_types::{PolicyId, Text, Timestamp};

/// A policy.
#[derive(Debug, Clone)]
pub(crate) struct PolicyRow {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) tone: Tone,
    pub(crate) icon: &'static str,
    pub(crate) state: &'static str,
    pub(crate) managed: &'static str,
    pub(crate) message: Option<Text>,
    pub(crate) cedar: String,
    /// What it says, if it was written as a rule.
    pub(crate) said: Vec<Said>,
    /// Where it is opened, if it was written as a rule.
    pub(crate) href: Option<String>,
    /// Exclusions that have run out.
    pub(crate) overdue: Vec<String>,
    /// When it was last changed and by whom, if anybody did.
    pub(crate) changed: Option<(Timestamp, String)>,
}

/// A starter pack.
#[derive(Debug, Clone)]
pub(crate) struct PackRow {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) about: String,
    /// What is still needed for it, in words.
    pub(crate) missing: Vec<String>,
    /// How many of its policies are there already.
    pub(crate) there: usize,
    pub(crate) policies: usize,
}

impl PackRow {
    pub(crate) fn can_be_added(&self) -> bool {
        self.missing.is_empty() && self.there == 0
    }
}

/// A change of the policies that was put in force.
#[derive(Debug, Clone)]
pub(crate) struct RevisionRow {
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) by: String,
    pub(crate) why: String,
    pub(crate) policies: String,
    /// Whether it is what is in force.
    pub(crate) is_newest: bool,
    pub(crate) question: String,
}

/// So many of the newest changes are shown.
const REVISIONS: usize = 20;

/// The newest changes, the last one first.
pub(super) fn revisions(names: &Names<'_>) -> Vec<RevisionRow> {
    let state = names.state;
    let newest_first = state.revisions.values().rev().take(REVISIONS);
    newest_first
        .enumerate()
        .map(|(place, revision)| {
            let title = |id: &PolicyId| {
                let document = state.policies.get(id);
                let before = revision.replaced.get(id).and_then(Option::as_ref);
                document.or(before).map_or_else(
                    || id.to_string(),
                    |policy| names.page.text(&policy.title).to_owned(),
                )
            };
            let titles: Vec<String> = revision.replaced.keys().map(title).collect();
            RevisionRow {
                number: revision.number,
                at: revision.at,
                by: names.actor(&revision.by),
                why: revision.why.clone().unwrap_or_default(),
                policies: titles.join(names.separator()),
                is_newest: place == 0,
                question: names
                    .page
                    .t1("revision-question", "number", revision.number),
            }
        })
        .collect()
}

/// What a note says about policies. An address can name only those that are known, whoever wrote it.
pub(super) fn told(names: &Names<'_>, told: &Told<'_>) -> Vec<String> {
    let (page, state) = (names.page, names.state);
    let title = |id: &str| {
        let id = PolicyId::new(id).ok()?;
        let mut replaced = state.revisions.values().rev();
        let known = state
            .policies
            .get(&id)
            .or_else(|| replaced.find_map(|revision| revision.replaced.get(&id)?.as_ref()))?;
        Some(format!("{} ({id})", page.text(&known.title)))
    };
    let titles = |ids: &str| {
        let titles: Vec<String> = ids.split(',').filter_map(title).collect();
        (!titles.is_empty()).then(|| titles.join(names.separator()))
    };
    let left = titles(told.left).map(|t| page.t1("console-note-revision-left", "policies", t));
    let without =
        titles(told.without).map(|t| page.t1("console-note-revision-without", "policies", t));
    let letting =
        titles(told.letting).map(|t| page.t1("console-note-revision-letting", "policies", t));
    [left, without, letting].into_iter().flatten().collect()
}

/// Who changed which policy last, as far back as changes are kept.
pub(super) fn authors(state: &State) -> BTreeMap<PolicyId, Actor> {
    let mut authors = BTreeMap::new();
    for revision in state.revisions.values().rev() {
        for policy in revision.replaced.keys() {
            authors
                .entry(policy.clone())
                .or_insert_with(|| revision.by.clone());
        }
    }
    authors
}

pub(super) const fn look(state: PolicyState) -> (Tone, &'static str) {
    match state {
        PolicyState::On => (Tone::Good, "circle-check"),
        PolicyState::ReportOnly => (Tone::Notice, "eye"),
        PolicyState::Off => (Tone::Neutral, "circle-minus"),
    }
}

pub(super) fn row(
    names: &Names<'_>,
    policy: &PolicyDocument,
    authors: &BTreeMap<PolicyId, Actor>,
    now: Timestamp,
) -> PolicyRow {
    let page: &Page = names.page;
    let (tone, icon) = look(policy.state);
    let rule = policy.source.rule();
    PolicyRow {
        id: policy.id.to_string(),
        title: page.text(&policy.title).to_owned(),
        tone,
        icon,
        state: page.member("policy-state", state_slug(policy.state)),
        managed: managed(page, managed_resource(policy.managed_by)),
        message: policy.message.clone(),
        cedar: policy.cedar.trim().to_owned(),
        said: rule
            .map(|rule| names.said(rule.parts()))
            .unwrap_or_default(),
        href: (rule.is_some() && policy.managed_by != ManagedBy::System)
            .then(|| format!("/console/policies/{}", policy.id)),
        overdue: rule
            .into_iter()
            .flat_map(|rule| rule.overdue(now))
            .map(|out| names.exclusion(out))
            .collect(),
        changed: (policy.changed_at > Timestamp::from_seconds(0)).then(|| {
            let author = authors.get(&policy.id);
            let by = author.map_or_else(String::new, |actor| names.actor(actor));
            (policy.changed_at, by)
        }),
    }
}

pub(super) fn pack(names: &Names<'_>, pack: &Pack) -> PackRow {
    let (page, state) = (names.page, names.state);
    let prefix = format!("{}-", pack.id);
    let ids = pack_ids(pack);
    PackRow {
        id: pack.id.to_string(),
        title: page.text(&pack.title).to_owned(),
        about: page.text(&pack.description).to_owned(),
        missing: missing(page, pack, state),
        there: state
            .policies
            .keys()
            .filter(|id| id.as_str().starts_with(&prefix) && ids.contains(id))
            .count(),
        policies: ids.len(),
    }
}

fn pack_ids(pack: &Pack) -> Vec<PolicyId> {
    let documents = pack.documents(
        PolicyState::Off,
        ManagedBy::Console,
        Timestamp::from_seconds(0),
    );
    let documents = documents.unwrap_or_default();
    documents.into_iter().map(|document| document.id).collect()
}

/// What a pack names and is not there.
fn missing(page: &Page, pack: &Pack, state: &State) -> Vec<String> {
    let needs = &pack.needs;
    let in_group = |group: &zt_types::AppGroupId| {
        state
            .applications
            .values()
            .any(|app| app.app_groups.contains(group))
    };
    let groups = needs
        .groups
        .iter()
        .filter(|id| !state.groups.contains_key(id));
    let groups = groups.map(|id| page.t1("pack-needs-group", "id", id.as_str()));
    let apps = needs.app_groups.iter().filter(|id| !in_group(id));
    let apps = apps.map(|id| page.t1("pack-needs-app-group", "id", id.as_str()));
    let calendars = needs.calendars.iter();
    let calendars = calendars.filter(|id| !state.calendars.contains_key(id));
    let calendars = calendars.map(|id| page.t1("pack-needs-calendar", "id", id.as_str()));
    groups.chain(apps).chain(calendars).collect()
}
