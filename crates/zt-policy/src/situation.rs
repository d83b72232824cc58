//! The atoms of a request as policy sees them, cheap to copy and to vary: "what if she had signed in more strongly".

use crate::Request;
use crate::vocabulary::Vocabulary;
use cedar_policy::{Context, Entity};
use zt_types::{Assurance, GroupId, Level, PersonId, Role, TrustReason};

/// What policy sees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation<'a> {
    pub(crate) person: PersonId,
    pub(crate) role: Role,
    pub(crate) groups: &'a [GroupId],
    /// A group she would be in.
    pub(crate) joined: Option<&'a GroupId>,
    pub(crate) person_trust: Level,
    pub(crate) proven: bool,
    pub(crate) device_trust: Level,
    pub(crate) assurance: Assurance,
    /// Whole seconds since the last proof.
    pub(crate) age: i64,
}

impl<'a> Situation<'a> {
    pub(crate) fn of(request: &'a Request) -> Self {
        let age = request.now.since(request.session.authenticated_at).0;
        Self {
            person: request.person.id,
            role: request.person.role,
            groups: &request.person.groups,
            joined: None,
            person_trust: request.person.trust.level,
            proven: request.device.evidence.device().is_some(),
            device_trust: request.device.trust.level,
            assurance: request.session.assurance,
            age: i64::try_from(age).unwrap_or(i64::MAX),
        }
    }

    /// The same person in her groups, with no risk at all.
    pub(crate) const fn at_best(self) -> Self {
        Self {
            person_trust: Level::High,
            proven: true,
            device_trust: Level::High,
            assurance: Assurance::Hardware,
            age: 0,
            ..self
        }
    }

    pub(crate) fn person_entity(&self, vocabulary: &Vocabulary) -> Option<Entity> {
        vocabulary.person_entity(
            self.person,
            self.role,
            self.person_trust,
            self.groups.iter().chain(self.joined),
        )
    }

    pub(crate) fn context(&self, vocabulary: &Vocabulary) -> Option<Context> {
        vocabulary.context((self.proven, self.device_trust), (self.assurance, self.age))
    }
}

/// The trust a device would have if it proved who it is: what stands against it besides its namelessness stays.
pub(crate) fn device_trust_with_identity(request: &Request) -> Level {
    let trust = &request.device.trust;
    let nameless_only = trust
        .reasons
        .iter()
        .all(|reason| matches!(reason, TrustReason::NoDeviceIdentity { .. }));
    if nameless_only {
        Level::High
    } else {
        trust.level
    }
}
