//! The records in memory: what the memory store keeps, and what a process believes of the durable one.

use crate::{Change, Conflict, FlowRecord};
use std::collections::BTreeMap;
use zt_auth::{
    AppSession, Credential, CredentialSecret, GuessCounter, GuessScope, RedeemCode, Session,
    SignInLink,
};
use zt_device::{Certificate, Device, EnrolmentCode};
use zt_events::Task;
use zt_identity::{Group, Person};
use zt_policy::{Application, PolicyDocument};
use zt_trust::{Fact, FactKey, Source};
use zt_types::{
    AppId, CertificateSerial, CredentialId, DeviceId, FlowId, GroupId, PersonId, PolicyId,
    SessionId, SourceId, TaskId, Timestamp, TokenHash,
};

/// All records, by their keys.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// People.
    pub people: BTreeMap<PersonId, Person>,
    /// Who has which login.
    pub logins: BTreeMap<String, PersonId>,
    /// Groups.
    pub groups: BTreeMap<GroupId, Group>,
    /// Applications.
    pub applications: BTreeMap<AppId, Application>,
    /// Policies.
    pub policies: BTreeMap<PolicyId, PolicyDocument>,
    /// Sources of signals.
    pub sources: BTreeMap<SourceId, Source>,
    /// Devices.
    pub devices: BTreeMap<DeviceId, Device>,
    /// Certificates.
    pub certificates: BTreeMap<CertificateSerial, Certificate>,
    /// Enrolment codes not yet used.
    pub enrolment_codes: BTreeMap<TokenHash, EnrolmentCode>,
    /// Facts, open and cleared.
    pub facts: BTreeMap<FactKey, Fact>,
    /// Factors.
    pub credentials: BTreeMap<CredentialId, Credential>,
    /// Sign-in flows under way.
    pub flows: BTreeMap<FlowId, FlowRecord>,
    /// Sessions, ended ones for a while.
    pub sessions: BTreeMap<SessionId, Session>,
    /// Sessions on applications' hosts.
    pub app_sessions: BTreeMap<TokenHash, AppSession>,
    /// Codes that carry a session, not yet used.
    pub redeem_codes: BTreeMap<TokenHash, RedeemCode>,
    /// Links of break-glass accounts, not yet used.
    pub sign_in_links: BTreeMap<TokenHash, SignInLink>,
    /// Counters of guesses.
    pub guesses: BTreeMap<GuessScope, GuessCounter>,
    /// Tasks.
    pub tasks: BTreeMap<TaskId, Task>,
    /// Named settings.
    pub settings: BTreeMap<String, Vec<u8>>,
}

impl State {
    /// Applies all changes, or none.
    ///
    /// # Errors
    /// The first precondition that does not hold; the state is then as it was.
    pub fn apply(&mut self, changes: &[Change]) -> Result<(), Conflict> {
        // Preconditions may depend on earlier changes of the same plan, so each is checked where it stands; what was
        // done before a failure is undone from the saved records.
        let mut undo = Vec::with_capacity(changes.len());
        for change in changes {
            match self.apply_one(change) {
                Ok(step) => undo.push(step),
                Err(conflict) => {
                    while let Some(step) = undo.pop() {
                        step(self);
                    }
                    return Err(conflict);
                }
            }
        }
        Ok(())
    }

    /// The factors of a person, oldest first.
    pub fn credentials_of(&self, person: PersonId) -> impl Iterator<Item = &Credential> {
        self.credentials
            .values()
            .filter(move |c| c.person == person)
    }

    /// Counts one guess, as `zt-auth` says.
    pub fn count_guess(&mut self, scope: &GuessScope, now: Timestamp) -> GuessCounter {
        let counter = GuessCounter::count(self.guesses.get(scope), scope, now);
        self.guesses.insert(scope.clone(), counter.clone());
        counter
    }

    fn apply_one(&mut self, change: &Change) -> Result<Undo, Conflict> {
        Ok(match change {
            Change::PutPerson(person) => {
                match self.logins.get(&person.login) {
                    Some(owner) if *owner != person.id => {
                        return Err(Conflict::LoginTaken(person.login.clone()));
                    }
                    _ => {}
                }
                let before = self.people.insert(person.id, person.clone());
                let old_login = before
                    .as_ref()
                    .map(|p| p.login.clone())
                    .filter(|login| *login != person.login);
                if let Some(login) = &old_login {
                    self.logins.remove(login);
                }
                self.logins.insert(person.login.clone(), person.id);
                let (id, login) = (person.id, person.login.clone());
                Box::new(move |state| {
                    state.logins.remove(&login);
                    if let Some(before) = &before {
                        state.logins.insert(before.login.clone(), id);
                    }
                    restore(&mut state.people, id, before);
                })
            }
            Change::PutGroup(group) => {
                put(|s| &mut s.groups, self, group.id.clone(), group.clone())
            }
            Change::RemoveGroup(id) => remove(|s| &mut s.groups, self, id.clone()),
            Change::PutApplication(app) => {
                put(|s| &mut s.applications, self, app.id.clone(), app.clone())
            }
            Change::RemoveApplication(id) => remove(|s| &mut s.applications, self, id.clone()),
            Change::PutPolicy(policy) => {
                put(|s| &mut s.policies, self, policy.id.clone(), policy.clone())
            }
            Change::RemovePolicy(id) => remove(|s| &mut s.policies, self, id.clone()),
            Change::PutSource(source) => {
                put(|s| &mut s.sources, self, source.id.clone(), source.clone())
            }
            Change::RemoveSource(id) => remove(|s| &mut s.sources, self, id.clone()),
            Change::PutDevice(device) => put(|s| &mut s.devices, self, device.id, device.clone()),
            Change::PutCertificate(certificate) => put(
                |s| &mut s.certificates,
                self,
                certificate.serial,
                certificate.clone(),
            ),
            Change::PutEnrolmentCode(code) => {
                put(|s| &mut s.enrolment_codes, self, code.hash, code.clone())
            }
            Change::UseEnrolmentCode { hash, now } => {
                let usable = self
                    .enrolment_codes
                    .get(hash)
                    .is_some_and(|code| *now < code.expires_at);
                if !usable {
                    return Err(Conflict::NotUsable);
                }
                remove(|s| &mut s.enrolment_codes, self, *hash)
            }
            Change::PutFact(fact) => put(|s| &mut s.facts, self, fact.key.clone(), fact.clone()),
            Change::PutCredential(credential) => put(
                |s| &mut s.credentials,
                self,
                credential.id,
                credential.clone(),
            ),
            Change::RemoveCredential(id) => {
                if !self.credentials.contains_key(id) {
                    return Err(Conflict::Missing("factor"));
                }
                remove(|s| &mut s.credentials, self, *id)
            }
            Change::AdvanceTotp {
                credential,
                step,
                now,
            } => {
                let mut record = self
                    .credentials
                    .get(credential)
                    .cloned()
                    .ok_or(Conflict::Missing("factor"))?;
                match &mut record.secret {
                    CredentialSecret::Totp { last_step, .. } if *step > *last_step => {
                        *last_step = *step
                    }
                    CredentialSecret::Totp { .. } => return Err(Conflict::Replayed),
                    _ => return Err(Conflict::Missing("authenticator app")),
                }
                record.last_used_at = Some(*now);
                put(|s| &mut s.credentials, self, *credential, record)
            }
            Change::UseRecoveryCode {
                credential,
                hash,
                now,
            } => {
                let mut record = self
                    .credentials
                    .get(credential)
                    .cloned()
                    .ok_or(Conflict::Missing("factor"))?;
                let CredentialSecret::RecoveryCodes { unused } = &mut record.secret else {
                    return Err(Conflict::Missing("recovery codes"));
                };
                let before = unused.len();
                unused.retain(|kept| kept != hash);
                if unused.len() == before {
                    return Err(Conflict::NotUsable);
                }
                record.last_used_at = Some(*now);
                put(|s| &mut s.credentials, self, *credential, record)
            }
            Change::PutFlow(flow) => {
                let expected = self
                    .flows
                    .get(&flow.id)
                    .map_or(0, |kept| kept.version.saturating_add(1));
                if flow.version != expected {
                    return Err(Conflict::FlowMoved);
                }
                put(|s| &mut s.flows, self, flow.id, flow.clone())
            }
            Change::RemoveFlow(id) => remove(|s| &mut s.flows, self, *id),
            Change::PutSession(session) => {
                if self
                    .sessions
                    .get(&session.id)
                    .is_some_and(|kept| kept.ended.is_some())
                {
                    return Err(Conflict::SessionEnded);
                }
                put(|s| &mut s.sessions, self, session.id, session.clone())
            }
            Change::EndSession { session, at, why } => {
                let mut record = self.live_session(*session)?.clone();
                record.ended = Some((*at, *why));
                let cookies: Vec<AppSession> = self
                    .app_sessions
                    .values()
                    .filter(|app| app.session == *session)
                    .cloned()
                    .collect();
                for cookie in &cookies {
                    self.app_sessions.remove(&cookie.token);
                }
                let undo = put(|s| &mut s.sessions, self, *session, record);
                Box::new(move |state| {
                    undo(state);
                    state
                        .app_sessions
                        .extend(cookies.into_iter().map(|cookie| (cookie.token, cookie)));
                })
            }
            Change::PutAppSession(app_session) => {
                self.live_session(app_session.session)?;
                put(
                    |s| &mut s.app_sessions,
                    self,
                    app_session.token,
                    app_session.clone(),
                )
            }
            Change::PutRedeemCode(code) => {
                put(|s| &mut s.redeem_codes, self, code.hash, code.clone())
            }
            Change::UseRedeemCode { hash, now } => {
                let usable = self
                    .redeem_codes
                    .get(hash)
                    .is_some_and(|code| *now < code.expires_at);
                if !usable {
                    return Err(Conflict::NotUsable);
                }
                remove(|s| &mut s.redeem_codes, self, *hash)
            }
            Change::ResetGuesses(scopes) => {
                let before: Vec<GuessCounter> = scopes
                    .iter()
                    .filter_map(|scope| self.guesses.remove(scope))
                    .collect();
                Box::new(move |state| {
                    state
                        .guesses
                        .extend(before.into_iter().map(|c| (c.scope.clone(), c)))
                })
            }
            Change::ForgiveGuess(scopes) => {
                let before: Vec<GuessCounter> = scopes
                    .iter()
                    .filter_map(|scope| self.guesses.get(scope).cloned())
                    .collect();
                for counter in &before {
                    self.guesses
                        .insert(counter.scope.clone(), counter.forgiven());
                }
                Box::new(move |state| {
                    state
                        .guesses
                        .extend(before.into_iter().map(|c| (c.scope.clone(), c)))
                })
            }
            Change::PutSignInLink(link) => {
                put(|s| &mut s.sign_in_links, self, link.hash, link.clone())
            }
            Change::UseSignInLink { hash, now } => {
                let usable = self
                    .sign_in_links
                    .get(hash)
                    .is_some_and(|link| *now < link.expires_at);
                if !usable {
                    return Err(Conflict::NotUsable);
                }
                remove(|s| &mut s.sign_in_links, self, *hash)
            }
            Change::PutTask(task) => put(|s| &mut s.tasks, self, task.id, task.clone()),
            Change::PutSetting { name, value } => {
                put(|s| &mut s.settings, self, name.clone(), value.clone())
            }
        })
    }

    fn live_session(&self, id: SessionId) -> Result<&Session, Conflict> {
        self.sessions
            .get(&id)
            .filter(|session| session.ended.is_none())
            .ok_or(Conflict::SessionEnded)
    }
}

type Undo = Box<dyn FnOnce(&mut State)>;

fn put<K, V>(
    table: fn(&mut State) -> &mut BTreeMap<K, V>,
    state: &mut State,
    key: K,
    value: V,
) -> Undo
where
    K: Ord + Clone + 'static,
    V: 'static,
{
    let before = table(state).insert(key.clone(), value);
    Box::new(move |state| restore(table(state), key, before))
}

fn remove<K, V>(table: fn(&mut State) -> &mut BTreeMap<K, V>, state: &mut State, key: K) -> Undo
where
    K: Ord + Clone + 'static,
    V: 'static,
{
    let before = table(state).remove(&key);
    Box::new(move |state| restore(table(state), key, before))
}

fn restore<K: Ord, V>(table: &mut BTreeMap<K, V>, key: K, before: Option<V>) {
    match before {
        Some(value) => {
            table.insert(key, value);
        }
        None => {
            table.remove(&key);
        }
    }
}
