//! Our words in Cedar: the schema, and how values become entities.

use crate::PolicyError;
use cedar_policy::{
    Context, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression, Schema,
};
use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use zt_types::{Assurance, Capability, GroupId, Level, PersonId, Role, Sensitivity};

/// The schema's text. Part of every [`crate::PolicyVersion`].
pub const SCHEMA: &str = include_str!("../policies/schema.cedarschema");

/// The schema and the names of its types, parsed once per compilation.
#[derive(Debug, Clone)]
pub(crate) struct Vocabulary {
    pub(crate) schema: Schema,
    trust_level: EntityTypeName,
    assurance: EntityTypeName,
    sensitivity: EntityTypeName,
    role: EntityTypeName,
    group: EntityTypeName,
    person: EntityTypeName,
    application: EntityTypeName,
    action: EntityTypeName,
}

/// The rungs of each ladder, lowest first.
pub(crate) const LADDERS: [(&str, &[&str]); 3] = [
    ("TrustLevel", &["low", "medium", "high"]),
    (
        "Assurance",
        &["password", "mfa", "phishing-resistant", "hardware"],
    ),
    (
        "Sensitivity",
        &["public", "internal", "confidential", "restricted"],
    ),
];

impl Vocabulary {
    pub(crate) fn new() -> Result<Self, PolicyError> {
        let name = |text: &str| {
            EntityTypeName::from_str(text).map_err(|error| PolicyError::Schema(error.to_string()))
        };
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA)
            .map_err(|error| PolicyError::Schema(error.to_string()))?;
        Ok(Self {
            schema,
            trust_level: name("TrustLevel")?,
            assurance: name("Assurance")?,
            sensitivity: name("Sensitivity")?,
            role: name("Role")?,
            group: name("Group")?,
            person: name("Person")?,
            application: name("Application")?,
            action: name("Action")?,
        })
    }

    pub(crate) fn trust(&self, level: Level) -> EntityUid {
        uid(&self.trust_level, level.as_str())
    }
    pub(crate) fn assurance(&self, assurance: Assurance) -> EntityUid {
        uid(&self.assurance, assurance.as_str())
    }
    fn sensitivity(&self, sensitivity: Sensitivity) -> EntityUid {
        uid(&self.sensitivity, sensitivity.as_str())
    }
    fn group(&self, group: &GroupId) -> EntityUid {
        uid(&self.group, group.as_str())
    }
    pub(crate) fn application(&self, id: &str) -> EntityUid {
        uid(&self.application, id)
    }
    pub(crate) fn action(&self, capability: Capability) -> EntityUid {
        uid(&self.action, capability.as_str())
    }

    /// Every rung with all rungs below it.
    pub(crate) fn ladder_entities(&self) -> Vec<Entity> {
        let types = [&self.trust_level, &self.assurance, &self.sensitivity];
        let mut entities = Vec::new();
        for (type_name, (_, rungs)) in types.into_iter().zip(LADDERS) {
            let mut below = HashSet::new();
            for rung in rungs {
                let uid = uid(type_name, rung);
                entities.push(Entity::new_no_attrs(uid.clone(), below.clone()));
                below.insert(uid);
            }
        }
        entities
    }

    pub(crate) fn application_entity(
        &self,
        id: &str,
        sensitivity: Sensitivity,
        groups: &[GroupId],
    ) -> Result<Entity, PolicyError> {
        let groups: Vec<_> = groups
            .iter()
            .map(|group| RestrictedExpression::new_entity_uid(self.group(group)))
            .collect();
        let attributes = HashMap::from([
            (
                "sensitivity".to_owned(),
                RestrictedExpression::new_entity_uid(self.sensitivity(sensitivity)),
            ),
            (
                "everyone".to_owned(),
                RestrictedExpression::new_bool(groups.is_empty()),
            ),
            ("groups".to_owned(), RestrictedExpression::new_set(groups)),
        ]);
        Entity::new(self.application(id), attributes, HashSet::new())
            .map_err(|error| PolicyError::Schema(error.to_string()))
    }

    /// The person, or somebody without a name where no policy names people. `None` cannot happen with constant
    /// attributes; the caller refuses.
    pub(crate) fn person_entity<'a>(
        &self,
        person: Option<PersonId>,
        role: Role,
        trust: Level,
        groups: impl Iterator<Item = &'a GroupId>,
    ) -> Option<Entity> {
        let attributes = HashMap::from([
            (
                "role".to_owned(),
                RestrictedExpression::new_entity_uid(uid(&self.role, role.as_str())),
            ),
            (
                "trust".to_owned(),
                RestrictedExpression::new_entity_uid(self.trust(trust)),
            ),
        ]);
        let groups = groups.map(|group| self.group(group)).collect();
        let name = person.map(|person| person.to_string()).unwrap_or_default();
        Entity::new(uid(&self.person, &name), attributes, groups).ok()
    }

    /// `None` cannot happen with constant values; the caller refuses.
    pub(crate) fn context(
        &self,
        device: (bool, Level),
        session: (Assurance, i64),
    ) -> Option<Context> {
        let record = |fields: [(&str, RestrictedExpression); 2]| {
            RestrictedExpression::new_record(fields.map(|(name, value)| (name.to_owned(), value)))
        };
        let device = record([
            ("proven", RestrictedExpression::new_bool(device.0)),
            (
                "trust",
                RestrictedExpression::new_entity_uid(self.trust(device.1)),
            ),
        ]);
        let session = record([
            (
                "assurance",
                RestrictedExpression::new_entity_uid(self.assurance(session.0)),
            ),
            ("age", RestrictedExpression::new_long(session.1)),
        ]);
        Context::from_pairs([
            ("device".to_owned(), device.ok()?),
            ("session".to_owned(), session.ok()?),
        ])
        .ok()
    }
}

fn uid(type_name: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(type_name.clone(), EntityId::new(id))
}
