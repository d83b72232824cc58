//! Small values that several pages of the portal and the console show.

use zt_pages::Tone;
use zt_types::{Assurance, Level, Timestamp};

/// A thing by its name, and where it is shown in full.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) text: String,
    pub(crate) href: Option<String>,
}

impl Link {
    pub(crate) const fn to(text: String, href: String) -> Self {
        Self {
            text,
            href: Some(href),
        }
    }
    pub(crate) const fn word(text: String) -> Self {
        Self { text, href: None }
    }
}

/// A trust level with its reasons in words.
#[derive(Debug, Clone)]
pub(crate) struct TrustView {
    pub(crate) level: Level,
    pub(crate) reasons: Vec<String>,
}

/// An event as a line of a log.
#[derive(Debug, Clone)]
pub(crate) struct EventLine {
    pub(crate) at: Timestamp,
    pub(crate) tone: Tone,
    pub(crate) icon: &'static str,
    pub(crate) title: &'static str,
    pub(crate) detail: String,
    pub(crate) who: Option<Link>,
    pub(crate) device: Option<Link>,
    pub(crate) app: Option<Link>,
    pub(crate) address: String,
}

/// A session.
#[derive(Debug, Clone)]
pub(crate) struct SessionRow {
    pub(crate) browser: String,
    pub(crate) is_here: bool,
    pub(crate) device: Link,
    pub(crate) assurance: Assurance,
    pub(crate) since: Timestamp,
    pub(crate) address: String,
    /// Where the form that ends it goes.
    pub(crate) end: String,
    /// What is asked before.
    pub(crate) question: String,
}

/// A factor.
#[derive(Debug, Clone)]
pub(crate) struct MethodRow {
    pub(crate) icon: &'static str,
    pub(crate) title: &'static str,
    pub(crate) name: String,
    pub(crate) added: Timestamp,
    pub(crate) used: Option<Timestamp>,
    /// Where the form that removes it goes, if it may be removed.
    pub(crate) remove: Option<String>,
    pub(crate) question: String,
}

/// A device certificate.
#[derive(Debug, Clone)]
pub(crate) struct CertificateRow {
    pub(crate) kind: &'static str,
    pub(crate) serial: String,
    pub(crate) tone: Tone,
    pub(crate) icon: &'static str,
    pub(crate) state: &'static str,
    pub(crate) until: Timestamp,
    /// Where the form that revokes it goes, if it counts now.
    pub(crate) revoke: Option<String>,
    pub(crate) question: String,
}

/// A choice of a filter or a tab.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    /// The value in the address, or the address itself.
    pub(crate) value: String,
    pub(crate) text: String,
    pub(crate) is_current: bool,
}

/// A client that knows something of a person.
#[derive(Debug, Clone)]
pub(crate) struct ConsentRow {
    pub(crate) client: String,
    /// What it may know; to her in the words in which she was asked.
    pub(crate) learns: Vec<&'static str>,
    pub(crate) since: Timestamp,
    /// Where the form that takes the consent back goes; none if the company decided, and she was never asked.
    pub(crate) withdraw: Option<String>,
    pub(crate) question: String,
}

/// Terms that a person accepted.
#[derive(Debug, Clone)]
pub(crate) struct TermsRow {
    pub(crate) title: String,
    pub(crate) accepted: Timestamp,
    /// Whether they still have the text that she accepted.
    pub(crate) is_current: bool,
    /// Where they are read, if they are still there.
    pub(crate) href: Option<String>,
}
