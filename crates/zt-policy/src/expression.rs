//! A Cedar policy as a disjunction of conjunctions of literals, or the knowledge that it is none.
//!
//! Read from Cedar's own JSON form, after the strict validator agreed. What is read is only what has exactly one meaning
//! here; everything else is left to Cedar itself. So a mistake of omission costs time, never an answer.

use crate::atom::Atom;
use crate::numbering::{Member, Numbering};
use serde_json::Value;
use std::str::FromStr;
use zt_types::{
    Answer, AppGroupId, AppId, Assurance, CalendarId, Capability, ClientKind, Country, FactKind,
    GroupId, Level, NetworkId, Os, PersonId, PostureItem, Role, Sensitivity, TermsId,
};

/// More conjunctions than this, and Cedar answers instead.
const MAX_CONJUNCTIONS: usize = 64;
/// An `if` on a condition of more leaves than this, and Cedar answers instead.
const MAX_CONDITION: usize = 256;

/// An atom or a membership, or the opposite of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Literal {
    pub(crate) question: Question,
    pub(crate) holds: bool,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Question {
    Atom(Atom),
    /// Whether the person is a member, by number.
    Member(u32),
}

/// Literals that must all hold; ascending, each once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Conjunction(pub(crate) Vec<Literal>);

impl Conjunction {
    /// The same where `is` answers what is settled beforehand; `None` if it can never hold there.
    pub(crate) fn settled(&self, is: impl Fn(Atom) -> Option<bool>) -> Option<Self> {
        let mut open = Vec::new();
        for literal in &self.0 {
            let truth = match literal.question {
                Question::Atom(atom) => is(atom),
                Question::Member(_) => None,
            };
            match truth {
                None => open.push(*literal),
                Some(truth) if truth == literal.holds => {}
                Some(_) => return None,
            }
        }
        Some(Self(open))
    }
}

/// What cannot be put into this form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotCompilable;

/// A condition before it is a disjunction; negations are at the leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expression {
    Always(bool),
    Is(Literal),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

impl Expression {
    fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Always(true) => {}
                Self::Always(false) => return Self::Always(false),
                part => kept.push(part),
            }
        }
        match kept.len() {
            0 => Self::Always(true),
            1 => kept.swap_remove(0),
            _ => Self::All(kept),
        }
    }

    fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Always(false) => {}
                Self::Always(true) => return Self::Always(true),
                part => kept.push(part),
            }
        }
        match kept.len() {
            0 => Self::Always(false),
            1 => kept.swap_remove(0),
            _ => Self::Any(kept),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Always(_) | Self::Is(_) => 1,
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::size).sum(),
        }
    }

    fn not(self) -> Self {
        match self {
            Self::Always(truth) => Self::Always(!truth),
            Self::Is(literal) => Self::Is(Literal {
                holds: !literal.holds,
                ..literal
            }),
            Self::All(parts) => Self::any(parts.into_iter().map(Self::not)),
            Self::Any(parts) => Self::all(parts.into_iter().map(Self::not)),
        }
    }

    fn conjunctions(self) -> Result<Vec<Vec<Literal>>, NotCompilable> {
        let mut conjunctions = match self {
            Self::Always(true) => vec![vec![]],
            Self::Always(false) => vec![],
            Self::Is(literal) => vec![vec![literal]],
            Self::Any(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(part.conjunctions()?);
                    if all.len() > MAX_CONJUNCTIONS {
                        return Err(NotCompilable);
                    }
                }
                all
            }
            Self::All(parts) => {
                let mut all: Vec<Vec<Literal>> = vec![vec![]];
                for part in parts {
                    let part = part.conjunctions()?;
                    if all.len().saturating_mul(part.len()) > MAX_CONJUNCTIONS {
                        return Err(NotCompilable);
                    }
                    all = all
                        .iter()
                        .flat_map(|left| part.iter().map(|right| [&left[..], right].concat()))
                        .collect();
                }
                all
            }
        };
        for conjunction in &mut conjunctions {
            conjunction.sort_unstable();
            conjunction.dedup();
        }
        Ok(conjunctions)
    }
}

/// What is needed to read a policy.
pub(crate) struct Reader<'a> {
    pub(crate) numbering: &'a Numbering,
    /// The place of an application in the register.
    pub(crate) app: &'a dyn Fn(&AppId) -> Option<u32>,
    /// The number of a group of applications.
    pub(crate) app_group: &'a dyn Fn(&AppGroupId) -> Option<u32>,
    /// What is done: a policy is read for one action at a time.
    pub(crate) action: Capability,
}

/// An entity in Cedar's JSON form.
struct Entity<'a> {
    kind: &'a str,
    id: &'a str,
}

impl Reader<'_> {
    /// When the policy applies to this action: any of these.
    pub(crate) fn read(&self, policy: &Value) -> Result<Vec<Conjunction>, NotCompilable> {
        let mut parts = vec![
            self.scope(policy, "principal")?,
            self.scope(policy, "action")?,
            self.scope(policy, "resource")?,
        ];
        let conditions = policy.get("conditions").and_then(Value::as_array);
        for condition in conditions.into_iter().flatten() {
            let body = self.condition(condition.get("body").ok_or(NotCompilable)?)?;
            parts.push(match condition.get("kind").and_then(Value::as_str) {
                Some("when") => body,
                Some("unless") => body.not(),
                _ => return Err(NotCompilable),
            });
        }
        let mut conjunctions: Vec<Conjunction> = Expression::all(parts)
            .conjunctions()?
            .into_iter()
            .filter(|literals| !contradicts(literals))
            .map(Conjunction)
            .collect();
        conjunctions.sort_unstable();
        conjunctions.dedup();
        Ok(conjunctions)
    }

    fn scope(&self, policy: &Value, variable: &str) -> Result<Expression, NotCompilable> {
        let scope = policy.get(variable).ok_or(NotCompilable)?;
        let entities = || -> Result<Vec<Entity<'_>>, NotCompilable> {
            if let Some(one) = scope.get("entity") {
                return Ok(vec![plain_entity(one)?]);
            }
            let many = scope.get("entities").and_then(Value::as_array);
            many.ok_or(NotCompilable)?
                .iter()
                .map(plain_entity)
                .collect()
        };
        match scope.get("op").and_then(Value::as_str) {
            Some("All") => Ok(Expression::Always(true)),
            Some("==") => self.any_of(entities()?, |entity| self.equals(&[variable], entity)),
            Some("in") => self.any_of(entities()?, |entity| self.within(&[variable], entity)),
            Some("is") => {
                let fits = matches!(
                    (variable, scope.get("entity_type").and_then(Value::as_str)),
                    ("principal", Some("Person")) | ("resource", Some("Application"))
                );
                match scope.get("in").and_then(|within| within.get("entity")) {
                    _ if !fits => Ok(Expression::Always(false)),
                    None => Ok(Expression::Always(true)),
                    Some(entity) => self.within(&[variable], &plain_entity(entity)?),
                }
            }
            _ => Err(NotCompilable),
        }
    }

    fn any_of(
        &self,
        entities: Vec<Entity<'_>>,
        read: impl Fn(&Entity<'_>) -> Result<Expression, NotCompilable>,
    ) -> Result<Expression, NotCompilable> {
        let parts: Result<Vec<_>, _> = entities.iter().map(read).collect();
        Ok(Expression::any(parts?))
    }

    fn condition(&self, body: &Value) -> Result<Expression, NotCompilable> {
        let (operator, arguments) = single(body).ok_or(NotCompilable)?;
        let argument = |name: &str| arguments.get(name).ok_or(NotCompilable);
        match operator {
            "Value" => arguments
                .as_bool()
                .map(Expression::Always)
                .ok_or(NotCompilable),
            "&&" => Ok(Expression::all([
                self.condition(argument("left")?)?,
                self.condition(argument("right")?)?,
            ])),
            "||" => Ok(Expression::any([
                self.condition(argument("left")?)?,
                self.condition(argument("right")?)?,
            ])),
            "!" => Ok(self.condition(argument("arg")?)?.not()),
            "if-then-else" => {
                let condition = self.condition(argument("if")?)?;
                // It is written down twice, and so may be what is inside it: that must not go on doubling.
                if condition.size() > MAX_CONDITION {
                    return Err(NotCompilable);
                }
                let then = self.condition(argument("then")?)?;
                let otherwise = self.condition(argument("else")?)?;
                Ok(Expression::any([
                    Expression::all([condition.clone(), then]),
                    Expression::all([condition.not(), otherwise]),
                ]))
            }
            "." => self.flag(&path(body).ok_or(NotCompilable)?),
            "is" => {
                let path = path(argument("left")?).ok_or(NotCompilable)?;
                let kind = arguments.get("entity_type").and_then(Value::as_str);
                match (&path[..], kind, arguments.get("in")) {
                    (["principal"], Some("Person"), None)
                    | (["resource"], Some("Application"), None) => Ok(Expression::Always(true)),
                    _ => Err(NotCompilable),
                }
            }
            "==" | "!=" => {
                let equal = self.equality(argument("left")?, argument("right")?)?;
                Ok(if operator == "==" { equal } else { equal.not() })
            }
            "in" => self.membership(argument("left")?, argument("right")?),
            "contains" | "containsAny" | "containsAll" => {
                self.holding(operator, argument("left")?, argument("right")?)
            }
            "<" | "<=" | ">" | ">=" => {
                self.comparison(operator, argument("left")?, argument("right")?)
            }
            _ => Err(NotCompilable),
        }
    }

    /// Something that is true or false by itself.
    fn flag(&self, path: &[&str]) -> Result<Expression, NotCompilable> {
        Ok(is(match path {
            ["principal", "guest"] => Atom::Guest,
            ["principal", "reset_due"] => Atom::ResetDue,
            ["resource", "everyone"] => Atom::Everyone,
            ["context", "device", "enrolled"] => Atom::Enrolled,
            ["context", "device", "proven"] => Atom::Proven,
            ["context", "device", "company_owned"] => Atom::CompanyOwned,
            ["context", "network", "anonymiser"] => Atom::Anonymiser,
            _ => return Err(NotCompilable),
        }))
    }

    fn equality(&self, left: &Value, right: &Value) -> Result<Expression, NotCompilable> {
        match (path(left), entity(left), path(right), entity(right)) {
            (Some(path), _, _, Some(entity)) | (_, Some(entity), Some(path), _) => {
                self.equals(&path, &entity)
            }
            _ => Err(NotCompilable),
        }
    }

    fn equals(&self, path: &[&str], entity: &Entity<'_>) -> Result<Expression, NotCompilable> {
        match (path, entity.kind) {
            (["principal"], "Person") => self.member(entity),
            (["principal", "role"], "Role") => known(
                Role::ALL
                    .into_iter()
                    .find(|role| role.as_str() == entity.id),
                Atom::Role,
            ),
            (["resource"], "Application") => self.app(entity),
            (["action"], "Action") => Ok(Expression::Always(self.action.as_str() == entity.id)),
            (["context", "device", "os"], "Os") => known(Os::from_slug(entity.id), Atom::Os),
            (["context", "client", "kind"], "Client") => {
                known(ClientKind::from_slug(entity.id), Atom::Client)
            }
            (["context", "network", "country"], "Country") => country(entity),
            _ => Err(NotCompilable),
        }
    }

    /// `left in right`: at least, for a ladder; a member, for a group.
    fn membership(&self, left: &Value, right: &Value) -> Result<Expression, NotCompilable> {
        let left = path(left).ok_or(NotCompilable)?;
        if let Some(right) = path(right) {
            return match (&left[..], &right[..]) {
                (["principal"], ["resource", "groups"]) => Ok(is(Atom::Entitled)),
                _ => Err(NotCompilable),
            };
        }
        if let Some(entity) = entity(right) {
            return self.within(&left, &entity);
        }
        self.any_of(entities(right)?, |entity| self.within(&left, entity))
    }

    fn within(&self, path: &[&str], entity: &Entity<'_>) -> Result<Expression, NotCompilable> {
        let level = || rung(&Level::ALL, Level::as_str, entity);
        let (kind, atom) = match path {
            ["principal"] if entity.kind == "Group" => return self.member(entity),
            ["resource"] if entity.kind == "AppGroup" => {
                let group = AppGroupId::new(entity.id).map_err(|_| NotCompilable)?;
                return known((self.app_group)(&group), Atom::AppGroup);
            }
            // An entity is in itself.
            ["principal"] | ["resource"] | ["action"] => return self.equals(path, entity),
            ["principal", "trust"] => ("TrustLevel", Atom::PersonTrust(level()?)),
            ["context", "device", "trust"] => ("TrustLevel", Atom::DeviceTrust(level()?)),
            ["context", "session", "assurance"] => (
                "Assurance",
                Atom::Assurance(rung(&Assurance::ALL, Assurance::as_str, entity)?),
            ),
            ["resource", "sensitivity"] => (
                "Sensitivity",
                Atom::Sensitivity(rung(&Sensitivity::ALL, Sensitivity::as_str, entity)?),
            ),
            ["context", "device", item] => {
                let item = PostureItem::ALL
                    .iter()
                    .find(|known| known.as_str().replace('-', "_") == **item);
                let answer = rung(&Answer::ALL, Answer::as_str, entity)?;
                ("Answer", Atom::Posture(*item.ok_or(NotCompilable)?, answer))
            }
            _ => return Err(NotCompilable),
        };
        if entity.kind == kind {
            Ok(is(atom))
        } else {
            Err(NotCompilable)
        }
    }

    /// `left.contains(right)` and its like.
    fn holding(
        &self,
        operator: &str,
        left: &Value,
        right: &Value,
    ) -> Result<Expression, NotCompilable> {
        // `[…].contains(context.network.country)`: a list that is written out.
        if operator == "contains"
            && let (Ok(list), Some(path)) = (entities(left), path(right))
        {
            return self.any_of(list, |entity| self.equals(&path, entity));
        }
        let path = path(left).ok_or(NotCompilable)?;
        let wanted = match operator {
            "contains" => vec![entity(right).ok_or(NotCompilable)?],
            _ => entities(right)?,
        };
        let parts: Result<Vec<_>, _> = wanted
            .iter()
            .map(|entity| self.element(&path, entity))
            .collect();
        Ok(match operator {
            "containsAll" => Expression::all(parts?),
            _ => Expression::any(parts?),
        })
    }

    fn element(&self, path: &[&str], entity: &Entity<'_>) -> Result<Expression, NotCompilable> {
        let fact = || {
            FactKind::ALL
                .into_iter()
                .find(|kind| kind.as_str() == entity.id)
        };
        match (path, entity.kind) {
            (["principal", "facts"], "Fact") => known(fact(), Atom::PersonFact),
            (["context", "device", "facts"], "Fact") => known(fact(), Atom::DeviceFact),
            (["principal", "terms"], "Terms") => {
                let terms = TermsId::new(entity.id).map_err(|_| NotCompilable)?;
                known(self.numbering.terms.number(&terms), Atom::Terms)
            }
            (["context", "network", "names"], "Network") => {
                let network = NetworkId::new(entity.id).map_err(|_| NotCompilable)?;
                known(self.numbering.networks.number(&network), Atom::Network)
            }
            (["context", "calendars"], "Calendar") => {
                let calendar = CalendarId::new(entity.id).map_err(|_| NotCompilable)?;
                known(self.numbering.calendars.number(&calendar), Atom::Calendar)
            }
            _ => Err(NotCompilable),
        }
    }

    fn comparison(
        &self,
        operator: &str,
        left: &Value,
        right: &Value,
    ) -> Result<Expression, NotCompilable> {
        let (path, operator, bound) = match (path(left), long(right), long(left), path(right)) {
            (Some(path), Some(bound), ..) => (path, operator, bound),
            (_, _, Some(bound), Some(path)) => {
                let turned = match operator {
                    "<" => ">",
                    "<=" => ">=",
                    ">" => "<",
                    _ => "<=",
                };
                (path, turned, bound)
            }
            _ => return Err(NotCompilable),
        };
        let at_least: fn(i64) -> Atom = match &path[..] {
            ["context", "device", "os_version"] => Atom::OsVersion,
            ["context", "device", "antivirus_version"] => Atom::AntivirusVersion,
            ["context", "client", "version"] => Atom::ClientVersion,
            ["context", "session", "age"] => {
                let before = bound.checked_sub(1).ok_or(NotCompilable)?;
                return Ok(match operator {
                    "<=" => is(Atom::Age(bound)),
                    "<" => is(Atom::Age(before)),
                    ">" => is(Atom::Age(bound)).not(),
                    _ => is(Atom::Age(before)).not(),
                });
            }
            _ => return Err(NotCompilable),
        };
        let after = bound.checked_add(1).ok_or(NotCompilable)?;
        Ok(match operator {
            ">=" => is(at_least(bound)),
            ">" => is(at_least(after)),
            "<" => is(at_least(bound)).not(),
            _ => is(at_least(after)).not(),
        })
    }

    fn member(&self, entity: &Entity<'_>) -> Result<Expression, NotCompilable> {
        let member = match entity.kind {
            "Group" => GroupId::new(entity.id).map(Member::Group),
            _ => PersonId::from_str(entity.id).map(Member::Person),
        };
        let number = member
            .ok()
            .and_then(|member| self.numbering.members.number(&member))
            .ok_or(NotCompilable)?;
        Ok(Expression::Is(Literal {
            question: Question::Member(number),
            holds: true,
        }))
    }

    fn app(&self, entity: &Entity<'_>) -> Result<Expression, NotCompilable> {
        let app = AppId::new(entity.id).map_err(|_| NotCompilable)?;
        known((self.app)(&app), Atom::App)
    }
}

/// A conjunction that asks for a thing and its opposite never holds.
fn contradicts(literals: &[Literal]) -> bool {
    literals
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a.question == b.question && a.holds != b.holds))
}

fn is(atom: Atom) -> Expression {
    Expression::Is(Literal {
        question: Question::Atom(atom),
        holds: true,
    })
}

fn known<T>(value: Option<T>, atom: impl Fn(T) -> Atom) -> Result<Expression, NotCompilable> {
    value.map(|value| is(atom(value))).ok_or(NotCompilable)
}

fn rung<T: Copy>(
    rungs: &[T],
    name: impl Fn(T) -> &'static str,
    entity: &Entity<'_>,
) -> Result<T, NotCompilable> {
    let found = rungs.iter().copied().find(|rung| name(*rung) == entity.id);
    found.ok_or(NotCompilable)
}

fn country(entity: &Entity<'_>) -> Result<Expression, NotCompilable> {
    let country = match entity.id {
        "unknown" => None,
        code => Some(Country::from_str(code).map_err(|_| NotCompilable)?),
    };
    Ok(is(Atom::Country(country)))
}

/// The names of a chain such as `context.device.trust`; `None` if it does not begin with a variable.
pub(crate) fn path(expression: &Value) -> Option<Vec<&str>> {
    let (operator, arguments) = single(expression)?;
    match operator {
        "Var" => Some(vec![arguments.as_str()?]),
        "." => {
            let mut path = path(arguments.get("left")?)?;
            path.push(arguments.get("attr")?.as_str()?);
            Some(path)
        }
        _ => None,
    }
}

/// Whether an attribute is named anywhere in it, of whatever record.
pub(crate) fn names(expression: &Value, attribute: &str) -> bool {
    match expression {
        Value::Array(items) => items.iter().any(|item| names(item, attribute)),
        Value::Object(members) => {
            members.get("attr").and_then(Value::as_str) == Some(attribute)
                || members.values().any(|member| names(member, attribute))
        }
        _ => false,
    }
}

/// The operator and its arguments, if this is an expression.
pub(crate) fn single(expression: &Value) -> Option<(&str, &Value)> {
    let members = expression.as_object()?;
    let (operator, arguments) = members.iter().next()?;
    (members.len() == 1).then_some((operator.as_str(), arguments))
}

pub(crate) fn long(expression: &Value) -> Option<i64> {
    match single(expression)? {
        ("Value", value) => value.as_i64(),
        ("neg", arguments) => long(arguments.get("arg")?)?.checked_neg(),
        _ => None,
    }
}

fn entity(expression: &Value) -> Option<Entity<'_>> {
    match single(expression)? {
        ("Value", value) => plain_entity(value.get("__entity")?).ok(),
        _ => None,
    }
}

fn entities(expression: &Value) -> Result<Vec<Entity<'_>>, NotCompilable> {
    match single(expression) {
        Some(("Set", list)) => {
            let items = list.as_array().ok_or(NotCompilable)?;
            items
                .iter()
                .map(|item| entity(item).ok_or(NotCompilable))
                .collect()
        }
        Some(("Value", value)) => {
            let items = value.as_array().ok_or(NotCompilable)?;
            items
                .iter()
                .map(|item| plain_entity(item.get("__entity").ok_or(NotCompilable)?))
                .collect()
        }
        _ => Err(NotCompilable),
    }
}

fn plain_entity(value: &Value) -> Result<Entity<'_>, NotCompilable> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).ok_or(NotCompilable);
    Ok(Entity {
        kind: text("type")?,
        id: text("id")?,
    })
}
