//! The pages of service providers and of one application as values.

use super::super::view::{ClientAddress, ClientRow, ClientTelling, RehearsalPanel};
use crate::view::Link;
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
    /// Why nobody gets there: what is known of it is over.
    pub(crate) is_over: bool,
    pub(crate) outlives: Option<OutlivesView>,
    /// What its form asks for about us.
    pub(crate) ours: Vec<(&'static str, String)>,
    pub(crate) certificates_of_ours: Vec<OurCertificate>,
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
