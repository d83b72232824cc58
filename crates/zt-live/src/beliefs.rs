//! What this process believes right now: the records, indexed for deciding.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use zt_auth::Session;
use zt_device::{Device, DeviceState};
use zt_identity::Person;
use zt_policy::PolicySet;
use zt_store::{Change, Conflict, State};
use zt_trust::{Fact, FactKey, Places};
use zt_types::{DeviceId, PersonId, SessionId, Subject, Timestamp, TokenHash};

/// The records and the indices over them. Changed only by [`Beliefs::apply`], so the two never part.
pub(crate) struct Beliefs {
    state: State,
    /// The compiled policies in force.
    pub(crate) policies: Arc<PolicySet>,
    /// Counts the plans that were believed; recorded with each decision as the version of its facts.
    pub(crate) version: u64,
    tokens: HashMap<TokenHash, SessionId>,
    sessions_of: HashMap<PersonId, BTreeSet<SessionId>>,
    open_facts: HashMap<Subject, BTreeSet<FactKey>>,
    devices_of: HashMap<PersonId, BTreeSet<DeviceId>>,
    /// Where addresses are.
    pub(crate) places: Arc<Places>,
}

/// Whose decisions a change may turn.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Affected {
    /// Everybody's: the register or the policies changed.
    pub(crate) everybody: Everybody,
    /// Those of these people.
    pub(crate) people: BTreeSet<PersonId>,
    /// Those from these devices.
    pub(crate) devices: BTreeSet<DeviceId>,
    /// Those of these sessions.
    pub(crate) sessions: BTreeSet<SessionId>,
}

/// Whether a change concerns everybody.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Everybody {
    /// It does.
    Yes,
    /// Those to whom the new policies grant something else.
    IfPoliciesTurn,
    /// Only those who are named.
    #[default]
    No,
}

impl Beliefs {
    pub(crate) fn new(state: State, policies: Arc<PolicySet>, places: Arc<Places>) -> Self {
        let mut beliefs = Self {
            state: State::default(),
            policies,
            version: 0,
            tokens: HashMap::new(),
            sessions_of: HashMap::new(),
            open_facts: HashMap::new(),
            devices_of: HashMap::new(),
            places,
        };
        for device in state.devices.values() {
            beliefs.index_device(device);
        }
        for session in state.sessions.values() {
            beliefs.index_session(session);
        }
        for fact in state.facts.values() {
            beliefs.index_fact(fact);
        }
        beliefs.state = state;
        beliefs
    }

    pub(crate) const fn state(&self) -> &State {
        &self.state
    }

    /// Believes the changes of one committed plan.
    pub(crate) fn apply(&mut self, changes: &[Change]) -> Result<Affected, Conflict> {
        // A stepped-up session has a new cookie: the old one must stop working in the same instant.
        let replaced: Vec<TokenHash> = changes
            .iter()
            .filter_map(|change| match change {
                Change::PutSession(session) => {
                    self.state.sessions.get(&session.id).map(|kept| kept.token)
                }
                _ => None,
            })
            .collect();
        self.state.apply(changes)?;
        self.version += 1;
        for token in replaced {
            self.tokens.remove(&token);
        }
        let mut affected = Affected::default();
        for change in changes {
            self.index(change, &mut affected);
        }
        Ok(affected)
    }

    fn index(&mut self, change: &Change, affected: &mut Affected) {
        match change {
            Change::PutPerson(person) => {
                affected.people.insert(person.id);
            }
            Change::PutDevice(device) => {
                self.index_device(device);
                affected.devices.insert(device.id);
            }
            Change::PutCertificate(certificate) => {
                affected.devices.insert(certificate.device);
            }
            Change::PutFact(fact) => {
                self.index_fact(fact);
                match fact.key.subject {
                    Subject::Person(person) => affected.people.insert(person),
                    Subject::Device(device) => affected.devices.insert(device),
                    Subject::Session(session) => affected.sessions.insert(session),
                };
            }
            Change::PutPosture(record) => {
                affected.devices.insert(record.device);
            }
            Change::PutSession(session) => {
                self.index_session(session);
                affected.sessions.insert(session.id);
            }
            Change::BindSession { session, .. } => {
                affected.sessions.insert(*session);
            }
            Change::EndSession { session, .. } => {
                if let Some(record) = self.state.sessions.get(session).cloned() {
                    self.index_session(&record);
                }
                affected.sessions.insert(*session);
            }
            Change::PutCredential(credential) => {
                affected.people.insert(credential.person);
            }
            Change::PutResetDue(due) => {
                affected.people.insert(due.person);
            }
            Change::RemoveResetDue(person) => {
                affected.people.insert(*person);
            }
            Change::PutTermsAcceptance(acceptance) => {
                affected.people.insert(acceptance.person);
            }
            Change::PutApplication(_)
            | Change::RemoveApplication(_)
            | Change::PutGroup(_)
            | Change::RemoveGroup(_)
            | Change::PutNetwork(_)
            | Change::RemoveNetwork(_)
            | Change::PutCalendar(_)
            | Change::RemoveCalendar(_)
            | Change::PutTerms(_)
            | Change::RemoveTerms(_) => affected.everybody = Everybody::Yes,
            Change::PutPolicy(_) | Change::RemovePolicy(_) => {
                if affected.everybody == Everybody::No {
                    affected.everybody = Everybody::IfPoliciesTurn;
                }
            }
            // These touch nothing that a decision reads.
            Change::PutSource(_)
            | Change::PutEnforcementPoint(_)
            | Change::RemoveEnforcementPoint(_)
            | Change::RemoveSource(_)
            | Change::PutEnrolmentCode(_)
            | Change::UseEnrolmentCode { .. }
            | Change::RemoveCredential(_)
            | Change::AdvanceTotp { .. }
            | Change::UseRecoveryCode { .. }
            | Change::PutFlow(_)
            | Change::RemoveFlow(_)
            | Change::RemoveFlowsOf { .. }
            | Change::OnlySessionsOf { .. }
            | Change::KeepsSecondFactor(_)
            | Change::PutResetPass(_)
            | Change::UseResetPass { .. }
            | Change::RemoveResetPass(_)
            | Change::PutAppSession(_)
            | Change::PutClient(_)
            | Change::RemoveClient(_)
            | Change::NoteOfClient { .. }
            | Change::PutServiceProvider(_)
            | Change::SameServiceProvider(_)
            | Change::RemoveServiceProvider(_)
            | Change::PutInitialToken(_)
            | Change::RemoveInitialToken(_)
            | Change::UseInitialToken { .. }
            | Change::PutRegistration { .. }
            | Change::PutGrant(_)
            | Change::MoveGrant { .. }
            | Change::EndGrant { .. }
            | Change::ForgetCode(_)
            | Change::GrantTold { .. }
            | Change::GrantGiven(_)
            | Change::GrantNotTold { .. }
            | Change::GrantLapse { .. }
            | Change::PutConsent(_)
            | Change::RemoveConsent { .. }
            | Change::RemoveConsentsWith { .. }
            | Change::PutRedeemCode(_)
            | Change::UseRedeemCode { .. }
            | Change::ResetGuesses(_)
            | Change::ForgiveGuess(_)
            | Change::PutSignInLink(_)
            | Change::UseSignInLink { .. }
            | Change::PutRevision(_)
            | Change::RemoveRevision(_)
            | Change::PoliciesAt(_)
            | Change::PutTask(_)
            | Change::PutSetting { .. } => {}
        }
    }

    /// Forgets what was over before `before`.
    pub(crate) fn forget_before(&mut self, before: Timestamp) {
        self.state.forget_before(before);
        let sessions = &self.state.sessions;
        self.tokens.retain(|_, id| sessions.contains_key(id));
        self.sessions_of.retain(|_, ids| {
            ids.retain(|id| sessions.contains_key(id));
            !ids.is_empty()
        });
    }

    fn index_session(&mut self, session: &Session) {
        let sessions = self.sessions_of.entry(session.person).or_default();
        if session.ended.is_some() {
            self.tokens.remove(&session.token);
            sessions.remove(&session.id);
        } else {
            self.tokens.insert(session.token, session.id);
            sessions.insert(session.id);
        }
    }

    fn index_device(&mut self, device: &Device) {
        let devices = self.devices_of.entry(device.owner).or_default();
        match device.state {
            DeviceState::Enrolled => devices.insert(device.id),
            DeviceState::Retired => devices.remove(&device.id),
        };
    }

    fn index_fact(&mut self, fact: &Fact) {
        let open = self.open_facts.entry(fact.key.subject).or_default();
        if fact.cleared_at.is_some() {
            open.remove(&fact.key);
        } else {
            open.insert(fact.key.clone());
        }
    }

    /// The session a cookie at `id.<domain>` belongs to; `None` once it has ended.
    pub(crate) fn session_of_token(&self, token: &TokenHash) -> Option<&Session> {
        self.tokens
            .get(token)
            .and_then(|id| self.state.sessions.get(id))
    }

    /// A person's sessions that have not ended.
    pub(crate) fn sessions_of(&self, person: PersonId) -> impl Iterator<Item = &Session> {
        self.sessions_of
            .get(&person)
            .into_iter()
            .flatten()
            .filter_map(|id| self.state.sessions.get(id))
    }

    /// How many devices of a person are in use.
    pub(crate) fn count_devices_of(&self, person: PersonId) -> usize {
        self.devices_of.get(&person).map_or(0, BTreeSet::len)
    }

    /// Open facts about a subject.
    pub(crate) fn open_facts(&self, subject: Subject) -> impl Iterator<Item = &Fact> {
        self.open_facts
            .get(&subject)
            .into_iter()
            .flatten()
            .filter_map(|key| self.state.facts.get(key))
    }

    pub(crate) fn person(&self, id: PersonId) -> Option<&Person> {
        self.state.people.get(&id)
    }

    pub(crate) fn device(&self, id: DeviceId) -> Option<&Device> {
        self.state.devices.get(&id)
    }
}
