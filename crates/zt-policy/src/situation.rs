//! What of a request can matter to the policies of one application, and how policy sees it.
//!
//! [`Atoms`] is all of it, in one canonical form: two requests with equal atoms are answered alike. So an answer is worked
//! out once per form and kept. [`Situation`] is what policy sees of the atoms, cheap to vary: "what if she had signed in
//! more strongly".

use crate::Request;
use crate::vocabulary::Vocabulary;
use cedar_policy::{Context, Entity};
use std::collections::BTreeSet;
use zt_types::{Assurance, DeviceEvidence, GroupId, Level, NoDevice, PersonId, Role, TrustReason};

/// What the policies of an application tell people apart by.
#[derive(Debug, Default)]
pub(crate) struct Interest {
    /// Whether a policy names single people.
    pub(crate) people: NamesPeople,
    /// The groups that policies or the application name.
    pub(crate) groups: BTreeSet<GroupId>,
    /// The ages of the last proof that policies compare with, in seconds, ascending.
    pub(crate) ages: Vec<i64>,
}

/// Whether a policy names single people.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamesPeople {
    /// It does.
    Yes,
    /// All people in the same groups are alike.
    #[default]
    No,
}

/// Everything of a request that can matter to one application's policies, in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Atoms {
    person: Option<PersonId>,
    role: Role,
    pub(crate) groups: Vec<GroupId>,
    pub(crate) person_trust: Level,
    /// Why there is no device identity, if so.
    pub(crate) nameless: Option<NoDevice>,
    pub(crate) device_trust: Level,
    /// The trust the device would have if it proved who it is: what else stands against it stays.
    pub(crate) device_trust_with_identity: Level,
    assurance: Assurance,
    /// Whole seconds since the last proof, or the least number that no policy tells from it.
    age: i64,
    pub(crate) has_enrolled: HasEnrolled,
}

/// Whether a person has a device that could be presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum HasEnrolled {
    /// She has one.
    Yes,
    /// She has none.
    No,
}

impl Atoms {
    pub(crate) fn of(request: &Request, interest: &Interest) -> Self {
        let Request {
            person,
            device,
            session,
            now,
            ..
        } = request;
        let mut groups: Vec<GroupId> = person
            .groups
            .iter()
            .filter(|group| interest.groups.contains(*group))
            .cloned()
            .collect();
        groups.sort_unstable();
        groups.dedup();
        let is_only_nameless = device
            .trust
            .reasons
            .iter()
            .all(|reason| matches!(reason, TrustReason::NoDeviceIdentity { .. }));
        let nameless = match device.evidence {
            DeviceEvidence::Proven(_) => None,
            DeviceEvidence::Absent(why) => Some(why),
        };
        Self {
            person: match interest.people {
                NamesPeople::Yes => Some(person.id),
                NamesPeople::No => None,
            },
            role: person.role,
            groups,
            person_trust: person.trust.level,
            nameless,
            device_trust: device.trust.level,
            device_trust_with_identity: if nameless.is_some() && is_only_nameless {
                Level::High
            } else {
                device.trust.level
            },
            assurance: session.assurance,
            age: canonical_age(now.since(session.authenticated_at).0, &interest.ages),
            has_enrolled: if person.enrolled_devices > 0 {
                HasEnrolled::Yes
            } else {
                HasEnrolled::No
            },
        }
    }
}

/// Policies compare an age with `ages` only, so what lies between two of them is one and the same.
fn canonical_age(age: u64, ages: &[i64]) -> i64 {
    let age = i64::try_from(age).unwrap_or(i64::MAX);
    match ages.iter().rev().find(|bound| **bound <= age) {
        Some(bound) if *bound == age => age,
        Some(bound) => bound.saturating_add(1).max(0),
        None => 0,
    }
}

/// What policy sees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation<'a> {
    pub(crate) atoms: &'a Atoms,
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
    pub(crate) const fn of(atoms: &'a Atoms) -> Self {
        Self {
            atoms,
            joined: None,
            person_trust: atoms.person_trust,
            proven: atoms.nameless.is_none(),
            device_trust: atoms.device_trust,
            assurance: atoms.assurance,
            age: atoms.age,
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
            self.atoms.person,
            self.atoms.role,
            self.person_trust,
            self.atoms.groups.iter().chain(self.joined),
        )
    }

    pub(crate) fn context(&self, vocabulary: &Vocabulary) -> Option<Context> {
        vocabulary.context((self.proven, self.device_trust), (self.assurance, self.age))
    }
}
