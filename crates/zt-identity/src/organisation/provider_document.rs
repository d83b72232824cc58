//! Service providers as the files say them, typed, and whether what is said of one fits together.

use super::Source;
use super::client_document::AddressDocument;
use super::documents::text_of;
use crate::form::Record;
use crate::problem::{Place, Problems, Wrong};
use zt_types::{AppId, ClientId, Text};

/// A service provider as the files say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderDocument {
    /// Id.
    pub id: ClientId,
    /// Name.
    pub name: Text,
    /// The application it is of.
    pub app: AppId,
    /// The text of its metadata, and where the file is named.
    pub metadata: Option<(String, Place)>,
    /// Where it publishes its metadata.
    pub metadata_url: Option<AddressDocument>,
    /// The certificates that sign that, in PEM, and where the file is named.
    pub metadata_signing: Option<(String, Place)>,
    /// What it calls itself.
    pub entity_id: Option<AddressDocument>,
    /// Where it takes assertions.
    pub consumers: Vec<AddressDocument>,
    /// Where it is told of a sign-out.
    pub logout: Vec<LogoutDocument>,
    /// The certificates it signs with, in PEM, and where the file is named.
    pub signing: Option<(String, Place)>,
    /// The certificate assertions are encrypted for, in PEM, and where the file is named.
    pub encryption_key: Option<(String, Place)>,
    /// One of [`super::ENCRYPTIONS`].
    pub encryption: String,
    /// One of [`super::REQUEST_DEMANDS`]; `None`: as its metadata says.
    pub requests: Option<String>,
    /// One of [`super::SIGNED_PARTS`].
    pub signs: String,
    /// One of [`super::XML_ALGORITHMS`].
    pub algorithm: String,
    /// One of [`super::NAME_IDS`].
    pub name_id: String,
    /// What it is told about people.
    pub attributes: Vec<AttributeDocument>,
    /// One of [`super::USERINFO_ACRS`].
    pub acr: Option<String>,
    /// How many minutes ago people may have proven themselves.
    pub max_age_minutes: Option<u64>,
    /// One of [`super::UNSOLICITED`].
    pub unsolicited: String,
    /// What goes with what nobody asked for.
    pub relay_state: Option<String>,
    /// For how many minutes a sign-in counts there.
    pub session_minutes: Option<u64>,
    /// Where its application begins.
    pub home: Option<AddressDocument>,
    /// Where its id stands.
    pub place: Place,
}

/// Where a service provider is told of a sign-out, as the files say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutDocument {
    /// One of [`super::LOGOUT_BINDINGS`].
    pub binding: String,
    /// Where requests go.
    pub location: AddressDocument,
    /// Where answers go, if elsewhere.
    pub response_location: Option<AddressDocument>,
}

/// What a service provider is told about people, as the files say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeDocument {
    /// Its name.
    pub name: String,
    /// One of [`super::ATTRIBUTE_SOURCES`].
    pub source: String,
    /// One of [`super::ATTRIBUTE_FORMATS`].
    pub format: String,
    /// A name for people.
    pub friendly: Option<String>,
    /// What it says of everybody.
    pub fixed: Option<String>,
    /// What is told instead of each value, first.
    pub map: Vec<(String, String)>,
    /// Some of [`super::TRANSFORMS`], in order.
    pub transforms: Vec<String>,
    /// What is put before it then.
    pub prefix: Option<String>,
    /// What is put after it then.
    pub suffix: Option<String>,
}

/// A service provider; `None` if it is not sound, which is said in `problems`.
pub(super) fn provider(
    source: &Source<'_>,
    record: &Record,
    problems: &mut Problems,
) -> Option<ProviderDocument> {
    let before = problems.count();
    let mut file = |key: &'static str| {
        let value = record.value(key)?;
        let text = text_of(source, record, key, problems)?;
        Some((text, source.place(value.span.clone())))
    };
    let metadata = file("metadata_file");
    let metadata_signing = file("metadata_signing_file");
    let signing = file("signing_file");
    let encryption_key = file("encryption_file");
    // What could not be read would contradict what could.
    if record.is_sound() {
        contradictions(source, record, problems);
    }
    if problems.count() > before {
        return None;
    }
    let word = |key: &str, usual: &str| record.text(key).unwrap_or(usual).to_owned();
    let minutes = |key: &str| record.number(key).map(i64::unsigned_abs);
    let consumers = record.list("consumers");
    let consumers = consumers.map(|(text, span)| AddressDocument {
        key: "consumers",
        text: text.to_owned(),
        place: source.place(span),
    });
    let logout = record.tables("logout").iter();
    let attributes = record.tables("attribute").iter();
    Some(ProviderDocument {
        id: ClientId::new(record.text("id")?).ok()?,
        name: record.localised("name")?.clone(),
        app: AppId::new(record.text("application")?).ok()?,
        metadata,
        metadata_url: address(source, record, "metadata_url"),
        metadata_signing,
        entity_id: address(source, record, "entity_id"),
        consumers: consumers.collect(),
        logout: logout.filter_map(|table| told(source, table)).collect(),
        signing,
        encryption_key,
        encryption: word("encryption", "if-offered"),
        requests: record.text("requests").map(str::to_owned),
        signs: word("signs", "both"),
        algorithm: word("algorithm", "rsa-sha256"),
        name_id: word("name_id", "persistent"),
        attributes: attributes.filter_map(attribute).collect(),
        acr: record.text("acr").map(str::to_owned),
        max_age_minutes: minutes("max_age_minutes"),
        unsolicited: word("unsolicited", "refused"),
        relay_state: record.text("relay_state").map(str::to_owned),
        session_minutes: minutes("session_minutes"),
        home: address(source, record, "home"),
        place: source.place(record.value("id")?.span.clone()),
    })
}

fn address(source: &Source<'_>, record: &Record, key: &'static str) -> Option<AddressDocument> {
    Some(AddressDocument {
        key,
        text: record.text(key)?.to_owned(),
        place: source.place(record.value(key)?.span.clone()),
    })
}

fn told(source: &Source<'_>, record: &Record) -> Option<LogoutDocument> {
    Some(LogoutDocument {
        binding: record.text("binding")?.to_owned(),
        location: address(source, record, "location")?,
        response_location: address(source, record, "response_location"),
    })
}

fn attribute(record: &Record) -> Option<AttributeDocument> {
    let name = record.text("name")?;
    let usual = match name.starts_with("urn:") || name.starts_with("http") {
        true => "uri",
        false => "basic",
    };
    let text = |key: &str| record.text(key).map(str::to_owned);
    let map = record.tables("map").iter();
    Some(AttributeDocument {
        name: name.to_owned(),
        source: text("source")?,
        format: record.text("format").unwrap_or(usual).to_owned(),
        friendly: text("friendly"),
        fixed: text("fixed"),
        map: map
            .filter_map(|table| {
                Some((table.text("from")?.to_owned(), table.text("to")?.to_owned()))
            })
            .collect(),
        transforms: record
            .list("transforms")
            .map(|(word, _)| word.to_owned())
            .collect(),
        prefix: text("prefix"),
        suffix: text("suffix"),
    })
}

/// What does not fit together.
fn contradictions(source: &Source<'_>, record: &Record, problems: &mut Problems) {
    let mut wrong = |record: &Record, key: &str, why: &str, instead: &str| {
        let span = record.value(key);
        let span = span.map_or(record.span.clone(), |value| value.span.clone());
        let wrong = Wrong::ServiceProvider {
            why: why.to_owned(),
            instead: instead.to_owned(),
        };
        problems.add(source.place(span), wrong);
    };
    let has = |key: &str| record.value(key).is_some();
    if has("metadata_file") || has("metadata_url") {
        for key in ["consumers", "logout", "signing_file", "encryption_file"] {
            if has(key) || !record.tables(key).is_empty() {
                wrong(
                    record,
                    key,
                    "its metadata says this already",
                    "take it out, or write everything here and take `metadata_file` and `metadata_url` out",
                );
            }
        }
    } else if record.list("consumers").next().is_none() {
        wrong(
            record,
            "entity_id",
            "an assertion needs a place to be sent to",
            "write `consumers = [\"https://app.example.com/saml/acs\"]`, or name its metadata with `metadata_file` or `metadata_url`",
        );
    }
    if has("metadata_signing_file") && !has("metadata_url") {
        wrong(
            record,
            "metadata_signing_file",
            "metadata in a file counts because you put it there",
            "take it out, or write `metadata_url`",
        );
    }
    if has("relay_state") && record.text("unsolicited") != Some("allowed") {
        wrong(
            record,
            "relay_state",
            "nothing is sent that nobody asked for",
            "write `unsolicited = \"allowed\"`, or take `relay_state` out",
        );
    }
    for attribute in record.tables("attribute") {
        let is_fixed = attribute.text("source") == Some("fixed");
        if is_fixed != attribute.value("fixed").is_some() {
            wrong(
                attribute,
                "source",
                "`source = \"fixed\"` and `fixed` go together",
                "write both, or neither",
            );
        }
    }
}
