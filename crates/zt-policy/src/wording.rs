//! Atoms in the words of the policies' own language, and what is seen of them: for whoever reads why.

use crate::atom::Atom;
use crate::compile::PolicySet;
use crate::expression::{Literal, Question};
use crate::facts::Facts;
use crate::numbering::Member;
use zt_types::{Affiliation, Answer, Ownership, PasswordState, Version};

impl PolicySet {
    /// The literal as Cedar has it.
    pub(crate) fn written(&self, literal: Literal) -> String {
        let text = match literal.question {
            Question::Member(number) => match self.numbering.members.name(number) {
                Some(Member::Group(group)) => format!("principal in Group::\"{group}\""),
                Some(Member::Person(person)) => format!("principal == Person::\"{person}\""),
                None => "principal in nobody".to_owned(),
            },
            Question::Atom(atom) => self.atom(atom),
        };
        match (literal.holds, text.contains(' ')) {
            (true, _) => text,
            (false, true) => format!("!({text})"),
            (false, false) => format!("!{text}"),
        }
    }

    fn atom(&self, atom: Atom) -> String {
        match atom {
            Atom::Role(role) => format!("principal.role == Role::\"{}\"", role.as_str()),
            Atom::Guest => "principal.guest".to_owned(),
            Atom::PersonTrust(level) => {
                format!("principal.trust in TrustLevel::\"{}\"", level.as_str())
            }
            Atom::PersonFact(kind) => {
                format!("principal.facts.contains(Fact::\"{}\")", kind.as_str())
            }
            Atom::ResetDue => "principal.reset_due".to_owned(),
            Atom::Terms(number) => {
                let terms = self.numbering.terms.name(number);
                let terms = terms.map(ToString::to_string).unwrap_or_default();
                format!("principal.terms.contains(Terms::\"{terms}\")")
            }
            Atom::Enrolled => "context.device.enrolled".to_owned(),
            Atom::Proven => "context.device.proven".to_owned(),
            Atom::CompanyOwned => "context.device.company_owned".to_owned(),
            Atom::DeviceTrust(level) => {
                format!("context.device.trust in TrustLevel::\"{}\"", level.as_str())
            }
            Atom::DeviceFact(kind) => {
                format!("context.device.facts.contains(Fact::\"{}\")", kind.as_str())
            }
            Atom::Os(os) => format!("context.device.os == Os::\"{}\"", os.as_str()),
            Atom::OsVersion(least) => at_least("context.device.os_version", least),
            Atom::AntivirusVersion(least) => at_least("context.device.antivirus_version", least),
            Atom::ClientVersion(least) => at_least("context.client.version", least),
            Atom::Posture(item, answer) => format!(
                "context.device.{} in Answer::\"{}\"",
                item.as_str().replace('-', "_"),
                answer.as_str()
            ),
            Atom::Assurance(assurance) => format!(
                "context.session.assurance in Assurance::\"{}\"",
                assurance.as_str()
            ),
            Atom::Age(most) => format!("context.session.age <= {most}"),
            Atom::Client(kind) => format!("context.client.kind == Client::\"{}\"", kind.as_str()),
            Atom::Network(number) => {
                let network = self.numbering.networks.name(number);
                let network = network.map(ToString::to_string).unwrap_or_default();
                format!("context.network.names.contains(Network::\"{network}\")")
            }
            Atom::Country(country) => format!(
                "context.network.country == Country::\"{}\"",
                country.map_or("unknown".to_owned(), |country| country.to_string())
            ),
            Atom::Anonymiser => "context.network.anonymiser".to_owned(),
            Atom::Calendar(number) => {
                let calendar = self.numbering.calendars.name(number);
                let calendar = calendar.map(ToString::to_string).unwrap_or_default();
                format!("context.calendars.contains(Calendar::\"{calendar}\")")
            }
            Atom::Sensitivity(least) => {
                format!(
                    "resource.sensitivity in Sensitivity::\"{}\"",
                    least.as_str()
                )
            }
            Atom::App(number) => {
                let id = self.numbering.apps.name(number);
                let id = id.map(ToString::to_string).unwrap_or_default();
                format!("resource == Application::\"{id}\"")
            }
            Atom::AppGroup(number) => {
                let id = self.numbering.app_groups.name(number);
                let id = id.map(ToString::to_string).unwrap_or_default();
                format!("resource in AppGroup::\"{id}\"")
            }
            Atom::Everyone => "resource.everyone".to_owned(),
            Atom::Entitled => "principal in resource.groups".to_owned(),
        }
    }

    /// What is seen of what a question asks about, as a slug or a number.
    pub(crate) fn seen(&self, question: Question, facts: &Facts, holds: bool) -> String {
        let Question::Atom(atom) = question else {
            return yes_or_no(holds);
        };
        match atom {
            Atom::Role(_) => facts.role.as_str().to_owned(),
            Atom::Guest => yes_or_no(facts.affiliation == Affiliation::Guest),
            Atom::PersonTrust(_) => facts.person_trust.as_str().to_owned(),
            Atom::ResetDue => yes_or_no(facts.password == PasswordState::ResetDue),
            Atom::CompanyOwned => match facts.ownership {
                Ownership::Unknown => "unknown".to_owned(),
                owned => yes_or_no(owned == Ownership::Company),
            },
            Atom::DeviceTrust(_) => facts.device_trust.as_str().to_owned(),
            Atom::Os(_) => facts.os.as_str().to_owned(),
            Atom::OsVersion(_) => version(facts.os_version),
            Atom::AntivirusVersion(_) => version(facts.antivirus_version),
            Atom::ClientVersion(_) => version(facts.client_version),
            Atom::Posture(item, _) => facts.posture.item(item).as_str().to_owned(),
            Atom::Assurance(_) => facts.assurance.as_str().to_owned(),
            Atom::Age(_) => format!("{} s", facts.age()),
            Atom::Client(_) => facts.client.as_str().to_owned(),
            Atom::Country(_) => facts
                .country
                .map_or("unknown".to_owned(), |country| country.to_string()),
            Atom::Anonymiser => match facts.anonymiser {
                Answer::Unknown => "unknown".to_owned(),
                known => yes_or_no(known == Answer::Yes),
            },
            Atom::PersonFact(_)
            | Atom::Terms(_)
            | Atom::Enrolled
            | Atom::Proven
            | Atom::DeviceFact(_)
            | Atom::Network(_)
            | Atom::Calendar(_)
            | Atom::Sensitivity(_)
            | Atom::App(_)
            | Atom::AppGroup(_)
            | Atom::Everyone
            | Atom::Entitled => yes_or_no(holds),
        }
    }
}

fn yes_or_no(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

fn at_least(what: &str, least: i64) -> String {
    format!("{what} >= {least} ({})", version(least))
}

fn version(number: i64) -> String {
    match Version::from_integer(number) {
        Some(version) if number > 0 => version.to_string(),
        _ => "unknown".to_owned(),
    }
}
