//! The records in memory: what the memory store keeps, and what a process believes of the durable one.

mod apply;

pub use apply::ClientNote;
pub(crate) use apply::{Applied, Row};

use crate::{Change, Conflict, FlowRecord, Forgotten, Revision};
use std::collections::{BTreeMap, BTreeSet};
use zt_auth::{
    AppSession, Consent, Credential, Grant, GuessCounter, GuessScope, RedeemCode, ResetDue,
    ResetPass, Session, SignInLink,
};
use zt_device::{Certificate, Device, EnrolmentCode};
use zt_events::Task;
use zt_federation::saml::{EntityId, ServiceProvider};
use zt_federation::{Client, InitialToken, Registration};
use zt_identity::{Group, Person, Terms, TermsAcceptance};
use zt_policy::{Application, Calendar, EnforcementPoint, Network, PolicyDocument};
use zt_trust::{Fact, FactKey, PostureRecord, Source};
use zt_types::{
    AppId, CalendarId, CertificateSerial, ClientId, CredentialId, DeviceId, EnforcementPointId,
    FlowId, GrantId, GroupId, InitialTokenId, NetworkId, PersonId, PolicyId, SessionId, SourceId,
    TaskId, TermsId, Timestamp, TokenHash,
};

/// All records, by their keys. Read it freely; change it through [`State::apply`], which keeps the indices right.
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
    /// Networks that policies can name.
    pub networks: BTreeMap<NetworkId, Network>,
    /// Calendars that policies can name.
    pub calendars: BTreeMap<CalendarId, Calendar>,
    /// Sources of signals.
    pub sources: BTreeMap<SourceId, Source>,
    /// Enforcement points in other processes.
    pub enforcement_points: BTreeMap<EnforcementPointId, EnforcementPoint>,
    /// Registered clients.
    pub clients: BTreeMap<ClientId, Client>,
    /// Registered service providers; none has the id of a client.
    pub service_providers: BTreeMap<ClientId, ServiceProvider>,
    /// What those of them said that registered themselves.
    pub registrations: BTreeMap<ClientId, Registration>,
    /// What lets programs register themselves.
    pub initial_tokens: BTreeMap<InitialTokenId, InitialToken>,
    /// Devices.
    pub devices: BTreeMap<DeviceId, Device>,
    /// Certificates.
    pub certificates: BTreeMap<CertificateSerial, Certificate>,
    /// Enrolment codes not yet used.
    pub enrolment_codes: BTreeMap<TokenHash, EnrolmentCode>,
    /// Facts, open and cleared.
    pub facts: BTreeMap<FactKey, Fact>,
    /// What each source knows of each device's state.
    pub postures: BTreeMap<(DeviceId, SourceId), PostureRecord>,
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
    /// What sign-ins gave clients; ended ones for a while.
    pub grants: BTreeMap<GrantId, Grant>,
    /// What people agreed that clients may know.
    pub consents: BTreeMap<(PersonId, ClientId), Consent>,
    /// Links of break-glass accounts, not yet used.
    pub sign_in_links: BTreeMap<TokenHash, SignInLink>,
    /// Who must set a new password, and why.
    pub resets_due: BTreeMap<PersonId, ResetDue>,
    /// Administrators' passes not yet used, by the person they are for.
    pub reset_passes: BTreeMap<PersonId, ResetPass>,
    /// Terms that can be accepted.
    pub terms: BTreeMap<TermsId, Terms>,
    /// What each person accepted last of each terms, whether it is their present text or not.
    pub acceptances: BTreeMap<(PersonId, TermsId), TermsAcceptance>,
    /// Counters of guesses.
    pub guesses: BTreeMap<GuessScope, GuessCounter>,
    /// Tasks.
    pub tasks: BTreeMap<TaskId, Task>,
    /// Changes of the policies, by number.
    pub revisions: BTreeMap<u64, Revision>,
    /// Named settings.
    pub settings: BTreeMap<String, Vec<u8>>,
    // INVARIANT: exactly the service providers, by what they call themselves; no two call themselves the same.
    entities: BTreeMap<EntityId, ClientId>,
    // INVARIANT: exactly the tokens in `app_sessions`, by session; no empty sets.
    cookies: BTreeMap<SessionId, BTreeSet<TokenHash>>,
    // INVARIANT: exactly the ids in `grants`, by session; no empty sets.
    grants_by_session: BTreeMap<SessionId, BTreeSet<GrantId>>,
    // INVARIANT: exactly the grants with something that their client was not told, by client and by when it is to be told; no
    // empty sets.
    untold: BTreeMap<ClientId, BTreeSet<(Timestamp, GrantId)>>,
    // INVARIANT: exactly the ids in `credentials`, by person; no empty sets.
    factors: BTreeMap<PersonId, BTreeSet<CredentialId>>,
}

impl State {
    /// Applies all changes, or none.
    ///
    /// # Errors
    /// The first precondition that does not hold; the state is then as it was.
    pub fn apply(&mut self, changes: &[Change]) -> Result<(), Conflict> {
        self.apply_reversibly(changes).map(drop)
    }

    /// Counts one guess, as `zt-auth` says, and gives the counter after it.
    pub fn count_guess(&mut self, scope: &GuessScope, now: Timestamp) -> GuessCounter {
        self.count_reversibly(scope, now, &mut Applied::default())
    }

    /// Forgets what is over and was over before `before`; see [`crate::Store::forget_before`].
    pub fn forget_before(&mut self, before: Timestamp) -> Forgotten {
        self.forget_reversibly(before).1
    }

    /// The factors of a person, by id.
    pub fn credentials_of(&self, person: PersonId) -> impl Iterator<Item = &Credential> {
        let ids = self.factors.get(&person).into_iter().flatten();
        ids.filter_map(|id| self.credentials.get(id))
    }

    /// What a person accepted, by terms; also what has another text by now.
    pub fn acceptances_of(&self, person: PersonId) -> impl Iterator<Item = &TermsAcceptance> {
        // No slug comes before this one.
        let first = TermsId::new("0").ok().map(|first| (person, first));
        let from = first.map(|first| self.acceptances.range(first..));
        from.into_iter()
            .flatten()
            .take_while(move |((whose, _), _)| *whose == person)
            .map(|(_, acceptance)| acceptance)
    }

    /// The terms whose present text a person accepted, in order.
    pub fn accepted_terms(&self, person: PersonId) -> impl Iterator<Item = &TermsId> {
        self.acceptances_of(person)
            .filter(|acceptance| {
                let terms = self.terms.get(&acceptance.terms);
                terms.is_some_and(|terms| terms.version() == acceptance.version)
            })
            .map(|acceptance| &acceptance.terms)
    }

    /// The sessions on applications' hosts that belong to a session.
    pub fn app_sessions_of(&self, session: SessionId) -> impl Iterator<Item = &AppSession> {
        let tokens = self.cookies.get(&session).into_iter().flatten();
        tokens.filter_map(|token| self.app_sessions.get(token))
    }

    /// The application of a client or service provider.
    #[must_use]
    pub fn app_of(&self, program: &ClientId) -> Option<&AppId> {
        let client = self.clients.get(program).map(|client| &client.app);
        let provider = || self.service_providers.get(program);
        client.or_else(|| provider().map(|provider| &provider.app))
    }

    /// The service provider that calls itself this.
    #[must_use]
    pub fn service_provider_named(&self, entity: &EntityId) -> Option<&ServiceProvider> {
        self.service_providers.get(self.entities.get(entity)?)
    }

    /// What a session gave to clients.
    pub fn grants_of(&self, session: SessionId) -> impl Iterator<Item = &Grant> {
        let ids = self.grants_by_session.get(&session).into_iter().flatten();
        ids.filter_map(|id| self.grants.get(id))
    }

    /// The grants that ended or lapsed and whose client was not told yet.
    pub fn untold_grants(&self) -> impl Iterator<Item = &Grant> {
        let ids = self.untold.values().flatten();
        ids.filter_map(|(_, id)| self.grants.get(id))
    }

    /// The clients that were not told yet of something.
    pub fn untold_clients(&self) -> impl Iterator<Item = &ClientId> {
        self.untold.keys()
    }

    /// What a client was not told yet: when it is to be told and the grant, the earliest first.
    pub fn untold_to(
        &self,
        client: &ClientId,
    ) -> impl ExactSizeIterator<Item = &(Timestamp, GrantId)> {
        self.untold
            .get(client)
            .map(BTreeSet::iter)
            .unwrap_or_default()
    }

    /// What sources know of a device's state.
    pub fn postures_of(&self, device: DeviceId) -> impl Iterator<Item = &PostureRecord> {
        // No slug comes before this one.
        let first = SourceId::new("0").ok().map(|first| (device, first));
        let from = first.map(|first| self.postures.range(first..));
        from.into_iter()
            .flatten()
            .take_while(move |((of, _), _)| *of == device)
            .map(|(_, record)| record)
    }

    pub(crate) fn set_person(&mut self, id: PersonId, person: Option<Person>) -> Option<Person> {
        let login = person.as_ref().map(|person| person.login.clone());
        let before = match person {
            Some(person) => self.people.insert(id, person),
            None => self.people.remove(&id),
        };
        if let Some(before) = &before {
            self.logins.remove(&before.login);
        }
        if let Some(login) = login {
            self.logins.insert(login, id);
        }
        before
    }

    pub(crate) fn set_service_provider(
        &mut self,
        id: ClientId,
        provider: Option<ServiceProvider>,
    ) -> Option<ServiceProvider> {
        let entity = provider.as_ref().map(|provider| provider.entity_id.clone());
        let before = match provider {
            Some(provider) => self.service_providers.insert(id.clone(), provider),
            None => self.service_providers.remove(&id),
        };
        if let Some(before) = &before {
            self.entities.remove(&before.entity_id);
        }
        if let Some(entity) = entity {
            self.entities.insert(entity, id);
        }
        before
    }

    pub(crate) fn set_credential(
        &mut self,
        id: CredentialId,
        credential: Option<Credential>,
    ) -> Option<Credential> {
        let owner = credential.as_ref().map(|credential| credential.person);
        let before = match credential {
            Some(credential) => self.credentials.insert(id, credential),
            None => self.credentials.remove(&id),
        };
        move_in(
            &mut self.factors,
            before.as_ref().map(|b| b.person),
            owner,
            id,
        );
        before
    }

    pub(crate) fn set_grant(&mut self, id: GrantId, grant: Option<Grant>) -> Option<Grant> {
        let owner = grant.as_ref().map(|grant| grant.session);
        let due = |grant: &Grant| Some((grant.client.clone(), (grant.tell_at()?, id)));
        let to_tell = grant.as_ref().and_then(due);
        let before = match grant {
            Some(grant) => self.grants.insert(id, grant),
            None => self.grants.remove(&id),
        };
        if let Some((client, at)) = before.as_ref().and_then(due) {
            move_in(&mut self.untold, Some(client), None, at);
        }
        if let Some((client, at)) = to_tell {
            move_in(&mut self.untold, None, Some(client), at);
        }
        let old = before.as_ref().map(|before| before.session);
        move_in(&mut self.grants_by_session, old, owner, id);
        before
    }

    pub(crate) fn set_app_session(
        &mut self,
        token: TokenHash,
        cookie: Option<AppSession>,
    ) -> Option<AppSession> {
        let owner = cookie.as_ref().map(|cookie| cookie.session);
        let before = match cookie {
            Some(cookie) => self.app_sessions.insert(token, cookie),
            None => self.app_sessions.remove(&token),
        };
        let old = before.as_ref().map(|before| before.session);
        move_in(&mut self.cookies, old, owner, token);
        before
    }
}

/// Moves `member` from one owner's set to another's.
fn move_in<K: Ord, M: Ord>(
    index: &mut BTreeMap<K, BTreeSet<M>>,
    from: Option<K>,
    to: Option<K>,
    member: M,
) {
    if let Some(from) = from
        && let Some(set) = index.get_mut(&from)
    {
        set.remove(&member);
        if set.is_empty() {
            index.remove(&from);
        }
    }
    if let Some(to) = to {
        index.entry(to).or_default().insert(member);
    }
}
