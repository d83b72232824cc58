//! The policies of files as a table: who, from which device, with what against her, at which application, and what comes
//! of it. A change of policies is a change of this text.

use super::testing::{request, told};
use std::fmt::Write;
use zt_identity::problem::Place;
use zt_identity::{Expected, Organisation, PolicyTestDocument, Shown, Who};
use zt_policy::{PolicySet, Register};
use zt_types::{
    Affiliation, Answer, AppId, Assurance, ClientKind, GroupId, Level, Os, Ownership,
    PasswordState, Role, Timestamp,
};

/// People who are in the same groups with the same role are one row.
struct Profile {
    groups: Vec<GroupId>,
    role: Role,
    affiliation: Affiliation,
    logins: Vec<String>,
}

/// The devices of the table.
const DEVICES: [(&str, Shown, Ownership, Level); 5] = [
    ("company", Shown::Proven, Ownership::Company, Level::High),
    (
        "company, in doubt",
        Shown::Proven,
        Ownership::Company,
        Level::Medium,
    ),
    (
        "company, infected",
        Shown::Proven,
        Ownership::Company,
        Level::Low,
    ),
    (
        "her own, enrolled",
        Shown::Proven,
        Ownership::Personal,
        Level::High,
    ),
    ("unknown", Shown::Nothing, Ownership::Unknown, Level::Medium),
];

/// What is held against the person, and what she proved.
const RISKS: [(&str, Level, Assurance); 4] = [
    ("nothing, password only", Level::High, Assurance::Password),
    ("nothing", Level::High, Assurance::Mfa),
    ("in doubt", Level::Medium, Assurance::Mfa),
    ("distrusted", Level::Low, Assurance::Mfa),
];

/// The matrix of the policies of files at a moment, one line for each access; lines that would say the same for every
/// device are one.
#[must_use]
pub fn matrix(organisation: &Organisation, policies: &PolicySet, at: Timestamp) -> String {
    let register = Register {
        groups: organisation
            .groups
            .iter()
            .map(|group| (group.id.clone(), group.part_of.clone()))
            .collect(),
        ..Register::default()
    };
    let mut apps: Vec<AppId> = organisation
        .applications
        .iter()
        .map(|app| app.id.clone())
        .collect();
    let own = Register::own_applications();
    apps.extend(own.into_iter().filter_map(|id| AppId::new(id).ok()));
    let mut text = String::new();
    for app in &apps {
        let _ = writeln!(text, "{app}");
        for profile in profiles(organisation) {
            let _ = writeln!(text, "  {}", profile.name());
            for (risk, trust, sign_in) in RISKS {
                let of_device = |(name, shown, owner, device_trust)| {
                    let test = PolicyTestDocument {
                        who: Who::In(profile.groups.clone()),
                        role: Some(profile.role),
                        affiliation: Some(profile.affiliation),
                        person_trust: trust,
                        device: shown,
                        device_trust,
                        owner,
                        sign_in,
                        at,
                        ..blank(app)
                    };
                    let request = request(&test, organisation, &register, |_| None);
                    (name, told(&policies.decide(&request)))
                };
                let outcomes: Vec<(&str, String)> = DEVICES.into_iter().map(of_device).collect();
                for (devices, outcome) in together(&outcomes) {
                    let _ = writeln!(text, "    {risk:<24}{devices:<62}{outcome}");
                }
            }
        }
    }
    text
}

/// Neighbouring devices with the same outcome, as one.
fn together(outcomes: &[(&str, String)]) -> Vec<(String, String)> {
    let same =
        |(_, outcome): &(&str, String)| outcomes.first().is_some_and(|(_, first)| first == outcome);
    if outcomes.iter().all(same) {
        let outcome = outcomes.first().map(|(_, outcome)| outcome.clone());
        return vec![("any device".to_owned(), outcome.unwrap_or_default())];
    }
    let mut grouped: Vec<(Vec<&str>, &str)> = Vec::new();
    for (device, outcome) in outcomes {
        match grouped.iter_mut().find(|(_, known)| known == outcome) {
            Some((devices, _)) => devices.push(device),
            None => grouped.push((vec![device], outcome)),
        }
    }
    let grouped = grouped.into_iter();
    grouped
        .map(|(devices, outcome)| (devices.join("; "), outcome.to_owned()))
        .collect()
}

fn profiles(organisation: &Organisation) -> Vec<Profile> {
    let mut found: Vec<Profile> = Vec::new();
    let mut people: Vec<_> = organisation.people.iter().collect();
    people.sort_by_key(|person| &person.login);
    for person in people {
        let mut groups = person.groups.clone();
        groups.sort_unstable();
        let same = |known: &&mut Profile| {
            known.groups == groups
                && known.role == person.role
                && known.affiliation == person.affiliation
        };
        match found.iter_mut().find(same) {
            Some(known) => known.logins.push(person.login.clone()),
            None => found.push(Profile {
                groups,
                role: person.role,
                affiliation: person.affiliation,
                logins: vec![person.login.clone()],
            }),
        }
    }
    found.sort_by(|one, other| {
        (&one.groups, one.role.as_str()).cmp(&(&other.groups, other.role.as_str()))
    });
    found
}

impl Profile {
    fn name(&self) -> String {
        let names: Vec<&str> = self.groups.iter().map(|group| group.as_str()).collect();
        let names = if names.is_empty() {
            "in no group".to_owned()
        } else {
            names.join(" + ")
        };
        let some: Vec<&str> = self.logins.iter().take(3).map(String::as_str).collect();
        let others = match self.logins.len().saturating_sub(3) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let guest = match self.affiliation {
            Affiliation::Guest => ", guest",
            Affiliation::Staff => "",
        };
        format!(
            "{names}, {}{guest} ({}{others})",
            self.role.as_str(),
            some.join(", ")
        )
    }
}

/// A test that says nothing yet but at which application.
fn blank(app: &AppId) -> PolicyTestDocument {
    PolicyTestDocument {
        name: String::new(),
        place: Place::whole(""),
        who: Who::In(Vec::new()),
        role: None,
        affiliation: None,
        person_trust: Level::High,
        person_facts: Vec::new(),
        password: PasswordState::Good,
        terms: Vec::new(),
        app: app.clone(),
        device: Shown::Proven,
        device_trust: Level::High,
        device_facts: Vec::new(),
        owner: Ownership::Company,
        os: Os::Unknown,
        os_version: None,
        antivirus_version: None,
        posture: Vec::new(),
        sign_in: Assurance::Mfa,
        minutes_since_proof: 5,
        client: ClientKind::Browser,
        client_version: None,
        networks: Vec::new(),
        country: None,
        anonymiser: Answer::Unknown,
        at: Timestamp::default(),
        expect: Expected {
            outcome: String::new(),
            capabilities: None,
            reasons: Vec::new(),
            steps: Vec::new(),
            obligations: Vec::new(),
            policies: Vec::new(),
        },
    }
}
