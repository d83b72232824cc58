//! Documents as records of the other crates.

use super::clients::client;
use super::providers::provider;
use super::rules::{self, Names};
use zt_federation::Client;
use zt_federation::saml::ServiceProvider;
use zt_identity::difference::Shape;
use zt_identity::problem::{Problems, Wrong, nearest};
use zt_identity::{
    ApplicationDocument, CalendarDocument, EnforcementPointDocument, NetworkDocument, Organisation,
    PackDocument, PolicyBody, PolicyEntry, SourceDocument, Terms, TermsDocument, both,
};
use zt_policy::{
    AddressRange, Application, Calendar, CalendarHours, CertificateDemand, Day, EnforcementPoint,
    Network, Pack, PolicyDocument, PolicyState, packs,
};
use zt_trust::{FactKind, ManagedByFiles, Source};
use zt_types::{
    AppId, CalendarId, ClientId, EnforcementPointId, NetworkId, PolicyId, Seconds, SourceId,
    TermsId, Text, Timestamp,
};

/// The records that the files want.
pub(super) struct Wanted {
    pub(super) applications: Vec<(AppId, Application)>,
    pub(super) clients: Vec<(ClientId, Client)>,
    pub(super) service_providers: Vec<(ClientId, ServiceProvider)>,
    pub(super) networks: Vec<(NetworkId, Network)>,
    pub(super) calendars: Vec<(CalendarId, Calendar)>,
    pub(super) sources: Vec<(SourceId, Source)>,
    pub(super) enforcement_points: Vec<(EnforcementPointId, EnforcementPoint)>,
    pub(super) policies: Vec<(PolicyId, PolicyDocument)>,
    pub(super) terms: Vec<(TermsId, Terms)>,
}

/// The records that the files want. What is wrong with a rule, a network, a client or a pack is added to `problems`, and it is left out.
pub(super) fn wanted(
    organisation: &Organisation,
    names: &Names,
    now: Timestamp,
    problems: &mut Problems,
) -> Wanted {
    let mut policies: Vec<PolicyDocument> = Vec::new();
    for entry in &organisation.policies {
        policies.extend(policy(entry, names, now, problems));
    }
    for document in &organisation.packs {
        policies.extend(pack(document, names, now, problems));
    }
    let mut networks = Vec::new();
    for document in &organisation.networks {
        networks.push((document.id.clone(), network(document, problems)));
    }
    let mut clients = Vec::new();
    for document in &organisation.clients {
        let client = client(document, now, problems);
        clients.extend(client.map(|client| (document.id.clone(), client)));
    }
    let mut service_providers = Vec::new();
    for document in &organisation.service_providers {
        let provider = provider(document, now, problems);
        service_providers.extend(provider.map(|provider| (document.id.clone(), provider)));
    }
    Wanted {
        clients,
        service_providers,
        applications: organisation
            .applications
            .iter()
            .map(|document| (document.id.clone(), application(document)))
            .collect(),
        networks,
        calendars: organisation
            .calendars
            .iter()
            .map(|document| (document.id.clone(), calendar(document)))
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
        policies: policies
            .into_iter()
            .map(|document| (document.id.clone(), document))
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
        app_groups: document.app_groups.clone(),
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
        states_hold: document
            .states_hold_hours
            .map(|hours| Seconds(hours * 3600)),
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

fn network(document: &NetworkDocument, problems: &mut Problems) -> Network {
    let mut ranges: Vec<AddressRange> = Vec::new();
    for (text, place) in &document.ranges {
        match text.parse() {
            Ok(range) => ranges.push(range),
            Err(error) => {
                let why: zt_policy::RangeError = error;
                problems.add(
                    place.clone(),
                    Wrong::Unreadable {
                        key: "ranges".to_owned(),
                        why: why.to_string(),
                    },
                );
            }
        }
    }
    Network {
        id: document.id.clone(),
        name: document.name.clone(),
        ranges,
        managed_by: zt_policy::ManagedBy::Files,
    }
}

fn calendar(document: &CalendarDocument) -> Calendar {
    let day = |slug: &String| Day::ALL.into_iter().find(|day| day.as_str() == slug);
    Calendar {
        id: document.id.clone(),
        name: document.name.clone(),
        time_zone: document.time_zone.clone(),
        hours: document
            .hours
            .iter()
            .map(|hours| CalendarHours {
                days: hours.days.iter().filter_map(day).collect(),
                from: hours.from,
                to: hours.to,
            })
            .collect(),
        days_off: document.days_off.clone(),
        managed_by: zt_policy::ManagedBy::Files,
    }
}

fn state(slug: &str) -> PolicyState {
    match slug {
        "off" => PolicyState::Off,
        "report-only" => PolicyState::ReportOnly,
        _ => PolicyState::On,
    }
}

/// The policy of an entry; `None` if its rule is none.
pub(super) fn policy(
    entry: &PolicyEntry,
    names: &Names,
    now: Timestamp,
    problems: &mut Problems,
) -> Option<PolicyDocument> {
    let document = PolicyDocument {
        id: entry.id.clone(),
        title: entry.title.clone(),
        cedar: String::new(),
        source: zt_policy::Written::ByHand,
        state: state(&entry.state),
        message: entry.message.clone(),
        managed_by: zt_policy::ManagedBy::Files,
        changed_at: now,
    };
    Some(match &entry.body {
        PolicyBody::Cedar(text) => PolicyDocument {
            cedar: text.clone(),
            ..document
        },
        PolicyBody::Rule(rule) => document.written_by(rules::read(rule, names, now, problems)?),
    })
}

/// The policies of a pack; none if there is no such pack, or something that it names is not there.
fn pack(
    document: &PackDocument,
    names: &Names,
    now: Timestamp,
    problems: &mut Problems,
) -> Vec<PolicyDocument> {
    // A pack that cannot be read is held impossible by a test of its crate.
    let packs = packs().unwrap_or_default();
    let Some(pack) = packs.iter().find(|pack| pack.id.as_str() == document.id) else {
        problems.add(
            document.place.clone(),
            Wrong::BadValue {
                key: "id".to_owned(),
                value: document.id.clone(),
                wanted: packs
                    .iter()
                    .map(|pack| format!("`{}`", pack.id))
                    .collect::<Vec<_>>()
                    .join(" or "),
                nearest: nearest(&document.id, packs.iter().map(|pack| pack.id.as_str())),
            },
        );
        return Vec::new();
    };
    let before = problems.count();
    for what in missing(pack, names) {
        problems.add(
            document.place.clone(),
            Wrong::PackNeeds {
                pack: pack.id.to_string(),
                what,
            },
        );
    }
    if problems.count() > before {
        return Vec::new();
    }
    pack.documents(state(&document.state), zt_policy::ManagedBy::Files, now)
        .unwrap_or_default()
}

fn missing(pack: &Pack, names: &Names) -> Vec<String> {
    let needs = &pack.needs;
    let groups = needs.groups.iter().map(|id| ("group", id.as_str()));
    let apps = needs.app_groups.iter();
    let apps = apps.map(|id| ("group of applications", id.as_str()));
    let calendars = needs.calendars.iter().map(|id| ("calendar", id.as_str()));
    groups
        .chain(apps)
        .chain(calendars)
        .filter(|(what, id)| !names.has(what, id))
        .map(|(what, id)| match what {
            "group of applications" => format!("an application with `{id}` in its `app_groups`"),
            what => format!("the {what} `{id}`"),
        })
        .collect()
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

pub(super) const fn managed(by: zt_policy::ManagedBy) -> zt_identity::ManagedBy {
    match by {
        zt_policy::ManagedBy::Files => zt_identity::ManagedBy::Files,
        zt_policy::ManagedBy::Console => zt_identity::ManagedBy::Console,
        zt_policy::ManagedBy::Registration => zt_identity::ManagedBy::Registration,
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
                ("upstream", application.upstream.clone().unwrap_or_default()),
                (
                    "groups",
                    joined(application.groups.iter().map(|g| g.as_str())),
                ),
                (
                    "app_groups",
                    joined(application.app_groups.iter().map(|g| g.as_str())),
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

pub(super) const fn network_shape() -> Shape<Network> {
    Shape {
        what: "network",
        managed_by: |network| managed(network.managed_by),
        members: |network| {
            let ranges: Vec<String> = network.ranges.iter().map(ToString::to_string).collect();
            vec![("name", both(&network.name)), ("ranges", ranges.join(", "))]
        },
    }
}

pub(super) const fn calendar_shape() -> Shape<Calendar> {
    Shape {
        what: "calendar",
        managed_by: |calendar| managed(calendar.managed_by),
        members: |calendar| {
            let off = calendar.days_off.iter();
            let off: Vec<String> = off
                .map(|(day, name)| format!("{day} {}", both(name)))
                .collect();
            vec![
                ("name", both(&calendar.name)),
                ("time_zone", calendar.time_zone.clone()),
                ("hours", calendar.hours_in_words()),
                ("days off", off.join(", ")),
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
                (
                    "states_hold_hours",
                    source
                        .states_hold
                        .map_or_else(String::new, |holds| (holds.0 / 3600).to_string()),
                ),
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
                (
                    "written",
                    match policy.source {
                        zt_policy::Written::ByHand => String::new(),
                        zt_policy::Written::Rule(_) => "as a rule".to_owned(),
                    },
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

pub(super) fn joined<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
