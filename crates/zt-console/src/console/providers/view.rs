//! The pages of service providers and of one application as values.

use super::super::client_draft::Faults;
use super::super::provider_draft::{Draft, Row};
use super::super::view::{ClientAddress, ClientFetched, ClientRow, ClientTelling, RehearsalPanel};
use crate::view::{Choice, Link};
use askama::Template;
use zt_pages::{Page, Shell, Tone};
use zt_types::{Sensitivity, Timestamp};

/// That a session of a service provider can outlive trust, and what can be done about it.
#[derive(Debug)]
pub(crate) struct OutlivesView {
    /// The service provider's.
    pub(crate) id: String,
    /// Why it is told of nothing.
    pub(crate) why: String,
    pub(crate) how_long: String,
    /// Where that is made shorter; none if the files say it.
    pub(crate) shorten: Option<String>,
    /// What the gateway would do.
    pub(crate) gateway: String,
    /// What to write into the files for that.
    pub(crate) lines: Option<String>,
    /// And then.
    pub(crate) then: String,
}

/// A certificate of a service provider.
#[derive(Debug)]
pub(crate) struct CertificateLine {
    pub(crate) what: &'static str,
    /// Whom it names; `None`: it is a key by itself.
    pub(crate) subject: Option<String>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) tone: Tone,
    pub(crate) icon: &'static str,
    pub(crate) word: &'static str,
}

/// A certificate of ours, to be given to a service provider.
#[derive(Debug)]
pub(crate) struct OurCertificate {
    pub(crate) label: &'static str,
    pub(crate) until: Option<Timestamp>,
    pub(crate) pem: String,
    /// Where it is downloaded.
    pub(crate) href: String,
}

/// What a service provider is told of people.
#[derive(Debug)]
pub(crate) struct AttributeLine {
    pub(crate) name: String,
    pub(crate) format: &'static str,
    pub(crate) says: String,
}

/// What may be done with a service provider in the console.
#[derive(Debug)]
pub(crate) struct ProviderWays {
    pub(crate) remove_question: String,
}

/// What a service provider's page shows this once.
#[derive(Debug, Default)]
pub(crate) struct ProviderShown {
    pub(crate) note: Option<&'static str>,
    /// Whose instructions the address names.
    pub(crate) template: String,
    pub(crate) rehearsal: Option<RehearsalPanel>,
}

/// One service provider, and how it is connected.
#[derive(Debug, Template)]
#[template(path = "console/provider.html")]
pub(crate) struct ProviderView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) note: Option<&'static str>,
    /// Its page's address.
    pub(crate) at: String,
    pub(crate) name: String,
    pub(crate) app: Link,
    pub(crate) events_href: String,
    /// Why nobody gets there, or soon will: what is known of it counts no longer, or not yet.
    pub(crate) warned: Option<(Tone, &'static str)>,
    /// How fetching its metadata goes, if it is fetched.
    pub(crate) fetched: Option<ClientFetched>,
    pub(crate) outlives: Option<OutlivesView>,
    /// What its form asks for about us.
    pub(crate) ours: Vec<(&'static str, String)>,
    pub(crate) certificates_of_ours: Vec<OurCertificate>,
    pub(crate) template: TemplateView,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) attributes: Vec<AttributeLine>,
    pub(crate) certificates: Vec<CertificateLine>,
    pub(crate) addresses: Vec<ClientAddress>,
    /// How telling it that sign-ins are over goes, if it can be told.
    pub(crate) telling: Option<ClientTelling>,
    pub(crate) ways: Option<ProviderWays>,
    pub(crate) rehearsal: RehearsalPanel,
    /// Where a sign-in begins here, if the registration allows it.
    pub(crate) start: Option<String>,
    /// Where its application begins, if that is known.
    pub(crate) home: Option<String>,
    pub(crate) logins: Vec<String>,
}

/// One application of the register, with what speaks for it.
#[derive(Debug, Template)]
#[template(path = "console/application.html")]
pub(crate) struct ApplicationView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) sensitivity: Sensitivity,
    pub(crate) owner: Link,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) events_href: String,
    pub(crate) rows: Vec<ClientRow>,
    pub(crate) outlives: Vec<OutlivesView>,
}

/// Instructions for the other side.
#[derive(Debug)]
pub(crate) struct TemplateView {
    /// To the instructions of each kind.
    pub(crate) ways: Vec<TemplateWay>,
    pub(crate) steps: Vec<&'static str>,
    /// What its form asks for, and what is written there; `None`: our certificate.
    pub(crate) settings: Vec<(&'static str, Option<String>)>,
    /// What is run over there.
    pub(crate) script: Option<String>,
    /// Where the names of everybody are downloaded.
    pub(crate) names: Option<String>,
    pub(crate) limits: Vec<&'static str>,
    pub(crate) documentation: Option<&'static str>,
}

/// To the instructions of a kind.
#[derive(Debug)]
pub(crate) struct TemplateWay {
    pub(crate) href: String,
    pub(crate) text: &'static str,
    pub(crate) is_current: bool,
}

/// What the form took from metadata, in words.
#[derive(Debug)]
pub(crate) struct FilledView {
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) notes: Vec<String>,
    pub(crate) unknown: Vec<String>,
}

/// An attribute's row, with what there is to choose.
#[derive(Debug)]
pub(crate) struct RowView {
    pub(crate) row: Row,
    pub(crate) sources: Vec<Choice>,
    pub(crate) formats: Vec<Choice>,
    pub(crate) parts: Vec<Choice>,
    pub(crate) letters: Vec<Choice>,
}

/// Where a service provider is registered or changed.
#[derive(Debug, Template)]
#[template(path = "console/provider_form.html")]
pub(crate) struct ProviderFormView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) action: String,
    pub(crate) back: String,
    pub(crate) is_new: bool,
    /// Whether its addresses and keys came from metadata: they are not typed.
    pub(crate) is_of_metadata: bool,
    /// The kind that was chosen, if any.
    pub(crate) template: &'static str,
    /// Kinds to choose from.
    pub(crate) templates: Vec<Choice>,
    /// Says whose values stand in the form.
    pub(crate) filled_in: Option<String>,
    /// What the metadata says, where somebody had it read.
    pub(crate) filled: Option<FilledView>,
    /// The longest metadata that is read, in bytes.
    pub(crate) most: usize,
    pub(crate) apps: Vec<Choice>,
    pub(crate) encryptions: Vec<Choice>,
    pub(crate) requests: Vec<Choice>,
    pub(crate) signs: Vec<Choice>,
    pub(crate) algorithms: Vec<Choice>,
    pub(crate) name_ids: Vec<Choice>,
    pub(crate) acrs: Vec<Choice>,
    pub(crate) rows: Vec<RowView>,
    pub(crate) draft: Draft,
    pub(crate) faults: Faults,
}
