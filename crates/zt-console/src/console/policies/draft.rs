//! What stands in the form: what was typed and picked, whole or not, and the rule that it makes.

use super::kinds::{self, Lacking, Row, minutes, whole_minutes, words};
use crate::guard::Fields;
use zt_policy::{
    Condition, Exclusion, LastDay, Limit, PolicyDocument, Require, Rule, RuleEffect, RuleError,
    RuleParts, Scope, What, Whom,
};
use zt_store::State;
use zt_types::{AppGroupId, AppId, Capability, GroupId, PersonId, Role, Sensitivity, Text};

/// A form has at most so many rows of a kind.
const MOST_ROWS: usize = 40;

/// What an access keeps that may only look.
pub(super) const NOT_LOOKING: [Capability; 6] = [
    Capability::Download,
    Capability::Upload,
    Capability::Print,
    Capability::ClipboardIn,
    Capability::ClipboardOut,
    Capability::Persist,
];

/// Everything in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Draft {
    /// The policy's id; empty for a new one.
    pub(super) id: String,
    /// When the policy that is being changed was changed last, in milliseconds: whoever was faster wins.
    pub(super) seen: String,
    pub(super) title: Both,
    pub(super) message: Both,
    pub(super) effect: String,
    /// `everyone` or `some`.
    pub(super) who: String,
    pub(super) groups: Vec<String>,
    pub(super) roles: Vec<String>,
    pub(super) guests: Vec<String>,
    /// Logins.
    pub(super) people: String,
    pub(super) except: Vec<Left>,
    /// `all`, `some`, `app:<id>` or `group:<id>`.
    pub(super) scope: String,
    pub(super) apps: Vec<String>,
    pub(super) app_groups: Vec<String>,
    pub(super) except_apps: Vec<String>,
    pub(super) except_app_groups: Vec<String>,
    pub(super) sensitivity: String,
    pub(super) capabilities: Vec<String>,
    pub(super) when: Vec<Row>,
    /// `all` or `any`.
    pub(super) require_mode: String,
    pub(super) require: Vec<Row>,
    /// Capabilities that are withheld.
    pub(super) withhold: Vec<String>,
    /// `look`: only look.
    pub(super) look_only: Vec<String>,
    /// `record`, `watermark`, `warn`.
    pub(super) limits: Vec<String>,
    /// Minutes; empty for none.
    pub(super) reauthenticate: String,
}

/// A text in both languages, either of which may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Both {
    pub(super) ja: String,
    pub(super) en: String,
}

impl Both {
    /// The text; what is said in one language only is said so in the other.
    fn text(&self) -> Option<Text> {
        let (ja, en) = (self.ja.trim(), self.en.trim());
        let or = |one: &str, other: &str| if one.is_empty() { other } else { one }.to_owned();
        (!ja.is_empty() || !en.is_empty()).then(|| Text {
            ja: or(ja, en),
            en: or(en, ja),
        })
    }

    fn of(text: &Text) -> Self {
        Self {
            ja: text.ja.clone(),
            en: text.en.clone(),
        }
    }
}

/// A row of somebody who is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Left {
    /// `group`, `person`, `role` or `guests`.
    pub(super) kind: String,
    /// Which one.
    pub(super) id: String,
    pub(super) owner: String,
    pub(super) reason: String,
    pub(super) until: String,
}

impl Left {
    fn is_empty(&self) -> bool {
        self.id.trim().is_empty() && self.reason.trim().is_empty() && self.kind != "guests"
    }
}

/// Something that is to be put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// The member of the messages' family.
    pub(super) slug: &'static str,
    /// What it is about, if that can be said.
    pub(super) about: About,
}

/// What a problem is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum About {
    /// Nothing more to say.
    Nothing,
    /// Something as it was typed, or a name.
    Word(String),
    /// A kind of condition.
    Kind(String),
}

fn problem(slug: &'static str) -> Problem {
    Problem {
        slug,
        about: About::Nothing,
    }
}

fn problem_of(slug: &'static str, word: &str) -> Problem {
    Problem {
        slug,
        about: About::Word(word.chars().take(80).collect()),
    }
}

impl Draft {
    /// A new one: it restricts, and lets the person think of the rest.
    pub(super) fn new() -> Self {
        Self {
            effect: "restrict".to_owned(),
            who: "some".to_owned(),
            scope: "all".to_owned(),
            require_mode: "all".to_owned(),
            require: vec![Row::default()],
            ..Self::default()
        }
    }

    /// What was sent.
    pub(super) fn read(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        let both = |name: &str| Both {
            ja: text(&format!("{name}-ja")),
            en: text(&format!("{name}-en")),
        };
        let rows = |name: &str| {
            (0..MOST_ROWS)
                .filter(|at| fields.has(&format!("{name}-{at}-kind")))
                .map(|at| Row {
                    kind: text(&format!("{name}-{at}-kind")),
                    picked: fields.all(&format!("{name}-{at}-pick")),
                    typed: text(&format!("{name}-{at}-text")),
                })
                .collect::<Vec<Row>>()
        };
        let except = (0..MOST_ROWS)
            .filter(|at| fields.has(&format!("except-{at}-kind")))
            .map(|at| Left {
                kind: text(&format!("except-{at}-kind")),
                id: text(&format!("except-{at}-id")),
                owner: text(&format!("except-{at}-owner")),
                reason: text(&format!("except-{at}-reason")),
                until: text(&format!("except-{at}-until")),
            })
            .collect();
        Self {
            id: text("id"),
            seen: text("seen"),
            title: both("title"),
            message: both("message"),
            effect: text("effect"),
            who: text("who"),
            groups: fields.all("groups"),
            roles: fields.all("roles"),
            guests: fields.all("guests"),
            people: text("people"),
            except,
            scope: text("scope"),
            apps: fields.all("apps"),
            app_groups: fields.all("app-groups"),
            except_apps: fields.all("except-apps"),
            except_app_groups: fields.all("except-app-groups"),
            sensitivity: text("sensitivity"),
            capabilities: fields.all("capabilities"),
            when: rows("when"),
            require_mode: text("require-mode"),
            require: rows("require"),
            withhold: fields.all("withhold"),
            look_only: fields.all("look-only"),
            limits: fields.all("limits"),
            reauthenticate: text("reauthenticate"),
        }
    }

    /// A policy that was written as a rule, opened again.
    pub(super) fn of(document: &PolicyDocument, rule: &Rule, state: &State) -> Self {
        let parts = rule.parts();
        let mut draft = Self {
            id: document.id.to_string(),
            seen: document.changed_at.as_millis().to_string(),
            title: Both::of(&document.title),
            message: document.message.as_ref().map(Both::of).unwrap_or_default(),
            effect: effect_slug(parts.effect).to_owned(),
            who: "some".to_owned(),
            require_mode: "all".to_owned(),
            when: parts.when.iter().map(kinds::row).collect(),
            ..Self::default()
        };
        let mut people = Vec::new();
        for whom in &parts.who {
            match whom {
                Whom::Everyone => draft.who = "everyone".to_owned(),
                Whom::Guests => draft.guests = vec!["yes".to_owned()],
                Whom::Group(group) => draft.groups.push(group.to_string()),
                Whom::Role(role) => draft.roles.push(role.as_str().to_owned()),
                Whom::Person(person) => people.push(login(state, *person)),
            }
        }
        draft.people = people.join(", ");
        draft.except = parts.except.iter().map(|out| left(out, state)).collect();
        let names = |apps: &[AppId]| apps.iter().map(ToString::to_string).collect::<Vec<_>>();
        let groups = |apps: &[AppGroupId]| apps.iter().map(ToString::to_string).collect::<Vec<_>>();
        draft.apps = names(&parts.what.applications);
        draft.app_groups = groups(&parts.what.app_groups);
        draft.except_apps = names(&parts.what.except_applications);
        draft.except_app_groups = groups(&parts.what.except_app_groups);
        draft.scope = match &parts.scope {
            Scope::Application(app) => format!("app:{app}"),
            Scope::AppGroup(group) => format!("group:{group}"),
            Scope::Global if draft.apps.is_empty() && draft.app_groups.is_empty() => "all".into(),
            Scope::Global => "some".into(),
        };
        draft.sensitivity = parts
            .what
            .sensitivity
            .map_or_else(String::new, |least| least.as_str().to_owned());
        let slugs = |all: &[Capability]| all.iter().map(|one| one.as_str().to_owned()).collect();
        draft.capabilities = slugs(&parts.what.capabilities);
        if let Some(require) = &parts.require {
            draft.require = require.conditions().iter().map(kinds::row).collect();
            if matches!(require, Require::Any(_)) {
                draft.require_mode = "any".to_owned();
            }
        }
        for limit in &parts.limits {
            match limit {
                Limit::Withhold(withheld) => draft.withhold.extend::<Vec<String>>(slugs(withheld)),
                Limit::Record => draft.limits.push("record".to_owned()),
                Limit::Watermark => draft.limits.push("watermark".to_owned()),
                Limit::Warn => draft.limits.push("warn".to_owned()),
                Limit::ReauthenticateAfter(span) => draft.reauthenticate = whole_minutes(*span),
            }
        }
        if NOT_LOOKING
            .iter()
            .all(|one| draft.withhold.iter().any(|kept| kept == one.as_str()))
        {
            draft.look_only = vec!["yes".to_owned()];
            draft
                .withhold
                .retain(|kept| NOT_LOOKING.iter().all(|one| kept != one.as_str()));
        }
        draft
    }

    /// What a button that adds or takes away a row does to it; `new_owner` answers for a new exclusion.
    pub(super) fn turn(&mut self, verb: &str, new_owner: &str) {
        match verb {
            "add-when" => self.when.push(Row::default()),
            "add-require" => self.require.push(Row::default()),
            "add-except" => self.except.push(Left {
                kind: "group".to_owned(),
                owner: new_owner.to_owned(),
                ..Left::default()
            }),
            verb => {
                let dropped = |prefix: &str, length: usize| {
                    let at: usize = verb.strip_prefix(prefix)?.parse().ok()?;
                    (at < length).then_some(at)
                };
                if let Some(at) = dropped("drop-when-", self.when.len()) {
                    self.when.remove(at);
                }
                if let Some(at) = dropped("drop-require-", self.require.len()) {
                    self.require.remove(at);
                }
                if let Some(at) = dropped("drop-except-", self.except.len()) {
                    self.except.remove(at);
                }
            }
        }
    }

    /// The policy's title.
    pub(super) fn title(&self) -> Option<Text> {
        self.title.text()
    }

    /// What people whom it refuses are told.
    pub(super) fn message(&self) -> Option<Text> {
        self.message.text()
    }

    /// The rule that it makes.
    pub(super) fn rule(&self, state: &State) -> Result<Rule, Vec<Problem>> {
        let mut problems = Vec::new();
        let effect = match self.effect.as_str() {
            "allow" => RuleEffect::Allow,
            "refuse" => RuleEffect::Refuse,
            _ => RuleEffect::Restrict,
        };
        let who = self.who(state, &mut problems);
        let rows = self.except.iter().filter(|row| !row.is_empty());
        let except: Vec<Exclusion> = rows
            .filter_map(|row| exclusion(row, state, &mut problems))
            .collect();
        let (scope, what) = self.what(&mut problems);
        let when = conditions(&self.when, &mut problems);
        let required = conditions(&self.require, &mut problems);
        // Neither goes with the other effects, and the form does not show them there.
        let require = match (effect, required.is_empty(), self.require_mode.as_str()) {
            (RuleEffect::Refuse, _, _) | (_, true, _) => None,
            (_, _, "any") => Some(Require::Any(required)),
            _ => Some(Require::All(required)),
        };
        let limits = match effect {
            RuleEffect::Restrict => self.limits(&mut problems),
            RuleEffect::Allow | RuleEffect::Refuse => Vec::new(),
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        let parts = RuleParts {
            effect,
            scope,
            who,
            except,
            what,
            when,
            require,
            limits,
        };
        Rule::new(parts).map_err(|errors| errors.iter().map(|error| told(error, state)).collect())
    }

    fn who(&self, state: &State, problems: &mut Vec<Problem>) -> Vec<Whom> {
        if self.who == "everyone" {
            return vec![Whom::Everyone];
        }
        let mut who = Vec::new();
        let groups = self.groups.iter().filter_map(|id| GroupId::new(id).ok());
        who.extend(groups.map(Whom::Group));
        if !self.guests.is_empty() {
            who.push(Whom::Guests);
        }
        who.extend(
            self.roles
                .iter()
                .filter_map(|slug| role(slug))
                .map(Whom::Role),
        );
        for login in words(&self.people) {
            match state.logins.get(login) {
                Some(person) => who.push(Whom::Person(*person)),
                None => problems.push(problem_of("nobody", login)),
            }
        }
        who
    }

    fn what(&self, problems: &mut Vec<Problem>) -> (Scope, What) {
        let apps = |ids: &[String]| ids.iter().filter_map(|id| AppId::new(id).ok()).collect();
        let groups = |ids: &[String]| {
            ids.iter()
                .filter_map(|id| AppGroupId::new(id).ok())
                .collect()
        };
        let mut what = What {
            except_applications: apps(&self.except_apps),
            except_app_groups: groups(&self.except_app_groups),
            sensitivity: Sensitivity::ALL
                .into_iter()
                .find(|least| least.as_str() == self.sensitivity),
            capabilities: capabilities(&self.capabilities),
            ..What::default()
        };
        let scope = match self.scope.split_once(':') {
            Some(("app", id)) => AppId::new(id).map(Scope::Application).ok(),
            Some(("group", id)) => AppGroupId::new(id).map(Scope::AppGroup).ok(),
            _ => None,
        };
        if self.scope == "some" {
            what.applications = apps(&self.apps);
            what.app_groups = groups(&self.app_groups);
            if what.applications.is_empty() && what.app_groups.is_empty() {
                problems.push(problem("no-application"));
            }
        }
        (scope.unwrap_or_default(), what)
    }

    fn limits(&self, problems: &mut Vec<Problem>) -> Vec<Limit> {
        let mut limits = Vec::new();
        let mut withheld = capabilities(&self.withhold);
        if !self.look_only.is_empty() {
            withheld.extend(NOT_LOOKING);
        }
        withheld.sort_unstable();
        withheld.dedup();
        if !withheld.is_empty() {
            limits.push(Limit::Withhold(withheld));
        }
        for (slug, limit) in [
            ("record", Limit::Record),
            ("watermark", Limit::Watermark),
            ("warn", Limit::Warn),
        ] {
            if self.limits.iter().any(|picked| picked == slug) {
                limits.push(limit);
            }
        }
        match (self.reauthenticate.trim(), minutes(&self.reauthenticate)) {
            ("", _) => {}
            (_, Some(span)) => limits.push(Limit::ReauthenticateAfter(span)),
            (typed, None) => problems.push(problem_of("minutes", typed)),
        }
        limits
    }
}

/// The slug of an effect.
pub(super) const fn effect_slug(effect: RuleEffect) -> &'static str {
    match effect {
        RuleEffect::Allow => "allow",
        RuleEffect::Refuse => "refuse",
        RuleEffect::Restrict => "restrict",
    }
}

fn capabilities(slugs: &[String]) -> Vec<Capability> {
    let all = Capability::ALL.into_iter();
    all.filter(|one| slugs.iter().any(|slug| slug == one.as_str()))
        .collect()
}

fn role(slug: &str) -> Option<Role> {
    ROLES.into_iter().find(|role| role.as_str() == slug)
}

/// The roles that a rule can be about.
pub(super) const ROLES: [Role; 2] = [Role::Member, Role::Administrator];

/// A person's login; her id if she is gone.
pub(super) fn login(state: &State, person: PersonId) -> String {
    let found = state.people.get(&person);
    found.map_or_else(|| person.to_string(), |person| person.login.clone())
}

fn left(out: &Exclusion, state: &State) -> Left {
    let (kind, id) = match &out.whom {
        Whom::Everyone => ("group", String::new()),
        Whom::Guests => ("guests", String::new()),
        Whom::Person(person) => ("person", login(state, *person)),
        Whom::Group(group) => ("group", group.to_string()),
        Whom::Role(role) => ("role", role.as_str().to_owned()),
    };
    Left {
        kind: kind.to_owned(),
        id,
        owner: out.owner.clone(),
        reason: out.reason.clone(),
        until: out.until.to_string(),
    }
}

fn exclusion(row: &Left, state: &State, problems: &mut Vec<Problem>) -> Option<Exclusion> {
    let id = row.id.trim();
    let whom = match row.kind.as_str() {
        "guests" => Some(Whom::Guests),
        "person" => state.logins.get(id).map(|person| Whom::Person(*person)),
        "role" => role(id).map(Whom::Role),
        _ => GroupId::new(id)
            .ok()
            .filter(|group| state.groups.contains_key(group))
            .map(Whom::Group),
    };
    let until = row.until.trim().parse::<LastDay>().ok();
    if whom.is_none() {
        problems.push(problem_of("left-out-unknown", id));
    }
    if until.is_none() {
        problems.push(problem_of("left-out-until", id));
    }
    if !state.logins.contains_key(row.owner.trim()) {
        problems.push(problem_of("left-out-owner", row.owner.trim()));
    }
    if row.reason.trim().is_empty() {
        problems.push(problem_of("left-out-reason", id));
    }
    Some(Exclusion {
        whom: whom?,
        owner: row.owner.trim().to_owned(),
        reason: row.reason.trim().to_owned(),
        until: until?,
    })
}

fn conditions(rows: &[Row], problems: &mut Vec<Problem>) -> Vec<Condition> {
    let mut read = Vec::new();
    for row in rows {
        match row.condition() {
            None => {}
            Some(Ok(condition)) => read.push(condition),
            Some(Err(lacking)) => problems.push(Problem {
                slug: match lacking {
                    Lacking::Pick => "lacks-pick",
                    Lacking::Version => "lacks-version",
                    Lacking::Minutes => "lacks-minutes",
                    Lacking::Countries => "lacks-countries",
                },
                about: About::Kind(row.kind.clone()),
            }),
        }
    }
    read
}

/// An error of a rule in the form's words.
fn told(error: &RuleError, state: &State) -> Problem {
    let by_login = |text: &str| {
        let id = text.strip_prefix("person ").and_then(|id| id.parse().ok());
        let name = text.split_once(' ').map_or(text, |(_, name)| name);
        id.map_or_else(|| name.to_owned(), |person| login(state, person))
    };
    match error {
        RuleError::Empty("who") => problem("no-who"),
        RuleError::Empty(what) => problem_of("empty", what),
        RuleError::NamedTwice(whom) => problem_of("named-twice", &by_login(whom)),
        RuleError::NamedAndLeftOut { whom, .. } => {
            problem_of("named-and-left-out", &by_login(whom))
        }
        RuleError::NoOwnerOrReason(whom) => problem_of("left-out-reason", &by_login(whom)),
        RuleError::ApplicationNamedAndLeftOut(app) => problem_of("named-and-left-out", app),
        RuleError::AllowsTheRisky(_) | RuleError::RefusesTheSafe(_) => problem("turned-around"),
        RuleError::RequiresRisk(_) => problem("requires-risk"),
        RuleError::RestrictsNothing => problem("restricts-nothing"),
        RuleError::ConnectWithheld => problem("connect-withheld"),
        RuleError::SaysNothing(_) => problem("says-nothing"),
        RuleError::TooIntricate => problem("too-intricate"),
        // The form has no way to say these.
        RuleError::EveryoneAndOthers
        | RuleError::LeavesOutEveryone
        | RuleError::ScopeAndApplications
        | RuleError::LimitsInAllow
        | RuleError::NothingBesideRefusal
        | RuleError::Several(_) => problem("other"),
    }
}
