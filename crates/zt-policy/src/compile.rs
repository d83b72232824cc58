//! From documents to what decides: one slice per application, one class per set of actions that the same policies answer.

use crate::baseline::{self, RESERVED};
use crate::decision::PolicyVersion;
use crate::read::{self, ReadPolicy};
use crate::shape::ReadsAction;
use crate::situation::{Interest, NamesPeople, Situation};
use crate::verdict::Verdicts;
use crate::vocabulary::{SCHEMA, Vocabulary};
use crate::{Application, ManagedBy, PolicyDocument, PolicyError, PolicyState};
use cedar_policy::{
    Authorizer, Decision as CedarDecision, Effect, Entities, EntityUid, PolicyId as CedarId,
    PolicySet as CedarSet, Request as CedarRequest, Validator,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use zt_types::{AppId, Capability, CapabilitySet, GroupId, PolicyId};

/// The policies in force over the applications in the register: whatever is asked, this answers.
///
/// It never changes; a new policy is a new set, with another version.
#[derive(Debug)]
pub struct PolicySet {
    pub(crate) version: PolicyVersion,
    pub(crate) slices: HashMap<AppId, Slice>,
    pub(crate) vocabulary: Vocabulary,
    /// Cedar's id of a policy is its place in here.
    pub(crate) policies: Vec<ReadPolicy>,
    documents: BTreeMap<PolicyId, PolicyDocument>,
    authorizer: Authorizer,
}

/// What one application is answered by.
#[derive(Debug)]
pub(crate) struct Slice {
    /// Groups it is for; everyone if empty.
    pub(crate) groups: Vec<GroupId>,
    resource: EntityUid,
    /// The ladders and the application. The person is added for each decision.
    entities: Entities,
    classes: Vec<Class>,
    /// What the policies here tell requests apart by.
    pub(crate) interest: Interest,
    pub(crate) verdicts: Verdicts,
    report_only: Option<Class>,
    permits: Class,
    forbids: Vec<(usize, Class)>,
}

/// Actions that the same policies answer alike, asked as one.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) capabilities: CapabilitySet,
    action: EntityUid,
    policies: CedarSet,
}

/// What Cedar said about one class.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) allowed: bool,
    /// The permits that allowed, or the forbids that refused, by place.
    pub(crate) decisive: Vec<usize>,
    /// Policies that could not be evaluated, by place.
    pub(crate) erring: Vec<usize>,
}

impl PolicySet {
    /// Compiles the documents, the baseline first, for the applications in the register.
    ///
    /// Documents that are off are left out, those that are report-only are evaluated and bind nobody. Documents managed
    /// by the system are passed over: the baseline is what this version of Sekisho says it is.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place in the text. Documents that are off are read too, so that nobody
    /// switches on what cannot work.
    pub fn compile(
        documents: &[PolicyDocument],
        apps: &[Application],
    ) -> Result<Self, Vec<PolicyError>> {
        let schema_error = |error: String| vec![PolicyError::Schema(error)];
        let vocabulary = Vocabulary::new().map_err(|error| vec![error])?;
        let own_pages = baseline::own_pages().map_err(|error| schema_error(error.to_string()))?;
        let baseline = baseline::baseline().map_err(|error| schema_error(error.to_string()))?;

        let mut errors = Vec::new();
        let mut register: BTreeMap<AppId, &Application> = BTreeMap::new();
        for app in apps {
            if RESERVED.contains(&app.id.as_str()) {
                errors.push(PolicyError::ReservedApplication {
                    app: app.id.clone(),
                });
            } else if register.insert(app.id.clone(), app).is_some() {
                errors.push(PolicyError::RepeatedApplication {
                    app: app.id.clone(),
                });
            }
        }
        register.extend(own_pages.iter().map(|page| (page.id.clone(), page)));

        let mut kept: BTreeMap<PolicyId, PolicyDocument> = BTreeMap::new();
        let written = documents
            .iter()
            .filter(|document| document.managed_by != ManagedBy::System);
        for document in baseline.iter().chain(written) {
            if kept.insert(document.id.clone(), document.clone()).is_some() {
                errors.push(PolicyError::Repeated {
                    policy: document.id.clone(),
                });
            }
        }
        let validator = Validator::new(vocabulary.schema.clone());
        let mut policies: Vec<ReadPolicy> = Vec::new();
        for document in kept.values() {
            match read::read(document, &validator, |app| register.contains_key(app)) {
                Ok(read) => policies.extend(read),
                Err(wrong) => errors.extend(wrong),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        for (place, policy) in policies.iter_mut().enumerate() {
            policy.policy = policy.policy.new_id(CedarId::new(place.to_string()));
        }

        let slicer = Slicer {
            vocabulary: &vocabulary,
            policies: &policies,
            documents: &kept,
        };
        let mut slices = HashMap::new();
        for app in register.values() {
            let slice = slicer.slice(app).map_err(|error| vec![error])?;
            slices.insert(app.id.clone(), slice);
        }
        Ok(Self {
            version: version(&kept, &register),
            slices,
            policies,
            documents: kept,
            vocabulary,
            authorizer: Authorizer::new(),
        })
    }

    /// What decides, as one hash.
    #[must_use]
    pub const fn version(&self) -> PolicyVersion {
        self.version
    }

    /// The documents, the baseline and those that are off included, by id.
    pub fn documents(&self) -> impl Iterator<Item = &PolicyDocument> {
        self.documents.values()
    }

    pub(crate) fn document(&self, id: &PolicyId) -> Option<&PolicyDocument> {
        self.documents.get(id)
    }

    /// The document that the policy at `place` is written in.
    pub(crate) fn document_at(&self, place: usize) -> Option<&PolicyId> {
        self.policies.get(place).map(|policy| &policy.document)
    }

    /// The documents that the policies at `places` are written in, each once, by id.
    pub(crate) fn documents_at(&self, places: &[usize]) -> Vec<PolicyId> {
        let ids: BTreeSet<&PolicyId> = places
            .iter()
            .filter_map(|place| self.document_at(*place))
            .collect();
        ids.into_iter().cloned().collect()
    }

    /// Asks Cedar about each class. `None` if a question could not even be put; the caller refuses.
    pub(crate) fn answer<'a>(
        &self,
        slice: &Slice,
        situation: &Situation<'_>,
        classes: impl IntoIterator<Item = &'a Class>,
    ) -> Option<Vec<Answer>> {
        let person = situation.person_entity(&self.vocabulary)?;
        let principal = person.uid();
        let context = situation.context(&self.vocabulary)?;
        let entities = slice.entities.clone().add_entities([person], None).ok()?;
        let mut answers = Vec::new();
        for class in classes {
            let question = CedarRequest::new(
                principal.clone(),
                class.action.clone(),
                slice.resource.clone(),
                context.clone(),
                None,
            )
            .ok()?;
            let response = self
                .authorizer
                .is_authorized(&question, &class.policies, &entities);
            let diagnostics = response.diagnostics();
            let mut decisive: Vec<usize> = diagnostics.reason().filter_map(place).collect();
            decisive.sort_unstable();
            let mut erring: Vec<usize> = diagnostics
                .errors()
                .map(|error| match error {
                    cedar_policy::AuthorizationError::PolicyEvaluationError(error) => {
                        place(error.policy_id()).unwrap_or(usize::MAX)
                    }
                })
                .collect();
            erring.sort_unstable();
            answers.push(Answer {
                // Cedar skips a policy that errs, even a forbid; here an error is a refusal.
                allowed: response.decision() == CedarDecision::Allow && erring.is_empty(),
                decisive,
                erring,
            });
        }
        Some(answers)
    }
}

impl Slice {
    pub(crate) fn classes(&self) -> &[Class] {
        &self.classes
    }
    /// The class that answers for `connect`.
    pub(crate) fn connect(&self) -> Option<&Class> {
        self.classes
            .iter()
            .find(|class| class.capabilities.contains(Capability::Connect))
    }
    /// The policies that bind nobody yet, asked for `connect`.
    pub(crate) const fn report_only(&self) -> Option<&Class> {
        self.report_only.as_ref()
    }
    /// All permits together, asked for `connect`.
    pub(crate) const fn permits(&self) -> &Class {
        &self.permits
    }
    /// The forbid at `place` by itself, asked for `connect`.
    pub(crate) fn forbid(&self, place: usize) -> Option<&Class> {
        self.forbids
            .iter()
            .find(|(at, _)| *at == place)
            .map(|(_, class)| class)
    }
}

impl Answer {
    /// Whether a policy applied, or could have: an error counts.
    pub(crate) fn fired(&self) -> bool {
        !self.decisive.is_empty() || !self.erring.is_empty()
    }
}

fn place(id: &CedarId) -> Option<usize> {
    AsRef::<str>::as_ref(id).parse().ok()
}

struct Slicer<'a> {
    vocabulary: &'a Vocabulary,
    policies: &'a [ReadPolicy],
    documents: &'a BTreeMap<PolicyId, PolicyDocument>,
}

impl Slicer<'_> {
    fn slice(&self, app: &Application) -> Result<Slice, PolicyError> {
        let resource = self.vocabulary.application(app.id.as_str());
        let binding = self.concerning(&resource, PolicyState::On);
        let reported = self.concerning(&resource, PolicyState::ReportOnly);
        let mut entities = self.vocabulary.ladder_entities();
        entities.push(self.vocabulary.application_entity(
            app.id.as_str(),
            app.sensitivity,
            &app.groups,
        )?);
        let entities = Entities::from_entities(entities, Some(&self.vocabulary.schema))
            .map_err(|error| PolicyError::Schema(error.to_string()))?;

        let connect = self.vocabulary.action(Capability::Connect);
        let for_connect: Vec<usize> = self.for_action(&binding, &connect);
        let of_effect = |effect| {
            for_connect
                .iter()
                .copied()
                .filter(move |place| self.at(*place).is_some_and(|p| p.effect == effect))
        };
        let reported = self.for_action(&reported, &connect);
        Ok(Slice {
            groups: app.groups.clone(),
            entities,
            classes: self.classes(&binding)?,
            interest: self.interest(app, &[binding, reported.clone()].concat()),
            verdicts: Verdicts::default(),
            report_only: if reported.is_empty() {
                None
            } else {
                Some(self.class(Capability::Connect, &reported)?)
            },
            permits: self.class(
                Capability::Connect,
                &of_effect(Effect::Permit).collect::<Vec<_>>(),
            )?,
            forbids: of_effect(Effect::Forbid)
                .map(|place| Ok((place, self.class(Capability::Connect, &[place])?)))
                .collect::<Result<_, PolicyError>>()?,
            resource,
        })
    }

    fn interest(&self, app: &Application, places: &[usize]) -> Interest {
        let mut interest = Interest {
            groups: app.groups.iter().cloned().collect(),
            ..Interest::default()
        };
        for policy in places.iter().filter_map(|place| self.at(*place)) {
            interest.ages.extend(&policy.ages);
            for literal in policy.policy.entity_literals() {
                match literal.type_name().to_string().as_str() {
                    "Person" => interest.people = NamesPeople::Yes,
                    "Group" => interest
                        .groups
                        .extend(GroupId::new(literal.id().unescaped())),
                    _ => {}
                }
            }
        }
        interest.ages.sort_unstable();
        interest.ages.dedup();
        interest
    }

    fn at(&self, place: usize) -> Option<&ReadPolicy> {
        self.policies.get(place)
    }

    fn concerning(&self, app: &EntityUid, state: PolicyState) -> Vec<usize> {
        self.policies
            .iter()
            .enumerate()
            .filter(|(_, policy)| policy.concerns_app(app))
            .filter(|(_, policy)| {
                self.documents
                    .get(&policy.document)
                    .is_some_and(|document| document.state == state)
            })
            .map(|(place, _)| place)
            .collect()
    }

    fn for_action(&self, places: &[usize], action: &EntityUid) -> Vec<usize> {
        places
            .iter()
            .copied()
            .filter(|place| {
                self.at(*place)
                    .is_some_and(|policy| policy.concerns_action(action))
            })
            .collect()
    }

    /// Two actions are of one class if the same policies concern them and none of these looks at the action.
    fn classes(&self, places: &[usize]) -> Result<Vec<Class>, PolicyError> {
        let mut groups: Vec<(Vec<usize>, Vec<Capability>)> = Vec::new();
        for capability in Capability::ALL {
            let concerning = self.for_action(places, &self.vocabulary.action(capability));
            let by_itself = concerning.iter().any(|place| {
                self.at(*place)
                    .is_some_and(|policy| policy.reads_action == ReadsAction::Yes)
            });
            match groups.iter_mut().find(|(other, _)| *other == concerning) {
                Some((_, capabilities)) if !by_itself => capabilities.push(capability),
                _ => groups.push((concerning, vec![capability])),
            }
        }
        groups
            .into_iter()
            .filter_map(|(places, capabilities)| {
                let first = *capabilities.first()?;
                Some(self.class(first, &places).map(|class| Class {
                    capabilities: capabilities.into_iter().collect(),
                    ..class
                }))
            })
            .collect()
    }

    fn class(&self, capability: Capability, places: &[usize]) -> Result<Class, PolicyError> {
        let policies = places
            .iter()
            .filter_map(|place| self.at(*place))
            .map(|policy| policy.policy.clone());
        Ok(Class {
            capabilities: CapabilitySet::NONE.with(capability),
            action: self.vocabulary.action(capability),
            policies: CedarSet::from_policies(policies)
                .map_err(|error| PolicyError::Schema(error.to_string()))?,
        })
    }
}

/// The hash over everything that decides, each piece with its length before it, so that no two contents run together.
fn version(
    documents: &BTreeMap<PolicyId, PolicyDocument>,
    register: &BTreeMap<AppId, &Application>,
) -> PolicyVersion {
    let mut hash = Sha256::new();
    let mut put = |piece: &str| {
        hash.update((piece.len() as u64).to_be_bytes());
        hash.update(piece.as_bytes());
    };
    put("sekisho policy 1");
    put(SCHEMA);
    let deciding = documents
        .values()
        .filter(|document| document.state != PolicyState::Off);
    put(&deciding.clone().count().to_string());
    for document in deciding {
        put(document.id.as_str());
        put(match document.state {
            PolicyState::On => "on",
            PolicyState::ReportOnly => "report-only",
            PolicyState::Off => "off",
        });
        put(&document.cedar);
        put(document.message.as_ref().map_or("", |text| &text.ja));
        put(document.message.as_ref().map_or("", |text| &text.en));
    }
    for app in register.values() {
        put(app.id.as_str());
        put(app.sensitivity.as_str());
        put(&app.groups.len().to_string());
        for group in &app.groups {
            put(group.as_str());
        }
    }
    PolicyVersion(hash.finalize().into())
}
