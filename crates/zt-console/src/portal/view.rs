//! The portal's pages as values.

use crate::view::{ConsentRow, EventLine, MethodRow, SessionRow, TermsRow, TrustView};
use askama::Template;
use zt_pages::{Page, Pager, Shell, Tone};
use zt_types::{Sensitivity, Timestamp};

/// Whether an application opens now.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    /// It does, at this address.
    Open { href: String },
    /// It does, and nobody here knows where it is.
    Elsewhere,
    /// It does not, for this reason; this would change it.
    Refused {
        heading: String,
        remedy: Option<Remedy>,
    },
}

/// What would open an application.
#[derive(Debug, Clone)]
pub(crate) struct Remedy {
    pub(crate) text: &'static str,
    pub(crate) action: &'static str,
    pub(crate) href: Option<String>,
}

/// An application on the front page.
#[derive(Debug, Clone)]
pub(crate) struct AppTile {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) sensitivity: Sensitivity,
    pub(crate) entry: Entry,
}

/// The front page.
#[derive(Debug, Template)]
#[template(path = "portal/apps.html")]
pub(crate) struct AppsView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) note: Option<&'static str>,
    pub(crate) apps: Vec<AppTile>,
}

/// Sign-in methods.
#[derive(Debug, Template)]
#[template(path = "portal/security.html")]
pub(crate) struct SecurityView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) note: Option<&'static str>,
    pub(crate) methods: Vec<MethodRow>,
    pub(crate) consents: Vec<ConsentRow>,
    pub(crate) terms: Vec<TermsRow>,
}

/// A certificate in a device's card.
#[derive(Debug, Clone)]
pub(crate) struct CardCertificate {
    pub(crate) kind: &'static str,
    pub(crate) tone: Tone,
    pub(crate) icon: &'static str,
    pub(crate) state: &'static str,
    pub(crate) until: Timestamp,
}

/// A device of the person's own.
#[derive(Debug, Clone)]
pub(crate) struct DeviceCard {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_here: bool,
    pub(crate) trust: TrustView,
    pub(crate) os: String,
    pub(crate) hostname: String,
    pub(crate) ownership: &'static str,
    pub(crate) enrolled: Timestamp,
    pub(crate) certificates: Vec<CardCertificate>,
    /// Where the form that retires it goes.
    pub(crate) retire: String,
    pub(crate) retire_question: String,
}

/// A new enrolment code, shown once.
pub(crate) struct CodePanel {
    pub(crate) code: String,
    pub(crate) command: String,
    pub(crate) expires: Timestamp,
}

/// Devices.
#[derive(Template)]
#[template(path = "portal/devices.html")]
pub(crate) struct DevicesView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) note: Option<&'static str>,
    pub(crate) code: Option<CodePanel>,
    pub(crate) devices: Vec<DeviceCard>,
}

/// Sessions.
#[derive(Debug, Template)]
#[template(path = "portal/sessions.html")]
pub(crate) struct SessionsView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) note: Option<&'static str>,
    pub(crate) sessions: Vec<SessionRow>,
}

/// What happened.
#[derive(Debug, Template)]
#[template(path = "portal/activity.html")]
pub(crate) struct ActivityView {
    pub(crate) page: Page,
    pub(crate) shell: Shell,
    pub(crate) events: Vec<EventLine>,
    pub(crate) pager: Pager,
}
