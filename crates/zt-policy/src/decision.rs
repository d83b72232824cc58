//! What comes of a decision: a permit, or a refusal with its way out.

use crate::Request;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::{fmt, iter};
use zt_types::{
    Answer, AppId, Assurance, CalendarId, CapabilitySet, ClientKind, Country, DeviceEvidence,
    FactKind, Level, NoDevice, PersonId, PolicyId, PostureItem, Seconds, SessionId, TermsId, Text,
    Timestamp, TrustReason, Version,
};

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The access may be, as far as the permit says.
    Allow(Permit),
    /// It may not.
    Refuse(Refusal),
}

impl Decision {
    /// The permit, if it is one.
    #[must_use]
    pub const fn permit(&self) -> Option<&Permit> {
        match self {
            Self::Allow(permit) => Some(permit),
            Self::Refuse(_) => None,
        }
    }
    /// The refusal, if it is one.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Allow(_) => None,
            Self::Refuse(refusal) => Some(refusal),
        }
    }
    /// The earliest instant at which it can turn out otherwise by time alone.
    #[must_use]
    pub fn valid_until(&self) -> Timestamp {
        match self {
            Self::Allow(permit) => permit.valid_until(),
            Self::Refuse(refusal) => refusal.valid_until(),
        }
    }
    /// What it was decided from.
    #[must_use]
    pub fn inputs(&self) -> &DecisionInputs {
        match self {
            Self::Allow(permit) => permit.inputs(),
            Self::Refuse(refusal) => refusal.inputs(),
        }
    }
    /// The policies that decided: those that permitted, or those that refused.
    #[must_use]
    pub fn policies(&self) -> &[PolicyId] {
        match self {
            Self::Allow(permit) => permit.policies(),
            Self::Refuse(refusal) => refusal.policies(),
        }
    }
    /// SHA-256 over everything that was decided, as 64 lower-case hexadecimal digits: two decisions with the same one are
    /// the same, from their inputs to the last remedy.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let (inputs, until) = (self.inputs(), self.valid_until());
        let said = match self {
            Self::Allow(permit) => serde_json::to_vec(&(
                inputs,
                until,
                permit.capabilities(),
                permit.obligations(),
                permit.policies(),
                self.would_refuse(),
            )),
            Self::Refuse(refusal) => serde_json::to_vec(&(
                inputs,
                until,
                refusal.reasons(),
                (refusal.remedies(), refusal.alternative()),
                refusal.policies(),
                self.would_refuse(),
            )),
        };
        // Nothing in it has a map with keys that are no texts, which is all that could fail.
        let hash = Sha256::digest(said.unwrap_or_default());
        PolicyVersion(hash.into()).to_string()
    }
    /// Report-only policies that would have refused.
    #[must_use]
    pub fn would_refuse(&self) -> &[PolicyId] {
        match self {
            Self::Allow(permit) => &permit.0.would_refuse,
            Self::Refuse(refusal) => &refusal.0.would_refuse,
        }
    }
}

/// Everything that is needed to decide the same once more: the atoms and the policies' version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionInputs {
    /// The atoms.
    pub request: Request,
    /// The policies that decided.
    pub policy: PolicyVersion,
}

/// SHA-256 of everything that decides beside the request: schema, policies, register. Printed as 64 lower-case
/// hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyVersion(pub(crate) [u8; 32]);

impl fmt::Display for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PolicyVersion({self})")
    }
}

impl Serialize for PolicyVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PolicyVersion {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        zt_types::TokenHash::deserialize(deserializer).map(|hash| Self(hash.0))
    }
}

/// The right to go on: made by [`crate::PolicySet::decide`] and nowhere else. Clones share one record.
///
/// It is a right only until [`Permit::valid_until`], and only for as long as nobody cut it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit(pub(crate) Arc<Permitted>);

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Permitted {
    pub(crate) inputs: DecisionInputs,
    pub(crate) capabilities: CapabilitySet,
    pub(crate) obligations: Vec<Obligation>,
    pub(crate) policies: Vec<PolicyId>,
    pub(crate) would_refuse: Vec<PolicyId>,
    pub(crate) valid_until: Timestamp,
}

impl Permit {
    /// For whom.
    #[must_use]
    pub fn person(&self) -> PersonId {
        self.0.inputs.request.person.id
    }
    /// In which session.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.0.inputs.request.session.id
    }
    /// From which device.
    #[must_use]
    pub fn device(&self) -> DeviceEvidence {
        self.0.inputs.request.device.evidence
    }
    /// For which application.
    #[must_use]
    pub fn app(&self) -> &AppId {
        &self.0.inputs.request.app
    }
    /// What it carries; `connect` always.
    #[must_use]
    pub fn capabilities(&self) -> CapabilitySet {
        self.0.capabilities
    }
    /// What whoever honours it must do. Whoever cannot must refuse.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        &self.0.obligations
    }
    /// The policies that permitted.
    #[must_use]
    pub fn policies(&self) -> &[PolicyId] {
        &self.0.policies
    }
    /// The earliest instant at which it can turn into something else by time alone; from then on it is no right.
    #[must_use]
    pub fn valid_until(&self) -> Timestamp {
        self.0.valid_until
    }
    /// The policies' version.
    #[must_use]
    pub fn policy_version(&self) -> PolicyVersion {
        self.0.inputs.policy
    }
    /// What it was decided from.
    #[must_use]
    pub fn inputs(&self) -> &DecisionInputs {
        &self.0.inputs
    }
}

/// Something that must be understood and done by whoever honours a permit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Obligation {
    /// Record what is done: the capability `unrecorded` was not granted.
    Record,
    /// Raise an incident: an account of last resort is in use.
    RaiseIncident,
    /// Show over every page who looks at it.
    Watermark,
    /// Tell the person something on every page.
    Warn {
        /// The policy that says so.
        policy: PolicyId,
        /// What its author wrote for the person.
        message: Option<Text>,
    },
    /// Let nothing through from `at` on until the person proved who she is once more. The permit's
    /// [`Permit::valid_until`] is never later.
    ReauthenticateAt {
        /// From when on.
        at: Timestamp,
    },
}

impl Obligation {
    /// The slug used in events and message keys.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::RaiseIncident => "raise-incident",
            Self::Watermark => "watermark",
            Self::Warn { .. } => "warn",
            Self::ReauthenticateAt { .. } => "reauthenticate-at",
        }
    }
}

/// No, why not, and what would turn it into a yes. Clones share one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub(crate) Arc<Refused>);

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) inputs: DecisionInputs,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) remedies: Vec<Remedy>,
    pub(crate) alternative: Vec<Remedy>,
    pub(crate) policies: Vec<PolicyId>,
    pub(crate) would_refuse: Vec<PolicyId>,
    pub(crate) valid_until: Timestamp,
}

impl Refusal {
    /// Why; at least one, the one that weighs most first.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.0.reasons
    }
    /// What a log says of it, as slugs: each reason, and after it what it comes from, where that is known: the kind of a finding, or
    /// why there is no device.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        for reason in self.reasons() {
            let from = reason.comes_from();
            for slug in iter::once(reason.slug()).chain(from) {
                if !told.iter().any(|known| known == slug) {
                    told.push(slug.to_owned());
                }
            }
        }
        told
    }
    /// The cheapest steps that together would turn it into an allow, in the order in which they are taken; or
    /// [`Remedy::NothingHelps`] alone.
    #[must_use]
    pub fn remedies(&self) -> &[Remedy] {
        &self.0.remedies
    }
    /// The next cheapest steps that would do as well, without all of those; nothing if there are none.
    #[must_use]
    pub fn alternative(&self) -> &[Remedy] {
        &self.0.alternative
    }
    /// The policies that refused.
    #[must_use]
    pub fn policies(&self) -> &[PolicyId] {
        &self.0.policies
    }
    /// The earliest instant at which it can turn into something else by time alone.
    #[must_use]
    pub fn valid_until(&self) -> Timestamp {
        self.0.valid_until
    }
    /// What it was decided from.
    #[must_use]
    pub fn inputs(&self) -> &DecisionInputs {
        &self.0.inputs
    }
    /// For which application.
    #[must_use]
    pub fn app(&self) -> &AppId {
        &self.0.inputs.request.app
    }
}

/// Why an access is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Reason {
    /// The session is over.
    SessionEnded,
    /// The person may not sign in.
    PersonDisabled,
    /// Nobody registered this application.
    ApplicationUnregistered,
    /// Something is known against the person, or too little for her.
    PersonTrustTooLow {
        /// The level that would do.
        needed: Level,
        /// The level there is.
        is: Level,
        /// Why it is not higher.
        reasons: Vec<TrustReason>,
    },
    /// Something is known against the device, or too little for it.
    DeviceTrustTooLow {
        /// The level that would do.
        needed: Level,
        /// The level there is.
        is: Level,
        /// Why it is not higher.
        reasons: Vec<TrustReason>,
    },
    /// A device that proves who it is is demanded, and there is none.
    DeviceRequired {
        /// Why there is none.
        why: NoDevice,
    },
    /// A stronger sign-in is demanded.
    AssuranceTooLow {
        /// The weakest that would do.
        needed: Assurance,
    },
    /// The last proof is too long ago.
    ReauthenticationNeeded {
        /// How old it may be.
        max_age: Seconds,
    },
    /// The application is for other people.
    NotEntitled,
    /// The password has to be reset first.
    PasswordResetDue,
    /// Terms are not accepted, or not as they are now.
    TermsNotAccepted {
        /// Which.
        terms: TermsId,
    },
    /// Something is open against the person or this session, and a policy refuses for just that.
    FactAboutPerson {
        /// What kind of thing.
        kind: FactKind,
    },
    /// Something is open against the device, and a policy refuses for just that.
    FactAboutDevice {
        /// What kind of thing.
        kind: FactKind,
    },
    /// A device of the company is demanded.
    CompanyDeviceRequired,
    /// Something about the device is not as it has to be.
    PostureTooLow {
        /// What.
        item: PostureItem,
        /// What is known of it.
        is: Answer,
    },
    /// A program is too old.
    VersionTooOld {
        /// Which.
        software: Software,
        /// The oldest version that would do.
        needed: Version,
        /// The version there is, if known.
        is: Option<Version>,
    },
    /// The access comes through a service that hides where people are.
    Anonymised,
    /// It is outside the hours in which a policy lets through, or within those in which it refuses.
    OutsideHours {
        /// A calendar that would have to stand otherwise.
        calendar: CalendarId,
    },
    /// The access comes from the wrong network.
    WrongNetwork,
    /// The access comes from the wrong country.
    WrongCountry {
        /// The country, if known.
        is: Option<Country>,
    },
    /// The access is made with the wrong means.
    WrongClient {
        /// What it is made with.
        is: ClientKind,
    },
    /// A policy refuses for a reason that has no word of its own here.
    Policy {
        /// The policy.
        id: PolicyId,
        /// What its author wrote for the person.
        message: Option<Text>,
    },
    /// A policy could not be evaluated; that is a refusal.
    EvaluationError {
        /// The policy.
        id: PolicyId,
    },
}

impl Reason {
    /// The slug used in events, pages and message keys.
    #[must_use]
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::SessionEnded => "session-ended",
            Self::PersonDisabled => "person-disabled",
            Self::ApplicationUnregistered => "application-unregistered",
            Self::PersonTrustTooLow { .. } => "person-trust-too-low",
            Self::DeviceTrustTooLow { .. } => "device-trust-too-low",
            Self::DeviceRequired { .. } => "device-required",
            Self::AssuranceTooLow { .. } => "assurance-too-low",
            Self::ReauthenticationNeeded { .. } => "reauthentication-needed",
            Self::NotEntitled => "not-entitled",
            Self::PasswordResetDue => "password-reset-due",
            Self::TermsNotAccepted { .. } => "terms-not-accepted",
            Self::FactAboutPerson { .. } => "fact-about-person",
            Self::FactAboutDevice { .. } => "fact-about-device",
            Self::CompanyDeviceRequired => "company-device-required",
            Self::PostureTooLow { .. } => "posture-too-low",
            Self::VersionTooOld { .. } => "version-too-old",
            Self::Anonymised => "anonymised",
            Self::OutsideHours { .. } => "outside-hours",
            Self::WrongNetwork => "wrong-network",
            Self::WrongCountry { .. } => "wrong-country",
            Self::WrongClient { .. } => "wrong-client",
            Self::Policy { .. } => "policy",
            Self::EvaluationError { .. } => "evaluation-error",
        }
    }

    /// What it comes from, as slugs: kinds of findings, and why there is no device.
    fn comes_from(&self) -> Vec<&str> {
        match self {
            Self::PersonTrustTooLow { reasons, .. } | Self::DeviceTrustTooLow { reasons, .. } => {
                let slugs = reasons.iter().filter_map(|reason| match reason {
                    TrustReason::OpenFact { fact, .. } => Some(fact.as_str()),
                    TrustReason::NoDeviceIdentity { why } => Some(why.as_str()),
                    TrustReason::MissingEvidence { .. } => None,
                });
                slugs.collect()
            }
            Self::DeviceRequired { why } => vec![why.slug()],
            Self::FactAboutPerson { kind } | Self::FactAboutDevice { kind } => vec![kind.as_str()],
            _ => Vec::new(),
        }
    }
}

/// Software whose version policies can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Software {
    /// The operating system.
    OperatingSystem,
    /// The anti-virus product.
    Antivirus,
    /// What the access is made with, such as the browser.
    Client,
}

impl Software {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OperatingSystem, Self::Antivirus, Self::Client];

    /// The slug used in events and message keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OperatingSystem => "operating-system",
            Self::Antivirus => "antivirus",
            Self::Client => "client",
        }
    }
}

/// A step towards an allow. Ordered as the steps are taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "step")]
pub enum Remedy {
    /// Sign in anew: this session is over, or bound to another device.
    SignInAgain,
    /// Prove a factor of the kind already used once more.
    Reauthenticate,
    /// Prove stronger factors.
    StepUp {
        /// How strong.
        assurance: Assurance,
    },
    /// Reset the password, with a proof that whoever knows the old one does not have.
    ResetPassword,
    /// Accept terms.
    AcceptTerms {
        /// Which.
        terms: TermsId,
    },
    /// Come from elsewhere: not through a service that hides where people are.
    LeaveAnonymiser,
    /// Present the certificate of an enrolled device.
    PresentCertificate,
    /// Enrol this device.
    EnrolDevice,
    /// Come back with a device of the company.
    UseCompanyDevice,
    /// Put something about the device in order.
    FixPosture {
        /// What.
        item: PostureItem,
    },
    /// Bring a program up to date.
    Update {
        /// Which.
        software: Software,
        /// At least to this version.
        to: Version,
    },
    /// Come back at another time.
    ComeBack {
        /// From when on.
        at: Timestamp,
    },
    /// Wait until whoever holds something against the device takes it back.
    WaitForDeviceClean,
    /// Ask the application's owner to be let in.
    AskOwner,
    /// Ask the administrators: something is held against the account.
    AskAdministrator,
    /// Nothing that the person can do would change the answer.
    NothingHelps,
}

impl Remedy {
    /// The slug used in events, pages and message keys.
    #[must_use]
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::SignInAgain => "sign-in-again",
            Self::Reauthenticate => "reauthenticate",
            Self::StepUp { .. } => "step-up",
            Self::ResetPassword => "reset-password",
            Self::AcceptTerms { .. } => "accept-terms",
            Self::LeaveAnonymiser => "leave-anonymiser",
            Self::PresentCertificate => "present-certificate",
            Self::EnrolDevice => "enrol-device",
            Self::UseCompanyDevice => "use-company-device",
            Self::FixPosture { .. } => "fix-posture",
            Self::Update { .. } => "update",
            Self::ComeBack { .. } => "come-back",
            Self::WaitForDeviceClean => "wait-for-device-clean",
            Self::AskOwner => "ask-owner",
            Self::AskAdministrator => "ask-administrator",
            Self::NothingHelps => "nothing-helps",
        }
    }
}
