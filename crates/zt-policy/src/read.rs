//! Reading one policy document: parse, validate strictly, check its shape and its names.

use crate::obliging::{Obliges, UNOBLIGED};
use crate::shape::{self, ReadsAction};
use crate::vocabulary::{LADDERS, NOTHING, TYPES};
use crate::{Application, Register};
use crate::{PolicyDocument, PolicyError};
use cedar_policy::{
    ActionConstraint, Effect, EntityUid, Policy, PolicyId as CedarId, PolicySet as CedarSet,
    ResourceConstraint, ValidationMode, Validator,
};
use miette::Diagnostic;
use serde_json::Value;
use std::collections::BTreeSet;
use std::str::FromStr;
use zt_types::{
    AppGroupId, AppId, CalendarId, Capability, Country, GroupId, NetworkId, PersonId, PolicyId,
    TermsId,
};

/// The longest document, in bytes.
const MAX_BYTES: usize = 16 * 1024;
/// The deepest brackets.
const MAX_DEPTH: usize = 48;
/// The most operator characters, so that no expression is a chain of thousands.
const MAX_OPERATORS: usize = 2000;

/// The most operators in a row, or inside each other, of one policy. What decides walks them by recursion, wherever it is
/// asked.
pub(crate) const MAX_LEVELS: usize = 100;
/// Where documents are read: what is within the limits before these needs half of it, in a debug build.
const STACK: usize = 64 * 1024 * 1024;

/// Does the work where texts that are long and deep can be read: Cedar reads by recursion, and the thread that asks may have
/// little room for it.
pub(crate) fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("policies".to_owned());
        match thread.stack_size(STACK).spawn_scoped(scope, work)?.join() {
            Ok(done) => Ok(done),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// One Cedar policy, ready to be put into slices.
#[derive(Debug, Clone)]
pub(crate) struct ReadPolicy {
    pub(crate) document: PolicyId,
    pub(crate) policy: Policy,
    pub(crate) effect: Effect,
    /// Cedar's JSON form of it.
    pub(crate) json: Value,
    /// The one application it is about, by its scope; all if empty.
    pub(crate) app: Option<AppId>,
    /// The actions it is about, by its scope; all if empty.
    pub(crate) actions: Vec<EntityUid>,
    pub(crate) reads_action: ReadsAction,
    /// What it asks for beside what it forbids.
    pub(crate) obliges: Option<Obliges>,
    /// The people it names.
    pub(crate) people: Vec<PersonId>,
    /// Ages it compares with, in seconds.
    pub(crate) ages: Vec<i64>,
    /// Versions it compares with.
    pub(crate) versions: Vec<i64>,
}

/// The names that a policy may use.
pub(crate) struct Registered<'a> {
    register: &'a Register,
    apps: BTreeSet<&'a AppId>,
    pub(crate) app_groups: BTreeSet<AppGroupId>,
    calendars: BTreeSet<&'a CalendarId>,
}

impl<'a> Registered<'a> {
    pub(crate) fn new(
        register: &'a Register,
        apps: impl Iterator<Item = &'a Application> + Clone,
    ) -> Self {
        Self {
            register,
            apps: apps.clone().map(|app| &app.id).collect(),
            app_groups: apps.flat_map(|app| &app.app_groups).cloned().collect(),
            calendars: register
                .calendars
                .iter()
                .map(|calendar| &calendar.id)
                .collect(),
        }
    }

    /// What is wrong with a name, and what to do about it.
    fn problem(&self, kind: &str, id: &str) -> Option<(String, String)> {
        let missing = |what: &str, first: &str| {
            Some((
                format!("{what} `{id}` is not in the register"),
                format!("{first} it first, or write the id of one that is registered"),
            ))
        };
        match kind {
            "Application" if !AppId::new(id).is_ok_and(|app| self.apps.contains(&app)) => {
                missing("application", "register")
            }
            "Group"
                if !GroupId::new(id)
                    .is_ok_and(|group| self.register.groups.contains_key(&group)) =>
            {
                missing("group", "make")
            }
            "AppGroup"
                if !AppGroupId::new(id).is_ok_and(|group| self.app_groups.contains(&group)) =>
            {
                Some((
                    format!("no application is in the group `{id}`"),
                    "put one into it first, or write the name of a group that has one".to_owned(),
                ))
            }
            "Network"
                if !NetworkId::new(id)
                    .is_ok_and(|network| self.register.networks.contains(&network)) =>
            {
                missing("network", "register")
            }
            "Calendar"
                if !CalendarId::new(id)
                    .is_ok_and(|calendar| self.calendars.contains(&calendar)) =>
            {
                missing("calendar", "register")
            }
            "Terms"
                if !TermsId::new(id).is_ok_and(|terms| self.register.terms.contains(&terms)) =>
            {
                missing("terms", "register")
            }
            "Country" if id != "unknown" && id.parse::<Country>().is_err() => Some((
                format!("`{id}` is not a country"),
                "write two capital letters such as `JP` (ISO 3166-1), or `unknown`".to_owned(),
            )),
            "Person" if id.parse::<PersonId>().is_err() => Some((
                format!("`{id}` is not a person's id"),
                "write the id that the console shows, or make a group for her".to_owned(),
            )),
            _ => None,
        }
    }
}

impl ReadPolicy {
    pub(crate) fn concerns(&self, capability: Capability) -> bool {
        self.actions.is_empty()
            || self
                .actions
                .iter()
                .any(|action| action.id().unescaped() == capability.as_str())
    }
    pub(crate) fn concerns_action(&self, action: &EntityUid) -> bool {
        self.actions.is_empty() || self.actions.contains(action)
    }
}

/// Reads a document.
pub(crate) fn read(
    document: &PolicyDocument,
    validator: &Validator,
    registered: &Registered<'_>,
) -> Result<Vec<ReadPolicy>, Vec<PolicyError>> {
    let source = Source(document);
    source.check_size().map_err(|error| vec![error])?;
    let set = CedarSet::from_str(&document.cedar).map_err(|errors| {
        errors
            .iter()
            .map(|error| source.diagnosed(error))
            .collect::<Vec<_>>()
    })?;
    if let Some(template) = set.templates().next() {
        let slot = if template
            .slots()
            .any(|slot| slot.to_string() == "?principal")
        {
            "?principal"
        } else {
            "?resource"
        };
        return Err(vec![source.at(
            source.find(slot),
            "templates are not used here",
            Some("name the entity in place of the slot"),
        )]);
    }
    if set.is_empty() {
        return Err(vec![PolicyError::Empty {
            policy: document.id.clone(),
        }]);
    }
    let mut errors = Vec::new();
    let mut policies: Vec<&Policy> = set.policies().collect();
    policies.sort_by_key(|policy| ordinal(policy.id()));
    let mut read = Vec::with_capacity(policies.len());
    for policy in policies {
        errors.extend(source.unknown_names(policy, registered));
        errors.extend(source.unreported(policy, registered));
        match source.read_policy(policy) {
            Ok(policy) => read.push(policy),
            Err(error) => errors.push(error),
        }
    }
    // Cedar says the same once for each action, and says less than we do where both find fault with one place.
    let report = validator.validate(&set, ValidationMode::Strict);
    let mut of_cedar: Vec<PolicyError> = report
        .validation_errors()
        .map(|error| source.diagnosed(error))
        .collect();
    of_cedar.sort_by_key(ToString::to_string);
    errors.extend(of_cedar);
    errors.sort_by_key(PolicyError::position);
    errors.dedup_by_key(|error| error.position());
    if errors.is_empty() {
        Ok(read)
    } else {
        Err(errors)
    }
}

/// How deep the expression of a policy is: an operator is an object in an object. Its clauses are joined to one expression.
fn levels(policy: &Value) -> usize {
    let clauses = policy.get("conditions").and_then(Value::as_array);
    let clauses = clauses.map_or(0, Vec::len);
    let mut deepest = 0;
    let mut waiting = vec![(policy, 0)];
    while let Some((value, depth)) = waiting.pop() {
        deepest = deepest.max(depth);
        match value {
            Value::Array(items) => waiting.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(members) => {
                waiting.extend(members.values().map(|item| (item, depth + 1)));
            }
            _ => {}
        }
    }
    deepest / 2 + clauses
}

/// Cedar numbers the policies of one text `policy0`, `policy1` and so on.
fn ordinal(id: &CedarId) -> usize {
    id.to_string()
        .trim_start_matches("policy")
        .parse()
        .unwrap_or(usize::MAX)
}

/// What of a text there is too much of, and how much is allowed.
pub(crate) fn too_large(cedar: &str) -> Option<(&'static str, usize)> {
    let text = cedar.as_bytes();
    if text.len() > MAX_BYTES {
        return Some(("bytes", MAX_BYTES));
    }
    let operators = text.iter().filter(|byte| b"&|+-*.!".contains(byte)).count();
    if operators > MAX_OPERATORS {
        return Some(("operators", MAX_OPERATORS));
    }
    // An `if` needs no brackets to nest.
    let words = cedar.split(|c: char| !c.is_alphanumeric());
    if words.filter(|word| *word == "if").count() > MAX_DEPTH {
        return Some(("`if`s", MAX_DEPTH));
    }
    // INVARIANT: everything after this walks the text by recursion; brackets in texts are counted too, on the safe
    // side, and a closing one never takes back more than was opened.
    let (mut depth, mut deepest) = (0usize, 0usize);
    for byte in text {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    (deepest > MAX_DEPTH).then_some(("nested brackets", MAX_DEPTH))
}

/// A document whose places errors point at.
struct Source<'a>(&'a PolicyDocument);

impl Source<'_> {
    fn check_size(&self) -> Result<(), PolicyError> {
        match too_large(&self.0.cedar) {
            None => Ok(()),
            Some((what, max)) => Err(PolicyError::TooLarge {
                policy: self.0.id.clone(),
                what,
                max,
            }),
        }
    }

    fn read_policy(&self, policy: &Policy) -> Result<ReadPolicy, PolicyError> {
        let json = policy
            .to_json()
            .map_err(|error| self.at(0, &error.to_string(), None))?;
        if levels(&json) > MAX_LEVELS {
            return Err(PolicyError::TooLarge {
                policy: self.0.id.clone(),
                what: "operators in a row",
                max: MAX_LEVELS,
            });
        }
        let shape = shape::inspect(&json)
            .map_err(|wrong| self.at(self.find(wrong.near), wrong.problem, Some(wrong.instead)))?;
        let actions = match policy.action_constraint() {
            ActionConstraint::Any => Vec::new(),
            ActionConstraint::Eq(action) => vec![action],
            ActionConstraint::In(actions) => actions,
        };
        let obliges = self.obliges(policy, &actions, &shape)?;
        Ok(ReadPolicy {
            document: self.0.id.clone(),
            effect: policy.effect(),
            obliges,
            app: match policy.resource_constraint() {
                ResourceConstraint::Eq(app) => AppId::new(app.id().unescaped()).ok(),
                _ => None,
            },
            actions,
            reads_action: shape.reads_action,
            ages: shape.ages,
            versions: shape.versions,
            people: crate::compile::people(policy),
            policy: policy.clone(),
            json,
        })
    }

    /// What the policy asks for, if it does so in one of the ways there are.
    fn obliges(
        &self,
        policy: &Policy,
        actions: &[EntityUid],
        shape: &shape::Shape,
    ) -> Result<Option<Obliges>, PolicyError> {
        let annotation = policy.annotation("obligation");
        let is_unobliged = |action: &EntityUid| action.id().unescaped() == UNOBLIGED;
        let wrong = |near: &str, problem: &str, instead: &str| {
            Err(self.at(self.find(near), problem, Some(instead)))
        };
        let Some(annotation) = annotation else {
            return if actions.iter().any(is_unobliged) {
                wrong(
                    UNOBLIGED,
                    "to forbid `unobliged` is to ask for something, and nothing is asked for",
                    "write `@obligation(\"watermark\")` or `@obligation(\"warn\")` before the policy",
                )
            } else {
                Ok(None)
            };
        };
        let obliges = Obliges::ALL.into_iter().find(|o| o.as_str() == annotation);
        let is_apart = matches!(actions, [action] if is_unobliged(action));
        let is_of_all = actions.is_empty()
            || actions
                .iter()
                .any(|action| action.id().unescaped() == Capability::Connect.as_str());
        match obliges {
            None => wrong(
                "@obligation",
                &format!("there is no obligation `{annotation}`"),
                "write one of `watermark`, `warn`, `reauthenticate`",
            ),
            Some(_) if policy.effect() != Effect::Forbid => wrong(
                "@obligation",
                "only a `forbid` can ask for something",
                "write a policy of its own for it",
            ),
            Some(_) if shape.reads_action == ReadsAction::Yes => wrong(
                "@obligation",
                "a policy that asks for something cannot look at the action",
                "take `action` out of its conditions",
            ),
            Some(Obliges::Watermark | Obliges::Warn) if !is_apart => wrong(
                "@obligation",
                "this would forbid as well as ask",
                "write `action == Action::\"unobliged\"`",
            ),
            Some(Obliges::Reauthenticate) if !is_of_all || shape.ages.is_empty() => wrong(
                "@obligation",
                "this does not end by the age of the last proof",
                "forbid `connect` unless `context.session.age` is at most so many seconds",
            ),
            obliges => Ok(obliges),
        }
    }

    /// A rung that no ladder has, or an application that nobody registered, would make a condition silently false.
    fn unknown_names(&self, policy: &Policy, registered: &Registered<'_>) -> Vec<PolicyError> {
        let mut errors = Vec::new();
        for literal in policy.entity_literals() {
            let (kind, id) = (literal.type_name().to_string(), literal.id().unescaped());
            let rungs = LADDERS.iter().find(|(name, _)| *name == kind);
            let offset = self.find(&literal.to_string());
            if let Some((_, rungs)) = rungs
                && !rungs.contains(&id)
            {
                let instead = format!("write one of `{}`", rungs.join("`, `"));
                errors.push(self.at(
                    offset,
                    &format!("there is no {kind} `{id}`"),
                    Some(&instead),
                ));
            }
            if let Some((problem, instead)) = registered.problem(&kind, id) {
                errors.push(self.at(offset, &problem, Some(&instead)));
            }
            if kind == "Action"
                && id != UNOBLIGED
                && !Capability::ALL.iter().any(|c| c.as_str() == id)
            {
                // The strict validator says the same; this one can name what there is.
                let names = Capability::ALL.map(Capability::as_str).join("`, `");
                let instead = format!("write one of `{names}`");
                errors.push(self.at(
                    offset,
                    &format!("there is no action `{id}`"),
                    Some(&instead),
                ));
            }
        }
        errors
    }

    /// What nothing reports reads the same for everybody: a policy that asks for it says nothing, and must not look as if it
    /// did.
    fn unreported(&self, policy: &Policy, registered: &Registered<'_>) -> Vec<PolicyError> {
        let mut paths = BTreeSet::new();
        if let Ok(json) = policy.to_json() {
            collect_paths(&json, &mut paths);
        }
        let unreported = &registered.register.unreported;
        unreported
            .iter()
            .filter(|path| paths.contains(**path))
            .map(|path| {
                let problem = format!("nothing reports `{path}` yet");
                self.at(
                    self.find(path),
                    &problem,
                    Some("leave this condition out for now"),
                )
            })
            .collect()
    }

    fn diagnosed(&self, error: &(impl Diagnostic + std::fmt::Display)) -> PolicyError {
        let label = error.labels().and_then(|mut labels| labels.next());
        let offset = label.as_ref().map_or(0, |label| label.offset());
        let expected = label.as_ref().and_then(|label| label.label());
        let instead = error
            .help()
            .map(|help| help.to_string())
            .or_else(|| expected.map(str::to_owned));
        let problem = plain(&error.to_string());
        // Which near name Cedar proposes here hangs on the order of a hash table.
        let instead = if problem.starts_with("unrecognized entity type") {
            let types = TYPES.iter().filter(|name| **name != NOTHING);
            let types: Vec<String> = types.map(|name| format!("`{name}`")).collect();
            Some(format!("write one of {}", types.join(", ")))
        } else {
            instead
        };
        self.at(offset, &problem, instead.as_deref())
    }

    fn find(&self, text: &str) -> usize {
        self.0.cedar.find(text).unwrap_or_default()
    }

    fn at(&self, offset: usize, problem: &str, instead: Option<&str>) -> PolicyError {
        let before = self.0.cedar.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        PolicyError::At {
            policy: self.0.id.clone(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            problem: problem.to_owned(),
            instead: instead.map(str::to_owned),
        }
    }
}

fn collect_paths(value: &Value, paths: &mut BTreeSet<String>) {
    if let Some(path) = crate::expression::path(value) {
        paths.insert(path.join("."));
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_paths(item, paths)),
        Value::Object(members) => members.values().for_each(|item| collect_paths(item, paths)),
        _ => {}
    }
}

/// Cedar's message without its own numbering of policies, and without the one action of nine that it happened to try.
fn plain(problem: &str) -> String {
    let problem = match problem
        .split_once("`: ")
        .or_else(|| problem.split_once("`, "))
    {
        Some((start, rest)) if start.starts_with("for policy `") => rest,
        _ => problem,
    };
    match problem.split_once(" for Action::\"") {
        Some((start, rest)) => {
            let rest = rest.split_once('"').map_or("", |(_, rest)| rest);
            format!("{start}{rest}")
        }
        None => problem.to_owned(),
    }
}
