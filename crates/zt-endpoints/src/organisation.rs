//! The organisation's files against the records: reading them, and what applying them would change.

mod check;
mod clients;
mod directory;
mod matrix;
mod providers;
mod records;
mod rules;
mod safeguards;
mod testing;

pub use directory::{ReadError, read_directory};
pub use matrix::matrix;
pub use testing::{Tested, test};
pub(crate) use testing::{names, outcome, told};

use clients::client_shape;
use providers::provider_shape;
use records::{
    Wanted, application_shape, calendar_shape, enforcement_point_shape, network_shape,
    policy_shape, source_shape, terms_shape,
};
use rules::Names;
use std::collections::BTreeMap;
use zt_auth::EndReason;
use zt_events::{Actor, Body, Event};
use zt_identity::difference::{Adopt, Line, Sign, compare};
use zt_identity::problem::{Place, Problems};
use zt_identity::{Files, Organisation, plan_groups, plan_people};
use zt_policy::{PolicySet, PolicyVersion};
use zt_store::{Change, Deciding, Plan, State};
use zt_types::{ClientId, PersonId, PolicyId, SessionId, Timestamp};

/// What applying the files would do.
#[derive(Debug, Default)]
pub struct OrganisationPlan {
    /// For people to read, by kind and id.
    pub lines: Vec<Line>,
    /// What changes. Sessions of people who are disabled end with it.
    pub changes: Vec<Change>,
    /// Whose sessions end, and which.
    pub ending: Vec<(PersonId, SessionId)>,
    /// Which policies change, and what version is in force afterwards.
    pub policies: Option<(Vec<PolicyId>, PolicyVersion)>,
    /// Why, in the words of whoever applies them.
    pub why: Option<String>,
}

impl OrganisationPlan {
    /// Whether nothing changes. Records that are left alone may still be told of.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The plan for the store, with the events that tell of it. `event` makes an event that happens now.
    #[must_use]
    pub fn into_plan(self, actor: &Actor, event: impl Fn(Actor, Body) -> Event) -> Plan {
        let lines = self
            .lines
            .iter()
            .filter(|line| line.sign != Sign::LeaveAlone)
            .map(Line::head)
            .collect();
        let mut events = vec![event(actor.clone(), Body::OrganisationChanged { lines })];
        events.extend(self.ending.into_iter().map(|(person, session)| {
            event(
                actor.clone(),
                Body::SessionEnded {
                    person,
                    session,
                    why: EndReason::PersonDisabled.as_str().to_owned(),
                },
            )
        }));
        if let Some((policies, version)) = self.policies {
            let version = version.to_string();
            events.push(event(
                actor.clone(),
                Body::PoliciesChanged {
                    version,
                    policies,
                    why: self.why,
                },
            ));
        }
        Plan::new(self.changes, events)
    }
}

/// Reads the files and checks everything that can be checked without the records, policies included, and that no
/// exclusion has run out by `now`.
///
/// # Errors
/// Everything that is wrong with them.
pub fn parse(files: &Files, now: Timestamp) -> Result<Organisation, Problems> {
    let organisation = Organisation::parse(files)?;
    let mut problems = Problems::default();
    check::check_policies(&organisation, now, &mut problems);
    if problems.is_empty() {
        Ok(organisation)
    } else {
        Err(problems)
    }
}

/// A service provider whose metadata, a file, counts not much longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingMetadata {
    /// The service provider.
    pub provider: ClientId,
    /// Until when it counts.
    pub until: Timestamp,
    /// Where the file is named.
    pub place: Place,
}

/// The service providers of the files whose metadata is to be renewed soon: afterwards nobody signs in to them. What is fetched
/// is not among them.
#[must_use]
pub fn ending(organisation: &Organisation, now: Timestamp) -> Vec<EndingMetadata> {
    let documents = organisation.service_providers.iter();
    documents
        .filter_map(|document| providers::ending(document, now))
        .collect()
}

/// The policies of files that [`parse`] found right, over the register of the files. People have stand-ins for ids, the
/// same for the same login. `None` if they are not right after all.
#[must_use]
pub fn compile(organisation: &Organisation, now: Timestamp) -> Option<PolicySet> {
    check::compiled(organisation, now, &mut Problems::default()).ok()
}

/// Who a login of files that were compiled alone stands for.
#[must_use]
pub fn stand_in(login: &str) -> PersonId {
    check::stand_in(login)
}

/// Compares the files with the records. `fresh` yields 16 random bytes for each new person.
#[must_use]
pub fn plan(
    state: &State,
    organisation: &Organisation,
    adopt: Adopt,
    now: Timestamp,
    fresh: &mut dyn FnMut() -> [u8; 16],
) -> OrganisationPlan {
    let mut plan = OrganisationPlan::default();

    let groups = plan_groups(&state.groups, &organisation.groups, &state.people, adopt);
    plan.lines.extend(groups.lines);
    plan.changes
        .extend(groups.write.into_iter().map(Change::PutGroup));

    let people = plan_people(&state.people, &organisation.people, adopt, now, fresh);
    let new: BTreeMap<String, PersonId> = people
        .write
        .iter()
        .map(|person| (person.login.clone(), person.id))
        .collect();
    let names = Names::of(organisation, |login| {
        new.get(login).or_else(|| state.logins.get(login)).copied()
    });
    plan.lines.extend(people.lines);
    plan.changes
        .extend(people.write.into_iter().map(Change::PutPerson));
    plan.ending = state
        .sessions
        .values()
        .filter(|session| session.ended.is_none() && people.disabled.contains(&session.person))
        .map(|session| (session.person, session.id))
        .collect();
    plan.changes
        .extend(plan.ending.iter().map(|(_, session)| Change::EndSession {
            session: *session,
            at: now,
            why: EndReason::PersonDisabled,
        }));
    // After the people who leave them.
    plan.changes
        .extend(groups.remove.into_iter().map(Change::RemoveGroup));

    let Wanted {
        applications,
        clients,
        service_providers,
        networks,
        calendars,
        sources,
        enforcement_points,
        policies,
        terms,
        // `parse` has found everything right.
    } = records::wanted(organisation, &names, now, &mut Problems::default());
    let applications = compare(
        &application_shape(),
        &state.applications,
        applications,
        adopt,
    );
    plan.lines.extend(applications.lines);
    plan.changes
        .extend(applications.write.into_iter().map(Change::PutApplication));
    let clients = compare(&client_shape(), &state.clients, clients, adopt);
    plan.lines.extend(clients.lines);
    plan.changes
        .extend(clients.write.into_iter().map(Change::PutClient));
    plan.changes
        .extend(clients.remove.into_iter().map(Change::RemoveClient));
    // What was fetched since is not in the files.
    let service_providers = service_providers.into_iter().map(|(id, provider)| {
        let provider = match state.service_providers.get(&id) {
            Some(kept) => provider.keeping_fetched(kept),
            None => provider,
        };
        (id, provider)
    });
    let providers = compare(
        &provider_shape(),
        &state.service_providers,
        service_providers.collect(),
        adopt,
    );
    plan.lines.extend(providers.lines);
    let removed = providers.remove.into_iter();
    plan.changes
        .extend(removed.map(Change::RemoveServiceProvider));
    for provider in providers.write {
        let kept = state.service_providers.get(&provider.id).cloned();
        let same = kept.map(|kept| Change::SameServiceProvider(Box::new(kept)));
        plan.changes.extend(same);
        plan.changes.push(Change::PutServiceProvider(provider));
    }
    // After the clients that were of them.
    plan.changes.extend(
        applications
            .remove
            .into_iter()
            .map(Change::RemoveApplication),
    );

    let networks = compare(&network_shape(), &state.networks, networks, adopt);
    plan.lines.extend(networks.lines);
    plan.changes
        .extend(networks.write.into_iter().map(Change::PutNetwork));
    plan.changes
        .extend(networks.remove.into_iter().map(Change::RemoveNetwork));

    let calendars = compare(&calendar_shape(), &state.calendars, calendars, adopt);
    plan.lines.extend(calendars.lines);
    plan.changes
        .extend(calendars.write.into_iter().map(Change::PutCalendar));
    plan.changes
        .extend(calendars.remove.into_iter().map(Change::RemoveCalendar));

    let sources = compare(&source_shape(), &state.sources, sources, adopt);
    plan.lines.extend(sources.lines);
    plan.changes
        .extend(sources.write.into_iter().map(Change::PutSource));
    plan.changes
        .extend(sources.remove.into_iter().map(Change::RemoveSource));

    let points = compare(
        &enforcement_point_shape(),
        &state.enforcement_points,
        enforcement_points,
        adopt,
    );
    plan.lines.extend(points.lines);
    plan.changes
        .extend(points.write.into_iter().map(Change::PutEnforcementPoint));
    plan.changes.extend(
        points
            .remove
            .into_iter()
            .map(Change::RemoveEnforcementPoint),
    );

    let terms = compare(&terms_shape(), &state.terms, terms, adopt);
    plan.lines.extend(terms.lines);
    plan.changes
        .extend(terms.write.into_iter().map(Change::PutTerms));
    plan.changes
        .extend(terms.remove.into_iter().map(Change::RemoveTerms));

    let policies = compare(&policy_shape(), &state.policies, policies, adopt);
    let changed: Vec<PolicyId> = policies
        .write
        .iter()
        .map(|policy| policy.id.clone())
        .chain(policies.remove.iter().cloned())
        .collect();
    plan.lines.extend(policies.lines);
    plan.changes
        .extend(policies.write.into_iter().map(Change::PutPolicy));
    plan.changes
        .extend(policies.remove.into_iter().map(Change::RemovePolicy));
    if !changed.is_empty() {
        plan.policies = version_after(state, &plan.changes).map(|version| (changed, version));
    }
    plan
}

/// The version of the policies as they will be. `None` if they would not compile: then the commit is refused anyway.
fn version_after(state: &State, changes: &[Change]) -> Option<PolicyVersion> {
    let deciding = Deciding::of(state).after(changes);
    // What nobody reports makes no other version.
    let compiled = PolicySet::compile(&deciding.documents(), &deciding.register(&[])).ok()?;
    Some(compiled.version())
}

#[cfg(test)]
mod tests;
