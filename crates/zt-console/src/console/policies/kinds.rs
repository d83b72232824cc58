//! The kinds of conditions as the form offers them, and conditions as its rows have them.

use zt_policy::{Bound, Condition, DeviceProperty, Place};
use zt_types::{
    Assurance, CalendarId, ClientKind, FactKind, Level, NetworkId, Os, PostureItem, Seconds,
    TermsId, Version,
};

/// What a row of the form holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// The slug of its kind; empty if none is chosen yet.
    pub(super) kind: String,
    /// What is picked from a list.
    pub(super) picked: Vec<String>,
    /// What is typed.
    pub(super) typed: String,
}

/// What a kind of condition asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// Nothing.
    Nothing,
    /// One of a list.
    One(List),
    /// Several of a list.
    Several(List),
    /// A version.
    Version,
    /// An operating system and a version.
    OsVersion,
    /// Minutes.
    Minutes,
    /// Countries by their codes.
    Countries,
}

/// What can be picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Levels,
    Assurances,
    Properties,
    Items,
    Systems,
    Networks,
    Calendars,
    Clients,
    Facts,
    Terms,
}

/// What a condition's holding says of an access, and so where it can stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaning {
    Safe,
    Risky,
    Neither,
}

/// A kind of condition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) slug: &'static str,
    pub(super) input: Input,
    pub(super) leaning: Leaning,
}

const fn kind(slug: &'static str, input: Input, leaning: Leaning) -> Kind {
    Kind {
        slug,
        input,
        leaning,
    }
}

use Input::{Countries, Minutes, Nothing, One, OsVersion, Several};
use Leaning::{Neither, Risky, Safe};

/// All of them, those that people ask for most first.
pub(super) const KINDS: [Kind; 37] = [
    kind("within", One(List::Calendars), Neither),
    kind("outside", One(List::Calendars), Neither),
    kind("company-device", Nothing, Safe),
    kind("compliant-device", Nothing, Safe),
    kind("device-is", One(List::Properties), Safe),
    kind("device-is-not", One(List::Properties), Risky),
    kind("device-trust-at-least", One(List::Levels), Safe),
    kind("device-trust-below", One(List::Levels), Risky),
    kind("person-trust-at-least", One(List::Levels), Safe),
    kind("person-trust-below", One(List::Levels), Risky),
    kind("assurance-at-least", One(List::Assurances), Safe),
    kind("assurance-below", One(List::Assurances), Risky),
    kind("proven-within", Minutes, Safe),
    kind("from-networks", Several(List::Networks), Neither),
    kind("not-from-networks", Several(List::Networks), Neither),
    kind("from-countries", Countries, Neither),
    kind("not-from-countries", Countries, Neither),
    kind("through-anonymiser", Nothing, Risky),
    kind("not-through-anonymiser", Nothing, Safe),
    kind("posture-good", One(List::Items), Safe),
    kind("posture-not-good", One(List::Items), Risky),
    kind("posture-bad", One(List::Items), Risky),
    kind("os", Several(List::Systems), Neither),
    kind("os-version-at-least", OsVersion, Safe),
    kind("os-version-below", OsVersion, Risky),
    kind("browser-version-at-least", Input::Version, Safe),
    kind("browser-version-below", Input::Version, Risky),
    kind("antivirus-version-at-least", Input::Version, Safe),
    kind("antivirus-version-below", Input::Version, Risky),
    kind("client", Several(List::Clients), Neither),
    kind("person-facts", Several(List::Facts), Risky),
    kind("no-person-facts", Several(List::Facts), Safe),
    kind("device-facts", Several(List::Facts), Risky),
    kind("no-device-facts", Several(List::Facts), Safe),
    kind("password-good", Nothing, Safe),
    kind("password-reset-due", Nothing, Risky),
    kind("terms-accepted", One(List::Terms), Safe),
];

/// The kind with this slug.
pub(super) fn find(slug: &str) -> Option<Kind> {
    KINDS.into_iter().find(|kind| kind.slug == slug)
}

/// The properties of devices, by their slugs.
pub(super) const PROPERTIES: [(&str, DeviceProperty); 3] = [
    ("company-owned", DeviceProperty::CompanyOwned),
    ("enrolled", DeviceProperty::Enrolled),
    ("certificate", DeviceProperty::Certificate),
];

/// All assurances, the weakest first.
pub(super) const ASSURANCES: [Assurance; 4] = [
    Assurance::Password,
    Assurance::Mfa,
    Assurance::PhishingResistant,
    Assurance::Hardware,
];

/// What a row lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lacking {
    /// Nothing is picked.
    Pick,
    /// No version is typed, or something else.
    Version,
    /// No number of minutes is typed, or something else.
    Minutes,
    /// No country is typed, or something else.
    Countries,
}

impl Row {
    /// The condition; `None` if no kind is chosen.
    pub(super) fn condition(&self) -> Option<Result<Condition, Lacking>> {
        find(&self.kind).map(|kind| self.of(kind).ok_or_else(|| lacking(kind.input)))
    }

    fn of(&self, kind: Kind) -> Option<Condition> {
        Some(match kind.slug {
            "within" => Condition::Within(self.id(CalendarId::new)?),
            "outside" => Condition::Outside(self.id(CalendarId::new)?),
            "company-device" => Condition::CompanyDevice,
            "compliant-device" => Condition::CompliantDevice,
            "device-is" => Condition::DeviceIs(self.property()?),
            "device-is-not" => Condition::DeviceIsNot(self.property()?),
            "device-trust-at-least" => Condition::DeviceTrust(Bound::AtLeast(self.level()?)),
            "device-trust-below" => Condition::DeviceTrust(Bound::Below(self.level()?)),
            "person-trust-at-least" => Condition::PersonTrust(Bound::AtLeast(self.level()?)),
            "person-trust-below" => Condition::PersonTrust(Bound::Below(self.level()?)),
            "assurance-at-least" => Condition::Assurance(Bound::AtLeast(self.assurance()?)),
            "assurance-below" => Condition::Assurance(Bound::Below(self.assurance()?)),
            "proven-within" => Condition::ProvenWithin(minutes(&self.typed)?),
            "from-networks" => Condition::FromNetworks(self.ids(NetworkId::new)?),
            "not-from-networks" => Condition::NotFromNetworks(self.ids(NetworkId::new)?),
            "from-countries" => Condition::FromCountries(self.countries()?),
            "not-from-countries" => Condition::NotFromCountries(self.countries()?),
            "through-anonymiser" => Condition::ThroughAnonymiser,
            "not-through-anonymiser" => Condition::NotThroughAnonymiser,
            "posture-good" => Condition::PostureGood(self.item()?),
            "posture-not-good" => Condition::PostureNotGood(self.item()?),
            "posture-bad" => Condition::PostureBad(self.item()?),
            "os" => Condition::Os(self.several(Os::from_slug)?),
            "os-version-at-least" => self.os_version(Bound::AtLeast)?,
            "os-version-below" => self.os_version(Bound::Below)?,
            "browser-version-at-least" => {
                Condition::BrowserVersion(Bound::AtLeast(self.version()?))
            }
            "browser-version-below" => Condition::BrowserVersion(Bound::Below(self.version()?)),
            "antivirus-version-at-least" => {
                Condition::AntivirusVersion(Bound::AtLeast(self.version()?))
            }
            "antivirus-version-below" => Condition::AntivirusVersion(Bound::Below(self.version()?)),
            "client" => Condition::Client(self.several(ClientKind::from_slug)?),
            "person-facts" => Condition::PersonFacts(self.facts()?),
            "no-person-facts" => Condition::NoPersonFacts(self.facts()?),
            "device-facts" => Condition::DeviceFacts(self.facts()?),
            "no-device-facts" => Condition::NoDeviceFacts(self.facts()?),
            "password-good" => Condition::PasswordGood,
            "password-reset-due" => Condition::PasswordResetDue,
            "terms-accepted" => Condition::TermsAccepted(self.id(TermsId::new)?),
            _ => return None,
        })
    }

    fn first(&self) -> Option<&str> {
        self.picked.first().map(String::as_str)
    }
    fn id<T, E>(&self, new: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        new(self.first()?).ok()
    }
    fn ids<T, E>(&self, new: impl Fn(&str) -> Result<T, E>) -> Option<Vec<T>> {
        self.several(|slug| new(slug).ok())
    }
    fn several<T>(&self, of: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
        let all: Option<Vec<T>> = self.picked.iter().map(|slug| of(slug)).collect();
        all.filter(|all| !all.is_empty())
    }
    fn level(&self) -> Option<Level> {
        let slug = self.first()?;
        Level::ALL.into_iter().find(|level| level.as_str() == slug)
    }
    fn assurance(&self) -> Option<Assurance> {
        let slug = self.first()?;
        ASSURANCES.into_iter().find(|level| level.as_str() == slug)
    }
    fn property(&self) -> Option<DeviceProperty> {
        let slug = self.first()?;
        let found = PROPERTIES.into_iter().find(|(known, _)| *known == slug);
        found.map(|(_, property)| property)
    }
    fn item(&self) -> Option<PostureItem> {
        PostureItem::from_slug(self.first()?)
    }
    fn facts(&self) -> Option<Vec<FactKind>> {
        self.several(|slug| FactKind::ALL.into_iter().find(|fact| fact.as_str() == slug))
    }
    fn version(&self) -> Option<Version> {
        self.typed.trim().parse().ok()
    }
    fn os_version(&self, bound: fn(Version) -> Bound<Version>) -> Option<Condition> {
        Some(Condition::OsVersion {
            os: Os::from_slug(self.first()?)?,
            version: bound(self.version()?),
        })
    }
    fn countries(&self) -> Option<Vec<Place>> {
        let codes = words(&self.typed).map(|code| match code {
            "unknown" => Some(Place(None)),
            code => code.to_uppercase().parse().ok().map(|c| Place(Some(c))),
        });
        let all: Option<Vec<Place>> = codes.collect();
        all.filter(|all| !all.is_empty())
    }
}

/// The words of a list that was typed.
pub(super) fn words(typed: &str) -> impl Iterator<Item = &str> {
    typed
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '、' | '，' | ';'))
        .filter(|word| !word.is_empty())
}

/// Minutes as a span.
pub(super) fn minutes(typed: &str) -> Option<Seconds> {
    let minutes: u64 = typed.trim().parse().ok()?;
    (1..=525_600)
        .contains(&minutes)
        .then(|| Seconds::minutes(minutes))
}

const fn lacking(input: Input) -> Lacking {
    match input {
        Input::Version | OsVersion => Lacking::Version,
        Minutes => Lacking::Minutes,
        Countries => Lacking::Countries,
        Nothing | One(_) | Several(_) => Lacking::Pick,
    }
}

/// A condition as a row.
pub(super) fn row(condition: &Condition) -> Row {
    let at = |base: &str, at_least: &str, picked: &str| Row {
        kind: format!("{base}-{at_least}"),
        picked: vec![picked.to_owned()],
        typed: String::new(),
    };
    let version = |base: &str, bound: &Bound<Version>| {
        let (side, version) = sided(bound);
        Row {
            kind: format!("{base}-{side}"),
            picked: Vec::new(),
            typed: version.to_string(),
        }
    };
    let picked = |picked: Vec<String>| Row {
        kind: condition.slug().to_owned(),
        picked,
        typed: String::new(),
    };
    let one = |slug: &str| picked(vec![slug.to_owned()]);
    let facts =
        |facts: &[FactKind]| picked(facts.iter().map(|fact| fact.as_str().to_owned()).collect());
    let typed = |typed: String| Row {
        kind: condition.slug().to_owned(),
        picked: Vec::new(),
        typed,
    };
    match condition {
        Condition::PersonTrust(bound) => {
            let (side, level) = sided(bound);
            at("person-trust", side, level.as_str())
        }
        Condition::DeviceTrust(bound) => {
            let (side, level) = sided(bound);
            at("device-trust", side, level.as_str())
        }
        Condition::Assurance(bound) => {
            let (side, level) = sided(bound);
            at("assurance", side, level.as_str())
        }
        Condition::ProvenWithin(seconds) => typed(whole_minutes(*seconds)),
        Condition::DeviceIs(property) | Condition::DeviceIsNot(property) => {
            let found = PROPERTIES.into_iter().find(|(_, known)| known == property);
            one(found.map_or("", |(slug, _)| slug))
        }
        Condition::PostureGood(item)
        | Condition::PostureNotGood(item)
        | Condition::PostureBad(item) => one(item.as_str()),
        Condition::Os(systems) => picked(systems.iter().map(|os| os.as_str().to_owned()).collect()),
        Condition::OsVersion { os, version } => {
            let (side, version) = sided(version);
            Row {
                kind: format!("os-version-{side}"),
                picked: vec![os.as_str().to_owned()],
                typed: version.to_string(),
            }
        }
        Condition::BrowserVersion(bound) => version("browser-version", bound),
        Condition::AntivirusVersion(bound) => version("antivirus-version", bound),
        Condition::FromNetworks(networks) | Condition::NotFromNetworks(networks) => {
            picked(networks.iter().map(ToString::to_string).collect())
        }
        Condition::FromCountries(places) | Condition::NotFromCountries(places) => {
            let codes: Vec<&str> = places.iter().map(Place::as_str).collect();
            typed(codes.join(", "))
        }
        Condition::Within(calendar) | Condition::Outside(calendar) => one(calendar.as_str()),
        Condition::Client(clients) => {
            picked(clients.iter().map(|one| one.as_str().to_owned()).collect())
        }
        Condition::PersonFacts(kinds)
        | Condition::NoPersonFacts(kinds)
        | Condition::DeviceFacts(kinds)
        | Condition::NoDeviceFacts(kinds) => facts(kinds),
        Condition::TermsAccepted(terms) => one(terms.as_str()),
        Condition::CompliantDevice
        | Condition::CompanyDevice
        | Condition::ThroughAnonymiser
        | Condition::NotThroughAnonymiser
        | Condition::PasswordGood
        | Condition::PasswordResetDue => picked(Vec::new()),
    }
}

/// Minutes, rounded down: the form knows no seconds, and less time asks for more.
pub(super) fn whole_minutes(seconds: Seconds) -> String {
    (seconds.0 / 60).max(1).to_string()
}

const fn sided<T>(bound: &Bound<T>) -> (&'static str, &T) {
    match bound {
        Bound::AtLeast(value) => ("at-least", value),
        Bound::Below(value) => ("below", value),
    }
}
