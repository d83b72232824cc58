//! Changes applied to the records, so that they can be taken back and so that it is known which records they touched.

mod clients;
mod factors;
mod grants;
mod programs;
mod registrations;

use super::State;
use crate::{Change, Conflict, FlowRecord, Forgotten, Revision};
pub use clients::ClientNote;
use factors::{advanced, recovered};
use std::collections::BTreeMap;
use zt_auth::{
    AppSession, Consent, Credential, Grant, GrantEnd, GrantState, GuessCounter, GuessScope,
    RedeemCode, ResetDue, ResetPass, Session, SignInLink,
};
use zt_device::EnrolmentCode;
use zt_policy::{Calendar, EnforcementPoint, Network};
use zt_trust::FactKey;
use zt_types::{
    AppId, CalendarId, CertificateSerial, ClientId, CredentialId, DeviceId, EnforcementPointId,
    FactorKind, FlowId, GrantId, GroupId, InitialTokenId, NetworkId, PersonId, PolicyId, SessionId,
    SourceId, TaskId, TermsId, Timestamp, TokenHash,
};

/// Names one record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Row {
    Person(PersonId),
    Group(GroupId),
    Application(AppId),
    Policy(PolicyId),
    Network(NetworkId),
    Calendar(CalendarId),
    Source(SourceId),
    EnforcementPoint(EnforcementPointId),
    Client(ClientId),
    ServiceProvider(ClientId),
    Registration(ClientId),
    InitialToken(InitialTokenId),
    Device(DeviceId),
    Certificate(CertificateSerial),
    EnrolmentCode(TokenHash),
    Fact(FactKey),
    Posture((DeviceId, SourceId)),
    Credential(CredentialId),
    Flow(FlowId),
    Session(SessionId),
    AppSession(TokenHash),
    RedeemCode(TokenHash),
    Grant(GrantId),
    Consent((PersonId, ClientId)),
    SignInLink(TokenHash),
    ResetDue(PersonId),
    ResetPass(PersonId),
    Terms(TermsId),
    Acceptance((PersonId, TermsId)),
    Guess(GuessScope),
    Task(TaskId),
    Revision(u64),
    Setting(String),
}

/// What was done to a state.
#[derive(Default)]
pub(crate) struct Applied {
    undo: Vec<Undo>,
    touched: Vec<Row>,
}

struct Undo(Box<dyn FnOnce(&mut State)>);

impl Applied {
    /// The records that differ, or may: what the state says of them now is what there is.
    pub(crate) fn touched(&self) -> &[Row] {
        &self.touched
    }

    /// Makes the state what it was. Later work must have been taken back already.
    pub(crate) fn take_back(self, state: &mut State) {
        for Undo(step) in self.undo.into_iter().rev() {
            step(state);
        }
    }
}

/// Writes a record, or removes it (`None`), and gives what was there. Indices follow.
struct Setter<K, V>(fn(&mut State, K, Option<V>) -> Option<V>);

impl State {
    /// Applies all changes, or none.
    pub(crate) fn apply_reversibly(&mut self, changes: &[Change]) -> Result<Applied, Conflict> {
        // Preconditions may depend on earlier changes of the same plan, so each is checked where it stands.
        let mut done = Applied::default();
        for change in changes {
            if let Err(conflict) = self.apply_one(change, &mut done) {
                done.take_back(self);
                return Err(conflict);
            }
        }
        Ok(done)
    }

    pub(crate) fn count_reversibly(
        &mut self,
        scope: &GuessScope,
        now: Timestamp,
        done: &mut Applied,
    ) -> GuessCounter {
        let counter = GuessCounter::count(self.guesses.get(scope), scope, now);
        self.set(
            done,
            Row::Guess,
            scope.clone(),
            Some(counter.clone()),
            GUESSES,
        );
        counter
    }

    pub(crate) fn forget_reversibly(&mut self, before: Timestamp) -> (Applied, Forgotten) {
        let mut done = Applied::default();
        let mut forgotten = Forgotten::default();
        for id in keys(&self.flows, |flow| flow.expires_at < before) {
            self.set(&mut done, Row::Flow, id, None, FLOWS);
            forgotten.flows += 1;
        }
        for hash in keys(&self.enrolment_codes, |code| code.expires_at < before) {
            self.set(&mut done, Row::EnrolmentCode, hash, None, ENROLMENT_CODES);
            forgotten.codes += 1;
        }
        forgotten.codes += self.forget_initial_tokens(before, &mut done);
        for hash in keys(&self.redeem_codes, |code| code.expires_at < before) {
            self.set(&mut done, Row::RedeemCode, hash, None, REDEEM_CODES);
            forgotten.codes += 1;
        }
        for hash in keys(&self.sign_in_links, |link| link.expires_at < before) {
            self.set(&mut done, Row::SignInLink, hash, None, SIGN_IN_LINKS);
            forgotten.codes += 1;
        }
        for person in keys(&self.reset_passes, |pass| pass.expires_at < before) {
            self.set(&mut done, Row::ResetPass, person, None, RESET_PASSES);
            forgotten.codes += 1;
        }
        let over = |session: &Session| {
            let ended = session.ended.is_some_and(|(at, _)| at < before);
            ended || session.expires_at < before
        };
        for id in keys(&self.sessions, over) {
            self.end_cookies(id, &mut done);
            self.set(&mut done, Row::Session, id, None, SESSIONS);
            forgotten.sessions += 1;
        }
        // Whoever could not be told by then is past telling.
        let grants = keys(&self.grants, |grant| match grant.state {
            GrantState::Ended { at, .. } => at < before,
            _ => grant.expires_at < before,
        });
        for id in grants {
            self.set(&mut done, Row::Grant, id, None, GRANTS);
            forgotten.grants += 1;
        }
        // A person's own counters stay: there are few, and forgetting one would loosen a lock-out. The others are
        // without bound, since a stranger makes them.
        let strangers = |counter: &GuessCounter| {
            !matches!(counter.scope, GuessScope::Person { .. }) && counter.last_at < before
        };
        for scope in keys(&self.guesses, strangers) {
            self.set(&mut done, Row::Guess, scope, None, GUESSES);
            forgotten.counters += 1;
        }
        (done, forgotten)
    }

    fn apply_one(&mut self, change: &Change, done: &mut Applied) -> Result<(), Conflict> {
        match change {
            Change::PutPerson(person) => {
                let owner = self.logins.get(&person.login);
                if owner.is_some_and(|owner| *owner != person.id) {
                    return Err(Conflict::LoginTaken(person.login.clone()));
                }
                let setter = Setter(State::set_person);
                self.set(done, Row::Person, person.id, Some(person.clone()), setter);
            }
            Change::PutGroup(group) => {
                let (id, setter) = (
                    group.id.clone(),
                    Setter(|s, k, v| swap(&mut s.groups, k, v)),
                );
                self.set(done, Row::Group, id, Some(group.clone()), setter);
            }
            Change::RemoveGroup(id) => {
                let setter = Setter(|s, k, v| swap(&mut s.groups, k, v));
                self.set(done, Row::Group, id.clone(), None, setter);
            }
            Change::PutApplication(app) => {
                let setter = Setter(|s, k, v| swap(&mut s.applications, k, v));
                self.set(
                    done,
                    Row::Application,
                    app.id.clone(),
                    Some(app.clone()),
                    setter,
                );
            }
            Change::RemoveApplication(id) => {
                if let Some(program) = self.program_of(id) {
                    return Err(Conflict::HasClients {
                        app: id.clone(),
                        client: program.clone(),
                    });
                }
                self.drop_initial_tokens(id, done);
                let setter = Setter(|s, k, v| swap(&mut s.applications, k, v));
                self.set(done, Row::Application, id.clone(), None, setter);
            }
            Change::PutPolicy(policy) => {
                let setter = Setter(|s, k, v| swap(&mut s.policies, k, v));
                self.set(
                    done,
                    Row::Policy,
                    policy.id.clone(),
                    Some(policy.clone()),
                    setter,
                );
            }
            Change::RemovePolicy(id) => {
                let setter = Setter(|s, k, v| swap(&mut s.policies, k, v));
                self.set(done, Row::Policy, id.clone(), None, setter);
            }
            Change::PutNetwork(network) => {
                let (id, value) = (network.id.clone(), Some(network.clone()));
                self.set(done, Row::Network, id, value, NETWORKS);
            }
            Change::RemoveNetwork(id) => self.set(done, Row::Network, id.clone(), None, NETWORKS),
            Change::PutCalendar(calendar) => {
                let (id, value) = (calendar.id.clone(), Some(calendar.clone()));
                self.set(done, Row::Calendar, id, value, CALENDARS);
            }
            Change::RemoveCalendar(id) => {
                self.set(done, Row::Calendar, id.clone(), None, CALENDARS);
            }
            Change::PutSource(source) => {
                let setter = Setter(|s, k, v| swap(&mut s.sources, k, v));
                self.set(
                    done,
                    Row::Source,
                    source.id.clone(),
                    Some(source.clone()),
                    setter,
                );
            }
            Change::RemoveSource(id) => {
                let setter = Setter(|s, k, v| swap(&mut s.sources, k, v));
                self.set(done, Row::Source, id.clone(), None, setter);
            }
            Change::PutEnforcementPoint(point) => {
                let (id, value) = (point.id.clone(), Some(point.clone()));
                self.set(done, Row::EnforcementPoint, id, value, ENFORCEMENT_POINTS);
            }
            Change::RemoveEnforcementPoint(id) => {
                let id = id.clone();
                self.set(done, Row::EnforcementPoint, id, None, ENFORCEMENT_POINTS);
            }
            Change::PutClient(client) => self.put_client(client, done)?,
            Change::RemoveClient(id) => self.remove_client(id, done),
            Change::NoteOfClient {
                client,
                note,
                value,
            } => self.note_of_client(client, *note, value, done),
            Change::PutServiceProvider(provider) => self.put_service_provider(provider, done)?,
            Change::SameServiceProvider(known) => {
                if self.service_providers.get(&known.id) != Some(&**known) {
                    return Err(Conflict::ProviderMoved(known.id.clone()));
                }
            }
            Change::RemoveServiceProvider(id) => self.remove_service_provider(id, done),
            Change::PutInitialToken(token) => self.put_initial_token(token, done)?,
            Change::RemoveInitialToken(id) => self.remove_initial_token(*id, done)?,
            Change::UseInitialToken { token, now } => self.use_initial_token(*token, *now, done)?,
            Change::PutRegistration { to, from } => self.put_registration(to, *from, done)?,
            Change::PutDevice(device) => {
                let setter = Setter(|s, k, v| swap(&mut s.devices, k, v));
                self.set(done, Row::Device, device.id, Some(device.clone()), setter);
            }
            Change::PutCertificate(certificate) => {
                let setter = Setter(|s, k, v| swap(&mut s.certificates, k, v));
                let serial = certificate.serial;
                self.set(
                    done,
                    Row::Certificate,
                    serial,
                    Some(certificate.clone()),
                    setter,
                );
            }
            Change::PutEnrolmentCode(code) => {
                let value = Some(code.clone());
                self.set(done, Row::EnrolmentCode, code.hash, value, ENROLMENT_CODES);
            }
            Change::UseEnrolmentCode { hash, now } => {
                let code = self.enrolment_codes.get(hash);
                usable(code.is_some_and(|code| *now < code.expires_at))?;
                self.set(done, Row::EnrolmentCode, *hash, None, ENROLMENT_CODES);
            }
            Change::PutFact(fact) => {
                let setter = Setter(|s, k, v| swap(&mut s.facts, k, v));
                self.set(
                    done,
                    Row::Fact,
                    fact.key.clone(),
                    Some(fact.clone()),
                    setter,
                );
            }
            Change::PutPosture(record) => {
                let key = (record.device, record.source.clone());
                let setter = Setter(|s, k, v| swap(&mut s.postures, k, v));
                self.set(done, Row::Posture, key, Some(record.clone()), setter);
            }
            Change::PutCredential(credential) => {
                let value = Some(credential.clone());
                self.set(done, Row::Credential, credential.id, value, CREDENTIALS);
            }
            Change::RemoveCredential(id) => {
                if !self.credentials.contains_key(id) {
                    return Err(Conflict::Missing("factor"));
                }
                self.set(done, Row::Credential, *id, None, CREDENTIALS);
            }
            Change::AdvanceTotp {
                credential,
                step,
                now,
            } => {
                let used = advanced(self.factor(*credential)?, *step, *now)?;
                self.set(done, Row::Credential, *credential, Some(used), CREDENTIALS);
            }
            Change::UseRecoveryCode {
                credential,
                hash,
                now,
            } => {
                let used = recovered(self.factor(*credential)?, hash, *now)?;
                self.set(done, Row::Credential, *credential, Some(used), CREDENTIALS);
            }
            Change::PutFlow(flow) => {
                let kept = self.flows.get(&flow.id);
                let expected = kept.map_or(0, |kept| kept.version.saturating_add(1));
                if flow.version != expected {
                    return Err(Conflict::FlowMoved);
                }
                self.set(done, Row::Flow, flow.id, Some(flow.clone()), FLOWS);
            }
            Change::RemoveFlow(id) => self.set(done, Row::Flow, *id, None, FLOWS),
            Change::RemoveFlowsOf { person, keep } => {
                let hers = |flow: &FlowRecord| flow.person == Some(*person) && flow.id != *keep;
                for id in keys(&self.flows, hers) {
                    self.set(done, Row::Flow, id, None, FLOWS);
                }
            }
            Change::OnlySessionsOf { person, sessions } => {
                let unknown = |session: &Session| {
                    session.person == *person
                        && session.ended.is_none()
                        && !sessions.contains(&session.id)
                };
                if self.sessions.values().any(unknown) {
                    return Err(Conflict::SessionsMoved);
                }
            }
            Change::KeepsSecondFactor(person) => {
                let is_second = |credential: &Credential| {
                    matches!(
                        credential.secret.kind(),
                        FactorKind::Passkey | FactorKind::Totp
                    )
                };
                if !self.credentials_of(*person).any(is_second) {
                    return Err(Conflict::LastFactor);
                }
            }
            Change::PutSession(session) => {
                let kept = self.sessions.get(&session.id);
                if kept.is_some_and(|kept| kept.ended.is_some()) {
                    return Err(Conflict::SessionEnded);
                }
                let mut value = session.clone();
                if let Some(kept) = kept.filter(|kept| kept.device.is_some()) {
                    // INVARIANT: a session never leaves its device, whatever its writer knew of it.
                    value.device = kept.device;
                    value.certificate = kept.certificate;
                }
                self.set(done, Row::Session, session.id, Some(value), SESSIONS);
            }
            Change::BindSession {
                session,
                device,
                certificate,
            } => {
                let mut record = self.live_session(*session)?.clone();
                if record.device.is_none() {
                    record.device = Some(*device);
                    record.certificate = Some(*certificate);
                }
                self.set(done, Row::Session, *session, Some(record), SESSIONS);
            }
            Change::EndSession { session, at, why } => {
                let mut record = self.live_session(*session)?.clone();
                record.ended = Some((*at, *why));
                self.end_cookies(*session, done);
                let grants: Vec<GrantId> = self.grants_of(*session).map(|grant| grant.id).collect();
                self.end_grants(grants, *at, GrantEnd::SessionEnded, done);
                self.set(done, Row::Session, *session, Some(record), SESSIONS);
            }
            Change::PutAppSession(cookie) => {
                self.live_session(cookie.session)?;
                let value = Some(cookie.clone());
                self.set(done, Row::AppSession, cookie.token, value, APP_SESSIONS);
            }
            Change::PutRedeemCode(code) => {
                let value = Some(code.clone());
                self.set(done, Row::RedeemCode, code.hash, value, REDEEM_CODES);
            }
            Change::UseRedeemCode { hash, now } => {
                let code = self.redeem_codes.get(hash);
                usable(code.is_some_and(|code| *now < code.expires_at))?;
                self.set(done, Row::RedeemCode, *hash, None, REDEEM_CODES);
            }
            Change::PutGrant(grant) => {
                self.live_session(grant.session)?;
                if self.app_of(&grant.client) != Some(&grant.app) {
                    return Err(Conflict::Missing("client"));
                }
                if self.grants.contains_key(&grant.id) {
                    return Err(Conflict::GrantMoved);
                }
                let value = Some(grant.clone());
                self.set(done, Row::Grant, grant.id, value, GRANTS);
            }
            Change::MoveGrant { to, from } => {
                self.live_session(to.session)?;
                let kept = self.grants.get(&to.id);
                if kept.is_none_or(|kept| kept.state != *from || kept.session != to.session) {
                    return Err(Conflict::GrantMoved);
                }
                // INVARIANT: a lapse is another's to note; whoever brings a token may not know of it.
                let (lapse, telling) = kept
                    .map(|kept| (kept.lapse, kept.telling.clone()))
                    .unwrap_or_default();
                let to = Grant {
                    lapse,
                    telling,
                    ..to.clone()
                }
                .given();
                self.set(done, Row::Grant, to.id, Some(to), GRANTS);
            }
            Change::EndGrant { grant, at, why } => {
                if !self.grants.contains_key(grant) {
                    return Err(Conflict::Missing("grant"));
                }
                self.end_grants(vec![*grant], *at, *why, done);
            }
            Change::ForgetCode(id) => {
                let kept = self.grants.get(id).map(|grant| grant.state);
                if matches!(kept, Some(GrantState::Code { .. })) {
                    self.set(done, Row::Grant, *id, None, GRANTS);
                }
            }
            Change::GrantTold { grant, what } => {
                self.turn_grant(*grant, |kept| kept.told(*what), done)?;
            }
            Change::GrantGiven(id) => self.turn_grant(*id, |kept| Some(kept.given()), done)?,
            Change::GrantNotTold {
                grant,
                what,
                telling,
            } => {
                self.turn_grant(*grant, |kept| kept.not_told(*what, telling), done)?;
            }
            Change::GrantLapse { grant, since } => {
                self.turn_grant(*grant, |kept| kept.lapsed(*since), done)?;
            }
            Change::PutConsent(consent) => {
                if !self.clients.contains_key(&consent.client) {
                    return Err(Conflict::Missing("client"));
                }
                let key = (consent.person, consent.client.clone());
                self.set(done, Row::Consent, key, Some(consent.clone()), CONSENTS);
            }
            Change::RemoveConsent { person, client, at } => {
                let key = (*person, client.clone());
                if !self.consents.contains_key(&key) {
                    return Err(Conflict::Missing("consent"));
                }
                self.set(done, Row::Consent, key, None, CONSENTS);
                let rests = |grant: &Grant| grant.person == *person && grant.client == *client;
                let grants = keys(&self.grants, rests);
                self.end_grants(grants, *at, GrantEnd::ConsentWithdrawn, done);
            }
            Change::RemoveConsentsWith { client, at } => {
                self.end_agreed(client, *at, done);
            }
            Change::ResetGuesses(scopes) => {
                for scope in scopes {
                    self.set(done, Row::Guess, scope.clone(), None, GUESSES);
                }
            }
            Change::ForgiveGuess(scopes) => {
                for scope in scopes {
                    if let Some(forgiven) = self.guesses.get(scope).map(GuessCounter::forgiven) {
                        self.set(done, Row::Guess, scope.clone(), Some(forgiven), GUESSES);
                    }
                }
            }
            Change::PutSignInLink(link) => {
                let value = Some(link.clone());
                self.set(done, Row::SignInLink, link.hash, value, SIGN_IN_LINKS);
            }
            Change::UseSignInLink { hash, now } => {
                let link = self.sign_in_links.get(hash);
                usable(link.is_some_and(|link| *now < link.expires_at))?;
                self.set(done, Row::SignInLink, *hash, None, SIGN_IN_LINKS);
            }
            Change::PutResetDue(due) => {
                self.set(
                    done,
                    Row::ResetDue,
                    due.person,
                    Some(due.clone()),
                    RESETS_DUE,
                );
            }
            Change::RemoveResetDue(person) => {
                self.set(done, Row::ResetDue, *person, None, RESETS_DUE);
            }
            Change::PutResetPass(pass) => {
                let value = Some(pass.clone());
                self.set(done, Row::ResetPass, pass.person, value, RESET_PASSES);
            }
            Change::UseResetPass { person, hash, now } => {
                let pass = self.reset_passes.get(person);
                usable(pass.is_some_and(|pass| pass.hash == *hash && pass.holds(*now)))?;
                self.set(done, Row::ResetPass, *person, None, RESET_PASSES);
            }
            Change::RemoveResetPass(person) => {
                if !self.reset_passes.contains_key(person) {
                    return Err(Conflict::Missing("pass"));
                }
                self.set(done, Row::ResetPass, *person, None, RESET_PASSES);
            }
            Change::PutTerms(terms) => {
                let (id, setter) = (terms.id.clone(), Setter(|s, k, v| swap(&mut s.terms, k, v)));
                self.set(done, Row::Terms, id, Some(terms.clone()), setter);
            }
            Change::RemoveTerms(id) => {
                let setter = Setter(|s, k, v| swap(&mut s.terms, k, v));
                self.set(done, Row::Terms, id.clone(), None, setter);
            }
            Change::PutTermsAcceptance(acceptance) => {
                let terms = self.terms.get(&acceptance.terms);
                if terms.is_none_or(|terms| terms.version() != acceptance.version) {
                    return Err(Conflict::Missing("text of these terms"));
                }
                let key = (acceptance.person, acceptance.terms.clone());
                let setter = Setter(|s, k, v| swap(&mut s.acceptances, k, v));
                self.set(done, Row::Acceptance, key, Some(acceptance.clone()), setter);
            }
            Change::PutRevision(revision) => {
                let value = Some(revision.clone());
                self.set(done, Row::Revision, revision.number, value, REVISIONS);
            }
            Change::RemoveRevision(number) => {
                self.set(done, Row::Revision, *number, None, REVISIONS);
            }
            Change::PoliciesAt(number) => {
                if crate::revision::newest(self) != *number {
                    return Err(Conflict::PoliciesMoved);
                }
            }
            Change::PutTask(task) => {
                let setter = Setter(|s, k, v| swap(&mut s.tasks, k, v));
                self.set(done, Row::Task, task.id, Some(task.clone()), setter);
            }
            Change::PutSetting { name, value } => {
                let setter = Setter(|s, k, v| swap(&mut s.settings, k, v));
                self.set(
                    done,
                    Row::Setting,
                    name.clone(),
                    Some(value.clone()),
                    setter,
                );
            }
        }
        Ok(())
    }

    fn set<K: Clone + 'static, V: 'static>(
        &mut self,
        done: &mut Applied,
        row: fn(K) -> Row,
        key: K,
        value: Option<V>,
        setter: Setter<K, V>,
    ) {
        let Setter(write) = setter;
        let before = write(self, key.clone(), value);
        done.touched.push(row(key.clone()));
        done.undo.push(Undo(Box::new(move |state| {
            write(state, key, before);
        })));
    }

    fn end_cookies(&mut self, session: SessionId, done: &mut Applied) {
        for token in self.cookies.get(&session).cloned().unwrap_or_default() {
            self.set(done, Row::AppSession, token, None, APP_SESSIONS);
        }
    }

    fn live_session(&self, id: SessionId) -> Result<&Session, Conflict> {
        let session = self.sessions.get(&id);
        session
            .filter(|session| session.ended.is_none())
            .ok_or(Conflict::SessionEnded)
    }

    fn factor(&self, id: CredentialId) -> Result<Credential, Conflict> {
        let kept = self.credentials.get(&id).cloned();
        kept.ok_or(Conflict::Missing("factor"))
    }
}

const NETWORKS: Setter<NetworkId, Network> = Setter(|s, k, v| swap(&mut s.networks, k, v));
const REVISIONS: Setter<u64, Revision> = Setter(|s, k, v| swap(&mut s.revisions, k, v));
const CALENDARS: Setter<CalendarId, Calendar> = Setter(|s, k, v| swap(&mut s.calendars, k, v));
const ENFORCEMENT_POINTS: Setter<EnforcementPointId, EnforcementPoint> =
    Setter(|s, k, v| swap(&mut s.enforcement_points, k, v));
const FLOWS: Setter<FlowId, FlowRecord> = Setter(|s, k, v| swap(&mut s.flows, k, v));
const SESSIONS: Setter<SessionId, Session> = Setter(|s, k, v| swap(&mut s.sessions, k, v));
const APP_SESSIONS: Setter<TokenHash, AppSession> = Setter(State::set_app_session);
const CREDENTIALS: Setter<CredentialId, Credential> = Setter(State::set_credential);
const GUESSES: Setter<GuessScope, GuessCounter> = Setter(|s, k, v| swap(&mut s.guesses, k, v));
const ENROLMENT_CODES: Setter<TokenHash, EnrolmentCode> =
    Setter(|s, k, v| swap(&mut s.enrolment_codes, k, v));
const REDEEM_CODES: Setter<TokenHash, RedeemCode> =
    Setter(|s, k, v| swap(&mut s.redeem_codes, k, v));
const GRANTS: Setter<GrantId, Grant> = Setter(State::set_grant);
const CONSENTS: Setter<(PersonId, ClientId), Consent> =
    Setter(|s, k, v| swap(&mut s.consents, k, v));

const RESETS_DUE: Setter<PersonId, ResetDue> = Setter(|s, k, v| swap(&mut s.resets_due, k, v));
const RESET_PASSES: Setter<PersonId, ResetPass> = Setter(|s, k, v| swap(&mut s.reset_passes, k, v));

const SIGN_IN_LINKS: Setter<TokenHash, SignInLink> =
    Setter(|s, k, v| swap(&mut s.sign_in_links, k, v));

fn swap<K: Ord, V>(table: &mut BTreeMap<K, V>, key: K, value: Option<V>) -> Option<V> {
    match value {
        Some(value) => table.insert(key, value),
        None => table.remove(&key),
    }
}

fn keys<K: Clone, V>(table: &BTreeMap<K, V>, wanted: impl Fn(&V) -> bool) -> Vec<K> {
    let rows = table.iter().filter(|(_, value)| wanted(value));
    rows.map(|(key, _)| key.clone()).collect()
}

const fn usable(holds: bool) -> Result<(), Conflict> {
    if holds {
        Ok(())
    } else {
        Err(Conflict::NotUsable)
    }
}
