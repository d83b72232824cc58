//! The form as a page shows it.

use super::draft::{About, Both, Draft, NOT_LOOKING, Problem, ROLES};
use super::kinds::{self, Input, Leaning, List, Row};
use super::said::{Said, filled};
use super::whom::Whom;
use crate::view::Choice;
use crate::words::{Names, role};
use zt_types::{Capability, ClientKind, FactKind, Level, Os, PostureItem, Sensitivity, Timestamp};

/// So many people are offered while a login is typed.
const OFFERED: usize = 500;

/// Whether what stands in the form can be kept here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// It can.
    Here,
    /// The files manage it: the change is taken away as one.
    InFiles,
}

/// The form.
#[derive(Debug, Clone)]
pub(crate) struct FormView {
    pub(crate) id: String,
    pub(crate) seen: String,
    pub(crate) keeping: Keeping,
    pub(crate) title: Both,
    pub(crate) message: Both,
    pub(crate) effects: Vec<Choice>,
    pub(crate) effect: String,
    pub(crate) is_everyone: bool,
    pub(crate) groups: Vec<Choice>,
    pub(crate) roles: Vec<Choice>,
    pub(crate) has_guests: bool,
    pub(crate) people: String,
    pub(crate) logins: Vec<String>,
    pub(crate) except: Vec<LeftView>,
    pub(crate) scopes: Vec<Choice>,
    pub(crate) is_some: bool,
    pub(crate) apps: Vec<Choice>,
    pub(crate) app_groups: Vec<Choice>,
    pub(crate) except_apps: Vec<Choice>,
    pub(crate) except_app_groups: Vec<Choice>,
    pub(crate) sensitivities: Vec<Choice>,
    pub(crate) capabilities: Vec<Choice>,
    /// Whether what is seldom needed about applications is in use, and so shown.
    pub(crate) is_narrowed: bool,
    pub(crate) when: Vec<RowView>,
    pub(crate) modes: Vec<Choice>,
    pub(crate) require: Vec<RowView>,
    pub(crate) look_only: bool,
    pub(crate) withhold: Vec<Choice>,
    pub(crate) limits: Vec<Choice>,
    pub(crate) reauthenticate: String,
    pub(crate) problems: Vec<String>,
    /// What is still to be said; empty if it is whole.
    pub(crate) lacking: Vec<String>,
    pub(crate) said: Vec<Said>,
    pub(crate) cedar: String,
    pub(crate) days: Vec<Choice>,
    pub(crate) whom: Option<Whom>,
}

/// Somebody who is left out.
#[derive(Debug, Clone)]
pub(crate) struct LeftView {
    pub(crate) number: usize,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) reason: String,
    pub(crate) until: String,
    pub(crate) is_over: bool,
}

/// A condition.
#[derive(Debug, Clone)]
pub(crate) struct RowView {
    /// `when` or `require`.
    pub(crate) part: &'static str,
    /// From 0.
    pub(crate) place: usize,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) picks: Vec<Choice>,
    pub(crate) is_several: bool,
    pub(crate) typed: Option<String>,
    pub(crate) hint: &'static str,
    /// Nothing could be picked, for there is nothing.
    pub(crate) is_barren: bool,
    pub(crate) is_fresh: bool,
}

impl RowView {
    pub(crate) const fn number(&self) -> usize {
        self.place + 1
    }
}

/// What came of what stands in the form.
pub(super) struct Outcome {
    pub(super) problems: Vec<Problem>,
    /// Problems that have no message of their own.
    pub(super) details: Vec<String>,
    pub(super) lacking: Vec<Problem>,
    pub(super) said: Vec<Said>,
    pub(super) cedar: String,
    pub(super) days: u32,
    pub(super) whom: Option<Whom>,
}

/// Which row was just added, to be gone to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fresh {
    None,
    When,
    Require,
}

impl Fresh {
    pub(super) fn of(verb: &str) -> Self {
        match verb {
            "add-when" => Self::When,
            "add-require" => Self::Require,
            _ => Self::None,
        }
    }
}

pub(super) fn view(
    names: &Names<'_>,
    draft: &Draft,
    keeping: Keeping,
    outcome: Outcome,
    fresh: Fresh,
    now: Timestamp,
) -> FormView {
    let (page, state) = (names.page, names.state);
    let choose = |value: &str, text: &str, picked: bool| Choice {
        value: value.to_owned(),
        text: text.to_owned(),
        is_current: picked,
    };
    let among = |all: &[String], value: &str| all.iter().any(|one| one == value);
    let apps = |picked: &[String]| {
        let own = [
            (zt_policy::PORTAL, page.t("to-portal")),
            (zt_policy::CONSOLE, page.t("to-console")),
        ];
        let registered = state.applications.values();
        registered
            .map(|app| (app.id.as_str(), page.text(&app.name)))
            .chain(own)
            .map(|(id, name)| choose(id, name, among(picked, id)))
            .collect::<Vec<_>>()
    };
    let mut known: Vec<_> = state
        .applications
        .values()
        .flat_map(|app| &app.app_groups)
        .collect();
    known.sort_unstable();
    known.dedup();
    let app_groups = |picked: &[String]| {
        let all = known.iter();
        all.map(|id| {
            choose(
                id.as_str(),
                &names.app_group(id),
                among(picked, id.as_str()),
            )
        })
        .collect::<Vec<_>>()
    };
    let mut scopes = vec![
        choose("all", page.t("rule-scope-all"), draft.scope == "all"),
        choose("some", page.t("rule-scope-some"), draft.scope == "some"),
    ];
    for (prefix, all) in [("app", apps(&[])), ("group", app_groups(&[]))] {
        scopes.extend(all.into_iter().map(|one| {
            let value = format!("{prefix}:{}", one.value);
            let text = filled(page.member("rule-scope-only", prefix), &one.text);
            choose(&value, &text, draft.scope == value)
        }));
    }
    let rows =
        |part: &'static str, rows: &[Row], allowed: &dyn Fn(Leaning) -> bool, fresh: bool| {
            let last = rows.len();
            let each = rows.iter().enumerate();
            each.map(|(place, row)| {
                row_view(names, part, place, row, allowed, fresh && place + 1 == last)
            })
            .collect::<Vec<_>>()
        };
    let singled_out = |leaning| match draft.effect.as_str() {
        "allow" => leaning != Leaning::Risky,
        _ => leaning != Leaning::Safe,
    };
    let capability = |picked: &[String], of: &dyn Fn(Capability) -> bool| {
        let all = Capability::ALL.into_iter().filter(|one| of(*one));
        all.map(|one| {
            let word = page.member("capability", &one.as_str().replace('_', "-"));
            choose(one.as_str(), word, among(picked, one.as_str()))
        })
        .collect::<Vec<_>>()
    };
    FormView {
        id: draft.id.clone(),
        seen: draft.seen.clone(),
        keeping,
        title: draft.title.clone(),
        message: draft.message.clone(),
        effects: ["restrict", "refuse", "allow"]
            .map(|slug| choose(slug, page.member("rule-effect", slug), draft.effect == slug))
            .into(),
        effect: draft.effect.clone(),
        is_everyone: draft.who == "everyone",
        groups: state
            .groups
            .values()
            .map(|group| {
                let id = group.id.as_str();
                choose(id, page.text(&group.name), among(&draft.groups, id))
            })
            .collect(),
        roles: ROLES
            .map(|one| {
                choose(
                    one.as_str(),
                    role(page, one),
                    among(&draft.roles, one.as_str()),
                )
            })
            .into(),
        has_guests: !draft.guests.is_empty(),
        people: draft.people.clone(),
        logins: state.logins.keys().take(OFFERED).cloned().collect(),
        except: draft
            .except
            .iter()
            .enumerate()
            .map(|(place, row)| LeftView {
                number: place,
                kinds: ["group", "person", "role", "guests"]
                    .map(|slug| choose(slug, page.member("rule-left", slug), row.kind == slug))
                    .into(),
                id: row.id.clone(),
                owner: row.owner.clone(),
                reason: row.reason.clone(),
                until: row.until.clone(),
                is_over: row
                    .until
                    .parse()
                    .is_ok_and(|day: zt_policy::LastDay| day.is_over(now)),
            })
            .collect(),
        is_some: draft.scope == "some",
        apps: apps(&draft.apps),
        app_groups: app_groups(&draft.app_groups),
        except_apps: apps(&draft.except_apps),
        except_app_groups: app_groups(&draft.except_app_groups),
        scopes,
        sensitivities: std::iter::once(choose(
            "",
            page.t("rule-sensitivity-any"),
            draft.sensitivity.is_empty(),
        ))
        .chain(Sensitivity::ALL.into_iter().skip(1).map(|least| {
            let word = page.member("sensitivity", least.as_str());
            let text = filled(page.t("rule-sensitivity-least"), word);
            choose(least.as_str(), &text, draft.sensitivity == least.as_str())
        }))
        .collect(),
        capabilities: capability(&draft.capabilities, &|_| true),
        is_narrowed: !(draft.except_apps.is_empty()
            && draft.except_app_groups.is_empty()
            && draft.capabilities.is_empty()
            && draft.sensitivity.is_empty()),
        when: rows("when", &draft.when, &singled_out, fresh == Fresh::When),
        modes: ["all", "any"]
            .map(|slug| {
                choose(
                    slug,
                    page.member("rule-mode", slug),
                    draft.require_mode == slug,
                )
            })
            .into(),
        require: rows(
            "require",
            &draft.require,
            &|leaning| leaning != Leaning::Risky,
            fresh == Fresh::Require,
        ),
        look_only: !draft.look_only.is_empty(),
        withhold: capability(&draft.withhold, &|one| {
            one == Capability::Read || NOT_LOOKING.contains(&one)
        }),
        limits: ["record", "watermark", "warn"]
            .map(|slug| {
                choose(
                    slug,
                    page.member("rule-limit", slug),
                    among(&draft.limits, slug),
                )
            })
            .into(),
        reauthenticate: draft.reauthenticate.clone(),
        problems: outcome
            .problems
            .iter()
            .map(|problem| problem_in_words(names, problem))
            .chain(outcome.details)
            .collect(),
        lacking: outcome
            .lacking
            .iter()
            .map(|problem| problem_in_words(names, problem))
            .collect(),
        said: outcome.said,
        cedar: outcome.cedar,
        days: super::whom::SPANS
            .map(|days| {
                let text = page.t1("whom-days", "days", u64::from(days));
                choose(&days.to_string(), &text, days == outcome.days)
            })
            .into(),
        whom: outcome.whom,
    }
}

fn problem_in_words(names: &Names<'_>, problem: &Problem) -> String {
    let message = names.page.member("rule-problem", problem.slug);
    match &problem.about {
        About::Nothing => message.to_owned(),
        About::Word(word) => filled(message, word),
        About::Kind(slug) => filled(message, names.page.member("condition", slug)),
    }
}

fn row_view(
    names: &Names<'_>,
    part: &'static str,
    place: usize,
    row: &Row,
    allowed: &dyn Fn(Leaning) -> bool,
    is_fresh: bool,
) -> RowView {
    let page = names.page;
    let kind = kinds::find(&row.kind);
    // One that does not fit here (any more) stays, so that it can be seen and changed.
    let offered = kinds::KINDS
        .iter()
        .filter(|kind| allowed(kind.leaning) || kind.slug == row.kind);
    let kinds = std::iter::once(Choice {
        value: String::new(),
        text: page.t("rule-choose").to_owned(),
        is_current: kind.is_none(),
    })
    .chain(offered.map(|kind| Choice {
        value: kind.slug.to_owned(),
        text: page.member("condition", kind.slug).to_owned(),
        is_current: kind.slug == row.kind,
    }))
    .collect();
    let input = kind.map(|kind| kind.input);
    let list = match input {
        Some(Input::One(list) | Input::Several(list)) => Some(list),
        Some(Input::OsVersion) => Some(List::Systems),
        _ => None,
    };
    let picks: Vec<Choice> = list
        .map(|list| {
            let slugs = slugs(names, list);
            slugs
                .into_iter()
                .map(|slug| Choice {
                    text: names.word(list, &slug),
                    is_current: row.picked.contains(&slug),
                    value: slug,
                })
                .collect()
        })
        .unwrap_or_default();
    let is_typed = matches!(
        input,
        Some(Input::Version | Input::OsVersion | Input::Minutes | Input::Countries)
    );
    RowView {
        part,
        place,
        kinds,
        is_several: matches!(input, Some(Input::Several(_))),
        typed: is_typed.then(|| row.typed.clone()),
        hint: match input {
            Some(Input::Version | Input::OsVersion) => page.t("rule-hint-version"),
            Some(Input::Minutes) => page.t("rule-hint-minutes"),
            Some(Input::Countries) => page.t("rule-hint-countries"),
            _ => "",
        },
        is_barren: list.is_some() && picks.is_empty(),
        picks,
        is_fresh,
    }
}

fn slugs(names: &Names<'_>, list: List) -> Vec<String> {
    let state = names.state;
    let owned = |slugs: &[&str]| slugs.iter().map(|slug| (*slug).to_owned()).collect();
    match list {
        List::Levels => owned(&Level::ALL.map(Level::as_str)),
        List::Assurances => owned(&kinds::ASSURANCES.map(zt_types::Assurance::as_str)),
        List::Properties => owned(&kinds::PROPERTIES.map(|(slug, _)| slug)),
        List::Items => PostureItem::ALL
            .iter()
            .map(|one| one.as_str().to_owned())
            .collect(),
        List::Systems => Os::ALL.iter().map(|one| one.as_str().to_owned()).collect(),
        List::Clients => ClientKind::ALL
            .iter()
            .map(|one| one.as_str().to_owned())
            .collect(),
        List::Facts => owned(&FactKind::ALL.map(FactKind::as_str)),
        List::Networks => state.networks.keys().map(ToString::to_string).collect(),
        List::Calendars => state.calendars.keys().map(ToString::to_string).collect(),
        List::Terms => state.terms.keys().map(ToString::to_string).collect(),
    }
}
