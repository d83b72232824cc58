//! The console's pages as values.

use super::client_draft::{Draft, Faults};
use super::registration::TokenDraft;
use crate::view::{
    CertificateRow, Choice, ConsentRow, EventLine, Link, MethodRow, SessionRow, TermsRow, TrustView,
};
use askama::Template;
use zt_pages::chart::{Bar, Svg};
use zt_pages::{Page, Pager, Shell, Tone};
use zt_types::{Sensitivity, Timestamp};

/// One person at one application now.
#[derive(Debug, Clone)]
pub(crate) struct NowRow {
    pub(crate) person: Link,
    pub(crate) person_trust: TrustView,
    pub(crate) app: Link,
    pub(crate) tone: Tone,
    pub(crate) icon: &'static str,
    pub(crate) standing: &'static str,
    pub(crate) why: String,
    pub(crate) device: Link,
    pub(crate) device_trust: TrustView,
    pub(crate) live: String,
    pub(crate) requests: u64,
    pub(crate) last_used: Timestamp,
    /// Where the form that signs the person out goes.
    pub(crate) end: String,
    pub(crate) question: String,
}

/// Who is where now.
#[derive(Debug, Template)]
#[template(path = "console/now.html")]
pub(crate) struct NowView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) note: Option<&'static str>,
    pub(crate) people: usize,
    pub(crate) connections: usize,
    pub(crate) refused: usize,
    pub(crate) facts: usize,
    pub(crate) tasks: usize,
    pub(crate) rows: Vec<NowRow>,
}

/// The part of it that is fetched again when something changes.
#[derive(Debug, Template)]
#[template(path = "console/now_swap.html")]
pub(crate) struct NowPart {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) people: usize,
    pub(crate) connections: usize,
    pub(crate) refused: usize,
    pub(crate) facts: usize,
    pub(crate) tasks: usize,
    pub(crate) rows: Vec<NowRow>,
}

/// The event log.
#[derive(Debug, Template)]
#[template(path = "console/events.html")]
pub(crate) struct EventsView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) note: Option<&'static str>,
    pub(crate) outcomes: Vec<Choice>,
    pub(crate) outcome: String,
    pub(crate) topics: Vec<Choice>,
    pub(crate) apps: Vec<Choice>,
    pub(crate) devices: Vec<Choice>,
    pub(crate) people: Vec<String>,
    pub(crate) person: String,
    pub(crate) is_filtered: bool,
    pub(crate) bars: Vec<Bar>,
    pub(crate) chart: Svg,
    pub(crate) events: Vec<EventLine>,
    pub(crate) pager: Pager,
}

/// A person in the list.
#[derive(Debug, Clone)]
pub(crate) struct PersonRow {
    pub(crate) href: String,
    pub(crate) name: String,
    pub(crate) is_disabled: bool,
    pub(crate) login: String,
    pub(crate) groups: String,
    pub(crate) role: &'static str,
    pub(crate) trust: TrustView,
    pub(crate) devices: usize,
    pub(crate) sessions: usize,
    pub(crate) managed: &'static str,
}

/// People.
#[derive(Debug, Template)]
#[template(path = "console/people.html")]
pub(crate) struct PeopleView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) query: String,
    pub(crate) rows: Vec<PersonRow>,
}

/// A device in a list.
#[derive(Debug, Clone)]
pub(crate) struct DeviceRow {
    pub(crate) href: String,
    pub(crate) name: String,
    pub(crate) is_retired: bool,
    pub(crate) owner: Link,
    pub(crate) trust: TrustView,
    pub(crate) os: String,
    pub(crate) certificate: CertificateRow,
    pub(crate) enrolled: Timestamp,
}

/// One person.
#[derive(Template)]
#[template(path = "console/person.html")]
pub(crate) struct PersonView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) note: Option<&'static str>,
    pub(crate) name: String,
    pub(crate) login: String,
    pub(crate) trust: TrustView,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) methods: Vec<MethodRow>,
    pub(crate) devices: Vec<DeviceRow>,
    pub(crate) sessions: Vec<SessionRow>,
    pub(crate) events_href: String,
    pub(crate) end_all: String,
    pub(crate) end_question: String,
    pub(crate) reset: ResetView,
    /// A pass that was made just now.
    pub(crate) pass: Option<PassPanel>,
    /// The clients that know something of her.
    pub(crate) consents: Vec<ConsentRow>,
    /// Terms she accepted last: title, when, and whether they have another text by now.
    pub(crate) terms: Vec<TermsRow>,
}

/// How a person's password stands.
#[derive(Debug)]
pub(crate) struct ResetView {
    /// Since when a reset is due, why, and who said so.
    pub(crate) due: Option<(Timestamp, String, String)>,
    pub(crate) pass: Option<OpenPass>,
    /// Whether she has a password that could be reset.
    pub(crate) can_reset: bool,
    pub(crate) issue: String,
    pub(crate) revoke: String,
    pub(crate) require: String,
}

/// A pass that can still be used.
#[derive(Debug)]
pub(crate) struct OpenPass {
    pub(crate) scope: &'static str,
    pub(crate) expires: Timestamp,
    pub(crate) reason: String,
    pub(crate) by: String,
}

/// A pass, shown once.
pub(crate) struct PassPanel {
    pub(crate) code: String,
    pub(crate) expires: Timestamp,
    /// Where it is used.
    pub(crate) address: String,
}

/// Devices.
#[derive(Debug, Template)]
#[template(path = "console/devices.html")]
pub(crate) struct DevicesView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) query: String,
    pub(crate) devices: Vec<DeviceRow>,
}

/// One device and its timeline.
#[derive(Debug, Template)]
#[template(path = "console/device.html")]
pub(crate) struct DeviceView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) note: Option<&'static str>,
    pub(crate) name: String,
    pub(crate) owner: Link,
    pub(crate) is_retired: bool,
    pub(crate) trust: TrustView,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) certificates: Vec<CertificateRow>,
    pub(crate) events: Vec<EventLine>,
    pub(crate) events_href: String,
    pub(crate) retire: String,
    pub(crate) retire_question: String,
}

/// An application in the register.
#[derive(Debug, Clone)]
pub(crate) struct ApplicationRow {
    pub(crate) href: String,
    pub(crate) name: String,
    pub(crate) host: Option<String>,
    pub(crate) sensitivity: Sensitivity,
    pub(crate) owner: Link,
    pub(crate) groups: String,
    pub(crate) upstream: Option<String>,
    pub(crate) certificate: &'static str,
    pub(crate) review: String,
    pub(crate) managed: &'static str,
}

/// The register of applications.
#[derive(Debug, Template)]
#[template(path = "console/applications.html")]
pub(crate) struct ApplicationsView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) rows: Vec<ApplicationRow>,
}

/// A program that people sign in to, or that acts for itself.
#[derive(Debug, Clone)]
pub(crate) struct ClientRow {
    pub(crate) href: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) app: Link,
    /// The protocol.
    pub(crate) speaks: &'static str,
    pub(crate) authentication: &'static str,
    pub(crate) grants: String,
    pub(crate) consent: &'static str,
    pub(crate) managed: &'static str,
}

/// Clients.
#[derive(Debug, Template)]
#[template(path = "console/clients.html")]
pub(crate) struct ClientsView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) note: Option<&'static str>,
    pub(crate) rows: Vec<ClientRow>,
}

/// What lets programs register themselves.
#[derive(Debug, Template)]
#[template(path = "console/registration.html")]
pub(crate) struct RegistrationView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) note: Option<&'static str>,
    /// A token that was just made.
    pub(crate) secret: Option<String>,
    pub(crate) endpoint: String,
    pub(crate) rows: Vec<InitialTokenRow>,
    pub(crate) apps: Vec<Choice>,
    pub(crate) grants: Vec<Choice>,
    pub(crate) scopes: Vec<Choice>,
    pub(crate) days: Vec<Choice>,
    pub(crate) draft: TokenDraft,
}

/// An initial access token.
#[derive(Debug, Clone)]
pub(crate) struct InitialTokenRow {
    pub(crate) note: String,
    pub(crate) app: Link,
    pub(crate) tone: Tone,
    pub(crate) icon: &'static str,
    pub(crate) word: &'static str,
    pub(crate) used: String,
    pub(crate) until: Timestamp,
    /// What its clients may have.
    pub(crate) may: String,
    pub(crate) maker: String,
    pub(crate) revoke: String,
    pub(crate) question: String,
}

/// Where a client is registered or changed.
#[derive(Debug, Template)]
#[template(path = "console/client_form.html")]
pub(crate) struct ClientFormView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) action: String,
    pub(crate) back: String,
    pub(crate) is_new: bool,
    /// The products to choose from, before anything was typed.
    pub(crate) product: Option<ProductChoice>,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) apps: Vec<Choice>,
    pub(crate) scopes: Vec<Choice>,
    pub(crate) draft: Draft,
    pub(crate) faults: Faults,
}

/// Products that a new client can be for.
#[derive(Debug)]
pub(crate) struct ProductChoice {
    pub(crate) products: Vec<Choice>,
    pub(crate) at: String,
    pub(crate) error: Option<&'static str>,
    /// Says whose values stand in the form.
    pub(crate) filled_in: Option<String>,
}

/// What is to be written at a product.
#[derive(Debug)]
pub(crate) struct ProductView {
    pub(crate) title: String,
    pub(crate) place: &'static str,
    pub(crate) note: Option<&'static str>,
    pub(crate) settings: Vec<ProductSetting>,
    pub(crate) documentation: &'static str,
}

/// One of its settings, in its own words.
#[derive(Debug)]
pub(crate) struct ProductSetting {
    pub(crate) name: &'static str,
    /// `None`: the secret, which is not known any more.
    pub(crate) value: Option<String>,
}

/// What a client's page shows this once.
#[derive(Debug, Default)]
pub(crate) struct ClientShown {
    pub(crate) note: Option<&'static str>,
    /// A secret that was just made.
    pub(crate) secret: Option<String>,
    pub(crate) rehearsal: Option<RehearsalPanel>,
}

/// Addresses of a client that are for one thing.
#[derive(Debug, Clone)]
pub(crate) struct ClientAddress {
    pub(crate) label: &'static str,
    pub(crate) uris: Vec<String>,
}

/// A secret of a client: that there is one, and until when.
#[derive(Debug, Clone)]
pub(crate) struct ClientSecretRow {
    /// What a form calls it.
    pub(crate) id: String,
    pub(crate) tone: Tone,
    pub(crate) icon: &'static str,
    pub(crate) word: &'static str,
    /// `None`: time does not end it.
    pub(crate) until: Option<Timestamp>,
}

/// One client, and how it is connected.
#[derive(Debug, Template)]
#[template(path = "console/client.html")]
pub(crate) struct ClientView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) app: Link,
    pub(crate) events_href: String,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) issuer: String,
    pub(crate) discovery: String,
    pub(crate) endpoints: Vec<(&'static str, String)>,
    pub(crate) addresses: Vec<ClientAddress>,
    pub(crate) secrets: Vec<ClientSecretRow>,
    /// Whether it has public keys.
    pub(crate) has_keys: bool,
    /// How telling it that sign-ins are over goes, if it has an address for that.
    pub(crate) telling: Option<ClientTelling>,
    /// How fetching its keys goes, if it publishes them.
    pub(crate) fetched: Option<ClientFetched>,
    pub(crate) note: Option<&'static str>,
    /// A secret that was just made: this once.
    pub(crate) secret: Option<String>,
    /// What may be done with it here; none if the files manage it.
    pub(crate) ways: Option<ClientWays>,
    /// Where a sign-in to it is tried; none if nobody signs in to it.
    pub(crate) rehearsal: Option<RehearsalPanel>,
    /// What is to be written over there, where the product is known by name.
    pub(crate) product: Option<ProductView>,
    /// Everybody's, for that.
    pub(crate) logins: Vec<String>,
}

/// How fetching the keys of a client goes.
#[derive(Debug, Clone)]
pub(crate) struct ClientFetched {
    pub(crate) tone: Tone,
    pub(crate) icon: &'static str,
    pub(crate) word: &'static str,
    /// What went wrong the last time.
    pub(crate) failed: Option<&'static str>,
    /// When the keys that count were fetched.
    pub(crate) at: Option<Timestamp>,
    pub(crate) tried_at: Option<Timestamp>,
}

/// How telling a client that sign-ins are over goes.
#[derive(Debug, Clone)]
pub(crate) struct ClientTelling {
    pub(crate) tone: Tone,
    pub(crate) icon: &'static str,
    pub(crate) word: &'static str,
    /// What went wrong the last time.
    pub(crate) failed: Option<&'static str>,
    /// When it was tried last.
    pub(crate) at: Option<Timestamp>,
    /// How many it was not told of, in words.
    pub(crate) waiting: Option<String>,
}

/// What an administrator may do with a client.
#[derive(Debug)]
pub(crate) struct ClientWays {
    /// Its page's address, before each.
    pub(crate) at: String,
    pub(crate) remove_question: String,
    /// Whether the console writes it; one that registered itself is only removed here.
    pub(crate) is_own: bool,
    /// For how many days old secrets may go on counting; none if it has no secrets.
    pub(crate) overlaps: Vec<u64>,
}

/// Where a sign-in to a client is tried.
#[derive(Debug, Default)]
pub(crate) struct RehearsalPanel {
    /// Whom it was tried for, as it was typed.
    pub(crate) login: String,
    pub(crate) error: Option<&'static str>,
    pub(crate) found: Option<Rehearsed>,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Rehearsed {
    pub(crate) person: Link,
    pub(crate) is_let_in: bool,
    /// Why she is not.
    pub(crate) reasons: Vec<String>,
    /// Which sign-in it is about.
    pub(crate) sign_in: String,
    pub(crate) notes: Vec<&'static str>,
    /// What of the following is drawn anew each time.
    pub(crate) remark: &'static str,
    /// What a client would be told, by what it is told with.
    pub(crate) documents: Vec<(&'static str, String)>,
    /// What a service provider would be told: names and values.
    pub(crate) told: Vec<(String, Vec<String>)>,
}

/// A source of signals.
#[derive(Debug, Clone)]
pub(crate) struct SourceRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kinds: String,
    pub(crate) open: usize,
    pub(crate) last: Option<Timestamp>,
    pub(crate) managed: &'static str,
}

/// An enforcement point in another process.
#[derive(Debug, Clone)]
pub(crate) struct EnforcementPointRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) applications: String,
    pub(crate) obligations: String,
    pub(crate) managed: &'static str,
}

/// Sources of signals, and enforcement points that ask for decisions.
#[derive(Debug, Template)]
#[template(path = "console/sources.html")]
pub(crate) struct SourcesView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) rows: Vec<SourceRow>,
    pub(crate) points: Vec<EnforcementPointRow>,
}

/// A task.
#[derive(Debug, Clone)]
pub(crate) struct TaskRow {
    pub(crate) id: String,
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) candidates: Vec<Link>,
    pub(crate) is_open: bool,
    pub(crate) opened: Timestamp,
    pub(crate) close: String,
}

/// Tasks for an operator.
#[derive(Debug, Template)]
#[template(path = "console/tasks.html")]
pub(crate) struct TasksView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) note: Option<&'static str>,
    pub(crate) rows: Vec<TaskRow>,
}

/// The system itself.
#[derive(Debug, Template)]
#[template(path = "console/system.html")]
pub(crate) struct SystemView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) audit: Vec<(&'static str, String)>,
    pub(crate) records: Vec<(&'static str, String)>,
}
