//! Policy tests as the files say them, typed.

use super::Source;
use super::test_form::USUAL_TIME;
use crate::form::Record;
use crate::person::Role;
use crate::problem::{Place, Problems, Wrong};
use std::str::FromStr;
use zt_types::{
    Affiliation, Answer, AppId, Assurance, Capability, CapabilitySet, ClientKind, Country,
    FactKind, GroupId, Level, NetworkId, Os, Ownership, PasswordState, PostureItem, TermsId,
    Timestamp, Version,
};

/// A policy test as the files say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyTestDocument {
    /// What is tested.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// Who.
    pub who: Who,
    /// Her role, if it is said.
    pub role: Option<Role>,
    /// Whether she belongs to the company, if it is said.
    pub affiliation: Option<Affiliation>,
    /// How far she is believed.
    pub person_trust: Level,
    /// What is open against her.
    pub person_facts: Vec<FactKind>,
    /// Whether her password may be relied on.
    pub password: PasswordState,
    /// The terms she accepted.
    pub terms: Vec<TermsId>,
    /// Which application.
    pub app: AppId,
    /// What the device shows.
    pub device: Shown,
    /// How far it is believed.
    pub device_trust: Level,
    /// What is open against it.
    pub device_facts: Vec<FactKind>,
    /// Whose it is.
    pub owner: Ownership,
    /// Its operating system.
    pub os: Os,
    /// In which version.
    pub os_version: Option<Version>,
    /// The version of its anti-virus software.
    pub antivirus_version: Option<Version>,
    /// What is known of its state.
    pub posture: Vec<(PostureItem, Answer)>,
    /// What the sign-in proved.
    pub sign_in: Assurance,
    /// How many minutes ago.
    pub minutes_since_proof: u64,
    /// What the access is made with.
    pub client: ClientKind,
    /// In which version.
    pub client_version: Option<Version>,
    /// From which networks.
    pub networks: Vec<NetworkId>,
    /// From which country.
    pub country: Option<Country>,
    /// Whether by way of an anonymiser.
    pub anonymiser: Answer,
    /// When.
    pub at: Timestamp,
    /// What must come of it.
    pub expect: Expected,
}

/// Whom a test is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A person of the files, by login.
    Person(String),
    /// Somebody in these groups.
    In(Vec<GroupId>),
}

/// What a device shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It proves who it is.
    Proven,
    /// It is enrolled and proves nothing.
    Enrolled,
    /// Nothing is known of it.
    Nothing,
}

/// What must come of an access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// `allowed`, `prompted` or `refused`.
    pub outcome: String,
    /// Exactly what it may do, if that is said.
    pub capabilities: Option<CapabilitySet>,
    /// Reasons that must be among its reasons.
    pub reasons: Vec<String>,
    /// Steps that must be on the way out.
    pub steps: Vec<String>,
    /// Obligations that the permit must carry.
    pub obligations: Vec<String>,
    /// Policies that must be among those that decided.
    pub policies: Vec<String>,
}

/// A test, if it is sound; what can only be seen here is added to `problems`.
pub(super) fn policy_test(
    source: &Source<'_>,
    record: &Record,
    problems: &mut Problems,
) -> Option<PolicyTestDocument> {
    let shown = match record.text("device") {
        Some("none") => Shown::Nothing,
        Some("enrolled") => Shown::Enrolled,
        _ => Shown::Proven,
    };
    let usual_trust = match shown {
        Shown::Proven => Level::High,
        Shown::Enrolled | Shown::Nothing => Level::Medium,
    };
    let usual_owner = match shown {
        Shown::Proven | Shown::Enrolled => Ownership::Company,
        Shown::Nothing => Ownership::Unknown,
    };
    let level = |key: &str, usual: Level| {
        let levels = Level::ALL.into_iter();
        let said = record.text(key);
        levels
            .clone()
            .find(|level| Some(level.as_str()) == said)
            .unwrap_or(usual)
    };
    let facts = |key: &str| -> Vec<FactKind> {
        let kinds = FactKind::ALL.into_iter();
        let said: Vec<&str> = record.list(key).map(|(kind, _)| kind).collect();
        kinds.filter(|kind| said.contains(&kind.as_str())).collect()
    };
    let words =
        |key: &str| -> Vec<String> { record.list(key).map(|(word, _)| word.to_owned()).collect() };
    let mut posture = Vec::new();
    for (key, answer) in [("in_order", Answer::Yes), ("not_in_order", Answer::No)] {
        let said = record.list(key);
        posture.extend(said.filter_map(|(item, _)| Some((PostureItem::from_slug(item)?, answer))));
    }
    let mut read = Reading {
        source,
        record,
        problems,
    };
    // All of them are read, so that all are complained of.
    let (os_version, antivirus_version, client_version) = (
        read.parsed("os_version", "a version such as `10.0.22631`"),
        read.parsed("antivirus_version", "a version such as `7.2`"),
        read.parsed("client_version", "a version such as `142.0`"),
    );
    let country = read.parsed("country", "two capital letters such as `JP`");
    let at = read.time();
    Some(PolicyTestDocument {
        name: record.text("name")?.to_owned(),
        place: source.place(record.span.clone()),
        who: match record.text("person") {
            Some(login) => Who::Person(login.to_owned()),
            None => Who::In(
                record
                    .list("groups")
                    .filter_map(|(group, _)| GroupId::new(group).ok())
                    .collect(),
            ),
        },
        role: record.text("role").map(|role| match role {
            "administrator" => Role::Administrator,
            _ => Role::Member,
        }),
        affiliation: record.text("affiliation").map(|said| match said {
            "guest" => Affiliation::Guest,
            _ => Affiliation::Staff,
        }),
        person_trust: level("person_trust", Level::High),
        person_facts: facts("person_facts"),
        password: match record.text("password") {
            Some("reset-due") => PasswordState::ResetDue,
            _ => PasswordState::Good,
        },
        terms: record
            .list("terms")
            .filter_map(|(terms, _)| TermsId::new(terms).ok())
            .collect(),
        app: AppId::new(record.text("application")?).ok()?,
        device: shown,
        device_trust: level("device_trust", usual_trust),
        device_facts: facts("device_facts"),
        owner: record
            .text("device_owner")
            .and_then(Ownership::from_slug)
            .unwrap_or(usual_owner),
        os: record
            .text("os")
            .and_then(Os::from_slug)
            .unwrap_or(Os::Unknown),
        os_version: os_version?,
        antivirus_version: antivirus_version?,
        posture,
        sign_in: Assurance::ALL
            .into_iter()
            .find(|known| Some(known.as_str()) == record.text("sign_in"))
            .unwrap_or(Assurance::Mfa),
        minutes_since_proof: record
            .number("minutes_since_proof")
            .map_or(5, |minutes| minutes.unsigned_abs()),
        client: record
            .text("client")
            .and_then(ClientKind::from_slug)
            .unwrap_or(ClientKind::Browser),
        client_version: client_version?,
        networks: record
            .list("networks")
            .filter_map(|(network, _)| NetworkId::new(network).ok())
            .collect(),
        country: country?,
        anonymiser: match record.text("anonymiser") {
            Some("yes") => Answer::Yes,
            Some("no") => Answer::No,
            _ => Answer::Unknown,
        },
        at: at?,
        expect: Expected {
            outcome: record.text("expect")?.to_owned(),
            capabilities: record.value("capabilities").map(|_| {
                let said: Vec<&str> = record.list("capabilities").map(|(c, _)| c).collect();
                let all = Capability::ALL.into_iter();
                all.filter(|capability| said.contains(&capability.as_str()))
                    .fold(CapabilitySet::NONE, CapabilitySet::with)
            }),
            reasons: words("reasons"),
            steps: words("steps"),
            obligations: words("obligations"),
            policies: words("policies"),
        },
    })
}

/// Values whose form says less than they must say.
struct Reading<'a, 'f> {
    source: &'a Source<'f>,
    record: &'a Record,
    problems: &'a mut Problems,
}

impl Reading<'_, '_> {
    /// `Some(None)` if the key is not there.
    fn parsed<T: FromStr>(&mut self, key: &str, wanted: &str) -> Option<Option<T>> {
        let Some(text) = self.record.text(key) else {
            return Some(None);
        };
        let read = text.parse().ok();
        if read.is_none() {
            self.wrong(key, text, wanted);
        }
        read.map(Some)
    }

    fn time(&mut self) -> Option<Timestamp> {
        let text = self.record.text("at").unwrap_or(USUAL_TIME);
        let read = Timestamp::parse_rfc3339(text);
        if read.is_none() {
            self.wrong("at", text, "a time such as `2026-11-24T19:00:00+09:00`");
        }
        read
    }

    fn wrong(&mut self, key: &str, value: &str, wanted: &str) {
        let span = self.record.value(key).map(|value| value.span.clone());
        self.problems.add(
            self.source.place(span.unwrap_or_default()),
            Wrong::BadValue {
                key: key.to_owned(),
                value: value.to_owned(),
                wanted: wanted.to_owned(),
                nearest: None,
            },
        );
    }
}
