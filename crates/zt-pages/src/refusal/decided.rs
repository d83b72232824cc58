//! From what `zt-policy` decided to what the page says.

use super::{About, Detail, Reason, RemedyKind, RemedyView};
use zt_policy::{Refusal, Remedy};
use zt_types::{Assurance, NoDevice, TrustReason};

/// Where the steps out of a refusal are taken. What is `None` is said without a link.
#[derive(Debug, Clone, Default)]
pub struct Ways {
    /// Where stronger factors are proven, coming back here afterwards.
    pub step_up: Option<String>,
    /// Where one signs in anew, coming back here afterwards.
    pub sign_in: Option<String>,
    /// Where a new password is set, coming back here afterwards.
    pub reset: Option<String>,
    /// Where terms are read and accepted, coming back here afterwards; the terms' id is put behind it.
    pub terms: Option<String>,
    /// The person's devices, where an enrolment code is had.
    pub devices: Option<String>,
    /// This very address again.
    pub again: Option<String>,
    /// The application's owner, as a name.
    pub owner: Option<String>,
    /// The administrators, as a name or address.
    pub administrator: Option<String>,
}

impl Reason {
    /// The reasons of a refusal, the weightiest first. `source` gives the name of a source by its slug.
    #[must_use]
    pub fn of(refusal: &Refusal, source: impl Fn(&str) -> String) -> Vec<Self> {
        let mut reasons = Vec::new();
        for reason in refusal.reasons() {
            match reason {
                zt_policy::Reason::SessionEnded => reasons.push(Self::SessionEnded),
                zt_policy::Reason::PersonDisabled => reasons.push(Self::PersonDisabled),
                zt_policy::Reason::ApplicationUnregistered => reasons.push(Self::Unregistered),
                zt_policy::Reason::PersonTrustTooLow { reasons: trust, .. } => {
                    reasons.extend(
                        trust
                            .iter()
                            .map(|one| of_trust(one, About::Person, &source)),
                    );
                }
                zt_policy::Reason::DeviceTrustTooLow { reasons: trust, .. } => {
                    reasons.extend(
                        trust
                            .iter()
                            .map(|one| of_trust(one, About::Device, &source)),
                    );
                }
                zt_policy::Reason::DeviceRequired { why } => reasons.push(Self::NoDevice(*why)),
                zt_policy::Reason::AssuranceTooLow { needed } => {
                    reasons.push(Self::Assurance(*needed));
                }
                zt_policy::Reason::ReauthenticationNeeded { .. } => {
                    reasons.push(Self::Reauthentication);
                }
                zt_policy::Reason::NotEntitled => reasons.push(Self::NotEntitled),
                zt_policy::Reason::Policy {
                    message: Some(text),
                    ..
                } => {
                    reasons.push(Self::Policy(text.clone()));
                }
                zt_policy::Reason::Policy { message: None, .. } => reasons.push(Self::Unspoken),
                zt_policy::Reason::EvaluationError { .. } => reasons.push(Self::Fault),
                other => reasons.extend(of_condition(other)),
            }
        }
        // One cause can stand behind several policies; it is said once.
        let mut said: Vec<Self> = Vec::with_capacity(reasons.len());
        for reason in reasons {
            if !said.contains(&reason) {
                said.push(reason);
            }
        }
        said
    }
}

/// A reason that is a condition which is not met.
fn of_condition(reason: &zt_policy::Reason) -> Option<Reason> {
    use zt_policy::Reason as Why;
    let (slug, detail) = match reason {
        Why::PasswordResetDue => ("password-reset-due".to_owned(), None),
        Why::TermsNotAccepted { .. } => ("terms-not-accepted".to_owned(), None),
        Why::FactAboutPerson { kind } => (format!("fact-{}", kind.as_str()), None),
        Why::FactAboutDevice { .. } => ("fact-device".to_owned(), None),
        Why::CompanyDeviceRequired => ("company-device".to_owned(), None),
        Why::PostureTooLow { item, .. } => (item.as_str().to_owned(), None),
        Why::VersionTooOld { software, is, .. } => (
            format!("version-{}", software.as_str()),
            is.map(|version| version.to_string()),
        ),
        Why::Anonymised => ("anonymised".to_owned(), None),
        Why::OutsideHours { .. } => ("outside-hours".to_owned(), None),
        Why::WrongNetwork => ("wrong-network".to_owned(), None),
        Why::WrongCountry { is } => (
            "wrong-country".to_owned(),
            is.map(|country| country.to_string()),
        ),
        Why::WrongClient { .. } => ("wrong-client".to_owned(), None),
        _ => return None,
    };
    Some(Reason::Condition { slug, detail })
}

fn of_trust(reason: &TrustReason, about: About, source: &impl Fn(&str) -> String) -> Reason {
    match reason {
        TrustReason::OpenFact {
            fact,
            source: slug,
            title,
            since,
        } => Reason::Fact {
            about,
            kind: fact.clone(),
            source: source(slug),
            title: title.clone(),
            since: *since,
        },
        TrustReason::NoDeviceIdentity { why } => {
            let known = NoDevice::ALL.into_iter().find(|known| known.slug() == why);
            known.map_or_else(|| Reason::MissingEvidence(why.clone()), Reason::NoDevice)
        }
        TrustReason::MissingEvidence { what } => Reason::MissingEvidence(what.clone()),
    }
}

impl RemedyView {
    /// The steps out of a refusal, in the order in which they are taken.
    #[must_use]
    pub fn of(refusal: &Refusal, ways: &Ways) -> Vec<Self> {
        Self::of_steps(refusal.remedies(), ways)
    }

    /// Steps, in the order in which they are taken.
    #[must_use]
    pub fn of_steps(remedies: &[Remedy], ways: &Ways) -> Vec<Self> {
        let mut steps: Vec<Self> = remedies
            .iter()
            .map(|remedy| of_remedy(remedy, ways))
            .collect();
        let waits = steps
            .iter()
            .any(|step| step.kind == RemedyKind::WaitForDevice);
        if waits {
            // What is wrong with one device is wrong with that one only.
            steps.push(Self::new(RemedyKind::UseAnotherDevice));
        }
        steps
    }
}

fn of_remedy(remedy: &Remedy, ways: &Ways) -> RemedyView {
    let step = |kind, href: &Option<String>, contact: &Option<String>| RemedyView {
        kind,
        href: href.clone(),
        contact: contact.clone(),
        detail: None,
    };
    let about = |kind, detail| RemedyView {
        detail: Some(detail),
        ..RemedyView::new(kind)
    };
    match remedy {
        Remedy::SignInAgain => step(RemedyKind::SignInAgain, &ways.sign_in, &None),
        Remedy::Reauthenticate => step(RemedyKind::Reauthenticate, &ways.step_up, &None),
        Remedy::StepUp { assurance } if *assurance >= Assurance::PhishingResistant => {
            step(RemedyKind::StepUpPasskey, &ways.step_up, &None)
        }
        Remedy::StepUp { .. } => step(RemedyKind::StepUpMfa, &ways.step_up, &None),
        Remedy::PresentCertificate => step(RemedyKind::PresentCertificate, &ways.again, &None),
        Remedy::EnrolDevice => step(RemedyKind::EnrolDevice, &ways.devices, &None),
        Remedy::WaitForDeviceClean => step(RemedyKind::WaitForDevice, &ways.devices, &None),
        Remedy::AskOwner => step(RemedyKind::AskOwner, &None, &ways.owner),
        Remedy::AskAdministrator => step(RemedyKind::AskAdministrator, &None, &ways.administrator),
        Remedy::ResetPassword => step(RemedyKind::ResetPassword, &ways.reset, &None),
        Remedy::AcceptTerms { terms } => {
            let href = ways.terms.as_ref().map(|way| format!("{way}{terms}"));
            step(RemedyKind::AcceptTerms, &href, &None)
        }
        Remedy::LeaveAnonymiser => step(RemedyKind::LeaveAnonymiser, &ways.again, &None),
        Remedy::UseCompanyDevice => step(RemedyKind::UseCompanyDevice, &None, &None),
        Remedy::FixPosture { item } => about(RemedyKind::FixPosture, Detail::Thing(item.as_str())),
        Remedy::Update { software, to } => about(
            RemedyKind::Update,
            Detail::ThingFrom(software.as_str(), to.to_string()),
        ),
        Remedy::ComeBack { at } => about(RemedyKind::ComeBack, Detail::Moment(*at)),
        Remedy::NothingHelps => step(RemedyKind::Nothing, &None, &None),
    }
}
