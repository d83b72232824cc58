//! What `apply` would do to people and groups.

use crate::difference::{
    Adopt, Difference, Hand, Line, Shape, Sign, change, compare, details, hand,
};
use crate::organisation::{GroupDocument, PersonDocument};
use crate::person::{Group, ManagedBy, Person, PersonState, Role};
use std::collections::{BTreeMap, BTreeSet};
use zt_types::{GroupId, PersonId, Text, Timestamp};

/// What is to be done to people so that they are as the files want them.
#[derive(Debug, Default)]
pub struct PeoplePlan {
    /// For people to read.
    pub lines: Vec<Line>,
    /// People to write; those among `disabled` too.
    pub write: Vec<Person>,
    /// Who may no longer sign in: her sessions end with it.
    pub disabled: Vec<PersonId>,
}

/// Compares people. Somebody whom the files no longer name is disabled, never deleted; the accounts of last resort are
/// untouched. `fresh` yields 16 random bytes for each new person.
#[must_use]
pub fn plan_people(
    current: &BTreeMap<PersonId, Person>,
    wanted: &[PersonDocument],
    adopt: Adopt,
    now: Timestamp,
    fresh: &mut dyn FnMut() -> [u8; 16],
) -> PeoplePlan {
    let by_login: BTreeMap<&str, &Person> = current
        .values()
        .map(|person| (person.login.as_str(), person))
        .collect();
    let mut plan = PeoplePlan::default();
    for document in wanted {
        match by_login.get(document.login.as_str()) {
            None => {
                let person = of_document(document, PersonId::from_random(fresh()), now);
                plan.lines.push(Line {
                    sign: Sign::Add,
                    what: "person".to_owned(),
                    id: person.login.clone(),
                    details: details(&[], &members(&person)),
                });
                plan.write.push(person);
            }
            Some(before) => match hand(before.managed_by, adopt) {
                Hand::Off(why) => {
                    plan.lines
                        .push(Line::left_alone("person", &document.login, why));
                }
                Hand::On(adopted) => {
                    let after = of_document(document, before.id, before.created_at);
                    let mut differing = details(&members(before), &members(&after));
                    differing.extend(adopted);
                    if let Some(line) = change("person", &document.login, differing) {
                        plan.lines.push(line);
                        plan.write.push(after);
                    }
                }
            },
        }
    }
    let named: BTreeSet<&str> = wanted.iter().map(|d| d.login.as_str()).collect();
    for person in current.values() {
        let managed = person.managed_by == ManagedBy::Files && person.state == PersonState::Active;
        if managed && !named.contains(person.login.as_str()) {
            plan.lines.push(Line {
                sign: Sign::Remove,
                what: "person".to_owned(),
                id: person.login.clone(),
                details: Vec::new(),
            });
            plan.disabled.push(person.id);
            plan.write.push(Person {
                state: PersonState::Disabled,
                ..person.clone()
            });
        }
    }
    plan.lines.sort_by(|a, b| a.id.cmp(&b.id));
    plan
}

/// Compares groups. A group stays while anybody whom files do not manage is in it: taken away and made again, it would
/// give back what she had.
#[must_use]
pub fn plan_groups(
    current: &BTreeMap<GroupId, Group>,
    wanted: &[GroupDocument],
    people: &BTreeMap<PersonId, Person>,
    adopt: Adopt,
) -> Difference<GroupId, Group> {
    let wanted = wanted
        .iter()
        .map(|document| {
            let group = Group {
                id: document.id.clone(),
                name: document.name.clone(),
                part_of: document.part_of.clone(),
                managed_by: ManagedBy::Files,
            };
            (group.id.clone(), group)
        })
        .collect();
    let mut difference = compare(&GROUP, current, wanted, adopt);
    let in_use = |group: &GroupId| {
        people
            .values()
            .any(|p| p.managed_by != ManagedBy::Files && p.groups.contains(group))
    };
    for line in &mut difference.lines {
        let used = GroupId::new(&line.id).is_ok_and(|group| in_use(&group));
        if line.sign == Sign::Remove && used {
            *line = Line::left_alone(
                "group",
                &line.id,
                "people whom the files do not manage are in it",
            );
        }
    }
    difference.remove.retain(|group| !in_use(group));
    difference
}

const GROUP: Shape<Group> = Shape {
    what: "group",
    managed_by: |group| group.managed_by,
    members: |group| {
        let part_of: Vec<&str> = group.part_of.iter().map(GroupId::as_str).collect();
        vec![("name", both(&group.name)), ("part_of", part_of.join(", "))]
    },
};

fn of_document(document: &PersonDocument, id: PersonId, created_at: Timestamp) -> Person {
    Person {
        id,
        login: document.login.clone(),
        name: document.name.clone(),
        email: document.email.clone(),
        language: document.language,
        groups: document.groups.clone(),
        role: document.role,
        affiliation: document.affiliation,
        state: PersonState::Active,
        managed_by: ManagedBy::Files,
        created_at,
    }
}

fn members(person: &Person) -> Vec<(&'static str, String)> {
    let groups: Vec<&str> = person.groups.iter().map(GroupId::as_str).collect();
    vec![
        ("name", both(&person.name)),
        ("email", person.email.clone().unwrap_or_default()),
        ("language", person.language.tag().to_owned()),
        ("groups", groups.join(", ")),
        (
            "role",
            match person.role {
                Role::Member => "member",
                Role::Administrator => "administrator",
                Role::BreakGlass => "break-glass",
            }
            .to_owned(),
        ),
        ("affiliation", person.affiliation.as_str().to_owned()),
        (
            "state",
            match person.state {
                PersonState::Active => "active",
                PersonState::Disabled => "disabled",
            }
            .to_owned(),
        ),
    ]
}

/// A text in both languages on one line, for a difference.
#[must_use]
pub fn both(text: &Text) -> String {
    format!("{} / {}", text.ja, text.en)
}
