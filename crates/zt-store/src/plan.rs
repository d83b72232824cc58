//! What is to change, as data.

use crate::{ClientNote, Revision};
use serde::{Deserialize, Serialize};
use zt_auth::{
    AppSession, Consent, Credential, EndReason, Grant, GrantEnd, GrantState, GuessScope,
    RedeemCode, ResetDue, ResetPass, Session, SignInLink, Telling, Untold,
};
use zt_device::{Certificate, Device, EnrolmentCode};
use zt_events::{Event, Task};
use zt_federation::saml::ServiceProvider;
use zt_federation::{Client, InitialToken, Registration};
use zt_identity::{Group, Person, Terms, TermsAcceptance};
use zt_policy::{Application, Calendar, EnforcementPoint, Network, PolicyDocument};
use zt_trust::{Fact, PostureRecord, Source};
use zt_types::{
    AppId, CalendarId, CertificateSerial, ClientId, CredentialId, DeviceId, EnforcementPointId,
    FlowId, GrantId, GroupId, InitialTokenId, NetworkId, PersonId, PolicyId, SessionId, SourceId,
    TermsId, Timestamp, TokenHash,
};

/// Changes and the events that tell of them. They commit together or not at all, in the order given.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What changes.
    pub changes: Vec<Change>,
    /// What is told of it.
    pub events: Vec<Event>,
}

impl Plan {
    /// A plan of changes and events.
    #[must_use]
    pub const fn new(changes: Vec<Change>, events: Vec<Event>) -> Self {
        Self { changes, events }
    }
}

/// A sign-in flow as it is kept: the shell writes `zt_auth::Flow` into `body`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowRecord {
    /// The flow.
    pub id: FlowId,
    /// Counts up by one with each step.
    pub version: u64,
    /// When it is forgotten.
    pub expires_at: Timestamp,
    /// Whom it is about, proven or only named.
    #[serde(default)]
    pub person: Option<PersonId>,
    /// The flow, JSON.
    pub body: String,
}

/// One change of one record.
#[derive(Debug, Clone)]
pub enum Change {
    /// Writes a person. Fails if another person has the login.
    PutPerson(Person),
    /// Writes a group.
    PutGroup(Group),
    /// Removes a group.
    RemoveGroup(GroupId),
    /// Writes an application.
    PutApplication(Application),
    /// Removes an application.
    RemoveApplication(AppId),
    /// Writes a policy.
    PutPolicy(PolicyDocument),
    /// Removes a policy.
    RemovePolicy(PolicyId),
    /// Writes a network.
    PutNetwork(Network),
    /// Removes a network.
    RemoveNetwork(NetworkId),
    /// Writes a calendar.
    PutCalendar(Calendar),
    /// Removes a calendar.
    RemoveCalendar(CalendarId),
    /// Writes a source.
    PutSource(Source),
    /// Removes a source. Its facts stay open, and what it said of devices' state stays: silence never raises trust.
    RemoveSource(SourceId),
    /// Writes an enforcement point.
    PutEnforcementPoint(EnforcementPoint),
    /// Removes an enforcement point: from then on it gets no answer.
    RemoveEnforcementPoint(EnforcementPointId),
    /// Writes a client. Fails if a service provider has its id. If it is of another application than before, what it was given and has not ended is dropped, with what
    /// people agreed that it may know.
    PutClient(Client),
    /// Writes a service provider, as a client is written. Fails if another one, or a client, has its id, or another one its entity id.
    PutServiceProvider(ServiceProvider),
    /// Changes nothing. Fails unless this service provider is kept just so: whoever writes what was made of a record must know
    /// that record.
    SameServiceProvider(Box<ServiceProvider>),
    /// Removes a service provider, and all that it was given.
    RemoveServiceProvider(ClientId),
    /// Writes an initial access token. Fails if its application is not there.
    PutInitialToken(InitialToken),
    /// Takes an initial access token back: no more clients are registered with it. Fails if there is none.
    RemoveInitialToken(InitialTokenId),
    /// Counts one more client of an initial access token. Fails if there is none, its time is over, or it has had all of its clients.
    UseInitialToken {
        /// Which.
        token: InitialTokenId,
        /// Now.
        now: Timestamp,
    },
    /// Writes what a client that registered itself said. Fails if there is no such client, or if its token is another one by
    /// now: of two changes with one token, one gets through.
    PutRegistration {
        /// As it is afterwards.
        to: Registration,
        /// Its token's hash as it must be now; `None`: it has just registered.
        from: Option<TokenHash>,
    },
    /// Removes a client, all that it was given, what people agreed that it may know, what it said of itself, and what is noted of
    /// it: one that is registered under the same id later begins with nothing.
    RemoveClient(ClientId),
    /// Writes what is noted of a client. Changes nothing if the client is gone.
    NoteOfClient {
        /// Of which.
        client: ClientId,
        /// Which.
        note: ClientNote,
        /// Its bytes.
        value: Vec<u8>,
    },
    /// Writes a device.
    PutDevice(Device),
    /// Writes a certificate.
    PutCertificate(Certificate),
    /// Writes an enrolment code.
    PutEnrolmentCode(EnrolmentCode),
    /// Uses an enrolment code up. Fails if there is none or its time is over.
    UseEnrolmentCode {
        /// Hash of the code.
        hash: TokenHash,
        /// Now.
        now: Timestamp,
    },
    /// Writes a fact, open or cleared.
    PutFact(Fact),
    /// Writes what a source knows of a device's state.
    PutPosture(PostureRecord),
    /// Writes a factor.
    PutCredential(Credential),
    /// Removes a factor. Fails if there is none.
    RemoveCredential(CredentialId),
    /// Notes that a time step of a one-time password was used. Fails unless it is later than the last one.
    AdvanceTotp {
        /// The factor.
        credential: CredentialId,
        /// The time step.
        step: u64,
        /// Now.
        now: Timestamp,
    },
    /// Uses a recovery code up. Fails if it is not among the unused ones.
    UseRecoveryCode {
        /// The factor.
        credential: CredentialId,
        /// Hash of the code.
        hash: TokenHash,
        /// Now.
        now: Timestamp,
    },
    /// Writes a flow: a new one must have version 0 and not be there; a later version must follow the kept one.
    PutFlow(FlowRecord),
    /// Forgets a flow.
    RemoveFlow(FlowId),
    /// Forgets every flow about a person but one, whichever there are when it is applied.
    RemoveFlowsOf {
        /// Whom they are about.
        person: PersonId,
        /// The one that stays.
        keep: FlowId,
    },
    /// Writes a session (new, or stepped up). Fails if it has ended. A device it is bound to stays.
    PutSession(Session),
    /// Binds a session to the device it proved first; one that is bound stays as it is. Fails if it has ended.
    BindSession {
        /// The session.
        session: SessionId,
        /// The device.
        device: DeviceId,
        /// The certificate that proved it.
        certificate: CertificateSerial,
    },
    /// Ends a session, its application sessions and its grants. Fails if it has ended already.
    EndSession {
        /// The session.
        session: SessionId,
        /// When.
        at: Timestamp,
        /// Why.
        why: EndReason,
    },
    /// Changes nothing. Fails if the person has a session that has not ended and is not among these: whoever ends them
    /// all must know them all.
    OnlySessionsOf {
        /// Whose.
        person: PersonId,
        /// Those that are known.
        sessions: Vec<SessionId>,
    },
    /// Changes nothing. Fails unless the person has a factor beside the password by now (a passkey or an authenticator
    /// app): behind a [`Self::RemoveCredential`] it keeps the last one, whoever else removes one at the same time.
    KeepsSecondFactor(PersonId),
    /// Writes an application's session. Fails if its session has ended.
    PutAppSession(AppSession),
    /// Writes a code that carries a session to an application's host.
    PutRedeemCode(RedeemCode),
    /// Uses such a code up. Fails if there is none or its time is over.
    UseRedeemCode {
        /// Hash of the code.
        hash: TokenHash,
        /// Now.
        now: Timestamp,
    },
    /// Writes a grant that has just begun. Fails if there is one of this id, or if its session has ended.
    PutGrant(Grant),
    /// A code that nobody redeemed is forgotten; one that was redeemed meanwhile stays what it has become.
    ForgetCode(GrantId),
    /// Takes a grant on. Fails if it stands otherwise by now, or if its session has ended: of two callers with one code or one
    /// refresh token, one gets through.
    MoveGrant {
        /// As it is afterwards.
        to: Grant,
        /// As it must stand now.
        from: GrantState,
    },
    /// Ends a grant; one that has ended stays as it ended. Fails if there is none.
    EndGrant {
        /// Which.
        grant: GrantId,
        /// When.
        at: Timestamp,
        /// Why.
        why: GrantEnd,
    },
    /// Notes that the client knows of this end or lapse of a grant, or is past telling. Fails unless that is what it was not told.
    GrantTold {
        /// Of which grant.
        grant: GrantId,
        /// What.
        what: Untold,
    },
    /// Notes that the client got something of a grant that stays as it is.
    GrantGiven(GrantId),
    /// Notes a try to tell the client of this that failed. Fails unless that is what it was not told.
    GrantNotTold {
        /// Of which grant.
        grant: GrantId,
        /// What.
        what: Untold,
        /// How the tries went so far.
        telling: Telling,
    },
    /// Notes that policies would not give a grant any more since then, or (`None`) would again. Fails if there are no tokens
    /// of it, or it is so already.
    GrantLapse {
        /// Which.
        grant: GrantId,
        /// Since when.
        since: Option<Timestamp>,
    },
    /// Writes what a person agreed to, in place of what she agreed to before with this client.
    PutConsent(Consent),
    /// Takes a consent back and ends every grant that rests on it. Fails if there is none.
    RemoveConsent {
        /// Whose.
        person: PersonId,
        /// With which client.
        client: ClientId,
        /// When.
        at: Timestamp,
    },
    /// Takes every consent with a client back, whoever gave it by now, and ends the grants that rest on one: what people agreed to is
    /// not what it is any more.
    RemoveConsentsWith {
        /// With which client.
        client: ClientId,
        /// When.
        at: Timestamp,
    },
    /// Sets counters of guesses back after a success.
    ResetGuesses(Vec<GuessScope>),
    /// Takes the latest guess back from counters after it turned out right; the guesses before it stay counted.
    ForgiveGuess(Vec<GuessScope>),
    /// Writes a one-time link of a break-glass account.
    PutSignInLink(SignInLink),
    /// Uses such a link up. Fails if there is none or its time is over.
    UseSignInLink {
        /// Hash of its secret.
        hash: TokenHash,
        /// Now.
        now: Timestamp,
    },
    /// Writes that a password reset is due.
    PutResetDue(ResetDue),
    /// Takes that back, if it is so.
    RemoveResetDue(PersonId),
    /// Writes an administrator's pass, in place of the one before.
    PutResetPass(ResetPass),
    /// Uses a pass up. Fails unless it is the person's present one and its time is not over.
    UseResetPass {
        /// Whose password it is for.
        person: PersonId,
        /// Hash of the pass.
        hash: TokenHash,
        /// Now.
        now: Timestamp,
    },
    /// Takes a pass back. Fails if there is none.
    RemoveResetPass(PersonId),
    /// Writes terms.
    PutTerms(Terms),
    /// Removes terms. Who accepted them stays kept.
    RemoveTerms(TermsId),
    /// Writes that a person accepted terms, in place of what she accepted before of them. Fails if there are no such terms, or they
    /// have another text by now.
    PutTermsAcceptance(TermsAcceptance),
    /// Writes a revision of the policies.
    PutRevision(Revision),
    /// Forgets a revision of the policies.
    RemoveRevision(u64),
    /// Changes nothing. Fails unless the newest revision of the policies has this number: whoever puts back what was
    /// must know what is.
    PoliciesAt(u64),
    /// Writes a task.
    PutTask(Task),
    /// Writes a named setting (sealed keys, marks of the first start).
    PutSetting {
        /// Its name.
        name: String,
        /// Its bytes.
        value: Vec<u8>,
    },
}

/// A precondition that did not hold. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Another person has this login.
    #[error("the login `{0}` belongs to somebody else")]
    LoginTaken(String),
    /// What was to be used once is used, over, or never was.
    #[error("already used, expired or unknown")]
    NotUsable,
    /// A one-time password's step was used already.
    #[error("this one-time password was used already")]
    Replayed,
    /// Somebody else took this step of the flow first.
    #[error("the flow has moved on")]
    FlowMoved,
    /// The person has a session that the plan does not know of.
    #[error("there is another session by now")]
    SessionsMoved,
    /// The person would be left without a factor beside the password.
    #[error("the last factor beside the password stays")]
    LastFactor,
    /// The grant stands otherwise by now.
    #[error("the grant has moved on")]
    GrantMoved,
    /// An application is to go while a client is of it.
    #[error(
        "the application `{app}` has the client `{client}`: take that away first, or give it another application"
    )]
    HasClients {
        /// The application.
        app: AppId,
        /// One of its clients.
        client: ClientId,
    },
    /// A client is to be of an application that is not there.
    #[error("the client `{client}` is of the application `{app}`, which is not registered")]
    NoApplication {
        /// The client.
        client: ClientId,
        /// The application.
        app: AppId,
    },
    /// A client or a service provider has this name already, or what it calls itself.
    #[error("`{0}` is registered already under this name")]
    NameTaken(ClientId),
    /// A service provider was changed, or taken away, meanwhile.
    #[error("the service provider `{0}` was changed by somebody else meanwhile")]
    ProviderMoved(ClientId),
    /// Policies changed meanwhile.
    #[error("the policies were changed by somebody else meanwhile")]
    PoliciesMoved,
    /// The session has ended or never was.
    #[error("the session has ended")]
    SessionEnded,
    /// The record to change is not there.
    #[error("there is no such {0}")]
    Missing(&'static str),
}
