//! A rule in plain words.

use super::draft::NOT_LOOKING;
use super::kinds::{self, Input, List, whole_minutes};
use crate::words::Names;
use zt_policy::{Condition, Exclusion, Limit, Place, Require, RuleEffect, RuleParts, Scope, Whom};
use zt_types::{AppGroupId, AppId, CalendarId, Capability, NetworkId, TermsId};

/// A sentence, with what it lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) items: Vec<String>,
}

fn alone(text: String) -> Said {
    Said {
        text,
        items: Vec::new(),
    }
}

/// A message in which `…` stands for what it is about.
pub(super) fn filled(message: &str, about: &str) -> String {
    message.replace('…', about)
}

impl Names<'_> {
    /// What a rule says, sentence by sentence.
    pub(crate) fn said(&self, parts: &RuleParts) -> Vec<Said> {
        let page = self.page;
        let mut said = Vec::new();
        let who: Vec<String> = parts.who.iter().map(|whom| self.whom(whom)).collect();
        said.push(alone(if parts.who == [Whom::Everyone] {
            page.t("said-everyone").to_owned()
        } else {
            filled(page.t("said-who"), &self.listed(&who))
        }));
        if !parts.except.is_empty() {
            said.push(Said {
                text: page.t("said-except").to_owned(),
                items: parts.except.iter().map(|out| self.exclusion(out)).collect(),
            });
        }
        said.extend(self.what(parts));
        let listed = |text: &str, conditions: &[Condition]| Said {
            text: text.to_owned(),
            items: conditions.iter().map(|one| self.condition(one)).collect(),
        };
        if !parts.when.is_empty() {
            said.push(listed(page.t("said-when"), &parts.when));
        }
        match (&parts.effect, &parts.require) {
            (RuleEffect::Refuse, _) => said.push(alone(page.t("said-refuse").to_owned())),
            (RuleEffect::Allow, None) => said.push(alone(page.t("said-allow").to_owned())),
            (RuleEffect::Allow, Some(Require::All(all))) => {
                said.push(listed(page.t("said-allow-all"), all));
            }
            (RuleEffect::Allow, Some(Require::Any(any))) => {
                said.push(listed(page.t("said-allow-any"), any));
            }
            (RuleEffect::Restrict, Some(Require::All(all))) => {
                said.push(listed(page.t("said-require-all"), all));
            }
            (RuleEffect::Restrict, Some(Require::Any(any))) => {
                said.push(listed(page.t("said-require-any"), any));
            }
            (RuleEffect::Restrict, None) => {}
        }
        said.extend(parts.limits.iter().map(|limit| alone(self.limit(limit))));
        said
    }

    fn listed(&self, names: &[String]) -> String {
        names.join(self.separator())
    }

    /// Somebody, in words.
    pub(crate) fn whom(&self, whom: &Whom) -> String {
        let page = self.page;
        match whom {
            Whom::Everyone => page.t("rule-everyone").to_owned(),
            Whom::Guests => page.t("rule-guests").to_owned(),
            Whom::Person(person) => self.person(*person).text,
            Whom::Group(group) => self.groups(std::slice::from_ref(group)),
            Whom::Role(role) => crate::words::role(page, *role).to_owned(),
        }
    }

    /// Who is left out, until when and why, and who answers for it.
    pub(crate) fn exclusion(&self, out: &Exclusion) -> String {
        let person = self.state.logins.get(&out.owner);
        let owner = person.map_or_else(|| out.owner.clone(), |id| self.person(*id).text);
        self.page.messages().with(
            "said-left-out",
            &[
                ("whom", self.whom(&out.whom).into()),
                ("until", out.until.to_string().into()),
                ("owner", owner.into()),
                ("reason", out.reason.as_str().into()),
            ],
        )
    }

    fn what(&self, parts: &RuleParts) -> Vec<Said> {
        let page = self.page;
        let what = &parts.what;
        let apps = |apps: &[AppId]| {
            apps.iter()
                .map(|app| self.app_name(app))
                .collect::<Vec<_>>()
        };
        let groups = |groups: &[AppGroupId]| {
            let named = groups.iter().map(|group| self.app_group(group));
            named.collect::<Vec<String>>()
        };
        let mut named = match &parts.scope {
            Scope::Global => Vec::new(),
            Scope::Application(app) => apps(std::slice::from_ref(app)),
            Scope::AppGroup(group) => groups(std::slice::from_ref(group)),
        };
        named.extend(apps(&what.applications));
        named.extend(groups(&what.app_groups));
        let mut said = vec![alone(if named.is_empty() {
            page.t("said-everywhere").to_owned()
        } else {
            filled(page.t("said-where"), &self.listed(&named))
        })];
        let mut left_out = apps(&what.except_applications);
        left_out.extend(groups(&what.except_app_groups));
        if !left_out.is_empty() {
            said.push(alone(filled(
                page.t("said-not-where"),
                &self.listed(&left_out),
            )));
        }
        if let Some(least) = what.sensitivity {
            let word = page.member("sensitivity", least.as_str());
            said.push(alone(filled(page.t("said-sensitivity"), word)));
        }
        if !what.capabilities.is_empty() {
            let words = self.capabilities(&what.capabilities);
            said.push(alone(filled(page.t("said-capabilities"), &words)));
        }
        said
    }

    /// What an application is called; portal and console are in no record.
    pub(super) fn app_name(&self, app: &AppId) -> String {
        match app.as_str() {
            zt_policy::PORTAL => self.page.t("to-portal").to_owned(),
            zt_policy::CONSOLE => self.page.t("to-console").to_owned(),
            _ => self.app(app).text,
        }
    }

    /// A group of applications: those that are in it.
    pub(crate) fn app_group(&self, group: &AppGroupId) -> String {
        let apps = self.state.applications.values();
        let names: Vec<&str> = apps
            .filter(|app| app.app_groups.contains(group))
            .map(|app| self.page.text(&app.name))
            .collect();
        self.page.t2(
            "rule-app-group",
            ("group", group.as_str()),
            ("apps", names.join(self.separator())),
        )
    }

    fn capabilities(&self, all: &[Capability]) -> String {
        let words: Vec<&str> = all
            .iter()
            .map(|one| {
                self.page
                    .member("capability", &one.as_str().replace('_', "-"))
            })
            .collect();
        words.join(self.separator())
    }

    fn limit(&self, limit: &Limit) -> String {
        let page = self.page;
        match limit {
            Limit::Withhold(withheld) => {
                let only_look = NOT_LOOKING.iter().all(|one| withheld.contains(one));
                let message = if only_look {
                    page.t("said-look-only")
                } else {
                    page.t("said-withhold")
                };
                filled(message, &self.capabilities(withheld))
            }
            Limit::Record => page.t("said-record").to_owned(),
            Limit::Watermark => page.t("said-watermark").to_owned(),
            Limit::Warn => page.t("said-warn").to_owned(),
            Limit::ReauthenticateAfter(span) => {
                filled(page.t("said-reauthenticate"), &whole_minutes(*span))
            }
        }
    }

    /// A condition in words.
    pub(crate) fn condition(&self, condition: &Condition) -> String {
        let row = kinds::row(condition);
        let message = self.page.member("condition", &row.kind);
        let about = match kinds::find(&row.kind).map(|kind| kind.input) {
            None | Some(Input::Nothing) => return message.to_owned(),
            Some(Input::One(List::Calendars)) => {
                self.calendar(row.picked.first().map_or("", String::as_str))
            }
            Some(Input::One(list) | Input::Several(list)) => {
                let words: Vec<String> = row
                    .picked
                    .iter()
                    .map(|slug| self.word(list, slug))
                    .collect();
                self.listed(&words)
            }
            Some(Input::Version | Input::Minutes) => row.typed,
            Some(Input::OsVersion) => {
                let os = row
                    .picked
                    .first()
                    .map(|slug| self.word(List::Systems, slug));
                format!("{} {}", os.unwrap_or_default(), row.typed)
            }
            Some(Input::Countries) => match condition {
                Condition::FromCountries(places) | Condition::NotFromCountries(places) => self
                    .listed(
                        &places
                            .iter()
                            .map(|place| self.place(place))
                            .collect::<Vec<_>>(),
                    ),
                _ => row.typed,
            },
        };
        filled(message, &about)
    }

    fn place(&self, place: &Place) -> String {
        match place.0 {
            Some(country) => country.as_str().to_owned(),
            None => self.page.t("rule-unknown-country").to_owned(),
        }
    }

    /// What a value of a list is called.
    pub(super) fn word(&self, list: List, slug: &str) -> String {
        let page = self.page;
        let named = |text: Option<&zt_types::Text>| {
            text.map_or_else(|| slug.to_owned(), |text| page.text(text).to_owned())
        };
        match list {
            List::Levels => page.member("rule-level", slug).to_owned(),
            List::Assurances => page.member("assurance", slug).to_owned(),
            List::Properties => page.member("rule-property", slug).to_owned(),
            List::Items => page.member("rule-posture", slug).to_owned(),
            List::Systems => page.member("rule-os", slug).to_owned(),
            List::Clients => page.member("rule-client", slug).to_owned(),
            List::Facts => page.member("fact-kind", slug).to_owned(),
            List::Networks => {
                let id = NetworkId::new(slug).ok();
                let network = id.and_then(|id| self.state.networks.get(&id));
                named(network.map(|network| &network.name))
            }
            List::Calendars => {
                let id = CalendarId::new(slug).ok();
                let calendar = id.and_then(|id| self.state.calendars.get(&id));
                named(calendar.map(|calendar| &calendar.name))
            }
            List::Terms => {
                let id = TermsId::new(slug).ok();
                let terms = id.and_then(|id| self.state.terms.get(&id));
                named(terms.map(|terms| &terms.title))
            }
        }
    }

    /// A calendar with its hours: whoever reads "within working hours" wants to know which.
    fn calendar(&self, slug: &str) -> String {
        let id = CalendarId::new(slug).ok();
        let known = id.and_then(|id| self.state.calendars.get(&id));
        known.map_or_else(
            || slug.to_owned(),
            |calendar| {
                self.page.t2(
                    "rule-calendar",
                    ("name", self.page.text(&calendar.name)),
                    ("hours", self.hours(calendar)),
                )
            },
        )
    }

    /// The hours of a calendar, in words.
    fn hours(&self, calendar: &zt_policy::Calendar) -> String {
        let clock = |minute: u16| format!("{}:{:02}", minute / 60, minute % 60);
        let told: Vec<String> = calendar
            .hours
            .iter()
            .map(|hours| {
                let days: Vec<&str> = hours
                    .days
                    .iter()
                    .map(|day| self.page.member("weekday", day.as_str()))
                    .collect();
                format!(
                    "{} {}–{}",
                    days.join(self.page.t("weekday-joint")),
                    clock(hours.from),
                    clock(hours.to)
                )
            })
            .collect();
        format!("{}, {}", told.join(self.separator()), calendar.time_zone)
    }
}
