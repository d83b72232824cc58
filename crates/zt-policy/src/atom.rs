//! Atoms: the questions with a yes or a no that every policy is made of.

use crate::facts::Facts;
use zt_types::{
    Answer, Assurance, ClientKind, Country, FactKind, Level, Os, PostureItem, Role, Sensitivity,
};

/// One question about an access. What a person can be a member of is asked apart: see [`crate::expression::Literal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Atom {
    Role(Role),
    Guest,
    /// At least.
    PersonTrust(Level),
    PersonFact(FactKind),
    ResetDue,
    /// Terms, by number.
    Terms(u32),
    Enrolled,
    Proven,
    CompanyOwned,
    /// At least.
    DeviceTrust(Level),
    DeviceFact(FactKind),
    Os(Os),
    /// At least.
    OsVersion(i64),
    /// At least.
    AntivirusVersion(i64),
    /// At least.
    Posture(PostureItem, Answer),
    /// At least.
    Assurance(Assurance),
    /// At most so many seconds.
    Age(i64),
    Client(ClientKind),
    /// At least.
    ClientVersion(i64),
    /// A network, by number.
    Network(u32),
    /// A country, or that it is not known.
    Country(Option<Country>),
    Anonymiser,
    /// A calendar, by number.
    Calendar(u32),
    /// Of the application, at least.
    Sensitivity(Sensitivity),
    /// One application, by its place in the register.
    App(u32),
    /// A group of applications, by number.
    AppGroup(u32),
    /// It is for all people.
    Everyone,
    /// She is in a group that the application is for.
    Entitled,
}

impl Atom {
    /// Whether it is about the application only, so that it is the same for everybody who asks for it.
    pub(crate) const fn is_of_resource(self) -> bool {
        matches!(
            self,
            Self::Sensitivity(_) | Self::App(_) | Self::AppGroup(_) | Self::Everyone
        )
    }

    /// How seldom it holds, or does not, among all the accesses of a day: smaller is more seldom. It only says in what
    /// order conditions are looked up; the answers are the same in any.
    pub(crate) const fn rank(self, holds: bool) -> u32 {
        let percent = match self {
            Self::PersonFact(_) | Self::DeviceFact(_) | Self::ResetDue | Self::Anonymiser => 1,
            Self::App(_) | Self::Guest => 2,
            Self::Role(Role::Member) => 97,
            Self::Role(_) => 3,
            Self::Country(_) | Self::Network(_) => 10,
            Self::Client(_) | Self::Os(_) | Self::AppGroup(_) => 25,
            Self::Calendar(_) | Self::Everyone => 40,
            Self::Sensitivity(_) | Self::Entitled | Self::Age(_) => 50,
            Self::CompanyOwned | Self::Enrolled | Self::Proven => 80,
            Self::OsVersion(_) | Self::AntivirusVersion(_) | Self::ClientVersion(_) => 90,
            Self::Posture(..) | Self::Assurance(_) => 92,
            Self::PersonTrust(_) | Self::DeviceTrust(_) | Self::Terms(_) => 95,
        };
        if holds { percent } else { 100 - percent }
    }

    /// Whether it holds, asked one by one: what the tables of [`crate::masks::Vector`] must say too. `None` for what the
    /// facts alone cannot say: the application and the time of the week.
    pub(crate) fn holds(self, facts: &Facts) -> Option<bool> {
        Some(match self {
            Self::Role(role) => facts.role == role,
            Self::Guest => facts.affiliation == zt_types::Affiliation::Guest,
            Self::PersonTrust(level) => facts.person_trust >= level,
            Self::PersonFact(kind) => facts.person_facts.contains(kind),
            Self::ResetDue => facts.password == zt_types::PasswordState::ResetDue,
            Self::Terms(terms) => facts.terms.contains(terms),
            Self::Enrolled => facts.enrolled,
            Self::Proven => facts.proven,
            Self::CompanyOwned => facts.ownership == zt_types::Ownership::Company,
            Self::DeviceTrust(level) => facts.device_trust >= level,
            Self::DeviceFact(kind) => facts.device_facts.contains(kind),
            Self::Os(os) => facts.os == os,
            Self::OsVersion(version) => facts.os_version >= version,
            Self::AntivirusVersion(version) => facts.antivirus_version >= version,
            Self::Posture(item, answer) => facts.posture.item(item) >= answer,
            Self::Assurance(assurance) => facts.assurance >= assurance,
            Self::Age(most) => facts.age() <= most,
            Self::Client(client) => facts.client == client,
            Self::ClientVersion(version) => facts.client_version >= version,
            Self::Network(network) => facts.networks.contains(network),
            Self::Country(country) => facts.country == country,
            Self::Anonymiser => facts.anonymiser == Answer::Yes,
            Self::Calendar(_)
            | Self::Sensitivity(_)
            | Self::App(_)
            | Self::AppGroup(_)
            | Self::Everyone
            | Self::Entitled => return None,
        })
    }
}
