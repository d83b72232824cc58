//! One event: who, what, when, where, why.

use crate::written::Written;
use crate::{Origin, Outcome, RegisteredAs, Task};
use serde::{Deserialize, Serialize};
use zt_types::{
    AppId, Assurance, CapabilitySet, CertificateSerial, ClientId, ConnectionId, CredentialId,
    DecisionId, DeviceId, EnforcementPointId, EventId, FactorKind, InitialTokenId, PersonId,
    PolicyId, SessionId, SourceId, Subject, TermsId, Timestamp,
};

/// The version written into every stored event.
pub const FORMAT: u8 = 1;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The format's version, [`FORMAT`].
    pub v: u8,
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub body: Body,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by", content = "id")]
pub enum Actor {
    /// A person.
    Person(PersonId),
    /// A registered source.
    Source(SourceId),
    /// A registered enforcement point in another process.
    EnforcementPoint(EnforcementPointId),
    /// A registered OAuth client.
    Client(ClientId),
    /// Whoever holds the admin socket of this machine.
    Operator,
    /// Sekisho itself.
    System,
    /// Somebody who has proven nothing yet.
    Nobody,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Body {
    /// A sign-in ended well: a session began.
    SignedIn {
        /// Whose.
        person: PersonId,
        /// The session.
        session: SessionId,
        /// The device proven at sign-in.
        device: Option<DeviceId>,
        /// What was proven.
        factors: Vec<FactorKind>,
        /// The assurance that follows.
        assurance: Assurance,
        /// From which address.
        address: String,
        /// What the browser called itself.
        user_agent: String,
    },
    /// A step of a sign-in failed.
    SignInFailed {
        /// Whose account, if the name is anybody's.
        person: Option<PersonId>,
        /// Which factor.
        factor: FactorKind,
        /// Why, as a slug: `wrong`, `locked`, `replayed`, `disabled`, `unknown`, `cloned`, …
        why: String,
        /// From which address.
        address: String,
        /// What the browser called itself.
        user_agent: String,
    },
    /// A session's proofs grew stronger or newer.
    SteppedUp {
        /// Whose.
        person: PersonId,
        /// The session.
        session: SessionId,
        /// What was proven now.
        factor: FactorKind,
        /// The assurance that follows.
        assurance: Assurance,
    },
    /// A person signed in to a client: it got a code.
    ClientSignedIn {
        /// Who.
        person: PersonId,
        /// In which session.
        session: SessionId,
        /// The client's application.
        app: AppId,
        /// The client.
        client: ClientId,
    },
    /// The policies refused a person the sign-in to a client: it got nothing.
    ClientSignInRefused {
        /// Who.
        person: PersonId,
        /// In which session.
        session: SessionId,
        /// From which device, if one proved itself, or the session is bound to one.
        device: Option<DeviceId>,
        /// The client's application.
        app: AppId,
        /// The client.
        client: ClientId,
        /// The decision.
        decision: DecisionId,
        /// Why, as slugs.
        reasons: Vec<String>,
        /// From which address; empty: unknown.
        address: String,
    },
    /// A client was given a code that no proof key binds, as it is registered to be: told once a day.
    ProofKeyWaived {
        /// The client's application.
        app: AppId,
        /// The client.
        client: ClientId,
    },
    /// A client got tokens about a person.
    TokensIssued {
        /// About whom.
        person: PersonId,
        /// In which session.
        session: SessionId,
        /// The client's application.
        app: AppId,
        /// The client.
        client: ClientId,
        /// How often before it got tokens of this grant.
        turns: u32,
    },
    /// A client exchanged a token about a person for one that another client takes.
    TokenExchanged {
        /// About whom.
        person: PersonId,
        /// In which session.
        session: SessionId,
        /// The application of the client that takes it.
        app: AppId,
        /// The client that exchanged.
        client: ClientId,
        /// The client that takes it.
        to: ClientId,
    },
    /// A service provider got an assertion about a person (SAML 2.0).
    AssertionIssued {
        /// About whom.
        person: PersonId,
        /// In which session.
        session: SessionId,
        /// The service provider's application.
        app: AppId,
        /// The service provider.
        client: ClientId,
    },
    /// A message of a service provider was refused (SAML 2.0), or its sign-in came to nothing.
    AssertionRefused {
        /// About whom, if that is known.
        person: Option<PersonId>,
        /// The service provider, if it is one.
        client: Option<ClientId>,
        /// Why, as a slug.
        why: String,
        /// From which address.
        address: String,
    },
    /// The metadata of a service provider was fetched, and says something else than before.
    MetadataRead {
        /// The service provider's application.
        app: AppId,
        /// The service provider.
        client: ClientId,
        /// What is different, as slugs.
        changed: Vec<String>,
    },
    /// The metadata of a service provider could not be fetched, or is none of its own: what was read before stays.
    MetadataNotRead {
        /// The service provider's application.
        app: AppId,
        /// The service provider.
        client: ClientId,
        /// Why, as a slug.
        why: String,
    },
    /// A client got a token in its own name: it is about nobody.
    ClientTokenIssued {
        /// The client's application.
        app: AppId,
        /// The client.
        client: ClientId,
    },
    /// An administrator was shown what a client would be told about a person: nothing was issued.
    ClaimsShown {
        /// About whom.
        person: PersonId,
        /// The client's application.
        app: AppId,
        /// The client.
        client: ClientId,
    },
    /// A client got no tokens: what it sent was wrong, used, or is no longer permitted.
    TokensRefused {
        /// About whom, if that is known.
        person: Option<PersonId>,
        /// The client, if it is one.
        client: Option<ClientId>,
        /// Why, as a slug.
        why: String,
        /// From which address.
        address: String,
    },
    /// Somebody said no to a device that asked to be signed in.
    DeviceSignInDenied {
        /// Who.
        person: PersonId,
        /// In which session.
        session: SessionId,
        /// The client's application.
        app: AppId,
        /// The client.
        client: ClientId,
        /// From which address the device asked.
        address: String,
    },
    /// What a sign-in gave a client ended.
    GrantEnded {
        /// Whose sign-in.
        person: PersonId,
        /// In which session.
        session: SessionId,
        /// The client's application.
        app: AppId,
        /// The client.
        client: ClientId,
        /// Why, as a slug.
        why: String,
    },
    /// An administrator let programs register themselves.
    InitialTokenMade {
        /// As clients of which application.
        app: AppId,
        /// The token's id.
        token: InitialTokenId,
        /// How many.
        uses: u32,
        /// Until when.
        expires_at: Timestamp,
    },
    /// An administrator took that back.
    InitialTokenRevoked {
        /// As clients of which application.
        app: AppId,
        /// The token's id.
        token: InitialTokenId,
    },
    /// A program registered itself.
    ClientRegistered {
        /// The application it is a program of.
        app: AppId,
        /// The client that it is now.
        client: ClientId,
        /// With which token.
        token: InitialTokenId,
        /// From which address.
        address: String,
        /// As what; `None`: from before that was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        registered_as: Option<Box<RegisteredAs>>,
    },
    /// A program that registered itself changed what it had said.
    ClientReregistered {
        /// Its application.
        app: AppId,
        /// The client.
        client: ClientId,
        /// From which address.
        address: String,
        /// As what now; `None`: from before that was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        registered_as: Option<Box<RegisteredAs>>,
    },
    /// A program that registered itself took itself away.
    ClientDeregistered {
        /// Its application.
        app: AppId,
        /// The client.
        client: ClientId,
        /// From which address.
        address: String,
        /// As what it was registered; `None`: from before that was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        registered_as: Option<Box<RegisteredAs>>,
    },
    /// A program could not register itself, or change what it had said.
    RegistrationRefused {
        /// The client, if it is one.
        client: Option<ClientId>,
        /// Why, as a slug.
        why: String,
        /// From which address.
        address: String,
    },
    /// A consent was taken back, and with it everything that rested on it: by its person, or by an administrator.
    ConsentWithdrawn {
        /// Whose.
        person: PersonId,
        /// With which client.
        client: ClientId,
    },
    /// A client was told that a sign-in is over, or gives nothing for now (OpenID Connect Back-Channel Logout 1.0).
    ClientTold {
        /// Whose sign-in.
        person: PersonId,
        /// In which session.
        session: SessionId,
        /// The client's application.
        app: AppId,
        /// The client.
        client: ClientId,
        /// Why it is over, as a slug.
        why: String,
    },
    /// A client could not be told.
    ClientNotTold {
        /// Whose sign-in.
        person: PersonId,
        /// In which session.
        session: SessionId,
        /// The client's application.
        app: AppId,
        /// The client.
        client: ClientId,
        /// What went wrong, as a slug.
        why: String,
        /// What comes of it, as a slug: `retried`, `refused` or `given-up`.
        then: String,
    },
    /// A session ended.
    SessionEnded {
        /// Whose.
        person: PersonId,
        /// The session.
        session: SessionId,
        /// Why, as a slug.
        why: String,
    },
    /// A factor was enrolled.
    CredentialEnrolled {
        /// Whose.
        person: PersonId,
        /// The factor.
        credential: CredentialId,
        /// Its kind.
        factor: FactorKind,
    },
    /// A factor was removed.
    CredentialRemoved {
        /// Whose.
        person: PersonId,
        /// The factor.
        credential: CredentialId,
        /// Its kind.
        factor: FactorKind,
    },
    /// A break-glass account was used: always an incident.
    BreakGlassUsed {
        /// Which.
        person: PersonId,
        /// From which address.
        address: String,
    },
    /// An administrator said that a person must set a new password.
    PasswordResetDue {
        /// Who.
        person: PersonId,
        /// Why, in the administrator's words.
        why: String,
    },
    /// An administrator made a one-time pass with which a person sets a new password.
    ResetPassIssued {
        /// For whom.
        person: PersonId,
        /// Why, in the administrator's words.
        why: String,
        /// `password`, or `all-factors` if she lost them.
        scope: String,
        /// Until when it holds.
        expires_at: Timestamp,
    },
    /// Such a pass was taken back before it was used.
    ResetPassRevoked {
        /// For whom it was.
        person: PersonId,
    },
    /// Such a pass was used up.
    ResetPassUsed {
        /// For whom it was.
        person: PersonId,
        /// From which address.
        address: String,
    },
    /// A person set a new password on the strength of something that whoever knew the old one does not have.
    PasswordReset {
        /// Who.
        person: PersonId,
        /// What she proved: a passkey, or an administrator's pass.
        factor: FactorKind,
        /// From which address.
        address: String,
    },
    /// A person accepted terms.
    TermsAccepted {
        /// Who.
        person: PersonId,
        /// Which.
        terms: TermsId,
        /// Which text of them: its SHA-256.
        version: String,
        /// In which session.
        session: SessionId,
    },
    /// A person saw terms and did not accept them.
    TermsDeclined {
        /// Who.
        person: PersonId,
        /// Which.
        terms: TermsId,
        /// Which text of them: its SHA-256.
        version: String,
        /// In which session.
        session: SessionId,
    },
    /// A request reached an application, or was refused.
    Access {
        /// The person, if known.
        person: Option<PersonId>,
        /// The session, if any.
        session: Option<SessionId>,
        /// The device, if proven.
        device: Option<DeviceId>,
        /// The application, if registered.
        app: Option<AppId>,
        /// The decision it rests on.
        decision: Option<DecisionId>,
        /// HTTP method.
        method: String,
        /// Host as asked for.
        host: String,
        /// Path without query, at most 256 characters.
        path: String,
        /// Status that was answered.
        status: u16,
        /// From which address.
        address: String,
        /// Whether it was let through.
        outcome: Outcome,
        /// Why not, as slugs.
        reasons: Vec<String>,
    },
    /// A decision was made, with everything that deciding it again needs.
    Decided {
        /// Its id; access events refer to it.
        decision: DecisionId,
        /// Who.
        person: PersonId,
        /// Which session.
        session: SessionId,
        /// Which device was proven.
        device: Option<DeviceId>,
        /// Which application.
        app: AppId,
        /// Allowed or refused.
        outcome: Outcome,
        /// What it may do.
        capabilities: CapabilitySet,
        /// Why not, as slugs.
        reasons: Vec<String>,
        /// The inputs of the decision, as `zt-policy` writes them.
        inputs: Written,
        /// The policies that decided.
        #[serde(default)]
        policies: Box<[PolicyId]>,
        /// Report-only policies that would have refused.
        #[serde(default, skip_serializing_if = "<[PolicyId]>::is_empty")]
        would_refuse: Box<[PolicyId]>,
        /// SHA-256 over the whole decision: deciding it again must give the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fingerprint: Option<Box<str>>,
        /// Whether somebody asked, or a sample was made.
        #[serde(default, skip_serializing_if = "Origin::is_observed")]
        origin: Origin,
    },
    /// An enforcement point in another process asked who may, where to, or what.
    Searched {
        /// What it looked for: `subject`, `resource` or `action`.
        what: String,
        /// The person it asked about, unless it looked for people.
        person: Option<PersonId>,
        /// The application it asked about, unless it looked for applications.
        app: Option<AppId>,
        /// The capability it asked about, unless it looked for capabilities.
        capability: Option<String>,
        /// How many it was told.
        found: u32,
    },
    /// A question of an enforcement point, or of somebody who is none, was not answered.
    QuestionRefused {
        /// Whose, if it authenticated.
        point: Option<EnforcementPointId>,
        /// Why, as a slug.
        why: String,
    },
    /// A decision by the compiled form of the policies was not what Cedar says. Cedar decides for the application from now
    /// on, until this process begins anew or the policies change. Where both grant the same, they differ in what is asked for
    /// beside it, or Cedar says something else before the decision ends.
    DecisionDisputed {
        /// For whom.
        person: PersonId,
        /// At which application.
        app: AppId,
        /// What was granted.
        granted: CapabilitySet,
        /// What Cedar would have granted.
        right: CapabilitySet,
        /// The policies on which the two differ, if it is about what refuses.
        policies: Box<[PolicyId]>,
    },
    /// A live connection was cut because its permit ended.
    ConnectionCut {
        /// The connection.
        connection: ConnectionId,
        /// Whose.
        person: PersonId,
        /// Its session.
        session: SessionId,
        /// Its device.
        device: Option<DeviceId>,
        /// The application.
        app: AppId,
        /// Why, as a slug.
        why: String,
    },
    /// A device enrolled.
    DeviceEnrolled {
        /// The device.
        device: DeviceId,
        /// Whose it is.
        person: PersonId,
        /// Its name.
        name: String,
    },
    /// A device was given up.
    DeviceRetired {
        /// The device.
        device: DeviceId,
        /// Whose it was.
        person: PersonId,
    },
    /// A certificate was issued.
    CertificateIssued {
        /// To which device.
        device: DeviceId,
        /// Its owner.
        person: PersonId,
        /// The serial number.
        serial: CertificateSerial,
        /// `agent` or `browser`.
        kind: String,
    },
    /// A certificate was revoked.
    CertificateRevoked {
        /// Of which device.
        device: DeviceId,
        /// Its owner.
        person: PersonId,
        /// The serial number.
        serial: CertificateSerial,
    },
    /// Enrolment was tried with a code that is wrong, used or expired.
    EnrolmentRefused {
        /// Why, as a slug.
        why: String,
        /// From which address.
        address: String,
    },
    /// A fact was written.
    FactOpened {
        /// About whom.
        subject: Subject,
        /// The source that owns it.
        source: SourceId,
        /// The source's id of the finding.
        finding: String,
        /// Its kind's slug.
        kind: String,
        /// Its severity's slug.
        severity: String,
        /// The source's short words.
        title: String,
    },
    /// A fact's owner took it back.
    FactCleared {
        /// About whom.
        subject: Subject,
        /// The source that owns it.
        source: SourceId,
        /// The source's id of the finding.
        finding: String,
        /// Its kind's slug.
        kind: String,
        /// The source's short words.
        title: String,
    },
    /// A source reported another state of a device than before.
    DeviceStateReported {
        /// Which device.
        device: DeviceId,
        /// The source.
        source: SourceId,
        /// What it says now, such as `firewall no` or `os windows 10.0.22631`.
        state: Vec<String>,
        /// From when on it is not known any more.
        valid_until: zt_types::Timestamp,
    },
    /// A signal was not taken.
    SignalRefused {
        /// From which source, if it authenticated.
        source: Option<SourceId>,
        /// Why, as a slug.
        why: String,
    },
    /// A task for an operator was opened.
    TaskOpened {
        /// The task.
        task: Task,
    },
    /// An operator dealt with a task.
    TaskClosed {
        /// The task.
        task: Task,
    },
    /// The organisation's files, or the console, changed records.
    OrganisationChanged {
        /// What changed, one line each, such as `+ person sato.hanako`.
        lines: Vec<String>,
    },
    /// Policies changed; decisions after this one use the new version.
    PoliciesChanged {
        /// The version now in force.
        version: String,
        /// Which documents changed.
        policies: Vec<PolicyId>,
        /// Why, in the words of whoever did it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// Recorded access events were dropped: the disk did not follow for so long that memory had to be bounded.
    EventsLost {
        /// How many.
        count: u64,
    },
    /// The server began to serve.
    Started {
        /// The program's version.
        version: String,
    },
}
