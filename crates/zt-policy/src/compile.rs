//! From documents to what decides: rules for everybody, and for each application a slice of its own.

use crate::atom::Atom;
use crate::baseline::{self, RESERVED};
use crate::calendar::ReadCalendar;
use crate::cedar::CedarSlice;
use crate::decision::PolicyVersion;
use crate::expression::Reader;
use crate::hours;
use crate::masks::{Bits, Effect, Half, MaskedRule, Rule, Rules, Vector, WhichHalf};
use crate::numbering::{Member, Numbering};
use crate::obliging::{self, Obliging};
use crate::read::{self, ReadPolicy, Registered};
use crate::remedy::{LookedAt, Matters};
use crate::shadow::Disbelief;
use crate::shape::ReadsAction;
use crate::vocabulary::Vocabulary;
use crate::{Application, ManagedBy, PolicyDocument, PolicyError, PolicyState, Register};
use cedar_policy::{Effect as CedarEffect, PolicyId as CedarId, Validator};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use zt_types::{AppGroupId, AppId, Capability, CapabilitySet, PersonId, PolicyId};

mod filing;
mod version;

use filing::{ages, atoms, file, left_to_cedar, mask, versions};

/// More single policies than this do not compile: whoever has more has a program that writes them.
const MAX_POLICIES: usize = 20_000;

/// The policies in force over the applications in the register: whatever is asked, this answers.
///
/// It never changes; a new policy is a new set, with another version.
#[derive(Debug)]
pub struct PolicySet {
    pub(crate) version: PolicyVersion,
    /// By the number of the application.
    pub(crate) slices: Vec<Option<Slice>>,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) numbering: Arc<Numbering>,
    /// Cedar's id of a policy is its place in here.
    pub(crate) policies: Vec<ReadPolicy>,
    /// The compiled form of the policy at the same place.
    pub(crate) compiled: Vec<Compiled>,
    /// What steps towards an allow the policy at the same place can hang on.
    pub(crate) matters: Vec<Matters>,
    /// By id.
    documents: Vec<PolicyDocument>,
    /// For each policy, by place, which of the documents it is written in.
    written_in: Vec<usize>,
    pub(crate) calendars: Vec<(u32, ReadCalendar)>,
    pub(crate) last_hours: hours::LastHours,
    /// The bits that all applications share, and the rules of the policies that are about no single one.
    pub(crate) vector: Vector,
    pub(crate) shared: Rules,
    /// What each policy does when it applies, by place; nothing if it is off.
    effects: Vec<Option<Effect>>,
    /// The places of those policies.
    everywhere: Vec<usize>,
}

/// What one application is answered by, beside the shared rules.
#[derive(Debug)]
pub(crate) struct Slice {
    app: Application,
    /// The groups it is for, by number.
    pub(crate) groups: Vec<u32>,
    /// The bits that are the same for everybody who asks for it.
    pub(crate) resource: Bits,
    /// The bits that only its own policies ask for.
    pub(crate) vector: Option<Box<Vector>>,
    /// The rules of its own policies.
    pub(crate) rules: Rules,
    /// The ages that its policies compare with, in seconds, the oldest first.
    pub(crate) ages: Arc<[u64]>,
    /// The versions that its policies compare with, the oldest first.
    pub(crate) versions: Arc<[i64]>,
    /// The places of the policies that are about it alone.
    own: Vec<usize>,
    /// The places of all its policies that have no compiled form: Cedar answers for them.
    pub(crate) left_to_cedar: Vec<usize>,
    /// Its policies in force that ask for something.
    pub(crate) obliging: Vec<Obliging>,
    /// The calendars that its policies read, by number: no other one turns an answer.
    pub(crate) calendars: Vec<u32>,
    /// What its policies in force look at; found out when somebody is refused.
    pub(crate) looked_at: OnceLock<LookedAt>,
    /// Whether Cedar alone decides for it.
    pub(crate) disbelief: Disbelief,
    /// Made when Cedar is asked for the first time.
    cedar: OnceLock<Option<CedarSlice>>,
}

/// A policy's compiled form.
#[derive(Debug)]
pub(crate) enum Compiled {
    /// It is off.
    Off,
    /// As it reads, and with bits for its atoms.
    Rules(Vec<Rule>, Vec<MaskedRule>),
    /// It has none: Cedar answers for it.
    LeftToCedar,
}

impl PolicySet {
    /// Compiles the documents, the baseline first, for what is in the register.
    ///
    /// Documents that are off are left out, those that are report-only are evaluated and bind nobody. Documents managed
    /// by the system are passed over: the baseline is what this version of Sekisho says it is.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place in the text. Documents that are off are read too, so that nobody
    /// switches on what cannot work.
    pub fn compile(
        documents: &[PolicyDocument],
        register: &Register,
    ) -> Result<Self, Vec<PolicyError>> {
        Self::compile_over(documents, register, &Numbering::default())
    }

    /// The same, after this set: facts that were put into numbers for this one can be decided on by the new one.
    ///
    /// # Errors
    /// As [`PolicySet::compile`].
    pub fn compile_next(
        &self,
        documents: &[PolicyDocument],
        register: &Register,
    ) -> Result<Self, Vec<PolicyError>> {
        let next = Self::compile_over(documents, register, &self.numbering)?;
        for app in self.disbelieved() {
            next.disbelieve(&app);
        }
        Ok(next)
    }

    fn compile_over(
        documents: &[PolicyDocument],
        register: &Register,
        numbering: &Numbering,
    ) -> Result<Self, Vec<PolicyError>> {
        read::with_room(|| Self::compile_here(documents, register, numbering))
            .map_err(|error| vec![PolicyError::NoRoom(error.to_string())])?
    }

    fn compile_here(
        documents: &[PolicyDocument],
        register: &Register,
        numbering: &Numbering,
    ) -> Result<Self, Vec<PolicyError>> {
        let vocabulary = Vocabulary::new().map_err(|error| vec![error])?;
        let mut errors = Vec::new();
        let applications = applications(register, &mut errors)?;
        let kept = kept(documents, &mut errors)?;
        // Each holds a policy at least: there is nothing to read before that is said.
        if kept.len() > MAX_POLICIES {
            errors.push(PolicyError::TooMany { max: MAX_POLICIES });
            return Err(errors);
        }
        let calendars = read_calendars(register, &mut errors);
        if let Some(circle) = register.circle() {
            errors.push(PolicyError::CircleOfGroups { circle });
        }
        let registered = Registered::new(register, applications.values());
        let validator = Validator::new(vocabulary.schema.clone());
        let mut policies: Vec<ReadPolicy> = Vec::new();
        for document in kept.values() {
            let rule = document.source.rule();
            if rule.is_some_and(|rule| rule.to_cedar() != document.cedar) {
                errors.push(PolicyError::NotItsRule {
                    policy: document.id.clone(),
                });
            }
            match read::read(document, &validator, &registered) {
                Ok(read) => policies.extend(read),
                Err(wrong) => errors.extend(wrong),
            }
            if policies.len() > MAX_POLICIES {
                errors.push(PolicyError::TooMany { max: MAX_POLICIES });
                break;
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut numbering = numbering.with(register);
        for app in applications.values() {
            numbering.apps.give(&app.id);
            for group in &app.app_groups {
                numbering.app_groups.give(group);
            }
        }
        for (place, policy) in policies.iter_mut().enumerate() {
            policy.policy = policy.policy.new_id(CedarId::new(place.to_string()));
            for person in &policy.people {
                numbering.members.give(&Member::Person(*person));
            }
        }
        let calendars: Vec<(u32, ReadCalendar)> = calendars
            .into_iter()
            .filter_map(|(id, calendar)| Some((numbering.calendars.number(&id)?, calendar)))
            .collect();
        let builder = Builder {
            calendars: calendars.iter().map(|(number, _)| *number).collect(),
            numbering: &numbering,
        };
        let effects: Vec<Option<Effect>> = policies
            .iter()
            .map(|policy| effect(policy.effect, kept.get(&policy.document)?.state))
            .collect();
        let compiled = builder.compile_all(&policies, &effects);
        let obliging = builder.obliging(&policies, &kept)?;
        let set = builder.assemble(&applications, &policies, compiled, &obliging);
        Ok(Self {
            version: version::of(&kept, &applications, register),
            slices: set.slices,
            vocabulary,
            written_in: written_in(&policies, &kept),
            policies,
            matters: set.compiled.iter().map(Matters::of_policy).collect(),
            compiled: set.compiled,
            documents: kept.into_values().collect(),
            calendars,
            last_hours: hours::LastHours::default(),
            vector: set.vector,
            shared: set.shared,
            effects,
            everywhere: set.everywhere,
            numbering: Arc::new(numbering),
        })
    }

    /// What decides, as one hash.
    #[must_use]
    pub const fn version(&self) -> PolicyVersion {
        self.version
    }

    /// The documents, the baseline and those that are off included, by id.
    pub fn documents(&self) -> impl Iterator<Item = &PolicyDocument> {
        self.documents.iter()
    }

    /// How many single policies are answered by their compiled form, and how many by Cedar. Those that are off are not
    /// counted.
    #[must_use]
    pub fn compiled_share(&self) -> (usize, usize) {
        let count =
            |wanted: fn(&Compiled) -> bool| self.compiled.iter().filter(|c| wanted(c)).count();
        (
            count(|compiled| matches!(compiled, Compiled::Rules(..))),
            count(|compiled| matches!(compiled, Compiled::LeftToCedar)),
        )
    }

    /// The document that the policy at `place` is written in.
    pub(crate) fn document_at(&self, place: usize) -> Option<&PolicyDocument> {
        self.documents.get(*self.written_in.get(place)?)
    }

    /// The documents that the policies at `places` are written in, each once, by id.
    pub(crate) fn documents_at(&self, places: &[usize]) -> Vec<PolicyId> {
        let documents = places
            .iter()
            .filter_map(|place| self.written_in.get(*place));
        let mut documents: Vec<usize> = documents.copied().collect();
        documents.sort_unstable();
        documents.dedup();
        let documents = documents.into_iter();
        documents
            .filter_map(|at| Some(self.documents.get(at)?.id.clone()))
            .collect()
    }

    /// What the policy at `place` does when it applies; nothing if it is off.
    pub(crate) fn effect(&self, place: usize) -> Option<Effect> {
        self.effects.get(place).copied().flatten()
    }

    pub(crate) fn slice(&self, app: &AppId) -> Option<&Slice> {
        self.slice_at(self.numbering.apps.number(app)?)
    }

    pub(crate) fn slice_at(&self, number: u32) -> Option<&Slice> {
        self.slices.get(number as usize)?.as_ref()
    }

    pub(crate) fn slices(&self) -> impl Iterator<Item = &Slice> {
        self.slices.iter().flatten()
    }

    /// The places of all policies that can concern an application.
    pub(crate) fn concerning<'a>(&'a self, slice: &'a Slice) -> impl Iterator<Item = usize> + 'a {
        self.everywhere.iter().chain(&slice.own).copied()
    }
}

impl Slice {
    pub(crate) const fn application(&self) -> &Application {
        &self.app
    }

    pub(crate) fn cedar(&self, policies: &PolicySet) -> Option<&CedarSlice> {
        self.cedar
            .get_or_init(|| CedarSlice::new(policies, self))
            .as_ref()
    }
}

const fn effect(effect: CedarEffect, state: PolicyState) -> Option<Effect> {
    match (effect, state) {
        (_, PolicyState::Off) => None,
        (CedarEffect::Permit, PolicyState::On) => Some(Effect::Permit),
        (CedarEffect::Forbid, PolicyState::On) => Some(Effect::Forbid),
        (CedarEffect::Permit, PolicyState::ReportOnly) => Some(Effect::WouldPermit),
        (CedarEffect::Forbid, PolicyState::ReportOnly) => Some(Effect::WouldForbid),
    }
}

fn schema(error: impl ToString) -> Vec<PolicyError> {
    vec![PolicyError::Schema(error.to_string())]
}

/// The applications by id, our own pages included.
fn applications(
    register: &Register,
    errors: &mut Vec<PolicyError>,
) -> Result<BTreeMap<AppId, Application>, Vec<PolicyError>> {
    let mut applications = BTreeMap::new();
    for app in &register.applications {
        let id = app.id.clone();
        if RESERVED.contains(&id.as_str()) {
            errors.push(PolicyError::ReservedApplication { app: id });
        } else if applications.insert(id.clone(), app.clone()).is_some() {
            errors.push(PolicyError::RepeatedApplication { app: id });
        }
    }
    for page in baseline::own_pages().map_err(schema)? {
        applications.insert(page.id.clone(), page);
    }
    Ok(applications)
}

/// The documents by id, the baseline included.
fn kept(
    documents: &[PolicyDocument],
    errors: &mut Vec<PolicyError>,
) -> Result<BTreeMap<PolicyId, PolicyDocument>, Vec<PolicyError>> {
    let baseline = baseline::baseline().map_err(schema)?;
    let written = documents
        .iter()
        .filter(|document| document.managed_by != ManagedBy::System);
    let mut kept: BTreeMap<PolicyId, PolicyDocument> = BTreeMap::new();
    for document in baseline.iter().chain(written) {
        if kept.insert(document.id.clone(), document.clone()).is_some() {
            errors.push(PolicyError::Repeated {
                policy: document.id.clone(),
            });
        }
    }
    Ok(kept)
}

/// For each policy the place of its document, in the order of the ids.
fn written_in(
    policies: &[ReadPolicy],
    documents: &BTreeMap<PolicyId, PolicyDocument>,
) -> Vec<usize> {
    let places: BTreeMap<&PolicyId, usize> = documents.keys().zip(0..).collect();
    let place = |policy: &ReadPolicy| places.get(&policy.document).copied();
    policies
        .iter()
        .map(|policy| place(policy).unwrap_or(usize::MAX))
        .collect()
}

fn read_calendars(
    register: &Register,
    errors: &mut Vec<PolicyError>,
) -> BTreeMap<zt_types::CalendarId, ReadCalendar> {
    let mut calendars = BTreeMap::new();
    for calendar in &register.calendars {
        match calendar.read() {
            Ok(read) => {
                if calendars.insert(calendar.id.clone(), read).is_some() {
                    errors.push(PolicyError::Calendar {
                        calendar: calendar.id.clone(),
                        problem: "it is there twice: give one of them another id".to_owned(),
                    });
                }
            }
            Err(problem) => errors.push(PolicyError::Calendar {
                calendar: calendar.id.clone(),
                problem,
            }),
        }
    }
    calendars
}

struct Builder<'a> {
    calendars: Vec<u32>,
    numbering: &'a Numbering,
}

struct Assembled {
    compiled: Vec<Compiled>,
    slices: Vec<Option<Slice>>,
    vector: Vector,
    shared: Rules,
    everywhere: Vec<usize>,
}

impl Builder<'_> {
    fn compile_all(&self, policies: &[ReadPolicy], effects: &[Option<Effect>]) -> Vec<Compiled> {
        policies
            .iter()
            .zip(effects)
            .map(|(policy, effect)| match effect {
                None => Compiled::Off,
                Some(effect) => self
                    .rules(policy, *effect)
                    .map_or(Compiled::LeftToCedar, |rules| {
                        Compiled::Rules(rules, Vec::new())
                    }),
            })
            .collect()
    }

    /// The rules of one policy; those that differ in the capability only are one. `None` if it has no compiled form.
    fn rules(&self, policy: &ReadPolicy, effect: Effect) -> Option<Vec<Rule>> {
        let app = |id: &AppId| self.numbering.apps.number(id);
        let app_group = |id: &AppGroupId| self.numbering.app_groups.number(id);
        let concerned = Capability::ALL
            .into_iter()
            .filter(|capability| policy.concerns(*capability));
        let mut rules: Vec<Rule> = Vec::new();
        let mut read_once = None;
        for action in concerned {
            let reader = Reader {
                numbering: self.numbering,
                app: &app,
                app_group: &app_group,
                action,
            };
            let conjunctions = match (&read_once, policy.reads_action) {
                (Some(conjunctions), ReadsAction::No) => Vec::clone(conjunctions),
                _ => reader.read(&policy.json).ok()?,
            };
            for when in &conjunctions {
                match rules.iter_mut().find(|rule| rule.when == *when) {
                    Some(rule) => rule.capabilities = rule.capabilities.with(action),
                    None => rules.push(Rule {
                        when: when.clone(),
                        effect,
                        capabilities: CapabilitySet::NONE.with(action),
                    }),
                }
            }
            read_once = Some(conjunctions);
        }
        Some(rules)
    }

    fn assemble(
        &self,
        applications: &BTreeMap<AppId, Application>,
        policies: &[ReadPolicy],
        mut compiled: Vec<Compiled>,
        obliging: &[Obliging],
    ) -> Assembled {
        let mut everywhere = Vec::new();
        let mut of_app: BTreeMap<AppId, Vec<usize>> = BTreeMap::new();
        for (place, policy) in policies.iter().enumerate() {
            match &policy.app {
                None => everywhere.push(place),
                Some(app) => of_app.entry(app.clone()).or_default().push(place),
            }
        }
        let shared_atoms = shared_atoms(&everywhere, &of_app, &compiled);
        let vector = Vector::new(&shared_atoms, WhichHalf::Shared);
        mask(&everywhere, &mut compiled, |atom| vector.bit(atom));
        let left_everywhere: Vec<usize> = left_to_cedar(&everywhere, &compiled);
        let shared = file(&everywhere, &compiled, |atom| vector.bit(atom));
        let read_everywhere = hours::read_by(&everywhere, &compiled, policies, &self.calendars);
        let mut slices = Vec::new();
        for app in applications.values() {
            let own = of_app.remove(&app.id).unwrap_or_default();
            let of_its_own: BTreeSet<Atom> = atoms(&own, &compiled)
                .filter(|atom| vector.bit(*atom).is_none())
                .collect();
            let of_its_own: Vec<Atom> = of_its_own.into_iter().take(Half::LEN).collect();
            let second = (!of_its_own.is_empty())
                .then(|| Box::new(Vector::new(&of_its_own, WhichHalf::Own)));
            let bit = |atom| {
                let own = || second.as_ref().and_then(|own| own.bit(atom));
                vector.bit(atom).or_else(own)
            };
            mask(&own, &mut compiled, bit);
            let mut left = left_everywhere.clone();
            left.extend(left_to_cedar(&own, &compiled));
            let obliging = self.obliging_of(app, obliging);
            let mut calendars = hours::read_by(&own, &compiled, policies, &self.calendars);
            calendars.extend(&read_everywhere);
            let asking = obliging.iter().flat_map(|obliging| &obliging.when);
            calendars.extend(asking.flat_map(hours::calendars));
            let mut resource = Bits::default();
            for vector in [Some(&vector), second.as_deref()].into_iter().flatten() {
                self.set_resource_bits(app, vector, &mut resource);
            }
            let groups = app.groups.iter().cloned().map(Member::Group);
            let concerning = || everywhere.iter().chain(&own);
            let slice = Slice {
                groups: groups
                    .filter_map(|group| self.numbering.members.number(&group))
                    .collect(),
                app: app.clone(),
                resource,
                rules: file(&own, &compiled, bit),
                ages: ages(concerning(), policies),
                versions: versions(concerning(), policies),
                vector: second,
                own,
                left_to_cedar: left,
                obliging,
                calendars: calendars.into_iter().collect(),
                looked_at: OnceLock::new(),
                disbelief: Disbelief::default(),
                cedar: OnceLock::new(),
            };
            if let Some(number) = self.numbering.apps.number(&app.id) {
                let number = number as usize;
                if slices.len() <= number {
                    slices.resize_with(number + 1, || None);
                }
                if let Some(place) = slices.get_mut(number) {
                    *place = Some(slice);
                }
            }
        }
        Assembled {
            compiled,
            slices,
            vector,
            shared,
            everywhere,
        }
    }

    /// What the application alone settles of an atom.
    fn settled(&self, app: &Application, atom: Atom) -> Option<bool> {
        if !atom.is_of_resource() {
            return None;
        }
        let number = self.numbering.apps.number(&app.id);
        let groups: Vec<u32> = app
            .app_groups
            .iter()
            .filter_map(|group| self.numbering.app_groups.number(group))
            .collect();
        obliging::of_application(app, number, &groups, atom)
    }

    /// The policies in force that ask for something, and when.
    fn obliging(
        &self,
        policies: &[ReadPolicy],
        documents: &BTreeMap<PolicyId, PolicyDocument>,
    ) -> Result<Vec<Obliging>, Vec<PolicyError>> {
        let mut obliging = Vec::new();
        let mut errors = Vec::new();
        for (place, policy) in policies.iter().enumerate() {
            let Some(obliges) = policy.obliges else {
                continue;
            };
            let app = |id: &AppId| self.numbering.apps.number(id);
            let app_group = |id: &AppGroupId| self.numbering.app_groups.number(id);
            let reader = Reader {
                numbering: self.numbering,
                app: &app,
                app_group: &app_group,
                action: Capability::Connect,
            };
            // Which action it forbids was looked at when it was read.
            let mut json = policy.json.clone();
            if let Some(members) = json.as_object_mut() {
                members.insert("action".to_owned(), serde_json::json!({ "op": "All" }));
            }
            let document = documents.get(&policy.document);
            match reader.read(&json) {
                Err(_) => errors.push(PolicyError::ObligationTooIntricate {
                    policy: policy.document.clone(),
                }),
                Ok(when) => {
                    if document.is_some_and(|document| document.state == PolicyState::On) {
                        obliging.push(Obliging {
                            place,
                            obliges,
                            when,
                        });
                    }
                }
            }
        }
        if errors.is_empty() {
            Ok(obliging)
        } else {
            Err(errors)
        }
    }

    fn obliging_of(&self, app: &Application, obliging: &[Obliging]) -> Vec<Obliging> {
        obliging
            .iter()
            .filter_map(|obliging| obliging.settled(|atom| self.settled(app, atom)))
            .collect()
    }

    fn set_resource_bits(&self, app: &Application, vector: &Vector, bits: &mut Bits) {
        for atom in vector.atoms() {
            if self.settled(app, atom) == Some(true)
                && let Some(bit) = vector.bit(atom)
            {
                bits.set(bit);
            }
        }
    }
}

/// The atoms that get a shared bit: those of the policies for everybody first, then what most applications ask for.
fn shared_atoms(
    everywhere: &[usize],
    of_app: &BTreeMap<AppId, Vec<usize>>,
    compiled: &[Compiled],
) -> Vec<Atom> {
    let mut shared: Vec<Atom> = atoms(everywhere, compiled)
        .collect::<BTreeSet<Atom>>()
        .into_iter()
        .collect();
    let mut counts: BTreeMap<Atom, usize> = BTreeMap::new();
    for places in of_app.values() {
        for atom in atoms(places, compiled).collect::<BTreeSet<Atom>>() {
            *counts.entry(atom).or_default() += 1;
        }
    }
    let mut others: Vec<(usize, Atom)> = counts
        .into_iter()
        .filter(|(atom, _)| !shared.contains(atom))
        .map(|(atom, count)| (count, atom))
        .collect();
    others.sort_unstable_by_key(|(count, atom)| (std::cmp::Reverse(*count), *atom));
    shared.extend(others.into_iter().map(|(_, atom)| atom));
    shared.truncate(Half::LEN);
    shared
}

/// The people that a policy names.
pub(crate) fn people(policy: &cedar_policy::Policy) -> Vec<PersonId> {
    policy
        .entity_literals()
        .into_iter()
        .filter(|literal| literal.type_name().to_string() == "Person")
        .filter_map(|literal| literal.id().unescaped().parse().ok())
        .collect()
}
