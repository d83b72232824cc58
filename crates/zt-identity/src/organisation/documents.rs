//! Records as the files say them, typed.

use super::{Organisation, Source, beside};
use crate::form::{Open, Record, minute_of};
use crate::person::Role;
use crate::problem::{Place, Problems, Wrong};
use std::collections::BTreeMap;
use std::sync::Arc;
use zt_types::{
    Affiliation, AppGroupId, AppId, CalendarId, EnforcementPointId, GroupId, Language, NetworkId,
    OWN_SOURCE, PolicyId, Sensitivity, SourceId, TermsId, Text, TokenHash,
};

/// Characters that a file named by another may have: as many as a text in a file of the organisation itself.
const LONGEST_TEXT: usize = 65_536;

/// A person as the files say her.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonDocument {
    /// Login.
    pub login: String,
    /// Name.
    pub name: Text,
    /// E-mail address.
    pub email: Option<String>,
    /// Preferred language.
    pub language: Language,
    /// Groups, in order.
    pub groups: Vec<GroupId>,
    /// Role; never [`Role::BreakGlass`].
    pub role: Role,
    /// Whether she belongs to the company.
    pub affiliation: Affiliation,
}

/// A group as the files say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupDocument {
    /// Id.
    pub id: GroupId,
    /// Name.
    pub name: Text,
    /// The groups that it is part of.
    pub part_of: Vec<GroupId>,
    /// Where it says of which; its id if of none.
    pub place: Place,
}

/// A network as the files say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkDocument {
    /// Id.
    pub id: NetworkId,
    /// Name.
    pub name: Text,
    /// Its ranges of addresses as they are written, and where.
    pub ranges: Vec<(String, Place)>,
}

/// A calendar as the files say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarDocument {
    /// Id.
    pub id: CalendarId,
    /// Name.
    pub name: Text,
    /// A name of the IANA database.
    pub time_zone: String,
    /// Where it stands.
    pub place: Place,
    /// Its hours.
    pub hours: Vec<HoursDocument>,
    /// Its days off, `YYYY-MM-DD` each.
    pub days_off: BTreeMap<String, Text>,
}

/// Hours of some days as the files say them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoursDocument {
    /// Some of [`super::DAYS`].
    pub days: Vec<String>,
    /// From which minute after midnight.
    pub from: u16,
    /// Up to which minute.
    pub to: u16,
}

/// A starter pack that the files want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackDocument {
    /// Which one, if there is such a pack.
    pub id: String,
    /// One of [`super::POLICY_STATES`].
    pub state: String,
    /// Where it stands.
    pub place: Place,
}

/// An application as the files say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationDocument {
    /// Id.
    pub id: AppId,
    /// Name.
    pub name: Text,
    /// What it is for.
    pub description: Text,
    /// The owner's login.
    pub owner: String,
    /// Sensitivity.
    pub sensitivity: Sensitivity,
    /// Origin; `None`: it is not behind the gateway.
    pub upstream: Option<String>,
    /// Groups that may use it; everyone if empty.
    pub groups: Vec<GroupId>,
    /// Groups of applications it is in.
    pub app_groups: Vec<AppGroupId>,
    /// One of [`super::CERTIFICATE`].
    pub certificate: String,
    /// `YYYY-MM-DD`.
    pub review_by: Option<String>,
}

/// A source as the files say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceDocument {
    /// Id.
    pub id: SourceId,
    /// Name.
    pub name: Text,
    /// Some of [`super::FACT_KINDS`].
    pub kinds: Vec<String>,
    /// For how many hours what it says of devices' state holds, if it says anything of that.
    pub states_hold_hours: Option<u64>,
    /// Its token.
    pub token: TokenReference,
}

/// An enforcement point as the files say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnforcementPointDocument {
    /// Id.
    pub id: EnforcementPointId,
    /// Name.
    pub name: Text,
    /// The applications it may ask about.
    pub applications: Vec<AppId>,
    /// Some of [`super::OBLIGATIONS`].
    pub obligations: Vec<String>,
    /// Its token.
    pub token: TokenReference,
}

/// How a token was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenReference {
    /// As its hash.
    Sha256(TokenHash),
    /// As a file, whose content was hashed.
    File {
        /// The file, relative to the directory.
        path: String,
        /// SHA-256 of the token in it.
        hash: TokenHash,
    },
}

impl TokenReference {
    /// The hash of the token.
    #[must_use]
    pub const fn hash(&self) -> TokenHash {
        match self {
            Self::Sha256(hash) | Self::File { hash, .. } => *hash,
        }
    }
}

/// Terms as the files say them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermsDocument {
    /// Id.
    pub id: TermsId,
    /// Title.
    pub title: Text,
    /// What is accepted.
    pub text: Text,
}

/// A policy as the files say it.
#[derive(Debug, Clone)]
pub struct PolicyEntry {
    /// Id.
    pub id: PolicyId,
    /// Title.
    pub title: Text,
    /// One of [`super::POLICY_STATES`].
    pub state: String,
    /// What a person whom it refuses is told.
    pub message: Option<Text>,
    /// What it says.
    pub body: PolicyBody,
    /// Where its id stands.
    pub id_place: Place,
    origin: Origin,
}

/// What a policy in the files says.
#[derive(Debug, Clone)]
pub enum PolicyBody {
    /// It is Cedar.
    Cedar(String),
    /// It is a rule; who knows rules reads it.
    Rule(Open),
}

/// Where a policy's text comes from, so that the engine's positions lead to the right line.
#[derive(Debug, Clone)]
struct Origin {
    file: Arc<str>,
    text: Arc<str>,
    /// Where the Cedar text begins, if it stands there letter by letter (a text with escapes does not).
    offset: Option<usize>,
    span: std::ops::Range<usize>,
}

impl PolicyEntry {
    /// The place in the files of `span`, in bytes of the Cedar text; of the whole text if it is not known.
    #[must_use]
    pub fn place(&self, span: Option<std::ops::Range<usize>>) -> Place {
        let span = match (self.origin.offset, span) {
            (Some(offset), Some(span)) => offset + span.start..offset + span.end,
            _ => self.origin.span.clone(),
        };
        Place::new(&self.origin.file, &self.origin.text, span)
    }
}

/// Adds the sound records of a file. What can only be seen here (files that are not there) is added to `problems`.
pub(super) fn extract(
    source: &Source<'_>,
    record: &Record,
    into: &mut Organisation,
    problems: &mut Problems,
) {
    into.people
        .extend(record.tables("person").iter().filter_map(person));
    into.groups.extend(
        record
            .tables("group")
            .iter()
            .filter_map(|table| group(source, table)),
    );
    into.applications
        .extend(record.tables("application").iter().filter_map(application));
    into.networks.extend(
        record
            .tables("network")
            .iter()
            .filter_map(|table| network(source, table)),
    );
    into.calendars.extend(
        record
            .tables("calendar")
            .iter()
            .filter_map(|table| calendar(source, table)),
    );
    into.packs.extend(
        record
            .tables("pack")
            .iter()
            .filter_map(|table| pack(source, table)),
    );
    for table in record.tables("source") {
        into.sources.extend(signal_source(source, table, problems));
    }
    for table in record.tables("client") {
        let client = super::client_document::client(source, table, problems);
        into.clients.extend(client);
    }
    for table in record.tables("service_provider") {
        let provider = super::provider_document::provider(source, table, problems);
        into.service_providers.extend(provider);
    }
    for table in record.tables("enforcement_point") {
        into.enforcement_points
            .extend(enforcement_point(source, table, problems));
    }
    for table in record.tables("policy") {
        into.policies.extend(policy(source, table, problems));
    }
    for table in record.tables("policy_test") {
        let test = super::test_document::policy_test(source, table, problems);
        into.policy_tests.extend(test);
    }
    for table in record.tables("terms") {
        into.terms.extend(terms(source, table, problems));
    }
}

// In what follows a `?` leaves records out that are not sound: their problems are noted already.

fn person(record: &Record) -> Option<PersonDocument> {
    Some(PersonDocument {
        login: record.text("login")?.to_owned(),
        name: record.localised("name")?.clone(),
        email: record.text("email").map(str::to_owned),
        language: record
            .text("language")
            .and_then(Language::from_tag)
            .unwrap_or_default(),
        groups: groups(record),
        role: match record.text("role") {
            Some("administrator") => Role::Administrator,
            _ => Role::Member,
        },
        affiliation: match record.text("affiliation") {
            Some("guest") => Affiliation::Guest,
            _ => Affiliation::Staff,
        },
    })
}

fn group(source: &Source<'_>, record: &Record) -> Option<GroupDocument> {
    let said = record.value("part_of").or_else(|| record.value("id"))?;
    Some(GroupDocument {
        id: GroupId::new(record.text("id")?).ok()?,
        name: record.localised("name")?.clone(),
        part_of: record
            .list("part_of")
            .filter_map(|(group, _)| GroupId::new(group).ok())
            .collect(),
        place: source.place(said.span.clone()),
    })
}

fn network(source: &Source<'_>, record: &Record) -> Option<NetworkDocument> {
    Some(NetworkDocument {
        id: NetworkId::new(record.text("id")?).ok()?,
        name: record.localised("name")?.clone(),
        ranges: record
            .list("ranges")
            .map(|(range, span)| (range.to_owned(), source.place(span)))
            .collect(),
    })
}

fn calendar(source: &Source<'_>, record: &Record) -> Option<CalendarDocument> {
    let hours = |record: &Record| {
        Some(HoursDocument {
            days: record.list("days").map(|(day, _)| day.to_owned()).collect(),
            from: minute_of(record.text("from")?)?,
            to: minute_of(record.text("to")?)?,
        })
    };
    let day_off = |record: &Record| {
        let day = record.text("day")?.to_owned();
        Some((day, record.localised("name")?.clone()))
    };
    Some(CalendarDocument {
        id: CalendarId::new(record.text("id")?).ok()?,
        name: record.localised("name")?.clone(),
        time_zone: record.text("time_zone")?.to_owned(),
        place: source.place(record.value("time_zone")?.span.clone()),
        hours: record.tables("hours").iter().filter_map(hours).collect(),
        days_off: record
            .tables("day_off")
            .iter()
            .filter_map(day_off)
            .collect(),
    })
}

fn pack(source: &Source<'_>, record: &Record) -> Option<PackDocument> {
    Some(PackDocument {
        id: record.text("id")?.to_owned(),
        state: record.text("state").unwrap_or("report-only").to_owned(),
        place: source.place(record.value("id")?.span.clone()),
    })
}

fn application(record: &Record) -> Option<ApplicationDocument> {
    let sensitivity = record.text("sensitivity")?;
    Some(ApplicationDocument {
        id: AppId::new(record.text("id")?).ok()?,
        name: record.localised("name")?.clone(),
        description: record.localised("description")?.clone(),
        owner: record.text("owner")?.to_owned(),
        sensitivity: Sensitivity::ALL
            .into_iter()
            .find(|known| known.as_str() == sensitivity)?,
        upstream: record.text("upstream").map(str::to_owned),
        groups: groups(record),
        app_groups: record
            .list("app_groups")
            .filter_map(|(group, _)| AppGroupId::new(group).ok())
            .collect(),
        certificate: record
            .text("certificate")
            .unwrap_or("do-not-ask")
            .to_owned(),
        review_by: record.text("review_by").map(str::to_owned),
    })
}

fn signal_source(
    source: &Source<'_>,
    record: &Record,
    problems: &mut Problems,
) -> Option<SourceDocument> {
    let token = token(source, record, problems)?;
    if let Some(value) = record
        .value("id")
        .filter(|_| record.text("id") == Some(OWN_SOURCE))
    {
        let wrong = Wrong::Unreadable {
            key: "id".to_owned(),
            why: format!("`{OWN_SOURCE}` is what Sekisho finds by itself: write another id"),
        };
        problems.add(source.place(value.span.clone()), wrong);
    }
    Some(SourceDocument {
        id: SourceId::new(record.text("id")?).ok()?,
        name: record.localised("name")?.clone(),
        kinds: record
            .list("kinds")
            .map(|(kind, _)| kind.to_owned())
            .collect(),
        states_hold_hours: record
            .number("states_hold_hours")
            .and_then(|hours| u64::try_from(hours).ok()),
        token,
    })
}

fn enforcement_point(
    source: &Source<'_>,
    record: &Record,
    problems: &mut Problems,
) -> Option<EnforcementPointDocument> {
    let token = token(source, record, problems)?;
    Some(EnforcementPointDocument {
        id: EnforcementPointId::new(record.text("id")?).ok()?,
        name: record.localised("name")?.clone(),
        applications: record
            .list("applications")
            .filter_map(|(app, _)| AppId::new(app).ok())
            .collect(),
        obligations: record
            .list("obligations")
            .map(|(obligation, _)| obligation.to_owned())
            .collect(),
        token,
    })
}

/// The bearer token of a record that signs in with one.
fn token(source: &Source<'_>, record: &Record, problems: &mut Problems) -> Option<TokenReference> {
    match (record.text("token_sha256"), record.value("token_file")) {
        (Some(digits), _) => Some(TokenReference::Sha256(hash(digits)?)),
        (None, Some(_)) => hashed_file(source, record, "token_file", problems),
        (None, None) => None,
    }
}

/// What the file that `key` names holds, hashed.
pub(super) fn hashed_file(
    source: &Source<'_>,
    record: &Record,
    key: &str,
    problems: &mut Problems,
) -> Option<TokenReference> {
    let (named, value) = (record.text(key)?, record.value(key)?);
    let path = beside(&source.file, named);
    match source.files.tokens.get(&path) {
        Some(Some(hash)) => Some(TokenReference::File { path, hash: *hash }),
        held => {
            let wrong = match held {
                Some(_) => Wrong::WeakToken(named.to_owned()),
                None => Wrong::MissingFile(named.to_owned()),
            };
            problems.add(source.place(value.span.clone()), wrong);
            None
        }
    }
}

fn policy(source: &Source<'_>, record: &Record, problems: &mut Problems) -> Option<PolicyEntry> {
    let (body, origin) = match (record.value("cedar"), record.value("cedar_file")) {
        _ if record.value("rule").is_some() => {
            let origin = Origin {
                file: Arc::clone(&source.file),
                text: Arc::clone(&source.text),
                offset: None,
                span: record.value("rule")?.span.clone(),
            };
            (PolicyBody::Rule(record.open("rule")?.clone()), origin)
        }
        (Some(value), _) => {
            let cedar = record.text("cedar")?.to_owned();
            let written = source.text.get(value.span.clone()).unwrap_or_default();
            let offset = written.find(&cedar).map(|at| value.span.start + at);
            let origin = Origin {
                file: Arc::clone(&source.file),
                text: Arc::clone(&source.text),
                offset,
                span: value.span.clone(),
            };
            (PolicyBody::Cedar(cedar), origin)
        }
        (None, Some(value)) => {
            let named = record.text("cedar_file")?;
            let path = beside(&source.file, named);
            let Some(cedar) = source.files.texts.get(&path) else {
                let wrong = Wrong::MissingFile(named.to_owned());
                problems.add(source.place(value.span.clone()), wrong);
                return None;
            };
            let origin = Origin {
                file: Arc::from(path),
                text: Arc::from(cedar.as_str()),
                offset: Some(0),
                span: 0..0,
            };
            (PolicyBody::Cedar(cedar.clone()), origin)
        }
        (None, None) => return None,
    };
    Some(PolicyEntry {
        id: PolicyId::new(record.text("id")?).ok()?,
        title: record.localised("title")?.clone(),
        state: record.text("state").unwrap_or("on").to_owned(),
        message: record.localised("message").cloned(),
        body,
        id_place: source.place(record.value("id")?.span.clone()),
        origin,
    })
}

fn terms(source: &Source<'_>, record: &Record, problems: &mut Problems) -> Option<TermsDocument> {
    let text = match (record.table("text"), record.table("text_file")) {
        (Some(text), _) => Text {
            ja: text.text("ja")?.to_owned(),
            en: text.text("en")?.to_owned(),
        },
        (None, Some(files)) => {
            // Both are looked at, so that both are complained of.
            let (ja, en) = (
                text_of(source, files, "ja", problems),
                text_of(source, files, "en", problems),
            );
            Text { ja: ja?, en: en? }
        }
        (None, None) => return None,
    };
    Some(TermsDocument {
        id: TermsId::new(record.text("id")?).ok()?,
        title: record.localised("title")?.clone(),
        text,
    })
}

/// What the file that `key` names holds.
pub(super) fn text_of(
    source: &Source<'_>,
    files: &Record,
    key: &str,
    problems: &mut Problems,
) -> Option<String> {
    let (named, value) = (files.text(key)?, files.value(key)?);
    let wrong = match source.files.texts.get(&beside(&source.file, named)) {
        None => Wrong::MissingFile(named.to_owned()),
        Some(text) if text.trim().is_empty() || text.chars().count() > LONGEST_TEXT => {
            Wrong::BadValue {
                key: key.to_owned(),
                value: named.to_owned(),
                wanted: "a file with a text of 1 to 65,536 characters".to_owned(),
                nearest: None,
            }
        }
        Some(text) => return Some(text.clone()),
    };
    problems.add(source.place(value.span.clone()), wrong);
    None
}

fn groups(record: &Record) -> Vec<GroupId> {
    record
        .list("groups")
        .filter_map(|(group, _)| GroupId::new(group).ok())
        .collect()
}

pub(super) fn hash(digits: &str) -> Option<TokenHash> {
    serde_json::from_value(serde_json::Value::String(digits.to_owned())).ok()
}
