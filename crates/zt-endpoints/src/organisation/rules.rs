//! Rules as the files write them: every part read where it stands, so that all mistakes are told at once.
//!
//! A rule in a file is a rule as `zt-policy` keeps it, but for people, who are named by their logins.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use zt_identity::Organisation;
use zt_identity::form::Open;
use zt_identity::problem::{Place, Problems, Wrong, nearest};
use zt_policy::{
    Condition, Exclusion, LastDay, Limit, Require, Rule, RuleEffect, RuleParts, Scope, What, Whom,
};
use zt_types::{GroupId, PersonId, Role, Timestamp};

const KEYS: [&str; 8] = [
    "effect", "scope", "who", "except", "what", "when", "require", "limits",
];
const OF_EXCLUSIONS: [&str; 4] = ["whom", "owner", "reason", "until"];

/// What a rule can name, and who the people are.
pub(super) struct Names {
    people: BTreeMap<String, PersonId>,
    ids: BTreeSet<(&'static str, String)>,
}

/// Somebody, as a file says her.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Named {
    Everyone,
    Guests,
    Person(String),
    Group(GroupId),
    Role(Role),
}

impl Names {
    /// What is in the files. `person` says who has a login.
    pub(super) fn of(
        organisation: &Organisation,
        person: impl Fn(&str) -> Option<PersonId>,
    ) -> Self {
        let mut ids = BTreeSet::new();
        let mut note = |what, id: &str| ids.insert((what, id.to_owned()));
        for app in &organisation.applications {
            note("application", app.id.as_str());
            for group in &app.app_groups {
                note("group of applications", group.as_str());
            }
        }
        for app in zt_policy::Register::own_applications() {
            note("application", app);
        }
        for group in &organisation.groups {
            note("group", group.id.as_str());
        }
        for network in &organisation.networks {
            note("network", network.id.as_str());
        }
        for calendar in &organisation.calendars {
            note("calendar", calendar.id.as_str());
        }
        for terms in &organisation.terms {
            note("terms", terms.id.as_str());
        }
        let people = organisation.people.iter();
        let people: BTreeMap<String, PersonId> = people
            .filter_map(|p| Some((p.login.clone(), person(&p.login)?)))
            .collect();
        for login in people.keys() {
            note("person", login);
        }
        Self { people, ids }
    }

    /// Whether there is a record of that kind.
    pub(super) fn has(&self, what: &'static str, id: &str) -> bool {
        self.ids.contains(&(what, id.to_owned()))
    }

    fn check(&self, what: &'static str, id: &str, place: Place, problems: &mut Problems) {
        if self.has(what, id) {
            return;
        }
        let known = self.ids.iter().filter(|(kind, _)| *kind == what);
        problems.add(
            place,
            Wrong::UnknownReference {
                what,
                id: id.to_owned(),
                nearest: nearest(id, known.map(|(_, id)| id.as_str())),
            },
        );
    }

    /// A message about people by their logins in place of their ids.
    fn by_login(&self, text: String) -> String {
        let mut text = text;
        for (login, id) in &self.people {
            text = text.replace(&format!("person {id}"), &format!("person `{login}`"));
        }
        text
    }
}

/// Reads a rule. What is wrong with it is added to `problems`.
pub(super) fn read(
    rule: &Open,
    names: &Names,
    now: Timestamp,
    problems: &mut Problems,
) -> Option<Rule> {
    let before = problems.count();
    let mut reader = Reader {
        names,
        now,
        problems,
    };
    let parts = reader.parts(rule);
    if problems.count() > before {
        return None;
    }
    match Rule::new(parts?) {
        Ok(rule) => Some(rule),
        Err(errors) => {
            for error in errors {
                let said = names.by_login(error.to_string());
                problems.add(rule.place(), Wrong::Rule(said));
            }
            None
        }
    }
}

struct Reader<'a> {
    names: &'a Names,
    now: Timestamp,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn parts(&mut self, rule: &Open) -> Option<RuleParts> {
        self.only(rule, "a rule", &KEYS);
        let effect = self.wanted(rule, "a rule", "effect", "\"restrict\"");
        let who = self.wanted(rule, "a rule", "who", "[\"everyone\"]");
        let effect = effect.and_then(|effect| self.take::<RuleEffect>(effect, "effect"));
        let scope = match rule.member("scope") {
            Some(scope) => self.scope(scope)?,
            None => Scope::Global,
        };
        let who = self.each(who, "who", Self::whom);
        let except = self.each(rule.member("except"), "except", Self::exclusion);
        let what = match rule.member("what") {
            Some(what) => self.what(what)?,
            None => What::default(),
        };
        let when = self.each(rule.member("when"), "when", Self::condition);
        let require = match rule.member("require") {
            Some(require) => Some(self.require(require)?),
            None => None,
        };
        let limits = self.each(rule.member("limits"), "limits", |reader, limit| {
            reader.take::<Limit>(limit, "limits")
        });
        Some(RuleParts {
            effect: effect?,
            scope,
            who,
            except,
            what,
            when,
            require,
            limits,
        })
    }

    fn only(&mut self, table: &Open, within: &str, known: &[&'static str]) {
        for (key, place, _) in table.members().unwrap_or_default() {
            if !known.contains(&key) {
                let wrong = Wrong::UnknownKey {
                    key: key.chars().take(80).collect(),
                    within: within.to_owned(),
                    nearest: nearest(key, known.iter().copied()),
                    known: known.to_vec(),
                };
                self.problems.add(place, wrong);
            }
        }
    }

    fn wanted<'o>(
        &mut self,
        table: &'o Open,
        within: &str,
        key: &str,
        example: &str,
    ) -> Option<&'o Open> {
        let member = table.member(key);
        if member.is_none() {
            let wrong = Wrong::MissingKey {
                key: key.to_owned(),
                within: within.to_owned(),
                example: example.to_owned(),
            };
            self.problems.add(table.place(), wrong);
        }
        member
    }

    fn take<T: serde::de::DeserializeOwned>(&mut self, value: &Open, key: &str) -> Option<T> {
        value
            .read(key)
            .map_err(|wrong| self.problems.add(value.place(), wrong))
            .ok()
    }

    fn each<T>(
        &mut self,
        list: Option<&Open>,
        key: &str,
        mut read: impl FnMut(&mut Self, &Open) -> Option<T>,
    ) -> Vec<T> {
        let Some(list) = list else {
            return Vec::new();
        };
        let Some(items) = list.items() else {
            let wrong = Wrong::WrongType {
                key: key.to_owned(),
                got: "no list".to_owned(),
                wanted: "a list in square brackets".to_owned(),
            };
            self.problems.add(list.place(), wrong);
            return Vec::new();
        };
        items.iter().filter_map(|item| read(self, item)).collect()
    }

    fn refer(&mut self, what: &'static str, id: &str, value: &Open) {
        self.names.check(what, id, value.place(), self.problems);
    }

    fn whom(&mut self, value: &Open) -> Option<Whom> {
        Some(match self.take::<Named>(value, "who")? {
            Named::Everyone => Whom::Everyone,
            Named::Guests => Whom::Guests,
            Named::Role(role) => Whom::Role(role),
            Named::Group(group) => {
                self.refer("group", group.as_str(), value);
                Whom::Group(group)
            }
            Named::Person(login) => {
                self.refer("person", &login, value);
                Whom::Person(*self.names.people.get(&login)?)
            }
        })
    }

    fn exclusion(&mut self, value: &Open) -> Option<Exclusion> {
        self.only(value, "an exclusion", &OF_EXCLUSIONS);
        let within = "an exclusion";
        let whom = self.wanted(value, within, "whom", "{ group = \"sales\" }");
        let owner = self.wanted(value, within, "owner", "\"suzuki.ichiro\"");
        let reason = self.wanted(value, within, "reason", "\"moving to the new tool\"");
        let until = self.wanted(value, within, "until", "2027-03-31");
        let whom = whom.and_then(|whom| self.whom(whom));
        let reason = reason.and_then(|reason| self.take(reason, "reason"));
        let day = until.and_then(|until| self.take::<LastDay>(until, "until"));
        let (owner_value, owner) = (owner?, owner.and_then(|o| self.take::<String>(o, "owner"))?);
        self.refer("person", &owner, owner_value);
        let (whom, reason, day) = (whom?, reason?, day?);
        if day.is_over(self.now) {
            let wrong = Wrong::ExclusionOver {
                whom: self.names.by_login(whom.to_string()),
                owner: owner.clone(),
                until: day.to_string(),
            };
            self.problems.add(until?.place(), wrong);
        }
        Some(Exclusion {
            whom,
            owner,
            reason,
            until: day,
        })
    }

    fn scope(&mut self, value: &Open) -> Option<Scope> {
        let scope = self.take::<Scope>(value, "scope")?;
        match &scope {
            Scope::Global => {}
            Scope::AppGroup(group) => self.refer("group of applications", group.as_str(), value),
            Scope::Application(app) => self.refer("application", app.as_str(), value),
        }
        Some(scope)
    }

    fn what(&mut self, value: &Open) -> Option<What> {
        let what = self.take::<What>(value, "what")?;
        for (key, kind) in [
            ("applications", "application"),
            ("except-applications", "application"),
            ("app-groups", "group of applications"),
            ("except-app-groups", "group of applications"),
        ] {
            for item in value.member(key).and_then(Open::items).unwrap_or_default() {
                if let Some(id) = item.json().as_str() {
                    self.refer(kind, id, item);
                }
            }
        }
        Some(what)
    }

    fn require(&mut self, value: &Open) -> Option<Require> {
        self.only(value, "what a rule requires", &["all", "any"]);
        match (value.member("all"), value.member("any")) {
            (Some(all), None) => Some(Require::All(self.each(Some(all), "all", Self::condition))),
            (None, Some(any)) => Some(Require::Any(self.each(Some(any), "any", Self::condition))),
            (all, _) => {
                let wrong = Wrong::OneOfKeys {
                    keys: vec!["all", "any"],
                    within: "what a rule requires".to_owned(),
                    found: if all.is_some() {
                        "more than one"
                    } else {
                        "none"
                    },
                };
                self.problems.add(value.place(), wrong);
                None
            }
        }
    }

    fn condition(&mut self, value: &Open) -> Option<Condition> {
        let condition = self.take::<Condition>(value, "condition")?;
        match &condition {
            Condition::FromNetworks(networks) | Condition::NotFromNetworks(networks) => {
                for network in networks {
                    self.refer("network", network.as_str(), value);
                }
            }
            Condition::Within(calendar) | Condition::Outside(calendar) => {
                self.refer("calendar", calendar.as_str(), value);
            }
            Condition::TermsAccepted(terms) => self.refer("terms", terms.as_str(), value),
            _ => {}
        }
        Some(condition)
    }
}
