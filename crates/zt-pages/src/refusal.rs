//! The refusal page: why a person does not get in here and now, and the steps that would change it.
//!
//! The view is plain data; who decides fills it in. Every reason has a title and a sentence in both languages, every
//! remedy an instruction and, where there is somewhere to go, a link.

mod decided;
mod limited;

pub use decided::Ways;
pub use limited::{Short, Withheld};

use crate::headers::Exception;
use crate::{Page, respond};
use askama::Template;
use http::{Response, StatusCode};
use std::fmt;
use zt_types::{Assurance, NoDevice, Text, Timestamp};

/// Whose trust a fact lowers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The device's.
    Device,
    /// The person's.
    Person,
    /// This session's.
    Session,
}

impl About {
    const fn slug(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Person => "person",
            Self::Session => "session",
        }
    }
}

/// One reason for a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A source holds something against the device, the person or the session.
    Fact {
        /// Whose trust it lowers.
        about: About,
        /// The fact kind's slug, such as `malware`.
        kind: String,
        /// The source's name.
        source: String,
        /// The source's own short words, quoted as they are.
        title: String,
        /// Since when.
        since: Timestamp,
    },
    /// The device is not identified.
    NoDevice(NoDevice),
    /// Trust is too low because evidence is missing or stale; the slug says which.
    MissingEvidence(String),
    /// A stronger sign-in is needed.
    Assurance(Assurance),
    /// The last proof is too long ago.
    Reauthentication,
    /// The application is for other groups.
    NotEntitled,
    /// Nobody registered this application.
    Unregistered,
    /// The session is over.
    SessionEnded,
    /// A policy says so, in the words its author wrote.
    Policy(Text),
    /// The person's account is disabled.
    PersonDisabled,
    /// Too many failed tries.
    PersonLocked,
    /// A policy that has no words for the person.
    Unspoken,
    /// A policy could not be evaluated.
    Fault,
    /// The circumstances are not those that a policy asks for.
    Condition {
        /// Which, as a slug.
        slug: String,
        /// A number or a name that says it exactly.
        detail: Option<String>,
    },
    /// The access is limited, and this is not a part of it.
    Withheld(Withheld),
    /// What full use is short of.
    Short(Short),
}

impl Reason {
    /// The slug that titles and sentences are keyed by, before the finer one where there is one.
    #[must_use]
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Fact { .. } => "fact",
            Self::NoDevice(_) => "no-device",
            Self::MissingEvidence(_) => "missing-evidence",
            Self::Assurance(_) => "assurance",
            Self::Reauthentication => "reauthentication",
            Self::NotEntitled => "not-entitled",
            Self::Unregistered => "unregistered",
            Self::SessionEnded => "session-ended",
            Self::Policy(_) => "policy",
            Self::PersonDisabled => "person-disabled",
            Self::PersonLocked => "person-locked",
            Self::Unspoken => "unspoken",
            Self::Fault => "fault",
            Self::Condition { .. } => "condition",
            Self::Withheld(_) => "withheld",
            Self::Short(_) => "short",
        }
    }

    /// The page's heading when this is the first reason.
    #[must_use]
    pub fn heading(&self, page: &Page) -> &'static str {
        match self {
            Self::Fact { about, .. } => page.member("refusal-title-fact", about.slug()),
            Self::NoDevice(why) => page.member("refusal-title-no-device", why.slug()),
            Self::Withheld(what) => page.member("refusal-title-withheld", what.slug()),
            Self::Condition { slug, .. } => page.member("refusal-title-condition", slug),
            _ => page.member("refusal-title", self.slug()),
        }
    }

    /// The sentence that says what is the matter.
    #[must_use]
    pub fn sentence(&self, page: &Page) -> String {
        match self {
            Self::Fact { kind, .. } => page.member("refusal-fact", kind).to_owned(),
            Self::NoDevice(why) => page.member("refusal-no-device", why.slug()).to_owned(),
            Self::MissingEvidence(what) => page.member("refusal-evidence", what).to_owned(),
            Self::Assurance(needed) => page.member("refusal-assurance", needed.as_str()).to_owned(),
            Self::Policy(text) => page.text(text).to_owned(),
            Self::Withheld(what) => page.member("refusal-withheld", what.slug()).to_owned(),
            Self::Short(of) => page.member("refusal-short", of.slug()).to_owned(),
            Self::Condition { slug, detail } => {
                let sentence = page.member("refusal-condition", slug);
                detail.as_ref().map_or_else(
                    || sentence.to_owned(),
                    |detail| format!("{sentence} ({detail})"),
                )
            }
            _ => page.member("refusal-why", self.slug()).to_owned(),
        }
    }

    /// The icon beside the sentence.
    #[must_use]
    pub const fn icon(&self) -> &'static str {
        match self {
            Self::Fact {
                about: About::Device,
                ..
            } => "shield-x",
            Self::Fact { .. } | Self::MissingEvidence(_) | Self::Condition { .. } => "shield-alert",
            Self::NoDevice(_) => "laptop",
            Self::Assurance(_) | Self::Reauthentication => "key-round",
            Self::NotEntitled => "users",
            Self::Unregistered => "app-window",
            Self::SessionEnded => "clock",
            Self::Policy(_) | Self::Unspoken => "scroll-text",
            Self::Fault => "life-buoy",
            Self::PersonDisabled => "user-x",
            Self::PersonLocked | Self::Withheld(_) => "lock",
            Self::Short(of) => of.icon(),
        }
    }

    /// For a fact: the source's name, its words, and since when.
    #[must_use]
    pub fn evidence(&self) -> Option<(&str, &str, &Timestamp)> {
        match self {
            Self::Fact {
                source,
                title,
                since,
                ..
            } => Some((source, title, since)),
            _ => None,
        }
    }
}

/// A kind of step that would turn the refusal into access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemedyKind {
    /// Confirm with a passkey.
    StepUpPasskey,
    /// Confirm with a second factor.
    StepUpMfa,
    /// Confirm once more.
    Reauthenticate,
    /// Register this device.
    EnrolDevice,
    /// Choose the device's certificate when the browser asks.
    PresentCertificate,
    /// Wait until the source takes its finding back; nothing else has to be done.
    WaitForDevice,
    /// Ask whoever runs Sekisho here.
    AskAdministrator,
    /// Ask the application's owner.
    AskOwner,
    /// Sign in again.
    SignInAgain,
    /// Use another device of hers.
    UseAnotherDevice,
    /// Set a new password.
    ResetPassword,
    /// Accept terms.
    AcceptTerms,
    /// Not through a service that hides where people are.
    LeaveAnonymiser,
    /// A device of the company.
    UseCompanyDevice,
    /// Put something about the device in order.
    FixPosture,
    /// Bring a program up to date.
    Update,
    /// Come back within the hours.
    ComeBack,
    /// No step of the person's own helps.
    Nothing,
}

impl RemedyKind {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::StepUpPasskey,
        Self::StepUpMfa,
        Self::Reauthenticate,
        Self::EnrolDevice,
        Self::PresentCertificate,
        Self::WaitForDevice,
        Self::AskAdministrator,
        Self::AskOwner,
        Self::SignInAgain,
        Self::UseAnotherDevice,
        Self::ResetPassword,
        Self::AcceptTerms,
        Self::LeaveAnonymiser,
        Self::UseCompanyDevice,
        Self::FixPosture,
        Self::Update,
        Self::ComeBack,
        Self::Nothing,
    ];

    /// The slug used in message keys.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::StepUpPasskey => "step-up-passkey",
            Self::StepUpMfa => "step-up-mfa",
            Self::Reauthenticate => "reauthenticate",
            Self::EnrolDevice => "enrol-device",
            Self::PresentCertificate => "present-certificate",
            Self::WaitForDevice => "wait-for-device",
            Self::AskAdministrator => "ask-administrator",
            Self::AskOwner => "ask-owner",
            Self::SignInAgain => "sign-in-again",
            Self::UseAnotherDevice => "use-another-device",
            Self::ResetPassword => "reset-password",
            Self::AcceptTerms => "accept-terms",
            Self::LeaveAnonymiser => "leave-anonymiser",
            Self::UseCompanyDevice => "use-company-device",
            Self::FixPosture => "fix-posture",
            Self::Update => "update",
            Self::ComeBack => "come-back",
            Self::Nothing => "nothing",
        }
    }

    /// Its icon.
    #[must_use]
    pub const fn icon(self) -> &'static str {
        match self {
            Self::StepUpPasskey => "fingerprint-pattern",
            Self::StepUpMfa => "smartphone",
            Self::Reauthenticate => "key-round",
            Self::EnrolDevice => "laptop",
            Self::PresentCertificate => "id-card",
            Self::WaitForDevice => "hourglass",
            Self::AskAdministrator => "life-buoy",
            Self::AskOwner => "circle-user",
            Self::SignInAgain => "log-in",
            Self::UseAnotherDevice | Self::Update => "refresh-cw",
            Self::ResetPassword => "key-round",
            Self::AcceptTerms => "scroll-text",
            Self::LeaveAnonymiser => "app-window",
            Self::UseCompanyDevice => "laptop",
            Self::FixPosture => "shield-alert",
            Self::ComeBack => "clock",
            Self::Nothing => "circle-minus",
        }
    }
}

/// A step, and where to take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemedyView {
    /// What to do.
    pub kind: RemedyKind,
    /// Where: an address, if there is a place to go.
    pub href: Option<String>,
    /// Whom to ask, for the two kinds that ask somebody.
    pub contact: Option<String>,
    /// What exactly, for the kinds that are about one thing of several.
    pub detail: Option<Detail>,
}

/// What exactly a step is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// One of our words: the slug of something that can be put in order or be brought up to date.
    Thing(&'static str),
    /// The same, and from which version on it will do.
    ThingFrom(&'static str, String),
    /// From when on it will do.
    Moment(Timestamp),
}

impl Detail {
    /// As it is shown.
    #[must_use]
    pub fn said(&self, page: &Page) -> String {
        match self {
            Self::Thing(slug) => page.member("remedy-thing", slug).to_owned(),
            Self::ThingFrom(slug, version) => {
                format!("{} ≥ {version}", page.member("remedy-thing", slug))
            }
            Self::Moment(at) => page.moment(at).to_string(),
        }
    }
}

impl RemedyView {
    /// A step without a place of its own.
    #[must_use]
    pub const fn new(kind: RemedyKind) -> Self {
        Self {
            kind,
            href: None,
            contact: None,
            detail: None,
        }
    }
    /// A step taken at `href`.
    #[must_use]
    pub const fn at(kind: RemedyKind, href: String) -> Self {
        Self {
            kind,
            href: Some(href),
            contact: None,
            detail: None,
        }
    }
    /// A step that asks `contact`.
    #[must_use]
    pub const fn asking(kind: RemedyKind, contact: String) -> Self {
        Self {
            kind,
            href: None,
            contact: Some(contact),
            detail: None,
        }
    }
}

/// The refusal page.
#[derive(Debug, Template)]
#[template(path = "page/refusal.html")]
pub struct RefusalView {
    /// The page's context.
    pub page: Page,
    /// The application's name, or the host that was asked for.
    pub application: String,
    /// Who is signed in, if anybody.
    pub person: Option<String>,
    /// Why, the weightiest first.
    pub reasons: Vec<Reason>,
    /// What would change it, in order.
    pub remedies: Vec<RemedyView>,
    /// Other steps that would do as well; empty if there are none.
    pub alternative: Vec<RemedyView>,
    /// What an administrator can look up: the decision's id.
    pub reference: String,
    /// When it was decided.
    pub at: Timestamp,
    /// The address to try again, and that of the portal.
    pub retry: Option<String>,
    /// The portal's address, where the person's applications and devices are.
    pub portal: Option<String>,
    /// For who came from an application elsewhere: the way back to it, empty-handed.
    pub leave: Option<Leave>,
}

/// A form that sends her back to an application elsewhere, which is told that it gets nothing.
pub struct Leave {
    /// Where the form goes.
    pub action: String,
    /// What shows that it is this page's.
    pub token: String,
    /// Where its answer leads on to.
    pub leads_to: Exception,
}

impl fmt::Debug for Leave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leave").finish_non_exhaustive()
    }
}

/// One way out, as the page shows it.
struct Way<'a> {
    id: &'static str,
    title: &'static str,
    steps: &'a [RemedyView],
}

impl RefusalView {
    /// The ways out that there are.
    fn ways(&self) -> impl Iterator<Item = Way<'_>> {
        let (first, other) = (
            self.page.t("refusal-steps"),
            self.page.t("refusal-other-steps"),
        );
        let ways = [
            ("steps", first, &self.remedies),
            ("other-steps", other, &self.alternative),
        ];
        let ways = ways.into_iter().filter(|(_, _, steps)| !steps.is_empty());
        ways.map(|(id, title, steps)| Way { id, title, steps })
    }

    /// The heading: the first reason's.
    #[must_use]
    pub fn heading(&self) -> &'static str {
        self.reasons.first().map_or_else(
            || self.page.member("refusal-title", "other"),
            |reason| reason.heading(&self.page),
        )
    }

    /// What became of the request: an application was not opened, or did not get this one request.
    #[must_use]
    pub fn outcome(&self) -> String {
        let application = self.application.clone();
        match self.reasons.first() {
            Some(Reason::Withheld(_)) => {
                self.page.t1("refusal-not-done", "application", application)
            }
            _ => self
                .page
                .t1("refusal-not-opened", "application", application),
        }
    }

    /// The page as a 403 response with its headers.
    #[must_use]
    pub fn response(&self) -> Response<String> {
        let leads_to = self.leave.as_ref().map(|leave| &leave.leads_to);
        let exception = leads_to.unwrap_or(&Exception::None);
        respond(StatusCode::FORBIDDEN, &self.page, self, exception)
    }
}
