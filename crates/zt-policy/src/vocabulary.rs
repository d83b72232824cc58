//! Our words in Cedar: the schema, and how values become entities.

use crate::facts::Facts;
use crate::hours::Hours;
use crate::numbering::{Member, Numbering};
use crate::{Application, PolicyError};
use cedar_policy::{
    Context, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression, Schema,
};
use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use zt_types::{
    Affiliation, Answer, Capability, FactKind, GroupId, Ownership, PasswordState, PostureItem,
};

/// The schema's text. Part of every [`crate::PolicyVersion`].
pub const SCHEMA: &str = include_str!("../policies/schema.cedarschema");

/// The schema and the names of its types, parsed once per compilation.
#[derive(Debug, Clone)]
pub(crate) struct Vocabulary {
    pub(crate) schema: Schema,
    names: HashMap<&'static str, EntityTypeName>,
    /// For a name that is not in `names`: there is none such, so it never shows.
    nothing: EntityTypeName,
}

/// The type of what there is none of.
pub(crate) const NOTHING: &str = "Nothing";

/// Every entity type of the schema, and [`NOTHING`].
pub(crate) const TYPES: [&str; 18] = [
    "TrustLevel",
    "Assurance",
    "Sensitivity",
    "Answer",
    "Role",
    "Fact",
    "Os",
    "Client",
    "Group",
    "AppGroup",
    "Network",
    "Calendar",
    "Terms",
    "Country",
    "Person",
    "Application",
    "Action",
    NOTHING,
];

/// The rungs of each ladder, lowest first.
pub(crate) const LADDERS: [(&str, &[&str]); 4] = [
    ("TrustLevel", &["low", "medium", "high"]),
    (
        "Assurance",
        &["password", "mfa", "phishing-resistant", "hardware"],
    ),
    (
        "Sensitivity",
        &["public", "internal", "confidential", "restricted"],
    ),
    ("Answer", &["no", "unknown", "yes"]),
];

impl Vocabulary {
    pub(crate) fn new() -> Result<Self, PolicyError> {
        let name = |text: &str| {
            EntityTypeName::from_str(text).map_err(|error| PolicyError::Schema(error.to_string()))
        };
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA)
            .map_err(|error| PolicyError::Schema(error.to_string()))?;
        let mut names = HashMap::new();
        for kind in TYPES {
            names.insert(kind, name(kind)?);
        }
        Ok(Self {
            schema,
            names,
            nothing: name("Nothing")?,
        })
    }

    fn uid(&self, kind: &str, id: &str) -> EntityUid {
        let name = self.names.get(kind).unwrap_or(&self.nothing).clone();
        EntityUid::from_type_name_and_id(name, EntityId::new(id))
    }

    pub(crate) fn application(&self, id: &str) -> EntityUid {
        self.uid("Application", id)
    }

    pub(crate) fn action(&self, capability: Capability) -> EntityUid {
        self.uid("Action", capability.as_str())
    }

    /// The action that grants nothing.
    pub(crate) fn unobliged(&self) -> EntityUid {
        self.uid("Action", crate::obliging::UNOBLIGED)
    }

    fn group(&self, group: &GroupId) -> EntityUid {
        self.uid("Group", group.as_str())
    }

    fn reference(&self, kind: &str, id: &str) -> RestrictedExpression {
        RestrictedExpression::new_entity_uid(self.uid(kind, id))
    }

    /// Every rung with all rungs below it.
    pub(crate) fn ladder_entities(&self) -> Vec<Entity> {
        let mut entities = Vec::new();
        for (kind, rungs) in LADDERS {
            let mut below = HashSet::new();
            for rung in rungs {
                let uid = self.uid(kind, rung);
                entities.push(Entity::new_no_attrs(uid.clone(), below.clone()));
                below.insert(uid);
            }
        }
        entities
    }

    /// The application, and the groups it is in.
    pub(crate) fn application_entities(
        &self,
        app: &Application,
    ) -> Result<Vec<Entity>, PolicyError> {
        let groups = app.groups.iter().map(|group| self.group(group));
        let groups =
            RestrictedExpression::new_set(groups.map(RestrictedExpression::new_entity_uid));
        let attributes = HashMap::from([
            (
                "sensitivity".to_owned(),
                self.reference("Sensitivity", app.sensitivity.as_str()),
            ),
            (
                "everyone".to_owned(),
                RestrictedExpression::new_bool(app.groups.is_empty()),
            ),
            ("groups".to_owned(), groups),
        ]);
        let within: HashSet<EntityUid> = app
            .app_groups
            .iter()
            .map(|group| self.uid("AppGroup", group.as_str()))
            .collect();
        let mut entities: Vec<Entity> = within
            .iter()
            .map(|uid| Entity::new_no_attrs(uid.clone(), HashSet::new()))
            .collect();
        entities.push(
            Entity::new(self.application(app.id.as_str()), attributes, within)
                .map_err(|error| PolicyError::Schema(error.to_string()))?,
        );
        Ok(entities)
    }

    /// The person, and the groups she is in. `None` cannot happen with constant attributes; the caller refuses.
    pub(crate) fn person_entities(
        &self,
        facts: &Facts,
        numbering: &Numbering,
    ) -> Option<(Entity, Vec<Entity>)> {
        let groups: HashSet<EntityUid> = facts
            .members
            .numbers
            .iter()
            .filter_map(|number| match numbering.members.name(*number)? {
                Member::Group(group) => Some(self.group(group)),
                Member::Person(_) => None,
            })
            .collect();
        let ancestors = groups
            .iter()
            .map(|uid| Entity::new_no_attrs(uid.clone(), HashSet::new()))
            .collect();
        let terms = facts.terms.iter().filter_map(|terms| {
            Some(self.reference("Terms", numbering.terms.name(terms)?.as_str()))
        });
        let flag = RestrictedExpression::new_bool;
        let attributes = [
            ("role", self.reference("Role", facts.role.as_str())),
            ("guest", flag(facts.affiliation == Affiliation::Guest)),
            (
                "trust",
                self.reference("TrustLevel", facts.person_trust.as_str()),
            ),
            ("facts", self.open(|kind| facts.person_facts.contains(kind))),
            ("reset_due", flag(facts.password == PasswordState::ResetDue)),
            ("terms", RestrictedExpression::new_set(terms)),
        ];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value));
        let uid = self.uid("Person", &facts.person.to_string());
        let person = Entity::new(uid, HashMap::from(attributes), groups).ok()?;
        Some((person, ancestors))
    }

    fn open(&self, is_open: impl Fn(FactKind) -> bool) -> RestrictedExpression {
        let open = FactKind::ALL.into_iter().filter(|kind| is_open(*kind));
        RestrictedExpression::new_set(open.map(|kind| self.reference("Fact", kind.as_str())))
    }

    /// `None` cannot happen with constant values; the caller refuses.
    pub(crate) fn context(
        &self,
        facts: &Facts,
        hours: &Hours,
        numbering: &Numbering,
    ) -> Option<Context> {
        let flag = RestrictedExpression::new_bool;
        let number = RestrictedExpression::new_long;
        let mut device = vec![
            ("enrolled".to_owned(), flag(facts.enrolled)),
            ("proven".to_owned(), flag(facts.proven)),
            (
                "company_owned".to_owned(),
                flag(facts.ownership == Ownership::Company),
            ),
            (
                "trust".to_owned(),
                self.reference("TrustLevel", facts.device_trust.as_str()),
            ),
            (
                "facts".to_owned(),
                self.open(|kind| facts.device_facts.contains(kind)),
            ),
            ("os".to_owned(), self.reference("Os", facts.os.as_str())),
            ("os_version".to_owned(), number(facts.os_version)),
            (
                "antivirus_version".to_owned(),
                number(facts.antivirus_version),
            ),
        ];
        device.extend(PostureItem::ALL.iter().map(|item| {
            let answer: Answer = facts.posture.item(*item);
            (
                item.as_str().replace('-', "_"),
                self.reference("Answer", answer.as_str()),
            )
        }));
        let session = [
            (
                "assurance".to_owned(),
                self.reference("Assurance", facts.assurance.as_str()),
            ),
            ("age".to_owned(), number(facts.age())),
        ];
        let client = [
            (
                "kind".to_owned(),
                self.reference("Client", facts.client.as_str()),
            ),
            ("version".to_owned(), number(facts.client_version)),
        ];
        let names = facts.networks.iter().filter_map(|network| {
            let network = numbering.networks.name(network)?;
            Some(self.reference("Network", network.as_str()))
        });
        let country = facts
            .country
            .as_ref()
            .map_or("unknown", |known| known.as_str());
        let network = [
            ("names".to_owned(), RestrictedExpression::new_set(names)),
            ("country".to_owned(), self.reference("Country", country)),
            (
                "anonymiser".to_owned(),
                flag(facts.anonymiser == Answer::Yes),
            ),
        ];
        let calendars = hours.within.iter().filter_map(|calendar| {
            let calendar = numbering.calendars.name(*calendar)?;
            Some(self.reference("Calendar", calendar.as_str()))
        });
        let record =
            |fields: Vec<(String, RestrictedExpression)>| RestrictedExpression::new_record(fields);
        Context::from_pairs([
            ("device".to_owned(), record(device).ok()?),
            ("session".to_owned(), record(session.into()).ok()?),
            ("client".to_owned(), record(client.into()).ok()?),
            ("network".to_owned(), record(network.into()).ok()?),
            (
                "calendars".to_owned(),
                RestrictedExpression::new_set(calendars),
            ),
        ])
        .ok()
    }
}
