//! Rows that the portal and the console both show, made from the records.

use crate::browser;
use crate::event_line::short;
use crate::view::{CertificateRow, MethodRow, SessionRow, TermsRow};
use crate::words::{CertificateState, Names, certificate_kind};
use zt_auth::{Credential, CredentialSecret, Session};
use zt_device::{Certificate, Device};
use zt_pages::Page;
use zt_store::State;
use zt_trust::Fact;
use zt_types::{
    DeviceEvidence, DeviceId, FactorKind, PersonId, SessionId, Subject, Timestamp, Trust,
};

/// Facts about one subject, cleared ones among them.
fn facts_about(state: &State, subject: Subject) -> impl Iterator<Item = &Fact> {
    state
        .facts
        .values()
        .filter(move |fact| fact.key.subject == subject)
}

/// How far a device is trusted as such: as if it proved itself now.
pub(crate) fn device_trust(state: &State, device: DeviceId, now: Timestamp) -> Trust {
    let facts = facts_about(state, Subject::Device(device));
    zt_trust::trust_of_device(facts, DeviceEvidence::Proven(device), now)
}

/// How far a person is trusted, whatever the session.
pub(crate) fn person_trust(state: &State, person: PersonId, now: Timestamp) -> Trust {
    zt_trust::trust_of_person(facts_about(state, Subject::Person(person)), now)
}

/// The terms a person accepted, the latest first; those whose text is another one by now with the way to it.
pub(crate) fn terms_of(page: &Page, state: &State, person: PersonId) -> Vec<TermsRow> {
    let mut rows: Vec<TermsRow> = state
        .acceptances_of(person)
        .map(|acceptance| {
            let record = state.terms.get(&acceptance.terms);
            let is_current = record.is_some_and(|terms| terms.version() == acceptance.version);
            TermsRow {
                title: record.map_or_else(
                    || acceptance.terms.to_string(),
                    |terms| page.text(&terms.title).to_owned(),
                ),
                accepted: acceptance.at,
                is_current,
                href: record.map(|terms| format!("/signin/terms/{}?return=/security", terms.id)),
            }
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.accepted));
    rows
}

/// A person's devices, the newest first; those given up last.
pub(crate) fn devices_of(state: &State, person: PersonId) -> Vec<&Device> {
    let mut devices: Vec<&Device> = state
        .devices
        .values()
        .filter(|device| device.owner == person)
        .collect();
    devices.sort_by_key(|device| {
        (
            device.state == zt_device::DeviceState::Retired,
            std::cmp::Reverse(device.enrolled_at),
        )
    });
    devices
}

/// A device's certificates, the newest first.
pub(crate) fn certificates_of(state: &State, device: DeviceId) -> Vec<&Certificate> {
    let mut certificates: Vec<&Certificate> = state
        .certificates
        .values()
        .filter(|certificate| certificate.device == device)
        .collect();
    certificates.sort_by_key(|certificate| std::cmp::Reverse(certificate.not_before));
    certificates
}

/// A person's sessions that go on, the newest first.
pub(crate) fn sessions_of(state: &State, person: PersonId, now: Timestamp) -> Vec<&Session> {
    let mut sessions: Vec<&Session> = state
        .sessions
        .values()
        .filter(|session| {
            session.person == person && session.ended.is_none() && now < session.expires_at
        })
        .collect();
    sessions.sort_by_key(|session| std::cmp::Reverse(session.created_at));
    sessions
}

impl Names<'_> {
    /// A session; `end` makes the address of the form that ends it.
    pub(crate) fn session(
        &self,
        session: &Session,
        here: Option<SessionId>,
        end: impl Fn(SessionId) -> String,
    ) -> SessionRow {
        let browser = browser::described(&session.user_agent);
        SessionRow {
            is_here: here == Some(session.id),
            device: session.device.map_or_else(
                || crate::view::Link::word(self.page.member("no-device-word", "other").to_owned()),
                |device| self.device(device),
            ),
            assurance: session.assurance,
            since: session.created_at,
            address: session.address.clone(),
            end: end(session.id),
            question: self
                .page
                .t1("session-end-question", "browser", browser.clone()),
            browser,
        }
    }

    /// A certificate; `revoke` makes the address of the form that revokes it.
    pub(crate) fn certificate(
        &self,
        certificate: &Certificate,
        now: Timestamp,
        revoke: impl Fn(&Certificate) -> String,
    ) -> CertificateRow {
        let state = CertificateState::of(certificate, now);
        let (tone, icon) = state.look();
        let serial = certificate.serial.to_string();
        CertificateRow {
            kind: certificate_kind(self.page, certificate.kind),
            tone,
            icon,
            state: state.word(self.page),
            until: certificate.not_after,
            revoke: (state == CertificateState::Valid).then(|| revoke(certificate)),
            question: self
                .page
                .t1("certificate-revoke-question", "serial", short(&serial)),
            serial,
        }
    }
}

/// A factor; `remove` makes the address of the form that removes it, where it may be removed.
pub(crate) fn method(
    page: &Page,
    credential: &Credential,
    remove: impl FnOnce(&Credential) -> Option<String>,
) -> MethodRow {
    let kind = credential.secret.kind();
    let title = page.member("method-title", kind.as_str());
    let name = match &credential.secret {
        CredentialSecret::RecoveryCodes { unused } => {
            page.t1("method-codes-left", "count", unused.len())
        }
        _ => credential.name.clone(),
    };
    let object = if credential.name.is_empty() {
        title.to_owned()
    } else {
        format!("{title} {}", credential.name)
    };
    MethodRow {
        icon: method_icon(kind),
        title,
        name,
        added: credential.created_at,
        used: credential.last_used_at,
        remove: remove(credential),
        question: page.t1("method-question", "method", object),
    }
}

/// The icon of a factor kind.
pub(crate) const fn method_icon(kind: FactorKind) -> &'static str {
    match kind {
        FactorKind::Password => "key-round",
        FactorKind::Totp => "smartphone",
        FactorKind::Passkey => "fingerprint-pattern",
        FactorKind::RecoveryCode => "ticket",
        FactorKind::ResetPass => "id-card",
    }
}
